package ical

import (
	"math"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/proctorbook/proctorbook"
)

// problems collects what is wrong with an invitation.
type problems []proctorbook.FieldError

func (p *problems) check(ok bool, field, problem string) {
	if !ok {
		*p = append(*p, proctorbook.FieldError{Field: field, Problem: problem})
	}
}

// check returns the zone to write times in, nil for UTC, or what is wrong.
func (inv Invitation) check() (*time.Location, error) {
	var p problems
	inv.checkBooking(&p)
	p.check(year(inv.Stamp), "Stamp", "is missing, or not in the years 1970 to 9999")
	p.person("Organizer", inv.Organizer)
	p.check(inv.Organizer.Mail != "", "Organizer.Mail", "is missing")
	p.person("Attendee", inv.Attendee)
	p.check(inv.Attendee.Name == "" || inv.Attendee.Mail != "", "Attendee.Mail", "is missing")
	p.text("Summary", inv.Summary)
	p.text("Description", inv.Description)
	p.text("Location", inv.Location)
	zone, ok := named(inv.Zone, inv.Booking.Start, inv.Booking.End())
	p.check(ok, "Zone", "is not the zone of that IANA name: load the learner's zone by its name, such as Europe/Paris")
	if len(p) > 0 {
		return nil, &proctorbook.ValidationError{Op: "ical: Write", Fields: p}
	}
	return zone, nil
}

func (inv Invitation) checkBooking(p *problems) {
	b := inv.Booking
	p.check(b.ID != "", "Booking.ID", "is missing")
	p.check(!strings.ContainsFunc(string(b.ID), unicode.IsControl) && utf8.ValidString(string(b.ID)), "Booking.ID", "holds a control character")
	p.check(b.Version > 0, "Booking.Version", "is not set: use the booking as the store returned it")
	p.check(b.Version <= math.MaxInt32, "Booking.Version", "is more than a SEQUENCE can be")
	p.check(!b.Start.IsZero(), "Booking.Start", "is not proven: there is nothing to put into a calendar")
	p.check(b.Start.IsZero() || year(b.Start) && year(b.End()), "Booking.Start", "is not in the years 1970 to 9999")
	p.check(b.Duration > 0 && b.Duration <= maxDuration && b.Duration%time.Second == 0, "Booking.Duration", "is not whole seconds, up to a week")
	p.check(b.State != "", "Booking.State", "is missing")
	if inv.Summary == "" {
		p.check(b.Exam.Name != "", "Booking.Exam.Name", "is empty, and there is no Summary")
		p.text("Booking.Exam.Name", b.Exam.Name)
	}
}

// maxDuration bounds an entry: each change of the clocks within it takes some lines.
const maxDuration = 7 * 24 * time.Hour

// year reports whether the instant can be written, in any zone.
func year(at time.Time) bool {
	return !at.IsZero() && at.Add(-24*time.Hour).UTC().Year() >= 1970 && at.Add(24*time.Hour).UTC().Year() <= 9999
}

// text refuses what no text value may hold. Line breaks are escaped later.
func (p *problems) text(field, text string) {
	p.check(utf8.ValidString(text), field, "is not valid UTF-8")
	p.check(!strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' && r != '\u0085'
	}), field, "holds a control character other than line break and tab")
}

func (p *problems) person(field string, who Person) {
	p.check(utf8.ValidString(who.Name), field+".Name", "is not valid UTF-8")
	p.check(!strings.ContainsFunc(who.Name, lineOrControl), field+".Name", "holds a line break or another control character")
	p.check(!strings.Contains(who.Name, `\`), field+".Name", "holds a backslash, which calendars read in different ways")
	address, err := mail.ParseAddress(who.Mail)
	p.check(who.Mail == "" || err == nil && address.Name == "" && address.Address == who.Mail && !strings.ContainsFunc(who.Mail, lineOrControl),
		field+".Mail", "is not a bare mail address, such as ada@example.org")
	_, ok := hostOf(who.Mail)
	p.check(ok, field+".Mail", "has a domain that no DNS name can be")
}

func lineOrControl(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}

// zoneName matches IANA names. They may stand in a parameter as they are.
var zoneName = regexp.MustCompile(`^[A-Za-z0-9_+/-]+$`)

// named loads the zone anew by its name. Programs that read the entry go by the
// name, so it must mean the same zone. It returns nil for UTC.
func named(zone *time.Location, times ...time.Time) (*time.Location, bool) {
	if zone == nil || zone == time.UTC || zone.String() == "UTC" {
		return nil, zone == nil || agree(zone, time.UTC, times)
	}
	if zone == time.Local || !zoneName.MatchString(zone.String()) {
		return nil, false
	}
	loaded, err := time.LoadLocation(zone.String())
	return loaded, err == nil && agree(zone, loaded, times)
}

func agree(a, b *time.Location, times []time.Time) bool {
	for _, t := range times {
		if offsetAt(t, a) != offsetAt(t, b) {
			return false
		}
	}
	return true
}
