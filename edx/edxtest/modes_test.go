package edxtest_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

func TestCourseModes(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const list = " /api/course_modes/v1/courses/" + logic + "/"
	const verified = `{"course_id":"` + logic + `","mode_slug":"verified","mode_display_name":"Verified Certificate","min_price":"49.00","currency":"usd",` +
		`"expiration_datetime":"2030-04-04T09:00:00Z","expiration_datetime_is_explicit":true,"description":null,"sku":null,"bulk_sku":null}`
	const masters = `{"course_id":"` + logic + `","mode_slug":"masters","mode_display_name":"Masters","currency":"usd","min_price":"100.00"}`
	p.run([]step{
		{name: "list, expired ones too", request: "GET" + list, as: staff, want: "200 application/json [" + verified + `,{"course_id":"` + logic + `","mode_slug":"honor"`},
		{name: "list, opaque", request: "GET" + list, as: "opaque " + staff, want: "200 application/json [" + verified},
		{name: "list, as the teacher", request: "GET" + list, as: teacher, want: denied},
		{name: "list of an unknown course", request: "GET /api/course_modes/v1/courses/a/b/c/", as: staff, want: "200 application/json []"},
		{name: "list, no key", request: "GET /api/course_modes/v1/courses/foo+bar+baz/", as: staff, want: "500 text/html"},
		{name: "list without a slash", request: "GET /api/course_modes/v1/courses/" + logic, as: staff, want: "301 text/html"},
		{name: "one", request: "GET" + list + "verified", as: staff, want: "200 application/json " + verified},
		{name: "one with a slash is another", request: "GET" + list + "verified/", as: staff, want: `404 application/json {"detail":"No CourseMode matches the given query."}`},
		{name: "create, nothing", request: "POST" + list, as: staff, body: `{}`, want: `400 application/json {"course_id":["This field is required."],"mode_slug":["This field is required."],`},
		{name: "create", request: "POST" + list, as: staff, body: masters, want: `201 application/json {"course_id":"` + logic + `","mode_slug":"masters","mode_display_name":"Masters","min_price":"100.00"`},
		{name: "create again", request: "POST" + list, as: staff, body: masters, want: `400 application/json {"non_field_errors":[`},
		{name: "create, no price", request: "POST" + list, as: staff, body: `{"course_id":"x","mode_slug":"m","mode_display_name":"M","currency":"usd","min_price":"dear"}`, want: `400 application/json {"min_price":["A valid number is required."]}`},
		{name: "create in an unknown course", request: "POST /api/course_modes/v1/courses/a/b/c/", as: staff, body: masters, want: `400 application/json {"course_id":[`},
		{name: "update in another media type", request: "PATCH" + list + "masters", as: staff, media: "application/json", body: `{}`, want: `415 application/json {"detail":"Unsupported media type \"application/json\" in request."}`},
		{name: "update the slug", request: "PATCH" + list + "masters", as: staff, body: `{"mode_slug":"x"}`, want: `400 application/json {"mode_slug":["This field cannot be modified."]}`},
		{name: "update with a bad time", request: "PATCH" + list + "masters", as: staff, body: `{"expiration_datetime":"soon"}`, want: `400 application/json {"expiration_datetime":["Datetime has wrong format: soon."]}`},
		{name: "update", request: "PATCH" + list + "masters", as: staff, body: `{"expiration_datetime":"2031-01-01T00:00:00Z","description":"two years"}`, want: "204"},
		{name: "updated", request: "GET" + list + "masters", as: staff, want: `200 application/json {"course_id":"` + logic + `","mode_slug":"masters","mode_display_name":"Masters","min_price":"100.00","currency":"usd","expiration_datetime":"2031-01-01T00:00:00Z","expiration_datetime_is_explicit":true,"description":"two years"`},
		{name: "update, never to expire", request: "PATCH" + list + "masters", as: staff, body: `{"expiration_datetime":null}`, want: "204"},
		{name: "delete", request: "DELETE" + list + "masters", as: staff, want: "204"},
		{name: "deleted", request: "DELETE" + list + "masters", as: staff, want: "404 application/json {"},
	})
	p.mustPlay(edxtest.VariantModePrices, "number")
	p.run([]step{{name: "a number for a price", request: "GET" + list + "verified", as: staff, want: `200 application/json {"course_id":"` + logic + `","mode_slug":"verified","mode_display_name":"Verified Certificate","min_price":49,`}})
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
