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

// errStuck means that a person should look at events.
var errStuck = errors.New("scheduling: the consumer fails on events again and again: HeldEvents lists them, its log says why; mend that, or call SkipEvent")

// checkConsumers looks at each consumer, if there are any: whether the store knows its cursor, and whether
// events are stuck.
func (s *Scheduler) checkConsumers(ctx context.Context) []preflight.Check {
	keeper, ok := s.store.(ConsumerKeeper)
	if !ok {
		return nil
	}
	all, err := keeper.Consumers(ctx)
	if err != nil {
		return []preflight.Check{{Code: preflight.CodeConsumer, Verdict: preflight.VerdictSkipped, Err: fmt.Errorf("scheduling: Preflight: %w", err)}}
	}
	var checks []preflight.Check
	for _, c := range all {
		checks = append(checks, s.checkConsumer(ctx, keeper, c))
	}
	return checks
}

// checkConsumer looks at one consumer.
func (s *Scheduler) checkConsumer(ctx context.Context, keeper ConsumerKeeper, c Consumer) preflight.Check {
	check := preflight.Check{Code: preflight.CodeConsumer, Verdict: preflight.VerdictOK, Data: map[string]string{"consumer": shown.ID(c.Name)}}
	n, err := keeper.CountHeld(ctx, c.Name)
	if err == nil {
		check.Data["held"], check.Data["stuck"] = strconv.Itoa(n.Held), strconv.Itoa(n.Stuck)
		if !n.Oldest.IsZero() {
			check.Data["oldest"] = n.Oldest.UTC().Format(time.RFC3339)
		}
		_, err = s.store.Events(ctx, EventQuery{After: c.Cursor, Limit: 1})
	}
	_, readable := unreadable(err)
	switch {
	case errors.Is(err, ErrUnknownCursor):
		check.Verdict, check.Err = preflight.VerdictWarning, fmt.Errorf("scheduling: the consumer stands still, call ResetConsumer: %w", err)
	case !readable:
		check.Verdict, check.Err = preflight.VerdictSkipped, fmt.Errorf("scheduling: Preflight: %w", err)
	case n.Stuck > 0:
		check.Verdict, check.Err = preflight.VerdictWarning, errStuck
		check.Data["bookings"] = s.stuckBookings(ctx, c.Name)
	}
	return check
}

// stuckNamed is how many bookings are named whose event is stuck.
const stuckNamed = 3

// stuckBookings returns the ids of some bookings whose event is stuck.
func (s *Scheduler) stuckBookings(ctx context.Context, name string) string {
	var ids []string
	for h, err := range s.HeldEvents(ctx, name) {
		if err != nil || len(ids) == stuckNamed {
			break
		}
		if h.Stuck() {
			ids = append(ids, shown.ID(h.Booking))
		}
	}
	return strings.Join(ids, ", ")
}
