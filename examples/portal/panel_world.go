package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// world is what lives on when the portal dies: the fakes of both services, and their
// clock.
type world struct {
	clock      *shiftedClock
	provider   *proctorutest.Server
	providerAt *proctorbooktest.Listener // records, and asks provider
	platform   *edxtest.Server
	trace      *trace
	journal    *journal
	exams      []offered
}

// The courses of the sample.
const (
	statistics = "course-v1:ExampleX+STAT1+2027"
	algorithms = "course-v1:ExampleX+CS201+2027"
	history    = "course-v1:ExampleX+HIST3+2027"
)

// newWorld starts the services.
func newWorld(clock *shiftedClock, learners int) *world {
	w := &world{
		clock: clock, provider: proctorutest.NewUnstartedServer(proctorutest.WithClock(clock)),
		platform: edxtest.NewServer(edxtest.WithClock(clock)), exams: sampleExams(clock.Now()),
	}
	w.trace, w.journal = &trace{world: w}, &journal{world: w}
	w.provider.SetSlots(w.slots)
	w.providerAt = proctorbooktest.Loopback(w.trace)
	for _, course := range []struct{ key, name string }{{statistics, "Statistics"}, {algorithms, "Algorithms"}, {history, "History of science"}} {
		w.platform.AddCourse(edxtest.Course{Key: course.key, Name: course.name, Modes: []edxtest.Mode{{Slug: "verified"}, {Slug: "audit"}}})
	}
	for i, who := range samplePeople {
		w.enroll(int64(i+1), who)
	}
	for i := range learners {
		w.enroll(int64(100+i), sampleLearner(i))
	}
	return w
}

func (w *world) close() {
	w.providerAt.Close()
	w.platform.Close()
	w.journal.close()
}

// enroll adds the person to the platform and enrolls them in all courses.
func (w *world) enroll(id int64, who sample) {
	if who.Staff {
		return
	}
	w.platform.AddUser(edxtest.User{ID: id, Username: who.Username, Name: who.Name, Email: who.Username + "@example.org", TimeZone: who.zone})
	mode := edx.Verified
	if who.audit {
		mode = edx.Audit
	}
	for _, course := range []string{statistics, algorithms, history} {
		w.platform.Enroll(who.Username, course, string(mode), true)
	}
}

// slots are every half hour from 6 to 20 UTC, and around the clock every quarter of an
// hour until tomorrow, so that an exam can be sat now.
func (w *world) slots(day time.Time) (free []time.Time) {
	soon := day.Before(w.clock.Now().Add(24*time.Hour)) && day.After(w.clock.Now().Add(-25*time.Hour))
	for at := day; at.Before(day.Add(24 * time.Hour)); at = at.Add(15 * time.Minute) {
		if soon || at.Minute()%30 == 0 && at.Hour() >= 6 && at.Hour() < 20 {
			free = append(free, at)
		}
	}
	return free
}

// sampleExams have windows around now, so that there is something to do whenever the
// program runs: one to sit today, one in some days with strict rules, and one around
// the next change of the clocks in Paris.
func sampleExams(now time.Time) []offered {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err) // the zones are linked in
	}
	today := scheduling.DateOf(now, paris)
	change := nextChange(today, paris)
	exam := func(slug, course, name string, from, to scheduling.Date, duration time.Duration, policy scheduling.Policy) offered {
		key := edx.MustCourseKey(course)
		return offered{Slug: slug, Exam: scheduling.Exam{
			Course: key, Usage: edx.MustUsageKey("block-v1:" + course[len("course-v1:"):] + "+type@sequential+block@" + slug), Name: name,
			Window: scheduling.Window{Start: from.Start(paris), End: to.Start(paris)}, Zone: paris, Duration: duration, Policy: policy,
		}}
	}
	return []offered{
		exam("statistics", statistics, "Statistics, weekly test", today.AddDays(-30), today.AddDays(8), 30*time.Minute, scheduling.Policy{AutoFinish: true, Sittings: 5}),
		exam("algorithms", algorithms, "Algorithms, final exam", today.AddDays(1), today.AddDays(16), 2*time.Hour, scheduling.Policy{
			Notice: 12 * time.Hour, CancelUntil: 12 * time.Hour, MoveUntil: 12 * time.Hour, LateWithin: 7 * 24 * time.Hour, LateFee: "25.00", MaxMoves: 3, MaxBookings: 3,
		}),
		exam("history", history, "History of science, oral exam", change.AddDays(-4), change.AddDays(5), time.Hour, scheduling.Policy{}),
	}
}

// nextChange is the next day on which the clocks change.
func nextChange(day scheduling.Date, zone *time.Location) scheduling.Date {
	for range 400 {
		day = day.AddDays(1)
		if newDay(day, day, zone, nil).Changes {
			return day
		}
	}
	return day
}

// sample is somebody of the sample.
type sample struct {
	person
	zone    string
	audit   bool
	profile scheduling.Profile
}

// samplePeople are those to sign in as.
var samplePeople = []sample{
	{person{Username: "ada_l", Name: "Ada Example", Note: "May book, in Paris. Begin here."}, "Europe/Paris", false, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"}},
	{person{Username: "bob", Name: "Bob Example", Note: "May book too, in New York: try the same last slot."}, "America/New_York", false, scheduling.Profile{GivenName: "Bob", FamilyName: "Example", Phone: "+12025550100", Country: "US", Address: "1 Main Street", City: "Springfield", State: "IL", PostalCode: "62701"}},
	{person{Username: "mei", Name: "Mei Tanaka", Note: "Has not filled in the profile yet."}, "Asia/Tokyo", false, scheduling.Profile{}},
	{person{Username: "nour", Name: "نور الهدى بنت عبد الرحمن", Note: "A name that is written from right to left."}, "Asia/Dubai", false, scheduling.Profile{GivenName: "نور الهدى", FamilyName: "بنت عبد الرحمن", Phone: "+97140000000", Country: "AE"}},
	{person{Username: "max", Name: "Maximiliane Theodora Konstantinopoulou-Vandenbroucke zu Schwarzenfeld-Oberhausen", Note: "A long name, and no time zone."}, "", false, scheduling.Profile{}},
	{person{Username: "uma", Name: "Uma Audit", Note: "Is enrolled in a mode without the exam."}, "Europe/London", true, scheduling.Profile{GivenName: "Uma", FamilyName: "Audit", Phone: "+442000000000", Country: "GB"}},
	{person: person{Username: "office", Name: "Exam office", Note: "Staff: lists, timelines, charts, and what needs attention.", Staff: true}},
}

// sampleLearner is one of those who have booked before.
func sampleLearner(i int) sample {
	given := []string{"Amina", "Bruno", "Chiara", "Deniz", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaori", "Luca"}
	family := []string{"Alves", "Bauer", "Costa", "Diallo", "Eriksen", "Ferrari", "Garcia"}
	g, f := given[i%len(given)], family[(i*3+i/len(given))%len(family)]
	zone := []string{"Europe/Paris", "Europe/Berlin", "Europe/Lisbon"}[i%3]
	return sample{
		person: person{Username: fmt.Sprintf("learner%02d", i+1), Name: g + " " + f}, zone: zone,
		profile: scheduling.Profile{GivenName: g, FamilyName: f, Phone: "+331000000" + strconv.Itoa(10+i%90), Country: "FR"},
	}
}

// fill lets the sample's learners live through the last two weeks, by the portal's own
// scheduler on a clock that runs fast, so that the lists have something to show.
func (w *world) fill(ctx context.Context, s *scheduling.Scheduler, store scheduling.Store, learners int) error {
	for _, who := range samplePeople {
		if _, err := w.register(ctx, s, who); err != nil {
			return err
		}
	}
	for range store.List(ctx, scheduling.Filter{}) {
		return nil // an earlier run has filled it
	}
	now := time.Now()
	defer w.clock.shift(0)
	for i := range learners {
		w.clock.shift(-time.Duration(14*24*(learners-i)/learners) * time.Hour)
		l, err := w.register(ctx, s, sampleLearner(i))
		if err != nil {
			return err
		}
		if i%8 == 5 {
			continue // has not booked yet
		}
		booked := w.clock.Now()
		start := booked.Truncate(24 * time.Hour).Add(time.Duration((24*(1+i*i%6)+7+i%11)*2) * time.Hour / 2)
		b, err := s.Book(ctx, w.exams[0].Exam, l.ID, start)
		if _, pending := errors.AsType[*scheduling.PendingError](err); pending {
			continue // the machine is busy: the booking settles later, and is one that is not attended
		}
		if err != nil {
			return fmt.Errorf("learner %d: %w", i, err)
		}
		if err := w.sit(ctx, s, b, i, now); err != nil {
			return fmt.Errorf("learner %d: %w", i, err)
		}
	}
	w.clock.shift(0)
	if learners == 0 {
		return nil
	}
	if _, err := s.ReadReport(ctx, now.AddDate(0, 0, -20), now); err != nil {
		return err
	}
	_, err := s.Reconcile(ctx)
	return err
}

// register reads the learner from the platform, and saves the profile if there is one.
func (w *world) register(ctx context.Context, s *scheduling.Scheduler, who sample) (l scheduling.Learner, err error) {
	if who.Staff {
		return l, nil
	}
	if l, err = s.Learner(ctx, who.Username); err == nil && who.profile != (scheduling.Profile{}) {
		err = s.SaveProfile(ctx, l.ID, who.profile)
	}
	return l, err
}

// sit lets the learner cancel, stay away, or sit the exam, if its time has come by now.
func (w *world) sit(ctx context.Context, s *scheduling.Scheduler, b scheduling.Booking, i int, now time.Time) error {
	if i%7 == 3 {
		_, err := s.Cancel(ctx, b.ID, scheduling.Request{Reason: "ill", By: "learner"})
		return err
	}
	if !b.End().Add(time.Hour).Before(now) || i%9 == 4 {
		return nil // to come, or a no-show
	}
	w.clock.shift(b.Start.Sub(now))
	if _, err := s.Begin(ctx, b.ID); err != nil {
		return err
	}
	code, err := s.Staff.UnlockCode(b)
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(string(b.Number), 10, 64)
	if err != nil {
		return err
	}
	if err := w.journal.starts(number); err != nil {
		return err
	}
	if _, err := s.Unlock(ctx, b.ID, code.Reveal()); err != nil {
		return err
	}
	w.clock.shift(b.End().Add(-time.Minute).Sub(now))
	if _, err := s.Finish(ctx, b.ID); err != nil {
		return err
	}
	return w.journal.ends(number, proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: i%6 == 2})
}
