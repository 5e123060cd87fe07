package edxtest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// Backend is a proctoring provider that the platform calls when exams are saved and
// attempts are made. A provider must not call the platform back before it has
// answered: the server does one thing at a time.
type Backend struct {
	// Name is what exams call it, in [Exam.Backend].
	Name string
	// URL is the base URL of its API, without a trailing slash.
	URL string
	// ClientID is the id with which the platform signs in there.
	ClientID string
	// ClientSecret is the secret with which the platform signs in there.
	ClientSecret string
	// Transport carries the platform's requests.
	Transport http.RoundTripper
}

// backend is a provider with the platform's token there.
type backend struct {
	Backend
	token   string
	expires time.Time
}

// AddBackend makes a proctoring provider known. Exams that name it are registered
// there when they are saved by the API; those added by AddExam are not.
func (s *Server) AddBackend(b Backend) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.backends[b.Name] = backend{Backend: b}
}

// backendOf is the provider of the exam; there is none for a timed exam.
func (s *Server) backendOf(e *Exam) (backend, bool) {
	b, known := s.backends[e.Backend]
	return b, known && e.Proctored
}

// tellBackend registers an exam. The id in the answer is taken whatever the status is,
// and storing it saves the exam, which tells the provider again at once.
func (s *Server) tellBackend(c call, e *Exam) {
	b, ok := s.backendOf(e)
	if !ok {
		return
	}
	if e.ExternalID == "" {
		_, answer := s.send(c, b, post, "/api/v1/exam/", s.examSent(e))
		if e.ExternalID, _ = answer["id"].(string); e.ExternalID == "" {
			return // dropped in silence: the next save tries again
		}
	}
	s.send(c, b, post, "/api/v1/exam/"+e.ExternalID+"/", s.examSent(e))
}

func (s *Server) examSent(e *Exam) object {
	sent := e.object()
	if e.ReviewPolicy != "" {
		sent = append(sent, member{"rule_summary", e.ReviewPolicy})
	}
	return sent
}

// registerAttempt asks the provider for an attempt. Only a 200 with an id will do;
// else the learner's browser gets the provider's status.
func (s *Server) registerAttempt(c call, e *Exam, a *Attempt) (refused reply, ok bool) {
	b, known := s.backendOf(e)
	if !known {
		return reply{}, true
	}
	status, answer := s.send(c, b, post, "/api/v1/exam/"+e.ExternalID+"/attempt/", object{
		{"lms_host", "https://lms.example.org"}, {"time_limit_mins", a.Minutes}, {"is_sample_attempt", a.Sample},
		{"user_id", obscured(c.user.ID, b.Name)}, {"full_name", c.user.Name}, {"email", c.user.Email}, {"status", a.Status},
	})
	id, _ := answer["id"].(string)
	said, _ := answer["status"].(string)
	switch {
	case status == http.StatusOK && id != "":
		a.ExternalID = id
	case status == http.StatusOK && strings.HasPrefix(said, "onboarding_"):
		a.Status = said
	default:
		return jsonReply(status, object{{"detail", "The provider did not register the attempt."}}), false
	}
	return reply{}, true
}

// tellAttempt reports a new status to the provider and ignores the answer.
func (s *Server) tellAttempt(a *Attempt) {
	e := s.exams.exam(a.ExamID)
	b, known := s.backendOf(e)
	if !known || a.ExternalID == "" {
		return
	}
	switch a.Status {
	case "started", "submitted", "error":
		s.send(call{}, b, patch, "/api/v1/exam/"+e.ExternalID+"/attempt/"+a.ExternalID+"/", object{{"status", a.Status}})
	}
}

// removeAtBackend asks the provider to delete an attempt, which is gone here
// whatever it answers.
func (s *Server) removeAtBackend(a *Attempt) {
	e := s.exams.exam(a.ExamID)
	if b, known := s.backendOf(e); known && a.ExternalID != "" {
		s.send(call{}, b, remove, "/api/v1/exam/"+e.ExternalID+"/attempt/"+a.ExternalID+"/", nil)
	}
}

// send calls the provider with a token of its own. It does not try again, and does
// not renew a token before its time, even after a 401. Status 0 is no answer.
func (s *Server) send(c call, b backend, method, path string, body object) (status int, answer map[string]any) {
	b = s.backends[b.Name] // with the token of the last call
	if !s.now().Before(b.expires) {
		form := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {b.ClientID}, "client_secret": {b.ClientSecret}, "token_type": {"jwt"},
		}
		_, issued := b.call(c, post, "/oauth2/access_token", "application/x-www-form-urlencoded", form.Encode())
		seconds, _ := issued["expires_in"].(float64)
		b.token, _ = issued["access_token"].(string)
		b.expires = s.now().Add(time.Duration(seconds)*time.Second - 5*time.Second)
		s.backends[b.Name] = b
	}
	return b.call(c, method, path, jsonType, string(testserver.AppendObject(nil, body, testserver.PlainNumbers)))
}

func (b backend) call(c call, method, path, mediaType, body string) (status int, answer map[string]any) {
	req, err := http.NewRequest(method, b.URL+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, nil
	}
	if c.request != nil {
		req = req.WithContext(c.request.Context())
	}
	req.Header.Set("Content-Type", mediaType)
	req.Header.Set("User-Agent", "python-requests/2.32.3 edx-rest-api-client/6.2.0 lms.example.org")
	if mediaType == jsonType {
		req.Header.Set("Authorization", "JWT "+b.token)
	}
	resp, err := b.Transport.RoundTrip(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, testserver.MaxBody))
	_ = json.Unmarshal(raw, &answer) // an answer that is no JSON is an empty one
	return resp.StatusCode, answer
}

var callbackRoutes = []route{
	{method: post, pattern: proctoring + "proctored_exam/attempt/{external_id}/ready", auth: authSession, act: (*Server).attemptReady},
	{method: post, pattern: proctoring + "proctored_exam/attempt/{external_id}/reviewed", auth: authSession, act: (*Server).attemptReviewed},
	{method: get, pattern: proctoring + "instructor/{course}", auth: authSession, act: (*Server).openDashboard},
}

// obscured is the id by which a provider knows a learner: always the same, and not
// reversible.
func obscured(id int64, backend string) string {
	mac := hmac.New(sha1.New, jwtKey)
	mac.Write([]byte(strconv.FormatInt(id, 10) + backend))
	return hex.EncodeToString(mac.Sum(nil))
}

// attemptOf finds an attempt by the provider's id, which is looked up alone.
func (s *Server) attemptOf(c call) *Attempt {
	at := slices.IndexFunc(s.exams.attempts, func(a *Attempt) bool { return a.ExternalID == c.vars["external_id"] })
	if at < 0 {
		return nil
	}
	return s.exams.attempts[at]
}

// attemptReady takes a call from anybody who is signed in, and answers OK even if the
// attempt's status did not allow it.
func (s *Server) attemptReady(c call) reply {
	a := s.attemptOf(c)
	if a == nil {
		return jsonReply(http.StatusNotFound, "You have entered an exam code that is not valid.")
	}
	if a.Status == "created" || a.Status == "download_software_clicked" {
		a.Status = "ready_to_start"
	}
	return jsonReply(http.StatusOK, "OK")
}

// attemptReviewed takes the provider's verdict.
func (s *Server) attemptReviewed(c call) reply {
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	a := s.attemptOf(c)
	if a == nil {
		return problem("Attempt %s does not exist.", c.vars["external_id"])
	}
	e := s.exams.exam(a.ExamID)
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
			return s.crash()
		}
	}
	_, hasReviewer := s.userWithEmail(body.text("reviewed_by"))
	to := statusAfter(body.text("status"), hasReviewer || e.Practice)
	if to == "" {
		return problem("Received unexpected review status: %s", body.text("status"))
	}
	a.Status = to
	s.tellAttempt(a)
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
func (s *Server) openDashboard(c call) reply {
	course := c.vars["course"]
	if !c.staffIn(course) {
		return c.forbid()
	}
	for _, e := range s.platformExams(course) {
		b, known := s.backendOf(e)
		if !known {
			continue
		}
		ends := s.now().Add(time.Minute).UnixMilli()
		token := signJWT([]byte(b.ClientSecret), object{
			{"course_id", course}, {"user", object{{"id", obscured(c.user.ID, b.Name)}, {"full_name", c.user.Name}, {"email", c.user.Email}}},
			{"iss", b.ClientID}, {"jti", obscured(s.nextID(), "jti")}, {"exp", decimal(strconv.FormatInt(ends/1000, 10) + ".4821")},
		})
		moved := emptyReply(http.StatusFound)
		moved.Header = map[string]string{"Location": b.URL + "/api/v1/instructor/" + b.ClientID + "/?jwt=" + token}
		return moved
	}
	return jsonReply(http.StatusNotFound, "No exams in course "+course+".")
}
