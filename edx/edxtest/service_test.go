package edxtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// newService is edx-exams with one course that has exams there, and the course
// logic, which has not.
func newService(t *testing.T) *platform {
	t.Helper()
	p := newCampus(t)
	p.fake.AddExamProvider(edxtest.ExamProvider{Name: "y", VerboseName: "Y Proctoring"})
	p.fake.AddExamProvider(edxtest.ExamProvider{Name: "bound", VerboseName: "Bound", Org: "OtherX"})
	p.fake.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+New+1", Name: "New", ExamProvider: "y", EscalationEmail: "help@example.org"})
	p.fake.AddExam(edxtest.Exam{ID: 7, Course: logic, Content: final, Name: "Final", Minutes: 90, Proctored: true})
	p.fake.AddExam(edxtest.Exam{ID: 70, Course: "course-v1:ExampleX+New+1", Content: "new-final", Name: "New final", Minutes: 60, Proctored: true, Due: monday.AddDate(0, 0, 1)})
	p.fake.AddUser(edxtest.User{Username: "examiner", Roles: []edxtest.Role{{Org: "ExampleX", Course: "course-v1:ExampleX+New+1", Name: "staff", Exams: true}}})
	p.fake.AddUser(edxtest.User{ID: 6001, Username: "dean", Roles: []edxtest.Role{{Org: "ExampleX", Name: "staff"}}})
	p.fake.AddClient("examiner", "s3cret", "examiner")
	p.fake.AddClient("dean", "s3cret", "dean")
	return p
}

// onExams sends the steps to edx-exams, with tokens of the platform.
func (p *platform) onExams(steps []step) {
	p.t.Helper()
	service := proctorbooktest.InProcess(p.fake.ExamsHandler())
	for _, s := range steps {
		if s.as != "" {
			s.as = "header " + p.authorization(s.as)
		}
		there := *p
		there.rt = service
		there.run([]step{s})
	}
}

func TestExamsService(t *testing.T) {
	t.Parallel()
	p := newService(t)
	const course, list = "course-v1:ExampleX+New+1", " /api/v1/exams/course_id/course-v1:ExampleX+New+1"
	const one = `{"id":70,"exam_name":"New final","course_id":"` + course + `","content_id":"new-final","time_limit_mins":60,"due_date":"2030-03-05T09:00:00Z","exam_type":"proctored","hide_after_due":false,"is_active":true}`
	const granted = `{"id":71,"exam_id":70,"user_id":1,"extra_time_mins":15,"username":"ada_l","exam_name":"New final","email":"ada@example.org"}`
	p.onExams([]step{
		{name: "list", request: "GET" + list, as: "examiner", want: "200 application/json [" + one + "]"},
		{name: "list, and more after it", request: "GET" + list + "/junk", as: "examiner", want: "200 application/json [" + one + "]"},
		{name: "list, staff of the platform", request: "GET" + list, as: "dean", want: denied},
		{name: "list, no token is 401 here", request: "GET" + list, want: `401 application/json {"detail":`},
		{name: "list, an opaque token", request: "GET" + list, as: "opaque " + staff, want: `401 application/json {"detail":`},
		{name: "list of a course on the platform", request: "GET /api/v1/exams/course_id/" + logic, as: staff, want: "404 application/json []"},
		{name: "config", request: "GET /api/v1/configs/course_id/" + course, as: stranger, want: `200 application/json {"provider":"y","escalation_email":"help@example.org"}`},
		{name: "config of another", request: "GET /api/v1/configs/course_id/" + logic, as: stranger, want: `200 application/json {"provider":null,"escalation_email":null}`},
		{name: "providers", request: "GET /api/v1/providers?org=ExampleX", as: stranger, want: `200 application/json [{"name":"y","verbose_name":"Y Proctoring","lti_configuration_id":"1"}]`},
		{name: "providers of another organization", request: "GET /api/v1/providers?org=OtherX", as: stranger, want: `200 application/json [{"name":"y","verbose_name":"Y Proctoring","lti_configuration_id":"1"},{"name":"bound","verbose_name":"Bound","lti_configuration_id":"2"}]`},
		{name: "providers, all of them", request: "GET /api/v1/providers", as: stranger, want: `200 application/json [{"name":"y","verbose_name":"Y Proctoring","lti_configuration_id":"1"},{"name":"bound",`},
		{name: "extra time, the learner", request: "GET" + list + "/allowances", as: learner, want: denied},
		{name: "extra time, the learner grants", request: "POST" + list + "/allowances", as: learner, body: `[]`, want: denied},
		{name: "extra time, all or nothing", request: "POST" + list + "/allowances", as: "examiner", body: `[{"exam_id":70,"username":"ada_l","extra_time_mins":15},{"exam_id":7,"username":"ada_l","extra_time_mins":15}]`, want: detail(400, "Exam does not exist")},
		{name: "extra time, no such exam", request: "POST" + list + "/allowances", as: "examiner", body: `[{"exam_id":99,"username":"ada_l","extra_time_mins":15}]`, want: detail(400, "Exam does not exist")},
		{name: "extra time, no such learner", request: "POST" + list + "/allowances", as: "examiner", body: `[{"exam_id":70,"username":"nobody","extra_time_mins":15}]`, want: detail(400, "Learner with username/email not found")},
		{name: "extra time, an id is no name", request: "POST" + list + "/allowances", as: "examiner", body: `[{"exam_id":70,"username":"ada_l","extra_time_mins":15},{"exam_id":70,"user_id":4211,"extra_time_mins":15}]`, want: `400 application/json {"detail":"Invalid data","errors":[{},{"username":["username or email must be provided"]}]}`},
		{name: "extra time, no number", request: "POST" + list + "/allowances", as: "examiner", body: `[{"exam_id":70,"email":"ada@example.org","extra_time_mins":"x"}]`, want: `400 application/json {"detail":"Invalid data","errors":[{"extra_time_mins":`},
		{name: "extra time, nothing", request: "GET" + list + "/allowances", as: "examiner", want: "200 application/json []"},
		{name: "extra time, grant", request: "POST" + list + "/allowances", as: "examiner", body: `[{"exam_id":70,"email":"ada@example.org","extra_time_mins":15}]`, want: "200"},
		{name: "extra time, list", request: "GET" + list + "/allowances", as: "examiner", want: "200 application/json [" + granted + "]"},
		{name: "extra time, remove, the learner", request: "DELETE" + list + "/allowances/71", as: learner, want: denied},
		{name: "extra time, remove", request: "DELETE" + list + "/allowances/71", as: "examiner", want: "204"},
		{name: "extra time, remove again", request: "DELETE" + list + "/allowances/71", as: "examiner", want: `404 application/json {"detail":"Not found."}`},
		{name: "register, the learner", request: "PATCH" + list, as: learner, body: `[]`, want: denied},
		{name: "register, nonsense", request: "PATCH" + list, as: "examiner", media: "application/json", body: `[{}]`, want: `400 application/json {"detail":"Invalid data","errors":[{"content_id":`},
		{name: "register", request: "PATCH" + list, as: "examiner", media: "application/json", body: `[{"content_id":"trial","exam_name":"Trial","time_limit_mins":5,"exam_type":"onboarding"}]`, want: "200 application/json {}"},
		{name: "registered, the other one is off", request: "GET" + list, as: "examiner", want: `200 application/json [{"id":72,"exam_name":"Trial","course_id":"` + course + `","content_id":"trial","time_limit_mins":5,"due_date":null,"exam_type":"onboarding","hide_after_due":false,"is_active":true}]`},
		{name: "change the provider, the learner", request: "PATCH /api/v1/configs/course_id/" + course, as: learner, media: "application/json", body: `{}`, want: denied},
		{name: "change the provider to none that is known", request: "PATCH /api/v1/configs/course_id/" + course, as: "examiner", media: "application/json", body: `{"provider":"z"}`, want: "400 application/json {"},
		{name: "take the provider away", request: "PATCH /api/v1/configs/course_id/" + course, as: "examiner", media: "application/json", body: `{"provider":null}`, want: "204"},
		{name: "then the exams are on the platform", request: "GET" + list, as: "examiner", want: "404 application/json []"},
	})
	p.run([]step{
		{name: "there they are", request: "GET " + api + "exam/course_id/" + course, as: stranger, want: `200 application/json [{"id":72,`},
		{name: "edx-exams has a host of its own", request: "GET" + list, as: staff, want: "404 text/html"},
	})
}

func TestAttemptsOfExamsService(t *testing.T) {
	t.Parallel()
	p := newService(t)
	const course = "course-v1:ExampleX+New+1"
	const path = "GET /api/v1/instructor_view/course_id/" + course + "/attempts"
	student := "GET /api/v1/student/exam/attempt/course_id/" + course + "/content_id/new-final"
	p.onExams([]step{
		{name: "no attempt", request: student, as: learner, want: `200 application/json {"exam":{"id":70,"exam_name":"New final","course_id":"` + course + `","content_id":"new-final","time_limit_mins":60,"due_date":"2030-03-05T09:00:00Z","exam_type":"proctored","hide_after_due":false,"is_active":true,"type":"proctored","is_proctored":true,"is_practice_exam":false,"backend":"y","passed_due_date":false,"total_time":60,"attempt":{}}}`},
		{name: "no exam", request: strings.Replace(student, "new-final", "none", 1), as: learner, want: `200 application/json {"exam":{}}`},
		{name: "no latest", request: "GET /api/v1/exams/attempt/latest", as: learner, want: `200 application/json {}`},
	})
	p.fake.AddAttempt(edxtest.Attempt{
		ExamID: 70, Username: "ada_l", Status: "rejected", Started: monday, Completed: monday.Add(time.Hour),
		Review: &edxtest.Review{Submitted: monday.Add(2 * time.Hour), Severity: "0.25", Reason: "phone"},
	})
	p.fake.AddAttempt(edxtest.Attempt{ExamID: 70, Username: "ada_l", Status: "started", Started: monday})
	row := `{"attempt_id":71,"attempt_status":"rejected","start_time":"2030-03-04T09:00:00Z","end_time":"2030-03-04T10:00:00Z","allowed_time_limit_mins":60,"exam_type":"proctored","exam_display_name":"New final","username":"ada_l",` +
		`"proctored_review":{"submission_time":"2030-03-04T11:00:00Z","severity":"0.25","submission_reason":"phone"}}`
	p.onExams([]step{
		{name: "without an exam", request: path, as: "examiner", want: "500 text/html"},
		{name: "an exam that does not exist", request: path + "?exam_id=99", as: "examiner", want: "500 text/html"},
		{name: "another course's exam", request: path + "?exam_id=7", as: "examiner", want: `404 application/json {"detail":"Not found."}`},
		{name: "the learner", request: path + "?exam_id=70", as: learner, want: denied},
		{name: "the newest first", request: path + "?exam_id=70&limit=1", as: "examiner", want: `200 application/json {"count":2,"next":"http://127.0.0.1/api/v1/instructor_view/course_id/` + course + `/attempts?exam_id=70&limit=1&offset=1","previous":null,"results":[{"attempt_id":72,`},
		{name: "and then the rest", request: path + "?exam_id=70&limit=1&offset=1", as: "examiner", want: `200 application/json {"count":2,"next":null,"previous":"http://127.0.0.1/api/v1/instructor_view/course_id/` + course + `/attempts?exam_id=70&limit=1&offset=0","results":[` + row + `]}`},
		{name: "beyond the end", request: path + "?exam_id=70&offset=9", as: "examiner", want: `200 application/json {"count":2,"next":null,"previous":"http://`},
		{name: "the learner's own", request: student, as: learner, want: `200 application/json {"exam":{"id":70,`},
		{name: "the latest", request: "GET /api/v1/exams/attempt/latest?content_id=new-final", as: learner, want: `200 application/json {"exam_display_name":"New final","exam_url_path":"https://lms.example.org/course/` + course + `/new-final","course_id":"` + course + `","content_id":"new-final","attempt_id":72,"attempt_status":"started","exam_type":"proctored","time_remaining_seconds":3600.0,"total_time":60,`},
	})
}

// The service believes the claim of the token, which comes with the scope profile alone.
func TestTheExamsServiceReadsRightsFromTheToken(t *testing.T) {
	t.Parallel()
	p := newService(t)
	const list = "GET /api/v1/exams/course_id/course-v1:ExampleX+New+1"
	narrow := "header JWT " + p.signIn(staff, "scope", "read").members["access_token"].(string)
	before := "header " + p.header(staff)
	p.fake.AddUser(edxtest.User{Username: "staff-client", Name: "Service user"})
	service := *p
	service.rt = proctorbooktest.InProcess(p.fake.ExamsHandler())
	service.run([]step{
		{name: "without the claim", request: list, as: narrow, want: denied},
		{name: "with it, though the rights are gone since", request: list, as: before, want: "200 application/json ["},
		{name: "a new token", request: list, as: "header " + p.header(staff), want: denied},
	})
}

// An attempt that was not started has no time limit yet.
func TestTimeLimitOfAServiceAttempt(t *testing.T) {
	t.Parallel()
	p := newService(t)
	p.fake.AddAttempt(edxtest.Attempt{ExamID: 70, Username: "ada_l"})
	p.onExams([]step{{name: "created", request: "GET /api/v1/instructor_view/course_id/course-v1:ExampleX+New+1/attempts?exam_id=70", as: "examiner",
		want: `200 application/json {"count":1,"next":null,"previous":null,"results":[{"attempt_id":71,"attempt_status":"created","start_time":null,"end_time":null,"allowed_time_limit_mins":null,`}})
}

func TestKindsOfExams(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+New+1", ExamProvider: "y"})
	for kind, e := range map[string]edxtest.Exam{"timed": {}, "practice": {Practice: true}, "proctored": {Proctored: true}, "onboarding": {Proctored: true, Practice: true}} {
		e.Course, e.Content = "course-v1:ExampleX+New+1", kind
		p.fake.AddExam(e)
		got := proctorbooktest.InProcess(p.fake.ExamsHandler())
		there := *p
		there.rt = got
		there.run([]step{{name: kind, request: "GET /api/v1/student/exam/attempt/course_id/course-v1:ExampleX+New+1/content_id/" + kind, as: "header " + p.authorization(learner), want: `200 application/json {"exam":{"id":`}})
		body := there.get("/api/v1/student/exam/attempt/course_id/course-v1:ExampleX+New+1/content_id/"+kind, p.header(learner)).body
		if !strings.Contains(body, `"exam_type":"`+kind+`"`) {
			t.Errorf("%s is shown as %s", kind, body)
		}
	}
}

// An exam is at the platform or at edx-exams, never at both.
func TestExamsAreInOnePlace(t *testing.T) {
	t.Parallel()
	p := newService(t)
	p.run([]step{
		{name: "list", request: "GET " + api + "exam/course_id/course-v1:ExampleX+New+1", as: staff, want: "200 application/json []"},
		{name: "one", request: "GET " + api + "exam/exam_id/70", as: staff, want: "400 application/json {"},
		{name: "allowances", request: "GET " + api + "course-v1:ExampleX+New+1/allowance", as: staff, want: "200 application/json []"},
	})
	p.onExams([]step{{name: "allowances", request: "GET /api/v1/exams/course_id/" + logic + "/allowances", as: staff, want: "200 application/json []"}})
}
