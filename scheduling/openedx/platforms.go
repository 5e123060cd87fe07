package openedx

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// LMS is one Open edX platform.
type LMS struct {
	// ID is that of its backend.Platform, the same text: backend.NewHandler refuses another.
	ID backend.PlatformID
	// Client calls it back. Its user must be global staff, or may else not read accounts;
	// see [Provider.Preflight] for what it must be allowed besides.
	Client *edx.Client
	// BareIDs gives the platform's learners the ids and names that platform.OpenEdX gives
	// them, so that a service that has booked for the platform without this package goes on
	// with the same learners. At most one platform may have it. The others' learners have
	// the ID in front: north-4211, north/ada_l.
	BareIDs bool
	// NoAllowances asks the platform for no extra time, as platform.OpenEdX does: what it
	// says when it registers an attempt counts all the same.
	NoAllowances bool
}

// lms is an LMS with its adapter.
type lms struct {
	LMS
	adapter platform.OpenEdX
}

// learnerID is the id, on all platforms, of the account with an id of this one.
func (l lms) learnerID(account string) string {
	if l.BareIDs || account == "" {
		return account
	}
	return string(l.ID) + "-" + account
}

// named is the name, on all platforms, of the learner with a user name of this one.
func (l lms) named(username string) string {
	if l.BareIDs || username == "" {
		return username
	}
	return string(l.ID) + "/" + username
}

// Platforms are the Open edX platforms as a Scheduler sees them: one
// [platform.Platform], in which learners of two platforms are two learners, even if they
// have the same number and name there.
//
// That a platform has registered an attempt shows that the learner may sit the exam: such
// a learner is enrolled, whatever a list of enrollments says, and may book while the
// platform is down. The longer extra time counts: of that which was registered, and of
// that which the platform grants now, if it can be asked.
type Platforms struct {
	store Store
	log   *slog.Logger
	all   []lms
}

var (
	_ platform.Platform        = (*Platforms)(nil)
	_ platform.AllowanceKeeper = (*Platforms)(nil)
	_ platform.Checker         = (*Platforms)(nil)
	_ platform.Eraser          = (*Platforms)(nil)
)

// NewPlatforms returns the platforms, for scheduling.New and for [New]. log hears of a
// platform that can't be asked for extra time; nil is nobody.
func NewPlatforms(store Store, log *slog.Logger, all ...LMS) (*Platforms, error) {
	if store == nil || len(all) == 0 {
		return nil, errors.New("openedx: NewPlatforms: no store, or no platform")
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := &Platforms{store: store, log: log}
	seen, bare := map[backend.PlatformID]bool{}, 0
	for _, l := range all {
		if l.Client == nil || !l.ID.Valid() || seen[l.ID] {
			return nil, errors.New("openedx: NewPlatforms: each platform needs a Client, and an ID of its own of 1 to 255 letters, digits, - and _")
		}
		seen[l.ID] = true
		if l.BareIDs {
			bare++
		}
		p.all = append(p.all, lms{l, platform.OpenEdX{Client: l.Client, NoAllowances: l.NoAllowances}})
	}
	if bare > 1 {
		return nil, errors.New("openedx: NewPlatforms: two platforms have BareIDs, so that their learners would be the same")
	}
	return p, nil
}

// Format prints no more than the type, for every verb.
func (p Platforms) Format(f fmt.State, _ rune) { fmt.Fprint(f, "openedx.Platforms") }

// of returns the platform with that id.
func (p *Platforms) of(id backend.PlatformID) (lms, bool) {
	for _, l := range p.all {
		if l.ID == id {
			return l, true
		}
	}
	return lms{}, false
}

// self is how New finds the Platforms in a type that embeds them.
func (p *Platforms) self() *Platforms { return p }

// whose returns the platform and the user name there of a learner's name.
func (p *Platforms) whose(name string) (l lms, username string, ok bool) {
	prefix, rest, prefixed := strings.Cut(name, "/")
	for _, l := range p.all {
		switch {
		case l.BareIDs && !prefixed:
			return l, name, true
		case !l.BareIDs && prefixed && string(l.ID) == prefix:
			return l, rest, true
		}
	}
	return lms{}, "", false
}

// errNoPlatform is about a name of none of the platforms. There is no such account.
var errNoPlatform error = &edx.Error{Op: "openedx", Reason: edx.ErrNotFound}

// Account implements [platform.Platform].
func (p *Platforms) Account(ctx context.Context, name string) (platform.Account, error) {
	l, username, ok := p.whose(name)
	if !ok {
		return platform.Account{}, errNoPlatform
	}
	a, err := l.adapter.Account(ctx, username)
	if err != nil {
		return platform.Account{}, err
	}
	a.ID, a.Username = l.learnerID(a.ID), l.named(a.Username)
	return a, nil
}

// Enrollment implements [platform.Platform]. A learner with an attempt in the course is
// enrolled as edx.Verified, and the platform is not asked.
func (p *Platforms) Enrollment(ctx context.Context, name string, course edx.CourseKey) (platform.Enrollment, error) {
	l, username, ok := p.whose(name)
	if !ok {
		return platform.Enrollment{}, &edx.Error{Op: "openedx", Reason: edx.ErrNotEnrolled}
	}
	if registered, err := p.registered(ctx, l.ID, username, course); err != nil || registered {
		return platform.Enrollment{Username: name, Active: true, Mode: edx.Verified}, err
	}
	e, err := l.adapter.Enrollment(ctx, username, course)
	e.Username = name
	return e, err
}

// registered reports whether the platform has registered the learner for an exam of the
// course.
func (p *Platforms) registered(ctx context.Context, id backend.PlatformID, username string, course edx.CourseKey) (bool, error) {
	person, err := p.store.PersonNamed(ctx, id, username)
	if errors.Is(err, scheduling.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for a, err := range attempts(ctx, p.store, AttemptQuery{Platform: id, User: person.User}) {
		if err != nil {
			return false, err
		}
		exam, err := p.store.Exam(ctx, a.Exam)
		if err != nil {
			return false, err
		}
		if a.Removed.IsZero() && exam.Course == course {
			return true, nil
		}
	}
	return false, nil
}

// Enrolled implements [platform.Platform]: the learners of all platforms that have the
// course.
func (p *Platforms) Enrolled(ctx context.Context, course edx.CourseKey) iter.Seq2[platform.Enrollment, error] {
	return func(yield func(platform.Enrollment, error) bool) {
		for _, l := range p.all {
			for e, err := range l.adapter.Enrolled(ctx, course) {
				e.Username = l.named(e.Username)
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// ExtraTime implements [platform.AllowanceKeeper]. Of an exam that no platform has saved here
// the platform with [LMS].BareIDs is asked, since its learners may book without an attempt.
func (p *Platforms) ExtraTime(ctx context.Context, course edx.CourseKey, content edx.UsageKey) ([]platform.Grant, error) {
	var all []platform.Grant
	saved := false
	for _, l := range p.all {
		id := backend.NewExamID(l.ID, course, content)
		for a, err := range attempts(ctx, p.store, AttemptQuery{Exam: id, Extended: true}) {
			if err != nil {
				return nil, err
			}
			if a.Learner != "" && a.Removed.IsZero() {
				all = append(all, platform.Grant{AccountID: string(a.Learner), Time: a.Extra})
			}
		}
		_, err := p.store.Exam(ctx, id)
		if errors.Is(err, scheduling.ErrNotFound) {
			continue // an exam of another platform
		}
		if err != nil {
			return nil, err
		}
		saved = true
		now, err := l.adapter.ExtraTime(ctx, course, content)
		if err != nil && !errors.Is(err, platform.ErrNoAllowances) {
			p.log.WarnContext(ctx, "openedx: a platform can't be asked for extra time: what it registered counts", slog.String("platform", string(l.ID)), slog.Any("error", err))
		}
		for _, g := range now {
			g.AccountID, g.Username = l.learnerID(g.AccountID), l.named(g.Username)
			all = append(all, g)
		}
	}
	if i := slices.IndexFunc(p.all, func(l lms) bool { return l.BareIDs }); i >= 0 && !saved {
		return p.all[i].adapter.ExtraTime(ctx, course, content)
	}
	return all, nil
}

// Preflight implements [platform.Checker]: it tries to sign in at each platform.
func (p *Platforms) Preflight(ctx context.Context) []preflight.Check {
	var all []preflight.Check
	for _, l := range p.all {
		for _, c := range l.adapter.Preflight(ctx) {
			c.Data = map[string]string{"platform": string(l.ID)}
			all = append(all, c)
		}
	}
	return all
}

// Erase implements [platform.Eraser]: it removes what [Store].Erase names of whoever is tied
// to the learner with that id. Nobody is retired by it: who comes back by an attempt is
// identified anew.
func (p *Platforms) Erase(ctx context.Context, learner string, at time.Time) error {
	if learner == "" {
		return nil // in a query it would choose all
	}
	found := map[personKey]bool{}
	for _, q := range []AttemptQuery{{Learner: scheduling.LearnerID(learner)}, {Unidentified: true}} { // the latter may be tied by now
		for a, err := range attempts(ctx, p.store, q) {
			if err != nil {
				return err
			}
			found[personKey{a.Platform, a.User}] = true
		}
	}
	for key := range found {
		person, err := p.store.Person(ctx, key.platform, key.user)
		if err != nil && !errors.Is(err, scheduling.ErrNotFound) {
			return err
		}
		if err != nil || person.Learner != scheduling.LearnerID(learner) {
			continue
		}
		// When it went is stored with it: in between, the background might bring it back.
		_, err = changePerson(ctx, p.store, key.platform, key.user, func(x *Person) error {
			if !x.Erased.IsZero() && *x == x.WithoutWords() {
				return errNoChange
			}
			*x = x.WithoutWords()
			x.Erased = at
			return nil
		})
		if err != nil {
			return err
		}
		if err := p.store.Erase(ctx, key.platform, key.user); err != nil {
			return err
		}
	}
	return nil
}

// attemptsPage is how many attempts are read at once.
const attemptsPage = 200

// attempts yields all attempts that the query chooses, in the order of their ids. An
// error is the last thing that it yields.
func attempts(ctx context.Context, store Store, q AttemptQuery) iter.Seq2[Attempt, error] {
	return func(yield func(Attempt, error) bool) {
		q := q // each range begins anew
		for q.Limit = attemptsPage; ; {
			page, err := store.Attempts(ctx, q)
			if err != nil {
				yield(Attempt{}, err)
				return
			}
			for _, a := range page {
				if !yield(a, nil) {
					return
				}
				q.After = a.ID
			}
			if len(page) < q.Limit {
				return
			}
		}
	}
}
