package testserver

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

const proctoring = "/api/edx_proctoring/v1/"

var specialExamRoutes = []edxRoute{
	{method: get, pattern: proctoring + "proctored_exam/exam/course_id/{course}/content_id/{content}", auth: authSession, act: (*OpenEdX).getExamByContent},
	{method: get, pattern: proctoring + "proctored_exam/exam/course_id/{course}", auth: authSession, act: (*OpenEdX).listExams},
	{method: get, pattern: proctoring + "proctored_exam/exam/exam_id/{exam}", auth: authSession, act: (*OpenEdX).getExam},
	{method: post, pattern: proctoring + "proctored_exam/exam", auth: authSession, act: (*OpenEdX).createExam},
	{method: put, pattern: proctoring + "proctored_exam/exam", auth: authSession, act: (*OpenEdX).updateExam},
	{method: patch, pattern: proctoring + "proctored_exam/exam_registration/course_id/{course}", auth: authSession, act: (*OpenEdX).registerExams},
	{method: get, pattern: proctoring + "proctored_exam/settings/exam_id/{exam}/", auth: authSession, act: (*OpenEdX).getExamSettings},
	{method: get, pattern: proctoring + "proctored_exam/review_policy/exam_id/{exam}/", auth: authSession, act: (*OpenEdX).getReviewPolicy},
}

// problem is the 400 that every exception becomes, also "not found".
func problem(format string, args ...any) reply {
	return edxJSON(http.StatusBadRequest, object{{"detail", fmt.Sprintf(format, args...)}})
}

func noExam(id any) reply {
	return problem("Attempted to get exam_id=%v, but this exam does not exist.", id)
}

// platformExams are the exams of a course that the platform itself serves.
func (o *OpenEdX) platformExams(course string) []*SpecialExam {
	if o.courses[course].ExamProvider != "" {
		return nil
	}
	return o.examsOf(course)
}

func (o *OpenEdX) examsOf(course string) (exams []*SpecialExam) {
	for _, e := range o.exams.exams {
		if e.Course == course {
			exams = append(exams, e)
		}
	}
	return exams
}

// platformExam finds an exam that the platform itself serves, or nil.
func (o *OpenEdX) platformExam(id string) *SpecialExam {
	n, _ := toNumber(id)
	e := o.exams.exam(n)
	if e == nil || o.courses[e.Course].ExamProvider != "" {
		return nil
	}
	return e
}

func (e *SpecialExam) object() object {
	return object{
		{"id", e.ID}, {"course_id", e.Course}, {"content_id", e.Content}, {"external_id", orNull(e.ExternalID)}, {"exam_name", e.Name},
		{"time_limit_mins", e.Minutes}, {"is_proctored", e.Proctored}, {"is_practice_exam", e.Practice}, {"is_active", !e.Inactive},
		{"hide_after_due", e.HideAfterDue}, {"due_date", edxTime(e.Due)}, {"backend", orNull(e.Backend)},
	}
}

// listExams shows the active exams of a course to anybody who is signed in.
func (o *OpenEdX) listExams(c edxCall) reply {
	rows := []object{}
	for _, e := range o.platformExams(c.vars["course"]) {
		if !e.Inactive {
			rows = append(rows, e.object())
		}
	}
	return edxJSON(http.StatusOK, rows)
}

func (o *OpenEdX) getExam(c edxCall) reply {
	e := o.platformExam(c.vars["exam"])
	if e == nil {
		return noExam(c.vars["exam"])
	}
	return edxJSON(http.StatusOK, e.object())
}

// getExamByContent has a path that no usage key fits.
func (o *OpenEdX) getExamByContent(c edxCall) reply {
	for _, e := range o.platformExams(c.vars["course"]) {
		if e.Content == c.vars["content"] {
			return edxJSON(http.StatusOK, e.object())
		}
	}
	return problem("The course_id=%s and content_id=%s do not exist.", c.vars["course"], c.vars["content"])
}

// createExam adds an exam and tells its provider.
func (o *OpenEdX) createExam(c edxCall) reply {
	body, refused, ok := c.asStaff()
	if !ok {
		return refused
	}
	if missing := missingFields(body, "course_id", "content_id", "exam_name", "time_limit_mins", "is_proctored"); missing != nil {
		return edxJSON(http.StatusBadRequest, missing)
	}
	exam := SpecialExam{Course: body.text("course_id"), Content: body.text("content_id")}
	if o.exams.examAt(exam.Course, exam.Content) != nil {
		return problem("Attempted to create proctored exam with course_id=%s, content_id=%s, but this exam already exists.", exam.Course, exam.Content)
	}
	return edxJSON(http.StatusOK, object{{"exam_id", o.saveExam(c, &exam, body)}})
}

func (o *OpenEdX) updateExam(c edxCall) reply {
	body, refused, ok := c.asStaff()
	if !ok {
		return refused
	}
	e := o.platformExam(body.text("exam_id"))
	if e == nil {
		return problem("Attempted to update exam_id=%s, but this exam does not exist.", body.text("exam_id"))
	}
	return edxJSON(http.StatusOK, object{{"exam_id", o.saveExam(c, e, body)}})
}

// asStaff reads a body that global staff alone may send.
func (c edxCall) asStaff() (edxBody, reply, bool) {
	if !c.user.Staff {
		return nil, edxJSON(http.StatusForbidden, object{{"detail", "Must be a Staff User to Perform this request."}}), false
	}
	return c.jsonObject(jsonType)
}

// registerExams is the whole list of a course's exams: those left out are
// switched off.
func (o *OpenEdX) registerExams(c edxCall) reply {
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
		return edxJSON(http.StatusUnprocessableEntity, wrong)
	}
	for _, e := range o.platformExams(c.vars["course"]) {
		e.Inactive = true
	}
	rows := []object{}
	for _, item := range list {
		body := edxBody(item.(map[string]any))
		e := o.exams.examAt(c.vars["course"], body.text("content_id"))
		if e == nil {
			e = &SpecialExam{Course: c.vars["course"], Content: body.text("content_id")}
		}
		e.Inactive = false
		rows = append(rows, object{{"exam_id", o.saveExam(c, e, body)}})
	}
	return edxJSON(http.StatusOK, rows)
}

// missingFields is nil if the body has them all.
func missingFields(body edxBody, names ...string) (missing object) {
	for _, name := range names {
		if body[name] == nil {
			missing = append(missing, member{name, []string{"This field is required."}})
		}
	}
	return missing
}

// saveExam takes over what the body names, and tells the provider.
func (o *OpenEdX) saveExam(c edxCall, e *SpecialExam, body edxBody) int64 {
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
		o.exams.number(&e.ID)
		o.exams.exams = append(o.exams.exams, e)
	}
	o.tellBackend(c, e)
	return e.ID
}

// getExamSettings goes through to the provider, and fails with it.
func (o *OpenEdX) getExamSettings(c edxCall) reply {
	e := o.platformExam(c.vars["exam"])
	switch {
	case e == nil:
		return noExam(c.vars["exam"])
	case e.Proctored && o.is(ExamBackend, "down"):
		return o.crash()
	}
	backend := object{}
	if e.Proctored {
		backend = object{
			{"name", e.Backend}, {"rules", object{{"allow_notes", "Allow paper notes"}}},
			{"download_url", "https://provider.example.org/download"}, {"instructions", []string{"Install the software."}},
		}
	}
	return edxJSON(http.StatusOK, object{
		{"platform_name", "Example University"}, {"contact_us", "https://lms.example.org/contact"}, {"link_urls", object{}},
		{"exam_proctoring_backend", backend}, {"provider_tech_support_email", "support@provider.example.org"},
		{"provider_tech_support_phone", "+1 555 0100"}, {"provider_name", strings.ToUpper(e.Backend)},
		{"learner_notification_from_email", "proctoring@lms.example.org"}, {"integration_specific_email", ""}, {"proctoring_escalation_email", ""},
	})
}

func (o *OpenEdX) getReviewPolicy(c edxCall) reply {
	e := o.platformExam(c.vars["exam"])
	if e == nil {
		return noExam(c.vars["exam"])
	}
	return edxJSON(http.StatusOK, object{{"review_policy", orNull(e.ReviewPolicy)}})
}
