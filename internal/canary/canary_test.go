package canary_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"testing"

	"github.com/proctorbook/proctorbook/internal/canary"
)

type open struct {
	Name   string
	Bytes  []byte
	Inner  *struct{ Text string }
	Values url.Values
	hidden map[string]any
}

type masked struct{ Name string }

func (masked) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "masked") }

func (masked) LogValue() slog.Value { return slog.StringValue("masked") }

// Canaries that are not hidden are seen, or a test that looks for them proves nothing.
func TestCanariesAreSeen(t *testing.T) {
	t.Parallel()
	_ = open{}.hidden
	everywhere := []string{canary.FormText, canary.FormSlog, canary.FormJSON, canary.FormGob}
	seen := map[string]int{}
	for _, bird := range canary.Look(reflect.TypeFor[open]()) {
		for _, form := range everywhere {
			want := bird.Where != "canary_test.open.hidden" || form == canary.FormText
			if slices.Contains(bird.Seen, form) != want {
				t.Errorf("%s: seen in %v; want %t for %s", bird.Where, bird.Seen, want, form)
			}
		}
		seen[bird.Where]++
	}
	if len(seen) != 5 || seen["canary_test.open.hidden"] != 2 || seen["canary_test.open.Values"] != 2 {
		t.Errorf("canaries sit in %v", seen)
	}
	for _, bird := range canary.Look(reflect.TypeFor[masked]()) {
		slices.Sort(bird.Seen)
		if !slices.Equal(bird.Seen, []string{canary.FormGob, canary.FormJSON}) {
			t.Errorf("of a type that masks itself %s is seen in %v", bird.Where, bird.Seen)
		}
	}
}
