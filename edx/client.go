package edx

import (
	"context"
	"maps"
	"net/http"

	"github.com/proctorbook/proctorbook/internal/transport"
)

// Client reads an Open edX platform. It is safe for use by many goroutines.
type Client struct {
	Courses     *CoursesService     // course runs and their dates
	Enrollments *EnrollmentsService // who takes which course, in which mode
	Accounts    *AccountsService    // name and address of a learner
	Preferences *PreferencesService // a learner's time zone and language

	transport *transport.Transport
	tokens    *tokenCache
}

// NewClient returns a client for the platform (LMS, not Studio) at baseURL, such
// as https://lms.example.org. It sends nothing yet: the first call signs in.
//
// It needs either [WithClientCredentials] or [WithTokenSource], and fails if an
// option is not valid, or the base URL is none that a token may be sent to.
func NewClient(baseURL string, opts ...Option) (*Client, error) {
	var s settings
	for _, opt := range opts {
		if opt == nil {
			return nil, &ValidationError{Field: "option", Problem: "must not be nil"}
		}
		if err := opt(&s); err != nil {
			return nil, err
		}
	}
	if (s.id == "") == (s.source == nil) {
		return nil, &ValidationError{Field: "credentials", Problem: "must be set by one of WithClientCredentials and WithTokenSource"}
	}
	t, err := transport.New(baseURL, s.transport...)
	if err != nil {
		return nil, &ValidationError{Field: "base URL or option", Problem: "is not valid: " + err.Error()}
	}
	c := &Client{transport: t, tokens: newTokenCache(t, s)}
	c.Courses = &CoursesService{c}
	c.Enrollments = &EnrollmentsService{c}
	c.Accounts = &AccountsService{c}
	c.Preferences = &PreferencesService{c}
	return c, nil
}

// send sends r with a token, and once more with a renewed one if the platform
// refused the first.
func (c *Client) send(ctx context.Context, op operation, r transport.Request) (*transport.Response, error) {
	used, err := c.tokens.current(ctx)
	if err != nil {
		return nil, notSignedIn(op, err)
	}
	resp, err := c.transport.Do(ctx, authorized(r, used))
	if !refusesToken(err) {
		return resp, answered(ctx, op, err)
	}
	renewed, renewErr := c.tokens.replace(ctx, used)
	switch {
	case renewErr != nil:
		return nil, notSignedIn(op, renewErr)
	case renewed.header.equal(used.header):
		return nil, answered(ctx, op, err)
	}
	resp, err = c.transport.Do(ctx, authorized(r, renewed))
	return resp, answered(ctx, op, err)
}

func answered(ctx context.Context, op operation, err error) error {
	if err == nil {
		return nil
	}
	return failure(ctx, op, err)
}

// authorized returns r with the credential in a header map of its own.
func authorized(r transport.Request, used credential) transport.Request {
	header := http.Header{}
	maps.Copy(header, r.Header)
	header.Set("Authorization", used.header.reveal())
	r.Header = header
	return r
}

// notSignedIn is a call that was not sent for want of a token.
func notSignedIn(op operation, err error) error {
	return &Error{Op: op.name, outcome: ErrNotDone, cause: err}
}
