package edxtest

import (
	"net/http"
	"strings"
)

var retirementRoutes = []route{
	{method: post, pattern: "/api/user/v1/accounts/bulk_retire_users", auth: authJWT, act: (*Server).retireUsers},
	{method: post, pattern: "/api/change_email_settings", act: (*Server).changeEmailSettings},
	{method: get, pattern: "/api/mobile/v0.5/my_user_info", act: (*Server).getMyUserInfo},
	{method: get, pattern: "/api/mobile/v0.5/users/{username}", act: (*Server).getUserInfo},
}

// retireUsers asks for the retirement of users, whose names stand in a text with commas.
// One that is not known, or has asked already, fails alone.
func (s *Server) retireUsers(c call) reply {
	if !c.user.MayRetire {
		return c.forbid()
	}
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	outcome := map[string]bool{}
	for _, name := range splitCommas(body.text("usernames")) {
		name = strings.TrimSpace(name)
		_, known := s.users[name]
		outcome[name] = known && !s.leaving[name]
		s.leaving[name] = s.leaving[name] || known
	}
	done, failed := []string{}, []string{}
	for _, name := range sortedNames(outcome) {
		if outcome[name] {
			done = append(done, name)
		} else {
			failed = append(failed, name)
		}
	}
	return jsonReply(http.StatusOK, object{{"successful_user_retirements", done}, {"failed_user_retirements", failed}})
}

// changeEmailSettings takes a form. Whether the caller wants e-mails of the course is
// answered and forgotten: no API tells it.
func (s *Server) changeEmailSettings(c call) reply {
	if _, _, valid := splitKey(c.form().Get("course_id")); !valid {
		return s.crash()
	}
	return jsonReply(http.StatusOK, object{{"success", true}})
}

// getMyUserInfo leads to the caller's own page.
func (s *Server) getMyUserInfo(c call) reply {
	moved := emptyReply(http.StatusFound)
	moved.Header = map[string]string{"Location": "/api/mobile/v0.5/users/" + c.user.Username}
	return moved
}

// getUserInfo is for the user alone.
func (s *Server) getUserInfo(c call) reply {
	switch {
	case c.vars["username"] == c.user.Username:
	case c.user.Staff:
		return c.forbid()
	default:
		return c.refuse(http.StatusNotFound, "Not found.")
	}
	u := c.user
	return jsonReply(http.StatusOK, object{
		{"id", u.ID}, {"username", u.Username}, {"email", u.Email}, {"name", u.Name},
		{"course_enrollments", c.base() + "/api/mobile/v0.5/users/" + u.Username + "/course_enrollments/"},
	})
}
