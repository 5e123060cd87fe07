package edxtest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

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
		"jwt":                        {account, "jwt " + jwt, "200 application/json"},
		"bEARER":                     {account, "bEARER " + opaque, "200 application/json"},
		"JWT alone":                  {account, "JWT", `401 application/json {"detail":"Authentication credentials were not provided."}`},
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

// A restricted application needs a scope and a filter, for reads and writes alike.
func TestRestrictedApplications(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.AddRestrictedClient("modes", "s3cret", "bob", edxtest.ClientLimits{Scopes: []string{"course_modes:read"}, Orgs: []string{"ExampleX"}})
	p.fake.AddRestrictedClient("elsewhere", "s3cret", "bob", edxtest.ClientLimits{Scopes: []string{"course_modes:read", "grades:read"}, Orgs: []string{"OtherX"}})
	p.fake.AddRestrictedClient("self", "s3cret", "ada_l", edxtest.ClientLimits{Scopes: []string{"grades:read"}, Orgs: []string{"ExampleX"}, OnlySelf: true})
	const modes, grades = " /api/course_modes/v1/courses/" + logic + "/", "GET /api/grades/v1/courses/" + logic + "/"
	p.run([]step{
		{name: "reads", request: "GET" + modes, as: "modes", want: "200 application/json ["},
		{name: "writes as well", request: "DELETE" + modes + "verified", as: "modes", want: "204"},
		{name: "without the scope", request: grades, as: "modes", want: `403 application/json {"developer_message":"JWT missing required scopes."}`},
		{name: "another organization", request: "GET" + modes, as: "elsewhere", want: `403 application/json {"detail":"JWT missing required content_org filter."}`},
		{name: "his own grade, in another case", request: grades + "?username=ADA_L", as: "self", want: `200 application/json [{"username":"ada_l"`},
		{name: "another's grade", request: grades + "?username=bob", as: "self", want: `403 application/json {"developer_message":"JWT missing required user filter."}`},
		{name: "the filter reads the path", request: "GET /api/grades/v1/courses/?username=ada_l&course_id=" + "ExampleX/Old/2012", as: "self", want: `403 application/json {"developer_message":"JWT missing required content_org filter."}`},
	})
	if got, want := claims(t, p.signIn("self")), `"scopes":["grades:read"],"version":"1.2.0","sub":"service-`; !strings.Contains(got, want) {
		t.Errorf("claims = %s, want %s in them", got, want)
	}
	if got, want := claims(t, p.signIn("self")), `"filters":["content_org:ExampleX","user:me"],"is_restricted":true,`; !strings.Contains(got, want) {
		t.Errorf("claims = %s, want %s in them", got, want)
	}
	if got, want := claims(t, p.signIn(staff)), `"filters":[],"is_restricted":false,`; !strings.Contains(got, want) {
		t.Errorf("claims = %s, want %s in them", got, want)
	}
	opaque := p.signIn("modes", "token_type", "bearer")
	if opaque.members["expires_in"] != -1.0 {
		t.Errorf("expires_in of an opaque token = %v, want -1", opaque.members["expires_in"])
	}
	if got := p.signIn("modes", "scope", "course_modes:read").members["scope"]; got != "course_modes:read" {
		t.Errorf("scope = %v", got)
	}
}

// What a token tells of its user depends on its scopes.
func TestClaimsOfTheUser(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.fake.AddUser(edxtest.User{Username: "staff-client", Staff: true, Name: "Service von user", Email: "svc@example.org"})
	const email = `"email":"svc@example.org"`
	const profile = `"name":"Service von user","family_name":"von user","given_name":"Service","administrator":true,"superuser":false}`
	for scope, want := range map[string][]string{"": {email, profile}, "email": {email}, "profile read": {profile}, "read": nil} {
		signedIn := p.signIn(staff, "scope", scope)
		if scope == "" {
			signedIn = p.signIn(staff)
		}
		got := claims(t, signedIn)
		for _, part := range []string{email, profile} {
			if strings.Contains(got, part) != slices.Contains(want, part) {
				t.Errorf("scope %q: claims = %s, want of the user %q", scope, got, want)
			}
		}
		if scope != "" && signedIn.members["scope"] != scope {
			t.Errorf("scope %q: the answer names %v", scope, signedIn.members["scope"])
		}
	}
	if got, want := claims(t, p.signIn("learner-client")), `"administrator":false`; !strings.Contains(got, want) {
		t.Errorf("claims of a learner = %s, want %s in them", got, want)
	}
	p.mustPlay(edxtest.VariantExpiresIn, "fraction")
	if got := p.signIn(staff).members["expires_in"]; got != 3599.75 {
		t.Errorf("expires_in = %v, want 3599.75", got)
	}
}

// The views write JSON alone. A browser, which takes anything in the end, gets it too.
func TestAccept(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	authorization := p.header(staff)
	for _, tt := range []struct{ path, accept, want string }{
		{"/api/user/v1/me", "text/html", `406 application/json {"detail":"Could not satisfy the request Accept header."}`},
		{"/api/courses/v1/courses/" + logic, "text/html", `406 application/json {"developer_message":"Could not satisfy the request Accept header."}`},
		{api + "exam/exam_id/7", "text/html, application/xml;q=0.9", `406 application/json {"detail":`},
		{"/api/enrollment/v1/course/" + logic, "text/html", `406 application/json {"detail":`},
		{"/oauth2/access_token", "text/html", "405"},
		{"/api/user/v1/me", "", "200 application/json {"},
		{"/api/user/v1/me", "Application/JSON; version=1", "200 application/json {"},
		{"/api/user/v1/me", "application/*", "200 application/json {"},
		{"/api/user/v1/me", "text/html,*/*;q=0.8", "200 application/json {"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", authorization)
		req.Header.Set("Accept", tt.accept)
		if tt.accept == "" {
			req.Header.Del("Accept")
		}
		if got := roundTrip(p.rt, req).brief(); !begins(got, tt.want) {
			t.Errorf("%s with Accept %q: got %s, want %s", tt.path, tt.accept, got, tt.want)
		}
	}
}

// claims are the bytes in the middle of a JWT.
func claims(t *testing.T, signedIn answer) string {
	t.Helper()
	parts := strings.Split(fmt.Sprint(signedIn.members["access_token"]), ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[len(parts)/2])
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestRates(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.mustPlay(edxtest.VariantRates, "documented")
	const enrollment, courses = "/api/enrollment/v1/enrollment", "/api/courses/v1/courses/"
	for _, tt := range []struct {
		as, path string
		limit    int
	}{{learner, enrollment, 40}, {staff, enrollment, 120}, {learner, courses, 20}, {staff, courses, 40}} {
		authorization := p.authorization(tt.as)
		for n := range tt.limit {
			if got := p.get(tt.path, authorization); got.status != http.StatusOK {
				t.Fatalf("%s: request %d of %s got %s", tt.path, n+1, tt.as, got.brief())
			}
		}
		p.clock.Advance(23 * time.Second)
		got := p.get(tt.path, authorization)
		if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "37" || !strings.Contains(got.body, "Expected available in 37 seconds.") {
			t.Errorf("%s: one too many of %s got %s, Retry-After %q; want 429 and 37", tt.path, tt.as, got.brief(), got.header.Get("Retry-After"))
		}
		p.clock.Advance(37 * time.Second)
		if got := p.get(tt.path, authorization); got.status != http.StatusOK {
			t.Errorf("%s: a minute later %s got %s", tt.path, tt.as, got.brief())
		}
		p.clock.Advance(time.Minute)
	}
}

func TestClientsSignInByHeaderToo(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for secret, want := range map[string]int{"s3cret": http.StatusOK, "wrong": http.StatusUnauthorized} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/oauth2/access_token/", strings.NewReader("grant_type=client_credentials&token_type=jwt"))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(staff, secret)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if got := roundTrip(p.rt, req); got.status != want {
			t.Errorf("%s: got %s, want %d", secret, got.brief(), want)
		}
	}
	if got := p.signIn(staff, "scope", "read profile"); got.status != http.StatusOK {
		t.Errorf("scopes that all may have: got %s", got.brief())
	}
}

func TestTokensExpireAndAreRevoked(t *testing.T) {
	t.Parallel()
	server, clock, client := start(t)
	server.SetTokenLife(10 * time.Minute)
	ask := func(want int) {
		t.Helper()
		if _, err := client.Accounts.Get(t.Context(), "ada_l"); err != nil {
			t.Fatal(err)
		}
		if got := server.Counts().TokenRequests; got != want {
			t.Errorf("%d tokens were fetched, want %d", got, want)
		}
	}
	ask(1)
	ask(1)
	clock.Advance(time.Hour)
	ask(2)
	server.RevokeTokens()
	ask(3)
}
