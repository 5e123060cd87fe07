package edxtest_test

import (
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

func TestGetAccount(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	staff, learner := p.header("staff-client"), p.header("learner-client")
	p.fake.AddClient("bob-client", "s3cret", "bob")
	bob := p.header("bob-client")

	full := p.get("/api/user/v1/accounts/ada_l", staff).members
	for name, want := range map[string]any{
		"username": "ada_l", "email": "ada@example.org", "id": 4211.0, "name": "Ada Lovelace", "country": "GB",
		"phone_number": "+441234567890", "account_privacy": "private", "is_active": true,
	} {
		if got := full[name]; got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	if zone, present := full["time_zone"]; zone != nil || !present {
		t.Errorf("time_zone = %v, %v; want null: it is a preference", zone, present)
	}
	if got, want := keys(p.get("/api/user/v1/accounts/ada_l", bob).members), "account_privacy profile_image username"; got != want {
		t.Errorf("a private profile shows %q to a stranger, want %q", got, want)
	}
	public := p.get("/api/user/v1/accounts/bob", learner).members
	if _, shown := public["email"]; shown || public["country"] != "FR" {
		t.Errorf("a public profile shows %v to a stranger, want country but no email", public)
	}
	if got := p.get("/api/user/v1/accounts/nobody", staff).brief(); got != "404" {
		t.Errorf("unknown user: got %s, want an empty 404", got)
	}
	if got := p.get("/api/user/v1/accounts/ada_l/", staff).brief(); !strings.HasPrefix(got, "404 text/html") {
		t.Errorf("with a slash: got %s, want an HTML 404", got)
	}
}

const ownView = `{"username":"ada_l","account_privacy":"private","profile_image":{`

func TestListAccounts(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.RetireEmail("Gone@example.org")
	const path = "GET /api/user/v1/accounts"
	p.run([]step{
		{name: "by names, unknown ones left out", request: path + "?username=nobody,ada_l", as: staff, want: `200 application/json [` + ownView},
		{name: "by names, none known", request: path + "?username=nobody", as: staff, want: "404"},
		{name: "nothing asked is oneself", request: path, as: learner, want: `200 application/json [` + ownView},
		{name: "by address", request: path + "?email=ADA@example.org", as: staff, want: `200 application/json [` + ownView},
		{name: "by address, unknown", request: path + "?email=x@example.org", as: staff, want: "404"},
		{name: "by address, retired", request: path + "?email=gone@example.org", as: staff, want: `404 application/json {"error_msg":"This email is associated to a retired account.","can_cancel_retirement":true,"retirement_id":4`},
		{name: "by address, as a learner", request: path + "?email=ada@example.org", as: learner, want: denied},
		{name: "by id", request: path + "?lms_user_id=4211", as: staff, want: `200 application/json [` + ownView},
		{name: "by id, unknown", request: path + "?lms_user_id=1", as: staff, want: "404"},
		{name: "by id, no number", request: path + "?lms_user_id=x", as: staff, want: "400"},
		{name: "by id, as a learner", request: path + "?lms_user_id=4211", as: learner, want: denied},
		{name: "nobody asks", request: path, want: `401 application/json {"detail":`},
	})
	p.mustPlay(edxtest.VariantAccountLookup, "everybody")
	p.run([]step{{name: "an older release, by address", request: path + "?email=ada@example.org", as: stranger, want: `200 application/json [` + ownView}})
	if got := p.take(step{request: path + "?email=ada@example.org", as: stranger}).body; strings.Contains(got, "phone_number") {
		t.Error("an older release shows private fields to a stranger")
	}
}

func TestSearchEmails(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const path = "POST /api/user/v1/accounts/search_emails"
	p.run([]step{
		{name: "found", request: path, as: staff, body: `{"emails":["ADA@example.org","x@example.org"]}`, want: `200 application/json [{"email":"ada@example.org","id":4211,"username":"ada_l"}]`},
		{name: "nobody", request: path, as: staff, body: `{"emails":[]}`, want: `200 application/json []`},
		{name: "no key", request: path, as: staff, body: `{}`, want: "400"},
		{name: "a learner", request: path, as: learner, body: `{"emails":[]}`, want: `404 application/json {"developer_message":"not_found","user_message":"Not Found"}`},
	})
}

func TestVerification(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.AddUser(edxtest.User{Username: "ok", Verified: &edxtest.Verification{Status: "approved", Expires: monday}})
	p.fake.AddUser(edxtest.User{Username: "late", Verified: &edxtest.Verification{Status: "must_reverify"}})
	const path = "GET /api/user/v1/accounts/"
	p.run([]step{
		{name: "approved", request: path + "ok/verification_status/", as: staff, want: `200 application/json {"is_verified":true,"status":"approved","expiration_datetime":"2030-03-04T09:00:00Z"}`},
		{name: "not any more", request: path + "late/verification_status/", as: staff, want: `200 application/json {"is_verified":false,"status":"must_reverify","expiration_datetime":""}`},
		{name: "none, his own", request: path + "ada_l/verification_status/", as: learner, want: "404"},
		{name: "of nobody", request: path + "nobody/verification_status/", as: staff, want: "404"},
		{name: "another's", request: path + "ok/verification_status/", as: learner, want: denied},
		{name: "no slash", request: path + "ok/verification_status", as: staff, want: "301 text/html"},
	})
	p.mustPlay(edxtest.VariantVerificationAnswer, "object")
	p.run([]step{{name: "an older release", request: path + "ok/verification_status/", as: staff, want: `200 application/json {"is_verified":true,"status":"approved","expiration_datetime":"2030-03-04T09:00:00Z","type":"Software Secure"`}})
}

func TestUpdateAccount(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const path = "PATCH /api/user/v1/accounts/ada_l"
	p.run([]step{
		{name: "even staff may not", request: path, as: staff, body: `{"name":"X"}`, want: "403"},
		{name: "another media type", request: path, as: learner, media: "application/json", body: `{}`, want: `415 application/json {"detail":`},
		{name: "no JSON", request: path, as: learner, body: `x`, want: `400 application/json {"detail":"JSON parse error`},
		{name: "several wrong", request: path, as: learner, body: `{"username":"x","country":"France","name":" "}`, want: `400 application/json {"field_errors":{` +
			`"country":{"developer_message":"Value 'France' is not valid for field 'country'","user_message":"This value is invalid."},"name":{"developer_message":`},
		{name: "good", request: path, as: learner, body: `{"name":"Ada King","country":"FR","phone_number":"+331","bio":"I count","year_of_birth":1815,"language_proficiencies":[{"code":"fr"}],"account_privacy":"all_users"}`,
			want: `200 application/json {"username":"ada_l","account_privacy":"all_users",`},
		{name: "another's address is dropped in silence", request: path, as: learner, body: `{"email":"tea@example.org"}`, want: `200 application/json {`},
	})
	got := p.get("/api/user/v1/accounts/ada_l", p.header(stranger)).members
	for name, want := range map[string]any{"country": "FR", "bio": "I count", "account_privacy": "all_users"} {
		if got[name] != want {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
	got = p.get("/api/user/v1/accounts/ada_l", p.header(learner)).members
	for name, want := range map[string]any{"name": "Ada King", "phone_number": "+331", "year_of_birth": 1815.0, "email": "ada@example.org"} {
		if got[name] != want {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
	if u, _ := p.fake.User("ada_l"); u.Name != "Ada King" {
		t.Errorf("User = %+v", u)
	}
}

func TestWhoSeesWhatOfAnAccount(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.AddUser(edxtest.User{Username: "child", Name: "Chi Ld", Minor: true})
	p.fake.AddUser(edxtest.User{Username: "open", Name: "O Pen", Preferences: map[string]string{"account_privacy": "custom"}})
	const few, public = "account_privacy profile_image username", "account_privacy bio country course_certificates date_joined language_proficiencies level_of_education profile_image social_links time_zone username"
	custom := strings.Replace(public, "profile_image", "name profile_image", 1)
	for _, tt := range []struct{ path, as, want string }{
		{"child", stranger, few},
		{"open", stranger, custom},
		{"bob", stranger, public},
		{"bob?view=shared", staff, public},
	} {
		if got := keys(p.get("/api/user/v1/accounts/"+tt.path, p.header(tt.as)).members); got != tt.want {
			t.Errorf("%s to %s:\ngot  %s\nwant %s", tt.path, tt.as, got, tt.want)
		}
	}
	p.mustPlay(edxtest.VariantAccountFields, "activation-key")
	if got := p.get("/api/user/v1/accounts/bob", p.header(staff)).members; got["activation_key"] == nil {
		t.Error("an older release does not leak the activation key")
	}
}
