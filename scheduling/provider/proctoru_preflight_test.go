package provider

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// offClock is a clock that is off.
type offClock struct {
	proctorbook.Clock
	by time.Duration
}

func (c offClock) Now() time.Time { return c.Clock.Now().Add(c.by) }

// This machine's clock is compared with the provider's, to the second.
func TestPreflightClock(t *testing.T) {
	t.Parallel()
	for by, want := range map[time.Duration]preflight.Verdict{
		0: preflight.VerdictOK, 9 * time.Second: preflight.VerdictOK,
		10 * time.Second: preflight.VerdictWarning, -59 * time.Second: preflight.VerdictWarning,
		time.Minute: preflight.VerdictFailed, -time.Hour: preflight.VerdictFailed,
	} {
		clock := offClock{proctorbooktest.NewClock(nine.AddDate(0, 0, -4)), by}
		p, _ := newProctorU(t, proctoru.WithClock(clock))
		got := checkOf(t, p.Preflight(t.Context(), nil), preflight.CodeProviderClock)
		if got.Verdict != want || got.Data["skew"] != by.String() {
			t.Errorf("off by %s: %s with %v, want %s", by, got.Verdict, got.Data, want)
		}
	}
}

func TestPreflightZones(t *testing.T) {
	t.Parallel()
	p, _ := newProctorU(t)
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	if got := checkOf(t, p.Preflight(t.Context(), []*time.Location{paris}), preflight.CodeProviderZones); got.Verdict != preflight.VerdictOK {
		t.Errorf("Paris: %+v, want ok", got)
	}
	atlantis := time.FixedZone("Atlantis", 3600)
	got := checkOf(t, p.Preflight(t.Context(), []*time.Location{atlantis, paris, atlantis}), preflight.CodeProviderZones)
	if got.Verdict != preflight.VerdictFailed || got.Data["missing"] != "Atlantis" {
		t.Errorf("Atlantis: %+v, want it missing, once", got)
	}
}

// Zones that the table does not know, and those of which the machine has no data, are
// two things: for the second one the operator can do something.
func TestPreflightZonesThatAreNotHere(t *testing.T) {
	t.Parallel()
	zones := []proctoru.TimeZone{
		{ID: "UTC", IANA: "UTC"}, {ID: "Mid-Atlantic Standard Time"}, {ID: "FLE Standard Time", IANA: "Europe/Kyiv"},
		{ID: "Paris Time", IANA: "Europe/Paris"}, {ID: "Atlantis Time", IANA: "Europe/Atlantis"},
	}
	unknown, unloadable := notHere(zones, func(iana string) (*time.Location, error) {
		if iana == "Europe/Kyiv" {
			return nil, errors.New("unknown time zone Europe/Kyiv")
		}
		return proctoru.LoadZone(iana)
	})
	if !slices.Equal(unknown, []string{"Mid-Atlantic Standard Time", "Atlantis Time"}) || !slices.Equal(unloadable, []string{"FLE Standard Time"}) {
		t.Errorf("unknown %q, unloadable %q", unknown, unloadable)
	}
}

func TestPreflightPrefix(t *testing.T) {
	t.Parallel()
	p, _ := newProctorU(t)
	for prefix, want := range map[string]preflight.Verdict{
		"": preflight.VerdictOK, "physics-": preflight.VerdictOK, "physics 1": preflight.VerdictFailed, "a23456789.123456789.1": preflight.VerdictFailed, "é": preflight.VerdictFailed,
	} {
		p.StudentPrefix = prefix
		if got := checkOf(t, p.Preflight(t.Context(), nil), preflight.CodeProviderStudents); got.Verdict != want {
			t.Errorf("prefix %q: %s, want %s", prefix, got.Verdict, want)
		}
	}
}

func TestPreflightWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	p, server := newProctorU(t)
	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Times: -1})
	checks := p.Preflight(t.Context(), nil)
	for code, want := range map[preflight.Code]preflight.Verdict{
		preflight.CodeProviderAccess: preflight.VerdictFailed, preflight.CodeProviderEnvironment: preflight.VerdictOK,
		preflight.CodeProviderClock: preflight.VerdictSkipped, preflight.CodeProviderZones: preflight.VerdictSkipped,
	} {
		if got := checkOf(t, checks, code); got.Verdict != want {
			t.Errorf("%s: %s, want %s", code, got.Verdict, want)
		}
	}
}

func checkOf(t *testing.T, checks []preflight.Check, code preflight.Code) preflight.Check {
	t.Helper()
	for _, c := range checks {
		if c.Code == code {
			return c
		}
	}
	t.Fatalf("no check %s in %+v", code, checks)
	return preflight.Check{}
}
