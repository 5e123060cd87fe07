package edxtest

import (
	"fmt"
	"net/http"
	"slices"
)

// wish is what a POST to the enrollment view asks for.
type wish struct {
	course, username, mode string
	active, force          *bool // nil: not said
	attributes             []any
	cohort                 string
	row                    *enrollmentRow // what is there already, or nil
}

// enroll creates or changes an enrollment, in the platform's own order of checks.
func (s *Server) enroll(c call) reply {
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	w, refused, ok := s.readWish(c, body)
	if !ok {
		return refused
	}
	w.row = s.enrolled.get(w.username, w.course)
	if refused, ok := s.checkWish(c, w); !ok {
		return refused
	}
	modeDiffers := w.row != nil && w.mode != "" && w.mode != w.row.Mode
	activeDiffers := w.row != nil && w.active != nil && *w.active != w.row.Active
	if c.user.Staff && (modeDiffers || activeDiffers) {
		return s.updateEnrollment(w, modeDiffers && activeDiffers)
	}
	return s.addEnrollment(c, w)
}

// readWish reads who is to be enrolled in what.
func (s *Server) readWish(c call, body jsonBody) (w wish, refused reply, ok bool) {
	w = wish{course: body.inner("course_details").text("course_id"), username: body.text("user"), mode: body.text("mode"), cohort: body.text("cohort")}
	w.attributes, _ = body["enrollment_attributes"].([]any)
	if w.course == "" {
		return w, message(http.StatusBadRequest, "Course ID must be specified to create a new enrollment."), false
	}
	if _, _, valid := splitKey(w.course); !valid {
		return w, message(http.StatusBadRequest, "No course '%s' found for enrollment", w.course), false
	}
	email := body.text("email")
	if s.is(VariantEnrollByEmail, "ignored") {
		email = ""
	}
	if w.username == "" && email == "" {
		w.username = c.user.Username
	}
	if w.username != c.user.Username && !c.user.Staff {
		return w, emptyReply(http.StatusNotFound), false
	}
	if w.mode != "" && w.mode != "audit" && w.mode != "honor" && !c.user.Staff {
		return w, message(http.StatusForbidden, "User does not have permission to create enrollment with mode [%s].", w.mode), false
	}
	if w.username == "" {
		known, found := s.userWithEmail(email)
		if !found {
			return w, message(http.StatusNotAcceptable, "The user with the email address %s does not exist.", email), false
		}
		w.username = known.Username
	}
	if refused, ok = readFlag(body, "is_active", "an invalid enrollment activation status", &w.active); !ok {
		return w, refused, false
	}
	refused, ok = readFlag(body, "force_enrollment", "an invalid force enrollment status", &w.force)
	return w, refused, ok
}

// updateEnrollment changes an existing row; only staff get here.
func (s *Server) updateEnrollment(w wish, bothDiffer bool) reply {
	deactivates := w.active != nil && !*w.active
	if bothDiffer && deactivates {
		return message(http.StatusBadRequest, "Enrollment mode mismatch: active mode=%s, requested mode=%s. Won't deactivate.", w.row.Mode, w.mode)
	}
	changed := w.row.Enrollment
	if w.mode != "" {
		if refused, ok := s.checkMode(w, deactivates); !ok {
			return refused
		}
		changed.Mode = w.mode
	}
	if w.active != nil {
		changed.Active = *w.active
	}
	return s.settle(w, changed)
}

// addEnrollment makes a row, or returns the existing one. It checks first whether the
// course is open and has room, even for a row that exists.
func (s *Server) addEnrollment(c call, w wish) reply {
	course, found := s.cachedDetails(w.course)
	if !found {
		return message(http.StatusBadRequest, "No course '%s' found for enrollment", w.course)
	}
	forced := c.user.Staff && w.force != nil && *w.force
	if w.mode == "" {
		w.mode = course.defaultMode()
	}
	if refused, ok := s.checkMode(w, forced); !ok {
		return refused
	}
	course = s.courses[w.course]
	full := course.Capacity > 0 && s.enrolled.active(w.course) >= course.Capacity
	switch {
	case !forced && !s.isOpen(course, w.username), full:
		return message(http.StatusBadRequest, "An error occurred while creating the new course enrollment for user '%s' in course '%s'", w.username, w.course)
	case w.row != nil && w.row.Active:
		return s.alreadyEnrolled(w)
	case course.Refusal != "" && s.is(VariantPluginRefusal, "crash"):
		return s.crash()
	case course.Refusal != "":
		return jsonReply(http.StatusForbidden, object{{"message", course.Refusal}, {"localizedMessage", course.Refusal}})
	}
	active := w.active == nil || *w.active
	return s.settle(w, Enrollment{Username: w.username, Course: w.course, Mode: w.mode, Active: active})
}

func (s *Server) alreadyEnrolled(w wish) reply {
	if s.is(VariantAlreadyEnrolled, "enrollment-detail") {
		return jsonReply(http.StatusOK, object{
			{"message", "User is already enrolled."}, {"enrollment_detail", s.enrollmentObject(w.row)},
		})
	}
	return s.joinCohort(w)
}

// settle writes the row.
func (s *Server) settle(w wish, e Enrollment) reply {
	w.row = s.enrolled.put(e, s.now())
	return s.joinCohort(w)
}

// joinCohort comes last: when it fails, the enrollment is made all the same.
func (s *Server) joinCohort(w wish) reply {
	if w.cohort != "" {
		if !slices.Contains(s.courses[w.course].Cohorts, w.cohort) {
			return message(http.StatusBadRequest, "An error occured while adding to cohort [%s]", w.cohort)
		}
		s.cohorts[enrollmentKey(w.username, w.course)] = w.cohort
	}
	return jsonReply(http.StatusOK, s.enrollmentObject(w.row))
}

// readFlag takes only a JSON boolean, or nothing.
func readFlag(body jsonBody, name, blame string, flag **bool) (refused reply, ok bool) {
	switch v := body[name].(type) {
	case nil:
	case bool:
		*flag = &v
	default:
		return message(http.StatusBadRequest, "'%v' is %s.", v, blame), false
	}
	return reply{}, true
}

// checkWish checks what can be checked before anything is looked up.
func (s *Server) checkWish(c call, w wish) (refused reply, ok bool) {
	learner, known := s.users[w.username]
	course := s.courses[w.course]
	switch {
	case !known:
		return message(http.StatusNotAcceptable, "The user %s does not exist.", w.username), false
	case slices.Contains(course.Embargoed, learner.Country) && learner.Country != "":
		return jsonReply(http.StatusForbidden, object{
			{"message", fmt.Sprintf("Users from this location cannot access the course '%s'.", w.course)},
			{"user_message_url", "https://lms.example.org/embargo/blocked-message/enrollment/default/"},
		}), false
	}
	hasProvider := false
	for _, item := range w.attributes {
		attribute, _ := item.(map[string]any)
		for _, name := range []string{"namespace", "name"} {
			if jsonBody(attribute).text(name) == "" {
				return s.badAttribute(name), false
			}
		}
		hasProvider = hasProvider || attribute["namespace"] == "credit" && attribute["name"] == "provider_id"
	}
	if c.user.Staff && w.mode == "credit" && !hasProvider {
		return message(http.StatusBadRequest,
			"Missing enrollment attributes: requested mode=credit required attributes=['credit:provider_id']"), false
	}
	return reply{}, true
}

func (s *Server) badAttribute(name string) reply {
	if s.is(VariantBadAttributes, "crash") {
		return s.crash()
	}
	text := "'" + name + "' not in enrollment attribute"
	return jsonReply(http.StatusBadRequest, object{{"message", text}, {"localizedMessage", text}})
}

// checkMode asks whether the course offers the mode, as it was up to 60 s ago.
func (s *Server) checkMode(w wish, withExpired bool) (refused reply, ok bool) {
	course, found := s.cachedDetails(w.course)
	if !found {
		return message(http.StatusBadRequest, "No course '%s' found for enrollment", w.course), false
	}
	hasMode := func(m Mode) bool { return m.Slug == w.mode }
	if slices.ContainsFunc(course.offered(s.now(), withExpired), hasMode) {
		return reply{}, true
	}
	return jsonReply(http.StatusBadRequest, object{
		{"message", fmt.Sprintf("The [%s] course mode is expired or otherwise unavailable for course run [%s].", w.mode, w.course)},
		{"course_details", s.courseDetails(course, false)},
	}), false
}

// defaultMode is audit, or else honor where there is no audit.
func (c Course) defaultMode() string {
	has := func(slug string) bool {
		return slices.ContainsFunc(c.Modes, func(m Mode) bool { return m.Slug == slug })
	}
	if !has("audit") && has("honor") {
		return "honor"
	}
	return "audit"
}

// isOpen reports whether the learner may enroll now: the window is open, and a course
// by invitation has invited the learner.
func (s *Server) isOpen(c Course, username string) bool {
	now := s.now()
	if !c.EnrollmentStart.IsZero() && now.Before(c.EnrollmentStart) || !c.EnrollmentEnd.IsZero() && now.After(c.EnrollmentEnd) {
		return false
	}
	email := s.users[username].Email
	return !c.InviteOnly || slices.ContainsFunc(s.allowed, func(a allowedCourse) bool { return a.course == c.Key && a.email == email && email != "" })
}
