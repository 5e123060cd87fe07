package edx_test

import (
	"errors"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

func TestCoursesGet(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json(courseRoute, wire(t, "course.json"))

	got, err := p.client(t).Courses.Get(t.Context(), cs101, edx.GetCourseParams{Username: username})
	if err != nil {
		t.Fatal(err)
	}
	want := edx.Course{
		Key: cs101, Name: "Logic & Proof", Number: "CS101", Org: "ExampleX", Overview: "<p>How to prove it.</p>",
		Start:           time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC),
		End:             time.Date(2026, 7, 31, 22, 0, 0, 0, time.UTC),
		EnrollmentEnd:   time.Date(2026, 3, 16, 22, 0, 0, 0, time.UTC),
		CertificateFrom: time.Date(2026, 8, 15, 0, 0, 0, 0, time.UTC),
		StartDisplay:    "March 2, 2026", StartType: "timestamp", Pacing: edx.PacingInstructor, InvitationOnly: true, Enrolled: new(true),
		Media: edx.CourseMedia{
			BannerURI: "/asset-v1:ExampleX+CS101+2026_T1+type@asset+block@b.jpg",
			BannerURL: "https://lms.example.org/asset-v1:ExampleX+CS101+2026_T1+type@asset+block@b.jpg",
			ImageURI:  "/asset-v1:ExampleX+CS101+2026_T1+type@asset+block@c.jpg",
			RawURL:    "https://lms.example.org/r.jpg", SmallURL: "https://lms.example.org/s.jpg", LargeURL: "https://lms.example.org/l.jpg",
		},
		BlocksURL: "https://lms.example.org/api/courses/v1/blocks/?course_id=course-v1%3AExampleX%2BCS101%2B2026_T1",
	}
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("Get = %+v, want %+v", *got, want)
	}
}

// Without a user name the question is put without a query; with one, a plus
// sign must not turn into a space.
func TestCoursesGetQuery(t *testing.T) {
	t.Parallel()
	const path = "GET /api/courses/v1/courses/course-v1:ExampleX+CS101+2026_T1"
	for name, tt := range map[string]struct{ username, route string }{
		"anonymous": {"", path},
		"plus sign": {"ada+l", path + "?username=ada%2Bl"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.json(tt.route, `{"course_id":"course-v1:ExampleX+CS101+2026_T1","pacing":"Self Paced"}`)
			got, err := p.client(t).Courses.Get(t.Context(), cs101, edx.GetCourseParams{Username: tt.username})
			if err != nil {
				t.Fatal(err)
			}
			if got.Key != cs101 || got.Pacing != edx.PacingSelf {
				t.Errorf("Get = %+v, want the old member course_id and the enrollment API's pacing understood", got)
			}
		})
	}
}

func TestCoursesGetRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status int
		body   string
		want   error
	}{
		"none, or not visible": {http.StatusNotFound, `{"developer_message":"Not found."}`, edx.ErrNotFound},
		"another's eyes":       {http.StatusForbidden, `{"developer_message":"You do not have permission to perform this action."}`, edx.ErrForbidden},
		"a course without key": {http.StatusOK, `{"name":"Logic"}`, edx.ErrNotJSON},
		"a library":            {http.StatusOK, `{"id":"library-v1:ExampleX+Lib1"}`, edx.ErrNotJSON},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.reply(courseRoute, tt.status, "application/json", tt.body)
			_, err := p.client(t).Courses.Get(t.Context(), cs101, edx.GetCourseParams{Username: username})
			if !errors.Is(err, tt.want) {
				t.Errorf("Get error = %v, want %v", err, tt.want)
			}
		})
	}
}

// The platform counts courses by estimate: a later page may not exist any more,
// and that is the end. On the first page a 404 is an error.
func TestCoursesEndWithA404(t *testing.T) {
	t.Parallel()
	for _, l := range lists[:2] {
		p := newLMS(t)
		p.json(l.first(), l.reply(p, l.more, 1, 2))
		p.reply(l.second(), http.StatusNotFound, "application/json", `{"developer_message":"Invalid page."}`)
		if got, err := collect(l.walk(t.Context(), p.client(t), "")); err != nil || len(got) != 2 {
			t.Errorf("%s: got %q, %v, want two items and no error", l.name, got, err)
		}
		p.reply(l.second(), http.StatusNotFound, "text/html", `<h1>Not found</h1>`)
		if _, err := collect(l.walk(t.Context(), p.client(t), "")); !errors.Is(err, edx.ErrNotFound) {
			t.Errorf("%s: a page of a proxy: error = %v, want ErrNotFound", l.name, err)
		}
		p.reply(l.first(), http.StatusNotFound, "application/json", `{"developer_message":"Invalid page."}`)
		if _, err := collect(l.walk(t.Context(), p.client(t), "")); !errors.Is(err, edx.ErrNotFound) {
			t.Errorf("%s: a first page that is not there: error = %v, want ErrNotFound", l.name, err)
		}
	}
}
