package edxtest

import (
	"net/http"
	"regexp"
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
func (o *Server) getMe(c call) reply {
	return jsonReply(http.StatusOK, object{{"username", c.user.Username}})
}

// getAccount shows an account as far as the caller may see it.
func (o *Server) getAccount(c call) reply {
	u, found := o.users[c.vars["username"]]
	if !found {
		return emptyReply(http.StatusNotFound)
	}
	return jsonReply(http.StatusOK, o.accountObject(c, u))
}

// listAccounts looks up user names, an e-mail address or an id. It does not know
// usernames: without a parameter of its own it answers the caller.
func (o *Server) listAccounts(c call) reply {
	email, id := c.query.Get("email"), c.query.Get("lms_user_id")
	if id != "" && !c.user.Staff || email != "" && !c.user.Staff && !o.is(VariantAccountLookup, "everybody") {
		return c.forbid()
	}
	names := splitCommas(c.query.Get("username"))
	switch {
	case email != "":
		if retirement, gone := o.retired[strings.ToLower(email)]; gone {
			return jsonReply(http.StatusNotFound, object{
				{"error_msg", "This email is associated to a retired account."}, {"can_cancel_retirement", true}, {"retirement_id", retirement},
			})
		}
		known, _ := o.userWithEmail(email)
		names = []string{known.Username}
	case id != "":
		n, ok := toNumber(id)
		if !ok {
			return emptyReply(http.StatusBadRequest)
		}
		names = []string{o.userWithID(n).Username}
	case names == nil:
		names = []string{c.user.Username}
	}
	rows := []object{}
	for _, name := range names {
		if u, found := o.users[name]; found {
			rows = append(rows, o.accountObject(c, u))
		}
	}
	if len(rows) == 0 {
		return emptyReply(http.StatusNotFound)
	}
	return jsonReply(http.StatusOK, rows)
}

func (o *Server) userWithID(id int64) User {
	for _, u := range o.users {
		if u.ID == id {
			return u
		}
	}
	return User{}
}

// accountObject leaves out the fields that the caller may not see: they are
// absent, not null.
func (o *Server) accountObject(c call, u User) object {
	fields := publicFields(u)
	switch full := c.user.Staff || c.user.Username == u.Username; {
	case full && c.query.Get("view") != "shared":
		fields = append(fields, privateFields(u)...)
		if o.is(VariantAccountFields, "activation-key") {
			fields = append(fields, member{"activation_key", "0123456789abcdef0123456789abcdef"})
		}
	case u.Minor || u.privacy() == "private":
		fields = fields[:3]
	case u.privacy() == "custom":
		fields = append(fields, member{"name", u.Name})
	}
	for i := range fields {
		for _, changed := range o.patched[u.Username] {
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
