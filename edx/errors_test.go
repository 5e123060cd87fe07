package edx_test

import (
	"errors"
	"net/http"
	"reflect"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
)

// The platform's views word their errors in a dozen forms. Each is kept in the
// fields of *Error and left out of its text.
func TestErrorBodies(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body string
		want edx.Error // the platform's words alone
	}{
		"detail":        {`{"detail":"Not found."}`, edx.Error{Detail: "Not found."}},
		"message":       {`{"message":"No course","localizedMessage":"Kein Kurs"}`, edx.Error{Detail: "No course", UserMessage: "Kein Kurs"}},
		"help page":     {`{"message":"Blocked","user_message_url":"https://lms.example.org/why"}`, edx.Error{Detail: "Blocked", UserMessageURL: "https://lms.example.org/why"}},
		"developer":     {`{"developer_message":"Invalid page.","error_code":"paging"}`, edx.Error{DeveloperMessage: "Invalid page.", Code: "paging"}},
		"two audiences": {`{"developer_message":"bad zone","user_message":"Choose another"}`, edx.Error{DeveloperMessage: "bad zone", UserMessage: "Choose another"}},
		"nested token": {
			`{"developer_message":{"error_code":"token_expired","developer_message":"Expired."}}`,
			edx.Error{DeveloperMessage: "Expired.", Code: "token_expired"},
		},
		"field errors": {
			`{"field_errors":{"course_key":{"developer_message":"not a key","user_message":"Check the course"},"n":7}}`,
			edx.Error{Fields: map[string][]string{"course_key": {"not a key", "Check the course"}}},
		},
		"serializer": {
			`{"mode_slug":["Required."],"non_field_errors":["One.","Two."]}`,
			edx.Error{Fields: map[string][]string{"mode_slug": {"Required."}, "non_field_errors": {"One.", "Two."}}},
		},
		"list of serializers": {`[{},{"a":["x"]},{"a":["y"]}]`, edx.Error{Fields: map[string][]string{"a": {"x", "y"}}}},
		"OAuth":               {`{"error":"invalid_scope","error_description":"No."}`, edx.Error{Code: "invalid_scope", Detail: "No."}},
		"error in prose":      {`{"error":"Too many requests"}`, edx.Error{Detail: "Too many requests"}},
		"error_msg":           {`{"error_msg":"Retired","can_cancel_retirement":true}`, edx.Error{Detail: "Retired"}},
		"text":                {`"No such user."`, edx.Error{Detail: "No such user."}},
		"unknown members":     {`{"x":1,"y":{"z":2},"detail":null}`, edx.Error{}},
		"null":                {`null`, edx.Error{}},
		"empty":               {``, edx.Error{}},
		"half a body":         {`{"detail":"Not`, edx.Error{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.reply(accountRoute, http.StatusBadRequest, "application/json", tt.body)
			got, ok := errors.AsType[*edx.Error](get(t.Context(), p.client(t)))
			if !ok {
				t.Fatal("no *edx.Error")
			}
			words := edx.Error{
				Detail: got.Detail, DeveloperMessage: got.DeveloperMessage, UserMessage: got.UserMessage,
				Fields: got.Fields, Code: got.Code, UserMessageURL: got.UserMessageURL,
			}
			if !reflect.DeepEqual(&words, &tt.want) {
				t.Errorf("Fields = %q, Detail %q, DeveloperMessage %q, UserMessage %q, Code %q, URL %q of %s",
					got.Fields, got.Detail, got.DeveloperMessage, got.UserMessage, got.Code, got.UserMessageURL, tt.body)
			}
			if want := "edx: Accounts.Get: HTTP status 400"; got.Error() != want {
				t.Errorf("Error = %q, want %q", got, want)
			}
		})
	}
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want string
	}{
		"page": {
			&edx.Error{Op: "Courses.Get", Status: 503, Reason: edx.ErrUnavailable, HTML: true},
			"edx: Courses.Get: HTTP status 503 with an HTML page: the platform is not available: try again later",
		},
		"throttled": {
			&edx.Error{Op: "Courses.Get", Status: 429, Reason: edx.ErrThrottled, RetryAfter: 37e9},
			"edx: Courses.Get: HTTP status 429: too many requests: wait, or set a slower limiter: try again in 37s",
		},
		"input":   {&edx.ValidationError{Field: "username", Problem: "must not be empty"}, "edx: username must not be empty"},
		"sign in": {&edx.SignInError{Code: "invalid_client", Status: 401}, "edx: SignIn: HTTP status 401: the platform does not let this client sign in: invalid_client"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("Error = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNewClientRefuses(t *testing.T) {
	t.Parallel()
	credentials := edx.WithClientCredentials(clientID, clientSecret)
	source := edx.WithTokenSource(tokenFunc(nil))
	tests := map[string]struct {
		base string
		opts []edx.Option
	}{
		"no credentials":   {"https://lms.example.org", nil},
		"two credentials":  {"https://lms.example.org", []edx.Option{credentials, source}},
		"no id":            {"https://lms.example.org", []edx.Option{edx.WithClientCredentials("", clientSecret)}},
		"no secret":        {"https://lms.example.org", []edx.Option{edx.WithClientCredentials(clientID, "")}},
		"nil token source": {"https://lms.example.org", []edx.Option{edx.WithTokenSource(nil)}},
		"nil option":       {"https://lms.example.org", []edx.Option{credentials, nil}},
		"control in URL":   {"https://lms.example.org\n", []edx.Option{credentials}},
		"http":             {"http://lms.example.org", []edx.Option{credentials}},
		"password in URL":  {"https://ada:secret@lms.example.org", []edx.Option{credentials}},
		"bad retries":      {"https://lms.example.org", []edx.Option{credentials, edx.WithRetries(0, 0, 0)}},
		"nil random":       {"https://lms.example.org", []edx.Option{credentials, edx.WithRandom(nil)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := edx.NewClient(tt.base, tt.opts...)
			if _, ok := errors.AsType[*edx.ValidationError](err); !ok || client != nil {
				t.Errorf("NewClient = %v, %v, want a ValidationError alone", client, err)
			}
		})
	}
}
