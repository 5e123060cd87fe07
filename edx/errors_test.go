package edx_test

import (
	"bytes"
	"cmp"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/proctorbook/proctorbook"
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
		"input":   {&proctorbook.ValidationError{Op: "edx: Accounts.Get", Fields: []proctorbook.FieldError{{Field: "username", Problem: "must not be empty"}}}, "edx: Accounts.Get: username must not be empty"},
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
		"no exams URL":     {"https://lms.example.org", []edx.Option{credentials, edx.WithExamsURL("")}},
		"http exams URL":   {"https://lms.example.org", []edx.Option{credentials, edx.WithExamsURL("http://exams.example.org")}},
		"nil random":       {"https://lms.example.org", []edx.Option{credentials, edx.WithRandom(nil)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := edx.NewClient(tt.base, tt.opts...)
			if _, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || client != nil {
				t.Errorf("NewClient = %v, %v, want a ValidationError alone", client, err)
			}
		})
	}
}

// Other services have statuses and codes of their own for the same reasons.
func TestReasons(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		method string
		status int
		body   string
		want   error
	}{
		"grades: no such user":       {"Grades.Get", 404, `{"developer_message":"The user matching the requested username does not exist.","error_code":"user_does_not_exist"}`, edx.ErrUserUnknown},
		"grades: not enrolled":       {"Grades.Get", 404, `{"developer_message":"The user is not enrolled in this course","error_code":"user_not_enrolled"}`, edx.ErrNotEnrolled},
		"grades: no such course":     {"Grades.Get", 404, `{"developer_message":"Requested grade for unknown course C","error_code":"course_does_not_exist"}`, edx.ErrNotFound},
		"details: no such course":    {"Enrollments.CourseDetails", 400, `{"message":"No course found for course ID 'C'"}`, edx.ErrNotFound},
		"accounts: nobody of those":  {"Accounts.List", 404, ``, edx.ErrUserUnknown},
		"accounts: no such address":  {"Accounts.FindByEmail", 404, ``, edx.ErrUserUnknown},
		"accounts: retired":          {"Accounts.FindByEmail", 404, `{"error_msg":"Retired","can_cancel_retirement":true}`, edx.ErrNotFound},
		"permission: there is one":   {"Enrollments.Allowed.Add", 409, `{"message":"An enrollment allowed with email E and course C already exists."}`, edx.ErrExists},
		"permission: there is none":  {"Enrollments.Allowed.Remove", 404, `{"message":"An enrollment allowed with email E and course C doesn't exists."}`, edx.ErrNotFound},
		"certificates: none":         {"Certificates.Get", 404, `{"error_code":"no_certificate_for_user"}`, edx.ErrNotFound},
		"proctoring: no such exam":   {"SpecialExams.Get", 400, `{"detail":"Attempted to get exam_id=9, but this exam does not exist."}`, edx.ErrNotFound},
		"proctoring: no such user":   {"SpecialExams.SetAllowances", 400, `{"detail":"Enter a valid username or email","field":"user_info"}`, edx.ErrUserUnknown},
		"proctoring: bad token":      {"SpecialExams.Get", 403, `{"detail":"Error decoding token."}`, edx.ErrUnauthorized},
		"proctoring: text":           {"SpecialExams.ResetAttempts", 404, `"No attempt"`, edx.ErrNotFound},
		"proctoring: provider down":  {"SpecialExams.OnboardingList", 503, `{"detail":"The onboarding service is unavailable."}`, edx.ErrUnavailable},
		"edx-exams: still elsewhere": {"Exams.List", 404, `[]`, edx.ErrNotFound},
		"a proxy's 406":              {"Enrollments.Enroll", 406, `<h1>Not acceptable</h1>`, nil},
		"not edx-proctoring's 400":   {"Exams.List", 400, `{"detail":"this does not exist"}`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := endpointNamed(t, tt.method)
			p := e.start(t)
			p.reply(e.route, tt.status, "application/json", tt.body)
			failed, ok := errors.AsType[*edx.Error](e.call(t.Context(), p.client(t), ada))
			if !ok || failed.Status != tt.status || failed.Reason != reason(tt.want) || string(failed.Raw) != tt.body {
				t.Errorf("error = %v with the body %q, want status %d because of %v, and the body", failed, failed.Raw, tt.status, tt.want)
			}
		})
	}
}

func reason(err error) edx.Reason {
	r, _ := err.(edx.Reason)
	return r
}

// Of a long answer the first 4 KiB are kept.
func TestRawIsBounded(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.reply(accountRoute, http.StatusBadRequest, "application/json", `{"detail":"`+strings.Repeat("x", 10_000)+`"}`)
	failed, ok := errors.AsType[*edx.Error](get(t.Context(), p.client(t)))
	if !ok || len(failed.Raw) != 4096 || len(failed.Detail) != 10_000 {
		t.Errorf("kept %d bytes of the body and %d of its detail, want 4096 and 10000", len(failed.Raw), len(failed.Detail))
	}
}

// A 207 says that something went wrong, and not what.
func TestSetAllowancesInPart(t *testing.T) {
	t.Parallel()
	e := endpointNamed(t, "SpecialExams.SetAllowances")
	p := newLMS(t)
	p.reply(e.route, http.StatusMultiStatus, "application/json", `[{"exam_id":7,"user_id":"ada_l"},{"exam_id":8,"user_id":"ada_l"}]`)
	if err := e.call(t.Context(), p.client(t), ada); !errors.Is(err, edx.ErrPartlyDone) || !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		t.Errorf("error = %v, want ErrPartlyDone and ErrOutcomeUnknown", err)
	}
}

// A write that was lost once, and refused the second time, may have been done.
func TestDoubtSurvivesARefusedToken(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]http.HandlerFunc{
		"refused again":   answer(403, "application/json", `{"detail":"No."}`),
		"no answer again": drop,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := endpointNamed(t, "Preferences.Update")
			p := newLMS(t)
			p.handle(e.route, func(w http.ResponseWriter, r *http.Request) {
				switch p.count(e.route) {
				case 1:
					drop(w, r)
				case 2:
					answer(401, "application/json", `{"detail":"Token has expired."}`)(w, r)
				default:
					second(w, r)
				}
			})
			if err := e.call(t.Context(), p.client(t), ada); !errors.Is(err, proctorbook.ErrOutcomeUnknown) || errors.Is(err, proctorbook.ErrNotDone) {
				t.Errorf("error = %v, want ErrOutcomeUnknown alone", err)
			}
		})
	}
}

// A write whose refusal was cut off is not sent again, not with another token either.
func TestCutRefusalOfAWrite(t *testing.T) {
	t.Parallel()
	e := endpointNamed(t, "Modes.Create")
	p := newLMS(t)
	p.handle(e.route, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(http.StatusUnauthorized)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		panic(http.ErrAbortHandler)
	})
	err := e.call(t.Context(), p.client(t), ada)
	if failed, ok := errors.AsType[*edx.Error](err); !ok || failed.Status != 401 || !errors.Is(err, proctorbook.ErrOutcomeUnknown) || p.count(e.route) != 1 {
		t.Errorf("error = %v after %d requests, want a 401 with ErrOutcomeUnknown after one", err, p.count(e.route))
	}
}

// canaries must never be found in a log or in the text of an error.
var canaries = []string{clientSecret, clientID, "token-1", "token-2", username, "Lovelace", "ada@example.org", "441234567890"}

// gossip is a body that quotes everything personal, in all the places from
// which an error could take it.
const gossip = `{"detail":"ada_l ada@example.org +441234567890 token-1","developer_message":"ada_l","user_message":"Ada Lovelace",
 "field_errors":{"ada_l":{"developer_message":"ada@example.org"}},"error":"ada_l","error_code":"ada_l","error_description":"s3cr3t-of-the-client"}`

// texts are all the ways in which a program may print an error, and those of
// every error that it wraps.
func texts(err error) string {
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		fmt.Fprintf(&b, verb+"\n", err)
	}
	logger := slog.New(slog.NewJSONHandler(&b, nil))
	logger.Error("failed", "err", err)
	slog.New(slog.NewTextHandler(&b, nil)).Error("failed", "err", err)
	switch wrapped := err.(type) {
	case interface{ Unwrap() error }:
		b.WriteString(texts(wrapped.Unwrap()))
	case interface{ Unwrap() []error }:
		for _, inner := range wrapped.Unwrap() {
			b.WriteString(texts(inner))
		}
	}
	return b.String()
}

func wantNoCanary(t *testing.T, where, text string) {
	t.Helper()
	for _, canary := range canaries {
		if strings.Contains(text, canary) {
			t.Errorf("%s holds %q:\n%s", where, canary, text)
		}
	}
}

func TestNothingPersonalInLogsAndErrors(t *testing.T) {
	t.Parallel()
	answers := map[string]http.HandlerFunc{
		"good":        nil, // the endpoint's own
		"wrong types": answer(200, "application/json", `{"id":{"ada_l":1},"username":["ada_l"],"mode":{},"is_active":"ada_l","created":"ada_l","name":"Ada Lovelace"}`),
		"wrong key":   answer(200, "application/json", `{"id":"ada_l","course_id":"ada@example.org","time_zone":"ada_l"}`),
		"broken":      answer(200, "application/json", `{"username":"ada_l","email":ada@example.org}`),
		"page":        answer(200, "text/html", "<p>ada_l ada@example.org</p>"),
		"truncated":   truncate,
		"lost":        drop,
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login?next=ada_l", http.StatusFound)
		},
		"header gossip": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", username)
			w.WriteHeader(429)
		},
		"never answered": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	}
	for _, status := range []int{400, 401, 403, 404, 406, 409, 429, 500, 503} {
		answers[fmt.Sprint(status)] = answer(status, "application/json", gossip)
	}
	for name, reply := range answers {
		for _, route := range []string{tokenRoute, ""} { // "" is that of the endpoint
			t.Run(name+" from "+route, func(t *testing.T) {
				t.Parallel()
				p := newLMS(t)
				var log bytes.Buffer
				handler := slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})
				client := p.client(t, edx.WithLogger(slog.New(handler)), edx.WithTimeout(20*time.Millisecond, 100*time.Millisecond))
				for _, endpoint := range endpoints {
					if endpoint.before != nil {
						endpoint.before(p)
					}
					p.json(endpoint.route, endpoint.body(t))
					if reply != nil {
						p.handle(cmp.Or(route, endpoint.route), reply)
					}
					if err := endpoint.call(t.Context(), client, ada); err != nil {
						wantNoCanary(t, "error of "+endpoint.name, texts(err))
						wantNoForeignError(t, err)
					}
				}
				wantNoCanary(t, "log", log.String())
			})
		}
	}
}

// wantNoForeignError checks that errors.As leads to none of the errors that hold
// a URL or a body.
func wantNoForeignError(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*url.Error](err); ok {
		t.Error("the error lets out a *url.Error")
	}
	if _, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		t.Error("the error lets out a *oauth2.RetrieveError")
	}
}

func TestNothingSecretInTokenSourceErrors(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	for name, err := range map[string]error{
		"url":      &url.Error{Op: "Post", URL: "https://sso.example.org/?secret=" + clientSecret, Err: io.EOF},
		"retrieve": &oauth2.RetrieveError{ErrorCode: "ada_l@x", ErrorDescription: username, Body: []byte(gossip)},
		"plain":    errors.New("no token for " + username),
	} {
		got := get(t.Context(), p.clientOf(t, tokenFunc(func() (*oauth2.Token, error) { return nil, err })))
		wantNoCanary(t, name, texts(got))
		wantNoForeignError(t, got)
	}
}

// A client that has signed in is printed, by whatever verb, without its secrets.
func TestClientPrintsNoSecret(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const both = `{"access_token":"token-1","expires_in":3600,"token_type":"JWT","username":"ada_l"}`
		client, err := edx.NewClient("https://lms.example.org", edx.WithTransport(canned{http.StatusOK, []byte(both)}),
			edx.WithClientCredentials(clientID, clientSecret))
		if err != nil {
			t.Fatal(err)
		}
		if err := get(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // a wrong verb makes fmt look into what the renewal still holds
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			wantNoCanary(t, verb, fmt.Sprintf(verb, client)+fmt.Sprintf(verb, *client)+fmt.Sprintf(verb, client.Accounts))
		}
	})
}

// An error is printed without the platform's words by value too, by each verb, in each
// log and in gob.
func TestErrorValuesPrintNoWords(t *testing.T) {
	t.Parallel()
	e := edx.Error{
		Op: "Accounts.Get", Status: 404, Reason: edx.ErrNotFound, Detail: username, DeveloperMessage: username, UserMessage: username,
		Fields: map[string][]string{username: {username}}, Code: username, UserMessageURL: username, Raw: []byte(username),
	}
	refused := edx.SignInError{Code: username, Status: 401}
	var out bytes.Buffer
	for _, v := range []any{e, &e, []edx.Error{e}, struct{ E edx.Error }{e}, refused, &refused, []edx.SignInError{refused}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
		if err := gob.NewEncoder(&out).Encode(v); err != nil {
			t.Error(err)
		}
	}
	for _, form := range []string{username, fmt.Sprintf("%x", username), fmt.Sprintf("%X", username), strings.Trim(fmt.Sprint([]byte(username)), "[]")} {
		if i := strings.Index(out.String(), form); i >= 0 {
			t.Errorf("printed ...%q", out.String()[max(0, i-100):i+len(form)])
		}
	}
	var sent bytes.Buffer
	var back edx.Error
	if err := errors.Join(gob.NewEncoder(&sent).Encode(e), gob.NewDecoder(&sent).Decode(&back)); err != nil || back.Op != e.Op || back.Reason != e.Reason || back.Status != e.Status {
		t.Errorf("gob gave back %v, %v; want %v", back, err, e)
	}
}
