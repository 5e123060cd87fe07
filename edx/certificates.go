package edx

import (
	"context"
	"time"
)

// CertificatesService reads what learners have earned.
type CertificatesService struct{ core *core }

const certificatesPath = "/api/certificates/v0/certificates/"

// Certificate is what a learner has earned in a course, or may yet earn: trust
// Passing, not Status.
type Certificate struct {
	Username    string    // who earned it
	Course      CourseKey // in which course
	Type        Mode      // in which it was earned
	Status      string    // such as downloadable, notpassing, unverified; others may come
	Passing     bool      // the certificate is earned
	Grade       string    // decimal text from 0 to 1, such as "0.98"; may be empty
	DownloadURL string    // may be empty, or relative to the platform
	Created     time.Time // UTC

	CourseName string    // only from List
	CourseOrg  string    // only from List
	Modified   time.Time // UTC; only from List
	UUID       string    // only from List
	Problem    *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

type certificateWire struct {
	row
	Username    textValue  `json:"username"`
	Course      CourseKey  `json:"course_id"`
	Type        textValue  `json:"certificate_type"`
	Status      textValue  `json:"status"`
	Passing     *flagValue `json:"is_passing"`
	Grade       textValue  `json:"grade"`
	DownloadURL textValue  `json:"download_url"`
	Created     timeValue  `json:"created_date"`
	CreatedToo  timeValue  `json:"created"` // some releases call it so
	CourseName  textValue  `json:"course_display_name"`
	CourseOrg   textValue  `json:"course_organization"`
	Modified    timeValue  `json:"modified_date"`
	UUID        textValue  `json:"uuid"`
}

// Get returns the certificate of a learner in a course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if there is none (Error.Code is no_certificate_for_user, also for
// an unknown user, or no_certificate_configuration_for_course), and with
// [ErrForbidden] if the client is neither the learner nor staff.
//
// Endpoint: GET /api/certificates/v0/certificates/{username}/courses/{course}/.
func (s *CertificatesService) Get(ctx context.Context, username string, course CourseKey) (*Certificate, error) {
	answer, err := fetch[certificateWire](ctx, s.core, operation{
		name: "Certificates.Get", input: checkUserAndCourse(username, course),
		path: certificatesPath + pathPart(username) + "/courses/" + course.path() + "/",
	})
	if err != nil {
		return nil, err
	}
	found := answer.certificate()
	return &found, nil
}

// List returns the certificates that a learner has earned; those of courses not
// passed are left out. An unknown learner has none.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden] if the learner keeps them private and the client is not staff.
//
// Endpoint: GET /api/certificates/v0/certificates/{username}/.
func (s *CertificatesService) List(ctx context.Context, username string) ([]Certificate, error) {
	return fetchList(ctx, s.core, operation{
		name: "Certificates.List", input: checkUsername(username),
		path: certificatesPath + pathPart(username) + "/",
	}, certificateWire.certificate)
}

func (w certificateWire) missing() string {
	switch {
	case w.Course.IsZero():
		return "course_id"
	case w.Passing == nil:
		return "is_passing"
	}
	return ""
}

func (w certificateWire) certificate() Certificate {
	created := w.Created.Time
	if created.IsZero() {
		created = w.CreatedToo.Time
	}
	return Certificate{
		Username: string(w.Username), Course: w.Course, Type: Mode(w.Type), Status: string(w.Status),
		Passing: isTrue(w.Passing), Grade: string(w.Grade), DownloadURL: string(w.DownloadURL), Created: created,
		CourseName: string(w.CourseName), CourseOrg: string(w.CourseOrg), Modified: w.Modified.Time, UUID: string(w.UUID), Problem: w.problem,
	}
}
