package edxtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// allowedCourse lets somebody enroll who may have no account yet.
type allowedCourse struct {
	email, course string
	auto          bool
	created       time.Time
}

// listRoles lists the caller's own roles.
func (o *Server) listRoles(c call) reply {
	rows, wanted := []object{}, c.query.Get("course_id")
	for _, role := range c.user.Roles {
		course := role.Course
		if course == "" && o.is(VariantOrgRole, "None") {
			course = "None"
		}
		if !role.Exams && (wanted == "" || wanted == course) {
			rows = append(rows, object{{"org", role.Org}, {"course_id", course}, {"role", role.Name}})
		}
	}
	return jsonReply(http.StatusOK, object{{"roles", rows}, {"is_staff", c.user.Staff}})
}

// listAllowed lists in what an address may enroll: the caller's, or another.
func (o *Server) listAllowed(c call) reply {
	if !c.user.Staff {
		return c.forbid()
	}
	email := c.query.Get("email")
	if email == "" {
		email = c.user.Email
	}
	rows := []object{}
	for _, a := range o.allowed {
		if a.email == email {
			rows = append(rows, o.allowedObject(a))
		}
	}
	return jsonReply(http.StatusOK, rows)
}

func (o *Server) allowedObject(a allowedCourse) object {
	var user any
	if known, found := o.userWithEmail(a.email); found {
		user = known.ID
	}
	return object{
		{"email", a.email}, {"course_id", a.course}, {"auto_enroll", a.auto}, {"created", wireTime(a.created)}, {"user", user},
	}
}

// readAllowed reads which one is meant, and where it is; at is -1 for nowhere.
func (o *Server) readAllowed(c call) (wanted allowedCourse, at int, refused reply, ok bool) {
	if !c.user.Staff {
		return wanted, 0, c.forbid(), false
	}
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return wanted, 0, refused, false
	}
	wanted = allowedCourse{email: body.text("email"), course: body.text("course_id"), auto: body.flag("auto_enroll"), created: o.now()}
	if wanted.email == "" || wanted.course == "" {
		return wanted, 0, message(http.StatusBadRequest, "Please provide a value for 'email' and 'course_id' in the request data."), false
	}
	at = slices.IndexFunc(o.allowed, func(a allowedCourse) bool { return a.email == wanted.email && a.course == wanted.course })
	return wanted, at, reply{}, true
}

func (o *Server) addAllowed(c call) reply {
	wanted, at, refused, ok := o.readAllowed(c)
	if !ok {
		return refused
	}
	if at >= 0 {
		return message(http.StatusConflict, "An enrollment allowed with email %s and course %s already exists.", wanted.email, wanted.course)
	}
	o.allowed = append(o.allowed, wanted)
	return jsonReply(http.StatusCreated, o.allowedObject(wanted))
}

// removeAllowed is a DELETE with a body.
func (o *Server) removeAllowed(c call) reply {
	wanted, at, refused, ok := o.readAllowed(c)
	if !ok {
		return refused
	}
	if at < 0 {
		return message(http.StatusNotFound, "An enrollment allowed with email %s and course %s doesn't exists.", wanted.email, wanted.course)
	}
	o.allowed = slices.Delete(o.allowed, at, at+1)
	return emptyReply(http.StatusNoContent)
}

// unenroll ends every enrollment of a user who asked to be retired. It answers
// the organizations, not the courses.
func (o *Server) unenroll(c call) reply {
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
	case !o.leaving[username]:
		return jsonReply(http.StatusNotFound, "No retirement request status for username.")
	}
	var orgs []string
	for _, row := range o.enrolled.byUser[username] {
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

func (o *Server) userWithEmail(email string) (User, bool) {
	for _, u := range o.users {
		if u.Email != "" && strings.EqualFold(u.Email, email) {
			return u, true
		}
	}
	return User{}, false
}
