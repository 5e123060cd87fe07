package lists_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Who booked this exam: each booking with its state and its outcome, canceled
// ones marked as such, from the store alone.
func TestSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sat := w.sat(clean)
	canceled := w.canceled(w.enroll("bob", 4300), day.AddDate(0, 0, 2))
	calls := w.provider.Counts().Requests["clientActivityReport"]

	got := map[scheduling.BookingID]lists.SessionRow{}
	for _, r := range rows(t, lists.Sessions(t.Context(), w.store, lists.SessionQuery{Filter: scheduling.Filter{Exam: w.exam.Key()}})) {
		got[r.Booking.ID] = r
	}

	if len(got) != 2 || got[sat].Outcome.Verdict != scheduling.VerdictPassed || !got[sat].Outcome.Facts.Authenticated {
		t.Errorf("sessions = %+v, want both, and the facts of the one that was sat", got)
	}
	if got[canceled].Booking.State != scheduling.StateCanceled || got[canceled].Outcome.Verdict != "" {
		t.Errorf("the canceled one = %+v, want canceled, no verdict", got[canceled])
	}
	if n := w.provider.Counts().Requests["clientActivityReport"]; n != calls {
		t.Errorf("the list made %d calls, want none", n-calls)
	}
	only := lists.SessionQuery{Filter: scheduling.Filter{States: []scheduling.State{scheduling.StateCanceled}}}
	if all := rows(t, lists.Sessions(t.Context(), w.store, only)); len(all) != 1 || all[0].Booking.ID != canceled {
		t.Errorf("canceled sessions = %+v, want that one", all)
	}
}

// Numbers are ordered as numbers: 999 comes before 1000, and none comes last.
func TestSessionsNewestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := memstore.New()
	for i, n := range []proctoru.ReservationNo{"999", "", "1000", "12"} {
		b := scheduling.Booking{ID: scheduling.BookingID(fmt.Sprint("pb-", i)), Learner: scheduling.LearnerID(fmt.Sprint(i)), Exam: w.exam, State: scheduling.StateCanceled, Number: n}
		if _, err := store.Create(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	var got []proctoru.ReservationNo
	for _, r := range rows(t, lists.Sessions(t.Context(), store, lists.SessionQuery{NewestFirst: true})) {
		got = append(got, r.Booking.Number)
	}
	if want := []proctoru.ReservationNo{"1000", "999", "12", ""}; !slices.Equal(got, want) {
		t.Errorf("numbers = %q, want %q", got, want)
	}
}

// An error of the store is the last thing that the list yields.
func TestSessionsErrors(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := newWorld(t)
	w.booked(w.learner, nine)
	for _, newest := range []bool{false, true} {
		n := 0
		for _, err := range lists.Sessions(ctx, w.store, lists.SessionQuery{NewestFirst: newest}) {
			if n++; !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v, want canceled", err)
			}
		}
		if n != 1 {
			t.Errorf("%d yields, want the error alone", n)
		}
	}
}

// A booking that was sat, cell by cell.
func TestSessionsCSV(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sat(tainted)
	if _, err := w.Staff.OverrideOutcome(t.Context(), id, scheduling.VerdictPassed, byStaff); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer

	err := lists.WriteSessionsCSV(&out, lists.Sessions(t.Context(), w.store, lists.SessionQuery{}))

	want := []string{
		string(id), "4211", "course-v1:ExampleX+CS101+2027", "block-v1:ExampleX+CS101+2027+type@sequential+block@final", "begun", "",
		string(w.booking(id).Number), "2027-01-11T09:00:00Z", "2027-01-11T10:30:00Z", "2027-01-11T09:00:00Z", "", "", "ended",
		"2027-01-11T09:00:00Z", "2027-01-11T10:00:00Z", "", "true", "true", "true", "true", "false", "passed", "true", "2027-01-11T10:00:00Z", "", "",
	}
	if all := readCSV(t, out.String()); err != nil || len(all) != 2 || !slices.Equal(all[1], want) {
		t.Errorf("row = %q, %v\nwant %q", all[1:], err, want)
	}
	if strings.Contains(out.String(), "Ada") || strings.Contains(out.String(), "@example") {
		t.Error("the file holds personal data")
	}
}

// Each of the proctor's columns has its own cell; where nothing was reported the
// cells are empty.
func TestSessionsCSVColumns(t *testing.T) {
	t.Parallel()
	columns := map[string]func(*provider.Facts){
		"id_checked":    func(f *provider.Facts) { f.CheckID = true },
		"authenticated": func(f *provider.Facts) { f.Authenticated = true },
		"submitted":     func(f *provider.Facts) { f.TestSubmitted = true },
		"incident":      func(f *provider.Facts) { f.Incident = true },
		"escalated":     func(f *provider.Facts) { f.Escalated = true },
	}
	for only, set := range columns {
		row := lists.SessionRow{Outcome: scheduling.Outcome{Reported: true}}
		set(&row.Outcome.Facts)
		var out bytes.Buffer
		if err := lists.WriteSessionsCSV(&out, listOf(nil, row, lists.SessionRow{})); err != nil {
			t.Fatal(err)
		}
		all := readCSV(t, out.String())
		for i, name := range all[0] {
			if _, fact := columns[name]; fact && (all[1][i] != fmt.Sprint(name == only) || all[2][i] != "") {
				t.Errorf("with %s alone, %s is %q; without a report %q", only, name, all[1][i], all[2][i])
			}
		}
	}
}

// A grade is the caller's, and has the last column.
func TestSessionsCSVGrade(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := lists.WriteSessionsCSV(&out, listOf(nil, lists.SessionRow{Grade: "0.83"})); err != nil {
		t.Fatal(err)
	}
	all := readCSV(t, out.String())
	if last := len(all[0]) - 1; all[0][last] != "grade" || all[1][last] != "0.83" {
		t.Errorf("last column is %q: %q; want the grade 0.83", all[0][last], all[1][last])
	}
}

// manyBookings is a store that makes its bookings while it is read.
type manyBookings struct {
	scheduling.Store
	n    int
	like scheduling.Booking
}

func (m manyBookings) List(context.Context, scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	return func(yield func(scheduling.Booking, error) bool) {
		for i := range m.n {
			b := m.like
			b.ID, b.Learner = scheduling.BookingID(fmt.Sprintf("pb-testtest-%020d", i)), scheduling.LearnerID(fmt.Sprint(i))
			if !yield(b, nil) {
				return
			}
		}
	}
}

// heapWriter looks at the live heap every 2,000 lines or so.
type heapWriter struct {
	lines, looked int
	most          uint64
}

func (w *heapWriter) Write(p []byte) (int, error) {
	w.lines += bytes.Count(p, []byte("\n"))
	if w.lines-w.looked >= 2000 {
		w.looked, w.most = w.lines, max(w.most, liveHeap())
	}
	return len(p), nil
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// 100,000 bookings go into a file with at most 4 MiB alive beside what was there.
// It is not parallel, for the sake of the measurement.
func TestSessionsCSV_flatMemory(t *testing.T) {
	w := newWorld(t)
	store := manyBookings{Store: w.store, n: 100_000, like: w.booking(w.sat(clean))}
	out := &heapWriter{}
	before := liveHeap()
	if err := lists.WriteSessionsCSV(out, lists.Sessions(t.Context(), store, lists.SessionQuery{})); err != nil {
		t.Fatal(err)
	}
	grown := int64(out.most) - int64(before)
	t.Logf("%d lines, live heap grew by %.2f MiB at most", out.lines, float64(grown)/(1<<20))
	if out.lines != 100_001 || grown > 4<<20 {
		t.Errorf("%d lines, live heap grew by %d bytes; want 100001, and 4 MiB at most", out.lines, grown)
	}
}
