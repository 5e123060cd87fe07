package edxtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

const proctoring = "/api/edx_proctoring/v1/"

var specialExamRoutes = []route{
	{method: get, pattern: proctoring + "proctored_exam/exam/course_id/{course}/content_id/{content}", auth: authSession, act: (*Server).getExamByContent},
	{method: get, pattern: proctoring + "proctored_exam/exam/course_id/{course}", auth: authSession, act: (*Server).listExams},
	{method: get, pattern: proctoring + "proctored_exam/exam/exam_id/{exam}", auth: authSession, act: (*Server).getExam},
	{method: post, pattern: proctoring + "proctored_exam/exam", auth: authSession, act: (*Server).createExam},
	{method: put, pattern: proctoring + "proctored_exam/exam", auth: authSession, act: (*Server).updateExam},
	{method: patch, pattern: proctoring + "proctored_exam/exam_registration/course_id/{course}", auth: authSession, act: (*Server).registerExams},
	{method: get, pattern: proctoring + "proctored_exam/settings/exam_id/{exam}/", auth: authSession, act: (*Server).getExamSettings},
	{method: get, pattern: proctoring + "proctored_exam/review_policy/exam_id/{exam}/", auth: authSession, act: (*Server).getReviewPolicy},
}

// problem is the 400 that every exception becomes, also "not found".
func problem(format string, args ...any) reply {
	return jsonReply(http.StatusBadRequest, object{{"detail", fmt.Sprintf(format, args...)}})
}

func noExam(id any) reply {
	return problem("Attempted to get exam_id=%v, but this exam does not exist.", id)
}

// platformExams are the exams of a course that the platform itself serves.
func (s *Server) platformExams(course string) []*Exam {
	if s.courses[course].ExamProvider != "" {
		return nil
	}
	return s.examsOf(course)
}

func (s *Server) examsOf(course string) (exams []*Exam) {
	for _, e := range s.exams.exams {
		if e.Course == course {
			exams = append(exams, e)
		}
	}
	return exams
}

// platformExam finds an exam that the platform itself serves, or nil.
func (s *Server) platformExam(id string) *Exam {
	n, _ := toNumber(id)
	e := s.exams.exam(n)
	if e == nil || s.courses[e.Course].ExamProvider != "" {
		return nil
	}
	return e
}

func (e *Exam) object() object {
	return object{
		{"id", e.ID}, {"course_id", e.Course}, {"content_id", e.Content}, {"external_id", testserver.OrNull(e.ExternalID)}, {"exam_name", e.Name},
		{"time_limit_mins", e.Minutes}, {"is_proctored", e.Proctored}, {"is_practice_exam", e.Practice}, {"is_active", !e.Inactive},
		{"hide_after_due", e.HideAfterDue}, {"due_date", wireTime(e.Due)}, {"backend", testserver.OrNull(e.Backend)},
	}
}

// listExams shows the active exams of a course to anybody who is signed in.
func (s *Server) listExams(c call) reply {
	rows := []object{}
	for _, e := range s.platformExams(c.vars["course"]) {
		if !e.Inactive {
			rows = append(rows, e.object())
		}
	}
	return jsonReply(http.StatusOK, rows)
}

func (s *Server) getExam(c call) reply {
	e := s.platformExam(c.vars["exam"])
	if e == nil {
		return noExam(c.vars["exam"])
	}
	return jsonReply(http.StatusOK, e.object())
}

// getExamByContent has a path that no usage key fits.
func (s *Server) getExamByContent(c call) reply {
	for _, e := range s.platformExams(c.vars["course"]) {
		if e.Content == c.vars["content"] {
			return jsonReply(http.StatusOK, e.object())
		}
	}
	return problem("The course_id=%s and content_id=%s do not exist.", c.vars["course"], c.vars["content"])
}

// getExamSettings goes through to the provider, and fails with it. A timed exam has
// none.
func (s *Server) getExamSettings(c call) reply {
	e := s.platformExam(c.vars["exam"])
	switch {
	case e == nil:
		return noExam(c.vars["exam"])
	case e.Proctored && s.is(VariantExamBackend, "down"):
		return s.crash()
	}
	settings := object{{"platform_name", "Example University"}, {"contact_us", "support@lms.example.org"}, {"link_urls", object{}}}
	if !e.Proctored {
		return jsonReply(http.StatusOK, append(settings, member{"exam_proctoring_backend", object{}}))
	}
	config, ok := s.shownConfig(c, e)
	if !ok {
		return s.crash()
	}
	return jsonReply(http.StatusOK, append(settings,
		member{"exam_proctoring_backend", config}, member{"provider_tech_support_email", "support@provider.example.org"},
		member{"provider_tech_support_phone", "+1 555 0100"}, member{"provider_name", strings.ToUpper(e.Backend)},
		member{"learner_notification_from_email", "proctoring@lms.example.org"}, member{"integration_specific_email", ""},
		member{"proctoring_escalation_email", ""}))
}

// shownConfig is what the provider says of itself, or a sample if none is known.
func (s *Server) shownConfig(c call, e *Exam) (config any, ok bool) {
	b, known := s.backendOf(e)
	if !known {
		return object{
			{"name", e.Backend}, {"rules", object{{"allow_notes", "Allow paper notes"}}},
			{"download_url", "https://provider.example.org/download"}, {"instructions", []string{"Install the software."}},
		}, true
	}
	said, ok := s.backendConfig(c, e)
	if ok {
		s.checkConfig(b, said)
	}
	return wireValue(said.value), ok
}

// getReviewPolicy does not look whether there is such an exam.
func (s *Server) getReviewPolicy(c call) reply {
	policy := ""
	if e := s.platformExam(c.vars["exam"]); e != nil {
		policy = e.ReviewPolicy
	}
	return jsonReply(http.StatusOK, object{{"review_policy", testserver.OrNull(policy)}})
}

// AddExam adds a special exam and returns its id. Whether the platform or
// edx-exams shows it is decided by the course.
func (s *Server) AddExam(e Exam) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exams.number(&e.ID)
	s.exams.exams = append(s.exams.exams, &e)
	return e.ID
}

// AddAttempt adds an attempt as it is, without any rule, and returns its id. It
// panics if there is no such exam.
func (s *Server) AddAttempt(a Attempt) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	exam := s.mustExam(a.ExamID)
	if a.Status == "" {
		a.Status = "created"
	}
	if a.Created.IsZero() {
		a.Created = s.now()
	}
	if a.Minutes == 0 {
		a.Minutes = s.minutesFor(exam, a.Username)
	}
	s.keepAttempt(&a)
	return a.ID
}

// AddAllowance grants a learner something at one exam, and returns its id. It
// panics if there is no such exam.
func (s *Server) AddAllowance(a Allowance) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustExam(a.ExamID)
	return s.exams.grant(a)
}

func (s *Server) mustExam(id int64) *Exam {
	e := s.exams.exam(id)
	if e == nil {
		panic(fmt.Sprintf("edxtest: there is no exam %d: AddExam it first", id))
	}
	return e
}

// AddExamProvider makes a provider known to edx-exams.
func (s *Server) AddExamProvider(p ExamProvider) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.providers = append(s.providers, p)
}

// Attempt returns the attempt with that id as it is now.
func (s *Server) Attempt(id int64) (a Attempt, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.exams.attempt(id); found != nil {
		return *found, true
	}
	return Attempt{}, false
}

// Exam returns the special exam with that id as it is now.
func (s *Server) Exam(id int64) (e Exam, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.exams.exam(id); found != nil {
		return *found, true
	}
	return Exam{}, false
}

// Allowances returns what is granted at an exam now.
func (s *Server) Allowances(exam int64) (granted []Allowance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.exams.allowances {
		if a.ExamID == exam {
			granted = append(granted, *a)
		}
	}
	return granted
}

// createExam adds an exam and tells its provider.
func (s *Server) createExam(c call) reply {
	body, refused, ok := c.asStaff()
	if !ok {
		return refused
	}
	if missing := missingFields(body, "course_id", "content_id", "exam_name", "time_limit_mins", "is_proctored"); missing != nil {
		return jsonReply(http.StatusBadRequest, missing)
	}
	exam := Exam{Course: body.text("course_id"), Content: body.text("content_id")}
	if s.exams.examAt(exam.Course, exam.Content) != nil {
		return problem("Attempted to create proctored exam with course_id=%s, content_id=%s, but this exam already exists.", exam.Course, exam.Content)
	}
	if !s.saveExam(c, &exam, body.changeExam) {
		return s.crash()
	}
	return jsonReply(http.StatusOK, object{{"exam_id", exam.ID}})
}

func (s *Server) updateExam(c call) reply {
	body, refused, ok := c.asStaff()
	if !ok {
		return refused
	}
	e := s.platformExam(body.text("exam_id"))
	if e == nil {
		return problem("Attempted to update exam_id=%s, but this exam does not exist.", body.text("exam_id"))
	}
	if !s.saveExam(c, e, body.changeExam) {
		return s.crash()
	}
	return jsonReply(http.StatusOK, object{{"exam_id", e.ID}})
}

// asStaff reads a body that global staff alone may send.
func (c call) asStaff() (jsonBody, reply, bool) {
	if !c.user.Staff {
		return nil, jsonReply(http.StatusForbidden, object{{"detail", "Must be a Staff User to Perform this request."}}), false
	}
	return c.jsonObject(jsonType)
}

// registerExams is the whole list of a course's exams: those left out are
// switched off.
func (s *Server) registerExams(c call) reply {
	if !c.user.Staff {
		return c.forbid()
	}
	value, refused, ok := c.json(jsonType)
	if !ok {
		return refused
	}
	list, _ := value.([]any)
	var wrong []object
	for _, item := range list {
		body, _ := item.(map[string]any)
		if missing := missingFields(body, "content_id", "exam_name", "time_limit_mins", "is_proctored"); missing != nil {
			wrong = append(wrong, missing)
		}
	}
	if wrong != nil {
		return jsonReply(http.StatusUnprocessableEntity, wrong)
	}
	for _, e := range s.platformExams(c.vars["course"]) {
		e.Inactive = true
	}
	rows := []object{}
	for _, item := range list {
		body := jsonBody(item.(map[string]any))
		e := s.exams.examAt(c.vars["course"], body.text("content_id"))
		if e == nil {
			e = &Exam{Course: c.vars["course"], Content: body.text("content_id")}
		}
		e.Inactive = false
		if !s.saveExam(c, e, body.changeExam) {
			return s.crash()
		}
		rows = append(rows, object{{"exam_id", e.ID}})
	}
	return jsonReply(http.StatusOK, rows)
}

// missingFields is nil if the body has them all.
func missingFields(body jsonBody, names ...string) (missing object) {
	for _, name := range names {
		if body[name] == nil {
			missing = append(missing, member{name, []string{"This field is required."}})
		}
	}
	return missing
}

// saveExam changes an exam, or makes one, and tells the provider. It saves nothing if
// the provider's answer is not handled.
func (s *Server) saveExam(c call, e *Exam, change func(*Exam)) (ok bool) {
	before := *e
	change(e)
	if before.ID == 0 {
		s.exams.number(&e.ID)
		s.exams.exams = append(s.exams.exams, e)
	}
	if before.Proctored && !e.Proctored {
		ok = s.tellItIsOver(c, *e)
	} else {
		ok = s.tellBackend(c, e)
	}
	if ok {
		return true
	}
	if *e = before; before.ID == 0 {
		s.exams.exams = slices.DeleteFunc(slices.Clone(s.exams.exams), func(other *Exam) bool { return other == e })
	}
	return false
}

// changeExam changes what the body names.
func (body jsonBody) changeExam(e *Exam) {
	for name, field := range map[string]*string{"exam_name": &e.Name, "external_id": &e.ExternalID, "backend": &e.Backend, "review_policy": &e.ReviewPolicy} {
		if body.has(name) {
			*field = body.text(name)
		}
	}
	for name, field := range map[string]*bool{"is_proctored": &e.Proctored, "is_practice_exam": &e.Practice, "hide_after_due": &e.HideAfterDue} {
		if body.has(name) {
			*field = body.flag(name)
		}
	}
	if body.has("is_active") {
		e.Inactive = !body.flag("is_active")
	}
	if minutes, ok := body.number("time_limit_mins"); ok {
		e.Minutes = int(minutes)
	}
	if due, err := time.Parse(time.RFC3339, body.text("due_date")); err == nil {
		e.Due = due
	}
}
