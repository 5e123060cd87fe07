package main

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

// world is what stands around a scheduler offline: both services as fakes on
// loopback, one clock for all, and a store that outlives the scheduler.
type world struct {
	clock     *worldClock
	provider  *testserver.ProctorU
	platform  *testserver.OpenEdX
	servers   [2]*testserver.Server
	exam      scheduling.Exam
	store     scheduling.Store
	scheduler *scheduling.Scheduler
	samples   []sample

	fault   string
	backAt  time.Time // of the provider that is down; zero if it is up
	crashes int
}

// newWorld starts the fakes, a while before the exam's window opens.
func newWorld(c *config) (*world, error) {
	people, err := samples()
	if err != nil {
		return nil, err
	}
	w := &world{exam: c.exam, fault: c.fault, samples: people, store: scheduling.NewMemoryStore()}
	p := c.exam.Policy
	ahead := 7*24*time.Hour + max(p.Notice, p.MoveUntil, p.CancelUntil)
	w.clock = &worldClock{Clock: testserver.NewClock(c.exam.Window.Start.Add(-ahead)), world: w}
	w.provider, w.platform = testserver.NewProctorU(w.clock), testserver.NewOpenEdX(w.clock)
	w.servers = [2]*testserver.Server{testserver.Loopback(w.provider), testserver.Loopback(w.platform)}
	w.settlePeople()

	carrier := w.servers[0].Transport()
	if c.fault == faultCrash {
		carrier = deadly{carrier}
	}
	if w.scheduler, err = w.newScheduler(carrier); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *world) close() {
	for _, s := range w.servers {
		s.Close()
	}
}

const platformClient, platformSecret = "book-example", "not-a-secret-on-loopback"

// settlePeople gives the platform its course, its learners and our client.
func (w *world) settlePeople() {
	course := w.exam.Course.String()
	w.platform.AddCourse(testserver.Course{Key: course, Name: w.exam.Course.Course()})
	w.platform.AddClient(platformClient, platformSecret)
	for _, s := range w.samples {
		w.platform.AddUser(testserver.User{ID: s.ID, Username: s.Username, Name: s.Name, Email: s.Email, TimeZone: s.Zone})
		mode := s.Mode
		if mode == edx.Verified && len(w.exam.Modes) > 0 {
			mode = w.exam.Modes[0] // whoever may book, may book any exam
		}
		w.platform.Enroll(s.Username, course, string(mode), true)
	}
}

// newScheduler makes clients and a scheduler as a service does when it starts.
// Of what was before, only the store is left.
func (w *world) newScheduler(carrier http.RoundTripper) (*scheduling.Scheduler, error) {
	provider, err := proctoru.NewClient(w.servers[0].URL+"/api", w.provider.Token,
		proctoru.WithClock(w.clock), proctoru.WithTransport(carrier))
	if err != nil {
		return nil, err
	}
	platform, err := edx.NewClient(w.servers[1].URL, edx.WithClock(w.clock), edx.WithClientCredentials(platformClient, platformSecret))
	if err != nil {
		return nil, err
	}
	return scheduling.New(provider, platform, w.store, scheduling.WithClock(w.clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "2027", Secret: []byte("a key of the offline run: no secret")}),
		// A page should not keep the learner waiting: what is open after this
		// is left to Reconcile.
		scheduling.WithPatience(500*time.Millisecond))
}

// pick returns the learner asked for, by default the first sample, and another one.
func (w *world) pick(username string) (first, second sample, err error) {
	first, second = w.samples[0], w.samples[1]
	username = cmp.Or(username, first.Username)
	if username == second.Username {
		return second, first, nil
	}
	for _, s := range w.samples {
		if s.Username == username {
			return s, second, nil
		}
	}
	// Let the platform itself say that it has no such account.
	return sample{Username: username}, second, nil
}

func (w *world) now() time.Time { return w.clock.Now() }

// passTo puts the clock forward to t, if it lies ahead.
func (w *world) passTo(t time.Time) {
	if t.After(w.now()) {
		w.clock.Advance(t.Sub(w.now()))
	}
}

// proctor finds the reservation as the provider's proctor has it on the screen.
func (w *world) proctor(number proctoru.ReservationNo) (testserver.ReservationState, error) {
	for _, r := range w.provider.Reservations() {
		if strconv.FormatInt(r.Number, 10) == string(number) {
			return r, nil
		}
	}
	return testserver.ReservationState{}, errors.New("the provider has no reservation " + string(number))
}

// summary is what the fake provider counted.
func (w *world) summary() summary {
	counts := w.provider.Counts()
	s := summary{
		Step: "summary", CreatesSeen: counts.CreatesSeen, ReservationsMade: counts.ReservationsMade,
		MostActiveAtOnce: counts.MostActiveAtOnce, Faults: map[string]int{},
	}
	for kind, times := range counts.Faults {
		s.Faults[faultOf(kind)] += times
	}
	if w.crashes > 0 {
		s.Faults[faultCrash] = w.crashes
	}
	return s
}

// worldClock is the clock of the offline run: to sleep is to put it forward.
type worldClock struct {
	*testserver.Clock
	world *world
}

// Sleep lets time pass at once, and what happens meanwhile happen.
func (c *worldClock) Sleep(ctx context.Context, d time.Duration) error {
	err := c.Clock.Sleep(ctx, d)
	c.world.repair()
	return err
}
