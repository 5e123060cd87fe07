package edx_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/proctorbook/proctorbook/edx"
)

// exampleLMS is a platform with one course and one learner.
func exampleLMS() *httptest.Server {
	answers := map[string]string{
		"/oauth2/access_token":           `{"access_token":"eyJ","expires_in":3600,"token_type":"JWT"}`,
		"/api/user/v1/accounts/ada_l":    `{"username":"ada_l","id":4211,"name":"Ada Lovelace","country":"GB","is_active":true}`,
		"/api/user/v1/preferences/ada_l": `{"time_zone":"Europe/London","pref-lang":"en"}`,
		"/api/enrollment/v1/enrollment/ada_l,course-v1:ExampleX+CS101+2026_T1": `{"user":"ada_l","mode":"verified","is_active":true,"created":"2026-02-11T19:44:31Z","course_details":null}`,
		"/api/enrollment/v1/enrollment/ada_l,course-v1:ExampleX+CS102+2026_T1": ``,
		"/api/courses/v1/courses/course-v1:ExampleX+CS101+2026_T1":             `{"id":"course-v1:ExampleX+CS101+2026_T1","name":"Logic &amp; Proof","end":"2026-07-31T22:00:00Z"}`,
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, known := answers[r.URL.Path]
		if !known {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, answer)
	}))
}

func Example() {
	server := exampleLMS()
	defer server.Close()
	ctx := context.Background()

	client, err := edx.NewClient(server.URL, edx.WithClientCredentials("client id", "client secret"))
	if err != nil {
		log.Fatal(err)
	}
	course, err := edx.ParseCourseKey("course-v1:ExampleX+CS101+2026_T1")
	if err != nil {
		log.Fatal(err)
	}
	enrollment, err := client.Enrollments.Get(ctx, "ada_l", course)
	switch {
	case errors.Is(err, edx.ErrNotEnrolled):
		fmt.Println("not enrolled")
	case err != nil:
		log.Fatal(err) // nobody knows
	default:
		fmt.Println("may sit the exam:", enrollment.Active && enrollment.Mode == edx.Verified)
	}
	// Output: may sit the exam: true
}

func ExampleEnrollmentsService_Get_notEnrolled() {
	server := exampleLMS()
	defer server.Close()
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials("client id", "client secret"))
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Enrollments.Get(context.Background(), "ada_l", edx.MustCourseKey("course-v1:ExampleX+CS102+2026_T1"))
	fmt.Println(errors.Is(err, edx.ErrNotEnrolled), err)
	// Output: true edx: Enrollments.Get: HTTP status 200: not enrolled
}

func ExampleCoursesService_Get() {
	server := exampleLMS()
	defer server.Close()
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials("client id", "client secret"))
	if err != nil {
		log.Fatal(err)
	}
	key := edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1")
	course, err := client.Courses.Get(context.Background(), key, edx.GetCourseParams{Username: "ada_l"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(course.Name, "ends", course.End.Format("2 January 2006"))
	// Output: Logic & Proof ends 31 July 2026
}

func ExampleAccountsService_Get() {
	server := exampleLMS()
	defer server.Close()
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials("client id", "client secret"))
	if err != nil {
		log.Fatal(err)
	}
	account, err := client.Accounts.Get(context.Background(), "ada_l")
	if err != nil {
		log.Fatal(err) // errors.Is(err, edx.ErrUserUnknown) if there is no such user
	}
	fmt.Println(account) // an account does not print what is personal
	fmt.Println(account.Country)
	// Output:
	// edx.Account{ID: 4211, REDACTED}
	// GB
}

func ExamplePreferencesService_Get() {
	server := exampleLMS()
	defer server.Close()
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials("client id", "client secret"))
	if err != nil {
		log.Fatal(err)
	}
	preferences, err := client.Preferences.Get(context.Background(), "ada_l")
	if err != nil {
		log.Fatal(err)
	}
	zone, err := preferences.Location()
	if errors.Is(err, edx.ErrNoTimeZone) {
		fmt.Println("ask the learner")
		return
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(zone)
	// Output: Europe/London
}

func ExampleParseUsageKey() {
	exam, err := edx.ParseUsageKey("block-v1:ExampleX+CS101+2026_T1+type@sequential+block@final")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(exam.BlockType(), exam.BlockID(), "in", exam.CourseKey().Run())
	_, err = edx.ParseUsageKey("course-v1:ExampleX+CS101+2026_T1")
	fmt.Println(err)
	// Output:
	// sequential final in 2026_T1
	// edx: usage key must begin with block-v1: or ccx-block-v1: (or lib-block-v1:, lb:, i4x:)
}
