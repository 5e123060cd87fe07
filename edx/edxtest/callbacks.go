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
}

// obscured is how a provider knows a learner: always the same, and not reversible.
func obscured(id int64, backend string) string {
	mac := hmac.New(sha1.New, jwtKey)
	mac.Write([]byte(strconv.FormatInt(id, 10) + backend))
	return hex.EncodeToString(mac.Sum(nil))
}

// attemptOf finds an attempt by the provider's id, which is looked up alone.
func (o *Server) attemptOf(c call) *Attempt {
	at := slices.IndexFunc(o.exams.attempts, func(a *Attempt) bool { return a.ExternalID == c.vars["external_id"] })
	if at < 0 {
		return nil
	}
	return o.exams.attempts[at]
}

// attemptReady may be called by anybody who is signed in, and says OK even if the
// attempt's status did not allow it.
func (o *Server) attemptReady(c call) reply {
	a := o.attemptOf(c)
	if a == nil {
		return jsonReply(http.StatusNotFound, "You have entered an exam code that is not valid.")
	}
	if a.Status == "created" || a.Status == "download_software_clicked" {
		a.Status = "ready_to_start"
	}
	return jsonReply(http.StatusOK, "OK")
}

// attemptReviewed takes the provider's verdict.
func (o *Server) attemptReviewed(c call) reply {
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	a := o.attemptOf(c)
	if a == nil {
		return problem("Attempt %s does not exist.", c.vars["external_id"])
	}
	e := o.exams.exam(a.ExamID)
	switch {
	case !c.user.Staff && !slices.Contains(c.user.Groups, e.Backend+"_review"):
		return emptyReply(http.StatusForbidden)
	case !e.Proctored:
		return jsonReply(http.StatusPreconditionFailed, "Exam no longer proctored")
	}
	comments, _ := body["comments"].([]any)
	for _, item := range comments {
		comment, _ := item.(map[string]any)
		if comment["comment"] == nil || comment["status"] == nil {
			return o.crash()
		}
	}
	_, hasReviewer := o.userWithEmail(body.text("reviewed_by"))
	to := statusAfter(body.text("status"), hasReviewer || e.Practice)
	if to == "" {
		return problem("Received unexpected review status: %s", body.text("status"))
	}
	a.Status = to
	o.tellAttempt(a)
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
// in a minute, at an instant that is no whole second.
func (o *Server) openDashboard(c call) reply {
	course := c.vars["course"]
	if !c.staffIn(course) {
		return c.forbid()
	}
	for _, e := range o.platformExams(course) {
		b, known := o.backendOf(e)
		if !known {
			continue
		}
		ends := o.now().Add(time.Minute).UnixMilli()
		token := signJWT([]byte(b.ClientSecret), object{
			{"course_id", course}, {"user", object{{"id", obscured(c.user.ID, b.Name)}, {"full_name", c.user.Name}, {"email", c.user.Email}}},
			{"iss", b.ClientID}, {"jti", obscured(o.nextID(), "jti")}, {"exp", decimal(strconv.FormatInt(ends/1000, 10) + ".4821")},
		})
		moved := emptyReply(http.StatusFound)
		moved.Header = map[string]string{"Location": b.URL + "/api/v1/instructor/" + b.ClientID + "/?jwt=" + token}
		return moved
	}
	return jsonReply(http.StatusNotFound, "No exams in course "+course+".")
}
