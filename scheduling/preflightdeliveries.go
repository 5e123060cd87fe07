package scheduling

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// Why deliveries are not shown, and what to do.
var (
	errDeliveriesNoJobs = errors.New("the store keeps no jobs: implement JobKeeper")
	errDeliveriesNone   = errors.New("nobody has counted them: call Serve, or RoutineSweep every hour")
	errDeliveriesOld    = errors.New("the last count is too old: let Serve run, or RoutineSweep at least every Tuning.WatchInterval")
)

// checkDeliveries tells whether every change came as a delivery, too, and else why that is
// not shown.
func (s *Scheduler) checkDeliveries(ctx context.Context) preflight.Check {
	c := preflight.Check{Code: preflight.CodeDeliveries, Verdict: preflight.VerdictOK}
	why, now := errDeliveriesNoJobs, s.now()
	if keeper, ok := s.store.(JobKeeper); ok {
		_, status, err := readDeliveries(ctx, keeper)
		if err != nil {
			c.Verdict, c.Err = preflight.VerdictSkipped, fmt.Errorf("scheduling: Preflight: %w", err)
			return c
		}
		c.Data = status.data()
		if s.sweepStands(status, now) {
			c.Data["until"] = s.sweepStandsUntil(status.Swept).UTC().Format(time.RFC3339)
		}
		why = s.whyNoDeliveries(status, now)
		c.Data["shown"] = strconv.FormatBool(why == nil)
	}
	if s.tuning.WatchWithDeliveries > 0 && c.Data != nil {
		c.Data["interval"] = s.tuning.WatchWithDeliveries.String()
	}
	if why != nil && s.tuning.WatchWithDeliveries > 0 {
		c.Verdict, c.Err = preflight.VerdictWarning, fmt.Errorf("scheduling: deliveries are not shown, so bookings are watched every Tuning.WatchInterval: %w", why)
	}
	return c
}

// whyNoDeliveries returns nil if deliveries are shown.
func (s *Scheduler) whyNoDeliveries(d deliveryStatus, now time.Time) error {
	switch {
	case d.Began.IsZero():
		return errDeliveriesNone
	case s.deliveriesShown(d, now):
		return nil
	case d.Shown:
		return errDeliveriesOld
	case d.Missed > 0:
		return fmt.Errorf("of %d bookings with a change in the last day no delivery came within an hour, as of %s: look at the webhook's address, secret and kinds of events, and call Delivered for each event", d.Missed, d.named())
	case d.MissedAt.After(d.Began.Add(-deliveriesDay)):
		return fmt.Errorf("no delivery came of a change at %s: they count as shown again a day later", d.MissedAt.UTC().Format(time.RFC3339))
	}
	return fmt.Errorf("a delivery told of the changes of %d bookings in the last day: it takes %d", d.Told, deliveriesFrom)
}

// named returns the ids of some bookings whose change came without a delivery.
func (d deliveryStatus) named() string {
	var ids []string
	for _, id := range d.Bookings {
		ids = append(ids, shown.ID(id))
	}
	return strings.Join(ids, ", ")
}

// data is what is known of the last count.
func (d deliveryStatus) data() map[string]string {
	data := map[string]string{}
	if d.Began.IsZero() {
		return data
	}
	data["began"] = d.Began.UTC().Format(time.RFC3339)
	data["told"], data["missed"] = strconv.Itoa(d.Told), strconv.Itoa(d.Missed)
	if d.Missed > 0 {
		data["bookings"] = d.named()
	}
	if !d.MissedAt.IsZero() {
		data["missed_at"] = d.MissedAt.UTC().Format(time.RFC3339)
	}
	return data
}
