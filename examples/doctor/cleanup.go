package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// cleanUp cancels what the trial has made, as far as it knows and as the list
// shows. It works on after an interruption. It returns the numbers of sessions
// that were begun and can't be canceled: those end by themselves.
func (t *trial) cleanUp(ctx context.Context) (left []proctoru.ReservationNo, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.enough()+5*time.Minute)
	defer cancel()
	listed, err := t.takeListed(ctx)
	for _, number := range slices.SortedFunc(maps.Keys(t.held), proctoru.ReservationNo.Compare) {
		if !t.held[number] {
			continue
		}
		removeErr := t.removeSurely(ctx, number)
		switch {
		case !t.held[number]:
		case t.begun[number] && refused(removeErr):
			left = append(left, number)
		case err == nil && !listed[number] && errors.Is(removeErr, proctoru.ErrReservationNotFound):
			t.held[number] = false // it was removed, and the answer lost
		default:
			err = errors.Join(err, fmt.Errorf("reservation %s could not be canceled, do it by hand: %w", number, removeErr))
		}
	}
	return left, err
}

// takeListed takes what the list shows under the trial's ids for its own. A
// write without an answer may show only later, which is why it waits.
func (t *trial) takeListed(ctx context.Context) (listed map[proctoru.ReservationNo]bool, err error) {
	if !t.doubt.IsZero() {
		if err := t.clock.Sleep(ctx, t.doubt.Add(t.enough()).Sub(t.clock.Now())); err != nil {
			return nil, err
		}
	}
	rows, err := t.listed(ctx, "")
	if t.is(askEmptyList, "no_list") && errors.Is(err, proctoru.ErrNoList) {
		return nil, nil // that is how this provider writes an empty list
	}
	if err != nil {
		return nil, fmt.Errorf("the list could not be read: look for reservations whose id begins with %s: %w", t.person.ID, err)
	}
	listed = map[proctoru.ReservationNo]bool{}
	for _, r := range rows {
		listed[r.Number] = true
		if _, known := t.held[r.Number]; slices.Contains(t.ids, r.ID) && !known {
			t.held[r.Number] = true
		}
	}
	return listed, nil
}

// removeSurely repeats a removal whose outcome is unknown, since a second one
// does no harm, and in the end checks that the number is gone.
func (t *trial) removeSurely(ctx context.Context, number proctoru.ReservationNo) error {
	for try := 1; ; try++ {
		err := t.remove(ctx, number)
		if err == nil || refused(err) {
			return err
		}
		if try == 3 {
			if gone, _ := t.gone(ctx, number); gone {
				t.held[number] = false
			}
			return err
		}
		if err := t.clock.Sleep(ctx, 5*time.Second); err != nil {
			return err
		}
	}
}

// leftText returns a text that names what is left.
func leftText(left []proctoru.ReservationNo) string {
	numbers := make([]string, len(left))
	for i, n := range left {
		numbers[i] = string(n)
	}
	return strings.Join(numbers, ", ")
}
