package page

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

//go:embed page.html
var pageHTML string

//go:embed style.css
var styleCSS []byte

var pages = template.Must(template.New("page").Parse(pageHTML))

// view is what the template shows.
type view struct {
	Exam    string   // its title
	Say     []string // sentences
	Refresh int      // seconds after which the browser looks again; 0 is never
	Back    bool     // a link to the first page

	Profile bool // a form for what is missing of the learner

	Booked string // when the sitting is
	Slots  *slots // free times
	Cancel bool   // the learner may cancel
	Sure   bool   // and is asked whether they want to
	Begin  string // what the button to begin says; "" for none
	Launch string // the way to the proctor
	Code   bool   // a form for the code
	Left   string // of the time
}

// slots are the free times of one day.
type slots struct {
	Action string // what the buttons do: book or move
	Zone   string
	Day    string // that they are of, in words; "" for no free time
	From   string // the first day that was looked at, as forms write it
	Next   string // the next day with free times; "" if there is none in reach
	Times  []slot
}

type slot struct {
	Start string // as forms send it
	Text  string
	Busy  bool // another exam of the learner is in the way
}

// style answers with the style sheet.
func (v *visit) style() {
	v.w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = v.w.Write(styleCSS)
}

// answer writes a page.
func (v *visit) answer(status int, page view) {
	var text bytes.Buffer
	if err := pages.Execute(&text, page); err != nil {
		v.log.ErrorContext(v.r.Context(), "page: the template failed", slog.Any("error", err))
		http.Error(v.w, "Something went wrong here.", http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(text.Bytes()) // to a browser that may have gone
}

// show answers with the first page, below sentences.
func (v *visit) show(status int, sentence string, more ...string) {
	v.render(status, func(page *view) {
		if sentence != "" {
			page.Say = append(append([]string{sentence}, more...), page.Say...)
			page.Refresh = 0 // which would take the sentence away
		}
	})
}

// askCancel asks whether to cancel, and says what it means.
func (v *visit) askCancel() {
	v.render(http.StatusOK, func(page *view) {
		page.Sure, page.Slots, page.Begin, page.Back = page.Cancel, nil, "", true
	})
}

// render answers with the page as the sitting is now, and with what change adds.
func (v *visit) render(status int, change func(*view)) {
	page, err := v.first()
	if err != nil {
		v.log.WarnContext(v.r.Context(), "page: the sitting can't be shown", slog.String("attempt", shown.ID(v.Attempt)), slog.Any("error", err))
		status = http.StatusServiceUnavailable
		page.Say = append(page.Say, "This does not work at the moment. Please load the page again in a minute.")
	}
	change(&page)
	v.answer(status, page)
}

// first makes the first page.
func (v *visit) first() (view, error) {
	ctx := v.r.Context()
	s, err := v.provider.Sitting(ctx, v.Attempt)
	switch {
	case errors.Is(err, openedx.ErrNotIdentified):
		return view{Refresh: 30, Say: []string{"We are asking your course platform who you are. This page looks again by itself. If it stays so for some minutes, please tell your exam office."}}, nil
	case errors.Is(err, openedx.ErrNotOffered):
		return view{Say: []string{"This exam can't be booked yet. Please tell your exam office."}}, nil
	case errors.Is(err, openedx.ErrRetired), errors.Is(err, backend.ErrNotFound):
		return view{Say: []string{"This attempt at the exam is no longer there. Please go back to your exam on your course platform."}}, nil
	case err != nil:
		return view{}, err
	}
	page := view{Exam: s.Exam.Name}
	status, err := v.scheduler.Status(ctx, s.Exam, s.Learner)
	if err != nil {
		return page, err
	}
	learner, err := v.store.Learner(ctx, s.Learner, 0)
	if errors.Is(err, scheduling.ErrNotFound) {
		err = fmt.Errorf("page: the store that New was given has no record of the learner: is it the Scheduler's? %w", err)
	}
	if err != nil {
		return page, err
	}
	if incomplete(status) {
		page.Profile = true
		page.Say = append(page.Say, "Before you book, the proctors need to know how to reach you.")
		return page, nil
	}
	zone, err := learner.Location()
	if err != nil {
		page.Profile = true
		page.Say = append(page.Say, "We do not know your time zone. Please fill in the form.")
		return page, nil
	}
	gone := slices.Contains([]scheduling.State{"", scheduling.StateCanceled, scheduling.StateFailed, scheduling.StateVoid}, s.Booking.State)
	if gone || status.Booking != s.Booking.ID || status.May(scheduling.ActionBook) {
		return page, v.unbooked(&page, s, status, zone)
	}
	return page, v.booked(&page, s, status, zone)
}

// incomplete reports whether the learner has to fill in the form first.
func incomplete(status scheduling.Status) bool {
	return hasReason(status.Why[scheduling.ActionBook], scheduling.ReasonProfileIncomplete)
}

func hasReason(reasons []scheduling.Reason, code scheduling.ReasonCode) bool {
	return slices.ContainsFunc(reasons, func(r scheduling.Reason) bool { return r.Code == code })
}

// unbooked shows free times, or why nothing can be booked, below what became of the last
// booking.
func (v *visit) unbooked(page *view, s openedx.Sitting, status scheduling.Status, zone *time.Location) (err error) {
	if last := ended(s.Booking, zone); last != "" {
		page.Say = append(page.Say, last)
	}
	if !s.Attempt.Submitted.IsZero() {
		page.Say = append(page.Say, "You have submitted the exam.")
		return nil
	}
	if !status.May(scheduling.ActionBook) {
		page.Say = append(append(page.Say, "The exam can't be booked now."), sentences(status.Why[scheduling.ActionBook])...)
		return nil
	}
	page.Slots, err = v.slots("book", s, "", status, zone)
	return err
}

// booked shows the booking, and what the learner may do with it.
func (v *visit) booked(page *view, s openedx.Sitting, status scheduling.Status, zone *time.Location) (err error) {
	if !status.StartsAt.IsZero() {
		page.Booked = fmt.Sprintf("%s to %s (%s)", status.StartsAt.In(zone).Format(dayAndTime), status.EndsAt.In(zone).Format("15:04"), zone)
	}
	if status.Intent != "" || status.NeedsAttention != nil {
		page.Refresh = 20
		page.Say = append(page.Say, "We are checking your booking with the exam provider. This page looks again by itself. Please do not book anew.")
	}
	page.Cancel = status.May(scheduling.ActionCancel)
	switch s.Booking.State {
	case scheduling.StateScheduled:
		return v.scheduled(page, s, status, zone)
	case scheduling.StateBegun:
		page.Begin, page.Code = "Open the way to the proctor again", true
		page.Say = append(page.Say, "Your session has begun. When the proctor asks for it, let them type the code here.")
		if opens := s.Booking.Window.Start; hasReason(status.Why[scheduling.ActionUnlock], scheduling.ReasonWindowNotOpen) {
			page.Say = append(page.Say, "The exam opens on "+opens.In(zone).Format(dayAndTime)+": the code is not taken before.")
		}
	case scheduling.StateUnlocked:
		if status.TimeOver {
			page.Say = append(page.Say, "Your time is over. If you could not sit the exam, please tell your exam office.")
			break
		}
		page.Left, page.Refresh = left(status.Remaining), 30
		page.Say = append(page.Say, "The exam is unlocked. Go to it on your course platform; it may take a minute until it opens there.")
		if status.May(scheduling.ActionBegin) {
			page.Begin = "Open the way to the proctor again"
		}
	case scheduling.StateFinished:
		page.Say = append(page.Say, "You have finished the exam.")
	case scheduling.StateNoShow:
		page.Say = append(page.Say, "You did not come to this sitting. Please tell your exam office.")
	}
	return nil
}

// scheduled shows what may be done before the session begins.
func (v *visit) scheduled(page *view, s openedx.Sitting, status scheduling.Status, zone *time.Location) (err error) {
	moved, err := v.moved(v.r.Context(), s.Booking, zone)
	if err != nil {
		return err
	}
	if moved != "" {
		page.Say = append(page.Say, moved)
	}
	if status.MoveRefusal != "" {
		page.Say = append(page.Say, because("The new time was refused, and the old one stands.", status.MoveRefusal))
	}
	switch {
	case status.May(scheduling.ActionBegin):
		page.Begin = "Begin"
	case !status.StartableAt.IsZero():
		page.Say = append(page.Say, "You can begin from "+status.StartableAt.In(zone).Format(dayAndTime)+" on.")
	}
	if status.May(scheduling.ActionCancel) {
		page.Say = append(page.Say, terms("Canceling", status.Terms[scheduling.ActionCancel], zone)...)
	}
	if !status.May(scheduling.ActionReschedule) {
		return nil
	}
	page.Say = append(page.Say, terms("Moving", status.Terms[scheduling.ActionReschedule], zone)...)
	page.Slots, err = v.slots("move", s, s.Booking.ID, status, zone)
	return err
}

const (
	dayAndTime = "Monday, 2 January 2006, 15:04"
	dayAlone   = "Monday, 2 January 2006"
	reach      = 31 // days that one page looks at
)

// slots are the free times of the first day that has any, from the day on that was asked
// for. Of a provider that can't be asked the page shows the rest.
func (v *visit) slots(action string, s openedx.Sitting, moved scheduling.BookingID, status scheduling.Status, zone *time.Location) (*slots, error) {
	from, err := scheduling.ParseDate(v.r.FormValue("from"))
	if first := scheduling.DateOf(status.Earliest, zone); err != nil || from.Compare(first) < 0 {
		from = first
	}
	to := from.AddDays(reach)
	found := &slots{Action: action, Zone: zone.String(), From: from.String()}
	var day scheduling.Date
	for x, err := range v.scheduler.Slots(v.r.Context(), s.Exam, s.Learner, scheduling.SlotQuery{From: from, To: to, For: moved}) {
		if err != nil {
			return found, err
		}
		at := scheduling.DateOf(x.Start, zone)
		if day.IsZero() {
			day, found.Day = at, x.Start.In(zone).Format(dayAlone)
		}
		if at != day {
			found.Next = at.String()
			return found, nil
		}
		if !x.Current {
			found.Times = append(found.Times, slot{
				Start: x.Start.Format(time.RFC3339), Busy: x.Conflict != "",
				Text: x.Start.In(zone).Format("15:04") + " to " + x.End.In(zone).Format("15:04"),
			})
		}
	}
	if next := to.AddDays(1); status.Latest.IsZero() || next.Compare(scheduling.DateOf(status.Latest, zone)) <= 0 {
		found.Next = next.String()
	}
	return found, nil
}
