package edxtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// authKind is which credentials a view takes, and how it refuses others.
type authKind int

const (
	authAny      authKind = iota // JWT or Bearer
	authOptional                 // likewise, or nothing at all
	authNone                     // nobody is asked
	authJWT                      // JWT alone
	authBearer                   // Bearer alone
	authSession                  // a session or a JWT, in this order: refusals are 403
)

// leeway is how long the platform takes a token after its end.
const leeway = time.Second

const notProvided = "Authentication credentials were not provided."

// schemes are the words before a token, which may be in any case.
var schemes = map[string]string{"jwt": "JWT", "bearer": "Bearer"}

// authenticate finds the caller by the token, or refuses the call.
func (s *Server) authenticate(c *call) (refused reply, ok bool) {
	header := c.request.Header.Get("Authorization")
	if c.route.auth == authNone || c.route.auth == authOptional && header == "" {
		return reply{}, true
	}
	scheme, text, _ := strings.Cut(header, " ")
	scheme = schemes[strings.ToLower(scheme)]
	known := s.tokens[text]
	switch {
	case text == "":
		return s.unauthorized(*c, notProvided), false
	case scheme == "Bearer" && (c.route.auth == authJWT || c.route.auth == authSession),
		scheme == "JWT" && c.route.auth == authBearer, scheme != "JWT" && scheme != "Bearer":
		return s.unauthorized(*c, notProvided), false
	case scheme == "Bearer" && (known == nil || !known.opaque):
		return opaqueError(*c, "token_nonexistent"), false
	case scheme == "Bearer" && s.now().After(known.expires):
		return opaqueError(*c, "token_expired"), false
	case scheme == "JWT" && (known == nil || known.opaque):
		return s.unauthorized(*c, "Error decoding token."), false
	case scheme == "JWT" && s.now().After(known.expires.Add(leeway)):
		return s.unauthorized(*c, "Token has expired."), false
	}
	c.user, c.token = s.users[known.username], known
	return reply{}, true
}

// unauthorized is a 401 in the form of the view; a view that asks for a session
// first says 403, even for a token that has expired.
func (s *Server) unauthorized(c call, text string) reply {
	if s.is(VariantTokenTexts, "other") {
		text = "The credentials are not acceptable."
	}
	if c.route.auth == authSession {
		return c.refuse(http.StatusForbidden, text)
	}
	r := c.refuse(http.StatusUnauthorized, text)
	r.Header["WWW-Authenticate"] = `JWT realm="api"`
	return r
}

// opaqueError is the 401 to a Bearer token; some views nest it.
func opaqueError(c call, code string) reply {
	body := object{{"error_code", code}, {"developer_message", "The provided access token is not valid."}}
	r := jsonReply(http.StatusUnauthorized, body)
	if c.route.developer {
		r = c.refuse(http.StatusUnauthorized, body)
	}
	r.Header["WWW-Authenticate"] = `JWT realm="api"`
	return r
}

// permit answers for the views that a restricted application may use as well.
// username is the one that path or query name, "" for none.
func (c call) permit(scope, course, username string) (refused reply, ok bool) {
	isMe := username != "" && strings.EqualFold(username, c.user.Username)
	limits := c.limits()
	org, _, _ := splitKey(course)
	switch {
	case limits == nil && !c.user.Staff && !isMe:
		return c.forbid(), false
	case limits == nil:
		return reply{}, true
	case !slices.Contains(limits.Scopes, scope):
		return c.refuse(http.StatusForbidden, "JWT missing required scopes."), false
	case !slices.Contains(limits.Orgs, org):
		return c.refuse(http.StatusForbidden, "JWT missing required content_org filter."), false
	case limits.OnlySelf && !isMe:
		return c.refuse(http.StatusForbidden, "JWT missing required user filter."), false
	}
	return reply{}, true
}

func (c call) limits() *ClientLimits {
	if c.token == nil {
		return nil
	}
	return c.token.limits
}

// staffIn reports whether the caller is global staff, or staff of the course on
// the platform.
func (c call) staffIn(course string) bool { return c.user.Staff || c.user.has(course, false) }

// has reports whether a role covers the course.
func (u User) has(course string, atExams bool) bool {
	org, _, _ := splitKey(course)
	return slices.ContainsFunc(u.Roles, func(r Role) bool {
		covers := r.Course == course || r.Course == "" && r.Org == org
		return r.Exams == atExams && covers && (r.Name == "staff" || r.Name == "instructor")
	})
}

// jwtKey signs the tokens. Nobody verifies the signature: the server looks tokens up.
var jwtKey = []byte("testserver")

type token struct {
	username string
	opaque   bool
	expires  time.Time
	limits   *ClientLimits // nil: not restricted

	administrator bool // as the claim of that name says
}

// ClientLimits make an OAuth client a restricted application, whose tokens hold
// scopes and filters.
type ClientLimits struct {
	// Scopes are the scopes of its tokens, such as grades:read.
	Scopes []string
	// Orgs are the organizations whose courses it may read.
	Orgs []string
	// OnlySelf limits it to what belongs to the user for whom it acts.
	OnlySelf bool
}

var tokenRoutes = []route{
	{method: post, pattern: "/oauth2/access_token", rest: "/?", auth: authNone, act: (*Server).issueToken, short: "access_token"},
}

// issueToken serves the client credentials grant.
func (s *Server) issueToken(c call) reply { return s.issue(c, s.tokenLife) }

// signIn finds the client by the id and secret in the body or in the header.
func (s *Server) signIn(c call) (known client, refused reply, ok bool) {
	form := c.form()
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if user, password, basic := c.request.BasicAuth(); basic && id == "" {
		id, secret = user, password
	}
	known, found := s.clients[id]
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
		if s.is(VariantInvalidScope, "401") {
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

// issue makes a token with that life; one with a negative life is refused
// everywhere from the start. So is the opaque token of a restricted application.
func (s *Server) issue(c call, life time.Duration) reply {
	known, refused, ok := s.signIn(c)
	if !ok {
		return refused
	}
	form := c.form()
	jwt := form.Get("token_type") == "jwt" || !form.Has("token_type") && c.request.Header.Get("X-Token-Type") == "jwt"
	if !jwt && known.limits != nil {
		life = -time.Second
	}
	scopes := known.scopes(form.Get("scope"))
	made := &token{username: known.username, opaque: !jwt, expires: s.now().Add(life), limits: known.limits}
	made.administrator = s.users[known.username].Staff && slices.Contains(scopes, "profile")
	if life < 0 {
		made.expires = made.expires.Add(-leeway)
	}
	s.minted++
	text, kind := s.opaqueText(), "Bearer"
	if jwt {
		text, kind = s.jwt(made, scopes), "JWT"
	}
	s.tokens[text] = made
	return jsonReply(http.StatusOK, object{
		{"access_token", text}, {"expires_in", s.expiresIn(life)}, {"token_type", kind}, {"scope", strings.Join(scopes, " ")},
	})
}

// scopes are those that were asked for, or else all that the client may have.
func (c client) scopes(asked string) []string {
	switch {
	case asked != "":
		return strings.Fields(asked)
	case c.limits != nil:
		return c.limits.Scopes
	}
	return defaultScopes
}

// expiresIn is a whole number of seconds, or one with a fraction.
func (s *Server) expiresIn(life time.Duration) any {
	if s.is(VariantExpiresIn, "fraction") {
		return fraction((life - time.Second/4).Seconds())
	}
	return int64(life / time.Second)
}

func (s *Server) opaqueText() string { return "opaque" + strconv.Itoa(1000000+s.minted) }

// jwt is a token with the claims that the platform writes; sub makes each one unique.
// The scopes decide what it tells of the user.
func (s *Server) jwt(t *token, scopes []string) string {
	filters := []string{}
	if t.limits != nil {
		for _, org := range t.limits.Orgs {
			filters = append(filters, "content_org:"+org)
		}
		if t.limits.OnlySelf {
			filters = append(filters, "user:me")
		}
	}
	claims := object{
		{"aud", "lms-key"}, {"exp", t.expires.Unix()}, {"grant_type", "client_credentials"}, {"iat", s.now().Unix()},
		{"iss", "https://lms.example.org/oauth2"}, {"preferred_username", t.username}, {"scopes", scopes}, {"version", "1.2.0"},
		{"sub", "service-" + strconv.Itoa(s.minted)}, {"filters", filters}, {"is_restricted", t.limits != nil}, {"email_verified", true},
	}
	u := s.users[t.username]
	if slices.Contains(scopes, "email") {
		claims = append(claims, member{"email", u.Email})
	}
	if slices.Contains(scopes, "profile") {
		given, family, _ := strings.Cut(u.Name, " ")
		claims = append(claims, member{"name", u.Name}, member{"family_name", family}, member{"given_name", given},
			member{"administrator", t.administrator}, member{"superuser", false})
	}
	return signJWT(jwtKey, claims)
}

// signJWT makes a token with HS256.
func signJWT(key []byte, claims object) string {
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(testserver.AppendObject(nil, claims, testserver.PlainNumbers))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}

// rate is how many requests a minute a view takes of one user; zero is no limit.
type rate struct {
	scope       string // views with one scope count together
	user, staff int
}

var (
	enrollmentRate = rate{"enrollment", 40, 120}
	catalogRate    = rate{"courses", 20, 40}
)

// throttle counts the call, and refuses it if [VariantRates] is played and the
// minute is full. A call that was refused does not count.
func (s *Server) throttle(c call) (refused reply, ok bool) {
	limit := c.route.rate.user
	if c.user.Staff {
		limit = c.route.rate.staff
	}
	if limit == 0 || !s.is(VariantRates, "documented") {
		return reply{}, true
	}
	now, key := s.now(), c.route.rate.scope+" "+c.user.Username
	recent := s.sent[key]
	for len(recent) > 0 && !recent[0].After(now.Add(-time.Minute)) {
		recent = recent[1:]
	}
	s.sent[key] = recent
	if len(recent) >= limit {
		return s.throttled(c, recent[0].Add(time.Minute).Sub(now)), false
	}
	s.sent[key] = append(recent, now)
	return reply{}, true
}

// throttled is a 429 in the form of the view; older releases leave Retry-After
// out where errors are for developers. The token endpoint answers a page.
func (s *Server) throttled(c call, delay time.Duration) reply {
	if c.route.short == "access_token" {
		if s.is(VariantTokenThrottle, "403") {
			return testserver.StatusPage(http.StatusForbidden)
		}
		return testserver.StatusPage(http.StatusTooManyRequests)
	}
	seconds := max(1, int((delay+time.Second-1)/time.Second))
	r := c.refuse(http.StatusTooManyRequests, fmt.Sprintf("Request was throttled. Expected available in %d seconds.", seconds))
	if delay <= 0 || c.route.developer && s.is(VariantRetryAfter, "missing") {
		return r
	}
	return r.WithRetryAfter(time.Duration(seconds) * time.Second)
}
