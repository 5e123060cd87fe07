package openedx_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// door is the gate of a world, with a page that says whose it is.
type door struct {
	*world
	links *openedx.Links
	gate  http.Handler
}

func newDoor(t *testing.T) *door {
	t.Helper()
	w := newWorld(t)
	return w.door(newLinks(t, w.clock, keyA))
}

// door opens the gate in the process that runs now.
func (w *world) door(links *openedx.Links) *door {
	w.t.Helper()
	gate, err := w.p.Gate(links, func(rw http.ResponseWriter, r *http.Request, v openedx.Visit) {
		fmt.Fprintf(rw, "%s %s of %s at %s", r.Method, r.URL.Path, v.Attempt, v.Root)
	})
	w.do(err)
	return &door{w, links, gate}
}

// link is a fresh one for an attempt.
func (d *door) link(id backend.AttemptID) string {
	return d.links.URL(backend.AttemptRef{Platform: "north", Exam: d.kept(id).Exam, Attempt: id})
}

// browser has its own cookies, and follows no redirect by itself.
type browser struct {
	t    *testing.T
	c    http.Client
	seen *strings.Builder // everything it was answered
}

func (d *door) browser() *browser {
	jar, err := cookiejar.New(nil)
	d.do(err)
	return &browser{d.t, http.Client{
		Jar: jar, Transport: proctorbooktest.InProcess(d.gate),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, &strings.Builder{}}
}

// answer is what a browser got.
type answer struct {
	status int
	body   string
	header http.Header
}

func (b *browser) send(method, to, form string, header http.Header) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, to, strings.NewReader(form))
	if err != nil {
		b.t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := b.c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	fmt.Fprintln(b.seen, resp.Header, string(body))
	return answer{resp.StatusCode, string(body), resp.Header}
}

func (b *browser) get(to string) answer { b.t.Helper(); return b.send("GET", to, "", nil) }

// says answers the question who the learner is.
func (b *browser) says(link, who string) answer {
	b.t.Helper()
	return b.send("POST", link, url.Values{"who": {who}}.Encode(), http.Header{"Sec-Fetch-Site": {"same-origin"}})
}

// pages is the address of an attempt's pages.
func pages(id backend.AttemptID) string { return linkBase + "/at/" + string(id) + "/" }

// in reports whether the browser is let in to the attempt.
func (b *browser) in(id backend.AttemptID) bool {
	b.t.Helper()
	return b.get(pages(id)).status == http.StatusOK
}

// unseen fails if an answer or the log had somebody.
func (d *door) unseen(browsers ...*browser) {
	d.t.Helper()
	d.private()
	for _, b := range browsers {
		for _, word := range []string{"personal", "ada_l", "4211", string(keyA)} {
			if strings.Contains(strings.ToLower(b.seen.String()), word) {
				d.t.Errorf("a browser was answered %q", word)
			}
		}
	}
	if strings.Contains(d.log.String(), "/link/") {
		d.t.Error("the log has a link")
	}
}

// The first browser that opens a link is let in, and only there the address of the pages
// leads anywhere.
func TestFirstOpening(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	id := d.attempt(d.north, d.register(d.north))
	first, other := d.browser(), d.browser()
	if first.in(id) {
		t.Error("the pages are open before any link was")
	}
	got := first.get(d.link(id))
	cookie := got.header.Get("Set-Cookie")
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "/sit/at/"+string(id)+"/" {
		t.Fatalf("the first opening = %d to %q", got.status, got.header.Get("Location"))
	}
	for _, want := range []string{"__Host-sitting-" + string(id) + "=", "; Path=/;", "Max-Age=2592000", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie is %q, want %q in it", cookie, want)
		}
	}
	got = first.get(pages(id) + "some/page")
	if want := "GET /some/page of " + string(id) + " at /sit/at/" + string(id) + "/"; got.status != http.StatusOK || got.body != want {
		t.Errorf("the pages = %d %q, want %q", got.status, got.body, want)
	}
	if got := first.get(strings.TrimSuffix(pages(id), "/")); got.status != http.StatusSeeOther {
		t.Errorf("the pages without a slash = %d, want the way to them", got.status)
	}
	if again := first.get(d.link(id)); again.status != http.StatusSeeOther || again.header.Get("Set-Cookie") != "" {
		t.Errorf("another link in the same browser = %d with the cookie %q", again.status, again.header.Get("Set-Cookie"))
	}
	if other.in(id) {
		t.Error("the pages are open to another browser")
	}
	if a := d.kept(id); a.Learner != "north-4211" {
		t.Errorf("after the first opening the learner is %q, want ada", a.Learner)
	}
	if mark, _, _ := strings.Cut(strings.TrimPrefix(cookie, "__Host-sitting-"+string(id)+"="), ";"); strings.Contains(fmt.Sprintf("%#v", d.kept(id).Browsers), mark) {
		t.Error("the store has the mark of the browser itself")
	}
	d.unseen(first, other)
}

// Of many browsers that open links at the same moment one is let in.
func TestFirstOpeningByMany(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	id := d.attempt(d.north, d.register(d.north))
	let := make([]int, 12)
	var all sync.WaitGroup
	for i := range let {
		b := d.browser()
		all.Go(func() { let[i] = b.get(d.link(id)).status })
	}
	all.Wait()
	in := 0
	for _, status := range let {
		if status == http.StatusSeeOther {
			in++
		} else if status != http.StatusOK {
			t.Errorf("an opening = %d", status)
		}
	}
	if in != 1 || len(d.kept(id).Browsers) != 1 {
		t.Errorf("%d browsers were let in and %d are kept, want one", in, len(d.kept(id).Browsers))
	}
}

// A changed link, an expired one, one with another learner's signature, a cookie of another,
// a form of another site: refused, in the same words whoever asks, and nothing is stored.
func TestRefused(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	ada := d.attempt(d.north, d.register(d.north))
	bob, err := d.p.Register(t.Context(), d.registration('2'))
	d.do(err)
	expired := d.link(ada)
	d.clock.Advance(2 * time.Hour)
	adas, bobs := d.browser(), d.browser()
	adas.get(d.link(ada))
	bobs.get(d.link(bob))
	before := d.kept(ada)
	link, bobsLink := d.link(ada), d.link(bob)
	cookie := func(b *browser, of, as backend.AttemptID) http.Header {
		for _, c := range b.c.Jar.Cookies(must(url.Parse(linkBase))) {
			if c.Name == "__Host-sitting-"+string(of) {
				return http.Header{"Cookie": {"__Host-sitting-" + string(as) + "=" + c.Value}}
			}
		}
		t.Fatal("the browser has no cookie")
		return nil
	}
	cross := http.Header{"Sec-Fetch-Site": {"cross-site"}}
	for name, tt := range map[string]struct {
		method, url string
		header      http.Header
		want        int
	}{
		"changed":                            {"GET", link + "x", nil, 403},
		"another's signature":                {"GET", linkBase + "/link/" + string(ada) + own(bobsLink)[len(bob):], nil, 403},
		"expired":                            {"GET", expired, nil, 403},
		"expired, and an answer":             {"POST", expired, nil, 403},
		"no link":                            {"GET", linkBase + "/link/", nil, 403},
		"a link and more":                    {"GET", link + "/more", nil, 403},
		"bob's cookie":                       {"GET", pages(ada), cookie(bobs, bob, bob), 403},
		"bob's cookie under ada's name":      {"GET", pages(ada), cookie(bobs, bob, ada), 403},
		"ada's cookie under bob's name":      {"GET", pages(bob), cookie(adas, ada, bob), 403},
		"an empty cookie":                    {"GET", pages(ada), http.Header{"Cookie": {"__Host-sitting-" + string(ada) + "="}}, 403},
		"no cookie":                          {"GET", pages(ada), nil, 403},
		"no such attempt":                    {"GET", pages("attempt-none"), nil, 403},
		"no attempt":                         {"GET", linkBase + "/at/", nil, 403},
		"another site's form":                {"POST", link, cross, 403},
		"another site's form for the pages":  {"POST", pages(ada), http.Header{"Sec-Fetch-Site": {"same-site"}, "Cookie": cookie(adas, ada, ada)["Cookie"]}, 403},
		"another site's form, by its origin": {"POST", pages(ada), http.Header{"Origin": {"https://evil.example"}, "Cookie": cookie(adas, ada, ada)["Cookie"]}, 403},
		"a browser that looks ahead":         {"GET", d.link(bob), http.Header{"Sec-Purpose": {"prefetch"}}, 503},
		"another method":                     {"PUT", link, http.Header{"Sec-Fetch-Site": {"same-origin"}}, 405},
		"another page":                       {"GET", linkBase + "/other", nil, 404},
		"the root":                           {"GET", "https://exams.example.org/", nil, 404},
	} {
		b := d.browser()
		got := b.send(tt.method, tt.url, "", tt.header)
		if got.status != tt.want || got.header.Get("Set-Cookie") != "" || strings.Contains(got.body, "attempt-") {
			t.Errorf("%s: %d %q with the cookie %q, want %d", name, got.status, got.body, got.header.Get("Set-Cookie"), tt.want)
		}
		d.unseen(b)
	}
	unknown, none := d.browser().get(pages(ada)), d.browser().get(pages("attempt-none"))
	if unknown.body != none.body {
		t.Error("who is not let in can tell whether there is such an attempt")
	}
	if after := d.kept(ada); after.Version != before.Version || !adas.in(ada) || !bobs.in(bob) || adas.in(bob) || bobs.in(ada) {
		t.Errorf("afterwards the attempt has version %d, want %d, and each learner in their own pages alone", after.Version, before.Version)
	}
}

// Every answer has the headers that keep others out.
func TestHeaders(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	id := d.attempt(d.north, d.register(d.north))
	b := d.browser()
	for _, to := range []string{linkBase, linkBase + "/link/x", pages(id), d.link(id), pages(id)} {
		h := b.get(to).header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		} {
			if !strings.HasPrefix(h.Get(name), want) {
				t.Errorf("%s has the %s %q, want %q", to, name, h.Get(name), want)
			}
		}
	}
}

// Where nothing is left to book, the link and the cookie lead nowhere, and say so.
func TestGone(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(d *door, ref backend.AttemptRef) error{
		"removed": func(d *door, ref backend.AttemptRef) error { return d.p.Remove(d.t.Context(), ref) },
		"retired": func(d *door, ref backend.AttemptRef) error {
			_, err := d.p.Retire(d.t.Context(), "north", d.kept(ref.Attempt).User)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t)
			id := d.attempt(d.north, d.register(d.north))
			b := d.browser()
			b.get(d.link(id))
			link := d.link(id)
			d.do(end(d, d.kept(id).Ref()))
			if got := b.get(link); got.status != http.StatusGone {
				t.Errorf("the link = %d, want 410", got.status)
			}
			if name == "retired" && len(d.kept(id).Browsers) != 0 {
				t.Error("the browsers of a learner who was erased are kept")
			}
			if got := b.get(pages(id)); got.status != http.StatusGone && got.status != http.StatusForbidden {
				t.Errorf("the pages = %d, want 410 or 403", got.status)
			}
			d.unseen(b)
		})
	}
}

// While a store or the platform does not answer, the learner reads plain words, and the
// same link works later.
func TestTheGateInTrouble(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	id := d.attempt(d.north, d.register(d.north))
	link, b := d.link(id), d.browser()
	d.life.ends = d.life.steps + 1 // the process dies before it lets the browser in
	if got := b.get(link); got.status != http.StatusServiceUnavailable || got.header.Get("Set-Cookie") != "" {
		t.Errorf("while the store is away: %d, want 503", got.status)
	}
	d.restart()
	d = d.door(d.links)
	d.north.down = true
	b = d.browser()
	if got := b.get(link); got.status != http.StatusSeeOther || !b.in(id) {
		t.Errorf("while the platform is down: %d, want the browser let in", got.status)
	}
	if a := d.kept(id); a.Learner != "" {
		t.Errorf("the learner is %q, and nobody could tell", a.Learner)
	}
	d.north.down = false
	if b.get(link); d.kept(id).Learner != scheduling.LearnerID("north-4211") {
		t.Error("the next opening does not identify the learner")
	}
	d.unseen(b)
}

// A browser that signs out is unknown afterwards, at each attempt, and keeps what is not the
// gate's.
func TestSignOut(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/sign-out", nil)
	for _, name := range []string{"__Host-sitting-one", "__Host-sitting-two", "session"} {
		r.AddCookie(&http.Cookie{Name: name, Value: "x"})
	}
	w := httptest.NewRecorder()
	openedx.SignOut(w, r)
	var gone []string
	for _, c := range w.Result().Cookies() {
		if c.MaxAge >= 0 || c.Value != "" || c.Path != "/" || !c.Secure || !c.HttpOnly {
			t.Errorf("the cookie %s is not taken away as browsers want it: %s", c.Name, c)
		}
		gone = append(gone, c.Name)
	}
	if want := []string{"__Host-sitting-one", "__Host-sitting-two"}; !slices.Equal(gone, want) {
		t.Errorf("taken away: %q, want %q", gone, want)
	}
}
