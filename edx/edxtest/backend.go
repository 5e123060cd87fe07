package edxtest

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// Backend is a proctoring provider that the platform calls when exams are saved and
// attempts are made, as the proctoring backends of the REST kind do. While it waits
// for an answer the platform serves other requests.
type Backend struct {
	// Name is what exams call it, in [Exam.Backend].
	Name string
	// URL is the base URL of its API, without a trailing slash.
	URL string
	// ClientID is the id with which the platform signs in there.
	ClientID string
	// ClientSecret is the secret with which the platform signs in there, and signs the
	// links to dashboards.
	ClientSecret string
	// Transport carries the platform's requests; nil is a connection for each. For a
	// provider that is a handler in the test it is [proctorbooktest.InProcess] of that, and
	// the URL is [proctorbooktest.InProcessURL].
	Transport http.RoundTripper
	// Rules are the operator's default rules, which are sent with every exam; empty is
	// none.
	Rules map[string]bool
	// LMSHost is what the provider is told of the platform's own address, in lms_host;
	// "" is https://lms.example.org. It need not be the one that takes callbacks.
	LMSHost string
}

const configPath = "/api/v1/config/"

// AddBackend makes a proctoring provider known, or replaces the one of that name.
// Exams that name it are registered there when they are saved by the API or by
// [Server.PublishExam]; those added by AddExam are not.
func (s *Server) AddBackend(b Backend) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.backends[b.Name] = backend{Backend: b}
}

// Restart ends the platform and starts it again. All that is stored stays. The cache
// that holds its tokens at providers is a service of its own, which may be restarted
// as well: then it asks for new tokens.
func (s *Server) Restart(keepsCache bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if keepsCache {
		return
	}
	for name, b := range s.backends {
		s.backends[name] = backend{Backend: b.Backend}
	}
}

// backendOf is the provider of the exam; there is none for a timed exam.
func (s *Server) backendOf(e *Exam) (backend, bool) {
	b, known := s.backends[e.Backend]
	return b, known && e.Proctored
}

// mostSaves ends a provider's play with a new id in each answer, where the platform's
// own language gives up.
const mostSaves = 10

// tellBackend registers an exam. The id in the answer is taken whatever the status is,
// and storing it saves the exam, which tells the provider again at once. It reports
// whether the exam can be saved.
func (s *Server) tellBackend(c call, e *Exam) (ok bool) {
	b, known := s.backendOf(e)
	if !known {
		return true
	}
	var stored any = e.ExternalID // as the platform holds it: a number stays one until it is read again
	for range mostSaves {
		answer := s.send(c, b, post, examPath(e), s.examSent(b, e))
		id := answer.id()
		switch {
		case answer.status != 0 && answer.broke():
			s.trouble(b, answer, 0, fatal, "it is JSON, but no object: saving exam %d crashed", e.ID)
			return false
		case id == "":
			s.trouble(b, answer, 0, minor, "no id came: exam %d stays as it was, and the save goes on", e.ID)
			return true // the next save tries again
		case len(id) > longestID:
			s.trouble(b, answer, 0, minor, "the id is longer than %d signs, which not every database of a platform can hold", longestID)
		case answer.status/100 != 2:
			s.trouble(b, answer, 0, minor, "its id was adopted for exam %d all the same: the status is not looked at", e.ID)
		case e.ExternalID != "" && id != e.ExternalID:
			s.trouble(b, answer, 0, minor, "exam %d has a new id at the provider now: what was registered under the former one is out of reach", e.ID)
		}
		if sameID(stored, answer.members["id"]) {
			return true
		}
		e.ExternalID, stored = id, answer.members["id"]
	}
	s.trouble(b, heard{request: post + " " + examPath(e)}, 0, fatal, "each answer about exam %d had another id: saving it crashed", e.ID)
	return false
}

// sameID compares as the platform does, for which the number 5 is not the text "5".
func sameID(a, b any) bool { return fmt.Sprintf("%T %v", a, a) == fmt.Sprintf("%T %v", b, b) }

// tellItIsOver tells the provider that an exam is no longer proctored, before it is
// saved so. What the provider then calls it is not stored.
func (s *Server) tellItIsOver(c call, e Exam) (ok bool) {
	b, known := s.backends[e.Backend]
	if !known {
		return true
	}
	e.Inactive, e.ReviewPolicy = true, ""
	answer := s.send(c, b, post, examPath(&e), s.examSent(b, &e))
	if answer.status != 0 && answer.broke() {
		s.trouble(b, answer, 0, fatal, "it is JSON, but no object: saving exam %d crashed", e.ID)
		return false
	}
	return true
}

// examPath is that of a new exam as long as the provider has given no id.
func examPath(e *Exam) string {
	if e.ExternalID == "" {
		return "/api/v1/exam/"
	}
	return "/api/v1/exam/" + e.ExternalID + "/"
}

func (s *Server) examSent(b backend, e *Exam) object {
	sent := object{
		{"id", e.ID}, {"course_id", e.Course}, {"content_id", e.Content}, {"external_id", testserver.OrNull(e.ExternalID)}, {"exam_name", e.Name},
		{"time_limit_mins", e.Minutes}, {"is_proctored", e.Proctored}, {"is_practice_exam", e.Practice}, {"is_active", !e.Inactive},
		{"due_date", wireTime(e.Due)}, {"hide_after_due", e.HideAfterDue}, {"backend", testserver.OrNull(e.Backend)},
	}
	if e.ReviewPolicy != "" {
		sent = append(sent, member{"rule_summary", e.ReviewPolicy})
	}
	if len(b.Rules) == 0 {
		return sent
	}
	rules := object{}
	for _, name := range sortedNames(b.Rules) {
		rules = append(rules, member{name, b.Rules[name]})
	}
	return append(sent, member{"rules", rules})
}

// onboardingErrors are the answers to a registration that send the learner to the
// onboarding exam first.
var onboardingErrors = []string{"onboarding_missing", "onboarding_pending", "onboarding_failed", "onboarding_expired"}

// registerAttempt asks the provider for an attempt. Only a 200 with an id will do;
// else the learner's browser gets the provider's status, and its words.
func (s *Server) registerAttempt(c call, e *Exam, a *Attempt) (refused reply, ok bool) {
	b, known := s.backendOf(e)
	if !known {
		return reply{}, true
	}
	answer := s.send(c, b, post, "/api/v1/exam/"+pathID(e.ExternalID)+"/attempt/", s.attemptSent(b, e, a))
	id, said := answer.id(), textOf(answer.members["status"])
	switch {
	case answer.status == 0:
		s.trouble(b, answer, 0, fatal, "the learner can't set up")
		return s.crash(), false
	case answer.status != http.StatusOK:
		s.trouble(b, answer, 0, fatal, "only 200 will do: the learner can't set up, and gets this status and the provider's words")
		return jsonReply(answer.status, object{{"detail", fmt.Sprintf("(BackendProviderCannotRegisterAttempt(), b'%s')", answer.body)}}), false
	case answer.members == nil:
		s.trouble(b, answer, 0, fatal, "it is no JSON object: the learner can't set up")
		return s.crash(), false
	case slices.Contains(onboardingErrors, said):
		a.Status = said
	case id == "":
		s.trouble(b, answer, 0, fatal, "it holds no id: the learner can't set up, and gets the provider's words with status 200")
		return jsonReply(http.StatusOK, object{{"detail", fmt.Sprintf("(BackendProviderSentNoAttemptID(), b'%s')", answer.body)}}), false
	default:
		a.ExternalID = id
		s.checkID(b, answer, a)
	}
	return reply{}, true
}

// reachable is an id that fits into the addresses of the callbacks.
var reachable = regexp.MustCompile("^" + pathParams["external_id"] + "$")

// longestID is what the platform's database holds.
const longestID = 255

// checkID looks whether the provider can ever call back about the attempt.
func (s *Server) checkID(b backend, answer heard, a *Attempt) {
	switch {
	case !reachable.MatchString(a.ExternalID):
		s.trouble(b, answer, 0, minor, "the id holds more than letters, digits, - and _: no callback reaches the attempt")
	case len(a.ExternalID) > longestID:
		s.trouble(b, answer, 0, minor, "the id is longer than %d signs, which not every database of a platform can hold", longestID)
	case slices.ContainsFunc(s.exams.attempts, func(other *Attempt) bool { return other.ExternalID == a.ExternalID }):
		s.trouble(b, answer, 0, minor, "another attempt has this id already: callbacks about either crash")
	}
}

// attemptSent is what a provider learns of an attempt and its learner.
func (s *Server) attemptSent(b backend, e *Exam, a *Attempt) object {
	host, learner := b.LMSHost, s.users[a.Username]
	if host == "" {
		host = "https://lms.example.org"
	}
	sent := object{
		{"lms_host", host}, {"time_limit_mins", a.Minutes}, {"is_sample_attempt", a.Sample},
		{"user_id", obscured(learner.ID, b.Name)}, {"full_name", learner.Name}, {"email", testserver.OrNull(learner.Email)},
	}
	if e.ReviewPolicy != "" {
		sent = append(sent, member{"review_policy", e.ReviewPolicy})
	}
	if exception := s.exams.allowance(e.ID, a.Username, "review_policy_exception"); exception != nil {
		sent = append(sent, member{"review_policy_exception", exception.Value})
	}
	return append(sent, member{"status", a.Status})
}

// tellAttempt reports a status to the provider and ignores what it says, as long as it
// says something that can be read. It reports whether the status can be saved.
func (s *Server) tellAttempt(c call, a *Attempt) (ok bool) {
	e := s.exams.exam(a.ExamID)
	b, known := s.backendOf(e)
	if !known || a.ExternalID == "" {
		return true
	}
	status := a.Status
	switch status {
	case "started", "submitted", "error":
	default:
		return true
	}
	answer := s.send(c, b, patch, attemptPath(e, a), object{{"status", status}})
	switch {
	case answer.broke():
		s.trouble(b, answer, a.ID, fatal, "the attempt could not become %s: there was an error page in its place", status)
		return false
	case answer.sentAs != patch:
		s.trouble(b, answer, a.ID, minor, "it came after a redirect, which made the %s a %s: the provider did not hear of %s", patch, answer.sentAs, status)
	case answer.status/100 != 2 || !answer.isJSON:
		s.trouble(b, answer, a.ID, minor, "the attempt is %s all the same, and the provider is not told again", status)
	}
	return true
}

// pathID is an id as the platform puts it into a path: None if there is none.
func pathID(id string) string {
	if id == "" {
		return "None"
	}
	return id
}

func attemptPath(e *Exam, a *Attempt) string {
	return "/api/v1/exam/" + pathID(e.ExternalID) + "/attempt/" + a.ExternalID + "/"
}

// removeAtBackend asks the provider to delete an attempt. It reports whether the
// attempt may be gone here, which no answer prevents that can be read.
func (s *Server) removeAtBackend(c call, a *Attempt) (ok bool) {
	e := s.exams.exam(a.ExamID)
	b, known := s.backendOf(e)
	if !known || a.ExternalID == "" {
		return true
	}
	answer := s.send(c, b, remove, attemptPath(e, a), nil)
	switch {
	case answer.broke():
		s.trouble(b, answer, a.ID, fatal, "the attempt could not be removed: there was an error page in its place")
		return false
	case answer.members["status"] != "deleted":
		s.trouble(b, answer, a.ID, minor, `it does not hold "status":"deleted": the attempt is gone here all the same`)
	}
	return true
}

// setUpPage is what the provider says on the page on which a learner sets up. It is
// asked for each view, as long as the set-up goes on; what is no JSON has no
// instructions. ok is false where the page is an error.
func (s *Server) setUpPage(c call, a *Attempt) (instructions []string, download string, ok bool) {
	e := s.exams.exam(a.ExamID)
	b, known := s.backendOf(e)
	if !known || !settingUp(a.Status) {
		return nil, "", true
	}
	c.user = s.users[a.Username]
	var answer heard
	if a.ExternalID != "" {
		answer = s.send(c, b, get, attemptPath(e, a), nil)
		switch {
		case answer.broke():
			s.trouble(b, answer, a.ID, fatal, "the set-up page is an error")
			return nil, "", false
		case !answer.isJSON:
			s.trouble(b, answer, a.ID, minor, "it is no JSON: the set-up page has no instructions")
		}
		s.checkPage(b, answer, a.ID)
	}
	instructions = textsOf(answer.members["instructions"])
	if download = textOf(answer.members["download_url"]); download != "" {
		return instructions, download, true
	}
	config, ok := s.backendConfig(c, e)
	isObject := config.members != nil
	if ok && !isObject {
		s.trouble(b, heard{request: get + " " + configPath}, a.ID, fatal, "the configuration is no JSON object, and was needed for download_url: the set-up page is an error")
	}
	return instructions, textOf(config.members["download_url"]), ok && isObject
}

// backendConfig is what the provider says of itself, whatever JSON that is.
func (s *Server) backendConfig(c call, e *Exam) (config heard, ok bool) {
	b, known := s.backendOf(e)
	if !known {
		return heard{}, false
	}
	answer := s.send(c, b, get, configPath, nil)
	if answer.status == 0 || !answer.isJSON {
		s.trouble(b, answer, 0, fatal, "the configuration is no JSON: the page that wanted it is an error")
		return heard{}, false
	}
	s.checkPage(b, answer, 0)
	return answer, true
}

// ViewSetUp has the platform show the old page of an attempt, and returns the
// instructions on it. [Learner.Look] shows more of both kinds of pages. It returns an
// error where the page would not be shown.
func (s *Server) ViewSetUp(ctx context.Context, attempt int64) (instructions []string, err error) {
	view, err := s.renderPage(ctx, attempt)
	return view.Instructions, err
}

// renderPage has the platform render the old page of an attempt.
func (s *Server) renderPage(ctx context.Context, attempt int64) (View, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.exams.attempt(attempt)
	if a == nil {
		return View{}, fmt.Errorf("edxtest: there is no attempt %d", attempt)
	}
	c := s.offPage(ctx)
	did := fmt.Sprintf("look at exam %d", a.ExamID)
	if !s.overdue(c, a) {
		return View{}, &PageError{Did: did, Status: http.StatusInternalServerError}
	}
	instructions, download, ok := s.setUpPage(c, a)
	if !ok {
		return View{}, &PageError{Did: did, Status: http.StatusInternalServerError}
	}
	view := View{Attempt: a.ID, Status: a.Status, Instructions: instructions, Download: download, Readable: readable(a.Status)}
	s.checkOldPage(a, view)
	return view, nil
}

// offPage is a call that comes by no API.
func (s *Server) offPage(ctx context.Context) call {
	request, _ := http.NewRequestWithContext(ctx, get, testBase, nil)
	return call{request: request}
}
