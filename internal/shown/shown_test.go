package shown_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/proctorbook/proctorbook/internal/shown"
)

func TestID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"":                             "",
		"pb-ab12cd34-xyz":              "pb-ab12cd34-xyz",
		"Zoë 7":                        "Zoë 7",
		"x\nlevel=ERROR":               `"x\nlevel=ERROR"`,
		"x\r\x1b[2Jy":                  `"x\r\x1b[2Jy"`,
		"a\u202eb":                     `"a\u202eb"`,
		"a\u2066b\u2028c":              `"a\u2066b\u2028c"`,
		"a\u200bb":                     `"a\u200bb"`,
		"\xff":                         `"\xff"`,
		strings.Repeat("a", 200):       strings.Repeat("a", 200),
		strings.Repeat("a", 201):       strings.Repeat("a", 200) + "...",
		strings.Repeat("a", 199) + "é": `"` + strings.Repeat("a", 199) + `\xc3"...`,
	} {
		if got := shown.ID(id); got != want {
			t.Errorf("ID(%q) = %s, want %s", id, got, want)
		}
	}
}

func FuzzID(f *testing.F) {
	f.Add("pb-1")
	f.Add("a\u202e\r\n")
	f.Fuzz(func(t *testing.T, id string) {
		if got := shown.ID(id); strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("ID(%q) = %q, which holds what can't be seen", id, got)
		}
	})
}
