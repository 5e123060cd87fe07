package edx_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
)

// newPlatform starts a platform with two courses; Ada takes the first.
func newPlatform() *edxtest.Server {
	server := edxtest.NewServer()
	server.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Lovelace", Country: "GB", TimeZone: "Europe/London"})
	for _, key := range []string{"course-v1:ExampleX+CS101+2026_T1", "course-v1:ExampleX+CS102+2026_T1"} {
		server.AddCourse(edxtest.Course{
			Key: key, Name: "Logic & Proof", End: time.Date(2026, 7, 31, 22, 0, 0, 0, time.UTC),
			Modes: []edxtest.Mode{{Slug: "verified", Name: "Verified Certificate", Price: 49}},
		})
	}
	server.Enroll("ada_l", "course-v1:ExampleX+CS101+2026_T1", "verified", true)
	return server
}

// newExampleClient is what a program does once, at its start.
func newExampleClient(server *edxtest.Server) *edx.Client {
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret))
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func Example() {
	server := newPlatform() // in production: https://lms.example.org
	defer server.Close()

	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret))
	if err != nil {
		log.Fatal(err)
	}
	course, err := edx.ParseCourseKey("course-v1:ExampleX+CS101+2026_T1")
	if err != nil {
		log.Fatal(err)
	}
	enrollment, err := client.Enrollments.Get(context.Background(), "ada_l", course)
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
	server := newPlatform()
	defer server.Close()
	client := newExampleClient(server)

	another := edx.MustCourseKey("course-v1:ExampleX+CS102+2026_T1")
	_, err := client.Enrollments.Get(context.Background(), "ada_l", another)
	fmt.Println(errors.Is(err, edx.ErrNotEnrolled))
	fmt.Println(err)
	// Output:
	// true
	// edx: Enrollments.Get: HTTP status 200: not enrolled
}

func ExampleCoursesService_Get() {
	server := newPlatform()
	defer server.Close()
	client := newExampleClient(server)

	key := edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1")
	course, err := client.Courses.Get(context.Background(), key, edx.GetCourseParams{Username: "ada_l"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(course.Name, "ends", course.End.Format("2 January 2006"))
	// Output: Logic & Proof ends 31 July 2026
}

func ExampleAccountsService_Get() {
	server := newPlatform()
	defer server.Close()
	client := newExampleClient(server)

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
	server := newPlatform()
	defer server.Close()
	client := newExampleClient(server)

	preferences, err := client.Preferences.Get(context.Background(), "ada_l")
	if err != nil {
		log.Fatal(err)
	}
	zone, err := preferences.Location()
	if err != nil {
		log.Fatal(err) // errors.Is(err, edx.ErrNoTimeZone): ask the learner
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
