package edx_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/proctorbook/proctorbook/edx"
)

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
