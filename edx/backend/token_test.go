package backend_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/proctorbook/proctorbook/edx/backend"
)

// A token is what its platform signed in for, for an hour, and nothing else.
func TestTokens(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token := s.token(t, lmsA, secretA)
	parts := strings.Split(token, ".")
	claims := jwt.MapClaims{"sub": lmsA, "aud": "proctorbook/edx/backend", "exp": recordedAt.Add(time.Hour).Unix()}
	sign := func(method jwt.SigningMethod, key any, claims jwt.Claims) string {
		return signedBy(t, method, key, claims)
	}
	others := strings.Split(s.token(t, lmsB, secretB), ".")
	for name, tt := range map[string]struct {
		header string
		want   int
	}{
		"right":                       {"JWT " + token, 200},
		"the scheme in lower case":    {"jwt " + token, 200},
		"none":                        {"", 401},
		"no scheme":                   {token, 401},
		"another scheme":              {"Bearer " + token, 401},
		"no token":                    {"JWT ", 401},
		"what is none":                {"JWT broken", 401},
		"without its signature":       {"JWT " + parts[0] + "." + parts[1] + ".", 401},
		"with another's claims":       {"JWT " + parts[0] + "." + others[1] + "." + parts[2], 401},
		"with another's signature":    {"JWT " + parts[0] + "." + parts[1] + "." + others[2], 401},
		"signed with the secret":      {"JWT " + sign(jwt.SigningMethodHS256, []byte(secretA), claims), 401},
		"signed with nothing":         {"JWT " + sign(jwt.SigningMethodHS256, []byte{}, claims), 401},
		"not signed":                  {"JWT " + sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims), 401},
		"of a client that is unknown": {"JWT " + sign(jwt.SigningMethodHS256, []byte{}, jwt.MapClaims{"sub": "", "aud": "proctorbook/edx/backend", "exp": 9999999999}), 401},
		"endless":                     {"JWT " + strings.Repeat(token, 20), 401},
		"claims that are null":        {"JWT " + parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte("null")) + "." + parts[2], 401},
	} {
		r := httptest.NewRequest("GET", "/api/v1/config/", nil)
		if tt.header != "" {
			r.Header.Set("Authorization", tt.header)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s: status %d, want %d", name, w.Code, tt.want)
		}
		if tt.want == http.StatusUnauthorized {
			checkRefusal(t, w)
		}
	}
	r := httptest.NewRequest("GET", "/api/v1/config/", nil)
	r.Header["Authorization"] = []string{"JWT " + token, "JWT " + token}
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusUnauthorized {
		t.Errorf("two headers: status %d, want 401", w.Code)
	}
	if strings.Contains(s.log.String(), parts[2]) {
		t.Error("the log holds a token")
	}
}

func signedBy(t testing.TB, method jwt.SigningMethod, key any, claims jwt.Claims) string {
	t.Helper()
	text, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Who knows how tokens are made, and a secret, makes none but those of that secret's client.
func TestTokensThatOthersMake(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	claims := func(name string, value any) jwt.Claims {
		all := jwt.MapClaims{"sub": lmsA, "aud": "proctorbook/edx/backend", "exp": recordedAt.Add(time.Hour).Unix()}
		all[name] = value
		return all
	}
	own := tokenKey(lmsA, secretA)
	for name, tt := range map[string]struct {
		method jwt.SigningMethod
		key    []byte
		claims jwt.Claims
		want   int
	}{
		"as ours are made":           {jwt.SigningMethodHS256, own, claims("sub", lmsA), 200},
		"made by another client":     {jwt.SigningMethodHS256, tokenKey(lmsB, secretB), claims("sub", lmsA), 401},
		"made by its secret for it":  {jwt.SigningMethodHS256, tokenKey(lmsA, secretB), claims("sub", lmsA), 401},
		"made for another client":    {jwt.SigningMethodHS256, own, claims("sub", lmsB), 401},
		"made for a client by no id": {jwt.SigningMethodHS256, own, claims("sub", nil), 401},
		"another algorithm":          {jwt.SigningMethodHS512, own, claims("sub", lmsA), 401},
		"for another service":        {jwt.SigningMethodHS256, own, claims("aud", "another service"), 401},
		"for no service":             {jwt.SigningMethodHS256, own, claims("aud", nil), 401},
		"without an end":             {jwt.SigningMethodHS256, own, claims("exp", nil), 401},
		"with an end in words":       {jwt.SigningMethodHS256, own, claims("exp", "soon"), 401},
		"with an end beyond time":    {jwt.SigningMethodHS256, own, claims("exp", -1e300), 401},
		"not to begin yet":           {jwt.SigningMethodHS256, own, claims("nbf", recordedAt.Add(time.Minute).Unix()), 401},
	} {
		if w := s.do("GET", "/api/v1/config/", signedBy(t, tt.method, tt.key, tt.claims), ""); w.Code != tt.want {
			t.Errorf("%s: status %d, want %d", name, w.Code, tt.want)
		}
	}
}

// tokenKey is how the keys of tokens are made, which a client can do who knows the code: of
// its own secret.
func tokenKey(client, secret string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("proctorbook edx/backend access token\n" + client))
	return mac.Sum(nil)
}

// A token has one spelling: bits that mean nothing, and line ends, make it another one.
// So it is with a link's.
func TestTokensHaveOneSpelling(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token, link := s.token(t, lmsA, secretA), signed(t, secretA, link(nil))
	for name, spell := range map[string]func(string) string{
		"another last bit": anotherLastBit,
		"a line feed":      func(token string) string { return token[:5] + "\n" + token[5:] },
		"a line end":       func(token string) string { return token + "\r\n" },
	} {
		r := httptest.NewRequest("GET", "/api/v1/config/", nil)
		r.Header["Authorization"] = []string{"JWT " + spell(token)}
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusUnauthorized {
			t.Errorf("a token with %s: status %d, want 401", name, w.Code)
		}
		if w := s.do("GET", dashboardPath(lmsA, url.QueryEscape(spell(link))), "", ""); w.Code != http.StatusForbidden {
			t.Errorf("a link with %s: status %d, want 403", name, w.Code)
		}
	}
	if w := s.do("GET", dashboardPath(lmsA, link), "", ""); w.Code != http.StatusOK {
		t.Errorf("the link itself, after those: status %d, want 200", w.Code)
	}
}

// anotherLastBit spells a signature of 32 bytes in another way: of its 43 digits the
// last one has two bits too many.
func anotherLastBit(token string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(token) - 1
	return token[:last] + string(digits[strings.IndexByte(digits, token[last])^1])
}

// A token is good for an hour, on each replica, also one that does not know the new
// secret yet, or the old one no more.
func TestTokensOverTimeAndReplicas(t *testing.T) {
	t.Parallel()
	one, other := newService(t, nil), newService(t, nil)
	token := one.token(t, lmsA, secretA)
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{0, 200}, {59 * time.Minute, 200}, {time.Hour - time.Second, 200}, {time.Hour, 401}, {48 * time.Hour, 401}} {
		for name, replica := range map[string]*service{"the same": one, "another": other} {
			replica.clock.Set(recordedAt.Add(tt.after))
			if w := replica.do("GET", "/api/v1/config/", token, ""); w.Code != tt.want {
				t.Errorf("%s replica after %v: status %d, want %d", name, tt.after, w.Code, tt.want)
			}
		}
	}
}

// While a secret is changed both are good, for links as well. A token ends with the secret by
// which it was given out.
func TestSecretsAreRotated(t *testing.T) {
	t.Parallel()
	const fresh = "a secret that is new"
	replica := func(secrets ...backend.Secret) *service {
		s := newService(t, nil)
		h, err := backend.NewHandler(s.memory, []backend.Platform{{ID: "north", ClientID: lmsA, Secrets: secrets}}, backend.WithClock(s.clock))
		if err != nil {
			t.Fatal(err)
		}
		s.Handler = h
		return s
	}
	before, during, after := replica(secretA), replica(fresh, secretA), replica(fresh)
	old, young := during.token(t, lmsA, secretA), during.token(t, lmsA, fresh)
	for _, tt := range []struct {
		name  string
		s     *service
		token string
		want  int
	}{
		{"old token before", before, old, 200}, {"old token during", during, old, 200}, {"old token after", after, old, 401},
		{"new token before", before, young, 401}, {"new token during", during, young, 200}, {"new token after", after, young, 200},
	} {
		if w := tt.s.do("GET", "/api/v1/config/", tt.token, ""); w.Code != tt.want {
			t.Errorf("%s: status %d, want %d", tt.name, w.Code, tt.want)
		}
	}
	for mark, tt := range map[string]struct {
		s      *service
		secret string
		want   int
	}{"1": {before, secretA, 200}, "2": {before, fresh, 403}, "3": {during, secretA, 200}, "4": {during, fresh, 200}, "5": {after, secretA, 403}, "6": {after, fresh, 200}} {
		path := dashboardPath(lmsA, signed(t, tt.secret, link(jwt.MapClaims{"jti": mark})))
		if w := tt.s.do("GET", path, "", ""); w.Code != tt.want {
			t.Errorf("link %s: status %d, want %d", mark, w.Code, tt.want)
		}
	}
}

// The token endpoint says in the words of RFC 6749 what is wrong, and nothing of
// what was sent.
func TestSignInRefusals(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	good := "grant_type=client_credentials&client_id=" + lmsA + "&client_secret=" + secretA + "&token_type=jwt"
	for name, tt := range map[string]struct {
		form  string
		want  int
		error string
	}{
		"right":            {good, 200, ""},
		"a wrong secret":   {strings.Replace(good, secretA, "wrong personal", 1), 401, "invalid_client"},
		"another's secret": {strings.Replace(good, secretA, secretB, 1), 401, "invalid_client"},
		"no secret":        {strings.Replace(good, secretA, "", 1), 401, "invalid_client"},
		"no such client":   {strings.Replace(good, lmsA, "personal", 1), 401, "invalid_client"},
		"no client":        {"grant_type=client_credentials", 401, "invalid_client"},
		"another grant":    {strings.Replace(good, "client_credentials", "password", 1), 400, "unsupported_grant_type"},
		"no form":          {"%zz", 400, "invalid_request"},
	} {
		w := s.do("POST", "/oauth2/access_token", "", tt.form)
		if w.Code != tt.want || member(t, w, "error") != tt.error {
			t.Errorf("%s: status %d, %s, want %d, %s", name, w.Code, w.Body, tt.want, tt.error)
		}
		if tt.want != http.StatusOK {
			checkRefusal(t, w)
		}
	}
}
