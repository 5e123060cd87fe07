package platform_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// A platform whose enrollments are read somewhere else: embed OpenEdX, and replace
// the method. Hand it to New of package scheduling like any other platform.
type registry struct {
	platform.OpenEdX
	verified map[string]bool // by user name
}

// Enrollment takes those of the registry for verified, and asks Open edX for the others.
func (r registry) Enrollment(ctx context.Context, username string, course edx.CourseKey) (platform.Enrollment, error) {
	if r.verified[username] {
		return platform.Enrollment{Username: username, Active: true, Mode: edx.Verified}, nil
	}
	return r.OpenEdX.Enrollment(ctx, username, course)
}

func ExampleOpenEdX() {
	server := edxtest.NewServer()
	defer server.Close()
	server.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+CS101+2027", Name: "Logic"})
	server.AddUser(edxtest.User{ID: 4211, Username: "ada_l"})
	server.Enroll("ada_l", "course-v1:ExampleX+CS101+2027", "audit", true)
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret))
	if err != nil {
		log.Fatal(err)
	}

	var lms platform.Platform = registry{platform.OpenEdX{Client: client}, map[string]bool{"bob": true}}
	for _, username := range []string{"ada_l", "bob"} {
		e, err := lms.Enrollment(context.Background(), username, edx.MustCourseKey("course-v1:ExampleX+CS101+2027"))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Username, e.Mode)
	}
	// Output:
	// ada_l audit
	// bob verified
}

// One call for both learners. Who is unknown, or breaks the platform, has an error of
// their own.
func ExampleAccounts() {
	server := edxtest.NewServer()
	defer server.Close()
	server.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Email: "ada@example.org"})
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret))
	if err != nil {
		log.Fatal(err)
	}

	for account, err := range platform.Accounts(context.Background(), platform.OpenEdX{Client: client}, []string{"ada_l", "bob"}) {
		fmt.Println(account.Username, account.ID, errors.Is(err, edx.ErrNotFound))
	}
	// Output:
	// ada_l 4211 false
	// bob  true
}
