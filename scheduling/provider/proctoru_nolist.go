package provider

import (
	"context"
	"errors"

	"github.com/proctorbook/proctorbook/proctoru"
)

// nothingAhead reports whether the learner's activity report was read, and shows no
// reservation that may be active and ahead. The list of canceled ones can't show that.
// A reservation whose start is not known may be ahead.
func (p ProctorU) nothingAhead(ctx context.Context, learnerID string) bool {
	sessions, err := p.Activity(ctx, learnerID)
	if err != nil {
		return false
	}
	now, ahead, tallies := p.Client.Now(), map[proctoru.ReservationNo]bool{}, map[proctoru.ReservationNo]*Tally{}
	for _, a := range sessions {
		if tallies[a.Number] == nil {
			tallies[a.Number] = &Tally{}
		}
		tallies[a.Number].Add(a)
		ahead[a.Number] = ahead[a.Number] || a.Start.IsZero() || a.Start.After(now)
		if a.Number == "" && !a.Canceled && ahead[""] {
			return false
		}
	}
	for n, t := range tallies {
		if n != "" && ahead[n] && !t.Facts.Canceled {
			return false
		}
	}
	return true
}

// exceptNull takes null for an empty list, if that is how the account writes it.
func (p ProctorU) exceptNull(err error) error {
	if p.EmptyIsNull && errors.Is(err, proctoru.ErrNoList) {
		return nil
	}
	return err
}
