package platform

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/proctorbook/proctorbook/edx"
)

// MostNames is how many learners a platform is asked for in one call.
const MostNames = 100

// AccountLister is a [Platform] that gives the accounts of many learners in one call.
type AccountLister interface {
	// Accounts returns the accounts of up to MostNames learners, in any order; the Zone
	// may be missing. It leaves out learners that there are not, or that the client may
	// not see. An error is about all of them.
	Accounts(ctx context.Context, usernames []string) ([]Account, error)
}

// EnrollmentLister is a [Platform] that gives the enrollments of many learners in one
// call.
type EnrollmentLister interface {
	// Enrollments returns the enrollments of up to MostNames learners in the course, in
	// any order, those that are no longer active included. It leaves out learners who
	// have none. An error is about all of them.
	Enrollments(ctx context.Context, course edx.CourseKey, usernames []string) ([]Enrollment, error)
}

// Accounts yields the accounts of the learners, in the order of the user names. An
// [AccountLister], and [OpenEdX] itself, are asked for MostNames of them a call; their
// accounts may have no Zone. Other platforms are asked for one after another.
//
// An error is about one learner, of whom the account beside it has the Username alone:
// it is edx.ErrNotFound if there is no such account, or the platform's error. If a call
// for many fails, its learners are asked for again by halves and at last one by one,
// so that an account that breaks the platform hides no other. Where the error can't be
// about single learners, as when the platform refuses the client, they all have it.
// Nothing ends the sequence but its loop: leave it when ctx has ended, and when so many
// fail in a row that the platform must be down.
func Accounts(ctx context.Context, p Platform, usernames []string) iter.Seq2[Account, error] {
	return accounts(ctx, accountLister(p), p.Account, usernames)
}

// errNoAccount is about a learner whom a list leaves out. It is an edx.ErrNotFound, too.
var errNoAccount error = &edx.Error{Op: "Accounts.List", Reason: edx.ErrUserUnknown}

func accounts(ctx context.Context, list func(context.Context, []string) ([]Account, error), one func(context.Context, string) (Account, error), usernames []string) iter.Seq2[Account, error] {
	return many[Account]{
		list: list, one: one, missing: errNoAccount,
		named: func(name string) Account { return Account{Username: name} }, nameOf: func(a Account) string { return a.Username },
	}.each(ctx, usernames)
}

// Enrollments yields the enrollments of the learners in the course, as [Accounts] does
// the accounts. The error of a learner who has none is edx.ErrNotEnrolled.
func Enrollments(ctx context.Context, p Platform, course edx.CourseKey, usernames []string) iter.Seq2[Enrollment, error] {
	m := many[Enrollment]{
		one:     func(ctx context.Context, name string) (Enrollment, error) { return p.Enrollment(ctx, name, course) },
		missing: edx.ErrNotEnrolled,
		named:   func(name string) Enrollment { return Enrollment{Username: name} }, nameOf: func(e Enrollment) string { return e.Username },
	}
	if list := enrollmentLister(p); list != nil {
		m.list = func(ctx context.Context, names []string) ([]Enrollment, error) { return list(ctx, course, names) }
	}
	return m.each(ctx, usernames)
}

// accountLister returns how p gives many accounts at once, or nil. A type that embeds
// OpenEdX may have an Account of its own: to go past it would not be what its author
// wants, so that such a type must have its own Accounts, too.
func accountLister(p Platform) func(context.Context, []string) ([]Account, error) {
	switch p := p.(type) {
	case OpenEdX:
		return p.ListAccounts
	case *OpenEdX:
		return p.ListAccounts
	case AccountLister:
		return p.Accounts
	}
	return nil
}

// enrollmentLister does the same for enrollments.
func enrollmentLister(p Platform) func(context.Context, edx.CourseKey, []string) ([]Enrollment, error) {
	switch p := p.(type) {
	case OpenEdX:
		return p.ListEnrollments
	case *OpenEdX:
		return p.ListEnrollments
	case EnrollmentLister:
		return p.Enrollments
	}
	return nil
}

// ListsEnrollments reports whether [Enrollments] asks p for many learners in one call.
func ListsEnrollments(p Platform) bool { return enrollmentLister(p) != nil }

// many asks for what a platform has of many learners.
type many[T any] struct {
	list    func(ctx context.Context, names []string) ([]T, error) // nil if there is none
	one     func(ctx context.Context, name string) (T, error)
	named   func(name string) T // what stands beside an error
	nameOf  func(T) string
	missing error // of a learner who is left out
}

func (m many[T]) each(ctx context.Context, names []string) iter.Seq2[T, error] {
	most := MostNames
	if m.list == nil {
		most = 1
	}
	return func(yield func(T, error) bool) {
		for some := range slices.Chunk(names, most) {
			if !m.some(ctx, some, yield) {
				return
			}
		}
	}
}

// some asks for some learners at once, and for halves of them if that fails. It reports
// whether the loop wants more.
func (m many[T]) some(ctx context.Context, names []string, yield func(T, error) bool) bool {
	if len(names) == 1 {
		v, err := m.one(ctx, names[0])
		if err != nil {
			v = m.named(names[0])
		}
		return yield(v, err)
	}
	all, err := m.list(ctx, names)
	switch {
	case err != nil && (ctx.Err() != nil || aboutAll(err)):
		return !slices.ContainsFunc(names, func(name string) bool { return !yield(m.named(name), err) })
	case err != nil:
		parts := [][]string{names[:len(names)/2], names[len(names)/2:]}
		if errors.Is(err, edx.ErrOtherUser) { // this platform does not list who is named
			parts = slices.Collect(slices.Chunk(names, 1))
		}
		return !slices.ContainsFunc(parts, func(part []string) bool { return !m.some(ctx, part, yield) })
	}
	found := make(map[string]T, len(all))
	for _, v := range all {
		found[m.nameOf(v)] = v
	}
	for _, name := range names {
		v, ok := found[name]
		if ok && !yield(v, nil) || !ok && !yield(m.named(name), m.missing) {
			return false
		}
	}
	return true
}

// aboutAll reports whether the error is about the client, and would be the same for
// every learner: to ask again would do harm.
func aboutAll(err error) bool {
	return errors.Is(err, ErrNoAccountID) || errors.Is(err, edx.ErrSignIn) || errors.Is(err, edx.ErrUnauthorized) || errors.Is(err, edx.ErrThrottled)
}
