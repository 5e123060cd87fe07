package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

var filterPromises = []promise{
	{"List chooses by each field of the filter", filterAlone},
	{"List chooses by all fields of the filter together, as Filter.Matches does", filterTogether},
	{"List sees a change of what it chooses by", filterAfterUpdate},
}

// gallery stores nine bookings, among which every filter has something to
// choose and something to leave out.
func gallery(t *testing.T, s scheduling.Store) []scheduling.Booking {
	t.Helper()
	flagged := &scheduling.Attention{Since: day(5), Reason: "late"}
	move := &scheduling.Intent{Op: scheduling.OpMove, Want: day(14), Requested: day(2), Deadline: day(3)}
	set := func(b scheduling.Booking, start time.Time, sent ...time.Time) scheduling.Booking {
		b.Start, b.Memory.StartsSent = start, sent
		return b
	}
	var (
		final, midterm = finalExam("2027"), otherExam()
		none           time.Time
	)
	all := []scheduling.Booking{
		set(booking("pb-1", "ada", final), none, day(12)),
		set(inState(booking("pb-2", "ada", midterm), scheduling.StateScheduled), day(12), day(12), day(14), day(13)),
		set(inState(booking("pb-3", "bob", final), scheduling.StateScheduled), day(13), day(13)),
		set(inState(booking("pb-4", "bob", midterm), scheduling.StateCanceled), none),
		set(inState(booking("pb-5", "ada", final), scheduling.StateFinished), day(12).Add(-time.Microsecond), day(12).Add(-time.Microsecond)),
		set(inState(booking("pb-6", "ada", finalExam("2028")), scheduling.StateFailed), none, day(14).Add(-time.Microsecond)),
		set(booking("pb-7", "cyd", midterm), none, day(20)),
		set(inState(booking("pb-8", "cyd", final), scheduling.StateBegun), day(13).Add(-time.Microsecond), day(15)),
		set(inState(booking("pb-9", "Bob", final), scheduling.StateNoShow), day(14), day(14)),
	}
	all[1].NeedsAttention, all[6].NeedsAttention, all[3].NeedsAttention = flagged, flagged, flagged
	all[2].Intent = move
	for i, due := range map[int]time.Time{1: day(12), 2: day(12).Add(time.Microsecond), 4: day(11), 5: {}, 7: day(13)} {
		all[i].DueAt = due
	}
	for i, b := range all {
		all[i] = create(t, s, b)
	}
	return all
}

func filterAlone(t *testing.T, open opener) {
	s := open(t)
	gallery(t, s)
	tests := map[string]struct {
		filter scheduling.Filter
		want   []scheduling.BookingID
	}{
		"nothing":           {scheduling.Filter{}, []scheduling.BookingID{"pb-1", "pb-2", "pb-3", "pb-4", "pb-5", "pb-6", "pb-7", "pb-8", "pb-9"}},
		"Learner":           {scheduling.Filter{Learner: "ada"}, []scheduling.BookingID{"pb-1", "pb-2", "pb-5", "pb-6"}},
		"Learner by letter": {scheduling.Filter{Learner: "bob"}, []scheduling.BookingID{"pb-3", "pb-4"}},
		"unknown Learner":   {scheduling.Filter{Learner: "a"}, nil},
		"Exam":              {scheduling.Filter{Exam: finalExam("2027").Key()}, []scheduling.BookingID{"pb-1", "pb-3", "pb-5", "pb-8", "pb-9"}},
		"Exam of a re-run":  {scheduling.Filter{Exam: finalExam("2028").Key()}, []scheduling.BookingID{"pb-6"}},
		"unknown Exam":      {scheduling.Filter{Exam: finalExam("2029").Key()}, nil},
		"one State":         {scheduling.Filter{States: []scheduling.State{scheduling.StateScheduled}}, []scheduling.BookingID{"pb-2", "pb-3"}},
		"three States":      {scheduling.Filter{States: []scheduling.State{scheduling.StateNoShow, scheduling.StateFailed, scheduling.StateBegun}}, []scheduling.BookingID{"pb-6", "pb-8", "pb-9"}},
		"an unknown State":  {scheduling.Filter{States: []scheduling.State{"lost"}}, nil},
		"Open":              {scheduling.Filter{Open: true}, []scheduling.BookingID{"pb-1", "pb-3", "pb-7"}},
		"NeedsAttention":    {scheduling.Filter{NeedsAttention: true}, []scheduling.BookingID{"pb-2", "pb-4", "pb-7"}},
		"StartFrom":         {scheduling.Filter{StartFrom: day(12)}, []scheduling.BookingID{"pb-2", "pb-3", "pb-8", "pb-9"}},
		"StartUntil":        {scheduling.Filter{StartUntil: day(13)}, []scheduling.BookingID{"pb-2", "pb-5", "pb-8"}},
		"a day of starts":   {scheduling.Filter{StartFrom: day(12), StartUntil: day(13)}, []scheduling.BookingID{"pb-2", "pb-8"}},
		"starts in a zone":  {scheduling.Filter{StartFrom: day(13).In(zone("Asia/Kolkata")), StartUntil: day(14).In(zone("America/New_York"))}, []scheduling.BookingID{"pb-3"}},
		"StartFrom, after it by less than a microsecond":  {scheduling.Filter{StartFrom: day(14).Add(-time.Nanosecond), StartUntil: day(14).Add(time.Nanosecond)}, []scheduling.BookingID{"pb-9"}},
		"StartUntil, after it by less than a microsecond": {scheduling.Filter{StartFrom: day(13).Add(time.Nanosecond), StartUntil: day(14).Add(time.Nanosecond)}, []scheduling.BookingID{"pb-9"}},
		"WatchedAt, after it by less than a microsecond":  {scheduling.Filter{WatchedAt: day(15).Add(time.Nanosecond)}, []scheduling.BookingID{"pb-7"}},
		"DueBy": {scheduling.Filter{DueBy: day(12)}, []scheduling.BookingID{"pb-2", "pb-5"}},
		"DueBy, after it by less than a microsecond": {scheduling.Filter{DueBy: day(12).Add(time.Microsecond + time.Nanosecond)}, []scheduling.BookingID{"pb-2", "pb-3", "pb-5"}},
		"WatchedAt":          {scheduling.Filter{WatchedAt: day(14)}, []scheduling.BookingID{"pb-2", "pb-7", "pb-8", "pb-9"}},
		"WatchedAt long ago": {scheduling.Filter{WatchedAt: day(1)}, []scheduling.BookingID{"pb-1", "pb-2", "pb-3", "pb-5", "pb-6", "pb-7", "pb-8", "pb-9"}},
		"After":              {scheduling.Filter{After: "pb-6"}, []scheduling.BookingID{"pb-7", "pb-8", "pb-9"}},
		"terminal, watched, of one learner and exam": {
			scheduling.Filter{Learner: "ada", Exam: finalExam("2027").Key(), States: terminalStates, WatchedAt: day(11)}, []scheduling.BookingID{"pb-5"},
		},
	}
	for name, tt := range tests {
		wantIDs(t, "List by "+name, list(t, s, tt.filter), tt.want...)
	}
}

// filterTogether tries every subset of the filter's fields.
func filterTogether(t *testing.T, open opener) {
	s := open(t)
	routine := watched("pb-watched", day(11), day(13))
	routine.Exam = otherExam()
	stored := append(gallery(t, s), create(t, s, routine))
	fields := map[string]func(*scheduling.Filter){
		"Learner":        func(f *scheduling.Filter) { f.Learner = "ada" },
		"Exam":           func(f *scheduling.Filter) { f.Exam = otherExam().Key() },
		"States":         func(f *scheduling.Filter) { f.States = activeStates },
		"Open":           func(f *scheduling.Filter) { f.Open = true },
		"NeedsAttention": func(f *scheduling.Filter) { f.NeedsAttention = true },
		"StartFrom":      func(f *scheduling.Filter) { f.StartFrom = day(12) },
		"StartUntil":     func(f *scheduling.Filter) { f.StartUntil = day(13) },
		"DueBy":          func(f *scheduling.Filter) { f.DueBy = day(12) },
		"Bulk":           func(f *scheduling.Filter) { f.Bulk = true },
		"WatchedAt":      func(f *scheduling.Filter) { f.WatchedAt = day(13) },
		"After":          func(f *scheduling.Filter) { f.After = "pb-1" },
	}
	names := []string{"Learner", "Exam", "States", "Open", "NeedsAttention", "StartFrom", "StartUntil", "DueBy", "Bulk", "WatchedAt", "After"}
	var all scheduling.Filter // of the last subset: every field
	for subset := range 1 << len(names) {
		var f scheduling.Filter
		var used []string
		for i, name := range names {
			if subset>>i&1 == 1 {
				fields[name](&f)
				used = append(used, name)
			}
		}
		all = f
		want := slices.DeleteFunc(slices.Clone(stored), func(b scheduling.Booking) bool { return !f.Matches(b) })
		wantIDs(t, fmt.Sprintf("List by %v", used), list(t, s, f), ids(want)...)
	}
	for _, path := range emptyFields(&all) {
		t.Errorf("the suite's own table of filters lacks Filter%s", path)
	}
}

func filterAfterUpdate(t *testing.T, open opener) {
	s := open(t)
	b := create(t, s, booking("pb-1", "ada", finalExam("2027")))
	wantIDs(t, "List of open ones", list(t, s, scheduling.Filter{Open: true}), "pb-1")

	b = inState(b, scheduling.StateScheduled)
	b.Start, b.Memory.StartsSent = day(13), []time.Time{day(11), day(13)}
	b.NeedsAttention = &scheduling.Attention{Since: day(5), Reason: "late"}
	update(t, s, b)

	for name, f := range map[string]scheduling.Filter{
		"States": {States: []scheduling.State{scheduling.StateScheduled}}, "NeedsAttention": {NeedsAttention: true},
		"StartFrom": {StartFrom: day(13)}, "WatchedAt": {WatchedAt: day(13)},
	} {
		wantIDs(t, "List by "+name+" after the Update", list(t, s, f), "pb-1")
	}
	for name, f := range map[string]scheduling.Filter{
		"States": {States: []scheduling.State{scheduling.StatePending}}, "Open": {Open: true}, "StartUntil": {StartUntil: day(13)},
	} {
		wantIDs(t, "List by "+name+" after the Update", list(t, s, f))
	}
}
