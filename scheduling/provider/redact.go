package provider

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// private finds what may be somebody's, whoever it is: addresses, links, and numbers of
// four characters and more, or of six digits and more, whatever stands between them.
var private = regexp.MustCompile(`(?i)\S+@\S+|\b\w+://\S+|\bwww\.\S+|\+?\p{Nd}(?:[\pZ\pP\pS]{0,3}\p{Nd}){5,}|\+?\p{Nd}[\p{Nd} ().-]{2,}\p{Nd}`)

// mostRead is how many characters of a provider's words are looked at.
const mostRead = 4000

// Redacted returns the words without what may be the person's, on one line, cut to 300
// characters. Names are found in any case, with and without accents, and whatever
// stands between their letters.
func (w Words) Redacted(p Person) Words {
	text := norm.NFC.String(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, string(w)))
	if all := []rune(text); len(all) > mostRead {
		text = string(all[:mostRead])
	}
	text = private.ReplaceAllString(without(text, p.own()), "…")
	text = strings.Join(strings.Fields(text), " ")
	if all := []rune(text); len(all) > mostWords {
		text = string(all[:mostWords-1]) + "…"
	}
	return Words(text)
}

// own returns what is the person's, folded. Words of a name count alone, too.
func (p Person) own() [][]rune {
	user, _, _ := strings.Cut(p.Email, "@")
	own := []string{p.Email, user, p.ID, p.Phone, p.Address, p.City, p.State, p.PostalCode, p.GivenName, p.FamilyName, p.GivenName + p.FamilyName, p.FamilyName + p.GivenName}
	for _, name := range []string{p.GivenName, p.FamilyName} {
		own = append(own, wordsOf(name)...)
	}
	for _, place := range []string{user, p.Address, p.City} { // short words of these are anybody's
		own = append(own, slices.DeleteFunc(wordsOf(place), func(word string) bool { return len([]rune(word)) < 4 })...)
	}
	var all [][]rune
	for _, text := range own {
		if letters := fold(text); len(letters) > 0 {
			all = append(all, runesOf(letters))
		}
	}
	return all
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(norm.NFC.String(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

// without returns the text without all that is own, however it is written. What is
// shorter than four letters goes only as a word of its own.
func without(text string, own [][]rune) string {
	letters := fold(text)
	stream := runesOf(letters)
	hidden := make([]bool, len(text))
	for _, o := range own {
		for i := 0; i+len(o) <= len(stream); i++ {
			first, last := letters[i], letters[i+len(o)-1]
			if slices.Equal(stream[i:i+len(o)], o) && (telling(o) || first.begins && last.ends) {
				for at := first.from; at < last.to; at++ {
					hidden[at] = true
				}
			}
		}
	}
	var b strings.Builder
	for i := range len(text) {
		switch {
		case !hidden[i]:
			b.WriteByte(text[i])
		case i == 0 || !hidden[i-1]:
			b.WriteString("…")
		}
	}
	return b.String()
}

// telling reports whether letters are somebody's also within a word. Some scripts have
// nothing between words.
func telling(letters []rune) bool {
	return len(letters) >= 4 || len(letters) >= 2 && !slices.ContainsFunc(letters, func(r rune) bool {
		return !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
	})
}

// letter is a letter or digit of a text, in small and without its marks.
type letter struct {
	rune
	from, to     int  // where it stands in the text
	begins, ends bool // the word
}

func runesOf(letters []letter) []rune {
	all := make([]rune, len(letters))
	for i, l := range letters {
		all[i] = l.rune
	}
	return all
}

// fold returns the letters and digits of a text.
func fold(text string) []letter {
	var all []letter
	apart := true
	for from, r := range text {
		to := from + len(string(r))
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) {
			if apart = true; len(all) > 0 {
				all[len(all)-1].ends = true
			}
			continue
		}
		for _, f := range spelled.Replace(strings.ToLower(norm.NFKD.String(string(r)))) {
			if unicode.IsMark(f) {
				continue
			}
			all = append(all, letter{rune: f, from: from, to: to, begins: apart})
			apart = false
		}
	}
	if len(all) > 0 {
		all[len(all)-1].ends = true
	}
	return all
}

// spelled has letters that are no others with marks, as people without them write them.
var spelled = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")
