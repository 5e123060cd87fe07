package edxtest

import (
	"net/http"
	"slices"
	"strconv"
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

func (o *Server) userObject(username string) object {
	u := o.users[username]
	return object{{"id", u.ID}, {"username", username}, {"email", u.Email}}
}

func (o *Server) attemptObject(a *Attempt) object {
	e := o.exams.exam(a.ExamID)
	return object{
		{"id", a.ID}, {"created", wireTime(a.Created)}, {"modified", wireTime(a.Created)}, {"user", o.userObject(a.Username)},
		{"started_at", wireTime(a.Started)}, {"completed_at", wireTime(a.Completed)}, {"external_id", testserver.OrNull(a.ExternalID)}, {"status", a.Status},
		{"proctored_exam", e.object()}, {"allowed_time_limit_mins", a.Minutes}, {"attempt_code", a.code()}, {"is_sample_attempt", a.Sample},
		{"taking_as_proctored", a.Proctored}, {"review_policy_id", nil}, {"is_status_acknowledged", false},
		{"time_remaining_seconds", nil}, {"is_resumable", a.Resumable}, {"ready_to_resume", a.Status == "ready_to_resume"}, {"resumed", false},
	}
}

// listAttempts groups by learner and exam, newest first, 25 groups a page. A page
// past the end is the last one again.
func (o *Server) listAttempts(c call) reply {
	course := c.vars["course"]
	if !c.staffIn(course) {
		return c.forbid()
	}
	groups := o.attemptGroups(course, c.vars["text"])
	_, pages := pageOf(groups, 1, attemptsPage)
	page := clampPage(c.query.Get("page"), pages)
	part, _ := pageOf(groups, page, attemptsPage)
	return jsonReply(http.StatusOK, object{
		{"proctored_exam_attempts", o.groupObjects(part)}, {"pagination_info", object{
			{"has_previous", page > 1}, {"has_next", page < pages}, {"current_page", page}, {"total_pages", pages},
		}}, {"attempt_url", proctoring + "proctored_exam/attempt/grouped/course_id/" + course},
	})
}

// attemptGroups are the attempts of each learner at each exam of the course, as far
// as the learner's name or address holds the text.
func (o *Server) attemptGroups(course, text string) (groups [][]*Attempt) {
	type key struct {
		username string
		exam     int64
	}
	place := map[key]int{}
	for _, a := range slices.Backward(o.exams.attempts) {
		if o.exams.exam(a.ExamID).Course != course || !o.users[a.Username].matches(text) {
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

func (o *Server) groupObjects(groups [][]*Attempt) []object {
	rows := []object{}
	for _, group := range groups {
		all := []object{}
		for _, a := range group {
			all = append(all, o.attemptObject(a))
		}
		rows = append(rows, append(o.attemptObject(group[0]), member{"all_attempts", all}))
	}
	return rows
}

// getAttempt is for the learner alone, and may submit an attempt whose time is over.
func (o *Server) getAttempt(c call) reply {
	a := o.attemptIn(c)
	switch {
	case a == nil:
		return problem("Attempted to get attempt_id=%s, but this attempt does not exist.", c.vars["attempt"])
	case a.Username != c.user.Username:
		return c.forbid()
	}
	o.overdue(a)
	return jsonReply(http.StatusOK, append(o.attemptObject(a), member{"accessibility_time_string", o.spoken(a)}))
}

func (o *Server) attemptIn(c call) *Attempt {
	id, _ := toNumber(c.vars["attempt"])
	return o.exams.attempt(id)
}

func (o *Server) spoken(a *Attempt) string {
	return "you have " + strconv.Itoa(int(o.remaining(a)/time.Minute)) + " minutes remaining"
}

// attemptData is what a learner's page shows.
func (o *Server) attemptData(a *Attempt) object {
	e := o.exams.exam(a.ExamID)
	prose := map[string]string{"onboarding": "an onboarding exam", "practice": "a practice exam", "proctored": "a proctored exam", "timed": "a timed exam"}
	return object{
		{"in_timed_exam", true}, {"taking_as_proctored", a.Proctored}, {"exam_type", prose[e.kind()]}, {"exam_display_name", e.Name},
		{"exam_url_path", "/courses/" + e.Course + "/jump_to/" + e.Content}, {"time_remaining_seconds", fraction(o.remaining(a).Seconds())},
		{"total_time", strconv.Itoa(a.Minutes) + " minutes"}, {"low_threshold_sec", a.Minutes * 12}, {"critically_low_threshold_sec", a.Minutes * 3},
		{"course_id", e.Course}, {"attempt_id", a.ID}, {"external_id", testserver.OrNull(a.ExternalID)}, {"accessibility_time_string", o.spoken(a)},
		{"attempt_status", a.Status}, {"exam_started_poll_url", proctoring + "proctored_exam/attempt/" + strconv.FormatInt(a.ID, 10)},
		{"attempt_ready_to_resume", a.Status == "ready_to_resume"}, {"use_legacy_attempt_api", true}, {"desktop_application_js_url", ""}, {"attempt_code", a.code()},
	}
}

// activeAttempt is the learner's attempt that runs now, or nil. Looking for it
// submits those whose time is over.
func (o *Server) activeAttempt(username string) *Attempt {
	for _, a := range slices.Backward(o.exams.attempts) {
		if a.Username == username {
			if o.overdue(a); a.running() {
				return a
			}
		}
	}
	return nil
}

func (o *Server) getCurrentAttempt(c call) reply {
	a := o.activeAttempt(c.user.Username)
	if a == nil {
		return jsonReply(http.StatusOK, object{{"in_timed_exam", false}, {"is_proctored", false}})
	}
	return jsonReply(http.StatusOK, o.attemptData(a))
}

// learner is the user of whom user_id speaks: the caller, or for global staff another.
func (o *Server) learner(c call) (u User, refused reply, ok bool) {
	id := c.query.Get("user_id")
	if id == "" || id == strconv.FormatInt(c.user.ID, 10) {
		return c.user, reply{}, true
	}
	if !c.user.Staff {
		return u, jsonReply(http.StatusForbidden, object{{"detail", "Must be a Staff User to Perform this request."}}), false
	}
	n, _ := toNumber(id)
	return o.userWithID(n), reply{}, true
}

func (o *Server) getActiveAttempt(c call) reply {
	u, refused, ok := o.learner(c)
	if !ok {
		return refused
	}
	data := object{}
	if a := o.activeAttempt(u.Username); a != nil {
		data = o.attemptData(a)
	}
	return jsonReply(http.StatusOK, data)
}

// getExamAndAttempt answers an empty exam where there is none.
func (o *Server) getExamAndAttempt(c call) reply {
	u, refused, ok := o.learner(c)
	if !ok {
		return refused
	}
	active, exam := object{}, object{}
	if a := o.activeAttempt(u.Username); a != nil {
		active = o.attemptData(a)
	}
	if e := o.exams.examAt(c.vars["course"], c.query.Get("content_id")); e != nil && !e.Inactive && o.courses[e.Course].ExamProvider == "" {
		attempt := object{}
		if a := o.exams.latest(u.Username, e.ID); a != nil {
			o.overdue(a)
			attempt = o.attemptData(a)
		}
		exam = append(e.object(), member{"attempt", attempt}, member{"type", e.kind()},
			member{"passed_due_date", !e.Due.IsZero() && o.now().After(e.Due)}, member{"use_legacy_attempt_api", true},
			member{"total_time", strconv.Itoa(o.minutesFor(e, u.Username)) + " minutes"})
	}
	return jsonReply(http.StatusOK, object{{"exam", exam}, {"active_attempt", active}})
}
