package edxtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
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

// getEnrollment answers an empty 200 where there is no enrollment, and an empty 404 to
// callers without the right. Without a user name it is the caller's own.
func (s *Server) getEnrollment(c call) reply {
	username, own := c.vars["username"], c.vars["username"] == ""
	if own {
		username = c.user.Username
	}
	key := c.vars["course"]
	if username != c.user.Username && !c.user.Staff {
		return emptyReply(http.StatusNotFound)
	}
	if _, _, ok := splitKey(key); !ok {
		return s.crash() // the platform does not catch it
	}
	row := s.enrolled.get(username, key)
	if row == nil {
		return emptyReply(http.StatusOK)
	}
	return jsonReply(http.StatusOK, s.enrollmentObject(row))
}

func (s *Server) enrollmentObject(row *enrollmentRow) object {
	var details any
	if course, exists := s.courses[row.Course]; exists {
		details = s.courseDetails(course, false)
	}
	return object{
		{"created", wireTime(row.Created)}, {"mode", row.Mode}, {"is_active", row.Active},
		{"course_details", details}, {"user", row.Username},
	}
}

// listOwnEnrollments lists the active enrollments of one user. A caller who is neither
// that user nor global staff sees those in courses of which the caller is staff.
func (s *Server) listOwnEnrollments(c call) reply {
	username := c.query.Get("user")
	if username == "" {
		username = c.user.Username
	}
	rows := []object{}
	for _, row := range s.enrolled.byUser[username] {
		_, exists := s.courses[row.Course]
		if exists && row.Active && (username == c.user.Username || c.staffIn(row.Course)) {
			rows = append(rows, s.enrollmentObject(row))
		}
	}
	return jsonReply(http.StatusOK, rows)
}

// courseDetails is a course in the enrollment API's own terms.
func (s *Server) courseDetails(c Course, withExpired bool) object {
	modes := []object{}
	for _, m := range c.offered(s.now(), withExpired) {
		modes = append(modes, modeObject(m))
	}
	details := object{
		{"course_id", c.Key}, {"course_name", c.Name}, {"enrollment_start", wireTime(c.EnrollmentStart)},
		{"enrollment_end", wireTime(c.EnrollmentEnd)}, {"course_start", wireTime(c.Start)}, {"course_end", wireTime(c.End)},
		{"course_modes", modes}, {"invite_only", c.InviteOnly},
	}
	if s.is(VariantCourseFields, "missing") {
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
		{"slug", m.Slug}, {"name", m.Name}, {"min_price", m.Price}, {"suggested_prices", ""}, {"currency", m.currency()},
		{"expiration_datetime", wireTime(m.Expires)}, {"description", testserver.OrNull(m.Description)}, {"sku", testserver.OrNull(m.SKU)}, {"bulk_sku", testserver.OrNull(m.BulkSKU)},
	}
}

// cachedCourse is a course as the enrollment API saw it last.
type cachedCourse struct {
	course Course
	until  time.Time
}

// cachedDetails are up to 60 s old: a mode that was just added is not seen.
func (s *Server) cachedDetails(key string) (Course, bool) {
	old, ok := s.cached[key]
	if ok && s.now().Before(old.until) && !s.is(VariantDetailsCache, "none") {
		return old.course, true
	}
	course, found := s.courses[key]
	if !found {
		delete(s.cached, key)
		return Course{}, false
	}
	s.cached[key] = cachedCourse{course: course, until: s.now().Add(time.Minute)}
	return course, true
}

// getCourseDetails needs nobody's rights. Any include_expired counts, even 0.
func (s *Server) getCourseDetails(c call) reply {
	key := c.vars["course"]
	if _, _, ok := splitKey(key); !ok {
		return s.crash()
	}
	course, found := s.cachedDetails(key)
	if !found {
		return message(http.StatusBadRequest, "No course found for course ID '%s'", key)
	}
	return jsonReply(http.StatusOK, s.courseDetails(course, c.query.Get("include_expired") != ""))
}

// enrollmentPage is the size of every page of the list, whatever is asked for.
const enrollmentPage = 100

// listEnrollments is the list for global staff: newest first, inactive rows too.
func (s *Server) listEnrollments(c call) reply {
	if !c.user.Staff {
		return c.forbid()
	}
	rows, takes, refused, ok := s.selectEnrollments(c)
	if !ok {
		return refused
	}
	below := len(rows) // rows are oldest first: the page goes down from here
	if text := c.query.Get("cursor"); text != "" {
		place, valid := readCursor(text, 2)
		if !valid {
			return c.refuse(http.StatusNotFound, "Invalid cursor")
		}
		below, _ = slices.BinarySearchFunc(rows, place, compareWithPlace)
	}
	var page []object
	var last *enrollmentRow
	for i := below - 1; i >= 0; i-- {
		if !takes(rows[i]) {
			continue
		}
		if len(page) == enrollmentPage {
			return jsonReply(http.StatusOK, s.cursorPage(c, page, last.place()))
		}
		if _, exists := s.courses[rows[i].Course]; !exists && s.is(VariantDeletedCourse, "crash") {
			return s.crash()
		}
		last = rows[i]
		page = append(page, enrollmentListRow(last))
	}
	return jsonReply(http.StatusOK, s.cursorPage(c, page, nil))
}

func enrollmentListRow(row *enrollmentRow) object {
	return object{
		{"created", wireTime(row.Created)}, {"mode", row.Mode}, {"is_active", row.Active},
		{"user", row.Username}, {"course_id", row.Course},
	}
}

func (r *enrollmentRow) place() []int64 { return []int64{r.Created.UnixMicro(), r.id} }

// compareWithPlace orders a row and a place as compareRows orders two rows.
func compareWithPlace(row *enrollmentRow, place []int64) int {
	return slices.Compare(row.place(), place)
}

// cursorPage is a page of a list with cursors. A nil place ends the list.
func (s *Server) cursorPage(c call, rows []object, place []int64) object {
	var next, previous any
	if place != nil {
		next = s.link(c, "cursor", cursorOf(place...))
	}
	if c.query.Get("cursor") != "" {
		previous = s.link(c, "cursor", "cj0x") // back to the start; nobody follows it
	}
	if rows == nil {
		rows = []object{}
	}
	return object{{"next", next}, {"previous", previous}, {"results", rows}}
}

// selectEnrollments returns rows, and a filter for those that are wanted.
func (s *Server) selectEnrollments(c call) (rows []*enrollmentRow, takes func(*enrollmentRow) bool, refused reply, ok bool) {
	course, parts := c.query.Get("course_id"), splitCommas(strings.ToLower(c.query.Get("course_ids")))
	names, refused, ok := s.namedUsers(c)
	if !ok {
		return nil, nil, refused, false
	}
	if _, _, valid := splitKey(course); course != "" && !valid {
		return nil, nil, fieldError("course_id", "'"+course+"' is not a valid course id."), false
	}
	rows = s.all(course, names)
	return rows, func(row *enrollmentRow) bool {
		inPart := func(part string) bool { return strings.Contains(strings.ToLower(row.Course), part) }
		return (course == "" || row.Course == course) && (parts == nil || slices.ContainsFunc(parts, inPart))
	}, reply{}, true
}

// all returns the rows of one course, of some users, or of everybody.
func (s *Server) all(course string, names []string) []*enrollmentRow {
	switch {
	case names == nil && course == "":
		return s.enrolled.all
	case names == nil:
		return s.enrolled.byCourse[course]
	}
	var rows []*enrollmentRow
	for _, name := range names {
		rows = append(rows, s.enrolled.byUser[name]...)
	}
	slices.SortFunc(rows, compareRows)
	return slices.Compact(rows)
}

// namedUsers reads the lists of user names and addresses; nil is no filter.
func (s *Server) namedUsers(c call) (names []string, refused reply, ok bool) {
	listed := splitCommas(c.query.Get("username"))
	if len(listed) > 100 {
		text := fmt.Sprintf("Too many usernames in a single request - %d. A maximum of 100 is allowed", len(listed))
		return nil, fieldError("username", text), false
	}
	for _, name := range listed {
		if !validUsername.MatchString(name) {
			return nil, fieldError("username", "'"+name+"' is not a valid username."), false
		}
		names = append(names, name)
	}
	for _, email := range splitCommas(c.query.Get("email")) {
		known, _ := s.userWithEmail(email)
		names = append(names, known.Username) // "" for an unknown address: it has no rows
	}
	return names, reply{}, true
}

// allowedCourse lets somebody enroll who may have no account yet.
type allowedCourse struct {
	email, course string
	auto          bool
	created       time.Time
}

// listRoles lists the caller's own roles.
func (s *Server) listRoles(c call) reply {
	rows, wanted := []object{}, c.query.Get("course_id")
	for _, role := range c.user.Roles {
		course := role.Course
		if course == "" && s.is(VariantOrgRole, "None") {
			course = "None"
		}
		if !role.Exams && (wanted == "" || wanted == course) {
			rows = append(rows, object{{"org", role.Org}, {"course_id", course}, {"role", role.Name}})
		}
	}
	return jsonReply(http.StatusOK, object{{"roles", rows}, {"is_staff", c.user.Staff}})
}

// listAllowed lists in what an address may enroll: the caller's, or another.
func (s *Server) listAllowed(c call) reply {
	if !c.user.Staff {
		return c.forbid()
	}
	email := c.query.Get("email")
	if email == "" {
		email = c.user.Email
	}
	rows := []object{}
	for _, a := range s.allowed {
		if a.email == email {
			rows = append(rows, s.allowedObject(a))
		}
	}
	return jsonReply(http.StatusOK, rows)
}

func (s *Server) allowedObject(a allowedCourse) object {
	var user any
	if known, found := s.userWithEmail(a.email); found {
		user = known.ID
	}
	return object{
		{"email", a.email}, {"course_id", a.course}, {"auto_enroll", a.auto}, {"created", wireTime(a.created)}, {"user", user},
	}
}

// readAllowed reads which one is meant, and where it is; at is -1 for nowhere.
func (s *Server) readAllowed(c call) (wanted allowedCourse, at int, refused reply, ok bool) {
	if !c.user.Staff {
		return wanted, 0, c.forbid(), false
	}
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return wanted, 0, refused, false
	}
	wanted = allowedCourse{email: body.text("email"), course: body.text("course_id"), auto: body.flag("auto_enroll"), created: s.now()}
	if wanted.email == "" || wanted.course == "" {
		return wanted, 0, message(http.StatusBadRequest, "Please provide a value for 'email' and 'course_id' in the request data."), false
	}
	at = slices.IndexFunc(s.allowed, func(a allowedCourse) bool { return a.email == wanted.email && a.course == wanted.course })
	return wanted, at, reply{}, true
}

func (s *Server) addAllowed(c call) reply {
	wanted, at, refused, ok := s.readAllowed(c)
	if !ok {
		return refused
	}
	if at >= 0 {
		return message(http.StatusConflict, "An enrollment allowed with email %s and course %s already exists.", wanted.email, wanted.course)
	}
	s.allowed = append(s.allowed, wanted)
	return jsonReply(http.StatusCreated, s.allowedObject(wanted))
}

// removeAllowed is a DELETE with a body.
func (s *Server) removeAllowed(c call) reply {
	wanted, at, refused, ok := s.readAllowed(c)
	if !ok {
		return refused
	}
	if at < 0 {
		return message(http.StatusNotFound, "An enrollment allowed with email %s and course %s doesn't exists.", wanted.email, wanted.course)
	}
	s.allowed = slices.Delete(s.allowed, at, at+1)
	return emptyReply(http.StatusNoContent)
}

// unenroll ends every enrollment of a user who asked to be retired. It answers
// the organizations, not the courses.
func (s *Server) unenroll(c call) reply {
	if !c.user.MayRetire {
		return c.forbid()
	}
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	username := body.text("username")
	switch {
	case username == "":
		return jsonReply(http.StatusNotFound, "Username not specified.")
	case !s.leaving[username]:
		return jsonReply(http.StatusNotFound, "No retirement request status for username.")
	}
	var orgs []string
	for _, row := range s.enrolled.byUser[username] {
		if !row.Active {
			continue
		}
		row.Active = false
		if org, _, _ := splitKey(row.Course); !slices.Contains(orgs, org) {
			orgs = append(orgs, org)
		}
	}
	if orgs == nil {
		return emptyReply(http.StatusNoContent)
	}
	return jsonReply(http.StatusOK, orgs)
}

func (s *Server) userWithEmail(email string) (User, bool) {
	for _, u := range s.users {
		if u.Email != "" && strings.EqualFold(u.Email, email) {
			return u, true
		}
	}
	return User{}, false
}
