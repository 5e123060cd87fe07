package edx_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

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
	if err := get(t.Context(), client); !errors.Is(err, edx.ErrSignIn) || !errors.Is(err, edx.ErrNotDone) {
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
	if err := <-first; !errors.Is(err, context.Canceled) || !errors.Is(err, edx.ErrNotDone) {
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

func TestEndedContextAsksForNoToken(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(context.Canceled)
	if err := get(ctx, p.client(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
	if got := p.count(tokenRoute); got != 0 {
		t.Errorf("%d token requests, want 0", got)
	}
}

func TestSignInRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status   int
		body     string
		wantCode string // of the SignInError; "-" if it is none
		wantErr  error
	}{
		"wrong secret":          {401, `{"error":"invalid_client"}`, "invalid_client", edx.ErrSignIn},
		"another grant type":    {400, `{"error":"unauthorized_client","error_description":"no"}`, "unauthorized_client", edx.ErrSignIn},
		"error with status 200": {200, `{"error":"invalid_scope"}`, "invalid_scope", edx.ErrSignIn},
		"prose for a code":      {400, `{"error":"no client exam-service here"}`, "", edx.ErrSignIn},
		"wrong base URL":        {404, "<h1>Page not found</h1>", "", edx.ErrSignIn},
		"negative life":         {200, `{"access_token":"t","expires_in":-5,"token_type":"Bearer"}`, "", edx.ErrSignIn},
		"no life":               {200, `{"access_token":"t","token_type":"JWT"}`, "", edx.ErrSignIn},
		"life is null":          {200, `{"access_token":"t","expires_in":null,"token_type":"JWT"}`, "", edx.ErrSignIn},
		"unknown type":          {200, `{"access_token":"t","expires_in":60,"token_type":"MAC"}`, "", edx.ErrSignIn},
		"no token":              {200, `{"expires_in":60,"token_type":"JWT"}`, "-", edx.ErrNotJSON},
		"maintenance page":      {200, "<html>Back soon</html>", "-", edx.ErrNotJSON},
		"empty":                 {200, "", "-", edx.ErrNotJSON},
		"rate limit":            {429, "<html>Slow down</html>", "-", edx.ErrThrottled},
		"rate limit, older":     {403, "<html>Forbidden</html>", "-", edx.ErrThrottled},
		"down":                  {503, "<html>503</html>", "-", edx.ErrUnavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.reply(tokenRoute, tt.status, "", tt.body)
			err := get(t.Context(), p.client(t))
			if !errors.Is(err, tt.wantErr) || !errors.Is(err, edx.ErrNotDone) {
				t.Errorf("error = %v, want %v and ErrNotDone", err, tt.wantErr)
			}
			refused, ok := errors.AsType[*edx.SignInError](err)
			if ok != (tt.wantCode != "-") || ok && (refused.Code != tt.wantCode || refused.Status != tt.status) {
				t.Errorf("SignInError = %+v, want code %q, status %d", refused, tt.wantCode, tt.status)
			}
			if ok && p.count(tokenRoute) != 1 {
				t.Errorf("a refusal was asked for %d times, want once", p.count(tokenRoute))
			}
			if p.count(accountRoute) != 0 {
				t.Error("the call was sent without a token")
			}
		})
	}
}

// Neither the secret nor a token may follow a redirect to who knows where.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := newLMS(t)
	redirect := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.RequestURI, http.StatusTemporaryRedirect)
	}
	for _, route := range []string{tokenRoute, accountRoute} {
		p := newLMS(t)
		p.json(accountRoute, anyAccount)
		p.handle(route, redirect)
		if err := get(t.Context(), p.client(t)); err == nil {
			t.Errorf("a redirect from %s: no error", route)
		}
	}
	if elsewhere.count(tokenRoute)+elsewhere.count(accountRoute) != 0 {
		t.Error("a redirect was followed")
	}
}

func TestTokenTypes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ reply, want string }{
		"JWT":             {`{"access_token":"t","expires_in":60,"token_type":"JWT"}`, "JWT t"},
		"jwt":             {`{"access_token":"t","expires_in":60,"token_type":"jwt"}`, "JWT t"},
		"opaque":          {`{"access_token":"t","expires_in":60,"token_type":"Bearer"}`, "Bearer t"},
		"life as text":    {`{"access_token":"t","expires_in":"60","token_type":"JWT"}`, "JWT t"},
		"life of a year":  {`{"access_token":"t","expires_in":31536000,"token_type":"JWT"}`, "JWT t"},
		"life of an aeon": {`{"access_token":"t","expires_in":9e17,"token_type":"JWT"}`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.json(accountRoute, anyAccount)
			p.reply(tokenRoute, http.StatusOK, "text/plain", tt.reply)
			err := get(t.Context(), p.client(t))
			if got := p.authorizations(); tt.want != "" && !reflect.DeepEqual(got, []string{tt.want}) {
				t.Errorf("sent with %q, error %v, want %q", got, err, tt.want)
			}
			if tt.want == "" && err == nil {
				t.Error("no error")
			}
		})
	}
}

// tokenFunc is a caller's own source of tokens.
type tokenFunc func() (*oauth2.Token, error)

func (f tokenFunc) Token() (*oauth2.Token, error) { return f() }

func (p *lms) clientOf(t *testing.T, source oauth2.TokenSource) *edx.Client {
	t.Helper()
	client, err := edx.NewClient(p.URL, edx.WithTokenSource(source), edx.WithLimiter(noLimit{}), edx.WithClock(newClock()))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestTokenSource(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.onlyToken("JWT new")
	tokens := []*oauth2.Token{{AccessToken: "old"}, {AccessToken: "new", TokenType: "JWT"}, {AccessToken: "new", TokenType: "JWT"}}
	client := p.clientOf(t, tokenFunc(func() (*oauth2.Token, error) {
		next := tokens[0]
		tokens = tokens[1:]
		return next, nil
	}))
	for range 2 {
		if err := get(t.Context(), client); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := p.authorizations(), []string{"Bearer old", "JWT new", "JWT new"}; !reflect.DeepEqual(got, want) {
		t.Errorf("sent with %q, want %q", got, want)
	}
}

func TestStaticTokenIsNotSentAgain(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.onlyToken("none is good")
	err := get(t.Context(), p.clientOf(t, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"})))
	if !errors.Is(err, edx.ErrUnauthorized) || p.count(accountRoute) != 1 {
		t.Errorf("error = %v after %d calls, want ErrUnauthorized after 1", err, p.count(accountRoute))
	}
}

func TestTokenSourceFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		token *oauth2.Token
		err   error
		want  error
	}{
		"own error":   {nil, io.ErrUnexpectedEOF, io.ErrUnexpectedEOF},
		"x/oauth2's":  {nil, &oauth2.RetrieveError{ErrorCode: "invalid_grant", Body: []byte("secret")}, edx.ErrSignIn},
		"nil token":   {nil, nil, edx.ErrNotDone},
		"empty token": {&oauth2.Token{}, nil, edx.ErrNotDone},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			err := get(t.Context(), p.clientOf(t, tokenFunc(func() (*oauth2.Token, error) { return tt.token, tt.err })))
			if !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
			if _, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
				t.Error("the error lets out x/oauth2's, which holds the body")
			}
		})
	}
}

// A source that hangs does not hold its caller.
func TestHangingTokenSource(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	client := newLMS(t).clientOf(t, tokenFunc(func() (*oauth2.Token, error) {
		cancel()
		<-release
		return nil, io.EOF
	}))
	if err := get(ctx, client); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}
