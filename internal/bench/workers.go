package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// leastOfMany is how many bookings a second 32 workers make at least for each that 8 make.
const leastOfMany = 0.95

// workersSideBySide measures the time of a booking while so many workers write them on
// PostgreSQL: each is created, an attempt is counted, and the proof is stored, all with an
// event. The goal for 32 workers beside 8 is given for times, so its inverse.
func workersSideBySide(quick bool) ([]finding, error) {
	store, err := openDatabase(sqlstore.PostgreSQL)
	if err != nil {
		return nil, err
	}
	defer store.close()
	rounds, each := 5, 3*time.Second
	if quick {
		rounds, each = 3, time.Second
	}
	numbers := []int{1, 8, 32}
	took := make([][]float64, len(numbers)) // by number of workers, then by round
	var next atomic.Int64
	for round := range rounds + 1 {
		for i := range numbers {
			n := (i + round) % len(numbers)
			one, err := writeFor(store, numbers[n], each, &next)
			if err != nil {
				return nil, err
			}
			if round > 0 { // the first one opens the connections
				took[n] = append(took[n], one)
			}
		}
	}
	var found []finding
	for _, pair := range []struct {
		many, few int
		goal      float64
	}{{1, 0, 0}, {2, 1, 1 / leastOfMany}} {
		var ratios []float64
		for round := range rounds {
			ratios = append(ratios, took[pair.many][round]/took[pair.few][round])
		}
		found = append(found, finding{
			other: fmt.Sprintf("%d over %d", numbers[pair.many], numbers[pair.few]),
			ours:  median(took[pair.many]), theirs: median(took[pair.few]), ratio: median(ratios), goal: pair.goal,
		})
	}
	return found, nil
}

// writeFor lets so many workers write for that time, and returns the time a booking.
func writeFor(store scheduling.Store, workers int, most time.Duration, next *atomic.Int64) (float64, error) {
	var all sync.WaitGroup
	var done atomic.Int64
	errs := make(chan error, workers)
	begun := time.Now()
	for range workers {
		all.Go(func() {
			for time.Since(begun) < most {
				if err := writeOne(store, next.Add(1)); err != nil {
					errs <- err
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	select {
	case err := <-errs:
		return 0, err
	default:
		return float64(time.Since(begun)) / float64(done.Load()), nil
	}
}

// writeOne writes what a booking writes.
func writeOne(store scheduling.Store, n int64) error {
	exam := fleetExam("1")
	id := fmt.Sprintf("pb-benchmrk-%020d", n)
	b := scheduling.Booking{
		ID: scheduling.BookingID(id), Learner: scheduling.LearnerID(id), Profile: 1, CreatedAt: fleetBegin, UpdatedAt: fleetBegin,
		Exam: exam, Window: exam.Window, Duration: exam.Duration, State: scheduling.StatePending,
		Intent:     &scheduling.Intent{Op: scheduling.OpReserve, Want: fleetNow, Requested: fleetBegin, Deadline: fleetNow},
		Generation: 1, Memory: scheduling.ProtocolMemory{StartsSent: []time.Time{fleetNow}}, DueAt: fleetBegin,
	}
	event := func() scheduling.Event {
		return scheduling.Event{Booking: b.ID, Learner: b.Learner, At: fleetBegin, Type: scheduling.EventSent, State: b.State, Generation: b.Generation}
	}
	b, err := store.Create(context.Background(), b, event())
	for range 2 {
		if err == nil {
			b.Intent.Attempt = 1
			b.Generation++
			b, err = store.Update(context.Background(), b, event())
		}
	}
	return err
}
