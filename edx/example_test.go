package edx_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/proctorbook/proctorbook"
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
			Modes:   []edxtest.Mode{{Slug: "audit", Name: "Audit"}, {Slug: "verified", Name: "Verified Certificate", Price: 49}},
			Grading: []edxtest.AssignmentPolicy{{Type: "Exam", Count: 1, Weight: 1}},
		})
	}
	server.Enroll("ada_l", "course-v1:ExampleX+CS101+2026_T1", "verified", true)
	return server
}

// newExam adds a proctored exam to the first course, and half an hour for Ada.
func newExam(server *edxtest.Server) int64 {
	id := server.AddExam(edxtest.Exam{
		Course: "course-v1:ExampleX+CS101+2026_T1", Name: "Final exam", Minutes: 90, Proctored: true,
		Content: "block-v1:ExampleX+CS101+2026_T1+type@sequential+block@final",
	})
	server.AddAllowance(edxtest.Allowance{ExamID: id, Username: "ada_l", Key: "additional_time_granted", Value: "30"})
	return id
}

// newExampleClient is what a program does once, at its start.
func newExampleClient(server *edxtest.Server) *edx.Client {
	client, err := edx.NewClient(server.URL, edx.WithExamsURL(server.ExamsURL),
		edx.WithClientCredentials(server.ClientID, server.ClientSecret))
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
	// edx: ParseUsageKey: usage key must begin with block-v1: or ccx-block-v1: (or lib-block-v1:, lb:, i4x:)
}

func ExampleCoursesService_All() {
	server := newPlatform()
	defer server.Close()
	client := newExampleClient(server)

	for course, err := range client.Courses.All(context.Background(), edx.ListCoursesParams{Username: "ada_l", Org: "ExampleX"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(course.Key)
	}
	// Output:
	// course-v1:ExampleX+CS101+2026_T1
	// course-v1:ExampleX+CS102+2026_T1
}

func ExampleEnrollmentsService_All() {
	server := newPlatform()
	defer server.Close()
	for i := range 250 {
		name := fmt.Sprintf("learner-%03d", i)
		server.AddUser(edxtest.User{Username: name})
		server.Enroll(name, "course-v1:ExampleX+CS101+2026_T1", "audit", i%2 == 0)
	}
	client := newExampleClient(server)

	active := 0
	params := edx.ListEnrollmentsParams{Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1")}
	for row, err := range client.Enrollments.All(context.Background(), params) {
		if err != nil {
			log.Fatal(err) // what was yielded before is good
		}
		if row.Active {
			active++
		}
	}
	fmt.Println("active:", active)
	// Output: active: 126
}

func ExampleEnrollmentsService_List() {
	server := newPlatform()
	defer server.Close()
	client := newExampleClient(server)

	page, err := client.Enrollments.List(context.Background(), edx.ListEnrollmentsParams{Usernames: []string{"ada_l"}})
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range page.Items {
		fmt.Println(row.Course, row.Mode, row.Active)
	}
	fmt.Println("more to come:", page.Next != "") // the Cursor of the next question
	// Output:
	// course-v1:ExampleX+CS101+2026_T1 verified true
	// more to come: false
}

func ExampleEnrollmentsService_Enroll() {
	server := newPlatform()
	defer server.Close()
	client := newExampleClient(server)

	enrollment, err := client.Enrollments.Enroll(context.Background(), edx.EnrollParams{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS102+2026_T1"), Username: "ada_l", Mode: edx.Verified,
	})
	switch {
	case errors.Is(err, edx.ErrModeUnavailable):
		fmt.Println("offer another mode")
	case errors.Is(err, proctorbook.ErrOutcomeUnknown):
		fmt.Println("look with Get before trying again")
	case err != nil:
		log.Fatal(err)
	default:
		fmt.Println(enrollment.Mode, enrollment.Active)
	}
	// Output: verified true
}

func ExampleEnrollmentsService_Deactivate() {
	server := newPlatform()
	defer server.Close()
	client := newExampleClient(server)

	course := edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1")
	enrollment, err := client.Enrollments.Deactivate(context.Background(), "ada_l", course)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(enrollment.Mode, enrollment.Active) // the row stays
	// Output: verified false
}

func ExampleAllowedService_Add() {
	server := newPlatform()
	defer server.Close()
	client := newExampleClient(server)

	permission := edx.AddPermissionParams{Email: "eve@example.org", Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1"), AutoEnroll: true}
	fmt.Println(client.Enrollments.Allowed.Add(context.Background(), permission))
	fmt.Println(errors.Is(client.Enrollments.Allowed.Add(context.Background(), permission), edx.ErrExists))
	// Output:
	// <nil>
	// true
}

func ExampleModesService_List() {
	server := newPlatform()
	defer server.Close()
	client := newExampleClient(server)

	modes, err := client.Modes.List(context.Background(), edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1"))
	if err != nil {
		log.Fatal(err)
	}
	for _, mode := range modes {
		fmt.Println(mode.Mode, mode.MinPrice, mode.Currency)
	}
	// Output:
	// audit 0 usd
	// verified 49 usd
}

func ExampleGradesService_Get() {
	server := newPlatform()
	defer server.Close()
	server.SetGrade(edxtest.Grade{Username: "ada_l", Course: "course-v1:ExampleX+CS101+2026_T1", Percent: 0.83, Letter: "B", Passed: true})
	client := newExampleClient(server)

	grade, err := client.Grades.Get(context.Background(), "ada_l", edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1"))
	if err != nil {
		log.Fatal(err) // errors.Is(err, edx.ErrNotEnrolled) if she is not
	}
	fmt.Printf("%.0f %%, %s, passed: %v\n", 100*grade.Percent, grade.Letter, grade.Passed)
	// Output: 83 %, B, passed: true
}

func ExampleCertificatesService_Get() {
	server := newPlatform()
	defer server.Close()
	client := newExampleClient(server)

	_, err := client.Certificates.Get(context.Background(), "ada_l", edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1"))
	if failed, ok := errors.AsType[*edx.Error](err); ok && errors.Is(err, edx.ErrNotFound) {
		fmt.Println(failed.Code)
	}
	// Output: no_certificate_for_user
}

// Extra time for a learner lengthens the sitting, and so what has to be booked.
func ExampleSpecialExamsService_Allowances() {
	server := newPlatform()
	defer server.Close()
	newExam(server)
	client := newExampleClient(server)
	course := edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1")

	exams, err := client.SpecialExams.List(context.Background(), course)
	if err != nil {
		log.Fatal(err)
	}
	allowances, err := client.SpecialExams.Allowances(context.Background(), course)
	if err != nil {
		log.Fatal(err)
	}
	for _, exam := range exams {
		minutes := exam.TimeLimit
		for _, allowance := range allowances {
			if allowance.Exam.ID == exam.ID && allowance.Learner.Username == "ada_l" {
				extra, err := allowance.ExtraTime()
				if err != nil {
					log.Fatal(err)
				}
				minutes += extra
			}
		}
		fmt.Println(exam.Name, exam.Kind, minutes)
	}
	// Output: Final exam proctored 2h0m0s
}

func ExampleSpecialExamsService_AllAttempts() {
	server := newPlatform()
	defer server.Close()
	exam := newExam(server)
	server.AddAttempt(edxtest.Attempt{ExamID: exam, Username: "ada_l", Status: "verified"})
	client := newExampleClient(server)

	course := edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1")
	for group, err := range client.SpecialExams.AllAttempts(context.Background(), course, edx.ListAttemptsParams{Search: "ada_l"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(group.Latest.Exam.Name, group.Latest.Status == edx.AttemptVerified)
		fmt.Println(group.Latest.Learner) // a person does not print what is personal
	}
	// Output:
	// Final exam true
	// edx.Person{ID: 4211, REDACTED}
}

func ExampleExamsService_List() {
	server := newPlatform()
	defer server.Close()
	newExam(server)
	client := newExampleClient(server)

	_, err := client.Exams.List(context.Background(), edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1"))
	fmt.Println("in the LMS:", errors.Is(err, edx.ErrNotFound))
	// Output: in the LMS: true
}
