package edxtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

var (
	incompleteStatuses = []string{"eligible", "created", "download_software_clicked", "ready_to_start", "started", "ready_to_submit"}
	beforeStart        = []string{"eligible", "created", "download_software_clicked", "ready_to_start"}
)

// createAttempt begins the set-up of an exam. Its flags are texts: a real
// boolean crashes the view.
func (o *Server) createAttempt(c call) reply {
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	flags := map[string]bool{}
	for _, name := range []string{"start_clock", "attempt_proctored"} {
		if _, isBool := body[name].(bool); isBool {
			return o.crash()
		}
		flags[name] = strings.ToLower(body.text(name)) == "true"
	}
	e := o.platformExam(body.text("exam_id"))
	switch {
	case e == nil:
		return noExam(body.text("exam_id"))
	case !e.Due.IsZero() && o.now().After(e.Due):
		return jsonReply(http.StatusForbidden, object{{"detail", fmt.Sprintf("Attempted to create an attempt at exam_id=%d, which is past due.", e.ID)}})
	case o.exams.latest(c.user.Username, e.ID) != nil:
		return problem("Cannot create attempt for exam_id = %d and user_id = %d because it already exists!", e.ID, c.user.ID)
	}
	a := &Attempt{ExamID: e.ID, Username: c.user.Username, Status: "created", Created: o.now(), Sample: e.Practice,
		Proctored: flags["attempt_proctored"], Minutes: o.minutesFor(e, c.user.Username)}
	if refused, ok := o.registerAttempt(c, e, a); !ok {
		return refused
	}
	if flags["start_clock"] {
		a.Status, a.Started = "started", o.now()
	}
	o.exams.number(&a.ID)
	o.exams.attempts = append(o.exams.attempts, a)
	return jsonReply(http.StatusOK, object{{"exam_attempt_id", a.ID}})
}

// attemptActions say what status each action asks for.
var attemptActions = map[string]string{
	"stop": "ready_to_submit", "start": "started", "submit": "submitted", "click_download_software": "download_software_clicked",
	"reset_attempt": "created", "error": "error", "decline": "declined", "mark_ready_to_resume": "ready_to_resume",
}

// actOnAttempt lets the learner move on; staff may only let him resume.
func (o *Server) actOnAttempt(c call) reply {
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	a := o.attemptIn(c)
	if a == nil {
		return problem("Attempted to update attempt_id=%s, but this attempt does not exist.", c.vars["attempt"])
	}
	action := body.text("action")
	resumes := action == "mark_ready_to_resume" && body.has("user_id") && c.staffIn(o.exams.exam(a.ExamID).Course)
	if a.Username != c.user.Username && !resumes {
		return c.forbid()
	}
	to, known := attemptActions[action]
	if !known {
		return o.crash()
	}
	if action == "reset_attempt" {
		again := Attempt{ExamID: a.ExamID, Username: a.Username, Status: to, Created: o.now(), Sample: a.Sample, Proctored: a.Proctored, Minutes: a.Minutes}
		o.exams.number(&again.ID)
		o.exams.attempts = append(o.exams.attempts, &again)
		return jsonReply(http.StatusOK, object{{"exam_attempt_id", again.ID}})
	}
	if refused, ok := o.setStatus(a, to); !ok {
		return refused
	}
	return jsonReply(http.StatusOK, object{{"exam_attempt_id", a.ID}})
}

// setStatus moves an attempt: never from complete back to incomplete, and from a
// running one back to its set-up only to "submitted".
func (o *Server) setStatus(a *Attempt, to string) (refused reply, ok bool) {
	incomplete := slices.Contains(incompleteStatuses, a.Status)
	if !incomplete && slices.Contains(incompleteStatuses, to) {
		return problem("A status transition from %q to %q was attempted on exam_id %d for user_id %d. This is not allowed!",
			a.Status, to, a.ExamID, o.users[a.Username].ID), false
	}
	if a.running() && slices.Contains(beforeStart, to) || to == "timed_out" && !o.is(VariantTimedOut, "timed-out") {
		to = "submitted"
	}
	if to == "started" && a.Started.IsZero() {
		a.Started = o.now()
	}
	if incomplete && !slices.Contains(incompleteStatuses, to) {
		a.Completed = o.now()
	}
	a.Status = to
	o.tellAttempt(a)
	if to == "declined" {
		o.declineOthers(a)
	}
	return reply{}, true
}

// declineOthers declines the learner's other proctored exams in the course.
func (o *Server) declineOthers(declined *Attempt) {
	course := o.exams.exam(declined.ExamID).Course
	for _, e := range o.platformExams(course) {
		if !e.Proctored || e.Practice || e.Inactive || e.ID == declined.ExamID {
			continue
		}
		a := o.exams.latest(declined.Username, e.ID)
		if a == nil {
			a = &Attempt{ExamID: e.ID, Username: declined.Username, Created: o.now(), Status: "created", Minutes: e.Minutes}
			o.exams.number(&a.ID)
			o.exams.attempts = append(o.exams.attempts, a)
		}
		if slices.Contains(incompleteStatuses, a.Status) {
			a.Status, a.Completed = "declined", o.now()
		}
	}
}

// removeAttempt is for the staff of the course, which is looked up from the attempt.
func (o *Server) removeAttempt(c call) reply {
	a := o.attemptIn(c)
	if a == nil {
		return jsonReply(http.StatusForbidden, object{{"detail", "could not determine the course_id"}})
	}
	if !c.staffIn(o.exams.exam(a.ExamID).Course) {
		return c.forbid()
	}
	o.forgetAttempts(func(other *Attempt) bool { return other == a })
	return emptyReply(http.StatusOK)
}

func (o *Server) forgetAttempts(drop func(*Attempt) bool) (dropped int) {
	before := len(o.exams.attempts)
	o.exams.attempts = slices.DeleteFunc(o.exams.attempts, func(a *Attempt) bool {
		if drop(a) {
			o.removeAtBackend(a)
			return true
		}
		return false
	})
	return before - len(o.exams.attempts)
}

// resetAttempts removes all attempts of a learner at an exam.
func (o *Server) resetAttempts(c call) reply {
	e := o.platformExam(c.vars["exam"])
	if e == nil {
		return jsonReply(http.StatusNotFound, "The exam with id "+c.vars["exam"]+" does not exist.")
	}
	if !c.staffIn(e.Course) {
		return c.forbid()
	}
	mine := func(a *Attempt) bool {
		return a.ExamID == e.ID && strconv.FormatInt(o.users[a.Username].ID, 10) == c.vars["user"]
	}
	if o.forgetAttempts(mine) == 0 {
		return jsonReply(http.StatusNotFound, "There are no attempts of the user with id "+c.vars["user"]+".")
	}
	return emptyReply(http.StatusOK)
}
