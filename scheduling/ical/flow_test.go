package ical_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/ical"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

var (
	begin = time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC)
	exam  = scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"),
		Usage:  edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		Name:   "Final exam", Zone: time.UTC, Duration: 90 * time.Minute,
		Window: scheduling.Window{Start: begin.AddDate(0, 0, 3), End: begin.AddDate(0, 0, 10)},
	}
)

// A booking is made, moved and canceled: the entries have one UID and a growing
// SEQUENCE, and each shows the start that is proven.
func TestWrite_followsABooking(t *testing.T) {
	t.Parallel()
	s, learner := service(t)
	tuesday, friday := begin.AddDate(0, 0, 5), begin.AddDate(0, 0, 8)
	uid, last := "", 0
	follow := func(step string, b scheduling.Booking, err error, method ical.Method, start time.Time) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		inv := sample(t)
		inv.Booking, inv.Zone = b, nil
		text := write(t, inv)
		if uid == "" {
			uid = value(t, text, "UID")
		}
		sequence, err := strconv.Atoi(value(t, text, "SEQUENCE"))
		if err != nil || sequence <= last || uid != value(t, text, "UID") || uid != string(b.ID) {
			t.Errorf("%s: UID %s and SEQUENCE %d after %s and %d", step, value(t, text, "UID"), sequence, uid, last)
		}
		if got := value(t, text, "DTSTART"); text.Method != method || got != start.Format("20060102T150405Z") {
			t.Errorf("%s: %s at %s, want %s at %v", step, text.Method, got, method, start)
		}
		last = sequence
	}
	b, err := s.Book(t.Context(), exam, learner, tuesday)
	follow("booked", b, err, ical.MethodRequest, tuesday)
	b, err = s.Reschedule(t.Context(), b.ID, friday)
	follow("moved", b, err, ical.MethodRequest, friday)
	b, err = s.Reschedule(t.Context(), b.ID, tuesday)
	follow("moved back", b, err, ical.MethodRequest, tuesday)
	b, err = s.Cancel(t.Context(), b.ID, scheduling.Request{Reason: "ill", By: "ada_l"})
	follow("canceled", b, err, ical.MethodCancel, tuesday)
}

// service returns a Scheduler on fakes, and a learner who may book.
func service(t *testing.T) (*scheduling.Scheduler, scheduling.LearnerID) {
	t.Helper()
	clock := proctorbooktest.NewClock(begin)
	fakeProvider := proctorutest.NewServer(proctorutest.WithClock(clock))
	t.Cleanup(fakeProvider.Close)
	fakePlatform := edxtest.NewServer(edxtest.WithClock(clock))
	t.Cleanup(fakePlatform.Close)
	fakePlatform.AddCourse(edxtest.Course{Key: exam.Course.String(), Name: "Logic"})
	fakePlatform.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", TimeZone: "Europe/Paris"})
	fakePlatform.Enroll("ada_l", exam.Course.String(), "verified", true)
	proctor, err := proctoru.NewClient(fakeProvider.URL, fakeProvider.Token, proctoru.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	lms, err := edx.NewClient(fakePlatform.URL, edx.WithClientCredentials(fakePlatform.ClientID, fakePlatform.ClientSecret), edx.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	s, err := scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, memstore.New(), scheduling.WithClock(clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "2027", Secret: []byte("32 random bytes out of the vault")}))
	if err != nil {
		t.Fatal(err)
	}
	learner, err := s.Learner(t.Context(), "ada_l")
	if err != nil {
		t.Fatal(err)
	}
	err = s.SaveProfile(t.Context(), learner.ID, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"})
	if err != nil {
		t.Fatal(err)
	}
	return s, learner.ID
}
