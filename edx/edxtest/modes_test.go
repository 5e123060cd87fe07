package edxtest_test

import (
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

func TestCourseModes(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const list = " /api/course_modes/v1/courses/" + logic + "/"
	const verified = `{"course_id":"` + logic + `","mode_slug":"verified","mode_display_name":"Verified Certificate","min_price":49,"currency":"usd",` +
		`"expiration_datetime":"2030-04-04T09:00:00Z","expiration_datetime_is_explicit":true,"description":null,"sku":null,"bulk_sku":null}`
	const masters = `{"course_id":"` + logic + `","mode_slug":"masters","mode_display_name":"Masters","currency":"eur","min_price":"100.00","bulk_sku":"B1"}`
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
		{name: "create", request: "POST" + list, as: staff, body: masters, want: `201 application/json {"course_id":"` + logic + `","mode_slug":"masters","mode_display_name":"Masters","min_price":100,"currency":"eur","expiration_datetime":null,"expiration_datetime_is_explicit":false,"description":null,"sku":null,"bulk_sku":"B1"}`},
		{name: "create again is not handled", request: "POST" + list, as: staff, body: masters, want: `500 text/html`},
		{name: "create, no price", request: "POST" + list, as: staff, body: `{"course_id":"x","mode_slug":"m","mode_display_name":"M","currency":"usd","min_price":"dear"}`, want: `400 application/json {"min_price":["A valid integer is required."]}`},
		{name: "create in an unknown course is not handled", request: "POST /api/course_modes/v1/courses/a/b/c/", as: staff, body: masters, want: `500 text/html`},
		{name: "update in another media type", request: "PATCH" + list + "masters", as: staff, media: "application/json", body: `{}`, want: `415 application/json {"detail":"Unsupported media type \"application/json\" in request."}`},
		{name: "update the slug", request: "PATCH" + list + "masters", as: staff, body: `{"mode_slug":"x"}`, want: `400 application/json {"mode_slug":["This field cannot be modified."]}`},
		{name: "update with a bad time", request: "PATCH" + list + "masters", as: staff, body: `{"expiration_datetime":"soon"}`, want: `400 application/json {"expiration_datetime":["Datetime has wrong format: soon."]}`},
		{name: "update", request: "PATCH" + list + "masters", as: staff, body: `{"expiration_datetime":"2031-01-01T00:00:00Z","description":"two years","currency":"usd"}`, want: "204"},
		{name: "updated", request: "GET" + list + "masters", as: staff, want: `200 application/json {"course_id":"` + logic + `","mode_slug":"masters","mode_display_name":"Masters","min_price":100,"currency":"usd","expiration_datetime":"2031-01-01T00:00:00Z","expiration_datetime_is_explicit":true,"description":"two years"`},
		{name: "delete", request: "DELETE" + list + "masters", as: staff, want: "204"},
		{name: "deleted", request: "DELETE" + list + "masters", as: staff, want: "404 application/json {"},
	})
	p.mustPlay(edxtest.VariantModePrices, "decimal-text")
	p.run([]step{{name: "a text for a price", request: "GET" + list + "verified", as: staff, want: `200 application/json {"course_id":"` + logic + `","mode_slug":"verified","mode_display_name":"Verified Certificate","min_price":"49.00",`}})
	p.mustPlay(edxtest.VariantModeConflict, "400")
	p.run([]step{
		{name: "create again", request: "POST" + list, as: staff, body: strings.ReplaceAll(masters, "masters", "verified"), want: `400 application/json {"non_field_errors":[`},
		{name: "create in an unknown course", request: "POST /api/course_modes/v1/courses/a/b/c/", as: staff, body: masters, want: `400 application/json {"course_id":[`},
	})
}

// A mode is refused for a null and for an empty text, and for a price that is not whole.
func TestFieldsOfCourseModes(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const path = "PATCH /api/course_modes/v1/courses/" + logic + "/verified"
	const null, blank, whole = "This field may not be null.", "This field may not be blank.", "A valid integer is required."
	for body, want := range map[string]string{
		`{"expiration_datetime":null}`: `400 application/json {"expiration_datetime":["` + null + `"]}`,
		`{"description":""}`:           `400 application/json {"description":["` + blank + `"]}`,
		`{"sku":""}`:                   `400 application/json {"sku":["` + blank + `"]}`,
		`{"bulk_sku":""}`:              `400 application/json {"bulk_sku":["` + blank + `"]}`,
		`{"sku":null}`:                 `400 application/json {"sku":["` + null + `"]}`,
		`{"min_price":"49.50"}`:        `400 application/json {"min_price":["` + whole + `"]}`,
		`{"min_price":49.5}`:           `400 application/json {"min_price":["` + whole + `"]}`,
		`{"min_price":null}`:           `400 application/json {"min_price":["` + null + `"]}`,
		`{"min_price":"50.00"}`:        "204",
		`{"min_price":50}`:             "204",
	} {
		p.run([]step{{name: body, request: path, as: staff, body: body, want: want}})
	}
	if course, _ := p.fake.Course(logic); course.Modes[0].Price != 50 {
		t.Errorf("price = %d, want 50", course.Modes[0].Price)
	}
}
