package main

import (
	"net/http"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// calendarDay is a day on which the exam can begin, or a gap in its week.
type calendarDay struct {
	Date    scheduling.Date
	At      time.Time // its beginning, in the learner's zone; zero for a gap
	Open    bool      // a start is possible by the exam's rules
	Chosen  bool
	Changes bool                 // the clocks change on it
	Mine    []scheduling.Booking // the learner's other exams
}

// part is a part of the day with its free starts.
type part struct {
	Name  string
	Slots []scheduling.Slot
}

// slotsView is what the page of slots shows.
type slotsView struct {
	card
	Weeks   [][]calendarDay
	Day     calendarDay
	Parts   []part
	Count   int
	Before  string // the offset before and after the clocks change
	After   string
	Taken   bool      // the start that was chosen is gone
	Gone    time.Time // which one
	Problem []scheduling.Reason
}

// slotsPage shows the days of the exam, and the free starts of one of them.
func (p *portal) slotsPage(v *visit, c card) error {
	day, _ := scheduling.ParseDate(v.r.FormValue("day")) // without one: the first
	return p.showSlots(v, http.StatusOK, slotsView{card: c}, day)
}

func (p *portal) showSlots(v *visit, status int, view slotsView, day scheduling.Date) error {
	st := view.Status
	action := scheduling.ActionBook
	if view.Booked() {
		action = scheduling.ActionReschedule
	}
	if !st.May(action) || v.NoZone {
		view.Problem = st.Why[action]
		return v.render(status, "slots", view.Exam.Name, view)
	}
	others, err := p.others(v, view.Exam.Key())
	if err != nil {
		return err
	}
	first, last := scheduling.DateOf(st.Earliest, v.zone), scheduling.DateOf(st.Latest, v.zone)
	if day.Compare(first) < 0 || last.Compare(day) < 0 {
		day = first
	}
	view.Weeks = weeks(first, last, day, v.zone, others)
	view.Day = newDay(day, day, v.zone, others)
	view.Before, view.After = v.Offset(view.Day.At), v.Offset(day.AddDays(1).Start(v.zone))
	query := scheduling.SlotQuery{From: day, To: day}
	if view.Booked() {
		query.For = st.Booking
	}
	view.Parts = []part{{Name: "Night"}, {Name: "Morning"}, {Name: "Afternoon"}, {Name: "Evening"}}
	for slot, err := range p.s.Slots(v.ctx(), view.Exam, v.learner.ID, query) {
		if err != nil {
			return err
		}
		at := slot.Start.In(v.zone).Hour() / 6
		view.Parts[at].Slots = append(view.Parts[at].Slots, slot)
		view.Count++
	}
	return v.render(status, "slots", view.Exam.Name, view)
}

// newDay looks whether the clocks change on the day.
func newDay(d, chosen scheduling.Date, zone *time.Location, others map[scheduling.Date][]scheduling.Booking) calendarDay {
	at := d.Start(zone)
	_, offset := at.Zone()
	_, next := d.AddDays(1).Start(zone).Zone()
	return calendarDay{Date: d, At: at, Open: true, Chosen: d == chosen, Changes: offset != next, Mine: others[d]}
}

// maxWeeks bounds the calendar of an exam that is open for very long.
const maxWeeks = 10

// weeks returns the days from first to last in weeks from Monday on.
func weeks(first, last, chosen scheduling.Date, zone *time.Location, others map[scheduling.Date][]scheduling.Booking) [][]calendarDay {
	day := first.AddDays(-(int(first.Start(zone).Weekday()) + 6) % 7)
	var all [][]calendarDay
	for len(all) < maxWeeks && day.Compare(last) <= 0 {
		var week []calendarDay
		for range 7 {
			d := newDay(day, chosen, zone, others)
			d.Open = day.Compare(first) >= 0 && day.Compare(last) <= 0
			week = append(week, d)
			day = day.AddDays(1)
		}
		all = append(all, week)
	}
	return all
}
