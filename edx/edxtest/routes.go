package edxtest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// route is one endpoint: where it is, whom it asks for what, and what it does.
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

// coursePattern is what the platform's router takes for a course key; much that
// fits is none.
const coursePattern = `[^/+]+(?:/|\+)[^/+]+(?:/|\+)[^/?]+`

// pathParams are the parameters of the patterns.
var pathParams = map[string]string{
	"course": coursePattern, "username": `[\pL\pN_ .@+-]+`, "key": `[a-zA-Z0-9_]+`, "mode": `.*`,
	"exam": `\d+`, "attempt": `\d+`, "user": `\d+`, "allowance": `\d+`,
	"content": `[A-z0-9]+`, "usage": `.+`, "text": `.+`, "external_id": `[-a-zA-Z0-9_]+`,
}

var platformRoutes = compileRoutes(
	tokenRoutes, courseRoutes, enrollmentRoutes, modeRoutes, accountRoutes, preferenceRoutes,
	gradeRoutes, certificateRoutes, specialExamRoutes, attemptRoutes, allowanceRoutes, onboardingRoutes, callbackRoutes,
)

var examsRoutes = compileRoutes(serviceRoutes)

// Routes returns what [Server] serves, and then what [Server.Exams] serves.
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
