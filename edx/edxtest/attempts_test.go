package edxtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

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
		{name: "another try", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":7,"attempt_proctored":"true"}`, want: `200 application/json {"exam_attempt_id":12}`},
		{name: "only practice is reset", request: attempt, as: learner, body: act("reset_attempt"), want: `400 application/json {"detail":"Failed to reset attempt status on exam_id=7 for user_id=4211. Only practice exams may be reset!`},
		{name: "remove, the learner", request: "DELETE " + api + "attempt/12", as: learner, want: denied},
		{name: "remove, none", request: "DELETE " + api + "attempt/99", as: staff, want: "400 application/json {"},
		{name: "remove, none, the teacher", request: "DELETE " + api + "attempt/99", as: teacher, want: "500 text/html"},
		{name: "remove", request: "DELETE " + api + "attempt/12", as: teacher, want: "200"},
		{name: "reset, the learner", request: "DELETE " + api + "exam_id/7/user_id/4211/reset_attempts", as: learner, want: denied},
		{name: "reset", request: "DELETE " + api + "exam_id/7/user_id/4211/reset_attempts", as: teacher, want: "200"},
		{name: "reset, nothing left", request: "DELETE " + api + "exam_id/7/user_id/4211/reset_attempts", as: teacher, want: `404 application/json "There are no attempts`},
		{name: "reset, no exam, the teacher", request: "DELETE " + api + "exam_id/99/user_id/4211/reset_attempts", as: teacher, want: "500 text/html"},
		{name: "reset, no exam", request: "DELETE " + api + "exam_id/99/user_id/4211/reset_attempts", as: staff, want: `404 application/json "The exam with id 99`},
	})
	p.clock.Advance(11 * 24 * time.Hour)
	p.run([]step{{name: "past due", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":7}`, want: detail(403, "Attempted to create an attempt at exam_id=7, which is past due.")}})
}

func TestAttemptIsCutByTheDueDate(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	p.clock.Set(monday.AddDate(0, 0, 10).Add(-40 * time.Minute))
	p.run([]step{{name: "create", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":7,"start_clock":"true","attempt_proctored":"true"}`, want: `200 application/json {"exam_attempt_id":10}`}})
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

// Who wants no proctor at a proctored exam has declined it, and the others with it.
func TestWithoutAProctorTheExamIsDeclined(t *testing.T) {
	t.Parallel()
	p, v := newProvider(t)
	first := p.fake.AddExam(edxtest.Exam{Course: logic, Content: "one", Minutes: 10, Proctored: true, Backend: "x", ExternalID: "e1"})
	p.fake.AddExam(edxtest.Exam{Course: logic, Content: "two", Minutes: 10, Proctored: true, Backend: "x", ExternalID: "e2"})
	p.run([]step{{name: "no proctor", request: "POST " + api + "attempt", as: learner, body: fmt.Sprintf(`{"exam_id":%d,"start_clock":"true","attempt_proctored":"false"}`, first), want: `200 application/json {"exam_attempt_id":3}`}})
	v.expect(t)
	for id := range int64(2) {
		if a, _ := p.fake.Attempt(3 + id); a.Status != "declined" {
			t.Errorf("attempt %d is %+v, want a declined one", 3+id, a)
		}
	}
}

// The time limit is set at the start, when extra time may have been granted since.
func TestTimeLimitIsSetAtTheStart(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	attempt := api + "attempt/10"
	limit := func() any { t.Helper(); return p.get(attempt, p.header(learner)).members["allowed_time_limit_mins"] }
	p.run([]step{{name: "create", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":7,"attempt_proctored":"true"}`, want: `200 application/json {"exam_attempt_id":10}`}})
	if got := limit(); got != nil {
		t.Errorf("before the start the limit is %v, want null", got)
	}
	p.fake.AddAllowance(edxtest.Allowance{ExamID: 7, Username: "ada_l", Key: "additional_time_granted", Value: "30"})
	p.run([]step{{name: "start", request: "PUT " + attempt, as: learner, body: `{"action":"start"}`, want: "200 application/json {"}})
	if got := limit(); got != 120.0 {
		t.Errorf("after the start the limit is %v, want 120", got)
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
