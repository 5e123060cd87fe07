package sqlstore_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
)

// manyStates are all but one, in no order, one of them twice.
var manyStates = []scheduling.State{scheduling.StateNoShow, scheduling.StateScheduled, scheduling.StateCanceled, scheduling.StatePending, scheduling.StateNoShow}

// longLists are filters that choose more than a page.
var longLists = map[string]scheduling.Filter{
	"all":                              {},
	"several states":                   {States: manyStates},
	"several states, going on":         {States: manyStates, After: member(700).ID},
	"several states of an exam":        {States: manyStates, Exam: member(2).Exam.Key()},
	"starts":                           {StartFrom: day(3), StartUntil: day(9)},
	"starts, going on":                 {StartFrom: day(3), StartUntil: day(9), After: member(500).ID},
	"starts of several states":         {StartFrom: day(3), StartUntil: day(9), States: manyStates},
	"starts of a state":                {StartFrom: day(3), States: []scheduling.State{scheduling.StateCanceled}},
	"starts until":                     {StartUntil: day(7)},
	"a few starts":                     {StartFrom: day(3), StartUntil: day(3).Add(5 * time.Hour)},
	"a few starts of a state":          {StartFrom: day(3), StartUntil: day(3).Add(9 * time.Hour), States: []scheduling.State{scheduling.StateCanceled}},
	"starts of an exam":                {StartFrom: day(2), StartUntil: day(14), Exam: member(1).Exam.Key()},
	"starts of an exam and state":      {StartFrom: day(2), StartUntil: day(14), Exam: member(1).Exam.Key(), States: []scheduling.State{scheduling.StateCanceled}},
	"starts of an exam, another state": {StartFrom: day(2), StartUntil: day(14), Exam: member(1).Exam.Key(), States: []scheduling.State{scheduling.StateFinished}},
}

// However List finds its bookings, it yields those that match, ordered, each once: a range
// of starts read at once, by its ids, and by a walk past others.
func TestListYieldsWhatMatches(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		s := m.on(t, db)
		const n = 2000
		crowd(t, m, db, n)
		for _, most := range []int{20_000, 150} {
			s.KeepIDs(most)
			for name, f := range longLists {
				var got, want []scheduling.BookingID
				for b, err := range s.List(t.Context(), f) {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, b.ID)
				}
				for i := range n {
					if b := member(i); f.Matches(b) {
						want = append(want, b.ID)
					}
				}
				if !slices.Equal(got, want) || len(want) == 0 && !strings.HasSuffix(name, "another state") {
					t.Errorf("List by %s with %d ids yields %d bookings, want %d: %v", name, most, len(got), len(want), got)
				}
			}
		}
	})
}

// A walk past starts, of which there are too many to keep their ids, goes by the ids: it
// sorts nothing, so that no page reads the whole range.
func TestListOfManyStartsSortsNothing(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		s := m.on(t, db)
		crowd(t, m, db, 20000)
		for name, f := range map[string]scheduling.Filter{
			"starts": {StartFrom: day(2), StartUntil: day(120)}, "starts until": {StartUntil: day(120)},
			"several states": {States: manyStates[:3]}, "a state of an exam": {States: []scheduling.State{scheduling.StateFinished}, Exam: member(7).Exam.Key()}, "exam": {Exam: member(7).Exam.Key()},
		} {
			query, args := s.ListQuery(f)
			plan := explained(t, m, db, query, args)
			if name == "several states" { // a page of each is sorted
				wantPlan(t, query, plan, "proctorbook_bookings_state")
				continue
			}
			if wantPlan(t, query, plan); strings.Contains(plan, "Sort") || strings.Contains(plan, "filesort") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("List by %s sorts:\n%s", name, plan)
			}
		}
		query, args := s.StartsQuery(scheduling.Filter{Exam: member(7).Exam.Key(), StartFrom: day(50), StartUntil: day(60)})
		wantPlan(t, query, explained(t, m, db, query, args), "proctorbook_bookings_exam_start")
		query, args = s.ListQuery(scheduling.Filter{Learner: "learner-77", Exam: member(7).Exam.Key()})
		wantPlan(t, query, explained(t, m, db, query, args), "proctorbook_bookings_learner_exam")
		query, args = s.ListQuery(scheduling.Filter{States: manyStates[2:3], Exam: member(7).Exam.Key()})
		wantPlan(t, query, explained(t, m, db, query, args), "proctorbook_bookings_standing")
	})
}

// wantPlan fails if the plan reads the whole table, or lacks one of the indexes.
func wantPlan(t *testing.T, query, plan string, indexes ...string) {
	t.Helper()
	for _, full := range []string{"SCAN proctorbook_bookings\n", "Seq Scan", "proctorbook_bookings ALL "} {
		if strings.Contains(plan, full) {
			t.Errorf("%s\nreads the whole table:\n%s", query, plan)
		}
	}
	for _, index := range indexes {
		if !strings.Contains(plan, index) {
			t.Errorf("%s\nis carried out without %s:\n%s", query, index, plan)
		}
	}
}

// The reminders of a fleet take a statement a lead, however many bookings start between
// one lead and the next.
func TestRemindersReadWhatIsDue(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, plain := m.migrated(t)
		crowd(t, m, plain, 5000)
		c := &counted{Connector: connector{dsn, m.connect(t, dsn).Driver()}}
		db := sql.OpenDB(c)
		t.Cleanup(func() { _ = db.Close() })
		s := m.on(t, db)
		c.take()
		n, now := 0, day(5)
		for _, err := range lists.Reminders(t.Context(), s, now.Add(-9*time.Hour), now, 7*24*time.Hour, 24*time.Hour) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		sent := c.take()
		if wantSent(t, "Reminders of two leads", sent, nil, 2); n < 2 || len(sent) != 2 {
			t.Errorf("there are %d reminders by the statements %s, want some by two", n, fmt.Sprintln(sent))
		}
	})
}
