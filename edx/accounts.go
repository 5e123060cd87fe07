package edx

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/proctorbook/proctorbook"
)

// AccountsService reads the accounts of learners.
type AccountsService struct{ client *Client }

const accountsPath = "/api/user/v1/accounts"

// Me returns the user name of the client's own user.
//
// Endpoint: GET /api/user/v1/me.
func (s *AccountsService) Me(ctx context.Context) (string, error) {
	answer, err := fetch[accountWire](ctx, s.client, operation{name: "Accounts.Me", path: "/api/user/v1/me"})
	if err != nil {
		return "", err
	}
	return string(answer.Username), nil
}

// Get returns the account of a user; how much of it, see [Account].
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrUserUnknown] if there is no such user.
//
// Endpoint: GET /api/user/v1/accounts/{username}.
func (s *AccountsService) Get(ctx context.Context, username string) (*Account, error) {
	answer, err := fetch[accountWire](ctx, s.client, operation{
		name: "Accounts.Get", input: checkUsername(username),
		path: accountsPath + "/" + pathPart(username), empty404: ErrUserUnknown,
	})
	if err != nil {
		return nil, err
	}
	found := answer.account()
	return &found, nil
}

// List returns the accounts of up to 100 users, in any order. Users whom the
// platform does not know are left out.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrUserUnknown] if the platform knows none of them.
//
// Endpoint: GET /api/user/v1/accounts.
func (s *AccountsService) List(ctx context.Context, usernames []string) ([]Account, error) {
	return fetchList(ctx, s.client, operation{
		name: "Accounts.List", input: checkEach("usernames", usernames, checkUsername),
		path: accountsPath, empty404: ErrUserUnknown,
		query: url.Values{"username": {strings.Join(usernames, ",")}},
	}, accountWire.account)
}

// FindByEmail returns the account with an e-mail address.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrUserUnknown] if there is none, with [ErrNotFound] alone if its owner has had
// it deleted, and with [ErrForbidden] if the client is not staff.
//
// Endpoint: GET /api/user/v1/accounts.
func (s *AccountsService) FindByEmail(ctx context.Context, email string) (*Account, error) {
	return s.find(ctx, "Accounts.FindByEmail", checkEmail(email), "email", email)
}

// FindByID returns the account with an id.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrUserUnknown] if there is none, and with [ErrForbidden] if the client is not staff.
//
// Endpoint: GET /api/user/v1/accounts.
func (s *AccountsService) FindByID(ctx context.Context, id int64) (*Account, error) {
	return s.find(ctx, "Accounts.FindByID", checkID("user id", id), "lms_user_id", strconv.FormatInt(id, 10))
}

func (s *AccountsService) find(ctx context.Context, name string, input faults, param, value string) (*Account, error) {
	return fetchOne(ctx, s.client, operation{
		name: name, input: input, path: accountsPath, query: url.Values{param: {value}}, empty404: ErrUserUnknown,
	}, accountWire.account)
}

// SearchEmails returns which of up to 100 addresses have an account.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrNotFound] if the client is not staff.
//
// Endpoint: POST /api/user/v1/accounts/search_emails.
func (s *AccountsService) SearchEmails(ctx context.Context, emails []string) ([]Person, error) {
	return fetchList(ctx, s.client, operation{
		name: "Accounts.SearchEmails", input: checkEach("emails", emails, checkEmail),
		method: http.MethodPost, path: accountsPath + "/search_emails",
		body: map[string]any{"emails": emails},
	}, personWire.person)
}

// UpdateAccountParams says what changes in an account. A nil pointer leaves
// things as they are.
type UpdateAccountParams struct {
	Name        *string   // 1 to 255 characters
	Country     *string   // ISO 3166-1 alpha-2, "" empties it
	State       *string   // "" empties it
	City        *string   // can be written, but never read
	Phone       *string   // digits, with a plus sign before them; "" empties it
	YearOfBirth *int      // 1900 to 2100
	Languages   *[]string // codes, such as "en"; all that there are
}

// Update changes the account of the client's own user: the platform lets nobody
// change that of another, staff neither. It returns the account as it then is.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with status 400 and
// the platform's words in Error.Fields, with [ErrForbidden] for another user, and
// with [ErrUserUnknown] if there is no such user.
//
// Endpoint: PATCH /api/user/v1/accounts/{username}.
func (s *AccountsService) Update(ctx context.Context, username string, params UpdateAccountParams) (*Account, error) {
	answer, err := fetch[accountWire](ctx, s.client, operation{
		name: "Accounts.Update", input: all(params.check(), checkUsername(username)),
		method: http.MethodPatch, class: proctorbook.IdempotentWrite, patch: true,
		path: accountsPath + "/" + pathPart(username), body: params.body(),
		empty404: ErrUserUnknown, refusals: []int{http.StatusBadRequest},
	})
	if err != nil {
		return nil, err
	}
	found := answer.account()
	return &found, nil
}

func (p UpdateAccountParams) check() faults {
	var found faults
	if p.Name != nil {
		found = append(found, checkText("name", *p.Name, maxKeyChars)...)
	}
	if p.YearOfBirth != nil {
		found = append(found, checkRange("year of birth", *p.YearOfBirth, 1900, 2100)...)
	}
	for _, f := range []struct {
		field string
		text  *string
	}{{"country", p.Country}, {"state", p.State}, {"city", p.City}, {"phone", p.Phone}} {
		if f.text != nil {
			found = append(found, checkOptional(f.field, *f.text, maxKeyChars)...)
		}
	}
	if len(p.body()) == 0 {
		return invalid("params", "must change something")
	}
	return found
}

func (p UpdateAccountParams) body() map[string]any {
	body := map[string]any{}
	setPointer(body, "name", p.Name)
	setPointer(body, "country", p.Country)
	setPointer(body, "state", p.State)
	setPointer(body, "city", p.City)
	setPointer(body, "phone_number", p.Phone)
	setPointer(body, "year_of_birth", p.YearOfBirth)
	if p.Languages != nil {
		languages := []map[string]string{}
		for _, code := range *p.Languages {
			languages = append(languages, map[string]string{"code": code})
		}
		body["language_proficiencies"] = languages
	}
	return body
}
