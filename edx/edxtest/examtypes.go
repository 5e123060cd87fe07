package edxtest

import "time"

// Exam is a timed or proctored subsection of a course.
type Exam struct {
	ID           int64 // 0: the next one is given
	Course       string
	Content      string // usage key of the subsection
	Name         string
	Minutes      int
	Due          time.Time // zero is unset
	Proctored    bool      // neither flag: a timed exam
	Practice     bool      // with Proctored: a practice or onboarding exam
	Inactive     bool
	HideAfterDue bool
	ExternalID   string // the provider's id, "" is unset
	Backend      string // "" is unset
	ReviewPolicy string
}

// Attempt is a learner's attempt at a special exam.
type Attempt struct {
	ID         int64 // 0: the next one is given
	ExamID     int64
	Username   string
	Status     string // "" is created
	Created    time.Time
	Started    time.Time // zero is not yet
	Completed  time.Time
	Minutes    int    // allowed; 0: those of the exam and the learner's extra time, fixed at the start
	ExternalID string // the provider's id, "" is unset
	Sample     bool
	Proctored  bool
	Resumable  bool
	Review     *Review // nil: none yet
}

// Review is the verdict that edx-exams keeps about an attempt.
type Review struct {
	Submitted time.Time
	Severity  string // such as 0.25
	Reason    string
}

// Allowance is what a learner is granted at one exam.
type Allowance struct {
	ID       int64 // 0: the next one is given
	ExamID   int64
	Username string
	Key      string // additional_time_granted (minutes) or review_policy_exception
	Value    string
}

// ExamProvider is a provider that edx-exams knows.
type ExamProvider struct{ Name, VerboseName string }
