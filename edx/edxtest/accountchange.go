package edxtest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
)

// searchEmails tells whose addresses these are, to staff alone.
func (o *Server) searchEmails(c call) reply {
	if !c.user.Staff {
		return jsonReply(http.StatusNotFound, object{{"developer_message", "not_found"}, {"user_message", "Not Found"}})
	}
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	emails, ok := body["emails"].([]any)
	if !ok {
		return emptyReply(http.StatusBadRequest)
	}
	rows := []object{}
	for _, item := range emails {
		email, _ := item.(string)
		if u, found := o.userWithEmail(email); found {
			rows = append(rows, object{{"email", u.Email}, {"id", u.ID}, {"username", u.Username}})
		}
	}
	return jsonReply(http.StatusOK, rows)
}

// getVerification shows a learner's own state of verification, and to staff anybody's.
func (o *Server) getVerification(c call) reply {
	u, found := o.users[c.vars["username"]]
	if !c.user.Staff && c.user.Username != c.vars["username"] {
		return c.forbid()
	}
	if !found || u.Verified == nil {
		return emptyReply(http.StatusNotFound)
	}
	var expires any = ""
	if !u.Verified.Expires.IsZero() {
		expires = wireTime(u.Verified.Expires)
	}
	fields := object{{"is_verified", u.Verified.Status == "approved"}, {"status", u.Verified.Status}, {"expiration_datetime", expires}}
	if o.is(VariantVerificationAnswer, "object") {
		fields = append(fields, member{"type", "Software Secure"}, member{"receipt_id", ""})
	}
	return jsonReply(http.StatusOK, fields)
}

var (
	// Names of fields that the API shows but does not change.
	readOnlyFields = []string{"username", "date_joined", "is_active", "id", "last_login", "profile_image", "requires_parental_consent", "course_certificates"}

	accountChecks = map[string]*regexp.Regexp{
		"name": regexp.MustCompile(`\S`), "country": regexp.MustCompile(`^([A-Z]{2})?$`), "email": regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`),
		"phone_number": regexp.MustCompile(`^(\+?[0-9]+)?$`), "gender": regexp.MustCompile(`^[mfo]?$`), "year_of_birth": regexp.MustCompile(`^(\d{4})?$`),
	}
)

// updateAccount changes the caller's own account, never another's.
func (o *Server) updateAccount(c call) reply {
	if c.contentType() != mergePatchType {
		_, refused, _ := c.json(mergePatchType)
		return refused
	}
	u, found := o.users[c.vars["username"]]
	if c.user.Username != c.vars["username"] {
		return emptyReply(http.StatusForbidden)
	}
	if !found {
		return emptyReply(http.StatusNotFound)
	}
	body, refused, ok := c.jsonObject(mergePatchType)
	if !ok {
		return refused
	}
	if wrong := checkAccount(body); wrong != nil {
		return jsonReply(http.StatusBadRequest, object{{"field_errors", wrong}})
	}
	o.patchAccount(u, body)
	return jsonReply(http.StatusOK, o.accountObject(c, o.users[u.Username]))
}

// checkAccount lists every field that can't be changed so.
func checkAccount(body jsonBody) (wrong object) {
	blame := func(name, text, userText string) {
		wrong = append(wrong, member{name, object{{"developer_message", text}, {"user_message", userText}}})
	}
	for _, name := range sortedNames(body) {
		check := accountChecks[name]
		switch {
		case slices.Contains(readOnlyFields, name):
			blame(name, "This field is not editable via this API", "The '"+name+"' field cannot be edited.")
		case check != nil && !check.MatchString(body.text(name)):
			blame(name, "Value '"+body.text(name)+"' is not valid for field '"+name+"'", "This value is invalid.")
		}
	}
	return wrong
}

// patchAccount takes over what was sent. A new e-mail address counts only after
// its confirmation, and one that another account holds is dropped in silence.
func (o *Server) patchAccount(u User, body jsonBody) {
	for name, field := range map[string]*string{"name": &u.Name, "country": &u.Country, "phone_number": &u.Phone} {
		if body.has(name) {
			*field = body.text(name)
		}
	}
	if body.has("account_privacy") {
		u.Preferences = withPreference(u.Preferences, "account_privacy", body.text("account_privacy"))
	}
	o.users[u.Username] = u
	for _, name := range []string{
		"bio", "level_of_education", "gender", "year_of_birth", "goals", "mailing_address", "state", "language_proficiencies", "social_links", "extended_profile",
	} {
		if body.has(name) {
			o.patched[u.Username] = append(o.patched[u.Username], member{name, wireValue(body[name])})
		}
	}
}

// wireValue is what was sent, ready to be sent back.
func wireValue(sent any) any {
	switch v := sent.(type) {
	case json.Number:
		return decimal(v.String())
	case []any:
		rows := []any{}
		for _, item := range v {
			rows = append(rows, wireValue(item))
		}
		return rows
	case map[string]any:
		var o object
		for _, name := range sortedNames(v) {
			o = append(o, member{name, wireValue(v[name])})
		}
		return o
	}
	return sent
}
