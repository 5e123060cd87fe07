package main

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// options are those that code prints.
func (a advice) options() []scheduling.Option {
	opts := []scheduling.Option{scheduling.WithTuning(a.Tuning)}
	if a.Sweep {
		opts = append(opts, scheduling.WithSweep(scheduling.SweepRemove))
	}
	return opts
}

// school is a platform with one learner.
type school struct{}

func (school) Account(context.Context, string) (platform.Account, error) {
	return platform.Account{ID: "4211", Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", Zone: "Europe/Paris"}, nil
}

func (school) Enrollment(context.Context, string, edx.CourseKey) (platform.Enrollment, error) {
	return platform.Enrollment{Username: "ada_l", Active: true, Mode: edx.Verified}, nil
}

func (school) Enrolled(context.Context, edx.CourseKey) iter.Seq2[platform.Enrollment, error] {
	return func(func(platform.Enrollment, error) bool) {}
}

// With the advice, bookings, moves and cancels work with that provider, though
// each answer is lost once, and learns when the provider cancels.
func TestAdviceIsGood(t *testing.T) {
	t.Parallel()
	for _, plays := range []string{
		"", "list-lag=time", "report-lag=minutes", "school-notes=empty", "repeated-id=creates", "repeated-id=updates",
		"create-with-number=refused", "create-with-number=ignored", "create-with-number=new-number", "second-removal=success",
		"cancelled-rows=shown-unmarked", "cancelled-rows=shown-unmarked create-with-number=new-number report-lag=minutes",
		"school-notes=empty cancelled-rows=status-ignored",
	} {
		t.Run(plays, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			for _, play := range strings.Fields(plays) {
				variant, alternative, _ := strings.Cut(play, "=")
				if err := s.Play(variant, alternative); err != nil {
					t.Fatal(err)
				}
			}
			trial := s.trial(nil)
			if err := trial.run(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			if _, err := trial.cleanUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			v := newVisit(s, trial, trial.advise())
			id := v.book()
			v.settled(id, scheduling.StateScheduled, v.first)
			v.move(id)
			v.settled(id, scheduling.StateScheduled, v.second)
			v.cancel(id)
			v.settled(id, scheduling.StateCanceled, v.second)
			s.wantClean(nil)
			if v.proves {
				id = v.book()
				v.settled(id, scheduling.StateScheduled, v.first)
				v.providerCancels(id)
				v.settled(id, scheduling.StateCanceled, v.first)
			}
		})
	}
}

// A visit is a learner's, with a scheduler that follows the advice.
type visit struct {
	*scheduling.Scheduler
	s             *sandbox
	exam          scheduling.Exam
	learner       scheduling.LearnerID
	first, second time.Time
	proves        bool // there is evidence
}

func newVisit(s *sandbox, trial *trial, a advice) *visit {
	s.t.Helper()
	adapter := provider.ProctorU{Client: trial.client, EvidenceSource: a.Evidence, MoveCall: a.MoveCall, CanceledListed: a.CanceledListed}
	opts := append(a.options(), scheduling.WithClock(s.clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
	scheduler, err := scheduling.New(adapter, school{}, memstore.New(), opts...)
	if err != nil {
		s.t.Fatal(err)
	}
	v := &visit{Scheduler: scheduler, s: s, exam: sampleExam(), proves: a.Evidence != provider.EvidenceNone}
	v.first, v.second = v.exam.Window.Start.Add(2*time.Hour), v.exam.Window.Start.Add(6*time.Hour)
	learner, err := v.Learner(s.t.Context(), "ada_l")
	if err != nil {
		s.t.Fatal(err)
	}
	v.learner = learner.ID
	err = v.SaveProfile(s.t.Context(), learner.ID, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"})
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// lose makes the next answer of any write get lost.
func (v *visit) lose() {
	for _, endpoint := range []string{"addAdHocProcess", "moveReservation", "removeReservation"} {
		v.s.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: endpoint})
	}
}

func (v *visit) book() scheduling.BookingID {
	v.s.t.Helper()
	v.lose()
	b, err := v.Book(v.s.t.Context(), v.exam, v.learner, v.first)
	if pending, ok := errors.AsType[*scheduling.PendingError](err); ok {
		return pending.BookingID
	}
	if err != nil {
		v.s.t.Fatalf("Book: %v", err)
	}
	return b.ID
}

func (v *visit) move(id scheduling.BookingID) {
	v.s.t.Helper()
	v.lose()
	if _, err := v.Reschedule(v.s.t.Context(), id, v.second); err != nil && !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		v.s.t.Fatalf("Reschedule: %v", err)
	}
}

func (v *visit) cancel(id scheduling.BookingID) {
	v.s.t.Helper()
	if v.proves {
		v.lose() // else it would wait for staff, as the advice warns
	}
	_, err := v.Cancel(v.s.t.Context(), id, scheduling.Request{})
	if err != nil && !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		v.s.t.Fatalf("Cancel: %v", err)
	}
}

func (v *visit) providerCancels(id scheduling.BookingID) {
	v.s.t.Helper()
	for _, r := range v.s.Reservations() {
		if r.ID == string(id) && r.Active {
			if err := v.s.ProviderCancels(r.Number); err != nil {
				v.s.t.Fatal(err)
			}
		}
	}
}

// settled lets an hour and a half pass, and wants the booking settled as said.
func (v *visit) settled(id scheduling.BookingID, state scheduling.State, start time.Time) {
	v.s.t.Helper()
	v.s.ClearFaults()
	for range 90 {
		if _, err := v.Reconcile(v.s.t.Context()); err != nil {
			v.s.t.Fatal(err)
		}
		if _, err := v.Sweep(v.s.t.Context()); err != nil {
			v.s.t.Fatal(err)
		}
		v.s.clock.Advance(time.Minute)
	}
	b, err := v.Booking(v.s.t.Context(), id)
	if err != nil {
		v.s.t.Fatal(err)
	}
	if b.State != state || !b.Start.Equal(start) || b.Intent != nil || b.NeedsAttention != nil {
		x, _ := v.Staff.Explain(v.s.t.Context(), id)
		v.s.t.Fatalf("booking is %s at %s, intent %+v, attention %+v; want %s at %s, settled\n%+v", b.State, b.Start, b.Intent, b.NeedsAttention, state, start, x)
	}
}
