package proctorutest

import (
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

type (
	// Clock is a clock that moves only when told to, by Set, Advance and Sleep. It
	// serves as the clock of a client as well.
	Clock = testserver.Clock
	// Fault is one disturbance: its Kind, the wire name of its Endpoint ("" is any),
	// Nth (1 is the next such request), Times (0 is once, -1 until ClearFaults) and a Delay.
	Fault = testserver.Fault
	// FaultKind names what goes wrong.
	FaultKind = testserver.FaultKind
	// Variant is a question about the real service that nobody could answer.
	Variant = testserver.Variant
	// Counts tells what a server has seen and done.
	Counts = testserver.Counts
	// Reservation is a reservation as the provider holds it.
	Reservation = testserver.ReservationState
	// Exam is an exam on the institution's list; ad-hoc reservations have none.
	Exam = testserver.InstitutionExam
	// Accommodation is a help that the institution may grant to a learner.
	Accommodation = testserver.Accommodation
	// RecordPlusSession is a session that is recorded, without a proctor and a slot.
	RecordPlusSession = testserver.RecordPlusSession
	// WebhookDelivery is one POST that the provider makes to the institution.
	WebhookDelivery = testserver.WebhookDelivery
	// WebhookKind is one way in which notifications may arrive.
	WebhookKind = testserver.WebhookKind
	// Verdict is what the proctor found.
	Verdict = testserver.Verdict
)

// The kinds of faults. "Before" means that the service never acted, "after" that
// it did.
const (
	LoseRequest      = testserver.FaultLoseRequest      // before; connection closed
	LoseAnswer       = testserver.FaultLoseAnswer       // after; connection closed without a byte
	Late             = testserver.FaultLate             // connection closed; acts Delay later
	DuplicateNow     = testserver.FaultDuplicateNow     // delivered twice; the second one's answer
	DuplicateLater   = testserver.FaultDuplicateLater   // acts, and is delivered again Delay later
	Status500        = testserver.FaultStatus500        // before
	Status500After   = testserver.FaultStatus500After   // after
	Status502After   = testserver.FaultStatus502After   // after
	Status503        = testserver.FaultStatus503        // before; Delay becomes Retry-After
	Status429        = testserver.FaultStatus429        // before; Delay becomes Retry-After
	CutBody          = testserver.FaultCutBody          // after; half of the answer
	HTML200          = testserver.FaultHTML200          // before; a maintenance page
	HTML200After     = testserver.FaultHTML200After     // after; a maintenance page
	Down             = testserver.FaultDown             // no answer to anything until ClearFaults
	Hang             = testserver.FaultHang             // before; no answer until the client gives up
	Redirect         = testserver.FaultRedirect         // before; 307 to another host
	Unauthorized     = testserver.FaultUnauthorized     // before; as if the key were wrong
	EndlessBody      = testserver.FaultEndlessBody      // after; blanks follow the answer until the client gives up
	OversizeBody     = testserver.FaultOversizeBody     // after; 17 MiB of blanks follow the answer
	GzipBomb         = testserver.FaultGzipBomb         // after; small, and 256 MiB when unpacked
	NoNumber         = testserver.FaultNoNumber         // after; success without reservation_no
	DataNull         = testserver.FaultDataNull         // after; success with data null
	UnknownText      = testserver.FaultUnknownText      // before; an error in unknown words
	UnknownTextAfter = testserver.FaultUnknownTextAfter // after; an error in unknown words
	StaleRequest     = testserver.FaultStaleRequest     // before; "stale request"
	ReadNull         = testserver.FaultReadNull         // a list is null
	ReadEmpty        = testserver.FaultReadEmpty        // a list is falsely empty
	ReadError        = testserver.FaultReadError        // a list read answers status 500
)

// The kinds of webhooks. The format is JSON where no other is named.
const (
	WebhookJSON         = testserver.WebhookJSON
	WebhookCSV          = testserver.WebhookCSV
	WebhookForm         = testserver.WebhookForm
	WebhookUnsigned     = testserver.WebhookUnsigned
	WebhookReplayed     = testserver.WebhookReplayed     // once more a day later, by somebody who listened
	WebhookOutOfOrder   = testserver.WebhookOutOfOrder   // the newest first
	WebhookTwice        = testserver.WebhookTwice        // once more at once
	WebhookLate         = testserver.WebhookLate         // an hour after it happened
	WebhookWrongSecret  = testserver.WebhookWrongSecret  //
	WebhookUpperCaseHex = testserver.WebhookUpperCaseHex //
)

// SignatureHeader carries the signature of a notification.
const SignatureHeader = testserver.SignatureHeader

// NewClock returns a clock that stands at start.
func NewClock(start time.Time) *Clock { return testserver.NewClock(start) }

// Variants returns every variant that [Server.Play] knows, with its default and
// its alternatives.
func Variants() []Variant { return testserver.Variants() }
