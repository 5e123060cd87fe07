package scheduling_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// paper is a world without ProctorU, Open edX and HTTP: the exam office and the
// class book of ExampleNew_otherServices.
type paper struct {
	*world // clock, store and exam; its services are never asked
	office *examOffice
}

// newPaper makes that world; change may put something else in the office's place.
func newPaper(t *testing.T, change func(*examOffice) provider.Provider, opts ...scheduling.Option) *paper {
	t.Helper()
	w := newWorld(t)
	p := &paper{world: w, office: &examOffice{clock: w.clock}}
	var office provider.Provider = p.office
	if change != nil {
		office = change(p.office)
	}
	class := classBook{"grace_h": {ID: "7", Username: "grace_h", Name: "Grace Example", Email: "grace@example.org", Zone: "Europe/Paris"}}
	opts = append([]scheduling.Option{
		scheduling.WithClock(w.clock), scheduling.WithLogger(w.log.logger()),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}),
	}, opts...)
	s, err := scheduling.New(office, class, w.store, opts...)
	if err != nil {
		t.Fatal(err)
	}
	w.Scheduler = s
	learner, err := s.Learner(t.Context(), "grace_h")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveProfile(t.Context(), learner.ID, profile); err != nil {
		t.Fatal(err)
	}
	w.learner = learner.ID
	return p
}

// wantSheets checks that the office has as many valid sheets of the booking, and
// that the booking says what they say.
func (p *paper) wantSheets(id scheduling.BookingID, want int) {
	p.t.Helper()
	b, valid := p.booking(id), 0
	for _, s := range p.office.pile {
		if s.booking != string(id) || s.canceled {
			continue
		}
		valid++
		if s.number != b.Number || !s.start.Equal(b.Start) {
			p.t.Errorf("the sheet is number %s at %s, the booking %s at %s\n%s", s.number, s.start, b.Number, b.Start, p.history(id))
		}
	}
	if valid != want {
		p.t.Errorf("%d valid sheets, want %d\n%s", valid, want, p.history(id))
	}
}

func TestPaperFlow(t *testing.T) {
	t.Parallel()
	p := newPaper(t, nil)
	ctx := t.Context()
	status, err := p.Status(ctx, p.exam, p.learner)
	if err != nil || !status.May(scheduling.ActionBook) {
		t.Fatalf("Status = %+v, %v; want that booking is allowed", status, err)
	}
	var starts []time.Time
	for slot, err := range p.Slots(ctx, p.exam, p.learner, scheduling.SlotQuery{From: dateOf(nine), To: dateOf(nine)}) {
		if err != nil {
			t.Fatal(err)
		}
		starts = append(starts, slot.Start)
	}
	if len(starts) != 8 || !starts[0].Equal(day.Add(8*time.Hour)) {
		t.Fatalf("starts = %v, want 8 from 9 o'clock in Paris", starts)
	}

	gone := p.booked(starts[0])
	if _, err := p.Cancel(ctx, gone.ID, scheduling.Request{}); err != nil {
		t.Fatal(err)
	}
	p.wantSheets(gone.ID, 0)

	b := p.booked(starts[0])
	if b, err = p.Reschedule(ctx, b.ID, starts[2]); err != nil {
		t.Fatal(err)
	}
	p.wantSheets(b.ID, 1)

	p.clock.Set(b.Start.Add(-10 * time.Minute))
	if _, err := p.Begin(ctx, b.ID); !errors.As(err, new(*scheduling.TooEarlyError)) {
		t.Fatalf("Begin ten minutes before = %v, want TooEarlyError", err)
	}
	p.clock.Set(b.Start)
	launch, err := p.Begin(ctx, b.ID)
	if err != nil || !launch.URL.IsZero() {
		t.Fatalf("Begin = %v, %v; want success without a page to go to", launch.URL, err)
	}
	mine := p.office.pile[1]
	if b, err = p.Unlock(ctx, b.ID, mine.code); err != nil {
		t.Fatal(err)
	}
	if b, err = p.Finish(ctx, b.ID); err != nil || b.State != scheduling.StateFinished {
		t.Fatalf("Finish = %s, %v", b.State, err)
	}
	mine.report.Ended, mine.report.Authenticated, mine.report.TestSubmitted = true, true, true
	outcome, err := p.Outcome(ctx, b.ID)
	if err != nil || outcome.Verdict != scheduling.VerdictPassed {
		t.Errorf("Outcome = %+v, %v; want passed", outcome, err)
	}
}

// Each write's answer is lost, with and without the write: the engine finds out,
// and nothing is done twice.
func TestPaperAnswerLost(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before", "after"} {
		for op, c := range map[string]struct {
			do     func(*paper, scheduling.BookingID) error
			state  scheduling.State
			start  time.Time
			sheets int
		}{
			"move": {func(p *paper, id scheduling.BookingID) error {
				_, err := p.Reschedule(p.t.Context(), id, noon)
				return err
			}, scheduling.StateScheduled, noon, 1},
			"cancel": {func(p *paper, id scheduling.BookingID) error {
				_, err := p.Cancel(p.t.Context(), id, scheduling.Request{})
				return err
			}, scheduling.StateCanceled, nine, 0},
			"reserve": {nil, scheduling.StateScheduled, nine, 1},
		} {
			t.Run(op+" "+when, func(t *testing.T) {
				t.Parallel()
				p := newPaper(t, nil)
				var id scheduling.BookingID
				if c.do != nil {
					id = p.booked(nine).ID
				}
				p.office.mishap = when
				var err error
				if c.do != nil {
					err = c.do(p, id)
				} else {
					var b scheduling.Booking
					b, err = p.Book(t.Context(), p.exam, p.learner, nine)
					id = b.ID
				}
				if err != nil {
					id = p.pendingID(err)
				}
				p.pass()
				if b := p.booking(id); b.State != c.state || !b.Start.Equal(c.start) || b.Intent != nil {
					t.Errorf("booking is %s at %s, intent %+v; want %s at %s\n%s", b.State, b.Start, b.Intent, c.state, c.start, p.history(id))
				}
				p.wantSheets(id, c.sheets)
			})
		}
	}
}

// answering is an office whose reserve and begin answer as told, and do nothing.
type answering struct {
	*examOffice
	reserve, begin *provider.Answer
}

func (a answering) Reserve(ctx context.Context, c provider.Call) provider.Answer {
	if a.reserve != nil {
		return *a.reserve
	}
	return a.examOffice.Reserve(ctx, c)
}

func (a answering) Begin(ctx context.Context, c provider.Call) provider.Answer {
	if a.begin != nil {
		return *a.begin
	}
	return a.examOffice.Begin(ctx, c)
}

// What a provider leaves out of its answer is read on the careful side.
func TestSparseAnswers(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		answer  provider.Answer
		failed  scheduling.ReasonCode // "" means that it stays open
		errs    []error
		errsNot []error
	}{
		"nothing at all":            {answer: provider.Answer{}, errs: []error{proctorbook.ErrOutcomeUnknown}, errsNot: []error{proctorbook.ErrNotDone}},
		"a kind that nobody knows":  {answer: provider.Answer{Kind: "maybe", Err: broken}, errs: []error{proctorbook.ErrOutcomeUnknown, broken}},
		"unknown, and yet not done": {answer: provider.Answer{Kind: provider.AnswerUnknown, Err: proctorbook.ErrNotDone}, errs: []error{proctorbook.ErrOutcomeUnknown}, errsNot: []error{proctorbook.ErrNotDone}},
		"done without a number":     {answer: provider.Answer{Kind: provider.AnswerDone}},
		"done with an odd number":   {answer: provider.Answer{Kind: provider.AnswerDone, Number: "A-17"}},
		"not sent":                  {answer: provider.Answer{Kind: provider.AnswerNotSent}},
		"refused without a reason":  {answer: provider.Answer{Kind: provider.AnswerRefused}, failed: scheduling.ReasonNotAllowed},
		"refused with a reason":     {answer: provider.Answer{Kind: provider.AnswerRefused, Refusal: provider.RefusalStartInPast}, failed: scheduling.ReasonStartInPast},
		"overlap, reason forgotten": {answer: provider.Answer{Kind: provider.AnswerOverlap}, failed: scheduling.ReasonOverlap},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPaper(t, func(o *examOffice) provider.Provider { return answering{examOffice: o, reserve: &c.answer} })
			b, err := p.Book(t.Context(), p.exam, p.learner, nine)
			if c.failed != "" {
				if b.State != scheduling.StateFailed || b.EndReason != c.failed || !errors.Is(err, proctorbook.ErrNotDone) {
					t.Errorf("Book = %s (%s), %v; want failed (%s)", b.State, b.EndReason, err, c.failed)
				}
				return
			}
			if open := p.booking(p.pendingID(err)); open.State != scheduling.StatePending || open.Number != "" {
				t.Errorf("booking is %s, number %q; want pending without one", open.State, open.Number)
			}
			for _, want := range c.errs {
				if !errors.Is(err, want) {
					t.Errorf("Book = %v, want one that is %v", err, want)
				}
			}
			for _, not := range c.errsNot {
				if errors.Is(err, not) {
					t.Errorf("Book = %v, want one that is not %v", err, not)
				}
			}
		})
	}
}

// A begin with an answer that says nothing proves nothing: a move stays refused.
func TestSparseAnswerToBegin(t *testing.T) {
	t.Parallel()
	p := newPaper(t, func(o *examOffice) provider.Provider { return answering{examOffice: o, begin: &provider.Answer{}} })
	b := p.booked(nine)
	p.clock.Set(nine)
	if _, err := p.Begin(t.Context(), b.ID); !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		t.Errorf("Begin = %v, want ErrOutcomeUnknown", err)
	}
	if b := p.booking(b.ID); b.BeginSent.IsZero() {
		t.Error("the begin counts as not sent")
	}
}

// blind is an office that throws canceled sheets away. It may say so beforehand.
type blind struct {
	*examOffice
	traits provider.Traits
}

func (b blind) Traits() provider.Traits { return b.traits }

func (blind) Evidence(context.Context, string, string, proctoru.ReservationNo) ([]provider.Proof, error) {
	return nil, provider.ErrNoEvidence
}

// Without evidence, said by the traits or by the answer alone, a reservation
// that the provider canceled is missing: staff are called, and nothing is ended.
func TestProviderWithoutEvidence(t *testing.T) {
	t.Parallel()
	for name, traits := range map[string]provider.Traits{
		"by the traits": {NoEvidence: true},
		"by the answer": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPaper(t, func(o *examOffice) provider.Provider { return blind{o, traits} })
			b := p.booked(nine)
			p.office.pile[0].canceled = true
			p.clock.Advance(time.Hour)
			p.pass()
			p.clock.Advance(time.Hour)
			p.pass()
			if b := p.booking(b.ID); b.State != scheduling.StateScheduled || b.NeedsAttention == nil || b.NeedsAttention.Reason != scheduling.ReasonMissing {
				t.Errorf("booking is %s, attention %+v; want scheduled and missing\n%s", b.State, b.NeedsAttention, p.history(b.ID))
			}
		})
	}
}

// leavings is an office whose evidence shows an older number for ever, without a date.
type leavings struct{ *examOffice }

func (l leavings) Evidence(ctx context.Context, learner, id string, number proctoru.ReservationNo) ([]provider.Proof, error) {
	proofs, err := l.examOffice.Evidence(ctx, learner, id, number)
	return append(proofs, provider.Proof{Number: "77"}), err
}

// A reservation that the provider canceled, and whose absence is never proven, is flagged
// for a person once its time is over, and not before.
func TestCanceledAndNeverProvenAbsent(t *testing.T) {
	t.Parallel()
	p := newPaper(t, func(o *examOffice) provider.Provider { return leavings{o} })
	b := p.booked(nine)
	p.office.pile[0].canceled = true
	p.clock.Advance(time.Hour)
	for range 3 {
		p.pass()
		p.clock.Advance(time.Hour)
	}
	if b := p.booking(b.ID); b.State != scheduling.StateScheduled || b.NeedsAttention != nil {
		t.Fatalf("before its start the booking is %s, attention %+v; want scheduled, and none\n%s", b.State, b.NeedsAttention, p.history(b.ID))
	}
	p.clock.Set(nine.AddDate(0, 0, 1))
	for range 3 {
		p.pass()
		p.clock.Advance(time.Hour)
	}
	if b := p.booking(b.ID); b.NeedsAttention == nil || b.NeedsAttention.Reason != scheduling.ReasonMissing {
		t.Errorf("after its time the booking is %s, attention %+v; want one that is missing\n%s", b.State, b.NeedsAttention, p.history(b.ID))
	}
}

// oddRows is an office whose list or evidence has a row that can't be read.
type oddRows struct {
	*examOffice
	listed *provider.Listed
	proof  *provider.Proof
}

func (o oddRows) List(ctx context.Context, learner string) ([]provider.Listed, error) {
	if o.listed != nil {
		return []provider.Listed{*o.listed}, nil
	}
	return o.examOffice.List(ctx, learner)
}

func (o oddRows) Evidence(ctx context.Context, learner, id string, number proctoru.ReservationNo) ([]provider.Proof, error) {
	if o.proof != nil {
		return []provider.Proof{*o.proof}, nil
	}
	return o.examOffice.Evidence(ctx, learner, id, number)
}

// A list or evidence with a row that can't be read proves nothing, in particular
// not that something is absent.
func TestOddRowsProveNothing(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string]oddRows{
		"a listed row without a number":      {listed: &provider.Listed{ReservationID: "other", Start: nine}},
		"a listed row without a start":       {listed: &provider.Listed{ReservationID: "other", Number: "3"}},
		"a listed row with an odd number":    {listed: &provider.Listed{ReservationID: "other", Number: "007", Start: nine}},
		"evidence of a row without a number": {proof: &provider.Proof{Start: nine, Canceled: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPaper(t, func(o *examOffice) provider.Provider { odd.examOffice = o; return odd })
			b := p.booked(nine)
			p.office.pile[0].canceled = true
			p.clock.Advance(time.Hour)
			p.pass()
			p.clock.Advance(time.Hour)
			p.pass()
			if b := p.booking(b.ID); b.State != scheduling.StateScheduled || b.NeedsAttention != nil {
				t.Errorf("booking is %s, attention %+v; want untouched\n%s", b.State, b.NeedsAttention, p.history(b.ID))
			}
		})
	}
}

// A wrapped ProctorU is a provider: here one that counts.
type counting struct {
	provider.ProctorU
	reserves *int
}

func (c counting) Reserve(ctx context.Context, call provider.Call) provider.Answer {
	*c.reserves++
	return c.ProctorU.Reserve(ctx, call)
}

func TestWrappedProctorU(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reserves := 0
	counted := counting{provider.ProctorU{Client: w.client, EvidenceSource: provider.EvidenceCanceledList, MoveCall: true}, &reserves}
	s, err := scheduling.New(counted, platform.OpenEdX{Client: w.edx}, w.store, scheduling.WithClock(w.clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
	if err != nil {
		t.Fatal(err)
	}
	w.Scheduler = s
	b := w.booked(nine)
	if _, err := w.Reschedule(t.Context(), b.ID, noon); err != nil {
		t.Fatal(err)
	}
	w.wantAgreement(b.ID)
	if _, err := w.Cancel(t.Context(), b.ID, scheduling.Request{}); err != nil {
		t.Fatal(err)
	}
	w.wantCanceled(b.ID)
	if reserves != 1 {
		t.Errorf("counted %d reserves, want 1", reserves)
	}
	asked := func(endpoint string) int { return w.provider.Counts().Requests[endpoint] }
	if asked("moveReservation") != 1 || asked("clientActivityReport") != 0 {
		t.Errorf("moveReservation was called %d times, want once; clientActivityReport %d times, want not at all",
			asked("moveReservation"), asked("clientActivityReport"))
	}
}

// The notes end with the booking's id, also where the office has nothing to say:
// the activity report is matched by it.
func TestNotesEndWithTheBooking(t *testing.T) {
	t.Parallel()
	for _, notes := range []string{"", "Closed book.", "Closed book.\n\nTwo sheets of paper."} {
		w := newWorld(t)
		w.exam.ProctorNotes = notes
		sent := w.listen()
		b := w.booked(nine)
		want := strings.TrimPrefix(notes+"\nBooking: "+string(b.ID), "\n")
		if got := sent.last(create).Get("notes"); got != want {
			t.Errorf("notes = %q, want %q", got, want)
		}
	}
}

// With a prefix, a booking goes through its life, and the learner's id in the account is
// another one than in the store.
func TestBookingWithAStudentPrefix(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, provider.ProctorU{StudentPrefix: "law-"})
	id := w.settled(nine)
	if _, err := w.Reschedule(t.Context(), id, noon); err != nil {
		w.pendingID(err)
		w.pass()
	}
	w.pass()
	if b := w.booking(id); b.State != scheduling.StateScheduled || !b.Start.Equal(noon) || b.Learner != "4211" || b.NeedsAttention != nil {
		t.Errorf("after a move: %s at %s of %s, %v", b.State, b.Start, b.Learner, b.NeedsAttention)
	}
	w.wantAgreement(id)
	for _, r := range w.provider.Reservations() {
		if r.StudentID != "law-4211" {
			t.Errorf("reservation %d is of student %s", r.Number, r.StudentID)
		}
	}
}
