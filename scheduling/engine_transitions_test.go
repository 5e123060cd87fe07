package scheduling

import (
	"fmt"
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

// docs/guarantees.md holds the state machine and the three tables of the engine as
// they are. PROCTORBOOK_WRITE=1 writes them there.
func TestGuaranteesShowTheTables(t *testing.T) {
	const path = "../docs/guarantees.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for name, want := range map[string]string{
		"diagram": "```mermaid\n" + diagram() + "```\n", "transitions": transitionsTable(), "answers": answersTable(), "reads": readsTable(),
	} {
		begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
		before, rest, found := strings.Cut(text, begin)
		got, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("%s has no place for the %s", path, name)
		}
		if got != want {
			text = before + begin + want + end + after
		}
	}
	switch {
	case text == string(page):
	case os.Getenv("PROCTORBOOK_WRITE") == "1":
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s does not hold the tables as they are; write them there: PROCTORBOOK_WRITE=1 go test ./scheduling -run TestGuaranteesShowTheTables", path)
	}
}

// diagram returns the state machine as a Mermaid state diagram.
func diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	names := map[standing]string{nowhere: "[*]"}
	var order []standing
	for _, m := range transitions {
		for _, s := range []standing{m.from, m.to} {
			if _, ok := names[s]; !ok {
				names[s] = strings.ReplaceAll(s.String(), ", ", "_")
				order = append(order, s)
			}
		}
	}
	for _, s := range order {
		fmt.Fprintf(&b, "    %s: %s\n", names[s], s)
	}
	for _, m := range transitions {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", names[m.from], names[m.to], m.event)
	}
	for _, s := range order {
		if !s.State.Active() {
			fmt.Fprintf(&b, "    %s --> [*]\n", names[s])
		}
	}
	return b.String()
}

// table returns a Markdown table.
func table(rows ...[]string) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
		}
	}
	return b.String()
}

func transitionsTable() string {
	rows := [][]string{{"from", "to", "event", "when", "what is sent"}}
	for _, m := range transitions {
		from := m.from.String()
		if m.from == nowhere {
			from = "(none)"
		}
		rows = append(rows, []string{from, m.to.String(), "`" + string(m.event) + "`", m.on, m.action})
	}
	return table(rows...)
}

// opNames are the operations as the tables' readers know them.
var opNames = map[Op]string{opAny: "any", opExtra: "removal of a condemned number", "": "none open", opStarted: "begun", OpReserve: "reserve", OpMove: "move", OpCancel: "cancel"}

func answersTable() string {
	rows := [][]string{{"operation", "answer", "if", "then"}}
	for _, r := range answerRules {
		rows = append(rows, []string{opNames[r.op], "`" + string(r.answer) + "`", r.when, r.next})
	}
	return table(rows...)
}

func readsTable() string {
	rows := [][]string{{"operation", "if the look shows", "then", "`Explain` calls it"}}
	for _, r := range readRules {
		rows = append(rows, []string{opNames[r.op], r.when, r.next, "`" + string(r.leads) + "`"})
	}
	return table(rows...)
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
