package edxtest

import (
	"fmt"
	"net/http"
	"strings"

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
func (o *Server) platformExams(course string) []*Exam {
	if o.courses[course].ExamProvider != "" {
		return nil
	}
	return o.examsOf(course)
}

func (o *Server) examsOf(course string) (exams []*Exam) {
	for _, e := range o.exams.exams {
		if e.Course == course {
			exams = append(exams, e)
		}
	}
	return exams
}

// platformExam finds an exam that the platform itself serves, or nil.
func (o *Server) platformExam(id string) *Exam {
	n, _ := toNumber(id)
	e := o.exams.exam(n)
	if e == nil || o.courses[e.Course].ExamProvider != "" {
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
func (o *Server) listExams(c call) reply {
	rows := []object{}
	for _, e := range o.platformExams(c.vars["course"]) {
		if !e.Inactive {
			rows = append(rows, e.object())
		}
	}
	return jsonReply(http.StatusOK, rows)
}

func (o *Server) getExam(c call) reply {
	e := o.platformExam(c.vars["exam"])
	if e == nil {
		return noExam(c.vars["exam"])
	}
	return jsonReply(http.StatusOK, e.object())
}

// getExamByContent has a path that no usage key fits.
func (o *Server) getExamByContent(c call) reply {
	for _, e := range o.platformExams(c.vars["course"]) {
		if e.Content == c.vars["content"] {
			return jsonReply(http.StatusOK, e.object())
		}
	}
	return problem("The course_id=%s and content_id=%s do not exist.", c.vars["course"], c.vars["content"])
}

// getExamSettings goes through to the provider, and fails with it.
func (o *Server) getExamSettings(c call) reply {
	e := o.platformExam(c.vars["exam"])
	switch {
	case e == nil:
		return noExam(c.vars["exam"])
	case e.Proctored && o.is(VariantExamBackend, "down"):
		return o.crash()
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

func (o *Server) getReviewPolicy(c call) reply {
	e := o.platformExam(c.vars["exam"])
	if e == nil {
		return noExam(c.vars["exam"])
	}
	return jsonReply(http.StatusOK, object{{"review_policy", testserver.OrNull(e.ReviewPolicy)}})
}
