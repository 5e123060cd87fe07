package testserver

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// coursePattern is what the platform's router takes for a course key; much that
// fits is none.
const coursePattern = `[^/+]+(?:/|\+)[^/+]+(?:/|\+)[^/?]+`

var (
	courseInPath = regexp.MustCompile(`^(` + coursePattern + `?)/?$`)
	courseKey    = regexp.MustCompile(`^course-v1:([\pL\pN_~.:-]+)\+([\pL\pN_~.:-]+)\+([\pL\pN_~.:-]+)$`)
	ccxKey       = regexp.MustCompile(`^ccx-v1:([\pL\pN_~.:-]+)\+([\pL\pN_~.:-]+)\+([\pL\pN_~.:-]+)\+ccx@\d+$`)
	oldKey       = regexp.MustCompile(`^([\pL\pN_.%-]+)/([\pL\pN_.%-]+)/([\pL\pN_.%-]+)$`)
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

// getCourse shows one course to the user named by username; without it, to
// somebody anonymous, whoever asks.
func (o *OpenEdX) getCourse(c edxCall) reply {
	match := courseInPath.FindStringSubmatch(c.path)
	if match == nil {
		return statusPage(http.StatusNotFound)
	}
	var user User
	if c.request.Header.Get("Authorization") != "" {
		caller, refused, ok := o.caller(c)
		if !ok {
			return refused
		}
		user = caller
	}
	org, number, ok := splitKey(match[1])
	if !ok {
		return edxJSON(http.StatusBadRequest, object{{"field_errors", object{{"course_key", object{
			{"developer_message", "'" + match[1] + "' is not a valid course key."},
		}}}}})
	}
	viewer := c.form.Get("username")
	if viewer != "" && viewer != user.Username && !user.Staff {
		return edxJSON(http.StatusForbidden, object{{"developer_message", "You do not have permission to perform this action."}})
	}
	known, exists := o.users[viewer]
	course, found := o.courses[match[1]]
	if viewer != "" && !exists || !found || course.StaffOnly && !known.Staff {
		return edxJSON(http.StatusNotFound, object{{"developer_message", "Not found."}})
	}
	return edxJSON(http.StatusOK, courseObject(course, org, number))
}

func courseObject(c Course, org, number string) object {
	image := "https://lms.example.org/asset/" + number + ".jpg"
	startType, startDisplay := "empty", any(nil)
	if !c.Start.IsZero() {
		startType, startDisplay = "timestamp", c.Start.UTC().Format("January 2, 2006")
	}
	pacing := "instructor"
	if c.SelfPaced {
		pacing = "self"
	}
	return object{
		{"blocks_url", "https://lms.example.org/api/courses/v1/blocks/?course_id=" + url.QueryEscape(c.Key)},
		{"effort", nil}, {"end", edxTime(c.End)}, {"enrollment_start", edxTime(c.EnrollmentStart)},
		{"enrollment_end", edxTime(c.EnrollmentEnd)}, {"id", c.Key}, {"media", object{
			{"banner_image", object{{"uri", "/asset/" + number + ".jpg"}, {"uri_absolute", image}}},
			{"course_image", object{{"uri", "/asset/" + number + ".jpg"}}}, {"course_video", object{{"uri", nil}}},
			{"image", object{{"raw", image}, {"small", image}, {"large", image}}},
		}},
		{"name", html.EscapeString(c.Name)}, {"number", number}, {"org", org}, {"short_description", ""},
		{"start", edxTime(c.Start)}, {"start_display", startDisplay}, {"start_type", startType}, {"pacing", pacing},
		{"mobile_available", false}, {"hidden", !strings.Contains(c.Key, ":")}, {"invitation_only", c.InviteOnly},
		{"course_id", c.Key}, {"overview", "<p>About this course</p>"},
	}
}
