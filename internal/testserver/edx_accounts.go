package testserver

import (
	"net/http"
	"regexp"
	"strings"
	"time"
)

var (
	userInPath       = regexp.MustCompile(`^[\pL\pN_ .@+-]+$`)
	preferenceInPath = regexp.MustCompile(`^[\pL\pN_ .@+-]+/[a-zA-Z0-9_]+$`)
)

var joined = time.Date(2025, 9, 1, 8, 0, 0, 0, time.UTC)

// getAccount shows an account as far as the caller may see it: fields that he may
// not see are absent, not null.
func (o *OpenEdX) getAccount(c edxCall) reply {
	if !userInPath.MatchString(c.path) {
		return statusPage(http.StatusNotFound)
	}
	caller, refused, ok := o.caller(c)
	if !ok {
		return refused
	}
	u, found := o.users[c.path]
	if !found {
		return edxEmpty(http.StatusNotFound)
	}
	fields := publicFields(u)
	if full := caller.Staff || caller.Username == u.Username; full && c.form.Get("view") != "shared" {
		fields = append(fields, privateFields(u)...)
	} else if u.Private {
		fields = fields[:3]
	}
	return edxJSON(http.StatusOK, fields)
}

// publicFields begins with the three that everybody sees.
func publicFields(u User) object {
	privacy := "all_users"
	if u.Private {
		privacy = "private"
	}
	picture := "https://lms.example.org/static/images/profiles/default_"
	return object{
		{"username", u.Username}, {"account_privacy", privacy}, {"profile_image", object{
			{"has_image", false}, {"image_url_full", picture + "500.png"}, {"image_url_large", picture + "120.png"},
			{"image_url_medium", picture + "50.png"}, {"image_url_small", picture + "30.png"},
		}},
		{"bio", nil}, {"country", orNull(u.Country)}, {"level_of_education", nil}, {"date_joined", edxTime(joined)},
		{"language_proficiencies", []object{{{"code", "en"}}}}, {"social_links", []object{}},
		{"course_certificates", nil}, {"time_zone", nil}, // never filled here: the zone is a preference
	}
}

func privateFields(u User) object {
	return object{
		{"name", u.Name}, {"email", u.Email}, {"id", u.ID}, {"verified_name", nil}, {"pending_name_change", nil},
		{"gender", nil}, {"year_of_birth", 1990}, {"goals", ""}, {"mailing_address", ""}, {"state", nil},
		{"phone_number", orNull(u.Phone)}, {"is_active", true}, {"requires_parental_consent", false}, {"last_login", nil},
		{"extended_profile", []object{}}, {"secondary_email", nil}, {"secondary_email_enabled", nil},
	}
}

// getPreferences answers a map of text to text. The endpoint of a single
// preference takes no JWT.
func (o *OpenEdX) getPreferences(c edxCall) reply {
	single := preferenceInPath.MatchString(c.path)
	if !single && !userInPath.MatchString(c.path) {
		return statusPage(http.StatusNotFound)
	}
	if single && strings.HasPrefix(c.request.Header.Get("Authorization"), "JWT ") {
		return unauthorized(c, "Authentication credentials were not provided.")
	}
	caller, refused, ok := o.caller(c)
	if !ok {
		return refused
	}
	username, key, _ := strings.Cut(c.path, "/")
	u, found := o.users[username]
	if !found || !caller.Staff && caller.Username != username {
		return edxEmpty(http.StatusNotFound)
	}
	preferences := preferencesOf(u)
	if !single {
		return edxJSON(http.StatusOK, preferences)
	}
	for _, m := range preferences {
		if m.key == key {
			r := edxJSON(http.StatusOK, nil)
			r.body = appendJSON(nil, m.value, plainNumbers)
			return r
		}
	}
	return edxEmpty(http.StatusNotFound)
}

func preferencesOf(u User) object {
	privacy := "all_users"
	if u.Private {
		privacy = "private"
	}
	preferences := object{{"account_privacy", privacy}, {"pref-lang", "en"}}
	if u.TimeZone != "" {
		preferences = append(preferences, member{"time_zone", u.TimeZone})
	}
	return preferences
}

// getMe names the caller.
func (o *OpenEdX) getMe(c edxCall) reply {
	if c.path != "" {
		return statusPage(http.StatusNotFound)
	}
	caller, refused, ok := o.caller(c)
	if !ok {
		return refused
	}
	return edxJSON(http.StatusOK, object{{"username", caller.Username}})
}
