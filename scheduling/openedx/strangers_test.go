package openedx_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// strangers are the checks that name a platform for which nobody works.
func (w *world) strangers() (ids string) {
	w.t.Helper()
	for _, c := range w.p.Preflight(w.t.Context()) {
		if c.Code == openedx.CodePlatforms {
			ids += c.Data["platform"]
			if c.Verdict != preflight.VerdictFailed || c.Err == nil || !strings.Contains(c.Err.Error(), c.Data["platform"]) {
				w.t.Errorf("the check is %+v", c)
			}
		}
	}
	return ids
}

// A platform for which nobody would work is refused: when the handler is made, and at its
// calls by whoever has hidden the Provider from the handler.
func TestPlatformThatNobodyServes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	both := []backend.Platform{{ID: "north", ClientID: "a", Secrets: []backend.Secret{secret}}, {ID: "sputh", ClientID: "b", Secrets: []backend.Secret{secret}}}
	_, err := backend.NewHandler(w.p, both)
	wrong, ok := errors.AsType[*proctorbook.ValidationError](err)
	if !ok || len(wrong.Fields) != 1 || wrong.Fields[0].Field != "platforms[1].ID" {
		t.Errorf("NewHandler with a platform that the Provider does not serve = %v, want an error about platforms[1].ID", err)
	}
	if got := w.strangers(); got != "" {
		t.Errorf("before anybody calls, Preflight names %q", got)
	}
	id := backend.NewExamID("sputh", course, content)
	err = w.p.SaveExam(ctx, backend.Exam{Platform: "sputh", ID: id, Course: course, Content: content, Name: "Final", TimeLimit: time.Hour, Proctored: true, Active: true})
	if err == nil || !strings.Contains(err.Error(), "sputh") || !strings.Contains(err.Error(), "north") {
		t.Errorf("SaveExam for it = %v, want an error that names it and those that are served", err)
	}
	if _, err := w.store.Exam(ctx, id); !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("its exam is kept, %v", err)
	}
	r := w.registration('1')
	r.Platform, r.Exam = "sputh", id
	if _, err := w.p.Register(ctx, r); err == nil || errors.Is(err, backend.ErrNotFound) || !strings.Contains(err.Error(), "sputh") {
		t.Errorf("Register for it = %v, want an error that names it", err)
	}
	if got := w.strangers(); got != "sputh" {
		t.Errorf("Preflight names %q, want sputh", got)
	}
	if n := strings.Count(w.log.String(), "platform=sputh"); n != 2 {
		t.Errorf("the log names it %d times, want at each call:\n%s", n, w.log)
	}
}

// A platform has attempts here, and is no longer served: staff see it, and what needs no
// platform is done.
func TestPlatformThatIsNoLongerServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	south := w.join("south")
	w.restart()
	w.publish(south)
	x, y := &sitter{w: w, c: south}, &sitter{w: w, c: south, start: nine}
	x.goOn("", "registered", nil)
	w.work("north")
	w.clock.Advance(2 * time.Minute)
	w.worked()
	if a := w.kept(x.id); a.Trouble != openedx.TroubleNoPlatform || a.DueAt.IsZero() {
		t.Errorf("the attempt of a platform that is no longer served is %+v, want the trouble %s", a, openedx.TroubleNoPlatform)
	}
	if got := w.strangers(); got != "south" {
		t.Errorf("Preflight names %q, want south", got)
	}
	w.work("north", "south")
	if w.pass(); w.kept(x.id).Trouble != "" {
		t.Errorf("when it is served again the attempt is %+v", w.kept(x.id))
	}
	if got := w.strangers(); got != "" {
		t.Errorf("when it is served again Preflight names %q", got)
	}
	y.n, y.id = x.n, x.id
	y.goOn("registered", "booked", nil)
	w.work("north")
	w.do(w.p.Remove(t.Context(), w.kept(y.id).Ref()))
	w.clock.Advance(2 * time.Minute)
	w.worked()
	if b := w.booking(y.b.ID); b.State != scheduling.StateCanceled {
		t.Errorf("the booking of an attempt that was removed is %s, want canceled", b.State)
	}
}

// work makes a Provider that serves the platforms with these ids.
func (w *world) work(ids ...backend.PlatformID) {
	w.t.Helper()
	var all []openedx.LMS
	for _, id := range ids {
		all = append(all, openedx.LMS{ID: id, Client: w.campuses[id].client})
	}
	platforms, err := openedx.NewPlatforms(w.store, nil, all...)
	w.do(err)
	w.s = w.scheduler(platforms, w.bookings)
	w.p, err = openedx.New(w.s, platforms, w.exams, openedx.WithClock(w.clock))
	w.do(err)
}

func (w *world) worked() { _, err := w.p.Work(w.t.Context()); w.t.Helper(); w.do(err) }

// scheduler books for the learners of a platform.
func (w *world) scheduler(on platform.Platform, store scheduling.Store) *scheduling.Scheduler {
	w.t.Helper()
	client, err := proctoru.NewClient(proctorbooktest.InProcessURL, w.proctors.Token, proctoru.WithTransport(proctorbooktest.InProcess(w.proctors)), proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{}))
	w.do(err)
	s, err := scheduling.New(provider.ProctorU{Client: client}, on, store, scheduling.WithClock(w.clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
	w.do(err)
	return s
}

// watched is an operator's type that changes some calls of the platforms.
type watched struct{ *openedx.Platforms }

// A Provider is not made with a Scheduler that books for others.
func TestNewRefusesAnotherPlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	platforms := func() *openedx.Platforms {
		p, err := openedx.NewPlatforms(w.store, nil, openedx.LMS{ID: "north", Client: w.north.client})
		w.do(err)
		return p
	}
	mine := platforms()
	for name, tt := range map[string]struct {
		on  platform.Platform
		bad bool
	}{
		"the same": {mine, false}, "an operator's": {watched{mine}, false},
		"others": {platforms(), true}, "an operator's of others": {watched{platforms()}, true}, "an LMS alone": {platform.OpenEdX{Client: w.north.client}, true},
	} {
		if _, err := openedx.New(w.scheduler(tt.on, memstore.New()), mine, w.exams); (err != nil) != tt.bad {
			t.Errorf("New with a Scheduler on %s = %v, want an error: %t", name, err, tt.bad)
		}
	}
}
