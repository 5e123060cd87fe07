package scheduling

import (
	"context"

	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// unreadable returns the records that err says can't be read, and whether that is all
// that it says.
func unreadable(err error) (bad []*UnreadableError, only bool) {
	switch e := err.(type) {
	case nil:
		return nil, true
	case *UnreadableError:
		return []*UnreadableError{e}, true
	case interface{ Unwrap() []error }:
		parts := e.Unwrap()
		only = len(parts) > 0 // an error that joins none is one of its own
		for _, part := range parts {
			more, alone := unreadable(part)
			bad, only = append(bad, more...), only && alone
		}
		return bad, only
	case interface{ Unwrap() error }:
		if cause := e.Unwrap(); cause != nil {
			return unreadable(cause)
		}
	}
	return nil, false
}

// goesOn reports whether an error of the store is about single records alone, so that a
// loop goes on behind them. It measures them.
func (s *Scheduler) goesOn(ctx context.Context, err error) bool {
	bad, only := unreadable(err)
	for _, e := range bad {
		record := "booking"
		switch {
		case e.Cursor != "":
			record = "event"
		case e.Booking == "":
			record = "learner"
		}
		s.measure(ctx, metrics.Unreadable, 1, record)
	}
	return only
}
