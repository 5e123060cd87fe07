package scheduling

import (
	"context"
	"slices"

	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// The names of the reads, for provider.Trouble.
const (
	callList     = "list"
	callEvidence = "evidence"
)

// noteTrouble remembers how a call failed. One that was answered, without a Kind, ends
// the trouble of its kind.
func (b *Booking) noteTrouble(found provider.Trouble) {
	i := slices.IndexFunc(b.Memory.Troubles, func(t provider.Trouble) bool { return t.Call == found.Call })
	switch {
	case found.Kind == "" && i >= 0:
		b.Memory.Troubles = slices.Delete(b.Memory.Troubles, i, i+1)
	case found.Kind == "":
	case i < 0:
		b.Memory.Troubles = append(b.Memory.Troubles, found)
	default:
		found.Since, found.Times = b.Memory.Troubles[i].Since, b.Memory.Troubles[i].Times+1
		b.Memory.Troubles[i] = found
	}
}

// noteReads remembers how the reads of a look went.
func (t *turn) noteReads() {
	switch {
	case t.look.listErr != nil:
		t.b.noteTrouble(t.look.trouble)
	case t.look.evidenceGood, t.look.evidenceNone:
		t.b.noteTrouble(provider.Trouble{Call: callList})
		t.b.noteTrouble(provider.Trouble{Call: callEvidence})
	default:
		t.b.noteTrouble(provider.Trouble{Call: callList})
		t.b.noteTrouble(t.look.trouble)
	}
}

// forgetWrites ends the trouble of writes: the operation has settled.
func (b *Booking) forgetWrites() {
	b.Memory.Troubles = slices.DeleteFunc(b.Memory.Troubles, func(t provider.Trouble) bool {
		return t.Call != callList && t.Call != callEvidence
	})
}

// diagnose tells how a call for the booking failed. Of the provider's words only what
// is not the learner's is kept; if the learner is not known, none.
func (s *Scheduler) diagnose(ctx context.Context, b Booking, call string, err error) provider.Trouble {
	t := provider.Diagnose(call, err, s.now())
	if t.Words == "" {
		return t
	}
	learner, readErr := s.store.Learner(ctx, b.Learner, 0)
	if readErr != nil {
		t.Words = ""
		return t
	}
	t.Words = t.Words.Redacted(learner.person())
	return t
}
