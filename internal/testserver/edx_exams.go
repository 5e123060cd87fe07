package testserver

import (
	"fmt"
	"net/http"
	"strings"
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
