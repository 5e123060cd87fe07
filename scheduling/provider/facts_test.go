package provider_test

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Several rows of a number add up: what one of them shows stays shown. Whether it
// is canceled tells the row with the longest history, in any order.
func TestTally(t *testing.T) {
	t.Parallel()
	start := time.Date(2027, 1, 11, 9, 0, 0, 0, time.UTC)
	long := provider.Activity{Number: "7", ReservationID: "pb-1", Start: start, Authenticated: true, Started: true, StartedAt: start.Add(time.Minute), Entries: 5}
	short := provider.Activity{Number: "7", CheckID: true, Incident: true, Canceled: true, EndedAt: start.Add(time.Hour), Ended: true, Entries: 2}
	want := provider.Facts{
		Number: "7", StartsAt: start, StartedAt: start.Add(time.Minute), EndedAt: start.Add(time.Hour),
		Started: true, Ended: true, CheckID: true, Authenticated: true, Incident: true,
	}
	for name, rows := range map[string][]provider.Activity{"long first": {long, short}, "short first": {short, long}} {
		var tally provider.Tally
		for _, row := range rows {
			tally.Add(row)
		}
		if tally.Facts != want || tally.ReservationID != "pb-1" {
			t.Errorf("%s: %q %+v\nwant %+v", name, tally.ReservationID, tally.Facts, want)
		}
	}
}

func TestPresent(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]provider.Facts{
		"started": {Started: true}, "ended": {Ended: true}, "identity checked": {CheckID: true},
		"login verified": {LoginVerified: true}, "authenticated": {Authenticated: true},
	} {
		if !f.Present() || !(provider.Proof{Facts: &f}).Present() {
			t.Errorf("%s: not present", name)
		}
	}
	if f := (provider.Facts{Canceled: true, Incident: true}); f.Present() || (provider.Proof{Facts: &f, Canceled: true}).Present() || (provider.Proof{}).Present() {
		t.Error("a learner of whom nothing was seen is present")
	}
	if !(provider.Proof{Started: true}).Present() {
		t.Error("a session that began without facts: not present")
	}
}
