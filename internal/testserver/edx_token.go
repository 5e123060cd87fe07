package testserver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// leeway is how long the platform takes a token after its end.
const leeway = time.Second

// jwtKey signs the fake's tokens. Nobody verifies them but the fake, by looking them up.
var jwtKey = []byte("testserver")

type token struct {
	username string
	opaque   bool
	expires  time.Time
}

// issueToken serves the client credentials grant.
func (o *OpenEdX) issueToken(c edxCall) reply {
	if c.path != "" && c.path != "/" {
		return statusPage(http.StatusNotFound)
	}
	if refused, ok := o.checkClient(c); !ok {
		return refused
	}
	return o.issue(c, o.tokenLife)
}

func (o *OpenEdX) checkClient(c edxCall) (refused reply, ok bool) {
	known, found := o.clients[c.form.Get("client_id")]
	switch {
	case !found || known.secret != c.form.Get("client_secret"):
		return edxJSON(http.StatusUnauthorized, object{{"error", "invalid_client"}}), false
	case c.form.Get("grant_type") != "client_credentials":
		return edxJSON(http.StatusBadRequest, object{{"error", "unsupported_grant_type"}}), false
	}
	return reply{}, true
}

// issue makes a token that lives so long; one with a negative life is refused
// everywhere from the start.
func (o *OpenEdX) issue(c edxCall, life time.Duration) reply {
	if refused, ok := o.checkClient(c); !ok {
		return refused
	}
	username := o.clients[c.form.Get("client_id")].username
	jwt := c.form.Get("token_type") == "jwt" || !c.form.Has("token_type") && c.request.Header.Get("X-Token-Type") == "jwt"
	made := &token{username: username, opaque: !jwt, expires: o.now().Add(life)}
	if life < 0 {
		made.expires = made.expires.Add(-leeway)
	}
	o.minted++
	text, kind := o.opaqueText(), "Bearer"
	if jwt {
		text, kind = o.jwt(username, made.expires), "JWT"
	}
	o.tokens[text] = made
	return edxJSON(http.StatusOK, object{
		{"access_token", text}, {"expires_in", int64(life / time.Second)}, {"token_type", kind}, {"scope", "read write email profile"},
	})
}

func (o *OpenEdX) opaqueText() string { return "opaque" + strconv.Itoa(1000000+o.minted) }

// jwt is a token with the claims that the platform writes; sub makes each one unique.
func (o *OpenEdX) jwt(username string, expires time.Time) string {
	claims := object{
		{"aud", "lms-key"}, {"exp", expires.Unix()}, {"grant_type", "client_credentials"}, {"iat", o.now().Unix()},
		{"iss", "https://lms.example.org/oauth2"}, {"preferred_username", username}, {"version", "1.2.0"},
		{"sub", "service-" + strconv.Itoa(o.minted)}, {"is_restricted", false}, {"email_verified", true},
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(appendObject(nil, claims, plainNumbers))
	mac := hmac.New(sha256.New, jwtKey)
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}

// caller returns the user on whose behalf the request comes, or the 401 that it gets.
func (o *OpenEdX) caller(c edxCall) (user User, refused reply, ok bool) {
	header := c.request.Header.Get("Authorization")
	if header == "" {
		return User{}, unauthorized(c, "Authentication credentials were not provided."), false
	}
	scheme, text, _ := strings.Cut(header, " ")
	known := o.tokens[text]
	switch {
	case scheme == "Bearer" && (known == nil || !known.opaque):
		return User{}, opaqueError(c, "token_nonexistent"), false
	case scheme == "Bearer" && o.now().After(known.expires):
		return User{}, opaqueError(c, "token_expired"), false
	case scheme == "Bearer":
		return o.users[known.username], reply{}, true
	case scheme != "JWT":
		return User{}, unauthorized(c, "Authentication credentials were not provided."), false
	case known == nil || known.opaque:
		return User{}, unauthorized(c, "Error decoding token."), false
	case o.now().After(known.expires.Add(leeway)):
		return User{}, unauthorized(c, "Token has expired."), false
	}
	return o.users[known.username], reply{}, true
}

// unauthorized is a 401 in the form of the endpoint.
func unauthorized(c edxCall, text string) reply {
	name := "detail"
	if c.endpoint == "courses" {
		name = "developer_message"
	}
	r := edxJSON(http.StatusUnauthorized, object{{name, text}})
	r.header["WWW-Authenticate"] = `JWT realm="api"`
	return r
}

// opaqueError is the 401 to a Bearer token; some endpoints nest it.
func opaqueError(c edxCall, code string) reply {
	body := object{{"error_code", code}, {"developer_message", "The provided access token is not valid."}}
	if c.endpoint == "courses" {
		body = object{{"developer_message", body}}
	}
	r := edxJSON(http.StatusUnauthorized, body)
	r.header["WWW-Authenticate"] = `JWT realm="api"`
	return r
}
