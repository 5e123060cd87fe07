package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// What both sides of the offline run know. None of it is a secret.
const (
	course   = "course-v1:ExampleX+CS101+2027"
	content  = "block-v1:ExampleX+CS101+2027+type@sequential+block@final"
	acme     = "acme" // the LMS's name of the provider
	clientID = "lms-north"
	secret   = backend.Secret("0Rrf7LxW4bTz-offline-run-no-secret")
)

// fakes are both services as fakes, on loopback.
type fakes struct {
	clock    proctorbook.Clock
	proctors *proctorutest.Server
	lms      *edxtest.Server
	exams    openedx.ExamFunc
}

// newFakes starts the services. The LMS has a course, a learner, and an account for the
// service that may do what the service must.
func newFakes(clock proctorbook.Clock, opens time.Time) *fakes {
	f := &fakes{clock: clock, proctors: proctorutest.NewServer(proctorutest.WithClock(clock)), lms: edxtest.NewServer(edxtest.WithClock(clock))}
	f.lms.AddCourse(edxtest.Course{Key: course, Name: "Logic", Modes: []edxtest.Mode{{Slug: "verified"}}})
	f.lms.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", TimeZone: "Europe/Paris"})
	f.lms.AddUser(edxtest.User{Username: "proctoring", Staff: true, Groups: []string{acme + "_review"}})
	f.lms.AddClient("service", "no secret either", "proctoring")
	f.exams = openedx.Table{{}: {Zone: time.UTC, Window: scheduling.Window{Start: opens, End: opens.AddDate(1, 0, 0)}}}.Exam
	return f
}

func (f *fakes) close() {
	f.proctors.Close()
	f.lms.Close()
}

// outfit is what a service on the fakes works with. The transports carry its requests.
func (f *fakes) outfit(bookings scheduling.Store, attempts openedx.Store, toProctors, toLMS http.RoundTripper) (outfit, error) {
	o := outfit{
		bookings: bookings, attempts: attempts, exams: f.exams, clock: f.clock, log: slog.New(slog.DiscardHandler),
		key: []byte("a key of the offline run: no secret"), clientID: clientID, secret: secret,
		linkKey: "the key of the offline run's links: no secret either",
		tuning:  scheduling.Tuning{Patience: 500 * time.Millisecond}, // what is open after that, the background finds out
	}
	var err error
	o.proctor, err = proctoru.NewClient(f.proctors.URL, f.proctors.Token, proctoru.WithTransport(toProctors), proctoru.WithClock(f.clock), proctoru.WithLimiter(freely{}))
	if err != nil {
		return o, err
	}
	o.lms, err = edx.NewClient(f.lms.URL, edx.WithClientCredentials("service", "no secret either"),
		edx.WithTransport(toLMS), edx.WithClock(f.clock), edx.WithLimiter(freely{}))
	return o, err
}

// freely lets every request pass at once: fakes need no pause.
type freely struct{}

func (freely) Wait(ctx context.Context) error { return ctx.Err() }

// world is a service between both fakes, on a clock that the program puts forward. Its
// stores outlive the processes that serve.
type world struct {
	*fakes
	time     *proctorbooktest.ManualClock
	out      *printer
	faults   *faults
	bookings *memstore.Store
	attempts *openedx.Memory
	door     *proctorbooktest.Listener // the service's address
	current  atomic.Pointer[process]
	over     chan struct{} // closed at the end of the program
}

// process is one life of the service.
type process struct {
	*service
	ctx context.Context // ends with the process
	die context.CancelFunc
}

func newWorld(ctx context.Context, fault string, out *printer) (*world, error) {
	clock := proctorbooktest.NewManualClock(monday.AddDate(0, 0, -4))
	w := &world{
		fakes: newFakes(clock, monday.Add(-9*time.Hour)), time: clock, out: out, faults: &faults{chosen: fault},
		bookings: memstore.New(), attempts: openedx.NewMemory(), over: make(chan struct{}),
	}
	w.door = proctorbooktest.Loopback(http.HandlerFunc(w.answer))
	w.lms.AddBackend(edxtest.Backend{Name: acme, ClientID: clientID, ClientSecret: secret.Reveal(), URL: w.door.URL, Transport: ear{w}})
	return w, w.restart(ctx)
}

func (w *world) close() {
	w.current.Load().die()
	close(w.over)
	w.door.Close()
	w.fakes.close()
}

// restart starts another process on the stores.
func (w *world) restart(ctx context.Context) error {
	p := &process{}
	p.ctx, p.die = context.WithCancel(ctx)
	o, err := w.outfit(w.bookings, w.attempts, wire{w, p}, wire{w, p})
	if err == nil {
		o.public = w.door.URL
		p.service, err = newService(o)
	}
	if err != nil {
		p.die()
		return err
	}
	w.current.Store(p)
	go func() {
		if err := p.run(p.ctx); err != nil {
			w.print(line{Step: "failed", Text: "the background: " + err.Error()})
			p.die()
		}
	}()
	return nil
}

// answer is where the service's address leads: to the process that lives.
func (w *world) answer(rw http.ResponseWriter, r *http.Request) {
	p := w.current.Load()
	if p.ctx.Err() != nil {
		http.Error(rw, "Bad Gateway", http.StatusBadGateway)
		return
	}
	p.ServeHTTP(rw, r)
}

// ear is how the LMS reaches the service. It prints what was asked.
type ear struct{ w *world }

func (e ear) RoundTrip(r *http.Request) (*http.Response, error) {
	call := r.Method + " " + pattern(r.URL.Path)
	if r.Method == http.MethodPatch {
		said, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(said))
		var report struct{ Status string }
		_ = json.Unmarshal(said, &report) // what can't be read says nothing
		call += " " + report.Status
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && e.w.faults.strikes(loseAnswer, call) {
		resp.Body.Close()
		err = errLost
	}
	told := line{Step: "asked", Call: call}
	if err == nil {
		told.Status = resp.StatusCode
	}
	e.w.print(told)
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// pattern is the path without ids.
func pattern(path string) string {
	parts := strings.Split(path, "/")
	for i := 1; i < len(parts); i++ {
		if name := parts[i-1]; parts[i] != "" && (name == "exam" || name == "attempt" || name == "user") {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

// wire carries the requests of a process. It prints what the LMS was told.
type wire struct {
	w *world
	p *process
}

func (l wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.p.ctx.Err() != nil {
		return nil, context.Cause(l.p.ctx)
	}
	call := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	l.w.before(call)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if call == ready || call == reviewed {
		told := line{Step: "told", Call: call}
		if err == nil {
			told.Status = resp.StatusCode
		}
		l.w.print(told)
	}
	if l.w.faults.kills(call) {
		if err == nil {
			resp.Body.Close()
		}
		l.p.die()
		<-l.w.over // as in a process that was killed, not a line more runs
		return nil, errLost
	}
	return resp, err
}

var errLost = errors.New("the connection is lost")

func (w *world) print(l line) {
	l.At = w.time.Now()
	w.out.line(l)
}
