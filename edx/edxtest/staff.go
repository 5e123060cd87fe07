package edxtest

import (
	"context"
	"fmt"
	"strings"
)

// Staff is somebody in front of the pages for staff. What the user may do depends on
// [User.Staff], [User.Roles] and [User.MayRetire].
type Staff struct{ browser }

// Staff returns a user who is signed in to the pages for staff.
func (s *Server) Staff(username string) *Staff { return &Staff{browser{s, username}} }

// PublishExam does what an author does who publishes a subsection as an exam, or
// publishes it again: it is found by its course and its content. A new exam is created
// at the provider and at once updated, since storing the provider's id saves it again;
// a review policy is saved, and sent, by itself. An exam that is no longer proctored is
// sent once more, as one that is not active. It returns the exam as it was saved, or a
// *PageError where the provider's answer made the platform crash. An exam that comes
// back without an ExternalID has got none from the provider, for which see
// [Seen.Troubles]: it is saved all the same, and learners are registered at "None".
func (s *Server) PublishExam(ctx context.Context, e Exam) (Exam, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.offPage(ctx)
	kept := s.exams.examAt(e.Course, e.Content)
	if kept == nil {
		kept = &Exam{}
	}
	crashed := &PageError{Did: "publish exam " + e.Name, Status: 500}
	policy := e.ReviewPolicy
	ok := s.saveExam(c, kept, func(stored *Exam) {
		if e.ReviewPolicy = stored.ReviewPolicy; stored.ID != 0 {
			e.ID, e.ExternalID = stored.ID, stored.ExternalID
		}
		*stored = e
	})
	if !ok {
		return Exam{}, crashed
	}
	if !e.Proctored || e.Practice || policy == "" {
		kept.ReviewPolicy = "" // of which the provider hears at the next save
		return *kept, nil
	}
	if !s.saveExam(c, kept, func(stored *Exam) { stored.ReviewPolicy = policy }) {
		return *kept, crashed
	}
	return *kept, nil
}

// Reset removes all attempts of a learner at an exam, here and at the provider.
func (st *Staff) Reset(ctx context.Context, exam int64, learner string) error {
	u, _ := st.server.User(learner)
	_, err := st.ask(ctx, fmt.Sprintf("reset exam %d", exam), remove, fmt.Sprintf("%sproctored_exam/exam_id/%d/user_id/%d/reset_attempts", proctoring, exam, u.ID), nil)
	return err
}

// RemoveAttempt removes one attempt, here and at the provider.
func (st *Staff) RemoveAttempt(ctx context.Context, attempt int64) error {
	_, err := st.ask(ctx, fmt.Sprintf("remove attempt %d", attempt), remove, fmt.Sprintf("%sproctored_exam/attempt/%d", proctoring, attempt), nil)
	return err
}

// LetResume lets the learner of an attempt in error go on: the next set-up registers
// another attempt with the provider.
func (st *Staff) LetResume(ctx context.Context, attempt int64) error {
	a, _ := st.server.Attempt(attempt)
	u, _ := st.server.User(a.Username)
	_, err := st.ask(ctx, fmt.Sprintf("let attempt %d resume", attempt), put, fmt.Sprintf("%sproctored_exam/attempt/%d", proctoring, attempt),
		object{{"action", "mark_ready_to_resume"}, {"user_id", u.ID}})
	return err
}

// Dashboard is a page of the provider for staff.
type Dashboard struct {
	// Course is the course key.
	Course string
	// ExamID is the platform's number of the exam; 0 is the page of the whole course.
	ExamID int64
	// Attempt is the provider's id of an attempt at the exam, which needs ExamID; "" is
	// the page of the exam.
	Attempt string
	// Settings asks for the page of the exam's settings, which needs ExamID.
	Settings bool
}

// OpenDashboard returns the address at the provider to which the browser is sent. The
// token in it ends after a minute.
func (st *Staff) OpenDashboard(ctx context.Context, d Dashboard) (location string, err error) {
	target := proctoring + "instructor/" + d.Course
	if d.ExamID != 0 {
		target += fmt.Sprintf("/%d?", d.ExamID)
		if d.Settings {
			target += "&config=true"
		}
		if d.Attempt != "" {
			target += "&attempt=" + d.Attempt
		}
	}
	value, err := st.ask(ctx, "open the dashboard of "+d.Course, get, target, nil)
	return textOf(value), err
}

// Onboarding is how far a learner is with the onboarding of a course.
type Onboarding struct {
	// Username is the learner's user name.
	Username string
	// Status is a status in the platform's words; "" is null.
	Status string
	// Expires is the provider's text for the end of an approval; "" is null. Lists have
	// none.
	Expires string
}

// Onboarding reads how far a learner is. The provider is asked if
// [VariantOnboardingProfiles] is played as "on".
func (st *Staff) Onboarding(ctx context.Context, course, learner string) (Onboarding, error) {
	value, err := st.ask(ctx, "look at an onboarding", get, proctoring+"user_onboarding/status?course_id="+escaped(course)+"&username="+learner, nil)
	members := membersOf(value)
	if err != nil {
		return Onboarding{}, err
	}
	return Onboarding{Username: learner, Status: textOf(members["onboarding_status"]), Expires: textOf(members["expiration_date"])}, nil
}

// Onboardings lists the learners of a course on the first page of 25, all of them or
// those with one of the statuses.
func (st *Staff) Onboardings(ctx context.Context, course string, statuses ...string) (rows []Onboarding, err error) {
	target := proctoring + "user_onboarding/status/course_id/" + course
	if len(statuses) > 0 {
		target += "?statuses=" + strings.Join(statuses, ",")
	}
	value, err := st.ask(ctx, "list onboardings", get, target, nil)
	if err != nil {
		return nil, err
	}
	results, _ := membersOf(value)["results"].([]any)
	for _, item := range results {
		row := membersOf(item)
		rows = append(rows, Onboarding{Username: textOf(row["username"]), Status: textOf(row["status"])})
	}
	return rows, nil
}

// RetireAtProviders has every provider at which the user has an attempt forget the
// user. It returns a *PageError unless each of them said true.
func (st *Staff) RetireAtProviders(ctx context.Context, username string) error {
	u, _ := st.server.User(username)
	_, err := st.ask(ctx, "retire a user at the providers", post, fmt.Sprintf("%sretire_backend_user/%d/", proctoring, u.ID), nil)
	return err
}
