package backend

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/proctorbook/proctorbook/edx"
)

// route is one of the calls. Its pattern is the path, with names in braces for its
// variable parts.
type route struct {
	name      string
	method    string
	pattern   string
	mediaType string // of the body; "" if none is read
	open      bool   // it takes no token
	asks      bool   // it asks the provider
	page      bool   // a browser shows the answer
	answer    func(*handler, context.Context, call) answer
}

const formType = "application/x-www-form-urlencoded"

var routes = []route{
	{name: "token", method: http.MethodPost, pattern: "/oauth2/access_token", mediaType: formType, open: true, answer: (*handler).issueToken},
	{name: "config", method: http.MethodGet, pattern: "/api/v1/config/", answer: (*handler).getConfig},
	{name: "create exam", method: http.MethodPost, pattern: "/api/v1/exam/", mediaType: jsonType, asks: true, answer: (*handler).saveExam},
	{name: "update exam", method: http.MethodPost, pattern: "/api/v1/exam/{exam}/", mediaType: jsonType, asks: true, answer: (*handler).saveExam},
	{name: "get exam", method: http.MethodGet, pattern: "/api/v1/exam/{number}/", answer: (*handler).getExam},
	{name: "register attempt", method: http.MethodPost, pattern: "/api/v1/exam/{exam}/attempt/", mediaType: jsonType, asks: true, answer: (*handler).register},
	{name: "get attempt", method: http.MethodGet, pattern: "/api/v1/exam/{exam}/attempt/{attempt}/", asks: true, answer: (*handler).getAttempt},
	{name: "report attempt", method: http.MethodPatch, pattern: "/api/v1/exam/{exam}/attempt/{attempt}/", mediaType: jsonType, asks: true, answer: (*handler).report},
	{name: "remove attempt", method: http.MethodDelete, pattern: "/api/v1/exam/{exam}/attempt/{attempt}/", asks: true, answer: (*handler).remove},
	{name: "retire user", method: http.MethodDelete, pattern: "/api/v1/user/{user}/", asks: true, answer: (*handler).retire},
	{name: "onboarding statuses", method: http.MethodGet, pattern: "/api/v1/courses/{course}/onboarding_statuses", answer: (*handler).onboardingStatuses},
	{name: "dashboard", method: http.MethodGet, pattern: "/api/v1/instructor/{client}/", open: true, page: true, answer: (*handler).openDashboard},
}

// pathValues are the variable parts of a path.
type pathValues struct {
	exam    ExamID
	attempt AttemptID
	user    UserID
	course  edx.CourseKey
	client  string
}

// find returns the call that a request is, or one without a route and the refusal.
func (h *handler) find(w http.ResponseWriter, r *http.Request) (call, answer) {
	path := r.URL.EscapedPath()
	var allowed []string
	for i := range routes {
		values, ok := matchPath(routes[i].pattern, path)
		switch {
		case ok && routes[i].method == r.Method:
			return call{route: &routes[i], request: r, writer: w, header: r.Header, asker: &asker{}, pathValues: values}, answer{}
		case ok:
			allowed = append(allowed, routes[i].method)
		}
	}
	if allowed != nil {
		return call{}, refusal(http.StatusMethodNotAllowed, sentenceMethod).with("Allow", strings.Join(allowed, ", ")).ended()
	}
	return call{}, refusal(http.StatusNotFound, sentenceNotFound).ended()
}

// matchPath compares a path, as it came, with a pattern. The platform puts ids into
// its paths as they are, and so reads no escape but those that its HTTP library
// puts into a course key.
func matchPath(pattern, path string) (values pathValues, ok bool) {
	if before, after, found := strings.Cut(pattern, "{course}"); found {
		key, hasBefore := strings.CutPrefix(path, before)
		key, hasAfter := strings.CutSuffix(key, after)
		course, isCourse := courseInPath(key)
		return pathValues{course: course}, hasBefore && hasAfter && isCourse
	}
	names, parts := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(names) != len(parts) {
		return values, false
	}
	for i, name := range names {
		if ok := values.set(name, parts[i]); !ok {
			return pathValues{}, false
		}
	}
	return values, true
}

// set takes in one part of a path, and reports whether it can be that.
func (v *pathValues) set(name, part string) bool {
	switch name {
	case "{exam}":
		v.exam = ExamID(part)
		return isID(part)
	case "{attempt}":
		v.attempt = AttemptID(part)
		return isID(part)
	case "{user}":
		v.user = UserID(part)
		return isUserID(part)
	case "{client}":
		v.client = part
		return isClientID(part)
	case "{number}":
		_, err := strconv.ParseUint(part, 10, 63)
		return err == nil
	}
	return name == part
}

// courseInPath reads a course key out of a path. The slashes of an old key stand
// there as they are; an escaped one, and parts that climb, are no key.
func courseInPath(text string) (edx.CourseKey, bool) {
	plain, err := url.PathUnescape(text)
	if err != nil || strings.Contains(strings.ToLower(text), "%2f") {
		return edx.CourseKey{}, false
	}
	climbs := slices.ContainsFunc(strings.Split(plain, "/"), func(part string) bool { return part == "." || part == ".." })
	key, err := edx.ParseCourseKey(plain)
	return key, err == nil && !climbs
}
