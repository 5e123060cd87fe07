package scheduling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/internal/caught"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// answerGrace is how long storing an answer may take after the caller's context has
// ended.
const answerGrace = 5 * time.Second

// errOvertaken means that the row has another generation or attempt by now, or that
// the lease is lost, so that the change must not be written.
var errOvertaken = errors.New("scheduling: overtaken by another worker or a newer operation")

// errLeased means that another worker has the booking.
var errLeased = errors.New("scheduling: another worker has the booking")

// worker carries on one booking under one lease.
type worker struct {
	s     *Scheduler
	owner string
	last  error // the provider's last failure, for the caller
	left  bool  // the caller left during a call, which now owns the lease

	noted *provider.Call // stored as sent with the operation that it is for, and not made yet
}

// newWorker returns a worker with a lease name of its own: two workers of one process
// must not use each other's lease.
func (s *Scheduler) newWorker() *worker {
	return &worker{s: s, owner: fmt.Sprintf("%s-%d", s.owner, s.workers.Add(1))}
}

// lease takes the booking, or returns errLeased.
func (w *worker) lease(ctx context.Context, id BookingID) (Booking, error) {
	for try := 1; ; try++ {
		b, err := w.s.store.Get(ctx, id)
		if err != nil {
			return Booking{}, err
		}
		now := w.s.now()
		if b.Lease.Owner != w.owner && b.Lease.runs(now) {
			return b, errLeased
		}
		b.Lease = Lease{Owner: w.owner, Until: now.Add(w.s.tuning.Lease)}
		if b, err = w.s.store.Update(ctx, b); err == nil || !errors.Is(err, ErrConflict) || try == maxSwaps {
			return b, err
		}
	}
}

// release ends the lease, unless a call that is still under way needs it. If that
// fails, others only wait until the lease runs out.
func (w *worker) release(ctx context.Context, b Booking) {
	if !w.left {
		w.free(ctx, b)
	}
}

func (w *worker) free(ctx context.Context, b Booking) {
	if b.Lease.Owner != w.owner {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerGrace)
	defer cancel()
	_, err := w.swap(ctx, b, sameLease, func(t *turn) { t.b.Lease = Lease{} })
	if err != nil && !errors.Is(err, errOvertaken) {
		w.s.log.WarnContext(ctx, "lease not released", slog.String("booking", string(b.ID)), slog.Any("error", err))
	}
}

// fence reports whether what was decided about old may be written to fresh.
type fence func(old, fresh Booking) bool

func sameLease(Booking, Booking) bool { return true }

// sameAttempt is the fence of answers and reads: each is about one generation and
// attempt only.
func sameAttempt(old, fresh Booking) bool {
	if old.Generation != fresh.Generation || (old.Intent == nil) != (fresh.Intent == nil) {
		return false
	}
	return old.Intent == nil || old.Intent.Attempt == fresh.Intent.Attempt
}

// swap applies change to the row and stores it. If somebody else wrote meanwhile, such
// as a wish, it applies change to the fresh row, if the fence allows it and the lease
// is still ours.
func (w *worker) swap(ctx context.Context, b Booking, ok fence, change func(*turn)) (*turn, error) {
	old := b
	for try := 1; ; try++ {
		now := w.s.now()
		if !w.holds(b, now) {
			w.s.measure(ctx, metrics.LeasesLost, 1)
			return nil, errOvertaken
		}
		if !ok(old, b) {
			return nil, errOvertaken
		}
		row := b.clone()
		t := &turn{b: &row, now: now, tuning: w.s.tuning}
		change(t)
		if err := checkTransitions(b.standing(), row.standing(), t.events); err != nil {
			return nil, err
		}
		row.noteChange(&b, now, w.s.tuning)
		row.UpdatedAt = now
		stored, err := w.s.store.Update(ctx, row, t.events...)
		if err == nil {
			t.b = &stored
			w.logEvents(ctx, t.events)
			w.s.measureChange(ctx, b, stored, t.events)
			return t, nil
		}
		if !errors.Is(err, ErrConflict) || try == maxSwaps {
			return nil, err
		}
		if b, err = w.s.store.Get(ctx, old.ID); err != nil {
			return nil, err
		}
	}
}

// holds reports whether the lease of the booking is ours, and still runs.
func (w *worker) holds(b Booking, now time.Time) bool {
	return b.Lease.Owner == w.owner && b.Lease.Until.After(now)
}

func (w *worker) logEvents(ctx context.Context, events []Event) {
	for _, e := range events {
		w.s.log.InfoContext(ctx, "booking", slog.String("booking", string(e.Booking)), slog.String("event", string(e.Type)),
			slog.String("state", string(e.State)), slog.String("op", string(e.Op)), slog.Int("attempt", e.Attempt), slog.String("code", string(e.Code)))
	}
}

// carryOn looks and sends until there is nothing to do but wait, and returns the row as
// it is then. A request that the row says was sent is sent even if the caller has left.
func (w *worker) carryOn(ctx context.Context, b Booking) (Booking, error) {
	for w.noted != nil || ctx.Err() == nil {
		t, err := w.once(ctx, b)
		if err != nil {
			return b, err
		}
		b = *t.b
		if t.next == stepWait || t.next == stepSettled {
			return b, nil
		}
	}
	return b, context.Cause(ctx)
}

// once does one step: a look, a send, or a look and the send that it leads to.
func (w *worker) once(ctx context.Context, b Booking) (*turn, error) {
	if c := w.noted; c != nil {
		w.noted = nil
		if b.Intent == nil || b.Intent.Attempt != 1 || !w.holds(b, w.s.now()) {
			return nil, errOvertaken // staff have resolved it, or another worker looks what became of it
		}
		return w.sendNoted(ctx, b, *c)
	}
	if i := b.Intent; i != nil && i.Attempt == 0 {
		if until, because := b.moveHeld(w.s.now(), w.s.tuning.InFlight); i.Op == OpMove && because != "" {
			return w.swap(ctx, b, sameAttempt, func(t *turn) { t.flagDeadline(); t.b.DueAt = until })
		}
		return w.send(ctx, b)
	}
	if b.State == StateUnlocked && b.timeIsUp(w.s.now()) {
		return w.swap(ctx, b, sameAttempt, (*turn).finishInTime)
	}
	t, err := w.look(ctx, b)
	if err != nil {
		return nil, err
	}
	switch t.next {
	case stepSend:
		return w.send(ctx, *t.b)
	case stepRemoveExtra:
		return w.removeExtra(ctx, *t.b, t.extra)
	}
	return t, nil
}

// look reads the provider's list, then the evidence, and applies the table of reads.
func (w *worker) look(ctx context.Context, b Booking) (*turn, error) {
	l := w.read(ctx, b)
	if l.listErr != nil {
		w.last = l.listErr
		w.s.log.WarnContext(ctx, "provider's list could not be read", slog.String("booking", string(b.ID)), slog.Any("error", l.listErr))
	}
	return w.swap(ctx, b, sameAttempt, func(t *turn) {
		t.look = l
		again := t.b.Woken && (!b.Woken || !t.b.Deliveries.Last.Equal(b.Deliveries.Last)) // since the look began
		t.b.Woken = false
		t.noteReads()
		t.flagDeadline()
		if t.b.Intent != nil {
			t.b.DueAt = w.s.retryAt(t)
		}
		t.applyLook()
		if again {
			t.b.wake(t.now)
		}
	})
}

func (w *worker) read(ctx context.Context, b Booking) look {
	ctx, cancel := context.WithTimeout(ctx, b.Lease.Until.Sub(w.s.now()))
	defer cancel()
	traits := w.s.provider.Traits()
	l := look{began: w.s.now(), evidenceNone: traits.NoEvidence, needsEvidence: traits.CanceledListed}
	rows, err := w.s.list(ctx, b.Learner)
	byEvidence := errors.Is(err, provider.ErrEmptyByEvidence)
	w.s.strain.note(ctx, err == nil || byEvidence)
	if byEvidence && l.isOfEvidence(b, w.s.tuning) {
		err = nil
	}
	if err != nil {
		w.s.measure(ctx, metrics.ReadsFailed, 1, callList)
		l.listErr, l.trouble = err, w.s.diagnose(ctx, b, callList, err)
		return l
	}
	for _, r := range rows {
		if r.ReservationID == string(b.ID) {
			l.rows = append(l.rows, r)
		} else {
			l.others = append(l.others, r)
		}
	}
	if l.evidenceNone || !l.needsEvidence && b.listSuffices(l, w.s.now()) {
		return l
	}
	proofs, err := w.s.proofs(ctx, b)
	if errors.Is(err, provider.ErrNoEvidence) {
		l.evidenceNone = true
		return l
	}
	if err != nil {
		w.s.measure(ctx, metrics.ReadsFailed, 1, callEvidence)
		l.trouble = w.s.diagnose(ctx, b, callEvidence, err)
		w.s.log.WarnContext(ctx, "provider's evidence could not be read", slog.String("booking", string(b.ID)), slog.Any("error", err))
		return l
	}
	l.proofs, l.evidenceGood = proofs, true
	return l
}

// isOfEvidence dates the look back to when a list would have shown what the evidence
// shows now. It reports whether such a list may decide an operation: not until all
// reservations that were asked for are old enough to be seen. It could lead to a second
// reservation next to one that neither source shows yet.
func (l *look) isOfEvidence(b Booking, t Tuning) bool {
	l.began = l.began.Add(t.ListLag - t.EvidenceLag)
	return b.Intent == nil || !l.began.Before(b.Memory.LastMade.Add(t.ListLag))
}

// send stores that it is about to send, sends, and applies the table of answers.
func (w *worker) send(ctx context.Context, b Booking) (*turn, error) {
	c, err := w.s.callFor(ctx, b, nil)
	if err != nil {
		return w.unprepared(ctx, b, err)
	}
	t, err := w.swap(ctx, b, sameAttempt, w.s.noteSent)
	if err != nil {
		return nil, err
	}
	return w.sendNoted(ctx, *t.b, c)
}

// sendNoted sends what the row is stored to send, and applies the table of answers.
func (w *worker) sendNoted(ctx context.Context, b Booking, c provider.Call) (*turn, error) {
	sent := sentCall{generation: b.Generation, attempt: b.Intent.Attempt, op: b.Intent.Op, number: b.Number, start: b.Intent.Want}
	c.Number, c.Reason = b.Number, string(b.Intent.Op)
	do := map[Op]func(context.Context, provider.Call) provider.Answer{
		OpReserve: w.s.provider.Reserve, OpMove: w.s.provider.Move, OpCancel: w.s.provider.Remove,
	}[b.Intent.Op]
	return w.deliver(ctx, b, sent, c, do)
}

// removeExtra removes a condemned number of the booking's id.
func (w *worker) removeExtra(ctx context.Context, b Booking, extra proctoru.ReservationNo) (*turn, error) {
	t, err := w.swap(ctx, b, sameAttempt, func(t *turn) {
		t.noteSend()
		t.emit(EventSent, func(e *Event) { e.Number = extra })
	})
	if err != nil {
		return nil, err
	}
	return w.deliver(ctx, *t.b, sentCall{generation: t.b.Generation, number: extra}, t.b.removal(extra, "extra"), w.s.provider.Remove)
}

// deliver makes the call while the lease runs, and applies the answer. If ctx ends
// first, the call goes on without the caller, its answer is stored, and then the lease
// ends: so nobody's impatience makes an outcome unknown.
func (w *worker) deliver(ctx context.Context, b Booking, sent sentCall, c provider.Call, do func(context.Context, provider.Call) provider.Answer) (*turn, error) {
	var t *turn
	var a answer
	var err error
	whole := context.WithoutCancel(ctx)
	ended := w.s.runner(ctx).Run(ctx, func() {
		left := b.Lease.Until.Sub(w.s.now()) // as late as can be: a process may have stood still
		if left <= 0 {
			w.s.measure(whole, metrics.LeasesLost, 1)
			err = errOvertaken
			return
		}
		callCtx, cancel := context.WithTimeout(whole, left)
		a = understood(do(callCtx, c))
		cancel()
		t, err = w.answered(whole, b, sent, a)
	}, func(p *caught.Panic) {
		if t != nil {
			b = *t.b
		}
		w.s.endedAlone(whole, w, b, err, p)
	})
	if !ended {
		w.left = true
		return nil, context.Cause(ctx)
	}
	w.last = a.Err
	return t, err
}

// answered applies the answer to a call, and stores what follows.
func (w *worker) answered(ctx context.Context, b Booking, sent sentCall, a answer) (*turn, error) {
	w.s.strain.note(ctx, a.answered())
	w.s.forget(b.Start, sent.start)
	if a.Err != nil {
		w.s.log.WarnContext(ctx, "provider", slog.String("booking", string(b.ID)), slog.String("op", string(sent.op)),
			slog.String("answer", string(a.Kind)), slog.Any("error", a.Err))
	}
	ctx, cancel := context.WithTimeout(ctx, answerGrace)
	defer cancel()
	call := string(orDefault(sent.op, OpCancel)) // an extra is removed, too
	trouble := provider.Trouble{Call: call}
	if !a.answered() {
		trouble = w.s.diagnose(ctx, b, call, a.Err)
	}
	return w.swap(ctx, b, sameAttempt, func(t *turn) {
		t.answer, t.sent = a, sent
		t.b.noteTrouble(trouble)
		t.b.DueAt = w.s.retryAt(t)
		t.applyAnswer()
		if t.next == stepLook {
			t.b.DueAt = t.now
		}
	})
}

// retryAt returns when an open intent is looked at next, unless a table sets another
// time: soon at first, then at growing intervals up to 30 seconds, and every 2 minutes
// once the deadline is past.
func (s *Scheduler) retryAt(t *turn) time.Time {
	i := t.b.Intent
	if i == nil {
		return t.now
	}
	delay := min(max(t.now.Sub(i.Requested)/2, time.Second), 30*time.Second)
	if !t.now.Before(i.Deadline) {
		delay = 2 * time.Minute
	}
	return micro(t.now.Add(s.jitter(delay)))
}

// jitter returns 80 to 100 % of d.
func (s *Scheduler) jitter(d time.Duration) time.Duration {
	s.randomMu.Lock()
	defer s.randomMu.Unlock()
	var b [1]byte
	if _, err := io.ReadFull(s.random, b[:]); err != nil {
		panic("scheduling: the source of randomness failed: " + err.Error())
	}
	return d - d/5*time.Duration(b[0])/255
}

func appendStart(starts []time.Time, start time.Time) []time.Time {
	for _, t := range starts {
		if t.Equal(start) {
			return starts
		}
	}
	return append(starts, start)
}
