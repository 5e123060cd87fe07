package edx

import (
	"context"
	"iter"
	"net/url"
	"strings"
	"time"
)

// Enrollment ties a learner to a course. The platform never deletes one: after
// the learner has left, it is no longer Active.
type Enrollment struct {
	Username string         // the learner
	Mode     Mode           // how the course is taken
	Active   bool           // false if the learner has been unenrolled
	Created  time.Time      // of the enrollment, UTC
	Course   *CourseDetails // nil if the course has been deleted
	Problem  *RowError      `json:",omitempty"` // what could not be read; nil if everything was
}

// EnrollmentRow is an enrollment as [EnrollmentsService.List] shows it.
type EnrollmentRow struct {
	Username string    // the learner
	Course   CourseKey // which course
	Mode     Mode      // how the course is taken
	Active   bool      // false if the learner has been unenrolled
	Created  time.Time // UTC
	Problem  *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

// CourseDetails is a course as the enrollment API knows it. A time that is not
// set is the zero time; all are UTC.
type CourseDetails struct {
	Key             CourseKey    // names the course run
	Name            string       // plain text
	Start, End      time.Time    // when the course runs
	EnrollmentStart time.Time    // from when one can enroll
	EnrollmentEnd   time.Time    // until when one can enroll
	InviteOnly      bool         // enrolling needs an invitation, see AllowedService
	Pacing          Pacing       // "" in old releases
	Modes           []CourseMode // those that one can enroll in
	Problem         *RowError    `json:",omitempty"` // what could not be read; nil if everything was
}

type enrollmentWire struct {
	row
	User     textValue          `json:"user"`
	Mode     textValue          `json:"mode"`
	IsActive *flagValue         `json:"is_active"`
	Created  timeValue          `json:"created"`
	Course   *courseDetailsWire `json:"course_details"`
}

type enrollmentRowWire struct {
	row
	User     textValue  `json:"user"`
	Course   CourseKey  `json:"course_id"`
	Mode     textValue  `json:"mode"`
	IsActive *flagValue `json:"is_active"`
	Created  timeValue  `json:"created"`
}

type courseDetailsWire struct {
	row
	ID              CourseKey            `json:"course_id"`
	Name            textValue            `json:"course_name"`
	Start           timeValue            `json:"course_start"`
	End             timeValue            `json:"course_end"`
	EnrollmentStart timeValue            `json:"enrollment_start"`
	EnrollmentEnd   timeValue            `json:"enrollment_end"`
	InviteOnly      flagValue            `json:"invite_only"`
	Pacing          textValue            `json:"pacing_type"`
	Modes           list[courseModeWire] `json:"course_modes"`
}

type courseModeWire struct {
	row
	Slug        textValue `json:"slug"`
	Name        textValue `json:"name"`
	MinPrice    textValue `json:"min_price"`
	Suggested   textValue `json:"suggested_prices"` // "10,20", though meant as a list
	Currency    textValue `json:"currency"`
	Expires     timeValue `json:"expiration_datetime"`
	Description textValue `json:"description"`
	SKU         textValue `json:"sku"`
	BulkSKU     textValue `json:"bulk_sku"`
}

func (w enrollmentWire) missing() string {
	switch {
	case w.Mode == "":
		return "mode"
	case w.IsActive == nil:
		return "is_active"
	}
	return ""
}

func (w enrollmentWire) enrollment() Enrollment {
	e := Enrollment{Username: string(w.User), Mode: Mode(w.Mode), Active: isTrue(w.IsActive), Created: w.Created.Time, Problem: w.problem}
	if w.Course != nil {
		e.Course = w.Course.details()
	}
	return e
}

func (w enrollmentRowWire) missing() string {
	switch {
	case w.User == "":
		return "user"
	case w.Course.IsZero():
		return "course_id"
	}
	return enrollmentWire{Mode: w.Mode, IsActive: w.IsActive}.missing()
}

func (w enrollmentRowWire) listed() EnrollmentRow {
	return EnrollmentRow{
		Username: string(w.User), Course: w.Course, Mode: Mode(w.Mode), Active: isTrue(w.IsActive), Created: w.Created.Time,
		Problem: w.problem,
	}
}

func (w courseDetailsWire) missing() string {
	if w.ID.IsZero() {
		return "course_id"
	}
	return ""
}

func (w courseDetailsWire) details() *CourseDetails {
	return &CourseDetails{
		Key: w.ID, Name: string(w.Name), Start: w.Start.Time, End: w.End.Time,
		EnrollmentStart: w.EnrollmentStart.Time, EnrollmentEnd: w.EnrollmentEnd.Time,
		InviteOnly: bool(w.InviteOnly), Pacing: pacingOf(w.Pacing), Modes: convert(w.Modes, courseModeWire.mode), Problem: w.problem,
	}
}

func (w courseModeWire) missing() string {
	if w.Slug == "" {
		return "slug"
	}
	return ""
}

func (w courseModeWire) mode() CourseMode {
	m := CourseMode{
		Mode: Mode(w.Slug), Name: string(w.Name), MinPrice: string(w.MinPrice),
		Currency: string(w.Currency), Expires: w.Expires.Time,
		Description: string(w.Description), SKU: string(w.SKU), BulkSKU: string(w.BulkSKU), Problem: w.problem,
	}
	for price := range strings.SplitSeq(string(w.Suggested), ",") {
		if price = strings.TrimSpace(price); price != "" {
			m.SuggestedPrices = append(m.SuggestedPrices, price)
		}
	}
	return m
}

// EnrollmentsService reads and changes who is enrolled in which course, and how.
type EnrollmentsService struct {
	Allowed *AllowedService // people who may enroll although they have no account yet

	core *core
}

const enrollmentPath = "/api/enrollment/v1/enrollment"

// Get returns the enrollment of a learner in a course. An enrollment that is no
// longer active, or in another mode than you expect, is not an error: check its
// Active and Mode.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotEnrolled] if there is no enrollment (also if the learner or the course
// does not exist: the platform does not tell which), with [ErrForbidden] if the
// client may not see this learner's enrollments, and with [ErrUnauthorized] if
// its token is refused.
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
	op.empty404 = ErrForbidden // the platform hides from strangers who takes what
	answer, err := fetch[enrollmentWire](ctx, s.core, op)
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
	return fetchList(ctx, s.core, operation{
		name: "Enrollments.ListForUser", input: checkUsername(username),
		path: enrollmentPath, query: url.Values{"user": {username}},
	}, enrollmentWire.enrollment)
}

// ListEnrollmentsParams are the parameters of [EnrollmentsService.List]. Without
// a filter it lists all enrollments of the platform.
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
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrForbidden] if the client is not global staff, and with [ErrNotFound] for a
// cursor that the platform does not know.
//
// Endpoint: GET /api/enrollment/v1/enrollments.
func (s *EnrollmentsService) List(ctx context.Context, params ListEnrollmentsParams) (*Page[EnrollmentRow], error) {
	op := operation{name: "Enrollments.List", input: params.check(), path: "/api/enrollment/v1/enrollments", query: url.Values{}}
	setText(op.query, "course_id", params.Course.String())
	setText(op.query, "username", strings.Join(params.Usernames, ","))
	setText(op.query, "email", strings.Join(params.Emails, ","))
	setText(op.query, "cursor", params.Cursor)
	answer, err := fetch[pageWire[enrollmentRowWire]](ctx, s.core, op)
	if err != nil {
		return nil, err
	}
	return pageOf(s.core, op, answer, "cursor", enrollmentRowWire.listed)
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

// CourseDetailsParams are the parameters of [EnrollmentsService.CourseDetails].
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
	answer, err := fetch[courseDetailsWire](ctx, s.core, op)
	if err != nil {
		return nil, err
	}
	return answer.details(), nil
}

// Roles are what the client's own user may do.
type Roles struct {
	Staff   bool           // global staff: may see everything
	Courses []RoleInCourse // every role, by course or organization
	Problem *RowError      `json:",omitempty"` // what could not be read; nil if everything was
}

// RoleInCourse is one role of a user.
type RoleInCourse struct {
	Org     string     // short name of the organization
	Course  CourseKey  // zero for a role in the whole organization
	Role    CourseRole // what the user does there
	Problem *RowError  `json:",omitempty"` // what could not be read; nil if everything was
}

type rolesWire struct {
	row
	Staff *flagValue     `json:"is_staff"`
	Roles list[roleWire] `json:"roles"`
}

type roleWire struct {
	row
	Org    textValue `json:"org"`
	Course textValue `json:"course_id"`
	Role   textValue `json:"role"`
}

// Roles returns the roles of the client's own user in a course; the zero key is
// every course.
//
// Endpoint: GET /api/enrollment/v1/roles/.
func (s *EnrollmentsService) Roles(ctx context.Context, course CourseKey) (*Roles, error) {
	op := operation{name: "Enrollments.Roles", path: "/api/enrollment/v1/roles/", query: url.Values{}, long: true}
	setText(op.query, "course_id", course.String())
	answer, err := fetch[rolesWire](ctx, s.core, op)
	if err != nil {
		return nil, err
	}
	return &Roles{Staff: bool(*answer.Staff), Courses: convert(answer.Roles, roleWire.role), Problem: answer.problem}, nil
}

func (w rolesWire) missing() string {
	if w.Staff == nil {
		return "is_staff"
	}
	return ""
}

func (w roleWire) missing() string {
	if w.Role == "" {
		return "role"
	}
	return ""
}

func (w roleWire) role() RoleInCourse {
	course, _ := ParseCourseKey(string(w.Course)) // "" or "None" for a whole organization
	return RoleInCourse{Org: string(w.Org), Course: course, Role: CourseRole(w.Role), Problem: w.problem}
}
