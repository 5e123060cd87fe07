package scheduling_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// rarely watches every six hours while deliveries are shown.
var rarely = scheduling.WithTuning(scheduling.Tuning{WatchWithDeliveries: 6 * time.Hour})

// toldWorld is a world with bookings of four learners, a week ahead, in which everything
// that changes comes as a delivery, too, unless a test keeps it back.
type toldWorld struct {
	*world
	ids   []scheduling.BookingID
	sent  *classNotes
	meter *meter
}

func newToldWorld(t *testing.T, opts ...scheduling.Option) *toldWorld {
	t.Helper()
	o := &toldWorld{world: newWorld(t), meter: &meter{}}
	o.exam.Window = scheduling.Window{Start: day.AddDate(0, 0, -4), End: day.AddDate(0, 0, 20)}
	o.sent = o.noteClasses()
	o.restart(append([]scheduling.Option{rarely, scheduling.WithObserver(o.meter)}, opts...)...)
	o.ids = []scheduling.BookingID{
		o.settled(nine.AddDate(0, 0, 7)), o.bookedBy("bob", 4301, ten.AddDate(0, 0, 8)),
		o.bookedBy("eve", 4302, noon.AddDate(0, 0, 9)), o.bookedBy("joe", 4303, nine.AddDate(0, 0, 10)),
	}
	return o
}

// deliver delivers an event about each of the bookings.
func (o *toldWorld) deliver(ids ...scheduling.BookingID) {
	o.t.Helper()
	for _, id := range ids {
		o.did(o.Delivered(o.t.Context(), string(id)))
	}
}

// sweepRoutinely is a pass as Serve makes it.
func (o *toldWorld) sweepRoutinely() scheduling.SweepResult {
	o.t.Helper()
	result, err := o.RoutineSweep(o.t.Context())
	o.did(err)
	return result
}

// told is what Preflight says of deliveries.
func (o *toldWorld) told() preflight.Check {
	o.t.Helper()
	return checkOf(o.t, o.Preflight(o.t.Context()), preflight.CodeDeliveries)
}

// shown reports whether deliveries are shown after a pass, and wants the metric to agree.
func (o *toldWorld) shown() bool {
	o.t.Helper()
	o.sweepRoutinely()
	o.lookOnce()
	c := o.told()
	values := o.meter.values(metrics.DeliveriesShown)
	if got := values[len(values)-1] == 1; got != (c.Verdict == preflight.VerdictOK) || fmt.Sprint(got) != c.Data["shown"] {
		o.t.Errorf("deliveries_shown = %t, and Preflight says %s %v", got, c.Verdict, c.Data)
	}
	return c.Verdict == preflight.VerdictOK
}

// hours lets hours go by, with a pass of each kind, and returns how many requests went out.
func (o *toldWorld) hours(n int) int {
	o.t.Helper()
	o.sent.take()
	for range n {
		o.clock.Advance(time.Hour)
		o.sweepRoutinely()
		o.lookOnce()
	}
	return len(o.sent.take())
}

// While every change comes as a delivery, bookings are compared every six hours, and not
// every hour: by the lists of learners, or by the report.
func TestDeliveriesMakeWatchesRarer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts       []scheduling.Option
		with, less int // requests in twelve hours with deliveries, and without
	}{
		"by lists":  {nil, 2 * 4, 12 * 4},
		"by report": {[]scheduling.Option{reads}, 2 * 6, 12 * 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newToldWorld(t, c.opts...)
			o.deliver(o.ids...)
			o.hours(3) // the first looks after the changes
			if !o.shown() {
				t.Fatalf("not shown: %+v", o.told())
			}
			if got := o.hours(12); got != c.with {
				t.Errorf("%d requests in 12 hours with deliveries, want %d", got, c.with)
			}

			o = newToldWorld(t, c.opts...)
			o.hours(3)
			if o.shown() {
				t.Fatal("shown without any delivery")
			}
			if got := o.hours(12); got < c.less {
				t.Errorf("%d requests in 12 hours without deliveries, want %d at least", got, c.less)
			}
		})
	}
}

// Without the option deliveries are counted, and nothing else is different.
func TestDeliveriesWithoutTheOption(t *testing.T) {
	t.Parallel()
	o := newToldWorld(t)
	o.restart()
	o.deliver(o.ids...)
	o.hours(3)
	if c := o.told(); c.Verdict != preflight.VerdictOK || c.Data["shown"] != "true" || c.Data["told"] != "4" {
		t.Errorf("Preflight says %s %v %v", c.Verdict, c.Err, c.Data)
	}
	if got := o.hours(12); got < 12*4 {
		t.Errorf("%d requests in 12 hours, want 4 each hour at least", got)
	}
}

// What shows deliveries, and what does not. Each case begins an hour after four bookings,
// of which a delivery told at once.
func TestWhatShowsDeliveries(t *testing.T) {
	t.Parallel()
	const all = "shown"
	moves := func(o *toldWorld) {
		_, err := o.provider.ProviderMoves(o.numberOf(o.ids[0]), ten.AddDate(0, 0, 7))
		o.did(err)
	}
	for name, c := range map[string]struct {
		happens func(*toldWorld)
		want    string // a part of why not
	}{
		"nothing more": {func(*toldWorld) {}, all},
		"a move by the learner, delivered": {func(o *toldWorld) {
			must(o.Reschedule(t.Context(), o.ids[0], noon.AddDate(0, 0, 7)))
			o.deliver(o.ids[0])
			o.clock.Advance(2 * time.Hour)
		}, all},
		"a move by the learner, not yet": {func(o *toldWorld) {
			must(o.Reschedule(t.Context(), o.ids[0], noon.AddDate(0, 0, 7)))
			o.clock.Advance(time.Hour)
		}, all},
		"a move by the learner, not delivered": {func(o *toldWorld) {
			must(o.Reschedule(t.Context(), o.ids[0], noon.AddDate(0, 0, 7)))
			o.clock.Advance(61 * time.Minute)
		}, "of 1 bookings"},
		"a move by the learner, delivered too late": {func(o *toldWorld) {
			must(o.Reschedule(t.Context(), o.ids[0], noon.AddDate(0, 0, 7)))
			o.clock.Advance(61 * time.Minute)
			o.deliver(o.ids[0])
		}, "of 1 bookings"},
		"a cancel by the learner, not delivered": {func(o *toldWorld) {
			must(o.Cancel(t.Context(), o.ids[3], scheduling.Request{}))
			o.clock.Advance(61 * time.Minute)
		}, "of 1 bookings"},
		"two moves, of which the first was not delivered": {func(o *toldWorld) {
			must(o.Reschedule(t.Context(), o.ids[0], noon.AddDate(0, 0, 7)))
			o.clock.Advance(61 * time.Minute)
			must(o.Reschedule(t.Context(), o.ids[0], ten.AddDate(0, 0, 7)))
			o.deliver(o.ids[0])
		}, "of 1 bookings"},
		"two moves at once, of which the second was not delivered": {func(o *toldWorld) {
			must(o.Reschedule(t.Context(), o.ids[0], noon.AddDate(0, 0, 7)))
			o.deliver(o.ids[0])
			must(o.Reschedule(t.Context(), o.ids[0], ten.AddDate(0, 0, 7)))
			o.clock.Advance(61 * time.Minute)
		}, "of 1 bookings"},
		"a move by the learner, and a delivery that came before": {func(o *toldWorld) {
			o.deliver(o.ids[0])
			o.pass()
			o.clock.Advance(30 * time.Minute)
			must(o.Reschedule(t.Context(), o.ids[0], noon.AddDate(0, 0, 7)))
			o.clock.Advance(61 * time.Minute)
		}, "of 1 bookings"},
		"a move by the provider, delivered": {func(o *toldWorld) {
			moves(o)
			o.deliver(o.ids[0])
			o.pass()
			o.clock.Advance(2 * time.Hour)
		}, all},
		"a move by the provider, not delivered, and found by a look": {func(o *toldWorld) {
			moves(o)
			o.wake(o.ids[0])
			o.pass()
			o.clock.Advance(61 * time.Minute)
		}, "of 1 bookings"},
		"a day goes by": {func(o *toldWorld) { o.clock.Advance(24 * time.Hour) }, "changes of 0 bookings"},
		"a day after a lost one": {func(o *toldWorld) {
			must(o.Reschedule(t.Context(), o.ids[0], noon.AddDate(0, 0, 7)))
			o.clock.Advance(25 * time.Hour)
			for i, id := range o.ids[1:] {
				must(o.Reschedule(t.Context(), id, noon.Add(2*time.Hour).AddDate(0, 0, 8+i)))
				o.deliver(id)
			}
		}, all},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newToldWorld(t)
			o.deliver(o.ids...)
			o.clock.Advance(time.Hour)
			o.pass()
			if !o.shown() {
				t.Fatalf("not shown at first: %+v", o.told())
			}
			c.happens(o)
			shown, why := o.shown(), o.told()
			if shown != (c.want == all) || !shown && !strings.Contains(fmt.Sprint(why.Err), c.want) {
				t.Errorf("shown = %t, %v %v; want %q", shown, why.Err, why.Data, c.want)
			}
		})
	}
}

// A change whose delivery was lost counts although nothing watches its booking any more when
// the hour is over.
func TestALostDeliveryOfTheLastHour(t *testing.T) {
	t.Parallel()
	o := newToldWorld(t)
	o.clock.Set(nine.AddDate(0, 0, 7).Add(-50 * time.Minute))
	for i, id := range o.ids[1:] {
		must(o.Reschedule(t.Context(), id, noon.Add(2*time.Hour).AddDate(0, 0, 8+i)))
		o.deliver(id)
	}
	o.clock.Advance(10 * time.Minute)
	o.deliver(o.ids...)
	if !o.shown() {
		t.Fatalf("not shown at first: %+v", o.told())
	}
	o.clock.Advance(time.Minute)
	must(o.Cancel(t.Context(), o.ids[0], scheduling.Request{}))
	for range 3 {
		o.clock.Advance(time.Hour)
		if !o.shown() {
			return
		}
	}
	t.Errorf("shown in spite of the cancel: %+v, %+v", o.told(), o.booking(o.ids[0]).Deliveries)
}

// Two bookings prove nothing yet.
func TestThreeBookingsShowDeliveries(t *testing.T) {
	t.Parallel()
	o := &toldWorld{world: newWorld(t), meter: &meter{}}
	o.exam.Window.End = day.AddDate(0, 0, 20)
	o.restart(rarely, scheduling.WithObserver(o.meter))
	for i, name := range []string{"bob", "eve", "joe"} {
		if o.shown() {
			t.Errorf("shown by %d bookings", i)
		}
		id := o.bookedBy(name, int64(4301+i), ten.AddDate(0, 0, 7+i))
		o.deliver(id)
	}
	if !o.shown() {
		t.Errorf("not shown by three: %+v", o.told())
	}
}

// A change of yesterday whose delivery was lost counts for a day even if its booking has
// ended since.
func TestALostDeliveryIsRemembered(t *testing.T) {
	t.Parallel()
	o := newToldWorld(t)
	o.deliver(o.ids[1:]...)
	o.clock.Advance(61 * time.Minute)
	if o.shown() {
		t.Fatal("shown in spite of a lost one")
	}
	o.deliver(o.ids...)
	b := o.booking(o.ids[0])
	b.Deliveries = scheduling.Deliveries{} // as if it were no longer counted
	must(o.store.Update(t.Context(), b))
	if o.shown() || !strings.Contains(fmt.Sprint(o.told().Err), "no delivery came of a change at") {
		t.Errorf("shown, or %v", o.told().Err)
	}
}

// When deliveries are no longer shown, bookings are due every hour again, at once.
func TestHourlyWatchesReturn(t *testing.T) {
	t.Parallel()
	o := newToldWorld(t)
	o.deliver(o.ids...)
	o.hours(3)
	if !o.shown() || o.hours(2) != 0 {
		t.Fatalf("not shown, or not rare: %+v", o.told())
	}
	must(o.Reschedule(t.Context(), o.ids[0], noon.AddDate(0, 0, 7))) // whose delivery is lost
	o.hours(2)
	if got := o.hours(1); got < 4 {
		t.Errorf("%d requests in the hour after a lost delivery, want one for each booking at least", got)
	}
}

// Nor do passes that are missing leave bookings alone.
func TestDeliveriesAreNotBelievedWithoutPasses(t *testing.T) {
	t.Parallel()
	o := newToldWorld(t)
	o.deliver(o.ids...)
	o.hours(3)
	o.sent.take()
	o.clock.Advance(119 * time.Minute)
	o.lookOnce()
	if got := len(o.sent.take()); got != 0 {
		t.Errorf("%d requests while the last count holds, want none", got)
	}
	o.clock.Advance(time.Minute)
	o.lookOnce()
	if got := len(o.sent.take()); got != 4 {
		t.Errorf("%d requests two hours after the last count, want one for each booking", got)
	}
	if c := o.told(); c.Verdict != preflight.VerdictWarning || !strings.Contains(fmt.Sprint(c.Err), "too old") {
		t.Errorf("Preflight says %s %v", c.Verdict, c.Err)
	}
}

// The last two hours before a start are watched every hour, whatever deliveries show.
func TestDeliveriesGiveUpNothingInTheLastHours(t *testing.T) {
	t.Parallel()
	o := newToldWorld(t)
	soon := o.bookedBy("ann", 4304, o.clock.Now().Truncate(time.Hour).Add(24*time.Hour))
	o.deliver(append(o.ids, soon)...)
	start := o.booking(soon).Start
	for o.clock.Now().Before(start.Add(-time.Hour)) {
		version := o.versionOf(soon)
		o.hours(1)
		looked, late := o.versionOf(soon) != version, !o.clock.Now().Before(start.Add(-2*time.Hour))
		if late && !looked {
			t.Errorf("not looked at %s before its start", start.Sub(o.clock.Now()))
		}
	}
}

// A delivery makes two looks: the provider's list may show a change a minute later.
func TestADeliveryIsLookedAtTwice(t *testing.T) {
	t.Parallel()
	o := newToldWorld(t)
	o.deliver(o.ids...)
	o.hours(3)
	o.provider.SetListLag(time.Minute, 0)
	_, err := o.provider.ProviderMoves(o.numberOf(o.ids[0]), ten.AddDate(0, 0, 7))
	o.did(err)
	o.deliver(o.ids[0])
	o.lookOnce()
	if !o.booking(o.ids[0]).Start.Equal(nine.AddDate(0, 0, 7)) {
		t.Fatal("the list lags, and shows the change all the same")
	}
	o.clock.Advance(4 * time.Minute)
	o.pass()
	if got := o.booking(o.ids[0]).Start; !got.Equal(ten.AddDate(0, 0, 7)) {
		t.Errorf("Start = %s, want the provider's", got)
	}
}

// meanwhile is the provider, at which something happens when a look has just read it.
type meanwhile struct {
	provider.ProctorU
	do func()
}

func (m *meanwhile) Evidence(ctx context.Context, learner, id string, number proctoru.ReservationNo) ([]provider.Proof, error) {
	rows, err := m.ProctorU.Evidence(ctx, learner, id, number)
	if do := m.do; do != nil {
		m.do = nil
		do()
	}
	return rows, err
}

// A look that is under way when a delivery comes does not stand for the look that the
// delivery asks for: it may have read the provider before. The same holds of Wake.
func TestADeliveryDuringALook(t *testing.T) {
	t.Parallel()
	type call func(*scheduling.Scheduler, context.Context, string) error
	for name, c := range map[string]struct{ before, during call }{
		"a delivery during a watch":          {nil, (*scheduling.Scheduler).Delivered},
		"a delivery during one's look":       {(*scheduling.Scheduler).Delivered, (*scheduling.Scheduler).Delivered},
		"a wake during a watch":              {nil, (*scheduling.Scheduler).Wake},
		"a delivery during the look of wake": {(*scheduling.Scheduler).Wake, (*scheduling.Scheduler).Delivered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.settled(nine)
			m := &meanwhile{ProctorU: w.proctorU()}
			s, err := scheduling.New(m, w.openEdX(), w.store, scheduling.WithClock(w.clock), scheduling.WithLogger(w.log.logger()),
				scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
			w.did(err)
			w.Scheduler = s
			w.clock.Advance(time.Hour)
			if c.before != nil {
				w.did(c.before(s, t.Context(), string(id)))
				w.clock.Advance(time.Second)
			}
			m.do = func() {
				_, err := w.provider.ProviderMoves(w.numberOf(id), noon)
				w.did(err)
				w.did(c.during(s, t.Context(), string(id)))
			}
			w.pass()
			if m.do != nil {
				t.Fatal("nothing happened during a look")
			}
			if got := w.booking(id).Start; !got.Equal(noon) {
				t.Errorf("Start = %s, want the provider's\n%s", got, w.history(id))
			}
		})
	}
}

// Sweep by hand never rests, nor does a routine one while a reservation too many is known.
func TestSweepByHandNeverRests(t *testing.T) {
	t.Parallel()
	o := newToldWorld(t)
	o.deliver(o.ids...)
	o.hours(3)
	if got := o.sweepRoutinely(); !got.Rested || got.Looked != 0 {
		t.Errorf("RoutineSweep = %+v, want it to rest", got)
	}
	if got := o.sweep(); got.Rested || got.Looked != 4 {
		t.Errorf("Sweep = %+v, want all four looked at", got)
	}
	b := o.booking(o.ids[0])
	b.Memory.Extras = []scheduling.Extra{{Number: "99", Since: o.clock.Now()}}
	must(o.store.Update(t.Context(), b))
	if got := o.sweepRoutinely(); got.Rested {
		t.Error("RoutineSweep rests in spite of a reservation too many")
	}
}

// Of bookings whose lists can't be read a sweep says nothing: they are looked at singly.
func TestASweepStandsForWhatItCompared(t *testing.T) {
	t.Parallel()
	o := newToldWorld(t)
	o.deliver(o.ids...)
	o.hours(3)
	o.provider.Fault(proctorbooktest.Fault{Kind: proctorutest.ReadError, Endpoint: "getStudentReservationList", Times: 1000})
	_, err := o.Sweep(t.Context())
	if err == nil {
		t.Fatal("no list fails")
	}
	o.provider.ClearFaults()
	o.sent.take()
	o.lookOnce()
	if got := len(o.sent.take()); got < 4 {
		t.Errorf("%d requests, want one for each booking that could not be compared", got)
	}
}

// Deliveries of ids that are not ours, false, repeated and late ones: none makes anything
// but looks.
func TestFalseDeliveries(t *testing.T) {
	t.Parallel()
	o := newToldWorld(t)
	o.deliver(o.ids...)
	o.hours(3)
	before := o.booking(o.ids[0])
	for _, other := range []scheduling.BookingID{"", "exam-7-ada", "pb-otherone-0123456789abcdefghjk", "../../etc", "\x00"} {
		o.deliver(other)
	}
	for range 10 {
		o.deliver(o.ids[0])
		o.pass()
	}
	b := o.booking(o.ids[0])
	if b.State != before.State || b.Number != before.Number || !b.Start.Equal(before.Start) || !slices.Equal(o.events(b.ID), o.events(before.ID)) {
		t.Errorf("was %+v\nis %+v", before, b)
	}
	if got := o.hours(6); got < 4 {
		t.Errorf("%d requests in six hours, want each booking compared as often as the option says", got)
	}
}

// A wrong clock ahead makes nothing stand until its time has come.
func TestAWrongClockShowsNoDeliveries(t *testing.T) {
	t.Parallel()
	o := newToldWorld(t)
	o.hours(3)
	for name, data := range map[string]string{
		"a count ahead":         `{"began":"2031-01-01T00:00:00Z","shown":true,"told":9,"swept":"2027-01-10T00:00:00Z"}`,
		"a sweep ahead":         fmt.Sprintf(`{"began":%q,"shown":true,"told":9,"swept":"2031-01-01T00:00:00Z"}`, o.clock.Now().Format(time.RFC3339)),
		"a row of nobody knows": `[]`,
	} {
		row := must(o.memory().Job(t.Context(), "deliveries"))
		row.Data = data
		must(o.memory().PutJob(t.Context(), row))
		o.clock.Advance(2 * time.Minute) // what the process knew is old
		o.restart(rarely)
		for _, id := range o.ids {
			o.wake(id)
		}
		o.clock.Advance(time.Hour)
		row = must(o.memory().Job(t.Context(), "deliveries"))
		o.sent.take()
		o.lookOnce()
		if got := len(o.sent.take()); got < 4 {
			t.Errorf("%s: %d requests, want one for each booking", name, got)
		}
	}
}

// The option is bounded: not more often than WatchInterval, at least once a day.
func TestWatchWithDeliveriesIsBounded(t *testing.T) {
	t.Parallel()
	for d, ok := range map[time.Duration]bool{59 * time.Minute: false, time.Hour: true, 24 * time.Hour: true, 25 * time.Hour: false, -time.Hour: false} {
		w := newWorld(t)
		_, err := scheduling.New(w.proctorU(), w.openEdX(), w.store, scheduling.WithTuning(scheduling.Tuning{WatchWithDeliveries: d}))
		if (err == nil) != ok {
			t.Errorf("%s: %v", d, err)
		}
	}
}
