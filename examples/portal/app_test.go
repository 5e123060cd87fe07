package main

import (
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/examples/internal/commandtest"
)

// site is the portal in this process, over the fakes.
type site struct {
	t      *testing.T
	world  *world
	portal *portal
	url    string
	log    *commandtest.Output
}

func newSite(t *testing.T, learners int) *site {
	t.Helper()
	return newSiteOn(t, learners, filepath.Join(t.TempDir(), "bookings.db"))
}

// newSiteOn is newSite on a database.
func newSiteOn(t *testing.T, learners int, db string) *site {
	t.Helper()
	s := &site{t: t, world: newWorld(newShiftedClock(0), learners), log: &commandtest.Output{}}
	t.Cleanup(s.world.close)
	store, closeStore, err := openStore(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closeStore() })
	server := httptest.NewUnstartedServer(nil)
	o := order{
		Public: frontDoor(server.Listener), CallerID: "lms", CallerSecret: "a secret of the tests", LinkKey: strings.Repeat("l", 32),
		Provider: s.world.providerAt.URL + "/api", Token: s.world.provider.Token, Platform: s.world.platform.URL,
		ClientID: s.world.platform.ClientID, ClientPass: s.world.platform.ClientSecret, Exams: s.world.exams, Demo: true, Tuning: demoBounds, Interval: demoInterval, Limit: 1000,
		UnlockKey: []byte("a key of the tests: it is no secret"), SessionKey: []byte(strings.Repeat("s", 32)),
	}
	for _, who := range samplePeople {
		o.People = append(o.People, who.person)
	}
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if s.portal, err = newPortal(o, store, s.world.clock, log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.portal.s.Close() })
	if err := s.world.fill(t.Context(), s.portal.s, store, learners); err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = s.portal.handler()
	server.Start()
	t.Cleanup(server.Close)
	s.world.provides(o)
	s.url = server.URL
	return s
}

// browser is a visitor's, without a screen.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
	lang   string
}

// answer is a page as it came, after all redirects.
type answer struct {
	status int
	path   string
	body   string
	header http.Header
}

func newBrowser(t *testing.T, address string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, url: address, client: &http.Client{Jar: jar}}
}

// as signs somebody in.
func (s *site) as(who string) *browser {
	s.t.Helper()
	b := newBrowser(s.t, s.url)
	if got := b.post("/sign-in", "who", who); got.status != http.StatusOK {
		s.t.Fatalf("sign in as %s: %d", who, got.status)
	}
	return b
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	if b.lang != "" {
		r.Header.Set("Accept-Language", b.lang)
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Request.URL.RequestURI(), string(body), resp.Header}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

// post sends a form of names and values.
func (b *browser) post(path string, fields ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

// wants checks the status, and that the page says all that.
func (a answer) wants(t *testing.T, status int, says ...string) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s: status %d, want %d\n%s", a.path, a.status, status, a.words())
	}
	for _, text := range says {
		if !strings.Contains(a.body, text) && !strings.Contains(html.UnescapeString(a.body), text) {
			t.Fatalf("%s does not say %q, but\n%s", a.path, text, a.words())
		}
	}
	return a
}

var tags = regexp.MustCompile(`\s*<[^>]*>\s*`)

// words are what a reader sees of the page.
func (a answer) words() string { return html.UnescapeString(tags.ReplaceAllString(a.body, " ")) }

var startLink = regexp.MustCompile(`/confirm\?start=([^"]+)"`)

// starts are the free starts that a page of slots offers.
func (a answer) starts(t *testing.T) (all []string) {
	t.Helper()
	for _, m := range startLink.FindAllStringSubmatch(a.body, -1) {
		start, err := url.QueryUnescape(m[1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, start)
	}
	if len(all) == 0 {
		t.Fatalf("%s offers no start\n%s", a.path, a.body)
	}
	return all
}

var dayLink = regexp.MustCompile(`/slots\?day=([0-9-]+)"`)

// free are so many free starts of the exam at least: those of its first days. In the
// evening the first one has only few.
func (b *browser) free(exam string, atLeast int) (all []string) {
	b.t.Helper()
	page := b.get("/exams/"+exam+"/slots").wants(b.t, http.StatusOK)
	for _, day := range dayLink.FindAllStringSubmatch(page.body, -1) {
		for _, m := range startLink.FindAllStringSubmatch(b.get("/exams/"+exam+"/slots?day="+day[1]).body, -1) {
			start, err := url.QueryUnescape(m[1])
			if err != nil {
				b.t.Fatal(err)
			}
			all = append(all, start)
		}
		if len(all) >= atLeast {
			return all
		}
	}
	b.t.Fatalf("%s has %d free starts, want %d", exam, len(all), atLeast)
	return nil
}

// book books the nth free start of the exam, and returns the address of the booking.
func (b *browser) book(exam string, n int) string {
	b.t.Helper()
	start := b.free(exam, n+1)[n]
	got := b.post("/exams/"+exam+"/book", "start", start).wants(b.t, http.StatusOK, "It is booked")
	return got.path
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	for who, pages := range map[string]map[string]string{
		"ada_l": {
			"/": "You may book it.", "/profile": "+33100000000", "/exams/statistics": "You may book it", "/exams/algorithms": "25.00",
			"/exams/history/slots": "clocks", "/exams/algorithms/slots": "free starts",
		},
		"mei":  {"/": "Your profile is not complete", "/exams/statistics/slots": "Fill in my profile", "/profile": "Asia/Tokyo, as on the course platform"},
		"max":  {"/exams/statistics/slots": "We don&#39;t know your time zone", "/": "Konstantinopoulou"},
		"uma":  {"/": "does not include the proctored exam"},
		"nour": {"/": "<bdi>نور الهدى"},
		"office": {
			"/": "No booking is like this", "/staff/attention": "Nothing needs you now", "/staff/not-booked": "ada_l@example.org",
			"/staff/discrepancies": "agree on everything", "/staff/charts": "no bookings to count",
		},
	} {
		b := s.as(who)
		for path, says := range pages {
			b.get(path).wants(t, http.StatusOK, says, "</html>")
		}
	}
	s.as("ada_l").get("/nowhere").wants(t, http.StatusNotFound, "There is no such page")
}

// The first page is small, and so is what it loads.
func TestFirstPageIsSmall(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := newBrowser(t, s.url)
	size, requests := 0, 0
	for _, path := range []string{"/", "/static/style.css", "/static/icon.svg"} {
		size, requests = size+len(b.get(path).wants(t, http.StatusOK).body), requests+1
	}
	if size > 100<<10 || requests > 5 {
		t.Errorf("the first page takes %d bytes and %d requests, want at most 100 KiB and 5", size, requests)
	}
}

// slowly is how long a page may take to show what the engine finds out: a bound for
// what hangs, not a measure.
const slowly = 3 * time.Minute
