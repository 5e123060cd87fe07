package digits_test

import (
	"testing"
	"unicode"

	"github.com/proctorbook/proctorbook/internal/digits"
)

func TestASCII(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "30": "30", "٣٠": "30", "۳۰": "30", "३०": "30", "\uff13\uff10": "30", "𝟛𝟘": "30", "𝟿": "9", "9٣": "93",
		"²": "²", "Ⅷ": "Ⅷ", "½": "½", "half": "half", "-5": "-5",
	} {
		if got := digits.ASCII(text); got != want {
			t.Errorf("ASCII(%q) = %q, want %q", text, got, want)
		}
	}
}

// What ASCII knows of Unicode's table holds in the version that Go has.
func TestRangesAreWholeTens(t *testing.T) {
	t.Parallel()
	for _, x := range unicode.Nd.R16 {
		if x.Stride != 1 || (x.Hi-x.Lo+1)%10 != 0 {
			t.Errorf("%U to %U, stride %d", x.Lo, x.Hi, x.Stride)
		}
	}
	for _, x := range unicode.Nd.R32 {
		if x.Stride != 1 || (x.Hi-x.Lo+1)%10 != 0 {
			t.Errorf("%U to %U, stride %d", x.Lo, x.Hi, x.Stride)
		}
	}
}

func FuzzASCII(f *testing.F) {
	f.Add("30")
	f.Add("٣٠ minutes")
	f.Add("\xff\x00")
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range digits.ASCII(text) {
			if r > unicode.MaxASCII && unicode.IsDigit(r) {
				t.Errorf("ASCII(%q) leaves %q", text, r)
			}
		}
	})
}
