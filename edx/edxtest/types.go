package edxtest

import (
	"time"
)

// User is an account on the platform.
type User struct {
	ID          int64
	Username    string
	Name        string // full name
	Email       string
	Country     string // ISO 3166-1 alpha-2; "" is unset
	Phone       string
	TimeZone    string            // IANA name, kept as a preference; "" is unset
	Private     bool              // strangers see the user name alone
	Minor       bool              // forced to be private
	Staff       bool              // global staff: may read everything
	MayRetire   bool              // has the permission accounts.can_retire_user
	Roles       []Role            // what a user who is not global staff may do in some courses
	Groups      []string          // Django groups, such as x_review of a proctoring backend x
	Preferences map[string]string // besides account_privacy, pref-lang and time_zone
	Verified    *Verification     // nil: never verified
}

// Role is what a user may do in one course, or in all courses of an organization.
type Role struct {
	Org    string
	Course string // "" is every course of Org
	Name   string // such as staff or instructor
	Exams  bool   // given at edx-exams, which knows nothing of the platform's own roles
}

// Verification is what the platform knows about a learner's identity.
type Verification struct {
	Status  string // approved, pending, must_reverify, ...
	Expires time.Time
}

// Course is a course run.
type Course struct {
	Key             string // such as course-v1:ExampleX+CS101+2026_T1
	Name            string
	Start, End      time.Time // zero is unset
	EnrollmentStart time.Time
	EnrollmentEnd   time.Time
	SelfPaced       bool
	InviteOnly      bool
	StaffOnly       bool     // invisible in the catalog but for staff
	Mobile          bool     // available in the mobile app
	Modes           []Mode   // none: the platform's default, audit
	Capacity        int      // how many may be enrolled; 0 is no limit
	Embargoed       []string // countries whose learners may not enroll
	Refusal         string   // what a plugin says to everybody who enrolls; "" is no plugin
	Cohorts         []string
	Grading         []AssignmentPolicy
	NoCertificates  bool      // there is no configuration for certificates
	CertificatesOn  time.Time // when they become available; zero is unset
	ExamProvider    string    // a provider of edx-exams; "" leaves the exams to the platform
	EscalationEmail string
}

// Mode is a way in which a course can be taken.
type Mode struct {
	Slug        string // audit, honor, verified, ...
	Name        string
	Price       int       // whole US dollars
	Expires     time.Time // zero is never
	Description string
	SKU         string
}

// AssignmentPolicy is a row of a course's grading policy.
type AssignmentPolicy struct {
	Type    string
	Count   int
	Dropped int
	Weight  float64 // 0 to 1
}

// Enrollment is a row of the platform: a learner in a course.
type Enrollment struct {
	Username, Course string
	Mode             string
	Active           bool
	Created          time.Time // zero is now
}

// Grade is what a learner has reached in a course.
type Grade struct {
	Username, Course string
	Percent          float64 // 0 to 1
	Letter           string  // "" is none
	Passed           bool
	Broken           bool // can't be computed: such learners are left out of lists
	Sections         []SectionGrade
}

// SectionGrade is a learner's grade in one subsection.
type SectionGrade struct {
	Usage      string // usage key of the subsection
	Name       string
	Category   string // assignment type
	Label      string
	Earned     float64
	Possible   float64
	NotStarted bool
}

// Certificate is a learner's certificate in a course.
type Certificate struct {
	Username, Course string
	Mode             string // certificate_type on the wire
	Status           string // downloadable, notpassing, ...
	Passing          bool
	Grade            string // such as 0.98, or ""
	URL              string // "" is null
	Created          time.Time
}

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
