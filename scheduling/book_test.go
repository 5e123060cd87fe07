package scheduling_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// A dryRun is a method that changes a booking, and the one that tries it.
type dryRun struct {
	try func(w *world, id scheduling.BookingID, start time.Time) (scheduling.Booking, bool, error)
	do  func(w *world, id scheduling.BookingID, start time.Time) (scheduling.Booking, error)
}

// requestFor is a request that is refused for the start far outside the window.
func requestFor(start time.Time) scheduling.Request {
	if start.Equal(farOut) {
		return scheduling.Request{Reason: strings.Repeat("x", 501)}
	}
	return scheduling.Request{}
}

var farOut = day.AddDate(1, 0, 0)

var dryRuns = map[scheduling.Action]dryRun{
	book: {
		try: func(w *world, _ scheduling.BookingID, start time.Time) (scheduling.Booking, bool, error) {
			return w.TryBook(w.t.Context(), w.exam, w.learner, start)
		},
		do: func(w *world, _ scheduling.BookingID, start time.Time) (scheduling.Booking, error) {
			return w.Book(w.t.Context(), w.exam, w.learner, start)
		},
	},
	reschedule: {
		try: func(w *world, id scheduling.BookingID, start time.Time) (scheduling.Booking, bool, error) {
			return w.TryReschedule(w.t.Context(), id, start)
		},
		do: func(w *world, id scheduling.BookingID, start time.Time) (scheduling.Booking, error) {
			return w.Reschedule(w.t.Context(), id, start)
		},
	},
	cancel: {
		try: func(w *world, id scheduling.BookingID, start time.Time) (scheduling.Booking, bool, error) {
			return w.TryCancel(w.t.Context(), id, requestFor(start))
		},
		do: func(w *world, id scheduling.BookingID, start time.Time) (scheduling.Booking, error) {
			return w.Cancel(w.t.Context(), id, requestFor(start))
		},
	},
}

// In every state, and for starts of every kind, a dry run changes nothing and sends
// nothing, and the real call then does what the dry run said.
func TestDryRunsTellWhatTheRealCallsDo(t *testing.T) {
	seen := map[string]int{}
	for name, at := range standings {
		for action, d := range dryRuns {
			for _, start := range []time.Time{nine, noon, noon.AddDate(0, 0, 1), noon.AddDate(0, 0, 1).Add(time.Millisecond), farOut} {
				t.Run(fmt.Sprint(name, "/", action, "/", start.Format("02T15:04:05.000")), func(t *testing.T) {
					w := newWorld(t, hasty)
					id := at.prepare(w)
					seen[fmt.Sprint(action, " ", d.compare(w, id, start))]++
				})
			}
		}
	}
	for _, action := range []scheduling.Action{book, reschedule, cancel} {
		for _, answer := range []string{"sends", "stands", "pending", "refused"} {
			if key := fmt.Sprint(action, " ", answer); seen[key] == 0 {
				t.Errorf("no case of %q: %v", key, seen)
			}
		}
	}
}

// compare tries, then does, and returns what the dry run said.
func (d dryRun) compare(w *world, id scheduling.BookingID, start time.Time) string {
	w.t.Helper()
	requests, version, before := w.providerRequests(), w.versionOf(id), len(w.asked(id))
	tried, sends, tryErr := d.try(w, id, start)
	if w.providerRequests() != requests || w.versionOf(id) != version {
		w.t.Errorf("the dry run sent %d requests and changed version %d to %d", w.providerRequests()-requests, version, w.versionOf(id))
	}
	done, err := d.do(w, id, start)
	asked := done.ID != id || len(w.asked(id)) > before
	switch open, pending := errors.AsType[*scheduling.PendingError](tryErr); {
	case sends:
		if tryErr != nil || refused(err) || !asked {
			w.t.Errorf("the dry run would send (%v), but the real call returned %v, and has asked: %v", tryErr, err, asked)
		}
		return "sends"
	case tryErr == nil:
		if err != nil || done.Version != version || tried.ID != done.ID || w.providerRequests() != requests {
			w.t.Errorf("the dry run found that it stands already; the real call returned %v, version %d after %d", err, done.Version, version)
		}
		return "stands"
	case pending:
		if refused(err) || asked || tried.ID != done.ID {
			w.t.Errorf("the dry run found it under way; the real call returned %v, and has asked anew: %v", err, asked)
		}
		if still, ok := errors.AsType[*scheduling.PendingError](err); ok && (still.BookingID != open.BookingID || still.Op != open.Op || still.Queued != open.Queued) {
			w.t.Errorf("the dry run found %+v open, the real call %+v", open, still)
		}
		return "pending"
	}
	if err == nil || err.Error() != tryErr.Error() || tried.ID != done.ID || w.providerRequests() != requests || w.versionOf(id) != version {
		w.t.Errorf("the dry run is refused by %v, the real call by %v", tryErr, err)
	}
	return "refused"
}

// asked returns the booking's events by which a person asked for something.
func (w *world) asked(id scheduling.BookingID) []scheduling.EventType {
	w.t.Helper()
	return slices.DeleteFunc(w.events(id), func(e scheduling.EventType) bool {
		return !slices.Contains([]scheduling.EventType{scheduling.EventRequested, scheduling.EventMoveRequested, scheduling.EventCancelRequested,
			scheduling.EventWishQueued, scheduling.EventWishReplaced}, e)
	})
}
