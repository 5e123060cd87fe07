package page

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/problem"
)

// Page serves the pages. It is safe for use by many goroutines.
type Page struct{ *parts }

// parts is what a Page works with. It is behind a pointer, so that a copy of a Page is
// printed as the Page is.
type parts struct {
	provider  *openedx.Provider
	scheduler *scheduling.Scheduler
	store     scheduling.Store
	log       *slog.Logger
}

// Option sets a property of a [Page]. New fails with an invalid one.
type Option func(*parts) error

// WithLogger sets the logger. Records hold ids and errors, and nothing personal. Default:
// no log.
func WithLogger(l *slog.Logger) Option {
	return func(p *parts) error {
		if l == nil {
			return errors.New("page: WithLogger: nil logger")
		}
		p.log = l
		return nil
	}
}

// New returns the pages for the learners of the provider. The scheduler and the store of
// its bookings are those with which the provider was made.
func New(provider *openedx.Provider, s *scheduling.Scheduler, store scheduling.Store, opts ...Option) (*Page, error) {
	if provider == nil || s == nil || store == nil {
		return nil, errors.New("page: New: nil provider, scheduler or store")
	}
	p := &parts{provider: provider, scheduler: s, store: store, log: slog.New(slog.DiscardHandler)}
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("page: New: an option is nil")
		}
		if err := opt(p); err != nil {
			return nil, err
		}
	}
	return &Page{p}, nil
}

// Format prints no more than the type, for every verb.
func (p Page) Format(f fmt.State, _ rune) { fmt.Fprint(f, "page.Page") }

// visit is one request.
type visit struct {
	*parts
	openedx.Visit
	w http.ResponseWriter
	r *http.Request
}

// routes are the pages and what their forms do.
var routes = map[string]func(*visit){
	"GET /":          func(v *visit) { v.show(http.StatusOK, "") },
	"GET /style.css": (*visit).style,
	"GET /cancel":    (*visit).askCancel,
	"POST /profile":  (*visit).profile,
	"POST /book":     (*visit).book,
	"POST /move":     (*visit).move,
	"POST /cancel":   (*visit).cancel,
	"POST /begin":    (*visit).begin,
	"POST /unlock":   (*visit).unlock,
}

const maxFormBytes = 8 << 10

// Serve is the [openedx.PageFunc] of the pages.
func (p *Page) Serve(w http.ResponseWriter, r *http.Request, at openedx.Visit) {
	do, known := routes[r.Method+" "+r.URL.Path]
	v := &visit{parts: p.parts, Visit: at, w: w, r: r}
	if !known {
		v.answer(http.StatusNotFound, view{Say: []string{"There is no such page."}, Back: true})
		return
	}
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
		if r.ParseForm() != nil {
			v.show(http.StatusBadRequest, "What was sent can't be read. Please try again.")
			return
		}
	}
	do(v)
}

// done leads back to the first page, or shows there why nothing was done. A form that was
// sent, and whose outcome is not known yet, is done: the page says that it is checked.
func (v *visit) done(err error) {
	if _, pending := errors.AsType[*scheduling.PendingError](err); err == nil || pending {
		http.Redirect(v.w, v.r, v.Root, http.StatusSeeOther)
		return
	}
	v.log.WarnContext(v.r.Context(), "page: a learner's request was not done", slog.String("attempt", shown.ID(v.Attempt)), slog.Any("error", err))
	for _, of := range []error{openedx.ErrNotIdentified, openedx.ErrNotOffered, openedx.ErrRetired} {
		if errors.Is(err, of) {
			v.show(http.StatusConflict, "") // the page itself says why
			return
		}
	}
	p := problem.Of(err)
	switch {
	case errors.Is(err, backend.ErrRefused):
		p = problem.Problem{Status: http.StatusConflict, Detail: "You have submitted the exam."}
	case errors.Is(err, backend.ErrNotFound), errors.Is(err, scheduling.ErrNotFound):
		p = problem.Problem{Status: http.StatusNotFound, Detail: "There is no booking for that. Please look what is booked now."}
	}
	v.show(p.Status, p.Detail, why(p)...)
}

// start reads the start that was chosen.
func (v *visit) start() (time.Time, bool) {
	start, err := time.Parse(time.RFC3339, v.r.PostForm.Get("start"))
	if err != nil {
		v.show(http.StatusBadRequest, "Please choose one of the times.")
	}
	return start, err == nil
}

func (v *visit) book() {
	start, ok := v.start()
	if !ok {
		return
	}
	_, err := v.provider.Book(v.r.Context(), v.Attempt, start)
	v.done(err)
}

func (v *visit) move() {
	start, ok := v.start()
	if !ok {
		return
	}
	v.withBooking(func(id scheduling.BookingID) error {
		_, err := v.scheduler.Reschedule(v.r.Context(), id, start)
		return err
	})
}

func (v *visit) cancel() {
	v.withBooking(func(id scheduling.BookingID) error {
		_, err := v.scheduler.Cancel(v.r.Context(), id, scheduling.Request{})
		return err
	})
}

func (v *visit) unlock() {
	v.withBooking(func(id scheduling.BookingID) error {
		_, err := v.scheduler.Unlock(v.r.Context(), id, v.r.PostForm.Get("code"))
		return err
	})
}

// withBooking does something with the booking of the attempt. Its id never comes from the
// browser.
func (v *visit) withBooking(do func(scheduling.BookingID) error) {
	s, err := v.provider.Sitting(v.r.Context(), v.Attempt)
	if err == nil && s.Booking.ID == "" {
		err = scheduling.ErrNotFound
	}
	if err == nil {
		err = do(s.Booking.ID)
	}
	v.done(err)
}

// begin shows the way to the proctor as a link, and does not lead there by itself: of a
// form some browsers follow no redirect to another site, because of the form-action.
func (v *visit) begin() {
	launch, err := v.provider.Begin(v.r.Context(), v.Attempt)
	if err != nil {
		v.done(err)
		return
	}
	v.render(http.StatusOK, func(page *view) { page.Launch = launch.URL.Reveal() })
}

func (v *visit) profile() {
	s, err := v.provider.Sitting(v.r.Context(), v.Attempt)
	if err == nil {
		f := v.r.PostForm
		err = v.scheduler.SaveProfile(v.r.Context(), s.Learner, scheduling.Profile{
			GivenName: f.Get("given_name"), FamilyName: f.Get("family_name"), Phone: f.Get("phone"), Country: strings.ToUpper(strings.TrimSpace(f.Get("country"))),
			Address: f.Get("address"), City: f.Get("city"), State: f.Get("state"), PostalCode: f.Get("postal_code"), Zone: f.Get("zone"),
		})
	}
	v.done(err)
}
