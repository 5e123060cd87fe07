package lists_test

import (
	"context"
	"fmt"
	"iter"
	"log"
	"os"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

var final = scheduling.Exam{
	Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
	Name: "Final exam", Window: scheduling.Window{Start: at(11, 8), End: at(15, 18)}, Zone: time.UTC, Duration: 90 * time.Minute,
}

// at is an hour of a day in January 2027.
func at(day, hour int) time.Time { return time.Date(2027, 1, day, hour, 0, 0, 0, time.UTC) }

// office is a store in which two learners have booked the final exam. In a program
// it is the store of its Scheduler, and a Scheduler has written the bookings.
func office() scheduling.Store {
	store := memstore.New()
	for _, b := range []scheduling.Booking{
		{ID: "pb-examples-1", Learner: "4211", State: scheduling.StateScheduled, Number: "900000501", Start: at(12, 9)},
		{ID: "pb-examples-2", Learner: "4212", State: scheduling.StateCanceled, Number: "900000502", Start: at(13, 9), EndReason: scheduling.ReasonCanceledByUs},
	} {
		b.Exam, b.Duration = final, final.Duration
		if _, err := store.Create(context.Background(), b); err != nil {
			log.Fatal(err)
		}
	}
	return store
}

// The exam's sessions on a page for staff.
func ExampleSessions() {
	ctx, store := context.Background(), office()

	query := lists.SessionQuery{Filter: scheduling.Filter{Exam: final.Key()}, NewestFirst: true}
	for row, err := range lists.Sessions(ctx, store, query) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %s %s %q\n", row.Booking.Learner, row.Booking.State, row.Booking.Start.Format(time.RFC3339), row.Outcome.Verdict)
	}
	// Output:
	// 4212 canceled 2027-01-13T09:00:00Z ""
	// 4211 scheduled 2027-01-12T09:00:00Z "pending"
}

// The same as a file for a spreadsheet; it is written as it is read.
func ExampleWriteSessionsCSV() {
	ctx, store := context.Background(), office()
	file, err := os.CreateTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.Remove(file.Name())

	fmt.Println(lists.CSVName("sessions", final.Key(), at(7, 8)))
	err = lists.WriteSessionsCSV(file, lists.Sessions(ctx, store, lists.SessionQuery{}))
	fmt.Println(err, file.Close())
	// Output:
	// sessions_course-v1-ExampleX-CS101-2027_final_2027-01-07.csv
	// <nil> <nil>
}

// withGrades adds to each row what the course gave.
func withGrades(rows iter.Seq2[lists.SessionRow, error], grades map[scheduling.LearnerID]string) iter.Seq2[lists.SessionRow, error] {
	return func(yield func(lists.SessionRow, error) bool) {
		for row, err := range rows {
			row.Grade = grades[row.Booking.Learner]
			if !yield(row, err) {
				return
			}
		}
	}
}

// Grades come from elsewhere: they are put between the list and the file.
func ExampleWriteSessionsCSV_grades() {
	ctx, store := context.Background(), office()

	rows := withGrades(lists.Sessions(ctx, store, lists.SessionQuery{}), map[scheduling.LearnerID]string{"4211": "0.83"})
	for row, err := range rows { // or lists.WriteSessionsCSV(file, rows)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %q\n", row.Booking.Learner, row.Grade)
	}
	// Output:
	// 4211 "0.83"
	// 4212 ""
}

// Whom to remind to book: everybody who may, and has not.
func ExampleNotBooked() {
	ctx, store := context.Background(), office()
	server := edxtest.NewServer()
	defer server.Close()
	server.AddCourse(edxtest.Course{Key: final.Course.String(), Name: "Logic"})
	for id, name := range map[int64]string{4211: "Ada Example", 4212: "Grace Example", 4213: "=Bob()"} {
		username := fmt.Sprint("user", id)
		server.AddUser(edxtest.User{ID: id, Username: username, Name: name, Email: username + "@example.org"})
		server.Enroll(username, final.Course.String(), "verified", id != 4212) // Grace has left the course
	}
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret))
	if err != nil {
		log.Fatal(err)
	}

	rows := lists.NotBooked(ctx, store, platform.OpenEdX{Client: client}, final)
	if err := lists.WriteNotBookedCSV(os.Stdout, rows); err != nil {
		log.Fatal(err)
	}
	// Output:
	// "name","username","email","mode","why","last_booking"
	// "'=Bob()","user4213","user4213@example.org","verified","never",""
}

// Where the store and the provider's report differ: here the provider canceled, and
// nobody has told the store. Reconcile follows what it can prove; the rest is for a
// person.
func ExampleDiscrepancies() {
	ctx, store := context.Background(), office()
	clock := proctorbooktest.NewClock(at(8, 8))
	server := proctorutest.NewServer(proctorutest.WithClock(clock), proctorutest.WithFirstNumber(900000501))
	defer server.Close()
	server.AddReservation(proctorutest.Reservation{ID: "pb-examples-1", StudentID: "4211", Start: at(12, 9), Duration: 90 * time.Minute, Canceled: true})
	client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(clock))
	if err != nil {
		log.Fatal(err)
	}

	query := lists.DiscrepancyQuery{From: at(11, 0), To: at(16, 0), QuietSince: clock.Now().Add(-scheduling.DefaultTuning().EvidenceLag)}
	for d, err := range lists.Discrepancies(ctx, store, provider.ProctorU{Client: client}, query) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(d.Booking, d.Kind, d.Differs, "- here:", d.State)
	}
	// Output: pb-examples-1 differ [canceled] - here: scheduled
}

// Numbers for a dashboard, in one pass over the store.
func ExampleCounts() {
	counts, err := lists.Counts(context.Background(), office(), scheduling.Filter{})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range counts {
		fmt.Println(c.Exam.Usage.BlockID(), c.States, "open:", c.Open, "attention:", c.NeedsAttention)
	}
	// Output: final map[canceled:1 scheduled:1] open: 0 attention: 0
}

// A job that runs every hour mails what has become due since it ran last.
func ExampleReminders() {
	ctx, store := context.Background(), office()

	cursor := at(11, 8) // kept from the last run
	for now := at(11, 9); now.Before(at(12, 10)); now = now.Add(time.Hour) {
		for r, err := range lists.Reminders(ctx, store, cursor, now, 24*time.Hour, time.Hour) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(now.Format("Mon 15:04"), "remind learner", r.Booking.Learner, "of", r.Booking.Start.Format("Mon 15:04"))
		}
		cursor = now
	}
	// Output:
	// Mon 09:00 remind learner 4211 of Tue 09:00
	// Tue 08:00 remind learner 4211 of Tue 09:00
}

// The audit of one booking as a file, without the engine's steps. In a program the
// events come from Scheduler.Events.
func ExampleWriteTimelineCSV() {
	history := listOf(nil,
		scheduling.Event{At: at(7, 8), Type: scheduling.EventRequested, State: scheduling.StatePending},
		scheduling.Event{At: at(7, 8), Type: scheduling.EventSent, State: scheduling.StatePending},
		scheduling.Event{At: at(7, 8), Type: scheduling.EventAdopted, State: scheduling.StateScheduled},
		scheduling.Event{At: at(8, 8), Type: scheduling.EventCancelRequested, State: scheduling.StateScheduled, Reason: "ill", By: "ada_l"},
		scheduling.Event{At: at(8, 8), Type: scheduling.EventCanceled, State: scheduling.StateCanceled},
	)

	short := func(yield func(scheduling.Event, error) bool) {
		for e, err := range history {
			if !e.Type.Step() && !yield(e, err) {
				return
			}
		}
	}
	if err := lists.WriteTimelineCSV(os.Stdout, short); err != nil {
		log.Fatal(err)
	}
	// Output:
	// "at","event","actor","from","to","op","number","start","old_start","want","code","reason","by"
	// "2027-01-07T08:00:00Z","requested","learner","","pending","","","","","","","",""
	// "2027-01-07T08:00:00Z","adopted","engine","pending","scheduled","","","","","","","",""
	// "2027-01-08T08:00:00Z","cancel_requested","learner","scheduled","scheduled","","","","","","","ill","ada_l"
	// "2027-01-08T08:00:00Z","canceled","engine","scheduled","canceled","","","","","","","",""
}
