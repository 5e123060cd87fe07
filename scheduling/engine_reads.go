package scheduling

import (
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// look is what one read of the provider's list, and of the evidence after it, showed.
type look struct {
	began         time.Time
	rows          []provider.Listed // of the booking's id; only if listErr is nil
	others        []provider.Listed // of the learner's other ids; likewise
	listErr       error
	trouble       provider.Trouble // how the list or the evidence failed
	proofs        []provider.Proof // of the booking's id and number; only if evidenceGood
	evidenceGood  bool             // the evidence was read
	evidenceNone  bool             // the provider has no evidence
	needsEvidence bool             // the list also shows canceled reservations: a row counts only together with evidence
}

// listSuffices reports whether a routine watch, or a look for the start alone, needs no
// evidence beside the list: that shows exactly what is expected, and the start is hours
// away.
func (b *Booking) listSuffices(l look, now time.Time) bool {
	if !b.routine() && !b.undated() || !b.Start.After(now.Add(singleBefore)) || len(l.rows) != 1 {
		return false
	}
	m, row := &b.Memory, l.rows[0]
	clear := len(m.Extras) == 0 && m.NegativeAt.IsZero() && m.OtherNumber == ""
	return clear && row.Number == b.Number && row.Start.Equal(b.Start)
}

// A readRule is a row of the table of reads. If the open operation is op ("" = none)
// and the guard holds, do changes the booking. The first row that fits counts.
type readRule struct {
	op    Op
	when  string
	guard func(*turn, *sight) bool
	next  string   // what becomes of the booking, for people
	leads NextStep // the same for Explain, if the read shows no trace of the booking
	do    func(*turn, *sight)
}

// sight is what a look means: which reservations are live, and what their absence
// proves.
type sight struct {
	live        []provider.Listed      // active reservations that the booking may take for its own
	same        *provider.Listed       // the live row with the booking's number
	newest      *provider.Listed       // the live row with the greatest number
	wanted      *provider.Listed       // the live row at the start that the intent wants
	trusted     bool                   // the read began at least ListLag after the last settlement
	unproven    bool                   // no live row, and the evidence that is needed did not answer
	absent      bool                   // neither list nor evidence shows an active reservation
	absentTwice bool                   // ... nor did an earlier read, at least ListLag ago, since all was quiet
	gone        bool                   // ... and there is evidence: it is proven absent for good
	dead        bool                   // some number of the id is proven canceled
	extra       proctoru.ReservationNo // a condemned number that is listed and can be removed
}

var readRules = []readRule{
	{opAny, "the list failed, or the evidence that a listed row needs", func(t *turn, s *sight) bool {
		return t.look.listErr != nil || t.look.needsEvidence && !t.look.evidenceGood
	}, "stays: nothing is proven", NextRead, (*turn).onReadFailed},

	{OpReserve, "live rows", func(_ *turn, s *sight) bool { return len(s.live) > 0 }, "scheduled", NextWatch, (*turn).adopt},
	{OpReserve, "no live row; OVERLAP to the only send", func(t *turn, s *sight) bool {
		f := t.b.Intent.Flags
		return !s.dead && f.Refused && f.Refusal == ReasonOverlap && !f.Unknown && !f.Exists && t.b.Intent.Attempt == 1
	}, "failed", NextRead, func(t *turn, _ *sight) { t.end(StateFailed, EventRefused, ReasonOverlap) }},
	{OpReserve, "no live row, and no evidence where it is needed", (*turn).unproven, "stays: nothing is proven", NextRead, (*turn).onReadFailed},
	{OpReserve, "no live row; a number of the id is dead", func(_ *turn, s *sight) bool { return s.dead }, "once absent for good: canceled, by the provider", NextProve, func(t *turn, s *sight) {
		if s.gone {
			t.end(StateCanceled, EventCanceledByProvider, ReasonCanceledByProvider)
		}
	}},
	{OpReserve, "no live row; the id exists", func(t *turn, _ *sight) bool { return t.b.Intent.Flags.Exists }, "stays open: keep looking", NextRead, keepReading},
	{OpReserve, "no live row; refused, past, or given up", func(t *turn, _ *sight) bool {
		return t.b.Intent.Flags.Refused || t.wantPast() || t.gaveUp()
	}, "once absent for good: failed", NextProve, func(t *turn, s *sight) {
		if s.gone {
			t.end(StateFailed, EventFailed, t.whyNoSend())
		}
	}},
	{OpReserve, "no live row; nothing else known", always, "sent again: same id, same start", NextSend, sendAgain},

	{OpMove, "the read is not trusted", func(_ *turn, s *sight) bool { return !s.trusted }, "stays: nothing is proven", NextRead, func(t *turn, _ *sight) {
		t.b.DueAt = t.b.Memory.ProvenAt.Add(t.tuning.ListLag)
	}},
	{OpMove, "live row at the wanted start, which is not the old one", func(t *turn, s *sight) bool {
		return s.wanted != nil && !t.b.Intent.Want.Equal(t.b.Start)
	}, "scheduled", NextWatch, func(t *turn, s *sight) {
		t.b.MoveRefusal = ""
		t.settleAt(EventMoved, s.wanted.Number, s.wanted.Start, ReasonByList)
		t.b.SeenActive = t.now
	}},
	{OpMove, "live row elsewhere", func(_ *turn, s *sight) bool { return len(s.live) > 0 }, "refused or past: once quiet scheduled there; else sent again", NextSend, (*turn).onElsewhere},
	{OpMove, "no live row, and no evidence where it is needed", (*turn).unproven, "stays: nothing is proven", NextRead, (*turn).onReadFailed},
	{OpMove, "no live row; the number is dead, and a condemned one is listed", func(t *turn, s *sight) bool {
		return t.b.dead(t.b.Number) && s.extra != ""
	}, "that one is removed first", NextSend, func(t *turn, s *sight) {
		t.extra, t.next = s.extra, stepRemoveExtra
	}},
	{OpMove, "no live row; the number is dead", func(t *turn, _ *sight) bool { return t.b.dead(t.b.Number) }, "once absent for good: canceled, by the provider", NextProve, func(t *turn, s *sight) {
		if s.gone {
			t.end(StateCanceled, EventCanceledByProvider, ReasonCanceledByProvider)
		}
	}},
	{OpMove, "no live row; refused, past, or given up", func(t *turn, _ *sight) bool {
		return t.b.Intent.Flags.Refused || t.wantPast() || t.gaveUp()
	}, "stays open: keep looking", NextRead, keepReading},
	{OpMove, "no live row; the number is not dead", always, "sent again", NextSend, sendAgain},

	{OpCancel, "live row with another number only", func(_ *turn, s *sight) bool { return s.same == nil && len(s.live) > 0 }, "it becomes the booking's number, and is removed", NextSend, func(t *turn, s *sight) {
		t.follow(s.newest)
		t.next = stepSend
	}},
	{OpCancel, "live row; its removal was not answered negatively", func(t *turn, s *sight) bool {
		return s.same != nil && t.b.Intent.Flags.RemovalNegative != t.b.Number
	}, "removed", NextSend, sendAgain},
	{OpCancel, "live row; its removal was answered negatively", func(_ *turn, s *sight) bool { return s.same != nil }, "begun or past, or still there much later: scheduled as before", NextRead, (*turn).onStillThere},
	{OpCancel, "no live row; a condemned number is listed", func(_ *turn, s *sight) bool { return s.extra != "" }, "that one is removed first", NextSend, func(t *turn, s *sight) {
		t.extra, t.next = s.extra, stepRemoveExtra
	}},
	{OpCancel, "no live row; removal done, and no active number in the evidence if it answered", func(t *turn, _ *sight) bool {
		return t.b.Intent.Flags.RemovalDone && !(t.look.evidenceGood && t.evidenceActive())
	}, "canceled", NextRead, func(t *turn, _ *sight) { t.end(StateCanceled, EventCanceled, ReasonCanceledByUs) }},
	{OpCancel, "no live row, and no evidence where it is needed", (*turn).unproven, "stays: nothing is proven", NextRead, (*turn).onReadFailed},
	{OpCancel, "no live row; number dead, or its removal said not found (not begun, not past)", (*turn).cancelMayBeDone, "once absent for good: canceled", NextProve, func(t *turn, s *sight) {
		if s.gone {
			t.end(StateCanceled, EventCanceled, ReasonCanceledByUs)
		}
	}},
	{OpCancel, "no live row; nothing known", always, "removed again", NextSend, sendAgain},

	{"", "never begun, and the grace after the end is over", (*turn).graceOver, "no_show, if the evidence shows no session", NextWatch, (*turn).onNoShow},
	{"", "same number, same start", func(t *turn, s *sight) bool { return s.same != nil && s.same.Start.Equal(t.b.Start) }, "stays: seen active", NextWatch, (*turn).onSeen},
	{"", "same number, other start", func(_ *turn, s *sight) bool { return s.same != nil }, "if the read is trusted: the start follows", NextWatch, (*turn).onOtherStart},
	{"", "another number only", func(_ *turn, s *sight) bool { return len(s.live) > 0 }, "seen twice, far enough apart: number and start follow", NextWatch, (*turn).onOtherNumber},
	{"", "the start is past, it is not listed, and its number is not dead", func(t *turn, _ *sight) bool {
		return !t.b.Start.After(t.now) && !t.b.dead(t.b.Number)
	}, "stays: the no-show timer decides", NextWatch, keepReading},
	{"", "no live row, and no evidence where it is needed", (*turn).unproven, "stays: nothing is proven", NextRead, (*turn).onReadFailed},
	{"", "no live row; the number is dead", func(t *turn, _ *sight) bool { return t.b.dead(t.b.Number) }, "once absent for good: canceled, by the provider; flagged for a person if that is not proven when its time is over", NextProve, (*turn).onCanceledByProvider},
	{"", "no live row; the number is not dead", always, "seen twice: flagged for a person; the state stays", NextWatch, func(t *turn, s *sight) {
		if s.absentTwice && (t.b.NeedsAttention == nil || t.b.NeedsAttention.Reason != ReasonMissing) {
			t.emit(EventMissing, nil)
			t.flag(ReasonMissing)
			return
		}
		t.lookAgainAt(t.now.Add(t.tuning.ListLag))
	}},

	{opStarted, "same number, other start", func(t *turn, s *sight) bool { return s.same != nil && !s.same.Start.Equal(t.b.Start) }, "if the read is trusted: the start follows; scheduled again if it is ahead", NextWatch, func(t *turn, s *sight) { t.onSessionMoved(s.same) }},
	{opStarted, "its session is over by the report, and another number is ahead", func(t *turn, s *sight) bool { return t.nextSession(s) != nil }, "number and start follow; scheduled again", NextWatch, func(t *turn, s *sight) { t.onSessionMoved(t.nextSession(s)) }},
	{opStarted, "same number", func(_ *turn, s *sight) bool { return s.same != nil }, "stays: seen active; past its end the report settles it, or it is flagged", NextWatch, (*turn).onSessionSeen},
	{opStarted, "another number only; its own is dead", func(t *turn, s *sight) bool { return len(s.live) > 0 && t.b.dead(t.b.Number) }, "if the read is trusted: number and start follow; scheduled again if it is ahead", NextWatch, func(t *turn, s *sight) { t.onSessionMoved(s.newest) }},
	{opStarted, "another number only", func(_ *turn, s *sight) bool { return len(s.live) > 0 }, "seen twice, far enough apart: number and start follow; scheduled again if it is ahead", NextWatch, (*turn).onOtherNumber},
	{opStarted, "no live row, and no evidence where it is needed", (*turn).unproven, "stays: nothing is proven", NextRead, (*turn).onReadFailed},
	{opStarted, "no live row; the number is dead", func(t *turn, _ *sight) bool { return t.b.dead(t.b.Number) }, "once absent for good: canceled, by the provider; flagged for a person if the learner was seen or the exam is open", NextProve, (*turn).onSessionCanceled},
	{opStarted, "no live row; the number is not dead", always, "stays; past its end the report settles it, or it is flagged", NextWatch, (*turn).onSessionUnseen},
}

func always(*turn, *sight) bool        { return true }
func keepReading(*turn, *sight)        {}
func sendAgain(t *turn, _ *sight)      { t.next = stepSend }
func (t *turn) unproven(s *sight) bool { return s.unproven }

// applyLook applies the first row that fits, and stores what was reported about the
// session.
func (t *turn) applyLook() {
	defer t.noteFacts()
	s := t.see()
	switch {
	case t.b.Intent != nil:
	case t.b.State == StateScheduled:
		t.watchExtras(&s)
		t.b.DueAt = t.nextWatch()
	case t.b.started():
		t.b.DueAt = t.b.watchStartedAt(t.now, t.tuning.WatchInterval)
	default:
		t.watchEnded(&s)
		return
	}
	t.readRule(&s).do(t, &s)
}

// readRule returns the first row of the table that fits. The last row of each
// operation always does.
func (t *turn) readRule(s *sight) readRule {
	var op Op
	switch {
	case t.b.Intent != nil:
		op = t.b.Intent.Op
	case t.b.started():
		op = opStarted
	}
	i := slices.IndexFunc(readRules, func(r readRule) bool { return (r.op == op || r.op == opAny) && r.guard(t, s) })
	return readRules[i]
}

// see works out what the look means. It also buries the numbers that the evidence
// shows canceled, and remembers reads without a reservation.
func (t *turn) see() sight {
	b := t.b
	s := sight{trusted: !t.look.began.Before(b.Memory.ProvenAt.Add(t.tuning.ListLag))}
	if t.look.listErr != nil {
		return s
	}
	t.buryCanceled()
	for _, row := range t.look.rows {
		if b.usable(row.Number) {
			s.live = append(s.live, row)
		} else if b.condemned(row.Number) && !b.dead(row.Number) && !slices.Contains(b.Memory.Stuck, row.Number) {
			s.extra = row.Number
		}
	}
	s.live = append(s.live, t.startedPast(s.live)...)
	for i := range s.live {
		row := &s.live[i]
		if row.Number == b.Number {
			s.same = row
		}
		if s.newest == nil || row.Number.Compare(s.newest.Number) > 0 {
			s.newest = row
		}
		if b.Intent != nil && row.Start.Equal(b.Intent.Want) {
			s.wanted = row
		}
	}
	s.dead = len(b.Memory.Dead) > 0
	s.unproven = len(s.live) == 0 && !t.look.evidenceGood && !t.look.evidenceNone
	t.countAbsence(&s)
	return s
}

func (t *turn) buryCanceled() {
	for _, p := range t.look.proofs {
		if p.Canceled && !t.b.dead(p.Number) {
			t.b.bury(p.Number, t.now)
			t.emit(EventNumberDead, func(e *Event) { e.Number, e.Code = p.Number, ReasonCanceledByProvider })
		}
	}
}

// startedPast returns the active reservations of the evidence whose start is past.
// Lists hide them.
func (t *turn) startedPast(live []provider.Listed) []provider.Listed {
	var rows []provider.Listed
	for _, p := range t.look.proofs {
		inList := slices.ContainsFunc(live, func(r provider.Listed) bool { return r.Number == p.Number })
		if !p.Canceled && !inList && t.b.usable(p.Number) && !p.Start.IsZero() && !p.Start.After(t.now) {
			rows = append(rows, provider.Listed{ReservationID: string(t.b.ID), Number: p.Number, Start: p.Start})
		}
	}
	return rows
}

// evidenceActive reports whether the evidence shows an active number of the id. A
// condemned one whose start is past does not count: it can't be removed any more.
func (t *turn) evidenceActive() bool {
	return slices.ContainsFunc(t.look.proofs, func(p provider.Proof) bool {
		over := t.b.condemned(p.Number) && !p.Start.IsZero() && !p.Start.After(t.now)
		return !p.Canceled && !t.b.dead(p.Number) && !over
	})
}

// countAbsence remembers the first read that showed no reservation. A second one, at
// least ListLag after it, proves something.
func (t *turn) countAbsence(s *sight) {
	b := t.b
	s.absent = len(s.live) == 0 && !s.unproven && !t.evidenceActive()
	quiet := !t.look.began.Before(t.quietAt())
	if !s.absent || !quiet {
		b.Memory.NegativeAt = time.Time{}
		return
	}
	if b.Memory.NegativeAt.IsZero() {
		b.Memory.NegativeAt = t.look.began
		return
	}
	s.absentTwice = t.look.began.Sub(b.Memory.NegativeAt) >= t.tuning.ListLag
	s.gone = s.absentTwice && t.look.evidenceGood
}

func (t *turn) onReadFailed(*sight) { t.emit(EventReadFailed, nil) }

// whyNoSend returns why an open reserve or move is not sent again.
func (t *turn) whyNoSend() ReasonCode {
	switch f := t.b.Intent.Flags; {
	case f.Refused:
		return f.Refusal
	case t.wantPast():
		return ReasonStartInPast
	}
	return ReasonGaveUp
}

// adopt makes a live row the booking's: the one at the wanted start, else the newest.
func (t *turn) adopt(s *sight) {
	row, typ := s.wanted, EventAdopted
	if row == nil {
		row, typ = s.newest, EventAdoptedOtherStart
	}
	if len(s.live) > 1 {
		t.emit(EventFoundTwice, func(e *Event) { e.Number = row.Number })
	}
	t.b.SeenActive = t.now
	t.settleAt(typ, row.Number, row.Start, ReasonByList)
}

// follow makes the row's number and start the booking's, and tells of each that is
// new by an event of its own: who waits for moves need not look at numbers. A session
// that is ahead again must be begun again.
func (t *turn) follow(row *provider.Listed) {
	before, old := t.b.Number, t.b.Start
	t.b.takeNumber(row.Number, row.Start)
	t.b.condemn(before)
	if t.b.Intent != nil && before != row.Number {
		t.b.Intent.Flags.RemovalDone = false // it was about the number before
	}
	if t.b.started() && row.Start.After(t.now) {
		t.b.goBack()
	}
	from := func(e *Event) { e.OldStart = old }
	if row.Number != before {
		t.emit(EventNumberChanged, from)
	}
	if !row.Start.Equal(old) {
		t.emit(EventMovedByProviderOrLate, from)
	}
}

// onElsewhere handles a move whose reservation is not at the wanted start.
func (t *turn) onElsewhere(s *sight) {
	row := s.same
	if row == nil {
		row = s.newest
	}
	t.follow(row)
	t.b.SeenActive = t.now
	i := t.b.Intent
	if i.Flags.Refused || t.wantPast() || t.gaveUp() {
		if t.look.began.Before(t.quietAt()) {
			return
		}
		why := t.whyNoSend()
		t.b.MoveRefusal = why
		t.settleAt(EventMoveRefused, row.Number, row.Start, why)
		return
	}
	if i.Flags.NumberUnknown && t.look.began.Before(t.b.Memory.LastSent.Add(t.tuning.ListLag)) {
		return
	}
	t.next = stepSend
}

// onStillThere handles a reservation that is listed although the answer to its removal
// was "canceled" or "not found". If that lasts, the cancel is refused.
func (t *turn) onStillThere(*sight) {
	f := &t.b.Intent.Flags
	late := !t.b.Start.After(t.now) || !t.b.BeginSent.IsZero()
	if !late {
		if t.look.began.Before(t.b.Memory.LastSent.Add(t.tuning.EvidenceLag)) {
			return
		}
		if f.RemovalStillSeen.IsZero() {
			f.RemovalStillSeen = t.look.began
			return
		}
		if t.look.began.Sub(f.RemovalStillSeen) < t.tuning.ListLag {
			return
		}
	}
	t.b.SeenActive = t.now
	t.settleAt(EventCancelRefused, t.b.Number, t.b.Start, ReasonNotAllowed)
}

func (t *turn) cancelMayBeDone(*sight) bool {
	if t.b.dead(t.b.Number) {
		return true
	}
	return t.b.Intent.Flags.RemovalNegative == t.b.Number && t.b.BeginSent.IsZero() && t.b.Start.After(t.now)
}

func (t *turn) onSeen(*sight) {
	t.b.SeenActive = t.now
	t.b.Memory.OtherNumber, t.b.Memory.OtherSince = "", time.Time{}
	if a := t.b.NeedsAttention; a != nil && (a.Reason != ReasonExtra || len(t.b.Memory.Extras) == 0) {
		t.b.NeedsAttention = nil
		t.emit(EventSeen, nil)
	}
	if len(t.b.Memory.Extras) == 0 {
		t.watchRoutinely()
	}
}

func (t *turn) onOtherStart(s *sight) {
	if !s.trusted {
		t.lookAgainAt(t.b.Memory.ProvenAt.Add(t.tuning.ListLag))
		return
	}
	old, sentByUs := t.b.Start, slices.ContainsFunc(t.b.Memory.StartsSent, s.same.Start.Equal)
	t.b.Start, t.b.SeenActive = s.same.Start, t.now
	t.emit(EventMovedByProviderOrLate, func(e *Event) { e.OldStart = old })
	if sentByUs {
		t.flag(ReasonMovedOrLate)
	}
	t.b.DueAt = t.nextWatch()
}

func (t *turn) onOtherNumber(s *sight) {
	b := t.b
	if !s.trusted || b.Memory.OtherNumber != s.newest.Number {
		b.Memory.OtherNumber, b.Memory.OtherSince = "", time.Time{}
		if s.trusted {
			b.Memory.OtherNumber, b.Memory.OtherSince = s.newest.Number, t.look.began
		}
		t.lookAgainAt(t.now.Add(t.tuning.EvidenceLag))
		return
	}
	if t.look.began.Sub(b.Memory.OtherSince) < t.tuning.EvidenceLag {
		t.lookAgainAt(b.Memory.OtherSince.Add(t.tuning.EvidenceLag))
		return
	}
	t.followElsewhere(s.newest)
}

// onCanceledByProvider ends the booking once its reservation is proven absent. Some
// evidence never proves it, such as an older number without a date, which counts as active
// for ever: then a person must look.
func (t *turn) onCanceledByProvider(s *sight) {
	if s.gone {
		t.end(StateCanceled, EventCanceledByProvider, ReasonCanceledByProvider)
		return
	}
	if !t.now.Before(t.b.noShowAt()) {
		t.flag(ReasonMissing)
	}
	t.lookAgainAt(later(t.quietAt(), t.now.Add(t.tuning.ListLag)))
}

func (t *turn) lookAgainAt(at time.Time) {
	if at.Before(t.b.DueAt) && at.After(t.now) {
		t.b.DueAt = at
	}
}

// NextStep is what the next look leads to if it shows no trace of the booking.
type NextStep string

// The next steps.
const (
	NextNothing NextStep = "nothing"       // none: the booking has ended, or waits for the learner
	NextFinish  NextStep = "finish"        // the booking is finished when its time is over, by Policy.AutoFinish
	NextSend    NextStep = "send"          // the operation is sent
	NextRead    NextStep = "read"          // only another read: to send could do harm
	NextProve   NextStep = "prove_absence" // two reads without a trace, once all is quiet, end the operation or the booking
	NextWatch   NextStep = "watch"         // the booking is compared with the provider
	NextStaff   NextStep = "staff"         // nothing changes: it waits for Resolve, or for the reservation to show up
)
