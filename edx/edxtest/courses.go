package edxtest

import (
	"cmp"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var courseRoutes = []route{
	{method: get, pattern: "/api/courses/v1/courses/", auth: authOptional, developer: true, rate: catalogRate, act: (*Server).listCourses},
	{method: post, pattern: "/api/courses/v1/courses/", auth: authOptional, developer: true, rate: catalogRate, act: (*Server).listCourses},
	{method: get, pattern: "/api/courses/v1/courses/{course}", rest: "(?:/.*)?", auth: authOptional, developer: true, act: (*Server).getCourse, short: "courses"},
	{method: get, pattern: "/api/courses/v1/course_ids/", developer: true, rate: catalogRate, act: (*Server).listCourseIDs},
}

var (
	courseKey = regexp.MustCompile(`^course-v1:([\pL\pN_~.:-]+)\+([\pL\pN_~.:-]+)\+([\pL\pN_~.:-]+)$`)
	ccxKey    = regexp.MustCompile(`^ccx-v1:([\pL\pN_~.:-]+)\+([\pL\pN_~.:-]+)\+([\pL\pN_~.:-]+)\+ccx@\d+$`)
	oldKey    = regexp.MustCompile(`^([\pL\pN_.%-]+)/([\pL\pN_.%-]+)/([\pL\pN_.%-]+)$`)
)

// splitKey returns organization and number of a course key.
func splitKey(key string) (org, number string, ok bool) {
	for _, form := range []*regexp.Regexp{courseKey, ccxKey, oldKey} {
		if parts := form.FindStringSubmatch(key); parts != nil {
			return parts[1], parts[2], true
		}
	}
	return "", "", false
}

// viewer is the user whose rights decide what the catalog shows: the one named by
// username, and without a name an anonymous one, whoever asks.
func (s *Server) viewer(c call, username string) (viewer User, refused reply, ok bool) {
	if username == "" {
		return User{}, reply{}, true
	}
	if username != c.user.Username && !c.user.Staff {
		return User{}, c.forbid(), false
	}
	viewer, found := s.users[username]
	if !found {
		return User{}, c.refuse(http.StatusNotFound, "Not found."), false
	}
	return viewer, reply{}, true
}

func (s *Server) sees(viewer User, course Course) bool {
	return viewer.Staff || viewer.has(course.Key, false) || !course.StaffOnly && !s.is(VariantCatalog, "staff")
}

// getCourse shows one course.
func (s *Server) getCourse(c call) reply {
	key := c.vars["course"]
	if _, _, ok := splitKey(key); !ok {
		return fieldError("course_key", "'"+key+"' is not a valid course key.")
	}
	viewer, refused, ok := s.viewer(c, c.query.Get("username"))
	if !ok {
		return refused
	}
	course, found := s.courses[key]
	if !found || !s.sees(viewer, course) {
		return c.refuse(http.StatusNotFound, "Not found.")
	}
	detail := append(s.courseObject(c, course), member{"overview", "<p>About this course</p>"})
	if !course.CertificatesOn.IsZero() {
		detail = append(detail, member{"certificate_available_date", wireTime(course.CertificatesOn)})
	}
	if viewer.Username != "" {
		row := s.enrolled.get(viewer.Username, key)
		detail = append(detail, member{"is_enrolled", row != nil && row.Active})
	}
	return jsonReply(http.StatusOK, detail)
}

// courseObject is a course in the catalog's own terms; the name is escaped for HTML.
func (s *Server) courseObject(asked call, c Course) object {
	org, number, _ := splitKey(c.Key)
	image := "https://lms.example.org/asset/" + number + ".jpg"
	startType, startDisplay := "empty", any(nil)
	if !c.Start.IsZero() {
		startType, startDisplay = "timestamp", c.Start.UTC().Format("January 2, 2006")
	}
	pacing := "instructor"
	if c.SelfPaced {
		pacing = "self"
	}
	course := object{
		{"blocks_url", asked.base() + "/api/courses/v1/blocks/?course_id=" + url.QueryEscape(c.Key)},
		{"effort", nil}, {"end", wireTime(c.End)}, {"enrollment_start", wireTime(c.EnrollmentStart)},
		{"enrollment_end", wireTime(c.EnrollmentEnd)}, {"id", c.Key}, {"media", object{
			{"banner_image", object{{"uri", "/asset/" + number + ".jpg"}, {"uri_absolute", image}}},
			{"course_image", object{{"uri", "/asset/" + number + ".jpg"}}}, {"course_video", object{{"uri", nil}}},
			{"image", object{{"raw", image}, {"small", image}, {"large", image}}},
		}},
		{"name", html.EscapeString(c.Name)}, {"number", number}, {"org", org}, {"short_description", ""},
		{"start", wireTime(c.Start)}, {"start_display", startDisplay}, {"start_type", startType}, {"pacing", pacing},
		{"mobile_available", c.Mobile}, {"hidden", !strings.Contains(c.Key, ":")}, {"course_id", c.Key},
	}
	if s.is(VariantCourseFields, "missing") {
		return course
	}
	return append(course, member{"invitation_only", c.InviteOnly})
}

// sortedCourses are all courses by key.
func (s *Server) sortedCourses() []Course {
	return slices.SortedFunc(maps.Values(s.courses), func(a, b Course) int { return cmp.Compare(a.Key, b.Key) })
}

// courseFilter is what a list of courses is asked for.
type courseFilter struct {
	username, org, search string
	mobile, active        string // "" is not asked
	keys                  []string
}

// readCourseFilter reads the query of a GET and the body of a POST.
func readCourseFilter(c call) (f courseFilter, refused reply, ok bool) {
	form := c.query
	if c.request.Method == post {
		if form, refused, ok = c.filterBody(); !ok {
			return f, refused, false
		}
	}
	f = courseFilter{username: form.Get("username"), org: form.Get("org"), search: form.Get("search_term")}
	for name, value := range map[string]*string{"mobile": &f.mobile, "active_only": &f.active} {
		*value = strings.ToLower(form.Get(name))
		if !slices.Contains([]string{"", "True", "true", "1", "False", "false", "0"}, form.Get(name)) {
			return f, fieldError(name, "Enter a valid boolean."), false
		}
	}
	for _, text := range form["course_keys"] {
		for _, key := range strings.Split(text, ",") {
			if _, _, valid := splitKey(key); !valid {
				return f, fieldError("course_keys", fmt.Sprintf("'%s' is not a valid course key.", key)), false
			}
			f.keys = append(f.keys, key)
		}
	}
	return f, reply{}, true
}

// filterBody reads a form, or the same names in JSON.
func (c call) filterBody() (url.Values, reply, bool) {
	if c.contentType() != jsonType {
		form, _ := url.ParseQuery(string(c.body)) // what can't be parsed is left out
		return form, reply{}, true
	}
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return nil, refused, false
	}
	form := url.Values{}
	for name, value := range body {
		list, many := value.([]any)
		if !many {
			list = []any{value}
		}
		for _, item := range list {
			form.Add(name, fmt.Sprint(item))
		}
	}
	return form, reply{}, true
}

func (f courseFilter) takes(s *Server, course Course) bool {
	org, _, _ := splitKey(course.Key)
	truth := func(text string) bool { return text == "true" || text == "1" }
	ended := !course.End.IsZero() && s.now().After(course.End)
	switch {
	case f.org != "" && !strings.EqualFold(f.org, org),
		f.keys != nil && !slices.Contains(f.keys, course.Key),
		f.mobile != "" && truth(f.mobile) != course.Mobile,
		truth(f.active) && ended:
		return false
	}
	return strings.Contains(strings.ToLower(course.Name), strings.ToLower(f.search))
}

// listCourses serves a page of the catalog. Courses that the viewer may not see
// are dropped as the page is made, so that count is an estimate which shrinks,
// and the last page may turn out not to exist.
func (s *Server) listCourses(c call) reply {
	filter, refused, ok := readCourseFilter(c)
	if !ok {
		return refused
	}
	viewer, refused, ok := s.viewer(c, filter.username)
	if !ok {
		return refused
	}
	page, valid := c.positive("page", 1)
	if !valid {
		return c.refuse(http.StatusNotFound, "Invalid page.")
	}
	size := c.pageSize(10, 100)
	visible, count := []object{}, 0
	for _, course := range s.sortedCourses() {
		if !filter.takes(s, course) {
			continue
		}
		if len(visible) >= page*size || s.sees(viewer, course) {
			count++ // courses beyond this page count without a look at them
		}
		if len(visible) < page*size && s.sees(viewer, course) {
			visible = append(visible, s.courseObject(c, course))
		}
	}
	rows, _ := pageOf(visible, page, size)
	if len(rows) == 0 && page > 1 {
		return c.refuse(http.StatusNotFound, "Invalid page.")
	}
	return jsonReply(http.StatusOK, s.namespaced(c, rows, page, size, count))
}

// pageSize reads page_size: it is the default if that is no number, and most if it is
// more.
func (c call) pageSize(fallback, most int) int {
	size, ok := c.positive("page_size", fallback)
	if !ok {
		return fallback
	}
	return min(size, most)
}

// namespaced is the page of a list whose paging stands in an object of its own.
func (s *Server) namespaced(c call, rows any, page, size, count int) object {
	pages := max(1, (count+size-1)/size)
	var next, previous any
	if page < pages {
		next = s.link(c, "page", fmt.Sprint(page+1))
	}
	if page > 1 {
		previous = s.link(c, "page", fmt.Sprint(page-1))
	}
	return object{
		{"results", rows},
		{"pagination", object{{"next", next}, {"previous", previous}, {"count", count}, {"num_pages", pages}}},
	}
}

// listCourseIDs serves the keys of the courses in which a user has a role.
func (s *Server) listCourseIDs(c call) reply {
	role := c.query.Get("role")
	if role != "staff" && role != "instructor" {
		return fieldError("role", "Select a valid choice.")
	}
	viewer, refused, ok := s.viewer(c, c.query.Get("username"))
	if !ok {
		return refused
	}
	page, valid := c.positive("page", 1)
	keys := []string{}
	for _, course := range s.sortedCourses() {
		if viewer.Staff || viewer.has(course.Key, false) {
			keys = append(keys, course.Key)
		}
	}
	size := c.pageSize(10, 1000)
	rows, pages := pageOf(keys, page, size)
	if !valid || page > pages {
		return c.refuse(http.StatusNotFound, "Invalid page.")
	}
	return jsonReply(http.StatusOK, s.namespaced(c, rows, page, size, len(keys)))
}
