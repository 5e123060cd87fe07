package provider

import (
	"context"
	"errors"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/internal/days"
)

// Slots lists the free slots of a day. The account knows the days of Windows zones, and
// some zones, such as Antarctica/Casey, have no Windows zone with their own clock: for
// these it asks for each of the account's days that the learner's day touches, which
// are two at most. Endpoint: GET /getScheduleInfoAvailableTimesList.
func (p ProctorU) Slots(ctx context.Context, day Day) ([]Offer, error) {
	id, err := proctoru.ZoneName(day.Zone.String())
	if err != nil {
		return nil, &proctorbook.ValidationError{
			Op: "provider: Slots", Fields: []proctorbook.FieldError{{Field: "Profile.Zone", Problem: "is not known to the provider"}}, Cause: err,
		}
	}
	theirs, err := proctoru.Location(id)
	if err != nil {
		theirs = day.Zone // this machine has no data of it: nearly all zones have the clock of their Windows zone
	}
	var offers []Offer
	end := days.Next(day.From.In(day.Zone))
	for from := day.From; from.Before(end); from = days.Next(from.In(theirs)) {
		some, err := p.slotsFrom(ctx, id, from, day)
		if err != nil {
			return nil, err
		}
		offers = append(offers, some...)
	}
	return offers, nil
}

// slotsFrom lists the free slots of the rest of a day of the Windows zone.
func (p ProctorU) slotsFrom(ctx context.Context, zoneID string, from time.Time, day Day) ([]Offer, error) {
	free, err := p.Client.Slots.List(ctx, proctoru.SlotsParams{
		ZoneID: zoneID, Start: from, Duration: day.Duration, Number: day.Number, TakeItNow: day.OnDemand,
	})
	if errors.Is(err, proctoru.ErrNoList) { // some accounts may say "none" so, and that no slot is offered proves nothing
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	offers := make([]Offer, len(free))
	for i, o := range free {
		offers[i] = Offer{Start: o.Start, Fee: o.Fee, PremiumFee: o.PremiumFee, DiscountFee: o.DiscountFee}
	}
	return offers, nil
}
