package platform

import (
	"context"
	"errors"
	"slices"

	"github.com/proctorbook/proctorbook/edx"
)

// ListAccounts reads the accounts of up to MostNames learners, without their zones, and
// leaves out those whom the platform does not know. It fails with [ErrNoAccountID] if
// the client may not see an account's id. [Accounts] calls it; a type that embeds
// OpenEdX, and whose Account is OpenEdX's own, returns it from a method Accounts to be
// asked for many at once, too. Endpoint: GET /api/user/v1/accounts.
func (p OpenEdX) ListAccounts(ctx context.Context, usernames []string) ([]Account, error) {
	rows, err := p.Client.Accounts.List(ctx, usernames)
	if errors.Is(err, edx.ErrUserUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := make([]Account, len(rows))
	for i, row := range rows {
		switch {
		case row.Problem.Concerns("id", "username"):
			return nil, row.Problem
		case !slices.Contains(usernames, row.Username):
			return nil, edx.ErrOtherUser // who is not in the answer would seem not to exist
		case row.ID == 0:
			return nil, ErrNoAccountID
		}
		all[i] = Account{ID: accountID(row.ID), Username: row.Username, Name: row.Name, Email: row.Email}
	}
	return all, nil
}

// ListEnrollments reads the enrollments of up to MostNames learners in the course, in one
// call as a rule: it follows an answer that is cut into pages.
// A type that embeds OpenEdX, and whose Enrollment is OpenEdX's own, returns it from a
// method Enrollments to be asked for many at once, too.
// Endpoint: GET /api/enrollment/v1/enrollments.
func (p OpenEdX) ListEnrollments(ctx context.Context, course edx.CourseKey, usernames []string) ([]Enrollment, error) {
	if course.IsZero() {
		return nil, errNoCourse
	}
	var all []Enrollment
	for row, err := range p.Client.Enrollments.All(ctx, edx.ListEnrollmentsParams{Course: course, Usernames: usernames}) {
		switch {
		case err != nil:
			return nil, err
		case row.Problem.Concerns("user", "mode", "is_active"):
			return nil, row.Problem
		case !slices.Contains(usernames, row.Username):
			return nil, edx.ErrOtherUser // who is not in the answer would seem not to be enrolled
		}
		all = append(all, Enrollment{Username: row.Username, Active: row.Active, Mode: row.Mode})
	}
	return all, nil
}
