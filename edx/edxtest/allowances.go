package edxtest

import (
	"cmp"
	"encoding/json"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

var allowanceRoutes = []route{
	{method: put, pattern: proctoring + "proctored_exam/allowance", auth: authSession, act: (*Server).setAllowance},
	{method: remove, pattern: proctoring + "proctored_exam/allowance", auth: authSession, act: (*Server).removeAllowance},
	{method: put, pattern: proctoring + "proctored_exam/bulk_allowance", auth: authSession, act: (*Server).setAllowances},
	{method: put, pattern: proctoring + "proctored_exam/{course}/bulk_allowance", auth: authSession, act: (*Server).setAllowances},
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

// needStaff lets in global staff, and the staff of the course that the call is about:
// the one that path or body name, or else that of the exam or the attempt, which must
// then exist.
func (s *Server) needStaff(c call, body jsonBody) (refused reply, ok bool) {
	course := cmp.Or(c.vars["course"], body.text("course_id"))
	exam := cmp.Or(body.text("exam_id"), c.vars["exam"])
	if c.user.Staff {
		return reply{}, true
	}
	if course == "" && exam != "" {
		e := s.platformExam(exam)
		if e == nil {
			return s.crash(), false
		}
		course = e.Course
	}
	if course == "" && c.vars["attempt"] != "" {
		a := s.attemptIn(c)
		if a == nil {
			return s.crash(), false
		}
		course = s.exams.exam(a.ExamID).Course
	}
	switch {
	case course == "":
		return jsonReply(http.StatusForbidden, object{{"detail", "could not determine the course_id"}}), false
	case !c.staffIn(course):
		return c.forbid(), false
	}
	return reply{}, true
}

// staffBody reads a body that only staff may send.
func (s *Server) staffBody(c call) (body jsonBody, refused reply, ok bool) {
	if body, refused, ok = c.jsonObject(jsonType); ok {
		refused, ok = s.needStaff(c, body)
	}
	return body, refused, ok
}

// userAgainst finds a user by name or e-mail address, or by an id, which must be a
// number: a text of digits is a name.
func (s *Server) userAgainst(sent any) (User, bool) {
	switch v := sent.(type) {
	case json.Number:
		id, _ := toNumber(v.String())
		u := s.userWithID(id)
		return u, u.Username != ""
	case string:
		if u, found := s.users[v]; found {
			return u, true
		}
		return s.userWithEmail(v)
	}
	return User{}, false
}

// setAllowance answers nothing. The learner is called user_info. An exam that does not
// exist is not handled.
func (s *Server) setAllowance(c call) reply {
	body, refused, ok := s.staffBody(c)
	if !ok {
		return refused
	}
	u, found := s.userAgainst(body["user_info"])
	e := s.platformExam(body.text("exam_id"))
	key, value := body.text("key"), body.text("value")
	switch {
	case key == extraTime && !isDigits(value):
		return problem("allowance_value \"%s\" should be non-negative integer value.", value)
	case !found:
		return problem("Cannot find user against %s", body.text("user_info"))
	case e == nil:
		return s.crash()
	case e.Inactive:
		return problem("")
	}
	s.exams.grant(Allowance{ExamID: e.ID, Username: u.Username, Key: key, Value: value})
	return emptyReply(http.StatusOK)
}

// removeAllowance is a DELETE with a body, and the learner is called user_id here.
// The answer is the same if there was no allowance, or is no such exam.
func (s *Server) removeAllowance(c call) reply {
	body, refused, ok := s.staffBody(c)
	if !ok {
		return refused
	}
	id, _ := body.number("user_id")
	exam, _ := body.number("exam_id")
	s.exams.allowances = slices.DeleteFunc(s.exams.allowances, func(a *Allowance) bool {
		return a.ExamID == exam && id > 0 && s.users[a.Username].ID == id && a.Key == body.text("key")
	})
	return emptyReply(http.StatusOK)
}

// setAllowances takes exams and learners as texts with commas. When a pair fails
// it answers 207 and lists all pairs, without saying which one.
func (s *Server) setAllowances(c call) reply {
	body, refused, ok := s.staffBody(c)
	if !ok {
		return refused
	}
	kind, value := body.text("allowance_type"), body.text("value")
	factor, err := strconv.ParseFloat(value, 64)
	if kind == timeFactor && (err != nil || factor <= 1) || kind == extraTime && !isDigits(value) {
		return jsonReply(http.StatusBadRequest, object{{"detail", "Enter a valid positive value number"}, {"field", "allowance_value"}})
	}
	users := strings.Join(strings.Fields(body.text("user_ids")), "") // all white space goes, also within a name
	var pairs []object
	granted := 0
	for _, examID := range splitCommas(body.text("exam_ids")) {
		e := s.platformExam(examID)
		for _, name := range splitCommas(users) {
			pairs = append(pairs, object{{"exam_id", examID}, {"user_id", name}})
			if u, known := s.userAgainst(name); known && e != nil && !e.Inactive {
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

// timeFactor is a kind of allowance for many learners at once. Granted to one it is a
// row without effect.
const timeFactor = "time_multiplier"

// bulkAllowance turns a multiplier into minutes.
func bulkAllowance(e *Exam, u User, kind, value string, factor float64) Allowance {
	if kind == timeFactor {
		kind, value = extraTime, strconv.Itoa(int(math.Round(float64(e.Minutes)*(factor-1))))
	}
	return Allowance{ExamID: e.ID, Username: u.Username, Key: kind, Value: value}
}

// isDigits takes the decimal digits of any script, as the platform does.
func isDigits(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool { return !unicode.Is(unicode.Nd, r) }) < 0
}

// extraMinutes reads what was granted in digits of any script: a day counts at most.
func extraMinutes(value string) (minutes int) {
	const day = 24 * 60
	for _, r := range value {
		minutes = min(day, minutes*10+digitValue(r))
	}
	return minutes
}

// digitValue is what a decimal digit stands for: the ten of a script lie side by side.
func digitValue(r rune) int {
	for _, digits := range unicode.Nd.R16 {
		if rune(digits.Lo) <= r && r <= rune(digits.Hi) {
			return int(r-rune(digits.Lo)) % 10
		}
	}
	for _, digits := range unicode.Nd.R32 {
		if rune(digits.Lo) <= r && r <= rune(digits.Hi) {
			return int(r-rune(digits.Lo)) % 10
		}
	}
	return 0
}
