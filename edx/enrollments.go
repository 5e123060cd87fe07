package edx

import (
	"context"
	"iter"
	"net/url"
	"strings"
)

// EnrollmentsService reads and changes who is enrolled in which course, and how.
type EnrollmentsService struct {
	Allowed *AllowedService // people who may enroll although they have no account yet

	client *Client
}

const enrollmentPath = "/api/enrollment/v1/enrollment"

// Get returns the enrollment of a learner in a course. An enrollment that is no
// longer active, or in another mode than you hope for, is a value: look at its
// Active and Mode.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotEnrolled] if there is no row (be it that the learner or the course does
// not exist: the platform does not tell), with [ErrForbidden] if the client may
// not see this learner's enrollments, and with [ErrUnauthorized] if its token is
// refused.
//
// Endpoint: GET /api/enrollment/v1/enrollment/{username},{course}.
func (s *EnrollmentsService) Get(ctx context.Context, username string, course CourseKey) (*Enrollment, error) {
	return s.get(ctx, operation{name: "Enrollments.Get", input: checkUserAndCourse(username, course), path: enrollmentOf(username, course)})
}

func enrollmentOf(username string, course CourseKey) string {
	return enrollmentPath + "/" + pathPart(username) + "," + course.path()
}

// GetOwn returns the enrollment of the client's own user in a course; it fails as
// Get does.
//
// Endpoint: GET /api/enrollment/v1/enrollment/{course}.
func (s *EnrollmentsService) GetOwn(ctx context.Context, course CourseKey) (*Enrollment, error) {
	return s.get(ctx, operation{name: "Enrollments.GetOwn", input: checkCourse(course), path: enrollmentPath + "/" + course.path()})
}

func (s *EnrollmentsService) get(ctx context.Context, op operation) (*Enrollment, error) {
	op.empty200 = ErrNotEnrolled
	op.empty404 = ErrForbidden // says nothing, lest a stranger learn who takes what
	answer, err := fetch[enrollmentWire](ctx, s.client, op)
	if err != nil {
		return nil, err
	}
	found := answer.enrollment()
	return &found, nil
}

// ListForUser returns the active enrollments of a learner, oldest first, without
// those in courses that have been deleted. An unknown learner has none, and a
// client that is neither the learner nor global staff sees only the courses in
// which it is staff: there is no error to tell these cases by.
//
// It fails with [*proctorbook.ValidationError] before anything is sent.
//
// Endpoint: GET /api/enrollment/v1/enrollment.
func (s *EnrollmentsService) ListForUser(ctx context.Context, username string) ([]Enrollment, error) {
	return fetchList(ctx, s.client, operation{
		name: "Enrollments.ListForUser", input: checkUsername(username),
		path: enrollmentPath, query: url.Values{"user": {username}},
	}, enrollmentWire.enrollment)
}

// ListEnrollmentsParams says which enrollments are asked for; none of the filters
// means all of the platform.
type ListEnrollmentsParams struct {
	Course    CourseKey // zero is every course
	Usernames []string  // at most 100; none is everybody
	Emails    []string  // at most 100; older releases take no notice of them
	Cursor    string    // Next of the page before; "" is the first page
}

// List returns one page of 100 enrollments, newest first, those that are no
// longer active included. The client must be global staff. An unknown course or
// user has no enrollments.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrForbidden]
// if the client is not global staff, and with [ErrNotFound] for a cursor that the
// platform does not know.
//
// Endpoint: GET /api/enrollment/v1/enrollments.
func (s *EnrollmentsService) List(ctx context.Context, params ListEnrollmentsParams) (*Page[EnrollmentRow], error) {
	op := operation{name: "Enrollments.List", input: params.check(), path: "/api/enrollment/v1/enrollments", query: url.Values{}}
	setText(op.query, "course_id", params.Course.String())
	setText(op.query, "username", strings.Join(params.Usernames, ","))
	setText(op.query, "email", strings.Join(params.Emails, ","))
	setText(op.query, "cursor", params.Cursor)
	answer, err := fetch[pageWire[enrollmentRowWire]](ctx, s.client, op)
	if err != nil {
		return nil, err
	}
	return pageOf(s.client, op, answer, "cursor", enrollmentRowWire.row)
}

// All yields all enrollments, newest first, 100 a call; it fails as List does,
// with the error as the last thing that it yields. A row that is added while you
// range may be left out.
//
// Endpoint: GET /api/enrollment/v1/enrollments.
func (s *EnrollmentsService) All(ctx context.Context, params ListEnrollmentsParams) iter.Seq2[EnrollmentRow, error] {
	return pages("Enrollments.All", params.Cursor, func(cursor string) (*Page[EnrollmentRow], error) {
		next := params
		next.Cursor = cursor
		return s.List(ctx, next)
	})
}

func (p ListEnrollmentsParams) check() faults {
	var found faults
	if p.Usernames != nil {
		found = checkEach("usernames", p.Usernames, checkUsername)
	}
	if p.Emails != nil {
		found = append(found, checkEach("emails", p.Emails, checkEmail)...)
	}
	return found
}

// CourseDetailsParams says how much of a course's modes is asked for.
type CourseDetailsParams struct {
	IncludeExpired bool // also the modes in which one can't enroll any more
}

// CourseDetails returns a course as the enrollment API knows it, with the modes
// that it offers. It needs no rights. The platform keeps its answer for a minute,
// so a mode that was just added may be missing.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrNotFound] if there is no such course.
//
// Endpoint: GET /api/enrollment/v1/course/{course}.
func (s *EnrollmentsService) CourseDetails(ctx context.Context, course CourseKey, params CourseDetailsParams) (*CourseDetails, error) {
	op := operation{name: "Enrollments.CourseDetails", input: checkCourse(course), path: "/api/enrollment/v1/course/" + course.path()}
	if params.IncludeExpired {
		op.query = url.Values{"include_expired": {"1"}}
	}
	answer, err := fetch[courseDetailsWire](ctx, s.client, op)
	if err != nil {
		return nil, err
	}
	return answer.details(), nil
}
