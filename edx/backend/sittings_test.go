package backend_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// campus is a platform, and the provider in front of which the handler stands: what
// goes to and fro between them goes over the two APIs alone.
type campus struct {
	t       *testing.T
	lms     *edxtest.Server
	back    *edx.Client // by which the provider calls back
	service *service
	opts    []backend.Option
	signIns int
	exam    edxtest.Exam
}

const nameAtLMS = "peers" // what platforms call the provider

// newCampus publishes an exam, of which the provider then knows. Its learners are ada
// and bob, its staff is grace.
func newCampus(t *testing.T, opts ...backend.Option) *campus {
	t.Helper()
	c := &campus{t: t, service: newService(t, nil, opts...), opts: opts}
	c.lms, c.back = newLMS(t, c, lmsA, secretA)
	c.exam = c.publish("final", false)
	return c
}

// newLMS is a platform that signs in at the campus's provider as client.
func newLMS(t *testing.T, c *campus, client, secret string) (*edxtest.Server, *edx.Client) {
	t.Helper()
	lms := edxtest.NewUnstartedServer(edxtest.WithClock(c.service.clock))
	lms.AddCourse(edxtest.Course{Key: course.String(), Modes: []edxtest.Mode{{Slug: "verified"}}})
	for _, name := range []string{"ada", "bob"} {
		lms.AddUser(edxtest.User{Username: name, Name: "Personal " + name, Email: name + "@personal.example"})
		lms.Enroll(name, course.String(), "verified", true)
	}
	lms.AddUser(edxtest.User{Username: "grace", Name: "Personal Grace", Staff: true, MayRetire: true})
	lms.AddUser(edxtest.User{Username: "provider", Groups: []string{nameAtLMS + "_review"}})
	lms.AddClient("provider", "s3cret", "provider")
	c.connect(lms, client, secret)
	back, err := edx.NewClient(lms.URL, edx.WithClientCredentials("provider", "s3cret"),
		edx.WithTransport(proctorbooktest.InProcess(lms)), edx.WithClock(c.service.clock))
	if err != nil {
		t.Fatal(err)
	}
	return lms, back
}

// connect makes the provider known to a platform, in whichever handler it is by then.
func (c *campus) connect(lms *edxtest.Server, client, secret string) {
	lms.AddBackend(edxtest.Backend{
		Name: nameAtLMS, URL: proctorbooktest.InProcessURL, ClientID: client, ClientSecret: secret, Rules: map[string]bool{"allow_notes": true},
		Transport: proctorbooktest.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/access_token") {
				c.signIns++
			}
			c.service.ServeHTTP(w, r)
		})),
	})
}

func (c *campus) publish(name string, practice bool) edxtest.Exam {
	c.t.Helper()
	e, err := c.lms.PublishExam(c.t.Context(), edxtest.Exam{
		Course: course.String(), Content: strings.Replace(content.String(), "final", name, 1), Name: "Final & more", Minutes: 90,
		Proctored: true, Practice: practice, Backend: nameAtLMS, ReviewPolicy: "Closed book",
	})
	if err != nil || e.ExternalID == "" {
		c.t.Fatalf("PublishExam = %+v, %v; want one with the provider's id", e, err)
	}
	return e
}

// restart is another process of the provider, on the same store.
func (c *campus) restart() {
	c.t.Helper()
	c.handle(c.service.memory)
}

func (c *campus) handle(provider backend.Provider) {
	c.t.Helper()
	h, err := backend.NewHandler(provider, platforms(), append([]backend.Option{backend.WithClock(c.service.clock)}, c.opts...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.service.Handler = h
}

// serve puts another provider in the place of the campus's, which hears of the exam.
func (c *campus) serve(provider backend.Provider) {
	c.t.Helper()
	c.handle(provider)
	c.exam = c.publish("final", false)
}

// see compares what somebody sees with what there should be.
func (c *campus) see(view edxtest.View, err error) func(status string, readable bool) edxtest.View {
	c.t.Helper()
	return func(status string, readable bool) edxtest.View {
		c.t.Helper()
		if err != nil || view.Status != status || view.Readable != readable {
			c.t.Fatalf("the page = %+v, %v; want the attempt %q, readable %t", view, err, status, readable)
		}
		return view
	}
}

// sitting is what the platform and the provider know of an attempt.
func (c *campus) sitting(attempt int64) (edxtest.Sitting, backend.MemoryAttempt) {
	c.t.Helper()
	sitting, found := c.lms.Sitting(attempt)
	for _, a := range c.service.memory.Attempts() {
		if found && string(a.Attempt) == sitting.ExternalID {
			return sitting, a
		}
	}
	c.t.Fatalf("the provider has no attempt %q", sitting.ExternalID)
	return sitting, backend.MemoryAttempt{}
}

func (c *campus) do(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// noTrouble checks that a real platform could use each answer, and that the log
// holds nobody.
func (c *campus) noTrouble() {
	c.t.Helper()
	if seen := c.lms.Seen(); len(seen.Troubles) != 0 || len(seen.Strays) != 0 {
		c.t.Errorf("the platform had troubles %v and callbacks for nobody %+v", seen.Troubles, seen.Strays)
	}
	if text := strings.ToLower(c.service.log.String()); strings.Contains(text, "personal") || strings.Contains(text, "eyj") {
		c.t.Errorf("the log holds a name, an address or a token: %s", text)
	}
}

// A sitting from the set-up to the verdict is the same on both front ends, whoever is
// restarted between any two of its steps. The platform signs in once, or again when it
// has no token, and the token outlives the provider's process. The learning front end
// asks once more: for the configuration of an exam that can be started.
func TestWholeSittings(t *testing.T) {
	t.Parallel()
	once := map[edxtest.FrontEnd]int{edxtest.LearningApp: 1, edxtest.OldPage: 1}
	often := map[edxtest.FrontEnd]int{edxtest.LearningApp: 6, edxtest.OldPage: 5}
	for name, tt := range map[string]struct {
		between func(*campus)
		signIns map[edxtest.FrontEnd]int
	}{
		"undisturbed":                   {func(*campus) {}, once},
		"the platform restarts":         {func(c *campus) { c.lms.Restart(true) }, once},
		"the platform loses its tokens": {func(c *campus) { c.lms.Restart(false) }, often},
		"the provider restarts":         {(*campus).restart, once},
		"an hour between each":          {func(c *campus) { c.service.clock.Advance(59 * time.Minute) }, often},
	} {
		for frontEnd, kind := range map[edxtest.FrontEnd]string{edxtest.LearningApp: "learning front end", edxtest.OldPage: "old page"} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				c := newCampus(t)
				c.sit(frontEnd, tt.between)
				if c.signIns != tt.signIns[frontEnd] {
					t.Errorf("%d sign-ins, want %d", c.signIns, tt.signIns[frontEnd])
				}
			})
		}
	}
}

func (c *campus) sit(frontEnd edxtest.FrontEnd, between func(*campus)) {
	ctx, t := c.t.Context(), c.t
	ada := c.lms.Learner("ada", frontEnd)
	between(c)
	c.see(ada.SetUp(ctx, c.exam.ID))("created", false)
	between(c)
	view := c.see(ada.Look(ctx, c.exam.ID))("created", false)
	sitting, kept := c.sitting(view.Attempt)
	if len(view.Instructions) == 0 || !strings.HasPrefix(view.Download, ownPages) || kept.Registration.ReviewPolicy != "Closed book" || kept.Registration.TimeLimit != 90*time.Minute {
		t.Errorf("the page of the set-up = %+v; want texts and a link", view)
	}
	between(c)
	c.do(c.back.Callbacks.Ready(ctx, sitting.ExternalID))
	c.see(ada.Look(ctx, c.exam.ID))("ready_to_start", false)
	between(c)
	c.see(ada.Start(ctx, c.exam.ID))("started", true)
	if _, kept = c.sitting(view.Attempt); kept.Status != edx.AttemptStarted {
		t.Errorf("after the start the provider has %q", kept.Status)
	}
	between(c)
	c.see(ada.Submit(ctx, c.exam.ID))("submitted", false)
	if _, kept = c.sitting(view.Attempt); kept.Status != edx.AttemptSubmitted || kept.Errors != 0 {
		t.Errorf("after the end the provider has %q and %d errors", kept.Status, kept.Errors)
	}
	c.do(c.back.Callbacks.Reviewed(ctx, sitting.ExternalID, edx.Review{Verdict: edx.VerdictPassed}))
	sitting, _ = c.sitting(view.Attempt)
	if sitting.Status != "verified" || len(sitting.Ready) != 1 || !sitting.Ready[0].Changed() || len(sitting.Reviewed) != 1 || sitting.Opened.IsZero() {
		t.Errorf("the sitting = %+v, want it ready once, read and verified", sitting)
	}
	c.noTrouble()
}

// An exam whose time is over ends by itself at the next look, and the provider hears of
// that end as of any other.
func TestASittingThatRunsOutOfTime(t *testing.T) {
	t.Parallel()
	for _, frontEnd := range []edxtest.FrontEnd{edxtest.LearningApp, edxtest.OldPage} {
		c := newCampus(t)
		ctx := t.Context()
		ada := c.lms.Learner("ada", frontEnd)
		sitting, _ := c.sitting(c.see(ada.SetUp(ctx, c.exam.ID))("created", false).Attempt)
		c.do(c.back.Callbacks.Ready(ctx, sitting.ExternalID))
		c.see(ada.Start(ctx, c.exam.ID))("started", true)
		c.service.clock.Advance(89 * time.Minute)
		c.see(ada.Look(ctx, c.exam.ID))("started", true)
		c.service.clock.Advance(2 * time.Minute)
		c.see(ada.Look(ctx, c.exam.ID))("submitted", false)
		if _, kept := c.sitting(sitting.Attempt); kept.Status != edx.AttemptSubmitted {
			t.Errorf("after the time the provider has %q", kept.Status)
		}
		c.noTrouble()
	}
}

// Who declines the proctor reads the exam at once, and the provider hears nothing.
func TestDecliningIsNotHeard(t *testing.T) {
	t.Parallel()
	c := newCampus(t)
	c.see(c.lms.Learner("bob", edxtest.OldPage).Decline(t.Context(), c.exam.ID))("declined", true)
	if all := c.service.memory.Attempts(); len(all) != 0 {
		t.Errorf("the provider has %d attempts, want none", len(all))
	}
	c.noTrouble()
}

// A reset takes the attempt away on both sides, and the next one has another id. An
// error of the learner's machine is counted here, and moves no attempt.
func TestResettingASitting(t *testing.T) {
	t.Parallel()
	c := newCampus(t)
	ctx := t.Context()
	ada, grace := c.lms.Learner("ada", edxtest.LearningApp), c.lms.Staff("grace")
	first, _ := c.sitting(c.see(ada.SetUp(ctx, c.exam.ID))("created", false).Attempt)
	c.do(c.back.Callbacks.Ready(ctx, first.ExternalID))
	c.see(ada.Start(ctx, c.exam.ID))("started", true)
	c.see(ada.LoseSoftware(ctx, c.exam.ID))("error", false)
	if _, kept := c.sitting(first.Attempt); kept.Status != edx.AttemptStarted || kept.Errors != 1 {
		t.Errorf("after the error the provider has %q and %d errors", kept.Status, kept.Errors)
	}
	c.do(grace.Reset(ctx, c.exam.ID, "ada"))
	if _, kept := c.sitting(first.Attempt); !kept.Removed {
		t.Error("the provider still has the attempt that was reset")
	}
	second, _ := c.sitting(c.see(ada.SetUp(ctx, c.exam.ID))("created", false).Attempt)
	if second.ExternalID == first.ExternalID {
		t.Errorf("the attempt after the reset has the old id %q", second.ExternalID)
	}
	if err := c.back.Callbacks.Ready(ctx, first.ExternalID); !errors.Is(err, edx.ErrNotFound) {
		t.Errorf("ready of the attempt that was reset = %v, want ErrNotFound", err)
	}
	if seen := c.lms.Seen(); len(seen.Troubles) != 0 || len(seen.Strays) != 1 {
		t.Errorf("the platform has seen %+v, want the one callback for nobody", seen)
	}
}

// An error before the start ends the platform's attempt. The next one, once staff let the
// learner resume, has another id: with the same one each callback would be a crash.
func TestResumingAfterAnError(t *testing.T) {
	t.Parallel()
	for name, provider := range map[string]backend.Provider{"Memory": nil, "the example": &desk{}} {
		c := newCampus(t)
		if provider != nil {
			c.serve(provider)
		}
		ctx := t.Context()
		ada := c.lms.Learner("ada", edxtest.LearningApp)
		first := c.see(ada.SetUp(ctx, c.exam.ID))("created", false).Attempt
		c.see(ada.LoseSoftware(ctx, c.exam.ID))("error", false)
		c.do(c.lms.Staff("grace").LetResume(ctx, first))
		second := c.see(ada.SetUp(ctx, c.exam.ID))("created", false).Attempt
		before, _ := c.lms.Sitting(first)
		after, _ := c.lms.Sitting(second)
		if before.ExternalID == after.ExternalID {
			t.Errorf("%s: both attempts have the id %q", name, after.ExternalID)
		}
		if err := c.back.Callbacks.Ready(ctx, after.ExternalID); err != nil {
			t.Errorf("%s: Ready = %v", name, err)
		}
		c.noTrouble()
	}
}

// A learner who is in an exam is retired once it is over: until then the platform is
// told to ask again.
func TestRetiringALearner(t *testing.T) {
	t.Parallel()
	c := newCampus(t)
	ctx := t.Context()
	ada, grace := c.lms.Learner("ada", edxtest.OldPage), c.lms.Staff("grace")
	sitting, _ := c.sitting(c.see(ada.SetUp(ctx, c.exam.ID))("created", false).Attempt)
	c.do(c.back.Callbacks.Ready(ctx, sitting.ExternalID))
	c.see(ada.Start(ctx, c.exam.ID))("started", true)
	if err := grace.RetireAtProviders(ctx, "ada"); err == nil {
		t.Error("a learner is retired in the middle of an exam")
	}
	c.see(ada.Submit(ctx, c.exam.ID))("submitted", false)
	c.do(grace.RetireAtProviders(ctx, "ada"))
	if _, kept := c.sitting(sitting.Attempt); kept.Registration.Learner.FullName+kept.Registration.Learner.Email != "" {
		t.Error("the provider still has the learner's name or address")
	}
}

// Practice is registered each time, and an exam that is no longer proctored is heard
// of once more.
func TestPracticeAndTheEndOfAnExam(t *testing.T) {
	t.Parallel()
	c := newCampus(t, withOnboarding)
	ctx := t.Context()
	c.do(c.lms.Play(edxtest.VariantOnboardingProfiles, "on"))
	practice := c.publish("practice", true)
	ada := c.lms.Learner("ada", edxtest.OldPage)
	sitting, kept := c.sitting(c.see(ada.SetUp(ctx, practice.ID))("created", false).Attempt)
	if !kept.Registration.Sample {
		t.Error("practice is registered as an exam that counts")
	}
	c.do(c.back.Callbacks.Ready(ctx, sitting.ExternalID))
	c.see(ada.Start(ctx, practice.ID))("started", true)
	c.see(ada.Submit(ctx, practice.ID))("submitted", false)
	c.see(ada.PracticeAgain(ctx, practice.ID))("created", false)
	if now := c.lms.Seen().Sittings; len(now) != 2 || now[0].ExternalID == now[1].ExternalID {
		t.Errorf("two tries are %+v", now)
	}
	status, err := c.lms.Staff("grace").Onboarding(ctx, course.String(), "ada")
	if err != nil || status.Status != "verified" || status.Expires != "" {
		t.Errorf("the onboarding = %+v, %v; want it verified without an end", status, err)
	}
	timed := c.exam
	timed.Proctored = false
	if _, err := c.lms.PublishExam(ctx, timed); err != nil {
		t.Error(err)
	}
	for _, e := range c.service.memory.Exams() {
		if gone := string(e.ID) == c.exam.ExternalID; e.Active == gone || e.Proctored == gone {
			t.Errorf("the provider has %+v", e)
		}
	}
	c.noTrouble()
}

// A platform's link leads its staff to the page that was meant, once and for a
// minute. It is no token, and a token is no link.
func TestStaffFollowALink(t *testing.T) {
	t.Parallel()
	var got []backend.Dashboard
	c := newCampus(t, backend.WithLinkMemory(backend.NewLinkMemory()), backend.WithDashboard(func(_ http.ResponseWriter, _ *http.Request, d backend.Dashboard) { got = append(got, d) }))
	ctx := t.Context()
	sitting, _ := c.sitting(c.see(c.lms.Learner("ada", edxtest.LearningApp).SetUp(ctx, c.exam.ID))("created", false).Attempt)
	exam, attempt := backend.ExamID(c.exam.ExternalID), backend.AttemptID(sitting.ExternalID)
	var last string
	for _, tt := range []struct {
		page edxtest.Dashboard
		want backend.Dashboard
	}{
		{edxtest.Dashboard{}, backend.Dashboard{}},
		{edxtest.Dashboard{ExamID: c.exam.ID}, backend.Dashboard{Exam: exam}},
		{edxtest.Dashboard{ExamID: c.exam.ID, Settings: true}, backend.Dashboard{Exam: exam, Settings: true}},
		{edxtest.Dashboard{ExamID: c.exam.ID, Attempt: sitting.ExternalID}, backend.Dashboard{Exam: exam, Attempt: attempt}},
	} {
		tt.page.Course, tt.want.Platform, tt.want.Course = course.String(), "north", course
		last = c.follow(tt.page)
		w := c.service.do("GET", last, "", "")
		if w.Code != http.StatusOK || len(got) == 0 {
			t.Fatalf("%+v: status %d: %s", tt.page, w.Code, w.Body)
		}
		here := got[len(got)-1]
		if tt.want.Staff = here.Staff; here != tt.want || here.Staff.FullName != "Personal Grace" || here.Staff.ID == "" {
			t.Errorf("the page of %+v is another", tt.page)
		}
		c.restart()
		if w := c.service.do("GET", last, "", ""); w.Code != http.StatusForbidden {
			t.Errorf("a link is opened again after a restart: status %d", w.Code)
		}
	}
	_, jwt, _ := strings.Cut(last, "?jwt=")
	if w := c.service.do("GET", "/api/v1/config/", jwt, ""); w.Code != http.StatusUnauthorized {
		t.Errorf("a link as a token: status %d", w.Code)
	}
	token := c.service.token(t, lmsA, secretA)
	if w := c.service.do("GET", "/api/v1/instructor/"+lmsA+"/?jwt="+token, "", ""); w.Code != http.StatusForbidden {
		t.Errorf("a token as a link: status %d", w.Code)
	}
	late := c.follow(edxtest.Dashboard{Course: course.String()})
	c.service.clock.Advance(71 * time.Second)
	if w := c.service.do("GET", late, "", ""); w.Code != http.StatusForbidden {
		t.Errorf("a link of a minute ago: status %d", w.Code)
	}
	c.noTrouble()
}

// follow returns the path to which a browser of staff is sent.
func (c *campus) follow(page edxtest.Dashboard) string {
	c.t.Helper()
	location, err := c.lms.Staff("grace").OpenDashboard(c.t.Context(), page)
	c.do(err)
	return strings.TrimPrefix(location, proctorbooktest.InProcessURL)
}

// Two platforms number their learners alike, and may call the provider by one name:
// their learners and exams stay apart. A platform that signs in as another client goes
// on with what it had.
func TestSittingsOfTwoPlatforms(t *testing.T) {
	t.Parallel()
	c := newCampus(t)
	ctx := t.Context()
	north := c.exam
	at, _ := c.sitting(c.see(c.lms.Learner("ada", edxtest.OldPage).SetUp(ctx, north.ID))("created", false).Attempt)
	lms, back := c.lms, c.back
	c.lms, c.back = newLMS(t, c, lmsB, secretB)
	south := c.publish("final", false)
	other, _ := c.sitting(c.see(c.lms.Learner("ada", edxtest.OldPage).SetUp(ctx, south.ID))("created", false).Attempt)
	all := c.service.memory.Attempts()
	if len(all) != 2 || all[0].Registration.Learner.ID != all[1].Registration.Learner.ID || north.ExternalID == south.ExternalID || at.ExternalID == other.ExternalID {
		t.Errorf("exams %s and %s, attempts %s and %s: want two of each, of one user id", north.ExternalID, south.ExternalID, at.ExternalID, other.ExternalID)
	}
	c.do(c.lms.Staff("grace").RetireAtProviders(ctx, "ada"))
	c.noTrouble()

	c.lms, c.back = lms, back
	h, err := backend.NewHandler(c.service.memory, append(platforms(), backend.Platform{ID: "north", ClientID: "north-anew", Secrets: []backend.Secret{"the secret of another client"}}), backend.WithClock(c.service.clock))
	c.do(err)
	c.service.Handler = h
	c.connect(lms, "north-anew", "the secret of another client")
	if again := c.publish("final", false); again.ExternalID != north.ExternalID {
		t.Errorf("as another client the platform has the exam %s, want %s", again.ExternalID, north.ExternalID)
	}
	c.do(back.Callbacks.Ready(ctx, at.ExternalID))
	c.see(lms.Learner("ada", edxtest.OldPage).Start(ctx, north.ID))("started", true)
	if _, kept := c.sitting(at.Attempt); kept.Status != edx.AttemptStarted || kept.Registration.Learner.FullName == "" {
		t.Errorf("the sitting as another client = %q", kept.Status)
	}
	c.noTrouble()
}
