package edxtest

import (
	"net/http"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

var enrollmentRoutes = []route{
	{method: get, pattern: "/api/enrollment/v1/enrollment/{username},{course}", rate: enrollmentRate, act: (*Server).getEnrollment, short: "enrollment"},
	{method: get, pattern: "/api/enrollment/v1/enrollment/{course}", rate: enrollmentRate, act: (*Server).getEnrollment},
	{method: get, pattern: "/api/enrollment/v1/enrollment", rate: enrollmentRate, act: (*Server).listOwnEnrollments},
	{method: post, pattern: "/api/enrollment/v1/enrollment", rate: enrollmentRate, act: (*Server).enroll},
	{method: get, pattern: "/api/enrollment/v1/enrollments", rest: "/?", developer: true, rate: enrollmentRate, act: (*Server).listEnrollments},
	{method: get, pattern: "/api/enrollment/v1/course/{course}", auth: authNone, rate: enrollmentRate, act: (*Server).getCourseDetails},
	{method: get, pattern: "/api/enrollment/v1/roles/", rate: enrollmentRate, act: (*Server).listRoles},
	{method: get, pattern: "/api/enrollment/v1/enrollment_allowed/", auth: authJWT, rate: enrollmentRate, act: (*Server).listAllowed},
	{method: post, pattern: "/api/enrollment/v1/enrollment_allowed/", auth: authJWT, rate: enrollmentRate, act: (*Server).addAllowed},
	{method: remove, pattern: "/api/enrollment/v1/enrollment_allowed/", auth: authJWT, rate: enrollmentRate, act: (*Server).removeAllowed},
	{method: post, pattern: "/api/enrollment/v1/unenroll/", auth: authJWT, act: (*Server).unenroll},
}

// getEnrollment answers an empty 200 where there is none, and an empty 404 to
// those who may not know. Without a user name it is the caller's own.
func (o *Server) getEnrollment(c call) reply {
	username, own := c.vars["username"], c.vars["username"] == ""
	if own {
		username = c.user.Username
	}
	key := c.vars["course"]
	if username != c.user.Username && !c.user.Staff {
		return emptyReply(http.StatusNotFound)
	}
	if _, _, ok := splitKey(key); !ok {
		return o.crash() // the platform does not catch it
	}
	row := o.enrolled.get(username, key)
	if row == nil {
		return emptyReply(http.StatusOK)
	}
	return jsonReply(http.StatusOK, o.enrollmentObject(row))
}

func (o *Server) enrollmentObject(row *enrollmentRow) object {
	var details any
	if course, exists := o.courses[row.Course]; exists {
		details = o.courseDetails(course, false)
	}
	return object{
		{"created", wireTime(row.Created)}, {"mode", row.Mode}, {"is_active", row.Active},
		{"course_details", details}, {"user", row.Username},
	}
}

// listOwnEnrollments lists the active enrollments of one user. Who is neither
// that user nor global staff sees the courses whose staff he is: maybe none.
func (o *Server) listOwnEnrollments(c call) reply {
	username := c.query.Get("user")
	if username == "" {
		username = c.user.Username
	}
	rows := []object{}
	for _, row := range o.enrolled.byUser[username] {
		_, exists := o.courses[row.Course]
		if exists && row.Active && (username == c.user.Username || c.staffIn(row.Course)) {
			rows = append(rows, o.enrollmentObject(row))
		}
	}
	return jsonReply(http.StatusOK, rows)
}

// courseDetails is a course in the enrollment API's own terms.
func (o *Server) courseDetails(c Course, withExpired bool) object {
	modes := []object{}
	for _, m := range c.offered(o.now(), withExpired) {
		modes = append(modes, modeObject(m))
	}
	details := object{
		{"course_id", c.Key}, {"course_name", c.Name}, {"enrollment_start", wireTime(c.EnrollmentStart)},
		{"enrollment_end", wireTime(c.EnrollmentEnd)}, {"course_start", wireTime(c.Start)}, {"course_end", wireTime(c.End)},
		{"course_modes", modes}, {"invite_only", c.InviteOnly},
	}
	if o.is(VariantCourseFields, "missing") {
		return details
	}
	pacing := "Instructor Paced"
	if c.SelfPaced {
		pacing = "Self Paced"
	}
	return append(details, member{"pacing_type", pacing})
}

// offered are the modes in which the course can be taken; a course without any
// offers the platform's default.
func (c Course) offered(now time.Time, withExpired bool) []Mode {
	if len(c.Modes) == 0 {
		return []Mode{{Slug: "audit", Name: "Audit"}}
	}
	return slices.DeleteFunc(slices.Clone(c.Modes), func(m Mode) bool {
		return !withExpired && !m.Expires.IsZero() && !now.Before(m.Expires)
	})
}

func modeObject(m Mode) object {
	return object{
		{"slug", m.Slug}, {"name", m.Name}, {"min_price", m.Price}, {"suggested_prices", ""}, {"currency", "usd"},
		{"expiration_datetime", wireTime(m.Expires)}, {"description", testserver.OrNull(m.Description)}, {"sku", testserver.OrNull(m.SKU)}, {"bulk_sku", nil},
	}
}

// cachedCourse is a course as the enrollment API saw it last.
type cachedCourse struct {
	course Course
	until  time.Time
}

// cachedDetails are up to 60 s old: a mode that was just added is not seen.
func (o *Server) cachedDetails(key string) (Course, bool) {
	old, ok := o.cached[key]
	if ok && o.now().Before(old.until) && !o.is(VariantDetailsCache, "none") {
		return old.course, true
	}
	course, found := o.courses[key]
	if !found {
		delete(o.cached, key)
		return Course{}, false
	}
	o.cached[key] = cachedCourse{course: course, until: o.now().Add(time.Minute)}
	return course, true
}

// getCourseDetails needs nobody's rights. Any include_expired counts, even 0.
func (o *Server) getCourseDetails(c call) reply {
	key := c.vars["course"]
	if _, _, ok := splitKey(key); !ok {
		return o.crash()
	}
	course, found := o.cachedDetails(key)
	if !found {
		return message(http.StatusBadRequest, "No course found for course ID '%s'", key)
	}
	return jsonReply(http.StatusOK, o.courseDetails(course, c.query.Get("include_expired") != ""))
}
