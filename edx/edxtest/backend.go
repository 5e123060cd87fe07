package edxtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// Backend is a proctoring provider that the platform calls when exams
// are saved and attempts are made. A provider must not call the platform back
// before it has answered: the fake does one thing at a time.
type Backend struct {
	Name                   string // what exams call it
	URL                    string // without a trailing slash
	ClientID, ClientSecret string
	Transport              http.RoundTripper

	token   string
	expires time.Time
}

// AddBackend makes a proctoring provider known. Exams that name it are registered
// there when they are saved by the API; those added by AddExam are not.
func (o *Server) AddBackend(b Backend) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.backends[b.Name] = b
}

// backendOf is the provider of the exam; there is none for a timed exam.
func (o *Server) backendOf(e *Exam) (Backend, bool) {
	b, known := o.backends[e.Backend]
	return b, known && e.Proctored
}

// tellBackend registers an exam. Its answer is adopted whatever its status is, and
// storing the id saves the exam, which tells the provider again at once.
func (o *Server) tellBackend(c call, e *Exam) {
	b, ok := o.backendOf(e)
	if !ok {
		return
	}
	if e.ExternalID == "" {
		_, answer := o.send(c, b, post, "/api/v1/exam/", o.examSent(e))
		if e.ExternalID, _ = answer["id"].(string); e.ExternalID == "" {
			return // dropped in silence: the next save tries again
		}
	}
	o.send(c, b, post, "/api/v1/exam/"+e.ExternalID+"/", o.examSent(e))
}

func (o *Server) examSent(e *Exam) object {
	sent := e.object()
	if e.ReviewPolicy != "" {
		sent = append(sent, member{"rule_summary", e.ReviewPolicy})
	}
	return sent
}

// registerAttempt asks the provider for an attempt. Only a 200 with an id will do;
// else the learner's browser gets the provider's status.
func (o *Server) registerAttempt(c call, e *Exam, a *Attempt) (refused reply, ok bool) {
	b, known := o.backendOf(e)
	if !known {
		return reply{}, true
	}
	status, answer := o.send(c, b, post, "/api/v1/exam/"+e.ExternalID+"/attempt/", object{
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

// tellAttempt reports a new status; what comes back is ignored.
func (o *Server) tellAttempt(a *Attempt) {
	e := o.exams.exam(a.ExamID)
	b, known := o.backendOf(e)
	if !known || a.ExternalID == "" {
		return
	}
	switch a.Status {
	case "started", "submitted", "error":
		o.send(call{}, b, patch, "/api/v1/exam/"+e.ExternalID+"/attempt/"+a.ExternalID+"/", object{{"status", a.Status}})
	}
}

// removeAtBackend asks the provider to delete an attempt, which is gone here
// whatever it answers.
func (o *Server) removeAtBackend(a *Attempt) {
	e := o.exams.exam(a.ExamID)
	if b, known := o.backendOf(e); known && a.ExternalID != "" {
		o.send(call{}, b, remove, "/api/v1/exam/"+e.ExternalID+"/attempt/"+a.ExternalID+"/", nil)
	}
}

// send calls the provider with a token of its own. It does not try again, and does
// not renew a token before its time, even after a 401. Status 0 is no answer.
func (o *Server) send(c call, b Backend, method, path string, body object) (status int, answer map[string]any) {
	b = o.backends[b.Name] // with the token of the last call
	if !o.now().Before(b.expires) {
		form := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {b.ClientID}, "client_secret": {b.ClientSecret}, "token_type": {"jwt"},
		}
		_, issued := b.call(c, post, "/oauth2/access_token", "application/x-www-form-urlencoded", form.Encode())
		seconds, _ := issued["expires_in"].(float64)
		b.token, _ = issued["access_token"].(string)
		b.expires = o.now().Add(time.Duration(seconds)*time.Second - 5*time.Second)
		o.backends[b.Name] = b
	}
	return b.call(c, method, path, jsonType, string(testserver.AppendObject(nil, body, testserver.PlainNumbers)))
}

func (b Backend) call(c call, method, path, mediaType, body string) (status int, answer map[string]any) {
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
	_ = json.Unmarshal(raw, &answer) // what is no JSON says nothing
	return resp.StatusCode, answer
}
