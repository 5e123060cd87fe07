package scheduling_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// affected reads which bookings don't agree with the exam.
func (w *world) affected() []scheduling.Affected {
	w.t.Helper()
	var all []scheduling.Affected
	for a, err := range w.Staff.Affected(w.t.Context(), w.exam) {
		if err != nil {
			w.t.Fatalf("Affected: %v", err)
		}
		all = append(all, a)
	}
	return all
}

func (w *world) apply() []scheduling.Affected {
	w.t.Helper()
	left, err := w.Staff.ApplyExam(w.t.Context(), w.exam, office)
	if err != nil {
		w.t.Fatalf("ApplyExam: %v", err)
	}
	return left
}

// settings are changes of an exam that has a booking at nine, and what they mean
// for it.
var settings = map[string]struct {
	change   func(e *scheduling.Exam)
	changed  []scheduling.Setting
	outdated []scheduling.Setting // at the provider
	misfits  bool
	left     bool // still differs after ApplyExam
}{
	"nothing": {change: func(*scheduling.Exam) {}},
	"a longer window": {
		change:  func(e *scheduling.Exam) { e.Window.End = e.Window.End.AddDate(0, 0, 1) },
		changed: []scheduling.Setting{scheduling.SettingWindow},
	},
	"the window loses its first day": {
		change:  func(e *scheduling.Exam) { e.Window.Start = e.Window.Start.AddDate(0, 0, 1) },
		changed: []scheduling.Setting{scheduling.SettingWindow}, misfits: true, left: true,
	},
	"a longer sitting": {
		change:  func(e *scheduling.Exam) { e.Duration = 2 * time.Hour },
		changed: []scheduling.Setting{scheduling.SettingDuration}, outdated: []scheduling.Setting{scheduling.SettingDuration}, left: true,
	},
	"a longer sitting, which ends after the window": {
		change: func(e *scheduling.Exam) {
			e.Duration, e.Window.End = 2*time.Hour, e.Window.Start.Add(10*time.Hour+45*time.Minute)
		},
		changed: []scheduling.Setting{scheduling.SettingDuration, scheduling.SettingWindow}, outdated: []scheduling.Setting{scheduling.SettingDuration}, misfits: true, left: true,
	},
	"another name, other notes": {
		change:   func(e *scheduling.Exam) { e.Name, e.ProctorNotes = "Final", "Open book." },
		changed:  []scheduling.Setting{scheduling.SettingTitle, scheduling.SettingNotes},
		outdated: []scheduling.Setting{scheduling.SettingTitle, scheduling.SettingNotes}, left: true,
	},
	"policy and modes": {
		change: func(e *scheduling.Exam) {
			e.Policy.StartLead, e.Modes = time.Hour, append(e.Modes, "verified", "honor")
		},
		changed: []scheduling.Setting{scheduling.SettingModes, scheduling.SettingPolicy},
	},
	"the code's rule, which the booking keeps": {
		change:  func(e *scheduling.Exam) { e.Code = scheduling.CodeFixed },
		changed: []scheduling.Setting{scheduling.SettingCode}, left: true,
	},
	"the code's rule, and something that the booking takes": {
		change: func(e *scheduling.Exam) {
			e.Code, e.CodeVia, e.Policy.Notice = scheduling.CodeFixed, scheduling.CodeViaNotes, time.Hour
		},
		changed: []scheduling.Setting{scheduling.SettingPolicy, scheduling.SettingCode}, left: true,
	},
}

// Affected returns what changed settings mean for bookings, and ApplyExam puts
// them there: what remains is for a move, or for the learner to be told.
func TestChangedSettings(t *testing.T) {
	t.Parallel()
	for name, tt := range settings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.settled(nine)
			code := w.code(id)
			before, requests := w.booking(id), w.providerRequests()
			tt.change(&w.exam)

			got := w.affected()

			if len(tt.changed) == 0 {
				if len(got) != 0 {
					t.Fatalf("Affected = %+v, want none", got)
				}
				return
			}
			if len(got) != 1 || !slices.Equal(got[0].Changed, tt.changed) || !slices.Equal(got[0].Outdated, tt.outdated) || (len(got[0].Misfits) > 0) != tt.misfits {
				t.Fatalf("Affected = %+v, want changed %v, outdated %v, misfits %v", got, tt.changed, tt.outdated, tt.misfits)
			}
			if got[0].NeedsMove() != (tt.misfits || len(tt.outdated) > 0) {
				t.Errorf("NeedsMove = %v", got[0].NeedsMove())
			}
			if w.booking(id).Version != before.Version {
				t.Error("Affected changed the booking")
			}

			left := w.apply()

			if (len(left) == 1) != tt.left {
				t.Errorf("ApplyExam left %+v, want some: %v", left, tt.left)
			}
			b := w.booking(id)
			if b.State != before.State || b.Start != before.Start || b.Number != before.Number || b.Generation != before.Generation || w.code(id) != code {
				t.Errorf("ApplyExam moved the booking, or its code: %+v", b)
			}
			if b.Duration != w.exam.Duration || !b.Window.End.Equal(w.exam.Window.End) || b.Exam.Name != w.exam.Name || b.Exam.Policy != w.exam.Policy || !slices.Equal(b.Outdated, tt.outdated) {
				t.Errorf("the booking has %s, %v, %q, %v; want the exam's", b.Duration, b.Window, b.Exam.Name, b.Outdated)
			}
			if n := w.providerRequests() - requests; n != 0 {
				t.Errorf("%d requests to the provider, want none", n)
			}
			version := b.Version
			if w.apply(); w.booking(id).Version != version {
				t.Error("ApplyExam once more wrote again")
			}
		})
	}
}

// Each booking that ApplyExam changes says by whom, and whether it still fits.
func TestApplyExamIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.exam.Window.Start = ten
	w.apply()
	events := slices.Collect(w.historyOf(id))
	e := events[len(events)-1]
	if e.Type != scheduling.EventExamApplied || e.Reason != office.Reason || e.By != office.By || e.Code != scheduling.ReasonOutsideWindow {
		t.Errorf("last event = %+v, want exam_applied, by the office, outside_window", e)
	}
	if _, err := w.Staff.ApplyExam(t.Context(), w.exam, scheduling.Request{}); !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("without reason and name: %v, want ValidationError", err)
	}
}

// A proven move tells the provider everything, and sets the booking right.
func TestMoveAfterApplyExam(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.exam.Name, w.exam.Duration, w.exam.ProctorNotes = "Final", 2*time.Hour, "Open book."
	w.apply()
	w.clock.Advance(15 * time.Minute)
	if _, err := w.Reschedule(t.Context(), id, noon); err != nil {
		t.Fatal(err)
	}
	if left := w.affected(); len(left) != 0 {
		t.Errorf("after the move: %+v, want agreement", left)
	}
	if r := w.active(id)[0]; r.Duration != 2*time.Hour {
		t.Errorf("the provider has %s, want 2h0m0s", r.Duration)
	}
	w.wantAgreement(id)
}

// Whom the office makes move, loses no move by it and pays nothing, also not for
// a cancel.
func TestMovesForTheOfficeAreFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.MaxMoves, w.exam.Policy.LateWithin, w.exam.Policy.LateFee = 1, 24*time.Hour, "25"
	id := w.settled(ten)
	if _, err := w.Reschedule(t.Context(), id, nine); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(nine.Add(-time.Hour))
	if st := w.status(); st.May(reschedule) || st.Terms[cancel].Fee != "25" {
		t.Fatalf("before: may move %v, cancel costs %q; want false, 25", st.May(reschedule), st.Terms[cancel].Fee)
	}
	w.exam.Window.Start = noon
	w.apply()
	st := w.status()
	if !st.May(reschedule) || st.Terms[reschedule].Limited || st.Terms[reschedule].Fee != "" || st.Terms[cancel].Fee != "" || st.Terms[cancel].Late {
		t.Errorf("after: %v, move %+v, cancel %+v; want both free", st.Actions, st.Terms[reschedule], st.Terms[cancel])
	}
	b, err := w.Reschedule(t.Context(), id, noon)
	if err != nil || b.Moves != 1 || b.LateMoves != 0 {
		t.Errorf("moves %d, late %d, %v; want 1, 0", b.Moves, b.LateMoves, err)
	}
	if st := w.status(); st.May(reschedule) || st.Terms[cancel].Fee != "25" {
		t.Error("once it fits again, the limits hold again")
	}
	w.exam.Duration = 2 * time.Hour
	w.apply()
	if canceled, err := w.Cancel(t.Context(), id, scheduling.Request{}); err != nil || canceled.LateCancel {
		t.Errorf("cancel of a sitting that the office made longer: late %v, %v; want free", canceled.LateCancel, err)
	}
}

// While an operation is open, what is sent again must be what was sent first.
func TestApplyExamWaitsForOpenOperations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	id := w.lostBook()
	w.exam.Duration = 2 * time.Hour
	if got := w.affected(); len(got) != 1 || !got[0].Open {
		t.Fatalf("Affected = %+v, want it open", got)
	}
	if left := w.apply(); len(left) != 1 || !left[0].Open || w.booking(id).Duration != 90*time.Minute {
		t.Errorf("ApplyExam left %+v, booking has %s; want it left alone", left, w.booking(id).Duration)
	}
	w.pass()
	w.apply()
	if b := w.booking(id); b.Duration != 2*time.Hour {
		t.Errorf("once settled: %s, want 2h0m0s", b.Duration)
	}
}

// The accommodation counts anew: what holds for a learner follows the exam.
func TestApplyExamKeepsAccommodations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.accommodate(scheduling.Accommodation{Factor: 1.5})
	id := w.settled(nine)
	if got := w.affected(); len(got) != 0 {
		t.Fatalf("nothing changed: %+v", got)
	}
	w.exam.Duration = time.Hour
	w.apply()
	if b := w.booking(id); b.Duration != 90*time.Minute || b.Exam.Duration != time.Hour {
		t.Errorf("booking has %s of an exam of %s, want 1h30m of 1h", b.Duration, b.Exam.Duration)
	}
	own := scheduling.Window{Start: day, End: day.AddDate(0, 0, 1)}
	w.accommodate(scheduling.Accommodation{Factor: 2, Window: own})
	if got := w.affected(); len(got) != 1 || got[0].Duration != 2*time.Hour {
		t.Errorf("after another accommodation: %+v, want 2h0m0s", got)
	}
	w.apply()
	if err := w.store.Erase(t.Context(), w.learner); err != nil {
		t.Fatal(err)
	}
	w.exam.Name = "Final"
	w.apply()
	if b := w.booking(id); b.Duration != 2*time.Hour || !b.Window.End.Equal(own.End) || b.Exam.Name != "Final" {
		t.Errorf("erased: %s in %v, want what was special about it kept", b.Duration, b.Window)
	}
}

// On exam day the office may open the window for longer: who waits at the door
// gets in, and who sits there gets the time.
func TestApplyExamOnExamDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Window.End = nine.Add(90 * time.Minute)
	w.exam.Policy.AutoFinish = true
	id := w.begun()
	w.clock.Set(w.exam.Window.End)
	if w.status().May(scheduling.ActionUnlock) {
		t.Fatal("unlock is allowed after the window")
	}
	w.exam.Window.End = w.exam.Window.End.Add(2 * time.Hour)
	w.apply()
	if !w.status().May(scheduling.ActionUnlock) {
		t.Errorf("after ApplyExam: %v, want unlock allowed", w.status().Why[scheduling.ActionUnlock])
	}
	if _, err := w.Unlock(t.Context(), id, w.code(id)); err != nil {
		t.Fatal(err)
	}
	w.exam.Duration = 100 * time.Minute
	w.apply()
	over := w.booking(id).UnlockedAt.Add(100 * time.Minute)
	w.clock.Set(over.Add(-time.Second))
	w.lookOnce()
	if b := w.booking(id); b.State != scheduling.StateUnlocked {
		t.Errorf("a second before its time is over: %s, want unlocked", b.State)
	}
	w.clock.Set(over)
	w.lookOnce()
	if b := w.booking(id); b.State != scheduling.StateFinished {
		t.Errorf("100 minutes after the unlock: %s, want finished", b.State)
	}
}

// Bookings that have ended, and those of other exams, are not affected.
func TestAffectedLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cancelAt(nine, w.clock.Now())
	w.exam.Duration = 2 * time.Hour
	if got := append(w.affected(), w.apply()...); len(got) != 0 {
		t.Errorf("a canceled booking is affected: %+v", got)
	}
}

// If the platform can't be asked, no booking is made shorter.
func TestApplyExamWithoutThePlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grantOnPlatform("30")
	id := w.settled(nine)
	w.exam.Name = "Final"
	w.clock.Advance(time.Minute)
	w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	if _, err := w.Staff.ApplyExam(t.Context(), w.exam, office); !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("ApplyExam = %v, want platform_unavailable", err)
	}
	for _, err := range w.Staff.Affected(t.Context(), w.exam) {
		if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonPlatformUnavailable) {
			t.Errorf("Affected = %v, want platform_unavailable", err)
		}
	}
	if b := w.booking(id); b.Exam.Name == "Final" || b.Duration != 2*time.Hour {
		t.Errorf("booking has %q, %s; want it untouched", b.Exam.Name, b.Duration)
	}
}

// The page asks whether the appointment can stay, against the exam as it is now.
func TestCanKeep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settled(nine)
	was := w.exam
	keeps := func(want bool, why string) {
		t.Helper()
		if got := w.status().CanKeep; got != want {
			t.Errorf("%s: CanKeep = %v, want %v", why, got, want)
		}
	}
	keeps(true, "nothing changed")
	w.exam.Window.Start = nine.Add(time.Second)
	keeps(false, "the window begins a second later")
	w.exam = was
	w.exam.Window.End = nine.Add(90 * time.Minute)
	keeps(true, "the window ends with the sitting")
	w.exam.Window.End = nine.Add(90*time.Minute - time.Second)
	w.exam.Window.Start = day.Add(-time.Hour)
	keeps(false, "the window ends a second sooner")
	w.accommodate(scheduling.Accommodation{Window: scheduling.Window{Start: day, End: noon}})
	keeps(true, "the learner has a window of his own")
	w.clock.Set(nine)
	keeps(false, "it has begun")
}
