package scheduling_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// theWeek is what the tests read: the exam's window.
var theWeek = [2]time.Time{day, day.AddDate(0, 0, 5)}

func (w *world) readReport() scheduling.ReportReading {
	w.t.Helper()
	r, err := w.ReadReport(w.t.Context(), theWeek[0], theWeek[1])
	if err != nil {
		w.t.Fatalf("ReadReport: %v", err)
	}
	return r
}

// One reading of the report brings every booking of these days up to date.
func TestReadReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	passed := w.settled(nine)
	waiting := w.bookedBy("bob", 4300, ten)
	w.clock.Set(nine)
	w.sit(w.numberOf(passed), &clean)
	before := w.provider.Counts().Requests["clientActivityReport"]

	got := w.readReport()

	want := scheduling.ReportReading{From: theWeek[0], To: theWeek[1], Reservations: 2, Bookings: 2, Changed: 1}
	if got != want {
		t.Errorf("ReadReport = %+v, want %+v", got, want)
	}
	if n := w.provider.Counts().Requests["clientActivityReport"] - before; n != 1 {
		t.Errorf("%d calls, want one for a week", n)
	}
	if o := w.booking(passed).Outcome(); o.Verdict != scheduling.VerdictPassed || !o.ReadAt.Equal(w.clock.Now()) {
		t.Errorf("outcome = %+v, want passed, read now", o)
	}
	if o := w.booking(waiting).Outcome(); o.Verdict != scheduling.VerdictPending || !o.Reported {
		t.Errorf("outcome = %+v, want pending, reported", o)
	}
}

// An error, nothing, and data are three things.
func TestReadReportTellsErrorFromNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provider.SetReportLag(time.Hour)
	id := w.settled(nine)
	if got := w.readReport(); got.Reservations != 0 || got.Absent != 1 || got.Failed != 0 {
		t.Errorf("ReadReport of an empty report = %+v, want no reservations and one absent", got)
	}
	if o := w.booking(id).Outcome(); o.Reported || !o.ReadAt.Equal(w.clock.Now()) {
		t.Errorf("outcome = %+v, want not reported, read now", o)
	}
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "clientActivityReport", Times: -1})
	if _, err := w.ReadReport(t.Context(), theWeek[0], theWeek[1]); !errors.Is(err, proctoru.ErrServer) {
		t.Errorf("ReadReport of a failing report = %v, want ErrServer", err)
	}
	for name, r := range map[string][2]time.Time{"no start": {{}, day}, "no end": {day, {}}, "turned around": {noon, nine}} {
		_, err := w.ReadReport(t.Context(), r[0], r[1])
		if _, ok := errors.AsType[*proctorbook.ValidationError](err); !ok {
			t.Errorf("%s: error = %v, want ValidationError", name, err)
		}
	}
}

// flakyReport fails from its nth reading on.
type flakyReport struct {
	provider.ProctorU
	readings, fail int
	asked          [][2]time.Time
}

func (f *flakyReport) Report(ctx context.Context, from, to time.Time) iter.Seq2[provider.Activity, error] {
	f.asked = append(f.asked, [2]time.Time{from, to})
	if f.readings++; f.fail > 0 && f.readings >= f.fail {
		return func(yield func(provider.Activity, error) bool) {
			for a, err := range f.ProctorU.Report(ctx, from, to) { // half of it
				if !yield(a, err) {
					return
				}
				break
			}
			yield(provider.Activity{}, errFlaky)
		}
	}
	return f.ProctorU.Report(ctx, from, to)
}

var errFlaky = errors.New("the provider fell over")

// with puts another provider in front.
func (w *world) with(p provider.Provider) *scheduling.Scheduler {
	w.t.Helper()
	return w.over(p, w.openEdX())
}

// over is a Scheduler on the store with other adapters.
func (w *world) over(p provider.Provider, l platform.Platform) *scheduling.Scheduler {
	w.t.Helper()
	s, err := scheduling.New(p, l, w.store, scheduling.WithClock(w.clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// A failure half-way leaves what was read before it, and the last good reading
// on the rest. The error says from when on to go on.
func TestReadReportGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Window.End = day.AddDate(0, 0, 30)
	early := w.settled(nine)
	late := w.bookedBy("bob", 4300, nine.AddDate(0, 0, 20))
	w.outcome(late)
	read := w.clock.Now()
	w.clock.Set(nine)
	w.sit(w.numberOf(early), &clean)
	w.clock.Set(nine.AddDate(0, 0, 20))
	w.sit(w.numberOf(late), &clean)
	p := &flakyReport{ProctorU: provider.ProctorU{Client: w.client}, fail: 3}
	s, to := w.with(p), day.AddDate(0, 0, 30)

	got, err := s.ReadReport(t.Context(), day, to)

	broken, ok := errors.AsType[*scheduling.ReportError](err)
	if !ok || !errors.Is(err, errFlaky) || !broken.Resume.Equal(day.AddDate(0, 0, 16)) || !broken.To.Equal(to) || got.Bookings != 1 {
		t.Fatalf("ReadReport = %+v, %v; want one booking, and to go on from the third step", got, err)
	}
	if o := w.booking(early).Outcome(); o.Verdict != scheduling.VerdictPassed {
		t.Errorf("what was read: %+v, want passed", o)
	}
	if o := w.booking(late).Outcome(); o.Verdict != scheduling.VerdictPending || !o.ReadAt.Equal(read) {
		t.Errorf("what was not read: %+v, want the reading of %s", o, read)
	}
	p.fail = 0
	if got, err = s.ReadReport(t.Context(), broken.Resume, broken.To); err != nil || got.Changed != 1 {
		t.Errorf("the rest: %+v, %v; want one changed", got, err)
	}
	if o := w.booking(late).Outcome(); o.Verdict != scheduling.VerdictPassed {
		t.Errorf("after the rest: %+v, want passed", o)
	}
}

// The steps lie side by side; a day more is asked for on both sides, and no row
// counts in two of them.
func TestReadReportSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Window.End = day.AddDate(0, 0, 30)
	at := []time.Time{day, day.AddDate(0, 0, 8).Add(-15 * time.Minute), day.AddDate(0, 0, 8).Add(2 * time.Hour), day.AddDate(0, 0, 16)}
	for i, start := range at {
		w.bookedBy("user"+string(rune('a'+i)), int64(5000+i), start)
	}
	p := &flakyReport{ProctorU: provider.ProctorU{Client: w.client}}
	got, err := w.with(p).ReadReport(t.Context(), day, day.AddDate(0, 0, 17))
	if err != nil || got.Reservations != len(at) || got.Bookings != len(at) || got.Absent != 0 {
		t.Errorf("ReadReport = %+v, %v; want each of %d once", got, err, len(at))
	}
	want := [][2]time.Time{
		{day.AddDate(0, 0, -1), day.AddDate(0, 0, 9)}, {day.AddDate(0, 0, 7), day.AddDate(0, 0, 17)}, {day.AddDate(0, 0, 15), day.AddDate(0, 0, 18)},
	}
	for i := range want {
		if i >= len(p.asked) || !p.asked[i][0].Equal(want[i][0]) || !p.asked[i][1].Equal(want[i][1]) {
			t.Fatalf("asked for %v, want %v", p.asked, want)
		}
	}
}

// The provider has moved a session out of the window: the exam's range is wide
// enough to find it, and the reconciler follows.
func TestReadExamReportFindsWhatWasMovedOut(t *testing.T) {
	t.Parallel()
	for _, notes := range []string{"", "empty"} {
		w := newWorld(t)
		w.play(proctorutest.VariantMove, "same-number")
		id := w.settled(nine)
		if notes != "" {
			w.play(proctorutest.VariantSchoolNotes, notes) // only the number can tell
		}
		w.clock.Advance(20 * time.Minute) // nothing is due yet
		outside := w.exam.Window.End.Add(20 * time.Hour)
		_, err := w.provider.ProviderMoves(w.numberOf(id), outside)
		w.did(err)

		got, err := w.ReadExamReport(t.Context(), w.exam)

		if err != nil || got.Woken != 1 || got.Reservations != 1 {
			t.Fatalf("ReadExamReport = %+v, %v; want one woken", got, err)
		}
		if p := w.booking(id).Session.Attendance.Presence; p != scheduling.PresenceMoved {
			t.Errorf("presence %q, want moved", p)
		}
		if _, err := w.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		if b := w.booking(id); !b.Start.Equal(outside) || b.Session.Attendance.Presence != scheduling.PresenceUnknown {
			t.Errorf("booking is at %s, presence %q; want %s, unknown", b.Start, b.Session.Attendance.Presence, outside)
		}
	}
}

// The title of the exam, and another exam's title that begins alike, say nothing:
// only the number does.
func TestReadReportMatchesByNumberOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Name = "Run"
	id := w.settled(nine)
	b := w.booking(id)
	number := w.provider.AddReservation(proctorutest.Reservation{
		ID: "theirs", StudentID: string(b.Learner), Start: nine, Duration: time.Hour, Description: "CS101 2027 - Run", Notes: "Booking: " + string(id),
		Started: true, Ended: true, Verdict: clean,
	})
	w.did(w.provider.ProctorRevises(number, clean))
	if got := w.readReport(); got.Reservations != 1 {
		t.Errorf("ReadReport = %+v, want our one reservation", got)
	}
	if o := w.booking(id).Outcome(); o.Verdict != scheduling.VerdictPending || o.Facts.Ended {
		t.Errorf("outcome = %+v, want pending: the other number is not ours", o)
	}
}

// A store that fails on one booking does not keep the others from their reading.
func TestReadReportCountsWhatItCouldNotStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settled(nine)
	w.bookedBy("bob", 4300, ten)
	broken := errors.New("disk on fire")
	w.store = &failingStore{Store: w.store, fail: map[string]error{"Update": broken}}
	w.restart()
	got, err := w.ReadReport(t.Context(), theWeek[0], theWeek[1])
	if !errors.Is(err, broken) || got.Failed != 2 || got.Bookings != 0 {
		t.Errorf("ReadReport = %+v, %v; want two failed", got, err)
	}
}

// sameReport yields the same rows for every step.
type sameReport struct {
	provider.ProctorU
	rows []provider.Activity
}

func (p sameReport) Report(context.Context, time.Time, time.Time) iter.Seq2[provider.Activity, error] {
	return func(yield func(provider.Activity, error) bool) {
		for _, row := range p.rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// Rows without a start come wherever the provider likes, and count once. Of
// several rows the one with the longest history decides whether it is canceled,
// in whatever order they come.
func TestReadReportAddsRowsUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	n := w.booking(id).Number
	for name, rows := range map[string][]provider.Activity{
		"short first": {{Number: n, Canceled: true, Entries: 1, Incident: true}, {Number: n, Ended: true, Entries: 3}},
		"long first":  {{Number: n, Ended: true, Entries: 3}, {Number: n, Canceled: true, Entries: 1, Incident: true}},
	} {
		got, err := w.with(sameReport{rows: rows}).ReadReport(t.Context(), day, day.AddDate(0, 0, 20))
		o := w.booking(id).Outcome()
		if err != nil || got.Reservations != 1 || o.Facts.Canceled || !o.Facts.Incident || !o.Facts.Ended {
			t.Errorf("%s: %+v, %v, outcome %+v; want one reservation, not canceled, ended with an incident", name, got, err, o)
		}
		w.clock.Advance(time.Minute)
	}
}

// A context that ends stops the reading, and says where.
func TestReadReportStopsWithTheContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settled(nine)
	ctx, cancel := context.WithCancel(t.Context())
	p := &lastRow{ProctorU: provider.ProctorU{Client: w.client}, then: cancel}
	got, err := w.with(p).ReadReport(ctx, theWeek[0], theWeek[1])
	broken, ok := errors.AsType[*scheduling.ReportError](err)
	if !ok || !errors.Is(err, context.Canceled) || !broken.Resume.Equal(theWeek[0]) || got.Bookings != 0 || got.Failed != 0 {
		t.Errorf("ReadReport = %+v, %v; want nothing stored, and to go on from the start", got, err)
	}
}

// lastRow lets something happen after the report was read.
type lastRow struct {
	provider.ProctorU
	then func()
}

func (p *lastRow) Report(ctx context.Context, from, to time.Time) iter.Seq2[provider.Activity, error] {
	return func(yield func(provider.Activity, error) bool) {
		for a, err := range p.ProctorU.Report(ctx, from, to) {
			if !yield(a, err) {
				return
			}
		}
		p.then()
	}
}

// A provider that can't report on all learners says so before anything is read.
func TestReadReportNeedsAReporter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.with(struct{ provider.Provider }{provider.ProctorU{Client: w.client}})
	if _, err := s.ReadReport(t.Context(), theWeek[0], theWeek[1]); !errors.Is(err, scheduling.ErrNoReport) {
		t.Errorf("ReadReport = %v, want ErrNoReport", err)
	}
}
