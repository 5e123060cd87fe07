package edxtest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

var onboardingRoutes = []route{
	{method: get, pattern: proctoring + "user_onboarding/status", auth: authSession, act: (*Server).getOnboarding},
	{method: get, pattern: proctoring + "user_onboarding/status/course_id/{course}", auth: authSession, act: (*Server).listOnboarding},
}

// proctoredModes are those in which a learner may sit a proctored exam.
var proctoredModes = []string{"verified", "masters", "professional", "executive-education"}

func (s *Server) onboardingExam(course string) *Exam {
	for _, e := range s.platformExams(course) {
		if e.kind() == "onboarding" && !e.Inactive {
			return e
		}
	}
	return nil
}

// getOnboarding shows how far a learner is with the onboarding exam of a course.
func (s *Server) getOnboarding(c call) reply {
	course, username := c.query.Get("course_id"), c.query.Get("username")
	if username == "" {
		username = c.user.Username
	}
	switch {
	case course == "":
		return problem("Missing required query parameter course_id")
	case username != c.user.Username && !c.staffIn(course):
		return jsonReply(http.StatusForbidden, object{{"detail", "Must be a Staff User to Perform this request."}})
	}
	e := s.onboardingExam(course)
	if e == nil {
		return jsonReply(http.StatusNotFound, object{{"detail", "There is no onboarding exam related to this course id."}})
	}
	answer := object{}
	if a := s.exams.latest(username, e.ID); a != nil {
		answer = object{{"onboarding_status", a.Status}}
	}
	released := s.courses[course].Start
	return jsonReply(http.StatusOK, append(answer,
		member{"onboarding_link", "https://lms.example.org/courses/" + course + "/jump_to/" + e.Content},
		member{"onboarding_past_due", !e.Due.IsZero() && s.now().After(e.Due)}, member{"onboarding_release_date", wireTime(released)},
		member{"review_requirements_url", "https://lms.example.org/requirements"}))
}

// onboardingStatuses translate an attempt's status for the staff's list.
var onboardingStatuses = map[string]string{
	"": "not_started", "created": "setup_started", "download_software_clicked": "setup_started", "ready_to_start": "setup_started",
	"started": "onboarding_started", "ready_to_submit": "onboarding_started", "submitted": "submitted", "verified": "verified", "rejected": "rejected",
}

// listOnboarding lists the learners who need onboarding, with links that name no host.
func (s *Server) listOnboarding(c call) reply {
	course := c.vars["course"]
	e := s.onboardingExam(course)
	switch {
	case !c.staffIn(course):
		return c.forbid()
	case e == nil:
		return jsonReply(http.StatusNotFound, object{{"detail", "There is no onboarding exam related to this course id."}})
	case s.is(VariantExamBackend, "down"):
		return jsonReply(http.StatusServiceUnavailable, object{{"detail", "The onboarding service is temporarily unavailable. Please try again later."}})
	}
	rows := []object{}
	for _, row := range s.enrolled.byID(course) {
		if status, modified := s.onboardingOf(row, e); row.Active && slices.Contains(proctoredModes, row.Mode) && c.wants(s.users[row.Username], status) {
			rows = append(rows, object{{"username", row.Username}, {"enrollment_mode", row.Mode}, {"status", status}, {"modified", modified}})
		}
	}
	_, pages := pageOf(rows, 1, attemptsPage)
	page := clampPage(c.query.Get("page"), pages)
	part, _ := pageOf(rows, page, attemptsPage)
	var next, previous any
	if page < pages {
		next = c.relativeLink(page + 1)
	}
	if page > 1 {
		previous = c.relativeLink(page - 1)
	}
	return jsonReply(http.StatusOK, object{
		{"count", len(rows)}, {"previous", previous}, {"next", next}, {"num_pages", pages}, {"results", part}, {"use_onboarding_profile_api", false},
	})
}

func (s *Server) onboardingOf(row *enrollmentRow, e *Exam) (status string, modified any) {
	a := s.exams.latest(row.Username, e.ID)
	if a == nil {
		return onboardingStatuses[""], nil
	}
	if status, known := onboardingStatuses[a.Status]; known {
		return status, wireTime(a.Created)
	}
	return "error", wireTime(a.Created)
}

func (c call) wants(u User, status string) bool {
	statuses := splitCommas(c.query.Get("statuses"))
	return u.matches(c.query.Get("text_search")) && (statuses == nil || slices.Contains(statuses, status))
}

func (c call) relativeLink(page int) string {
	query := url.Values{"page": {strconv.Itoa(page)}}
	for _, name := range []string{"text_search", "statuses"} {
		if c.query.Get(name) != "" {
			query.Set(name, c.query.Get(name))
		}
	}
	return c.request.URL.Path + "?" + query.Encode()
}
