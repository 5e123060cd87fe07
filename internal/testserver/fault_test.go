package testserver_test

import (
	"fmt"
	"testing"

	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

func TestFaultBookAsksScriptThenPlan(t *testing.T) {
	t.Parallel()
	var b testserver.FaultBook
	b.Add(proctorbooktest.Fault{Kind: proctorbooktest.Status503, Endpoint: "list", Nth: 2, Times: 2})
	b.Add(proctorbooktest.Fault{Kind: proctorbooktest.CutBody})
	b.SetPlan(func(endpoint string) proctorbooktest.Fault {
		if endpoint == "create" {
			return proctorbooktest.Fault{Kind: proctorbooktest.Late}
		}
		return proctorbooktest.Fault{Kind: "unknown here"}
	})
	canHave := func(kind proctorbooktest.FaultKind) bool { return kind != "unknown here" }
	var got []proctorbooktest.FaultKind
	for _, endpoint := range []string{"list", "list", "list", "list", "create"} {
		got = append(got, b.Next(endpoint, canHave).Kind)
	}
	if want := "[cut-body status-503 status-503  late]"; fmt.Sprint(got) != want {
		t.Errorf("faults = %v, want %s", got, want)
	}
	if got, want := fmt.Sprint(b.Played()), "map[cut-body:1 late:1 status-503:2]"; got != want {
		t.Errorf("Played = %s, want %s", got, want)
	}
}

func TestFaultBookIsClearedButForItsCounts(t *testing.T) {
	t.Parallel()
	var b testserver.FaultBook
	any := func(proctorbooktest.FaultKind) bool { return true }
	if got := b.Played(); got == nil || len(got) != 0 {
		t.Errorf("Played at first = %v, want an empty map", got)
	}
	b.Add(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	b.SetPlan(func(string) proctorbooktest.Fault { return proctorbooktest.Fault{Kind: proctorbooktest.Late} })
	for range 3 {
		b.Next("list", any)
	}
	b.Clear()
	if f := b.Next("list", any); f.Kind != "" {
		t.Errorf("a fault %q after Clear", f.Kind)
	}
	played := b.Played()
	if played[proctorbooktest.Down] != 3 {
		t.Errorf("Played = %v, want down 3 times", played)
	}
	played[proctorbooktest.Down] = 0
	if b.Played()[proctorbooktest.Down] != 3 {
		t.Error("a caller can change the counts")
	}
}
