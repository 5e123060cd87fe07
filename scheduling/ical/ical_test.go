package ical_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/ical"
)

func TestWrite_methods(t *testing.T) {
	t.Parallel()
	nobody := ical.Person{}
	tests := map[string]struct {
		state    scheduling.State
		attendee *ical.Person
		method   ical.Method
		status   string
	}{
		"booked":                   {scheduling.StateScheduled, nil, ical.MethodRequest, "CONFIRMED"},
		"booked, for a download":   {scheduling.StateScheduled, &nobody, ical.MethodPublish, "CONFIRMED"},
		"begun":                    {scheduling.StateBegun, nil, ical.MethodRequest, "CONFIRMED"},
		"unlocked":                 {scheduling.StateUnlocked, nil, ical.MethodRequest, "CONFIRMED"},
		"finished":                 {scheduling.StateFinished, nil, ical.MethodRequest, "CONFIRMED"},
		"missed":                   {scheduling.StateNoShow, nil, ical.MethodRequest, "CONFIRMED"},
		"canceled":                 {scheduling.StateCanceled, nil, ical.MethodCancel, "CANCELLED"},
		"canceled, for a download": {scheduling.StateCanceled, &nobody, ical.MethodCancel, "CANCELLED"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inv := sample(t)
			inv.Booking.State = tt.state
			if tt.attendee != nil {
				inv.Attendee = *tt.attendee
			}
			text := write(t, inv)
			parse(t, text)
			if got := value(t, text, "STATUS"); text.Method != tt.method || got != tt.status {
				t.Errorf("%s, %s, want %s, %s", text.Method, got, tt.method, tt.status)
			}
			if want := "text/calendar; charset=utf-8; method=" + string(tt.method); text.ContentType() != want {
				t.Errorf("ContentType = %q, want %q", text.ContentType(), want)
			}
			if !slices.Contains(lines(t, text), "METHOD:"+string(tt.method)) {
				t.Errorf("no line METHOD:%s", tt.method)
			}
			if has := slices.ContainsFunc(names(t, text), func(n string) bool { return strings.HasPrefix(n, "ATTENDEE") }); has != (tt.attendee == nil) {
				t.Errorf("attendee written: %t", has)
			}
		})
	}
}

func TestWrite_equalInputEqualText(t *testing.T) {
	t.Parallel()
	if a, b := write(t, sample(t)), write(t, sample(t)); !bytes.Equal(a.Data, b.Data) {
		t.Errorf("two texts of one invitation:\n%s\n%s", a.Data, b.Data)
	}
}

func TestWrite_zone(t *testing.T) {
	t.Parallel()
	inv := sample(t)
	if got := value(t, write(t, inv), "DTSTART"); got != "20270112T090000" {
		t.Errorf("in Paris: %s", got)
	}
	for _, zone := range []*time.Location{nil, time.UTC} {
		inv.Zone = zone
		text := write(t, inv)
		if got := value(t, text, "DTSTART"); got != "20270112T080000Z" || bytes.Contains(text.Data, []byte("VTIMEZONE")) {
			t.Errorf("in UTC: %s", text.Data)
		}
	}
}

// No line break and no special character in any field adds a property, a
// parameter or an event: the text has the same names in the same order, and
// another reader finds what was written.
func TestWrite_nothingIsInjected(t *testing.T) {
	t.Parallel()
	attacks := []string{
		"\r\nATTENDEE:mailto:eve@example.org", "\nATTENDEE:mailto:eve@example.org", "\rATTENDEE:mailto:eve@example.org",
		"\u0085ATTENDEE:mailto:eve@example.org", "\u2028ATTENDEE:mailto:eve@example.org", "\u2029X:y", "\r\n\r\nX:y", "\\\r\nX:y", "\r\n X:y",
		"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
		`";X-EVIL=1:`, `;X-EVIL=1`, ":mailto:eve@example.org", `^"`, `^n`, `","mailto:eve@example.org`, `a,b;c:d`, `\`, `\n`, `\;`, "tab\there",
		strings.Repeat("é", 60) + "\r\nX:y", strings.Repeat("x", 74) + "\r\nX:y", strings.Repeat("日本", 40),
	}
	want := names(t, write(t, sample(t)))
	fields := map[string]func(inv *ical.Invitation, text string){
		"summary":        func(inv *ical.Invitation, s string) { inv.Summary += s },
		"exam":           func(inv *ical.Invitation, s string) { inv.Summary, inv.Booking.Exam.Name = "", s },
		"description":    func(inv *ical.Invitation, s string) { inv.Description += s },
		"location":       func(inv *ical.Invitation, s string) { inv.Location += s },
		"id":             func(inv *ical.Invitation, s string) { inv.Booking.ID += scheduling.BookingID(s) },
		"organizer":      func(inv *ical.Invitation, s string) { inv.Organizer.Name += s },
		"organizer mail": func(inv *ical.Invitation, s string) { inv.Organizer.Mail += s },
		"mail in front":  func(inv *ical.Invitation, s string) { inv.Organizer.Mail = s + inv.Organizer.Mail },
		"attendee":       func(inv *ical.Invitation, s string) { inv.Attendee.Name += s },
		"attendee mail":  func(inv *ical.Invitation, s string) { inv.Attendee.Mail += s },
		"zone":           func(inv *ical.Invitation, s string) { inv.Zone = time.FixedZone("Europe/Paris"+s, 3600) },
	}
	written := 0
	for field, set := range fields {
		for _, attack := range attacks {
			inv := sample(t)
			set(&inv, attack)
			text, err := ical.Write(inv)
			if err != nil {
				if strings.Contains(err.Error(), attack) {
					t.Errorf("%s: the error holds the value: %v", field, err)
				}
				continue // refused is safe, too
			}
			written++
			parse(t, text)
			if got := names(t, text); !slices.Equal(got, want) {
				t.Errorf("%s with %q adds something:\n%s", field, attack, text.Data)
			}
		}
	}
	if all := len(attacks) * len(fields); written < all/3 {
		t.Errorf("%d of %d texts written: too much is refused", written, all)
	}
}

// Texts come back as they went in, but for what kind of line break they had.
func TestWrite_textsComeBack(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"plain", `a\b`, "a;b,c:d", "two\nlines", `"quoted"`, `\n is no line break`, strings.Repeat("äöü日本🎓", 30), " blanks "} {
		inv := sample(t)
		inv.Description = text
		event := parse(t, write(t, inv))
		if got := event.GetProperty("DESCRIPTION").Value; got != text {
			t.Errorf("DESCRIPTION = %q, want %q", got, text)
		}
	}
	for in, want := range map[string]string{"Ada Example": "Ada Example", "Example, Ada": "Example, Ada", "a;b:c": "a;b:c", `Ada "the" first`: "Ada ^'the^' first", "^": "^^"} {
		inv := sample(t)
		inv.Attendee.Name = in
		event := parse(t, write(t, inv))
		if got := event.GetProperty("ATTENDEE").ICalParameters["CN"]; !slices.Equal(got, []string{want}) {
			t.Errorf("CN = %q, want %q", got, want)
		}
	}
}

// An address becomes the URI by which mail programs know it again: signs that a name
// may hold stay as they are, and the domain is the one that is asked for in the DNS.
func TestWrite_addresses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ada@example.org": "mailto:ada@example.org", "a+b@example.org": "mailto:a+b@example.org",
		"o'brien@example.org": "mailto:o'brien@example.org", "a-b_c.d~e!f$g*h@example.org": "mailto:a-b_c.d~e!f$g*h@example.org",
		"adä@example.org": "mailto:ad%C3%A4@example.org", "a&b=c@example.org": "mailto:a%26b%3Dc@example.org",
		"50%/?#{|}^`@example.org": "mailto:50%25%2F%3F%23%7B%7C%7D%5E%60@example.org",
		"ada@müller.example":      "mailto:ada@xn--mller-kva.example", "ada@MÜLLER.example": "mailto:ada@xn--mller-kva.example",
		"ada@例え.テスト": "mailto:ada@xn--r8jz45g.xn--zckzah", "ada@xn--mller-kva.example": "mailto:ada@xn--mller-kva.example",
		"ada@Example.ORG": "mailto:ada@Example.ORG", "ada@[192.0.2.1]": "mailto:ada@%5B192.0.2.1%5D",
	} {
		inv := sample(t)
		inv.Attendee.Mail = in
		if got := value(t, write(t, inv), "ATTENDEE"); got != want {
			t.Errorf("ATTENDEE = %q, want %q", got, want)
		}
	}
}

// The text holds nothing of the booking but its id, version, times and exam name.
func TestWrite_nothingElseOfTheBooking(t *testing.T) {
	t.Parallel()
	inv := sample(t)
	b := &inv.Booking
	b.Learner, b.Number, b.Memory.OtherNumber = "canary-1", "990001", "990002"
	b.Exam.Description, b.Exam.ProctorNotes = "canary-2", "canary-3"
	b.Intent = &scheduling.Intent{Op: scheduling.OpCancel, Reason: "canary-4", By: "canary-5"}
	b.Wish = &scheduling.Wish{Op: scheduling.OpMove, Reason: "canary-6", By: "canary-7"}
	b.Code.KeyID, b.Lease.Owner, b.EndReason = "canary-8", "canary-9", "canary-10"
	b.Memory.Dead = []proctoru.ReservationNo{"990003"}
	if data := write(t, inv).Data; bytes.Contains(data, []byte("canary")) || bytes.Contains(data, []byte("99000")) {
		t.Errorf("the text holds more of the booking than it should:\n%s", data)
	}
}

func TestWrite_refuses(t *testing.T) {
	t.Parallel()
	tests := map[string]func(inv *ical.Invitation){
		"Booking.ID":             func(inv *ical.Invitation) { inv.Booking.ID = "" },
		"Booking.Version":        func(inv *ical.Invitation) { inv.Booking.Version = 0 },
		"Booking.Start":          func(inv *ical.Invitation) { inv.Booking.Start = time.Time{} },
		"Booking.Duration":       func(inv *ical.Invitation) { inv.Booking.Duration = 0 },
		"Booking.Duration, huge": func(inv *ical.Invitation) { inv.Booking.Duration = 8 * 24 * time.Hour },
		"Booking.State":          func(inv *ical.Invitation) { inv.Booking.State = "" },
		"Booking.Exam.Name":      func(inv *ical.Invitation) { inv.Summary, inv.Booking.Exam.Name = "", "" },
		"Stamp":                  func(inv *ical.Invitation) { inv.Stamp = time.Time{} },
		"Zone":                   func(inv *ical.Invitation) { inv.Zone = time.FixedZone("my zone", 3600) },
		"Zone, other clocks":     func(inv *ical.Invitation) { inv.Zone = time.FixedZone("Europe/Paris", 7200) },
		"Zone, not UTC":          func(inv *ical.Invitation) { inv.Zone = time.FixedZone("UTC", 7200) },
		"Organizer.Mail":         func(inv *ical.Invitation) { inv.Organizer.Mail = "" },
		"Organizer.Name":         func(inv *ical.Invitation) { inv.Organizer.Name = "a\nb" },
		"Attendee.Mail":          func(inv *ical.Invitation) { inv.Attendee.Mail = "Ada <ada@example.org>" },
		"Attendee.Name":          func(inv *ical.Invitation) { inv.Attendee.Name = "a\x00b" },
		"Summary":                func(inv *ical.Invitation) { inv.Summary = "a\x1bb" },
		"Description":            func(inv *ical.Invitation) { inv.Description = "a\xffb" },
		"Location":               func(inv *ical.Invitation) { inv.Location = "\x7f" },
		"Attendee.Mail, no host": func(inv *ical.Invitation) { inv.Attendee.Mail = "ada@-ä-.example" },
		"Attendee.Mail, missing": func(inv *ical.Invitation) { inv.Attendee.Mail = "" },
		"Booking.Version, huge":  func(inv *ical.Invitation) { inv.Booking.Version = 1 << 31 },
		"Booking.Start, year":    func(inv *ical.Invitation) { inv.Booking.Start = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"Zone, local":            func(inv *ical.Invitation) { inv.Zone = time.Local },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inv := sample(t)
			spoil(&inv)
			text, err := ical.Write(inv)
			wrong, ok := errors.AsType[*proctorbook.ValidationError](err)
			if !ok || text.Data != nil {
				t.Fatalf("Write = %q, %v, want a ValidationError and nothing written", text.Data, err)
			}
			field, _, _ := strings.Cut(name, ",")
			if len(wrong.Fields) != 1 || wrong.Fields[0].Field != field {
				t.Errorf("problems = %v, want one of %s", wrong.Fields, field)
			}
		})
	}
	_, err := ical.Write(ical.Invitation{})
	if wrong, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || len(wrong.Fields) < 5 {
		t.Errorf("Write of nothing = %v, want every missing field", err)
	}
}

func FuzzWrite(f *testing.F) {
	f.Add("pb-1", int64(4), int64(1_800_000_000), 90, "Logic", "Bring\r\nan id card", "Online", "Ada \"A\" Example", "ada@example.org", "Europe/Paris", true)
	f.Add("pb-1", int64(1), int64(1_792_888_200), 30, "a;b,c:d\\", "\u2028", "\t", "^n", "x@[127.0.0.1]", "America/Santiago", false)
	f.Add("pb-1", int64(1), int64(1_711_846_800), 30, strings.Repeat("é", 80), "", "", "", "", "UTC", false)
	f.Fuzz(func(t *testing.T, id string, version, start int64, minutes int, summary, description, place, name, address, zone string, canceled bool) {
		inv := ical.Invitation{
			Booking: scheduling.Booking{
				ID: scheduling.BookingID(id), Version: version, State: scheduling.StateScheduled,
				Start: time.Unix(start, 0), Duration: time.Duration(minutes) * time.Minute, Exam: scheduling.Exam{Name: summary},
			},
			Stamp: time.Unix(start, 0), Organizer: ical.Person{Mail: "exams@example.org"},
			Attendee: ical.Person{Name: name, Mail: address}, Summary: summary, Description: description, Location: place,
		}
		if canceled {
			inv.Booking.State = scheduling.StateCanceled
		}
		if loc, err := time.LoadLocation(zone); err == nil {
			inv.Zone = loc
		}
		text, err := ical.Write(inv)
		if err != nil {
			return
		}
		event := parse(t, text)
		lines(t, text)
		if got := event.GetProperty("SEQUENCE").Value; got != fmt.Sprint(version) {
			t.Errorf("SEQUENCE = %s, want %d", got, version)
		}
		for n, want := range map[string]bool{"SUMMARY": summary != "", "DESCRIPTION": description != "", "LOCATION": place != "", "ATTENDEE": address != "", "UID": true, "DTSTART": true, "ORGANIZER": true} {
			if got := len(event.GetProperties(propertyName(n))); got > 1 || (got == 1) != want {
				t.Errorf("%d times %s in\n%s", got, n, text.Data)
			}
		}
		if got, err := event.GetStartAt(); err != nil || !got.Equal(inv.Booking.Start) {
			t.Errorf("another reader has the start %v, %v, want %v\n%s", got, err, inv.Booking.Start.UTC(), text.Data)
		}
	})
}

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
