package edx

import (
	"context"
	"time"
)

// EnrollmentsService reads who is enrolled in which course, and how.
type EnrollmentsService struct{ client *Client }

// Enrollment is the row that ties a learner to a course. The platform never
// deletes one: who has left the course has an enrollment that is not Active.
type Enrollment struct {
	Username string
	Mode     Mode
	Active   bool           // false if the learner has been unenrolled
	Created  time.Time      // of the enrollment, UTC
	Course   *CourseDetails // nil if the course has been deleted
}

// CourseDetails is a course as the enrollment API knows it. A time that is not
// set is the zero time; all are UTC.
type CourseDetails struct {
	Key             CourseKey
	Name            string // plain text
	Start, End      time.Time
	EnrollmentStart time.Time
	EnrollmentEnd   time.Time
	InviteOnly      bool
	Pacing          Pacing // "" in old releases
	Modes           []CourseMode
}

// CourseMode is one mode that a course offers.
type CourseMode struct {
	Mode     Mode
	Name     string
	MinPrice string    // decimal text, such as "49"
	Currency string    // lower case, such as "usd"
	Expires  time.Time // when enrolling in it ends, UTC; zero if it does not
}

type enrollmentWire struct {
	User     textValue          `json:"user"`
	Mode     textValue          `json:"mode"`
	IsActive *flagValue         `json:"is_active"`
	Created  timeValue          `json:"created"`
	Course   *courseDetailsWire `json:"course_details"`
}

type courseDetailsWire struct {
	ID              CourseKey        `json:"course_id"`
	Name            textValue        `json:"course_name"`
	Start           timeValue        `json:"course_start"`
	End             timeValue        `json:"course_end"`
	EnrollmentStart timeValue        `json:"enrollment_start"`
	EnrollmentEnd   timeValue        `json:"enrollment_end"`
	InviteOnly      flagValue        `json:"invite_only"`
	Pacing          textValue        `json:"pacing_type"`
	Modes           []courseModeWire `json:"course_modes"`
}

type courseModeWire struct {
	Slug     textValue `json:"slug"`
	Name     textValue `json:"name"`
	MinPrice textValue `json:"min_price"`
	Currency textValue `json:"currency"`
	Expires  timeValue `json:"expiration_datetime"`
}

// Get returns the enrollment of a learner in a course. An enrollment that is no
// longer active, or in another mode than you hope for, is a value: look at its
// Active and Mode.
//
// It fails with [*ValidationError] before anything is sent, with
// [ErrNotEnrolled] if there is no row (be it that the learner or the course does
// not exist: the platform does not tell), with [ErrForbidden] if the client may
// not see this learner's enrollments, and with [ErrUnauthorized] if its token is
// refused.
//
// Endpoint: GET /api/enrollment/v1/enrollment/{username},{course}.
func (s *EnrollmentsService) Get(ctx context.Context, username string, course CourseKey) (*Enrollment, error) {
	if err := checkUsername(username); err != nil {
		return nil, err
	}
	if err := checkCourse(course); err != nil {
		return nil, err
	}
	answer, err := fetch[enrollmentWire](ctx, s.client, operation{
		name:     "Enrollments.Get",
		path:     "/api/enrollment/v1/enrollment/" + pathPart(username) + "," + course.path(),
		empty200: ErrNotEnrolled,
		empty404: ErrForbidden, // says nothing, lest a stranger learn who takes what
	})
	if err != nil {
		return nil, err
	}
	return answer.enrollment(), nil
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

func (w enrollmentWire) enrollment() *Enrollment {
	return &Enrollment{
		Username: string(w.User), Mode: Mode(w.Mode), Active: bool(*w.IsActive),
		Created: w.Created.Time, Course: w.Course.details(),
	}
}

func (w *courseDetailsWire) details() *CourseDetails {
	if w == nil {
		return nil
	}
	details := &CourseDetails{
		Key: w.ID, Name: string(w.Name), Start: w.Start.Time, End: w.End.Time,
		EnrollmentStart: w.EnrollmentStart.Time, EnrollmentEnd: w.EnrollmentEnd.Time,
		InviteOnly: bool(w.InviteOnly), Pacing: pacingOf(w.Pacing),
	}
	for _, m := range w.Modes {
		details.Modes = append(details.Modes, CourseMode{
			Mode: Mode(m.Slug), Name: string(m.Name), MinPrice: string(m.MinPrice),
			Currency: string(m.Currency), Expires: m.Expires.Time,
		})
	}
	return details
}
