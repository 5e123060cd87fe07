package scheduling_test

import (
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

func TestWholeFlow(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()

	status, err := w.Status(ctx, w.exam, w.learner)
	if err != nil || !status.May(scheduling.ActionBook) || len(status.Reasons) != 0 {
		t.Fatalf("Status = %+v, %v; want that booking is allowed", status, err)
	}

	b := w.booked(nine)
	w.wantAgreement(b.ID)

	b, err = w.Reschedule(ctx, b.ID, noon)
	if err != nil || !b.Start.Equal(noon) {
		t.Fatalf("Reschedule = %s, %v; want %s", b.Start, err, noon)
	}
	w.wantAgreement(b.ID)

	if _, err := w.Begin(ctx, b.ID); !errors.As(err, new(*scheduling.TooEarlyError)) {
		t.Fatalf("Begin days before = %v, want TooEarlyError", err)
	}
	w.clock.Set(noon.Add(-5 * time.Minute))
	launch, err := w.Begin(ctx, b.ID)
	if err != nil || launch.URL.Reveal() == "" {
		t.Fatalf("Begin = %v, want a launch URL", err)
	}

	reservation := w.active(b.ID)[0]
	if err := w.provider.ProctorStarts(reservation.Number); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Unlock(ctx, b.ID, "WRONG-CODE"); !errors.Is(err, scheduling.ErrWrongCode) {
		t.Fatalf("Unlock with a wrong code = %v, want ErrWrongCode", err)
	}
	b, err = w.Unlock(ctx, b.ID, reservation.ExamPassword)
	if err != nil || b.State != scheduling.StateUnlocked {
		t.Fatalf("Unlock = %s, %v; want unlocked", b.State, err)
	}
	b, err = w.Finish(ctx, b.ID)
	if err != nil || b.State != scheduling.StateFinished {
		t.Fatalf("Finish = %s, %v; want finished", b.State, err)
	}
	outcome, err := w.Outcome(ctx, b.ID)
	if err != nil || outcome.Verdict != scheduling.VerdictPending {
		t.Fatalf("Outcome before the end = %+v, %v; want pending", outcome, err)
	}
	if err := w.provider.ProctorEnds(reservation.Number, proctorutest.Verdict{Authenticated: true, TestSubmitted: true}); err != nil {
		t.Fatal(err)
	}
	outcome, err = w.Outcome(ctx, b.ID)
	if err != nil || outcome.Verdict != scheduling.VerdictPassed {
		t.Fatalf("Outcome = %+v, %v; want passed", outcome, err)
	}
}

func TestCancelAndBookAgain(t *testing.T) {
	w := newWorld(t)
	first := w.booked(nine)
	got, err := w.Cancel(t.Context(), first.ID, scheduling.Request{Reason: "ill", By: "ada_l"})
	if err != nil || got.State != scheduling.StateCanceled {
		t.Fatalf("Cancel = %s, %v\n%s", got.State, err, w.history(first.ID))
	}
	w.wantCanceled(first.ID)
	if _, err := w.Cancel(t.Context(), first.ID, scheduling.Request{}); err != nil {
		t.Errorf("second Cancel = %v, want nil", err)
	}
	second := w.booked(ten)
	if second.ID == first.ID {
		t.Error("the second booking has the id of the first")
	}
	w.wantAgreement(second.ID)
}
