package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// errNotSeen means that a write did not show in time.
var errNotSeen = errors.New("not seen in time")

// A look asks whether something shows.
type look func() (bool, error)

// until looks again and again, at growing distances, until the look succeeds or
// the limit has passed since. It returns how long after since the look began.
func (t *trial) until(ctx context.Context, since time.Time, limit time.Duration, l look) (time.Duration, error) {
	w := &wait{look: l, limit: limit}
	err := t.untilEach(ctx, since, w)
	return w.lag, errors.Join(err, w.err)
}

// A wait is for one look to succeed.
type wait struct {
	look  look
	limit time.Duration
	over  bool
	lag   time.Duration
	err   error // errNotSeen, and why the last look failed
}

// untilEach waits for several looks side by side, so that the time for one does
// not count for another. Its error is that of a context that ended.
func (t *trial) untilEach(ctx context.Context, since time.Time, waits ...*wait) error {
	for {
		open := false
		for _, w := range waits {
			if w.over {
				continue
			}
			w.lag = t.clock.Now().Sub(since)
			ok, err := w.look()
			switch {
			case ok && err == nil:
				w.over = true
			case w.lag >= w.limit:
				w.over, w.err = true, errors.Join(errNotSeen, err)
			default:
				open = true
			}
		}
		if !open {
			return nil
		}
		if err := t.clock.Sleep(ctx, max(time.Second, t.clock.Now().Sub(since)/20)); err != nil {
			return err
		}
	}
}

// enough is how long a write that shows at all has shown by then, as far as the
// lags are known: twice the longest, and a minute.
func (t *trial) enough() time.Duration {
	return min(t.wait, 2*max(t.lags[askListLag], t.lags[askReportLag])+time.Minute)
}

// listed returns the learner's rows of a status; "" is the active ones.
func (t *trial) listed(ctx context.Context, status proctoru.ReservationStatus) ([]proctoru.ListedReservation, error) {
	rows, err := t.client.Reservations.List(ctx, proctoru.ListReservationsParams{StudentID: t.person.ID, Status: status})
	if errors.Is(err, proctoru.ErrStudentNotFound) {
		return nil, nil
	}
	return rows, err
}

// lists is a look for a row in the list.
func (t *trial) lists(ctx context.Context, status proctoru.ReservationStatus, want func(proctoru.ListedReservation) bool) look {
	return func() (bool, error) {
		rows, err := t.listed(ctx, status)
		return slices.ContainsFunc(rows, want), err
	}
}

// standsAt is the row of a number at a start.
func standsAt(number proctoru.ReservationNo, start time.Time) func(proctoru.ListedReservation) bool {
	return func(r proctoru.ListedReservation) bool { return r.Number == number && r.Start.Equal(start) }
}

func ofNumber(number proctoru.ReservationNo) func(proctoru.ListedReservation) bool {
	return func(r proctoru.ListedReservation) bool { return r.Number == number }
}

// reported is a look for a row in the activity report.
func (t *trial) reported(ctx context.Context, want func(proctoru.ActivityRow) bool) look {
	return func() (bool, error) {
		for row, err := range t.client.Reports.Activity(ctx, proctoru.ActivityParams{StudentID: t.person.ID}) {
			if err != nil {
				return false, err
			}
			if want(row) {
				return true, nil
			}
		}
		return false, nil
	}
}

func not(l look) look {
	return func() (bool, error) {
		ok, err := l()
		return !ok, err
	}
}

func either(a, b look) look {
	return func() (bool, error) {
		if ok, err := a(); ok && err == nil {
			return true, nil
		}
		return b()
	}
}

func canceled(number proctoru.ReservationNo) func(proctoru.ActivityRow) bool {
	return func(r proctoru.ActivityRow) bool { return r.Number == number && r.Canceled() }
}

// seenListed waits until the list shows the number at the start, and keeps the lag.
func (t *trial) seenListed(ctx context.Context, number proctoru.ReservationNo, start time.Time) error {
	lag, err := t.until(ctx, t.clock.Now(), t.wait, t.lists(ctx, "", standsAt(number, start)))
	if err == nil {
		t.lag(askListLag, lag)
	}
	return err
}

// gone waits until the number is gone: no longer listed, or canceled in the report.
func (t *trial) gone(ctx context.Context, number proctoru.ReservationNo) (bool, error) {
	_, err := t.until(ctx, t.clock.Now(), t.enough(),
		either(not(t.lists(ctx, "", ofNumber(number))), t.reported(ctx, canceled(number))))
	if errors.Is(err, errNotSeen) {
		return false, nil
	}
	return err == nil, err
}

// whole rounds a lag up to seconds, for people.
func whole(d time.Duration) string { return roundUp(d, time.Second).String() }

func roundUp(d, step time.Duration) time.Duration { return (d + step - 1) / step * step }

// words joins what is not empty.
func words(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "; ")
}
