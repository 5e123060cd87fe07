package edxtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// jwtKey signs the fake's tokens. Nobody verifies them but the fake, by looking them up.
var jwtKey = []byte("testserver")

type token struct {
	username string
	opaque   bool
	expires  time.Time
	limits   *ClientLimits // nil: not restricted
}

// ClientLimits make an OAuth client a restricted application, whose tokens hold
// scopes and filters.
type ClientLimits struct {
	Scopes   []string // such as grades:read
	Orgs     []string // organizations whose courses it may read
	OnlySelf bool     // it may read only what belongs to the user for whom it acts
}

var tokenRoutes = []route{
	{method: post, pattern: "/oauth2/access_token", rest: "/?", auth: authNone, act: (*Server).issueToken, short: "access_token"},
}

// issueToken serves the client credentials grant.
func (o *Server) issueToken(c call) reply { return o.issue(c, o.tokenLife) }

// signIn finds the client, whose id and secret stand in the body or in the header.
func (o *Server) signIn(c call) (known client, refused reply, ok bool) {
	form := c.form()
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if user, password, basic := c.request.BasicAuth(); basic && id == "" {
		id, secret = user, password
	}
	known, found := o.clients[id]
	fail := func(status int, code string) (client, reply, bool) {
		return client{}, jsonReply(status, object{{"error", code}}), false
	}
	switch grant := form.Get("grant_type"); {
	case !found || known.secret != secret:
		return fail(http.StatusUnauthorized, "invalid_client")
	case slices.Contains([]string{"password", "refresh_token", "authorization_code"}, grant):
		return fail(http.StatusBadRequest, "unauthorized_client")
	case grant != "client_credentials":
		return fail(http.StatusBadRequest, "unsupported_grant_type")
	case !known.mayHave(form.Get("scope")):
		if o.is(VariantInvalidScope, "401") {
			return fail(http.StatusUnauthorized, "invalid_scope")
		}
		return fail(http.StatusBadRequest, "invalid_scope")
	}
	return known, reply{}, true
}

var defaultScopes = []string{"read", "write", "email", "profile"}

func (c client) mayHave(scopes string) bool {
	for _, scope := range strings.Fields(scopes) {
		if slices.Contains(defaultScopes, scope) || c.limits != nil && slices.Contains(c.limits.Scopes, scope) {
			continue
		}
		return false
	}
	return true
}

// issue makes a token that lives so long; one with a negative life is refused
// everywhere from the start. So is the opaque token of a restricted application.
func (o *Server) issue(c call, life time.Duration) reply {
	known, refused, ok := o.signIn(c)
	if !ok {
		return refused
	}
	form := c.form()
	jwt := form.Get("token_type") == "jwt" || !form.Has("token_type") && c.request.Header.Get("X-Token-Type") == "jwt"
	if !jwt && known.limits != nil {
		life = -time.Second
	}
	made := &token{username: known.username, opaque: !jwt, expires: o.now().Add(life), limits: known.limits}
	if life < 0 {
		made.expires = made.expires.Add(-leeway)
	}
	o.minted++
	text, kind := o.opaqueText(), "Bearer"
	if jwt {
		text, kind = o.jwt(made), "JWT"
	}
	o.tokens[text] = made
	scope := strings.Join(defaultScopes, " ")
	if known.limits != nil {
		scope = strings.Join(known.limits.Scopes, " ")
	}
	return jsonReply(http.StatusOK, object{
		{"access_token", text}, {"expires_in", int64(life / time.Second)}, {"token_type", kind}, {"scope", scope},
	})
}

func (o *Server) opaqueText() string { return "opaque" + strconv.Itoa(1000000+o.minted) }

// jwt is a token with the claims that the platform writes; sub makes each one unique.
func (o *Server) jwt(t *token) string {
	scopes, filters := defaultScopes, []string{}
	if t.limits != nil {
		scopes = t.limits.Scopes
		for _, org := range t.limits.Orgs {
			filters = append(filters, "content_org:"+org)
		}
		if t.limits.OnlySelf {
			filters = append(filters, "user:me")
		}
	}
	return signJWT(jwtKey, object{
		{"aud", "lms-key"}, {"exp", t.expires.Unix()}, {"grant_type", "client_credentials"}, {"iat", o.now().Unix()},
		{"iss", "https://lms.example.org/oauth2"}, {"preferred_username", t.username}, {"scopes", scopes}, {"version", "1.2.0"},
		{"sub", "service-" + strconv.Itoa(o.minted)}, {"filters", filters}, {"is_restricted", t.limits != nil}, {"email_verified", true},
	})
}

// signJWT makes a token with HS256.
func signJWT(key []byte, claims object) string {
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(testserver.AppendObject(nil, claims, testserver.PlainNumbers))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}
