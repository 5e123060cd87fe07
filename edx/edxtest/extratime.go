package edxtest

import (
	"net/http"
	"slices"
	"strconv"
)

func (s *Server) extraTimeObject(a *Allowance) object {
	minutes, _ := toNumber(a.Value)
	u := s.users[a.Username]
	return object{
		{"id", a.ID}, {"exam_id", a.ExamID}, {"user_id", s.idAtExams(a.Username)}, {"extra_time_mins", minutes}, {"username", a.Username},
		{"exam_name", s.exams.exam(a.ExamID).Name}, {"email", u.Email},
	}
}

// idAtExams is the number of a user at edx-exams, which counts those whom it has met: it
// is not the platform's.
func (s *Server) idAtExams(username string) int64 {
	if s.idsAtExams[username] == 0 {
		s.idsAtExams[username] = int64(len(s.idsAtExams) + 1)
	}
	return s.idsAtExams[username]
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

// addExtraTime takes a list, and grants all of it or nothing. The learner is known by
// user name or address, and not by an id, which would be the platform's.
func (s *Server) addExtraTime(c call) reply {
	if !c.serviceStaff(c.vars["course"]) {
		return c.forbid()
	}
	value, refused, ok := c.json(jsonType)
	if !ok {
		return refused
	}
	list, _ := value.([]any)
	if wrong := wrongExtraTime(list); wrong != nil {
		return jsonReply(http.StatusBadRequest, object{{"detail", "Invalid data"}, {"errors", wrong}})
	}
	var wanted []Allowance
	for _, item := range list {
		body := jsonBody(item.(map[string]any))
		e := s.serviceExam(body.text("exam_id"))
		u, known := s.users[body.text("username")]
		if !known {
			u, known = s.userWithEmail(body.text("email"))
		}
		switch {
		case !known:
			return problem("Learner with username/email not found")
		case e == nil || e.Course != c.vars["course"]:
			return problem("Exam does not exist")
		}
		wanted = append(wanted, Allowance{ExamID: e.ID, Username: u.Username, Key: extraTime, Value: body.text("extra_time_mins")})
	}
	for _, a := range wanted {
		s.exams.grant(a)
	}
	return emptyReply(http.StatusOK)
}

// wrongExtraTime has an object for each row, which is empty for a good one; it is nil if
// all are good.
func wrongExtraTime(list []any) []object {
	rows, bad := []object{}, false
	for _, item := range list {
		body, _ := item.(map[string]any)
		row := missingFields(body, "exam_id", "extra_time_mins")
		if body := jsonBody(body); row == nil && body.text("username")+body.text("email") == "" {
			row = object{{"username", []string{"username or email must be provided"}}}
		} else if row == nil && !wholeNumber.MatchString(body.text("extra_time_mins")) {
			row = object{{"extra_time_mins", []string{"A valid integer is required."}}}
		}
		rows, bad = append(rows, row), bad || row != nil
	}
	if !bad {
		return nil
	}
	return rows
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
