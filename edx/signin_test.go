package edx_test

import (
	"errors"
	"net/http"
	"reflect"
	"testing"

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
