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

// getExamSettings goes through to the provider, and fails with it.
func (s *Server) getExamSettings(c call) reply {
	e := s.platformExam(c.vars["exam"])
	switch {
	case e == nil:
		return noExam(c.vars["exam"])
	case e.Proctored && s.is(VariantExamBackend, "down"):
		return s.crash()
	}
	backend := object{}
	if e.Proctored {
		backend = object{
			{"name", e.Backend}, {"rules", object{{"allow_notes", "Allow paper notes"}}},
			{"download_url", "https://provider.example.org/download"}, {"instructions", []string{"Install the software."}},
		}
	}
	return jsonReply(http.StatusOK, object{
		{"platform_name", "Example University"}, {"contact_us", "https://lms.example.org/contact"}, {"link_urls", object{}},
		{"exam_proctoring_backend", backend}, {"provider_tech_support_email", "support@provider.example.org"},
		{"provider_tech_support_phone", "+1 555 0100"}, {"provider_name", strings.ToUpper(e.Backend)},
		{"learner_notification_from_email", "proctoring@lms.example.org"}, {"integration_specific_email", ""}, {"proctoring_escalation_email", ""},
	})
}

func (s *Server) getReviewPolicy(c call) reply {
	e := s.platformExam(c.vars["exam"])
	if e == nil {
		return noExam(c.vars["exam"])
	}
	return jsonReply(http.StatusOK, object{{"review_policy", testserver.OrNull(e.ReviewPolicy)}})
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
	s.exams.number(&a.ID)
	if a.Status == "" {
		a.Status = "created"
	}
	if a.Created.IsZero() {
		a.Created = s.now()
	}
	if a.Minutes == 0 {
		a.Minutes = s.minutesFor(exam, a.Username)
	}
	s.exams.attempts = append(s.exams.attempts, &a)
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
	return jsonReply(http.StatusOK, object{{"exam_id", s.saveExam(c, &exam, body)}})
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
	return jsonReply(http.StatusOK, object{{"exam_id", s.saveExam(c, e, body)}})
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
		rows = append(rows, object{{"exam_id", s.saveExam(c, e, body)}})
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

// saveExam saves the fields that the body names, and tells the provider.
func (s *Server) saveExam(c call, e *Exam, body jsonBody) int64 {
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
	if e.ID == 0 {
		s.exams.number(&e.ID)
		s.exams.exams = append(s.exams.exams, e)
	}
	s.tellBackend(c, e)
	return e.ID
}

// examBook keeps special exams, attempts and allowances, each in the order in
// which they were made.
type examBook struct {
	exams      []*Exam
	attempts   []*Attempt
	allowances []*Allowance
	lastID     int64
}

// number gives an id if there is none yet. Exams, attempts and allowances share the
// count, so that an id which is taken for another kind is not found.
func (b *examBook) number(id *int64) {
	if *id == 0 {
		*id = b.lastID + 1
	}
	b.lastID = max(b.lastID, *id)
}

func (b *examBook) exam(id int64) *Exam {
	for _, e := range b.exams {
		if e.ID == id {
			return e
		}
	}
	return nil
}

func (b *examBook) examAt(course, content string) *Exam {
	for _, e := range b.exams {
		if e.Course == course && e.Content == content {
			return e
		}
	}
	return nil
}

func (b *examBook) attempt(id int64) *Attempt {
	for _, a := range b.attempts {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// latest is the learner's last attempt at the exam, or nil.
func (b *examBook) latest(username string, exam int64) *Attempt {
	for _, a := range slices.Backward(b.attempts) {
		if a.Username == username && a.ExamID == exam {
			return a
		}
	}
	return nil
}

func (b *examBook) allowance(exam int64, username, key string) *Allowance {
	for _, a := range b.allowances {
		if a.ExamID == exam && a.Username == username && a.Key == key {
			return a
		}
	}
	return nil
}

// grant sets an allowance; there is one for a learner, exam and key.
func (b *examBook) grant(a Allowance) int64 {
	if old := b.allowance(a.ExamID, a.Username, a.Key); old != nil {
		old.Value = a.Value
		return old.ID
	}
	b.number(&a.ID)
	b.allowances = append(b.allowances, &a)
	return a.ID
}

const extraTime = "additional_time_granted"

// minutesFor is how long the learner has: the exam's time and what was granted,
// but not beyond the due date.
func (s *Server) minutesFor(e *Exam, username string) int {
	minutes := e.Minutes
	if granted := s.exams.allowance(e.ID, username, extraTime); granted != nil {
		minutes += extraMinutes(granted.Value)
	}
	if e.Due.IsZero() {
		return minutes
	}
	return max(0, min(minutes, int(e.Due.Sub(s.now())/time.Minute)))
}

// overdue turns an attempt whose time is over into a submitted one: to be called
// by the reads that have this effect.
func (s *Server) overdue(a *Attempt) {
	if a == nil || !a.running() || s.remaining(a) > 0 {
		return
	}
	a.Status, a.Completed = "submitted", s.now()
	if s.is(VariantTimedOut, "timed-out") {
		a.Status = "timed_out"
	}
}

// allowed is how long the learner has, which is set only at the start.
func (a *Attempt) allowed() any {
	if a.Started.IsZero() && slices.Contains(beforeStart, a.Status) {
		return nil
	}
	return a.Minutes
}

func (a *Attempt) running() bool { return a.Status == "started" || a.Status == "ready_to_submit" }

func (s *Server) remaining(a *Attempt) time.Duration {
	if a.Started.IsZero() {
		return time.Duration(a.Minutes) * time.Minute
	}
	return max(0, a.Started.Add(time.Duration(a.Minutes)*time.Minute).Sub(s.now()))
}

// code is the secret by which the provider's software knows the attempt.
func (a *Attempt) code() string {
	return fmt.Sprintf("%08X-7B1C-4D5E-9F00-%012X", a.ID, a.ID*7919)
}

func (e *Exam) kind() string {
	switch {
	case e.Proctored && e.Practice:
		return "onboarding"
	case e.Practice:
		return "practice"
	case e.Proctored:
		return "proctored"
	}
	return "timed"
}

// matches reports whether text is in the user's name or e-mail address.
func (u User) matches(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(strings.ToLower(u.Username), text) || strings.Contains(strings.ToLower(u.Email), text)
}
