package edxtest

import (
	"net/http"
	"strconv"
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
func (s *Server) getGrades(c call) reply {
	username := c.query.Get("username")
	// A restricted application's filter reads the path alone.
	if refused, ok := c.permit("grades:read", c.vars["course"], username); !ok {
		return refused
	}
	if _, _, ok := splitKey(c.course()); !ok {
		return coded(http.StatusNotFound, "The provided course key cannot be parsed.", "invalid_course_key")
	}
	if _, found := s.courses[c.course()]; !found {
		return coded(http.StatusNotFound, "Requested grade for unknown course "+c.course(), "course_does_not_exist")
	}
	if c.query.Has("username") {
		return s.getGrade(c, username)
	}
	return s.listGrades(c)
}

// getGrade is a list of one. A learner who left still has a grade.
func (s *Server) getGrade(c call, username string) reply {
	u, found := s.users[username]
	if !found && strings.EqualFold(username, c.user.Username) {
		u, found = c.user, true
	}
	if !found {
		return coded(http.StatusNotFound, "The user matching the requested username does not exist.", "user_does_not_exist")
	}
	if s.enrolled.get(u.Username, c.course()) == nil {
		return coded(http.StatusNotFound, "The user matching the requested username is not enrolled in this course", "user_not_enrolled")
	}
	return jsonReply(http.StatusOK, []object{s.gradeObject(u.Username, c.course(), "")})
}

func (s *Server) grade(username, course string) Grade {
	return s.grades[enrollmentKey(username, course)]
}

func (s *Server) gradeObject(username, course, email string) object {
	g := s.grade(username, course)
	return object{
		{"username", username}, {"email", email}, {"course_id", course}, {"passed", g.Passed},
		{"percent", fraction(g.Percent)}, {"letter_grade", testserver.OrNull(g.Letter)},
	}
}

// listGrades pages through the active enrollments by their ids. An address is
// shown only of those enrolled as masters.
func (s *Server) listGrades(c call) reply {
	rows, next, refused, ok := s.pageOfActive(c, 50, func(row *enrollmentRow) bool { return !s.grade(row.Username, row.Course).Broken })
	if !ok {
		return refused
	}
	page := []object{}
	for _, row := range rows {
		email := ""
		if row.Mode == "masters" {
			email = s.users[row.Username].Email
		}
		page = append(page, s.gradeObject(row.Username, row.Course, email))
	}
	return jsonReply(http.StatusOK, s.cursorPage(c, page, next))
}

// pageOfActive cuts a page out of the course's active enrollments, in the order
// of their ids. It returns the place of its last row if more follow.
func (s *Server) pageOfActive(c call, size int, takes func(*enrollmentRow) bool) (rows []*enrollmentRow, next []int64, refused reply, ok bool) {
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
	for _, row := range s.enrolled.byID(c.course()) {
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
func (s *Server) getPolicy(c call) reply {
	course, found := s.courses[c.course()]
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
		rows = append(rows, object{{"assignment_type", testserver.OrNull(p.Type)}, {"count", p.Count}, {"dropped", p.Dropped}, {"weight", fraction(p.Weight)}})
	}
	return jsonReply(http.StatusOK, rows)
}

// listSectionGrades is for global staff; the grade is an integer percent here.
func (s *Server) listSectionGrades(c call) reply {
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
	for _, row := range s.all(course, names) {
		if row.Active && (course == "" || row.Course == course) {
			g := s.grade(row.Username, row.Course)
			rows = append(rows, object{
				{"username", row.Username}, {"course_id", row.Course}, {"passed", g.Passed},
				{"current_grade", int(g.Percent*100 + 0.5)}, {"section_breakdown", g.sections()},
			})
		}
	}
	return jsonReply(http.StatusOK, s.cursorPage(c, rows, nil))
}

// mayUseGradebook lets in the staff of the course, if the gradebook is on.
func (s *Server) mayUseGradebook(c call) (refused reply, ok bool) {
	if _, _, valid := splitKey(c.course()); !valid {
		return coded(http.StatusNotFound, "The provided course key cannot be parsed.", "invalid_course_key"), false
	}
	if !c.staffIn(c.course()) || s.is(VariantGradebook, "off") {
		return c.forbid(), false
	}
	if _, found := s.courses[c.course()]; !found {
		return coded(http.StatusNotFound, "Requested grade for unknown course "+c.course(), "course_does_not_exist"), false
	}
	return reply{}, true
}

// getGradebook pages through the learners of a course. One learner is a bare
// object, without a page around it.
func (s *Server) getGradebook(c call) reply {
	if refused, ok := s.mayUseGradebook(c); !ok {
		return refused
	}
	if username := c.query.Get("username"); username != "" {
		row := s.enrolled.get(username, c.course())
		switch _, known := s.users[username]; {
		case !known:
			return coded(http.StatusNotFound, "The user matching the requested username does not exist.", "user_does_not_exist")
		case row == nil:
			return coded(http.StatusNotFound, "The user matching the requested username is not enrolled in this course", "user_not_enrolled")
		}
		return jsonReply(http.StatusOK, s.gradebookEntry(row))
	}
	rows, next, refused, ok := s.pageOfActive(c, 25, func(row *enrollmentRow) bool { return s.inGradebook(c, row) })
	if !ok {
		return refused
	}
	entries := []object{}
	for _, row := range rows {
		entries = append(entries, s.gradebookEntry(row))
	}
	filtered := 0
	for _, row := range s.enrolled.byCourse[c.course()] {
		if row.Active && s.inGradebook(c, row) {
			filtered++
		}
	}
	page := append(s.cursorPage(c, entries, next),
		member{"total_users_count", s.enrolled.active(c.course())}, member{"filtered_users_count", filtered})
	return jsonReply(http.StatusOK, page)
}

// inGradebook applies the filters of the query.
func (s *Server) inGradebook(c call, row *enrollmentRow) bool {
	has := func(text, param string) bool {
		return strings.Contains(strings.ToLower(text), strings.ToLower(c.query.Get(param)))
	}
	percent := s.grade(row.Username, row.Course).Percent * 100
	email := s.users[row.Username].Email
	switch mode := c.query.Get("enrollment_mode"); {
	case mode != "" && row.Mode != mode,
		!has(row.Username, "username_contains"),
		!has(row.Username, "user_contains") && !has(email, "user_contains"),
		percent < c.decimal("course_grade_min", 0), percent > c.decimal("course_grade_max", 100):
		return false
	}
	cohort := c.query.Get("cohort_id")
	return cohort == "" || s.cohorts[enrollmentKey(row.Username, row.Course)] == cohort
}

func (c call) decimal(name string, fallback float64) float64 {
	f, err := strconv.ParseFloat(c.query.Get(name), 64)
	if err != nil {
		return fallback
	}
	return f
}

func (s *Server) gradebookEntry(row *enrollmentRow) object {
	u, g := s.users[row.Username], s.grade(row.Username, row.Course)
	entry := object{{"user_id", u.ID}, {"username", row.Username}, {"email", u.Email}}
	if row.Mode == "masters" {
		entry = append(entry, member{"full_name", u.Name})
	}
	return append(entry, member{"percent", fraction(g.Percent)}, member{"section_breakdown", g.sections()})
}

func (g Grade) sections() []object {
	rows := []object{}
	for _, s := range g.Sections {
		percent := 0.0
		if s.Possible > 0 {
			percent = s.Earned / s.Possible
		}
		rows = append(rows, object{
			{"attempted", !s.NotStarted}, {"category", s.Category}, {"label", s.Label}, {"module_id", s.Usage}, {"percent", fraction(percent)},
			{"score_earned", fraction(s.Earned)}, {"score_possible", fraction(s.Possible)}, {"subsection_name", s.Name},
		})
	}
	return rows
}

// getGradingInfo shows how a course is graded: its assignment types, and the
// subsections in which somebody has a grade.
func (s *Server) getGradingInfo(c call) reply {
	if refused, ok := s.mayUseGradebook(c); !ok {
		return refused
	}
	types, sections, seen := object{}, []object{}, map[string]bool{}
	for _, p := range s.courses[c.course()].Grading {
		types = append(types, member{p.Type, object{
			{"type", p.Type}, {"weight", fraction(p.Weight)}, {"min_count", p.Count}, {"drop_count", p.Dropped}, {"short_label", p.Type},
		}})
	}
	for _, row := range s.enrolled.byCourse[c.course()] {
		for _, g := range s.grade(row.Username, row.Course).Sections {
			if !seen[g.Usage] {
				seen[g.Usage] = true
				sections = append(sections, object{
					{"assignment_type", testserver.OrNull(g.Category)}, {"display_name", g.Name}, {"graded", true}, {"module_id", g.Usage}, {"short_label", g.Label},
				})
			}
		}
	}
	return jsonReply(http.StatusOK, object{
		{"assignment_types", types}, {"subsections", sections}, {"grades_frozen", false}, {"can_see_bulk_management", false},
	})
}
