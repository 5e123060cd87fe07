package storetest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// These are the broken stores of defects.

var elsewhere = time.FixedZone("elsewhere", 3600)

// changed changes the records on their way in and out.
type changed struct {
	openedx.Store
	putE, getE func(*openedx.Exam)
	putP, getP func(*openedx.Person)
	putA, getA func(*openedx.Attempt)
	query      func(*openedx.AttemptQuery)
	list       func([]openedx.Attempt, openedx.AttemptQuery) []openedx.Attempt
}

// change is what the first of the functions makes of v, if there is one.
func change[T any](v T, by func(*T)) T {
	if by != nil {
		by(&v)
	}
	return v
}

func (s changed) PutExam(ctx context.Context, e openedx.Exam) (openedx.Exam, error) {
	return s.Store.PutExam(ctx, change(e, s.putE))
}

func (s changed) Exam(ctx context.Context, id backend.ExamID) (openedx.Exam, error) {
	e, err := s.Store.Exam(ctx, id)
	return change(e, s.getE), err
}

func (s changed) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	return s.Store.PutPerson(ctx, change(p, s.putP))
}

func (s changed) Person(ctx context.Context, platform backend.PlatformID, user backend.UserID) (openedx.Person, error) {
	p, err := s.Store.Person(ctx, platform, user)
	return change(p, s.getP), err
}

func (s changed) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	return s.Store.PutAttempt(ctx, change(a, s.putA))
}

func (s changed) Attempt(ctx context.Context, id backend.AttemptID) (openedx.Attempt, error) {
	a, err := s.Store.Attempt(ctx, id)
	return change(a, s.getA), err
}

func (s changed) Attempts(ctx context.Context, q openedx.AttemptQuery) ([]openedx.Attempt, error) {
	all, err := s.Store.Attempts(ctx, change(q, s.query))
	if s.list != nil {
		all = s.list(all, q)
	}
	return all, err
}

func putExam(by func(*openedx.Exam)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, putE: by} }
}

func readExam(by func(*openedx.Exam)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, getE: by} }
}

func putPerson(by func(*openedx.Person)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, putP: by} }
}

func readPerson(by func(*openedx.Person)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, getP: by} }
}

func putAttempt(by func(*openedx.Attempt)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, putA: by} }
}

func readAttempt(by func(*openedx.Attempt)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, getA: by} }
}

func query(by func(*openedx.AttemptQuery)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, query: by} }
}

// sorted brings lists into another order.
func sorted(order func(a, b openedx.Attempt) int) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store {
		return changed{Store: s, list: func(all []openedx.Attempt, _ openedx.AttemptQuery) []openedx.Attempt {
			slices.SortFunc(all, order)
			return all
		}}
	}
}

// readDue takes all attempts for due that the func does not leave out.
func readDue(leaveOut func(openedx.Attempt) bool) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store {
		return changed{Store: s, query: func(q *openedx.AttemptQuery) {
			if !q.DueBy.IsZero() {
				q.DueBy = q.DueBy.AddDate(1, 0, 0)
			}
		}, list: func(all []openedx.Attempt, q openedx.AttemptQuery) []openedx.Attempt {
			return slices.DeleteFunc(all, func(a openedx.Attempt) bool {
				return leaveOut(a) || !q.DueBy.IsZero() && a.DueAt.After(q.DueBy)
			})
		}}
	}
}

// sharedRules hands out the same map each time.
type sharedRules struct {
	openedx.Store
	mu    sync.Mutex
	rules map[string]bool
}

func (s *sharedRules) Exam(ctx context.Context, id backend.ExamID) (openedx.Exam, error) {
	e, err := s.Store.Exam(ctx, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rules == nil {
		s.rules = e.Rules
	}
	if e.Rules != nil {
		e.Rules = s.rules
	}
	return e, err
}

// sharedBrowsers hands out the same slice each time.
type sharedBrowsers struct {
	openedx.Store
	mu       sync.Mutex
	browsers []openedx.Browser
}

func (s *sharedBrowsers) Attempt(ctx context.Context, id backend.AttemptID) (openedx.Attempt, error) {
	a, err := s.Store.Attempt(ctx, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.browsers == nil {
		s.browsers = a.Browsers
	}
	if a.Browsers != nil {
		a.Browsers = s.browsers
	}
	return a, err
}

// givenVersion returns the version that it was given.
type givenVersion struct{ openedx.Store }

func (s givenVersion) PutExam(ctx context.Context, e openedx.Exam) (openedx.Exam, error) {
	stored, err := s.Store.PutExam(ctx, e)
	stored.Version = e.Version
	return stored, err
}

// examsOf lists the exams of another platform as well.
type examsOf struct {
	openedx.Store
	other backend.PlatformID
}

func (s examsOf) Exams(ctx context.Context, platform backend.PlatformID, after backend.ExamID, limit int) ([]openedx.Exam, error) {
	all, err := s.Store.Exams(ctx, platform, after, limit)
	more, err2 := s.Store.Exams(ctx, s.other, after, limit)
	all = append(all, more...)
	slices.SortFunc(all, func(a, b openedx.Exam) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return all[:min(limit, len(all))], errors.Join(err, err2)
}

// backwards lists exams in the wrong order.
type backwards struct{ openedx.Store }

func (s backwards) Exams(ctx context.Context, platform backend.PlatformID, after backend.ExamID, limit int) ([]openedx.Exam, error) {
	all, err := s.Store.Exams(ctx, platform, after, limit)
	slices.Reverse(all)
	return all, err
}

// again lists exams from the first one on.
type again struct{ openedx.Store }

func (s again) Exams(ctx context.Context, platform backend.PlatformID, _ backend.ExamID, limit int) ([]openedx.Exam, error) {
	return s.Store.Exams(ctx, platform, "", limit)
}

// noLimit lists all exams.
type noLimit struct{ openedx.Store }

func (s noLimit) Exams(ctx context.Context, platform backend.PlatformID, after backend.ExamID, _ int) ([]openedx.Exam, error) {
	return s.Store.Exams(ctx, platform, after, 1000)
}

// exact returns an instant as it was put.
type exact struct {
	openedx.Store
	mu     sync.Mutex
	erased time.Time
}

func (s *exact) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erased = p.Erased.UTC()
	return s.Store.PutPerson(ctx, p)
}

func (s *exact) Person(ctx context.Context, platform backend.PlatformID, user backend.UserID) (openedx.Person, error) {
	p, err := s.Store.Person(ctx, platform, user)
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Erased = s.erased
	return p, err
}

// onePlatform tells persons apart by their ids alone.
type onePlatform struct{ openedx.Store }

func (s onePlatform) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	platform := p.Platform
	p.Platform = "a"
	old, _ := s.Store.Person(ctx, p.Platform, p.User)
	p.Version = old.Version
	p, err := s.Store.PutPerson(ctx, p)
	p.Platform = platform
	return p, err
}

func (s onePlatform) Person(ctx context.Context, platform backend.PlatformID, user backend.UserID) (openedx.Person, error) {
	p, err := s.Store.Person(ctx, "a", user)
	p.Platform = platform
	return p, err
}

// anyCase finds names in any case.
type anyCase struct{ openedx.Store }

func (s anyCase) PersonNamed(ctx context.Context, platform backend.PlatformID, name string) (openedx.Person, error) {
	return s.Store.PersonNamed(ctx, platform, strings.ToLower(name))
}

// firstNamed goes on finding whom it found once.
type firstNamed struct {
	openedx.Store
	mu    sync.Mutex
	found map[string]openedx.Person
}

func (s *firstNamed) PersonNamed(ctx context.Context, platform backend.PlatformID, name string) (openedx.Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.found[name]; ok && p.Platform == platform {
		return p, nil
	}
	p, err := s.Store.PersonNamed(ctx, platform, name)
	if err == nil {
		s.found[name] = p
	}
	return p, err
}

// anyPlatform finds names of platform b on all.
type anyPlatform struct{ openedx.Store }

func (s anyPlatform) PersonNamed(ctx context.Context, platform backend.PlatformID, name string) (openedx.Person, error) {
	p, err := s.Store.PersonNamed(ctx, platform, name)
	if errors.Is(err, scheduling.ErrNotFound) {
		return s.Store.PersonNamed(ctx, "b", name)
	}
	return p, err
}

// anyVersion takes any version of one kind of record.
type anyVersion struct {
	openedx.Store
	kind string
}

func (s anyVersion) PutExam(ctx context.Context, e openedx.Exam) (openedx.Exam, error) {
	if old, err := s.Exam(ctx, e.ID); s.kind == "exam" && err == nil {
		e.Version = old.Version
	}
	return s.Store.PutExam(ctx, e)
}

func (s anyVersion) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	if old, err := s.Person(ctx, p.Platform, p.User); s.kind == "person" && err == nil {
		p.Version = old.Version
	}
	return s.Store.PutPerson(ctx, p)
}

func (s anyVersion) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	if old, err := s.Attempt(ctx, a.ID); s.kind == "attempt" && err == nil {
		a.Version = old.Version
	}
	return s.Store.PutAttempt(ctx, a)
}

// noError returns an empty record where there is none.
type noError struct{ openedx.Store }

func (s noError) Attempt(ctx context.Context, id backend.AttemptID) (openedx.Attempt, error) {
	a, err := s.Store.Attempt(ctx, id)
	if errors.Is(err, scheduling.ErrNotFound) {
		err = nil
	}
	return a, err
}

// strict erases known learners alone.
type strict struct{ openedx.Store }

func (s strict) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	if _, err := s.Person(ctx, platform, user); err != nil {
		return err
	}
	return s.Store.Erase(ctx, platform, user)
}

// twoOpen stores an attempt beside one that is open.
type twoOpen struct{ openedx.Store }

func (s twoOpen) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	stored, err := s.Store.PutAttempt(ctx, a)
	if !errors.Is(err, openedx.ErrOpenAttempt) {
		return stored, err
	}
	others, err := s.Attempts(ctx, openedx.AttemptQuery{Exam: a.Exam, User: a.User, Limit: 100})
	for _, other := range others {
		if other.Open() && err == nil { // hide it for a moment
			other.Removed = time.Unix(1, 0)
			_, err = s.Store.PutAttempt(ctx, other)
		}
	}
	if err != nil {
		return stored, err
	}
	return s.Store.PutAttempt(ctx, a)
}

// openAgain looks for another open attempt only when one is made.
type openAgain struct{ openedx.Store }

func (s openAgain) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	if a.Version > 0 {
		return twoOpen(s).PutAttempt(ctx, a)
	}
	return s.Store.PutAttempt(ctx, a)
}

// oneExam lets a learner have one open attempt at all exams together.
type oneExam struct{ openedx.Store }

func (s oneExam) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	others, err := s.Attempts(ctx, openedx.AttemptQuery{Platform: a.Platform, User: a.User, Limit: 100})
	if err != nil {
		return a, err
	}
	for _, other := range others {
		if other.Open() && a.Open() && other.ID != a.ID {
			return openedx.Attempt{}, openedx.ErrOpenAttempt
		}
	}
	return s.Store.PutAttempt(ctx, a)
}

// slow looks for open attempts, and writes when that may have changed.
type slow struct{ twoOpen }

func (s slow) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	others, err := s.Attempts(ctx, openedx.AttemptQuery{Exam: a.Exam, User: a.User, Limit: 100})
	if err != nil {
		return a, err
	}
	for _, other := range others {
		if other.Open() && a.Open() && other.ID != a.ID {
			return openedx.Attempt{}, openedx.ErrOpenAttempt
		}
	}
	time.Sleep(10 * time.Millisecond)
	return s.twoOpen.PutAttempt(ctx, a)
}

// nameErased leaves all but the name.
type nameErased struct{ openedx.Store }

func (s nameErased) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	p, err := s.Person(ctx, platform, user)
	if err != nil {
		return nil
	}
	p.FullName = ""
	_, err = s.PutPerson(ctx, p)
	return err
}

// personErased leaves the attempts as they are.
type personErased struct{ openedx.Store }

func (s personErased) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	p, err := s.Person(ctx, platform, user)
	if err == nil && p != p.WithoutWords() {
		_, err = s.PutPerson(ctx, p.WithoutWords())
	}
	return err
}

// erases changes attempts after an Erase, which should not.
type erases struct {
	openedx.Store
	by       func(*openedx.Attempt)
	namesake bool // of all platforms' users with that id
}

func afterErase(by func(*openedx.Attempt), namesake bool) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return erases{s, by, namesake} }
}

func (s erases) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	if err := s.Store.Erase(ctx, platform, user); err != nil {
		return err
	}
	all, err := s.Attempts(ctx, openedx.AttemptQuery{Limit: 100})
	for _, a := range all {
		if err == nil && a.User == user && (a.Platform == platform) != s.namesake {
			_, err = s.PutAttempt(ctx, change(a, s.by))
		}
	}
	return err
}

// sameVersion gives a record that it erased the version that it had.
type sameVersion struct {
	openedx.Store
	more map[string]int64
}

func (s sameVersion) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	s.more[string(user)]++
	return s.Store.Erase(ctx, platform, user)
}

func (s sameVersion) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	p.Version += s.more[string(p.User)]
	return s.Store.PutPerson(ctx, p)
}

func (s sameVersion) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	a.Version += s.more[string(a.User)]
	return s.Store.PutAttempt(ctx, a)
}

// deaf goes on with one method when the caller has left.
type deaf struct {
	openedx.Store
	method string
}

func deafTo(method string) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return deaf{s, method} }
}

func (s deaf) in(ctx context.Context, method string) context.Context {
	if method == s.method {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// left tells a caller who has left so, after all is done.
func left[T any](ctx context.Context, v T, err error) (T, error) {
	return v, errors.Join(err, ctx.Err())
}

func (s deaf) PutExam(ctx context.Context, e openedx.Exam) (openedx.Exam, error) {
	e, err := s.Store.PutExam(s.in(ctx, "PutExam"), e)
	return left(ctx, e, err)
}

func (s deaf) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	p, err := s.Store.PutPerson(s.in(ctx, "PutPerson"), p)
	return left(ctx, p, err)
}

func (s deaf) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	a, err := s.Store.PutAttempt(s.in(ctx, "PutAttempt"), a)
	return left(ctx, a, err)
}

func (s deaf) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	return errors.Join(s.Store.Erase(s.in(ctx, "Erase"), platform, user), ctx.Err())
}
