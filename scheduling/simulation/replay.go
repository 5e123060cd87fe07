package simulation

import (
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// replay is a booking as its events alone tell it.
type replay struct {
	state   scheduling.State
	number  string
	start   time.Time
	op      scheduling.Op // open; "" for none
	want    time.Time
	attempt int
	wish    scheduling.Op // queued; "" for none
	wishFor time.Time

	presence scheduling.Presence
	verdict  scheduling.Verdict // by the facts
	override scheduling.Verdict // staff's
}

// apply lets one event happen.
func (r *replay) apply(e scheduling.Event) {
	r.state = e.State
	switch e.Type {
	case scheduling.EventAttendance, scheduling.EventAttendanceSet:
		r.presence = e.Presence
	case scheduling.EventVerdict:
		r.verdict = e.Verdict
	case scheduling.EventOverridden, scheduling.EventOverrideWithdrawn:
		r.override = e.Verdict
	case scheduling.EventRequested, scheduling.EventMoveRequested, scheduling.EventCancelRequested:
		r.open(e)
	case scheduling.EventSent:
		if e.Op != "" && e.Attempt > r.attempt {
			r.attempt = e.Attempt
		}
	case scheduling.EventWishQueued, scheduling.EventWishReplaced:
		r.wish, r.wishFor = e.Op, e.Want
	case scheduling.EventWishPromoted:
		r.open(e)
		r.wish, r.wishFor = "", time.Time{}
	case scheduling.EventWishVoid:
		r.wish, r.wishFor = "", time.Time{}
	case scheduling.EventAdopted, scheduling.EventAdoptedOtherStart, scheduling.EventMoved, scheduling.EventMoveRefused,
		scheduling.EventCancelRefused, scheduling.EventResolvedStands:
		r.place(e)
		r.close()
	case scheduling.EventNumberChanged, scheduling.EventMovedByProviderOrLate:
		r.place(e)
	case scheduling.EventRefused, scheduling.EventFailed, scheduling.EventCanceled, scheduling.EventCanceledByProvider,
		scheduling.EventResolvedGone, scheduling.EventResolvedHeld, scheduling.EventNoShow:
		r.close()
	}
}

func (r *replay) open(e scheduling.Event) { r.op, r.want, r.attempt = e.Op, e.Want, e.Attempt }

func (r *replay) close() { r.op, r.want, r.attempt = "", time.Time{}, 0 }

func (r *replay) place(e scheduling.Event) { r.number, r.start = string(e.Number), e.Start }

// of is what the row says in the same words.
func replayOf(b *scheduling.Booking) replay {
	r := replay{
		state: b.State, number: string(b.Number), start: b.Start,
		presence: b.Session.Attendance.Presence, verdict: b.Session.Verdict, override: b.Session.Overridden,
	}
	if i := b.Intent; i != nil {
		r.op, r.want, r.attempt = i.Op, i.Want, i.Attempt
	}
	if w := b.Wish; w != nil {
		r.wish, r.wishFor = w.Op, w.Want
	}
	return r
}

func (r *replay) equal(o *replay) bool {
	return r.state == o.state && r.number == o.number && r.start.Equal(o.start) && r.op == o.op && r.want.Equal(o.want) &&
		r.attempt == o.attempt && r.wish == o.wish && r.wishFor.Equal(o.wishFor) &&
		r.presence == o.presence && r.verdict == o.verdict && r.override == o.override
}

func (r *replay) String() string {
	return fmt.Sprintf("{%s #%s at %s, open %q for %s after %d sends, queued %q for %s, presence %q, verdict %q, staff's %q}", r.state, r.number, clockText(r.start),
		r.op, clockText(r.want), r.attempt, r.wish, clockText(r.wishFor), r.presence, r.verdict, r.override)
}

func clockText(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("02T15:04")
}
