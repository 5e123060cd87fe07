package edxtest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// route is one endpoint: its path, the credentials it takes, and what it does.
type route struct {
	method, pattern string // the pattern ends in a slash where the platform wants one
	act             func(*Server, call) reply
	auth            authKind
	developer       bool   // errors say developer_message instead of detail
	rest            string // what may follow the pattern, as a regular expression
	rate            rate
	short           string // another name for scripted faults and for counts

	prefix string // of the pattern, up to its first parameter
	match  *regexp.Regexp
}

// endpoint is the route's name.
func (r *route) endpoint() string { return r.method + " " + r.pattern }

// coursePattern is what the platform's router takes for a course key. Much that matches
// is not one.
const coursePattern = `[^/+]+(?:/|\+)[^/+]+(?:/|\+)[^/?]+`

// pathParams are the parameters of the patterns.
var pathParams = map[string]string{
	"course": coursePattern, "username": `[\pL\pN_ .@+-]+`, "key": `[a-zA-Z0-9_]+`, "mode": `.*`,
	"exam": `\d+`, "attempt": `\d+`, "user": `\d+`, "allowance": `\d+`,
	"content": `[A-z0-9]+`, "usage": `.+`, "text": `.+`, "external_id": `[-a-zA-Z0-9_]+`,
}

var platformRoutes = compileRoutes(
	tokenRoutes, courseRoutes, blockRoutes, enrollmentRoutes, modeRoutes, retirementRoutes, accountRoutes, preferenceRoutes,
	gradeRoutes, certificateRoutes, specialExamRoutes, attemptRoutes, allowanceRoutes, onboardingRoutes, callbackRoutes,
)

var examsRoutes = compileRoutes(serviceRoutes)

// Routes returns every endpoint that a server has, first those of the platform and
// then those of edx-exams.
func Routes() []proctorbooktest.Route {
	var routes []proctorbooktest.Route
	for _, r := range slices.Concat(platformRoutes, examsRoutes) {
		routes = append(routes, proctorbooktest.Route{Method: r.method, Pattern: r.pattern})
	}
	return routes
}

var pathParam = regexp.MustCompile(`\\\{(\w+)\\\}`)

func compileRoutes(groups ...[]route) []route {
	table := slices.Concat(groups...)
	for i := range table {
		r := &table[i]
		r.prefix, _, _ = strings.Cut(r.pattern, "{")
		text := pathParam.ReplaceAllStringFunc(regexp.QuoteMeta(r.pattern), func(quoted string) string {
			name := pathParam.FindStringSubmatch(quoted)[1]
			return "(?P<" + name + ">" + pathParams[name] + ")"
		})
		r.match = regexp.MustCompile("^" + text + r.rest + "$")
	}
	return table
}

// findRoute takes the first pattern that fits, whatever its method is, as the
// platform does. Without a route, allow lists the methods that the path takes.
func findRoute(table []route, method, path string) (route *route, vars map[string]string, allow string) {
	first, vars := firstRoute(table, path)
	if first == nil {
		return nil, nil, ""
	}
	var methods []string
	for i := range table {
		if table[i].pattern != first.pattern {
			continue
		}
		if table[i].method == method {
			return &table[i], vars, ""
		}
		methods = append(methods, table[i].method)
	}
	return nil, nil, strings.Join(methods, ", ")
}

func firstRoute(table []route, path string) (*route, map[string]string) {
	for i := range table {
		r := &table[i]
		if !strings.HasPrefix(path, r.prefix) {
			continue
		}
		found := r.match.FindStringSubmatch(path)
		if found == nil {
			continue
		}
		vars := map[string]string{}
		for j, name := range r.match.SubexpNames() {
			if name != "" {
				vars[name] = found[j]
			}
		}
		return r, vars
	}
	return nil, nil
}

// endpointNamed finds the name of a route by that name or by its short one; it
// is "" for none.
func endpointNamed(name string) string {
	for _, r := range slices.Concat(platformRoutes, examsRoutes) {
		if name != "" && (name == r.endpoint() || name == r.short) {
			return r.endpoint()
		}
	}
	return ""
}

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// call is one request, with the parameters of its path and its caller.
type call struct {
	route   *route
	vars    map[string]string // the parts of the path, decoded
	query   url.Values
	body    []byte
	request *http.Request

	user  User // zero for an anonymous caller
	token *token
}

// readCall finds the route. The path is matched as the platform does it, after
// decoding: "+" and "%2B" are the same there.
func readCall(r *http.Request, table []route) (call, *reply) {
	notFound := testserver.StatusPage(http.StatusNotFound)
	if strings.Contains(strings.ToLower(r.URL.EscapedPath()), "%2f") {
		return call{}, &notFound // proxies in front of the platform refuse it
	}
	route, vars, allow := findRoute(table, r.Method, r.URL.Path)
	switch {
	case route == nil && allow != "":
		return call{}, &reply{Status: http.StatusMethodNotAllowed, Header: map[string]string{"Allow": allow}}
	case route == nil:
		if slashed, _ := firstRoute(table, r.URL.Path+"/"); slashed == nil || !strings.HasSuffix(slashed.pattern, "/") {
			return call{}, &notFound
		}
		moved := testserver.StatusPage(http.StatusMovedPermanently)
		moved.Header["Location"] = (&url.URL{Path: r.URL.Path + "/", RawQuery: r.URL.RawQuery}).String()
		return call{}, &moved
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, testserver.MaxBody))
	if err != nil {
		return call{}, &reply{Ending: testserver.EndLost}
	}
	return call{route: route, vars: vars, query: r.URL.Query(), body: body, request: r}, nil
}

// acceptsJSON reports whether the caller takes what the views write, whatever it
// prefers.
func (c call) acceptsJSON() bool {
	header := strings.Join(c.request.Header.Values("Accept"), ",")
	for _, item := range strings.Split(header, ",") {
		kind, _, _ := strings.Cut(item, ";")
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "*/*", "application/*", jsonType:
			return true
		}
	}
	return header == ""
}

func (c call) contentType() string {
	kind, _, _ := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	return kind
}

// form is the query, and the body if that is a form; the body wins.
func (c call) form() url.Values {
	form := url.Values{}
	for name, values := range c.query {
		form[name] = values
	}
	if c.contentType() != "application/x-www-form-urlencoded" {
		return form
	}
	sent, _ := url.ParseQuery(string(c.body)) // what can't be parsed is left out
	for name, values := range sent {
		form[name] = values
	}
	return form
}

const (
	jsonType       = "application/json"
	mergePatchType = "application/merge-patch+json"
)

// json reads the body as JSON of the media type, or refuses the call.
func (c call) json(mediaType string) (value any, refused reply, ok bool) {
	if c.contentType() != mediaType {
		text := `Unsupported media type "` + c.request.Header.Get("Content-Type") + `" in request.`
		return nil, c.refuse(http.StatusUnsupportedMediaType, text), false
	}
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, c.refuse(http.StatusBadRequest, "JSON parse error - Expecting value: line 1 column 1 (char 0)"), false
	}
	return value, reply{}, true
}

// jsonObject is like json, for a body that must be an object.
func (c call) jsonObject(mediaType string) (jsonBody, reply, bool) {
	value, refused, ok := c.json(mediaType)
	if !ok {
		return nil, refused, false
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, jsonReply(http.StatusBadRequest, object{{"non_field_errors", []string{"Invalid data. Expected a dictionary."}}}), false
	}
	return members, reply{}, true
}

// jsonBody is a JSON object that was sent.
type jsonBody map[string]any

// text returns a member as text, "" if it is missing, null or no text or number.
func (b jsonBody) text(name string) string {
	switch v := b[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func (b jsonBody) flag(name string) bool { v, _ := b[name].(bool); return v }

func (b jsonBody) number(name string) (int64, bool) { return toNumber(b.text(name)) }

// has reports whether the member was sent, even as null.
func (b jsonBody) has(name string) bool { _, ok := b[name]; return ok }

func (b jsonBody) inner(name string) jsonBody { v, _ := b[name].(map[string]any); return v }
