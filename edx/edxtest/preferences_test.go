package edxtest_test

import (
	"fmt"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

func TestGetPreferences(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	staff, learner := p.header("staff-client"), p.header("learner-client")
	opaque := "Bearer " + fmt.Sprint(p.signIn("learner-client", "token_type", "bearer").members["access_token"])
	const path = "/api/user/v1/preferences/"
	for name, tt := range map[string]struct{ path, authorization, want string }{
		"all":              {path + "ada_l", staff, `200 application/json {"account_privacy":"private","pref-lang":"en","time_zone":"Europe/London"}`},
		"no zone":          {path + "bob", staff, `200 application/json {"account_privacy":"all_users","pref-lang":"en"}`},
		"another's":        {path + "bob", learner, "404"},
		"unknown":          {path + "nobody", staff, "404"},
		"with a slash":     {path + "ada_l/", staff, "404 text/html"},
		"one, by JWT":      {path + "ada_l/time_zone", learner, `401 application/json {"detail":`},
		"one, by opaque":   {path + "ada_l/time_zone", opaque, `200 application/json "Europe/London"`},
		"one that's unset": {path + "ada_l/theme", opaque, "404"},
		"unaddressable":    {path + "ada_l/pref-lang", opaque, "404 text/html"},
		"nobody asks":      {path + "ada_l", "", `401 application/json {"detail":`},
		"nobody's me":      {"/api/user/v1/me", "", `401 application/json {"detail":`},
		"me with a slash":  {"/api/user/v1/me/", learner, "404 text/html"},
		"me":               {"/api/user/v1/me", learner, `200 application/json {"username":"ada_l"}`},
	} {
		if got := p.get(tt.path, tt.authorization).brief(); !begins(got, tt.want) {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

func TestUpdatePreferences(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const path = "PATCH /api/user/v1/preferences/ada_l"
	p.run([]step{
		{name: "even staff may not", request: path, as: staff, body: `{"pref-lang":"fr"}`, want: "403"},
		{name: "another media type", request: path, as: learner, media: "application/json", body: `{}`, want: `415 application/json {`},
		{name: "no data", request: path, as: learner, body: `{}`, want: `400 application/json {"developer_message":"No data provided for user preference update","user_message":`},
		{name: "a bad zone, and nothing is changed", request: path, as: learner, body: `{"pref-lang":"fr","time_zone":"Paris"}`, want: `400 application/json {"field_errors":{"time_zone":{"developer_message":"Value 'Paris' not valid for preference 'time_zone': Not in timezone set.","user_message":`},
		{name: "an empty zone", request: path, as: learner, body: `{"time_zone":""}`, want: `400 application/json {"field_errors":{"time_zone":{"developer_message":"Preference 'time_zone' cannot be set to an empty value.",`},
		{name: "as it was", request: "GET /api/user/v1/preferences/ada_l", as: learner, want: `200 application/json {"account_privacy":"private","pref-lang":"en","time_zone":"Europe/London"}`},
		{name: "good", request: path, as: learner, body: `{"pref-lang":"fr","time_zone":"Europe/Paris","theme":7}`, want: "204"},
		{name: "changed, all texts", request: "GET /api/user/v1/preferences/ada_l", as: learner, want: `200 application/json {"account_privacy":"private","pref-lang":"fr","theme":"7","time_zone":"Europe/Paris"}`},
		{name: "taken away", request: path, as: learner, body: `{"time_zone":null,"theme":null}`, want: "204"},
		{name: "gone", request: "GET /api/user/v1/preferences/ada_l", as: learner, want: `200 application/json {"account_privacy":"private","pref-lang":"fr"}`},
	})
	p.mustPlay(edxtest.VariantOthersPreferences, "403")
	p.run([]step{{name: "another's, another release", request: "GET /api/user/v1/preferences/bob", as: learner, want: "403"}})
}

func TestSinglePreference(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const path = " /api/user/v1/preferences/ada_l/"
	p.run([]step{
		{name: "set by JWT", request: "PUT" + path + "theme", as: learner, body: `"dark"`, want: `401 application/json {"detail":`},
		{name: "set", request: "PUT" + path + "theme", as: "opaque " + learner, body: `"dark"`, want: "204"},
		{name: "set to no text", request: "PUT" + path + "theme", as: "opaque " + learner, body: `7`, want: `400 application/json {`},
		{name: "read", request: "GET" + path + "theme", as: "opaque " + learner, want: `200 application/json "dark"`},
		{name: "set another's", request: "PUT" + path + "theme", as: "opaque " + staff, body: `"dark"`, want: "403"},
		{name: "remove another's", request: "DELETE" + path + "theme", as: "opaque " + staff, want: "403"},
		{name: "remove", request: "DELETE" + path + "theme", as: "opaque " + learner, want: "204"},
		{name: "remove again", request: "DELETE" + path + "theme", as: "opaque " + learner, want: "404"},
	})
}

func TestTimeZones(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const path = "GET /api/user/v1/preferences/time_zones/"
	p.run([]step{
		{name: "of a country", request: path + "?country_code=gb", want: `200 application/json [{"time_zone":"Europe/London","description":"Europe/London (GMT, UTC+0000)"}]`},
		{name: "of no country", request: path + "?country_code=ZZ", want: "200 application/json []"},
		{name: "of all", request: path, want: `200 application/json [{"time_zone":"Africa/Ceuta",`},
		{name: "without a slash it is a learner", request: "GET /api/user/v1/preferences/time_zones", as: staff, want: "404"},
	})
	p.mustPlay(edxtest.VariantZoneList, "signed-in")
	p.run([]step{
		{name: "nobody asks", request: path, want: `401 application/json {"detail":`},
		{name: "somebody asks", request: path + "?country_code=FR", as: learner, want: `200 application/json [{"time_zone":"Europe/Paris","description":"Europe/Paris (CET, UTC+0100)"}]`},
	})
}
