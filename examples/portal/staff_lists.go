package main

import (
	"cmp"
	"io"
	"net/http"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
)

// notBookedView is who may book and has not.
type notBookedView struct {
	Exam  offered
	Exams []offered
	Rows  []lists.NotBookedRow
	More  bool // the list is longer than the page
	Down  bool // the platform did not give it
}

// notBookedMost bounds the page: the file has all.
const notBookedMost = 100

// notBookedPage lists the verified learners without a booking.
func (p *portal) notBookedPage(v *visit) error {
	view := notBookedView{Exam: p.chosen(v), Exams: p.Exams}
	for row, err := range readable(lists.NotBooked(v.ctx(), p.store, p.platform, view.Exam.Exam)) {
		if err != nil {
			p.log.Warn("the list of who has not booked failed", "error", err)
			view.Down = true
			break
		}
		if view.More = len(view.Rows) == notBookedMost; view.More {
			break
		}
		view.Rows = append(view.Rows, row)
	}
	return v.show(http.StatusOK, "notbooked", "Not booked yet", view)
}

func (p *portal) notBookedCSV(v *visit) error {
	exam := p.chosen(v)
	return v.attach("not-booked", exam.Exam.Key(), func(w io.Writer) error {
		return lists.WriteNotBookedCSV(w, readable(lists.NotBooked(v.ctx(), p.store, p.platform, exam.Exam)), lists.WithBOM())
	})
}

// chosen is the exam that the form names, or the first one.
func (p *portal) chosen(v *visit) offered {
	if exam, ok := named(p.Exams, v.r.FormValue("exam")); ok {
		return exam
	}
	return p.Exams[0]
}

// discrepanciesView is where we and the provider differ.
type discrepanciesView struct {
	From, To time.Time
	Rows     []lists.Discrepancy
	Down     bool
}

// compared is the time that is compared: three weeks back, and two ahead. The report
// is read in steps of eight days.
func (p *portal) compared(v *visit) lists.DiscrepancyQuery {
	today := scheduling.DateOf(v.Now, v.zone)
	lag := cmp.Or(p.Tuning.EvidenceLag, scheduling.DefaultTuning().EvidenceLag)
	return lists.DiscrepancyQuery{From: today.AddDays(-21).Start(v.zone), To: today.AddDays(14).Start(v.zone), QuietSince: v.Now.Add(-lag)}
}

// discrepanciesPage compares our bookings with the provider's report.
func (p *portal) discrepanciesPage(v *visit) error {
	q := p.compared(v)
	view := discrepanciesView{From: q.From, To: q.To}
	for row, err := range readable(lists.Discrepancies(v.ctx(), p.store, p.provider, q)) {
		if err != nil {
			p.log.Warn("the comparison with the provider's report failed", "error", err)
			view.Down = true
			break
		}
		view.Rows = append(view.Rows, row)
	}
	return v.show(http.StatusOK, "discrepancies", "Discrepancies", view)
}

func (p *portal) discrepanciesCSV(v *visit) error {
	return v.attach("discrepancies", p.Exams[0].Exam.Key(), func(w io.Writer) error {
		return lists.WriteDiscrepanciesCSV(w, readable(lists.Discrepancies(v.ctx(), p.store, p.provider, p.compared(v))), lists.WithBOM())
	})
}
