package openedx_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// A platform that needs no change, from the exam that an author saves to the code that a
// proctor types. Both services are fakes.
func Example() {
	ctx := context.Background()
	monday := time.Date(2027, 1, 11, 9, 0, 0, 0, time.UTC)
	clock := proctorbooktest.NewClock(monday.AddDate(0, 0, -4))
	proctors := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock))
	lms := edxtest.NewUnstartedServer(edxtest.WithClock(clock))
	lms.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", TimeZone: "Europe/Paris"})
	client := must(edx.NewClient(lms.URL, edx.WithClientCredentials(lms.ClientID, lms.ClientSecret), edx.WithTransport(proctorbooktest.InProcess(lms)), edx.WithClock(clock)))
	proctor := must(proctoru.NewClient(proctors.URL, proctors.Token, proctoru.WithTransport(proctorbooktest.InProcess(proctors)), proctoru.WithClock(clock)))

	// The service.
	platforms := must(openedx.NewPlatforms(openedx.NewMemory(), nil, openedx.LMS{ID: "north", Client: client}))
	key := scheduling.UnlockKey{ID: "2027", Secret: []byte("32 random bytes out of the vault")}
	s := must(scheduling.New(provider.ProctorU{Client: proctor}, platforms, memstore.New(), scheduling.WithClock(clock), scheduling.WithUnlockKeys(key)))
	exams := openedx.Table{{}: {Zone: time.UTC, Window: scheduling.Window{Start: monday}}}
	p := must(openedx.New(s, platforms, exams.Exam, openedx.WithClock(clock)))
	const secret = "0Rrf7LxW4bTz-example-2vQ"
	handler := must(backend.NewHandler(p, []backend.Platform{{ID: "north", ClientID: "lms-north", Secrets: []backend.Secret{secret}}}, backend.WithClock(clock)))
	lms.AddBackend(edxtest.Backend{Name: "acme", ClientID: "lms-north", ClientSecret: secret, URL: proctorbooktest.InProcessURL, Transport: proctorbooktest.InProcess(handler)})

	// An author saves an exam, and ada begins its set-up.
	exam := must(lms.PublishExam(ctx, edxtest.Exam{
		Course: "course-v1:ExampleX+CS101+2027", Content: "block-v1:ExampleX+CS101+2027+type@sequential+block@final",
		Name: "Final", Minutes: 90, Due: monday.AddDate(0, 0, 5), Proctored: true, Backend: "acme",
	}))
	ada := lms.Learner("ada_l", edxtest.LearningApp)
	view := must(ada.SetUp(ctx, exam.ID))
	registered, _ := lms.Sitting(view.Attempt)
	attempt := backend.AttemptID(registered.ExternalID) // in production, from her link

	// She books, and at the time the proctor types the code.
	sitting := must(p.Identify(ctx, attempt))
	fmt.Println("the learner is", sitting.Learner)
	if err := s.SaveProfile(ctx, sitting.Learner, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"}); err != nil {
		log.Fatal(err)
	}
	booking := must(p.Book(ctx, attempt, monday))
	fmt.Println("booked:", booking.State, booking.Duration)
	clock.Set(monday)
	launch := must(p.Begin(ctx, attempt))
	must(s.Unlock(ctx, launch.Booking.ID, must(s.Staff.UnlockCode(launch.Booking)).Reveal()))

	// The background tells the platform, which opens the exam.
	for event, err := range s.Events(ctx, scheduling.EventQuery{}) {
		if err == nil {
			err = p.Handle(ctx, event)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
	must(p.Work(ctx))
	view = must(ada.Start(ctx, exam.ID))
	fmt.Println("the exam is", view.Status, view.Readable)
	// Output:
	// the learner is north-4211
	// booked: scheduled 1h30m0s
	// the exam is started true
}

// An operator's own pages, behind the gate: whoever gets there is the learner of the attempt.
func ExampleProvider_Gate() {
	var p *openedx.Provider // made with WithLink(links.URL)
	links := must(openedx.NewLinks("https://exams.example.org/sit", []backend.Secret{"32 random bytes out of the vault"}))
	gate := must(p.Gate(links, func(w http.ResponseWriter, r *http.Request, v openedx.Visit) {
		sitting, err := p.Sitting(r.Context(), v.Attempt)
		switch {
		case errors.Is(err, openedx.ErrNotIdentified):
			fmt.Fprintln(w, "We do not know yet who you are. Please come back in a minute.")
		case err != nil:
			http.Error(w, "Something went wrong here.", http.StatusInternalServerError)
		default:
			fmt.Fprintln(w, "Your exam is", sitting.Exam.Name)
		}
	}))
	mux := http.NewServeMux()
	mux.Handle("/sit/", gate)

	// Nobody gets there by an address alone.
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest("GET", "https://exams.example.org/sit/link/anything", nil))
	fmt.Println(answer.Code)
	// Output: 403
}
