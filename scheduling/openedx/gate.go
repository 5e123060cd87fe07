package openedx

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling"
)

// Visit is a request of a learner whose browser is known.
type Visit struct {
	Attempt backend.AttemptID // whose pages they are: for Sitting, Book, Begin
	Root    string            // the path of the attempt's pages, with a slash at the end
}

// PageFunc serves an attempt's pages. The request's path begins behind [Visit].Root: it is
// "/" for the first page. Whatever was sent from another site is refused before, the
// answer's headers forbid scripts, frames and caches unless the func sets others, and
// nobody but the learner of the attempt is let in.
type PageFunc func(w http.ResponseWriter, r *http.Request, v Visit)

// Gate serves what the links lead to. Mount it below the path of the links' base, with the
// whole path:
//
//	mux.Handle("/sit/", gate) // NewLinks("https://exams.example.org/sit", ...)
//
// A link is read, and lets in the first browser that opens it: it gets a cookie, and goes on
// to the attempt's pages, whose addresses open nothing by themselves. Whoever comes with
// another browser has to type the learner's name or address, as the platform has them. After
// five wrong answers in a row nobody is asked for a quarter of an hour; staff may call
// [Provider.ForgetBrowsers].
//
// The first opening also finds out who the learner is, if the background has not yet. No
// answer of the gate, and nothing that it logs, has anything personal, or a link.
func (p *Provider) Gate(links *Links, page PageFunc) (http.Handler, error) {
	if links == nil || page == nil {
		return nil, errors.New("openedx: Gate: nil links or page")
	}
	g := &gate{Provider: p, links: links, page: page, path: links.base.Path + "/", cross: http.NewCrossOriginProtection()}
	// A proxy in front may have changed the host that the request names.
	if err := g.cross.AddTrustedOrigin(links.base.Scheme + "://" + links.base.Host); err != nil {
		return nil, err
	}
	return g, nil
}

type gate struct {
	*Provider
	links *Links
	page  PageFunc
	path  string // of the links' base, with a slash at the end
	cross *http.CrossOriginProtection
}

const (
	// identifyTime is how long a learner waits for the platform to tell who they are. If
	// it takes longer, the background asks on.
	identifyTime = 5 * time.Second
	maxFormBytes = 4 << 10
)

// ServeHTTP implements [http.Handler].
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	safe(w.Header())
	rest, below := strings.CutPrefix(r.URL.Path, g.path)
	kind, rest, _ := strings.Cut(rest, "/")
	switch {
	case g.cross.Check(r) != nil:
		say(w, http.StatusForbidden, sayOtherSite)
	case below && kind == "link":
		g.link(w, r, rest)
	case below && kind == "at":
		g.visit(w, r, rest)
	default:
		say(w, http.StatusNotFound, sayNoPage)
	}
}

// safe sets the headers of all answers. Referrer-Policy is not no-referrer, with which
// browsers hide the origin of forms from us, too.
func safe(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// link answers whoever opens a link, and whoever answers who they are.
func (g *gate) link(w http.ResponseWriter, r *http.Request, link string) {
	id, err := g.links.Open(link)
	if errors.Is(err, ErrLinkExpired) {
		say(w, http.StatusForbidden, sayExpired)
		return
	}
	if err != nil {
		say(w, http.StatusForbidden, sayNoLink)
		return
	}
	x, ok := g.enter(w, r, id)
	switch {
	case !ok:
	case r.Method == http.MethodPost:
		g.confirm(w, r, x)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", "GET, POST")
		say(w, http.StatusMethodNotAllowed, sayNoPage)
	case r.Header.Get("Sec-Purpose") != "" || r.Header.Get("Purpose") != "":
		// The browser looks ahead, and nobody has opened anything.
		say(w, http.StatusServiceUnavailable, sayAgain)
	case g.opens(r, x.attempt):
		g.goOn(w, r, x.attempt)
	case len(x.attempt.Browsers) > 0:
		ask(w, http.StatusOK, "")
	default:
		g.first(w, r, x.attempt)
	}
}

// enter reads the attempt, or answers why it has no pages.
func (g *gate) enter(w http.ResponseWriter, r *http.Request, id backend.AttemptID) (sitting, bool) {
	x, err := g.read(r.Context(), id)
	switch {
	case errors.Is(err, scheduling.ErrNotFound), err == nil && (!x.attempt.Removed.IsZero() || !x.person.Retired.IsZero()):
		say(w, http.StatusGone, sayGone)
	case err != nil:
		g.failed(w, r, id, err)
	default:
		return x, true
	}
	return sitting{}, false
}

// failed answers that something does not work here.
func (g *gate) failed(w http.ResponseWriter, r *http.Request, id backend.AttemptID, err error) {
	g.log.WarnContext(r.Context(), "openedx: the gate does not work", slog.String("attempt", shown.ID(id)), slog.Any("error", err))
	say(w, http.StatusServiceUnavailable, sayAgain)
}

// first lets in the first browser.
func (g *gate) first(w http.ResponseWriter, r *http.Request, a Attempt) {
	mark, err := g.links.mark()
	if err == nil {
		err = g.bindFirst(r.Context(), a.ID, mark)
	}
	g.letIn(w, r, a, mark, err)
}

// confirm lets in another browser, if the learner is known to whoever uses it.
func (g *gate) confirm(w http.ResponseWriter, r *http.Request, x sitting) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	if r.ParseForm() != nil {
		ask(w, http.StatusBadRequest, "")
		return
	}
	if len(x.attempt.Browsers) == 0 {
		g.first(w, r, x.attempt) // staff have made the browsers forgotten
		return
	}
	mark, err := g.links.mark()
	if err == nil {
		err = g.bindAnother(r.Context(), x.attempt.ID, x.person, r.PostForm.Get("who"), mark)
	}
	g.letIn(w, r, x.attempt, mark, err)
}

// letIn gives the browser its cookie, unless it is not let in.
func (g *gate) letIn(w http.ResponseWriter, r *http.Request, a Attempt, mark string, err error) {
	switch {
	case errors.Is(err, errBound):
		ask(w, http.StatusOK, "")
	case errors.Is(err, errWrong):
		ask(w, http.StatusForbidden, "That is not what your course platform has. Please try again.")
	case errors.Is(err, errGuessed):
		w.Header().Set("Retry-After", strconv.Itoa(int(guessPause.Seconds())))
		say(w, http.StatusTooManyRequests, sayGuessed)
	case err != nil:
		g.failed(w, r, a.ID, err)
	default:
		http.SetCookie(w, &http.Cookie{
			Name: cookieOf(a.ID), Value: mark, Path: "/", MaxAge: int(g.links.browser.Seconds()),
			Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
		g.goOn(w, r, a)
	}
}

// cookieOf is the name of an attempt's cookie: with this prefix browsers take it from this
// host alone, and from no other one of the domain. Each attempt has its own, so that nobody
// brings another's along.
func cookieOf(id backend.AttemptID) string { return cookiePrefix + string(id) }

const cookiePrefix = "__Host-sitting-"

// SignOut takes the cookies of all attempts from a browser, for pages on which learners sign
// out: whoever uses it next is asked for the learner's name or address, as in another
// browser. It sets headers alone, so call it before the answer's status. A cookie that
// somebody has copied stays good: [Provider.ForgetBrowsers] ends that.
func SignOut(w http.ResponseWriter, r *http.Request) {
	for _, c := range r.Cookies() {
		if strings.HasPrefix(c.Name, cookiePrefix) {
			http.SetCookie(w, &http.Cookie{Name: c.Name, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		}
	}
}

// opens reports whether the browser was let in.
func (g *gate) opens(r *http.Request, a Attempt) bool {
	for _, c := range r.CookiesNamed(cookieOf(a.ID)) {
		if a.opensTo(c.Value, g.now(), g.links.browser) {
			return true
		}
	}
	return false
}

// goOn leads from the link to the pages, and finds out who the learner is.
func (g *gate) goOn(w http.ResponseWriter, r *http.Request, a Attempt) {
	ctx, cancel := context.WithTimeout(r.Context(), identifyTime)
	defer cancel()
	if _, err := g.Identify(ctx, a.ID); errors.Is(err, ErrNotIdentified) {
		g.log.InfoContext(ctx, "openedx: the learner is not identified yet", slog.String("attempt", shown.ID(a.ID)), slog.Any("error", err))
	}
	http.Redirect(w, r, g.root(a.ID), http.StatusSeeOther)
}

// root is the path of an attempt's pages.
func (g *gate) root(id backend.AttemptID) string { return g.path + "at/" + string(id) + "/" }

// visit hands a learner whose browser is known to the pages. To everybody else it says the
// same, whether or not there is such an attempt.
func (g *gate) visit(w http.ResponseWriter, r *http.Request, rest string) {
	name, path, inside := strings.Cut(rest, "/")
	id := backend.AttemptID(name)
	a, err := g.store.Attempt(r.Context(), id)
	switch {
	case err != nil && !errors.Is(err, scheduling.ErrNotFound):
		g.failed(w, r, id, err)
		return
	case err != nil || !g.opens(r, a):
		say(w, http.StatusForbidden, sayUnknown)
		return
	case !inside:
		http.Redirect(w, r, g.root(id), http.StatusSeeOther)
		return
	}
	if _, ok := g.enter(w, r, id); !ok {
		return
	}
	r = r.Clone(r.Context())
	r.URL.Path, r.URL.RawPath = "/"+path, ""
	g.page(w, r, Visit{Attempt: id, Root: g.root(id)})
}

// What the gate says. The way out of most is a fresh link.
const (
	sayOtherSite = "This was sent by another site, and nothing was done."
	sayNoPage    = "There is no such page. Please go back to your exam on your course platform, and follow the link there."
	sayNoLink    = "This link is not valid. Please go back to your exam on your course platform, and follow the link there."
	sayExpired   = "This link is no longer valid. Please go back to your exam on your course platform, load the page again, and follow the link there."
	sayUnknown   = "We do not know this browser. Please go back to your exam on your course platform, and follow the link there in this browser."
	sayGone      = "This attempt at the exam is no longer there. Please go back to your exam on your course platform."
	sayAgain     = "This does not work at the moment. Please try again in a minute."
	sayGuessed   = "There were too many wrong answers. Please use the browser with which you began, or try again in 15 minutes, or tell your exam office."
)

var notice = template.Must(template.New("notice").Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Proctored exam</title>
<h1>Proctored exam</h1>
{{with .Say}}<p>{{.}}</p>
{{end}}{{if .Ask}}<p>You have begun in another browser. Please type your full name or your e-mail address, as your course platform has it.</p>
<form method="post"><label>Name or e-mail address <input name="who" autocomplete="off" required></label> <button>Go on</button></form>
<p>If that does not help, use the browser with which you began, or tell your exam office.</p>
{{end}}</html>
`))

// say answers with one sentence.
func say(w http.ResponseWriter, status int, sentence string) {
	show(w, status, map[string]any{"Say": sentence})
}

// ask asks who the learner is. The form goes to the link itself.
func ask(w http.ResponseWriter, status int, sentence string) {
	show(w, status, map[string]any{"Say": sentence, "Ask": true})
}

func show(w http.ResponseWriter, status int, page map[string]any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = notice.Execute(w, page) // to a browser that has gone
}
