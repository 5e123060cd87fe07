package edxtest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// start returns a server with a course and its learner, and a client of it.
func start(t *testing.T) (*edxtest.Server, *proctorbooktest.Clock, *edx.Client) {
	t.Helper()
	clock := proctorbooktest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
	server := edxtest.NewServer(edxtest.WithClock(clock))
	t.Cleanup(server.Close)
	server.AddUser(edxtest.User{Username: "ada_l", Name: "Ada Lovelace", TimeZone: "Europe/Paris"})
	server.AddCourse(edxtest.Course{Key: logic, Name: "Logic & Proof"})
	server.Enroll("ada_l", logic, "verified", true)
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret), edx.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	return server, clock, client
}

func TestTokensExpireAndAreRevoked(t *testing.T) {
	t.Parallel()
	server, clock, client := start(t)
	server.SetTokenLife(10 * time.Minute)
	ask := func(want int) {
		t.Helper()
		if _, err := client.Accounts.Get(t.Context(), "ada_l"); err != nil {
			t.Fatal(err)
		}
		if got := server.Counts().TokenRequests; got != want {
			t.Errorf("%d tokens were fetched, want %d", got, want)
		}
	}
	ask(1)
	ask(1)
	clock.Advance(time.Hour)
	ask(2)
	server.RevokeTokens()
	ask(3)
}

func TestFaultsReachTheClient(t *testing.T) {
	t.Parallel()
	server, _, client := start(t)
	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	if _, err := client.Preferences.Get(t.Context(), "ada_l"); err == nil {
		t.Error("a server that is down answered")
	}
	server.ClearFaults()
	preferences, err := client.Preferences.Get(t.Context(), "ada_l")
	if err != nil || preferences.TimeZone != "Europe/Paris" {
		t.Errorf("Get = %+v, %v", preferences, err)
	}
	if server.Counts().Faults[proctorbooktest.Down] == 0 {
		t.Error("the fault was not counted")
	}
}

func TestACourseThatIsRemovedIsGone(t *testing.T) {
	t.Parallel()
	server, _, client := start(t)
	course := edx.MustCourseKey(logic)
	server.RemoveCourse(logic)

	if _, err := client.Courses.Get(t.Context(), course, edx.GetCourseParams{}); !errors.Is(err, edx.ErrNotFound) {
		t.Errorf("Courses.Get error = %v, want %v", err, edx.ErrNotFound)
	}
	if got, err := client.Enrollments.Get(t.Context(), "ada_l", course); err != nil || got.Course != nil {
		t.Errorf("Enrollments.Get = %+v, %v; want an enrollment without a course", got, err)
	}
}

func TestAClientHasTheRightsOfItsUser(t *testing.T) {
	t.Parallel()
	server, clock, _ := start(t)
	server.AddUser(edxtest.User{Username: "bob"})
	server.AddClient("bobs-client", "s3cret", "bob")
	mine := httptest.NewServer(server)
	defer mine.Close()
	client, err := edx.NewClient(mine.URL, edx.WithClientCredentials("bobs-client", "s3cret"), edx.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}

	_, err = client.Enrollments.Get(t.Context(), "ada_l", edx.MustCourseKey(logic))

	if !errors.Is(err, edx.ErrForbidden) {
		t.Errorf("error = %v, want %v: Bob may not know", err, edx.ErrForbidden)
	}
	if server.Counts().Requests["enrollment"] != 1 {
		t.Errorf("counts = %+v, want one request for an enrollment", server.Counts())
	}
}

func TestSystemClockByDefault(t *testing.T) {
	t.Parallel()
	server := edxtest.NewServer()
	resp, err := http.Get(server.URL + "/api/user/v1/me")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || time.Since(date).Abs() > time.Minute {
		t.Errorf("Date = %v, %v; want now", date, err)
	}
	server.Close()
	server.Close()
	if resp, err := http.Get(server.URL); err == nil {
		resp.Body.Close()
		t.Error("a closed server answered")
	}
}

func TestAServerCanStartLater(t *testing.T) {
	t.Parallel()
	server := edxtest.NewUnstartedServer()
	server.Close() // it does not listen yet: nothing to close
	get := func(rt http.RoundTripper, url string) string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		return roundTrip(rt, req).brief()
	}
	const platform, exams = "/api/courses/v1/courses/", "/api/v1/providers/"
	const onPlatform, onExams = `200 application/json {"results":[]`, `401 application/json {"detail":"Authentication`
	if got := get(proctorbooktest.InProcess(server), server.URL+platform); !begins(got, onPlatform) {
		t.Errorf("the platform in process: %s", got)
	}
	if got := get(proctorbooktest.InProcess(server.ExamsHandler()), server.ExamsURL+exams); !begins(got, onExams) {
		t.Errorf("edx-exams in process: %s", got)
	}
	server.Start()
	if got := get(http.DefaultTransport, server.URL+platform); !begins(got, onPlatform) {
		t.Errorf("the platform on loopback: %s", got)
	}
	if got := get(http.DefaultTransport, server.ExamsURL+exams); !begins(got, onExams) {
		t.Errorf("edx-exams on loopback: %s", got)
	}
	wantPanic(t, "listens already", server.Start)
	server.Close()
	server.Close()
	if got := get(http.DefaultTransport, server.URL+platform); got != "no answer" {
		t.Errorf("a closed server answered %s", got)
	}
}
