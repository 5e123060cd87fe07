package edxtest

import (
	"net/http"
	"strconv"
	"strings"
)

// mayUseGradebook lets in the staff of the course, if the gradebook is on.
func (o *Server) mayUseGradebook(c call) (refused reply, ok bool) {
	if _, _, valid := splitKey(c.course()); !valid {
		return coded(http.StatusNotFound, "The provided course key cannot be parsed.", "invalid_course_key"), false
	}
	if !c.staffIn(c.course()) || o.is(VariantGradebook, "off") {
		return c.forbid(), false
	}
	if _, found := o.courses[c.course()]; !found {
		return coded(http.StatusNotFound, "Requested grade for unknown course "+c.course(), "course_does_not_exist"), false
	}
	return reply{}, true
}

// getGradebook pages through the learners of a course. One learner is a bare
// object, without a page around it.
func (o *Server) getGradebook(c call) reply {
	if refused, ok := o.mayUseGradebook(c); !ok {
		return refused
	}
	if username := c.query.Get("username"); username != "" {
		row := o.enrolled.get(username, c.course())
		switch _, known := o.users[username]; {
		case !known:
			return coded(http.StatusNotFound, "The user matching the requested username does not exist.", "user_does_not_exist")
		case row == nil:
			return coded(http.StatusNotFound, "The user matching the requested username is not enrolled in this course", "user_not_enrolled")
		}
		return jsonReply(http.StatusOK, o.gradebookEntry(row))
	}
	rows, next, refused, ok := o.pageOfActive(c, 25, func(row *enrollmentRow) bool { return o.inGradebook(c, row) })
	if !ok {
		return refused
	}
	entries := []object{}
	for _, row := range rows {
		entries = append(entries, o.gradebookEntry(row))
	}
	filtered := 0
	for _, row := range o.enrolled.byCourse[c.course()] {
		if row.Active && o.inGradebook(c, row) {
			filtered++
		}
	}
	page := append(o.cursorPage(c, entries, next),
		member{"total_users_count", o.enrolled.active(c.course())}, member{"filtered_users_count", filtered})
	return jsonReply(http.StatusOK, page)
}

// inGradebook applies the filters of the query.
func (o *Server) inGradebook(c call, row *enrollmentRow) bool {
	has := func(text, param string) bool {
		return strings.Contains(strings.ToLower(text), strings.ToLower(c.query.Get(param)))
	}
	percent := o.grade(row.Username, row.Course).Percent * 100
	email := o.users[row.Username].Email
	switch mode := c.query.Get("enrollment_mode"); {
	case mode != "" && row.Mode != mode,
		!has(row.Username, "username_contains"),
		!has(row.Username, "user_contains") && !has(email, "user_contains"),
		percent < c.decimal("course_grade_min", 0), percent > c.decimal("course_grade_max", 100):
		return false
	}
	cohort := c.query.Get("cohort_id")
	return cohort == "" || o.cohorts[enrollmentKey(row.Username, row.Course)] == cohort
}

func (c call) decimal(name string, fallback float64) float64 {
	f, err := strconv.ParseFloat(c.query.Get(name), 64)
	if err != nil {
		return fallback
	}
	return f
}

func (o *Server) gradebookEntry(row *enrollmentRow) object {
	u, g := o.users[row.Username], o.grade(row.Username, row.Course)
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
func (o *Server) getGradingInfo(c call) reply {
	if refused, ok := o.mayUseGradebook(c); !ok {
		return refused
	}
	types, sections, seen := object{}, []object{}, map[string]bool{}
	for _, p := range o.courses[c.course()].Grading {
		types = append(types, member{p.Type, object{
			{"type", p.Type}, {"weight", fraction(p.Weight)}, {"min_count", p.Count}, {"drop_count", p.Dropped}, {"short_label", p.Type},
		}})
	}
	for _, row := range o.enrolled.byCourse[c.course()] {
		for _, s := range o.grade(row.Username, row.Course).Sections {
			if !seen[s.Usage] {
				seen[s.Usage] = true
				sections = append(sections, object{
					{"assignment_type", s.Category}, {"display_name", s.Name}, {"graded", true}, {"module_id", s.Usage}, {"short_label", s.Label},
				})
			}
		}
	}
	return jsonReply(http.StatusOK, object{
		{"assignment_types", types}, {"subsections", sections}, {"grades_frozen", false}, {"can_see_bulk_management", false},
	})
}
