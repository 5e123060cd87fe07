package edxtest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
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

// getOnboarding shows how far a learner is with the onboarding exam of a course, with a
// link that names no host. A learner whom nobody knows is not handled.
func (s *Server) getOnboarding(c call) reply {
	course, username := c.query.Get("course_id"), c.query.Get("username")
	if username == "" {
		username = c.user.Username
	}
	learner, known := s.users[username]
	switch {
	case course == "":
		return problem("Missing required query parameter course_id")
	case username != c.user.Username && !c.staffIn(course):
		return jsonReply(http.StatusForbidden, object{{"detail", "Must be a Staff User to Perform this request."}})
	case !known:
		return s.crash()
	}
	e := s.onboardingExam(course)
	if e == nil {
		return jsonReply(http.StatusNotFound, object{{"detail", "There is no onboarding exam related to this course id."}})
	}
	status, expires, ok := s.learnerOnboarding(c, learner, e)
	if !ok {
		return s.crash()
	}
	return jsonReply(http.StatusOK, object{
		{"onboarding_status", status}, {"expiration_date", expires}, {"onboarding_link", "/courses/" + course + "/jump_to/" + e.Content},
		{"onboarding_past_due", !e.Due.IsZero() && s.now().After(e.Due)}, {"onboarding_release_date", wireTime(s.courses[course].Start)},
		{"review_requirements_url", "https://lms.example.org/requirements"},
	})
}

// learnerOnboarding is what the provider knows of a learner, whose date is passed on as
// it is written, or else what the platform knows. A 200 without either is not handled.
func (s *Server) learnerOnboarding(c call, learner User, e *Exam) (status, expires any, ok bool) {
	if b, known := s.backendOf(e); known && s.is(VariantOnboardingProfiles, "on") {
		answer := s.send(c, b, get, profilesPath(e.Course)+"?user_id="+obscured(learner.ID, b.Name), nil)
		word, hasWord := answer.members["status"]
		date, hasDate := answer.members["expiration_date"]
		switch {
		case answer.status == http.StatusOK && hasWord && hasDate:
			s.checkProfile(b, answer, word)
			return profileStatus(word), wireValue(date), true
		case answer.status == 0 || answer.status == http.StatusOK:
			s.trouble(b, answer, 0, fatal, "it is no JSON object with status and expiration_date: the page of the onboarding is an error")
			return nil, nil, false
		}
		s.trouble(b, answer, 0, minor, "only 200 will do: the platform shows what it knows itself")
	}
	status, expires = s.ownOnboarding(learner, e)
	return status, expires, true
}

// checkProfile looks whether the platform knows the provider's word for a learner.
func (s *Server) checkProfile(b backend, answer heard, word any) {
	if profileStatus(word) == nil {
		s.trouble(b, answer, 0, minor, "a status in it is none that the platform knows: it shows null")
	}
}

// ownOnboarding is what the platform knows without a provider.
func (s *Server) ownOnboarding(learner User, e *Exam) (status, expires any) {
	a := s.exams.latest(learner.Username, e.ID)
	if a == nil {
		return nil, nil
	}
	switch ends := a.Created.AddDate(2, 0, 0); {
	case s.is(VariantOnboardingExpiry, "time"):
		expires = wireTime(ends)
	case s.is(VariantOnboardingExpiry, "bare-date"):
		expires = ends.Format(time.DateOnly)
	}
	return a.Status, expires
}

func profilesPath(course string) string { return "/api/v1/courses/" + course + "/onboarding_statuses" }

// profileStatuses translate a provider's word for a learner.
var profileStatuses = map[string]string{
	"no-profile": "not_started", "approved-in-course": "verified", "approved-in-different-course": "other_course_approved",
	"rejected": "rejected", "expired": "expired", "pending": "submitted",
}

// profileStatus is null for a word that the platform does not know.
func profileStatus(word any) any { return testserver.OrNull(profileStatuses[textOf(word)]) }

// onboardingStatuses translate an attempt's status for the staff's list, which has null
// for every other one, such as declined.
var onboardingStatuses = map[string]string{
	"": "not_started", "created": "setup_started", "download_software_clicked": "setup_started", "ready_to_start": "setup_started",
	"started": "onboarding_started", "ready_to_submit": "onboarding_started", "submitted": "submitted", "verified": "verified", "rejected": "rejected",
	"error": "error",
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
	}
	rows, status := s.onboardingRows(c, e)
	switch {
	case status == http.StatusInternalServerError:
		return s.crash()
	case status != http.StatusOK || s.is(VariantExamBackend, "down"):
		return jsonReply(http.StatusServiceUnavailable, object{{"detail", "The onboarding service is temporarily unavailable. Please try again later."}})
	}
	_, pages := pageOf(rows, 1, attemptsPage)
	page := clampPage(c.query.Get("page"), pages)
	part, _ := pageOf(rows, page, attemptsPage)
	var next, previous any
	if page < pages {
		next = s.relativeLink(c, page+1)
	}
	if page > 1 {
		previous = s.relativeLink(c, page-1)
	}
	return jsonReply(http.StatusOK, object{
		{"count", len(rows)}, {"previous", previous}, {"next", next}, {"num_pages", pages}, {"results", part},
		{"use_onboarding_profile_api", s.asksProfiles(e)},
	})
}

// asksProfiles reports whether the provider knows who has passed the onboarding.
func (s *Server) asksProfiles(e *Exam) bool {
	_, known := s.backendOf(e)
	return known && s.is(VariantOnboardingProfiles, "on")
}

// onboardingRows are the learners who are wanted, in the words of the provider where it
// is asked: whom it leaves out has not started. The status is that of the list.
func (s *Server) onboardingRows(c call, e *Exam) (rows []object, status int) {
	var profiles map[string]any
	asks := s.asksProfiles(e)
	b, _ := s.backendOf(e)
	if asks {
		if profiles, status = s.readProfiles(c, b, e); status != http.StatusOK {
			return nil, status
		}
	}
	rows = []object{}
	for _, row := range s.enrolled.byID(e.Course) {
		u := s.users[row.Username]
		status, modified := s.onboardingOf(row, e)
		wanted := c.wants(u, status)
		if asks { // the provider has applied the filter to those whom it lists
			word, has := profiles[obscured(u.ID, b.Name)]
			if status = profileStatus(word); !has {
				status = onboardingStatuses[""]
			}
			wanted = u.matches(c.query.Get("text_search")) && (has || c.wants(u, status))
		}
		if wanted && row.Active && slices.Contains(proctoredModes, row.Mode) {
			rows = append(rows, object{{"username", row.Username}, {"enrollment_mode", row.Mode}, {"status", status}, {"modified", modified}})
		}
	}
	return rows, http.StatusOK
}

// readProfiles asks the provider for the learners of a course: their statuses by their
// ids there. Of the answer the first page alone is read.
func (s *Server) readProfiles(c call, b backend, e *Exam) (profiles map[string]any, status int) {
	query := url.Values{"status": {c.query.Get("statuses")}}
	answer := s.send(c, b, get, profilesPath(e.Course)+"?"+query.Encode(), nil)
	results, isList := answer.members["results"].([]any)
	switch {
	case answer.status != 0 && answer.status != http.StatusOK:
		s.trouble(b, answer, 0, fatal, "only 200 will do: staff are told that the service is not available")
		return nil, http.StatusServiceUnavailable
	case answer.status == 0 || !isList:
		s.trouble(b, answer, 0, fatal, "it is no JSON object with a list of results: the page of the onboardings is an error")
		return nil, http.StatusInternalServerError
	}
	profiles = map[string]any{}
	for _, item := range results {
		profile, _ := item.(map[string]any)
		word, hasWord := profile["status"]
		if profile["user_id"] == nil || !hasWord {
			s.trouble(b, answer, 0, fatal, "a row lacks user_id or status: the page of the onboardings is an error")
			return nil, http.StatusInternalServerError
		}
		s.checkProfile(b, answer, word)
		profiles[textOf(profile["user_id"])] = word
	}
	if answer.members["next"] != nil {
		s.trouble(b, answer, 0, minor, "it has a next page, which the platform does not read")
	}
	return profiles, http.StatusOK
}

func (s *Server) onboardingOf(row *enrollmentRow, e *Exam) (status, modified any) {
	a := s.exams.latest(row.Username, e.ID)
	if a == nil {
		return onboardingStatuses[""], nil
	}
	return testserver.OrNull(onboardingStatuses[a.Status]), wireTime(a.Created)
}

func (c call) wants(u User, status any) bool {
	statuses := splitCommas(c.query.Get("statuses"))
	text, _ := status.(string)
	return u.matches(c.query.Get("text_search")) && (statuses == nil || slices.Contains(statuses, text))
}

// relativeLink is a link without a host, unless [VariantNextLinks] has it elsewhere.
func (s *Server) relativeLink(c call, page int) any {
	if !s.is(VariantNextLinks, "same-host") && s.playing[VariantNextLinks] != "" {
		return s.link(c, "page", strconv.Itoa(page))
	}
	query := url.Values{"page": {strconv.Itoa(page)}}
	for _, name := range []string{"text_search", "statuses"} {
		if c.query.Get(name) != "" {
			query.Set(name, c.query.Get(name))
		}
	}
	return c.request.URL.Path + "?" + query.Encode()
}
