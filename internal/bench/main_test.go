package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// Each side of each comparison does its work: a code by hand that fails early would be
// quick.
func TestSubjects_work(t *testing.T) {
	for _, s := range subjects {
		if s.build == nil {
			continue
		}
		c, err := s.build()
		if left, ok := errors.AsType[leftOut](err); ok {
			t.Logf("%s: %v", s.name, left)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		defer c.close()
		if err := c.ours(); err != nil {
			t.Errorf("%s: ours: %v", s.name, err)
		}
		for _, o := range c.others {
			if err := o.work(); err != nil {
				t.Errorf("%s: %s: %v", s.name, o.name, err)
			}
		}
	}
}

// A fleet is what its lists say: each has rows, and whoever counts it finds all of them.
func TestFleet(t *testing.T) {
	for _, d := range []sqlstore.Dialect{sqlstore.SQLite, sqlstore.PostgreSQL} {
		store, err := openDatabase(d)
		if left, ok := errors.AsType[leftOut](err); ok {
			t.Logf("%s: %v", d, left)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		defer store.close()
		if err := errors.Join(store.fill(1000), store.fill(3000)); err != nil {
			t.Fatalf("%s: %v", d, err)
		}
		for name, list := range staffLists {
			n := 0
			for _, err := range list(t.Context(), store) {
				if err != nil {
					t.Fatalf("%s: %s: %v", d, name, err)
				}
				n++
			}
			if n == 0 || name == "all" && n != 3000 {
				t.Errorf("%s: the list of %s has %d rows", d, name, n)
			}
		}
		counts, err := lists.Counts(t.Context(), store, scheduling.Filter{})
		n, passed := 0, 0
		for _, c := range counts {
			n, passed = n+c.Bookings, passed+c.Verdicts[scheduling.VerdictPassed]
		}
		if err != nil || len(counts) != fleetExams || n != 3000 || passed != 1350 {
			t.Errorf("%s: Counts = %d exams, %d bookings, %d passed, %v", d, len(counts), n, passed, err)
		}
	}
}

// Bookings are watched by a reading that compares all of them: were they not found in it,
// each would be looked at by its learner's list.
func TestWatch(t *testing.T) {
	w, err := newWatch(300)
	if err != nil {
		t.Fatal(err)
	}
	spent, err := w.hours(2)
	if err != nil || spent.reading < 1 || spent.reading > 30 || spent.hourly < spent.reading || spent.hourly > 60 || spent.took <= 0 {
		t.Errorf("300 bookings: %+v, %v; want one reading an hour, and little more", spent, err)
	}
	if w.away <= 0 {
		t.Error("the fake took no time: a reading's would be that of both")
	}
}

func TestAddressIn(t *testing.T) {
	for said, want := range map[string]string{
		"The portal is on http://127.0.0.1:4711 - open it.\nWhat can go wrong is on http://127.0.0.1:4711/panel\n": "http://127.0.0.1:4711/",
		"It is elsewhere.\n": "",
		"":                   "",
	} {
		got, err := addressIn(strings.NewReader(said))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("addressIn(%q) = %q, %v; want %q", said, got, err, want)
		}
	}
}

// What stands beside the portal answers as many bytes as were asked for.
func TestServeBytes(t *testing.T) {
	s, err := serveBytes(1900)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n, took, err := get(http.DefaultClient, s.url); n != 1900 || took <= 0 || err != nil {
		t.Errorf("get = %d bytes in %v ns, %v; want 1900", n, took, err)
	}
}

func TestCompare(t *testing.T) {
	ours, theirs := []cost{{30, 11, 0}, {20, 12, 0}, {90, 13, 0}}, []cost{{10, 10, 0}, {20, 10, 0}, {45, 10, 0}}
	f := compare("bare", goal{quantity: duration, ratio: 1.1}, ours, theirs)
	if f.ratio != 2 || f.ours != 30 || f.theirs != 20 || f.goal != 1.1 {
		t.Errorf("time: %+v, want the median of the rounds' ratios, 2", f)
	}
	f = compare("bare", goal{quantity: allocations, more: 5}, ours, theirs)
	if f.ratio != 1.2 || f.goal != 1.5 {
		t.Errorf("allocations: %+v, want 1.2 of 1.5", f)
	}
}

func TestPrint_json(t *testing.T) {
	var out bytes.Buffer
	p, err := newPrinter(&out, "json")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.print("create", []finding{{other: "bare", ratio: 1.05, goal: 1.1}, {other: "bare", quantity: allocated, ratio: 2}}); err != nil {
		t.Fatal(err)
	}
	const want = `{"name":"create/bare/time","ratio":1.05,"goal":1.1}` + "\n" + `{"name":"create/bare/bytes","ratio":2,"goal":null}`
	if got := strings.TrimSpace(out.String()); got != want || !json.Valid([]byte(strings.Split(got, "\n")[0])) {
		t.Errorf("got %s, want %s", got, want)
	}
}
