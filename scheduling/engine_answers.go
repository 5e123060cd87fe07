package scheduling

import (
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// An answerRule is a row of the table of provider answers. If the operation and the
// answer are these, and the guard holds, do changes the booking. The first row that
// fits counts. The texts when and next are for people; only the functions run.
type answerRule struct {
	op     Op // opAny fits every operation; opExtra is the removal of a condemned number
	answer provider.AnswerKind
	when   string
	guard  func(*turn) bool // nil = always
	next   string
	do     func(*turn)
}

const (
	opAny     Op = "any"
	opExtra   Op = "extra"
	opStarted Op = "started" // a begun or unlocked booking, which has no operation
)

// answerRules is the table. Rows of one operation are together. An answer that fits
// no row counts as unknown.
var answerRules = []answerRule{
	{opAny, provider.AnswerNotSent, "", nil, "stays open: tried again later", (*turn).onNotSent},

	{OpReserve, provider.AnswerDone, "the number is usable", (*turn).numberUsable, "scheduled", func(t *turn) {
		t.settleAt(EventAdopted, t.answer.Number, t.sent.start, ReasonByAnswer)
	}},
	{OpReserve, provider.AnswerDone, "the number is dead or condemned", nil, "stays open: look until the list or the evidence shows the number", (*turn).onMade},
	{OpReserve, provider.AnswerNoNumber, "", nil, "stays open: look until the list or the evidence shows the number", (*turn).onMade},
	{OpReserve, provider.AnswerExists, "", nil, "stays open: look until the list or the evidence shows the number", (*turn).onMade},
	{OpReserve, provider.AnswerOverlap, "the only send", (*turn).onlySend, "stays open: the next good look decides", func(t *turn) {
		t.onRefused(stepLook)
	}},
	{OpReserve, provider.AnswerRefused, "the only send", (*turn).onlySend, "failed", func(t *turn) {
		t.end(StateFailed, EventRefused, t.answer.reason)
	}},
	{OpReserve, provider.AnswerOverlap, "after an unknown send", nil, "stays open: nothing more is sent", func(t *turn) { t.onRefused(stepWait) }},
	{OpReserve, provider.AnswerRefused, "after an unknown send", nil, "stays open: nothing more is sent", func(t *turn) { t.onRefused(stepWait) }},

	{OpMove, provider.AnswerDone, "the row's number is the one sent", (*turn).moveApplies, "scheduled", func(t *turn) {
		t.b.MoveRefusal = ""
		t.settleAt(EventMoved, t.answer.Number, t.sent.start, ReasonByAnswer)
	}},
	{OpMove, provider.AnswerDone, "the row's number changed since the send", func(t *turn) bool { return t.b.Number != t.sent.number }, "stays open: look", (*turn).onUnknown},
	{OpMove, provider.AnswerDone, "the number is dead or condemned", nil, "stays open: look", (*turn).onMade},
	{OpMove, provider.AnswerNoNumber, "", nil, "stays open: look for the wanted start", (*turn).onMade},
	{OpMove, provider.AnswerOverlap, "the only send", (*turn).onlySend, "scheduled at the old start", (*turn).onMoveRefused},
	{OpMove, provider.AnswerRefused, "the only send", (*turn).onlySend, "scheduled at the old start", (*turn).onMoveRefused},
	{OpMove, provider.AnswerExists, "the only send", (*turn).onlySend, "scheduled at the old start", (*turn).onMoveRefused},
	{OpMove, provider.AnswerOverlap, "after an unknown send", nil, "stays open: nothing more is sent", func(t *turn) { t.onRefused(stepWait) }},
	{OpMove, provider.AnswerRefused, "after an unknown send", nil, "stays open: nothing more is sent", func(t *turn) { t.onRefused(stepWait) }},
	{OpMove, provider.AnswerExists, "after an unknown send", nil, "stays open: nothing more is sent", func(t *turn) { t.onRefused(stepWait) }},
	{OpMove, provider.AnswerNotFound, "", nil, "stays open: nothing more is sent", func(t *turn) { t.onRefused(stepWait) }},
	{OpMove, provider.AnswerNumberDead, "", nil, "stays open: look for another number of the id", func(t *turn) { t.burySent(EventNumberDead) }},

	{OpCancel, provider.AnswerDone, "", nil, "stays open: one look now", func(t *turn) {
		if t.sent.number == t.b.Number {
			t.b.Intent.Flags.RemovalDone = true
		}
		t.burySent(EventNumberRemoved)
		t.next = stepLook
	}},
	{OpCancel, provider.AnswerNumberDead, "", nil, "stays open: absence must be proven", func(t *turn) {
		t.b.Intent.Flags.RemovalNegative = t.sent.number
		t.burySent(EventNumberDead)
	}},
	{OpCancel, provider.AnswerNotFound, "", nil, "stays open: it proves neither removed nor active", func(t *turn) {
		t.b.Intent.Flags.RemovalNegative = t.sent.number
		t.emit(EventRemovalNotFound, t.ofSentNumber)
	}},

	{opExtra, provider.AnswerDone, "", nil, "the number is dead", func(t *turn) { t.burySent(EventExtraRemoved) }},
	{opExtra, provider.AnswerNumberDead, "", nil, "the number is dead", func(t *turn) { t.burySent(EventExtraRemoved) }},
	{opExtra, provider.AnswerNotFound, "", nil, "the number is stuck: skipped from now on", func(t *turn) {
		t.b.Memory.Stuck = append(t.b.Memory.Stuck, t.sent.number)
		t.emit(EventExtraStuck, t.ofSentNumber)
	}},
}

// applyAnswer applies the first row that fits.
func (t *turn) applyAnswer() {
	op := t.sent.op
	if op == "" {
		op = opExtra
	} else if t.b.Intent != nil {
		t.b.Intent.Flags.Answered = t.answer.Kind != provider.AnswerUnknown
	}
	for _, r := range answerRules {
		if (r.op == op || r.op == opAny) && r.answer == t.answer.Kind && (r.guard == nil || r.guard(t)) {
			r.do(t)
			return
		}
	}
	t.onUnknown()
}

func (t *turn) numberUsable() bool {
	n := t.answer.Number
	return n != "" && !t.b.dead(n) && !t.b.condemned(n)
}

func (t *turn) moveApplies() bool { return t.b.Number == t.sent.number && t.numberUsable() }

// onlySend reports whether the intent was sent only once, so that the answer is about
// all that was ever sent for it.
func (t *turn) onlySend() bool { return t.sent.attempt == 1 && !t.b.Intent.Flags.Unknown }

func (t *turn) onNotSent() {
	t.emit(EventRetry, func(e *Event) { e.Code = t.answer.reason })
}

func (t *turn) onUnknown() {
	if t.b.Intent != nil && t.sent.op != "" {
		t.b.Intent.Flags.Unknown = true
	}
	t.emit(EventUnknown, t.ofSentNumber)
}

// onMade notes that a reservation was made under our id, or moved, and that its number
// is not known.
func (t *turn) onMade() {
	f := &t.b.Intent.Flags
	if t.sent.op == OpReserve {
		f.Exists = true
	} else {
		f.NumberUnknown = true
	}
	t.emit(EventMadeNumberUnknown, nil)
}

func (t *turn) onRefused(next step) {
	f := &t.b.Intent.Flags
	f.Refused, f.Refusal = true, t.answer.reason
	t.emit(EventRefusedUnproven, func(e *Event) { e.Code = t.answer.reason })
	t.next = next
}

func (t *turn) onMoveRefused() {
	reason := t.answer.reason
	if reason == "" {
		reason = ReasonNotAllowed
	}
	t.b.MoveRefusal = reason
	t.settleAt(EventMoveRefused, t.b.Number, t.b.Start, reason)
}

// burySent records that the number that was sent is proven canceled.
func (t *turn) burySent(typ EventType) {
	t.b.bury(t.sent.number, t.now)
	t.emit(typ, t.ofSentNumber)
}

func (t *turn) ofSentNumber(e *Event) { e.Number, e.Code = t.sent.number, t.answer.reason }

// usable reports whether the booking may take the number for its own.
func (b *Booking) usable(n proctoru.ReservationNo) bool {
	return n != "" && !b.dead(n) && !b.condemned(n)
}
