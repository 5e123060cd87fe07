package edxtest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

var monday = time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC)

// newServer is a server with a clock that stands, and a client of its own that
// acts for a learner.
func newServer(t *testing.T) (*edxtest.Server, *proctorbooktest.Clock) {
	t.Helper()
	clock := proctorbooktest.NewClock(monday)
	server := edxtest.NewServer(edxtest.WithClock(clock))
	t.Cleanup(server.Close)
	server.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Email: "ada@example.org"})
	server.AddClient("adas-client", "s3cret", "ada_l")
	server.AddCourse(edxtest.Course{Key: logic, Name: "Logic", Modes: []edxtest.Mode{{Slug: "verified", Name: "Verified"}}})
	server.Enroll("ada_l", logic, "verified", true)
	return server, clock
}

// ask sends one request, as any client would, and returns status and body.
func ask(t *testing.T, request, body, authorization string) string {
	t.Helper()
	method, url, _ := strings.Cut(request, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	req.Header.Set("Content-Type", "application/json")
	if strings.Contains(url, "access_token") {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Status[:3] + " " + string(text)
}

// token is an Authorization header for the client.
func token(t *testing.T, server *edxtest.Server, id, secret string) string {
	t.Helper()
	got := ask(t, "POST "+server.URL+"/oauth2/access_token", "grant_type=client_credentials&token_type=jwt&client_id="+id+"&client_secret="+secret, "")
	_, rest, _ := strings.Cut(got, `"access_token":"`)
	text, _, _ := strings.Cut(rest, `"`)
	return "JWT " + text
}

func TestWhatIsPutInIsServed(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t)
	server.AddExamProvider(edxtest.ExamProvider{Name: "y", VerboseName: "Y"})
	server.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+New+1", ExamProvider: "y"})
	server.SetGrade(edxtest.Grade{Username: "ada_l", Course: logic, Percent: 0.5, Letter: "C"})
	server.AddCertificate(edxtest.Certificate{Username: "ada_l", Course: logic, Status: "downloadable", Passing: true})
	server.AddEnrollment(edxtest.Enrollment{Username: "ada_l", Course: "a/b/c", Mode: "honor", Created: monday.AddDate(-1, 0, 0)})
	exam := server.AddExam(edxtest.Exam{ID: 7, Course: logic, Content: "final", Name: "Final", Minutes: 90, Proctored: true})
	server.AddAttempt(edxtest.Attempt{ID: 12, ExamID: exam, Username: "ada_l", Status: "verified", Started: monday})
	server.AddAllowance(edxtest.Allowance{ExamID: exam, Username: "ada_l", Key: "additional_time_granted", Value: "30"})
	server.AddExam(edxtest.Exam{ID: 70, Course: "course-v1:ExampleX+New+1", Content: "new", Name: "New"})
	server.RetireEmail("gone@example.org")
	server.RequestRetirement("ada_l")
	server.AddUser(edxtest.User{Username: "retirer", MayRetire: true})
	server.AddClient("retirer", "s3cret", "retirer")
	staff := token(t, server, server.ClientID, server.ClientSecret)
	for _, tt := range []struct{ request, body, as, want string }{
		{"GET /api/grades/v1/courses/" + logic + "/?username=ada_l", "", staff, `200 [{"username":"ada_l","email":"","course_id":"` + logic + `","passed":false,"percent":0.5,"letter_grade":"C"}]`},
		{"GET /api/certificates/v0/certificates/ada_l/", "", staff, `200 [{"username":"ada_l"`},
		{"GET /api/enrollment/v1/enrollment/ada_l,a/b/c", "", staff, `200 {"created":"2029-03-04T09:00:00Z","mode":"honor","is_active":false,"course_details":null`},
		{"GET /api/edx_proctoring/v1/proctored_exam/exam/exam_id/7", "", staff, `200 {"id":7,`},
		{"GET /api/edx_proctoring/v1/proctored_exam/attempt/12", "", token(t, server, "adas-client", "s3cret"), `200 {"id":12,`},
		{"GET /api/edx_proctoring/v1/proctored_exam/" + logic + "/allowance", "", staff, `200 [{"id":13,`},
		{"GET /api/user/v1/accounts?email=gone@example.org", "", staff, `404 {"error_msg":`},
		{"POST /api/enrollment/v1/unenroll/", `{"username":"ada_l"}`, token(t, server, "retirer", "s3cret"), `200 ["ExampleX"]`},
	} {
		method, path, _ := strings.Cut(tt.request, " ")
		if got := ask(t, method+" "+server.URL+path, tt.body, tt.as); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.request, got, tt.want)
		}
	}
	if got, want := ask(t, "GET "+server.ExamsURL+"/api/v1/exams/course_id/course-v1:ExampleX+New+1", "", staff), `200 [{"id":70,`; !strings.HasPrefix(got, want) {
		t.Errorf("edx-exams: got %s, want %s", got, want)
	}
}

func TestWhatClientsChangeCanBeLookedAt(t *testing.T) {
	t.Parallel()
	server, clock := newServer(t)
	exam := server.AddExam(edxtest.Exam{Course: logic, Content: "final", Minutes: 60})
	attempt := server.AddAttempt(edxtest.Attempt{ExamID: exam, Username: "ada_l", Status: "started", Started: monday})
	clock.Advance(time.Hour)
	staff, ada := token(t, server, server.ClientID, server.ClientSecret), token(t, server, "adas-client", "s3cret")
	ask(t, "GET "+server.URL+"/api/edx_proctoring/v1/proctored_exam/attempt/2", "", ada)
	ask(t, "PUT "+server.URL+"/api/edx_proctoring/v1/proctored_exam/allowance", `{"exam_id":1,"user_info":"ada_l","key":"additional_time_granted","value":"5"}`, staff)
	ask(t, "PUT "+server.URL+"/api/edx_proctoring/v1/proctored_exam/exam", `{"exam_id":1,"exam_name":"Renamed"}`, staff)
	ask(t, "DELETE "+server.URL+"/api/course_modes/v1/courses/"+logic+"/verified", "", staff)
	ask(t, "POST "+server.URL+"/api/enrollment/v1/enrollment", `{"user":"ada_l","is_active":false,"course_details":{"course_id":"`+logic+`"}}`, staff)

	if a, ok := server.Attempt(attempt); !ok || a.Status != "submitted" {
		t.Errorf("Attempt = %+v, %v; want a submitted one", a, ok)
	}
	if granted := server.Allowances(exam); len(granted) != 1 || granted[0].Value != "5" {
		t.Errorf("Allowances = %+v, want 5 minutes", granted)
	}
	if e, ok := server.Exam(exam); !ok || e.Name != "Renamed" {
		t.Errorf("Exam = %+v, %v", e, ok)
	}
	if c, ok := server.Course(logic); !ok || len(c.Modes) != 0 {
		t.Errorf("Course = %+v, %v; want no modes", c, ok)
	}
	if e, ok := server.Enrollment("ada_l", logic); !ok || e.Active {
		t.Errorf("Enrollment = %+v, %v; want an inactive one", e, ok)
	}
	if u, ok := server.User("ada_l"); !ok || u.ID != 4211 {
		t.Errorf("User = %+v, %v", u, ok)
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

// Rows that real platforms have, though nobody would make them today, can be put in.
func TestOddRows(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const old = "i4x://a/b/sequential/c d"
	p.fake.AddExam(edxtest.Exam{ID: 7, Course: logic, Content: "test_content", Name: "Odd", Minutes: -5})
	p.fake.AddExam(edxtest.Exam{ID: 8, Course: logic, Content: "block-v1:ExampleX+CS101+2026_T1+type@sequential+block@with space", Minutes: 999999})
	p.fake.AddAttempt(edxtest.Attempt{ID: 9, ExamID: 8, Username: "ada_l", Status: "started", Started: monday, Minutes: 600000})
	p.fake.AddEnrollment(edxtest.Enrollment{Username: "bob", Course: "no key at all", Mode: "audit", Active: true})
	p.fake.SetGrade(edxtest.Grade{Username: "ada_l", Course: logic, Sections: []edxtest.SectionGrade{{Usage: old, Name: "Odd", Possible: 1}}})
	course, _ := p.fake.Course(logic)
	course.Grading = []edxtest.AssignmentPolicy{{Count: 1}}
	p.fake.AddCourse(course)
	p.fake.AddAllowance(edxtest.Allowance{ExamID: 7, Username: "ada_l", Key: "time_multiplier", Value: "2"})
	for path, want := range map[string]string{
		api + "exam/exam_id/7":                                `"content_id":"test_content","external_id":null,"exam_name":"Odd","time_limit_mins":-5,`,
		api + "exam/exam_id/8":                                `block@with space","external_id":null,"exam_name":"","time_limit_mins":999999,`,
		api + "attempt/grouped/course_id/" + logic:            `"allowed_time_limit_mins":600000,`,
		api + logic + "/allowance":                            `"key":"time_multiplier","value":"2",`,
		"/api/enrollment/v1/enrollments?username=bob":         `"course_id":"no key at all"`,
		"/api/grades/v1/gradebook/" + logic + "/":             `"module_id":"` + old + `"`,
		"/api/grades/v1/gradebook/" + logic + "/grading-info": `{"assignment_type":null,"display_name":"Odd","graded":true,"module_id":"` + old + `",`,
		"/api/grades/v1/policy/courses/" + logic + "/":        `[{"assignment_type":null,"count":1,`,
	} {
		if got := p.get(path, p.header(staff)).brief(); !strings.HasPrefix(got, "200 ") || !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s in it", path, got, want)
		}
	}
}
