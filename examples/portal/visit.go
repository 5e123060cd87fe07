package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/problem"
	"github.com/proctorbook/proctorbook/scheduling/words"
)

//go:embed templates
var templates embed.FS

// pages are the parsed templates and the words.
type pages struct {
	by      map[string]*template.Template
	words   catalog.Catalog
	matcher language.Matcher
}

// loadPages panics if a template can't be parsed: they are embedded, and a test loads
// them.
func loadPages() *pages {
	cat, err := newCatalog()
	if err != nil {
		panic(err)
	}
	p := &pages{by: map[string]*template.Template{}, words: cat, matcher: language.NewMatcher(languages)}
	names, _ := fs.Glob(templates, "templates/*.html") // the pattern is a good one
	for _, name := range names {
		p.by[strings.TrimSuffix(path.Base(name), ".html")] = template.Must(template.ParseFS(templates, "templates/layout.html", name))
	}
	return p
}

// visit is one request, and what all pages need for its answer. Templates see what is
// exported.
type visit struct {
	w       http.ResponseWriter
	r       *http.Request
	pages   *pages
	words   *message.Printer
	attempt backend.AttemptID  // of whoever came by its link; else ""
	since   time.Time          // when the session began
	sitting openedx.Sitting    // of the attempt
	exams   []offered          // that the learner sees
	learner scheduling.Learner // whose pages these are; zero for staff
	zone    *time.Location     // in which times are shown
	refresh int                // seconds after which the browser asks again; 0 is never

	Person *person // who has signed in; nil if nobody has
	NoZone bool    // the learner has no zone: it is the exam office's
	Now    time.Time
	Demo   bool // there is a panel
	Lang   string
}

// view is what a template sees.
type view struct {
	*visit
	Title string
	Data  any
}

// newVisit reads the browser's language.
func (p *pages) newVisit(w http.ResponseWriter, r *http.Request, now time.Time) *visit {
	accepted, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language")) // none of what can't be read: the first language of ours
	_, i, _ := p.matcher.Match(accepted...)
	tag := languages[i]
	return &visit{w: w, r: r, pages: p, words: message.NewPrinter(tag, message.Catalog(p.words)), Now: now, zone: time.UTC, Lang: tag.String()}
}

// ctx is the request's.
func (v *visit) ctx() context.Context { return v.r.Context() }

// show answers with a page whose title is a sentence of ours.
func (v *visit) show(status int, name, title string, data any) error {
	return v.render(status, name, v.T(title), data)
}

// render answers with a page. It is complete before the first byte goes out.
func (v *visit) render(status int, name, title string, data any) error {
	var body bytes.Buffer
	if err := v.pages.by[name].ExecuteTemplate(&body, "layout", view{visit: v, Title: title, Data: data}); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Vary", "Accept-Language, Cookie")
	if v.refresh > 0 {
		v.w.Header().Set("Refresh", strconv.Itoa(v.refresh)) // works without JavaScript
	}
	v.w.WriteHeader(status)
	_, _ = body.WriteTo(v.w) // who has left needs no answer
	return nil
}

// goTo answers a form: the browser asks for the page, and a reload repeats nothing.
func (v *visit) goTo(address string) error {
	http.Redirect(v.w, v.r, address, http.StatusSeeOther)
	return nil
}

// fail answers with a page for the error. Its texts are made for learners: what an
// error says otherwise stays in the log.
func (v *visit) fail(err error) error {
	p := problemOf(err)
	if p.Status == http.StatusServiceUnavailable && p.RetryAfter > 0 {
		v.w.Header().Set("Retry-After", strconv.Itoa(p.RetryAfter))
		if p.Type == "" && v.r.Method == http.MethodGet {
			v.refresh = p.RetryAfter
		}
	}
	return v.show(p.Status, "problem", p.Title, p)
}

// T returns the sentence in the visitor's language. What is no sentence of ours, such as a
// note of the exam office's, may have percent signs.
func (v *visit) T(key string, args ...any) string {
	if len(args) == 0 && strings.Contains(key, "%") {
		return key
	}
	return v.words.Sprintf(key, args...)
}

// Reason says what forbids something.
func (v *visit) Reason(code scheduling.ReasonCode) string { return v.T(words.Reason(code)) }

// Loss says what is lost.
func (v *visit) Loss(l scheduling.Loss) string { return v.T(words.Loss(l)) }

// State names the state of a booking.
func (v *visit) State(s scheduling.State) string { return v.T(words.State(s)) }

// Flag says why staff should look.
func (v *visit) Flag(code scheduling.ReasonCode) string { return v.T(words.Flag(code)) }

// Advice says what staff should do.
func (v *visit) Advice(a scheduling.Advice) string { return v.T(words.Advice(a)) }

// Decision says what an answer of staff's means.
func (v *visit) Decision(d scheduling.Decision) string { return v.T(words.Decision(d)) }

// Of is the learner to whom the page is shown. Forms that name no booking send it back.
func (v *visit) Of() scheduling.LearnerID { return v.learner.ID }

// ByLink reports whether the learner came by the link of an attempt.
func (v *visit) ByLink() bool { return v.attempt != "" }

// Here reports whether the visitor is on the page, for the menu.
func (v *visit) Here(path string) bool { return v.r.URL.Path == path }

// Zone names the zone in which times are shown.
func (v *visit) Zone() string { return v.zone.String() }

// Date is a day in words.
func (v *visit) Date(t time.Time) string {
	t = t.In(v.zone)
	return fmt.Sprintf("%s %d %s %d", v.T(t.Weekday().String()), t.Day(), v.T(t.Month().String()), t.Year())
}

// Clock is a time of day.
func (v *visit) Clock(t time.Time) string { return t.In(v.zone).Format("15:04") }

// LastDay is the day before a window's end in words: the end itself is not in it.
func (v *visit) LastDay(end time.Time) string { return v.Date(end.Add(-time.Second)) }

// Stamp is an instant for an address or a form.
func (v *visit) Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Day is the day of an instant, for an address.
func (v *visit) Day(t time.Time) string { return scheduling.DateOf(t, v.zone).String() }

// Letters shortens the name of a weekday or month. In French juin and juillet differ in
// the fourth letter.
func (v *visit) Letters(name string) string {
	letters, most := []rune(v.T(name)), 3
	if strings.HasPrefix(name, "Ju") {
		most = 4
	}
	return string(letters[:min(most, len(letters))])
}

// Offset is how far the zone's clocks are from UTC then.
func (v *visit) Offset(t time.Time) string { return "UTC" + t.In(v.zone).Format("-07:00") }

// When is an instant as the visitor's clock shows it.
func (v *visit) When(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	text := template.HTMLEscapeString(v.Date(t) + ", " + v.Clock(t))
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `">` + text + ` <span class="zone">(` + v.Offset(t) + `)</span></time>`)
}

// Short is When for tables.
func (v *visit) Short(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `">` + t.In(v.zone).Format("2006-01-02 15:04") + `</time>`)
}

// Span is a duration in words: the two largest units that it has.
func (v *visit) Span(d time.Duration) string {
	d = d.Round(time.Second)
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	var parts []string
	for _, part := range []struct {
		n    int
		text string
	}{{days, "%d days"}, {hours, "%d hours"}, {minutes, "%d minutes"}} {
		if part.n > 0 && len(parts) < 2 {
			parts = append(parts, v.T(part.text, part.n))
		}
	}
	if len(parts) == 0 {
		return v.T("%d seconds", max(0, int(d/time.Second)))
	}
	return strings.Join(parts, " ")
}

// In is how long it is until t.
func (v *visit) In(t time.Time) string { return v.Span(t.Sub(v.Now)) }

// Ago is how old t is, such as the provider's data.
func (v *visit) Ago(t time.Time) string {
	if t.IsZero() {
		return v.T("never")
	}
	return v.T("%s ago", v.Span(v.Now.Sub(t)))
}

// Money is an amount; the exam office knows in which currency.
func (v *visit) Money(m proctoru.Money) string {
	cents, err := m.Cents()
	if err != nil {
		return string(m) // as the provider wrote it
	}
	return fmt.Sprintf("%d.%02d", cents/100, cents%100)
}

// page answers a request; an error becomes a page of its own.
type page func(*visit) error

// visit begins the answer to a request.
func (p *portal) visit(w http.ResponseWriter, r *http.Request) *visit {
	v := p.pages.newVisit(w, r, p.clock.Now())
	v.Demo = p.Demo
	v.Person, v.attempt, v.since = p.signedIn(r)
	return v
}

// shows answers with the page, to whoever comes.
func (p *portal) shows(show page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.answer(p.visit(w, r), show) })
}

// learners is the page for learners who have signed in.
func (p *portal) learners(show page) page {
	return func(v *visit) error {
		switch {
		case v.Person == nil && !v.ByLink():
			return v.goTo("/")
		case v.Person != nil && v.Person.Staff:
			return errNoPage
		}
		if v.r.ParseForm() != nil {
			return errBadForm // and nothing is done with the half of it
		}
		if err := p.know(v); err != nil {
			return err
		}
		if of := v.r.PostForm.Get("of"); of != "" && of != string(v.Of()) {
			return errAnother
		}
		return show(v)
	}
}

// staff is the page for the exam office. To others it does not exist.
func (p *portal) staff(show page) page {
	return func(v *visit) error {
		if v.zone = p.Exams[0].Exam.Zone; v.Person == nil || !v.Person.Staff {
			return errNoPage
		}
		return show(v)
	}
}

// with is a page about what the address names.
func with[T any](find func(*visit) (T, error), show func(*visit, T) error) page {
	return func(v *visit) error {
		found, err := find(v)
		if err != nil {
			return err
		}
		return show(v, found)
	}
}

func (p *portal) answer(v *visit, show page) {
	err := show(v)
	if err == nil {
		return
	}
	if problemOf(err).Type == problem.TypeInternal {
		p.log.Error("a page failed", "page", v.r.Pattern, "error", err)
	}
	if err := v.fail(err); err != nil {
		p.log.Error("the page of an error failed", "page", v.r.Pattern, "error", err)
	}
}

// know reads the learner's record: from the store, or at the first visit from the
// platform.
func (p *portal) know(v *visit) (err error) {
	if v.exams = p.Exams; v.ByLink() {
		err = p.sit(v)
	} else if v.learner, err = p.store.LearnerByUsername(v.ctx(), v.Person.Username); errors.Is(err, scheduling.ErrNotFound) {
		v.learner, err = p.s.Learner(v.ctx(), v.Person.Username)
	}
	if err != nil {
		return err
	}
	if v.zone, err = v.learner.Location(); err != nil {
		v.zone, v.NoZone = v.exams[0].Exam.Zone, true // until the learner chooses one; the pages say so
	}
	return nil
}

// Seconds is an instant to the millisecond, for timelines.
func (v *visit) Seconds(t time.Time) template.HTML {
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339Nano) + `">` + t.In(v.zone).Format("2006-01-02 15:04:05.000") + `</time>`)
}

// Event says what happened.
func (v *visit) Event(t scheduling.EventType) string {
	return v.T(strings.ReplaceAll(string(t), "_", " "))
}
