package edxtest

import (
	"cmp"
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

// viewer is the user through whose eyes the catalog is seen: the one named by
// username; without a name somebody anonymous, whoever asks.
func (o *Server) viewer(c call, username string) (viewer User, refused reply, ok bool) {
	if username == "" {
		return User{}, reply{}, true
	}
	if username != c.user.Username && !c.user.Staff {
		return User{}, c.forbid(), false
	}
	viewer, found := o.users[username]
	if !found {
		return User{}, c.refuse(http.StatusNotFound, "Not found."), false
	}
	return viewer, reply{}, true
}

func (o *Server) sees(viewer User, course Course) bool {
	return viewer.Staff || viewer.has(course.Key, false) || !course.StaffOnly && !o.is(VariantCatalog, "staff")
}

// getCourse shows one course.
func (o *Server) getCourse(c call) reply {
	key := c.vars["course"]
	if _, _, ok := splitKey(key); !ok {
		return fieldError("course_key", "'"+key+"' is not a valid course key.")
	}
	viewer, refused, ok := o.viewer(c, c.query.Get("username"))
	if !ok {
		return refused
	}
	course, found := o.courses[key]
	if !found || !o.sees(viewer, course) {
		return c.refuse(http.StatusNotFound, "Not found.")
	}
	detail := append(o.courseObject(course), member{"overview", "<p>About this course</p>"})
	if !course.CertificatesOn.IsZero() {
		detail = append(detail, member{"certificate_available_date", wireTime(course.CertificatesOn)})
	}
	if viewer.Username != "" {
		row := o.enrolled.get(viewer.Username, key)
		detail = append(detail, member{"is_enrolled", row != nil && row.Active})
	}
	return jsonReply(http.StatusOK, detail)
}

// courseObject is a course in the catalog's own terms; the name is escaped for HTML.
func (o *Server) courseObject(c Course) object {
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
		{"blocks_url", "https://lms.example.org/api/courses/v1/blocks/?course_id=" + url.QueryEscape(c.Key)},
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
	if o.is(VariantCourseFields, "missing") {
		return course
	}
	return append(course, member{"invitation_only", c.InviteOnly})
}

// sortedCourses are all courses by key.
func (o *Server) sortedCourses() []Course {
	return slices.SortedFunc(maps.Values(o.courses), func(a, b Course) int { return cmp.Compare(a.Key, b.Key) })
}
