package edx

import (
	"context"
	"html"
	"net/url"
	"time"
)

// CoursesService reads course runs.
type CoursesService struct{ client *Client }

// GetCourseParams says whose view of a course is asked for.
type GetCourseParams struct {
	// Username is the user whose view it is. Empty is the view of an anonymous
	// visitor, whoever the client is: many courses are not visible then. A name
	// other than the client's own needs a client that is staff.
	Username string
}

// Pacing is who sets the pace of a course. It is an open set.
type Pacing string

// The paces that the platform has today.
const (
	PacingInstructor Pacing = "instructor" // dates for all
	PacingSelf       Pacing = "self"       // learners go at their own pace
)

// Course is one run of a course. A time that is not set is the zero time; all are UTC.
type Course struct {
	Key              CourseKey
	Name             string // plain text
	Number           string
	Org              string
	ShortDescription string
	Effort           string // free text, such as "4 h/week"
	Overview         string // HTML
	Start, End       time.Time
	EnrollmentStart  time.Time
	EnrollmentEnd    time.Time
	Pacing           Pacing
	Hidden           bool // not in the catalogue
	InvitationOnly   bool // false also in releases that don't tell
	MobileAvailable  bool
}

// courseWire is a course as the platform sends it.
type courseWire struct {
	ID               CourseKey `json:"id"`
	OldID            CourseKey `json:"course_id"`
	Name             textValue `json:"name"`
	Number           textValue `json:"number"`
	Org              textValue `json:"org"`
	ShortDescription textValue `json:"short_description"`
	Effort           textValue `json:"effort"`
	Overview         textValue `json:"overview"`
	Start            timeValue `json:"start"`
	End              timeValue `json:"end"`
	EnrollmentStart  timeValue `json:"enrollment_start"`
	EnrollmentEnd    timeValue `json:"enrollment_end"`
	Pacing           textValue `json:"pacing"`
	Hidden           flagValue `json:"hidden"`
	InvitationOnly   flagValue `json:"invitation_only"`
	MobileAvailable  flagValue `json:"mobile_available"`
}

// Get returns one run of a course.
//
// It fails with [*ValidationError] before anything is sent, with [ErrNotFound]
// if there is no such course or the user of the params may not see it, and with
// [ErrForbidden] if the client may not look with that user's eyes.
//
// Endpoint: GET /api/courses/v1/courses/{course}.
func (s *CoursesService) Get(ctx context.Context, course CourseKey, params GetCourseParams) (*Course, error) {
	if err := checkCourse(course); err != nil {
		return nil, err
	}
	op := operation{name: "Courses.Get", path: "/api/courses/v1/courses/" + course.path()}
	if params.Username != "" {
		if err := checkUsername(params.Username); err != nil {
			return nil, err
		}
		op.query = url.Values{"username": {params.Username}}
	}
	answer, err := fetch[courseWire](ctx, s.client, op)
	if err != nil {
		return nil, err
	}
	return answer.course(), nil
}

func (w courseWire) key() CourseKey {
	if w.ID.IsZero() {
		return w.OldID
	}
	return w.ID
}

func (w courseWire) missing() string {
	if w.key().IsZero() {
		return "id"
	}
	return ""
}

func (w courseWire) course() *Course {
	return &Course{
		Key:    w.key(),
		Name:   html.UnescapeString(string(w.Name)), // escaped here, though not by the enrollment API
		Number: string(w.Number), Org: string(w.Org),
		ShortDescription: string(w.ShortDescription), Effort: string(w.Effort), Overview: string(w.Overview),
		Start: w.Start.Time, End: w.End.Time,
		EnrollmentStart: w.EnrollmentStart.Time, EnrollmentEnd: w.EnrollmentEnd.Time,
		Pacing: pacingOf(w.Pacing), Hidden: bool(w.Hidden),
		InvitationOnly: bool(w.InvitationOnly), MobileAvailable: bool(w.MobileAvailable),
	}
}

// pacingOf brings the words of the enrollment API to those of the courses API.
func pacingOf(text textValue) Pacing {
	switch text {
	case "Instructor Paced":
		return PacingInstructor
	case "Self Paced":
		return PacingSelf
	}
	return Pacing(text)
}
