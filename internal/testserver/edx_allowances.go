package testserver

import (
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

var allowanceRoutes = []edxRoute{
	{method: put, pattern: proctoring + "proctored_exam/allowance", auth: authSession, act: (*OpenEdX).setAllowance},
	{method: remove, pattern: proctoring + "proctored_exam/allowance", auth: authSession, act: (*OpenEdX).removeAllowance},
	{method: put, pattern: proctoring + "proctored_exam/bulk_allowance", auth: authSession, act: (*OpenEdX).setAllowances},
	{method: get, pattern: proctoring + "proctored_exam/{course}/grouped/allowance", auth: authSession, act: (*OpenEdX).groupAllowances},
	{method: get, pattern: proctoring + "proctored_exam/{course}/allowance", auth: authSession, act: (*OpenEdX).listAllowances},
}

var wholeNumber = regexp.MustCompile(`^\d+$`)

func (o *OpenEdX) allowanceObject(a *ExamAllowance) object {
	return object{
		{"id", a.ID}, {"created", edxTime(joined)}, {"modified", edxTime(joined)}, {"user", o.userObject(a.Username)},
		{"key", a.Key}, {"value", a.Value}, {"proctored_exam", o.exams.exam(a.ExamID).object()},
	}
}

// allowancesOf are those of the course's exams; courses of edx-exams have none here.
func (o *OpenEdX) allowancesOf(exams []*SpecialExam) (found []*ExamAllowance) {
	for _, a := range o.exams.allowances {
		if slices.ContainsFunc(exams, func(e *SpecialExam) bool { return e.ID == a.ExamID }) {
			found = append(found, a)
		}
	}
	return found
}

func (o *OpenEdX) listAllowances(c edxCall) reply {
	if !c.staffIn(c.vars["course"]) {
		return c.forbid()
	}
	rows := []object{}
	for _, a := range o.allowancesOf(o.platformExams(c.vars["course"])) {
		rows = append(rows, o.allowanceObject(a))
	}
	return edxJSON(http.StatusOK, rows)
}

// groupAllowances answers an object with a list for each learner.
func (o *OpenEdX) groupAllowances(c edxCall) reply {
	if !c.staffIn(c.vars["course"]) {
		return c.forbid()
	}
	byUser := map[string][]object{}
	for _, a := range o.allowancesOf(o.platformExams(c.vars["course"])) {
		byUser[a.Username] = append(byUser[a.Username], o.allowanceObject(a))
	}
	groups := object{}
	for _, username := range sortedNames(byUser) {
		groups = append(groups, member{username, byUser[username]})
	}
	return edxJSON(http.StatusOK, groups)
}

// examForStaff reads a body about one exam, which the staff of its course may send.
func (o *OpenEdX) examForStaff(c edxCall) (e *SpecialExam, body edxBody, refused reply, ok bool) {
	if body, refused, ok = c.jsonObject(jsonType); !ok {
		return nil, nil, refused, false
	}
	e = o.platformExam(body.text("exam_id"))
	switch {
	case e == nil && !c.user.Staff:
		return nil, nil, edxJSON(http.StatusForbidden, object{{"detail", "could not determine the course_id"}}), false
	case e == nil:
		return nil, nil, noExam(body.text("exam_id")), false
	case !c.staffIn(e.Course):
		return nil, nil, c.forbid(), false
	}
	return e, body, reply{}, true
}

// userAgainst finds a user by name, e-mail address or id.
func (o *OpenEdX) userAgainst(text string) (User, bool) {
	if u, found := o.users[text]; found {
		return u, true
	}
	if u, found := o.userWithEmail(text); found {
		return u, true
	}
	id, _ := toNumber(text)
	u := o.userWithID(id)
	return u, u.Username != "" && id > 0
}

// setAllowance answers nothing. The learner is called user_info.
func (o *OpenEdX) setAllowance(c edxCall) reply {
	e, body, refused, ok := o.examForStaff(c)
	if !ok {
		return refused
	}
	u, found := o.userAgainst(body.text("user_info"))
	key, value := body.text("key"), body.text("value")
	switch {
	case !found:
		return problem("Cannot find user against %s", body.text("user_info"))
	case key == extraTime && !wholeNumber.MatchString(value):
		return problem("allowance_value \"%s\" should be non-negative integer value.", value)
	}
	o.exams.grant(ExamAllowance{ExamID: e.ID, Username: u.Username, Key: key, Value: value})
	return edxEmpty(http.StatusOK)
}

// removeAllowance is a DELETE with a body, and the learner is called user_id here.
// It is all the same whether there was an allowance.
func (o *OpenEdX) removeAllowance(c edxCall) reply {
	e, body, refused, ok := o.examForStaff(c)
	if !ok {
		return refused
	}
	u, _ := o.userAgainst(body.text("user_id"))
	o.exams.allowances = slices.DeleteFunc(o.exams.allowances, func(a *ExamAllowance) bool {
		return a.ExamID == e.ID && a.Username == u.Username && a.Key == body.text("key")
	})
	return edxEmpty(http.StatusOK)
}

// setAllowances takes exams and learners as texts with commas. When a pair fails
// it answers 207 and lists all pairs, without saying which one.
func (o *OpenEdX) setAllowances(c edxCall) reply {
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	kind, value := body.text("allowance_type"), body.text("value")
	factor, err := strconv.ParseFloat(value, 64)
	switch {
	case kind == "time_multiplier" && (err != nil || factor <= 1):
		return problem("allowance_value \"%s\" should be a float greater than 1.0.", value)
	case kind == extraTime && !wholeNumber.MatchString(value):
		return problem("allowance_value \"%s\" should be non-negative integer value.", value)
	}
	var pairs []object
	granted := 0
	for _, examID := range splitCommas(body.text("exam_ids")) {
		e := o.platformExam(examID)
		if e != nil && !c.staffIn(e.Course) || e == nil && !c.user.Staff {
			return c.forbid()
		}
		for _, name := range splitCommas(body.text("user_ids")) {
			pairs = append(pairs, object{{"exam_id", examID}, {"user_id", name}})
			if u, known := o.userAgainst(name); known && e != nil {
				o.exams.grant(bulkAllowance(e, u, kind, value, factor))
				granted++
			}
		}
	}
	switch granted {
	case 0:
		return edxJSON(http.StatusBadRequest, object{{"detail", "Enter a valid username or email"}, {"field", "user_info"}})
	case len(pairs):
		return edxEmpty(http.StatusOK)
	}
	return edxJSON(http.StatusMultiStatus, pairs)
}

// bulkAllowance turns a multiplier into minutes.
func bulkAllowance(e *SpecialExam, u User, kind, value string, factor float64) ExamAllowance {
	if kind == "time_multiplier" {
		kind, value = extraTime, strconv.Itoa(int(math.Round(float64(e.Minutes)*(factor-1))))
	}
	return ExamAllowance{ExamID: e.ID, Username: u.Username, Key: kind, Value: value}
}
