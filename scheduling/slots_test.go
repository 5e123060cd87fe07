package scheduling_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// slotCalls counts how often the provider was asked for a day's slots.
func (w *world) slotCalls() int {
	return w.provider.Counts().Requests["getScheduleInfoAvailableTimesList"]
}

// offer makes the provider offer exactly these starts.
func (w *world) offer(starts ...time.Time) {
	w.provider.SetSlots(func(day time.Time) []time.Time {
		var of []time.Time
		for _, s := range starts {
			if s.Truncate(24 * time.Hour).Equal(day) {
				of = append(of, s)
			}
		}
		return of
	})
}

func startsOf(slots []scheduling.Slot) []time.Time {
	var starts []time.Time
	for _, s := range slots {
		starts = append(starts, s.Start)
	}
	return starts
}

// A day is one of the learner's zone, however far that is from UTC: the day of
// Tokyo's 08:30 began yesterday in UTC, that of Los Angeles' 17:30 ends tomorrow.
func TestSlotsOfALearnersDay(t *testing.T) {
	t.Parallel()
	for zone, tt := range map[string]struct {
		at         string // an instant of the day, by local clocks
		from, last string // first and last quarter hour of the day, in UTC
		calls      int    // 2 where the provider's zone has other days
	}{
		"Asia/Tokyo":          {"2027-01-13T08:30", "2027-01-12T15:00", "2027-01-13T14:45", 1},
		"America/Los_Angeles": {"2027-01-12T17:30", "2027-01-12T08:00", "2027-01-13T07:45", 1},
		"Europe/Paris":        {"2027-01-13T23:59", "2027-01-12T23:00", "2027-01-13T22:45", 1},
		"Asia/Kolkata":        {"2027-01-13T00:00", "2027-01-12T18:30", "2027-01-13T18:15", 1},
		"Asia/Kathmandu":      {"2027-01-13T00:00", "2027-01-12T18:15", "2027-01-13T18:00", 1},
		"Pacific/Kiritimati":  {"2027-01-13T12:00", "2027-01-12T10:00", "2027-01-13T09:45", 1},

		"Antarctica/Casey":     {"2027-01-13T12:00", "2027-01-12T16:00", "2027-01-13T15:45", 2},
		"Antarctica/Vostok":    {"2027-01-13T12:00", "2027-01-12T19:00", "2027-01-13T18:45", 2},
		"America/Scoresbysund": {"2027-01-13T12:00", "2027-01-13T02:00", "2027-01-14T01:45", 2},
	} {
		t.Run(strings.ReplaceAll(zone, "/", "_"), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.live(zone)
			w.quarterHours()
			at := inZone(t, zone, tt.at)

			got := startsOf(w.slots(scheduling.SlotQuery{From: dateOf(at), To: dateOf(at)}))

			from, last := utc(t, tt.from), utc(t, tt.last)
			if len(got) != 96 || !got[0].Equal(from) || !got[95].Equal(last) {
				t.Fatalf("%d slots, from %v to %v; want 96, from %s to %s", len(got), got[0], got[len(got)-1], from, last)
			}
			if n := w.slotCalls(); n != tt.calls {
				t.Errorf("asked %d times for one day, want %d", n, tt.calls)
			}
		})
	}
}

// quarterHours makes the provider offer every quarter hour.
func (w *world) quarterHours() {
	w.provider.SetSlots(func(day time.Time) []time.Time {
		var all []time.Time
		for at := day; at.Before(day.AddDate(0, 0, 1)); at = at.Add(15 * time.Minute) {
			all = append(all, at)
		}
		return all
	})
}

// No slot is lost or shown twice where the clocks change: on a day of 23 or 25
// hours, where midnight is skipped, and where it comes twice. Three days are
// asked for, day by day; the middle one has the change.
func TestSlotsWhereClocksChange(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		zone, day string
		hours     int    // of the day of the change
		span      string // how much the provider answers with; "" is the rest of the day
	}{
		"Paris, spring":              {"Europe/Paris", "2027-03-28", 23, ""},
		"Paris, autumn":              {"Europe/Paris", "2027-10-31", 25, ""},
		"Santiago skips midnight":    {"America/Santiago", "2027-09-05", 23, "several-days"},
		"Santiago, 23:00 twice":      {"America/Santiago", "2027-04-03", 25, ""},
		"Cairo skips midnight":       {"Africa/Cairo", "2027-04-30", 23, ""},
		"Cairo, 23:00 twice":         {"Africa/Cairo", "2027-10-28", 25, ""},
		"Beirut skips midnight":      {"Asia/Beirut", "2027-03-28", 23, ""},
		"Havana, midnight twice":     {"America/Havana", "2027-11-07", 25, ""},
		"Azores, midnight twice":     {"Atlantic/Azores", "2027-10-31", 25, ""},
		"New York, spring":           {"America/New_York", "2027-03-14", 23, ""},
		"Lord Howe, half an hour":    {"Australia/Lord_Howe", "2027-10-03", 0, ""},
		"Casablanca, end of Ramadan": {"Africa/Casablanca", "2027-03-14", 23, ""},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.quarterHours()
			if tt.span != "" {
				w.play(proctorutest.VariantSlotSpan, tt.span)
			}
			noon := inZone(t, tt.zone, tt.day+"T12:00")
			w.exam.Window = scheduling.Window{Start: noon.AddDate(0, 0, -5), End: noon.AddDate(0, 0, 5)}
			w.live(tt.zone)

			got := startsOf(w.slots(scheduling.SlotQuery{From: dateOf(noon.AddDate(0, 0, -1)), To: dateOf(noon.AddDate(0, 0, 1))}))

			for i := 1; i < len(got); i++ {
				if d := got[i].Sub(got[i-1]); d != 15*time.Minute {
					t.Fatalf("%s follows %s: a gap or a repeat of %s", got[i], got[i-1], d)
				}
			}
			if first := got[0].In(noon.Location()); first.Day() != noon.AddDate(0, 0, -1).Day() || got[0].Add(-15*time.Minute).In(noon.Location()).Day() == first.Day() {
				t.Errorf("the first slot is %s, want the first of its day", first)
			}
			ofDay := 0
			for _, s := range got {
				if s.In(noon.Location()).Day() == noon.Day() {
					ofDay++
				}
			}
			if tt.hours != 0 && ofDay != 4*tt.hours {
				t.Errorf("%d slots on the day of the change, want %d", ofDay, 4*tt.hours)
			}
			if n := w.slotCalls(); n != 3 {
				t.Errorf("asked %d times for three days, want 3", n)
			}
		})
	}
}

// The window holds the whole sitting: the last start offered is the one that ends
// with the window.
func TestSlotsFitTheWholeExam(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	last := w.exam.Window.End.Add(-w.exam.Duration)
	w.offer(w.exam.Window.Start.Add(-time.Minute), w.exam.Window.Start, last, last.Add(time.Minute), w.exam.Window.End)

	got := w.slots(scheduling.SlotQuery{})

	if want := []time.Time{w.exam.Window.Start, last}; !slices.EqualFunc(startsOf(got), want, time.Time.Equal) {
		t.Fatalf("starts = %v, want %v", startsOf(got), want)
	}
	if s := got[1]; !s.End.Equal(w.exam.Window.End) || s.Exam != w.exam.Key() || !s.FetchedAt.Equal(w.clock.Now()) || s.Start.Location() != time.UTC {
		t.Errorf("slot = %+v, want its end, exam and instant of asking, in UTC", s)
	}
}

// A slot nearer than the notice is not offered: 71:59 is too near, 72:00 is not.
func TestSlotsKeepTheNotice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.Set(day)
	w.exam.Policy.Notice = 72 * time.Hour
	w.offer(day.Add(72*time.Hour-time.Minute), day.Add(72*time.Hour), day.Add(73*time.Hour))

	got := startsOf(w.slots(scheduling.SlotQuery{}))

	if want := []time.Time{day.Add(72 * time.Hour), day.Add(73 * time.Hour)}; !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("starts = %v, want %v", got, want)
	}
}

// Providers may list what is past; a start that is past, or now, can't be booked.
func TestSlotsHideThePast(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"America/New_York", "Europe/Paris"} {
		w := newWorld(t)
		w.play(proctorutest.VariantSlotSpan, "past-included")
		w.live(zone)
		w.clock.Set(noon)
		w.offer(nine, ten, noon, noon.Add(15*time.Minute))

		got := startsOf(w.slots(scheduling.SlotQuery{}))

		if want := []time.Time{noon.Add(15 * time.Minute)}; !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Errorf("%s: starts = %v, want %v", zone, got, want)
		}
	}
}

// Whatever order the provider has, and however often it repeats itself.
func TestSlotsAreSortedAndUnique(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.offer(noon, nine, noon, ten, nine, noon)

	got := startsOf(w.slots(scheduling.SlotQuery{From: dateOf(day), To: dateOf(day)}))

	if want := []time.Time{nine, ten, noon}; !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("starts = %v, want %v", got, want)
	}
}

// Providers may answer with more than a day; days overlap then, and slots don't.
func TestSlotsWhenADayIsAnsweredWithMore(t *testing.T) {
	t.Parallel()
	for _, span := range []string{"24h", "several-days"} {
		w := newWorld(t)
		w.quarterHours()
		w.play(proctorutest.VariantSlotSpan, span)
		got := startsOf(w.slots(scheduling.SlotQuery{From: dateOf(day.Add(26 * time.Hour)), To: dateOf(day.Add(50 * time.Hour))}))
		if len(got) != 192 || !slices.IsSortedFunc(got, time.Time.Compare) {
			t.Errorf("%s: %d slots, sorted %v; want 192, sorted", span, len(got), slices.IsSortedFunc(got, time.Time.Compare))
		}
	}
}

// local_start_date is never read: whether its zone mark is right is not documented.
func TestSlotsWhateverTheLocalDateSays(t *testing.T) {
	t.Parallel()
	for _, local := range []string{"false-z", "equal", "missing"} {
		w := newWorld(t)
		w.offer(nine)
		w.play(proctorutest.VariantLocalStartDate, local)
		if got := startsOf(w.slots(scheduling.SlotQuery{})); len(got) != 1 || !got[0].Equal(nine) {
			t.Errorf("%s: starts = %v, want %s", local, got, nine)
		}
	}
}

// A learner who moves sees their own slot among the free ones.
func TestSlotsForAMoveIncludeTheOwnSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provider.SetSlotCapacity(nine, 1)
	id := w.settled(nine)
	has := func(q scheduling.SlotQuery) bool {
		return slices.ContainsFunc(startsOf(w.slots(q)), nine.Equal)
	}
	if has(scheduling.SlotQuery{From: dateOf(day), To: dateOf(day)}) {
		t.Error("without For: the slot that is taken is offered")
	}
	if !has(scheduling.SlotQuery{From: dateOf(day), To: dateOf(day), For: id}) {
		t.Error("with For: the learner's own slot is not offered")
	}
}

// A booking keeps the window and the duration under which it was made.
func TestSlotsForAMoveUseTheBookingsWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.exam.Window.End = day.Add(11 * time.Hour)
	w.offer(ten, noon)
	if got := startsOf(w.slots(scheduling.SlotQuery{For: id})); !slices.EqualFunc(got, []time.Time{nine, ten, noon}, time.Time.Equal) {
		t.Errorf("starts for a move = %v, want the own one, and those of the window that was booked", got)
	}
	if got := startsOf(w.slots(scheduling.SlotQuery{})); len(got) != 0 {
		t.Errorf("starts in the shorter window = %v, want none that ends in it", got)
	}
}

// The learner's own slot is offered and marked even where the provider does not
// list it, and within the notice, which no longer lets others move there.
func TestOwnSlotIsMarked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.Notice = 48 * time.Hour
	id := w.settled(nine)
	w.offer(ten, noon, noon.AddDate(0, 0, 2))
	w.clock.Set(nine.AddDate(0, 0, -1))
	calls := w.slotCalls()

	got := w.slots(scheduling.SlotQuery{To: dateOf(noon.AddDate(0, 0, 2)), For: id})

	if len(got) != 2 || !got[0].Start.Equal(nine) || !got[0].Current || got[1].Current || !got[1].Start.Equal(noon.AddDate(0, 0, 2)) {
		t.Fatalf("slots = %+v, want the own one, marked, and the one after the notice", got)
	}
	if n := w.slotCalls() - calls; n != 2 {
		t.Errorf("%d calls, want 2: of the days on which no other start is allowed nobody is asked", n)
	}
	if got := w.slots(scheduling.SlotQuery{From: dateOf(noon.AddDate(0, 0, 2)), For: id}); len(got) != 1 || got[0].Current {
		t.Errorf("another day = %+v, want the slot of that day alone", got)
	}
	w.clock.Set(nine)
	if got := w.slots(scheduling.SlotQuery{From: dateOf(day), To: dateOf(day), For: id}); len(got) != 0 {
		t.Errorf("once it has begun = %+v, want none", got)
	}
}

// A booking of another exam is no booking to look for.
func TestSlotsForABookingOfAnotherExam(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.exam.Course, w.exam.Usage = rerun(w.exam)
	w.platform.AddCourse(edxtest.Course{Key: w.exam.Course.String(), Name: "Logic"})
	if _, err := w.slotsOrError(scheduling.SlotQuery{For: id}); !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("Slots = %v, want ErrNotFound", err)
	}
}

func TestSlotsForAnotherLearnersBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.learner = w.enroll("bob", 4300)
	for _, other := range []scheduling.BookingID{id, "pb-nobody"} {
		if _, err := w.slotsOrError(scheduling.SlotQuery{For: other}); !errors.Is(err, scheduling.ErrNotFound) {
			t.Errorf("Slots for %s = %v, want ErrNotFound", other, err)
		}
	}
}

// A day without a free slot is no error, in whatever words the provider says so.
func TestSlotsOfAnEmptyDay(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"", "null", "error"} {
		w := newWorld(t)
		w.offer(day.Add(30 * time.Hour))
		if words != "" {
			w.play(proctorutest.VariantNoSlots, words)
		}
		if got, err := w.slotsOrError(scheduling.SlotQuery{From: dateOf(day), To: dateOf(day)}); err != nil || len(got) != 0 {
			t.Errorf("%q: Slots = %v, %v; want none, nil", words, got, err)
		}
		if got := w.slots(scheduling.SlotQuery{From: dateOf(day), To: dateOf(day.Add(30 * time.Hour))}); len(got) != 1 {
			t.Errorf("%q: %d slots on the next day, want 1", words, len(got))
		}
	}
}

// A provider that fails is an error, and what came before it stands.
func TestSlotsWhenTheProviderFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind proctorbooktest.FaultKind
		want error
	}{
		"500":           {proctorbooktest.Status500, proctoru.ErrServer},
		"HTML":          {proctorbooktest.HTML200, proctoru.ErrNotJSON},
		"unknown words": {proctorutest.UnknownText, nil},
		"bad token":     {proctorbooktest.Unauthorized, proctoru.ErrUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.offer(nine, day.Add(33*time.Hour))
			w.provider.Fault(proctorbooktest.Fault{Kind: tt.kind, Endpoint: "getScheduleInfoAvailableTimesList", Nth: 2, Times: -1})

			got, err := w.slotsOrError(scheduling.SlotQuery{From: dateOf(day), To: dateOf(day.Add(33 * time.Hour))})

			if err == nil || (tt.want != nil && !errors.Is(err, tt.want)) {
				t.Fatalf("Slots error = %v, want %v", err, tt.want)
			}
			if len(got) != 1 || !got[0].Start.Equal(nine) {
				t.Errorf("before the error: %v, want the slot of the first day", startsOf(got))
			}
		})
	}
}

// The provider is asked for a day when the loop gets there, and not before.
func TestSlotsAskOnceADayAndStopWithTheLoop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	perDay := map[int]int{}
	seen := 0
	for slot, err := range w.Slots(t.Context(), w.exam, w.learner, scheduling.SlotQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		perDay[slot.Start.In(paris(t)).Day()] = w.slotCalls()
		if seen++; seen == 150 {
			break
		}
	}
	if calls := w.slotCalls(); calls != len(perDay) || calls != 2 {
		t.Errorf("asked %d times for %d days, want 2", calls, len(perDay))
	}
}

// Days that leave no start are not asked for.
func TestSlotsWithoutACall(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		now time.Time
		q   scheduling.SlotQuery
	}{
		"a day past the end":        {q: scheduling.SlotQuery{From: dateOf(day.AddDate(0, 0, 6)), To: dateOf(day.AddDate(0, 0, 6))}},
		"a day before the window":   {q: scheduling.SlotQuery{From: dateOf(day.AddDate(0, 0, -3)), To: dateOf(day.AddDate(0, 0, -3))}},
		"days in the wrong order":   {q: scheduling.SlotQuery{From: dateOf(day.AddDate(0, 0, 3)), To: dateOf(day.AddDate(0, 0, 2))}},
		"yesterday":                 {now: day.AddDate(0, 0, 2), q: scheduling.SlotQuery{From: dateOf(day.AddDate(0, 0, 1)), To: dateOf(day.AddDate(0, 0, 1))}},
		"the window is over":        {now: day.AddDate(0, 0, 9)},
		"the last start has passed": {now: day.AddDate(0, 0, 5).Add(-time.Hour)},
		"... today":                 {now: day.AddDate(0, 0, 4).Add(22*time.Hour + 45*time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.live("Europe/London")
			if !tt.now.IsZero() {
				w.clock.Set(tt.now)
			}
			if got := w.slots(tt.q); len(got) != 0 {
				t.Errorf("%d slots, want none", len(got))
			}
			if n := w.slotCalls(); n != 0 {
				t.Errorf("asked the provider %d times, want not at all", n)
			}
		})
	}
}

// What is asked on the wire: whole seconds in UTC, and the learner's zone in the
// provider's words.
func TestSlotsOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.listen()
	w.clock.Set(day.Add(8*time.Hour + 1*time.Minute + 2*time.Second + 500*time.Millisecond))
	w.slots(scheduling.SlotQuery{From: dateOf(day), To: dateOf(day)})

	got := sent.last("getScheduleInfoAvailableTimesList")

	want := url.Values{
		"time_zone_id": {"Romance Standard Time"}, "start_date": {"2027-01-11T08:01:03Z"}, "duration": {"90"},
		"isadhoc": {"Y"}, "takeitnow": {"N"}, "time_sent": {"2027-01-11T08:01:02Z"},
	}
	if got.Encode() != want.Encode() {
		t.Errorf("sent %s\nwant %s", got.Encode(), want.Encode())
	}
}
