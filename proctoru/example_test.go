package proctoru_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// example starts a fake provider at nine in the morning of 4 March 2030, with a
// client for it.
func example() (*proctorutest.Server, *proctorbooktest.Clock, *proctoru.Client) {
	clock := proctorbooktest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
	server := proctorutest.NewServer(proctorutest.WithClock(clock))
	client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(clock))
	if err != nil {
		log.Fatal(err)
	}
	return server, clock, client
}

func params() proctoru.CreateReservationParams {
	return proctoru.CreateReservationParams{
		ID: "exam-7-ada",
		Student: proctoru.Student{
			ID: "learner-7", FirstName: "Ada", LastName: "Example", Email: "ada@example.org",
			Country: "FR", Phone: "+33100000000", ZoneID: "Romance Standard Time",
		},
		Start: time.Date(2030, 3, 12, 9, 0, 0, 0, time.UTC), Duration: 90 * time.Minute, Description: "Final exam",
	}
}

func ExampleNewClient() {
	client, err := proctoru.NewClient(proctoru.SandboxURL, "0badc0de-0000-4000-8000-00000000cafe",
		proctoru.WithTimeout(10*time.Second, 30*time.Second),
		proctoru.WithUserAgent("exam-portal/1.0"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client) // shows no token
	// Output: proctoru.Client
}

func ExampleSlotsService_List() {
	server, _, client := example()
	defer server.Close()

	zone, err := proctoru.ZoneName("Europe/Paris")
	if err != nil {
		log.Fatal(err)
	}
	slots, err := client.Slots.List(context.Background(), proctoru.SlotsParams{
		ZoneID: zone, Start: time.Date(2030, 3, 12, 21, 0, 0, 0, time.UTC), Duration: time.Hour,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(zone)
	fmt.Println(len(slots) > 0, slots[0].Start.Location())
	// Output:
	// Romance Standard Time
	// true UTC
}

func ExampleReservationsService_Create() {
	server, _, client := example()
	defer server.Close()

	reservation, err := client.Reservations.Create(context.Background(), params())
	if err != nil {
		log.Fatal(err) // or errors.Is(err, proctoru.ErrOverlap): offer another time
	}
	fmt.Println(reservation.ID, reservation.Number != "")
	// Output: exam-7-ada true
}

// The same id twice: the provider refuses the second, which is how a program
// finds out that its first call, whose answer was lost, was carried out.
func ExampleReservationsService_Create_again() {
	server, _, client := example()
	defer server.Close()
	ctx := context.Background()

	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})
	_, err := client.Reservations.Create(ctx, params())
	fmt.Println("perhaps made:", errors.Is(err, proctorbook.ErrOutcomeUnknown))

	_, err = client.Reservations.Create(ctx, params())
	fmt.Println("was made:", errors.Is(err, proctoru.ErrReservationIDExists))

	rows, err := client.Reservations.List(ctx, proctoru.ListReservationsParams{StudentID: "learner-7"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rows[0].ID, rows[0].Start.Format(time.RFC3339))
	// Output:
	// perhaps made: true
	// was made: true
	// exam-7-ada 2030-03-12T09:00:00Z
}

func ExampleReservationsService_Update() {
	server, _, client := example()
	defer server.Close()
	ctx := context.Background()
	reservation, err := client.Reservations.Create(ctx, params())
	if err != nil {
		log.Fatal(err)
	}

	later := params()
	later.Start = later.Start.Add(24 * time.Hour)
	if _, err := client.Reservations.Update(ctx, proctoru.UpdateReservationParams{CreateReservationParams: later, Number: reservation.Number}); err != nil {
		log.Fatal(err)
	}
	rows, err := client.Reservations.List(ctx, proctoru.ListReservationsParams{StudentID: "learner-7"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(rows), rows[0].Start.Format(time.RFC3339))
	// Output: 1 2030-03-13T09:00:00Z
}

func ExampleReservationsService_Cancel() {
	server, _, client := example()
	defer server.Close()
	ctx := context.Background()
	reservation, err := client.Reservations.Create(ctx, params())
	if err != nil {
		log.Fatal(err)
	}

	cancel := proctoru.CancelReservationParams{StudentID: "learner-7", Number: reservation.Number, Explanation: "ill"}
	_, err = client.Reservations.Cancel(ctx, cancel)
	fmt.Println(err)
	_, err = client.Reservations.Cancel(ctx, cancel)
	fmt.Println(errors.Is(err, proctoru.ErrAlreadyCanceled))
	// Output:
	// <nil>
	// true
}

func ExampleReservationsService_Begin() {
	server, clock, client := example()
	defer server.Close()
	ctx := context.Background()
	reservation, err := client.Reservations.Create(ctx, params())
	if err != nil {
		log.Fatal(err)
	}

	begin := proctoru.BeginReservationParams{StudentID: "learner-7", ID: "exam-7-ada", Number: reservation.Number}
	_, err = client.Reservations.Begin(ctx, begin)
	fmt.Println(errors.Is(err, proctoru.ErrTooEarly))

	clock.Set(params().Start)
	launch, err := client.Reservations.Begin(ctx, begin)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(launch.URL) // launch.URL.Reveal() is for the learner's browser
	// Output:
	// true
	// https://demo.proctoru.com/REDACTED
}

func ExampleStudentsService_Save() {
	server, _, client := example()
	defer server.Close()

	_, err := client.Students.Save(context.Background(), proctoru.Student{ID: "learner-7", FirstName: "Ada"})
	invalid, ok := errors.AsType[*proctorbook.ValidationError](err)
	fmt.Println(ok, invalid.Fields[0].Field, invalid.Fields[0].Problem)

	_, err = client.Students.Save(context.Background(), params().Student)
	fmt.Println(err)
	// Output:
	// true Student.LastName is required
	// <nil>
}

func ExampleReportsService_Activity() {
	server, _, client := example()
	defer server.Close()
	ctx := context.Background()
	if _, err := client.Reservations.Create(ctx, params()); err != nil {
		log.Fatal(err)
	}

	for row, err := range client.Reports.Activity(ctx, proctoru.ActivityParams{StudentID: "learner-7"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.Test, row.Canceled(), row.Started())
	}
	// Output: Final exam false false
}

func ExampleTimeZonesService_List() {
	server, _, client := example()
	defer server.Close()

	zones, err := client.TimeZones.List(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, zone := range zones {
		if zone.ID == "Romance Standard Time" {
			fmt.Println(zone.ID, zone.Offset)
		}
	}
	// Output: Romance Standard Time 1h0m0s
}

// Do calls what has no method of its own, here in another way than List does.
func ExampleClient_Do() {
	server, _, client := example()
	defer server.Close()

	data, err := client.Do(context.Background(), proctoru.Operation{
		Wire: "getStudentReservationList", Method: http.MethodGet, Params: url.Values{"student_id": {"learner-7"}},
	})
	_, known := errors.AsType[*proctoru.Error](err)
	fmt.Println(len(data), known, errors.Is(err, proctoru.ErrStudentNotFound))
	// Output: 0 true true
}

func ExampleWallTime() {
	paris, err := proctoru.Location("Romance Standard Time")
	if err != nil {
		log.Fatal(err)
	}
	_, err = proctoru.WallTime(paris, 2026, time.March, 29, 2, 30)
	fmt.Println(errors.Is(err, proctoru.ErrClockGap))
	_, err = proctoru.WallTime(paris, 2026, time.October, 25, 2, 30)
	fmt.Println(err)
	// Output:
	// true
	// proctoru: the clocks show this time twice: choose between 2026-10-25T02:30:00+02:00 and 2026-10-25T02:30:00+01:00
}

func ExampleStudentsService_Get() {
	server, _, client := example()
	defer server.Close()
	ctx := context.Background()
	if _, err := client.Students.Save(ctx, params().Student); err != nil {
		log.Fatal(err)
	}

	profile, err := client.Students.Get(ctx, "learner-7")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(profile.LastName, profile.ProfileComplete, profile.HasImage)
	fmt.Println(profile) // shows nothing personal
	// Output:
	// Example true false
	// proctoru.StudentProfile{REDACTED}
}

func ExampleStudentsService_AcceptTerms() {
	server, _, client := example()
	defer server.Close()
	ctx := context.Background()
	if _, err := client.Students.Save(ctx, params().Student); err != nil {
		log.Fatal(err)
	}

	terms, err := client.Students.TermsOfService(ctx, "learner-7")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(terms.Text, terms.Accepted)
	if _, err := client.Students.AcceptTerms(ctx, "learner-7"); err != nil {
		log.Fatal(err)
	}
	// Output: By taking an exam you agree to be observed by a proctor. false
}

// An exam of the institution's list: save it, and reserve a session for it.
func ExampleExamsService_Save() {
	server, _, client := example()
	defer server.Close()
	ctx := context.Background()
	start := params().Start

	exam, err := client.Exams.Save(ctx, proctoru.SaveExamParams{
		ID: "final-7", TermID: "2030-spring", TermName: "Spring 2030", Description: "Final exam",
		Start: start, End: start.Add(7 * 24 * time.Hour), Duration: 90 * time.Minute, MaxAttempts: 1,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(exam.ID, exam.Number != "", exam.InviteURL.IsZero())

	if _, err := client.Students.Save(ctx, params().Student); err != nil {
		log.Fatal(err)
	}
	reservation, err := client.Reservations.CreateForExam(ctx, proctoru.CreateForExamParams{
		ID: "final-7-ada", StudentID: "learner-7", ExamID: "final-7", Start: start,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(reservation.ID)
	// Output:
	// final-7 true false
	// final-7-ada
}

// A recorded session needs no slot: the learner starts when it suits.
func ExampleRecordPlusService_Create() {
	server, _, client := example()
	defer server.Close()
	ctx := context.Background()

	session, err := client.RecordPlus.Create(ctx, proctoru.CreateRecordPlusParams{
		Student: params().Student, ExamID: "quiz-1", ExamURL: "https://lms.example.org/quiz", Description: "Quiz", Duration: time.Hour,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(session.URL)
	_, err = client.RecordPlus.Fulfill(ctx, session.UUID)
	fmt.Println(err)
	// Output:
	// https://demo.proctoru.com/REDACTED
	// <nil>
}

// A long interval is read in pieces, as you range over it. After an error, go on
// where it says.
func ExampleReportError() {
	server, _, client := example()
	defer server.Close()
	ctx := context.Background()
	if _, err := client.Reservations.Create(ctx, params()); err != nil {
		log.Fatal(err)
	}
	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.HTML200, Endpoint: "clientActivityReport", Nth: 2})

	query := proctoru.ActivityParams{Start: params().Start.AddDate(0, 0, -9), End: params().Start.AddDate(0, 0, 20)}
	for tries := 0; tries < 3; tries++ {
		var failed *proctoru.ReportError
		for row, err := range client.Reports.Activity(ctx, query) {
			if errors.As(err, &failed) {
				break
			}
			fmt.Println(row.Test)
		}
		if failed == nil {
			break
		}
		query.Start = failed.Resume
	}
	// Output:
	// Final exam
	// Final exam
}

// The exam's own webhook: it only says where to look again.
func ExampleNewWebhookHandler() {
	secrets := []proctoru.Secret{"the new secret of this year", "the old secret of last year"}
	hook, err := proctoru.NewWebhookHandler(secrets, func(ctx context.Context, e proctoru.WebhookEvent) error {
		fmt.Println("look again:", e.ReservationID)
		return nil // or an error: the provider may send it again
	}, proctoru.WithWebhookFormat(proctoru.WebhookCSV))
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /hooks/proctoru", hook)
	server := &http.Server{ // what comes before and between the requests has its time-outs here
		Addr: "127.0.0.1:8080", Handler: mux,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: time.Minute,
	}
	fmt.Println(hook, "at", server.Addr)
	// Output: proctoru webhook handler of text/csv at 127.0.0.1:8080
}

func ExampleBatchesService_Schedule() {
	server, _, client := example()
	defer server.Close()

	batch, err := client.Batches.Schedule(context.Background(), []byte(`{
		"exam": {"exam_id": "final-7", "description": "Final exam", "start_date": "2030-03-12T00:00:00Z", "end_date": "2030-03-20T00:00:00Z", "duration": 60},
		"students": [{"student_id": "learner-7", "first_name": "Ada", "last_name": "Example", "email": "ada@example.org", "time_zone_id": "UTC"}]}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(batch.Raw.Reveal()) > 0)
	// Output: true
}
