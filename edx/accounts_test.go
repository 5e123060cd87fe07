package edx_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

func TestAccountsGet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body string
		want edx.Account
	}{
		"seen by staff": {wire(t, "account.json"), edx.Account{
			ID: 4211, Username: username, Name: "Ada Lovelace", Email: "ada@example.org", Phone: "+441234567890",
			Country: "GB", Active: true, Privacy: "private", Joined: time.Date(2025, 9, 1, 8, 0, 0, 0, time.UTC),
			LastLogin: time.Date(2026, 2, 10, 7, 11, 9, 123456000, time.UTC), YearOfBirth: 1990, Education: "m", Languages: []string{"en"},
			Image: edx.ProfileImage{
				Own: true, FullURL: "https://lms.example.org/f.png", LargeURL: "https://lms.example.org/l.png",
				MediumURL: "https://lms.example.org/m.png", SmallURL: "https://lms.example.org/s.png",
			},
			SocialLinks: []edx.SocialLink{{Platform: "linkedin", URL: "https://social.example.org/ada"}},
			Extended:    []edx.ProfileField{{Name: "company", Value: "Example Ltd"}}, PendingName: "Ada King",
		}},
		"seen by a stranger": {
			`{"username":"ada_l","account_privacy":"private","profile_image":{"has_image":false}}`,
			edx.Account{Username: username, Privacy: "private"},
		},
		"numbers and flags as text": {
			`{"username":"ada_l","id":"4211","is_active":"true","phone_number":441234567890}`,
			edx.Account{ID: 4211, Username: username, Active: true, Phone: "441234567890"},
		},
		"a user without a profile": {
			`{"username":"ada_l","id":4211,"name":null,"country":null,"is_active":null,"date_joined":null}`,
			edx.Account{ID: 4211, Username: username},
		},
		"with an offset": {
			`{"username":"ada_l","date_joined":"2025-09-01T10:00:00.5+0200"}`,
			edx.Account{Username: username, Joined: time.Date(2025, 9, 1, 8, 0, 0, 500000000, time.UTC)},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.json(accountRoute, tt.body)
			got, err := p.client(t).Accounts.Get(t.Context(), username)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*got, tt.want) {
				t.Errorf("Get: %s, want %s", parts(*got), parts(tt.want))
			}
		})
	}
}

// parts prints what an account itself does not.
func parts(a edx.Account) string {
	type bare edx.Account
	return fmt.Sprintf("%+v", bare(a))
}

func TestAccountsGetRefuses(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no username":     `{"id":4211}`,
		"an odd username": `{"id":4211,"username":{}}`,
		"an odd id too":   `{"id":"4211a"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.json(accountRoute, body)
			got, err := p.client(t).Accounts.Get(t.Context(), username)
			if !errors.Is(err, edx.ErrNotJSON) || got != nil {
				t.Errorf("Get of %s = %v, %v, want ErrNotJSON", body, got, err)
			}
		})
	}
}

// One odd member costs no other one.
func TestAccountsGetOdd(t *testing.T) {
	t.Parallel()
	for body, member := range map[string]string{
		`{"username":"ada_l","id":"4211a","name":"Ada"}`:          "id",
		`{"username":"ada_l","id":{},"name":"Ada"}`:               "id",
		`{"username":"ada_l","is_active":"perhaps","name":"Ada"}`: "is_active",
		`{"username":"ada_l","date_joined":"today","name":"Ada"}`: "date_joined",
	} {
		p := newLMS(t)
		p.json(accountRoute, body)
		got, err := p.client(t).Accounts.Get(t.Context(), username)
		if err != nil || got.Name != "Ada" || got.ID != 0 || got.Active || !got.Problem.Concerns(member) {
			t.Errorf("Get of %s = %v, %v, want Ada with a problem of %s", body, got, err, member)
		}
	}
}

// A platform that does not know the parameter answers with the client's own account.
func TestAccountsFindAnother(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	const own = `[{"username":"exam-service","id":1,"email":"service@example.org"}]`
	p.json("GET /api/user/v1/accounts?email=ada%40example.org", own)
	p.json("GET /api/user/v1/accounts?lms_user_id=4211", own)
	if _, err := p.client(t).Accounts.FindByEmail(t.Context(), "ada@example.org"); !errors.Is(err, edx.ErrOtherUser) {
		t.Errorf("FindByEmail: %v, want ErrOtherUser", err)
	}
	if _, err := p.client(t).Accounts.FindByID(t.Context(), 4211); !errors.Is(err, edx.ErrOtherUser) {
		t.Errorf("FindByID: %v, want ErrOtherUser", err)
	}
	p.json("GET /api/user/v1/accounts?lms_user_id=4211", `[{"username":"ada_l"}]`) // as a stranger sees it
	if _, err := p.client(t).Accounts.FindByID(t.Context(), 4211); err != nil {
		t.Errorf("FindByID: %v, want the account", err)
	}
}

func TestAccountsGetUnknown(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.reply(accountRoute, http.StatusNotFound, "", "")
	_, err := p.client(t).Accounts.Get(t.Context(), username)
	if !errors.Is(err, edx.ErrUserUnknown) || !errors.Is(err, edx.ErrNotFound) {
		t.Errorf("Get error = %v, want ErrUserUnknown, which is an ErrNotFound", err)
	}
	p.reply(accountRoute, http.StatusNotFound, "text/html", "<h1>Page not found</h1>")
	_, err = p.client(t).Accounts.Get(t.Context(), username)
	if errors.Is(err, edx.ErrUserUnknown) || !errors.Is(err, edx.ErrNotFound) {
		t.Errorf("Get error of a wrong base URL = %v, want ErrNotFound alone", err)
	}
}

func TestAccountPrintsNothingPersonal(t *testing.T) {
	t.Parallel()
	a := edx.Account{ID: 4211, Username: username, Name: "Ada Lovelace", Email: "ada@example.org", Phone: "+441234567890"}
	const want = "edx.Account{ID: 4211, REDACTED}"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		for _, value := range []any{a, &a} {
			if got := fmt.Sprintf(verb, value); got != want {
				t.Errorf("Sprintf(%s) = %s, want %s", verb, got, want)
			}
		}
	}
	if got := a.LogValue().String(); got != want {
		t.Errorf("LogValue = %s, want %s", got, want)
	}
}

func TestPersonPrintsNothingPersonal(t *testing.T) {
	t.Parallel()
	const want = "edx.Person{ID: 4211, REDACTED}"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		if got := fmt.Sprintf(verb, adaPerson); got != want {
			t.Errorf("Sprintf(%s) = %s, want %s", verb, got, want)
		}
		if got := fmt.Sprintf(verb, edx.Attempt{Learner: adaPerson}); strings.Contains(got, username) {
			t.Errorf("Sprintf(%s) of an attempt = %s, which names the learner", verb, got)
		}
	}
	if got := adaPerson.LogValue().String(); got != want {
		t.Errorf("LogValue = %s, want %s", got, want)
	}
}
