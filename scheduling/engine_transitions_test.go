package scheduling

import (
	"os"
	"strings"
	"testing"
)

// The table is the law: a change of standing that no row of it explains is refused.
func TestOnlyTheTableMovesABooking(t *testing.T) {
	all := []standing{nowhere, reserving, scheduled, moving, canceling, begun, unlocked, finished, noShow, canceledDone, failed}
	events := map[EventType]bool{}
	for _, m := range transitions {
		events[m.event] = true
	}
	for _, from := range all {
		for _, to := range all {
			for event := range events {
				want := from == to
				for _, m := range transitions {
					want = want || m.from == from && m.to == to && m.event == event
				}
				// An event that leads from here elsewhere does not leave the booking where it is.
				for _, m := range transitions {
					if m.from == from && m.event == event && m.to != to && from == to {
						want = hasTransition(from, to, event)
					}
				}
				err := checkTransitions(from, to, []Event{{Type: event}})
				if (err == nil) != want {
					t.Errorf("from %q to %q by %s: %v, want allowed=%v", from, to, event, err, want)
				}
			}
		}
	}
	if err := checkTransitions(moving, canceling, []Event{{Type: EventMoved}, {Type: EventWishPromoted}}); err != nil {
		t.Errorf("two events in one transaction: %v", err)
	}
}

func hasTransition(from, to standing, event EventType) bool {
	for _, m := range transitions {
		if m.from == from && m.to == to && m.event == event {
			return true
		}
	}
	return false
}

// The tables of answers and reads lead only to events that the machine knows.
func TestEveryMoveHasItsWords(t *testing.T) {
	for _, m := range transitions {
		if m.on == "" || m.event == "" {
			t.Errorf("move from %q to %q has no words", m.from, m.to)
		}
	}
	for _, r := range answerRules {
		if r.next == "" {
			t.Errorf("answer rule %s %s has no words", r.op, r.answer)
		}
	}
	for _, r := range readRules {
		if r.when == "" || r.next == "" || r.leads == "" {
			t.Errorf("read rule of %q has no words", r.op)
		}
	}
}

func TestGuaranteesShowTheMachine(t *testing.T) {
	page, err := os.ReadFile("../docs/guarantees.md")
	if err != nil {
		t.Fatal(err)
	}
	want := "```mermaid\n" + diagram() + "```"
	if !strings.Contains(string(page), want) {
		t.Errorf("docs/guarantees.md does not hold the state machine as it is; it should hold\n%s", want)
	}
}

// An event of the engine changes the state each time, or never: so its type alone
// tells whether it is a step that a short story leaves out.
func TestStepsChangeNoState(t *testing.T) {
	for _, m := range transitions {
		if changes := m.from.State != m.to.State; m.event.Actor() == ActorEngine && changes == m.event.Step() {
			t.Errorf("%s takes a booking from %q to %q, and Step = %v", m.event, m.from, m.to, m.event.Step())
		}
	}
}
