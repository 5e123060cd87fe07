package edxtest

import (
	"net/http"
	"time"
)

// createExam adds an exam and tells its provider.
func (o *Server) createExam(c call) reply {
	body, refused, ok := c.asStaff()
	if !ok {
		return refused
	}
	if missing := missingFields(body, "course_id", "content_id", "exam_name", "time_limit_mins", "is_proctored"); missing != nil {
		return jsonReply(http.StatusBadRequest, missing)
	}
	exam := Exam{Course: body.text("course_id"), Content: body.text("content_id")}
	if o.exams.examAt(exam.Course, exam.Content) != nil {
		return problem("Attempted to create proctored exam with course_id=%s, content_id=%s, but this exam already exists.", exam.Course, exam.Content)
	}
	return jsonReply(http.StatusOK, object{{"exam_id", o.saveExam(c, &exam, body)}})
}

func (o *Server) updateExam(c call) reply {
	body, refused, ok := c.asStaff()
	if !ok {
		return refused
	}
	e := o.platformExam(body.text("exam_id"))
	if e == nil {
		return problem("Attempted to update exam_id=%s, but this exam does not exist.", body.text("exam_id"))
	}
	return jsonReply(http.StatusOK, object{{"exam_id", o.saveExam(c, e, body)}})
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
func (o *Server) registerExams(c call) reply {
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
	for _, e := range o.platformExams(c.vars["course"]) {
		e.Inactive = true
	}
	rows := []object{}
	for _, item := range list {
		body := jsonBody(item.(map[string]any))
		e := o.exams.examAt(c.vars["course"], body.text("content_id"))
		if e == nil {
			e = &Exam{Course: c.vars["course"], Content: body.text("content_id")}
		}
		e.Inactive = false
		rows = append(rows, object{{"exam_id", o.saveExam(c, e, body)}})
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

// saveExam takes over what the body names, and tells the provider.
func (o *Server) saveExam(c call, e *Exam, body jsonBody) int64 {
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
