package edx

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// AccountsService reads the accounts of learners.
type AccountsService struct{ client *Client }

// Account is what the platform tells about a user. It is personal data: printed
// or logged it shows nothing but its id. To a client that is neither staff nor
// the user, the platform shows Username and Privacy, and perhaps Country and
// Joined; every other field is then zero, Active too.
type Account struct {
	ID           int64 // 0 if not shown
	Username     string
	Name         string // one text, there is no first and last name
	VerifiedName string // as on the learner's document, "" if there is none
	Email        string
	Phone        string // as the learner wrote it; not checked
	Country      string // ISO 3166-1 alpha-2, such as "GB"
	State        string
	Active       bool   // false until the e-mail address is confirmed
	Privacy      string // all_users, private or custom
	Joined       time.Time
	// The learner's time zone is not here: see [PreferencesService.Get].
}

// String leaves out everything personal.
func (a Account) String() string { return fmt.Sprintf("edx.Account{ID: %d, %s}", a.ID, redacted) }

// GoString leaves out everything personal.
func (a Account) GoString() string { return a.String() }

// Format leaves out everything personal, whatever the verb.
func (a Account) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// LogValue leaves out everything personal.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.String()) }

type accountWire struct {
	ID           intValue  `json:"id"`
	Username     textValue `json:"username"`
	Name         textValue `json:"name"`
	VerifiedName textValue `json:"verified_name"`
	Email        textValue `json:"email"`
	Phone        textValue `json:"phone_number"`
	Country      textValue `json:"country"`
	State        textValue `json:"state"`
	IsActive     flagValue `json:"is_active"`
	Privacy      textValue `json:"account_privacy"`
	Joined       timeValue `json:"date_joined"`
}

// Get returns the account of a user; how much of it, see [Account].
//
// It fails with [*ValidationError] before anything is sent, and with
// [ErrUserUnknown] if there is no such user.
//
// Endpoint: GET /api/user/v1/accounts/{username}.
func (s *AccountsService) Get(ctx context.Context, username string) (*Account, error) {
	if err := checkUsername(username); err != nil {
		return nil, err
	}
	answer, err := fetch[accountWire](ctx, s.client, operation{
		name:     "Accounts.Get",
		path:     "/api/user/v1/accounts/" + pathPart(username),
		empty404: ErrUserUnknown,
	})
	if err != nil {
		return nil, err
	}
	return answer.account(), nil
}

func (w accountWire) missing() string {
	if w.Username == "" {
		return "username"
	}
	return ""
}

func (w accountWire) account() *Account {
	return &Account{
		ID: int64(w.ID), Username: string(w.Username), Name: string(w.Name), VerifiedName: string(w.VerifiedName),
		Email: string(w.Email), Phone: string(w.Phone), Country: string(w.Country), State: string(w.State),
		Active: bool(w.IsActive), Privacy: string(w.Privacy), Joined: w.Joined.Time,
	}
}
