package edxtest_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
)

func Example() {
	server := edxtest.NewServer()
	defer server.Close()
	server.AddUser(edxtest.User{Username: "ada_l", Name: "Ada Lovelace", TimeZone: "Europe/Paris"})
	server.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+CS101+2026_T1", Name: "Logic & Proof"})
	server.Enroll("ada_l", "course-v1:ExampleX+CS101+2026_T1", "verified", true)

	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret))
	if err != nil {
		log.Fatal(err)
	}
	course := edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1")
	enrollment, err := client.Enrollments.Get(context.Background(), "ada_l", course)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(enrollment.Username, enrollment.Mode, enrollment.Active)
	_, err = client.Enrollments.Get(context.Background(), "bob", course)
	fmt.Println("not enrolled:", errors.Is(err, edx.ErrNotEnrolled))
	fmt.Println("tokens fetched:", server.Counts().TokenRequests)
	// Output:
	// ada_l verified true
	// not enrolled: true
	// tokens fetched: 1
}
