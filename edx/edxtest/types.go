package edxtest

import "time"

// User is an account on the platform.
type User struct {
	// ID is the platform's number of the user; see [Server.AddUser] for 0.
	ID int64
	// Username is the name by which the APIs know the user.
	Username string
	// Name is the full name.
	Name string
	// Email is the e-mail address.
	Email string
	// Country is the ISO 3166-1 alpha-2 code; "" is unset.
	Country string
	// Phone is the phone number; "" is unset.
	Phone string
	// TimeZone is an IANA name, which the platform keeps as a preference; "" is unset.
	TimeZone string
	// Private limits what strangers see to the user name.
	Private bool
	// Minor makes the account private whatever its owner chose.
	Minor bool
	// Staff makes the user global staff, who may read everything.
	Staff bool
	// MayRetire gives the permission accounts.can_retire_user.
	MayRetire bool
	// Roles are what a user who is not global staff may do in some courses.
	Roles []Role
	// Groups are the Django groups, such as x_review of a proctoring backend x.
	Groups []string
	// Preferences are what the user has set, by the platform's names, such as pref-lang,
	// the language in which providers are asked for texts; without it that is en.
	// account_privacy set here goes before Private, and TimeZone before time_zone.
	Preferences map[string]string
	// Verified is what is known of the user's identity; nil is nothing.
	Verified *Verification
}

// Role is what a user may do in one course, or in all courses of an organization.
type Role struct {
	// Org is the organization whose courses it covers.
	Org string
	// Course is the key of the only course that it covers; "" is every course of Org.
	Course string
	// Name is the kind of role, such as staff or instructor.
	Name string
	// Exams makes it a role at edx-exams, which knows nothing of the platform's own.
	Exams bool
}

// Verification is what the platform knows about a learner's identity.
type Verification struct {
	// Status is approved, pending, must_reverify, ...
	Status string
	// Expires is when it ends; zero is unset.
	Expires time.Time
}

// Course is a course run.
type Course struct {
	// Key is the course key, such as course-v1:ExampleX+CS101+2026_T1.
	Key string
	// Name is the title.
	Name string
	// Start is when the course begins; zero is unset.
	Start time.Time
	// End is when the course ends; zero is unset.
	End time.Time
	// EnrollmentStart is when enrollment opens; zero is unset.
	EnrollmentStart time.Time
	// EnrollmentEnd is when enrollment closes; zero is unset.
	EnrollmentEnd time.Time
	// SelfPaced is the pacing: by the learner, or else by the instructor.
	SelfPaced bool
	// InviteOnly leaves enrollment to staff.
	InviteOnly bool
	// StaffOnly hides the course in the catalog from all but staff.
	StaffOnly bool
	// Mobile makes the course available in the mobile app.
	Mobile bool
	// Modes are the enrollment modes; none is the platform's default, audit.
	Modes []Mode
	// Capacity is how many learners may be enrolled; 0 is no limit.
	Capacity int
	// Embargoed are the countries whose learners may not enroll.
	Embargoed []string
	// Refusal is what a plugin says to everybody who enrolls; "" is no plugin.
	Refusal string
	// Cohorts are the names of the cohorts.
	Cohorts []string
	// Grading are the assignment types of the grading policy.
	Grading []AssignmentPolicy
	// NoCertificates leaves the course without a configuration for certificates.
	NoCertificates bool
	// CertificatesOn is when certificates become available; zero is unset.
	CertificatesOn time.Time
	// ExamProvider is a provider of edx-exams; "" leaves the exams to the platform.
	ExamProvider string
	// EscalationEmail is where edx-exams sends learners who appeal.
	EscalationEmail string
}

// Mode is an enrollment mode that a course offers.
type Mode struct {
	// Slug is the mode: audit, honor, verified, ...
	Slug string
	// Name is its name for learners.
	Name string
	// Price is the price in whole units of the currency.
	Price int
	// Currency is the currency, such as eur; "" is usd.
	Currency string
	// Expires is when it is no longer offered; zero is never.
	Expires time.Time
	// Description is a text for learners.
	Description string
	// SKU is the id of the product in the shop.
	SKU string
	// BulkSKU is the id of the product in the shop for those who buy many seats.
	BulkSKU string
}

// AssignmentPolicy is a row of a course's grading policy.
type AssignmentPolicy struct {
	// Type is the assignment type, such as Exam; "" is null on the wire.
	Type string
	// Count is how many assignments of the type there are at least.
	Count int
	// Dropped is how many of the lowest grades do not count.
	Dropped int
	// Weight is the part of the final grade, 0 to 1.
	Weight float64
}

// Enrollment is a learner in a course.
type Enrollment struct {
	// Username is the learner's user name.
	Username string
	// Course is the course key.
	Course string
	// Mode is the enrollment mode, such as verified.
	Mode string
	// Active is false for a learner who left.
	Active bool
	// Created is when the learner enrolled first; zero is now.
	Created time.Time
}

// Grade is what a learner has reached in a course.
type Grade struct {
	// Username is the learner's user name.
	Username string
	// Course is the course key.
	Course string
	// Percent is the grade, 0 to 1.
	Percent float64
	// Letter is the grade in letters; "" is none.
	Letter string
	// Passed reports whether the learner has passed.
	Passed bool
	// Broken is a grade that can't be computed: lists leave such learners out.
	Broken bool
	// Sections are the grades in subsections.
	Sections []SectionGrade
}

// SectionGrade is a learner's grade in one subsection.
type SectionGrade struct {
	// Usage is the usage key of the subsection.
	Usage string
	// Name is the subsection's title.
	Name string
	// Category is the assignment type; "" is null where subsections are listed.
	Category string
	// Label is the short name in the gradebook.
	Label string
	// Earned is how many points the learner has.
	Earned float64
	// Possible is how many points there are.
	Possible float64
	// NotStarted reports whether the learner has yet to answer anything.
	NotStarted bool
}

// Certificate is a learner's certificate in a course.
type Certificate struct {
	// Username is the learner's user name.
	Username string
	// Course is the course key.
	Course string
	// Mode is the enrollment mode, certificate_type on the wire.
	Mode string
	// Status is downloadable, notpassing, ...
	Status string
	// Passing reports whether the learner has passed.
	Passing bool
	// Grade is the grade as text, such as 0.98, or "".
	Grade string
	// URL is where the certificate is; "" is null on the wire.
	URL string
	// Created is when the certificate was made; zero is now.
	Created time.Time
}

// Exam is a special exam: a timed or proctored subsection of a course.
type Exam struct {
	// ID is the platform's number of the exam; 0 takes the next one.
	ID int64
	// Course is the course key.
	Course string
	// Content is the usage key of the subsection.
	Content string
	// Name is the exam's title.
	Name string
	// Minutes is how long learners have.
	Minutes int
	// Due is the due date; zero is unset.
	Due time.Time
	// Proctored makes it a proctored exam; without it and Practice it is a timed one.
	Proctored bool
	// Practice makes it a practice exam, and with Proctored an onboarding exam.
	Practice bool
	// Inactive is an exam that was taken out of the course.
	Inactive bool
	// HideAfterDue hides the exam after its due date.
	HideAfterDue bool
	// ExternalID is the proctoring provider's id of the exam; "" is unset.
	ExternalID string
	// Backend is the name of the proctoring provider, see [Backend]; "" is unset.
	Backend string
	// ReviewPolicy is what the proctor is told; "" is unset.
	ReviewPolicy string
}

// Attempt is a learner's attempt at a special exam.
type Attempt struct {
	// ID is the platform's number of the attempt; 0 takes the next one.
	ID int64
	// ExamID is the number of the exam.
	ExamID int64
	// Username is the learner's user name.
	Username string
	// Status is created, started, submitted, verified, ...; "" is created.
	Status string
	// Created is when the attempt was made; zero is now.
	Created time.Time
	// Started is when the learner started; zero is not yet.
	Started time.Time
	// Completed is when the learner ended; zero is not yet.
	Completed time.Time
	// Minutes is how long the learner has; 0 is what the exam and the learner's
	// allowances give when the attempt is added.
	Minutes int
	// ExternalID is the proctoring provider's id of the attempt; "" is unset.
	ExternalID string
	// Sample is an attempt at a practice exam.
	Sample bool
	// Proctored reports whether the learner takes the exam with a proctor.
	Proctored bool
	// Resumable reports whether staff may let the learner resume.
	Resumable bool
	// Review is the verdict; nil is none yet.
	Review *Review
}

// Review is the verdict that edx-exams keeps about an attempt.
type Review struct {
	// Submitted is when the verdict came in.
	Submitted time.Time
	// Severity is a number as text, such as 0.25.
	Severity string
	// Reason is what the reviewer wrote.
	Reason string
}

// Allowance is what a learner is granted at one exam.
type Allowance struct {
	// ID is the platform's number of the allowance; 0 takes the next one.
	ID int64
	// ExamID is the number of the exam.
	ExamID int64
	// Username is the learner's user name.
	Username string
	// Key is additional_time_granted or review_policy_exception.
	Key string
	// Value is minutes as text for additional_time_granted, and else a text.
	Value string
}

// ExamProvider is a provider that edx-exams knows.
type ExamProvider struct {
	// Name is what courses call it, in [Course.ExamProvider].
	Name string
	// VerboseName is its name for people.
	VerboseName string
	// Org is the only organization that may use it; "" is every one.
	Org string
}
