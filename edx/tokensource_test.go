package edx_test

import (
	"context"
	"errors"
	"io"
	"reflect"
	"testing"

	"golang.org/x/oauth2"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

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
