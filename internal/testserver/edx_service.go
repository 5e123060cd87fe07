package testserver

import (
	"net/http"
	"slices"
	"strconv"
)

var serviceRoutes = []edxRoute{
	{method: get, pattern: "/api/v1/exams/course_id/{course}/allowances", auth: authJWT, act: (*OpenEdX).listExtraTime},
	{method: post, pattern: "/api/v1/exams/course_id/{course}/allowances", auth: authJWT, act: (*OpenEdX).addExtraTime},
	{method: remove, pattern: "/api/v1/exams/course_id/{course}/allowances/{allowance}", auth: authJWT, act: (*OpenEdX).removeExtraTime},
	{method: get, pattern: "/api/v1/exams/course_id/{course}", rest: "(?:/.*)?", auth: authJWT, act: (*OpenEdX).listServiceExams},
	{method: patch, pattern: "/api/v1/exams/course_id/{course}", rest: "(?:/.*)?", auth: authJWT, act: (*OpenEdX).registerServiceExams},
	{method: get, pattern: "/api/v1/configs/course_id/{course}", rest: "(?:/.*)?", auth: authJWT, act: (*OpenEdX).getExamConfig},
	{method: patch, pattern: "/api/v1/configs/course_id/{course}", rest: "(?:/.*)?", auth: authJWT, act: (*OpenEdX).updateExamConfig},
	{method: get, pattern: "/api/v1/providers", rest: "(?:/.*)?", auth: authJWT, act: (*OpenEdX).listExamProviders},
	{method: get, pattern: "/api/v1/instructor_view/course_id/{course}/attempts", rest: ".*", auth: authJWT, act: (*OpenEdX).listServiceAttempts},
	{method: get, pattern: "/api/v1/student/exam/attempt/course_id/{course}/content_id/{usage}", auth: authJWT, act: (*OpenEdX).getServiceAttempt},
	{method: get, pattern: "/api/v1/exams/attempt/latest", rest: ".*", auth: authJWT, act: (*OpenEdX).getLatestAttempt},
}

// serviceStaff reports whether the caller is staff of the course at edx-exams,
// which knows nothing of the platform's own roles.
func (c edxCall) serviceStaff(course string) bool { return c.user.Staff || c.user.has(course, true) }

func (o *OpenEdX) serviceExams(course string) []*SpecialExam {
	if o.courses[course].ExamProvider == "" {
		return nil
	}
	return o.examsOf(course)
}

func (o *OpenEdX) serviceExam(id string) *SpecialExam {
	n, _ := toNumber(id)
	e := o.exams.exam(n)
	if e == nil || o.courses[e.Course].ExamProvider == "" {
		return nil
	}
	return e
}

func (e *SpecialExam) serviceObject() object {
	return object{
		{"id", e.ID}, {"exam_name", e.Name}, {"course_id", e.Course}, {"content_id", e.Content}, {"time_limit_mins", e.Minutes},
		{"due_date", edxTime(e.Due)}, {"exam_type", e.kind()}, {"hide_after_due", e.HideAfterDue}, {"is_active", !e.Inactive},
	}
}

// listServiceExams answers 404 with an empty list for a course whose exams are
// still on the platform.
func (o *OpenEdX) listServiceExams(c edxCall) reply {
	course := c.vars["course"]
	if !c.serviceStaff(course) {
		return c.forbid()
	}
	rows := []object{}
	if o.courses[course].ExamProvider == "" {
		return edxJSON(http.StatusNotFound, rows)
	}
	for _, e := range o.serviceExams(course) {
		if !e.Inactive {
			rows = append(rows, e.serviceObject())
		}
	}
	return edxJSON(http.StatusOK, rows)
}

// registerServiceExams is the whole list: exams left out are switched off.
func (o *OpenEdX) registerServiceExams(c edxCall) reply {
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
		return edxJSON(http.StatusBadRequest, object{{"detail", "Invalid data"}, {"errors", wrong}})
	}
	for _, e := range o.examsOf(course) {
		e.Inactive = true
	}
	for _, item := range list {
		body := edxBody(item.(map[string]any))
		e := o.exams.examAt(course, body.text("content_id"))
		if e == nil {
			e = &SpecialExam{Course: course, Content: body.text("content_id")}
		}
		kind := body.text("exam_type")
		e.Proctored, e.Practice = kind == "proctored" || kind == "onboarding", kind == "practice" || kind == "onboarding"
		e.Inactive = false
		delete(body, "is_proctored")
		o.saveExam(c, e, body)
	}
	return edxJSON(http.StatusOK, object{})
}

func (o *OpenEdX) getExamConfig(c edxCall) reply {
	course := o.courses[c.vars["course"]]
	return edxJSON(http.StatusOK, object{{"provider", orNull(course.ExamProvider)}, {"escalation_email", orNull(course.EscalationEmail)}})
}

func (o *OpenEdX) updateExamConfig(c edxCall) reply {
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
	return edxEmpty(http.StatusNoContent)
}

func (o *OpenEdX) listExamProviders(edxCall) reply {
	rows := []object{}
	for i, p := range o.providers {
		rows = append(rows, object{{"name", p.Name}, {"verbose_name", p.VerboseName}, {"lti_configuration_id", strconv.Itoa(i + 1)}})
	}
	return edxJSON(http.StatusOK, rows)
}
