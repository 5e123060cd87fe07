package scheduling

import (
	"strings"

	"github.com/proctorbook/proctorbook/internal/shown"
)

// BeginError means that Begin got no URL: no answer came, or one without a URL that may
// be opened. It is proctorbook.ErrNotDone if the session was provably not begun, else
// proctorbook.ErrOutcomeUnknown. In both cases call Begin again: a session that is begun
// gives a new URL. If that does not help, the learner can enter from the provider's own
// site: proctoru.StudentsService.LoginURL gives staff the way there. As long as the
// outcome is not known the booking can't be moved.
type BeginError struct {
	BookingID BookingID // the booking, as it was

	cause error // what the provider said last, with its outcome
}

// Error names the booking, and what to do.
func (e *BeginError) Error() string {
	text := "scheduling: Begin of booking " + shown.ID(e.BookingID) + " got no URL: call it again"
	if e.cause != nil {
		text += " (" + strings.ReplaceAll(e.cause.Error(), "\n", "; ") + ")"
	}
	return text
}

// Unwrap returns the cause, which tells the outcome.
func (e *BeginError) Unwrap() error { return e.cause }
