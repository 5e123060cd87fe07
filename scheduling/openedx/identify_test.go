package openedx_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// Who it is, only the platform's own row with our id tells: no name, no address.
func TestWhoIsIt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before func(w *world)
		after  func(w *world, person *openedx.Person) // the registration
		want   scheduling.LearnerID
	}{
		"as a rule":                 {nil, nil, "north-4211"},
		"no address":                {nil, func(_ *world, p *openedx.Person) { p.Email = "" }, "north-4211"},
		"an address that is gone":   {nil, func(_ *world, p *openedx.Person) { p.Email = "old@personal.example" }, "north-4211"},
		"an address with a slash":   {nil, func(_ *world, p *openedx.Person) { p.Email = "a/da@personal.example" }, "north-4211"},
		"another's address":         {nil, func(_ *world, p *openedx.Person) { p.Email = "bob@personal.example" }, "north-4211"},
		"another has the same name": {func(w *world) { w.crowd(3) }, nil, "north-4211"},
		"many others sit the exam":  {func(w *world) { w.crowd(60) }, func(_ *world, p *openedx.Person) { p.Email = "" }, "north-4211"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.north.lms.AddUser(edxtest.User{ID: 4212, Username: "bob", Name: "Personal Ada", Email: "bob@personal.example"})
			if tt.before != nil {
				tt.before(w)
			}
			id := w.attempt(w.north, w.register(w.north))
			if tt.after != nil {
				p, err := w.store.Person(t.Context(), "north", w.kept(id).User)
				w.do(err)
				tt.after(w, &p)
				_, err = w.store.PutPerson(t.Context(), p)
				w.do(err)
			}
			if _, err := w.p.Sitting(t.Context(), id); !errors.Is(err, openedx.ErrNotIdentified) {
				t.Errorf("before anybody asked the platform: %v, want ErrNotIdentified", err)
			}
			if s := w.identified(id); s.Learner != tt.want {
				t.Errorf("the learner is %s, want %s", s.Learner, tt.want)
			}
			w.private()
		})
	}
}

// crowd has others sit the exam, all with ada's name.
func (w *world) crowd(n int) {
	w.t.Helper()
	for i := range n {
		name := fmt.Sprint("other", i)
		w.north.lms.AddUser(edxtest.User{Username: name, Name: "Personal Ada", Email: name + "@personal.example"})
		if _, err := w.north.lms.Learner(name, edxtest.OldPage).SetUp(w.t.Context(), w.north.exam.ID); err != nil {
			w.t.Fatal(err)
		}
	}
}

// The calls of the platform ask the platform for nothing: while it waits, it may not be
// able to answer.
func TestNothingIsAskedInACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := backend.AttemptRef{Platform: "north", Exam: backend.NewExamID("north", course, content)}
	var err error
	ref.Attempt, err = w.p.Register(t.Context(), w.registration('1'))
	w.do(err)
	_, err = w.p.SetUp(t.Context(), ref)
	w.do(err)
	w.do(w.p.Report(t.Context(), ref, edx.AttemptStarted))
	w.do(w.p.Remove(t.Context(), ref))
	_, err = w.p.Retire(t.Context(), "north", w.registration('1').Learner.ID)
	w.do(err)
	if n := w.north.lms.Counts().Requests["POST /oauth2/access_token"]; n != 0 {
		t.Errorf("the platform was asked %d times for a token, want never", n)
	}
	if asked := w.proctors.Counts().Requests; len(asked) != 0 {
		t.Errorf("the proctors' service was asked %v, want nothing", asked)
	}
}

// Whom the platform's list does not have, staff tie by hand, and correct a mistake until
// something is booked.
func TestTie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.north.lms.AddUser(edxtest.User{ID: 4212, Username: "bob", Name: "Personal Bob", Email: "bob@personal.example"})
	id, err := w.p.Register(ctx, w.registration('1'))
	w.do(err)
	w.clock.Advance(time.Minute)
	w.pass()
	a := w.kept(id)
	if a.Trouble != openedx.TroubleNotIdentified {
		t.Errorf("the attempt is %+v, want it not identified", a)
	}
	var ids []backend.AttemptID
	for a, err := range w.p.Attempts(ctx, openedx.AttemptQuery{Unidentified: true}) {
		w.do(err)
		ids = append(ids, a.ID)
	}
	if len(ids) != 1 || ids[0] != id {
		t.Errorf("not identified are %v, want %s", ids, id)
	}
	if _, err := w.p.Identify(ctx, id); !errors.Is(err, openedx.ErrNotIdentified) {
		t.Errorf("Identify = %v, want ErrNotIdentified", err)
	}
	for who, want := range map[string]error{"nobody": edx.ErrNotFound, "": nil} {
		if _, err := w.p.Tie(ctx, "north", a.User, who, "grace"); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("Tie to %q = %v, want an error, %v", who, err, want)
		}
	}
	if _, err := w.p.Tie(ctx, "north", "461807b0461807b0461807b0461807b0461807b9", "bob", "grace"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Tie of a user whom nobody registered = %v, want ErrNotFound", err)
	}
	for _, who := range []string{"bob", "ada_l"} {
		p, err := w.p.Tie(ctx, "north", a.User, who, "grace")
		w.do(err)
		if p.TiedBy != "grace" || p.TiedAt.IsZero() {
			t.Errorf("nobody has tied %v", p)
		}
	}
	if s := w.identified(id); s.Learner != "north-4211" {
		t.Fatalf("the learner is %s, want ada's", s.Learner)
	}
	w.book(id, nine)
	if _, err := w.p.Tie(ctx, "north", a.User, "bob", "grace"); !errors.Is(err, openedx.ErrTied) {
		t.Errorf("Tie with a booking = %v, want ErrTied", err)
	}
	w.private()
}

// The first opening of a link identifies, and need not wait for the background.
func TestIdentify(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.attempt(w.north, w.register(w.north))
	w.north.down = true
	if _, err := w.p.Identify(t.Context(), id); !errors.Is(err, openedx.ErrNotIdentified) {
		t.Errorf("Identify while the platform is down = %v, want ErrNotIdentified", err)
	}
	w.north.down = false
	for range 2 {
		if s, err := w.p.Identify(t.Context(), id); err != nil || s.Learner != "north-4211" || s.Exam.Duration != 90*time.Minute {
			t.Errorf("Identify = %s, %v; want ada", s.Learner, err)
		}
	}
}

// anonymous lets the platform's list of attempts, and no search, tell who a learner is.
func (w *world) anonymous(id backend.AttemptID) {
	w.t.Helper()
	p, err := w.store.Person(w.t.Context(), "north", w.kept(id).User)
	w.do(err)
	p.Email = ""
	_, err = w.store.PutPerson(w.t.Context(), p)
	w.do(err)
}

// The platform's list may be too long to be read to its end: it begins with the newest
// attempts, and ends for us with the one that is looked for.
func TestTheListIsTooLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.crowd(60)
	x := w.play(w.north, "registered", nil)
	w.anonymous(x.id)
	w.north.fails = func(r *http.Request) error {
		if r.URL.Query().Get("page") == "3" {
			return hangs(r)
		}
		return nil
	}
	if s, err := w.p.Identify(t.Context(), x.id); err != nil || s.Learner != "north-4211" {
		t.Errorf("Identify = %+v, %v, want the learner", s, err)
	}
}

// Nobody waits longer for the list than they would for the platform, also when another one
// is reading it.
func TestWaitingForTheList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "registered", nil)
	w.anonymous(x.id)
	reading, read := make(chan bool, 10), make(chan bool)
	w.north.fails = func(r *http.Request) error {
		reading <- true
		return hangs(r)
	}
	long, end := context.WithCancel(t.Context())
	go func() {
		_, _ = w.p.Identify(long, x.id)
		close(read)
	}()
	<-reading
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	answered := make(chan error, 1)
	go func() {
		_, err := w.p.Identify(short, x.id)
		answered <- err
	}()
	select {
	case err := <-answered:
		if !errors.Is(err, openedx.ErrNotIdentified) {
			t.Errorf("Identify = %v, want ErrNotIdentified", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("who waits for the list waits for whoever reads it")
	}
	end()
	<-read
}
