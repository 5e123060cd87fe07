package scheduling_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// These tests measure what it costs to watch many bookings, at the provider's pace of two
// calls a second, on virtual time. PROCTORBOOK_FULL=1 measures 100,000 of them, which
// takes minutes; run with -v to see the figures.

// all is what the goals are about.
const all = 100_000

// many is how many bookings are watched here.
func many() int {
	if os.Getenv("PROCTORBOOK_FULL") != "" {
		return all
	}
	return 2000 / less
}

// crowd is a store with many scheduled bookings that a provider at its real pace has, and
// counts what is sent and written.
type crowd struct {
	*world
	n int

	mu     sync.Mutex
	counts map[string]int           // calls and writes, by reason
	calls  []crowdCall              // if kept
	keeps  bool                     // keep calls
	first  map[string]time.Time     // the first call for a learner
	starts map[string]time.Time     // by learner
	gaps   map[string]bool          // learners whose rows have no dates
	ids    []scheduling.BookingID   // of all bookings
	jobs   map[string]time.Time     // jobs under way, since when
	took   map[string]time.Duration // the longest run of each job
	noted  func(name string)        // called when a job is put
}

type crowdCall struct {
	at      time.Time
	routine bool
}

// evenly spreads starts over so many days from now on.
func evenly(n, days int) func(int) time.Duration {
	return func(i int) time.Duration {
		return time.Duration(i) * (time.Duration(days) * 24 * time.Hour / time.Duration(n))
	}
}

// examWeek spreads starts over ten hours of each of seven days, the first of them in that
// time.
func examWeek(n int, from time.Duration) func(int) time.Duration {
	daily := (n + 6) / 7
	return func(i int) time.Duration {
		return from + time.Duration(i/daily)*24*time.Hour + time.Duration(i%daily)*(10*time.Hour/time.Duration(daily))
	}
}

// newCrowd fills a store and the fake. It begins at noon of a bubble of testing/synctest,
// so that no night falls into the first hours. The bookings were seen at some time of the
// last day, and their next routine watch is at some time of the next hour.
func newCrowd(t *testing.T, n int, starts func(int) time.Duration, opts ...scheduling.Option) *crowd {
	t.Helper()
	time.Sleep(100*24*time.Hour + 12*time.Hour) // bubbles begin in 2000: no report is older
	c := &crowd{
		world: newWorld(t), n: n, counts: map[string]int{}, first: map[string]time.Time{}, starts: map[string]time.Time{},
		gaps: map[string]bool{}, jobs: map[string]time.Time{}, took: map[string]time.Duration{},
	}
	now := time.Now()
	c.clock.Set(now)
	c.provider = proctorutest.NewUnstartedServer(proctorutest.WithClock(proctorbook.SystemClock{}))
	var err error
	c.client, err = proctoru.NewClient(proctorbooktest.InProcessURL, c.provider.Token, proctoru.WithTransport(crowdTransport{c, proctorbooktest.InProcess(c.provider)}))
	if err != nil {
		t.Fatal(err)
	}
	c.exam.Window = scheduling.Window{Start: now, End: now.AddDate(0, 0, 70)}
	c.store = crowdStore{c.store.(*memstore.Store), c}
	c.Scheduler = c.server(c.proctorU(), opts...)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		c.fill(i, now, starts(i), random)
	}
	return c
}

// server is a Scheduler on virtual time.
func (c *crowd) server(p provider.Provider, opts ...scheduling.Option) *scheduling.Scheduler {
	c.t.Helper()
	all := []scheduling.Option{
		scheduling.WithLogger(slog.New(slog.DiscardHandler)),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}),
	}
	s, err := scheduling.New(p, c.openEdX(), c.store, append(all, opts...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

func (c *crowd) fill(i int, now time.Time, in time.Duration, random *rand.Rand) {
	b := c.watched(i, now.Add(time.Duration(random.Int64N(int64(time.Hour)))).Truncate(time.Second))
	b.ID = scheduling.BookingID(fmt.Sprintf("pb-testtest-%06d", i))
	b.Learner = scheduling.LearnerID(fmt.Sprint(1_000_000 + i))
	b.Start, b.RoutineAt = now.Add(in).Truncate(time.Minute), b.DueAt
	b.CreatedAt = now.AddDate(0, 0, -20)
	b.Memory = scheduling.ProtocolMemory{LastSent: b.CreatedAt, LastMade: b.CreatedAt, ProvenAt: b.CreatedAt, StartsSent: []time.Time{b.Start}}
	b.SeenActive = now.Add(-time.Duration(random.Int64N(int64(24 * time.Hour)))).Truncate(time.Second)
	number := c.provider.AddReservation(c.reservation(b, b.Start))
	b.Number = proctoru.ReservationNo(fmt.Sprint(number))
	if _, err := c.store.(crowdStore).Store.Create(c.t.Context(), b); err != nil {
		c.t.Fatal(err)
	}
	c.ids = append(c.ids, b.ID)
	c.starts[string(b.Learner)], c.gaps[string(b.Learner)] = b.Start, number%50 == 37
}

// reservation is what the provider has of the booking.
func (c *crowd) reservation(b scheduling.Booking, start time.Time) proctorutest.Reservation {
	return proctorutest.Reservation{
		ID: string(b.ID), StudentID: string(b.Learner), Start: start, Duration: b.Duration,
		Description: "CS101 2027 - Final exam", Notes: "Closed book.\nBooking: " + string(b.ID),
	}
}

func (c *crowd) count(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[what]++
}

// take returns what was counted since the last time.
func (c *crowd) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := c.counts
	c.counts = map[string]int{}
	return counts
}

// crowdTransport counts calls by their reason.
type crowdTransport struct {
	c    *crowd
	next http.RoundTripper
}

func (s crowdTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	form := r.URL.Query()
	if r.Body != nil {
		body, err := readBody(r)
		if err != nil {
			return nil, err
		}
		maps.Copy(form, body)
	}
	s.c.called(path.Base(r.URL.Path), form.Get("student_id"), proctorbook.IsRoutine(r.Context()))
	return s.next.RoundTrip(r)
}

func (c *crowd) called(endpoint, student string, routine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, why := time.Now(), "another reason"
	start, known := c.starts[student]
	switch {
	case student == "":
		why = "all learners"
	case known && !start.After(now):
		why = "after the start"
	case known && start.Sub(now) <= 2*time.Hour:
		why = "the last two hours"
	case c.gaps[student]:
		why = "rows without dates"
	}
	c.counts["call: "+endpoint+", "+why]++
	if c.first[student].IsZero() {
		c.first[student] = now
	}
	if c.keeps {
		c.calls = append(c.calls, crowdCall{now, routine})
	}
}

// crowdStore counts writes.
type crowdStore struct {
	*memstore.Store
	c *crowd
}

func (s crowdStore) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	s.c.count("write: Create")
	return s.Store.Create(ctx, b, events...)
}

func (s crowdStore) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	switch {
	case b.Lease.Owner != "":
		s.c.count("write: Update, under a lease")
	case b.RoutineAt.IsZero() && !b.DueAt.After(time.Now()):
		s.c.count("write: Update, made due")
	default:
		s.c.count("write: Update, lease given back")
	}
	return s.Store.Update(ctx, b, events...)
}

func (s crowdStore) Claim(ctx context.Context, q scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	claimed, err := s.Store.Claim(ctx, q)
	if len(claimed) > 0 {
		s.c.count("write: Claim")
	}
	return claimed, err
}

func (s crowdStore) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	s.c.count("write: PutJob " + j.Name)
	s.c.put(j)
	return s.Store.PutJob(ctx, j)
}

// put notes how long the runs of a job take.
func (c *crowd) put(j scheduling.Job) {
	if c.noted != nil {
		c.noted(j.Name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	since, runs := c.jobs[j.Name]
	switch {
	case j.Lease.Owner != "" && !runs:
		c.jobs[j.Name] = time.Now()
	case j.Lease.Owner == "" && runs:
		c.took[j.Name] = max(c.took[j.Name], time.Since(since))
		delete(c.jobs, j.Name)
	}
}

// serve runs Serve by its defaults until stop is called.
func (c *crowd) serve() (stop func()) {
	ctx, cancel := context.WithCancel(c.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := c.Serve(ctx, scheduling.ServeOptions{}); err != nil {
			c.t.Errorf("Serve = %v", err)
		}
	}()
	return func() { cancel(); <-ended }
}

// share is how much of the goals is meant for that many bookings.
func (c *crowd) share() float64 { return float64(c.n) / all }

// sum adds the counts whose name begins so, and has none of the words.
func sum(counts map[string]int, begins string, without ...string) int {
	n := 0
	for name, of := range counts {
		if strings.HasPrefix(name, begins) && !slices.ContainsFunc(without, func(w string) bool { return strings.Contains(name, w) }) {
			n += of
		}
	}
	return n
}

// hourly prints counts of so many hours, by the hour.
func (c *crowd) hourly(counts map[string]int, hours int) {
	c.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		c.t.Logf("%8.1f an hour  %s", float64(counts[name])/float64(hours), name)
	}
}

// live returns how many bytes are in use.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// measured runs Serve for the hours, and returns the counts of those from the third on.
func (c *crowd) measured(hours int) map[string]int {
	before, during := live(), int64(0)
	c.noted = func(name string) {
		if name == "bulk_reading" && during == 0 {
			during = live()
		}
	}
	stop := c.serve()
	time.Sleep(150 * time.Minute) // between two sweeps
	first := c.take()
	c.t.Logf("%d calls and %d writes in the first two and a half hours", sum(first, "call: "), sum(first, "write: "))
	time.Sleep(time.Duration(hours) * time.Hour)
	counts := c.take()
	stop()
	c.hourly(counts, hours)
	c.t.Logf("%d bookings: %.1f calls an hour (%.1f of them after starts), %.1f writes an hour; the longest sweep took %s, the live heap it adds is %s",
		c.n, float64(sum(counts, "call: "))/float64(hours), float64(sum(counts, "call: ")-sum(counts, "call: ", "after the start"))/float64(hours),
		float64(sum(counts, "write: "))/float64(hours), c.took["sweep"].Round(time.Second), mib(during-before))
	return counts
}

// What it costs to watch bookings whose starts are even over 60 days.
func TestCallsAndWritesOfQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const hours = 4
		c := newCrowd(t, many(), evenly(many(), 60))
		counts := c.measured(hours)
		// Some 40 of them read the report, 80 are for rows without dates, 280 for bookings in
		// the two hours before their start. Few bookings take some calls more than their share.
		most := 400.0
		if c.share() < 1 {
			most = 12 + most*c.share()
		}
		if calls := float64(sum(counts, "call: ")-sum(counts, "call: ", "after the start")) / hours; calls > most {
			t.Errorf("%.1f calls an hour, want %.0f at most", calls, most)
		}
		if writes := float64(sum(counts, "write: ")) / hours; writes > 10+1000*c.share() {
			t.Errorf("%.1f writes an hour, want %.0f at most", writes, 10+1000*c.share())
		}
		if took := c.took["sweep"]; took > 10*time.Minute {
			t.Errorf("a sweep took %s, want 10 minutes at most", took)
		}
	})
}

// The same for an exam week, of which each day has ten hours of starts: before it, and on
// its first day.
func TestCallsAndWritesOfAnExamWeek(t *testing.T) {
	for name, from := range map[string]time.Duration{"before": 40 * time.Hour, "on a day of it": time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCrowd(t, many(), examWeek(many(), from))
				c.measured(4)
			})
		})
	}
}

// A booking whose answer was lost is looked at soon after it is due, however many others
// are watched, and while a sweep is under way.
func TestLostAnswerIsSeenSoonInACrowd(t *testing.T) {
	for _, tt := range []struct {
		interval time.Duration
		opts     []scheduling.Option
		name     string
		most     time.Duration
	}{
		// 15 s are wanted, and reached with Serve's default of ten seconds between passes.
		// Where little is due, a pass ends at once, and the interval decides.
		{time.Minute, nil, "a minute, in bulk", time.Minute + 5*time.Second},
		{10 * time.Second, nil, "ten seconds, in bulk", 15 * time.Second},
		{10 * time.Second, []scheduling.Option{scheduling.WithTuning(scheduling.Tuning{BulkFrom: -1})}, "ten seconds, all looked at singly", 15 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCrowd(t, many(), evenly(many(), 60), tt.opts...)
				waits := c.lost(tt.interval)
				slices.Sort(waits)
				if most := waits[len(waits)-1]; most > tt.most {
					t.Errorf("a lost answer was looked at after %s, want %s at most", most, tt.most)
				}
				t.Logf("%d bookings, a pass each %s: first looks at %d lost answers after %s in the middle, %s at most", c.n, tt.name, len(waits), waits[len(waits)/2], waits[len(waits)-1])
			})
		})
	}
}

// lost runs Run and one sweep after another, and returns how long after they were due the
// bookings were looked at whose answer was lost.
func (c *crowd) lost(interval time.Duration) []time.Duration {
	if _, err := c.Sweep(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(c.t.Context())
	var loops sync.WaitGroup
	loops.Go(func() { _ = c.Run(ctx, interval) })
	loops.Go(func() {
		for ctx.Err() == nil {
			_, _ = c.Sweep(ctx)
		}
	})
	due := map[string]time.Time{}
	for i := range 12 {
		time.Sleep(11 * time.Second)
		b := c.watched(0, time.Now())
		b.ID, b.Learner = scheduling.BookingID(fmt.Sprintf("pb-testtest-lost%02d", i)), scheduling.LearnerID(fmt.Sprint(2_000_000+i))
		b.State, b.Number, b.Start = scheduling.StatePending, "", time.Time{}
		b.Intent = &scheduling.Intent{
			Op: scheduling.OpReserve, Want: b.Memory.StartsSent[0], Requested: b.DueAt, Deadline: b.DueAt.Add(15 * time.Minute),
			Attempt: 1, Flags: scheduling.Flags{Unknown: true},
		}
		b.CreatedAt, b.Memory.LastSent, b.Memory.LastMade = b.DueAt, b.DueAt, b.DueAt
		c.provider.AddReservation(c.reservation(b, b.Intent.Want)) // the request was carried out
		due[string(b.Learner)] = b.DueAt
		if _, err := c.store.Create(c.t.Context(), b); err != nil {
			c.t.Fatal(err)
		}
	}
	time.Sleep(70 * time.Second)
	cancel()
	loops.Wait()
	_ = c.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	var waits []time.Duration
	for learner, at := range due {
		if c.first[learner].IsZero() {
			c.t.Errorf("learner %s was not looked at", learner)
			continue
		}
		waits = append(waits, c.first[learner].Sub(at))
	}
	return waits
}

// A learner who books while a reading, a sweep and a cohort run waits behind one of their
// calls at most, with each call of the booking.
func TestBookWaitsBehindOneRoutineCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, many(), evenly(many(), 60))
		learner := c.enroll("grace", 4999)
		ctx, cancel := context.WithCancel(t.Context())
		singly := c.server(c.proctorU(), scheduling.WithTuning(scheduling.Tuning{BulkFrom: -1}))
		var loops sync.WaitGroup
		again := func(work func()) {
			loops.Go(func() {
				for ctx.Err() == nil {
					work()
				}
			})
		}
		again(func() { _, _ = c.Sweep(ctx) })
		again(func() { _, _ = singly.Sweep(ctx) })
		again(func() { _, _ = c.ReadReport(ctx, time.Now().AddDate(0, 0, -7), time.Now()) })
		for range 5 { // rows of a cohort
			again(func() {
				_, _ = c.client.Reservations.List(proctorbook.Routine(ctx), proctoru.ListReservationsParams{StudentID: "1000000"})
			})
		}
		time.Sleep(20 * time.Second)
		most, longest := 0, time.Duration(0)
		for i := range 10 {
			time.Sleep(3 * time.Second)
			behind, took := c.bookOnce(learner, time.Now().Truncate(time.Hour).AddDate(0, 0, 3+i))
			most, longest = max(most, behind), max(longest, took)
		}
		cancel()
		loops.Wait()
		t.Logf("%d bookings: a call of Book waited behind %d routine calls at most; Book took %s at most", c.n, most, longest)
		if most > 1 {
			t.Errorf("a call of Book waited behind %d routine calls, want one at most", most)
		}
	})
}

// bookOnce books and cancels, and returns how many routine calls went out before one of
// the calls of Book, at most, and how long Book took.
func (c *crowd) bookOnce(learner scheduling.LearnerID, start time.Time) (behind int, took time.Duration) {
	c.t.Helper()
	c.mu.Lock()
	c.keeps, c.calls = true, nil
	c.mu.Unlock()
	asked := time.Now()
	b, err := c.Book(c.t.Context(), c.exam, learner, start)
	if err != nil {
		c.t.Fatal(err)
	}
	took = time.Since(asked)
	c.mu.Lock()
	calls := c.calls
	c.keeps = false
	c.mu.Unlock()
	between, own, since := 0, 0, asked
	for _, call := range calls {
		switch {
		case !call.routine:
			own++
			behind, between, since = max(behind, between), 0, call.at
		case call.at.After(since): // what goes out at the same instant was there first
			between++
		}
	}
	if own == 0 || took > time.Duration(own)*time.Second {
		c.t.Errorf("Book made %d calls in %s, want some, and a second for each at most", own, took)
	}
	if _, err := c.Cancel(c.t.Context(), b.ID, scheduling.Request{}); err != nil {
		c.t.Fatal(err)
	}
	return behind, took
}
