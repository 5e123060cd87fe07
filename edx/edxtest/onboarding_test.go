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
		{name: "his own", request: one, as: learner, want: `200 application/json {"onboarding_status":"verified","onboarding_link":"https://lms.example.org/courses/` + logic + `/jump_to/onboarding","onboarding_past_due":false,"onboarding_release_date":"2030-02-04T09:00:00Z",`},
		{name: "not begun", request: one + "&username=bob", as: teacher, want: `200 application/json {"onboarding_link":`},
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
