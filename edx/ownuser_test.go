package edx_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

const (
	ownRoute = "GET /api/mobile/v0.5/my_user_info"
	ownReply = `{"id":7,"username":"exam-service","email":"service@example.org","name":"Exam Service","course_enrollments":"https://lms.example.org/api/mobile/v0.5/users/exam-service/course_enrollments/"}`
)

// The platform redirects to the user; the client takes only the name of that.
func TestAccountsOwn(t *testing.T) {
	t.Parallel()
	want := edx.OwnUser{
		ID: 7, Username: "exam-service", Name: "Exam Service", Email: "service@example.org",
		EnrollmentsURL: "https://lms.example.org/api/mobile/v0.5/users/exam-service/course_enrollments/",
	}
	for _, location := range []string{"/api/mobile/v0.5/users/exam-service", "http://127.0.0.1/api/mobile/v4/users/exam-service/?x=y"} {
		p := newLMS(t)
		p.redirect(ownRoute, location)
		p.json("GET /api/mobile/v0.5/users/exam-service", ownReply)
		if got, err := p.client(t).Accounts.Own(t.Context()); err != nil || *got != want {
			t.Errorf("%s: the user is not as expected, %v", location, err)
		}
	}
}

func (p *lms) redirect(route, location string) {
	p.handle(route, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	})
}

// A redirect to anything else is none to a user.
func TestAccountsOwnElsewhere(t *testing.T) {
	t.Parallel()
	for _, location := range []string{
		"", "/login?next=/api/mobile/v0.5/my_user_info", "https://evil.example.org/api/mobile/v0.5/users/eve", "/api/mobile/v0.5/users/a,b",
		"/api/mobile/v0.5/users/%2e%2e", "/api/mobile/v0.5/users/a/course_enrollments/", "%zz",
	} {
		p := newLMS(t)
		p.redirect(ownRoute, location)
		if _, err := p.client(t).Accounts.Own(t.Context()); !errors.Is(err, proctorbook.ErrRedirect) {
			t.Errorf("%q: error = %v, want ErrRedirect", location, err)
		}
	}
}
