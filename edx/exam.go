package edx

import "time"

// ExamKind is what kind of exam it is. The platform may have others.
type ExamKind string

// The kinds that the platform has today.
const (
	ExamTimed      ExamKind = "timed"      // against the clock, unwatched
	ExamProctored  ExamKind = "proctored"  // watched
	ExamPractice   ExamKind = "practice"   // watched, for practice; with some providers the onboarding
	ExamOnboarding ExamKind = "onboarding" // to set the learner's machine up; only in edx-exams
)

// Exam is a part of a course that is sat against the clock.
type Exam struct {
	ID           int64         // of the service that it came from: the LMS and edx-exams number differently
	Course       CourseKey     // the course that it is part of
	Usage        UsageKey      // of the subsection that is the exam
	Name         string        // title of the subsection
	Kind         ExamKind      // timed, proctored, ...
	TimeLimit    time.Duration // without extra time of the learner
	Due          time.Time     // UTC, zero if there is none; can be out of date in the LMS
	HideAfterDue bool          // its content is hidden once it is due
	Active       bool          // false for an exam that the course no longer has
	ExternalID   string        // the provider's own id; "" in edx-exams
	Backend      string        // name of the provider; "" in edx-exams
	Problem      *RowError     `json:",omitempty"` // what could not be read; nil if everything was
}

// AttemptStatus is where an attempt stands. `go doc AttemptCreated` lists them; the
// platform may have others.
type AttemptStatus string

// The statuses that decide what a learner may still do.
const (
	AttemptCreated              AttemptStatus = "created"                // set up, not begun
	AttemptReadyToStart         AttemptStatus = "ready_to_start"         // the provider is ready
	AttemptStarted              AttemptStatus = "started"                // under way
	AttemptReadyToSubmit        AttemptStatus = "ready_to_submit"        // under way, asked whether to submit
	AttemptDeclined             AttemptStatus = "declined"               // the learner will not sit it proctored
	AttemptTimedOut             AttemptStatus = "timed_out"              // over, without being submitted
	AttemptSubmitted            AttemptStatus = "submitted"              // over, not reviewed yet
	AttemptSecondReviewRequired AttemptStatus = "second_review_required" // the first review found something
	AttemptVerified             AttemptStatus = "verified"               // the review found nothing
	AttemptRejected             AttemptStatus = "rejected"               // it counts for nothing
	AttemptError                AttemptStatus = "error"                  // it broke off
	AttemptExpired              AttemptStatus = "expired"                // never begun, and too late now
)

// examWire is an exam in the forms of edx-proctoring and of edx-exams, which
// differ in how they say the kind.
type examWire struct {
	row
	ID           intValue     `json:"id"`
	Course       CourseKey    `json:"course_id"`
	Usage        UsageKey     `json:"content_id"`
	Name         textValue    `json:"exam_name"`
	Type         textValue    `json:"exam_type"`
	Proctored    flagValue    `json:"is_proctored"`
	Practice     flagValue    `json:"is_practice_exam"`
	TimeLimit    minutesValue `json:"time_limit_mins"`
	Due          timeValue    `json:"due_date"`
	HideAfterDue flagValue    `json:"hide_after_due"`
	Active       flagValue    `json:"is_active"`
	ExternalID   textValue    `json:"external_id"`
	Backend      textValue    `json:"backend"`
}

func (w examWire) missing() string {
	if w.ID == 0 {
		return "id"
	}
	return ""
}

// lacks is about an exam of somebody's test, whose content is none of a course.
func (w examWire) lacks() string {
	if w.Usage.IsZero() {
		return "content_id"
	}
	return ""
}

func (w examWire) kind() ExamKind {
	switch {
	case w.Type != "":
		return ExamKind(w.Type)
	case bool(w.Practice):
		return ExamPractice
	case bool(w.Proctored):
		return ExamProctored
	}
	return ExamTimed
}

func (w examWire) exam() Exam {
	return Exam{
		ID: int64(w.ID), Course: w.Course, Usage: w.Usage, Name: string(w.Name), Kind: w.kind(),
		TimeLimit: time.Duration(w.TimeLimit), Due: w.Due.Time, HideAfterDue: bool(w.HideAfterDue),
		Active: bool(w.Active), ExternalID: string(w.ExternalID), Backend: string(w.Backend), Problem: w.problem,
	}
}
