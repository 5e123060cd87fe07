package main

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// mostGrowth is how much longer the slowest page may take than that of a small fleet.
const mostGrowth = 3

// staffLists are what staff and their programs ask for.
var staffLists = map[string]func(context.Context, scheduling.Store) iter.Seq2[scheduling.Booking, error]{
	"all":               listed(scheduling.Filter{}),
	"an exam":           listed(scheduling.Filter{Exam: fleetExam("3").Key()}),
	"an exam's missed":  listed(scheduling.Filter{Exam: fleetExam("3").Key(), States: []scheduling.State{scheduling.StateNoShow, scheduling.StateFailed}}),
	"active":            listed(scheduling.Filter{States: []scheduling.State{scheduling.StatePending, scheduling.StateScheduled, scheduling.StateBegun, scheduling.StateUnlocked}}),
	"flagged":           listed(scheduling.Filter{NeedsAttention: true}),
	"a learner's":       listed(scheduling.Filter{Learner: "learner-77"}),
	"a day":             listed(scheduling.Filter{StartFrom: fleetNow, StartUntil: fleetNow.AddDate(0, 0, 1)}),
	"an exam's day":     listed(scheduling.Filter{Exam: fleetExam("3").Key(), StartFrom: fleetNow, StartUntil: fleetNow.AddDate(0, 0, 1)}),
	"an exam's 90 days": listed(scheduling.Filter{Exam: fleetExam("3").Key(), StartFrom: fleetBegin, StartUntil: fleetBegin.AddDate(0, 0, fleetDays)}),
	"90 days":           listed(scheduling.Filter{StartFrom: fleetBegin, StartUntil: fleetBegin.AddDate(0, 0, fleetDays)}),
	"reminders":         reminded,
}

func listed(f scheduling.Filter) func(context.Context, scheduling.Store) iter.Seq2[scheduling.Booking, error] {
	return func(ctx context.Context, store scheduling.Store) iter.Seq2[scheduling.Booking, error] {
		return func(yield func(scheduling.Booking, error) bool) {
			for r, err := range lists.Sessions(ctx, store, lists.SessionQuery{Filter: f}) {
				if !yield(r.Booking, err) {
					return
				}
			}
		}
	}
}

func reminded(ctx context.Context, store scheduling.Store) iter.Seq2[scheduling.Booking, error] {
	return func(yield func(scheduling.Booking, error) bool) {
		for r, err := range lists.Reminders(ctx, store, fleetNow.Add(-time.Hour), fleetNow, 7*24*time.Hour, 24*time.Hour) {
			if !yield(r.Booking, err) {
				return
			}
		}
	}
}

const (
	pageOfStaff  = 100 // rows, as a page shows
	pagesOfStaff = 20  // of each list, from its beginning
	roundsOfList = 5
)

// pages returns how long each of the list's first pages took, the least of the rounds: what
// else the machine does is not the list's.
func pages(store scheduling.Store, list func(context.Context, scheduling.Store) iter.Seq2[scheduling.Booking, error]) ([]time.Duration, error) {
	least := make([]time.Duration, 0, pagesOfStaff)
	for range roundsOfList {
		n, page, begun := 0, 0, time.Now()
		end := func() {
			if page == len(least) {
				least = append(least, time.Since(begun))
			}
			least[page] = min(least[page], time.Since(begun))
			page, begun = page+1, time.Now()
		}
		for _, err := range list(context.Background(), store) {
			if err != nil {
				return nil, err
			}
			if n++; n%pageOfStaff == 0 {
				end()
			}
			if page == pagesOfStaff {
				break
			}
		}
		if page < pagesOfStaff {
			end()
		}
	}
	return least, nil
}

// slowest returns the slowest page of all lists, in nanoseconds.
func slowest(store scheduling.Store) (float64, string, error) {
	var most time.Duration
	var of string
	for name, list := range staffLists {
		took, err := pages(store, list)
		if err != nil {
			return 0, "", fmt.Errorf("%s: %w", name, err)
		}
		if s := slices.Max(took); s > most {
			most, of = s, name
		}
	}
	return float64(most), of, nil
}

// staffPages compares the slowest page of a fleet with that of 1,000 bookings.
func staffPages(d sqlstore.Dialect, sizes ...int) func(quick bool) ([]finding, error) {
	return func(quick bool) ([]finding, error) {
		store, err := openDatabase(d)
		if err != nil {
			return nil, err
		}
		defer store.close()
		var found []finding
		var small float64
		for _, n := range sizes {
			if quick && n > 10_000 {
				continue
			}
			if err := store.fill(n); err != nil {
				return nil, err
			}
			took, of, err := slowest(store)
			if err != nil {
				return nil, err
			}
			if small == 0 {
				small = took
				continue
			}
			found = append(found, finding{other: fmt.Sprintf("%d over %d, %s", n, sizes[0], of), ours: took, theirs: small, ratio: took / small, goal: mostGrowth})
		}
		counted, err := counting(store)
		return append(found, counted), err
	}
}

// reading is a store that does not count.
type reading struct{ scheduling.Store }

// counting compares how the database counts with reading each booking.
func counting(store *database) (finding, error) {
	took := func(s scheduling.Store) (float64, error) {
		begun := time.Now()
		_, err := lists.Counts(context.Background(), s, scheduling.Filter{})
		return float64(time.Since(begun)), err
	}
	n, err := store.countRows()
	if err != nil {
		return finding{}, err
	}
	if _, err := took(store); err != nil { // warm
		return finding{}, err
	}
	ours, err := took(store)
	if err != nil {
		return finding{}, err
	}
	theirs, err := took(reading{store})
	per := float64(n)
	return finding{other: fmt.Sprintf("counts of %d over reading them", n), ours: ours / per, theirs: theirs / per, ratio: ours / theirs}, err
}
