package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// clean returns the full booking as a store gives it back.
func clean(t *testing.T) scheduling.Booking {
	t.Helper()
	s := memstore.New()
	return create(t, s, fullBooking("pb-1"))
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*scheduling.Booking)
		want   string // the field that is named; "" for none
	}{
		"none":                   {func(*scheduling.Booking) {}, ""},
		"another text":           {func(b *scheduling.Booking) { b.Number = "999" }, ".Number = 999"},
		"a nanosecond":           {func(b *scheduling.Booking) { b.DueAt = b.DueAt.Add(1) }, ".DueAt"},
		"another zone":           {func(b *scheduling.Booking) { b.BegunAt = b.BegunAt.In(zone("Europe/Paris")) }, ".BegunAt"},
		"the local zone":         {func(b *scheduling.Booking) { b.BegunAt = b.BegunAt.In(time.Local) }, ".BegunAt"},
		"no pointer":             {func(b *scheduling.Booking) { b.Wish = nil }, ".Wish is nil"},
		"something in a pointer": {func(b *scheduling.Booking) { b.Intent.Flags.Exists = false }, ".Intent.Flags.Exists"},
		"a list's length":        {func(b *scheduling.Booking) { b.Memory.Dead = b.Memory.Dead[:1] }, "len(.Memory.Dead)"},
		"a list's element":       {func(b *scheduling.Booking) { b.Memory.StartsSent[1] = time.Time{} }, ".Memory.StartsSent[1]"},
		"a key":                  {func(b *scheduling.Booking) { b.Exam.Course = finalExam("1").Course }, ".Exam.Course"},
		"the exam's zone":        {func(b *scheduling.Booking) { b.Exam.Zone = time.UTC }, ".Exam.Zone"},
		"no zone":                {func(b *scheduling.Booking) { b.Exam.Zone = nil }, ".Exam.Zone = no zone"},
		"a duration":             {func(b *scheduling.Booking) { b.Exam.Policy.ResendUntil-- }, ".Exam.Policy.ResendUntil"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := clean(t)
			tt.change(&b)

			got := differences(b, fullBooking("pb-1"))

			if tt.want == "" && len(got) != 0 || tt.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], tt.want)) {
				t.Errorf("differences = %q, want one of %q", got, tt.want)
			}
		})
	}
}

func TestWeakSeesWhatASampleLacks(t *testing.T) {
	t.Parallel()
	b := fullBooking("pb-1")
	b.Exam.Policy.SeenWithin = 0         // as a new field would be
	b.Memory.Stuck = nil                 // as a new list would be
	b.NeedsAttention = nil               // as a new part would be
	b.UnlockedAt = b.FinishedAt          // could be mixed up unseen
	b.Memory.Condemned[0] = b.Number     // could be mixed up unseen, within a list
	b.Intent.Flags.NumberUnknown = false // as a new flag would be
	want := []string{".Exam.Policy.SeenWithin", ".FinishedAt", ".Intent.Flags.NumberUnknown", ".Memory.Condemned[0]", ".Memory.Stuck", ".NeedsAttention"}

	var got []string
	for _, problem := range weak(&b) {
		path, _, _ := strings.Cut(problem, " ")
		got = append(got, path)
	}

	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("weak = %q, want %q", got, want)
	}
}

func TestScrambleReachesAllThatIsShared(t *testing.T) {
	t.Parallel()
	b := fullBooking("pb-1")
	shallow := b // shares what a store must not share

	scramble(&b)

	if shallow.Intent.Reason != "" || !shallow.Wish.Want.IsZero() || !shallow.NeedsAttention.Since.IsZero() {
		t.Error("scramble left the intent, the wish or the attention as it was")
	}
	if !shallow.Memory.StartsSent[1].IsZero() || shallow.Memory.Dead[0] != "" || shallow.Memory.Condemned[0] != "" || shallow.Memory.Stuck[0] != "" || shallow.Exam.Modes[1] != "" {
		t.Error("scramble left a list as it was")
	}
	if b.Number != "102" || b.Exam.Zone.String() != "America/St_Johns" {
		t.Error("scramble changed what nobody shares")
	}
}

func TestSuiteNamesEachPromiseOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range suite {
		if seen[p.text] || strings.Contains(p.text, "/") {
			t.Errorf("the promise %q stands twice, or holds a slash, by which -run could not choose it", p.text)
		}
		seen[p.text] = true
	}
}
