package edxtest

import (
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// What a server holds. The comments of the fields say what zero means.
type (
	// Clock is a clock that moves only when told to, by Set, Advance and Sleep. It
	// serves as the clock of a client as well.
	Clock = testserver.Clock
	// User is an account on the platform.
	User = testserver.User
	// Role is what a user may do in one course, or in all courses of an organization.
	Role = testserver.Role
	// Verification is what the platform knows about a learner's identity.
	Verification = testserver.Verification
	// ClientLimits make an OAuth client a restricted application.
	ClientLimits = testserver.ClientLimits
	// Course is a course run.
	Course = testserver.Course
	// Mode is a way in which a course can be taken.
	Mode = testserver.Mode
	// AssignmentPolicy is a row of a course's grading policy.
	AssignmentPolicy = testserver.AssignmentPolicy
	// Enrollment is a learner in a course.
	Enrollment = testserver.Enrollment
	// Grade is what a learner has reached in a course.
	Grade = testserver.Grade
	// SectionGrade is a learner's grade in one subsection.
	SectionGrade = testserver.SectionGrade
	// Certificate is a learner's certificate in a course.
	Certificate = testserver.Certificate
	// Exam is a timed or proctored subsection of a course.
	Exam = testserver.SpecialExam
	// Attempt is a learner's attempt at an exam.
	Attempt = testserver.ExamAttempt
	// Review is the verdict that edx-exams keeps about an attempt.
	Review = testserver.ExamReview
	// Allowance is what a learner is granted at one exam.
	Allowance = testserver.ExamAllowance
	// ExamProvider is a provider that edx-exams knows.
	ExamProvider = testserver.ExamProvider
	// Backend is a proctoring provider that the platform calls.
	Backend = testserver.ProctoringBackend
)

// How a server behaves, and what it has seen.
type (
	// Fault is one disturbance: its Kind, its Endpoint ("" is any), Nth (1 is the
	// next such request), Times (0 is once, -1 until ClearFaults) and a Delay. An
	// endpoint is named as the methods of package edx name theirs, such as
	// "POST /api/enrollment/v1/enrollment", or by one of the short names
	// access_token, courses, enrollment, accounts, preferences and me.
	Fault = testserver.Fault
	// FaultKind names what goes wrong.
	FaultKind = testserver.FaultKind
	// Counts tells what a server has seen.
	Counts = testserver.EdXCounts
	// Route is one endpoint: its method, and the pattern of its path.
	Route = testserver.Route
	// Variant is a question to which releases and installations give different
	// answers; see [Server.Play].
	Variant = testserver.Variant
)

// The kinds of faults. Faults of the connection or of a machine on the way come
// before the platform acts, unless the comment says otherwise.
const (
	Refuse         = testserver.FaultRefuse         // no connection
	LoseRequest    = testserver.FaultLoseRequest    // connection closed before the platform acted
	LoseAnswer     = testserver.FaultLoseAnswer     // acts; connection closed without a byte
	Late           = testserver.FaultLate           // acts Delay later; the connection is closed now
	Twice          = testserver.FaultDuplicateNow   // acts twice, and gives the second answer
	Status500      = testserver.FaultStatus500      // HTML page
	Status500After = testserver.FaultStatus500After // acts; HTML page
	Status502After = testserver.FaultStatus502After // acts; HTML page
	Status503      = testserver.FaultStatus503      // HTML page; Delay becomes Retry-After
	Status429      = testserver.FaultStatus429      // throttled; Delay becomes Retry-After, 0 leaves it out
	CutBody        = testserver.FaultCutBody        // acts; half of the answer
	HTML200        = testserver.FaultHTML200        // a maintenance page
	HTML200After   = testserver.FaultHTML200After   // acts; a maintenance page
	Down           = testserver.FaultDown           // no answer to anything until ClearFaults
	Hang           = testserver.FaultHang           // no answer until the client gives up
	Slow           = testserver.FaultSlow           // acts; the answer takes Delay, on the server's clock
	Redirect       = testserver.FaultRedirect       // 307 to another host
	EndlessBody    = testserver.FaultEndlessBody    // acts; the answer never ends
	OversizeBody   = testserver.FaultOversizeBody   // acts; the answer is followed by 17 MiB of blanks
	GzipBomb       = testserver.FaultGzipBomb       // acts; a small answer that becomes 256 MiB when unpacked
	Unauthorized   = testserver.FaultUnauthorized   // as if token or client were unknown
	NegativeExpiry = testserver.FaultNegativeExpiry // a token that no API accepts
)

// NewClock returns a clock that stands at start.
func NewClock(start time.Time) *Clock { return testserver.NewClock(start) }

// Variants returns every question that [Server.Play] knows.
func Variants() []Variant { return testserver.EdXVariants() }

// Routes returns every endpoint that a server has, first those of the platform
// and then those of edx-exams.
func Routes() []Route { return testserver.EdXRoutes() }
