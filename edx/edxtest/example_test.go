package edxtest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
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

// A fault that comes after the platform has acted: the answer is lost, and the
// client has to look whether the learner is enrolled.
func ExampleServer_Fault() {
	server := edxtest.NewServer()
	defer server.Close()
	server.AddUser(edxtest.User{Username: "ada_l"})
	server.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+CS101+2026_T1"})
	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "POST /api/enrollment/v1/enrollment"})
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret))
	if err != nil {
		log.Fatal(err)
	}

	course := edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1")
	_, err = client.Enrollments.Enroll(context.Background(), edx.EnrollParams{Username: "ada_l", Course: course, Mode: edx.Audit})
	if err != nil && !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		log.Fatal(err)
	}
	enrollment, enrolled := server.Enrollment("ada_l", course.String())
	fmt.Println("enrolled:", enrolled, enrollment.Mode)
	fmt.Println("enrollments sent:", server.Counts().Requests["POST /api/enrollment/v1/enrollment"])
	fmt.Println("answers lost:", server.Counts().Faults[proctorbooktest.LoseAnswer])
	// Output:
	// enrolled: true audit
	// enrollments sent: 1
	// answers lost: 1
}

// A proxy in front of the platform that makes next links name another host.
func ExampleServer_Play() {
	server := edxtest.NewServer()
	defer server.Close()
	server.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+CS101+2026_T1"})
	for n := range 101 {
		server.Enroll(fmt.Sprint("learner", n), "course-v1:ExampleX+CS101+2026_T1", "audit", true)
	}
	if err := server.Play("next-links", "foreign-host"); err != nil {
		log.Fatal(err)
	}
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret))
	if err != nil {
		log.Fatal(err)
	}

	for _, err := range client.Enrollments.All(context.Background(), edx.ListEnrollmentsParams{}) {
		if err != nil {
			fmt.Println("the client does not follow")
			break
		}
	}
	// Output: the client does not follow
}

// An attempt whose time is over is submitted by the read that finds it so.
func ExampleServer_AddAttempt() {
	clock := proctorbooktest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
	server := edxtest.NewServer(edxtest.WithClock(clock))
	defer server.Close()
	server.AddUser(edxtest.User{Username: "ada_l"})
	server.AddClient("adas-client", "s3cret", "ada_l")
	exam := server.AddExam(edxtest.Exam{Course: "course-v1:ExampleX+CS101+2026_T1", Content: "final", Name: "Final", Minutes: 90})
	attempt := server.AddAttempt(edxtest.Attempt{ExamID: exam, Username: "ada_l", Status: "started", Started: clock.Now()})

	clock.Advance(2 * time.Hour)
	before, _ := server.Attempt(attempt)
	readAsAda(server, fmt.Sprint("/api/edx_proctoring/v1/proctored_exam/attempt/", attempt))
	after, _ := server.Attempt(attempt)
	fmt.Println(before.Status, "->", after.Status)
	// Output: started -> submitted
}

// A provider that answers a registration with 201 has a learner who can't set up.
func ExampleServer_Seen() {
	provider := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/oauth2/access_token":
			fmt.Fprint(w, `{"access_token":"t","expires_in":3600}`)
		case strings.HasSuffix(r.URL.Path, "/attempt/"):
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"id":"attempt-1"}`)
		default:
			fmt.Fprint(w, `{"id":"exam-1"}`)
		}
	})
	server := edxtest.NewUnstartedServer()
	server.AddUser(edxtest.User{Username: "ada_l", Name: "Ada Lovelace"})
	server.AddBackend(edxtest.Backend{
		Name: "x", URL: proctorbooktest.InProcessURL, ClientID: "lms", ClientSecret: "s3cret", Transport: proctorbooktest.InProcess(provider),
	})
	ctx := context.Background()
	exam, err := server.PublishExam(ctx, edxtest.Exam{
		Course: "course-v1:ExampleX+CS101+2026_T1", Content: "block-v1:ExampleX+CS101+2026_T1+type@sequential+block@final",
		Name: "Final", Minutes: 90, Proctored: true, Backend: "x",
	})
	if err != nil {
		log.Fatal(err)
	}

	_, err = server.Learner("ada_l", edxtest.LearningApp).SetUp(ctx, exam.ID)
	fmt.Println("set up:", err != nil)
	for _, trouble := range server.Seen().Troubles {
		fmt.Println(trouble)
	}
	// Output:
	// set up: true
	// POST /api/v1/exam/exam-1/attempt/: answer with status 201: only 200 will do: the learner can't set up, and gets this status and the provider's words
}

// readAsAda is what the learner's own page does; package edx has no such call.
func readAsAda(server *edxtest.Server, path string) {
	config := clientcredentials.Config{
		ClientID: "adas-client", ClientSecret: "s3cret", TokenURL: server.URL + "/oauth2/access_token",
		AuthStyle: oauth2.AuthStyleInParams, EndpointParams: url.Values{"token_type": {"jwt"}},
	}
	resp, err := config.Client(context.Background()).Get(server.URL + path)
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
}
