package edxtest

import (
	"fmt"
	"net/http"
	"slices"
)

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

// checkWish does what is checked before anything is looked up.
func (o *Server) checkWish(c call, w wish) (refused reply, ok bool) {
	learner, known := o.users[w.username]
	course := o.courses[w.course]
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
				return o.badAttribute(name), false
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

func (o *Server) badAttribute(name string) reply {
	if o.is(VariantBadAttributes, "crash") {
		return o.crash()
	}
	text := "'" + name + "' not in enrollment attribute"
	return jsonReply(http.StatusBadRequest, object{{"message", text}, {"localizedMessage", text}})
}

// checkMode asks whether the course offers the mode, as it was up to 60 s ago.
func (o *Server) checkMode(w wish, withExpired bool) (refused reply, ok bool) {
	course, found := o.cachedDetails(w.course)
	if !found {
		return message(http.StatusBadRequest, "No course '%s' found for enrollment", w.course), false
	}
	hasMode := func(m Mode) bool { return m.Slug == w.mode }
	if slices.ContainsFunc(course.offered(o.now(), withExpired), hasMode) {
		return reply{}, true
	}
	return jsonReply(http.StatusBadRequest, object{
		{"message", fmt.Sprintf("The [%s] course mode is expired or otherwise unavailable for course run [%s].", w.mode, w.course)},
		{"course_details", o.courseDetails(course, false)},
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

// isOpen reports whether the learner may enroll now: the window is open, and he
// was allowed if the course is by invitation.
func (o *Server) isOpen(c Course, username string) bool {
	now := o.now()
	if !c.EnrollmentStart.IsZero() && now.Before(c.EnrollmentStart) || !c.EnrollmentEnd.IsZero() && now.After(c.EnrollmentEnd) {
		return false
	}
	email := o.users[username].Email
	return !c.InviteOnly || slices.ContainsFunc(o.allowed, func(a allowedCourse) bool { return a.course == c.Key && a.email == email && email != "" })
}
