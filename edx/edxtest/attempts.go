package edxtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

var attemptRoutes = []route{
	{method: get, pattern: proctoring + "proctored_exam/attempt/grouped/course_id/{course}/search/{text}", auth: authSession, act: (*Server).listAttempts},
	{method: get, pattern: proctoring + "proctored_exam/attempt/grouped/course_id/{course}", auth: authSession, act: (*Server).listAttempts},
	{method: get, pattern: proctoring + "proctored_exam/attempt/course_id/{course}", auth: authSession, act: (*Server).getExamAndAttempt},
	{method: get, pattern: proctoring + "proctored_exam/attempt/{attempt}", auth: authSession, act: (*Server).getAttempt},
	{method: put, pattern: proctoring + "proctored_exam/attempt/{attempt}", auth: authSession, act: (*Server).actOnAttempt},
	{method: remove, pattern: proctoring + "proctored_exam/attempt/{attempt}", auth: authSession, act: (*Server).removeAttempt},
	{method: remove, pattern: proctoring + "proctored_exam/exam_id/{exam}/user_id/{user}/reset_attempts", auth: authSession, act: (*Server).resetAttempts},
	{method: get, pattern: proctoring + "proctored_exam/attempt", auth: authSession, act: (*Server).getCurrentAttempt},
	{method: post, pattern: proctoring + "proctored_exam/attempt", auth: authSession, act: (*Server).createAttempt},
	{method: get, pattern: proctoring + "proctored_exam/active_attempt", auth: authSession, act: (*Server).getActiveAttempt},
}

const attemptsPage = 25

func (s *Server) userObject(username string) object {
	u := s.users[username]
	return object{{"id", u.ID}, {"username", username}, {"email", u.Email}}
}

func (s *Server) attemptObject(a *Attempt) object {
	e := s.exams.exam(a.ExamID)
	return object{
		{"id", a.ID}, {"created", wireTime(a.Created)}, {"modified", wireTime(a.Created)}, {"user", s.userObject(a.Username)},
		{"started_at", wireTime(a.Started)}, {"completed_at", wireTime(a.Completed)}, {"external_id", testserver.OrNull(a.ExternalID)}, {"status", a.Status},
		{"proctored_exam", e.object()}, {"allowed_time_limit_mins", a.allowed()}, {"attempt_code", a.code()}, {"is_sample_attempt", a.Sample},
		{"taking_as_proctored", a.Proctored}, {"review_policy_id", nil}, {"is_status_acknowledged", false},
		{"time_remaining_seconds", nil}, {"is_resumable", a.Resumable}, {"ready_to_resume", a.Status == "ready_to_resume"}, {"resumed", false},
	}
}

// listAttempts groups by learner and exam, newest first, 25 groups a page. A page
// past the end is the last one again.
func (s *Server) listAttempts(c call) reply {
	course := c.vars["course"]
	if !c.staffIn(course) {
		return c.forbid()
	}
	groups := s.attemptGroups(course, c.vars["text"])
	_, pages := pageOf(groups, 1, attemptsPage)
	page := clampPage(c.query.Get("page"), pages)
	part, _ := pageOf(groups, page, attemptsPage)
	return jsonReply(http.StatusOK, object{
		{"proctored_exam_attempts", s.groupObjects(part)}, {"pagination_info", object{
			{"has_previous", page > 1}, {"has_next", page < pages}, {"current_page", page}, {"total_pages", pages},
		}}, {"attempt_url", proctoring + "proctored_exam/attempt/grouped/course_id/" + course},
	})
}

// attemptGroups are the attempts of each learner at each exam of the course, as far
// as the learner's name or address holds the text.
func (s *Server) attemptGroups(course, text string) (groups [][]*Attempt) {
	type key struct {
		username string
		exam     int64
	}
	place := map[key]int{}
	for _, a := range slices.Backward(s.exams.attempts) {
		if s.exams.exam(a.ExamID).Course != course || !s.users[a.Username].matches(text) {
			continue
		}
		k := key{a.Username, a.ExamID}
		if _, known := place[k]; !known {
			place[k] = len(groups)
			groups = append(groups, nil)
		}
		groups[place[k]] = append(groups[place[k]], a)
	}
	return groups
}

func (s *Server) groupObjects(groups [][]*Attempt) []object {
	rows := []object{}
	for _, group := range groups {
		all := []object{}
		for _, a := range group {
			all = append(all, s.attemptObject(a))
		}
		rows = append(rows, append(s.attemptObject(group[0]), member{"all_attempts", all}))
	}
	return rows
}

// getAttempt is for the learner alone, and may submit an attempt whose time is over.
func (s *Server) getAttempt(c call) reply {
	a := s.attemptIn(c)
	switch {
	case a == nil:
		return problem("Attempted to get attempt_id=%s, but this attempt does not exist.", c.vars["attempt"])
	case a.Username != c.user.Username:
		return c.forbid()
	}
	if !s.overdue(c, a) {
		return s.crash()
	}
	return jsonReply(http.StatusOK, append(s.attemptObject(a), member{"accessibility_time_string", s.spoken(a)}))
}

func (s *Server) attemptIn(c call) *Attempt {
	id, _ := toNumber(c.vars["attempt"])
	return s.exams.attempt(id)
}

func (s *Server) spoken(a *Attempt) string {
	return "you have " + strconv.Itoa(int(s.remaining(a)/time.Minute)) + " minutes remaining"
}

// attemptData is what a learner's page shows.
func (s *Server) attemptData(a *Attempt) object {
	e := s.exams.exam(a.ExamID)
	prose := map[string]string{"onboarding": "an onboarding exam", "practice": "a practice exam", "proctored": "a proctored exam", "timed": "a timed exam"}
	return object{
		{"in_timed_exam", true}, {"taking_as_proctored", a.Proctored}, {"exam_type", prose[e.kind()]}, {"exam_display_name", e.Name},
		{"exam_url_path", "/courses/" + e.Course + "/jump_to/" + e.Content}, {"time_remaining_seconds", fraction(s.remaining(a).Seconds())},
		{"total_time", strconv.Itoa(a.Minutes) + " minutes"}, {"low_threshold_sec", a.Minutes * 12}, {"critically_low_threshold_sec", a.Minutes * 3},
		{"course_id", e.Course}, {"attempt_id", a.ID}, {"external_id", testserver.OrNull(a.ExternalID)}, {"accessibility_time_string", s.spoken(a)},
		{"attempt_status", a.Status}, {"exam_started_poll_url", proctoring + "proctored_exam/attempt/" + strconv.FormatInt(a.ID, 10)},
		{"attempt_ready_to_resume", a.Status == "ready_to_resume"}, {"use_legacy_attempt_api", true}, {"desktop_application_js_url", ""}, {"attempt_code", a.code()},
	}
}

// activeAttempt is the learner's attempt that runs now, or nil. Looking for it
// submits those whose time is over, of which the provider must hear.
func (s *Server) activeAttempt(c call, username string) (active *Attempt, ok bool) {
	for _, a := range slices.Backward(s.exams.attempts) {
		if a.Username != username {
			continue
		}
		if !s.overdue(c, a) {
			return nil, false
		}
		if a.running() {
			return a, true
		}
	}
	return nil, true
}

func (s *Server) getCurrentAttempt(c call) reply {
	a, ok := s.activeAttempt(c, c.user.Username)
	switch {
	case !ok:
		return s.crash()
	case a == nil:
		return jsonReply(http.StatusOK, object{{"in_timed_exam", false}, {"is_proctored", false}})
	}
	return jsonReply(http.StatusOK, s.attemptData(a))
}

// learner returns the user that user_id names: the caller, or for global staff another.
func (s *Server) learner(c call) (u User, refused reply, ok bool) {
	id := c.query.Get("user_id")
	if id == "" || id == strconv.FormatInt(c.user.ID, 10) {
		return c.user, reply{}, true
	}
	if !c.user.Staff {
		return u, jsonReply(http.StatusForbidden, object{{"detail", "Must be a Staff User to Perform this request."}}), false
	}
	n, _ := toNumber(id)
	return s.userWithID(n), reply{}, true
}

func (s *Server) getActiveAttempt(c call) reply {
	u, refused, ok := s.learner(c)
	if !ok {
		return refused
	}
	data := object{}
	a, ok := s.activeAttempt(c, u.Username)
	if !ok {
		return s.crash()
	}
	if a != nil {
		data = s.attemptData(a)
	}
	return jsonReply(http.StatusOK, data)
}

// getExamAndAttempt answers an empty exam where there is none. The learning front end
// reads it for each of its pages: the provider is asked as long as the set-up goes on.
func (s *Server) getExamAndAttempt(c call) reply {
	u, refused, ok := s.learner(c)
	if !ok {
		return refused
	}
	active, exam := object{}, object{}
	running, ok := s.activeAttempt(c, u.Username)
	if !ok {
		return s.crash()
	}
	if running != nil {
		active = s.attemptData(running)
	}
	if e := s.exams.examAt(c.vars["course"], c.query.Get("content_id")); e != nil && !e.Inactive && s.courses[e.Course].ExamProvider == "" {
		attempt := object{}
		if a := s.exams.latest(u.Username, e.ID); a != nil {
			download, ok := "", s.overdue(c, a)
			if ok {
				_, download, ok = s.setUpPage(c, a)
			}
			if !ok {
				return s.crash()
			}
			if attempt = s.attemptData(a); download != "" {
				attempt = append(attempt, member{"software_download_url", download})
			}
		}
		exam = append(e.object(), member{"attempt", attempt}, member{"type", e.kind()},
			member{"passed_due_date", !e.Due.IsZero() && s.now().After(e.Due)}, member{"use_legacy_attempt_api", true},
			member{"total_time", strconv.Itoa(s.minutesFor(e, u.Username)) + " minutes"})
	}
	return jsonReply(http.StatusOK, object{{"exam", exam}, {"active_attempt", active}})
}

var (
	incompleteStatuses = []string{"eligible", "created", "download_software_clicked", "ready_to_start", "started", "ready_to_submit"}
	beforeStart        = []string{"eligible", "created", "download_software_clicked", "ready_to_start"}
)

// createAttempt begins the set-up of an exam. Its flags are texts: a real
// boolean crashes the view.
func (s *Server) createAttempt(c call) reply {
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	flags := map[string]bool{}
	for _, name := range []string{"start_clock", "attempt_proctored"} {
		if _, isBool := body[name].(bool); isBool {
			return s.crash()
		}
		flags[name] = strings.ToLower(body.text(name)) == "true"
	}
	e := s.platformExam(body.text("exam_id"))
	switch {
	case e == nil:
		return noExam(body.text("exam_id"))
	case !e.Practice && !e.Due.IsZero() && s.now().After(e.Due):
		return jsonReply(http.StatusForbidden, object{{"detail", fmt.Sprintf("Attempted to create an attempt at exam_id=%d, which is past due.", e.ID)}})
	}
	a, refused, ok := s.newAttempt(c, e, c.user.Username, flags["attempt_proctored"])
	switch {
	case !ok:
		return refused
	case e.Proctored && !a.Proctored:
		return s.decline(a)
	}
	if flags["start_clock"] {
		a.Status, a.Started = "started", s.now()
		if !s.tellAttempt(c, a) {
			return s.crash()
		}
	}
	s.keepAttempt(a)
	if flags["start_clock"] {
		s.opened(a)
	}
	return jsonReply(http.StatusOK, object{{"exam_attempt_id", a.ID}})
}

// newAttempt is one that is registered with the provider, and not yet kept here. There
// is one for a learner and exam, unless it is for practice, or staff let the learner
// resume: then the provider is asked for another one.
func (s *Server) newAttempt(c call, e *Exam, username string, proctored bool) (a *Attempt, refused reply, ok bool) {
	if former := s.exams.latest(username, e.ID); former != nil && !former.Sample && former.Status != "ready_to_resume" {
		return nil, problem("Cannot create attempt for exam_id = %d and user_id = %d because it already exists!", e.ID, s.users[username].ID), false
	}
	a = &Attempt{ExamID: e.ID, Username: username, Status: "created", Created: s.now(), Sample: e.Practice,
		Proctored: proctored, Minutes: s.minutesFor(e, username)}
	if !proctored {
		return a, reply{}, true
	}
	refused, ok = s.registerAttempt(c, e, a)
	return a, refused, ok
}

// decline keeps a new attempt of a learner who wants no proctor, of whom the provider
// hears nothing.
func (s *Server) decline(a *Attempt) reply {
	a.Status, a.Completed = "declined", s.now()
	s.keepAttempt(a)
	s.opened(a)
	s.declineOthers(a)
	return jsonReply(http.StatusOK, object{{"exam_attempt_id", a.ID}})
}

// attemptActions are the statuses that the actions ask for.
var attemptActions = map[string]string{
	"stop": "ready_to_submit", "start": "started", "submit": "submitted", "click_download_software": "download_software_clicked",
	"reset_attempt": "created", "error": "error", "decline": "declined", "mark_ready_to_resume": "ready_to_resume",
}

// actOnAttempt changes the status for the learner; staff may only let the learner
// resume.
func (s *Server) actOnAttempt(c call) reply {
	body, refused, ok := c.jsonObject(jsonType)
	if !ok {
		return refused
	}
	a := s.attemptIn(c)
	if a == nil {
		return problem("Attempted to update attempt_id=%s, but this attempt does not exist.", c.vars["attempt"])
	}
	action := body.text("action")
	resumes := action == "mark_ready_to_resume" && body.has("user_id") && c.staffIn(s.exams.exam(a.ExamID).Course)
	if a.Username != c.user.Username && !resumes {
		return c.forbid()
	}
	to, known := attemptActions[action]
	if !known {
		return s.crash()
	}
	switch {
	case action == "reset_attempt":
		return s.practiceAgain(c, a)
	case action == "error" && a.Status == "submitted":
		return jsonReply(http.StatusOK, object{{"exam_attempt_id", false}})
	case action == "start" && a.Status == "started" && !a.Started.IsZero():
		return problem("Cannot start exam attempt for exam_id=%d and user_id=%d because it has already started!", a.ExamID, s.users[a.Username].ID)
	}
	if refused, ok := s.setStatus(c, a, to); !ok {
		return refused
	}
	return jsonReply(http.StatusOK, object{{"exam_attempt_id", a.ID}})
}

// setStatus moves an attempt: never from complete back to incomplete, and from a
// running one back to its set-up only to "submitted".
func (s *Server) setStatus(c call, a *Attempt, to string) (refused reply, ok bool) {
	incomplete := slices.Contains(incompleteStatuses, a.Status)
	if !incomplete && slices.Contains(incompleteStatuses, to) {
		return problem("A status transition from %q to %q was attempted on exam_id %d for user_id %d. This is not allowed!",
			a.Status, to, a.ExamID, s.users[a.Username].ID), false
	}
	if a.running() && slices.Contains(beforeStart, to) || to == "timed_out" && !s.is(VariantTimedOut, "timed-out") {
		to = "submitted"
	}
	before := *a
	again := to == "started" && !a.Started.IsZero() // of which the provider does not hear
	if to == "started" && a.Started.IsZero() {
		a.Started, a.Minutes = s.now(), s.minutesFor(s.exams.exam(a.ExamID), a.Username)
	}
	if incomplete && !slices.Contains(incompleteStatuses, to) {
		a.Completed = s.now()
	}
	if a.Status = to; !again && !s.tellAttempt(c, a) {
		*a = before
		return s.crash(), false
	}
	switch to {
	case "started":
		s.opened(a)
	case "error":
		a.Resumable = true
	case "declined":
		if kept := s.sitting(a); kept != nil {
			s.keepUp(kept)
		}
		a.ExternalID, a.Proctored = "", false
		s.opened(a)
		s.declineOthers(a)
	}
	s.completed(a)
	return reply{}, true
}

// completed forgets attempts that waited for the onboarding, once an onboarding exam is
// complete: the learner may set up the proctored exam again.
func (s *Server) completed(a *Attempt) {
	if e := s.exams.exam(a.ExamID); e.kind() != "onboarding" || slices.Contains(incompleteStatuses, a.Status) {
		return
	}
	s.dropAttempts(func(other *Attempt) bool {
		return other.Username == a.Username && slices.Contains(onboardingErrors, other.Status)
	})
}

// practiceAgain ends an attempt at a practice exam and makes another one, which is
// registered with the provider.
func (s *Server) practiceAgain(c call, a *Attempt) reply {
	e := s.exams.exam(a.ExamID)
	learner := s.users[a.Username]
	switch {
	case !e.Practice:
		return problem("Failed to reset attempt status on exam_id=%d for user_id=%d. Only practice exams may be reset! (course_id=%s)", e.ID, learner.ID, e.Course)
	case slices.Contains(incompleteStatuses, a.Status) || a.Status == "verified":
		return problem("Failed to reset attempt status on exam_id=%d for user_id=%d. Attempt with status=%s cannot be reset! (course_id=%s)", e.ID, learner.ID, a.Status, e.Course)
	case a.Status != "submitted":
		a.Status = "onboarding_reset"
	case !s.forgetAttempts(c, []*Attempt{a}):
		return s.crash()
	}
	again, refused, ok := s.newAttempt(c, e, a.Username, a.Proctored)
	if !ok {
		return refused
	}
	s.keepAttempt(again)
	return jsonReply(http.StatusOK, object{{"exam_attempt_id", again.ID}})
}

// declineOthers declines the learner's other proctored exams in the course.
func (s *Server) declineOthers(declined *Attempt) {
	course := s.exams.exam(declined.ExamID).Course
	for _, e := range s.platformExams(course) {
		if !e.Proctored || e.Practice || e.Inactive || e.ID == declined.ExamID {
			continue
		}
		a := s.exams.latest(declined.Username, e.ID)
		if a == nil {
			a = &Attempt{ExamID: e.ID, Username: declined.Username, Created: s.now(), Status: "created", Minutes: e.Minutes}
			s.keepAttempt(a)
		}
		if slices.Contains(incompleteStatuses, a.Status) {
			a.Status, a.Completed = "declined", s.now()
			s.opened(a)
		}
	}
}

// removeAttempt is for the staff of the course, which is looked up from the attempt:
// for them an attempt that does not exist is not handled.
func (s *Server) removeAttempt(c call) reply {
	if refused, ok := s.needStaff(c, nil); !ok {
		return refused
	}
	a := s.attemptIn(c)
	if a == nil {
		return problem("Attempted to remove attempt_id=%s, but this attempt does not exist.", c.vars["attempt"])
	}
	if !s.forgetAttempts(c, []*Attempt{a}) {
		return s.crash()
	}
	return emptyReply(http.StatusOK)
}

// forgetAttempts tells the providers, and then removes the attempts, all of them or
// none.
func (s *Server) forgetAttempts(c call, attempts []*Attempt) (ok bool) {
	for _, a := range attempts {
		if !s.removeAtBackend(c, a) {
			return false
		}
	}
	s.dropAttempts(func(a *Attempt) bool { return slices.Contains(attempts, a) })
	return true
}

// dropAttempts removes attempts here. Who goes through the former list meanwhile finds
// it as it was.
func (s *Server) dropAttempts(gone func(*Attempt) bool) {
	for _, kept := range s.sittings {
		s.keepUp(kept)
	}
	s.exams.attempts = slices.DeleteFunc(slices.Clone(s.exams.attempts), gone)
}

// resetAttempts removes all attempts of a learner at an exam.
func (s *Server) resetAttempts(c call) reply {
	if refused, ok := s.needStaff(c, nil); !ok {
		return refused
	}
	e := s.platformExam(c.vars["exam"])
	if e == nil {
		return jsonReply(http.StatusNotFound, "The exam with id "+c.vars["exam"]+" does not exist.")
	}
	var mine []*Attempt
	for _, a := range s.exams.attempts {
		if a.ExamID == e.ID && strconv.FormatInt(s.users[a.Username].ID, 10) == c.vars["user"] {
			mine = append(mine, a)
		}
	}
	switch {
	case mine == nil:
		return jsonReply(http.StatusNotFound, "There are no attempts of the user with id "+c.vars["user"]+".")
	case !s.forgetAttempts(c, mine):
		return s.crash()
	}
	return emptyReply(http.StatusOK)
}
