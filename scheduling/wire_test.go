package scheduling_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// readBody reads the form of a request, and leaves the request as it was.
func readBody(req *http.Request) (url.Values, error) {
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(raw))
	return url.ParseQuery(string(raw))
}

const create = "addAdHocProcess"

// Everything that arrives at the provider for a booking, field by field.
func TestBookOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.listen()
	b := w.booked(nine)

	got := sent.last(create)

	want := url.Values{
		"reservation_id": {string(b.ID)}, "student_id": {"4211"}, "start_date": {"2027-01-11T09:00:00Z"}, "duration": {"90"},
		"description": {"CS101 2027 - Final exam"}, "notes": {"Closed book.\nBooking: " + string(b.ID)},
		"first_name": {"Ada"}, "last_name": {"Example"}, "email": {"ada_l@example.org"}, "phone1": {"+33100000000"},
		"country": {"FR"}, "time_zone_id": {"Romance Standard Time"}, "exam_password": {w.code(b.ID)},
		"takeitnow": {"N"}, "time_sent": {"2027-01-07T00:00:00Z"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("sent %s\nwant %s", got.Encode(), want.Encode())
	}
}

// A start is an instant: nine in Madrid is eight in UTC, and arrives as that.
func TestAStartInMadridArrivesInUTC(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.listen()
	b := w.booked(inZone(t, "Europe/Madrid", "2027-01-11T09:00"))
	if got := sent.last(create).Get("start_date"); got != "2027-01-11T08:00:00Z" {
		t.Errorf("start_date = %q, want 2027-01-11T08:00:00Z", got)
	}
	w.clock.Advance(5 * time.Minute)
	if _, err := w.Reschedule(t.Context(), b.ID, inZone(t, "Europe/Madrid", "2027-01-11T12:00")); err != nil {
		t.Fatal(err)
	}
	if got := sent.last(create).Get("start_date"); got != "2027-01-11T11:00:00Z" {
		t.Errorf("start_date of the move = %q, want 2027-01-11T11:00:00Z", got)
	}
}

// The unlock code goes one way or the other, never both.
func TestUnlockCodeOnTheWire(t *testing.T) {
	t.Parallel()
	for via, tt := range map[scheduling.CodeVia]struct{ notes, password string }{
		scheduling.CodeViaPassword: {"Closed book.\nBooking: ID", "CODE"},
		"":                         {"Closed book.\nBooking: ID", "CODE"},
		scheduling.CodeViaNotes:    {"Closed book.\nUnlock code: CODE\nBooking: ID", ""},
	} {
		w := newWorld(t)
		w.exam.CodeVia = via
		sent := w.listen()
		b := w.booked(nine)
		fill := strings.NewReplacer("CODE", w.code(b.ID), "ID", string(b.ID))

		got := sent.last(create)

		if got.Get("notes") != fill.Replace(tt.notes) || got.Get("exam_password") != fill.Replace(tt.password) {
			t.Errorf("via %q: notes %q, exam_password %q", via, got.Get("notes"), got.Get("exam_password"))
		}
		if got.Has("exam_password") != (tt.password != "") {
			t.Errorf("via %q: exam_password sent: %v", via, got.Has("exam_password"))
		}
	}
}

// The notes end with the booking's id, also where the office has nothing to say:
// the activity report is matched by it.
func TestNotesEndWithTheBooking(t *testing.T) {
	t.Parallel()
	for _, notes := range []string{"", "Closed book.", "Closed book.\n\nTwo sheets of paper."} {
		w := newWorld(t)
		w.exam.ProctorNotes = notes
		sent := w.listen()
		b := w.booked(nine)
		want := strings.TrimPrefix(notes+"\nBooking: "+string(b.ID), "\n")
		if got := sent.last(create).Get("notes"); got != want {
			t.Errorf("notes = %q, want %q", got, want)
		}
	}
}

// The title by which staff and proctors know the exam.
func TestDescriptionOnTheWire(t *testing.T) {
	t.Parallel()
	for description, want := range map[string]string{
		"":               "CS101 2027 - Final exam",
		"Logic, 3 hours": "CS101 2027 - Final exam - Logic, 3 hours",
	} {
		w := newWorld(t)
		w.exam.Description = description
		sent := w.listen()
		w.booked(nine)
		if got := sent.last(create).Get("description"); got != want {
			t.Errorf("description = %q, want %q", got, want)
		}
	}
}

// Fields that the learner did not fill in are not sent, and nothing is made up.
func TestOptionalProfileOnTheWire(t *testing.T) {
	t.Parallel()
	fields := []string{"address1", "city", "state", "zipcode"}
	for name, tt := range map[string]struct {
		profile scheduling.Profile
		want    []string
	}{
		"France, the minimum": {profile, []string{"", "", "", ""}},
		"United States": {scheduling.Profile{
			GivenName: "Ada", FamilyName: "Example", Phone: "+12025550100", Country: "US",
			Address: "1 Main Street", City: "Springfield", State: "MA", PostalCode: "01101",
		}, []string{"1 Main Street", "Springfield", "MA", "01101"}},
	} {
		w := newWorld(t)
		if err := w.SaveProfile(t.Context(), w.learner, tt.profile); err != nil {
			t.Fatal(err)
		}
		sent := w.listen()
		w.booked(nine)
		got := sent.last(create)
		for i, field := range fields {
			if got.Get(field) != tt.want[i] || got.Has(field) != (tt.want[i] != "") {
				t.Errorf("%s: %s = %q (sent: %v), want %q", name, field, got.Get(field), got.Has(field), tt.want[i])
			}
		}
	}
}

// One booking, one reservation id: on every repeat of the create, on the moves,
// and on the begin. A repeat says what the first try said, but for time_sent.
func TestReservationIDOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	sent := w.listen(hasty)
	for range 3 {
		w.fault(proctorbooktest.Status500, create)
	}
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	w.wantAgreement(id)

	creates := sent.all(create)
	if len(creates) != 4 {
		t.Fatalf("sent %d creates, want the first and three repeats", len(creates))
	}
	for i, again := range creates {
		if again.Get("time_sent") == creates[0].Get("time_sent") && i > 0 {
			t.Errorf("repeat %d has the time_sent of the first, %s", i, again.Get("time_sent"))
		}
		if again.Del("time_sent"); !reflect.DeepEqual(again, withoutTimeSent(creates[0])) {
			t.Errorf("repeat %d = %s\nwant %s", i, again.Encode(), creates[0].Encode())
		}
	}
	for i, start := range []time.Time{ten, noon} {
		w.clock.Advance(15 * time.Minute)
		if _, err := w.Reschedule(t.Context(), id, start); err != nil {
			t.Fatal(err)
		}
		move := sent.last(create)
		if move.Get("reservation_id") != string(id) || move.Get("reservation_no") == "" {
			t.Errorf("move %d: reservation_id %q, reservation_no %q; want the booking's", i, move.Get("reservation_id"), move.Get("reservation_no"))
		}
		if creates[0].Has("reservation_no") {
			t.Error("the create carries a reservation_no")
		}
	}
	w.clock.Set(noon.Add(-time.Minute))
	if _, err := w.Begin(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	begin := sent.last("beginReservation")
	if begin.Get("reservation_id") != string(id) || begin.Get("reservation_no") != string(w.booking(id).Number) || begin.Get("student_id") != "4211" {
		t.Errorf("begin = %s, want the booking's id and number", begin.Encode())
	}
}

func withoutTimeSent(form url.Values) url.Values {
	form.Del("time_sent")
	return form
}

// A move names the number that it moves, and says everything else as before.
func TestMoveOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.listen()
	id := w.settled(nine)
	number := string(w.booking(id).Number)
	first := withoutTimeSent(sent.last(create))
	if _, err := w.Reschedule(t.Context(), id, noon); err != nil {
		t.Fatal(err)
	}
	got := withoutTimeSent(sent.last(create))
	first.Set("start_date", "2027-01-11T12:00:00Z")
	first.Set("reservation_no", number)
	if !reflect.DeepEqual(got, first) {
		t.Errorf("move = %s\nwant %s", got.Encode(), first.Encode())
	}
}

// A cancel names the number; the learner's own words stay here.
func TestCancelOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.listen()
	id := w.settled(nine)
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{Reason: "my knee hurts", By: "ada_l"}); err != nil {
		t.Fatal(err)
	}
	got := withoutTimeSent(sent.last("removeReservation"))
	want := url.Values{"student_id": {"4211"}, "reservation_no": {string(w.booking(id).Number)}, "explanation": {"cancel"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("cancel = %s\nwant %s", got.Encode(), want.Encode())
	}
}

// An exam in another zone and season, for a learner in a third one.
func TestTimesAcrossZonesOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live("America/Los_Angeles")
	w.exam.Zone = inZone(t, "Asia/Tokyo", "2027-01-11T00:00").Location()
	sent := w.listen()
	w.booked(inZone(t, "Asia/Tokyo", "2027-01-12T00:30"))
	if got := sent.last(create); got.Get("start_date") != "2027-01-11T15:30:00Z" || got.Get("time_zone_id") != "Pacific Standard Time" {
		t.Errorf("sent %q in %q, want 2027-01-11T15:30:00Z in Pacific Standard Time", got.Get("start_date"), got.Get("time_zone_id"))
	}
}
