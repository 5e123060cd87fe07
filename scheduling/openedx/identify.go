package openedx

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling"
)

// This file finds out whose attempt it is. The platform registers an obscured id, from
// which nobody else can tell, and beside it a name and an address, which prove nothing.
// What does is a row of the platform's own list of attempts that has our id.

// identify finds the learner of the attempt, and keeps who that is.
func (p *parts) identify(ctx context.Context, x *sitting) error {
	l, known := p.platforms.of(x.attempt.Platform)
	if !known {
		return &troubled{TroubleNoPlatform, true, p.platforms.errStranger(x.attempt.Platform)}
	}
	row, err := p.rowOf(ctx, l, x.exam.Course, x.attempt.ID, x.person.Email)
	if errors.Is(err, edx.ErrNotFound) {
		return &troubled{TroubleNotIdentified, true, err}
	}
	if err != nil {
		return platformTrouble(err)
	}
	person, err := p.tie(ctx, l, x.person, claim{username: row.Learner.Username, account: row.Learner.ID})
	if err != nil {
		return err
	}
	x.person = person
	x.attempt, err = p.change(ctx, x.attempt.ID, func(a *Attempt) error { a.Learner = person.Learner; return nil })
	return err
}

// claim says which account of the platform is a learner's.
type claim struct {
	username string
	account  int64  // the account's number, as far as the platform tells; else 0
	by       string // who of the staff says so; "" for the platform's list of attempts
}

// errOtherAccount means that the account of the name is not the one of the attempt.
var errOtherAccount = errors.New("openedx: the account with the attempt's user name has another number than the attempt's")

// tie reads the account, and keeps that it is the learner's. Only staff tie a learner who
// is tied already, and was not erased since. Who is retired is not read; who is retired
// meanwhile is kept, since what was read has to be erased.
func (p *parts) tie(ctx context.Context, l lms, person Person, c claim) (Person, error) {
	now, err := p.store.Person(ctx, person.Platform, person.User)
	switch {
	case errors.Is(err, scheduling.ErrNotFound):
		return Person{}, backend.ErrNotFound
	case err != nil:
		return Person{}, err
	case !now.Retired.IsZero():
		return Person{}, ErrRetired
	}
	learner, err := p.scheduler.Learner(ctx, l.named(c.username))
	if errors.Is(err, edx.ErrNotFound) {
		return Person{}, &troubled{TroubleNotIdentified, true, err}
	}
	if err != nil {
		return Person{}, platformTrouble(err)
	}
	if c.account != 0 && learner.ID != scheduling.LearnerID(l.learnerID(strconv.FormatInt(c.account, 10))) {
		return Person{}, &troubled{TroubleNotIdentified, true, errOtherAccount}
	}
	person, err = p.changePerson(ctx, person.Platform, person.User, func(x *Person) error {
		switch {
		case x.Version == 0:
			return backend.ErrNotFound
		case x.Learner != "" && (c.by == "" && !x.left() || !x.Retired.IsZero()):
			return errNoChange
		case !x.Retired.IsZero():
			x.Learner, x.Erased = learner.ID, time.Time{}
			return nil
		}
		x.Learner, x.Username, x.TiedAt, x.TiedBy, x.Erased = learner.ID, c.username, p.now(), c.by, time.Time{}
		return nil
	})
	if err == nil && !person.Retired.IsZero() {
		return Person{}, errors.Join(ErrRetired, p.eraseSoon(ctx, person))
	}
	return person, err
}

// eraseSoon has what is personal of a retired learner erased once more.
func (p *parts) eraseSoon(ctx context.Context, person Person) error {
	now := p.now()
	defer p.look()
	return p.each(ctx, person.Platform, person.User, func(a *Attempt) { a.due(now) })
}

// platformTrouble returns the trouble of an error of a platform's client.
func platformTrouble(err error) error {
	refused := errors.Is(err, edx.ErrForbidden) || errors.Is(err, edx.ErrUnauthorized) || errors.Is(err, edx.ErrSignIn)
	if refused {
		return &troubled{TroubleRights, true, err}
	}
	return &troubled{TroublePlatform, true, err}
}

// rowOf returns the platform's own row of an attempt: first among those that the search
// finds, if it is not "", and else among all of the course. It fails with edx.ErrNotFound
// if the attempt is in neither.
func (p *parts) rowOf(ctx context.Context, l lms, course edx.CourseKey, id backend.AttemptID, search string) (edx.Attempt, error) {
	if search != "" {
		for row, err := range rows(ctx, l, course, search) {
			if _, odd := errors.AsType[*proctorbook.ValidationError](err); odd {
				break // an address that can't be searched for
			}
			if err != nil || row.ExternalID == string(id) {
				return row, err
			}
		}
	}
	return p.walks.find(ctx, l, course, id, p.now())
}

// rows yields the platform's attempts in the course, newest first. An error is the last
// thing that it yields.
func rows(ctx context.Context, l lms, course edx.CourseKey, search string) iter.Seq2[edx.Attempt, error] {
	return func(yield func(edx.Attempt, error) bool) {
		for group, err := range l.Client.SpecialExams.AllAttempts(ctx, course, edx.ListAttemptsParams{Search: search}) {
			if err != nil {
				yield(edx.Attempt{}, err)
				return
			}
			for _, row := range append([]edx.Attempt{group.Latest}, group.All...) {
				if row.ExternalID != "" && !yield(row, nil) {
					return
				}
			}
		}
	}
}

// walkAge is how old a walk over the attempts of a course may be: many learners may
// register at once, and what each walk has seen is for all of them.
const walkAge = time.Minute

// walks keeps the last walk over each course.
type walks struct {
	mu      sync.Mutex
	courses map[walkKey]*walk
}

type walkKey struct {
	platform backend.PlatformID
	course   edx.CourseKey
}

// walk is the last walk over a course.
type walk struct {
	turn  chan struct{} // has an entry while one walks: the others wait for what it finds
	at    time.Time
	rows  map[string]edx.Attempt // that it has seen, by our id
	whole bool                   // it went to the end of the list
}

// of returns the walk over the course, and drops those that are old.
func (w *walks) of(key walkKey, now time.Time) *walk {
	w.mu.Lock()
	defer w.mu.Unlock()
	for other, last := range w.courses {
		if other == key {
			continue
		}
		select {
		case last.turn <- struct{}{}:
			if !last.fresh(now) {
				delete(w.courses, other)
			}
			<-last.turn
		default: // somebody walks
		}
	}
	if w.courses[key] == nil {
		w.courses[key] = &walk{turn: make(chan struct{}, 1)}
	}
	return w.courses[key]
}

func (w *walk) fresh(now time.Time) bool {
	return w.rows != nil && !now.Before(w.at) && now.Before(w.at.Add(walkAge))
}

// find returns the row of an attempt from a walk that is not old. Whose it is does not
// change; its status is as of the walk. The list begins with the newest attempts, and may
// be too long to be read to its end: so a walk ends with the row that it looks for.
func (w *walks) find(ctx context.Context, l lms, course edx.CourseKey, id backend.AttemptID, now time.Time) (edx.Attempt, error) {
	last := w.of(walkKey{l.ID, course}, now)
	select {
	case last.turn <- struct{}{}:
		defer func() { <-last.turn }()
	case <-ctx.Done():
		return edx.Attempt{}, context.Cause(ctx)
	}
	if row, found := last.rows[string(id)]; found && last.fresh(now) {
		return row, nil
	}
	if !last.whole || !last.fresh(now) {
		last.at, last.rows, last.whole = now, map[string]edx.Attempt{}, false
		for row, err := range rows(ctx, l, course, "") {
			if err != nil {
				return edx.Attempt{}, err
			}
			if _, later := last.rows[row.ExternalID]; !later {
				last.rows[row.ExternalID] = row
			}
			if row.ExternalID == string(id) {
				return row, nil
			}
		}
		last.whole = true
	}
	return edx.Attempt{}, &edx.Error{Op: "openedx: attempt " + shown.ID(id), Reason: edx.ErrNotFound}
}

// ErrRetired means that the platform has asked to forget the learner.
var ErrRetired = errors.New("openedx: the platform has retired the learner: nothing can be booked any more")

// ErrNotIdentified means that nobody knows yet who the learner of the attempt is. Ask
// them to come back in a minute; if it stays so, staff call [Provider.Tie].
var ErrNotIdentified = errors.New("openedx: the platform has not told yet who the learner is: try again in a minute, or let staff tie the learner by hand")

// Tie says by hand who a learner of a platform is, for one whom the platform's list of
// attempts does not tell. by names who of the staff says so; it is kept until the learner
// is erased. Whoever calls must know it for certain: a name or an address that is the same
// is no proof. A tie that was wrong is replaced, unless the learner it was to has an
// active booking for one of the attempts.
//
// Errors: backend.ErrNotFound if the platform never registered the user, [ErrRetired],
// [ErrTied], an error that is edx.ErrNotFound if there is no such account, errors of the
// platform and the store.
func (p *Provider) Tie(ctx context.Context, platform backend.PlatformID, user backend.UserID, username, by string) (Person, error) {
	l, known := p.platforms.of(platform)
	if !known {
		return Person{}, backend.ErrNotFound
	}
	if by == "" || username == "" {
		return Person{}, errors.New("openedx: Tie: the user name and who says so must be given")
	}
	mine := AttemptQuery{Platform: platform, User: user}
	for a, err := range attempts(ctx, p.store, mine) {
		if err != nil {
			return Person{}, err
		}
		b, err := p.bookingOf(ctx, a)
		if err != nil {
			return Person{}, err
		}
		if b.State.Active() {
			return Person{}, ErrTied
		}
	}
	person, err := p.tie(ctx, l, Person{Platform: platform, User: user}, claim{username: username, by: by})
	if err != nil {
		return Person{}, err
	}
	now := p.now()
	for a, err := range attempts(ctx, p.store, mine) {
		if err != nil {
			return person, err
		}
		if _, err := p.change(ctx, a.ID, func(a *Attempt) error { a.due(now); return nil }); err != nil {
			return person, err
		}
	}
	p.look()
	return person, nil
}

// ErrTied means that the learner has an active booking, which would become somebody else's.
var ErrTied = errors.New("openedx: the learner is tied and has an active booking: cancel it first")

// bookingOf returns the booking of the attempt, the zero Booking if there is none.
func (p *parts) bookingOf(ctx context.Context, a Attempt) (scheduling.Booking, error) {
	if a.Booking == "" {
		return scheduling.Booking{}, nil
	}
	return p.scheduler.Booking(ctx, a.Booking)
}

// Attempts yields the attempts that the query chooses, for staff: those with Troubled, or
// those with Unidentified. Limit is not heeded. An error is the last thing that it yields.
func (p *Provider) Attempts(ctx context.Context, q AttemptQuery) iter.Seq2[Attempt, error] {
	q.DueBy = time.Time{}
	return attempts(ctx, p.store, q)
}

// Person returns what is known of a learner of a platform, or backend.ErrNotFound.
func (p *Provider) Person(ctx context.Context, platform backend.PlatformID, user backend.UserID) (Person, error) {
	x, err := p.store.Person(ctx, platform, user)
	if errors.Is(err, scheduling.ErrNotFound) {
		err = backend.ErrNotFound
	}
	return x, err
}
