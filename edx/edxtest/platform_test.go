package edxtest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// platform is an Open edX with a staff client and one that acts for a learner.
type platform struct {
	t     *testing.T
	clock *proctorbooktest.Clock
	fake  *edxtest.Server
	rt    http.RoundTripper
	base  string
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	clock := proctorbooktest.NewClock(monday)
	o := edxtest.NewUnstartedServer(edxtest.WithClock(clock))
	o.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Lovelace", Email: "ada@example.org", Country: "GB", Phone: "+441234567890", TimeZone: "Europe/London", Private: true})
	o.AddUser(edxtest.User{Username: "bob", Name: "Bob Example", Country: "FR"})
	o.AddCourse(edxtest.Course{
		Key: logic, Name: "Logic & Proof", Start: monday.AddDate(0, -1, 0), End: monday.AddDate(0, 3, 0),
		EnrollmentEnd: monday.AddDate(0, 0, 7),
		Modes: []edxtest.Mode{
			{Slug: "verified", Name: "Verified Certificate", Price: 49, Expires: monday.AddDate(0, 1, 0)},
			{Slug: "honor", Name: "Honor", Expires: monday.AddDate(0, 0, -1)},
		},
	})
	o.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+Secret+2026", Name: "Secret", StaffOnly: true, SelfPaced: true})
	o.AddCourse(edxtest.Course{Key: "ExampleX/Old/2012", Name: "Old"})
	o.Enroll("ada_l", logic, "verified", true)
	o.Enroll("bob", logic, "audit", false)
	o.AddUser(edxtest.User{Username: "staff-client", Staff: true, Name: "Service user"})
	o.AddClient("staff-client", "s3cret", "staff-client")
	o.AddClient("learner-client", "s3cret", "ada_l")
	return &platform{t: t, clock: clock, fake: o, rt: proctorbooktest.InProcess(o), base: proctorbooktest.InProcessURL}
}

// signIn asks for a JWT, or with more pairs for something else.
func (p *platform) signIn(client string, pairs ...string) answer {
	p.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {"s3cret"}, "token_type": {"jwt"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.base+"/oauth2/access_token", strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return roundTrip(p.rt, req)
}

// header is an Authorization header for the client.
func (p *platform) header(client string) string {
	p.t.Helper()
	return "JWT " + fmt.Sprint(p.signIn(client).members["access_token"])
}

func (p *platform) get(path, authorization string) answer {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.base+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	return roundTrip(p.rt, req)
}

// brief is the status, the content type and the body.
func (a answer) brief() string {
	if a.err != nil {
		return "no answer"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", a.status, strings.Split(a.header.Get("Content-Type"), ";")[0], a.body))
}

// begins reports whether got begins with want; a bare status wants no body and no type.
func begins(got, want string) bool {
	return got == want || strings.Contains(want, " ") && strings.HasPrefix(got, want)
}

func TestAccessToken(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)

	got := p.signIn("staff-client")

	if got, want := keys(got.members), "access_token expires_in scope token_type"; got != want {
		t.Errorf("members = %q, want %q", got, want)
	}
	if got.members["expires_in"] != 3600.0 || got.members["token_type"] != "JWT" {
		t.Errorf("body = %s, want 3600 s and JWT", got.body)
	}
	parts := strings.Split(fmt.Sprint(got.members["access_token"]), ".")
	var claims map[string]any
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || len(parts) != 3 || json.Unmarshal(payload, &claims) != nil {
		t.Fatalf("the token is no JWT: %v", parts)
	}
	if claims["preferred_username"] != "staff-client" || claims["exp"] != float64(monday.Add(time.Hour).Unix()) {
		t.Errorf("claims = %v", claims)
	}
	if again := p.signIn("staff-client"); again.members["access_token"] == got.members["access_token"] {
		t.Error("two tokens are the same")
	}
	if counts := p.fake.Counts(); counts.TokenRequests != 2 || counts.TokensIssued != 2 {
		t.Errorf("counts = %+v, want 2 and 2", counts)
	}
}

func TestAccessTokenRefusals(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for name, tt := range map[string]struct {
		got  answer
		want string
	}{
		"unknown client": {p.signIn("nobody"), `401 application/json {"error":"invalid_client"}`},
		"wrong secret":   {p.signIn("staff-client", "client_secret", "x"), `401 application/json {"error":"invalid_client"}`},
		"other grant":    {p.signIn("staff-client", "grant_type", "password"), `400 application/json {"error":"unauthorized_client"}`},
		"no such grant":  {p.signIn("staff-client", "grant_type", "magic"), `400 application/json {"error":"unsupported_grant_type"}`},
		"scope":          {p.signIn("staff-client", "scope", "grades:read"), `400 application/json {"error":"invalid_scope"}`},
		"GET":            {p.get("/oauth2/access_token", ""), "405"},
	} {
		if got := tt.got.brief(); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
	if got := p.signIn("staff-client", "token_type", "bearer").members["token_type"]; got != "Bearer" {
		t.Errorf("token_type = %v, want Bearer", got)
	}
}

func TestAuthorizationHeader(t *testing.T) {
	t.Parallel()
	const account, course = "/api/user/v1/accounts/ada_l", "/api/courses/v1/courses/" + logic
	p := newPlatform(t)
	jwt := strings.TrimPrefix(p.header("staff-client"), "JWT ")
	opaque := fmt.Sprint(p.signIn("staff-client", "token_type", "bearer").members["access_token"])
	const nonexistent = `{"error_code":"token_nonexistent","developer_message":"The provided access token is not valid."}`
	for name, tt := range map[string]struct{ path, authorization, want string }{
		"JWT":                        {account, "JWT " + jwt, "200 application/json"},
		"opaque":                     {account, "Bearer " + opaque, "200 application/json"},
		"JWT as Bearer":              {account, "Bearer " + jwt, "401 application/json " + nonexistent},
		"JWT as Bearer, for courses": {course, "Bearer " + jwt, `401 application/json {"developer_message":` + nonexistent + "}"},
		"opaque as JWT":              {account, "JWT " + opaque, `401 application/json {"detail":"Error decoding token."}`},
		"none":                       {account, "", `401 application/json {"detail":"Authentication credentials were not provided."}`},
		"none, for courses":          {course, "", "200 application/json"},
		"Basic":                      {account, "Basic eDp5", `401 application/json {"detail":"Authentication credentials were not provided."}`},
	} {
		got := p.get(tt.path, tt.authorization)
		if !strings.HasPrefix(got.brief(), tt.want) {
			t.Errorf("%s: got %s, want %s", name, got.brief(), tt.want)
		}
		if header := got.header.Get("WWW-Authenticate"); (header == `JWT realm="api"`) != (got.status == http.StatusUnauthorized) {
			t.Errorf("%s: status %d, WWW-Authenticate = %q", name, got.status, header)
		}
	}
}

func TestTokensEnd(t *testing.T) {
	t.Parallel()
	const path, expired = "/api/user/v1/me", `401 application/json {"detail":"Token has expired."}`
	p := newPlatform(t)
	header := p.header("staff-client")
	p.clock.Advance(time.Hour + time.Second)
	if got := p.get(path, header); got.status != http.StatusOK {
		t.Errorf("within the leeway: got %s, want 200", got.brief())
	}
	p.clock.Advance(time.Second)
	if got := p.get(path, header).brief(); got != expired {
		t.Errorf("after its end: got %s, want %s", got, expired)
	}

	if got, want := p.get("/api/courses/v1/courses/"+logic, header).brief(), `401 application/json {"developer_message":"Token has expired."}`; got != want {
		t.Errorf("course, after its end: got %s, want %s", got, want)
	}
	opaque := "Bearer " + fmt.Sprint(p.signIn("staff-client", "token_type", "bearer").members["access_token"])
	p.clock.Advance(time.Hour + time.Second)
	if got := p.get(path, opaque).brief(); !strings.Contains(got, `"error_code":"token_expired"`) {
		t.Errorf("opaque, after its end: got %s, want token_expired", got)
	}

	p.fake.SetTokenLife(time.Minute)
	header = p.header("staff-client")
	p.clock.Advance(62 * time.Second)
	if got := p.get(path, header).brief(); got != expired {
		t.Errorf("short life: got %s, want %s", got, expired)
	}

	header = p.header("staff-client")
	p.fake.RevokeTokens()
	if got := p.get(path, header); got.status != http.StatusUnauthorized {
		t.Errorf("revoked: got %s, want 401", got.brief())
	}

	p.fake.Fault(proctorbooktest.Fault{Kind: edxtest.NegativeExpiry})
	token := p.signIn("staff-client")
	if got := token.members["expires_in"]; got != -1.0 {
		t.Errorf("expires_in = %v, want -1", got)
	}
	if got := p.get(path, "JWT "+fmt.Sprint(token.members["access_token"])); got.status != http.StatusUnauthorized {
		t.Errorf("negative expiry: got %s, want 401", got.brief())
	}
}

func TestGetCourse(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	staff, learner := p.header("staff-client"), p.header("learner-client")
	const denied = `403 application/json {"developer_message":"You do not have permission to perform this action."}`
	const missing = `404 application/json {"developer_message":"Not found."}`
	const path = "/api/courses/v1/courses/"
	for name, tt := range map[string]struct{ path, authorization, want string }{
		"anonymous":                 {path + logic, "", "200 application/json"},
		"trailing slash":            {path + logic + "/", "", "200 application/json"},
		"escaped plus":              {path + "course-v1:ExampleX%2BCS101%2B2026_T1", "", "200 application/json"},
		"escaped colon":             {path + "course-v1%3AExampleX+CS101+2026_T1", "", "200 application/json"},
		"old key":                   {path + "ExampleX/Old/2012", "", "200 application/json"},
		"old key, escaped slashes":  {path + "ExampleX%2FOld%2F2012", "", "404 text/html"},
		"staff for a learner":       {path + logic + "?username=ada_l", staff, "200 application/json"},
		"staff for nobody":          {path + logic + "?username=nobody", staff, missing},
		"learner for himself":       {path + logic + "?username=ada_l", learner, "200 application/json"},
		"learner for another":       {path + logic + "?username=bob", learner, denied},
		"hidden":                    {path + "course-v1:ExampleX+Secret+2026", staff, missing},
		"hidden, as staff":          {path + "course-v1:ExampleX+Secret+2026?username=staff-client", staff, "200 application/json"},
		"unknown":                   {path + "course-v1:ExampleX+None+2026", staff, missing},
		"fits the pattern, no key":  {path + "foo+bar+baz", "", `400 application/json {"field_errors":{"course_key":{"developer_message":"'foo+bar+baz' is not a valid course key."}}}`},
		"does not fit the pattern":  {path + "foo", "", "404 text/html"},
		"list without slash":        {"/api/courses/v1/courses", "", "301 text/html"},
		"slash after an enrollment": {"/api/enrollment/v1/enrollment/ada_l," + logic + "/", staff, "404 text/html"},
	} {
		if got := p.get(tt.path, tt.authorization).brief(); !begins(got, tt.want) {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
	course := p.get(path+logic, "").members
	for name, want := range map[string]any{
		"id": logic, "course_id": logic, "name": "Logic &amp; Proof", "org": "ExampleX", "number": "CS101", "pacing": "instructor",
		"start": "2030-02-04T09:00:00Z", "end": "2030-06-04T09:00:00Z", "enrollment_start": nil, "start_type": "timestamp", "hidden": false,
	} {
		if got := course[name]; got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
}

func TestGetEnrollment(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	staff, learner := p.header("staff-client"), p.header("learner-client")
	const path = "/api/enrollment/v1/enrollment/"
	const active = `{"created":"2030-03-04T09:00:00Z","mode":"verified","is_active":true,"course_details":{` +
		`"course_id":"course-v1:ExampleX+CS101+2026_T1","course_name":"Logic & Proof","enrollment_start":null,"enrollment_end":"2030-03-11T09:00:00Z",` +
		`"course_start":"2030-02-04T09:00:00Z","course_end":"2030-06-04T09:00:00Z","course_modes":[{"slug":"verified","name":"Verified Certificate",` +
		`"min_price":49,"suggested_prices":"","currency":"usd","expiration_datetime":"2030-04-04T09:00:00Z","description":null,"sku":null,"bulk_sku":null}],` +
		`"invite_only":false,"pacing_type":"Instructor Paced"},"user":"ada_l"}`
	for name, tt := range map[string]struct{ path, authorization, want string }{
		"active":                   {path + "ada_l," + logic, staff, "200 application/json " + active},
		"his own":                  {path + "ada_l," + logic, learner, "200 application/json " + active},
		"inactive":                 {path + "bob," + logic, staff, `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"audit","is_active":false,`},
		"another's":                {path + "bob," + logic, learner, "404"},
		"not enrolled":             {path + "ada_l,ExampleX/Old/2012", staff, "200"},
		"unknown learner":          {path + "nobody," + logic, staff, "200"},
		"fits the pattern, no key": {path + "ada_l,foo+bar+baz", staff, "500 text/html"},
		"no key at all":            {path + "ada_l,foo", staff, "404 text/html"},
		"without token":            {path + "ada_l," + logic, "", `401 application/json {"detail":`},
	} {
		if got := p.get(tt.path, tt.authorization).brief(); !begins(got, tt.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, tt.want)
		}
	}
	if got, ok := p.get(path+"nobody,"+logic, staff).header["Content-Type"]; ok {
		t.Errorf("an empty 200 has the content type %q, want none", got)
	}
	p.fake.AddCourse(edxtest.Course{Key: logic, SelfPaced: true})
	p.clock.Advance(time.Hour / 2)
	p.fake.Enroll("ada_l", logic, "audit", true)
	again := p.get(path+"ada_l,"+logic, staff).body
	for _, want := range []string{`{"created":"2030-03-04T09:00:00Z","mode":"audit"`, `"pacing_type":"Self Paced"`, `"course_modes":[{"slug":"audit"`} {
		if !strings.Contains(again, want) {
			t.Errorf("body = %s, want %s in it", again, want)
		}
	}
	p.fake.RemoveCourse(logic)
	if got := p.get(path+"ada_l,"+logic, staff).members["course_details"]; got != nil {
		t.Errorf("course_details of a course that is gone = %v, want null", got)
	}
}

func TestEmptyAnswerOverASocketHasNoContentType(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	server := proctorbooktest.Loopback(p.fake)
	defer server.Close()
	p.rt, p.base = server.Transport(), server.URL

	got := p.get("/api/enrollment/v1/enrollment/nobody,"+logic, p.header("staff-client"))

	if _, typed := got.header["Content-Type"]; got.status != http.StatusOK || got.body != "" || typed {
		t.Errorf("got %d %q, typed %v; want an empty 200 without a type", got.status, got.body, typed)
	}
}

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

func TestFaultsOfThePlatform(t *testing.T) {
	t.Parallel()
	const account, course = "/api/user/v1/accounts/ada_l", "/api/courses/v1/courses/" + logic
	for name, tt := range map[string]struct {
		fault proctorbooktest.Fault
		path  string // "" is the token endpoint
		want  string
	}{
		"token, throttled by address": {proctorbooktest.Fault{Kind: proctorbooktest.Status429}, "", "429 text/html"},
		"token, maintenance":          {proctorbooktest.Fault{Kind: proctorbooktest.HTML200}, "", "200 text/html"},
		"token, client gone":          {proctorbooktest.Fault{Kind: proctorbooktest.Unauthorized}, "", `401 application/json {"error":"invalid_client"}`},
		"token, late":                 {proctorbooktest.Fault{Kind: proctorbooktest.Late, Delay: time.Minute}, "", "no answer"},
		"account, throttled":          {proctorbooktest.Fault{Kind: proctorbooktest.Status429, Delay: 37 * time.Second}, account, `429 application/json {"detail":"Request was throttled. Expected available in 37 seconds."}`},
		"course, throttled":           {proctorbooktest.Fault{Kind: proctorbooktest.Status429}, course, `429 application/json {"developer_message":"Request was throttled.`},
		"account, token revoked":      {proctorbooktest.Fault{Kind: proctorbooktest.Unauthorized}, account, `401 application/json {"detail":"Token has expired."}`},
		"account, gateway":            {proctorbooktest.Fault{Kind: proctorbooktest.Status502After}, account, "502 text/html"},
		"account, lost":               {proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer}, account, "no answer"},
		"account, cut":                {proctorbooktest.Fault{Kind: proctorbooktest.CutBody}, account, "no answer"},
		"account, redirect":           {proctorbooktest.Fault{Kind: proctorbooktest.Redirect}, account, "307 text/html"},
		"account, a fault of tokens":  {proctorbooktest.Fault{Kind: edxtest.NegativeExpiry}, account, "200 application/json"},
	} {
		p := newPlatform(t)
		header := p.header("staff-client")
		p.fake.Fault(tt.fault)
		var got answer
		if tt.path == "" {
			got = p.signIn("staff-client")
		} else {
			got = p.get(tt.path, header)
		}
		if !strings.HasPrefix(got.brief(), tt.want) {
			t.Errorf("%s: got %s, want %s", name, got.brief(), tt.want)
		}
		p.fake.ClearFaults()
		if got := p.get(account, header); got.status != http.StatusOK {
			t.Errorf("%s: afterwards got %s, want 200", name, got.brief())
		}
	}
}

func TestUsersKeepTheirID(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	staff := p.header("staff-client")
	id := func() any { return p.get("/api/user/v1/accounts/bob", staff).members["id"] }
	before := id()
	p.fake.AddUser(edxtest.User{Username: "bob", Name: "Robert Example"})

	if after := id(); after != before || after == nil {
		t.Errorf("id = %v, then %v; want the same", before, after)
	}
}

func TestPlatformFaultPlan(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.fake.SetFaultPlan(proctorbooktest.RandomFaults(1, 1, time.Second, proctorbooktest.Status503))
	if got := p.signIn("staff-client"); got.status != http.StatusServiceUnavailable {
		t.Errorf("got %v, want 503", got.brief())
	}
	p.fake.SetFaultPlan(nil)
	if got := p.signIn("staff-client"); got.status != http.StatusOK {
		t.Errorf("without a plan: got %v, want 200", got.brief())
	}
	if n := p.fake.Counts().Faults[proctorbooktest.Status503]; n != 1 {
		t.Errorf("counted %d times, want 1", n)
	}
}
