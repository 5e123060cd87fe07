package offline_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/examples/internal/offline"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

var exam = scheduling.Exam{
	Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
	Name: "Final exam", Zone: time.UTC, Duration: time.Hour,
	Window: scheduling.Window{Start: time.Date(2027, 1, 11, 8, 0, 0, 0, time.UTC), End: time.Date(2027, 1, 12, 8, 0, 0, 0, time.UTC)},
}

// process is a scheduler over the world, as a process has it.
func process(t *testing.T, w *offline.World, store scheduling.Store) *scheduling.Scheduler {
	t.Helper()
	proctor, lms, err := w.Clients()
	if err != nil {
		t.Fatal(err)
	}
	s, err := scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, store, scheduling.WithClock(w.Clock),
		scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "1", Secret: []byte("a key of the offline run: no secret")}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// learner enrolls a learner who may book.
func learner(t *testing.T, w *offline.World, s *scheduling.Scheduler) scheduling.LearnerID {
	t.Helper()
	w.Enroll(edxtest.User{ID: 7, Username: "ada_l", Name: "Ada", Email: "ada@example.org", TimeZone: "Europe/Paris"}, edx.Verified)
	l, err := s.Learner(t.Context(), "ada_l")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveProfile(t.Context(), l.ID, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"}); err != nil {
		t.Fatal(err)
	}
	return l.ID
}

// Under each fault the booking is open at first; when the fault is over Reconcile
// finds one reservation.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range append([]string{""}, offline.Faults...) {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			w := offline.New(exam.Window.Start.AddDate(0, 0, -3), exam.Course)
			defer w.Close()
			w.Play(fault)
			store := memstore.New()
			s := process(t, w, store)
			id := learner(t, w, s)
			w.Disturb(scheduling.ActionBook)
			died, err := w.Process(func() error {
				_, err := s.Book(t.Context(), exam, id, exam.Window.Start)
				return err
			})
			_, pending := errors.AsType[*scheduling.PendingError](err)
			if died != (fault == offline.Crash) || pending != (fault == offline.LoseAnswer || fault == offline.ProviderDown) {
				t.Fatalf("died = %t, Book = %v", died, err)
			}
			s = process(t, w, store)
			for range 6 {
				passes(t.Context(), t, w, s)
			}
			status, err := s.Status(t.Context(), exam, id)
			if err != nil || status.State != scheduling.StateScheduled || w.Provider.Counts().ReservationsMade != 1 {
				t.Errorf("Status = %s, %v with %d reservations, want scheduled with one", status.State, err, w.Provider.Counts().ReservationsMade)
			}
			played := w.Played()
			if fault == "" && len(played) > 0 || fault != "" && (len(played) != 1 || played[fault] == 0) {
				t.Errorf("Played = %v, want %q alone", played, fault)
			}
		})
	}
}

// passes lets a minute pass.
func passes(ctx context.Context, t *testing.T, w *offline.World, s *scheduling.Scheduler) {
	t.Helper()
	if err := w.Until(ctx, w.Clock.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
}
