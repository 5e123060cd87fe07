package scheduling_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// explained is what staff sees of a booking.
func (w *world) explained(id scheduling.BookingID) scheduling.Explanation {
	w.t.Helper()
	x, err := w.Staff.Explain(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return x
}

// Whoever is on call reads why nothing goes on: which call fails, how, since when, how
// often; and nothing once it is answered again.
func TestExplainTellsWhyReadsFail(t *testing.T) {
	for call, endpoint := range map[string]string{"list": "getStudentReservationList", "evidence": "clientActivityReport"} {
		t.Run(call, func(t *testing.T) {
			w := newWorld(t, hasty)
			w.fault("lose-request", "addAdHocProcess")
			id := w.pendingID(errOf(w.Book(t.Context(), w.exam, w.learner, nine)))
			w.provider.SetFaultPlan(func(e string) proctorbooktest.Fault {
				if e == endpoint {
					return proctorbooktest.Fault{Kind: proctorbooktest.Status500}
				}
				return proctorbooktest.Fault{}
			})
			w.introduce()
			w.clock.Advance(time.Minute)
			since := w.clock.Now()
			for range 3 {
				w.lookOnce()
				w.clock.Advance(20 * time.Minute)
			}
			x := w.explained(id)
			all := x.Booking.Memory.Troubles
			i := slices.IndexFunc(all, func(t provider.Trouble) bool { return t.Call == call })
			if i < 0 {
				t.Fatalf("troubles = %+v, want one of the %s", all, call)
			}
			got := all[i]
			late := got.Since.Sub(since) // the client tries a read more than once
			if got.Call != call || got.Kind != provider.TroubleServer || got.Status != 500 || got.Times < 3 || late < 0 || late > time.Minute || got.Last.Sub(got.Since) < 40*time.Minute {
				t.Errorf("trouble = %+v, want the %s answering 500 since %s, three times", got, call, since)
			}
			if x.Advice != scheduling.AdviceProvider {
				t.Errorf("advice = %s, want check_provider", x.Advice)
			}
			w.provider.SetFaultPlan(nil)
			w.pass()
			if x := w.explained(id); len(x.Booking.Memory.Troubles) > 0 || x.Advice != scheduling.AdviceNone {
				t.Errorf("after it: %+v, %s; want nothing", x.Booking.Memory.Troubles, x.Advice)
			}
		})
	}
}

// The provider's unknown words are kept for staff, and print masked.
func TestExplainKeepsUnknownWords(t *testing.T) {
	w := newWorld(t, hasty)
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorutest.UnknownText, Endpoint: "addAdHocProcess", Times: 2})
	id := w.pendingID(errOf(w.Book(t.Context(), w.exam, w.learner, nine)))
	x := w.explained(id)
	if len(x.Booking.Memory.Troubles) != 1 {
		t.Fatalf("troubles = %+v, want one", x.Booking.Memory.Troubles)
	}
	got := x.Booking.Memory.Troubles[0]
	if got.Call != "reserve" || got.Kind != provider.TroubleWords || got.Words.Reveal() == "" || x.Advice != scheduling.AdviceWords {
		t.Errorf("trouble = %+v with words %q, advice %s", got, got.Words.Reveal(), x.Advice)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, x); strings.Contains(text, got.Words.Reveal()) {
			t.Errorf("%s prints the words", verb)
		}
	}
	if strings.Contains(w.log.String(), got.Words.Reveal()) {
		t.Error("the log has the words")
	}
	if b := x.Booking.WithoutWords(); b.Memory.Troubles[0].Words != "" || x.Booking.Memory.Troubles[0].Words == "" {
		t.Error("what Erase empties still has the words, or the original has lost them")
	}
	w.clock.Advance(time.Hour)
	w.pass()
	if b := w.booking(id); len(b.Memory.Troubles) > 0 {
		t.Errorf("settled as %s, with troubles %+v", b.State, b.Memory.Troubles)
	}
}

func TestAdvice(t *testing.T) {
	w := newWorld(t, hasty)
	id := w.settled(noon)
	for _, c := range []struct {
		name string
		set  func(*scheduling.Booking)
		want scheduling.Advice
	}{
		{"all is well", func(*scheduling.Booking) {}, scheduling.AdviceNone},
		{"a token", trouble(provider.TroubleToken), scheduling.AdviceToken},
		{"a clock", trouble(provider.TroubleClock), scheduling.AdviceClock},
		{"an outage", trouble(provider.TroubleUnreachable), scheduling.AdviceProvider},
		{"too many requests", trouble(provider.TroubleThrottled), scheduling.AdviceNone},
		{"missing", flagged(scheduling.ReasonMissing), scheduling.AdviceAsk},
		{"extra", flagged(scheduling.ReasonExtra), scheduling.AdviceSurplus},
		{"moved or late", flagged(scheduling.ReasonMovedOrLate), scheduling.AdviceAskLearner},
		{"a key is missing", flagged(scheduling.ReasonKeyMissing), scheduling.AdviceSetup},
		{"a panic", flagged(scheduling.ReasonPanicked), scheduling.AdviceSetup},
		{"overdue", flagged(scheduling.ReasonOverdue), scheduling.AdviceSitting},
		{"deadline", flagged(scheduling.ReasonDeadline), scheduling.AdviceAsk},
		{"deadline in an outage", func(b *scheduling.Booking) {
			trouble(provider.TroubleServer)(b)
			flagged(scheduling.ReasonDeadline)(b)
		}, scheduling.AdviceProvider},
	} {
		b := w.booking(id)
		b.NeedsAttention, b.Memory.Troubles = nil, nil
		c.set(&b)
		if _, err := w.store.Update(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if got := w.explained(id).Advice; got != c.want {
			t.Errorf("%s: advice = %s, want %s", c.name, got, c.want)
		}
	}
}

func trouble(kind provider.TroubleKind) func(*scheduling.Booking) {
	return func(b *scheduling.Booking) {
		b.Memory.Troubles = append(b.Memory.Troubles, provider.Trouble{Call: "list", Kind: kind, Since: noon, Last: noon, Times: 1})
	}
}

func flagged(why scheduling.ReasonCode) func(*scheduling.Booking) {
	return func(b *scheduling.Booking) { b.NeedsAttention = &scheduling.Attention{Since: noon, Reason: why} }
}

// A reservation that becomes the booking's own is no extra any more.
func TestOwnNumberIsNoExtra(t *testing.T) {
	w := newWorld(t)
	w.play(proctorutest.VariantMove, "new-number")
	id := w.settled(noon)
	number, err := w.provider.ProviderMoves(w.numberOf(id), noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	own := w.booking(id).Number
	for range 4 {
		w.wake(id)
		if w.booking(id).Number != own {
			break // the very look that took it
		}
		w.clock.Advance(5 * time.Minute)
	}
	x := w.explained(id)
	if x.Booking.Number != proctoru.ReservationNo(strconv.FormatInt(number, 10)) {
		t.Fatalf("number = %s, want %d: %s", x.Booking.Number, number, w.history(id))
	}
	if len(x.Booking.Memory.Extras) > 0 {
		t.Errorf("extras = %+v, own number %s", x.Booking.Memory.Extras, x.Booking.Number)
	}
}
