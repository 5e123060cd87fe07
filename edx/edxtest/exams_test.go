package edxtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

const (
	api  = "/api/edx_proctoring/v1/proctored_exam/"
	exam = `{"id":7,"course_id":"` + logic + `","content_id":"` + final + `","external_id":null,"exam_name":"Final","time_limit_mins":90,` +
		`"is_proctored":true,"is_practice_exam":false,"is_active":true,"hide_after_due":false,"due_date":"2030-03-14T09:00:00Z","backend":"x"}`
)

// newExams is a campus with three exams: 7 is the final, 8 its onboarding, and 9
// is switched off.
func newExams(t *testing.T) *platform {
	t.Helper()
	p := newCampus(t)
	p.fake.AddExam(edxtest.Exam{ID: 7, Course: logic, Content: final, Name: "Final", Minutes: 90, Due: monday.AddDate(0, 0, 10), Proctored: true, Backend: "x", ReviewPolicy: "Closed book"})
	p.fake.AddExam(edxtest.Exam{Course: logic, Content: "onboarding", Name: "Try it", Minutes: 10, Proctored: true, Practice: true})
	p.fake.AddExam(edxtest.Exam{Course: logic, Content: "old", Name: "Old", Minutes: 30, Inactive: true})
	return p
}

func detail(status int, text string) string {
	return fmt.Sprintf(`%d application/json {"detail":%q}`, status, text)
}

func TestSpecialExams(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	const staffOnly = "Must be a Staff User to Perform this request."
	newExam := `{"course_id":"` + logic + `","content_id":"quiz","exam_name":"Quiz","time_limit_mins":20,"is_proctored":false,"due_date":"2030-04-01T00:00:00Z"}`
	p.run([]step{
		{name: "list, the active ones, for anybody", request: "GET " + api + "exam/course_id/" + logic, as: stranger, want: "200 application/json [" + exam + `,{"id":8,`},
		{name: "list of an unknown course", request: "GET " + api + "exam/course_id/a/b/c", as: stranger, want: "200 application/json []"},
		{name: "one", request: "GET " + api + "exam/exam_id/7", as: stranger, want: "200 application/json " + exam},
		{name: "one, inactive", request: "GET " + api + "exam/exam_id/9", as: stranger, want: `200 application/json {"id":9,`},
		{name: "none", request: "GET " + api + "exam/exam_id/99", as: stranger, want: detail(400, "Attempted to get exam_id=99, but this exam does not exist.")},
		{name: "by content", request: "GET " + api + "exam/course_id/" + logic + "/content_id/old", as: stranger, want: `200 application/json {"id":9,`},
		{name: "by content, none", request: "GET " + api + "exam/course_id/" + logic + "/content_id/none", as: stranger, want: detail(400, "The course_id="+logic+" and content_id=none do not exist.")},
		{name: "by a usage key, which fits no route", request: "GET " + api + "exam/course_id/" + logic + "/content_id/" + final, as: stranger, want: "404 text/html"},
		{name: "settings", request: "GET " + api + "settings/exam_id/7/", as: stranger, want: `200 application/json {"platform_name":"Example University",`},
		{name: "settings of none", request: "GET " + api + "settings/exam_id/99/", as: stranger, want: "400 application/json {"},
		{name: "settings without a slash", request: "GET " + api + "settings/exam_id/7", as: stranger, want: "301 text/html"},
		{name: "policy", request: "GET " + api + "review_policy/exam_id/7/", as: stranger, want: `200 application/json {"review_policy":"Closed book"}`},
		{name: "no policy", request: "GET " + api + "review_policy/exam_id/8/", as: stranger, want: `200 application/json {"review_policy":null}`},
		{name: "policy of none", request: "GET " + api + "review_policy/exam_id/99/", as: stranger, want: `200 application/json {"review_policy":null}`},
		{name: "settings of a timed exam name no provider", request: "GET " + api + "settings/exam_id/9/", as: stranger, want: `200 application/json {"platform_name":"Example University","contact_us":"support@lms.example.org","link_urls":{},"exam_proctoring_backend":{}}`},
		{name: "create, the teacher", request: "POST " + api + "exam", as: teacher, body: newExam, want: detail(403, staffOnly)},
		{name: "create, nothing", request: "POST " + api + "exam", as: staff, body: `{}`, want: `400 application/json {"course_id":["This field is required."],`},
		{name: "create", request: "POST " + api + "exam", as: staff, body: newExam, want: `200 application/json {"exam_id":10}`},
		{name: "create again", request: "POST " + api + "exam", as: staff, body: newExam, want: detail(400, "Attempted to create proctored exam with course_id="+logic+", content_id=quiz, but this exam already exists.")},
		{name: "update", request: "PUT " + api + "exam", as: staff, body: `{"exam_id":10,"time_limit_mins":25,"is_active":false}`, want: `200 application/json {"exam_id":10}`},
		{name: "updated", request: "GET " + api + "exam/exam_id/10", as: staff, want: `200 application/json {"id":10,"course_id":"` + logic + `","content_id":"quiz","external_id":null,"exam_name":"Quiz","time_limit_mins":25,"is_proctored":false,"is_practice_exam":false,"is_active":false,"hide_after_due":false,"due_date":"2030-04-01T00:00:00Z","backend":null}`},
		{name: "update none", request: "PUT " + api + "exam", as: staff, body: `{"exam_id":99}`, want: detail(400, "Attempted to update exam_id=99, but this exam does not exist.")},
		{name: "update, the teacher", request: "PUT " + api + "exam", as: teacher, body: `{}`, want: detail(403, staffOnly)},
	})
	register := "PATCH " + api + "exam_registration/course_id/" + logic
	p.run([]step{
		{name: "register, the teacher", request: register, as: teacher, body: `[]`, want: denied},
		{name: "register, nonsense", request: register, as: staff, body: `[{"exam_name":"Quiz"}]`, want: `422 application/json [{"content_id":["This field is required."],`},
		{name: "register", request: register, as: staff, body: `[{"content_id":"quiz","exam_name":"Quiz 1","time_limit_mins":5,"is_proctored":false},{"content_id":"new","exam_name":"New","time_limit_mins":5,"is_proctored":true}]`, want: `200 application/json [{"exam_id":10},{"exam_id":11}]`},
	})
	for id, active := range map[int64]bool{7: false, 8: false, 10: true, 11: true} {
		if e, _ := p.fake.Exam(id); e.Inactive == active {
			t.Errorf("after the registration exam %d is active: %v, want %v", id, !e.Inactive, active)
		}
	}
	p.mustPlay(edxtest.VariantExamBackend, "down")
	p.run([]step{{name: "settings, provider down", request: "GET " + api + "settings/exam_id/7/", as: stranger, want: "500 text/html"}})
	p.mustPlay(edxtest.VariantSpecialExams, "off")
	p.run([]step{{name: "no special exams", request: "GET " + api + "exam/exam_id/7", as: stranger, want: "404 text/html"}})
}

func TestCannotAddToAnExamThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, add := range map[string]func(*edxtest.Server){
		"attempt":   func(o *edxtest.Server) { o.AddAttempt(edxtest.Attempt{ExamID: 1}) },
		"allowance": func(o *edxtest.Server) { o.AddAllowance(edxtest.Allowance{ExamID: 1}) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, "there is no exam 1") {
					t.Errorf("%s: panic with %q", name, got)
				}
			}()
			add(newPlatform(t).fake)
		}()
	}
}
