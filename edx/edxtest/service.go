package edxtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

var serviceRoutes = []route{
	{method: get, pattern: "/api/v1/exams/course_id/{course}/allowances", auth: authJWT, act: (*Server).listExtraTime},
	{method: post, pattern: "/api/v1/exams/course_id/{course}/allowances", auth: authJWT, act: (*Server).addExtraTime},
	{method: remove, pattern: "/api/v1/exams/course_id/{course}/allowances/{allowance}", auth: authJWT, act: (*Server).removeExtraTime},
	{method: get, pattern: "/api/v1/exams/course_id/{course}", rest: "(?:/.*)?", auth: authJWT, act: (*Server).listServiceExams},
	{method: patch, pattern: "/api/v1/exams/course_id/{course}", rest: "(?:/.*)?", auth: authJWT, act: (*Server).registerServiceExams},
	{method: get, pattern: "/api/v1/configs/course_id/{course}", rest: "(?:/.*)?", auth: authJWT, act: (*Server).getExamConfig},
	{method: patch, pattern: "/api/v1/configs/course_id/{course}", rest: "(?:/.*)?", auth: authJWT, act: (*Server).updateExamConfig},
	{method: get, pattern: "/api/v1/providers", rest: "(?:/.*)?", auth: authJWT, act: (*Server).listExamProviders},
	{method: get, pattern: "/api/v1/instructor_view/course_id/{course}/attempts", rest: ".*", auth: authJWT, act: (*Server).listServiceAttempts},
	{method: get, pattern: "/api/v1/student/exam/attempt/course_id/{course}/content_id/{usage}", auth: authJWT, act: (*Server).getServiceAttempt},
	{method: get, pattern: "/api/v1/exams/attempt/latest", rest: ".*", auth: authJWT, act: (*Server).getLatestAttempt},
}

// serviceStaff reports whether the caller is staff of the course at edx-exams,
// which knows nothing of the platform's own roles: it reads its own, and the token.
func (c call) serviceStaff(course string) bool {
	return c.token.administrator || c.user.has(course, true)
}

func (s *Server) serviceExams(course string) []*Exam {
	if s.courses[course].ExamProvider == "" {
		return nil
	}
	return s.examsOf(course)
}

func (s *Server) serviceExam(id string) *Exam {
	n, _ := toNumber(id)
	e := s.exams.exam(n)
	if e == nil || s.courses[e.Course].ExamProvider == "" {
		return nil
	}
	return e
}

func (e *Exam) serviceObject() object {
	return object{
		{"id", e.ID}, {"exam_name", e.Name}, {"course_id", e.Course}, {"content_id", e.Content}, {"time_limit_mins", e.Minutes},
		{"due_date", wireTime(e.Due)}, {"exam_type", e.kind()}, {"hide_after_due", e.HideAfterDue}, {"is_active", !e.Inactive},
	}
}

// listServiceExams answers 404 with an empty list for a course whose exams are
// still on the platform.
func (s *Server) listServiceExams(c call) reply {
	course := c.vars["course"]
	if !c.serviceStaff(course) {
		return c.forbid()
	}
	rows := []object{}
	if s.courses[course].ExamProvider == "" {
		return jsonReply(http.StatusNotFound, rows)
	}
	for _, e := range s.serviceExams(course) {
		if !e.Inactive {
			rows = append(rows, e.serviceObject())
		}
	}
	return jsonReply(http.StatusOK, rows)
}

// registerServiceExams is the whole list: exams left out are switched off.
func (s *Server) registerServiceExams(c call) reply {
	course := c.vars["course"]
	if !c.serviceStaff(course) {
		return c.forbid()
	}
	value, refused, ok := c.json(jsonType)
	if !ok {
		return refused
	}
	list, _ := value.([]any)
	wrong := []object{}
	for _, item := range list {
		body, _ := item.(map[string]any)
		if missing := missingFields(body, "content_id", "exam_name", "time_limit_mins", "exam_type"); missing != nil {
			wrong = append(wrong, missing)
		}
	}
	if len(wrong) > 0 {
		return jsonReply(http.StatusBadRequest, object{{"detail", "Invalid data"}, {"errors", wrong}})
	}
	for _, e := range s.examsOf(course) {
		e.Inactive = true
	}
	for _, item := range list {
		body := jsonBody(item.(map[string]any))
		e := s.exams.examAt(course, body.text("content_id"))
		if e == nil {
			e = &Exam{Course: course, Content: body.text("content_id")}
		}
		kind := body.text("exam_type")
		e.Proctored, e.Practice = kind == "proctored" || kind == "onboarding", kind == "practice" || kind == "onboarding"
		e.Inactive = false
		delete(body, "is_proctored")
		if !s.saveExam(c, e, body.changeExam) {
			return s.crash()
		}
	}
	return jsonReply(http.StatusOK, object{})
}

func (s *Server) getExamConfig(c call) reply {
	course := s.courses[c.vars["course"]]
	return jsonReply(http.StatusOK, object{{"provider", testserver.OrNull(course.ExamProvider)}, {"escalation_email", testserver.OrNull(course.EscalationEmail)}})
}

func (s *Server) updateExamConfig(c call) reply {
	if !c.serviceStaff(c.vars["course"]) {
		return c.forbid()
	}
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	course, found := s.courses[c.vars["course"]]
	name := body.text("provider")
	known := slices.ContainsFunc(s.providers, func(p ExamProvider) bool { return p.Name == name })
	if !found || name != "" && !known {
		return problem("Proctoring provider does not exist.")
	}
	if body.has("provider") {
		course.ExamProvider = name
	}
	if body.has("escalation_email") {
		course.EscalationEmail = body.text("escalation_email")
	}
	s.courses[course.Key] = course
	return emptyReply(http.StatusNoContent)
}

// listExamProviders lists those that every organization may use, and those of the one
// that is named; without a name all of them.
func (s *Server) listExamProviders(c call) reply {
	rows, org := []object{}, c.query.Get("org")
	for i, p := range s.providers {
		if org != "" && p.Org != "" && p.Org != org {
			continue
		}
		rows = append(rows, object{{"name", p.Name}, {"verbose_name", p.VerboseName}, {"lti_configuration_id", strconv.Itoa(i + 1)}})
	}
	return jsonReply(http.StatusOK, rows)
}

// listServiceAttempts pages by limit and offset, newest first. Without an exam it
// crashes, and so it does with one that does not exist.
func (s *Server) listServiceAttempts(c call) reply {
	course := c.vars["course"]
	if !c.serviceStaff(course) {
		return c.forbid()
	}
	if !wholeNumber.MatchString(c.query.Get("exam_id")) {
		return s.crash()
	}
	id, _ := toNumber(c.query.Get("exam_id"))
	e := s.exams.exam(id)
	switch {
	case e == nil:
		return s.crash()
	case e.Course != course || s.courses[course].ExamProvider == "":
		return c.refuse(http.StatusNotFound, "Not found.")
	}
	rows := []object{}
	for _, a := range slices.Backward(s.exams.attempts) {
		if a.ExamID == e.ID {
			rows = append(rows, s.serviceAttemptRow(e, a))
		}
	}
	limit, ok := c.positive("limit", 100)
	if !ok {
		limit = 100
	}
	offset, ok := c.positive("offset", 0)
	if !ok {
		offset = 0
	}
	from := min(offset, len(rows))
	part := rows[from:min(from+limit, len(rows))]
	var next, previous any
	if offset+limit < len(rows) {
		next = s.link(c, "offset", fmt.Sprint(offset+limit))
	}
	if offset > 0 {
		previous = s.link(c, "offset", fmt.Sprint(max(0, offset-limit)))
	}
	return jsonReply(http.StatusOK, object{{"count", len(rows)}, {"next", next}, {"previous", previous}, {"results", part}})
}

func (s *Server) serviceAttemptRow(e *Exam, a *Attempt) object {
	var review any
	if a.Review != nil {
		review = object{{"submission_time", wireTime(a.Review.Submitted)}, {"severity", testserver.OrNull(a.Review.Severity)}, {"submission_reason", testserver.OrNull(a.Review.Reason)}}
	}
	return object{
		{"attempt_id", a.ID}, {"attempt_status", a.Status}, {"start_time", wireTime(a.Started)}, {"end_time", wireTime(a.Completed)},
		{"allowed_time_limit_mins", a.allowed()}, {"exam_type", e.kind()}, {"exam_display_name", e.Name}, {"username", a.Username},
		{"proctored_review", review},
	}
}

// serviceAttempt is an attempt as the learner's page needs it.
func (s *Server) serviceAttempt(e *Exam, a *Attempt) object {
	s.overdue(call{}, a) // edx-exams has no provider that it calls
	return object{
		{"exam_display_name", e.Name}, {"exam_url_path", "https://lms.example.org/course/" + e.Course + "/" + e.Content},
		{"course_id", e.Course}, {"content_id", e.Content}, {"attempt_id", a.ID}, {"attempt_status", a.Status},
		{"exam_type", e.kind()}, {"time_remaining_seconds", fraction(s.remaining(a).Seconds())}, {"total_time", a.Minutes},
		{"desktop_application_js_url", ""}, {"attempt_code", a.code()},
	}
}

func (s *Server) getServiceAttempt(c call) reply {
	e := s.exams.examAt(c.vars["course"], c.vars["usage"])
	if e == nil || e.Inactive || s.courses[e.Course].ExamProvider == "" {
		return jsonReply(http.StatusOK, object{{"exam", object{}}})
	}
	attempt := object{}
	if a := s.exams.latest(c.user.Username, e.ID); a != nil {
		attempt = s.serviceAttempt(e, a)
	}
	return jsonReply(http.StatusOK, object{{"exam", append(e.serviceObject(),
		member{"type", e.kind()}, member{"is_proctored", e.Proctored}, member{"is_practice_exam", e.Practice},
		member{"backend", s.courses[e.Course].ExamProvider}, member{"passed_due_date", !e.Due.IsZero() && s.now().After(e.Due)},
		member{"total_time", s.minutesFor(e, c.user.Username)}, member{"attempt", attempt})}})
}

// getLatestAttempt is the caller's last attempt, at the exam that is named or at any.
func (s *Server) getLatestAttempt(c call) reply {
	for _, a := range slices.Backward(s.exams.attempts) {
		e := s.exams.exam(a.ExamID)
		content := c.query.Get("content_id")
		if a.Username == c.user.Username && s.courses[e.Course].ExamProvider != "" && (content == "" || content == e.Content) {
			return jsonReply(http.StatusOK, s.serviceAttempt(e, a))
		}
	}
	return jsonReply(http.StatusOK, object{})
}
