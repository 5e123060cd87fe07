package typed_test

import (
	"testing"

	"github.com/proctorbook/proctorbook/internal/typed"
)

func TestVisible(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"a": true, "試": true, "0": true, ".": true, "€": true, "\u200b.": true, "e\u0301": true, "葛\U000e0100": true,
		"": false, " \t\n": false, "\u00a0": false, "\u200b": false, "\u200e\u200f": false, "\u2060": false, "\ufeff": false, "\u00ad": false,
		"\u3164": false, "\u115f": false, "\uffa0": false, "\u2800": false, "\u034f": false, "\ufe0f": false, "\u3000": false, "\U000e0041": false,
		"\xff": false, "\x00": false, "\u0301": false,
	} {
		if got := typed.Visible(text); got != want {
			t.Errorf("Visible(%+q) = %v, want %v", text, got, want)
		}
	}
}

func TestTrim(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		" Ada ": "Ada", "\ufeffAda\u200b": "Ada", "\u200eAda Mae\u200f\t": "Ada Mae", "A\u200cB": "A\u200cB", "葛\U000e0100": "葛\U000e0100",
		"\u200b ": "", "": "", "\xff ": "\xff", " \u202eadA ": "\u202eadA",
	} {
		if got := typed.Trim(text); got != want {
			t.Errorf("Trim(%+q) = %+q, want %+q", text, got, want)
		}
	}
}

func TestIsOverride(t *testing.T) {
	t.Parallel()
	for _, r := range "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		if !typed.IsOverride(r) {
			t.Errorf("%U is none, want one", r)
		}
	}
	for _, r := range "a\u0627\u200e\u200f\u061c\u200c\u2029\u2065\u206a\u202f" {
		if typed.IsOverride(r) {
			t.Errorf("%U is one, want none", r)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"a\r\nb\rc\nd": "a\nb\nc\nd", "\r\r\n\n": "\n\n\n", "": ""} {
		if got := typed.Lines(text); got != want {
			t.Errorf("Lines(%q) = %q, want %q", text, got, want)
		}
	}
}
