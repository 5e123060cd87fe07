package proctoru_test

import (
	"strings"
	"testing"
	"time"
)

func TestTimeZonesList(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply("GET /getTimeZoneList", "timezones/list.json")

	zones, err := client.TimeZones.List(t.Context())
	if err != nil || len(zones) != 2 {
		t.Fatalf("List = %v, %v, want two zones", zones, err)
	}
	if z := zones[0]; z.ID != "Romance Standard Time" || z.Number != 17 || z.Offset != time.Hour || !z.DST || z.LocalTime != "02:05 PM" {
		t.Errorf("List[0] = %+v", z)
	}
	if z := zones[1]; z.Number != 42 || z.Offset != 5*time.Hour+30*time.Minute || z.DST || z.SortOrder != 100 {
		t.Errorf("List[1] = %+v, want numbers read from texts", z)
	}
	if raw := string(zones[1].Raw.Reveal()); !strings.Contains(raw, `"Region"`) {
		t.Error("Raw has lost a member that the client does not know")
	}
	compareForm(t, provider.Last(t, "GET /getTimeZoneList").Query, map[string]string{"time_sent": "2026-08-20T09:00:00Z"})
}

func TestTimeZonesList_empty(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	for _, data := range []string{`[]`, `null`, `{}`} {
		provider.Reply("GET /getTimeZoneList", envelope(data))
		if zones, err := client.TimeZones.List(t.Context()); err != nil || len(zones) != 0 {
			t.Errorf("List of %s = %v, %v, want none", data, zones, err)
		}
	}
}
