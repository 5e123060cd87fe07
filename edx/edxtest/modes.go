package edxtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

var modeRoutes = []route{
	{method: get, pattern: "/api/course_modes/v1/courses/{course}/", act: (*Server).listModes},
	{method: post, pattern: "/api/course_modes/v1/courses/{course}/", act: (*Server).createMode},
	{method: get, pattern: "/api/course_modes/v1/courses/{course}/{mode}", act: (*Server).getMode},
	{method: patch, pattern: "/api/course_modes/v1/courses/{course}/{mode}", act: (*Server).updateMode},
	{method: remove, pattern: "/api/course_modes/v1/courses/{course}/{mode}", act: (*Server).deleteMode},
}

// mayUseModes checks the rights, which are the same for reads and writes, and then the
// key: one that can't be parsed is a crash.
func (s *Server) mayUseModes(c call) (refused reply, ok bool) {
	if refused, ok = c.permit("course_modes:read", c.vars["course"], ""); !ok {
		return refused, false
	}
	if _, _, valid := splitKey(c.vars["course"]); !valid {
		return s.crash(), false
	}
	return reply{}, true
}

// listModes answers an empty list for a course that does not exist.
func (s *Server) listModes(c call) reply {
	if refused, ok := s.mayUseModes(c); !ok {
		return refused
	}
	rows := []object{}
	for _, m := range s.courses[c.vars["course"]].Modes {
		rows = append(rows, s.modeRow(c.vars["course"], m))
	}
	return jsonReply(http.StatusOK, rows)
}

// modeRow is a mode in the course modes API's own terms.
func (s *Server) modeRow(course string, m Mode) object {
	var price any = strconv.Itoa(m.Price) + ".00"
	if s.is(VariantModePrices, "number") {
		price = m.Price
	}
	return object{
		{"course_id", course}, {"mode_slug", m.Slug}, {"mode_display_name", m.Name}, {"min_price", price}, {"currency", "usd"},
		{"expiration_datetime", wireTime(m.Expires)}, {"expiration_datetime_is_explicit", !m.Expires.IsZero()},
		{"description", testserver.OrNull(m.Description)}, {"sku", testserver.OrNull(m.SKU)}, {"bulk_sku", nil},
	}
}

// findMode returns the course and the place of the mode in it.
func (s *Server) findMode(c call) (course Course, at int, refused reply, ok bool) {
	if refused, ok = s.mayUseModes(c); !ok {
		return course, 0, refused, false
	}
	course = s.courses[c.vars["course"]]
	at = slices.IndexFunc(course.Modes, func(m Mode) bool { return m.Slug == c.vars["mode"] })
	if at < 0 {
		return course, 0, c.refuse(http.StatusNotFound, "No CourseMode matches the given query."), false
	}
	course.Modes = slices.Clone(course.Modes)
	return course, at, reply{}, true
}

func (s *Server) getMode(c call) reply {
	course, at, refused, ok := s.findMode(c)
	if !ok {
		return refused
	}
	return jsonReply(http.StatusOK, s.modeRow(course.Key, course.Modes[at]))
}

// createMode adds a mode to a course.
func (s *Server) createMode(c call) reply {
	if refused, ok := s.mayUseModes(c); !ok {
		return refused
	}
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	var missing object
	for _, name := range []string{"course_id", "mode_slug", "mode_display_name", "currency"} {
		if body.text(name) == "" {
			missing = append(missing, member{name, []string{"This field is required."}})
		}
	}
	course, found := s.courses[c.vars["course"]]
	mode := Mode{Slug: body.text("mode_slug")}
	switch {
	case missing != nil:
		return jsonReply(http.StatusBadRequest, missing)
	case !found:
		return jsonReply(http.StatusBadRequest, object{{"course_id", []string{"There is no such course."}}})
	case slices.ContainsFunc(course.Modes, func(m Mode) bool { return m.Slug == mode.Slug }):
		return jsonReply(http.StatusBadRequest, object{{"non_field_errors", []string{"The fields course_id, mode_slug must make a unique set."}}})
	}
	if refused, ok := mode.take(body); !ok {
		return refused
	}
	course.Modes = append(slices.Clone(course.Modes), mode)
	s.courses[course.Key] = course
	return jsonReply(http.StatusCreated, s.modeRow(course.Key, mode))
}

// updateMode is a merge patch, and answers nothing.
func (s *Server) updateMode(c call) reply {
	course, at, refused, ok := s.findMode(c)
	if !ok {
		return refused
	}
	body, refused, ok := c.jsonObject(mergePatchType)
	if !ok {
		return refused
	}
	for _, name := range []string{"course_id", "mode_slug"} {
		if body.has(name) {
			return jsonReply(http.StatusBadRequest, object{{name, []string{"This field cannot be modified."}}})
		}
	}
	if refused, ok := course.Modes[at].take(body); !ok {
		return refused
	}
	s.courses[course.Key] = course
	return emptyReply(http.StatusNoContent)
}

func (s *Server) deleteMode(c call) reply {
	course, at, refused, ok := s.findMode(c)
	if !ok {
		return refused
	}
	course.Modes = slices.Delete(course.Modes, at, at+1)
	s.courses[course.Key] = course
	return emptyReply(http.StatusNoContent)
}

// take changes what the body names.
func (m *Mode) take(body jsonBody) (refused reply, ok bool) {
	for name, field := range map[string]*string{"mode_display_name": &m.Name, "description": &m.Description, "sku": &m.SKU} {
		if body.has(name) {
			*field = body.text(name)
		}
	}
	if body.has("min_price") {
		whole, _, _ := strings.Cut(body.text("min_price"), ".")
		price, err := strconv.Atoi(whole)
		if err != nil || price < 0 {
			return jsonReply(http.StatusBadRequest, object{{"min_price", []string{"A valid number is required."}}}), false
		}
		m.Price = price
	}
	if !body.has("expiration_datetime") {
		return reply{}, true
	}
	m.Expires = time.Time{}
	if text := body.text("expiration_datetime"); text != "" {
		expires, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return jsonReply(http.StatusBadRequest, object{{"expiration_datetime", []string{fmt.Sprintf("Datetime has wrong format: %s.", text)}}}), false
		}
		m.Expires = expires
	}
	return reply{}, true
}
