package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// The promises of a store that counts. Of another one they are skipped.
var countPromises = []promise{
	{"CountBookings, if the store counts, counts what List yields, by each field of the filter", countAsListed},
	{"CountBookings tells verdicts apart as Booking.Outcome does", countVerdicts},
	{"CountBookings sees a change of what it counts by", countAfterUpdate},
	{"CountBookings names each booking that can't be read, and counts the others", countUnreadable},
	{"CountBookings does nothing in a canceled context", countCanceled},
}

// counter returns the store as one that counts, or skips the test.
func counter(t *testing.T, s scheduling.Store) scheduling.BookingCounter {
	t.Helper()
	c, ok := s.(scheduling.BookingCounter)
	if !ok {
		t.Skip("the store does not count")
	}
	return c
}

// counted adds up counts of one kind, and returns one text a kind.
func counted(counts []scheduling.BookingCount) []string {
	kinds := map[scheduling.BookingCount]int{}
	for _, c := range counts {
		n := c.Bookings
		c.Bookings = 0
		kinds[c] += n
	}
	var all []string
	for c, n := range kinds {
		all = append(all, fmt.Sprintf("%s %s %s %q flagged=%t open=%t %s: %d", c.Exam.Course, c.Exam.Usage, c.State, c.Verdict, c.NeedsAttention, c.Open, c.OldestOpen.Format(time.RFC3339Nano), n))
	}
	slices.Sort(all)
	return all
}

// wantCounts fails unless the store counts what it lists.
func wantCounts(t *testing.T, what string, s scheduling.Store, f scheduling.Filter) {
	t.Helper()
	var got, want []scheduling.BookingCount
	for c, err := range counter(t, s).CountBookings(t.Context(), f) {
		if err != nil {
			t.Fatalf("CountBookings by %s error = %v, want none", what, err)
		}
		got = append(got, c)
	}
	for b, err := range s.List(t.Context(), f) {
		if err != nil {
			t.Fatalf("List by %s error = %v, want none", what, err)
		}
		want = append(want, scheduling.CountOf(b))
	}
	if g, w := counted(got), counted(want); !slices.Equal(g, w) {
		t.Errorf("CountBookings by %s = %q, want what List yields: %q", what, g, w)
	}
}

func countAsListed(t *testing.T, open opener) {
	s := open(t)
	counter(t, s)
	wantCounts(t, "nothing, of an empty store", s, scheduling.Filter{})
	gallery(t, s)
	for name, f := range map[string]scheduling.Filter{
		"nothing": {}, "Learner": {Learner: "ada"}, "unknown Learner": {Learner: "a"}, "Learner with a zero byte": {Learner: "a\x00"},
		"Exam": {Exam: finalExam("2027").Key()}, "States": {States: activeStates}, "Open": {Open: true}, "NeedsAttention": {NeedsAttention: true},
		"StartFrom": {StartFrom: day(12)}, "StartUntil": {StartUntil: day(13)}, "DueBy": {DueBy: day(12)}, "DueBy in bulk": {DueBy: day(12), Bulk: true},
		"WatchedAt": {WatchedAt: day(13)}, "After": {After: "pb-4"},
		"all of them": {Learner: "ada", Exam: otherExam().Key(), States: activeStates, NeedsAttention: true, StartFrom: day(11), StartUntil: day(13), DueBy: day(13), WatchedAt: day(12), After: "pb-1"},
	} {
		wantCounts(t, name, s, f)
	}
}

// countVerdicts stores a booking for each way in which a verdict comes about, or does not.
func countVerdicts(t *testing.T, open opener) {
	s := open(t)
	counter(t, s)
	n := 0
	for _, state := range []scheduling.State{scheduling.StatePending, scheduling.StateScheduled, scheduling.StateFinished, scheduling.StateCanceled, scheduling.StateFailed, scheduling.StateVoid} {
		for _, session := range []scheduling.Session{
			{}, {Verdict: scheduling.VerdictPassed}, {Verdict: scheduling.VerdictFailed, Overridden: scheduling.VerdictPassed}, {Overridden: scheduling.VerdictFailed},
			{Verdict: scheduling.VerdictFailed, Attendance: scheduling.Attendance{Presence: scheduling.PresenceEnded}},
		} {
			for _, facts := range []provider.Facts{{}, {Number: "4711"}, {Number: "4712"}} {
				for _, b := range []scheduling.Booking{{}, {Number: "4711"}, {Number: "4711", Outdated: []scheduling.Setting{scheduling.SettingDuration}}} {
					n++
					id := scheduling.BookingID(fmt.Sprintf("pb-%03d", n))
					made := inState(booking(id, scheduling.LearnerID(id), finalExam("2027")), state)
					made.Session, made.Number, made.Outdated = session, b.Number, b.Outdated
					made.Session.Facts = facts
					create(t, s, made)
				}
			}
		}
	}
	wantCounts(t, "nothing", s, scheduling.Filter{})
	wantCounts(t, "a state", s, scheduling.Filter{States: []scheduling.State{scheduling.StateCanceled}})
}

func countAfterUpdate(t *testing.T, open opener) {
	s := open(t)
	counter(t, s)
	b := create(t, s, booking("pb-1", "ada", finalExam("2027")))
	create(t, s, booking("pb-2", "bob", finalExam("2027")))
	wantCounts(t, "nothing", s, scheduling.Filter{})

	b = inState(b, scheduling.StateFinished)
	b.Number, b.Session.Facts.Number, b.Session.Verdict = "4711", "4711", scheduling.VerdictPassed
	b = update(t, s, b)
	wantCounts(t, "nothing, after the Update", s, scheduling.Filter{})
	b.Session.Overridden, b.NeedsAttention = scheduling.VerdictFailed, &scheduling.Attention{Since: day(5), Reason: "late"}
	update(t, s, b)
	wantCounts(t, "nothing, after staff's verdict", s, scheduling.Filter{})
}

func countUnreadable(t *testing.T, open opener) {
	s := open(t)
	c, x := counter(t, s), spoiler(t, s)
	gallery(t, s)
	for _, id := range []scheduling.BookingID{"pb-1", "pb-4", "pb-5"} { // the first one is open
		defer x.SpoilBooking(id)()
	}
	n := 0
	var bad []scheduling.BookingID
	for one, err := range c.CountBookings(t.Context(), scheduling.Filter{}) {
		if err == nil {
			n += one.Bookings
			continue
		}
		e, ok := errors.AsType[*scheduling.UnreadableError](err)
		if !ok || one != (scheduling.BookingCount{}) {
			t.Fatalf("CountBookings = %+v, %v; want an UnreadableError, and no count", one, err)
		}
		bad = append(bad, e.Booking)
	}
	slices.SortFunc(bad, cmp.Compare)
	if n != 6 || !slices.Equal(bad, []scheduling.BookingID{"pb-1", "pb-4", "pb-5"}) {
		t.Errorf("CountBookings counts %d, and names %v; want 6, and pb-1, pb-4 and pb-5", n, bad)
	}
}

func countCanceled(t *testing.T, open opener) {
	s := open(t)
	c := counter(t, s)
	gallery(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := maps.Collect(c.CountBookings(ctx, scheduling.Filter{}))
	if err := got[scheduling.BookingCount{}]; len(got) != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("CountBookings in a canceled context = %v, want its error alone", got)
	}
}
