package edx

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// Reason is why a call failed. Each one is an error, so that
// errors.Is(err, edx.ErrNotEnrolled) reads well.
type Reason string

// Error returns the reason in words.
func (r Reason) Error() string { return "edx: " + string(r) }

// The reasons that callers can tell apart.
const (
	// ErrSignIn means that the token endpoint refused the client or gave it no
	// usable token; see [SignInError].
	ErrSignIn Reason = "the platform does not let this client sign in"
	// ErrUnauthorized means that the platform refused the token, and its renewal too.
	ErrUnauthorized Reason = "the platform refused the token: check that the OAuth application and its user are active"
	// ErrForbidden means that the user who owns the OAuth application may not do that.
	ErrForbidden Reason = "not allowed: check that the user who owns the OAuth application is global staff"
	// ErrNotReviewer means that the user who owns the OAuth application may not give
	// verdicts. It is also an [ErrForbidden].
	ErrNotReviewer Reason = "not allowed: add the user who owns the OAuth application to the provider's group of reviewers on the platform, such as acme_review, and check that the application is active"
	// ErrNotProctored means that the exam is no longer proctored, and takes no verdict.
	ErrNotProctored Reason = "the exam is no longer proctored"
	// ErrNotFound means that there is no such thing, or none that the caller may see.
	ErrNotFound Reason = "not found, or not visible to this client"
	// ErrNotEnrolled means that the learner has no enrollment in the course, that
	// there is no such learner, or no such course: the platform does not tell.
	ErrNotEnrolled Reason = "not enrolled"
	// ErrModeUnavailable means that the course does not offer that mode, or no
	// longer; [EnrollmentsService.CourseDetails] lists those that it offers.
	ErrModeUnavailable Reason = "the course does not offer that mode, or no longer"
	// ErrNotApplied means that the platform answered with success but did
	// something else, such as leaving the mode as it was because the client is
	// not staff.
	ErrNotApplied Reason = "the platform accepted the call and did something else: look at what there is now, and at the client's rights"
	// ErrOtherUser means that the answer is about another user than the call: some
	// releases take no notice of what they do not know, and answer for the client's own
	// user. After a change it is also an [ErrNotApplied]: look at both users.
	ErrOtherUser Reason = "the platform answered for another user: name the user in another way, and look at what there is now"
	// ErrPartlyDone means that the platform did some of what was asked, without
	// saying which.
	ErrPartlyDone Reason = "done in part, the platform does not say which: look at what there is now"
	// ErrExists means that there is such a thing already.
	ErrExists Reason = "there is one already"
	// ErrEmbargoed means that the learner is in a place from which the course may
	// not be taken; Error.UserMessageURL may lead to a page that explains it.
	ErrEmbargoed Reason = "not allowed from the learner's country"
	// ErrUserUnknown means that the platform has no user of that name. It is also
	// an [ErrNotFound].
	ErrUserUnknown Reason = "no such user"
	// ErrThrottled means that the platform's rate limit was hit; Error.RetryAfter
	// may tell how long to wait.
	ErrThrottled Reason = "too many requests: wait, or set a slower limiter"
	// ErrUnavailable means that the platform did not answer, or with a 5xx.
	ErrUnavailable Reason = "the platform is not available: try again later"
	// ErrNotJSON means that the answer is not the JSON that the endpoint
	// documents: a proxy's page, half a body, something else.
	ErrNotJSON Reason = "the answer is not what this endpoint documents: check the base URL and any proxy before it"
	// ErrTooManyPages means that a list has more than [MaxPages] pages, or no end.
	ErrTooManyPages Reason = "the list has more pages than are read in one go, or no end: ask for larger pages, or for less"
	// ErrNoTimeZone means that the learner has not set a time zone.
	ErrNoTimeZone Reason = "no time zone set"
)

// Error is a call that failed. Its text never holds a token, a URL or personal
// data; the platform's own words may, and are kept in the fields alone.
type Error struct {
	Op     string // method that failed, such as "Enrollments.Get"
	Status int    // HTTP status, 0 if there was no answer
	Reason Reason // "" where none fits, such as for most of the answers with status 400

	Detail           string              `json:"-"` // the platform's words, whatever it called them
	DeveloperMessage string              `json:"-"` // its words for developers
	UserMessage      string              `json:"-"` // its words for users, in the language of the caller
	Fields           map[string][]string `json:"-"` // its words about single fields
	Code             string              `json:"-"` // its code, such as "token_expired"
	UserMessageURL   string              `json:"-"` // a page that helps the user further
	Raw              []byte              `json:"-"` // the first 4 KiB of its answer, as it came

	RetryAfter time.Duration // how long the platform asks to wait, 0 if it does not ask
	HTML       bool          // the answer was a page, not JSON: from a proxy, or a crash of the platform

	attempts    int    // HTTP attempts made
	problem     string // what is wrong with the answer, in our words
	offersModes bool   // the answer lists the modes that the course offers
	field       string // which edx-proctoring blames
	location    string // where a redirect leads
	outcome     error  // ErrNotDone, ErrOutcomeUnknown, or nil for a read
	cause       error
}

// Error names the call and the reason, without the platform's own words.
func (e *Error) Error() string {
	text := "edx: " + e.Op
	if e.Status != 0 {
		text += fmt.Sprintf(": HTTP status %d", e.Status)
	}
	if e.HTML {
		text += " with an HTML page"
	}
	if e.attempts > 1 {
		text += fmt.Sprintf(" after %d attempts", e.attempts)
	}
	if e.outcome != nil {
		text += ": " + e.outcome.Error()
	}
	if e.Reason != "" {
		text += ": " + string(e.Reason)
	}
	if e.problem != "" {
		text += ": " + e.problem
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(": try again in %v", e.RetryAfter)
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Format prints the text of Error for every verb, so that the platform's words stay
// hidden.
func (e Error) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.Error()) }

// GobEncode encodes what JSON shows: neither the platform's words nor the cause.
func (e Error) GobEncode() ([]byte, error) { return json.Marshal(e) }

// GobDecode takes in what GobEncode wrote.
func (e *Error) GobDecode(b []byte) error { return json.Unmarshal(b, e) }

// Is reports whether target is the reason of e.
func (e *Error) Is(target error) bool {
	switch {
	case e.Reason == ErrUserUnknown && target == ErrNotFound, e.Reason == ErrOtherUser && target == ErrNotApplied,
		e.Reason == ErrNotReviewer && target == ErrForbidden:
		return true
	}
	return e.Reason != "" && target == error(e.Reason)
}

// Unwrap returns the outcome and the cause, where there are any.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.outcome, e.cause} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// SignInError means that the token endpoint refused the client, or answered
// with a token that can't be used. Repeating the call won't help: check client
// id, secret, grant type (client credentials) and the base URL. It is an [ErrSignIn].
type SignInError struct {
	Code    string `json:"-"` // OAuth code, such as "invalid_client"; "" if there was none
	Status  int    // HTTP status
	Problem string // what is wrong, if the endpoint gave no code
}

// oauthCodes are the codes of RFC 6749. Only these are printed: another one may
// be anything.
var oauthCodes = []string{
	"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
	"unsupported_grant_type", "invalid_scope", "access_denied", "server_error",
}

// Error names the status, and the code if it is one of RFC 6749.
func (e *SignInError) Error() string {
	text := fmt.Sprintf("edx: SignIn: HTTP status %d: %s", e.Status, string(ErrSignIn))
	switch {
	case slices.Contains(oauthCodes, e.Code):
		text += ": " + e.Code
	case e.Code != "":
		text += ": a code that OAuth does not have"
	}
	if e.Problem != "" {
		text += ": " + e.Problem
	}
	return text
}

// Format prints the text of Error for every verb.
func (e SignInError) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.Error()) }

// GobEncode encodes what JSON shows, which is without the code.
func (e SignInError) GobEncode() ([]byte, error) { return json.Marshal(e) }

// GobDecode takes in what GobEncode wrote.
func (e *SignInError) GobDecode(b []byte) error { return json.Unmarshal(b, e) }

// Unwrap returns [ErrSignIn].
func (e *SignInError) Unwrap() error { return ErrSignIn }
