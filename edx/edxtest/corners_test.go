package edxtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

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

func TestTimesHaveSixDigitsOrNone(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.fake.AddEnrollment(edxtest.Enrollment{Username: "bob", Course: "ExampleX/Old/2012", Mode: "audit", Active: true, Created: monday.Add(1234567 * time.Nanosecond)})
	p.run([]step{{name: "a fraction", request: enrollmentPath + "bob,ExampleX/Old/2012", as: staff, want: `200 application/json {"created":"2030-03-04T09:00:00.001234Z",`}})
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

// What is looked for and is not there is told by the second result.
func TestLookingForWhatIsNotThere(t *testing.T) {
	t.Parallel()
	o := newPlatform(t).fake
	_, user := o.User("nobody")
	_, course := o.Course("a/b/c")
	_, enrollment := o.Enrollment("nobody", logic)
	_, exam := o.Exam(1)
	_, attempt := o.Attempt(1)
	if user || course || enrollment || exam || attempt {
		t.Error("something is there that nobody has added")
	}
}

func TestALateEnrollmentIsMadeLater(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Late, Endpoint: "POST /api/enrollment/v1/enrollment", Delay: time.Minute})
	if got := p.take(step{request: enrollPath, as: staff, body: wishFor("stranger", `,"mode":"verified"`)}); got.err == nil {
		t.Errorf("got %s, want no answer", got.brief())
	}
	if _, made := p.fake.Enrollment("stranger", logic); made {
		t.Error("the enrollment is made at once")
	}
	p.clock.Advance(time.Minute)
	p.run([]step{{name: "a minute later", request: enrollmentPath + "stranger," + logic, as: staff, want: `200 application/json {"created":"2030-03-04T09:01:00Z","mode":"verified",`}})
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

func TestOddPages(t *testing.T) {
	t.Parallel()
	p := newService(t)
	p.onExams([]step{{name: "limit and offset", request: "GET /api/v1/instructor_view/course_id/course-v1:ExampleX+New+1/attempts?exam_id=70&limit=x&offset=-1", as: staff, want: `200 application/json {"count":0,"next":null,"previous":null,"results":[]}`}})
	for _, cursor := range []string{"eA==", "cD1h", "cD0xXzJfMw=="} { // x, p=a, p=1_2_3
		p.run([]step{{name: cursor, request: "GET " + listPath + "?cursor=" + cursor, as: staff, want: `404 application/json {"developer_message":"Invalid cursor"}`}})
	}
}
