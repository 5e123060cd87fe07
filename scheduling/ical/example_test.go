package ical_test

import (
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/ical"
)

// The booking comes from the store, or from Book, Reschedule and Cancel.
func ExampleWrite() {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		log.Fatal(err)
	}
	booking := scheduling.Booking{
		ID: "pb-k3v9x2m1-0d4q7sz8", Version: 4, State: scheduling.StateScheduled,
		Exam: scheduling.Exam{Name: "Logic, final exam"}, Duration: 90 * time.Minute,
		Start: time.Date(2027, 1, 12, 8, 0, 0, 0, time.UTC),
	}
	text, err := ical.Write(ical.Invitation{
		Booking:     booking,
		Stamp:       time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC),
		Zone:        zone,
		Organizer:   ical.Person{Name: "Exam office", Mail: "exams@example.org"},
		Attendee:    ical.Person{Name: "Ada Example", Mail: "ada@example.org"},
		Description: "Have your identity card at hand.\nhttps://exams.example.org/bookings",
		Location:    "Online",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(text.ContentType())
	fmt.Print(strings.ReplaceAll(string(text.Data), "\r\n", "\n"))
	// Output:
	// text/calendar; charset=utf-8; method=REQUEST
	// BEGIN:VCALENDAR
	// VERSION:2.0
	// PRODID:-//proctorbook//scheduling/ical//EN
	// METHOD:REQUEST
	// BEGIN:VTIMEZONE
	// TZID:Europe/Paris
	// BEGIN:DAYLIGHT
	// DTSTART:20260329T020000
	// TZOFFSETFROM:+0100
	// TZOFFSETTO:+0200
	// TZNAME:CEST
	// END:DAYLIGHT
	// BEGIN:STANDARD
	// DTSTART:20261025T030000
	// TZOFFSETFROM:+0200
	// TZOFFSETTO:+0100
	// TZNAME:CET
	// END:STANDARD
	// END:VTIMEZONE
	// BEGIN:VEVENT
	// UID:pb-k3v9x2m1-0d4q7sz8
	// SEQUENCE:4
	// DTSTAMP:20270107T080000Z
	// DTSTART;TZID=Europe/Paris:20270112T090000
	// DTEND;TZID=Europe/Paris:20270112T103000
	// STATUS:CONFIRMED
	// SUMMARY:Logic\, final exam
	// DESCRIPTION:Have your identity card at hand.\nhttps://exams.example.org/boo
	//  kings
	// LOCATION:Online
	// ORGANIZER;CN="Exam office":mailto:exams@example.org
	// ATTENDEE;CN="Ada Example";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE
	//  :mailto:ada@example.org
	// TRANSP:OPAQUE
	// END:VEVENT
	// END:VCALENDAR
}
