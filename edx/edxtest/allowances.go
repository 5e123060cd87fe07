package edxtest

import (
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

var allowanceRoutes = []route{
	{method: put, pattern: proctoring + "proctored_exam/allowance", auth: authSession, act: (*Server).setAllowance},
	{method: remove, pattern: proctoring + "proctored_exam/allowance", auth: authSession, act: (*Server).removeAllowance},
	{method: put, pattern: proctoring + "proctored_exam/bulk_allowance", auth: authSession, act: (*Server).setAllowances},
	{method: get, pattern: proctoring + "proctored_exam/{course}/grouped/allowance", auth: authSession, act: (*Server).groupAllowances},
	{method: get, pattern: proctoring + "proctored_exam/{course}/allowance", auth: authSession, act: (*Server).listAllowances},
}

var wholeNumber = regexp.MustCompile(`^\d+$`)

func (s *Server) allowanceObject(a *Allowance) object {
	return object{
		{"id", a.ID}, {"created", wireTime(joined)}, {"modified", wireTime(joined)}, {"user", s.userObject(a.Username)},
		{"key", a.Key}, {"value", a.Value}, {"proctored_exam", s.exams.exam(a.ExamID).object()},
	}
}

// allowancesOf are those of the course's exams; courses of edx-exams have none here.
func (s *Server) allowancesOf(exams []*Exam) (found []*Allowance) {
	for _, a := range s.exams.allowances {
		if slices.ContainsFunc(exams, func(e *Exam) bool { return e.ID == a.ExamID }) {
			found = append(found, a)
		}
	}
	return found
}

func (s *Server) listAllowances(c call) reply {
	if !c.staffIn(c.vars["course"]) {
		return c.forbid()
	}
	rows := []object{}
	for _, a := range s.allowancesOf(s.platformExams(c.vars["course"])) {
		rows = append(rows, s.allowanceObject(a))
	}
	return jsonReply(http.StatusOK, rows)
}

// groupAllowances answers an object with a list for each learner.
func (s *Server) groupAllowances(c call) reply {
	if !c.staffIn(c.vars["course"]) {
		return c.forbid()
	}
	byUser := map[string][]object{}
	for _, a := range s.allowancesOf(s.platformExams(c.vars["course"])) {
		byUser[a.Username] = append(byUser[a.Username], s.allowanceObject(a))
	}
	groups := object{}
	for _, username := range sortedNames(byUser) {
		groups = append(groups, member{username, byUser[username]})
	}
	return jsonReply(http.StatusOK, groups)
}

// examForStaff reads a body about one exam, which the staff of its course may send.
func (s *Server) examForStaff(c call) (e *Exam, body jsonBody, refused reply, ok bool) {
	if body, refused, ok = c.jsonObject(jsonType); !ok {
		return nil, nil, refused, false
	}
	e = s.platformExam(body.text("exam_id"))
	switch {
	case e == nil && !c.user.Staff:
		return nil, nil, jsonReply(http.StatusForbidden, object{{"detail", "could not determine the course_id"}}), false
	case e == nil:
		return nil, nil, noExam(body.text("exam_id")), false
	case !c.staffIn(e.Course):
		return nil, nil, c.forbid(), false
	}
	return e, body, reply{}, true
}

// userAgainst finds a user by name, e-mail address or id.
func (s *Server) userAgainst(text string) (User, bool) {
	if u, found := s.users[text]; found {
		return u, true
	}
	if u, found := s.userWithEmail(text); found {
		return u, true
	}
	id, _ := toNumber(text)
	u := s.userWithID(id)
	return u, u.Username != "" && id > 0
}

// setAllowance answers nothing. The learner is called user_info.
func (s *Server) setAllowance(c call) reply {
	e, body, refused, ok := s.examForStaff(c)
	if !ok {
		return refused
	}
	u, found := s.userAgainst(body.text("user_info"))
	key, value := body.text("key"), body.text("value")
	switch {
	case !found:
		return problem("Cannot find user against %s", body.text("user_info"))
	case key == extraTime && !wholeNumber.MatchString(value):
		return problem("allowance_value \"%s\" should be non-negative integer value.", value)
	}
	s.exams.grant(Allowance{ExamID: e.ID, Username: u.Username, Key: key, Value: value})
	return emptyReply(http.StatusOK)
}

// removeAllowance is a DELETE with a body, and the learner is called user_id here.
// The answer is the same if there was no allowance.
func (s *Server) removeAllowance(c call) reply {
	e, body, refused, ok := s.examForStaff(c)
	if !ok {
		return refused
	}
	u, _ := s.userAgainst(body.text("user_id"))
	s.exams.allowances = slices.DeleteFunc(s.exams.allowances, func(a *Allowance) bool {
		return a.ExamID == e.ID && a.Username == u.Username && a.Key == body.text("key")
	})
	return emptyReply(http.StatusOK)
}

// setAllowances takes exams and learners as texts with commas. When a pair fails
// it answers 207 and lists all pairs, without saying which one.
func (s *Server) setAllowances(c call) reply {
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
		e := s.platformExam(examID)
		if e != nil && !c.staffIn(e.Course) || e == nil && !c.user.Staff {
			return c.forbid()
		}
		for _, name := range splitCommas(body.text("user_ids")) {
			pairs = append(pairs, object{{"exam_id", examID}, {"user_id", name}})
			if u, known := s.userAgainst(name); known && e != nil {
				s.exams.grant(bulkAllowance(e, u, kind, value, factor))
				granted++
			}
		}
	}
	switch granted {
	case 0:
		return jsonReply(http.StatusBadRequest, object{{"detail", "Enter a valid username or email"}, {"field", "user_info"}})
	case len(pairs):
		return emptyReply(http.StatusOK)
	}
	return jsonReply(http.StatusMultiStatus, pairs)
}

// bulkAllowance turns a multiplier into minutes.
func bulkAllowance(e *Exam, u User, kind, value string, factor float64) Allowance {
	if kind == "time_multiplier" {
		kind, value = extraTime, strconv.Itoa(int(math.Round(float64(e.Minutes)*(factor-1))))
	}
	return Allowance{ExamID: e.ID, Username: u.Username, Key: kind, Value: value}
}

func (s *Server) extraTimeObject(a *Allowance) object {
	minutes, _ := toNumber(a.Value)
	u := s.users[a.Username]
	return object{
		{"id", a.ID}, {"exam_id", a.ExamID}, {"user_id", u.ID}, {"extra_time_mins", minutes}, {"username", a.Username},
		{"exam_name", s.exams.exam(a.ExamID).Name}, {"email", u.Email},
	}
}

func (s *Server) listExtraTime(c call) reply {
	if !c.serviceStaff(c.vars["course"]) {
		return c.forbid()
	}
	rows := []object{}
	for _, a := range s.allowancesOf(s.serviceExams(c.vars["course"])) {
		if a.Key == extraTime {
			rows = append(rows, s.extraTimeObject(a))
		}
	}
	return jsonReply(http.StatusOK, rows)
}

// addExtraTime takes a list, and grants all of it or nothing.
func (s *Server) addExtraTime(c call) reply {
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
		e := s.serviceExam(body.text("exam_id"))
		u, known := s.userAgainst(body.text("username"))
		if !known {
			u, known = s.userAgainst(body.text("user_id"))
		}
		if e == nil || e.Course != c.vars["course"] || !known || !wholeNumber.MatchString(body.text("extra_time_mins")) {
			return problem("Invalid data")
		}
		wanted = append(wanted, Allowance{ExamID: e.ID, Username: u.Username, Key: extraTime, Value: body.text("extra_time_mins")})
	}
	for _, a := range wanted {
		s.exams.grant(a)
	}
	return emptyReply(http.StatusOK)
}

func (s *Server) removeExtraTime(c call) reply {
	if !c.serviceStaff(c.vars["course"]) {
		return c.forbid()
	}
	before := len(s.exams.allowances)
	s.exams.allowances = slices.DeleteFunc(s.exams.allowances, func(a *Allowance) bool {
		return strconv.FormatInt(a.ID, 10) == c.vars["allowance"] && s.exams.exam(a.ExamID).Course == c.vars["course"]
	})
	if len(s.exams.allowances) == before {
		return c.refuse(http.StatusNotFound, "Not found.")
	}
	return emptyReply(http.StatusNoContent)
}
