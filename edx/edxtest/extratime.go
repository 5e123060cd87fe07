package edxtest

import (
	"net/http"
	"slices"
	"strconv"
)

func (o *Server) extraTimeObject(a *Allowance) object {
	minutes, _ := toNumber(a.Value)
	u := o.users[a.Username]
	return object{
		{"id", a.ID}, {"exam_id", a.ExamID}, {"user_id", u.ID}, {"extra_time_mins", minutes}, {"username", a.Username},
		{"exam_name", o.exams.exam(a.ExamID).Name}, {"email", u.Email},
	}
}

func (o *Server) listExtraTime(c call) reply {
	if !c.serviceStaff(c.vars["course"]) {
		return c.forbid()
	}
	rows := []object{}
	for _, a := range o.allowancesOf(o.serviceExams(c.vars["course"])) {
		if a.Key == extraTime {
			rows = append(rows, o.extraTimeObject(a))
		}
	}
	return jsonReply(http.StatusOK, rows)
}

// addExtraTime takes a list, and grants all of it or nothing.
func (o *Server) addExtraTime(c call) reply {
	if !c.serviceStaff(c.vars["course"]) {
		return c.forbid()
	}
	value, refused, ok := c.json(jsonType)
	if !ok {
		return refused
	}
	list, _ := value.([]any)
	var wanted []Allowance
	for _, item := range list {
		member, _ := item.(map[string]any)
		body := jsonBody(member)
		e := o.serviceExam(body.text("exam_id"))
		u, known := o.userAgainst(body.text("username"))
		if !known {
			u, known = o.userAgainst(body.text("user_id"))
		}
		if e == nil || e.Course != c.vars["course"] || !known || !wholeNumber.MatchString(body.text("extra_time_mins")) {
			return problem("Invalid data")
		}
		wanted = append(wanted, Allowance{ExamID: e.ID, Username: u.Username, Key: extraTime, Value: body.text("extra_time_mins")})
	}
	for _, a := range wanted {
		o.exams.grant(a)
	}
	return emptyReply(http.StatusOK)
}

func (o *Server) removeExtraTime(c call) reply {
	if !c.serviceStaff(c.vars["course"]) {
		return c.forbid()
	}
	before := len(o.exams.allowances)
	o.exams.allowances = slices.DeleteFunc(o.exams.allowances, func(a *Allowance) bool {
		return strconv.FormatInt(a.ID, 10) == c.vars["allowance"] && o.exams.exam(a.ExamID).Course == c.vars["course"]
	})
	if len(o.exams.allowances) == before {
		return c.refuse(http.StatusNotFound, "Not found.")
	}
	return emptyReply(http.StatusNoContent)
}
