// Package ical writes calendar entries for bookings: an invitation, its updates,
// and its cancellation, as iCalendar text (RFC 5545, RFC 5546) for a mail or a
// download.
//
//	text, err := ical.Write(ical.Invitation{
//		Booking:   booking,      // as the store returned it
//		Stamp:     event.At,     // when this was decided
//		Zone:      zone,         // the learner's; nil for UTC
//		Organizer: ical.Person{Name: "Exam office", Mail: "exams@example.org"},
//		Attendee:  ical.Person{Name: "Ada Example", Mail: "ada@example.org"},
//	})
//	// text.Data, to be sent as text.ContentType()
//
// # Updates find their invitation
//
// The UID is the booking's id, so each entry of one booking replaces the one
// before. The SEQUENCE, by which calendars tell the newer of two, is the
// booking's Version: every store raises it with every write, by
// compare-and-swap, so it never goes back and no two writes share one. The
// Generation would not do: it counts operations, and does not grow with a
// change of the duration, the begin of a session, or an erasure. A Version also
// grows when learners see no change, which does no harm, since only the order
// counts. To send each entry once, mail on the events that [scheduling.EventType] lists as
// booked, moved, canceled, longer and stands again.
//
// Everything in the text comes from the Invitation. Equal input gives equal text.
//
// # Methods
//
// A booking with a proven start is a REQUEST to its attendee. Without an attendee
// it is a PUBLISH, since a REQUEST needs one: right for a file to download,
// though programs take a REQUEST there too: with an attendee it is accepted already. A
// canceled booking is a CANCEL. While a move or a cancel is open, the booking
// stands at its old start, and so does the entry. A booking whose start was never
// proven has no entry: Write returns an error for it.
//
// # Times
//
// With a Zone, start and end are written as wall-clock time with a TZID, and a
// VTIMEZONE defines the zone. Readers of a mail then see the time that the
// learner's clock will show, even in programs that convert nothing. A time that
// the zone shows twice, in the hour that clocks are set back, is written in
// UTC, since a TZID can't tell which of the two is meant.
//
// What the provider holds is an instant. If a country changes its clocks between
// the mail and the exam, wall-clock time in old entries is off by that change,
// and UTC is not: leave Zone nil where that matters more.
//
// # Personal data
//
// The text holds the exam's name, the id and the times of the booking, and what
// the caller passes, and nothing else of the learner: no launch URL, no unlock
// code, no notes for proctors. Line breaks and special characters in any field
// are escaped or refused: no field can add a property or a parameter.
//
// Programs on machines without time zone data import time/tzdata.
package ical
