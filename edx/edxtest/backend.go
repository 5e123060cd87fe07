package edxtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
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
	// Rules are the operator's default rules, which are sent with every exam; nil is
	// none.
	Rules map[string]bool
}

// backend is a provider with the platform's token there.
type backend struct {
	Backend
	token   string
	expires time.Time
}

// heard is what came back from a provider.
type heard struct {
	status  int            // 0 is no answer, or no token with which to ask
	body    string         // as it came
	value   any            // of the JSON
	members map[string]any // of the JSON object; nil if there is none
	isJSON  bool
}

// broke reports whether the platform did not handle what it heard: nothing at all, or
// JSON that is no object. What is no JSON it takes for an empty object.
func (h heard) broke() bool { return h.status == 0 || h.isJSON && h.members == nil }

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
// and storing it saves the exam, which tells the provider again at once. It reports
// whether the exam can be saved.
func (s *Server) tellBackend(c call, e *Exam) (ok bool) {
	b, known := s.backendOf(e)
	if !known {
		return true
	}
	for range 10 { // a provider with a new id each time would go on for ever
		path := "/api/v1/exam/"
		if e.ExternalID != "" {
			path += e.ExternalID + "/"
		}
		answer := s.send(c, b, post, path, s.examSent(b, e))
		id := textOf(answer.members["id"])
		switch {
		case answer.broke():
			return false
		case id == "" || id == e.ExternalID:
			return true // without an id the next save tries again
		}
		e.ExternalID = id
	}
	return false
}

// tellItIsOver tells the provider that an exam is no longer proctored.
func (s *Server) tellItIsOver(c call, e Exam) (ok bool) {
	b, known := s.backends[e.Backend]
	if !known || e.ExternalID == "" {
		return true
	}
	e.Inactive = true
	return !s.send(c, b, post, "/api/v1/exam/"+e.ExternalID+"/", s.examSent(b, &e)).broke()
}

// textOf is an id as text, also if it is a number; "" is none.
func textOf(id any) string {
	if id == nil {
		return ""
	}
	return fmt.Sprint(id)
}

func (s *Server) examSent(b backend, e *Exam) object {
	sent := e.object()
	if e.ReviewPolicy != "" {
		sent = append(sent, member{"rule_summary", e.ReviewPolicy})
	}
	if b.Rules == nil {
		return sent
	}
	rules := object{}
	for _, name := range sortedNames(b.Rules) {
		rules = append(rules, member{name, b.Rules[name]})
	}
	return append(sent, member{"rules", rules})
}

// registerAttempt asks the provider for an attempt. Only a 200 with an id will do;
// else the learner's browser gets the provider's status, and its words.
func (s *Server) registerAttempt(c call, e *Exam, a *Attempt) (refused reply, ok bool) {
	b, known := s.backendOf(e)
	if !known {
		return reply{}, true
	}
	answer := s.send(c, b, post, "/api/v1/exam/"+e.ExternalID+"/attempt/", s.attemptSent(c, b, e, a))
	id, said := textOf(answer.members["id"]), textOf(answer.members["status"])
	switch {
	case answer.status == 0 || answer.status == http.StatusOK && answer.broke():
		return s.crash(), false
	case answer.status != http.StatusOK:
		return jsonReply(answer.status, object{{"detail", fmt.Sprintf("(BackendProviderCannotRegisterAttempt(), b'%s')", answer.body)}}), false
	case strings.HasPrefix(said, "onboarding_"):
		a.Status = said
	case id == "":
		return jsonReply(http.StatusOK, object{{"detail", fmt.Sprintf("(BackendProviderSentNoAttemptID(), b'%s')", answer.body)}}), false
	default:
		a.ExternalID = id
	}
	return reply{}, true
}

// attemptSent is what a provider learns of an attempt and its learner.
func (s *Server) attemptSent(c call, b backend, e *Exam, a *Attempt) object {
	sent := object{
		{"lms_host", "https://lms.example.org"}, {"time_limit_mins", a.Minutes}, {"is_sample_attempt", a.Sample},
		{"user_id", obscured(c.user.ID, b.Name)}, {"full_name", c.user.Name}, {"email", testserver.OrNull(c.user.Email)},
	}
	if e.ReviewPolicy != "" {
		sent = append(sent, member{"review_policy", e.ReviewPolicy})
	}
	if exception := s.exams.allowance(e.ID, a.Username, "review_policy_exception"); exception != nil {
		sent = append(sent, member{"review_policy_exception", exception.Value})
	}
	return append(sent, member{"status", a.Status})
}

// tellAttempt reports a new status to the provider and ignores what it says, as long
// as it says something that can be read. It reports whether the status can be saved.
func (s *Server) tellAttempt(a *Attempt) (ok bool) {
	e := s.exams.exam(a.ExamID)
	b, known := s.backendOf(e)
	if !known || a.ExternalID == "" {
		return true
	}
	switch a.Status {
	case "started", "submitted", "error":
		return !s.send(call{}, b, patch, attemptPath(e, a), object{{"status", a.Status}}).broke()
	}
	return true
}

func attemptPath(e *Exam, a *Attempt) string {
	return "/api/v1/exam/" + e.ExternalID + "/attempt/" + a.ExternalID + "/"
}

// removeAtBackend asks the provider to delete an attempt, which is gone here
// whatever it answers.
func (s *Server) removeAtBackend(a *Attempt) {
	e := s.exams.exam(a.ExamID)
	if b, known := s.backendOf(e); known && a.ExternalID != "" {
		s.send(call{}, b, remove, attemptPath(e, a), nil)
	}
}

// ViewSetUp has the platform show the page on which a learner sets up for an attempt,
// and returns the instructions on it. The page is no API. For each view of it the
// provider is asked about the attempt, as long as the set-up goes on; what is no JSON
// has no instructions. It returns an error where the page would not be shown.
func (s *Server) ViewSetUp(ctx context.Context, attempt int64) (instructions []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.exams.attempt(attempt)
	if a == nil {
		return nil, fmt.Errorf("edxtest: there is no attempt %d", attempt)
	}
	e := s.exams.exam(a.ExamID)
	b, known := s.backendOf(e)
	if !known || a.ExternalID == "" || a.Status != "created" && a.Status != "download_software_clicked" {
		return nil, nil
	}
	request, _ := http.NewRequestWithContext(ctx, get, s.URL, nil)
	answer := s.send(call{request: request, user: s.users[a.Username]}, b, get, attemptPath(e, a), nil)
	if answer.broke() {
		return nil, fmt.Errorf("edxtest: the provider's answer about attempt %d is not handled: the platform shows an error", attempt)
	}
	list, _ := answer.members["instructions"].([]any)
	for _, item := range list {
		instructions = append(instructions, textOf(item))
	}
	return instructions, nil
}

// send calls the provider with a token of its own. It does not try again, and does
// not renew a token before its time, even after a 401.
func (s *Server) send(c call, b backend, method, path string, body object) heard {
	b = s.backends[b.Name] // with the token of the last call
	if !s.now().Before(b.expires) {
		form := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {b.ClientID}, "client_secret": {b.ClientSecret}, "token_type": {"jwt"},
		}
		issued := b.call(c, post, "/oauth2/access_token", "application/x-www-form-urlencoded", form.Encode())
		seconds, isNumber := issued.members["expires_in"].(json.Number)
		life, err := seconds.Float64()
		token, isText := issued.members["access_token"].(string)
		if issued.status/100 != 2 || !isNumber || !isText || err != nil {
			return heard{}
		}
		b.token, b.expires = token, s.now().Add(time.Duration(life*float64(time.Second))-5*time.Second)
		s.backends[b.Name] = b
	}
	if body == nil {
		return b.call(c, method, path, "", "")
	}
	return b.call(c, method, path, jsonType, string(testserver.AppendObject(nil, body, testserver.PlainNumbers)))
}

func (b backend) call(c call, method, path, mediaType, body string) (answer heard) {
	req, err := http.NewRequest(method, b.URL+path, strings.NewReader(body))
	if err != nil {
		return heard{}
	}
	if c.request != nil {
		req = req.WithContext(c.request.Context())
	}
	req.Header.Set("Accept", "*/*")
	req.Header.Set("User-Agent", "python-requests/2.32.3 edx-rest-api-client/6.2.0 lms.example.org")
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	if strings.HasPrefix(path, "/api/v1/config/") || method == get && strings.Contains(path, "/attempt/") {
		req.Header.Set("Accept-Language", c.user.languages())
	}
	if !strings.HasPrefix(path, "/oauth2/") {
		req.Header.Set("Authorization", "JWT "+b.token)
	}
	resp, err := b.Transport.RoundTrip(req)
	if err != nil {
		return heard{}
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, testserver.MaxBody))
	answer = heard{status: resp.StatusCode, body: string(raw)}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	answer.isJSON = decoder.Decode(&answer.value) == nil && !decoder.More()
	if answer.isJSON {
		answer.members, _ = answer.value.(map[string]any)
	}
	return answer
}

// languages is how a provider is told the learner's language and then the platform's:
// with a semicolon between them.
func (u User) languages() string {
	if own := u.Preferences["pref-lang"]; own != "" && own != "en" {
		return own + ";en"
	}
	return "en"
}
