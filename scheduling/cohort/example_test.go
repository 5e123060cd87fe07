package cohort_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/cohort"
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

// office is a Scheduler on fakes of both services that knows three learners.
func office() (s *scheduling.Scheduler, provider *proctorutest.Server, learners []scheduling.LearnerID) {
	clock := proctorbooktest.NewClock(at(7, 8))
	theirs := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock))
	class := edxtest.NewUnstartedServer(edxtest.WithClock(clock))
	class.AddCourse(edxtest.Course{Key: final.Course.String(), Name: "Logic"})
	s = newScheduler(clock, theirs, class)
	for i, username := range []string{"ada", "grace", "emmy"} {
		class.AddUser(edxtest.User{ID: int64(4211 + i), Username: username, Email: username + "@example.org", TimeZone: "Europe/Paris"})
		class.Enroll(username, final.Course.String(), "verified", true)
		id := must(s.Learner(context.Background(), username)).ID
		err := s.SaveProfile(context.Background(), id, scheduling.Profile{GivenName: "Given", FamilyName: "Family", Phone: "+33100000000", Country: "FR"})
		if err != nil {
			log.Fatal(err)
		}
		learners = append(learners, id)
	}
	return s, theirs, learners
}

// newScheduler makes a Scheduler on the fakes, which are called without a socket.
func newScheduler(clock *proctorbooktest.Clock, theirs *proctorutest.Server, class *edxtest.Server) *scheduling.Scheduler {
	proctor := must(proctoru.NewClient(theirs.URL, theirs.Token, proctoru.WithTransport(proctorbooktest.InProcess(theirs)), proctoru.WithClock(clock)))
	lms := must(edx.NewClient(class.URL, edx.WithClientCredentials(class.ClientID, class.ClientSecret),
		edx.WithTransport(proctorbooktest.InProcess(class)), edx.WithClock(clock)))
	return must(scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, memstore.New(),
		scheduling.WithClock(clock), scheduling.WithRandom(rand.NewChaCha8([32]byte{})), scheduling.WithUnlockKeys(key)))
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// The exam office books for many: dry first, then really. Each row tells what
// became of it, and another run goes on where this one stopped.
func ExampleBook() {
	ctx := context.Background()
	s, provider, learners := office()
	rows := []cohort.Row{
		{Learner: learners[0], Start: at(12, 9)},
		{Learner: learners[1], Start: at(12, 9)},
		{Learner: learners[2], Start: at(18, 9)},
	}
	for r := range cohort.Book(ctx, s, final, rows, cohort.Options{DryRun: true, Parallel: 1}) {
		fmt.Printf("dry %d: %s %q\n", r.Index, r.Code, r.Reason)
	}
	for r := range cohort.Book(ctx, s, final, rows[:2], cohort.Options{Parallel: 1}) {
		fmt.Println(r.Index, r.Code, r.Booking.Number)
	}
	for r := range cohort.Book(ctx, s, final, rows[:2], cohort.Options{Parallel: 1}) {
		fmt.Println("again", r.Index, r.Code, r.Booking.Number)
	}
	fmt.Println("reservations made:", provider.Counts().ReservationsMade)
	// Output:
	// dry 0: ready ""
	// dry 1: ready ""
	// dry 2: refused "outside_window"
	// 0 done 900000501
	// 1 done 900000502
	// again 0 done 900000501
	// again 1 done 900000502
	// reservations made: 2
}

// The exam moves by a day, for everybody.
func ExampleReschedule() {
	ctx := context.Background()
	s, _, learners := office()
	must(s.Book(ctx, final, learners[0], at(12, 9)))

	rows := []cohort.Row{{Learner: learners[0], Start: at(13, 9)}}
	for r := range cohort.Reschedule(ctx, s, final.Key(), rows, cohort.Options{}) {
		fmt.Println(r.Code, r.Booking.Start.Format(time.RFC3339))
	}
	// Output: done 2027-01-13T09:00:00Z
}

func ExampleCancel() {
	ctx := context.Background()
	s, _, learners := office()
	must(s.Book(ctx, final, learners[0], at(12, 9)))

	rows := []cohort.Row{{Learner: learners[0]}, {Learner: learners[1]}}
	why := scheduling.Request{Reason: "flood", By: "exam office"}
	for r := range cohort.Cancel(ctx, s, final.Key(), rows, why, cohort.Options{Parallel: 1}) {
		fmt.Println(r.Code, r.Reason, r.Booking.State)
	}
	// Output:
	// done  canceled
	// refused no_booking
}
