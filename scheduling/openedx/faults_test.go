package openedx_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// What goes wrong once, after whichever step, costs time and nothing else.
func TestSingleFaults(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(w *world){
		"the platform is down for an hour": func(w *world) {
			w.north.down = true
			for range 10 {
				w.pass()
			}
			w.north.down = false
		},
		"the proctors' service is down": func(w *world) {
			for range 5 {
				w.proctors.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status503})
			}
			w.pass()
			w.proctors.ClearFaults()
		},
		"another process goes on": func(w *world) { w.restart() },
		"the exam is saved twice": func(w *world) { w.publish(w.north); w.publish(w.north) },
		"every event comes again": func(w *world) { w.cursor = ""; w.pass() },
	} {
		for _, at := range way {
			t.Run(name+", "+at.done, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				x := w.play(w.north, "reviewed", func(done string) {
					if done == at.done {
						fault(w)
					}
				})
				x.verified()
				x.wellDone()
			})
		}
	}
}

// A platform that is down when it has to be called back is called when it is up again.
func TestThePlatformIsDownAtACallback(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"registered", "unlocked", "submitted"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			x := w.play(w.north, at, nil)
			if at == "submitted" {
				w.north.down = true
				w.end(x.b, clean)
			}
			w.north.down = true
			for range 10 {
				w.pass()
			}
			if a := w.kept(x.id); a.Trouble != openedx.TroublePlatform || a.Tries == 0 || a.DueAt.After(w.clock.Now().Add(10*time.Minute)) {
				t.Errorf("while the platform is down the attempt is %+v", a)
			}
			w.north.down = false
			if at == "submitted" {
				x.verified()
			} else {
				x.goOn(at, "reviewed", nil)
			}
			x.wellDone()
		})
	}
}

// A learner who is known books while the platform is down.
func TestBookingWhileThePlatformIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "identified", nil)
	w.north.down = true
	x.goOn("identified", "unlocked", nil)
	w.north.down = false
	x.goOn("unlocked", "reviewed", nil)
	x.wellDone()
}

// The platform never hears our answer to the registration: the learner tries again, and
// there is one attempt.
func TestTheAnswerToTheRegistrationIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.north.deaf = true
	if _, err := w.north.ada.SetUp(t.Context(), w.north.exam.ID); err == nil {
		t.Fatal("a registration without an answer succeeded")
	}
	w.north.deaf = false
	x := w.play(w.north, "reviewed", nil)
	x.wellDone()
	if a := w.kept(x.id); a.Number != 0 {
		t.Errorf("the attempt has the number %d, want 0", a.Number)
	}
}

// registration is one as the platform sends it, for a learner of our own.
func (w *world) registration(c byte) backend.Registration {
	return backend.Registration{
		Platform: "north", Exam: backend.NewExamID("north", course, content), TimeLimit: 90 * time.Minute,
		Learner: backend.Person{ID: backend.UserID("461807b0461807b0461807b0461807b0461807b" + string(c)), FullName: "Personal Bob", Email: "ada@personal.example"},
	}
}

// However often, and by however many replicas at once, there is one attempt.
func TestRegistrationRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.p
	w.restart()
	ids := make([]backend.AttemptID, 32)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			p := []*openedx.Provider{first, w.p}[i%2]
			id, err := p.Register(t.Context(), w.registration('1'))
			if ids[i] = id; err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] || id == "" {
			t.Fatalf("the replicas gave out %q and %q", ids[0], id)
		}
	}
	r := w.registration('1')
	r.TimeLimit, r.ReviewException = 105*time.Minute, "calculator"
	if id, err := w.p.Register(t.Context(), r); err != nil || id != ids[0] {
		t.Errorf("another registration = %s, %v; want the same attempt", id, err)
	}
	if a := w.kept(ids[0]); a.Extra != 15*time.Minute || a.ReviewException != "calculator" {
		t.Errorf("the attempt is %+v, want the newest extra time", a)
	}
}

// What the platform may not do is refused, and what it does not have is not found.
func TestCallsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("south")
	w.restart()
	ctx := t.Context()
	id := w.attempt(w.north, w.register(w.north))
	ref := w.kept(id).Ref()
	foreign, other := ref, ref
	foreign.Platform, other.Exam = "south", "exam-other"
	r := w.registration('1')
	r.Platform = "south"
	_, err := w.p.Register(ctx, r)
	found := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s = %v, want %v", what, err, want)
		}
	}
	found("Register of another platform's exam", err, backend.ErrNotFound)
	for _, ref := range []backend.AttemptRef{foreign, other, {Platform: "north", Exam: ref.Exam, Attempt: "attempt-none"}} {
		_, err := w.p.SetUp(ctx, ref)
		found("SetUp", err, backend.ErrNotFound)
		found("Report", w.p.Report(ctx, ref, edx.AttemptStarted), backend.ErrNotFound)
		found("Remove", w.p.Remove(ctx, ref), backend.ErrNotFound)
	}
	w.do(w.p.Remove(ctx, ref))
	w.do(w.p.Remove(ctx, ref))
	found("Report of a removed attempt", w.p.Report(ctx, ref, edx.AttemptStarted), backend.ErrNotFound)
	_, err = w.p.SetUp(ctx, ref)
	found("SetUp of a removed attempt", err, backend.ErrNotFound)
	_, err = w.p.Sitting(ctx, id)
	found("Sitting of a removed attempt", err, backend.ErrNotFound)

	gone := w.north.exam
	gone.Proctored = false
	if _, err := w.north.lms.PublishExam(ctx, gone); err != nil {
		t.Fatal(err)
	}
	_, err = w.p.Register(ctx, w.registration('1'))
	found("Register at an exam that is gone", err, backend.ErrRefused)
	_, err = w.p.ExamOf(ctx, ref.Exam)
	found("ExamOf of an exam that is gone", err, openedx.ErrNotOffered)
}

// An attempt never goes back from submitted to started, whatever comes late.
func TestReportsComeLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	ref := w.kept(w.attempt(w.north, w.register(w.north))).Ref()
	for _, status := range []edx.AttemptStatus{edx.AttemptStarted, edx.AttemptError, edx.AttemptSubmitted, edx.AttemptStarted, edx.AttemptSubmitted} {
		w.do(w.p.Report(ctx, ref, status))
	}
	a := w.kept(ref.Attempt)
	if a.Status() != edx.AttemptSubmitted || a.Errors != 1 {
		t.Errorf("the attempt is %s with %d errors, want submitted with 1", a.Status(), a.Errors)
	}
}

// Staff reset an attempt, whatever has become of it: the booking is canceled or does not
// count, and the learner begins anew.
func TestResetAtEachStep(t *testing.T) {
	t.Parallel()
	want := map[string]scheduling.State{
		"booked": scheduling.StateCanceled, "begun": scheduling.StateVoid, "unlocked": scheduling.StateVoid,
		"started": scheduling.StateVoid, "submitted": scheduling.StateVoid, "reviewed": scheduling.StateVoid,
	}
	for _, at := range way {
		t.Run(at.done, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			x := w.play(w.north, at.done, nil)
			w.do(w.north.grace.Reset(t.Context(), w.north.exam.ID, "ada_l"))
			for range 3 {
				w.pass()
			}
			if a := w.kept(x.id); a.Removed.IsZero() || !a.DueAt.IsZero() || a.Trouble != "" {
				t.Errorf("after the reset the attempt is %+v", a)
			}
			if want[at.done] != "" {
				if b := w.booking(x.b.ID); b.State != want[at.done] {
					t.Errorf("after the reset the booking is %s, want %s", b.State, want[at.done])
				}
			}
			y := &sitter{w: w, c: w.north, start: nine.AddDate(0, 0, 1)}
			y.goOn("", "reviewed", nil)
			if y.id == x.id || y.b.ID == x.b.ID {
				t.Errorf("the second attempt is %s with booking %s, as the first was", y.id, y.b.ID)
			}
			if sitting, _ := w.north.lms.Sitting(y.n); sitting.Status != "verified" {
				t.Errorf("the second attempt is %s, want verified", sitting.Status)
			}
		})
	}
}

// A learner is retired, whatever has become of the attempt: at the latest after the end
// nothing personal is left, and nobody can register as that learner.
func TestRetiredAtEachStep(t *testing.T) {
	t.Parallel()
	for _, at := range way {
		t.Run(at.done, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			x := w.play(w.north, at.done, nil)
			err := w.north.grace.RetireAtProviders(t.Context(), "ada_l")
			if free := slices.Contains([]string{"registered", "identified", "reviewed"}, at.done); free != (err == nil) {
				t.Errorf("the platform asks for the learner to be forgotten: %v, want success: %t", err, free)
			}
			if b := x.b; b.ID != "" && at.done != "booked" && at.done != "reviewed" && at.done != "submitted" {
				x.goOn(at.done, "submitted", nil) // who is in the exam may end it
			}
			for w.clock.Now().Before(day.AddDate(0, 0, 3)) {
				w.clock.Advance(12 * time.Hour)
				w.pass()
			}
			w.do(w.north.grace.RetireAtProviders(t.Context(), "ada_l"))
			a := w.kept(x.id)
			person, err := w.store.Person(t.Context(), "north", a.User)
			w.do(err)
			if person != person.WithoutWords() || person.Erased.IsZero() || a.ReviewException != "" {
				t.Error("something personal is left")
			}
			if _, err := w.bookings.Learner(t.Context(), "north-4211", 0); !errors.Is(err, scheduling.ErrNotFound) {
				t.Errorf("the learner's record: %v, want ErrNotFound", err)
			}
			for b, err := range w.bookings.List(t.Context(), scheduling.Filter{}) {
				if w.do(err); b.State.Active() {
					t.Errorf("booking %s is %s", b.ID, b.State)
				}
			}
			r := w.registration('1')
			r.Learner.ID = a.User
			if _, err := w.p.Register(t.Context(), r); !errors.Is(err, backend.ErrRefused) {
				t.Errorf("Register of a retired learner = %v, want ErrRefused", err)
			}
			w.private()
		})
	}
}

// Two platforms have a learner with the same number, name and address, and an exam with
// the same keys: they never mix.
func TestTwoPlatformsNeverMix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	south := w.join("south")
	w.restart()
	w.publish(south)
	x := w.play(w.north, "booked", nil)
	y := &sitter{w: w, c: south, start: nine.AddDate(0, 0, 1)}
	y.goOn("", "booked", nil)
	if x.b.Learner != "north-4211" || y.b.Learner != "south-4211" {
		t.Fatalf("the learners are %s and %s", x.b.Learner, y.b.Learner)
	}
	w.do(w.north.grace.Reset(t.Context(), w.north.exam.ID, "ada_l"))
	for range 3 {
		w.pass()
	}
	if a, b := w.booking(x.b.ID), w.booking(y.b.ID); a.State != scheduling.StateCanceled || b.State != scheduling.StateScheduled {
		t.Errorf("after a reset on the one platform its booking is %s, and the other's %s", a.State, b.State)
	}
	y.goOn("booked", "reviewed", nil)
	if sitting, _ := south.lms.Sitting(y.n); sitting.Status != "verified" {
		t.Errorf("the other platform's attempt is %s, want verified", sitting.Status)
	}
	if sitting, _ := w.north.lms.Sitting(x.n); len(sitting.Ready) != 0 || len(w.north.lms.Seen().Strays) != 0 {
		t.Errorf("the one platform was told %+v and %+v, want nothing", sitting.Ready, w.north.lms.Seen().Strays)
	}
}

// The platform says that the learner may start, and nobody of ours has said so: the exam
// is sat without a proctor, staff see it at once, and it does not pass.
func TestTheLearnerCallsReady(t *testing.T) {
	t.Parallel()
	for _, upTo := range []string{"registered", "booked", "begun"} {
		t.Run(upTo, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			x := w.play(w.north, upTo, nil)
			w.do(w.north.client.Callbacks.Ready(t.Context(), string(x.id)))
			w.start(w.north)
			w.pass()
			if a := w.kept(x.id); a.Trouble != openedx.TroubleWithoutCode || !a.Ready.Sent.IsZero() {
				t.Errorf("the attempt is %+v, want the trouble and no word of ours", a)
			}
			w.submit(w.north)
			w.pass()
			sitting, _ := w.north.lms.Sitting(x.n)
			if sitting.Status != "second_review_required" || w.kept(x.id).Trouble != openedx.TroubleNoProctor {
				t.Errorf("the attempt is %s with %+v, want a second review", sitting.Status, w.kept(x.id))
			}
		})
	}
}

// A verdict that changes later is sent again.
func TestALaterVerdict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "reviewed", nil)
	_, err := w.s.Staff.OverrideOutcome(t.Context(), x.b.ID, scheduling.VerdictFailed, scheduling.Request{Reason: "a recording", By: "grace"})
	w.do(err)
	w.pass()
	if sitting, _ := w.north.lms.Sitting(x.n); sitting.Status != "second_review_required" || len(sitting.Reviewed) != 2 {
		t.Errorf("the attempt is %s after %d reviews, want a second review after 2", sitting.Status, len(sitting.Reviewed))
	}
	_, err = w.s.Staff.WithdrawOverride(t.Context(), x.b.ID, scheduling.Request{Reason: "a mistake", By: "grace"})
	w.do(err)
	w.pass()
	if sitting, _ := w.north.lms.Sitting(x.n); sitting.Status != "verified" || len(sitting.Reviewed) != 3 {
		t.Errorf("the attempt is %s after %d reviews, want verified after 3", sitting.Status, len(sitting.Reviewed))
	}
}

// The learner's machine breaks, staff let the learner go on, and the platform registers
// another attempt: the booking and the code that was typed are for that one.
func TestResumedAfterAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	x := w.play(w.north, "started", nil)
	if _, err := w.north.ada.LoseSoftware(ctx, w.north.exam.ID); err != nil {
		t.Fatal(err)
	}
	w.do(w.north.grace.LetResume(ctx, x.n))
	y := &sitter{w: w, c: w.north, b: x.b}
	way[0].do(y)
	for range 2 {
		w.pass()
	}
	if a := w.kept(y.id); y.id == x.id || a.Booking != x.b.ID || a.Ready.Done.IsZero() {
		t.Fatalf("the second attempt is %+v, want it ready with the first one's booking", a)
	}
	y.goOn("unlocked", "reviewed", nil)
	y.wellDone()
}

// Extra time that the platform grants after it has registered is read when the learner
// books and begins, and the longer time holds.
func TestExtraTimeGrantedLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "identified", nil)
	grant := func(minutes string) {
		w.north.lms.AddAllowance(edxtest.Allowance{ExamID: w.north.exam.ID, Username: "ada_l", Key: "additional_time_granted", Value: minutes})
		w.clock.Advance(time.Minute)
	}
	grant("15")
	x.goOn("identified", "booked", nil)
	if x.b.Duration != 105*time.Minute {
		t.Errorf("booked for %v, want 105 minutes", x.b.Duration)
	}
	grant("30")
	x.goOn("booked", "begun", nil)
	if b := w.booking(x.b.ID); b.Duration != 120*time.Minute || b.Window.End.Before(b.Start.Add(b.Duration)) {
		t.Errorf("begun for %v, want 120 minutes", b.Duration)
	}
}

// Begin makes no learner's time shorter, and goes on while the platform is down.
func TestExtraTimeTakenAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "identified", nil)
	w.north.lms.AddAllowance(edxtest.Allowance{ExamID: w.north.exam.ID, Username: "ada_l", Key: "additional_time_granted", Value: "15"})
	x.goOn("identified", "booked", nil)
	w.north.down = true
	x.goOn("booked", "begun", nil)
	if b := w.booking(x.b.ID); b.Duration != 105*time.Minute {
		t.Errorf("begun for %v, want 105 minutes", b.Duration)
	}
}

// Whoever was just being identified when the learner was erased may bring the record back.
// It goes again, with the next look at the learner.
func TestErasedAndBroughtBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "identified", nil)
	w.do(w.north.grace.RetireAtProviders(t.Context(), "ada_l"))
	if _, err := w.s.Learner(t.Context(), "north/ada_l"); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(10 * time.Minute)
	w.pass()
	if _, err := w.bookings.Learner(t.Context(), "north-4211", 0); !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("the learner's record: %v, want ErrNotFound; the attempt is %+v", err, w.kept(x.id))
	}
}
