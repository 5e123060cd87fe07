package edxtest

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// listServiceAttempts pages by limit and offset, newest first. Without an exam it
// crashes.
func (o *Server) listServiceAttempts(c call) reply {
	course := c.vars["course"]
	if !c.serviceStaff(course) {
		return c.forbid()
	}
	if !wholeNumber.MatchString(c.query.Get("exam_id")) {
		return o.crash()
	}
	e := o.serviceExam(c.query.Get("exam_id"))
	if e == nil || e.Course != course {
		return c.refuse(http.StatusNotFound, "Not found.")
	}
	rows := []object{}
	for _, a := range slices.Backward(o.exams.attempts) {
		if a.ExamID == e.ID {
			rows = append(rows, o.serviceAttemptRow(e, a))
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
		next = o.link(c, "offset", fmt.Sprint(offset+limit))
	}
	if offset > 0 {
		previous = o.link(c, "offset", fmt.Sprint(max(0, offset-limit)))
	}
	return jsonReply(http.StatusOK, object{{"count", len(rows)}, {"next", next}, {"previous", previous}, {"results", part}})
}

func (o *Server) serviceAttemptRow(e *Exam, a *Attempt) object {
	var review any
	if a.Review != nil {
		review = object{{"submission_time", wireTime(a.Review.Submitted)}, {"severity", testserver.OrNull(a.Review.Severity)}, {"submission_reason", testserver.OrNull(a.Review.Reason)}}
	}
	return object{
		{"attempt_id", a.ID}, {"attempt_status", a.Status}, {"start_time", wireTime(a.Started)}, {"end_time", wireTime(a.Completed)},
		{"allowed_time_limit_mins", a.Minutes}, {"exam_type", e.kind()}, {"exam_display_name", e.Name}, {"username", a.Username},
		{"proctored_review", review},
	}
}

// serviceAttempt is an attempt as the learner's page needs it.
func (o *Server) serviceAttempt(e *Exam, a *Attempt) object {
	o.overdue(a)
	return object{
		{"exam_display_name", e.Name}, {"course_id", e.Course}, {"content_id", e.Content}, {"attempt_id", a.ID}, {"attempt_status", a.Status},
		{"exam_type", e.kind()}, {"time_remaining_seconds", fraction(o.remaining(a).Seconds())}, {"total_time", a.Minutes},
		{"desktop_application_js_url", ""}, {"attempt_code", a.code()},
	}
}

func (o *Server) getServiceAttempt(c call) reply {
	e := o.exams.examAt(c.vars["course"], c.vars["usage"])
	if e == nil || e.Inactive || o.courses[e.Course].ExamProvider == "" {
		return jsonReply(http.StatusOK, object{{"exam", object{}}})
	}
	attempt := object{}
	if a := o.exams.latest(c.user.Username, e.ID); a != nil {
		attempt = o.serviceAttempt(e, a)
	}
	return jsonReply(http.StatusOK, object{{"exam", append(e.serviceObject(),
		member{"type", e.kind()}, member{"is_proctored", e.Proctored}, member{"is_practice_exam", e.Practice},
		member{"backend", o.courses[e.Course].ExamProvider}, member{"passed_due_date", !e.Due.IsZero() && o.now().After(e.Due)},
		member{"total_time", o.minutesFor(e, c.user.Username)}, member{"attempt", attempt})}})
}

// getLatestAttempt is the caller's last attempt, at the exam that is named or at any.
func (o *Server) getLatestAttempt(c call) reply {
	for _, a := range slices.Backward(o.exams.attempts) {
		e := o.exams.exam(a.ExamID)
		content := c.query.Get("content_id")
		if a.Username == c.user.Username && o.courses[e.Course].ExamProvider != "" && (content == "" || content == e.Content) {
			return jsonReply(http.StatusOK, o.serviceAttempt(e, a))
		}
	}
	return jsonReply(http.StatusOK, object{})
}
