package edxtest_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
)

const logic = "course-v1:ExampleX+CS101+2026_T1"

// enroll is code that wants a test.
func enroll(ctx context.Context, client *edx.Client, username string) error {
	course, err := edx.ParseCourseKey(logic)
	if err != nil {
		return err
	}
	_, err = client.Enrollments.Enroll(ctx, edx.EnrollParams{Username: username, Course: course, Mode: edx.Verified})
	return err
}

func TestEnrolling(t *testing.T) {
	server := edxtest.NewServer()
	defer server.Close()
	server.AddUser(edxtest.User{Username: "ada_l", TimeZone: "Europe/Paris"})
	server.AddCourse(edxtest.Course{Key: logic, Modes: []edxtest.Mode{{Slug: "verified"}}})
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret))
	if err != nil {
		t.Fatal(err)
	}

	err = enroll(t.Context(), client, "ada_l") // the code under test

	if e, _ := server.Enrollment("ada_l", logic); err != nil || !e.Active || e.Mode != "verified" {
		t.Errorf("enroll = %v, enrollment = %+v; want a verified learner", err, e)
	}
}

// The package page shows TestEnrolling, word for word.
func TestThePackagePageShowsATestThatRuns(t *testing.T) {
	t.Parallel()
	page, test := function(t, "doc.go", "//\t"), function(t, "doc_test.go", "")
	if page != test || page == "" {
		t.Errorf("the page shows\n%s\nthe test is\n%s", page, test)
	}
}

// function returns the text of TestEnrolling in a file, without what stands before
// each line.
func function(t *testing.T, file, before string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), before+"func TestEnrolling(")
	body, _, _ := strings.Cut(rest, "\n"+before+"}\n")
	return strings.ReplaceAll(strings.ReplaceAll(body, "\n"+before, "\n"), "\n//\n", "\n\n")
}
