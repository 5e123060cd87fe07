package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
)

// sessionsPerPage bounds a page of the list.
const sessionsPerPage = 20

// sessionRow is a booking with whose it is.
type sessionRow struct {
	lists.SessionRow
	Name       string // of the learner; the id if the record is gone
	Unreadable bool
}

// Seen is when the provider last told something of the booking: its list, its report,
// or its answer to a request.
func (r sessionRow) Seen() time.Time {
	return slices.MaxFunc([]time.Time{r.Booking.SeenActive, r.Booking.Session.ReadAt, r.Booking.Memory.ProvenAt}, time.Time.Compare)
}

// sessionsView is what the list of sessions shows.
type sessionsView struct {
	Rows                    []sessionRow
	Exams                   []offered
	States                  []scheduling.State
	Exam, State, Search     string
	From, To                string
	Attention               bool
	Next, CSV               string // addresses; "" if there is none
	Continued               bool   // the first rows are on an earlier page
	Counts                  []lists.ExamCounts
	Unknown                 bool // nobody has the name that was searched for
	Total, NeedingAttention int
}

// sessionsPage lists bookings with what is known of their sessions.
func (p *portal) sessionsPage(v *visit) error {
	view := p.sessionsView(v)
	query, err := p.sessionQuery(v, view)
	if view.Unknown = errors.Is(err, scheduling.ErrNotFound); err == nil {
		err = p.readSessions(v, &view, query)
	}
	if err != nil && !view.Unknown {
		return err
	}
	view.Counts, err = lists.Counts(v.ctx(), p.store, scheduling.Filter{})
	if _, unreadable := errors.AsType[*scheduling.UnreadableError](err); err != nil && !unreadable {
		return err
	}
	for _, c := range view.Counts {
		view.Total += c.Bookings
		view.NeedingAttention += c.NeedsAttention
	}
	return v.show(http.StatusOK, "sessions", "Sessions", view)
}

func (p *portal) sessionsView(v *visit) sessionsView {
	form, rest := v.r.URL.Query(), v.r.URL.Query()
	rest.Del("after")
	return sessionsView{
		Exams: p.Exams, States: stateOrder, Exam: form.Get("exam"), State: form.Get("state"), Search: strings.TrimSpace(form.Get("q")),
		From: form.Get("from"), To: form.Get("to"), Attention: form.Get("attention") != "", Continued: form.Get("after") != "",
		CSV: "/staff/sessions.csv?" + rest.Encode(),
	}
}

// readSessions reads one page, and where the next one begins.
func (p *portal) readSessions(v *visit, view *sessionsView, query lists.SessionQuery) error {
	query.After = scheduling.BookingID(v.r.FormValue("after"))
	for row, err := range lists.Sessions(v.ctx(), p.store, query) {
		_, unreadable := errors.AsType[*scheduling.UnreadableError](err)
		if err != nil && !unreadable {
			return err
		}
		if len(view.Rows) == sessionsPerPage {
			next := v.r.URL.Query()
			next.Set("after", string(view.Rows[len(view.Rows)-1].Booking.ID))
			view.Next = "/staff?" + next.Encode()
			return nil
		}
		view.Rows = append(view.Rows, sessionRow{SessionRow: row, Name: p.nameOf(v, row.Booking.Learner), Unreadable: unreadable})
	}
	return nil
}

// sessionQuery makes a query of the form. What is searched for is a booking's id, a
// provider's number, or a user name; it is ErrNotFound if there is nothing of that name.
func (p *portal) sessionQuery(v *visit, view sessionsView) (q lists.SessionQuery, err error) {
	if exam, ok := named(p.Exams, view.Exam); ok {
		q.Exam = exam.Exam.Key()
	}
	if view.State != "" {
		q.States = []scheduling.State{scheduling.State(view.State)}
	}
	if day, err := scheduling.ParseDate(view.From); err == nil {
		q.StartFrom = day.Start(v.zone)
	}
	if day, err := scheduling.ParseDate(view.To); err == nil {
		q.StartUntil = day.AddDays(1).Start(v.zone)
	}
	q.NeedsAttention = view.Attention
	if view.Search != "" {
		q.Learner, err = p.search(v, view.Search)
	}
	return q, err
}

// search finds the learner of what was typed.
func (p *portal) search(v *visit, text string) (scheduling.LearnerID, error) {
	if b, err := p.store.Get(v.ctx(), scheduling.BookingID(text)); err == nil {
		return b.Learner, nil
	}
	if l, err := p.store.LearnerByUsername(v.ctx(), text); !errors.Is(err, scheduling.ErrNotFound) {
		return l.ID, err
	}
	for b, err := range p.store.List(v.ctx(), scheduling.Filter{}) {
		if err == nil && b.Number == proctoru.ReservationNo(text) {
			return b.Learner, nil
		}
	}
	return "", scheduling.ErrNotFound
}

// nameOf returns the learner's name, or the id if there is no record any more.
func (p *portal) nameOf(v *visit, id scheduling.LearnerID) string {
	l, err := p.store.Learner(v.ctx(), id, 0)
	if err != nil || l.Name == "" {
		return string(id)
	}
	return l.Name
}

// sessionsCSV is the whole list that the page shows a part of.
func (p *portal) sessionsCSV(v *visit) error {
	query, err := p.sessionQuery(v, p.sessionsView(v))
	if err != nil {
		return err
	}
	return v.attach("sessions", p.Exams[0].Exam.Key(), func(w io.Writer) error {
		return lists.WriteSessionsCSV(w, readable(lists.Sessions(v.ctx(), p.store, query)), lists.WithBOM())
	})
}

// attach answers with a file for a spreadsheet. It is complete before the first byte goes
// out: half a file looks like a whole one.
func (v *visit) attach(list string, exam scheduling.ExamKey, write func(io.Writer) error) error {
	var file bytes.Buffer
	if err := write(&file); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+lists.CSVName(list, exam, v.Now)+`"`)
	_, _ = file.WriteTo(v.w) // who has left needs no answer
	return nil
}

// attentionRow is a booking that waits for a person.
type attentionRow struct {
	scheduling.Explanation
	Name string
}

// attentionPage lists what needs a person, why, and what to do.
func (p *portal) attentionPage(v *visit) error {
	var rows []attentionRow
	for b, err := range readable(p.store.List(v.ctx(), scheduling.Filter{NeedsAttention: true})) {
		if err != nil {
			return err
		}
		e, err := p.s.Staff.Explain(v.ctx(), b.ID)
		if err != nil {
			return err
		}
		rows = append(rows, attentionRow{e, p.nameOf(v, b.Learner)})
	}
	return v.show(http.StatusOK, "attention", "Needs attention", rows)
}
