package ical_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

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

// sample returns an invitation with every field set.
func sample(t testing.TB) ical.Invitation {
	t.Helper()
	return ical.Invitation{
		Booking: scheduling.Booking{
			ID: "pb-k3v9x2m1-0d4q7sz8", Version: 4, State: scheduling.StateScheduled,
			Exam: scheduling.Exam{Name: "Final exam"}, Duration: 90 * time.Minute,
			Start: time.Date(2027, 1, 12, 8, 0, 0, 0, time.UTC),
		},
		Stamp:       time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC),
		Zone:        location(t, "Europe/Paris"),
		Organizer:   ical.Person{Name: "Exam office", Mail: "exams@example.org"},
		Attendee:    ical.Person{Name: "Ada Example", Mail: "ada@example.org"},
		Summary:     "Logic",
		Description: "Have your identity card at hand.",
		Location:    "Online",
	}
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func write(t testing.TB, inv ical.Invitation) ical.Text {
	t.Helper()
	text, err := ical.Write(inv)
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	return text
}

// lines returns the content lines, unfolded, after checking how they are folded.
func lines(t testing.TB, text ical.Text) []string {
	t.Helper()
	if !bytes.HasSuffix(text.Data, []byte("\r\n")) {
		t.Fatalf("the last line does not end in CRLF: %q", text.Data)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(text.Data), "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n\u0085\u2028\u2029") || strings.ToValidUTF8(line, "") != line {
			t.Errorf("a line of %d octets that is too long, broken, or cut inside a character: %q", len(line), line)
		}
	}
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(text.Data), "\r\n ", ""), "\r\n"), "\r\n")
}

// names returns the names of all properties, in order, each with those of its parameters.
func names(t testing.TB, text ical.Text) []string {
	t.Helper()
	var all []string
	for _, line := range lines(t, text) {
		head, _, _ := strings.Cut(unquoted(line), ":")
		parts := strings.Split(head, ";")
		for i, p := range parts[1:] {
			parts[i+1], _, _ = strings.Cut(p, "=")
		}
		all = append(all, strings.Join(parts, ";"))
	}
	return all
}

// unquoted returns the line without what stands in double quotes.
func unquoted(line string) string {
	parts := strings.Split(line, `"`)
	if len(parts)%2 == 0 {
		return line // a quote in a value is a quote
	}
	var b strings.Builder
	for i := 0; i < len(parts); i += 2 {
		b.WriteString(parts[i])
	}
	return b.String()
}

// value returns the value of the event's property, as it stands in the text.
func value(t testing.TB, text ical.Text, name string) string {
	t.Helper()
	all := lines(t, text)
	for _, line := range all[slices.Index(all, "BEGIN:VEVENT"):] {
		if head, v, ok := strings.Cut(line, ":"); ok && strings.Split(head, ";")[0] == name {
			return v
		}
	}
	t.Fatalf("no %s in %s", name, text.Data)
	return ""
}

// parse reads the text with a reader that is not ours, and returns its one event.
func parse(t testing.TB, text ical.Text) *ics.VEvent {
	t.Helper()
	cal, err := ics.ParseCalendar(bytes.NewReader(text.Data))
	if err != nil {
		t.Fatalf("ParseCalendar: %v\n%s", err, text.Data)
	}
	if n := len(cal.Events()); n != 1 {
		t.Fatalf("%d events, want 1:\n%s", n, text.Data)
	}
	return cal.Events()[0]
}

func propertyName(name string) ics.ComponentProperty { return ics.ComponentProperty(name) }

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
