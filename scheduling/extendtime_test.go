package scheduling_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// granting is a platform that grants as much extra time as a test says.
type granting struct {
	platform.OpenEdX
	extra time.Duration
	err   error
}

func (g *granting) ExtraTime(context.Context, edx.CourseKey, edx.UsageKey) ([]platform.Grant, error) {
	return []platform.Grant{{AccountID: "4211", Time: g.extra}}, g.err
}

// Whatever the platform grants by now, a booking's time becomes longer and never shorter,
// and there is room for it, at the end of the window too.
func TestExtendTime(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before, now time.Duration
		down        error
		want        time.Duration
		err         scheduling.ReasonCode
	}{
		"nothing granted":      {0, 0, nil, 90 * time.Minute, ""},
		"granted since":        {0, 30 * time.Minute, nil, 120 * time.Minute, ""},
		"more than before":     {15 * time.Minute, 30 * time.Minute, nil, 120 * time.Minute, ""},
		"less than before":     {30 * time.Minute, 15 * time.Minute, nil, 120 * time.Minute, ""},
		"taken away":           {30 * time.Minute, 0, nil, 120 * time.Minute, ""},
		"the platform is down": {30 * time.Minute, 45 * time.Minute, errors.New("down"), 120 * time.Minute, scheduling.ReasonPlatformUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			g := &granting{OpenEdX: w.openEdX(), extra: tt.before}
			s, err := scheduling.New(w.proctorU(), g, w.store, scheduling.WithClock(w.clock), scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
			if err != nil {
				t.Fatal(err)
			}
			w.Scheduler = s
			last := w.exam.Window.End.Add(-90*time.Minute - tt.before)
			w.provider.SetSlots(func(time.Time) []time.Time { return []time.Time{last} })
			id := w.booked(last).ID
			w.clock.Advance(time.Minute)
			g.extra, g.err = tt.now, tt.down
			b, err := w.ExtendTime(t.Context(), id)
			if tt.err != "" != isNotAllowed(err, tt.err) || tt.err == "" && err != nil {
				t.Fatalf("ExtendTime error = %v, want %q", err, tt.err)
			}
			if b = w.booking(id); b.Duration != tt.want || b.Window.End.Before(b.Start.Add(tt.want)) || !b.Start.Equal(last) {
				t.Errorf("the booking lasts %v until %v in a window until %v, want %v", b.Duration, b.Start.Add(b.Duration), b.Window.End, tt.want)
			}
		})
	}
	w := newWorld(t)
	if _, err := w.ExtendTime(t.Context(), "none"); !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("ExtendTime of no booking = %v, want ErrNotFound", err)
	}
}

// A booking that has ended stays as it is.
func TestExtendTimeOfAnEndedBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sat(proctorutest.Verdict{Authenticated: true, TestSubmitted: true})
	if _, err := w.Finish(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	before := w.booking(id)
	if b, err := w.ExtendTime(t.Context(), id); err != nil || b.Version != before.Version {
		t.Errorf("ExtendTime = version %d, %v; want %d as before", b.Version, err, before.Version)
	}
}
