package edxtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

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
		{name: "policy of none", request: "GET " + api + "review_policy/exam_id/99/", as: stranger, want: "400 application/json {"},
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

func TestAttemptLife(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	p.fake.AddAllowance(edxtest.Allowance{ExamID: 7, Username: "ada_l", Key: "additional_time_granted", Value: "30"})
	act := func(action string) string { return `{"action":"` + action + `"}` }
	status := func(id int64, want string) {
		t.Helper()
		if a, _ := p.fake.Attempt(id); a.Status != want {
			t.Errorf("attempt %d is %q, want %q", id, a.Status, want)
		}
	}
	attempt := "PUT " + api + "attempt/11"
	p.run([]step{
		{name: "a real boolean", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":7,"start_clock":true}`, want: "500 text/html"},
		{name: "no exam", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":99,"start_clock":"true"}`, want: "400 application/json {"},
		{name: "nothing yet", request: "GET " + api + "attempt", as: learner, want: `200 application/json {"in_timed_exam":false,"is_proctored":false}`},
		{name: "create", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":"7","start_clock":"false","attempt_proctored":"true"}`, want: `200 application/json {"exam_attempt_id":11}`},
		{name: "create again", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":7}`, want: detail(400, "Cannot create attempt for exam_id = 7 and user_id = 4211 because it already exists!")},
		{name: "an unknown action", request: attempt, as: learner, body: act("dance"), want: "500 text/html"},
		{name: "somebody else", request: attempt, as: staff, body: act("start"), want: denied},
		{name: "no attempt", request: "PUT " + api + "attempt/99", as: learner, body: act("start"), want: "400 application/json {"},
		{name: "download", request: attempt, as: learner, body: act("click_download_software"), want: `200 application/json {"exam_attempt_id":11}`},
		{name: "start", request: attempt, as: learner, body: act("start"), want: `200 application/json {"exam_attempt_id":11}`},
	})
	status(11, "started")
	p.clock.Advance(time.Hour)
	p.run([]step{
		{name: "current", request: "GET " + api + "attempt", as: learner, want: `200 application/json {"in_timed_exam":true,"taking_as_proctored":true,"exam_type":"a proctored exam","exam_display_name":"Final","exam_url_path":"/courses/` + logic + `/jump_to/` + final + `","time_remaining_seconds":3600.0,"total_time":"120 minutes",`},
		{name: "active, for staff", request: "GET " + api + "active_attempt?user_id=4211", as: staff, want: `200 application/json {"in_timed_exam":true,`},
		{name: "active, for the teacher", request: "GET " + api + "active_attempt?user_id=4211", as: teacher, want: `403 application/json {`},
		{name: "active, none", request: "GET " + api + "active_attempt", as: stranger, want: `200 application/json {}`},
		{name: "exam and attempt", request: "GET " + api + "attempt/course_id/" + logic + "?content_id=" + strings.ReplaceAll(final, "+", "%2B"), as: learner, want: `200 application/json {"exam":` + strings.TrimSuffix(exam, "}") + `,"attempt":{"in_timed_exam":true,`},
		{name: "exam and attempt, no exam", request: "GET " + api + "attempt/course_id/" + logic + "?content_id=none", as: stranger, want: `200 application/json {"exam":{},"active_attempt":{}}`},
		{name: "exam and attempt of another", request: "GET " + api + "attempt/course_id/" + logic + "?user_id=4211", as: teacher, want: `403 application/json {`},
		{name: "his own", request: "GET " + api + "attempt/11", as: learner, want: `200 application/json {"id":11,"created":"2030-03-04T09:00:00Z"`},
		{name: "even staff may not", request: "GET " + api + "attempt/11", as: staff, want: denied},
		{name: "none", request: "GET " + api + "attempt/99", as: learner, want: detail(400, "Attempted to get attempt_id=99, but this attempt does not exist.")},
		{name: "back to the set-up submits", request: attempt, as: learner, body: act("click_download_software"), want: `200 application/json {"exam_attempt_id":11}`},
	})
	status(11, "submitted")
	p.run([]step{
		{name: "complete stays so", request: attempt, as: learner, body: act("start"), want: `400 application/json {"detail":"A status transition from \"submitted\" to \"started\" was attempted on exam_id 7 for user_id 4211.`},
		{name: "staff lets him resume", request: attempt, as: teacher, body: `{"action":"mark_ready_to_resume","user_id":4211}`, want: `200 application/json {"exam_attempt_id":11}`},
		{name: "another try", request: attempt, as: learner, body: act("reset_attempt"), want: `200 application/json {"exam_attempt_id":12}`},
		{name: "remove, the learner", request: "DELETE " + api + "attempt/12", as: learner, want: denied},
		{name: "remove, none", request: "DELETE " + api + "attempt/99", as: staff, want: detail(403, "could not determine the course_id")},
		{name: "remove", request: "DELETE " + api + "attempt/12", as: teacher, want: "200"},
		{name: "reset, the learner", request: "DELETE " + api + "exam_id/7/user_id/4211/reset_attempts", as: learner, want: denied},
		{name: "reset", request: "DELETE " + api + "exam_id/7/user_id/4211/reset_attempts", as: teacher, want: "200"},
		{name: "reset, nothing left", request: "DELETE " + api + "exam_id/7/user_id/4211/reset_attempts", as: teacher, want: `404 application/json "There are no attempts`},
		{name: "reset, no exam", request: "DELETE " + api + "exam_id/99/user_id/4211/reset_attempts", as: teacher, want: `404 application/json "The exam with id 99`},
	})
	p.clock.Advance(11 * 24 * time.Hour)
	p.run([]step{{name: "past due", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":7}`, want: detail(403, "Attempted to create an attempt at exam_id=7, which is past due.")}})
}

func TestAttemptIsCutByTheDueDate(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	p.clock.Set(monday.AddDate(0, 0, 10).Add(-40 * time.Minute))
	p.run([]step{{name: "create", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":7,"start_clock":"true"}`, want: `200 application/json {"exam_attempt_id":10}`}})
	if a, _ := p.fake.Attempt(10); a.Minutes != 40 || a.Status != "started" {
		t.Errorf("attempt = %+v, want 40 minutes, started", a)
	}
}

func TestDecliningDeclinesTheOthers(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	second := p.fake.AddExam(edxtest.Exam{Course: logic, Content: "second", Name: "Second", Minutes: 10, Proctored: true})
	off := p.fake.AddExam(edxtest.Exam{Course: logic, Content: "off", Minutes: 10, Proctored: true, Inactive: true})
	done := p.fake.AddExam(edxtest.Exam{Course: logic, Content: "done", Minutes: 10, Proctored: true})
	passed := p.fake.AddAttempt(edxtest.Attempt{ExamID: done, Username: "ada_l", Status: "verified"})
	attempt := p.fake.AddAttempt(edxtest.Attempt{ExamID: 7, Username: "ada_l"})
	p.run([]step{{name: "decline", request: fmt.Sprintf("PUT %sattempt/%d", api, attempt), as: learner, body: `{"action":"decline"}`, want: "200 application/json {"}})
	if a, _ := p.fake.Attempt(attempt + 1); a.ExamID != second || a.Status != "declined" {
		t.Errorf("the other attempt = %+v, want a declined one at exam %d", a, second)
	}
	if a, _ := p.fake.Attempt(passed); a.Status != "verified" {
		t.Errorf("an attempt that is complete became %q", a.Status)
	}
	if a, more := p.fake.Attempt(attempt + 2); more {
		t.Errorf("one more attempt = %+v; exam %d is switched off", a, off)
	}
}

func TestGroupedAttempts(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	for n := range 60 {
		name := fmt.Sprintf("u%02d", n)
		p.fake.AddUser(edxtest.User{Username: name, Email: name + "@example.net"})
		p.fake.AddAttempt(edxtest.Attempt{ExamID: 7, Username: name, Status: "rejected"})
		p.fake.AddAttempt(edxtest.Attempt{ExamID: 7, Username: name, Status: "verified"})
	}
	path := api + "attempt/grouped/course_id/" + logic
	type want struct {
		rows          int
		first, status string
		page          float64
		next          bool
	}
	for query, want := range map[string]want{
		"":               {25, "u59", "verified", 1, true},
		"?page=2":        {25, "u34", "verified", 2, true},
		"?page=3":        {10, "u09", "verified", 3, false},
		"?page=99":       {10, "u09", "verified", 3, false},
		"?page=x":        {25, "u59", "verified", 1, true},
		"/search/U1":     {10, "u19", "verified", 1, false},
		"/search/u07@ex": {1, "u07", "verified", 1, false},
	} {
		got := p.get(path+query, p.header(teacher)).members
		rows, _ := got["proctored_exam_attempts"].([]any)
		paging, _ := got["pagination_info"].(map[string]any)
		first, _ := rows[0].(map[string]any)
		user, _ := first["user"].(map[string]any)
		all, _ := first["all_attempts"].([]any)
		if len(rows) != want.rows || user["username"] != want.first || first["status"] != want.status || len(all) != 2 {
			t.Errorf("%q: %d groups from %v %v with %d attempts on; want %+v", query, len(rows), user["username"], first["status"], len(all), want)
		}
		if paging["current_page"] != want.page || paging["has_next"] != want.next {
			t.Errorf("%q: paging %v, want page %v, next %v", query, paging, want.page, want.next)
		}
	}
	p.run([]step{
		{name: "a learner", request: "GET " + path, as: learner, want: denied},
		{name: "nobody is found", request: "GET " + path + "/search/zzz", as: teacher, want: `200 application/json {"proctored_exam_attempts":[],"pagination_info":{"has_previous":false,"has_next":false,"current_page":1,"total_pages":1},"attempt_url":"/api/`},
	})
}

func TestAllowances(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	one, all := " "+api+"allowance", " "+api+"bulk_allowance"
	list := "GET " + api + logic + "/allowance"
	row := `{"id":10,"created":"2025-09-01T08:00:00Z","modified":"2025-09-01T08:00:00Z","user":{"id":4211,"username":"ada_l","email":"ada@example.org"},"key":"additional_time_granted","value":"30","proctored_exam":` + exam + `}`
	grant := func(user, value string) string {
		return `{"exam_id":7,"user_info":` + user + `,"key":"additional_time_granted","value":"` + value + `"}`
	}
	p.run([]step{
		{name: "the learner", request: "PUT" + one, as: learner, body: grant(`"ada_l"`, "30"), want: denied},
		{name: "unknown learner", request: "PUT" + one, as: teacher, body: grant(`"nobody"`, "30"), want: detail(400, "Cannot find user against nobody")},
		{name: "no number", request: "PUT" + one, as: teacher, body: grant(`"ada_l"`, "-1"), want: detail(400, `allowance_value "-1" should be non-negative integer value.`)},
		{name: "no exam, the teacher", request: "PUT" + one, as: teacher, body: `{"exam_id":99}`, want: detail(403, "could not determine the course_id")},
		{name: "no exam", request: "PUT" + one, as: staff, body: `{"exam_id":99}`, want: "400 application/json {"},
		{name: "an id that nobody has", request: "PUT" + one, as: teacher, body: grant("99", "30"), want: detail(400, "Cannot find user against 99")},
		{name: "by id", request: "PUT" + one, as: teacher, body: grant("4211", "10"), want: "200"},
		{name: "by address, once more", request: "PUT" + one, as: teacher, body: grant(`"ada@example.org"`, "30"), want: "200"},
		{name: "list", request: list, as: teacher, want: "200 application/json [" + row + "]"},
		{name: "by learner", request: "GET " + api + logic + "/grouped/allowance", as: teacher, want: `200 application/json {"ada_l":[` + row + `]}`},
		{name: "list, the learner", request: list, as: learner, want: denied},
		{name: "by learner, the learner", request: "GET " + api + logic + "/grouped/allowance", as: learner, want: denied},
		{name: "remove another's", request: "DELETE" + one, as: teacher, body: `{"exam_id":7,"user_id":"bob","key":"additional_time_granted"}`, want: "200"},
		{name: "remove another thing", request: "DELETE" + one, as: teacher, body: `{"exam_id":7,"user_id":4211,"key":"review_policy_exception"}`, want: "200"},
		{name: "remove it at another exam", request: "DELETE" + one, as: teacher, body: `{"exam_id":8,"user_id":4211,"key":"additional_time_granted"}`, want: "200"},
		{name: "still there", request: list, as: teacher, want: "200 application/json [" + row + "]"},
		{name: "remove, by a body", request: "DELETE" + one, as: teacher, body: `{"exam_id":7,"user_id":4211,"key":"additional_time_granted"}`, want: "200"},
		{name: "remove what is not there", request: "DELETE" + one, as: teacher, body: `{"exam_id":7,"user_id":4211,"key":"additional_time_granted"}`, want: "200"},
		{name: "list, empty", request: list, as: teacher, want: "200 application/json []"},
		{name: "many", request: "PUT" + all, as: teacher, body: `{"exam_ids":"7,8","user_ids":"ada_l,bob","allowance_type":"time_multiplier","value":"1.5"}`, want: "200"},
		{name: "many, some unknown", request: "PUT" + all, as: teacher, body: `{"exam_ids":"7","user_ids":"ada_l,nobody","allowance_type":"additional_time_granted","value":"5"}`, want: `207 application/json [{"exam_id":"7","user_id":"ada_l"},{"exam_id":"7","user_id":"nobody"}]`},
		{name: "many, all unknown", request: "PUT" + all, as: teacher, body: `{"exam_ids":"7","user_ids":"nobody","allowance_type":"additional_time_granted","value":"5"}`, want: `400 application/json {"detail":"Enter a valid username or email","field":"user_info"}`},
		{name: "many, no factor", request: "PUT" + all, as: teacher, body: `{"exam_ids":"7","user_ids":"ada_l","allowance_type":"time_multiplier","value":"1"}`, want: detail(400, `allowance_value "1" should be a float greater than 1.0.`)},
		{name: "many, no number", request: "PUT" + all, as: teacher, body: `{"exam_ids":"7","user_ids":"ada_l","allowance_type":"additional_time_granted","value":"x"}`, want: "400 application/json {"},
		{name: "many, the learner", request: "PUT" + all, as: learner, body: `{"exam_ids":"7","user_ids":"ada_l","allowance_type":"additional_time_granted","value":"5"}`, want: denied},
	})
	var got []string
	for _, a := range p.fake.Allowances(7) {
		got = append(got, a.Username+" "+a.Value)
	}
	if got, want := strings.Join(got, ", "), "ada_l 5, bob 45"; got != want {
		t.Errorf("allowances at exam 7: %s, want %s", got, want)
	}
}

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
