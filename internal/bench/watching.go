package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
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

const (
	mostCalls   = 400 // an hour, while the most bookings are watched
	mostWatched = 100_000
	watchDays   = 60 // over which the starts are even
	settleHours = 1  // that do not count: the first looks are at all bookings alike
)

// watching measures what it costs to watch scheduled bookings for some hours: calls an
// hour, and what a reading takes, which compares all of them. The provider's pace holds
// on a clock on which nobody waits.
func watching(quick bool) ([]finding, error) {
	sizes, hours := []int{1000, 10_000, mostWatched}, 3
	if quick {
		sizes, hours = sizes[:2], 2
	}
	var found []finding
	var small float64
	for _, n := range sizes {
		w, err := newWatch(n)
		if err != nil {
			return nil, err
		}
		spent, err := w.hours(hours)
		if err != nil {
			return nil, fmt.Errorf("%d bookings: %w", n, err)
		}
		if small == 0 {
			small = spent.took
		}
		hourly := finding{other: fmt.Sprintf("%d, of %d an hour", n, mostCalls), quantity: calls, ours: spent.hourly, theirs: mostCalls, ratio: spent.hourly / mostCalls}
		if n == mostWatched {
			hourly.goal = 1
		}
		found = append(found, hourly,
			finding{other: fmt.Sprintf("%d, reading over lists", n), quantity: calls, ours: spent.reading, theirs: float64(n), ratio: spent.reading / float64(n)},
			finding{other: fmt.Sprintf("%d over %d, reading", n, sizes[0]), ours: spent.took, theirs: small, ratio: spent.took / small},
		)
	}
	return found, nil
}

// watch is a Scheduler with scheduled bookings, and what it has sent for them.
type watch struct {
	clock    *proctorbooktest.Clock
	provider *proctorutest.Server
	next     http.RoundTripper
	store    *memstore.Store
	s        *scheduling.Scheduler
	starts   map[string]time.Time // by learner
	sent     int                  // calls for what is ahead
	away     time.Duration        // that the provider's fake took
}

// newWatch begins at noon, so that no night falls into the first hours.
func newWatch(n int) (*watch, error) {
	w := &watch{clock: proctorbooktest.NewClock(fleetNow.Add(12 * time.Hour)), store: memstore.New(memstore.WithNamespace("benchmrk")), starts: map[string]time.Time{}}
	w.provider = proctorutest.NewUnstartedServer(proctorutest.WithClock(w.clock))
	w.next = proctorbooktest.InProcess(w.provider)
	lms := edxtest.NewUnstartedServer(edxtest.WithClock(w.clock))
	proctor, err := proctoru.NewClient(proctorbooktest.InProcessURL, w.provider.Token, proctoru.WithClock(w.clock), proctoru.WithTransport(w))
	if err != nil {
		return nil, err
	}
	taught, err := edx.NewClient(proctorbooktest.InProcessURL, edx.WithClientCredentials(lms.ClientID, lms.ClientSecret),
		edx.WithClock(w.clock), edx.WithTransport(proctorbooktest.InProcess(lms)))
	if err != nil {
		return nil, err
	}
	key := scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}
	w.s, err = scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: taught}, w.store, scheduling.WithClock(w.clock), scheduling.WithUnlockKeys(key))
	random := rand.New(rand.NewPCG(1, 2)) // the same each time
	for i := 0; i < n && err == nil; i++ {
		err = w.add(i, n, random)
	}
	return w, err
}

// add makes the booking, which was seen some time in the last day and is looked at again
// some time in the next hour.
func (w *watch) add(i, n int, random *rand.Rand) error {
	now, exam := w.clock.Now(), fleetExam("1")
	exam.Window = scheduling.Window{Start: now, End: now.AddDate(0, 0, watchDays+10)}
	made, start := now.AddDate(0, 0, -20), now.Add(time.Duration(i)*(watchDays*24*time.Hour/time.Duration(n))).Truncate(time.Minute)
	due := now.Add(time.Duration(random.Int64N(int64(time.Hour)))).Truncate(time.Second)
	seen := now.Add(-time.Duration(random.Int64N(int64(24 * time.Hour)))).Truncate(time.Second)
	b := scheduling.Booking{
		ID: scheduling.BookingID(fmt.Sprintf("pb-benchmrk-%06d", i)), Learner: scheduling.LearnerID(fmt.Sprint(1_000_000 + i)), Profile: 1,
		Exam: exam, Window: exam.Window, Duration: exam.Duration, State: scheduling.StateScheduled, Generation: 2, Start: start, CreatedAt: made,
		DueAt: due, RoutineAt: due, SeenActive: seen, Code: scheduling.Code{KeyID: "k1", Generation: 1},
		Memory: scheduling.ProtocolMemory{LastSent: made, LastMade: made, ProvenAt: made, StartsSent: []time.Time{start}},
	}
	b.Number = proctoru.ReservationNo(fmt.Sprint(w.provider.AddReservation(proctorutest.Reservation{
		ID: string(b.ID), StudentID: string(b.Learner), Start: start, Duration: b.Duration,
		Description: "CS101 2030 - Final exam", Notes: "Closed book.\nBooking: " + string(b.ID),
	})))
	w.starts[string(b.Learner)] = start
	_, err := w.store.Create(context.Background(), b)
	return err
}

// RoundTrip counts the call, unless it is for a sitting that has begun.
func (w *watch) RoundTrip(r *http.Request) (*http.Response, error) {
	form := r.URL.Query()
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if posted, err := url.ParseQuery(string(body)); err == nil && posted.Has("student_id") {
			form = posted
		}
	}
	if start, known := w.starts[form.Get("student_id")]; !known || start.After(w.clock.Now()) {
		w.sent++
	}
	begun := time.Now()
	defer func() { w.away += time.Since(begun) }()
	return w.next.RoundTrip(r)
}

// watched is what some hours came to.
type watched struct {
	hourly, reading float64 // calls
	took            float64 // a reading here, in nanoseconds
}

// hours sweeps each hour, and reconciles each minute.
func (w *watch) hours(n int) (watched, error) {
	var took, reading []float64
	begun, end := 0, w.clock.Now()
	for hour := range settleHours + n {
		if hour == settleHours {
			begun = w.sent
		}
		end = end.Add(time.Hour)
		sent, away, from := w.sent, w.away, time.Now()
		if _, err := w.s.RoutineSweep(context.Background()); err != nil {
			return watched{}, err
		}
		took = append(took, float64(time.Since(from)-(w.away-away)))
		reading = append(reading, float64(w.sent-sent))
		for w.clock.Now().Before(end) {
			if _, err := w.s.Reconcile(context.Background()); err != nil {
				return watched{}, err
			}
			w.clock.Advance(time.Minute)
		}
	}
	return watched{hourly: float64(w.sent-begun) / float64(n), reading: median(reading[settleHours:]), took: median(took[settleHours:])}, nil
}
