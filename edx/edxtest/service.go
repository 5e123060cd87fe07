package edxtest

import (
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
// which knows nothing of the platform's own roles.
func (c call) serviceStaff(course string) bool { return c.user.Staff || c.user.has(course, true) }

func (o *Server) serviceExams(course string) []*Exam {
	if o.courses[course].ExamProvider == "" {
		return nil
	}
	return o.examsOf(course)
}

func (o *Server) serviceExam(id string) *Exam {
	n, _ := toNumber(id)
	e := o.exams.exam(n)
	if e == nil || o.courses[e.Course].ExamProvider == "" {
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
func (o *Server) listServiceExams(c call) reply {
	course := c.vars["course"]
	if !c.serviceStaff(course) {
		return c.forbid()
	}
	rows := []object{}
	if o.courses[course].ExamProvider == "" {
		return jsonReply(http.StatusNotFound, rows)
	}
	for _, e := range o.serviceExams(course) {
		if !e.Inactive {
			rows = append(rows, e.serviceObject())
		}
	}
	return jsonReply(http.StatusOK, rows)
}

// registerServiceExams is the whole list: exams left out are switched off.
func (o *Server) registerServiceExams(c call) reply {
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
	for _, e := range o.examsOf(course) {
		e.Inactive = true
	}
	for _, item := range list {
		body := jsonBody(item.(map[string]any))
		e := o.exams.examAt(course, body.text("content_id"))
		if e == nil {
			e = &Exam{Course: course, Content: body.text("content_id")}
		}
		kind := body.text("exam_type")
		e.Proctored, e.Practice = kind == "proctored" || kind == "onboarding", kind == "practice" || kind == "onboarding"
		e.Inactive = false
		delete(body, "is_proctored")
		o.saveExam(c, e, body)
	}
	return jsonReply(http.StatusOK, object{})
}

func (o *Server) getExamConfig(c call) reply {
	course := o.courses[c.vars["course"]]
	return jsonReply(http.StatusOK, object{{"provider", testserver.OrNull(course.ExamProvider)}, {"escalation_email", testserver.OrNull(course.EscalationEmail)}})
}

func (o *Server) updateExamConfig(c call) reply {
	if !c.serviceStaff(c.vars["course"]) {
		return c.forbid()
	}
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	course, found := o.courses[c.vars["course"]]
	name := body.text("provider")
	known := slices.ContainsFunc(o.providers, func(p ExamProvider) bool { return p.Name == name })
	if !found || name != "" && !known {
		return problem("Proctoring provider does not exist.")
	}
	if body.has("provider") {
		course.ExamProvider = name
	}
	if body.has("escalation_email") {
		course.EscalationEmail = body.text("escalation_email")
	}
	o.courses[course.Key] = course
	return emptyReply(http.StatusNoContent)
}

func (o *Server) listExamProviders(call) reply {
	rows := []object{}
	for i, p := range o.providers {
		rows = append(rows, object{{"name", p.Name}, {"verbose_name", p.VerboseName}, {"lti_configuration_id", strconv.Itoa(i + 1)}})
	}
	return jsonReply(http.StatusOK, rows)
}
