package edxtest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// Every view that reads a body refuses one that is no JSON, and changes nothing.
func TestBodiesThatAreNoJSON(t *testing.T) {
	t.Parallel()
	p := newService(t)
	p.fake.AddAttempt(edxtest.Attempt{ID: 90, ExamID: 7, Username: "ada_l", ExternalID: "ext"})
	p.fake.AddUser(edxtest.User{Username: "retirer", MayRetire: true})
	p.fake.AddClient("retirer", "s3cret", "retirer")
	const modes = " /api/course_modes/v1/courses/" + logic + "/"
	const parse = `400 application/json {"detail":"JSON parse error - `
	for _, s := range []step{
		{request: enrollPath, as: staff}, {request: "POST" + modes, as: staff}, {request: "PATCH" + modes + "verified", as: staff},
		{request: "POST /api/enrollment/v1/enrollment_allowed/", as: staff}, {request: "DELETE /api/enrollment/v1/enrollment_allowed/", as: staff},
		{request: "POST /api/enrollment/v1/unenroll/", as: "retirer"}, {request: "POST /api/user/v1/accounts/search_emails", as: staff},
		{request: "PATCH /api/user/v1/accounts/ada_l", as: learner}, {request: "PATCH /api/user/v1/preferences/ada_l", as: learner},
		{request: "POST " + api + "exam", as: staff}, {request: "PUT " + api + "exam", as: staff},
		{request: "PATCH " + api + "exam_registration/course_id/" + logic, as: staff}, {request: "POST " + api + "attempt", as: learner},
		{request: "PUT " + api + "attempt/90", as: learner}, {request: "PUT " + api + "allowance", as: staff}, {request: "DELETE " + api + "allowance", as: staff},
		{request: "PUT " + api + "bulk_allowance", as: staff}, {request: "POST " + api + "attempt/ext/reviewed", as: staff},
	} {
		s.name, s.body, s.want = "no JSON", "{", parse
		p.run([]step{s})
	}
	const course = "course-v1:ExampleX+New+1"
	p.onExams([]step{
		{name: "no JSON", request: "POST /api/v1/exams/course_id/" + course + "/allowances", as: staff, body: "{", want: parse},
		{name: "no JSON", request: "PATCH /api/v1/exams/course_id/" + course, as: staff, media: "application/json", body: "{", want: parse},
		{name: "no JSON", request: "PATCH /api/v1/configs/course_id/" + course, as: staff, media: "application/json", body: "{", want: parse},
	})
	p.run([]step{{name: "a filter that is no JSON", request: "POST /api/courses/v1/courses/", body: "{", want: `400 application/json {"developer_message":"JSON parse error`}})
}

// Every route answers to a path made from its pattern, and none hides another.
func TestEdXRoutes(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	fill := strings.NewReplacer("{course}", logic, "{username}", "ada_l", "{key}", "theme", "{mode}", "verified", "{exam}", "7",
		"{attempt}", "1", "{user}", "1", "{allowance}", "1", "{content}", "x", "{usage}", final, "{text}", "x", "{external_id}", "x")
	seen := map[proctorbooktest.Route]bool{}
	service := proctorbooktest.InProcess(p.fake.ExamsHandler())
	for _, route := range edxtest.Routes() {
		if seen[route] {
			t.Errorf("%v is there twice", route)
		}
		seen[route] = true
		path := fill.Replace(route.Pattern)
		if strings.Contains(path, "{") {
			t.Errorf("%v has a parameter that this test does not know", route)
		}
		req, err := http.NewRequestWithContext(t.Context(), route.Method, p.base+path, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		rt := p.rt
		if strings.HasPrefix(path, "/api/v1/") {
			rt = service
		}
		name := route.Method + " " + route.Pattern
		before := p.fake.Counts().Requests[name]
		got := roundTrip(rt, req)
		if p.fake.Counts().Requests[name] != before+1 {
			t.Errorf("%v was not reached by %s: %s", route, path, got.brief())
		}
	}
	if len(seen) < 80 {
		t.Errorf("there are %d routes, want at least 80", len(seen))
	}
	for _, wrong := range []string{"PATCH /api/user/v1/me", "DELETE /api/courses/v1/courses/"} {
		p.run([]step{{name: "no such method", request: wrong, want: "405"}})
	}
}
