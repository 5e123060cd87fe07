package edxtest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

var accountRoutes = []route{
	{method: get, pattern: "/api/user/v1/me", act: (*Server).getMe, short: "me"},
	{method: get, pattern: "/api/user/v1/accounts", act: (*Server).listAccounts},
	{method: post, pattern: "/api/user/v1/accounts/search_emails", act: (*Server).searchEmails},
	{method: get, pattern: "/api/user/v1/accounts/{username}/verification_status/", act: (*Server).getVerification},
	{method: get, pattern: "/api/user/v1/accounts/{username}", act: (*Server).getAccount, short: "accounts"},
	{method: patch, pattern: "/api/user/v1/accounts/{username}", act: (*Server).updateAccount},
}

var validUsername = regexp.MustCompile(`^[\pL\pN_ .@+-]+$`)

var joined = time.Date(2025, 9, 1, 8, 0, 0, 0, time.UTC)

// getMe names the caller.
func (s *Server) getMe(c call) reply {
	return jsonReply(http.StatusOK, object{{"username", c.user.Username}})
}

// getAccount shows an account as far as the caller may see it.
func (s *Server) getAccount(c call) reply {
	u, found := s.users[c.vars["username"]]
	if !found {
		return emptyReply(http.StatusNotFound)
	}
	return jsonReply(http.StatusOK, s.accountObject(c, u))
}

// listAccounts looks up user names, an e-mail address or an id. It does not know
// usernames: without a parameter of its own it answers the caller.
func (s *Server) listAccounts(c call) reply {
	email, id := c.query.Get("email"), c.query.Get("lms_user_id")
	if id != "" && !c.user.Staff || email != "" && !c.user.Staff && !s.is(VariantAccountLookup, "everybody") {
		return c.forbid()
	}
	names := splitCommas(c.query.Get("username"))
	switch {
	case email != "":
		if retirement, gone := s.retired[strings.ToLower(email)]; gone {
			return jsonReply(http.StatusNotFound, object{
				{"error_msg", "This email is associated to a retired account."}, {"can_cancel_retirement", true}, {"retirement_id", retirement},
			})
		}
		known, _ := s.userWithEmail(email)
		names = []string{known.Username}
	case id != "":
		n, ok := toNumber(id)
		if !ok {
			return emptyReply(http.StatusBadRequest)
		}
		names = []string{s.userWithID(n).Username}
	case names == nil:
		names = []string{c.user.Username}
	}
	rows := []object{}
	for _, name := range names {
		if u, found := s.users[name]; found {
			rows = append(rows, s.accountObject(c, u))
		}
	}
	if len(rows) == 0 {
		return emptyReply(http.StatusNotFound)
	}
	return jsonReply(http.StatusOK, rows)
}

func (s *Server) userWithID(id int64) User {
	for _, u := range s.users {
		if u.ID == id {
			return u
		}
	}
	return User{}
}

// accountObject leaves out the fields that the caller may not see: they are
// absent, not null.
func (s *Server) accountObject(c call, u User) object {
	fields := publicFields(u)
	switch full := c.user.Staff || c.user.Username == u.Username; {
	case full && c.query.Get("view") != "shared":
		fields = append(fields, privateFields(u)...)
		if s.is(VariantAccountFields, "activation-key") {
			fields = append(fields, member{"activation_key", "0123456789abcdef0123456789abcdef"})
		}
	case u.Minor || u.privacy() == "private":
		fields = fields[:3]
	case u.privacy() == "custom":
		fields = append(fields, member{"name", u.Name})
	}
	for i := range fields {
		for _, changed := range s.patched[u.Username] {
			if fields[i].Key == changed.Key {
				fields[i].Value = changed.Value
			}
		}
	}
	return fields
}

// privacy is a preference; Private alone decides where it is not set.
func (u User) privacy() string {
	switch set := u.Preferences["account_privacy"]; {
	case set != "":
		return set
	case u.Private:
		return "private"
	}
	return "all_users"
}

// publicFields begins with the three that everybody sees.
func publicFields(u User) object {
	picture := "https://lms.example.org/static/images/profiles/default_"
	return object{
		{"username", u.Username}, {"account_privacy", u.privacy()}, {"profile_image", object{
			{"has_image", false}, {"image_url_full", picture + "500.png"}, {"image_url_large", picture + "120.png"},
			{"image_url_medium", picture + "50.png"}, {"image_url_small", picture + "30.png"},
		}},
		{"bio", nil}, {"country", testserver.OrNull(u.Country)}, {"level_of_education", nil}, {"date_joined", wireTime(joined)},
		{"language_proficiencies", []object{{{"code", "en"}}}}, {"social_links", []object{}},
		{"course_certificates", nil}, {"time_zone", nil}, // never filled here: the zone is a preference
	}
}

func privateFields(u User) object {
	return object{
		{"name", u.Name}, {"email", u.Email}, {"id", u.ID}, {"verified_name", nil}, {"pending_name_change", nil},
		{"gender", nil}, {"year_of_birth", 1990}, {"goals", ""}, {"mailing_address", ""}, {"state", nil},
		{"phone_number", testserver.OrNull(u.Phone)}, {"is_active", true}, {"requires_parental_consent", u.Minor}, {"last_login", nil},
		{"extended_profile", []object{}}, {"secondary_email", nil}, {"secondary_email_enabled", nil},
	}
}

// searchEmails finds the users of e-mail addresses, for staff only.
func (s *Server) searchEmails(c call) reply {
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
		if u, found := s.userWithEmail(email); found {
			rows = append(rows, object{{"email", u.Email}, {"id", u.ID}, {"username", u.Username}})
		}
	}
	return jsonReply(http.StatusOK, rows)
}

// getVerification shows a learner's own state of verification, and to staff anybody's.
func (s *Server) getVerification(c call) reply {
	u, found := s.users[c.vars["username"]]
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
	if s.is(VariantVerificationAnswer, "object") {
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
func (s *Server) updateAccount(c call) reply {
	if c.contentType() != mergePatchType {
		_, refused, _ := c.json(mergePatchType)
		return refused
	}
	u, found := s.users[c.vars["username"]]
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
	s.patchAccount(u, body)
	return jsonReply(http.StatusOK, s.accountObject(c, s.users[u.Username]))
}

// checkAccount lists every field that can't have its new value.
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

// patchAccount saves the fields that were sent, but not a new e-mail address: it counts
// only after its confirmation.
func (s *Server) patchAccount(u User, body jsonBody) {
	for name, field := range map[string]*string{"name": &u.Name, "country": &u.Country, "phone_number": &u.Phone} {
		if body.has(name) {
			*field = body.text(name)
		}
	}
	if body.has("account_privacy") {
		u.Preferences = withPreference(u.Preferences, "account_privacy", body.text("account_privacy"))
	}
	s.users[u.Username] = u
	for _, name := range []string{
		"bio", "level_of_education", "gender", "year_of_birth", "goals", "mailing_address", "state", "language_proficiencies", "social_links", "extended_profile",
	} {
		if body.has(name) {
			s.patched[u.Username] = append(s.patched[u.Username], member{name, wireValue(body[name])})
		}
	}
}

// wireValue turns a value that was sent into one that can be sent back.
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
