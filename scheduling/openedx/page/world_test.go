// The world of the tests of this package: an Open edX, proctors, the service with its pages,
// and browsers that see nothing but HTML.

package page_test

import (
	"bytes"
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/openedx/page"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

const (
	base   = "https://exams.example.org/sit"
	secret = backend.Secret("0Rrf7LxW4bTz-example-2vQ")
	key    = "0123456789abcdef0123456789abcdef"
)

var (
	monday = time.Date(2027, 1, 11, 0, 0, 0, 0, time.UTC)
	person = url.Values{"given_name": {"Ada"}, "family_name": {"Example"}, "phone": {"+33100000000"}, "country": {" fr"}}
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// freely lets every request pass at once.
type freely struct{}

func (freely) Wait(ctx context.Context) error { return ctx.Err() }

// switched carries requests to what is up.
type switched struct {
	to   http.RoundTripper
	down *bool
}

func (s switched) RoundTrip(r *http.Request) (*http.Response, error) {
	if *s.down {
		return nil, io.ErrUnexpectedEOF
	}
	return s.to.RoundTrip(r)
}

// world has one platform, where ada_l sits one exam from Monday to Friday.
type world struct {
	t        *testing.T
	clock    *proctorbooktest.Clock
	log      *bytes.Buffer
	lms      *edxtest.Server
	lmsDown  bool
	proctors *proctorutest.Server
	away     bool // the proctors' service
	store    *memstore.Store
	s        *scheduling.Scheduler
	p        *openedx.Provider
	links    *openedx.Links
	gate     http.Handler
	exam     edxtest.Exam
	ada      *edxtest.Learner
	attempt  backend.AttemptID
	handler  http.Handler
}

func newWorld(t *testing.T, settings openedx.Settings, change ...func(*edxtest.User)) *world {
	t.Helper()
	w := &world{t: t, clock: proctorbooktest.NewClock(monday.AddDate(0, 0, -4)), log: &bytes.Buffer{}, store: memstore.New(memstore.WithNamespace("testtest"))}
	user := edxtest.User{ID: 4211, Username: "ada_l", Name: "Personal Ada", Email: "ada@personal.example", TimeZone: "Europe/Paris"}
	for _, do := range change {
		do(&user)
	}
	w.lms = edxtest.NewUnstartedServer(edxtest.WithClock(w.clock))
	w.lms.AddUser(user)
	w.proctors = proctorutest.NewUnstartedServer(proctorutest.WithClock(w.clock))
	if settings.Zone == nil {
		settings.Zone, settings.Window = time.UTC, scheduling.Window{Start: monday}
	}
	w.serve(openedx.Table{{}: settings})
	w.lms.AddBackend(edxtest.Backend{Name: "acme", ClientID: "lms", ClientSecret: string(secret), URL: proctorbooktest.InProcessURL, Transport: proctorbooktest.InProcess(w.handler)})
	w.ada = w.lms.Learner("ada_l", edxtest.LearningApp)
	w.register()
	return w
}

// register saves the exam on the platform and begins its set-up, some times over: the
// platform gives up on a machine that is busy.
func (w *world) register() {
	w.t.Helper()
	for range 5 {
		exam, err := w.lms.PublishExam(w.t.Context(), edxtest.Exam{
			Course: "course-v1:ExampleX+CS101+2027", Content: "block-v1:ExampleX+CS101+2027+type@sequential+block@final",
			Name: "Final <&> more", Minutes: 90, Due: monday.AddDate(0, 0, 5), Proctored: true, Backend: "acme",
		})
		if err != nil || exam.ExternalID == "" {
			continue
		}
		w.exam = exam
		view, err := w.ada.SetUp(w.t.Context(), exam.ID)
		if registered, _ := w.lms.Sitting(view.Attempt); err == nil && registered.ExternalID != "" {
			w.attempt = backend.AttemptID(registered.ExternalID)
			return
		}
	}
	w.t.Fatal("the platform registers no attempt")
}

// serve starts the service.
func (w *world) serve(exams openedx.Table) {
	log := slog.New(slog.NewTextHandler(&lockedWriter{to: w.log}, nil))
	client := must(edx.NewClient(w.lms.URL, edx.WithClientCredentials(w.lms.ClientID, w.lms.ClientSecret),
		edx.WithTransport(switched{proctorbooktest.InProcess(w.lms), &w.lmsDown}), edx.WithClock(w.clock), edx.WithLimiter(freely{})))
	proctor := must(proctoru.NewClient(w.proctors.URL, w.proctors.Token,
		proctoru.WithTransport(switched{proctorbooktest.InProcess(w.proctors), &w.away}), proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{})))
	platforms := must(openedx.NewPlatforms(openedx.NewMemory(), log, openedx.LMS{ID: "north", Client: client}))
	w.s = must(scheduling.New(provider.ProctorU{Client: proctor}, platforms, w.store, scheduling.WithClock(w.clock), scheduling.WithLogger(log),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte(key)})))
	w.links = must(openedx.NewLinks(base, []backend.Secret{key}, openedx.WithLinkClock(w.clock)))
	w.p = must(openedx.New(w.s, platforms, exams.Exam, openedx.WithClock(w.clock), openedx.WithLogger(log), openedx.WithLink(w.links.URL)))
	w.handler = must(backend.NewHandler(w.p, []backend.Platform{{ID: "north", ClientID: "lms", Secrets: []backend.Secret{secret}}}, backend.WithClock(w.clock)))
	w.gate = must(w.p.Gate(w.links, must(page.New(w.p, w.s, w.store, page.WithLogger(log))).Serve))
}

type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}

// pass does what the background does.
func (w *world) pass() {
	w.t.Helper()
	_, _ = w.s.Reconcile(w.t.Context())
	for e, err := range w.s.Events(w.t.Context(), scheduling.EventQuery{}) {
		if err == nil {
			err = w.p.Handle(w.t.Context(), e)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	if _, err := w.p.Work(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// settle gives the background the time to find out what is not known.
func (w *world) settle() {
	w.t.Helper()
	for range 5 {
		w.clock.Advance(10 * time.Minute)
		w.pass()
	}
}

// browser sees pages.
type browser struct {
	w      *world
	c      http.Client
	at     *url.URL
	status int
	body   string
}

// open follows the link that the platform's page has.
func (w *world) open() *browser {
	w.t.Helper()
	b := &browser{w: w, c: http.Client{Jar: must(cookiejar.New(nil)), Transport: proctorbooktest.InProcess(w.gate)}}
	b.send("GET", w.links.URL(backend.AttemptRef{Attempt: w.attempt}), nil)
	return b
}

func (b *browser) send(method, to string, form url.Values) {
	b.w.t.Helper()
	r := must(http.NewRequestWithContext(b.w.t.Context(), method, to, strings.NewReader(form.Encode())))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	resp := must(b.c.Do(r))
	defer resp.Body.Close()
	b.at, b.status, b.body = resp.Request.URL, resp.StatusCode, string(must(io.ReadAll(resp.Body)))
	for _, word := range []string{"personal", "ada_l", "4211", "Example", "+331", "pb-testtest"} {
		if strings.Contains(b.body, word) {
			b.w.t.Errorf("%s %s answers with %q:\n%s", method, to, word, b.body)
		}
	}
	if strings.Contains(b.body, "<script") {
		b.w.t.Errorf("%s %s has a script", method, to)
	}
}

// look goes to a page of the attempt.
func (b *browser) look(page string) { b.w.t.Helper(); b.send("GET", b.root()+page, nil) }

func (b *browser) root() string { return base + "/at/" + string(b.w.attempt) + "/" }

// post sends a form as the page may have it.
func (b *browser) post(action string, form url.Values) {
	b.w.t.Helper()
	b.send("POST", b.root()+action, form)
}

// press sends the form of the page with the action, and with the button if it is not "".
func (b *browser) press(action, button string, more url.Values) {
	b.w.t.Helper()
	for _, m := range regexp.MustCompile(`(?s)<form method="post" action="`+action+`">(.*?)<button>(.*?)</button>`).FindAllStringSubmatch(b.body, -1) {
		if button == "" || m[2] == button {
			form := url.Values{}
			for key, values := range more {
				form[key] = values
			}
			for _, f := range regexp.MustCompile(`<input type="hidden" name="(.*?)" value="(.*?)">`).FindAllStringSubmatch(m[1], -1) {
				form.Set(f[1], html.UnescapeString(f[2]))
			}
			b.post(action, form)
			return
		}
	}
	b.w.t.Fatalf("the page has no button %q for %s:\n%s", button, action, b.body)
}

// wants fails unless the page has the texts.
func (b *browser) wants(status int, texts ...string) {
	b.w.t.Helper()
	if b.status != status {
		b.w.t.Errorf("the page has status %d, want %d:\n%s\n%s", b.status, status, b.body, b.w.log)
	}
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(b.body), text) {
			b.w.t.Errorf("the page has no %q:\n%s", text, b.body)
		}
	}
}

// lacks fails if the page has one of the texts.
func (b *browser) lacks(texts ...string) {
	b.w.t.Helper()
	for _, text := range texts {
		if strings.Contains(html.UnescapeString(b.body), text) {
			b.w.t.Errorf("the page has %q:\n%s", text, b.body)
		}
	}
}

// booking is the learner's, as it is stored.
func (w *world) booking() scheduling.Booking {
	w.t.Helper()
	s, err := w.p.Sitting(w.t.Context(), w.attempt)
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Booking
}

// code lets the proctor begin, and is what the proctor types.
func (w *world) code() string {
	w.t.Helper()
	b := w.booking()
	if err := w.proctors.ProctorStarts(must(strconv.ParseInt(string(b.Number), 10, 64))); err != nil {
		w.t.Fatal(err)
	}
	return must(w.s.Staff.UnlockCode(b)).Reveal()
}

// unseen fails if the log has somebody, a link or a code.
func (w *world) unseen(more ...string) {
	w.t.Helper()
	for _, word := range append(more, "ersonal", "ada_l", "Ada", "+331", "/link/", key, string(secret)) {
		if strings.Contains(w.log.String(), word) {
			w.t.Errorf("the log has %q:\n%s", word, w.log)
		}
	}
}
