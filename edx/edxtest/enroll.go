package edxtest

import (
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
func (o *Server) enroll(c call) reply {
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	w, refused, ok := o.readWish(c, body)
	if !ok {
		return refused
	}
	w.row = o.enrolled.get(w.username, w.course)
	if refused, ok := o.checkWish(c, w); !ok {
		return refused
	}
	modeDiffers := w.row != nil && w.mode != "" && w.mode != w.row.Mode
	activeDiffers := w.row != nil && w.active != nil && *w.active != w.row.Active
	if c.user.Staff && (modeDiffers || activeDiffers) {
		return o.updateEnrollment(w, modeDiffers && activeDiffers)
	}
	return o.addEnrollment(c, w)
}

// readWish finds out who is to be enrolled in what.
func (o *Server) readWish(c call, body jsonBody) (w wish, refused reply, ok bool) {
	w = wish{course: body.inner("course_details").text("course_id"), username: body.text("user"), mode: body.text("mode"), cohort: body.text("cohort")}
	w.attributes, _ = body["enrollment_attributes"].([]any)
	if w.course == "" {
		return w, message(http.StatusBadRequest, "Course ID must be specified to create a new enrollment."), false
	}
	if _, _, valid := splitKey(w.course); !valid {
		return w, message(http.StatusBadRequest, "No course '%s' found for enrollment", w.course), false
	}
	email := body.text("email")
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
		known, found := o.userWithEmail(email)
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

// updateEnrollment changes what is there; only staff get here.
func (o *Server) updateEnrollment(w wish, bothDiffer bool) reply {
	deactivates := w.active != nil && !*w.active
	if bothDiffer && deactivates {
		return message(http.StatusBadRequest, "Enrollment mode mismatch: active mode=%s, requested mode=%s. Won't deactivate.", w.row.Mode, w.mode)
	}
	changed := w.row.Enrollment
	if w.mode != "" {
		if refused, ok := o.checkMode(w, deactivates); !ok {
			return refused
		}
		changed.Mode = w.mode
	}
	if w.active != nil {
		changed.Active = *w.active
	}
	return o.settle(w, changed)
}

// addEnrollment makes a row, or hands out the one that is there. Whether the
// course is open and has room is asked first, even if nothing needs doing.
func (o *Server) addEnrollment(c call, w wish) reply {
	course, found := o.cachedDetails(w.course)
	if !found {
		return message(http.StatusBadRequest, "No course '%s' found for enrollment", w.course)
	}
	forced := c.user.Staff && w.force != nil && *w.force
	if w.mode == "" {
		w.mode = course.defaultMode()
	}
	if refused, ok := o.checkMode(w, forced); !ok {
		return refused
	}
	course = o.courses[w.course]
	full := course.Capacity > 0 && o.enrolled.active(w.course) >= course.Capacity
	switch {
	case !forced && !o.isOpen(course, w.username), full:
		return message(http.StatusBadRequest, "An error occurred while creating the new course enrollment for user '%s' in course '%s'", w.username, w.course)
	case w.row != nil && w.row.Active:
		return o.alreadyEnrolled(w)
	case course.Refusal != "" && o.is(VariantPluginRefusal, "crash"):
		return o.crash()
	case course.Refusal != "":
		return jsonReply(http.StatusForbidden, object{{"message", course.Refusal}, {"localizedMessage", course.Refusal}})
	}
	active := w.active == nil || *w.active
	return o.settle(w, Enrollment{Username: w.username, Course: w.course, Mode: w.mode, Active: active})
}

func (o *Server) alreadyEnrolled(w wish) reply {
	if o.is(VariantAlreadyEnrolled, "enrollment-detail") {
		return jsonReply(http.StatusOK, object{
			{"message", "User is already enrolled."}, {"enrollment_detail", o.enrollmentObject(w.row)},
		})
	}
	return o.joinCohort(w)
}

// settle writes the row.
func (o *Server) settle(w wish, e Enrollment) reply {
	w.row = o.enrolled.put(e, o.now())
	return o.joinCohort(w)
}

// joinCohort comes last: when it fails, the enrollment is made all the same.
func (o *Server) joinCohort(w wish) reply {
	if w.cohort != "" {
		if !slices.Contains(o.courses[w.course].Cohorts, w.cohort) {
			return message(http.StatusBadRequest, "An error occured while adding to cohort [%s]", w.cohort)
		}
		o.cohorts[enrollmentKey(w.username, w.course)] = w.cohort
	}
	return jsonReply(http.StatusOK, o.enrollmentObject(w.row))
}
