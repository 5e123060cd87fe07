package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// A learner books an exam, moves it, sits it, and the outcome is read. Both
// services are fakes on loopback here, and one clock drives everything.
func Example() {
	ctx := context.Background()
	clock := proctorbooktest.NewClock(time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC))
	fakeProvider := proctorutest.NewServer(proctorutest.WithClock(clock))
	defer fakeProvider.Close()
	fakePlatform := edxtest.NewServer(edxtest.WithClock(clock))
	defer fakePlatform.Close()
	fakePlatform.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+CS101+2027", Name: "Logic", Modes: []edxtest.Mode{{Slug: "verified"}}})
	fakePlatform.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", TimeZone: "Europe/Paris"})
	fakePlatform.Enroll("ada_l", "course-v1:ExampleX+CS101+2027", "verified", true)

	// In production: proctoru.ProductionURL and the system's clock.
	proctor, err := proctoru.NewClient(fakeProvider.URL, fakeProvider.Token, proctoru.WithClock(clock))
	if err != nil {
		log.Fatal(err)
	}
	lms, err := edx.NewClient(fakePlatform.URL, edx.WithClientCredentials(fakePlatform.ClientID, fakePlatform.ClientSecret), edx.WithClock(clock))
	if err != nil {
		log.Fatal(err)
	}
	key := scheduling.UnlockKey{ID: "2027", Secret: []byte("32 random bytes out of the vault")}
	s, err := scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, memstore.New(), scheduling.WithClock(clock), scheduling.WithUnlockKeys(key))
	if err != nil {
		log.Fatal(err)
	}

	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		log.Fatal(err)
	}
	monday := time.Date(2027, 1, 11, 9, 0, 0, 0, paris)
	exam := scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"),
		Usage:  edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		Name:   "Final exam",
		Window: scheduling.Window{Start: monday, End: monday.AddDate(0, 0, 5)}, Zone: paris, Duration: 90 * time.Minute,
		Policy: scheduling.Policy{Notice: 72 * time.Hour},
	}

	// Who is it, and may they book?
	learner, err := s.Learner(ctx, "ada_l")
	if err != nil {
		log.Fatal(err)
	}
	err = s.SaveProfile(ctx, learner.ID, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33 1 00 00 00 00", Country: "FR"})
	if err != nil {
		log.Fatal(err)
	}
	status, err := s.Status(ctx, exam, learner.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("may book:", status.May(scheduling.ActionBook))

	// The first free slot of Tuesday, as a form would ask for it: a day of the learner's zone.
	day, err := scheduling.ParseDate("2027-01-12")
	if err != nil {
		log.Fatal(err)
	}
	var start time.Time
	for slot, err := range s.Slots(ctx, exam, learner.ID, scheduling.SlotQuery{From: day, To: day}) {
		if err != nil {
			log.Fatal(err)
		}
		start = slot.Start
		break
	}

	booking, err := s.Book(ctx, exam, learner.ID, start)
	if pending, ok := errors.AsType[*scheduling.PendingError](err); ok {
		log.Fatal("we are checking booking ", pending.BookingID) // it may have happened: Reconcile finds out
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("booked:", booking.State, booking.Start.In(paris).Format("Mon 15:04"))

	tuesday := monday.AddDate(0, 0, 1)
	booking, err = s.Reschedule(ctx, booking.ID, tuesday)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("moved:", booking.State, booking.Start.In(paris).Format("Mon 15:04"))

	// Exam day. The provider shows the code to the proctor, who types it.
	clock.Set(tuesday)
	launch, err := s.Begin(ctx, booking.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("launch:", launch.URL) // Reveal returns the whole
	reservation := fakeProvider.Reservations()[0]
	if err := fakeProvider.ProctorStarts(reservation.Number); err != nil {
		log.Fatal(err)
	}
	if _, err = s.Unlock(ctx, booking.ID, reservation.ExamPassword); err != nil {
		log.Fatal(err)
	}
	clock.Advance(80 * time.Minute)
	booking, err = s.Finish(ctx, booking.ID)
	if err != nil {
		log.Fatal(err)
	}
	if err := fakeProvider.ProctorEnds(reservation.Number, proctorutest.Verdict{Authenticated: true, TestSubmitted: true}); err != nil {
		log.Fatal(err)
	}
	outcome, err := s.Outcome(ctx, booking.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("finished:", booking.State, outcome.Verdict)
	// Output:
	// may book: true
	// booked: scheduled Tue 00:00
	// moved: scheduled Tue 09:00
	// launch: https://demo.proctoru.com/REDACTED
	// finished: finished passed
}

// demo is what the examples below have in common: two fakes, a Scheduler, and a
// learner who may book an exam in the week from Monday, 11 January 2027.
type demo struct {
	*scheduling.Scheduler
	clock    *proctorbooktest.Clock
	provider *proctorutest.Server
	platform *edxtest.Server
	store    scheduling.Store
	exam     scheduling.Exam
	learner  scheduling.LearnerID
}

func newDemo(opts ...scheduling.Option) *demo { return newDemoAt(provider.ProctorU{}, opts...) }

func newDemoAt(adapter provider.ProctorU, opts ...scheduling.Option) *demo {
	clock := proctorbooktest.NewClock(time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC))
	d := &demo{clock: clock, provider: proctorutest.NewServer(proctorutest.WithClock(clock)), platform: edxtest.NewServer(edxtest.WithClock(clock))}
	d.platform.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+CS101+2027", Name: "Logic", Modes: []edxtest.Mode{{Slug: "verified"}}})
	d.platform.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", TimeZone: "Europe/Paris"})
	d.platform.Enroll("ada_l", "course-v1:ExampleX+CS101+2027", "verified", true)
	adapter.Client = must(proctoru.NewClient(d.provider.URL, d.provider.Token, proctoru.WithClock(clock)))
	lms := must(edx.NewClient(d.platform.URL, edx.WithClientCredentials(d.platform.ClientID, d.platform.ClientSecret), edx.WithClock(clock)))
	d.store = memstore.New(memstore.WithNamespace("examples"))
	d.Scheduler = must(scheduling.New(adapter, platform.OpenEdX{Client: lms}, d.store, append([]scheduling.Option{
		scheduling.WithClock(clock), scheduling.WithRandom(rand.NewChaCha8([32]byte{})),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "2027", Secret: []byte("32 random bytes out of the vault")}),
	}, opts...)...))
	d.exam = scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		Name: "Final exam", Window: scheduling.Window{Start: at(11, 8), End: at(15, 18)}, Zone: time.UTC, Duration: 90 * time.Minute,
	}
	d.learner = must(d.Learner(context.Background(), "ada_l")).ID
	if err := d.SaveProfile(context.Background(), d.learner, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"}); err != nil {
		log.Fatal(err)
	}
	return d
}

func (d *demo) close() {
	d.provider.Close()
	d.platform.Close()
}

// at is an hour of a day in January 2027.
func at(day, hour int) time.Time { return time.Date(2027, 1, day, hour, 0, 0, 0, time.UTC) }

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// Before learners come, a service looks whether everything is in its place. Here
// one thing is not: the store forgets.
func ExampleScheduler_Preflight() {
	d := newDemo()
	defer d.close()

	for _, check := range d.Preflight(context.Background(), d.exam) {
		if check.Verdict != preflight.VerdictOK {
			fmt.Println(check.Code, check.Verdict, errors.Is(check.Err, scheduling.ErrNotDurable))
		}
	}
	// Output: store_schema warning true
}

// A page asks one thing: where does the learner stand, what may they do, and if
// not, why.
func ExampleScheduler_Status() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	d.platform.Enroll("ada_l", d.exam.Course.String(), "audit", true)

	status, err := d.Status(ctx, d.exam, d.learner)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.May(scheduling.ActionBook), status.Reasons)

	d.platform.Enroll("ada_l", d.exam.Course.String(), "verified", true)
	status, err = d.Status(ctx, d.exam, d.learner)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.May(scheduling.ActionBook), status.Actions)
	// Output:
	// false [mode_not_allowed]
	// true [book]
}

// What the provider wants to know and the platform does not tell.
func ExampleScheduler_SaveProfile() {
	d := newDemo()
	defer d.close()

	err := d.SaveProfile(context.Background(), d.learner, scheduling.Profile{
		GivenName: "Ada", FamilyName: "Example", Phone: "01 00 00 00 00", Country: "France",
	})
	if bad, ok := errors.AsType[*proctorbook.ValidationError](err); ok {
		for _, p := range bad.Fields {
			fmt.Println(p.Field, p.Problem)
		}
	}
	// Output:
	// Profile.Phone must be + and 6 to 14 digits, with the country's code
	// Profile.Country must be an ISO 3166-1 alpha-2 code such as FR
}

// The provider is asked for a day when the loop gets there.
func ExampleScheduler_Slots() {
	d := newDemo()
	defer d.close()

	tuesday := scheduling.Date{Year: 2027, Month: time.January, Day: 12} // by the learner's calendar, which is that of Paris
	shown := 0
	for slot, err := range d.Slots(context.Background(), d.exam, d.learner, scheduling.SlotQuery{From: tuesday, To: tuesday}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(slot.Start.Format(time.RFC3339), slot.Fee)
		if shown++; shown == 3 {
			break
		}
	}
	// Output:
	// 2027-01-11T23:00:00Z 30
	// 2027-01-11T23:15:00Z 30
	// 2027-01-11T23:30:00Z 30
}

// A day is the same text for everybody, and begins at another instant in each zone.
func ExampleDate() {
	day, err := scheduling.ParseDate("2026-12-03") // as a form sends it
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"Asia/Tokyo", "Europe/Paris", "America/Los_Angeles"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(day, "in", name, "begins at", day.Start(zone).UTC().Format(time.RFC3339))
	}
	// Output:
	// 2026-12-03 in Asia/Tokyo begins at 2026-12-02T15:00:00Z
	// 2026-12-03 in Europe/Paris begins at 2026-12-02T23:00:00Z
	// 2026-12-03 in America/Los_Angeles begins at 2026-12-03T08:00:00Z
}

func ExampleScheduler_Book() {
	d := newDemo()
	defer d.close()

	booking, err := d.Book(context.Background(), d.exam, d.learner, at(12, 9))
	pending, open := errors.AsType[*scheduling.PendingError](err)
	taken, gone := errors.AsType[*scheduling.SlotTakenError](err)
	switch {
	case open:
		fmt.Println("we are checking", pending.BookingID)
	case gone:
		fmt.Println("gone, but free are", taken.Fresh)
	case err != nil:
		log.Fatal(err)
	default:
		fmt.Println(booking.State, booking.Number, booking.Start.Format(time.RFC3339))
	}
	// Output: scheduled 900000501 2027-01-12T09:00:00Z
}

func ExampleScheduler_Reschedule() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	d.provider.BlockSlot(at(13, 9))
	booking, err := d.Reschedule(ctx, booking.ID, at(13, 9))
	fmt.Println(errors.Is(err, proctoru.ErrOverlap), "still at", booking.Start.Format(time.RFC3339))

	booking, err = d.Reschedule(ctx, booking.ID, at(13, 10))
	fmt.Println(err, "now at", booking.Start.Format(time.RFC3339))
	// Output:
	// true still at 2027-01-12T09:00:00Z
	// <nil> now at 2027-01-13T10:00:00Z
}

func ExampleScheduler_Cancel() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	booking, err := d.Cancel(ctx, booking.ID, scheduling.Request{Reason: "ill", By: "ada_l"})
	if err != nil {
		log.Fatal(err)
	}
	status := must(d.Status(ctx, d.exam, d.learner))
	fmt.Println(booking.State, "- may book again:", status.May(scheduling.ActionBook))
	// Output: canceled - may book again: true
}

func ExampleScheduler_Begin() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	_, err := d.Begin(ctx, booking.ID)
	if early, ok := errors.AsType[*scheduling.TooEarlyError](err); ok {
		fmt.Println("come back at", early.At.Format(time.RFC3339))
		d.clock.Set(early.At)
	}
	launch, err := d.Begin(ctx, booking.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(launch.Booking.State, launch.URL) // send the browser to launch.URL.Reveal()
	// Output:
	// come back at 2027-01-12T08:45:00Z
	// begun https://demo.proctoru.com/REDACTED
}

// The proctor reads the code at the provider, and types it here.
func ExampleScheduler_Unlock() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	d.clock.Set(at(12, 9))
	must(d.Begin(ctx, booking.ID))
	code := d.provider.Reservations()[0].ExamPassword

	_, err := d.Unlock(ctx, booking.ID, "my guess")
	fmt.Println(errors.Is(err, scheduling.ErrWrongCode))
	booking, err = d.Unlock(ctx, booking.ID, code)
	fmt.Println(err, booking.State)
	// Output:
	// true
	// <nil> unlocked
}

func ExampleScheduler_Finish() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	_, err := d.Finish(ctx, booking.ID)
	fmt.Println(err)
	d.clock.Set(at(12, 9))
	must(d.Begin(ctx, booking.ID))
	booking, err = d.Finish(ctx, booking.ID)
	fmt.Println(err, booking.State)
	// Output:
	// scheduling: finish is not allowed: not_begun
	// <nil> finished
}

func ExampleScheduler_Outcome() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	d.clock.Set(at(12, 9))
	must(d.Begin(ctx, booking.ID))
	fmt.Println(must(d.Outcome(ctx, booking.ID)).Verdict)

	number := d.provider.Reservations()[0].Number
	for _, err := range []error{
		d.provider.ProctorStarts(number),
		d.provider.ProctorEnds(number, proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true}),
	} {
		if err != nil {
			log.Fatal(err)
		}
	}
	outcome := must(d.Outcome(ctx, booking.ID))
	fmt.Println(outcome.Verdict, "- incident:", outcome.Facts.Incident)
	// Output:
	// pending
	// failed - incident: true
}

// The learner comes in with the platform's user name, and has an id from then
// on. Printed, the record shows no more than that.
func ExampleScheduler_Learner() {
	d := newDemo()
	defer d.close()

	learner, err := d.Learner(context.Background(), "ada_l")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(learner.ID, learner.Zone)
	fmt.Println(learner)

	_, err = d.Learner(context.Background(), "nobody")
	fmt.Println(errors.Is(err, edx.ErrNotFound))
	// Output:
	// 4211 Europe/Paris
	// learner 4211 version 2
	// true
}

// A form checks a start before its button is pressed. Nothing is sent for that.
func ExampleScheduler_TryReschedule() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	for _, start := range []time.Time{at(12, 9), at(13, 9), at(18, 9)} {
		_, sends, err := d.TryReschedule(ctx, booking.ID, start)
		fmt.Println(start.Format("Mon 15:04"), sends, err)
	}
	fmt.Println("requests:", d.provider.Counts().Requests["addAdHocProcess"])
	// Output:
	// Tue 09:00 false <nil>
	// Wed 09:00 true <nil>
	// Mon 09:00 false scheduling: Reschedule: start is after the latest start allowed, 2027-01-15T16:30:00Z
	// requests: 1
}

// Before a learner cancels, the page shows what it costs.
func ExampleStatus_Terms() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	d.exam.Policy = scheduling.Policy{MaxMoves: 2, LateWithin: 24 * time.Hour, LateFee: "25.00"}
	must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	for _, now := range []time.Time{at(7, 9), at(11, 20)} {
		d.clock.Set(now)
		status := must(d.Status(ctx, d.exam, d.learner))
		terms := status.Terms[scheduling.ActionCancel]
		fmt.Printf("free until %s, late %v, fee %q, loses %v\n", terms.FreeUntil.Format("Mon 15:04"), terms.Late, terms.Fee, terms.Loses)
		fmt.Println("moves left:", status.Terms[scheduling.ActionReschedule].Left)
	}
	// Output:
	// free until Mon 09:00, late false, fee "", loses [slot]
	// moves left: 2
	// free until Mon 09:00, late true, fee "25.00", loses [slot fee]
	// moves left: 2
}
