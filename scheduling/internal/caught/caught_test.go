package caught_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling/internal/caught"
)

func TestDo(t *testing.T) {
	t.Parallel()
	failure := errors.New("disk full")
	if p, err := caught.Do(func() error { return failure }); p != nil || !errors.Is(err, failure) {
		t.Errorf("Do = %v, %v; want the error", p, err)
	}
	p, err := caught.Do(func() error { return explode([]string{"Ada"}, 3) })
	if p == nil || err != nil || !strings.Contains(caught.Text(p.Value), "out of range") {
		t.Fatalf("Do = %+v, %v; want the panic", p, err)
	}
	first, _, _ := strings.Cut(p.Stack, "\n")
	if !strings.Contains(p.Stack, "caught_test.explode (caught_test.go:") || strings.Contains(p.Stack, "0x") || strings.Contains(first, "caught.Do") {
		t.Errorf("the stack is\n%s\nwant where it happened, and no arguments", p.Stack)
	}
}

func explode(names []string, i int) error { return errors.New(names[i]) }

// What was passed to panic may be personal.
func TestTextQuotesNothing(t *testing.T) {
	t.Parallel()
	for _, value := range []any{"Ada Example", errors.New("ada@example.org"), []string{"Ada"}} {
		if text := caught.Text(value); strings.Contains(strings.ToLower(text), "ada") {
			t.Errorf("Text = %q, want no more than the type", text)
		}
	}
}

// death is how a simulation ends a process.
type death struct{}

func (death) EndsProcess() {}

// The end of a process is caught by nobody, and neither is the end of a goroutine.
func TestDoLetsTheEndOfAProcessThrough(t *testing.T) {
	t.Parallel()
	defer func() {
		if _, ok := recover().(death); !ok {
			t.Error("the end of a process did not come through")
		}
	}()
	_, _ = caught.Do(func() error { panic(death{}) })
	t.Error("the work went on after the end of its process")
}
