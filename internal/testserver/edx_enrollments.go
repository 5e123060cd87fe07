package testserver

import (
	"net/http"
	"regexp"
)

var userAndCourse = regexp.MustCompile(`^([\pL\pN_ .@+-]+),(` + coursePattern + `)$`)

// getEnrollment answers an empty 200 where there is none, and an empty 404 to
// those who may not know.
func (o *OpenEdX) getEnrollment(c edxCall) reply {
	match := userAndCourse.FindStringSubmatch(c.path)
	if match == nil || c.path[len(c.path)-1] == '/' {
		return statusPage(http.StatusNotFound)
	}
	user, refused, ok := o.caller(c)
	if !ok {
		return refused
	}
	username, key := match[1], match[2]
	if _, _, ok := splitKey(key); !ok {
		return statusPage(http.StatusInternalServerError) // the platform does not catch it
	}
	if username != user.Username && !user.Staff {
		return edxEmpty(http.StatusNotFound)
	}
	row, found := o.enrollments[enrollmentKey(username, key)]
	if !found {
		return edxEmpty(http.StatusOK)
	}
	var details any
	if course, exists := o.courses[key]; exists {
		details = o.courseDetails(course)
	}
	return edxJSON(http.StatusOK, object{
		{"created", edxTime(row.created)}, {"mode", row.mode}, {"is_active", row.active},
		{"course_details", details}, {"user", username},
	})
}

// courseDetails is a course in the enrollment API's own terms.
func (o *OpenEdX) courseDetails(c Course) object {
	pacing := "Instructor Paced"
	if c.SelfPaced {
		pacing = "Self Paced"
	}
	modes := []object{}
	for _, m := range c.Modes {
		if m.Expires.IsZero() || o.now().Before(m.Expires) {
			modes = append(modes, modeObject(m))
		}
	}
	if len(c.Modes) == 0 {
		modes = append(modes, modeObject(Mode{Slug: "audit", Name: "Audit"}))
	}
	return object{
		{"course_id", c.Key}, {"course_name", c.Name}, {"enrollment_start", edxTime(c.EnrollmentStart)},
		{"enrollment_end", edxTime(c.EnrollmentEnd)}, {"course_start", edxTime(c.Start)}, {"course_end", edxTime(c.End)},
		{"course_modes", modes}, {"invite_only", c.InviteOnly}, {"pacing_type", pacing},
	}
}

func modeObject(m Mode) object {
	return object{
		{"slug", m.Slug}, {"name", m.Name}, {"min_price", m.Price}, {"suggested_prices", ""}, {"currency", "usd"},
		{"expiration_datetime", edxTime(m.Expires)}, {"description", nil}, {"sku", nil}, {"bulk_sku", nil},
	}
}
