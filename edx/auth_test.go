package edx_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

const anyAccount = `{"username":"ada_l"}`

// get makes the call that the tests of this file use for any call.
func get(ctx context.Context, c *edx.Client) error {
	_, err := c.Accounts.Get(ctx, username)
	return err
}

// authorizations are the headers with which the account was asked for.
func (p *lms) authorizations() []string {
	var headers []string
	for _, r := range p.requests(accountRoute) {
		headers = append(headers, r.header.Get("Authorization"))
	}
	return headers
}

func TestSignInRequest(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json(accountRoute, anyAccount)
	client := p.client(t)
	if p.count(tokenRoute) != 0 {
		t.Error("NewClient sent something")
	}
	for range 3 {
		if err := get(t.Context(), client); err != nil {
			t.Fatal(err)
		}
	}
	asked := p.requests(tokenRoute)
	if len(asked) != 1 {
		t.Fatalf("%d token requests for three calls, want 1", len(asked))
	}
	want := map[string][]string{
		"grant_type": {"client_credentials"}, "token_type": {"jwt"},
		"client_id": {clientID}, "client_secret": {clientSecret},
	}
	if got := map[string][]string(asked[0].form); !reflect.DeepEqual(got, want) {
		t.Errorf("token request has the fields %v, want %v", got, want)
	}
	if got := asked[0].header.Get("Authorization"); got != "" {
		t.Error("the secret went into a header too")
	}
	if got, want := p.authorizations(), []string{"JWT token-1", "JWT token-1", "JWT token-1"}; !reflect.DeepEqual(got, want) {
		t.Errorf("calls were sent with %q, want %q", got, want)
	}
}

// A token of an hour is renewed after 48 minutes by the client's own clock.
func TestRenewalAtFourFifths(t *testing.T) {
	t.Parallel()
	p, now := newLMS(t), newClock()
	p.json(accountRoute, anyAccount)
	client := p.client(t, edx.WithClock(now))
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 1}, {48*time.Minute - time.Second, 1}, {time.Second, 2}, {47 * time.Minute, 2}, {10 * time.Hour, 3}} {
		now.advance(step.wait)
		if err := get(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		if got := p.count(tokenRoute); got != step.want {
			t.Errorf("%v later: %d token requests so far, want %d", step.wait, got, step.want)
		}
	}
	want := []string{"JWT token-1", "JWT token-1", "JWT token-2", "JWT token-2", "JWT token-3"}
	if got := p.authorizations(); !reflect.DeepEqual(got, want) {
		t.Errorf("calls were sent with %q, want %q", got, want)
	}
}

// While a token lasts, an outage of the token endpoint hurts nobody, and is not
// felt by every call.
func TestFailedEarlyRenewalKeepsTheToken(t *testing.T) {
	t.Parallel()
	p, now := newLMS(t), newClock()
	p.json(accountRoute, anyAccount)
	client := p.client(t, edx.WithClock(now))
	if err := get(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	p.reply(tokenRoute, http.StatusUnauthorized, "application/json", `{"error":"invalid_client"}`)

	now.advance(50 * time.Minute)
	for range 5 {
		if err := get(t.Context(), client); err != nil {
			t.Fatalf("with a token that is good for 10 minutes yet: %v", err)
		}
	}
	if got := p.count(tokenRoute); got != 2 {
		t.Errorf("%d token requests, want 2: the first and one early renewal", got)
	}
	now.advance(31 * time.Second)
	if err := get(t.Context(), client); err != nil || p.count(tokenRoute) != 3 {
		t.Errorf("after the pause: error %v, %d token requests, want none and 3", err, p.count(tokenRoute))
	}
	now.advance(10 * time.Minute)
	if err := get(t.Context(), client); !errors.Is(err, edx.ErrSignIn) {
		t.Errorf("with a token past its life: error = %v, want ErrSignIn", err)
	}
}

func TestThousandCallersOneTokenRequest(t *testing.T) {
	t.Parallel()
	p, now := newLMS(t), newClock()
	p.json(accountRoute, anyAccount)
	client := p.client(t, edx.WithClock(now))
	if err := get(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	now.advance(2 * time.Hour) // expired

	var callers sync.WaitGroup
	errs := make(chan error, 1000)
	for range 1000 {
		callers.Go(func() { errs <- get(t.Context(), client) })
	}
	callers.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := p.count(tokenRoute); got != 2 {
		t.Errorf("%d token requests, want 2: the first, and one for the thousand", got)
	}
}

// onlyToken answers as the platform does when one token alone is good.
func (p *lms) onlyToken(good string) {
	p.handle(accountRoute, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != good {
			answer(http.StatusUnauthorized, "application/json", `{"detail":"Invalid token."}`)(w, r)
			return
		}
		answer(http.StatusOK, "application/json", anyAccount)(w, r)
	})
}

func TestRenewalAfter401(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.onlyToken("JWT token-2")
	if err := get(t.Context(), p.client(t)); err != nil {
		t.Fatal(err)
	}
	if got, want := p.authorizations(), []string{"JWT token-1", "JWT token-2"}; !reflect.DeepEqual(got, want) {
		t.Errorf("sent with %q, want %q", got, want)
	}
}

func TestOneRenewalAfter401(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.onlyToken("none is good")
	err := get(t.Context(), p.client(t))
	if refused, ok := errors.AsType[*edx.Error](err); !ok || refused.Detail != "Invalid token." || !errors.Is(err, edx.ErrUnauthorized) {
		t.Errorf("error = %v, want ErrUnauthorized with the platform's detail", err)
	}
	if calls, tokens := p.count(accountRoute), p.count(tokenRoute); calls != 2 || tokens != 2 {
		t.Errorf("%d calls and %d token requests, want 2 and 2", calls, tokens)
	}
}

func TestRefusedTokenAndNoOtherToBeHad(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json(accountRoute, anyAccount)
	client := p.client(t)
	if err := get(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	p.onlyToken("none is good")
	p.reply(tokenRoute, http.StatusUnauthorized, "application/json", `{"error":"invalid_client"}`)
	if err := get(t.Context(), client); !errors.Is(err, edx.ErrSignIn) || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("error = %v, want ErrSignIn and ErrNotDone", err)
	}
}

// A token that the platform revokes is refused to everybody at once, and fetched
// anew once.
func TestBurstOf401FetchesOnce(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json(accountRoute, anyAccount)
	client := p.client(t)
	if err := get(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	const callers = 50
	var refused sync.WaitGroup
	refused.Add(callers)
	p.handle(accountRoute, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "JWT token-1" {
			refused.Done()
			refused.Wait() // all have sent the old token before the first learns of it
			answer(http.StatusUnauthorized, "application/json", `{"detail":"Invalid token."}`)(w, r)
			return
		}
		answer(http.StatusOK, "application/json", anyAccount)(w, r)
	})
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			if err := get(t.Context(), client); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := p.count(tokenRoute); got != 2 {
		t.Errorf("%d token requests, want 2", got)
	}
}

// Who gives up leaves at once; the request goes on for the one who waits.
func TestCallerLeavesTheRenewal(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json(accountRoute, anyAccount)
	client := p.client(t)
	asked, goOn := make(chan struct{}), make(chan struct{})
	p.handle(tokenRoute, func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-goOn
		io.WriteString(w, `{"access_token":"late","expires_in":3600,"token_type":"JWT"}`)
	})
	ctx, leave := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- get(ctx, client) }()
	<-asked
	go func() { second <- get(t.Context(), client) }()
	leave()
	if err := <-first; !errors.Is(err, context.Canceled) || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("who left got %v, want context.Canceled and ErrNotDone", err)
	}
	close(goOn)
	if err := <-second; err != nil {
		t.Errorf("who stayed got %v", err)
	}
	if got, want := p.authorizations(), []string{"JWT late"}; !reflect.DeepEqual(got, want) {
		t.Errorf("sent with %q, want %q", got, want)
	}
}

// Somebody learns that a token is refused when it has long been renewed.
func TestLate401FetchesNothing(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	client := p.client(t)
	sent, renewed := make(chan struct{}, 2), make(chan struct{})
	p.handle(accountRoute, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "JWT token-1" {
			answer(http.StatusOK, "application/json", anyAccount)(w, r)
			return
		}
		sent <- struct{}{}
		if len(sent) == 1 {
			<-renewed
		}
		answer(http.StatusUnauthorized, "application/json", `{"detail":"Invalid token."}`)(w, r)
	})
	late := make(chan error)
	go func() { late <- get(t.Context(), client) }()
	for len(sent) == 0 {
		runtime.Gosched()
	}
	if err := get(t.Context(), client); err != nil {
		t.Error(err)
	}
	close(renewed)
	if err := <-late; err != nil {
		t.Error(err)
	}
	if got := p.count(tokenRoute); got != 2 {
		t.Errorf("%d token requests, want 2", got)
	}
}

func TestEndedContextAsksForNoToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		client, err := edx.NewClient("https://lms.example.org", edx.WithTransport(canned{}),
			edx.WithTokenSource(tokenFunc(func() (*oauth2.Token, error) { asked++; return nil, io.EOF })))
		if err != nil {
			t.Fatal(err)
		}
		reason := errors.New("the user left")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(reason)
		if err := get(ctx, client); !errors.Is(err, context.Canceled) || !errors.Is(err, reason) {
			t.Errorf("error = %v, want context.Canceled and the caller's reason", err)
		}
		synctest.Wait()
		if asked != 0 {
			t.Errorf("the source was asked %d times, want 0", asked)
		}
	})
}

// The views of edx-proctoring answer 403 for a token that is no good.
func TestRenewalAfter403OfProctoring(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		endpoint string
		age      time.Duration
		body     string
		tokens   int
	}{
		"words about the token":                 {"SpecialExams.List", 0, `{"detail":"Token has expired."}`, 2},
		"other words, a new token":              {"SpecialExams.List", 0, `{"detail":"Must be a Staff User to Perform this request."}`, 1},
		"words in another language, not so new": {"SpecialExams.List", time.Minute, `{"detail":"Jeton invalide."}`, 2},
		"no words, a fresh token":               {"SpecialExams.List", 59 * time.Second, ``, 1},
		"a page, a new token":                   {"SpecialExams.List", 0, `<p>csrf token missing</p>`, 1},
		"a write":                               {"SpecialExams.SetAllowance", 0, `{"detail":"Invalid token."}`, 2},
		"another view's 403":                    {"Accounts.Get", time.Minute, `{"detail":"Token has expired."}`, 1},
		"edx-exams says 401":                    {"Exams.List", time.Minute, `{"detail":"Token has expired."}`, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, now := endpointNamed(t, tt.endpoint), newClock()
			p := newLMS(t)
			p.json(accountRoute, anyAccount)
			client := p.client(t, edx.WithClock(now))
			if err := get(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			now.advance(tt.age)
			p.handle(e.route, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "JWT token-1" {
					answer(http.StatusForbidden, "application/json", tt.body)(w, r)
					return
				}
				answer(http.StatusOK, "application/json", e.body(t))(w, r)
			})
			err := e.call(t.Context(), client, ada)
			if renewed := tt.tokens == 2; (err == nil) != renewed || !renewed && !errors.Is(err, edx.ErrForbidden) {
				t.Errorf("error = %v, want none after a renewal, and else ErrForbidden", err)
			}
			if got := p.count(tokenRoute); got != tt.tokens {
				t.Errorf("%d token requests, want %d", got, tt.tokens)
			}
		})
	}
}

// A token may die while the call is under way: then too it is renewed.
func TestTokenDiesOnTheWay(t *testing.T) {
	t.Parallel()
	e, now := endpointNamed(t, "SpecialExams.List"), newClock()
	p := newLMS(t)
	p.handle(tokenRoute, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":10,"token_type":"JWT"}`, p.count(tokenRoute))
	})
	p.handle(e.route, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "JWT token-1" {
			now.advance(11 * time.Second)
			answer(http.StatusForbidden, "", "")(w, r)
			return
		}
		answer(http.StatusOK, "application/json", e.body(t))(w, r)
	})
	if err := e.call(t.Context(), p.client(t, edx.WithClock(now)), ada); err != nil {
		t.Error(err)
	}
}

// A thousand callers find the token expired. One request brings a new one, and
// who gives up is gone before it has.
func TestThousandCallersAndOneWhoLeaves(t *testing.T) {
	t.Parallel()
	p, now := newLMS(t), newClock()
	p.json(accountRoute, anyAccount)
	client := p.client(t, edx.WithClock(now))
	if err := get(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	now.advance(2 * time.Hour)
	asked, goOn := make(chan struct{}), make(chan struct{})
	p.handle(tokenRoute, func(w http.ResponseWriter, _ *http.Request) {
		close(asked) // a second request would panic
		<-goOn
		io.WriteString(w, `{"access_token":"token-2","expires_in":3600,"token_type":"JWT"}`)
	})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	left := make(chan error, 1)
	var callers sync.WaitGroup
	errs := make(chan error, 1000)
	for range 999 {
		callers.Go(func() { errs <- get(t.Context(), client) })
	}
	go func() { left <- get(ctx, client) }()
	<-asked
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("who left got %v, want context.Canceled and ErrNotDone", err)
	}
	close(goOn)
	callers.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := p.count(tokenRoute); got != 2 {
		t.Errorf("%d token requests, want 2: the first, and one for all", got)
	}
}
