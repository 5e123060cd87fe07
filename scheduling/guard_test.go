package scheduling_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// standing is a state of affairs between a learner and an exam.
type standing struct {
	prepare func(w *world) scheduling.BookingID
	state   scheduling.State
	may     []scheduling.Action
}

const (
	book       = scheduling.ActionBook
	reschedule = scheduling.ActionReschedule
	cancel     = scheduling.ActionCancel
	begin      = scheduling.ActionBegin
	unlock     = scheduling.ActionUnlock
	finish     = scheduling.ActionFinish
)

var everyAction = []scheduling.Action{book, reschedule, cancel, begin, unlock, finish}

// standings are all states that a booking can be in, and the moments within a
// state at which other actions are allowed.
var standings = map[string]standing{
	"nothing booked": {prepare: func(*world) scheduling.BookingID { return "" }, may: []scheduling.Action{book}},
	"pending":        {prepare: (*world).lostBook, state: scheduling.StatePending, may: []scheduling.Action{reschedule, cancel}},
	"pending, cancel queued": {prepare: func(w *world) scheduling.BookingID {
		id := w.lostBook()
		_, err := w.Cancel(w.t.Context(), id, scheduling.Request{})
		w.pendingID(err)
		return id
	}, state: scheduling.StatePending, may: []scheduling.Action{reschedule, cancel}},
	"scheduled": {prepare: func(w *world) scheduling.BookingID { return w.settled(nine) }, state: scheduling.StateScheduled, may: []scheduling.Action{reschedule, cancel}},
	"scheduled, move open": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.fault(proctorbooktest.Status500, "addAdHocProcess")
		_, err := w.Reschedule(w.t.Context(), id, noon)
		w.pendingID(err)
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{reschedule, cancel}},
	"scheduled, cancel open": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.fault(proctorbooktest.Status500, "removeReservation")
		_, err := w.Cancel(w.t.Context(), id, scheduling.Request{})
		w.pendingID(err)
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{cancel}},
	"scheduled, moves and cancels closed": {prepare: func(w *world) scheduling.BookingID {
		w.exam.Policy.MoveUntil, w.exam.Policy.CancelUntil = 24*time.Hour, 24*time.Hour
		id := w.settled(nine)
		w.clock.Set(nine.Add(-24 * time.Hour))
		return id
	}, state: scheduling.StateScheduled},
	"scheduled, a second before moves and cancels close": {prepare: func(w *world) scheduling.BookingID {
		w.exam.Policy.MoveUntil, w.exam.Policy.CancelUntil = 24*time.Hour, 24*time.Hour
		id := w.settled(nine)
		w.clock.Set(nine.Add(-24*time.Hour - time.Second))
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{reschedule, cancel}},
	"scheduled, all moves used up": {prepare: func(w *world) scheduling.BookingID {
		w.exam.Policy.MaxMoves = 1
		id := w.settled(noon)
		if _, err := w.Reschedule(w.t.Context(), id, nine); err != nil {
			w.t.Fatal(err)
		}
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{cancel}},
	"scheduled, about to start": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.clock.Set(nine.Add(-5 * time.Minute))
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{reschedule, cancel, begin}},
	"scheduled, started without the learner": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.clock.Set(nine)
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{cancel, begin}},
	"scheduled, over": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.clock.Set(nine.Add(w.exam.Duration))
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{cancel}},
	"begin sent, no answer": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.clock.Set(nine.Add(-5 * time.Minute))
		w.fault(proctorbooktest.LoseAnswer, "beginReservation")
		if _, err := w.Begin(w.t.Context(), id); !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
			w.t.Fatalf("Begin = %v, want ErrOutcomeUnknown", err)
		}
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{cancel, begin}},
	"begun": {prepare: (*world).begun, state: scheduling.StateBegun, may: []scheduling.Action{begin, unlock, finish}},
	"begun, the code locked": {prepare: func(w *world) scheduling.BookingID {
		id := w.begun()
		w.lockCode(id)
		return id
	}, state: scheduling.StateBegun, may: []scheduling.Action{begin, finish}},
	"begun, not seen for long": {prepare: func(w *world) scheduling.BookingID {
		w.exam.Policy.SeenWithin = time.Hour
		id := w.begun()
		w.clock.Advance(time.Hour + time.Second)
		return id
	}, state: scheduling.StateBegun, may: []scheduling.Action{begin, finish}},
	"unlocked": {prepare: (*world).unlocked, state: scheduling.StateUnlocked, may: []scheduling.Action{finish}},
	"finished": {prepare: func(w *world) scheduling.BookingID {
		id := w.unlocked()
		if _, err := w.Finish(w.t.Context(), id); err != nil {
			w.t.Fatal(err)
		}
		return id
	}, state: scheduling.StateFinished},
	"canceled": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		if _, err := w.Cancel(w.t.Context(), id, scheduling.Request{}); err != nil {
			w.pendingID(err)
			w.pass()
		}
		w.wantCanceled(id)
		return id
	}, state: scheduling.StateCanceled, may: []scheduling.Action{book}},
	"canceled late, all bookings used up": {prepare: func(w *world) scheduling.BookingID {
		w.exam.Policy.MaxBookings, w.exam.Policy.LateWithin = 1, 5*24*time.Hour
		w.cancelAt(nine, w.clock.Now().Add(5*time.Minute))
		return w.status().Booking
	}, state: scheduling.StateCanceled},
	"unlocked, the time over": {prepare: func(w *world) scheduling.BookingID {
		id := w.unlocked()
		w.clock.Advance(w.exam.Duration)
		return id
	}, state: scheduling.StateUnlocked, may: []scheduling.Action{finish}},
	"failed": {prepare: func(w *world) scheduling.BookingID {
		w.provider.BlockSlot(nine)
		b, err := w.Book(w.t.Context(), w.exam, w.learner, nine)
		if _, ok := errors.AsType[*scheduling.SlotTakenError](err); !ok {
			w.t.Fatalf("Book = %v, want SlotTakenError", err)
		}
		return b.ID
	}, state: scheduling.StateFailed, may: []scheduling.Action{book}},
	"no-show": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.clock.Set(nine.Add(w.exam.Duration + 4*time.Hour))
		w.wake(id)
		return id
	}, state: scheduling.StateNoShow, may: []scheduling.Action{book}},
}

// lostBook books nine; the answer is lost.
func (w *world) lostBook() scheduling.BookingID {
	w.t.Helper()
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	_, err := w.Book(w.t.Context(), w.exam, w.learner, nine)
	return w.pendingID(err)
}

// begun books nine, and begins five minutes before.
func (w *world) begun() scheduling.BookingID {
	w.t.Helper()
	id := w.settled(nine)
	w.clock.Set(nine.Add(-5 * time.Minute))
	if _, err := w.Begin(w.t.Context(), id); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// unlocked begins, and unlocks with the right code.
func (w *world) unlocked() scheduling.BookingID {
	w.t.Helper()
	id := w.begun()
	if _, err := w.Unlock(w.t.Context(), id, w.code(id)); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// code returns the booking's unlock code, as staff may ask for it.
func (w *world) code(id scheduling.BookingID) string {
	w.t.Helper()
	code, err := w.Staff.UnlockCode(w.booking(id))
	if err != nil {
		w.t.Fatal(err)
	}
	return code.Reveal()
}

// lockCode types ten wrong codes.
func (w *world) lockCode(id scheduling.BookingID) {
	w.t.Helper()
	for i := range 10 {
		_, err := w.Unlock(w.t.Context(), id, "wrong")
		want := scheduling.ErrWrongCode
		if i == 9 {
			want = scheduling.ErrCodeLocked
		}
		if !errors.Is(err, want) {
			w.t.Fatalf("wrong code %d = %v, want %v", i+1, err, want)
		}
	}
}

// do calls the method of the action. Starts are ones that nothing else forbids.
func (w *world) do(a scheduling.Action, id scheduling.BookingID) error {
	var err error
	free := w.clock.Now().Truncate(time.Hour).Add(2 * time.Hour)
	if free.Before(ten) {
		free = ten
	}
	switch a {
	case book:
		_, err = w.Book(w.t.Context(), w.exam, w.learner, free)
	case reschedule:
		_, err = w.Reschedule(w.t.Context(), id, free)
	case cancel:
		_, err = w.Cancel(w.t.Context(), id, scheduling.Request{})
	case begin:
		_, err = w.Begin(w.t.Context(), id)
	case unlock:
		code := ""
		if id != "" {
			code = w.code(id)
		}
		_, err = w.Unlock(w.t.Context(), id, code)
	case finish:
		_, err = w.Finish(w.t.Context(), id)
	}
	return err
}

// refused says whether err means that the action is not allowed now.
func refused(err error) bool {
	_, notAllowed := errors.AsType[*scheduling.NotAllowedError](err)
	_, tooEarly := errors.AsType[*scheduling.TooEarlyError](err)
	return notAllowed || tooEarly || errors.Is(err, scheduling.ErrAlreadyBooked) ||
		errors.Is(err, scheduling.ErrCodeLocked) || errors.Is(err, scheduling.ErrNotFound)
}

// repeats are the actions that do nothing a second time, and are no error then.
var repeats = map[scheduling.State]scheduling.Action{
	scheduling.StateCanceled: cancel,
	scheduling.StateFinished: finish,
}

// TestEveryMethodChecksWhatStatusSays calls every method in every state: what
// Status allows is not refused, and what it does not allow is, for the same
// reasons, without a call to the provider.
func TestEveryMethodChecksWhatStatusSays(t *testing.T) {
	t.Parallel()
	for name, at := range standings {
		for _, a := range everyAction {
			t.Run(name+"/"+string(a), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, hasty)
				id := at.prepare(w)
				status, err := w.Status(t.Context(), w.exam, w.learner)
				if err != nil {
					t.Fatal(err)
				}
				if status.State != at.state || !slices.Equal(status.Actions, at.may) {
					t.Fatalf("Status = %q, %q; want %q, %q", status.State, status.Actions, at.state, at.may)
				}
				requests, version := w.providerRequests(), w.versionOf(id)

				err = w.do(a, id)

				if repeats[at.state] == a {
					if err != nil {
						t.Errorf("%s once more = %v, want nil", a, err)
					}
				} else if refused(err) == status.May(a) {
					t.Fatalf("%s = %v, and May = %v (%v)", a, err, status.May(a), status.Why[a])
				}
				if !refused(err) {
					return
				}
				if no, ok := errors.AsType[*scheduling.NotAllowedError](err); ok && !reflect.DeepEqual(no.Reasons, status.Why[a]) {
					t.Errorf("refused for %v, Status says %v", no.Reasons, status.Why[a])
				}
				if w.providerRequests() != requests || w.versionOf(id) != version {
					t.Errorf("a refused %s sent %d requests and changed version %d to %d", a, w.providerRequests()-requests, version, w.versionOf(id))
				}
			})
		}
	}
}

// A reason is given for every action that is not allowed, and for no other.
func TestStatusGivesReasons(t *testing.T) {
	t.Parallel()
	for name, at := range standings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			at.prepare(w)
			status, err := w.Status(t.Context(), w.exam, w.learner)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range everyAction {
				if got := len(status.Why[a]) == 0; got != status.May(a) {
					t.Errorf("%s: May = %v, and the reasons are %v", a, status.May(a), status.Why[a])
				}
			}
			if !reflect.DeepEqual(status.Reasons, status.Why[book]) {
				t.Errorf("Reasons = %v, Why(book) = %v", status.Reasons, status.Why[book])
			}
		})
	}
}

// Bad input.

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
		"missing":                    {time.Time{}, 0, "is missing", scheduling.ReasonOutsideWindow},
		"half a second":              {nine.Add(500 * time.Millisecond), 0, "must be a whole second", scheduling.ReasonOutsideWindow},
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
	if !ok || !no.Has(reason) || no.Action != a {
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

func TestBadInputNamesItsField(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 501)
	for name, tt := range map[string]struct {
		do   func(w *world) error
		want []string // parts of the text: fields and limits
	}{
		"exam": {func(w *world) error {
			_, err := w.Book(w.t.Context(), scheduling.Exam{}, w.learner, nine)
			return err
		}, []string{"Exam.Course is missing", "Exam.Name is empty"}},
		"exam for Status": {func(w *world) error {
			_, err := w.Status(w.t.Context(), scheduling.Exam{}, w.learner)
			return err
		}, []string{"Exam.Course is missing"}},
		"exam for Slots": {func(w *world) error {
			for _, err := range w.Slots(w.t.Context(), scheduling.Exam{}, w.learner, scheduling.SlotQuery{}) {
				return err
			}
			return nil
		}, []string{"Exam.Course is missing"}},
		"unknown learner": {func(w *world) error {
			_, err := w.Book(w.t.Context(), w.exam, "4999", nine)
			return err
		}, []string{"profile_incomplete (learner)"}},
		"cancel reason": {func(w *world) error {
			_, err := w.Cancel(w.t.Context(), "pb-x", scheduling.Request{Reason: long})
			return err
		}, []string{"Request.Reason", "500"}},
		"cancel by": {func(w *world) error {
			_, err := w.Cancel(w.t.Context(), "pb-x", scheduling.Request{By: long[:202]})
			return err
		}, []string{"Request.By", "100"}},
		"reset without reason": {func(w *world) error {
			_, err := w.Staff.ResetCode(w.t.Context(), "pb-x", scheduling.Request{})
			return err
		}, []string{"Request.Reason is empty", "Request.By is empty"}},
		"reset with a long reason": {func(w *world) error {
			_, err := w.Staff.ResetCode(w.t.Context(), "pb-x", scheduling.Request{Reason: long, By: long[:202]})
			return err
		}, []string{"Request.Reason", "500", "Request.By", "100"}},
		"profile": {func(w *world) error {
			return w.SaveProfile(w.t.Context(), w.learner, scheduling.Profile{})
		}, []string{"Profile.GivenName is empty", "Profile.Phone must be", "Profile.Country must be"}},
		"interval": {func(w *world) error { return w.Run(w.t.Context(), 0) }, []string{"interval must be positive"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			err := tt.do(w)
			if err == nil || !errors.Is(err, proctorbook.ErrNotDone) {
				t.Fatalf("error = %v, want one that is ErrNotDone", err)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error = %q, want it to say %q", err, part)
				}
			}
			if n := w.providerRequests(); n != 0 {
				t.Errorf("sent %d requests, want 0", n)
			}
		})
	}
}

// Without unlock keys nothing can be booked: better no reservation than one that
// nobody can unlock.
func TestNoUnlockKeyNoBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduling.WithUnlockKeys())
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	if !errors.Is(err, scheduling.ErrNoUnlockKey) || !strings.Contains(err.Error(), "WithUnlockKeys") {
		t.Errorf("Book = %v, want ErrNoUnlockKey that names the option", err)
	}
	if _, err := w.Status(t.Context(), w.exam, w.learner); !errors.Is(err, scheduling.ErrNoUnlockKey) {
		t.Errorf("Status = %v, want ErrNoUnlockKey", err)
	}
	if n := w.providerRequests(); n != 0 {
		t.Errorf("sent %d requests, want 0", n)
	}
}

// New refuses nonsense by the name of the option.
func TestNewNamesTheOption(t *testing.T) {
	t.Parallel()
	key := scheduling.UnlockKey{ID: "k", Secret: make([]byte, 32)}
	for name, opt := range map[string]scheduling.Option{
		"WithClock":          scheduling.WithClock(nil),
		"WithLogger":         scheduling.WithLogger(nil),
		"WithRandom":         scheduling.WithRandom(nil),
		"WithTuning, wait":   scheduling.WithTuning(scheduling.Tuning{Patience: -time.Second}),
		"WithTuning, watch":  scheduling.WithTuning(scheduling.Tuning{WatchInterval: -time.Second}),
		"WithTuning":         scheduling.WithTuning(scheduling.Tuning{ListLag: time.Hour}),
		"WithTuning, E > H":  scheduling.WithTuning(scheduling.Tuning{EvidenceLag: time.Hour}),
		"WithTuning, lease":  scheduling.WithTuning(scheduling.Tuning{Lease: -time.Second}),
		"WithTuning, dl":     scheduling.WithTuning(scheduling.Tuning{Deadline: -time.Second}),
		"WithUnlockKeys":     scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k", Secret: make([]byte, 31)}),
		"WithUnlockKeys, id": scheduling.WithUnlockKeys(scheduling.UnlockKey{Secret: make([]byte, 32)}),
		"WithUnlockKeys, 2":  scheduling.WithUnlockKeys(key, key),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			option, _, _ := strings.Cut(name, ",")
			s, err := scheduling.New(w.proctorU(), w.openEdX(), w.store, opt)
			if err == nil || s != nil || !strings.Contains(err.Error(), option+":") {
				t.Errorf("New = %v, %v; want nil and an error that names %s", s, err, option)
			}
		})
	}
	w := newWorld(t)
	if _, err := scheduling.New(nil, w.openEdX(), w.store); err == nil {
		t.Error("New without a provider = nil, want an error")
	}
	if _, err := scheduling.New(provider.ProctorU{Client: w.client, EvidenceSource: provider.EvidenceNone, CanceledListed: true}, w.openEdX(), w.store); err == nil {
		t.Error("New with canceled rows listed and no evidence = nil, want an error")
	}
}

// failingStore fails the methods that a test names.
type failingStore struct {
	scheduling.Store
	fail map[string]error
	// after makes a failing Update or Create act all the same, as when the answer
	// to a commit is lost.
	after bool
}

func (s *failingStore) Active(ctx context.Context, l scheduling.LearnerID, e scheduling.ExamKey) (scheduling.Booking, error) {
	if err := s.fail["Active"]; err != nil {
		return scheduling.Booking{}, err
	}
	return s.Store.Active(ctx, l, e)
}

func (s *failingStore) Learner(ctx context.Context, id scheduling.LearnerID, version int64) (scheduling.Learner, error) {
	if err := s.fail["Learner"]; err != nil {
		return scheduling.Learner{}, err
	}
	return s.Store.Learner(ctx, id, version)
}

func (s *failingStore) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	if err := s.fail["List"]; err != nil {
		return func(yield func(scheduling.Booking, error) bool) { yield(scheduling.Booking{}, err) }
	}
	return s.Store.List(ctx, f)
}

func (s *failingStore) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if err := s.fail["Update"]; err != nil {
		if s.after {
			_, _ = s.Store.Update(ctx, b, events...)
		}
		return scheduling.Booking{}, err
	}
	return s.Store.Update(ctx, b, events...)
}

func (s *failingStore) Events(ctx context.Context, q scheduling.EventQuery) ([]scheduling.Event, error) {
	if err := s.fail["Events"]; err != nil {
		return nil, err
	}
	return s.Store.Events(ctx, q)
}

// via makes a client of the provider over another transport.
func (w *world) via(rt http.RoundTripper) {
	w.t.Helper()
	client, err := proctoru.NewClient(proctorbooktest.InProcessURL, w.provider.Token, proctoru.WithTransport(rt),
		proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{}), proctoru.WithLogger(w.log.logger()))
	if err != nil {
		w.t.Fatal(err)
	}
	w.client = client
}
