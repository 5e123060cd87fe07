package edxtest

import (
	"net/http"
	"strings"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

var gradeRoutes = []route{
	{method: get, pattern: "/api/grades/v1/courses/", developer: true, act: (*Server).getGrades},
	{method: get, pattern: "/api/grades/v1/courses/{course}/", developer: true, act: (*Server).getGrades},
	{method: get, pattern: "/api/grades/v1/policy/courses/{course}/", developer: true, act: (*Server).getPolicy},
	{method: get, pattern: "/api/grades/v1/gradebook/{course}/", developer: true, act: (*Server).getGradebook},
	{method: get, pattern: "/api/grades/v1/gradebook/{course}/grading-info", developer: true, act: (*Server).getGradingInfo},
	{method: get, pattern: "/api/grades/v1/section_grades_breakdown/", developer: true, act: (*Server).listSectionGrades},
}

// course is the key in the path, or else in the query.
func (c call) course() string {
	if key := c.vars["course"]; key != "" {
		return key
	}
	return c.query.Get("course_id")
}

// getGrades lists the grades of a course, or answers a list with the grade of one
// learner. The staff of the course are not enough for it.
func (o *Server) getGrades(c call) reply {
	username := c.query.Get("username")
	// A restricted application's filter reads the path alone.
	if refused, ok := c.permit("grades:read", c.vars["course"], username); !ok {
		return refused
	}
	if _, _, ok := splitKey(c.course()); !ok {
		return coded(http.StatusNotFound, "The provided course key cannot be parsed.", "invalid_course_key")
	}
	if _, found := o.courses[c.course()]; !found {
		return coded(http.StatusNotFound, "Requested grade for unknown course "+c.course(), "course_does_not_exist")
	}
	if c.query.Has("username") {
		return o.getGrade(c, username)
	}
	return o.listGrades(c)
}

// getGrade is a list of one; whose enrollment has ended still has a grade.
func (o *Server) getGrade(c call, username string) reply {
	u, found := o.users[username]
	if !found && strings.EqualFold(username, c.user.Username) {
		u, found = c.user, true
	}
	if !found {
		return coded(http.StatusNotFound, "The user matching the requested username does not exist.", "user_does_not_exist")
	}
	if o.enrolled.get(u.Username, c.course()) == nil {
		return coded(http.StatusNotFound, "The user matching the requested username is not enrolled in this course", "user_not_enrolled")
	}
	return jsonReply(http.StatusOK, []object{o.gradeObject(u.Username, c.course(), "")})
}

func (o *Server) grade(username, course string) Grade {
	return o.grades[enrollmentKey(username, course)]
}

func (o *Server) gradeObject(username, course, email string) object {
	g := o.grade(username, course)
	return object{
		{"username", username}, {"email", email}, {"course_id", course}, {"passed", g.Passed},
		{"percent", fraction(g.Percent)}, {"letter_grade", testserver.OrNull(g.Letter)},
	}
}

// listGrades pages through the active enrollments by their ids. An address is
// shown only of those enrolled as masters.
func (o *Server) listGrades(c call) reply {
	rows, next, refused, ok := o.pageOfActive(c, 50, func(row *enrollmentRow) bool { return !o.grade(row.Username, row.Course).Broken })
	if !ok {
		return refused
	}
	page := []object{}
	for _, row := range rows {
		email := ""
		if row.Mode == "masters" {
			email = o.users[row.Username].Email
		}
		page = append(page, o.gradeObject(row.Username, row.Course, email))
	}
	return jsonReply(http.StatusOK, o.cursorPage(c, page, next))
}

// pageOfActive cuts a page out of the course's active enrollments, in the order
// of their ids, and tells the place of its last row if more follow.
func (o *Server) pageOfActive(c call, size int, takes func(*enrollmentRow) bool) (rows []*enrollmentRow, next []int64, refused reply, ok bool) {
	after := int64(0)
	if text := c.query.Get("cursor"); text != "" {
		place, valid := readCursor(text, 1)
		if !valid {
			return nil, nil, c.refuse(http.StatusNotFound, "Invalid cursor"), false
		}
		after = place[0]
	}
	size, valid := c.positive("page_size", size)
	if !valid {
		size = 50
	}
	for _, row := range o.enrolled.byID(c.course()) {
		if row.id <= after || !row.Active || !takes(row) {
			continue
		}
		if len(rows) == size {
			return rows, []int64{rows[size-1].id}, reply{}, true
		}
		rows = append(rows, row)
	}
	return rows, nil, reply{}, true
}

// getPolicy is for the staff of the course, and knows errors of its own.
func (o *Server) getPolicy(c call) reply {
	course, found := o.courses[c.course()]
	_, _, valid := splitKey(c.course())
	switch {
	case !valid:
		return coded(http.StatusBadRequest, "Invalid course key.", "invalid_course_key")
	case !c.staffIn(c.course()):
		return coded(http.StatusForbidden, "The course does not exist.", "user_or_course_does_not_exist")
	case !found:
		return coded(http.StatusNotFound, "The course does not exist.", "user_or_course_does_not_exist")
	}
	rows := []object{}
	for _, p := range course.Grading {
		rows = append(rows, object{{"assignment_type", p.Type}, {"count", p.Count}, {"dropped", p.Dropped}, {"weight", fraction(p.Weight)}})
	}
	return jsonReply(http.StatusOK, rows)
}

// listSectionGrades is for global staff; the grade is an integer percent here.
func (o *Server) listSectionGrades(c call) reply {
	if !c.user.Staff {
		return c.forbid()
	}
	course, username := c.query.Get("course_id"), c.query.Get("username")
	if _, _, ok := splitKey(course); course != "" && !ok {
		return coded(http.StatusNotFound, "The provided course key cannot be parsed.", "invalid_course_key")
	}
	var names []string
	if username != "" {
		names = []string{username}
	}
	rows := []object{}
	for _, row := range o.all(course, names) {
		if row.Active && (course == "" || row.Course == course) {
			g := o.grade(row.Username, row.Course)
			rows = append(rows, object{
				{"username", row.Username}, {"course_id", row.Course}, {"passed", g.Passed},
				{"current_grade", int(g.Percent*100 + 0.5)}, {"section_breakdown", g.sections()},
			})
		}
	}
	return jsonReply(http.StatusOK, o.cursorPage(c, rows, nil))
}
