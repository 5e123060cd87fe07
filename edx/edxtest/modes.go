package edxtest

import (
	"cmp"
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
	var price any = m.Price
	if s.is(VariantModePrices, "decimal-text") {
		price = strconv.Itoa(m.Price) + ".00"
	}
	return object{
		{"course_id", course}, {"mode_slug", m.Slug}, {"mode_display_name", m.Name}, {"min_price", price}, {"currency", m.currency()},
		{"expiration_datetime", wireTime(m.Expires)}, {"expiration_datetime_is_explicit", !m.Expires.IsZero()},
		{"description", testserver.OrNull(m.Description)}, {"sku", testserver.OrNull(m.SKU)}, {"bulk_sku", testserver.OrNull(m.BulkSKU)},
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

// createMode adds a mode to a course. That there is no such course, or that it has the
// mode already, comes up in the database, where nobody handles it.
func (s *Server) createMode(c call) reply {
	if refused, ok := s.mayUseModes(c); !ok {
		return refused
	}
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	var wrong object
	for _, name := range []string{"course_id", "mode_slug", "mode_display_name", "currency"} {
		if !body.has(name) {
			wrong = append(wrong, member{name, []string{"This field is required."}})
		}
	}
	mode := Mode{Slug: body.text("mode_slug")}
	if wrong = append(wrong, mode.take(body)...); wrong != nil {
		return jsonReply(http.StatusBadRequest, wrong)
	}
	course, found := s.courses[c.vars["course"]]
	if !found || slices.ContainsFunc(course.Modes, func(m Mode) bool { return m.Slug == mode.Slug }) {
		return s.modeConflict(found)
	}
	course.Modes = append(slices.Clone(course.Modes), mode)
	s.courses[course.Key] = course
	return jsonReply(http.StatusCreated, s.modeRow(course.Key, mode))
}

func (s *Server) modeConflict(courseExists bool) reply {
	switch {
	case s.is(VariantModeConflict, "400") && courseExists:
		return jsonReply(http.StatusBadRequest, object{{"non_field_errors", []string{"The fields course_id, mode_slug must make a unique set."}}})
	case s.is(VariantModeConflict, "400"):
		return jsonReply(http.StatusBadRequest, object{{"course_id", []string{"There is no such course."}}})
	}
	return s.crash()
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
	if wrong := course.Modes[at].take(body); wrong != nil {
		return jsonReply(http.StatusBadRequest, wrong)
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

// take changes what the body names, or lists what is wrong with it. Nothing may be
// null, and no text may be empty.
func (m *Mode) take(body jsonBody) (wrong object) {
	blame := func(name, text string) { wrong = append(wrong, member{name, []string{text}}) }
	texts := map[string]*string{
		"mode_display_name": &m.Name, "description": &m.Description, "sku": &m.SKU, "bulk_sku": &m.BulkSKU, "currency": &m.Currency,
		"course_id": new(string), "mode_slug": new(string), // these two were read already
	}
	for _, name := range sortedNames(texts) {
		switch value, sent := body[name]; {
		case sent && value == nil:
			blame(name, "This field may not be null.")
		case sent && strings.TrimSpace(body.text(name)) == "":
			blame(name, "This field may not be blank.")
		case sent:
			*texts[name] = body.text(name)
		}
	}
	return append(wrong, m.takePriceAndEnd(body)...)
}

func (m *Mode) takePriceAndEnd(body jsonBody) (wrong object) {
	for _, name := range []string{"min_price", "expiration_datetime"} {
		text, problem := body.text(name), ""
		switch {
		case !body.has(name):
			continue
		case body[name] == nil:
			problem = "This field may not be null."
		case name == "min_price":
			price, ok := modePrice(text)
			if m.Price = price; !ok {
				problem = "A valid integer is required."
			}
		default:
			expires, err := time.Parse(time.RFC3339, text)
			if m.Expires = expires; err != nil {
				problem = fmt.Sprintf("Datetime has wrong format: %s.", text)
			}
		}
		if problem != "" {
			wrong = append(wrong, member{name, []string{problem}})
		}
	}
	return wrong
}

// modePrice reads a whole number, after which zeros may stand: 49 and 49.00, not 49.50.
func modePrice(text string) (price int, ok bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	price, err := strconv.Atoi(whole)
	return price, err == nil && strings.Trim(fraction, "0") == ""
}

// currency is in lower case; the platform's default is the US dollar.
func (m Mode) currency() string { return cmp.Or(m.Currency, "usd") }
