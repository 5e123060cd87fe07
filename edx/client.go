package edx

import (
	"strings"

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
	Callbacks    *CallbacksService    // what a proctoring provider tells the LMS of an attempt
	Exams        *ExamsService        // exams in edx-exams, the service that follows them; see [WithExamsURL]
}

// NewClient returns a client for the platform (LMS, not Studio) at baseURL, such
// as https://lms.example.org; white space around the URL is dropped. It sends nothing
// yet: the first call signs in.
//
// It needs either [WithClientCredentials] or [WithTokenSource], and fails with
// [*proctorbook.ValidationError] if an option is not valid, or if the base URL is
// not safe to send a token to.
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
	core, baseURL := &core{}, strings.TrimSpace(baseURL)
	var err error
	if core.transport, core.host, err = connect("base URL or option", baseURL, s); err != nil {
		return nil, err
	}
	if s.examsURL != "" {
		if core.exams, core.examsHost, err = connect("WithExamsURL", s.examsURL, s); err != nil {
			return nil, err
		}
	}
	core.tokens = newTokenCache(core.transport, s)
	return newClient(core), nil
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

func newClient(core *core) *Client {
	return &Client{
		Courses:      &CoursesService{core},
		Enrollments:  &EnrollmentsService{Allowed: &AllowedService{core}, core: core},
		Modes:        &ModesService{core},
		Accounts:     &AccountsService{core},
		Preferences:  &PreferencesService{core},
		Grades:       &GradesService{core},
		Certificates: &CertificatesService{core},
		SpecialExams: &SpecialExamsService{core},
		Callbacks:    &CallbacksService{core},
		Exams:        &ExamsService{core},
	}
}
