package scheduling_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/scheduling"
)

var office = scheduling.Request{Reason: "decided in November", By: "exam office"}

// accommodate gives the learner the accommodation.
func (w *world) accommodate(a scheduling.Accommodation) *scheduling.Affected {
	w.t.Helper()
	affected, err := w.Staff.SetAccommodation(w.t.Context(), w.learner, w.exam.Key(), a, office)
	if err != nil {
		w.t.Fatalf("SetAccommodation: %v", err)
	}
	return affected
}

// grantOnPlatform gives ada_l extra minutes in the exam, on the platform itself.
func (w *world) grantOnPlatform(minutes string) {
	id := w.platform.AddExam(edxtest.Exam{Course: w.exam.Course.String(), Content: w.exam.Usage.String(), Name: "Final", Minutes: 90, Proctored: true})
	other := w.platform.AddExam(edxtest.Exam{Course: w.exam.Course.String(), Content: "block-v1:ExampleX+CS101+2027+type@sequential+block@midterm", Name: "Midterm", Minutes: 90})
	w.platform.AddAllowance(edxtest.Allowance{ExamID: other, Username: "ada_l", Key: "additional_time_granted", Value: "900"})
	w.platform.AddAllowance(edxtest.Allowance{ExamID: id, Username: "somebody", Key: "additional_time_granted", Value: "800"})
	w.platform.AddAllowance(edxtest.Allowance{ExamID: id, Username: "ada_l", Key: "review_policy_exception", Value: "700"})
	w.platform.AddAllowance(edxtest.Allowance{ExamID: id, Username: "ada_l", Key: "additional_time_granted", Value: minutes})
}

// tuesday lies in the exam's window, and later is a window after it.
var (
	tuesday = scheduling.Window{Start: day.AddDate(0, 0, 1), End: day.AddDate(0, 0, 2)}
	later   = scheduling.Window{Start: day.AddDate(0, 0, 12), End: day.AddDate(0, 0, 13)}
)

// accommodations are what a learner is granted, and what holds for them then.
var accommodations = map[string]struct {
	a        scheduling.Accommodation
	platform string             // minutes granted there
	exam     func(*world)       // changes the exam
	window   *scheduling.Window // nil: the exam's
	duration time.Duration
}{
	"none":                                  {duration: 90 * time.Minute},
	"half the time more":                    {a: scheduling.Accommodation{Factor: 1.5}, duration: 135 * time.Minute},
	"a factor without an exact binary form": {a: scheduling.Accommodation{Factor: 1.1}, duration: 99 * time.Minute},
	"a factor is rounded up to minutes":     {a: scheduling.Accommodation{Factor: 1.333}, duration: 120 * time.Minute},
	"minutes more":                          {a: scheduling.Accommodation{Extra: 25 * time.Minute}, duration: 115 * time.Minute},
	"seconds more are a minute":             {a: scheduling.Accommodation{Extra: time.Second}, duration: 91 * time.Minute},
	"both: the minutes come on top":         {a: scheduling.Accommodation{Factor: 2, Extra: 10 * time.Minute}, duration: 190 * time.Minute},
	"never longer than the provider takes":  {a: scheduling.Accommodation{Factor: 10, Extra: 24 * time.Hour}, duration: 24 * time.Hour},
	"by the platform":                       {platform: "30", duration: 120 * time.Minute},
	"by the platform, which is longer":      {a: scheduling.Accommodation{Factor: 1.25}, platform: "30", duration: 120 * time.Minute},
	"by the platform, which is shorter":     {a: scheduling.Accommodation{Factor: 1.5}, platform: "30", duration: 135 * time.Minute},
	"another window":                        {a: scheduling.Accommodation{Window: tuesday}, window: &tuesday, duration: 90 * time.Minute},
	"another window, after the exam's": {
		a:      scheduling.Accommodation{Window: later, Factor: 2},
		window: &later, duration: 180 * time.Minute,
	},
	"a window with room for one sitting grows with it": {
		a: scheduling.Accommodation{Factor: 1.5}, exam: func(w *world) { w.exam.Window = scheduling.Window{Start: nine, End: nine.Add(90 * time.Minute)} },
		window: &scheduling.Window{Start: nine, End: nine.Add(135 * time.Minute)}, duration: 135 * time.Minute,
	},
}

// One window and one duration hold for a learner, wherever one looks: in Status,
// in Slots, in the booking, and in what the provider is told.
func TestAccommodation(t *testing.T) {
	t.Parallel()
	for name, tt := range accommodations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tt.exam != nil {
				tt.exam(w)
			}
			if tt.platform != "" {
				w.grantOnPlatform(tt.platform)
			}
			w.accommodate(tt.a)
			window := w.exam.Window
			if tt.window != nil {
				window = *tt.window
			}
			latest := window.End.Add(-tt.duration)

			status, err := w.Status(t.Context(), w.exam, w.learner)
			if err != nil || status.Duration != tt.duration || !status.Earliest.Equal(window.Start) || !status.Latest.Equal(latest) {
				t.Errorf("Status: %s from %s to %s, %v; want %s from %s to %s", status.Duration, status.Earliest, status.Latest, err, tt.duration, window.Start, latest)
			}
			offered := w.slots(scheduling.SlotQuery{From: dateOf(window.End.AddDate(0, 0, -3))})
			if last := offered[len(offered)-1]; last.Start.After(latest) || last.End.Sub(last.Start) != tt.duration {
				t.Errorf("the last slot is %s to %s, want %s, and nothing after %s", last.Start, last.End, tt.duration, latest)
			}
			if _, err := w.Book(t.Context(), w.exam, w.learner, latest.Add(time.Minute)); !errors.Is(err, proctorbook.ErrNotDone) {
				t.Errorf("Book a minute after the latest start = %v, want ValidationError", err)
			}
			b := w.booked(offered[len(offered)-1].Start)
			if b.Duration != tt.duration || !b.Window.Start.Equal(window.Start) || !b.Window.End.Equal(window.End) {
				t.Errorf("booking has %s in %v, want %s in %v", b.Duration, b.Window, tt.duration, window)
			}
			if got := w.provider.Reservations()[0].Duration; got != tt.duration {
				t.Errorf("the provider was told %s, want %s", got, tt.duration)
			}
		})
	}
}

// Extra time is real time: on the night of a clock change, on a leap day, and
// wherever the learner lives.
func TestAccommodationAcrossClockChanges(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		zone  string
		start string // wall clock of the exam office
		end   string // wall clock one sitting of 90 minutes times 1.5 later
	}{
		"an hour is skipped":  {"Europe/Paris", "2027-03-28T01:00", "2027-03-28T04:15"},
		"an hour is repeated": {"Europe/Paris", "2027-10-31T01:30", "2027-10-31T02:45"},
		"half an hour":        {"Australia/Lord_Howe", "2027-10-03T01:00", "2027-10-03T03:45"},
		"over the leap day":   {"Asia/Kolkata", "2028-02-28T23:00", "2028-02-29T01:15"},
		"no leap day":         {"America/New_York", "2027-02-28T23:00", "2027-03-01T01:15"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			zone, err := time.LoadLocation(tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf(`{"course": %q, "usage": %q, "name": "Night exam", "zone": %q, "duration": "90m", "window": {"start": %q, "end": "2028-12-24T12:00"}, "policy": {}}`,
				w.exam.Course, w.exam.Usage, tt.zone, tt.start)
			if err := json.Unmarshal([]byte(text), &w.exam); err != nil {
				t.Fatal(err)
			}
			w.clock.Set(w.exam.Window.Start.AddDate(0, 0, -7))
			w.live("Pacific/Auckland")
			w.accommodate(scheduling.Accommodation{Factor: 1.5})

			b := w.booked(w.exam.Window.Start)

			if got := b.End().In(zone).Format("2006-01-02T15:04"); got != tt.end || b.End().Sub(b.Start) != 135*time.Minute {
				t.Errorf("ends at %s after %s, want %s after 2h15m", got, b.End().Sub(b.Start), tt.end)
			}
			w.clock.Set(b.Start.Add(-5 * time.Minute))
			if _, err := w.Begin(t.Context(), b.ID); err != nil {
				t.Fatal(err)
			}
			w.clock.Set(b.Start)
			if _, err := w.Unlock(t.Context(), b.ID, w.code(b.ID)); err != nil {
				t.Fatal(err)
			}
			status, err := w.Status(t.Context(), w.exam, w.learner)
			if err != nil || status.Remaining != 135*time.Minute {
				t.Errorf("Remaining = %s, %v; want 2h15m", status.Remaining, err)
			}
		})
	}
}

// The snapshot holds to the end: Begin, and the no-show, count by the longer time.
func TestAccommodationHoldsOnExamDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	w.accommodate(scheduling.Accommodation{Factor: 2})
	id := w.settled(nine)
	w.clock.Set(nine.Add(179 * time.Minute))
	if status, err := w.Status(t.Context(), w.exam, w.learner); err != nil || !status.May(scheduling.ActionBegin) {
		t.Errorf("a minute before the end: May(begin) = false, %v, want true", err)
	}
	w.clock.Set(nine.Add(180*time.Minute + 4*time.Hour - time.Second))
	if w.wake(id); w.booking(id).State != scheduling.StateScheduled {
		t.Errorf("a second before the grace is over: %s, want scheduled", w.booking(id).State)
	}
	w.clock.Advance(time.Second)
	if w.wake(id); w.booking(id).State != scheduling.StateNoShow {
		t.Errorf("when the grace is over: %s, want no_show", w.booking(id).State)
	}
}

// SetAccommodation returns the booking that no longer agrees with the accommodation.
func TestAccommodationOfABookedLearner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.booked(nine)

	affected := w.accommodate(scheduling.Accommodation{Factor: 1.5})

	if affected == nil || affected.Booking.ID != b.ID || affected.Duration != 135*time.Minute || !affected.NeedsMove() ||
		!slices.Equal(affected.Changed, []scheduling.Setting{scheduling.SettingDuration}) {
		t.Fatalf("affected = %+v, want the booking, for its duration", affected)
	}
	if got := w.booking(b.ID); got.Duration != 90*time.Minute {
		t.Errorf("the booking has %s, want its 90 minutes as booked", got.Duration)
	}
	last := slices.Collect(w.historyOf(b.ID))
	e := last[len(last)-1]
	if e.Type != scheduling.EventAccommodationSet || e.By != office.By || e.Reason != "" {
		t.Errorf("last event = %+v, want accommodation_set with the name alone", e)
	}
	if affected := w.accommodate(scheduling.Accommodation{}); affected != nil {
		t.Errorf("taken back: %+v, want agreement", affected)
	}
	if l, err := w.store.Learner(t.Context(), w.learner, 0); err != nil || l.Accommodations != nil {
		t.Errorf("taken back: the record has %d, %v; want none", len(l.Accommodations), err)
	}
}

// historyOf yields a booking's events.
func (w *world) historyOf(id scheduling.BookingID) func(func(scheduling.Event) bool) {
	return func(yield func(scheduling.Event) bool) {
		for e, err := range w.Events(w.t.Context(), scheduling.EventQuery{Booking: id}) {
			if err != nil {
				w.t.Fatal(err)
			}
			if !yield(e) {
				return
			}
		}
	}
}

func TestBadAccommodations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for field, a := range map[string]scheduling.Accommodation{
		"Accommodation.Factor":       {Factor: 0.9},
		"Accommodation.Extra":        {Extra: 25 * time.Hour},
		"Accommodation.Window.End":   {Window: scheduling.Window{Start: ten, End: nine}},
		"Accommodation.Window.Start": {Window: scheduling.Window{End: nine}},
	} {
		_, err := w.Staff.SetAccommodation(t.Context(), w.learner, w.exam.Key(), a, office)
		if bad, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || bad.Fields[0].Field != field {
			t.Errorf("%s: %v, want a ValidationError of the field", field, err)
		}
	}
	_, err := w.Staff.SetAccommodation(t.Context(), w.learner, w.exam.Key(), scheduling.Accommodation{Factor: -1}, scheduling.Request{})
	if bad, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || len(bad.Fields) != 3 {
		t.Errorf("everything wrong: %v, want three problems", err)
	}
	if _, err := w.Staff.SetAccommodation(t.Context(), "9999", w.exam.Key(), scheduling.Accommodation{Factor: 2}, office); !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("unknown learner: %v, want ErrNotFound", err)
	}
}

// What comes so close to data on health prints nowhere, and is erased.
func TestAccommodationIsPersonal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := scheduling.Request{Reason: "dyslexia-canary", By: "exam office"}
	a := scheduling.Accommodation{Factor: 1.777, Extra: 7 * time.Minute}
	b := w.booked(nine)
	affected, err := w.Staff.SetAccommodation(t.Context(), w.learner, w.exam.Key(), a, secret)
	if err != nil || affected == nil {
		t.Fatal(affected, err)
	}
	record, err := w.store.Learner(t.Context(), w.learner, 0)
	if err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&printed, nil))
	for _, v := range []any{a, &a, record, record.Accommodations, record.Accommodations[0], map[string]scheduling.Accommodation{"a": a}} {
		fmt.Fprintf(&printed, "%v %+v %#v %s\n", v, v, v, v)
	}
	log.Info("x", "a", a, "l", record)
	events, err := json.Marshal(slices.Collect(w.historyOf(b.ID)))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{printed.String(), w.log.String(), string(events)} {
		for _, canary := range []string{"1.777", "dyslexia-canary", "7m0s", strconv.FormatInt(int64(7*time.Minute), 10)} {
			if strings.Contains(text, canary) {
				t.Errorf("%q escaped into %s", canary, text)
			}
		}
	}
	if err := w.store.Erase(t.Context(), w.learner); err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Learner(t.Context(), w.learner, 0); !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("after Erase: %v, want ErrNotFound", err)
	}
}
