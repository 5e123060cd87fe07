package scheduling_test

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// A dryRun is a method that changes a booking, and the one that tries it.
type dryRun struct {
	try func(w *world, id scheduling.BookingID, start time.Time) (scheduling.Booking, bool, error)
	do  func(w *world, id scheduling.BookingID, start time.Time) (scheduling.Booking, error)
}

// compare tries, then does, and returns what the dry run said.
func (d dryRun) compare(w *world, id scheduling.BookingID, start time.Time) string {
	w.t.Helper()
	requests, version, before := w.providerRequests(), w.versionOf(id), len(w.asked(id))
	tried, sends, tryErr := d.try(w, id, start)
	if w.providerRequests() != requests || w.versionOf(id) != version {
		w.t.Errorf("the dry run sent %d requests and changed version %d to %d", w.providerRequests()-requests, version, w.versionOf(id))
	}
	done, err := d.do(w, id, start)
	asked := done.ID != id || len(w.asked(id)) > before
	switch open, pending := errors.AsType[*scheduling.PendingError](tryErr); {
	case sends:
		if tryErr != nil || refused(err) || !asked {
			w.t.Errorf("the dry run would send (%v), but the real call returned %v, and has asked: %v", tryErr, err, asked)
		}
		return "sends"
	case tryErr == nil:
		if err != nil || done.Version != version || tried.ID != done.ID || w.providerRequests() != requests {
			w.t.Errorf("the dry run found that it stands already; the real call returned %v, version %d after %d", err, done.Version, version)
		}
		return "stands"
	case pending:
		if refused(err) || asked || tried.ID != done.ID {
			w.t.Errorf("the dry run found it under way; the real call returned %v, and has asked anew: %v", err, asked)
		}
		if still, ok := errors.AsType[*scheduling.PendingError](err); ok && (still.BookingID != open.BookingID || still.Op != open.Op || still.Queued != open.Queued) {
			w.t.Errorf("the dry run found %+v open, the real call %+v", open, still)
		}
		return "pending"
	}
	if err == nil || err.Error() != tryErr.Error() || tried.ID != done.ID || w.providerRequests() != requests || w.versionOf(id) != version {
		w.t.Errorf("the dry run is refused by %v, the real call by %v", tryErr, err)
	}
	return "refused"
}

// requestFor is a request that is refused for the start far outside the window.
func requestFor(start time.Time) scheduling.Request {
	if start.Equal(farOut) {
		return scheduling.Request{Reason: strings.Repeat("x", 501)}
	}
	return scheduling.Request{}
}

var farOut = day.AddDate(1, 0, 0)

var dryRuns = map[scheduling.Action]dryRun{
	book: {
		try: func(w *world, _ scheduling.BookingID, start time.Time) (scheduling.Booking, bool, error) {
			return w.TryBook(w.t.Context(), w.exam, w.learner, start)
		},
		do: func(w *world, _ scheduling.BookingID, start time.Time) (scheduling.Booking, error) {
			return w.Book(w.t.Context(), w.exam, w.learner, start)
		},
	},
	reschedule: {
		try: func(w *world, id scheduling.BookingID, start time.Time) (scheduling.Booking, bool, error) {
			return w.TryReschedule(w.t.Context(), id, start)
		},
		do: func(w *world, id scheduling.BookingID, start time.Time) (scheduling.Booking, error) {
			return w.Reschedule(w.t.Context(), id, start)
		},
	},
	cancel: {
		try: func(w *world, id scheduling.BookingID, start time.Time) (scheduling.Booking, bool, error) {
			return w.TryCancel(w.t.Context(), id, requestFor(start))
		},
		do: func(w *world, id scheduling.BookingID, start time.Time) (scheduling.Booking, error) {
			return w.Cancel(w.t.Context(), id, requestFor(start))
		},
	},
}

// In every state, and for starts of every kind, a dry run changes nothing and sends
// nothing, and the real call then does what the dry run said.
func TestDryRunsTellWhatTheRealCallsDo(t *testing.T) {
	seen := map[string]int{}
	for name, at := range standings {
		for action, d := range dryRuns {
			for _, start := range []time.Time{nine, noon, noon.AddDate(0, 0, 1), noon.AddDate(0, 0, 1).Add(time.Millisecond), farOut} {
				t.Run(fmt.Sprint(name, "/", action, "/", start.Format("02T15:04:05.000")), func(t *testing.T) {
					w := newWorld(t, hasty)
					id := at.prepare(w)
					seen[fmt.Sprint(action, " ", d.compare(w, id, start))]++
				})
			}
		}
	}
	for _, action := range []scheduling.Action{book, reschedule, cancel} {
		for _, answer := range []string{"sends", "stands", "pending", "refused"} {
			if key := fmt.Sprint(action, " ", answer); seen[key] == 0 {
				t.Errorf("no case of %q: %v", key, seen)
			}
		}
	}
}

// asked returns the booking's events by which a person asked for something.
func (w *world) asked(id scheduling.BookingID) []scheduling.EventType {
	w.t.Helper()
	return slices.DeleteFunc(w.events(id), func(e scheduling.EventType) bool {
		return !slices.Contains([]scheduling.EventType{scheduling.EventRequested, scheduling.EventMoveRequested, scheduling.EventCancelRequested,
			scheduling.EventWishQueued, scheduling.EventWishReplaced}, e)
	})
}

// Everything that arrives at the provider for a booking, field by field.
func TestBookOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.listen()
	b := w.booked(nine)

	got := sent.last(create)

	want := url.Values{
		"reservation_id": {string(b.ID)}, "student_id": {"4211"}, "start_date": {"2027-01-11T09:00:00Z"}, "duration": {"90"},
		"description": {"CS101 2027 - Final exam"}, "notes": {"Closed book.\nBooking: " + string(b.ID)},
		"first_name": {"Ada"}, "last_name": {"Example"}, "email": {"ada_l@example.org"}, "phone1": {"+33100000000"},
		"country": {"FR"}, "time_zone_id": {"Romance Standard Time"}, "exam_password": {w.code(b.ID)},
		"takeitnow": {"N"}, "time_sent": {"2027-01-07T00:00:00Z"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("sent %s\nwant %s", got.Encode(), want.Encode())
	}
}

// A start is an instant: nine in Madrid is eight in UTC, and arrives as that.
func TestAStartInMadridArrivesInUTC(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.listen()
	b := w.booked(inZone(t, "Europe/Madrid", "2027-01-11T09:00"))
	if got := sent.last(create).Get("start_date"); got != "2027-01-11T08:00:00Z" {
		t.Errorf("start_date = %q, want 2027-01-11T08:00:00Z", got)
	}
	w.clock.Advance(5 * time.Minute)
	if _, err := w.Reschedule(t.Context(), b.ID, inZone(t, "Europe/Madrid", "2027-01-11T12:00")); err != nil {
		t.Fatal(err)
	}
	if got := sent.last(create).Get("start_date"); got != "2027-01-11T11:00:00Z" {
		t.Errorf("start_date of the move = %q, want 2027-01-11T11:00:00Z", got)
	}
}

// An exam in another zone and season, for a learner in a third one.
func TestTimesAcrossZonesOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live("America/Los_Angeles")
	w.exam.Zone = inZone(t, "Asia/Tokyo", "2027-01-11T00:00").Location()
	sent := w.listen()
	w.booked(inZone(t, "Asia/Tokyo", "2027-01-12T00:30"))
	if got := sent.last(create); got.Get("start_date") != "2027-01-11T15:30:00Z" || got.Get("time_zone_id") != "Pacific Standard Time" {
		t.Errorf("sent %q in %q, want 2027-01-11T15:30:00Z in Pacific Standard Time", got.Get("start_date"), got.Get("time_zone_id"))
	}
}

const listSlots = "getScheduleInfoAvailableTimesList"

// A session on demand is listed and marked when it is asked for, and booked as
// one; a lost answer changes nothing of that, and a move goes to a planned slot. That
// holds whether the provider lists the next hours only, or every slot.
func TestTakeItNow(t *testing.T) {
	t.Parallel()
	for listed, sessions := range map[string]int{"next-hours": 8, "all-slots": 53} {
		t.Run(listed, func(t *testing.T) {
			t.Parallel()
			testTakeItNow(t, listed, sessions)
		})
	}
}

func testTakeItNow(t *testing.T, listed string, sessions int) {
	w := newWorld(t)
	w.play(proctorutest.VariantTakeItNow, listed)
	sent := w.listen()
	w.clock.Set(nine.Add(5 * time.Minute))
	onDemand := func(endpoint string) string { return sent.last(endpoint).Get("takeitnow") }
	if planned := w.slots(scheduling.SlotQuery{To: dateOf(nine)}); planned[0].OnDemand || onDemand(listSlots) != "N" {
		t.Fatal("a planned slot is marked as one on demand, or asked for as such")
	}

	slots := w.slots(scheduling.SlotQuery{To: dateOf(nine), OnDemand: true})

	if len(slots) != sessions || !slots[0].OnDemand || !slots[0].Premium() || onDemand(listSlots) != "Y" {
		t.Fatalf("%d sessions on demand, the first %+v, want %d, marked and with a premium", len(slots), slots[0], sessions)
	}
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	b, err := w.BookSlot(t.Context(), w.exam, slots[1])
	if err != nil || !b.OnDemand || !b.Start.Equal(slots[1].Start) || onDemand(create) != "Y" {
		t.Fatalf("BookSlot = %+v, %v, with takeitnow %q; want the slot, on demand", b, err, onDemand(create))
	}
	w.wantAgreement(b.ID)
	w.clock.Advance(11 * time.Minute) // the lost request can't act any more
	if _, err = w.Reschedule(t.Context(), b.ID, noon); err != nil || onDemand(create) != "N" {
		t.Errorf("Reschedule = %v, with takeitnow %q, want a move to a planned slot", err, onDemand(create))
	}
}

// A slot counts for the exam and the terms for which it was looked up.
func TestBookSlotRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slot := w.slots(scheduling.SlotQuery{})[0]
	resit := w.exam
	resit.Usage = edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@resit")
	for name, tt := range map[string]struct {
		exam scheduling.Exam
		slot func(*scheduling.Slot)
		want string // field
	}{
		"of another exam":    {resit, func(*scheduling.Slot) {}, "Slot.Exam"},
		"of nobody":          {w.exam, func(s *scheduling.Slot) { s.Learner = "" }, "Slot.Learner"},
		"of other terms":     {w.exam, func(s *scheduling.Slot) { s.Duration += time.Minute }, "Slot.Duration"},
		"whose time is past": {w.exam, func(s *scheduling.Slot) { s.Start = w.clock.Now() }, "start"},
	} {
		t.Run(name, func(t *testing.T) {
			forged := slot
			tt.slot(&forged)
			_, err := w.BookSlot(t.Context(), tt.exam, forged)
			refused, ok := errors.AsType[*proctorbook.ValidationError](err)
			if !ok || refused.Fields[0].Field != tt.want {
				t.Errorf("BookSlot = %v, want a problem of %s", err, tt.want)
			}
		})
	}
	if made := w.provider.Counts().CreatesSeen; made != 0 {
		t.Errorf("%d creates were sent", made)
	}
	if _, err := w.slotsOrError(scheduling.SlotQuery{For: "pb-1", OnDemand: true}); err == nil {
		t.Error("Slots on demand for a move, want an error")
	}
	if b, err := w.BookSlot(t.Context(), w.exam, slot); err != nil || !b.Start.Equal(slot.Start) || b.OnDemand {
		t.Errorf("BookSlot = %+v, %v, want the slot, planned", b, err)
	}
}

// TestBadStartIsRefusedBeforeAnythingIsSent asks Book and Reschedule for starts
// that can't be: the error names the field, the limit and the reason.
func TestBadStartIsRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	last := day.AddDate(0, 0, 5).Add(-90 * time.Minute)
	for name, tt := range map[string]struct {
		start   time.Time
		notice  time.Duration
		problem string
		reason  scheduling.ReasonCode
	}{
		"missing":                    {time.Time{}, 0, "is missing", ""},
		"half a second":              {nine.Add(500 * time.Millisecond), 0, "must be a whole second", ""},
		"past":                       {day.AddDate(0, 0, -5), 0, "is past; the earliest start allowed is 2027-01-11T00:00:00Z", scheduling.ReasonStartInPast},
		"now":                        {day.AddDate(0, 0, -4), 0, "is past; the earliest start allowed is 2027-01-11T00:00:00Z", scheduling.ReasonStartInPast},
		"a second before the window": {day.Add(-time.Second), 0, "is before the earliest start allowed, 2027-01-11T00:00:00Z", scheduling.ReasonOutsideWindow},
		"a second past the last":     {last.Add(time.Second), 0, "is after the latest start allowed, 2027-01-15T22:30:00Z", scheduling.ReasonOutsideWindow},
		"within the notice":          {nine, 120 * time.Hour, "is before the earliest start allowed, 2027-01-12T00:00:00Z", scheduling.ReasonOutsideWindow},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.exam.Policy.Notice = tt.notice
			_, err := w.Book(t.Context(), w.exam, w.learner, tt.start)
			wantBadStart(t, "Book", err, scheduling.ActionBook, tt.problem, tt.reason)
			if n := w.providerRequests(); n != 0 {
				t.Errorf("sent %d requests, want 0", n)
			}
			if n := len(w.allEvents("")); n != 0 {
				t.Errorf("stored %d events, want none", n)
			}

			id := w.booked(day.AddDate(0, 0, 2).Add(9 * time.Hour)).ID
			sent := w.providerRequests()
			b, err := w.Reschedule(t.Context(), id, tt.start)
			wantBadStart(t, "Reschedule", err, scheduling.ActionReschedule, tt.problem, tt.reason)
			if n := w.providerRequests() - sent; n != 0 || b.Intent != nil {
				t.Errorf("Reschedule sent %d requests and left %+v", n, b.Intent)
			}
		})
	}
}

func wantBadStart(t *testing.T, method string, err error, a scheduling.Action, problem string, reason scheduling.ReasonCode) {
	t.Helper()
	bad, ok := errors.AsType[*proctorbook.ValidationError](err)
	if !ok || len(bad.Fields) != 1 || bad.Fields[0] != (proctorbook.FieldError{Field: "start", Problem: problem}) {
		t.Errorf("%s = %v, want one problem: start %s", method, err, problem)
	}
	no, ok := errors.AsType[*scheduling.NotAllowedError](err)
	if reason == "" && ok {
		t.Errorf("%s = %v, want wrong input alone: no reason forbids it", method, err)
	}
	if reason != "" && (!ok || !no.Has(reason) || no.Action != a) {
		t.Errorf("%s = %v, want the reason %s for %s", method, err, reason, a)
	}
	if !errors.Is(err, proctorbook.ErrNotDone) || errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		t.Errorf("%s = %v, want ErrNotDone", method, err)
	}
}

// The first and the last start of the window can be booked.
func TestFirstAndLastStartOfTheWindow(t *testing.T) {
	t.Parallel()
	for _, start := range []time.Time{day, day.AddDate(0, 0, 5).Add(-90 * time.Minute)} {
		w := newWorld(t)
		if got := w.booked(start); !got.Start.Equal(start) {
			t.Errorf("booked %s, want %s", got.Start, start)
		}
	}
}

// What Slots offers, Book takes: no offer is refused for its time.
func TestEverySlotOfferedMayBeBooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.Notice = 24 * time.Hour
	w.clock.Set(day.Add(30 * time.Second))
	offered := w.slots(scheduling.SlotQuery{})
	if len(offered) < 300 {
		t.Fatalf("%d slots, want those of four days", len(offered))
	}
	for _, slot := range []scheduling.Slot{offered[0], offered[len(offered)/2], offered[len(offered)-1]} {
		b := w.booked(slot.Start)
		if _, err := w.Cancel(t.Context(), b.ID, scheduling.Request{}); err != nil {
			t.Fatalf("Cancel: %v", err)
		}
	}
}

func TestSlotTaken(t *testing.T) {
	w := newWorld(t)
	w.provider.BlockSlot(nine)
	b, err := w.Book(t.Context(), w.exam, w.learner, nine)
	taken, ok := errors.AsType[*scheduling.SlotTakenError](err)
	if !ok || !errors.Is(err, proctoru.ErrOverlap) || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Fatalf("Book = %v, want SlotTakenError", err)
	}
	if b.State != scheduling.StateFailed || b.EndReason != scheduling.ReasonOverlap {
		t.Errorf("booking is %s (%s), want failed (overlap)", b.State, b.EndReason)
	}
	if len(taken.Fresh) == 0 || slices.ContainsFunc(taken.Fresh, func(s scheduling.Slot) bool { return s.Start.Equal(nine) }) {
		t.Errorf("fresh slots = %d, with or without the one taken; want some, without", len(taken.Fresh))
	}
	// Nothing is in the way of another slot: the first booking is no longer active.
	w.wantAgreement(w.booked(ten).ID)
}

func TestManyBookOneLearnerAndExam(t *testing.T) {
	w := newWorld(t)
	replicas := []*scheduling.Scheduler{w.Scheduler, w.replica(), w.replica()}
	type result struct {
		booking scheduling.Booking
		err     error
	}
	results := make([]result, 64)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			start := nine
			if i%4 == 3 {
				start = ten
			}
			b, err := replicas[i%len(replicas)].Book(t.Context(), w.exam, w.learner, start)
			results[i] = result{b, err}
		})
	}
	wg.Wait()
	w.pass()

	id := w.onlyBooking()
	w.wantAgreement(id)
	if made := w.provider.Counts().ReservationsMade; made != 1 {
		t.Errorf("reservations made = %d, want 1", made)
	}
	for i, r := range results {
		already, isAlready := errors.AsType[*scheduling.AlreadyBookedError](r.err)
		pending, isPending := errors.AsType[*scheduling.PendingError](r.err)
		switch {
		case r.err == nil && r.booking.ID == id,
			isAlready && already.BookingID == id,
			isPending && pending.BookingID == id:
		case errors.Is(r.err, proctorbook.ErrNotDone):
			// All share one clock, which others' sleeps move on: the time of a call to the
			// platform may be up before it is sent.
		default:
			t.Errorf("caller %d got booking %q, %v", i, r.booking.ID, r.err)
		}
	}
}

// A re-run of a course repeats the names of its blocks: it is another exam.
func TestRerunIsAnotherExam(t *testing.T) {
	w := newWorld(t)
	first := w.booked(nine)
	rerun := w.exam
	rerun.Course = edx.MustCourseKey("course-v1:ExampleX+CS101+2028")
	rerun.Usage = edx.MustUsageKey("block-v1:ExampleX+CS101+2028+type@sequential+block@final")
	w.platform.AddCourse(edxtest.Course{Key: rerun.Course.String(), Name: "Logic"})
	w.platform.Enroll("ada_l", rerun.Course.String(), "verified", true)
	second, err := w.Book(t.Context(), rerun, w.learner, noon)
	if err != nil || second.ID == first.ID {
		t.Fatalf("Book for the re-run = %s, %v; want a second booking", second.ID, err)
	}
	w.wantAgreement(second.ID)
}
