package edx

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"

	"github.com/proctorbook/proctorbook"
)

// OwnUser is the client's own user as the mobile API shows it. It is personal data:
// printed or logged it shows nothing.
type OwnUser struct {
	ID             int64  // as Account.ID
	Username       string // the user name
	Name           string // one text, there is no first and last name
	Email          string // the user's address
	EnrollmentsURL string // where the mobile API lists what the user is enrolled in

	Problem *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

type ownUserWire struct {
	row
	ID             intValue  `json:"id"`
	Username       textValue `json:"username"`
	Name           textValue `json:"name"`
	Email          textValue `json:"email"`
	EnrollmentsURL textValue `json:"course_enrollments"`
}

const mobilePath = "/api/mobile/v0.5/"

// Own returns the client's own user. The platform answers with a redirect to the page
// of the user: of that the client takes the user name alone, and asks the configured
// platform for it. The platform counts the call as a sign-in of the user.
//
// It fails with [ErrUnauthorized], and with [proctorbook.ErrRedirect] if the redirect
// leads to something else than a user of this platform.
//
// Endpoint: GET /api/mobile/v0.5/my_user_info.
func (s *AccountsService) Own(ctx context.Context) (*OwnUser, error) {
	op := operation{name: "Accounts.Own", path: mobilePath + "my_user_info"}
	answer, err := fetch[ownUserWire](ctx, s.core, op)
	if moved, ok := errors.AsType[*Error](err); ok && errors.Is(err, proctorbook.ErrRedirect) {
		username, found := s.core.userAt(moved.location)
		if !found {
			return nil, err
		}
		op.path = mobilePath + "users/" + pathPart(username)
		answer, err = fetch[ownUserWire](ctx, s.core, op)
	}
	if err != nil {
		return nil, err
	}
	return &OwnUser{
		ID: int64(answer.ID), Username: string(answer.Username), Name: string(answer.Name), Email: string(answer.Email),
		EnrollmentsURL: string(answer.EnrollmentsURL), Problem: answer.problem,
	}, nil
}

func (w ownUserWire) missing() string {
	if w.Username == "" {
		return "username"
	}
	return ""
}

var mobileUser = regexp.MustCompile(`^/api/mobile/v[0-9.]+/users/([^/]+)/?$`)

// userAt takes the user name out of the location of a redirect within the platform.
func (c *core) userAt(location string) (username string, found bool) {
	u, err := url.Parse(location)
	if err != nil || u.Host != "" && !strings.EqualFold(u.Hostname(), c.host) {
		return "", false
	}
	match := mobileUser.FindStringSubmatch(u.Path)
	if match == nil || usernameProblem(match[1]) != "" {
		return "", false
	}
	return match[1], true
}
