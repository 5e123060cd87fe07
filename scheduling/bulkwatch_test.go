package scheduling_test

import (
	"context"
	"errors"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// reads makes a Scheduler read the report for one booking already.
var reads = scheduling.WithTuning(scheduling.Tuning{BulkFrom: 1})

// bulkWorld is a world in which Sweep reads the report, with three bookings that a reading
// confirms, an hour after they were made.
type bulkWorld struct {
	*world
	ids  []scheduling.BookingID // of ada_l, bob and eve
	sent *classNotes
}

func newBulkWorld(t *testing.T) *bulkWorld {
	t.Helper()
	return newBulkWorldIn(t, 0)
}

// newBulkWorldIn is the same with starts so many days later, in a window that is longer
// by that.
func newBulkWorldIn(t *testing.T, days int) *bulkWorld {
	t.Helper()
	o := &bulkWorld{world: newWorld(t)}
	o.exam.Window.End = o.exam.Window.End.AddDate(0, 0, days)
	o.sent = o.noteClasses()
	o.restart(reads)
	o.ids = []scheduling.BookingID{
		o.settled(nine.AddDate(0, 0, days+1)), o.bookedBy("bob", 4301, ten.AddDate(0, 0, days+2)), o.bookedBy("eve", 4302, noon.AddDate(0, 0, days+3)),
	}
	o.clock.Advance(time.Hour)
	o.lookOnce() // no reading stands for the first look
	o.clock.Advance(70 * time.Minute)
	o.sent.take()
	return o
}

// looked reconciles once, and returns at which bookings that looked.
func (o *bulkWorld) looked() []scheduling.BookingID {
	o.t.Helper()
	before := map[scheduling.BookingID]int64{}
	for _, id := range o.ids {
		before[id] = o.versionOf(id)
	}
	o.lookOnce()
	var ids []scheduling.BookingID
	for _, id := range o.ids {
		if o.versionOf(id) != before[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// calls returns the endpoints called since the last time, and for whom.
func (o *bulkWorld) calls() []string {
	var calls []string
	for _, c := range o.sent.take() {
		calls = append(calls, strings.TrimSpace(path.Base(c.endpoint)+" "+c.student))
	}
	return calls
}

// One reading of the report stands for the hourly looks at all bookings that it confirms:
// nothing else is sent, and nothing is written on them.
func TestABulkReadingStandsForRoutineWatches(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	versions := []int64{o.versionOf(o.ids[0]), o.versionOf(o.ids[1]), o.versionOf(o.ids[2])}
	for range 24 {
		if got := o.sweep(); !got.Bulk || got.Due != 0 || got.Looked != 3 {
			t.Fatalf("sweep = %+v, want 3 looked at, in bulk, none due", got)
		}
		if ids := o.looked(); len(ids) != 0 {
			t.Fatalf("looked at %v, want none: the reading stands for it", ids)
		}
		if calls := o.calls(); len(calls) > 5 || !slices.Equal(slices.Compact(calls), []string{"clientActivityReport"}) {
			t.Fatalf("calls = %v, want one reading, in a few pieces", calls)
		}
		o.clock.Advance(time.Hour)
	}
	for i, id := range o.ids {
		if v := o.versionOf(id); v != versions[i] {
			t.Errorf("booking %d was written %d times, want not at all", i, v-versions[i])
		}
	}
}

// Two hours before its start a booking is looked at singly again, hour by hour, and once
// more when it is a no-show, an hour and a half and four hours after the start.
func TestTheLastHoursAreWatchedSingly(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	start := nine.AddDate(0, 0, 1)
	for _, at := range []struct {
		before time.Duration
		looks  bool
	}{{2*time.Hour + time.Minute, false}, {2 * time.Hour, true}, {time.Hour + time.Minute, false}, {time.Hour, true}, {time.Minute, false}, {0, false}, {-5 * time.Hour, false}, {-330 * time.Minute, true}} {
		o.clock.Set(start.Add(-at.before))
		o.sweep()
		if ids := o.looked(); (len(ids) == 1) != at.looks {
			t.Errorf("%s before the start: looked at %v, want %t", at.before, ids, at.looks)
		}
	}
}

// A reading stands for two watch intervals. Then each booking is looked at singly, as
// where nobody sweeps.
func TestAReadingGrowsOld(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	o.sweep()
	o.clock.Advance(2*time.Hour - time.Minute)
	if ids := o.looked(); len(ids) != 0 {
		t.Errorf("looked at %v while the reading stands", ids)
	}
	o.clock.Advance(time.Minute)
	if ids := o.looked(); len(ids) != 3 {
		t.Errorf("looked at %v, want all three: the reading is too old", ids)
	}
}

// What the report does not confirm is looked at singly: with the next pass it is as if
// nobody had read the report.
func TestWhatAReadingDoesNotConfirmIsLookedAt(t *testing.T) {
	t.Parallel()
	number := func(o *bulkWorld) int64 {
		n, err := strconv.ParseInt(string(o.booking(o.ids[0]).Number), 10, 64)
		if err != nil {
			o.t.Fatal(err)
		}
		return n
	}
	for name, c := range map[string]struct {
		happens func(*bulkWorld)
		want    func(*testing.T, *bulkWorld)
	}{
		"the provider moved it": {
			func(o *bulkWorld) { _, err := o.provider.ProviderMoves(number(o), noon.AddDate(0, 0, 1)); o.did(err) },
			func(t *testing.T, o *bulkWorld) {
				if got := o.booking(o.ids[0]).Start; !got.Equal(noon.AddDate(0, 0, 1)) {
					t.Errorf("start = %s, want the provider's", got)
				}
			},
		},
		"the provider canceled it": {
			func(o *bulkWorld) { o.did(o.provider.ProviderCancels(number(o))) },
			func(t *testing.T, o *bulkWorld) {
				o.wantCanceled(o.ids[0])
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newBulkWorld(t)
			o.sweep()
			c.happens(o)
			o.clock.Advance(time.Hour)
			if ids := o.looked(); len(ids) != 0 {
				t.Fatalf("looked at %v before the next reading", ids)
			}
			if got := o.sweep(); !got.Bulk || got.Due != 1 {
				t.Fatalf("sweep = %+v, want one due", got)
			}
			o.pass()
			c.want(t, o)
		})
	}
}

// A booking that changed shortly before a reading is neither confirmed nor doubtful: the
// report may not know it yet.
func TestAReadingSaysNothingOfWhatJustChanged(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	o.provider.SetReportLag(4 * time.Minute)
	b, err := o.Reschedule(t.Context(), o.ids[0], ten.AddDate(0, 0, 1))
	o.did(err)
	o.clock.Advance(3 * time.Minute)
	if got := o.sweep(); !got.Bulk || got.Due != 0 {
		t.Fatalf("sweep = %+v, want none due", got)
	}
	o.clock.Advance(time.Hour)
	if got := o.sweep(); !got.Bulk || got.Due != 0 {
		t.Fatalf("sweep = %+v, want none due", got)
	}
	if ids := o.looked(); !slices.Equal(ids, o.ids[:1]) || !o.booking(b.ID).Start.Equal(b.Start) {
		t.Errorf("looked at %v, want the first look after the change", ids)
	}
	o.clock.Advance(70 * time.Minute)
	if ids := o.looked(); len(ids) != 0 {
		t.Errorf("looked at %v, want none: the second reading shows the new start", ids)
	}
}

// scripted is a provider whose report is changed, or fails, for a test.
type scripted struct {
	provider.ProctorU
	change func(provider.Activity) []provider.Activity
	fails  func(from, to time.Time) error
}

func (s scripted) Report(ctx context.Context, from, to time.Time) iter.Seq2[provider.Activity, error] {
	return func(yield func(provider.Activity, error) bool) {
		if s.fails != nil {
			if err := s.fails(from, to); err != nil {
				yield(provider.Activity{}, err)
				return
			}
		}
		for a, err := range s.ProctorU.Report(ctx, from, to) {
			rows := []provider.Activity{a}
			if err == nil && s.change != nil {
				rows = s.change(a)
			}
			for _, row := range rows {
				if !yield(row, err) {
					return
				}
			}
		}
	}
}

// reporting makes the provider report so.
func (o *bulkWorld) reporting(p scripted) {
	o.t.Helper()
	p.ProctorU = o.proctorU()
	s, err := scheduling.New(p, o.openEdX(), o.store, scheduling.WithClock(o.clock), scheduling.WithLogger(o.log.logger()), reads,
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
	if err != nil {
		o.t.Fatal(err)
	}
	o.Scheduler = s
}

// Rows that prove less than they seem to confirm nothing.
func TestRowsThatProveNothing(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(a *provider.Activity) []provider.Activity{
		"no row":               func(*provider.Activity) []provider.Activity { return nil },
		"no number":            func(a *provider.Activity) []provider.Activity { a.Number = ""; return []provider.Activity{*a} },
		"no history":           func(a *provider.Activity) []provider.Activity { a.Entries = 0; return []provider.Activity{*a} },
		"a cancel":             func(a *provider.Activity) []provider.Activity { a.Canceled = true; return []provider.Activity{*a} },
		"another booking's id": func(a *provider.Activity) []provider.Activity { a.ReservationID += "x"; return []provider.Activity{*a} },
		"a session that began": func(a *provider.Activity) []provider.Activity { a.Started = true; return []provider.Activity{*a} },
		"another start": func(a *provider.Activity) []provider.Activity {
			a.Start = a.Start.Add(time.Minute)
			return []provider.Activity{*a}
		},
		"two starts": func(a *provider.Activity) []provider.Activity {
			b := *a
			b.Start = b.Start.Add(time.Hour)
			return []provider.Activity{*a, b}
		},
		"a cancel in one of two rows": func(a *provider.Activity) []provider.Activity {
			b := *a
			b.Canceled = true
			return []provider.Activity{b, *a}
		},
		"a second number of the id": func(a *provider.Activity) []provider.Activity {
			b := *a
			b.Number += "1"
			return []provider.Activity{*a, b}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newBulkWorld(t)
			first := o.booking(o.ids[0]).Number
			o.reporting(scripted{change: func(a provider.Activity) []provider.Activity {
				if a.Number != first {
					return []provider.Activity{a}
				}
				return change(&a)
			}})
			if got := o.sweep(); !got.Bulk || got.Due != 1 {
				t.Fatalf("sweep = %+v, want one due, in bulk", got)
			}
			if ids := o.looked(); !slices.Equal(ids, o.ids[:1]) {
				t.Errorf("looked at %v, want %v", ids, o.ids[:1])
			}
		})
	}
}

// A row without dates confirms that the reservation exists, not when it is: the start of
// such a booking is looked up in the list once a day.
func TestRowsWithoutDates(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	first := o.booking(o.ids[0]).Number
	o.reporting(scripted{change: func(a provider.Activity) []provider.Activity {
		if a.Number == first {
			a.Start, a.End = time.Time{}, time.Time{}
		}
		return []provider.Activity{a}
	}})
	var looks []int
	for hour := range 50 {
		o.sweep()
		o.calls()
		if ids := o.looked(); len(ids) > 0 {
			looks = append(looks, hour)
			if calls := o.calls(); len(calls) != 1 || !strings.HasPrefix(calls[0], "getStudentReservationList") {
				t.Errorf("calls of the look = %v, want the list alone", calls)
			}
		}
		o.clock.Advance(time.Hour)
	}
	if want := []int{23, 48}; !slices.Equal(looks, want) {
		t.Errorf("looked at it after %v hours, want %v", looks, want)
	}
}

// While the report shows nothing of what is ahead, or less than half of it, each booking
// is looked at singly, every hour, and a reading that stood before stands no longer.
func TestReportsThatDoNotShowWhatIsAhead(t *testing.T) {
	t.Parallel()
	var now func() time.Time
	standsBefore := map[string]bool{"an error": true, "a null answer": true} // they tell nothing
	for name, p := range map[string]scripted{
		"past sessions only": {change: func(a provider.Activity) []provider.Activity {
			if a.Start.After(now()) {
				return nil
			}
			return []provider.Activity{a}
		}},
		"nothing":  {change: func(provider.Activity) []provider.Activity { return nil }},
		"no dates": {change: func(a provider.Activity) []provider.Activity { a.Start = time.Time{}; return []provider.Activity{a} }},
		"a third": {change: func(a provider.Activity) []provider.Activity {
			return []provider.Activity{a}[:min(1, 1-min(1, int(a.Start.Day()-12)))]
		}},
		"an error":      {fails: func(_, _ time.Time) error { return errors.New("no report today") }},
		"a null answer": {fails: func(_, _ time.Time) error { return proctoru.ErrNoList }},
	} {
		t.Run(name, func(t *testing.T) {
			o := newBulkWorld(t)
			now = o.clock.Now
			o.sweep()
			o.reporting(p)
			if got := o.sweep(); got.Bulk || got.Due != 0 || got.Looked != 3 {
				t.Fatalf("sweep = %+v, want three looked at, not in bulk", got)
			}
			if ids := o.looked(); (len(ids) == 0) != standsBefore[name] || len(ids)%3 != 0 {
				t.Errorf("looked at %v, want all three where what stood before stands no longer", ids)
			}
			o.clock.Advance(2 * time.Hour)
			if ids := o.looked(); len(ids) != 3 {
				t.Errorf("looked at %v two hours later, want all three", ids)
			}
		})
	}
}

// A day of the report that can't be read proves nothing of its bookings, and leaves the
// others to the reading.
func TestADayThatCantBeRead(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	bad := noon.AddDate(0, 0, 3) // eve's
	o.reporting(scripted{fails: func(from, to time.Time) error {
		if bad.After(from.AddDate(0, 0, 1)) && bad.Before(to.AddDate(0, 0, -1)) {
			return errors.New("too much of it")
		}
		return nil
	}})
	if got := o.sweep(); !got.Bulk || got.Due != 1 {
		t.Fatalf("sweep = %+v, want one due", got)
	}
	if ids := o.looked(); !slices.Equal(ids, o.ids[2:]) {
		t.Errorf("looked at %v, want %v", ids, o.ids[2:])
	}
}

// Where the reading shows nothing of a reservation too many, no list is read; where it
// does, Sweep looks at that booking and removes it. The provider may have moved it by
// itself, to a day on which no booking of ours has a start.
func TestSweepFindsASecondReservationInTheReport(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		days  int // from the exam's first day to the first booking
		extra time.Time
	}{
		"among the bookings":     {0, noon.AddDate(0, 0, 1)},
		"days after the last":    {0, noon.AddDate(0, 0, 5)},
		"weeks after the window": {0, noon.AddDate(0, 0, 25)},
		"days before the first":  {10, noon.AddDate(0, 0, 3)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newBulkWorldIn(t, c.days)
			o.restart(reads, scheduling.WithSweep(scheduling.SweepRemove))
			extra := o.double(o.ids[0], c.extra)
			o.clock.Advance(5 * time.Minute)
			o.sent.take()
			o.sweep()
			if calls := o.calls(); slices.ContainsFunc(calls, func(c string) bool { return strings.HasSuffix(c, " 4301") || strings.HasSuffix(c, " 4302") }) {
				t.Errorf("calls = %v, want none about bob and eve", calls)
			}
			o.clock.Advance(5 * time.Minute)
			got := o.sweep()
			want := []scheduling.Surplus{{Booking: o.ids[0], Learner: o.learner, State: scheduling.StateScheduled, Number: extra, Removed: true}}
			if !slices.Equal(got.Surplus, want) {
				t.Fatalf("sweep: surplus %+v, want %+v\n%s", got.Surplus, want, o.history(o.ids[0]))
			}
			o.play(proctorutest.VariantRepeatedID, "refuses-ever")
		})
	}
}

// Without the report Sweep reads one list for each learner, and writes nothing where it
// shows what it should.
func TestSweepReadsOneListForEachLearner(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	o.restart() // three bookings are too few for a reading
	second, err := o.Book(t.Context(), o.resit(), o.learner, noon.AddDate(0, 0, 2))
	o.did(err)
	o.clock.Advance(5 * time.Minute)
	o.sent.take()
	version := o.versionOf(second.ID)
	if got := o.sweep(); got.Looked != 4 || got.Bulk {
		t.Fatalf("sweep = %+v, want four looked at", got)
	}
	want := []string{"getStudentReservationList 4211", "getStudentReservationList 4301", "getStudentReservationList 4302"}
	if calls := o.calls(); !slices.Equal(calls, want) {
		t.Errorf("calls = %v, want %v", calls, want)
	}
	if v := o.versionOf(second.ID); v != version {
		t.Error("the booking was written, and nothing was odd")
	}
}

// A routine watch reads the learner's list alone, where that shows what it should and no
// canceled reservations. In the last two hours, and where something is in doubt, the
// evidence is read, too.
func TestTheListAloneSufficesForARoutineWatch(t *testing.T) {
	t.Parallel()
	list, report := "getStudentReservationList 4211", "clientActivityReport 4211"
	for name, c := range map[string]struct {
		proctor provider.ProctorU
		happens func(*world, scheduling.BookingID)
		want    []string
	}{
		"as it should be": {want: []string{list}},
		"in the last two hours": {
			happens: func(w *world, _ scheduling.BookingID) { w.clock.Set(nine.Add(-time.Hour)) }, want: []string{list, report},
		},
		"woken": {
			happens: func(w *world, id scheduling.BookingID) { w.did(w.Wake(w.t.Context(), string(id))) }, want: []string{list, report},
		},
		"moved by the provider": {
			happens: func(w *world, id scheduling.BookingID) {
				_, err := w.provider.ProviderMoves(w.active(id)[0].Number, ten)
				w.did(err)
			},
			want: []string{list, report},
		},
		"for the start alone": {
			happens: func(w *world, id scheduling.BookingID) { w.undated(id, 0) }, want: []string{list},
		},
		"no longer for the start alone": {
			happens: func(w *world, id scheduling.BookingID) { w.undated(id, -time.Minute) }, want: []string{list, report},
		},
		"of a list that shows canceled ones": {proctor: provider.ProctorU{CanceledListed: true}, want: []string{list, report}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, c.proctor)
			sent := w.noteClasses()
			w.restart()
			id := w.settled(nine)
			w.clock.Advance(time.Hour)
			w.lookOnce() // the first look after a change reads both
			w.clock.Advance(time.Hour)
			if c.happens != nil {
				c.happens(w, id)
			}
			sent.take()
			w.lookOnce()
			var calls []string
			for _, call := range sent.take() {
				if call.student != "" {
					calls = append(calls, call.endpoint+" "+call.student)
				} else {
					calls = append(calls, call.endpoint+" 4211") // its parameters are in the body
				}
			}
			if !slices.Equal(calls, c.want) {
				t.Errorf("calls = %v, want %v", calls, c.want)
			}
		})
	}
}

// undated writes what Sweep does on a booking whose row in a reading has no dates, as of a
// look that was due so much later than the next one is.
func (w *world) undated(id scheduling.BookingID, later time.Duration) {
	w.t.Helper()
	b, err := w.store.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	b.RoutineAt, b.Memory.UndatedAt = time.Time{}, b.DueAt.Add(later)
	if _, err := w.store.Update(w.t.Context(), b); err != nil {
		w.t.Fatal(err)
	}
}

// A list that is null where it should be empty fails no sweep: a look decides what it
// proves.
func TestSweepWhereAnEmptyListIsNull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(proctorutest.VariantEmptyList, "null")
	id := w.settled(nine)
	_, err := w.Cancel(t.Context(), id, scheduling.Request{})
	if err != nil {
		w.pendingID(err)
	}
	w.pass()
	w.wantCanceled(id)
	if got := w.sweep(); got.Failed != 0 || got.Looked != 1 {
		t.Errorf("sweep = %+v, want the canceled booking looked at", got)
	}
}

// A reading that lacks rows may be cut off: it says nothing of reservations too many, and
// the lists of all learners are read.
func TestACutReportSaysNothingOfSecondReservations(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	cut := map[string]bool{string(o.booking(o.ids[2]).Number): true}
	cut[string(o.double(o.ids[0], noon.AddDate(0, 0, 1)))] = true
	o.clock.Advance(5 * time.Minute)
	o.reporting(scripted{change: func(a provider.Activity) []provider.Activity {
		return slices.DeleteFunc([]provider.Activity{a}, func(a provider.Activity) bool { return cut[string(a.Number)] })
	}})
	o.sent.take()
	if got := o.sweep(); !got.Bulk || got.Due != 1 {
		t.Errorf("sweep = %+v, want one due, in bulk: two of three are shown", got)
	}
	calls := o.calls()
	for _, learner := range []string{"4211", "4301", "4302"} {
		if !slices.Contains(calls, "getStudentReservationList "+learner) {
			t.Errorf("calls = %v, want the list of %s among them", calls, learner)
		}
	}
	o.clock.Advance(5 * time.Minute)
	if got := o.sweep(); len(got.Surplus) != 1 || got.Surplus[0].Booking != o.ids[0] {
		t.Errorf("surplus = %+v, want the second reservation that the report does not show", got.Surplus)
	}
}

// busyDesk is a provider at whose list of one learner another worker ends.
type busyDesk struct {
	provider.ProctorU
	learner string
	ends    func()
}

func (d busyDesk) List(ctx context.Context, learnerID string) ([]provider.Listed, error) {
	if learnerID == d.learner {
		d.ends()
	}
	return d.ProctorU.List(ctx, learnerID)
}

// A booking that another worker has when Sweep comes to it is tried once more at the end:
// its own hourly look may well come at the same time, every hour.
func TestSweepTriesAgainWhatAWorkerHas(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	extra := o.double(o.ids[0], noon.AddDate(0, 0, 1))
	o.restart()
	o.sweep() // sees it first
	o.clock.Advance(5 * time.Minute)
	now := o.clock.Now()
	o.did(o.Wake(t.Context(), string(o.ids[0])))
	claimed, err := o.store.Claim(t.Context(), scheduling.ClaimQuery{Owner: "another", Now: now, Until: now.Add(time.Minute), Limit: 1})
	o.did(err)
	if len(claimed) != 1 || claimed[0].ID != o.ids[0] {
		t.Fatalf("claimed %d bookings, want the doubled one", len(claimed))
	}
	o.Scheduler = o.with(busyDesk{o.proctorU(), "4302", func() {
		b := claimed[0]
		b.Lease = scheduling.Lease{}
		must(o.store.Update(t.Context(), b))
	}})
	got := o.sweep()
	if len(got.Surplus) != 1 || got.Surplus[0].Number != extra || got.Looked != 3 {
		t.Errorf("sweep = %+v, want three looked at, and %s as surplus", got, extra)
	}
}

// Where the report does not give our ids back, it tells of no second reservation: the
// lists are read, and the reading stands for the watches all the same.
func TestAReportWithoutOurIDsTellsOfNoSecondReservation(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	extra := o.double(o.ids[0], noon.AddDate(0, 0, 1))
	o.clock.Advance(5 * time.Minute)
	o.reporting(scripted{change: func(a provider.Activity) []provider.Activity {
		a.ReservationID = ""
		return []provider.Activity{a}
	}})
	o.sweep()
	o.clock.Advance(5 * time.Minute)
	if got := o.sweep(); !got.Bulk || len(got.Surplus) != 1 || got.Surplus[0].Number != extra {
		t.Errorf("sweep = %+v, want %s as surplus, in bulk", got, extra)
	}
}

// What was booked minutes ago does not count against a report that lags: on a day on
// which many book, the reading stands.
func TestManyNewBookingsDoNotEndTheReadings(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	o.provider.SetReportLag(4 * time.Minute)
	for i, name := range []string{"kim", "lee", "mia", "noa"} {
		o.learner = o.enroll(name, int64(4400+i))
		o.booked(nine.AddDate(0, 0, i).Add(5 * time.Hour))
	}
	if got := o.sweep(); !got.Bulk || got.Due != 0 || got.Looked != 7 {
		t.Errorf("sweep = %+v, want seven looked at, in bulk, none due", got)
	}
}

// A reading also shows reservations of this store that it has lost, whoever's they are,
// and those of other deployments only where they are of a learner who books here.
func TestAReadingShowsWhatTheStoreHasLost(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	one := map[string]provider.Activity{}
	first := o.booking(o.ids[0]).Number
	o.reporting(scripted{change: func(a provider.Activity) []provider.Activity {
		if a.Number != first {
			return []provider.Activity{a}
		}
		stranger := func(id, learner, number string) provider.Activity {
			x := a
			x.ReservationID, x.LearnerID, x.Number = id, learner, proctoru.ReservationNo(number)
			one[id] = x
			return x
		}
		return []provider.Activity{
			a, stranger("pb-testtest-lost", "9999", "70001"), stranger("pb-otherdep-theirs", "9999", "70002"), stranger("pb-otherdep-shared", "4301", "70003"),
		}
	}})
	got := o.sweep()
	var want []scheduling.UnknownReservation
	for _, id := range []string{"pb-testtest-lost", "pb-otherdep-shared"} {
		x := one[id]
		want = append(want, scheduling.UnknownReservation{
			ID: scheduling.BookingID(id), Learner: scheduling.LearnerID(x.LearnerID), Number: x.Number, Start: x.Start, Ours: id == "pb-testtest-lost",
		})
	}
	if !slices.Equal(got.Unknown, want) || !got.Bulk {
		t.Errorf("unknown = %+v\nwant %+v", got.Unknown, want)
	}
}

// The nightly report that disagrees with a booking makes a look at it due, also while a
// reading stands for its hourly looks.
func TestTheNightlyReportIsHeardWhileAReadingStands(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	o.sweep()
	_, err := o.provider.ProviderMoves(o.active(o.ids[0])[0].Number, noon.AddDate(0, 0, 1))
	o.did(err)
	first := o.booking(o.ids[0]).Number
	o.reporting(scripted{change: func(a provider.Activity) []provider.Activity {
		if a.Number == first {
			a.Canceled = true
		}
		return []provider.Activity{a}
	}})
	if _, err := o.ReadReport(t.Context(), day, day.AddDate(0, 0, 6)); err != nil {
		t.Fatal(err)
	}
	if ids := o.looked(); !slices.Equal(ids, o.ids[:1]) {
		t.Errorf("looked at %v, want %v", ids, o.ids[:1])
	}
}

// The report is read from two days ago on, and a day more for its ends: a start that a
// booking left weeks ago costs nothing.
func TestAReadingDoesNotReachFarBack(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	_, err := o.Reschedule(t.Context(), o.ids[0], nine.AddDate(0, 0, 4))
	o.did(err)
	o.clock.Set(nine.AddDate(0, 0, 3).Add(12 * time.Hour)) // its first start is two days and a half ago
	var earliest time.Time
	o.reporting(scripted{fails: func(from, _ time.Time) error {
		if earliest.IsZero() || from.Before(earliest) {
			earliest = from
		}
		return nil
	}})
	o.sweep()
	if bound := o.clock.Now().AddDate(0, 0, -3); earliest.Before(bound) {
		t.Errorf("asked for the report from %s on, want none before %s", earliest, bound)
	}
}
