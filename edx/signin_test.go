package edx_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

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
			if !errors.Is(err, tt.wantErr) || !errors.Is(err, proctorbook.ErrNotDone) {
				t.Errorf("error = %v, want %v and ErrNotDone", err, tt.wantErr)
			}
			refused, ok := errors.AsType[*edx.SignInError](err)
			if ok != (tt.wantCode != "-") || ok && (refused.Code != tt.wantCode || refused.Status != tt.status) {
				t.Errorf("SignInError = %+v, want code %q, status %d", refused, tt.wantCode, tt.status)
			}
			if ok && refused.Code == "" && refused.Problem == "" {
				t.Errorf("%v does not say what is wrong", refused)
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
		"nil token":   {nil, nil, proctorbook.ErrNotDone},
		"empty token": {&oauth2.Token{}, nil, proctorbook.ErrNotDone},
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

// A source that panics does so in a goroutine in which nobody could recover. It is an
// error, which does not quote the panic.
func TestPanickingTokenSource(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json(accountRoute, anyAccount)
	asked := 0
	client := p.clientOf(t, tokenFunc(func() (*oauth2.Token, error) {
		if asked++; asked == 1 {
			panic("no token for " + username)
		}
		return &oauth2.Token{AccessToken: "t"}, nil
	}))
	err := get(t.Context(), client)
	if !errors.Is(err, proctorbook.ErrNotDone) || !strings.Contains(err.Error(), "panicked") {
		t.Errorf("error = %v, want one that speaks of the panic", err)
	}
	wantNoCanary(t, "panic", texts(err))
	if err := get(t.Context(), client); err != nil {
		t.Errorf("the next call: %v, want nil", err)
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

// tokenOf is a source that always has the same token.
func tokenOf(token string) oauth2.TokenSource {
	return oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token, TokenType: "JWT"})
}
