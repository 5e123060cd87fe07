package ical

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Person is the organizer or the attendee of a calendar entry.
type Person struct {
	Name string // as calendars show it; optional
	Mail string // the bare address, such as "exams@example.org"
}

// Format prints nothing of the person, for every verb.
func (Person) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "ical.Person") }

// LogValue returns nothing of the person.
func (Person) LogValue() slog.Value { return slog.StringValue("ical.Person") }

// Invitation is everything that a calendar entry is made from. It prints without it.
type Invitation struct {
	Booking scheduling.Booking // as the store returned it, with a proven start
	Stamp   time.Time          // when this entry was decided, such as the event's At; required
	Zone    *time.Location     // the learner's zone, by its IANA name; nil for UTC

	Organizer Person // whom to ask: the exam office; Mail is required
	Attendee  Person // the learner; optional

	Summary     string // title; empty = the exam's name
	Description string // text of several lines; optional
	Location    string // optional
}

// Format prints the booking's id alone, for every verb.
func (inv Invitation) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, inv.summary()) }

// LogValue returns the booking's id alone.
func (inv Invitation) LogValue() slog.Value { return slog.StringValue(inv.summary()) }

func (inv Invitation) summary() string {
	return fmt.Sprintf("invitation to booking %q", inv.Booking.ID)
}

// Method is what an entry asks a calendar to do.
type Method string

// The methods.
const (
	MethodRequest Method = "REQUEST" // put it into the attendee's calendar, or update it there
	MethodPublish Method = "PUBLISH" // the same, without an attendee
	MethodCancel  Method = "CANCEL"  // mark it as canceled
)

// Text is a calendar entry that is ready to be sent.
type Text struct {
	Method Method // what the entry asks for, as the MIME type names it
	Data   []byte // UTF-8, lines end in CRLF
}

// Format prints the method alone, for every verb.
func (t Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.summary()) }

// LogValue returns the method alone.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.summary()) }

func (t Text) summary() string { return fmt.Sprintf("calendar entry, %q", string(t.Method)) }

// ContentType returns the MIME type, which mail programs want to name the method.
func (t Text) ContentType() string {
	return "text/calendar; charset=utf-8; method=" + string(t.Method)
}

// Write returns the calendar entry of the booking as it stands. It returns a
// [*proctorbook.ValidationError] that names each wrong field.
func Write(inv Invitation) (Text, error) {
	zone, err := inv.check()
	if err != nil {
		return Text{}, err
	}
	var w writer
	w.line("BEGIN", "", "VCALENDAR")
	w.line("VERSION", "", "2.0")
	w.line("PRODID", "", "-//proctorbook//scheduling/ical//EN")
	w.line("METHOD", "", string(inv.method()))
	start, end := inv.Booking.Start, inv.Booking.End()
	if zone != nil && (twice(start, zone) || twice(end, zone)) {
		zone = nil
	}
	if zone != nil {
		w.zone(zone, start, end)
	}
	inv.event(&w, zone)
	w.line("END", "", "VCALENDAR")
	return Text{Method: inv.method(), Data: w.data}, nil
}

func (inv Invitation) method() Method {
	switch {
	case inv.canceled():
		return MethodCancel
	case inv.Attendee.Mail == "":
		return MethodPublish
	}
	return MethodRequest
}

func (inv Invitation) canceled() bool {
	return inv.Booking.State == scheduling.StateCanceled || inv.Booking.State == scheduling.StateVoid
}

// event writes the VEVENT.
func (inv Invitation) event(w *writer, zone *time.Location) {
	b := inv.Booking
	status, summary := "CONFIRMED", inv.Summary
	if inv.canceled() {
		status = "CANCELLED"
	}
	if summary == "" {
		summary = b.Exam.Name
	}
	w.line("BEGIN", "", "VEVENT")
	w.line("UID", "", escape(string(b.ID)))
	w.line("SEQUENCE", "", strconv.FormatInt(b.Version, 10))
	w.line("DTSTAMP", "", inv.Stamp.UTC().Format(utcForm))
	w.time("DTSTART", b.Start, zone)
	w.time("DTEND", b.End(), zone)
	w.line("STATUS", "", status)
	w.text("SUMMARY", summary)
	w.text("DESCRIPTION", inv.Description)
	w.text("LOCATION", inv.Location)
	w.line("ORGANIZER", inv.Organizer.name(), mailto(inv.Organizer.Mail))
	if inv.Attendee.Mail != "" {
		// The learner asked for this slot: there is nothing to accept.
		role := ";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE"
		w.line("ATTENDEE", inv.Attendee.name()+role, mailto(inv.Attendee.Mail))
	}
	w.line("TRANSP", "", "OPAQUE")
	w.line("END", "", "VEVENT")
}

// name returns the person's name as a parameter. RFC 6868 says how quotes are
// written in one.
func (p Person) name() string {
	if p.Name == "" {
		return ""
	}
	return `;CN="` + strings.NewReplacer("^", "^^", `"`, "^'").Replace(p.Name) + `"`
}
