package edx

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// Client speaks to an Open edX platform. It is safe for use by many goroutines.
type Client struct {
	Courses      *CoursesService      // course runs and their dates
	Enrollments  *EnrollmentsService  // who takes which course, in which mode
	Modes        *ModesService        // which modes a course offers
	Accounts     *AccountsService     // name and address of a learner
	Preferences  *PreferencesService  // a learner's time zone and language
	Grades       *GradesService       // how learners do
	Certificates *CertificatesService // what they earned
	SpecialExams *SpecialExamsService // timed and proctored exams within the LMS
	Exams        *ExamsService        // exams in edx-exams, the service that follows them; see [WithExamsURL]

	transport *transport.Transport
	exams     *transport.Transport // nil without WithExamsURL
	host      string
	examsHost string
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
			return nil, invalid("option", "must not be nil").refuse("NewClient")
		}
		if err := opt(&s); err != nil {
			return nil, err
		}
	}
	if (s.id == "") == (s.source == nil) {
		return nil, invalid("credentials", "must be set by one of WithClientCredentials and WithTokenSource").refuse("NewClient")
	}
	c := &Client{}
	var err error
	if c.transport, c.host, err = connect("base URL or option", baseURL, s); err != nil {
		return nil, err
	}
	if s.examsURL != "" {
		if c.exams, c.examsHost, err = connect("WithExamsURL", s.examsURL, s); err != nil {
			return nil, err
		}
	}
	c.tokens = newTokenCache(c.transport, s)
	c.setServices()
	return c, nil
}

// connect returns the transport to a service, and the host that its links name.
func connect(field, baseURL string, s settings) (*transport.Transport, string, error) {
	t, err := transport.New(baseURL, s.transport...)
	if err != nil {
		return nil, "", invalid(field, "is not valid: "+err.Error()).refuse("NewClient")
	}
	base, err := transport.CheckBaseURL(baseURL)
	if err != nil {
		return nil, "", invalid(field, "is not valid: "+err.Error()).refuse("NewClient")
	}
	return t, base.Hostname(), nil
}

func (c *Client) setServices() {
	c.Courses = &CoursesService{c}
	c.Enrollments = &EnrollmentsService{Allowed: &AllowedService{c}, client: c}
	c.Modes = &ModesService{c}
	c.Accounts = &AccountsService{c}
	c.Preferences = &PreferencesService{c}
	c.Grades = &GradesService{c}
	c.Certificates = &CertificatesService{c}
	c.SpecialExams = &SpecialExamsService{c}
	c.Exams = &ExamsService{c}
}

// send sends r with a token, and once more with a renewed one if the platform
// refused the first.
func (c *Client) send(ctx context.Context, op operation, r transport.Request) (*transport.Response, error) {
	t := c.transportOf(op.family)
	if t == nil {
		return nil, invalid("WithExamsURL", "must be set for this call").refuse(op.name)
	}
	used, err := c.tokens.current(ctx)
	if err != nil {
		return nil, notSignedIn(op, err)
	}
	resp, err := t.Do(ctx, authorized(r, used))
	if !c.tokens.refuses(op, used, err) {
		return resp, answered(ctx, op, err)
	}
	doubt := errors.Is(err, proctorbook.ErrOutcomeUnknown) // an attempt before the refused one
	renewed, renewErr := c.tokens.replace(ctx, used)
	switch {
	case renewErr != nil:
		return nil, inDoubt(doubt, notSignedIn(op, renewErr))
	case renewed.header.equal(used.header):
		return nil, answered(ctx, op, err)
	}
	resp, err = t.Do(ctx, authorized(r, renewed))
	return resp, inDoubt(doubt, answered(ctx, op, err))
}

// inDoubt returns err, which must not claim that nothing was done if an earlier
// attempt may have done it.
func inDoubt(doubt bool, err error) error {
	if failed, ok := errors.AsType[*Error](err); ok && doubt {
		failed.outcome = proctorbook.ErrOutcomeUnknown
	}
	return err
}

func (c *Client) transportOf(f family) *transport.Transport {
	if f == exams {
		return c.exams
	}
	return c.transport
}

// hostOf returns the host to which links in the answers of f may lead.
func (c *Client) hostOf(f family) string {
	if f == exams {
		return c.examsHost
	}
	return c.host
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
	return &Error{Op: op.name, outcome: proctorbook.ErrNotDone, cause: err}
}
