package backend_test

import (
	"context"
	"fmt"
	"log"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// A test of a provider: the fake platform of package edxtest plays a whole sitting
// against the handler, and tells what a real one could not have used.
func Example_sitting() {
	const secret = "0Rrf7LxW4bTz-example-2vQ"
	handler, err := backend.NewHandler(&desk{}, []backend.Platform{{ID: "north", ClientID: "lms-north", Secrets: []backend.Secret{secret}}})
	if err != nil {
		log.Fatal(err)
	}
	lms := edxtest.NewUnstartedServer()
	lms.AddUser(edxtest.User{Username: "ada_l"})
	lms.AddUser(edxtest.User{Username: "desk", Groups: []string{"desk_review"}}) // for whom the provider calls back
	lms.AddClient("callbacks", "s3cret", "desk")
	lms.AddBackend(edxtest.Backend{
		Name: "desk", ClientID: "lms-north", ClientSecret: secret,
		URL: proctorbooktest.InProcessURL, Transport: proctorbooktest.InProcess(handler),
	})
	client, err := edx.NewClient(lms.URL, edx.WithClientCredentials("callbacks", "s3cret"), edx.WithTransport(proctorbooktest.InProcess(lms)))
	if err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	exam, err := lms.PublishExam(ctx, edxtest.Exam{
		Course: "course-v1:ExampleX+CS101+2026_T1", Content: "block-v1:ExampleX+CS101+2026_T1+type@sequential+block@final",
		Name: "Final", Minutes: 90, Proctored: true, Backend: "desk",
	})
	if err != nil {
		log.Fatal(err)
	}
	ada := lms.Learner("ada_l", edxtest.LearningApp)
	show := func(view edxtest.View, err error) edxtest.View {
		fmt.Println(view.Status, view.Readable, err)
		return view
	}
	view := show(ada.SetUp(ctx, exam.ID))
	sitting, _ := lms.Sitting(view.Attempt)
	if err := client.Callbacks.Ready(ctx, sitting.ExternalID); err != nil { // it is what Register returned
		log.Fatal(err)
	}
	show(ada.Start(ctx, exam.ID))
	show(ada.Submit(ctx, exam.ID))
	if err := client.Callbacks.Reviewed(ctx, sitting.ExternalID, edx.Review{Verdict: edx.VerdictPassed}); err != nil {
		log.Fatal(err)
	}
	sitting, _ = lms.Sitting(view.Attempt)
	fmt.Println(sitting.Status, lms.Seen().Troubles)
	// Output:
	// created false <nil>
	// started true <nil>
	// submitted false <nil>
	// verified []
}
