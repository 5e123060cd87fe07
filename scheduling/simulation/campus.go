package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// campus is an Open edX whose proctoring provider the first deployment is, by package
// openedx. Its people have the same numbers and names as those of all others.
type campus struct {
	id      backend.PlatformID
	lms     *edxtest.Server
	grace   *edxtest.Staff
	exams   []int64 // its numbers of the world's exams; 0 for one that is not published
	sitting []int64 // its numbers of all attempts that there were
	retired map[string]bool
	pages   [2]*task  // what the learners do there
	downTil time.Time // nobody reaches it
}

const (
	backendName   = "office"
	backendSecret = "0123456789abcdef-of-the-platform"
)

// bridge is what the deployment keeps for its platforms; it survives its processes.
type bridge struct {
	store     openedx.Store
	heard     scheduling.Cursor // up to here events were handled
	handling  *task
	typed     map[scheduling.BookingID]bool // a right code was typed
	platforms *process                      // in whose name the platforms' own tasks run; it never dies
}

// learnerID is the id, at the deployment, of the account of one of the world's learners.
func (c *campus) learnerID(i int) scheduling.LearnerID {
	if c.id == "north" {
		return scheduling.LearnerID("42" + strconv.Itoa(i))
	}
	return scheduling.LearnerID(string(c.id) + "-42" + strconv.Itoa(i))
}

// found makes the platforms, and their learners.
func (w *world) found() {
	for _, id := range []backend.PlatformID{"north", "south"}[:w.plan.platforms] {
		c := &campus{id: id, lms: edxtest.NewUnstartedServer(edxtest.WithClock(clock{w})), exams: make([]int64, len(w.exams)), retired: map[string]bool{}}
		c.lms.AddCourse(edxtest.Course{Key: course.String(), Modes: []edxtest.Mode{{Slug: "verified"}}})
		c.lms.AddUser(edxtest.User{Username: "grace", Name: "Grace Staff", Staff: true, MayRetire: true})
		c.lms.AddUser(edxtest.User{Username: "service", Staff: true, Groups: []string{backendName + "_review"}})
		c.lms.AddClient("service", "s3cret", "service")
		c.lms.AddBackend(edxtest.Backend{
			Name: backendName, ClientID: "lms-" + string(id), ClientSecret: backendSecret, URL: proctorbooktest.InProcessURL, Transport: &calling{w, c},
		})
		c.grace = c.lms.Staff("grace")
		w.campuses = append(w.campuses, c)
	}
	people := w.learners
	for _, c := range w.campuses {
		for i, l := range people {
			number, _ := strconv.ParseInt("42"+strconv.Itoa(i), 10, 64)
			c.lms.AddUser(edxtest.User{ID: number, Username: l.Username, Name: l.Name, Email: l.Email, TimeZone: l.Zone})
			if c.id != "north" {
				other := l
				other.ID, other.Username, other.Accommodations = c.learnerID(i), string(c.id)+"/"+l.Username, nil
				w.learners = append(w.learners, other)
			}
		}
	}
}

// publish saves an exam on the platform, as an author does.
func (w *world) publish(c *campus, i int) {
	e := w.exams[i]
	saved, err := c.lms.PublishExam(context.Background(), edxtest.Exam{
		Course: e.Course.String(), Content: e.Usage.String(), Name: e.Name, Minutes: int(e.Duration / time.Minute), Proctored: true, Backend: backendName,
	})
	if err != nil || saved.ID == 0 {
		return
	}
	if c.exams[i] == 0 && c.id == "north" && i == 1 {
		c.lms.AddAllowance(edxtest.Allowance{ExamID: saved.ID, Username: "learner1", Key: "additional_time_granted", Value: strconv.Itoa(int(platformGrant / time.Minute))})
	}
	c.exams[i] = saved.ID
}

// join gives the process its clients of the platforms.
func (w *world) join(p *process) *openedx.Platforms {
	var all []openedx.LMS
	for _, c := range w.campuses {
		client, err := edx.NewClient(proctorbooktest.InProcessURL, edx.WithClientCredentials("service", "s3cret"),
			edx.WithTransport(&telling{w: w, campus: c, process: p, life: p.lives, inner: proctorbooktest.InProcess(c.lms)}),
			edx.WithClock(clock{w}), edx.WithLimiter(freely{}), edx.WithRetries(1, 1, 1))
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, openedx.LMS{ID: c.id, Client: client, BareIDs: c.id == "north"})
	}
	platforms, err := openedx.NewPlatforms(&bridgeSeam{&seam{w: w, process: p, life: p.lives}, w.bridge.store}, nil, all...)
	if err != nil {
		w.t.Fatal(err)
	}
	return platforms
}

// bridged makes the process the platforms' provider.
func (w *world) bridged(p *process, platforms *openedx.Platforms) {
	exams := func(_ context.Context, e openedx.Exam, known scheduling.Exam) (scheduling.Exam, error) {
		for _, x := range w.exams {
			if x.Key() == known.Key() {
				return x, nil
			}
		}
		return scheduling.Exam{}, openedx.ErrNotOffered
	}
	var err error
	if p.bridge, err = openedx.New(p.Scheduler, platforms, exams, openedx.WithClock(clock{w}), openedx.WithLanes(1)); err != nil {
		w.t.Fatal(err)
	}
}

// calling carries a platform's calls to one of the deployment's processes. A call is a
// task of that process, and dies with it; the platform does not.
type calling struct {
	w *world
	c *campus
}

// RoundTrip implements http.RoundTripper.
func (x *calling) RoundTrip(r *http.Request) (*http.Response, error) {
	w := x.w
	body := []byte{}
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	if strings.HasSuffix(r.URL.Path, "/access_token") {
		return answerOf(r, http.StatusOK, map[string]any{"access_token": "t", "expires_in": 1e6}), nil
	}
	d := w.deployments[0]
	p := d.processes[w.steps.n(len(d.processes))]
	var status int
	var said any
	if w.current == nil || w.calm {
		status, said = w.serve(r.Context(), p, x.c, r.Method, r.URL.Path, body)
	} else {
		call := w.start(p, "platform calls", func(ctx context.Context) { status, said = w.serve(ctx, p, x.c, r.Method, r.URL.Path, body) })
		for !call.done {
			w.await(func() bool { return call.done })
		}
	}
	if status == 0 || w.chance(decideRequest, w.plan.odds().request/3, "the answer to the platform is lost") {
		w.counts.hit("platform", "answer lost")
		return nil, errors.New("simulation: the connection broke")
	}
	return answerOf(r, status, said), nil
}

func answerOf(r *http.Request, status int, said any) *http.Response {
	body, _ := json.Marshal(said)
	return &http.Response{
		StatusCode: status, Status: strconv.Itoa(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(body))), ContentLength: int64(len(body)), Request: r,
	}
}

// serve answers a call as backend.NewHandler does, without its goroutines and time limits.
func (w *world) serve(ctx context.Context, p *process, c *campus, method, path string, body []byte) (status int, said any) {
	part := strings.Split(strings.Trim(strings.TrimPrefix(path, "/api/v1/"), "/"), "/")
	var err error
	switch last := len(part); {
	case part[0] == "config":
		return http.StatusOK, map[string]any{"download_url": ""}
	case part[0] == "user":
		var gone bool
		gone, err = p.bridge.Retire(ctx, c.id, backend.UserID(part[1]))
		said = gone
	case part[0] == "exam" && method == http.MethodPost && last < 3:
		said, err = w.saveExam(ctx, p, c, body)
	case last == 3 && method == http.MethodPost:
		said, err = register(ctx, p, c, backend.ExamID(part[1]), body)
	case last == 4:
		ref := backend.AttemptRef{Platform: c.id, Exam: backend.ExamID(part[1]), Attempt: backend.AttemptID(part[3])}
		said, err = attempt(ctx, p, ref, method, body)
	}
	switch {
	case errors.Is(err, backend.ErrNotFound):
		return http.StatusNotFound, map[string]any{}
	case err != nil:
		return http.StatusServiceUnavailable, map[string]any{}
	}
	return http.StatusOK, said
}

func (w *world) saveExam(ctx context.Context, p *process, c *campus, body []byte) (any, error) {
	var e struct {
		ID        int64  `json:"id"`
		Content   string `json:"content_id"`
		Name      string `json:"exam_name"`
		Minutes   int64  `json:"time_limit_mins"`
		Proctored bool   `json:"is_proctored"`
		Active    bool   `json:"is_active"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, err
	}
	usage, err := edx.ParseUsageKey(e.Content)
	if err != nil {
		return nil, err
	}
	id := backend.NewExamID(c.id, course, usage)
	return map[string]any{"id": id}, p.bridge.SaveExam(ctx, backend.Exam{
		Platform: c.id, ID: id, LMSID: e.ID, Course: course, Content: usage, Name: e.Name, TimeLimit: time.Duration(e.Minutes) * time.Minute,
		Proctored: e.Proctored, Active: e.Active, Backend: backendName,
	})
}

func register(ctx context.Context, p *process, c *campus, exam backend.ExamID, body []byte) (any, error) {
	var r struct {
		User     string `json:"user_id"`
		FullName string `json:"full_name"`
		Email    string `json:"email"`
		Minutes  int64  `json:"time_limit_mins"`
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	id, err := p.bridge.Register(ctx, backend.Registration{
		Platform: c.id, Exam: exam, TimeLimit: time.Duration(r.Minutes) * time.Minute,
		Learner: backend.Person{ID: backend.UserID(r.User), FullName: r.FullName, Email: r.Email},
	})
	return map[string]any{"id": id}, err
}

func attempt(ctx context.Context, p *process, ref backend.AttemptRef, method string, body []byte) (any, error) {
	switch method {
	case http.MethodGet:
		s, err := p.bridge.SetUp(ctx, ref)
		return map[string]any{"status": s.Status, "instructions": []string{}, "download_url": "https://office.example.org/"}, err
	case http.MethodDelete:
		return map[string]any{"status": "deleted"}, p.bridge.Remove(ctx, ref)
	}
	var said struct {
		Status edx.AttemptStatus `json:"status"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return nil, err
	}
	return said, p.bridge.Report(ctx, ref, said.Status)
}

// telling carries a process's requests to a platform. It pauses before and after those
// that its own tasks make: callbacks, and the lists of attempts.
type telling struct {
	w       *world
	campus  *campus
	process *process
	life    int
	inner   http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (x *telling) RoundTrip(r *http.Request) (*http.Response, error) {
	w := x.w
	if x.life != x.process.lives {
		panic(died{})
	}
	kind := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	callback := kind == "ready" || kind == "reviewed"
	if !callback && !strings.Contains(r.URL.Path, "/attempt") {
		return x.inner.RoundTrip(r) // perhaps not on the task's goroutine
	}
	if !callback {
		kind = "attempts"
	}
	begun := w.now
	w.pause(kind, before)
	if w.now.Sub(begun) > longestWork {
		w.counts.hit("platform", "not sent: the time for the work was over")
		return nil, context.DeadlineExceeded
	}
	if w.campusFault(x.campus, "request") {
		return nil, errors.New("simulation: the platform is not reached")
	}
	if callback {
		w.counts.hit("platform", kind)
		w.judgeCallback(x.campus, r.URL.Path)
	}
	resp, err := x.inner.RoundTrip(r)
	w.pause(kind, after)
	if err == nil && w.campusFault(x.campus, "answer") {
		_ = resp.Body.Close()
		return nil, errors.New("simulation: the platform's answer is lost")
	}
	return resp, err
}

// longestWork is how long the work on an attempt goes on: then its context ends. Nothing
// is sent behind that, however long the process stood still, since net/http looks first.
const longestWork = time.Minute

// campusFault reports whether a request to the platform, or its answer, gets lost.
func (w *world) campusFault(c *campus, what string) bool {
	if w.mask.calm {
		return false
	}
	if c.downTil.After(w.now) {
		w.counts.hit("platform", "down")
		return true
	}
	if !w.chance(decideRequest, w.plan.odds().request/2, what) {
		return false
	}
	w.counts.hit("platform", what+" of ours lost")
	w.trace.add(w.elapsed(), string(c.id), "loses", what)
	return true
}
