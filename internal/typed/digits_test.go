package typed_test

import (
	"testing"
	"unicode"

	"github.com/proctorbook/proctorbook/internal/typed"
)

func TestDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "30": "30", "٣٠": "30", "۳۰": "30", "३०": "30", "\uff13\uff10": "30", "𝟛𝟘": "30", "𝟿": "9", "9٣": "93",
		"²": "²", "Ⅷ": "Ⅷ", "½": "½", "half": "half", "-5": "-5",
	} {
		if got := typed.Digits(text); got != want {
			t.Errorf("Digits(%q) = %q, want %q", text, got, want)
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

func FuzzDigits(f *testing.F) {
	f.Add("30")
	f.Add("٣٠ minutes")
	f.Add("\xff\x00")
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range typed.Digits(text) {
			if r > unicode.MaxASCII && unicode.IsDigit(r) {
				t.Errorf("Digits(%q) leaves %q", text, r)
			}
		}
	})
}
