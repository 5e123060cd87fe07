package edxtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// authKind says which credentials a view takes, and how it refuses others.
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

// authenticate finds out who calls, or answers why he may not.
func (o *Server) authenticate(c *call) (refused reply, ok bool) {
	header := c.request.Header.Get("Authorization")
	if c.route.auth == authNone || c.route.auth == authOptional && header == "" {
		return reply{}, true
	}
	scheme, text, _ := strings.Cut(header, " ")
	known := o.tokens[text]
	switch {
	case scheme == "Bearer" && (c.route.auth == authJWT || c.route.auth == authSession),
		scheme == "JWT" && c.route.auth == authBearer, scheme != "JWT" && scheme != "Bearer":
		return o.unauthorized(*c, notProvided), false
	case scheme == "Bearer" && (known == nil || !known.opaque):
		return opaqueError(*c, "token_nonexistent"), false
	case scheme == "Bearer" && o.now().After(known.expires):
		return opaqueError(*c, "token_expired"), false
	case scheme == "JWT" && (known == nil || known.opaque):
		return o.unauthorized(*c, "Error decoding token."), false
	case scheme == "JWT" && o.now().After(known.expires.Add(leeway)):
		return o.unauthorized(*c, "Token has expired."), false
	}
	c.user, c.token = o.users[known.username], known
	return reply{}, true
}

// unauthorized is a 401 in the form of the view; a view that asks for a session
// first says 403, even for a token that has expired.
func (o *Server) unauthorized(c call, text string) reply {
	if o.is(VariantTokenTexts, "other") {
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
