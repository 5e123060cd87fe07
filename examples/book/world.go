package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// world is what stands around a scheduler offline: both services as fakes on
// loopback, one clock for all, and a store that outlives the scheduler.
type world struct {
	clock     *worldClock
	provider  *proctorutest.Server
	platform  *edxtest.Server
	exam      scheduling.Exam
	samples   []sample
	store     scheduling.Store
	scheduler *scheduling.Scheduler

	fault   string
	backAt  time.Time // of the provider that is down; zero if it is up
	crashes int
}

// newWorld starts the fakes, a while before the exam's window opens.
func newWorld(c *config) (*world, error) {
	people, err := readSamples()
	if err != nil {
		return nil, err
	}
	w := &world{exam: c.exam, fault: c.fault, samples: people, store: memstore.New()}
	p := c.exam.Policy
	ahead := 7*24*time.Hour + max(p.Notice, p.MoveUntil, p.CancelUntil)
	w.clock = &worldClock{Clock: proctorbooktest.NewClock(c.exam.Window.Start.Add(-ahead)), world: w}
	w.provider, w.platform = proctorutest.NewServer(proctorutest.WithClock(w.clock)), edxtest.NewServer(edxtest.WithClock(w.clock))
	w.settlePeople()

	var opts []proctoru.Option
	if c.fault == faultCrash {
		opts = append(opts, proctoru.WithTransport(deadly{http.DefaultTransport}))
	}
	if w.scheduler, err = w.newScheduler(opts...); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *world) close() {
	w.provider.Close()
	w.platform.Close()
}

// settlePeople gives the platform its course and its learners.
func (w *world) settlePeople() {
	course := w.exam.Course.String()
	w.platform.AddCourse(edxtest.Course{Key: course, Name: w.exam.Course.Course()})
	for _, s := range w.samples {
		w.platform.AddUser(edxtest.User{ID: s.ID, Username: s.Username, Name: s.Name, Email: s.Email, TimeZone: s.Zone})
		mode := s.Mode
		if mode == edx.Verified && len(w.exam.Modes) > 0 {
			mode = w.exam.Modes[0] // whoever may book, may book any exam
		}
		w.platform.Enroll(s.Username, course, string(mode), true)
	}
}

// newScheduler makes clients and a scheduler as a service does when it starts.
// Of what was before, only the store is left.
func (w *world) newScheduler(opts ...proctoru.Option) (*scheduling.Scheduler, error) {
	proctor, err := proctoru.NewClient(w.provider.URL, w.provider.Token, append(opts, proctoru.WithClock(w.clock))...)
	if err != nil {
		return nil, err
	}
	lms, err := edx.NewClient(w.platform.URL, edx.WithClock(w.clock),
		edx.WithClientCredentials(w.platform.ClientID, w.platform.ClientSecret))
	if err != nil {
		return nil, err
	}
	return scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, w.store, scheduling.WithClock(w.clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "2027", Secret: []byte("a key of the offline run: no secret")}),
		// A page should not keep the learner waiting: what is open after this
		// is left to Reconcile.
		scheduling.WithTuning(scheduling.Tuning{Patience: 500 * time.Millisecond}))
}

// pick returns the learner asked for, by default the first sample, and another
// one. A name that no sample has is left to the platform to refuse.
func (w *world) pick(username string) (first, second sample) {
	first, second = w.samples[0], w.samples[1]
	switch username {
	case "", first.Username:
		return first, second
	case second.Username:
		return second, first
	}
	for _, s := range w.samples {
		if s.Username == username {
			return s, second
		}
	}
	return sample{Username: username}, second
}

// proctor finds the reservation as the provider's proctor has it on the screen.
func (w *world) proctor(number proctoru.ReservationNo) (proctorutest.Reservation, error) {
	for _, r := range w.provider.Reservations() {
		if strconv.FormatInt(r.Number, 10) == string(number) {
			return r, nil
		}
	}
	return proctorutest.Reservation{}, errors.New("the provider has no reservation " + string(number))
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
	*proctorbooktest.Clock
	world *world
}

// Sleep lets time pass at once, and what happens meanwhile happen.
func (c *worldClock) Sleep(ctx context.Context, d time.Duration) error {
	err := c.Clock.Sleep(ctx, d)
	c.world.repair()
	return err
}
