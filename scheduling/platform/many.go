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
	most := MostNames
	if list == nil {
		most = 1
	}
	return func(yield func(Account, error) bool) {
		m := manyAccounts{list: list, one: one, yield: yield}
		for some := range slices.Chunk(usernames, most) {
			if !m.some(ctx, some) {
				return
			}
		}
	}
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

// EnrollmentListerOf returns p as an [EnrollmentLister], if it is one, or is [OpenEdX]
// itself. A type that embeds OpenEdX is none by that alone, as its own Enrollment would
// be passed over.
func EnrollmentListerOf(p Platform) (EnrollmentLister, bool) {
	switch p := p.(type) {
	case OpenEdX:
		return openEdXLister{p}, true
	case *OpenEdX:
		if p == nil {
			return nil, false
		}
		return openEdXLister{*p}, true
	}
	l, ok := p.(EnrollmentLister)
	return l, ok
}

// openEdXLister is an OpenEdX whose lists may be asked for.
type openEdXLister struct{ p OpenEdX }

func (l openEdXLister) Enrollments(ctx context.Context, course edx.CourseKey, usernames []string) ([]Enrollment, error) {
	return l.p.ListEnrollments(ctx, course, usernames)
}

// manyAccounts asks for the accounts of many learners.
type manyAccounts struct {
	list  func(ctx context.Context, names []string) ([]Account, error) // nil if there is none
	one   func(ctx context.Context, name string) (Account, error)
	yield func(Account, error) bool
}

// some asks for some learners at once, and for halves of them if that fails. It reports
// whether the loop wants more.
func (m manyAccounts) some(ctx context.Context, names []string) bool {
	if len(names) == 1 {
		a, err := m.one(ctx, names[0])
		if err != nil {
			a = Account{Username: names[0]}
		}
		return m.yield(a, err)
	}
	all, err := m.list(ctx, names)
	if err == nil {
		return m.found(names, all)
	}
	if ctx.Err() != nil || aboutAll(err) {
		return !slices.ContainsFunc(names, func(name string) bool { return !m.yield(Account{Username: name}, err) })
	}
	parts := [][]string{names[:len(names)/2], names[len(names)/2:]}
	if errors.Is(err, edx.ErrOtherUser) { // this platform does not list who is named
		parts = slices.Collect(slices.Chunk(names, 1))
	}
	return !slices.ContainsFunc(parts, func(part []string) bool { return !m.some(ctx, part) })
}

// found yields what a list has of each name.
func (m manyAccounts) found(names []string, all []Account) bool {
	byName := make(map[string]Account, len(all))
	for _, a := range all {
		byName[a.Username] = a
	}
	for _, name := range names {
		a, ok := byName[name]
		if ok && !m.yield(a, nil) || !ok && !m.yield(Account{Username: name}, errNoAccount) {
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
