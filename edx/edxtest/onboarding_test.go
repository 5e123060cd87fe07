package edxtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

func TestOnboarding(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	p.fake.AddAttempt(edxtest.Attempt{ExamID: 8, Username: "ada_l", Status: "verified"})
	const root = "/api/edx_proctoring/v1/user_onboarding/status"
	one := "GET " + root + "?course_id=" + strings.ReplaceAll(logic, "+", "%2B")
	none := detail(404, "There is no onboarding exam related to this course id.")
	p.run([]step{
		{name: "his own", request: one, as: learner, want: `200 application/json {"onboarding_status":"verified","expiration_date":null,"onboarding_link":"/courses/` + logic + `/jump_to/onboarding","onboarding_past_due":false,"onboarding_release_date":"2030-02-04T09:00:00Z",`},
		{name: "not begun", request: one + "&username=bob", as: teacher, want: `200 application/json {"onboarding_status":null,"expiration_date":null,"onboarding_link":`},
		{name: "nobody knows the learner", request: one + "&username=nobody", as: teacher, want: "500 text/html"},
		{name: "another's", request: one + "&username=bob", as: learner, want: "403 application/json {"},
		{name: "no course", request: "GET " + root, as: learner, want: "400 application/json {"},
		{name: "no exam", request: "GET " + root + "?course_id=a/b/c", as: learner, want: none},
		{name: "list, the learner", request: "GET " + root + "/course_id/" + logic, as: learner, want: denied},
		{name: "list, no exam", request: "GET " + root + "/course_id/a/b/c", as: staff, want: none},
	})
	for n := range 30 {
		p.fake.Enroll(fmt.Sprintf("u%02d", n), logic, "verified", true)
	}
	list := "GET " + root + "/course_id/" + logic
	ada := `{"username":"ada_l","enrollment_mode":"verified","status":"verified","modified":"2030-03-04T09:00:00Z"}`
	relative := `"/api/edx_proctoring/v1/user_onboarding/status/course_id/` + logic + `?page=`
	p.run([]step{
		{name: "list, links without a host", request: list, as: teacher, want: `200 application/json {"count":31,"previous":null,"next":` + relative + `2","num_pages":2,"results":[` + ada + `,{"username":"u00","enrollment_mode":"verified","status":"not_started","modified":null}`},
		{name: "list, page 2", request: list + "?page=2", as: teacher, want: `200 application/json {"count":31,"previous":` + relative + `1","next":null,"num_pages":2,"results":[{"username":"u24"`},
		{name: "list, the last page again", request: list + "?page=9", as: teacher, want: `200 application/json {"count":31,"previous":` + relative + `1","next":null`},
		{name: "list, by status", request: list + "?statuses=verified,error", as: teacher, want: `200 application/json {"count":1,"previous":null,"next":null,"num_pages":1,"results":[` + ada + `]`},
		{name: "list, by text", request: list + "?text_search=ADA", as: teacher, want: `200 application/json {"count":1,`},
	})
	p.mustPlay(edxtest.VariantExamBackend, "down")
	p.run([]step{{name: "list, provider down", request: list, as: teacher, want: "503 application/json {"}})
}

// A status that the staff's list has no word for is null there.
func TestOnboardingStatuses(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{
		"created": `"setup_started"`, "ready_to_submit": `"onboarding_started"`, "rejected": `"rejected"`, "error": `"error"`,
		"declined": "null", "timed_out": "null", "second_review_required": "null", "onboarding_missing": "null", "onboarding_expired": "null",
	} {
		p := newExams(t)
		p.fake.AddAttempt(edxtest.Attempt{ExamID: 8, Username: "ada_l", Status: status})
		list := "GET /api/edx_proctoring/v1/user_onboarding/status/course_id/" + logic
		p.run([]step{
			{name: status, request: list, as: teacher, want: `200 application/json {"count":1,"previous":null,"next":null,"num_pages":1,"results":[{"username":"ada_l","enrollment_mode":"verified","status":` + want + `,`},
			{name: status + ", filtered", request: list + "?statuses=verified", as: teacher, want: `200 application/json {"count":0,`},
		})
	}
}

// The end of an onboarding is a text that somebody else writes.
func TestOnboardingExpiry(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	p.fake.AddAttempt(edxtest.Attempt{ExamID: 8, Username: "ada_l", Status: "verified"})
	one := "GET /api/edx_proctoring/v1/user_onboarding/status?course_id=" + logicQuery
	for alternative, want := range map[string]string{"null": "null", "time": `"2032-03-04T09:00:00Z"`, "bare-date": `"2032-03-04"`} {
		p.mustPlay(edxtest.VariantOnboardingExpiry, alternative)
		p.run([]step{{name: alternative, request: one, as: learner, want: `200 application/json {"onboarding_status":"verified","expiration_date":` + want + `,`}})
	}
}

// Where the provider keeps profiles, its words count, and its date is passed on as it is.
func TestOnboardingProfiles(t *testing.T) {
	t.Parallel()
	p, v := newProvider(t)
	p.fake.AddExam(edxtest.Exam{ID: 8, Course: logic, Content: "onboarding", Proctored: true, Practice: true, Backend: "x"})
	p.mustPlay(edxtest.VariantOnboardingProfiles, "on")
	const profiles = "GET /api/v1/courses/" + logic + "/onboarding_statuses"
	one := "GET /api/edx_proctoring/v1/user_onboarding/status?course_id=" + logicQuery
	list := "GET /api/edx_proctoring/v1/user_onboarding/status/course_id/" + logic
	for status, want := range map[string]string{
		"no-profile": `"not_started"`, "approved-in-course": `"verified"`, "approved-in-different-course": `"other_course_approved"`,
		"rejected": `"rejected"`, "expired": `"expired"`, "pending": `"submitted"`, "dancing": "null",
	} {
		v.bodies[profiles] = `{"status":"` + status + `","expiration_date":"2051-05-21"}`
		p.run([]step{{name: status, request: one, as: learner, want: `200 application/json {"onboarding_status":` + want + `,"expiration_date":"2051-05-21",`}})
	}
	hex := strings.Split(v.queries[profiles], "user_id=")[1]
	v.bodies[profiles] = `{"results":[{"user_id":"` + hex + `","status":"pending","expiration_date":null}],"count":1,"num_pages":1,"next":null,"previous":null}`
	p.run([]step{{name: "list", request: list + "?statuses=pending,expired", as: teacher, want: `200 application/json {"count":1,"previous":null,"next":null,"num_pages":1,"results":[{"username":"ada_l","enrollment_mode":"verified","status":"submitted","modified":null}],"use_onboarding_profile_api":true}`}})
	if got, want := v.queries[profiles], "status=pending%2Cexpired"; got != want {
		t.Errorf("the provider was asked with %s, want %s", got, want)
	}
	for body, want := range map[string]string{
		`{"results":[],"next":2}`: "has a next page", `{"results":[{"user_id":"1","status":"dancing"}]}`: "none that the platform knows",
		`{"results":{}}`: "no JSON object with a list", `{"results":[{"status":"pending"}]}`: "lacks user_id or status", "<html>": "no JSON object with a list",
	} {
		v.bodies[profiles] = body
		_, err := p.fake.Staff("teacher").Onboardings(t.Context(), logic)
		troubles := p.fake.Seen().Troubles
		if last := troubles[len(troubles)-1]; !strings.Contains(last.Text, want) || last.Fatal != (err != nil) {
			t.Errorf("%s: %v, %v; want %q", body, err, last, want)
		}
	}
	v.bodies[profiles] = `{"status":"expired"}`
	p.run([]step{{name: "no date is not handled", request: one, as: learner, want: "500 text/html"}})
	v.statuses[profiles] = 404
	p.run([]step{
		{name: "one, from the platform's own data", request: one, as: learner, want: `200 application/json {"onboarding_status":null,"expiration_date":null,`},
		{name: "a list has none", request: list, as: teacher, want: "503 application/json {"},
	})
}

// The links of this list name no host, unless a proxy has put one there.
func TestOnboardingNextLinks(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	for n := range 30 {
		p.fake.Enroll(fmt.Sprintf("u%02d", n), logic, "verified", true)
	}
	list := "/api/edx_proctoring/v1/user_onboarding/status/course_id/" + logic
	for alternative, want := range map[string]string{"same-host": list + "?page=2", "foreign-host": "https://lms.elsewhere.example" + list + "?page=2"} {
		p.mustPlay(edxtest.VariantNextLinks, alternative)
		if got := p.get(list, p.header(teacher)).members["next"]; got != want {
			t.Errorf("%s: next = %v, want %s", alternative, got, want)
		}
	}
}
