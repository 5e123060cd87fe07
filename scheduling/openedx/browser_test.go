package openedx_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// Another browser is let in for the learner's name or address, and nothing else.
func TestAnotherBrowser(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		who  string
		want int
	}{
		"the name":                     {"Personal Ada", http.StatusSeeOther},
		"the name in other spelling":   {"  personal   ADA ", http.StatusSeeOther},
		"the address":                  {"ada@personal.example", http.StatusSeeOther},
		"the address in other letters": {"Ada@Personal.Example", http.StatusSeeOther},
		"nothing":                      {"", http.StatusForbidden},
		"blanks":                       {"  ", http.StatusForbidden},
		"a part of the name":           {"Ada", http.StatusForbidden},
		"the user name":                {"ada_l", http.StatusForbidden},
		"another's":                    {"Personal Bob", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t)
			id := d.attempt(d.north, d.register(d.north))
			first, other := d.browser(), d.browser()
			first.get(d.link(id))
			link := d.link(id)
			if asked := other.get(link); asked.status != http.StatusOK || !strings.Contains(asked.body, `name="who"`) || other.in(id) {
				t.Fatalf("another browser is answered %d %q, want the question", asked.status, asked.body)
			}
			if got := other.says(link, tt.who); got.status != tt.want || other.in(id) != (tt.want == http.StatusSeeOther) {
				t.Errorf("the answer = %d, and the browser is in: %t; want %d", got.status, other.in(id), tt.want)
			}
			if !first.in(id) {
				t.Error("the first browser is out")
			}
			d.unseen(first, other)
		})
	}
}

// Of whom the platform told neither name nor address, nobody can say who they are.
func TestNothingIsNoAnswer(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	r := d.registration('1')
	r.Learner.FullName, r.Learner.Email = "", " "
	id, err := d.p.Register(t.Context(), r)
	d.do(err)
	first, other := d.browser(), d.browser()
	first.get(d.link(id))
	for _, who := range []string{"", " ", "x"} {
		if got := other.says(d.link(id), who); got.status != http.StatusForbidden || other.in(id) {
			t.Errorf("the answer %q = %d", who, got.status)
		}
	}
	// Staff help.
	d.do(d.p.ForgetBrowsers(t.Context(), id))
	if other.get(d.link(id)); !other.in(id) || first.in(id) {
		t.Errorf("after staff forgot the browsers: in are the other %t and the first %t, want the other alone", other.in(id), first.in(id))
	}
	if err := d.p.ForgetBrowsers(t.Context(), "attempt-none"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("ForgetBrowsers of no attempt = %v, want ErrNotFound", err)
	}
}

// A name is the same whether its accents are signs of their own, as some platforms have
// them, or not, as browsers send them.
func TestNamesWithAccents(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	r := d.registration('1')
	r.Learner.FullName = "Personal Zoe\u0308 A\u030angstro\u0308m"
	id, err := d.p.Register(t.Context(), r)
	d.do(err)
	first, other := d.browser(), d.browser()
	first.get(d.link(id))
	if got := other.says(d.link(id), "personal zo\u00eb \u00e5ngstr\u00f6m"); !other.in(id) {
		t.Errorf("the learner's name = %d, want that it opens", got.status)
	}
}

// After five wrong answers nobody is asked for a quarter of an hour, however many ask at
// once, not even who knows the answer. The first browser is not concerned.
func TestTooManyGuesses(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	id := d.attempt(d.north, d.register(d.north))
	first, other := d.browser(), d.browser()
	first.get(d.link(id))
	link := d.link(id)
	status := make([]int, 8)
	var all sync.WaitGroup
	for i := range status {
		b := d.browser()
		all.Go(func() { status[i] = b.says(link, "Personal Bob").status })
	}
	all.Wait()
	count := map[int]int{}
	for _, s := range status {
		count[s]++
	}
	if count[http.StatusForbidden] != 5 || count[http.StatusTooManyRequests] != 3 {
		t.Errorf("eight wrong answers = %v, want 5 of 403 and 3 of 429", count)
	}
	if got := other.says(link, "Personal Ada"); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "900" || other.in(id) {
		t.Errorf("the right answer after them = %d, want 429", got.status)
	}
	if !first.in(id) {
		t.Error("the first browser is out")
	}
	d.clock.Advance(15 * time.Minute)
	if got := other.says(link, "Personal Bob"); got.status != http.StatusForbidden {
		t.Errorf("a wrong answer a quarter of an hour later = %d, want 403", got.status)
	}
	if got := other.says(link, "Personal Ada"); got.status != http.StatusSeeOther || d.kept(id).Guesses != (openedx.Guesses{}) {
		t.Errorf("the right answer then = %d, and %+v are kept; want it let in", got.status, d.kept(id).Guesses)
	}
	d.unseen(first, other)
}

// At most five browsers are known, and each for its time.
func TestBrowsersComeAndGo(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	id := d.attempt(d.north, d.register(d.north))
	var all []*browser
	for range 6 {
		b := d.browser()
		b.get(d.link(id))
		b.says(d.link(id), "Personal Ada")
		all = append(all, b)
	}
	for i, b := range all {
		if b.in(id) != (i > 0) {
			t.Errorf("browser %d is in: %t", i, b.in(id))
		}
	}
	d.clock.Advance(30*24*time.Hour - time.Second)
	if !all[5].in(id) {
		t.Error("a browser is out a second before its time is over")
	}
	d.clock.Advance(time.Second)
	b := d.browser()
	b.c.Jar = nil // which keeps the time itself
	for _, c := range all[5].c.Jar.Cookies(must(url.Parse(linkBase))) {
		if got := b.send("GET", pages(id), "", http.Header{"Cookie": {c.Name + "=" + c.Value}}); got.status != http.StatusForbidden {
			t.Errorf("a browser whose time is over = %d, want 403", got.status)
		}
	}
	if got := all[5].get(d.link(id)); got.status != http.StatusOK {
		t.Errorf("its next link = %d, want the question who it is", got.status)
	}
}
