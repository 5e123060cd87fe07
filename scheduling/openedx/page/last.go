package page

import (
	"context"
	"errors"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// This file says what became of a booking without the learner's doing, or in spite of it:
// nobody else may tell them.

// ended says how the booking ended, and why; "" for one that has not, or was sat.
func ended(b scheduling.Booking, zone *time.Location) string {
	of := ""
	if !b.Start.IsZero() {
		of = " of " + b.Start.In(zone).Format(dayAndTime)
	}
	switch b.State {
	case scheduling.StateCanceled:
		return because("Your booking"+of+" was canceled.", b.EndReason)
	case scheduling.StateFailed:
		return because("Your booking"+of+" was not made.", b.EndReason)
	case scheduling.StateVoid:
		return because("Your sitting"+of+" does not count.", b.EndReason)
	case scheduling.StateNoShow:
		return "You did not come to your sitting" + of + "."
	}
	return ""
}

// because adds the reason, if there is one.
func because(text string, code scheduling.ReasonCode) string {
	if code == "" {
		return text
	}
	return text + " " + sentences([]scheduling.Reason{{Code: code}})[0]
}

// moved says that the provider has the booking at another start than the learner's last
// one; "" if it has not.
func (v *visit) moved(ctx context.Context, b scheduling.Booking, zone *time.Location) (string, error) {
	var last scheduling.Event
	for e, err := range v.scheduler.Events(ctx, scheduling.EventQuery{Booking: b.ID}) {
		if _, unreadable := errors.AsType[*scheduling.UnreadableError](err); unreadable {
			continue
		}
		if err != nil {
			return "", err
		}
		if !e.OldStart.IsZero() && !e.Start.IsZero() && !e.OldStart.Equal(e.Start) {
			last = e
		}
	}
	if last.Type != scheduling.EventMovedByProviderOrLate || !last.Start.Equal(b.Start) {
		return "", nil
	}
	return "The proctoring service has your sitting at another time than before, which was " + last.OldStart.In(zone).Format(dayAndTime) + ".", nil
}
