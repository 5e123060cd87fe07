package provider_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/proctorbook/proctorbook/scheduling/provider"
)

var ada = provider.Person{
	ID: "4211", Email: "ada@example.org", GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR",
	Address: "1 Analytical Row", City: "Paris", PostalCode: "75001",
}

func TestRedacted(t *testing.T) {
	for words, want := range map[string]string{
		"Exam is closed":                                   "Exam is closed",
		"ADA EXAMPLE may not book":                         "… may not book",
		"Adaptive exams, Ada, are closed":                  "Adaptive exams, …, are closed",
		"mail ada@example.org or help@proctor.example":     "mail … or …",
		"call +1 (855) 772-8678, see https://x.test/a?b=c": "call …, see …",
		"student 4211 at 1 analytical row":                 "student … at …",
		"line one\nline\ttwo\u200b\u202e":                  "line one line two",
		"code 42":                                          "code 42",
		"":                                                 "",
		strings.Repeat("é", 400):                           strings.Repeat("é", 299) + "…",
	} {
		if got := provider.Words(words).Redacted(ada).Reveal(); got != want {
			t.Errorf("Redacted(%q) = %q, want %q", words, got, want)
		}
	}
}

// Names, places and numbers are found however a provider writes them.
func TestRedactedWhateverTheSpelling(t *testing.T) {
	elodie := provider.Person{
		ID: "4212", Email: "elodie.dl@example.org", GivenName: "Élodie Marie", FamilyName: "Dupont-Leblanc", Phone: "+33123456789", Country: "FR",
		Address: "12 rue de l'Église", City: "Saint-Étienne", PostalCode: "42000",
	}
	li := provider.Person{ID: "7", Email: "lw@example.org", GivenName: "Li", FamilyName: "Wu", Phone: "+33123456789"}
	ming := provider.Person{ID: "8", Email: "wm@example.org", GivenName: "小明", FamilyName: "王", Phone: "+8613812345678"}
	strauss := provider.Person{ID: "9", Email: "is@example.org", GivenName: "İbrahim", FamilyName: "Strauß", Phone: "+33123456789"}
	for _, c := range []struct {
		who   provider.Person
		words []string
	}{
		{elodie, []string{
			"Élodie", "ÉLODIE MARIE", "E\u0301lodie Marie", "Elodie Marie", "Élodie-Marie", "ElodieMarie", "Marie", "Du\u00adpont", "Élodie\u00a0Marie",
			"Dupont Leblanc", "DUPONT", "Dupont\u2011Leblanc", "Dupont–Leblanc", "dupont_leblanc", "Ｄｕｐｏｎｔ", "<Dupont>", "name=Leblanc",
			"12, Rue de l’Eglise", "SAINT ETIENNE", "elodie.dl (at)", "elodie.dl @",
			"01/23/45/67/89", "01,23,45,67,89", "01–23–45–67–89", "01·23·45·67·89", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "12/03/1999",
		}},
		{li, []string{"Li", "Li's", "first_name=Li", "<Li>", `{"name":"Li"}`, "Li/Wu", "LI_WU", "`Wu`", "name:Wu,", "LiWu", "wu li"}},
		{ming, []string{"学员王小明无权", "王 小明", "小明"}},
		{strauss, []string{"STRAUSS", "Strauß", "IBRAHIM", "ibrahim", "İBRAHİM"}},
	} {
		own := regexp.MustCompile(`(?i)[eé]\x{301}?lodie|marie|dupont|ｄｕｐｏｎｔ|pont|leblanc|[eé]glise|[eé]tienne|\bli\b|_li\b|\bli_|\bwu\b|_wu|wu_|liwu|小明|strau|[iİ]brah|\p{Nd}{2}`)
		for _, words := range c.words {
			if got := provider.Words("exam: " + words + " may not").Redacted(c.who).Reveal(); own.MatchString(got) || !strings.HasPrefix(got, "exam: ") || !strings.HasSuffix(got, " may not") {
				t.Errorf("Redacted(%q) = %q", words, got)
			}
		}
	}
	for _, words := range []string{"Lima has rules", "a limit of 12", "code 42, line 7", "Wuppertal", "at 09:30"} {
		if got := provider.Words(words).Redacted(li).Reveal(); got != strings.Replace(words, "line 7", "line …", 1) {
			t.Errorf("Redacted(%q) = %q, want it as it is", words, got)
		}
	}
	provider.Words("Adam").Redacted(provider.Person{GivenName: "Ad\xffam", FamilyName: "\xff"}) // a platform may give anything
}

func FuzzRedacted(f *testing.F) {
	f.Add("Ada Example, ada@example.org", "Ada", "Example")
	f.Add("(?i)+*[", "[", "(?i")
	f.Add("Ad\xffam", "Ad\xffam", "\xff")
	f.Fuzz(func(t *testing.T, words, given, family string) {
		p := provider.Person{GivenName: given, FamilyName: family, Email: "ada@example.org"}
		got := provider.Words(words).Redacted(p).Reveal()
		if n := utf8.RuneCountInString(got); n > 300 || strings.ContainsAny(got, "\n\r\t\x00") {
			t.Errorf("%q has %d characters, or control characters", got, n)
		}
		if strings.Contains(strings.ToLower(got), "ada@example.org") {
			t.Errorf("%q has the address", got)
		}
	})
}
