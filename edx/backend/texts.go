package backend

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Instructions are what a learner reads on the set-up page of an exam: short
// paragraphs, one after the other, the same for all learners. One page of the
// platform shows them as they are, another as HTML, so they hold neither < > &
// nor control characters.
type Instructions struct {
	Exam     []string // for an exam that counts
	Practice []string // for a practice or onboarding exam; empty is those of Exam. A page that shows the same to all has Exam
}

const (
	maxTexts     = 20
	maxTextChars = 1000
	maxURLChars  = 2000
)

var tagPattern = regexp.MustCompile(`^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$`)

func (i Instructions) check(v *validation, field, tag string) {
	v.check(field, tagPattern.MatchString(tag), "must be under a language tag, such as en or pt-br")
	v.check(field+".Exam", len(i.Exam) > 0, "must have at least one text")
	for name, texts := range map[string][]string{".Exam": i.Exam, ".Practice": i.Practice} {
		v.check(field+name, len(texts) <= maxTexts, "must have at most 20 texts")
		for _, text := range texts {
			checkText(v, field+name, text)
		}
	}
}

// of returns the texts for a kind of exam.
func (i Instructions) of(practice bool) []string {
	if practice && len(i.Practice) > 0 {
		return i.Practice
	}
	return i.Exam
}

// checkText refuses what is another text as HTML, or none.
func checkText(v *validation, field, text string) {
	v.check(field, strings.TrimSpace(text) != "", "must not be empty")
	v.check(field, utf8.RuneCountInString(text) <= maxTextChars, "must have at most 1000 characters")
	v.check(field, utf8.ValidString(text) && !strings.ContainsAny(text, "<>&") && !strings.ContainsFunc(text, isHidden),
		"must hold neither < > & nor control characters, since some pages show it as HTML and some do not")
}

func isHidden(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

const urlChars = "must have only letters, digits and : / ? & = . _ ~ % -, since some pages put it into a script"

// urlProblem says what is wrong with a URL that platforms show to learners, "" if
// nothing is.
func urlProblem(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !isIDChar(r) && !strings.ContainsRune(":/?&=.~%", r) }) {
		return urlChars
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || len(text) > maxURLChars:
		return "must be an absolute URL of at most 2000 characters"
	case u.Scheme == "https":
		return ""
	case u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1"):
		return ""
	}
	return "must begin with https://"
}

// chooseLanguage returns the tag of the first language in a header Accept-Language
// that the table has, or has without its region; otherwise if there is none. The
// platform writes es;en-us, without commas, so both marks part tags, and
// weights are not looked at.
func chooseLanguage(header string, table map[string]Instructions, otherwise string) string {
	const most = 200 // what is longer is no list of languages
	if len(header) > most {
		return otherwise
	}
	for _, tag := range strings.FieldsFunc(header, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
		for tag = normalTag(tag); tag != ""; tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)] {
			if _, known := table[tag]; known {
				return tag
			}
		}
	}
	return otherwise
}

// fallback is the language for those of whose languages the table has none.
func fallback(table map[string]Instructions) string {
	tags := slices.Sorted(maps.Keys(table))
	for _, tag := range tags {
		if tag == "en" || strings.HasPrefix(tag, "en-") { // en is before en-gb
			return tag
		}
	}
	return tags[0]
}

func normalTag(tag string) string { return strings.ToLower(strings.ReplaceAll(tag, "_", "-")) }

// defaultInstructions are our own words. They name no button, which pages call
// by different names, and no time, which they can't know.
func defaultInstructions() map[string]Instructions {
	return map[string]Instructions{
		"en": {
			Exam: []string{
				"A proctor supervises this exam, at a time that you book beforehand.",
				"Open the proctoring page from here to book your time, to change it, and to meet your proctor when it has come.",
				"Then come back to this page. The exam can be started once your proctor has let you in.",
			},
			Practice: []string{
				"This exam is for practice. It needs no booking and no proctor.",
				"Open the proctoring page from here to check your computer, then come back to this page.",
			},
		},
		"fr": {
			Exam: []string{
				"Cet examen est surveillé, à une heure que vous réservez à l’avance.",
				"Depuis cette page, ouvrez la page de surveillance pour réserver votre heure, pour la changer, et pour retrouver votre surveillant le moment venu.",
				"Revenez ensuite à cette page. L’examen peut commencer dès que votre surveillant vous y a admis.",
			},
			Practice: []string{
				"Cet examen sert à vous exercer. Il ne demande ni réservation ni surveillant.",
				"Depuis cette page, ouvrez la page de surveillance pour vérifier votre ordinateur, puis revenez ici.",
			},
		},
		"es": {
			Exam: []string{
				"Un supervisor vigila este examen, a una hora que usted reserva de antemano.",
				"Desde aquí, abra la página de supervisión para reservar su hora, para cambiarla y para encontrarse con su supervisor cuando llegue el momento.",
				"Después vuelva a esta página. El examen puede comenzar cuando su supervisor le haya dado acceso.",
			},
			Practice: []string{
				"Este examen es de práctica. No necesita reserva ni supervisor.",
				"Desde aquí, abra la página de supervisión para comprobar su computadora y después vuelva a esta página.",
			},
		},
	}
}
