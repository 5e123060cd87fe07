package edxtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// room is a small provider that does all right: it gives ids, takes what it is told,
// and calls the platform back when the test says so.
type room struct {
	p *platform

	mu       sync.Mutex
	heard    []string // method, path and status, without the parts that are the same in all
	attempts int
}

func (r *room) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var sent map[string]any
	_ = json.NewDecoder(req.Body).Decode(&sent)
	path := strings.TrimPrefix(req.URL.Path, "/api/v1")
	line := req.Method + " " + path
	if status, _ := sent["status"].(string); status != "" {
		line += " " + status
	}
	r.heard = append(r.heard, line)
	switch {
	case path == "/oauth2/access_token":
		fmt.Fprint(w, `{"access_token":"t","expires_in":3600}`)
	case path == "/config/":
		fmt.Fprint(w, `{"instructions":["Close the door."],"download_url":"https://room.example/d"}`)
	case path == "/exam/":
		fmt.Fprintf(w, `{"id":"e-%v"}`, sent["id"])
	case strings.HasSuffix(path, "/attempt/"):
		r.attempts++
		fmt.Fprintf(w, `{"id":"a-%d"}`, r.attempts)
	case strings.HasPrefix(path, "/user/"):
		fmt.Fprint(w, "true")
	case req.Method == http.MethodDelete:
		fmt.Fprint(w, `{"status":"deleted"}`)
	case req.Method == http.MethodGet:
		fmt.Fprint(w, `{"instructions":["Close the door."],"download_url":"https://room.example/d"}`)
	case req.Method == http.MethodPatch:
		fmt.Fprintf(w, `{"status":%q}`, sent["status"])
	default:
		fmt.Fprintf(w, `{"id":%q}`, strings.Trim(strings.TrimPrefix(path, "/exam/"), "/"))
	}
}

// expect compares what was heard since the last time.
func (r *room) expect(t *testing.T, lines ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if got, want := strings.Join(r.heard, "\n"), strings.Join(lines, "\n"); got != want {
		t.Errorf("the provider heard\n%s\nwant\n%s", got, want)
	}
	r.heard = nil
}

// callBack tells the platform about an attempt.
func (r *room) callBack(t *testing.T, attempt, kind, body string) {
	t.Helper()
	r.p.run([]step{{name: kind, request: "POST " + api + "attempt/" + attempt + "/" + kind, as: "room", body: body, want: `200 application/json "OK"`}})
}

// newRoom is a campus with a provider, which has heard of exam 1, and somebody for
// whom it calls back.
func newRoom(t *testing.T) (*platform, *room) {
	t.Helper()
	p := newCampus(t)
	r := &room{p: p}
	p.fake.AddUser(edxtest.User{Username: "room", Groups: []string{"room_review"}})
	p.fake.AddClient("room", "s3cret", "room")
	p.fake.AddBackend(edxtest.Backend{Name: "room", URL: "http://room.example", ClientID: "lms", ClientSecret: "s", Transport: proctorbooktest.InProcess(r)})
	e, err := p.fake.PublishExam(t.Context(), edxtest.Exam{Course: logic, Content: final, Name: "Final", Minutes: 90, Proctored: true, Backend: "room"})
	if err != nil || e.ID != 1 || e.ExternalID != "e-1" {
		t.Fatalf("PublishExam = %+v, %v", e, err)
	}
	r.expect(t, "POST /oauth2/access_token", "POST /exam/", "POST /exam/e-1/")
	return p, r
}

// A whole sitting sends the same on both front ends, but for the configuration, which
// the learning front end loads with each page. A restart loses nothing, but perhaps the
// token.
func TestAWholeSitting(t *testing.T) {
	t.Parallel()
	const attempt = "/exam/e-1/attempt/a-1/"
	for _, tt := range []struct {
		name       string
		frontEnd   edxtest.FrontEnd
		keepsCache bool
		looks      []string // what a look at the page of the set-up asks
		first      []string // likewise before there is an attempt
		restarted  []string // what comes besides after the restart
	}{
		{"learning front end", edxtest.LearningApp, true, []string{"GET " + attempt, "GET /config/"}, []string{"GET /config/"}, nil},
		{"old page", edxtest.OldPage, false, []string{"GET " + attempt}, nil, []string{"POST /oauth2/access_token"}},
	} {
		p, r := newRoom(t)
		ctx := t.Context()
		ada := p.fake.Learner("ada_l", tt.frontEnd)
		mustView(t)(ada.Look(ctx, 1))
		r.expect(t, tt.first...)
		mustView(t)(ada.SetUp(ctx, 1))
		r.expect(t, "POST /exam/e-1/attempt/ created", "GET "+attempt)
		view := mustView(t)(ada.Look(ctx, 1))
		r.expect(t, tt.looks...)
		if want := "Close the door."; !slices.Equal(view.Instructions, []string{want}) || view.Download != "https://room.example/d" || view.Readable {
			t.Errorf("%s: the page of the set-up = %+v, want the provider's words and no exam", tt.name, view)
		}
		mustView(t)(ada.ClickDownload(ctx, 1))
		r.expect(t, "GET "+attempt)
		if _, err := ada.Start(ctx, 1); err == nil || !strings.Contains(err.Error(), "no button") {
			t.Errorf("%s: a start before the provider is ready = %v, want an error", tt.name, err)
		}
		p.clock.Advance(time.Minute)
		r.callBack(t, "a-1", "ready", `{"status":"ready"}`)
		p.fake.Restart(tt.keepsCache)
		p.clock.Advance(time.Minute)
		if view := mustView(t)(ada.Start(ctx, 1)); !view.Readable {
			t.Errorf("%s: after the start the page = %+v, want the exam", tt.name, view)
		}
		r.expect(t, append(tt.restarted, "PATCH "+attempt+" started")...)
		p.clock.Advance(30 * time.Minute)
		r.callBack(t, "a-1", "ready", `{"status":"ready"}`)
		mustView(t)(ada.Submit(ctx, 1))
		r.expect(t, "PATCH "+attempt+" submitted")
		r.callBack(t, "a-1", "reviewed", `{"status":"suspicious"}`)
		r.callBack(t, "a-1", "reviewed", `{"status":"passed"}`)
		r.expect(t)
		checkSitting(t, tt.name, p)
	}
}

// checkSitting compares what the platform has seen with what was done.
func checkSitting(t *testing.T, name string, p *platform) {
	t.Helper()
	seen := p.fake.Seen()
	if len(seen.Troubles)+len(seen.Strays) != 0 || len(seen.Sittings) != 1 {
		t.Fatalf("%s: seen = %+v, want one sitting without any trouble", name, seen)
	}
	got := seen.Sittings[0]
	var moves []string
	for _, c := range append(got.Ready, got.Reviewed...) {
		moves = append(moves, fmt.Sprintf("%s %s by %s: %s -> %s %v %d", c.Kind, c.Said, c.By, c.Before, c.After, c.Changed(), c.Status))
	}
	want := []string{
		"ready ready by room: download_software_clicked -> ready_to_start true 200",
		"ready ready by room: started -> started false 200",
		"reviewed suspicious by room: submitted -> second_review_required true 200",
		"reviewed passed by room: second_review_required -> verified true 200",
	}
	if !slices.Equal(moves, want) {
		t.Errorf("%s: callbacks\n%s\nwant\n%s", name, strings.Join(moves, "\n"), strings.Join(want, "\n"))
	}
	got.Ready, got.Reviewed = nil, nil
	opened := monday.Add(2 * time.Minute)
	wanted := edxtest.Sitting{Attempt: got.Attempt, ExamID: 1, Username: "ada_l", ExternalID: "a-1", Status: "verified", Opened: opened}
	if fmt.Sprint(got) != fmt.Sprint(wanted) || got.Attempt == 0 {
		t.Errorf("%s: sitting = %+v, want %+v", name, got, wanted)
	}
}

// Who declines reads the exam at once, and the provider hears nothing, also when an
// attempt was registered there.
func TestALearnerWhoDeclines(t *testing.T) {
	t.Parallel()
	p, r := newRoom(t)
	view := mustView(t)(p.fake.Learner("ada_l", edxtest.OldPage).Decline(t.Context(), 1))
	if view.Status != "declined" || !view.Readable {
		t.Errorf("the page = %+v, want the exam", view)
	}
	r.expect(t)
	bob := p.fake.Learner("bob", edxtest.OldPage)
	registered := mustView(t)(bob.SetUp(t.Context(), 1)).Attempt
	r.expect(t, "POST /exam/e-1/attempt/ created", "GET /exam/e-1/attempt/a-1/")
	p.fake.AddClient("bob", "s3cret", "bob")
	p.run([]step{
		{name: "after all", request: fmt.Sprintf("PUT %sattempt/%d", api, registered), as: "bob", body: `{"action":"decline"}`, want: "200 application/json {"},
		{name: "ready, too late", request: "POST " + api + "attempt/a-1/ready", as: "room", body: `{"status":"ready"}`, want: "404 application/json \"You"},
	})
	r.expect(t)
	seen := p.fake.Seen()
	if len(seen.Sittings) != 2 || len(seen.Strays) != 1 || seen.Strays[0].Status != 404 || seen.Strays[0].ExternalID != "a-1" {
		t.Fatalf("seen = %+v, want two sittings and a callback that came too late", seen)
	}
	for i, id := range []string{"", "a-1"} {
		if got := seen.Sittings[i]; !got.Opened.Equal(monday) || got.ExternalID != id || got.Status != "declined" {
			t.Errorf("sitting = %+v, want a declined one with id %q that was opened at once", got, id)
		}
	}
}

// Who is reset begins anew, with another attempt at the provider.
func TestALearnerWhoIsReset(t *testing.T) {
	t.Parallel()
	p, r := newRoom(t)
	ctx := t.Context()
	ada, tea := p.fake.Learner("ada_l", edxtest.LearningApp), p.fake.Staff("teacher")
	sit := func(id string) {
		mustView(t)(ada.SetUp(ctx, 1))
		r.callBack(t, id, "ready", `{"status":"ready"}`)
		mustView(t)(ada.Start(ctx, 1))
		r.expect(t, "POST /exam/e-1/attempt/ created", "GET /exam/e-1/attempt/"+id+"/", "PATCH /exam/e-1/attempt/"+id+"/ started")
	}
	sit("a-1")
	if _, err := ada.SetUp(ctx, 1); err == nil {
		t.Error("a second attempt beside the first")
	}
	if err := tea.Reset(ctx, 1, "ada_l"); err != nil {
		t.Error(err)
	}
	r.expect(t, "DELETE /exam/e-1/attempt/a-1/")
	sit("a-2")
	mustView(t)(ada.LoseSoftware(ctx, 1))
	r.expect(t, "PATCH /exam/e-1/attempt/a-2/ error")
	failed := p.fake.Seen().Sittings[1].Attempt
	if err := tea.LetResume(ctx, failed); err != nil {
		t.Error(err)
	}
	sit("a-3")
	if err := tea.RemoveAttempt(ctx, failed); err != nil {
		t.Error(err)
	}
	r.expect(t, "DELETE /exam/e-1/attempt/a-2/")
	seen := p.fake.Seen()
	var gone []bool
	for _, s := range seen.Sittings {
		gone = append(gone, s.Removed)
	}
	if !slices.Equal(gone, []bool{true, true, false}) || len(seen.Troubles) != 0 {
		t.Errorf("removed: %v, troubles %v; want the first two removed and no trouble", gone, seen.Troubles)
	}
}

// Who is retired is forgotten by the provider.
func TestALearnerWhoIsRetired(t *testing.T) {
	t.Parallel()
	p, r := newRoom(t)
	p.fake.AddUser(edxtest.User{Username: "retirer", MayRetire: true})
	mustView(t)(p.fake.Learner("ada_l", edxtest.OldPage).SetUp(t.Context(), 1))
	r.heard = nil
	if err := p.fake.Staff("retirer").RetireAtProviders(t.Context(), "ada_l"); err != nil {
		t.Error(err)
	}
	if len(r.heard) != 1 || !strings.HasPrefix(r.heard[0], "DELETE /user/") || len(r.heard[0]) != len("DELETE /user/")+41 {
		t.Errorf("the provider heard %q, want the retirement of 40 digits", r.heard)
	}
	if err := p.fake.Staff("teacher").RetireAtProviders(t.Context(), "ada_l"); err == nil {
		t.Error("the teacher may retire users")
	}
}

// Practice may be sat again and again: each try is an attempt at the provider.
func TestPracticeIsRegisteredEachTime(t *testing.T) {
	t.Parallel()
	p, r := newRoom(t)
	ctx := t.Context()
	if _, err := p.fake.PublishExam(ctx, edxtest.Exam{Course: logic, Content: "practice", Minutes: 5, Proctored: true, Practice: true, Backend: "room", ReviewPolicy: "none is kept"}); err != nil {
		t.Error(err)
	}
	r.expect(t, "POST /exam/", "POST /exam/e-2/")
	waits := p.fake.AddAttempt(edxtest.Attempt{ExamID: 1, Username: "ada_l", Status: "onboarding_missing"})
	ada := p.fake.Learner("ada_l", edxtest.OldPage)
	mustView(t)(ada.SetUp(ctx, 2))
	if _, err := ada.PracticeAgain(ctx, 2); err == nil {
		t.Error("a try that goes on is reset")
	}
	r.callBack(t, "a-1", "ready", `{}`)
	mustView(t)(ada.Start(ctx, 2))
	mustView(t)(ada.Submit(ctx, 2))
	if _, found := p.fake.Attempt(waits); found {
		t.Error("the attempt that waited for the onboarding is still there")
	}
	r.heard = nil
	mustView(t)(ada.PracticeAgain(ctx, 2))
	r.expect(t, "DELETE /exam/e-2/attempt/a-1/", "POST /exam/e-2/attempt/ created", "GET /exam/e-2/attempt/a-2/")
	mustView(t)(ada.LoseSoftware(ctx, 2))
	mustView(t)(ada.PracticeAgain(ctx, 2))
	r.expect(t, "PATCH /exam/e-2/attempt/a-2/ error", "POST /exam/e-2/attempt/ created", "GET /exam/e-2/attempt/a-3/")
}

// Mistakes of a test are said where they are made.
func TestMistakesWithPages(t *testing.T) {
	t.Parallel()
	p, _ := newRoom(t)
	for name, act := range map[string]func(context.Context) error{
		"no user":    func(ctx context.Context) error { _, err := p.fake.Learner("nobody", 0).SetUp(ctx, 1); return err },
		"no exam":    func(ctx context.Context) error { _, err := p.fake.Learner("bob", 0).Look(ctx, 99); return err },
		"no attempt": func(ctx context.Context) error { _, err := p.fake.Learner("bob", 0).Submit(ctx, 1); return err },
		"no rights":  func(ctx context.Context) error { return p.fake.Staff("bob").Reset(ctx, 1, "ada_l") },
	} {
		if err := act(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "edxtest: ") {
			t.Errorf("%s: %v, want an error that says so", name, err)
		}
	}
	if _, found := p.fake.Sitting(99); found {
		t.Error("there is a sitting of no attempt")
	}
}

// Who clicks twice at once is registered twice, as the platform looks before it asks
// the provider and not after: the provider's part is to make one sitting of them.
func TestADoubleClick(t *testing.T) {
	t.Parallel()
	p, r := newRoom(t)
	both := make(chan struct{}, 2)
	p.fake.AddBackend(edxtest.Backend{Name: "room", URL: "http://room.example", Transport: proctorbooktest.InProcess(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/attempt/") {
			for both <- struct{}{}; len(both) < 2; {
				runtime.Gosched()
			}
		}
		r.ServeHTTP(w, req)
	}))})
	var clicks sync.WaitGroup
	for range 2 {
		clicks.Go(func() { mustView(t)(p.fake.Learner("ada_l", edxtest.OldPage).SetUp(t.Context(), 1)) })
	}
	clicks.Wait()
	if got := p.fake.Seen().Sittings; len(got) != 2 || got[0].ExternalID == got[1].ExternalID {
		t.Errorf("sittings = %+v, want two", got)
	}
}
