package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/words"
)

// codes reads the constants of a type from the source of package scheduling, so that a new
// one is not forgotten here.
func codes(t *testing.T, typ string) (all []string) {
	t.Helper()
	files, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || !spec.Names[0].IsExported() || len(spec.Values) != 1 {
				return true
			}
			name, ok := spec.Type.(*ast.Ident)
			text, isText := spec.Values[0].(*ast.BasicLit)
			if !ok || !isText || name.Name != typ {
				return true
			}
			value, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, value)
			return true
		})
	}
	return all
}

// Each code has a sentence of its own: two that read alike would hide which it is.
func TestEveryCodeHasItsSentence(t *testing.T) {
	for _, table := range []struct {
		typ  string
		say  func(code string) string
		most int // how many there are at least, so that the search is known to work
	}{
		{"ReasonCode", func(c string) string { return words.Reason(scheduling.ReasonCode(c)) }, 50},
		{"Loss", func(c string) string { return words.Loss(scheduling.Loss(c)) }, 7},
		{"State", func(c string) string { return words.State(scheduling.State(c)) }, 9},
		{"Advice", func(c string) string { return words.Advice(scheduling.Advice(c)) }, 10},
		{"Decision", func(c string) string { return words.Decision(scheduling.Decision(c)) }, 4},
	} {
		t.Run(table.typ, func(t *testing.T) {
			all := codes(t, table.typ)
			if len(all) < table.most {
				t.Fatalf("%d codes were found in the source, want %d or more: the search is broken", len(all), table.most)
			}
			said := map[string]string{}
			translated := slices.Collect(words.All())
			for _, code := range all {
				text := table.say(code)
				if !slices.Contains(translated, text) {
					t.Errorf("%s says %q, which All does not have: the code lacks its sentence", code, text)
				}
				if other, twice := said[text]; twice {
					t.Errorf("%s and %s both say %q", code, other, text)
				}
				said[text] = code
			}
		})
	}
}

// What flags a booking: every reason that the engine gives to turn.flag.
func TestEveryFlagHasItsSentence(t *testing.T) {
	for _, code := range []scheduling.ReasonCode{
		scheduling.ReasonDeadline, scheduling.ReasonMissing, scheduling.ReasonMovedOrLate, scheduling.ReasonExtra, scheduling.ReasonOverdue,
		scheduling.ReasonSeenStarted, scheduling.ReasonKeyMissing, scheduling.ReasonLearnerMissing, scheduling.ReasonPanicked, scheduling.ReasonCanceledByProvider,
	} {
		if words.Flag(code) == string(code) {
			t.Errorf("the flag %s has no sentence", code)
		}
	}
}

// A code of a newer version is shown as it is: better than nothing.
func TestUnknownCode(t *testing.T) {
	if got := words.Reason("of_next_year"); got != "of_next_year" {
		t.Errorf("Reason of an unknown code = %q, want the code", got)
	}
}

// All can be left early, as a range loop does.
func TestAllEndsWhenAsked(t *testing.T) {
	for range words.All() {
		break
	}
}

// A code is stored at more places than one, and its sentence holds at each: a move gives up
// as a booking does, staff and platforms cancel as learners do, the provider cancels also
// what can't be booked again, and being late need not cost anything.
func TestSentencesHoldWhereverTheCodeIs(t *testing.T) {
	for code, never := range map[scheduling.ReasonCode][]string{
		scheduling.ReasonGaveUp:             {"booked", "stands"},
		scheduling.ReasonStartInPast:        {"booked", "stands"},
		scheduling.ReasonCanceledByUs:       {"you asked", "exam office"},
		scheduling.ReasonCanceledByProvider: {"choose", "exam office"},
		scheduling.ReasonLate:               {"the fee"},
	} {
		for _, text := range never {
			if strings.Contains(words.Reason(code), text) {
				t.Errorf("%s says %q, and that is not so wherever it is stored", code, words.Reason(code))
			}
		}
	}
}
