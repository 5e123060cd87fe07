package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// mailbox is a func for Consume that notes what it is called with, and fails on request.
type mailbox struct {
	takes time.Duration // how long a call takes; it ends with its context
	fails func(e scheduling.Event) error

	mu        sync.Mutex
	got       []string // "pb-1/3" for the third event of pb-1, in the order of the calls that succeeded
	tried     []mailTry
	now, most int
	cut       int
}

// mailTry is one call.
type mailTry struct {
	event string
	at    time.Time
}

// nameOf names an event as the tests do.
func nameOf(e scheduling.Event) string { return fmt.Sprintf("%s/%d", e.Booking, e.Attempt) }

func (m *mailbox) handle(ctx context.Context, e scheduling.Event) error {
	m.mu.Lock()
	m.tried = append(m.tried, mailTry{nameOf(e), time.Now()})
	m.now++
	m.most = max(m.most, m.now)
	takes, fails := m.takes, m.fails
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.now--
	}()
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			m.mu.Lock()
			defer m.mu.Unlock()
			m.cut++
			return context.Cause(ctx)
		}
	}
	if fails != nil {
		if err := fails(e); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got = append(m.got, nameOf(e))
	return nil
}

func (m *mailbox) set(change func(*mailbox)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

func (m *mailbox) handled() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.got)
}

// triesOf returns when the event was tried.
func (m *mailbox) triesOf(event string) (at []time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.tried {
		if t.event == event {
			at = append(at, t.at)
		}
	}
	return at
}

// post is a store with events, and the processes that consume them, in a bubble of
// testing/synctest.
type post struct {
	*fleet
	bookings map[scheduling.BookingID]scheduling.Booking
	written  map[scheduling.BookingID]int
}

func newPost(t *testing.T) *post {
	return &post{fleet: newFleet(t), bookings: map[scheduling.BookingID]scheduling.Booking{}, written: map[scheduling.BookingID]int{}}
}

// write adds an event to each of the bookings, in this order.
func (p *post) write(ids ...scheduling.BookingID) {
	p.t.Helper()
	for _, id := range ids {
		p.written[id]++
		b, stored := p.bookings[id]
		if !stored {
			b = scheduling.Booking{ID: id, Learner: scheduling.LearnerID("l-" + id), Exam: sampleExam(), State: scheduling.StateScheduled}
		}
		e := scheduling.Event{Booking: id, Learner: b.Learner, At: time.Now(), Type: scheduling.EventSent, Attempt: p.written[id], Reason: "private words", By: "ada"}
		var err error
		if stored {
			b, err = p.store.Update(p.t.Context(), b, e)
		} else {
			b, err = p.store.Create(p.t.Context(), b, e)
		}
		if err != nil {
			p.t.Fatal(err)
		}
		p.bookings[id] = b
	}
}

// consume runs one more process, until stop is called or the test ends.
func (p *post) consume(store scheduling.Store, m *mailbox, o scheduling.ConsumeOptions) (stop func()) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	s := p.scheduler(store)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Consume(ctx, "mails", m.handle, o); err != nil {
			p.t.Errorf("Consume = %v, want nil", err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	p.t.Cleanup(stop)
	return stop
}

// wantHandled fails if other events were handled, or in another order.
func wantHandled(t *testing.T, m *mailbox, want ...string) {
	t.Helper()
	if got := m.handled(); !slices.Equal(got, want) {
		t.Errorf("handled %v, want %v", got, want)
	}
}

// held returns what the consumer holds.
func (p *post) held() (all []scheduling.HeldEvent) {
	p.t.Helper()
	for h, err := range p.scheduler(p.store).HeldEvents(p.t.Context(), "mails") {
		if err != nil {
			p.t.Fatal(err)
		}
		all = append(all, h)
	}
	return all
}

var errMail = errors.New("mailbox of ada@example.org is full")

// failOn fails on these events.
func failOn(events ...string) func(scheduling.Event) error {
	return func(e scheduling.Event) error {
		if slices.Contains(events, nameOf(e)) {
			return errMail
		}
		return nil
	}
}

// Events come in order, also those written later, and a restart goes on where it was.
func TestConsumeGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, m := newPost(t), &mailbox{}
		p.write("pb-1", "pb-2", "pb-1")
		stop := p.consume(p.store, m, scheduling.ConsumeOptions{})
		time.Sleep(time.Second)
		wantHandled(t, m, "pb-1/1", "pb-2/1", "pb-1/2")
		p.write("pb-2", "pb-3")
		time.Sleep(6 * time.Second)
		stop()
		p.write("pb-3")
		p.consume(p.store, m, scheduling.ConsumeOptions{FromNow: true}) // it is not new any more
		time.Sleep(time.Second)
		wantHandled(t, m, "pb-1/1", "pb-2/1", "pb-1/2", "pb-2/2", "pb-3/1", "pb-3/2")
		if lag := p.meter.values(metrics.ConsumerLag, "consumer", "mails"); len(lag) == 0 {
			t.Error("consumer_lag was not measured")
		}
	})
}

// A new consumer begins with the first event, or with what comes from now on.
func TestConsumeFromNow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fromNow bool
		before  bool // whether there are events before
		want    []string
	}{
		{false, true, []string{"pb-1/1", "pb-1/2"}},
		{true, true, []string{"pb-1/2"}},
		{true, false, []string{"pb-1/1"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, m := newPost(t), &mailbox{}
			if tt.before {
				p.write("pb-1")
			}
			p.consume(p.store, m, scheduling.ConsumeOptions{FromNow: tt.fromNow})
			time.Sleep(time.Second)
			p.write("pb-1")
			time.Sleep(6 * time.Second)
			wantHandled(t, m, tt.want...)
		})
	}
}

// One booking's failing event holds up its own later events, and no other booking's. When
// it succeeds, the others follow in their order, and nothing is held any more.
func TestConsumeHoldsOneBooking(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func(scheduling.Event) error{
		"an error": failOn("pb-1/2"),
		"a panic": func(e scheduling.Event) error {
			if failOn("pb-1/2")(e) != nil {
				panic("ada@example.org")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, m := newPost(t), &mailbox{fails: fails}
				p.write("pb-1", "pb-1", "pb-2", "pb-1", "pb-2")
				stop := p.consume(p.store, m, scheduling.ConsumeOptions{})
				time.Sleep(time.Second)
				p.write("pb-1", "pb-3")
				time.Sleep(6 * time.Second)
				wantHandled(t, m, "pb-1/1", "pb-2/1", "pb-2/2", "pb-3/1")
				stop() // a restart forgets nothing
				p.consume(p.store, m, scheduling.ConsumeOptions{})
				time.Sleep(time.Minute)
				held := p.held()
				if len(held) != 1 || held[0].Booking != "pb-1" || held[0].Attempts < 3 || held[0].Attempts > 5 {
					t.Fatalf("held %+v, want pb-1, tried 3 to 5 times within a minute", held)
				}
				m.set(func(m *mailbox) { m.fails = nil })
				time.Sleep(3 * time.Minute)
				p.write("pb-1")
				time.Sleep(6 * time.Second)
				wantHandled(t, m, "pb-1/1", "pb-2/1", "pb-2/2", "pb-3/1", "pb-1/2", "pb-1/3", "pb-1/4", "pb-1/5")
				if held := p.held(); len(held) != 0 {
					t.Errorf("held %+v, want nothing", held)
				}
				if text := p.log.String(); strings.Contains(text, "ada@") || strings.Contains(text, "private") {
					t.Errorf("the log holds what is personal: %s", text)
				}
			})
		})
	}
}

// Tries follow at growing distances, with jitter, up to the longest one.
func TestConsumeDistances(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, m := newPost(t), &mailbox{fails: failOn("pb-1/1")}
		p.write("pb-1")
		p.consume(p.store, m, scheduling.ConsumeOptions{Poll: time.Second, RetryFirst: 10 * time.Second, RetryMost: 5 * time.Minute})
		time.Sleep(2 * time.Hour)
		tries := m.triesOf("pb-1/1")
		if len(tries) < 25 || len(tries) > 35 {
			t.Fatalf("%d tries in two hours, want 25 to 35", len(tries))
		}
		want := 10 * time.Second
		for i := 1; i < len(tries); i++ {
			if gap := tries[i].Sub(tries[i-1]); gap < want*4/5 || gap > want+time.Second {
				t.Errorf("try %d comes %v after the one before, want %v to %v", i+1, gap, want*4/5, want)
			}
			want = min(2*want, 5*time.Minute)
		}
		if held := p.held(); len(held) != 1 || !held[0].Stuck() || held[0].Attempts != len(tries) || held[0].Code != scheduling.FailureError || !held[0].Since.Equal(tries[0].Truncate(time.Microsecond).UTC()) {
			t.Errorf("held %+v, want one that is stuck after %d tries, since %v", held, len(tries), tries[0])
		}
		stuck := p.meter.values(metrics.ConsumerStuck, "consumer", "mails")
		if len(stuck) == 0 || stuck[len(stuck)-1] != 1 {
			t.Errorf("consumer_stuck = %v, want 1 at the end", stuck)
		}
		lag := p.meter.values(metrics.ConsumerLag, "consumer", "mails")
		if last := lag[len(lag)-1]; last < 7190 || last > 7201 {
			t.Errorf("consumer_lag = %v seconds, want two hours", last)
		}
	})
}

// Of several processes one handles at a time, and slow work keeps its lease.
func TestConsumeOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, m := newPost(t), &mailbox{takes: 7 * time.Minute}
		p.write("pb-1", "pb-2", "pb-1", "pb-3")
		for range 3 {
			p.consume(p.store, m, scheduling.ConsumeOptions{Timeout: 10 * time.Minute})
		}
		time.Sleep(time.Hour)
		wantHandled(t, m, "pb-1/1", "pb-2/1", "pb-1/2", "pb-3/1")
		if m.most != 1 || m.cut != 0 {
			t.Errorf("%d calls at a time, %d cut; want 1 and 0", m.most, m.cut)
		}
	})
}

// A process that dies leaves its lease behind; another one takes over when it has run out.
// One that ends as it should gives it back.
func TestConsumeTakesOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, m := newPost(t), &mailbox{}
		until := time.Now().Add(2 * time.Minute)
		_, err := p.store.PutConsumer(t.Context(), scheduling.Consumer{Name: "mails", Began: time.Now(), Lease: scheduling.Lease{Owner: "dead", Until: until}}, scheduling.HeldChange{})
		if err != nil {
			t.Fatal(err)
		}
		p.write("pb-1")
		stop := p.consume(p.store, m, scheduling.ConsumeOptions{})
		p.consume(p.store, m, scheduling.ConsumeOptions{})
		time.Sleep(3 * time.Minute)
		if at := m.triesOf("pb-1/1"); len(at) != 1 || at[0].Before(until) || at[0].After(until.Add(5*time.Second)) {
			t.Errorf("pb-1/1 was tried at %v, want within 5 seconds after %v", at, until)
		}
		stop()
		p.write("pb-2")
		time.Sleep(6 * time.Second)
		wantHandled(t, m, "pb-1/1", "pb-2/1")
	})
}

// cutOff is a store that a process can lose.
type cutOff struct {
	*memstore.Store
	gone func() bool
}

var errNoRoute = errors.New("no route to the database")

func (c cutOff) PutConsumer(ctx context.Context, row scheduling.Consumer, change scheduling.HeldChange) (scheduling.Consumer, error) {
	if c.gone() {
		return scheduling.Consumer{}, errNoRoute
	}
	return c.Store.PutConsumer(ctx, row, change)
}

func (c cutOff) Consumer(ctx context.Context, name string) (scheduling.Consumer, error) {
	if c.gone() {
		return scheduling.Consumer{}, errNoRoute
	}
	return c.Store.Consumer(ctx, name)
}

// A process that can't renew its lease ends the call before another one may begin, and
// does not store what it did without it.
func TestConsumeEndsWithTheLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, slow, fast := newPost(t), &mailbox{takes: time.Hour}, &mailbox{}
		p.write("pb-1", "pb-2")
		since := time.Now().Add(10 * time.Second)
		p.consume(cutOff{p.store, func() bool { return time.Now().After(since) }}, slow, scheduling.ConsumeOptions{Timeout: 2 * time.Hour})
		time.Sleep(11 * time.Second)
		p.consume(p.store, fast, scheduling.ConsumeOptions{})
		time.Sleep(10 * time.Minute)
		wantHandled(t, fast, "pb-1/1", "pb-2/1")
		if began := fast.triesOf("pb-1/1"); slow.cut != 1 || slow.now != 0 || len(began) != 1 || began[0].Before(since.Add(time.Minute)) {
			t.Errorf("%d calls cut, %d under way, the other process began at %v; want 1, 0, and when the lease has run out", slow.cut, slow.now, began)
		}
		if held := p.held(); len(held) != 0 {
			t.Errorf("held %+v, want nothing: the end of the lease is no failure", held)
		}
	})
}

// A store that does not answer for a while, or whose answers are lost, makes nothing come
// twice while the lease lasts.
func TestConsumeThroughTroubleOfTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, m := newPost(t), &mailbox{takes: 300 * time.Millisecond, fails: failOn("pb-2/1")}
		n := 0
		lossy := unsureConsumers{p.store, func() bool { n++; return n > 1 && n%2 == 0 }}
		for range 10 {
			p.write("pb-1", "pb-2", "pb-3")
		}
		p.consume(lossy, m, scheduling.ConsumeOptions{})
		time.Sleep(15 * time.Second)
		m.set(func(m *mailbox) { m.fails = nil })
		time.Sleep(10 * time.Minute)
		got := m.handled()
		for _, id := range []string{"pb-1", "pb-2", "pb-3"} {
			wantOrdered(t, got, id, 10)
		}
		if len(got) != 30 || len(p.held()) != 0 {
			t.Errorf("%d events handled, held %v; want 30, and nothing held", len(got), p.held())
		}
	})
}

// unsureConsumers is a store whose writes of consumers are carried out, and answered with
// an error when a test says so.
type unsureConsumers struct {
	*memstore.Store
	lost func() bool
}

func (u unsureConsumers) PutConsumer(ctx context.Context, c scheduling.Consumer, change scheduling.HeldChange) (scheduling.Consumer, error) {
	c, err := u.Store.PutConsumer(ctx, c, change)
	if err == nil && u.lost() {
		return scheduling.Consumer{}, errNoRoute
	}
	return c, err
}

// wantOrdered fails if not all n events of the booking are there, in order, repeats of the
// same event aside.
func wantOrdered(t *testing.T, got []string, id string, n int) {
	t.Helper()
	next := 1
	for _, event := range got {
		of, number, _ := strings.Cut(event, "/")
		if of != id {
			continue
		}
		var at int
		if _, err := fmt.Sscan(number, &at); err != nil {
			t.Fatal(err)
		}
		if at > next {
			t.Fatalf("event %d of %s was handled before event %d: %v", at, id, next, got)
		}
		next = max(next, at+1)
	}
	if next != n+1 {
		t.Errorf("the first %d events of %s were handled, want %d", next-1, id, n)
	}
}

// What one call may take is bounded.
func TestConsumeTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, m := newPost(t), &mailbox{takes: time.Hour}
		p.write("pb-1", "pb-2")
		p.consume(p.store, m, scheduling.ConsumeOptions{Timeout: time.Minute, RetryFirst: time.Hour})
		time.Sleep(2*time.Minute + time.Second)
		held := p.held()
		if len(held) != 2 || held[0].Code != scheduling.FailureTimeout || held[1].Code != scheduling.FailureTimeout {
			t.Errorf("held %+v, want two that timed out", held)
		}
	})
}

// An event that can't be read holds up no other booking, and is handled when it can.
func TestConsumeUnreadableEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, m := newPost(t), &mailbox{}
		p.write("pb-1", "pb-2", "pb-1")
		repair := p.store.SpoilEvent("1")
		p.consume(p.store, m, scheduling.ConsumeOptions{})
		time.Sleep(30 * time.Second)
		wantHandled(t, m, "pb-2/1")
		if held := p.held(); len(held) != 1 || held[0].Code != scheduling.FailureUnreadable || held[0].Event != "1" || held[0].At.IsZero() {
			t.Errorf("held %+v, want the event that can't be read", held)
		}
		repair()
		time.Sleep(2 * time.Minute)
		wantHandled(t, m, "pb-2/1", "pb-1/1", "pb-1/2")
	})
}

// An erased learner's events come without words, and the consumer keeps none.
func TestConsumeErased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t)
		var words []string
		m := &mailbox{fails: func(e scheduling.Event) error {
			words = append(words, e.Reason+e.By)
			return map[bool]error{true: errMail}[len(words) < 3]
		}}
		p.write("pb-1")
		p.consume(p.store, m, scheduling.ConsumeOptions{})
		time.Sleep(time.Second)
		if err := p.store.Erase(t.Context(), "l-pb-1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		wantHandled(t, m, "pb-1/1")
		if want := []string{"private wordsada", "", ""}; !slices.Equal(words, want) {
			t.Errorf("the words of the event are %q, want %q", words, want)
		}
	})
}

// More events than a page of one booking wait behind one that fails.
func TestConsumeCatchesUpManyEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, m := newPost(t), &mailbox{fails: failOn("pb-1/1", "pb-1/150")}
		for range 350 {
			p.write("pb-1")
		}
		p.write("pb-2")
		p.consume(p.store, m, scheduling.ConsumeOptions{})
		time.Sleep(5 * time.Second)
		wantHandled(t, m, "pb-2/1")
		m.set(func(m *mailbox) { m.fails = failOn("pb-1/150") })
		time.Sleep(time.Minute)
		if got := m.handled(); len(got) != 150 || got[149] != "pb-1/149" {
			t.Errorf("%d events handled, the last one is %s; want 150 up to pb-1/149", len(got), got[len(got)-1])
		}
		m.set(func(m *mailbox) { m.fails = nil })
		time.Sleep(time.Minute)
		wantOrdered(t, m.handled(), "pb-1", 350)
		if got := m.handled(); len(got) != 351 || len(p.held()) != 0 {
			t.Errorf("%d events handled, held %v; want 351, none twice, and nothing", len(got), p.held())
		}
	})
}

// What is wrong with a call is said at once.
func TestConsumeRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nothing := func(context.Context, scheduling.Event) error { return nil }
	for _, tt := range []struct {
		field  string
		name   string
		handle func(context.Context, scheduling.Event) error
		o      scheduling.ConsumeOptions
	}{
		{"name", "", nothing, scheduling.ConsumeOptions{}},
		{"name", strings.Repeat("x", 256), nothing, scheduling.ConsumeOptions{}},
		{"name", "a\x00", nothing, scheduling.ConsumeOptions{}},
		{"handle", "mails", nil, scheduling.ConsumeOptions{}},
		{"ConsumeOptions.Poll", "mails", nothing, scheduling.ConsumeOptions{Poll: -1}},
		{"ConsumeOptions.RetryFirst", "mails", nothing, scheduling.ConsumeOptions{RetryFirst: -1}},
		{"ConsumeOptions.RetryMost", "mails", nothing, scheduling.ConsumeOptions{RetryFirst: 2, RetryMost: 1}},
		{"ConsumeOptions.Timeout", "mails", nothing, scheduling.ConsumeOptions{Timeout: -1}},
	} {
		err := w.Consume(t.Context(), tt.name, tt.handle, tt.o)
		if invalid, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || !slices.ContainsFunc(invalid.Fields, func(f proctorbook.FieldError) bool { return f.Field == tt.field }) {
			t.Errorf("Consume(%q, %+v) = %v, want a ValidationError of %s", tt.name, tt.o, err, tt.field)
		}
	}
	w.store = struct{ scheduling.Store }{w.store}
	if err := w.replica().Consume(t.Context(), "mails", nothing, scheduling.ConsumeOptions{}); !errors.Is(err, scheduling.ErrNoConsumers) {
		t.Errorf("Consume on a store that keeps no consumers = %v, want ErrNoConsumers", err)
	}
}
