package simulation

import (
	"context"
	"errors"
	"path"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// onItsWay is how long a callback may be on its way, of a process that stands still: as
// long as an attempt is kept from others. What the provider moves meanwhile comes too late.
const onItsWay = 2 * time.Minute

// judgeCallback looks at a callback before it leaves: a platform may only open an exam of
// which the learner's reservation was seen and the right code was typed.
func (w *world) judgeCallback(c *campus, url string) {
	if path.Base(url) != "ready" {
		return
	}
	d, ctx := w.deployments[0], context.Background()
	a, err := w.bridge.store.Attempt(ctx, backend.AttemptID(path.Base(path.Dir(url))))
	if err != nil || a.Platform != c.id {
		w.violate(stateA, "a platform is told of an attempt that it did not register", "")
		return
	}
	e, err := w.bridge.store.Exam(ctx, a.Exam)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, id := range d.ids {
		b, shut := &d.rows[id].row, d.rows[id].shut
		if b.Learner != a.Learner || b.Exam.Course != e.Course || b.Exam.Usage != e.Content || !w.bridge.typed[id] {
			continue
		}
		if b.UnlockedAt.IsZero() && (shut.IsZero() || w.now.Sub(shut) > onItsWay) {
			continue
		}
		if r := w.truth.byNumber[string(b.Number)]; r != nil && r.id == id {
			w.counts.hit("platform", "exam opened")
			return
		}
	}
	w.violate(stateA, "a platform is told to open an exam without a reservation that was seen and the right code", a.Booking)
}

// settleCampuses lets the background work until nothing of the platforms is left to do.
func (w *world) settleCampuses() {
	if len(w.campuses) == 0 || len(w.violations) > 0 {
		return
	}
	w.campusDay(w.dice.stream(decidePlan, 5004))
	for range 12 {
		w.background(1)
		w.advance(9 * time.Minute)
	}
	w.advance(25 * time.Hour) // facts that change without a verdict are looked at once a day
	w.background(1)
	for _, c := range w.campuses {
		for _, n := range c.sitting {
			if s, ok := c.lms.Sitting(n); ok && s.ExternalID != "" {
				w.judgeSittingOf(c, s)
			}
		}
		w.judgeRetired(c)
		w.judgeErased(c)
	}
}

// judgeSittingOf wants a platform to have the last verdict of an attempt, and nothing
// active to be booked for one that is gone.
func (w *world) judgeSittingOf(c *campus, s edxtest.Sitting) {
	a, err := w.bridge.store.Attempt(context.Background(), backend.AttemptID(s.ExternalID))
	if err != nil {
		w.violate(stateA, "a platform has an attempt that is not kept here", "")
		return
	}
	b := scheduling.Booking{}
	if r := w.deployments[0].rows[a.Booking]; r != nil {
		b = r.row
	}
	switch {
	case s.Removed:
		w.counts.hit("platform", "attempt gone")
		return
	case !a.Removed.IsZero(): // the answer was lost: staff saw an error, and the attempt is still there
		w.counts.hit("platform", "removed here alone")
		return
	}
	review, ok := openedx.DefaultReview(openedx.Finding{Attempt: a, Booking: b, Outcome: b.Outcome(), Unlocked: !b.UnlockedAt.IsZero()})
	if !ok || a.Submitted.IsZero() {
		return
	}
	last := ""
	if n := len(s.Reviewed); n > 0 {
		last = s.Reviewed[n-1].Said
	}
	w.counts.hit("platform", "verdict "+string(review.Verdict))
	if len(s.Reviewed) > 1 {
		w.counts.hit("platform", "verdict told again")
	}
	if last != string(review.Verdict) {
		w.violate(stateA, "the platform's verdict is "+last+", the last one is "+string(review.Verdict), a.Booking)
	}
}

// judgeRetired wants nothing personal to be left of a learner whom the platform retired.
func (w *world) judgeRetired(c *campus) {
	ctx := context.Background()
	for i := range 2 {
		if !c.retired[w.learners[i].Username] {
			continue
		}
		person, err := w.bridge.store.PersonNamed(ctx, c.id, w.learners[i].Username)
		if errors.Is(err, scheduling.ErrNotFound) {
			w.counts.hit("platform", "learner erased, or never seen")
			continue
		}
		if err != nil || person.Retired.IsZero() || w.stillBooked(c.learnerID(i)) {
			continue // the platform could not say so, or a person must look first
		}
		w.violate(stateA, "a learner was retired, and is not erased", "")
	}
}

// stillBooked reports whether a booking of the learner is active.
func (w *world) stillBooked(id scheduling.LearnerID) bool {
	d := w.deployments[0]
	for _, x := range d.ids {
		if b := &d.rows[x].row; b.Learner == id && b.State.Active() {
			return true
		}
	}
	return false
}

// judgeErased wants nothing personal to be left where it is said so.
func (w *world) judgeErased(c *campus) {
	ctx, d := context.Background(), w.deployments[0]
	all, err := w.bridge.store.Attempts(ctx, openedx.AttemptQuery{Platform: c.id, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range all {
		person, err := w.bridge.store.Person(ctx, c.id, a.User)
		if err != nil || person.Erased.IsZero() || person.Learner == "" {
			continue
		}
		w.counts.hit("platform", "learner erased")
		if _, err := d.store.Learner(ctx, person.Learner, 0); !errors.Is(err, scheduling.ErrNotFound) {
			w.violate(stateA, "a learner counts as erased, and the record is there", "")
		}
	}
}
