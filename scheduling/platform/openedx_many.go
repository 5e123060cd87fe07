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

// ListEnrollments reads the enrollments of up to MostNames learners in the course.
// A type that embeds OpenEdX, and whose Enrollment is OpenEdX's own, returns it from a
// method Enrollments to be asked for many at once, too.
// Endpoint: GET /api/enrollment/v1/enrollments.
func (p OpenEdX) ListEnrollments(ctx context.Context, course edx.CourseKey, usernames []string) ([]Enrollment, error) {
	if course.IsZero() {
		return nil, errNoCourse
	}
	page, err := p.Client.Enrollments.List(ctx, edx.ListEnrollmentsParams{Course: course, Usernames: usernames})
	if err != nil {
		return nil, err
	}
	all := make([]Enrollment, len(page.Items))
	for i, row := range page.Items {
		switch {
		case row.Problem.Concerns("user", "mode", "is_active"):
			return nil, row.Problem
		case !slices.Contains(usernames, row.Username):
			return nil, edx.ErrOtherUser // who is not in the answer would seem not to be enrolled
		}
		all[i] = Enrollment{Username: row.Username, Active: row.Active, Mode: row.Mode}
	}
	return all, nil
}
