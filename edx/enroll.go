package edx

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/proctorbook/proctorbook"
)

// EnrollParams are the parameters of [EnrollmentsService.Enroll].
type EnrollParams struct {
	Course   CourseKey // required
	Username string    // "" is the client's own user, unless Email is set
	Email    string    // instead of Username: the account is looked up, for which the client must be staff
	Mode     Mode      // "" is the course's default: audit, or honor
	Cohort   string    // name of a cohort that exists; "" is none

	// Attributes are kept beside the enrollment. The mode credit needs the one with
	// the namespace credit and the name provider_id.
	Attributes []EnrollmentAttribute
	// Force enrolls although the time of enrollment is over or the mode has
	// expired, but not if the course is full. It needs a client that is staff.
	Force bool
}

// EnrollmentAttribute is a fact about an enrollment.
type EnrollmentAttribute struct {
	Namespace string `json:"namespace"` // required
	Name      string `json:"name"`      // required
	Value     string `json:"value"`     // text, may be empty
}

type enrollBody struct {
	Course     enrollCourse          `json:"course_details"`
	User       string                `json:"user,omitempty"`
	Mode       Mode                  `json:"mode,omitempty"`
	IsActive   *bool                 `json:"is_active,omitempty"`
	Attributes []EnrollmentAttribute `json:"enrollment_attributes,omitempty"`
	Cohort     string                `json:"cohort,omitempty"`
	Force      bool                  `json:"force_enrollment,omitempty"`
}

type enrollCourse struct {
	ID CourseKey `json:"course_id"`
}

// Enroll enrolls a learner, also one who has left the course, and returns the
// enrollment as it is afterwards.
//
// It reads the enrollment first and, unless Attributes or Cohort is set, sends
// nothing if the learner is active in that mode already: once the time of
// enrollment is over, the platform would refuse. If no answer comes, it reads
// again. With an Email it looks up the user name before, since releases before 2023
// take no notice of an address and enroll the client's own user.
//
// It fails with [*proctorbook.ValidationError] before anything is sent; with
// [ErrModeUnavailable], [ErrUserUnknown], [ErrEmbargoed], [ErrForbidden] or
// [ErrNotFound] (no such course); with [ErrNotApplied] if the platform answered
// with success and left the mode as it was, and with [ErrOtherUser] if the answer is
// about another user; with status 400 and no reason if
// enrollment is closed, or the course full: the platform does not tell which. If
// it is [proctorbook.ErrOutcomeUnknown], call Get before you try again.
//
// Endpoint: POST /api/enrollment/v1/enrollment.
func (s *EnrollmentsService) Enroll(ctx context.Context, params EnrollParams) (*Enrollment, error) {
	const op = "Enrollments.Enroll"
	if err := params.check().refuse(op); err != nil {
		return nil, err
	}
	if params.Email != "" {
		account, err := findAccount(ctx, s.core, operation{name: op}, "email", params.Email)
		if err != nil {
			return nil, nothingSent(err)
		}
		params.Username = account.Username
	}
	c := change{
		op: op, course: params.Course, user: params.Username,
		is: func(e *Enrollment) bool { return e.Active && (params.Mode == "" || e.Mode == params.Mode) },
		body: func(*Enrollment) enrollBody {
			return enrollBody{
				User: params.Username, Mode: params.Mode, IsActive: new(true),
				Attributes: params.Attributes, Cohort: params.Cohort, Force: params.Force,
			}
		},
		creates: true, sendsMore: params.Cohort != "" || len(params.Attributes) > 0,
	}
	c.readPath = enrollmentPath + "/" + params.Course.path()
	if params.Username != "" {
		c.readPath = enrollmentOf(params.Username, params.Course)
	}
	return s.apply(ctx, c)
}

// SetMode moves a learner who has an enrollment to another mode. Whether the
// enrollment is active stays as it is. The client must be global staff.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotEnrolled] if there is no enrollment, with [ErrModeUnavailable], and
// otherwise as Enroll does.
//
// Endpoint: POST /api/enrollment/v1/enrollment.
func (s *EnrollmentsService) SetMode(ctx context.Context, username string, course CourseKey, mode Mode) (*Enrollment, error) {
	return s.apply(ctx, change{
		op: "Enrollments.SetMode", input: all(checkUserAndCourse(username, course), checkMode(mode)), course: course, user: username,
		readPath: enrollmentOf(username, course),
		is:       func(e *Enrollment) bool { return e.Mode == mode },
		body:     func(*Enrollment) enrollBody { return enrollBody{User: username, Mode: mode} },
	})
}

// Activate makes the enrollment of a learner who has left a course active again,
// in the mode that it has. The client must be global staff.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotEnrolled] if there is no enrollment, with [ErrModeUnavailable] if the
// mode has expired, and otherwise as Enroll does.
//
// Endpoint: POST /api/enrollment/v1/enrollment.
func (s *EnrollmentsService) Activate(ctx context.Context, username string, course CourseKey) (*Enrollment, error) {
	return s.setActive(ctx, "Enrollments.Activate", username, course, true)
}

// Deactivate unenrolls a learner: the enrollment stays, but is no longer active.
// It reads the enrollment first, and sends nothing if there is none. The client
// must be global staff.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotEnrolled] if there is no enrollment, with [ErrNotApplied] if the client
// is not staff, and otherwise as Enroll does.
//
// Endpoint: POST /api/enrollment/v1/enrollment.
func (s *EnrollmentsService) Deactivate(ctx context.Context, username string, course CourseKey) (*Enrollment, error) {
	return s.setActive(ctx, "Enrollments.Deactivate", username, course, false)
}

func (s *EnrollmentsService) setActive(ctx context.Context, op, username string, course CourseKey, active bool) (*Enrollment, error) {
	return s.apply(ctx, change{
		op: op, input: checkUserAndCourse(username, course), course: course, user: username, readPath: enrollmentOf(username, course),
		is: func(e *Enrollment) bool { return e.Active == active },
		// The mode of the row goes along: the platform refuses to switch off a mode
		// that differs, and might take the course's default for one left out.
		body: func(now *Enrollment) enrollBody { return enrollBody{User: username, IsActive: &active, Mode: now.Mode} },
	})
}

// change is what one enrollment should become.
type change struct {
	op        string
	input     faults
	course    CourseKey
	user      string                           // whose; "" is the client's own user
	readPath  string                           // where the enrollment is read
	is        func(*Enrollment) bool           // whether the enrollment is so already
	body      func(now *Enrollment) enrollBody // what to send; now is nil if there is no row to be seen
	creates   bool                             // also where there is no row
	sendsMore bool                             // than a read can show: send it anyway, and a 400 proves nothing
}

// apply makes an enrollment what it should be: it reads it, sends only what
// differs, and compares the answer.
func (s *EnrollmentsService) apply(ctx context.Context, c change) (*Enrollment, error) {
	if err := c.input.refuse(c.op); err != nil {
		return nil, err
	}
	now, err := s.look(ctx, c)
	if err != nil {
		return nil, nothingSent(err)
	}
	if now != nil && c.is(now) && !c.sendsMore {
		return now, nil
	}
	got, err := s.post(ctx, c, now)
	if errors.Is(err, proctorbook.ErrOutcomeUnknown) && !c.sendsMore {
		if later, lookErr := s.look(ctx, c); lookErr == nil && later != nil && c.is(later) {
			return later, nil
		}
	}
	switch {
	case err != nil:
		return nil, err
	case c.user != "" && got.Username != "" && !strings.EqualFold(got.Username, c.user): // the platform's look-up ignores case
		return nil, &Error{Op: c.op, Status: http.StatusOK, Reason: ErrOtherUser}
	case !c.is(got):
		return nil, &Error{Op: c.op, Status: http.StatusOK, Reason: ErrNotApplied}
	}
	return got, nil
}

// look reads the enrollment; nil means that there is none.
func (s *EnrollmentsService) look(ctx context.Context, c change) (*Enrollment, error) {
	now, err := s.get(ctx, operation{name: c.op, path: c.readPath})
	if c.creates && errors.Is(err, ErrNotEnrolled) {
		return nil, nil
	}
	return now, err
}

// nothingSent marks the failure of a read before a write.
func nothingSent(err error) error {
	if failed, ok := errors.AsType[*Error](err); ok {
		failed.outcome = proctorbook.ErrNotDone
	}
	return err
}

func (s *EnrollmentsService) post(ctx context.Context, c change, now *Enrollment) (*Enrollment, error) {
	body := c.body(now)
	body.Course.ID = c.course
	op := operation{
		name: c.op, method: http.MethodPost, class: proctorbook.Write, path: enrollmentPath, body: body,
		empty404: ErrForbidden, refusals: []int{http.StatusNotAcceptable},
	}
	if !c.sendsMore {
		op.refusals = append(op.refusals, http.StatusBadRequest)
	}
	answer, err := fetch[enrollmentWire](ctx, s.core, op)
	if err != nil {
		return nil, err
	}
	got := answer.enrollment()
	return &got, nil
}

func (p EnrollParams) check() faults {
	found := all(checkCourse(p.Course), checkOptional("cohort", p.Cohort, maxKeyChars))
	if p.Username != "" && p.Email != "" {
		found = append(found, invalid("email", "must not be set beside the user name")...)
	}
	if p.Username != "" {
		found = append(found, checkUsername(p.Username)...)
	}
	if p.Email != "" {
		found = append(found, checkEmail(p.Email)...)
	}
	if p.Mode != "" {
		found = append(found, checkMode(p.Mode)...)
	}
	for _, a := range p.Attributes {
		found = append(found, checkText("attribute namespace", a.Namespace, maxKeyChars)...)
		found = append(found, checkText("attribute name", a.Name, maxKeyChars)...)
	}
	return found
}
