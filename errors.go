package proctorbook

import "errors"

// What is known about a call that failed. Test for these with errors.Is; a failed
// write is always one of the first two.
var (
	// ErrNotDone means that the service provably did not act on the call, or that
	// nothing was sent. It is safe to send it again.
	ErrNotDone = errors.New("the call was not carried out, it may be sent again")
	// ErrOutcomeUnknown means that the service may have acted on the call. Read what
	// is there now before you send it again.
	ErrOutcomeUnknown = errors.New("the call may have been carried out, look before sending it again")
	// ErrRedirect means that the service answered with a redirect. It is not followed,
	// since it would carry credentials and personal data elsewhere: the base URL is
	// probably wrong.
	ErrRedirect = errors.New("redirects are not followed, check the base URL")
)
