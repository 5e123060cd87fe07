package edxtest

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"time"
)

var callbackRoutes = []route{
	{method: post, pattern: proctoring + "proctored_exam/attempt/{external_id}/ready", auth: authSession, act: (*Server).attemptReady},
	{method: post, pattern: proctoring + "proctored_exam/attempt/{external_id}/reviewed", auth: authSession, act: (*Server).attemptReviewed},
	{method: get, pattern: proctoring + "instructor/{course}", auth: authSession, act: (*Server).openDashboard},
	{method: get, pattern: proctoring + "instructor/{course}/{exam}", auth: authSession, act: (*Server).openDashboard},
	{method: post, pattern: proctoring + "retire_backend_user/{user}/", auth: authSession, act: (*Server).retireAtBackends},
}

// obscured is the id by which a provider knows a learner: always the same, and not
// reversible.
func obscured(id int64, backend string) string {
	mac := hmac.New(sha1.New, jwtKey)
	mac.Write([]byte(strconv.FormatInt(id, 10) + backend))
	return hex.EncodeToString(mac.Sum(nil))
}

// called carries out a callback and notes it.
func (s *Server) called(c call, kind string, act func(*Server, call) reply) reply {
	found := s.attemptsOf(c)
	note := Callback{At: s.now(), Kind: kind, ExternalID: c.vars["external_id"], By: c.user.Username}
	if body, _, ok := c.jsonObject(jsonType); ok {
		note.Said = body.text("status")
	}
	var kept *Sitting
	if len(found) == 1 {
		note.Before, kept = found[0].Status, s.sitting(found[0])
	}
	answer := act(s, c)
	note.Status = answer.Status
	if len(found) == 1 {
		note.After = found[0].Status
	}
	switch {
	case kept == nil:
		s.strays = append(s.strays, note)
	case kind == "ready":
		kept.Ready = append(kept.Ready, note)
	default:
		kept.Reviewed = append(kept.Reviewed, note)
	}
	return answer
}

// attemptsOf finds the attempts with the provider's id, which is looked up alone.
func (s *Server) attemptsOf(c call) (found []*Attempt) {
	for _, a := range s.exams.attempts {
		if a.ExternalID == c.vars["external_id"] {
			found = append(found, a)
		}
	}
	return found
}

// attemptReady takes a call from anybody who is signed in, and answers OK even if the
// attempt's status did not allow it.
func (s *Server) attemptReady(c call) reply { return s.called(c, "ready", (*Server).takeReady) }

func (s *Server) takeReady(c call) reply {
	found := s.attemptsOf(c)
	switch {
	case len(found) > 1:
		return s.crash()
	case len(found) == 0:
		return jsonReply(http.StatusNotFound, "You have entered an exam code that is not valid.")
	}
	if a := found[0]; a.Status == "created" || a.Status == "download_software_clicked" {
		a.Status = "ready_to_start"
	}
	return jsonReply(http.StatusOK, "OK")
}

// attemptReviewed takes the provider's verdict.
func (s *Server) attemptReviewed(c call) reply {
	return s.called(c, "reviewed", (*Server).takeReview)
}

// takeReview turns a verdict into a status. Attempts that are gone are not known.
func (s *Server) takeReview(c call) reply {
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	found := s.attemptsOf(c)
	switch {
	case len(found) > 1:
		return s.crash()
	case len(found) == 0:
		return problem("Attempted to access exam attempt with external_id=%s but it does not exist.", c.vars["external_id"])
	}
	a := found[0]
	e := s.exams.exam(a.ExamID)
	switch {
	case !c.user.Staff && !slices.Contains(c.user.Groups, e.Backend+"_review"):
		return emptyReply(http.StatusForbidden)
	case !e.Proctored:
		return jsonReply(http.StatusPreconditionFailed, "Exam no longer proctored")
	}
	if !body.has("status") {
		return s.crash()
	}
	comments, _ := body["comments"].([]any)
	for _, item := range comments {
		comment, _ := item.(map[string]any)
		if comment["comment"] == nil || comment["status"] == nil {
			return s.crash()
		}
	}
	_, hasReviewer := s.userWithEmail(body.text("reviewed_by"))
	to := statusAfter(body.text("status"), hasReviewer || e.Practice)
	if to == "" {
		return problem("%s", body.text("status")) // without any other word
	}
	before := *a
	if a.Status = to; !s.tellAttempt(c, a) {
		*a = before
		return s.crash()
	}
	s.completed(a)
	return jsonReply(http.StatusOK, "OK")
}

// statusAfter is what a review makes of an attempt; "" is no review at all.
func statusAfter(review string, final bool) string {
	switch review {
	case "passed":
		return "verified"
	case "not_reviewed":
		return "error"
	case "violation", "suspicious":
		if final {
			return "rejected"
		}
		return "second_review_required"
	}
	return ""
}

// openDashboard sends the staff's browser to the provider, with a token that ends
// in a minute, at an instant that is no whole second. Its claims tell which page is
// meant: that of the course, of an exam, of an attempt, or of an exam's configuration.
func (s *Server) openDashboard(c call) reply {
	course := c.vars["course"]
	if !c.staffIn(course) {
		return c.forbid()
	}
	exam, b, found := s.dashboardExam(c)
	switch {
	case c.vars["exam"] != "" && exam == nil:
		return s.crash()
	case !found:
		return jsonReply(http.StatusNotFound, "No exams in course "+course+".")
	}
	ends := s.now().Add(time.Minute).Unix()
	claims := object{
		{"course_id", course}, {"user", object{{"id", obscured(c.user.ID, b.Name)}, {"full_name", c.user.Name}, {"email", c.user.Email}}},
		{"iss", b.ClientID}, {"jti", obscured(s.nextID(), "jti")[:32]}, {"exp", decimal(strconv.FormatInt(ends, 10) + ".4821")},
	}
	if c.vars["exam"] != "" {
		claims = append(claims, member{"exam_id", exam.ExternalID})
		if c.query.Get("config") == "true" {
			claims = append(claims, member{"config", true})
		}
		if attempt := c.query.Get("attempt"); attempt != "" {
			claims = append(claims, member{"attempt_id", attempt})
		}
	}
	moved := emptyReply(http.StatusFound)
	moved.Header = map[string]string{"Location": b.URL + "/api/v1/instructor/" + b.ClientID + "/?jwt=" + signJWT([]byte(b.ClientSecret), claims)}
	return moved
}

// dashboardExam is the exam that the path names, or the first one of the course, with
// its provider; found is false if none is known.
func (s *Server) dashboardExam(c call) (exam *Exam, b backend, found bool) {
	if c.vars["exam"] != "" {
		if exam = s.platformExam(c.vars["exam"]); exam != nil {
			b, found = s.backendOf(exam)
		}
		return exam, b, found
	}
	for _, e := range s.platformExams(c.vars["course"]) {
		if b, found = s.backendOf(e); found {
			return e, b, true
		}
	}
	return nil, backend{}, false
}

// retireAtBackends has every provider at which the user has an attempt forget the user.
// A provider must answer true or false, in JSON.
func (s *Server) retireAtBackends(c call) reply {
	if !c.user.MayRetire {
		return c.forbid()
	}
	id, _ := toNumber(c.vars["user"])
	told, status := object{}, http.StatusOK
	for _, name := range sortedNames(s.backends) {
		met := slices.ContainsFunc(s.exams.attempts, func(a *Attempt) bool {
			return s.users[a.Username].ID == id && id > 0 && s.exams.exam(a.ExamID).Backend == name
		})
		if !met {
			continue
		}
		answer := s.send(c, s.backends[name], remove, "/api/v1/user/"+obscured(id, name)+"/", nil)
		gone, _ := answer.value.(bool)
		if told = append(told, member{name, gone}); !gone {
			s.trouble(s.backends[name], answer, 0, fatal, "only true will do: the user is not retired")
			status = http.StatusInternalServerError
		}
		if answer.status == 0 {
			return s.crash()
		}
	}
	return jsonReply(status, told)
}
