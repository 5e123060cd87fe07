package provider

import (
	"errors"
	"net/http"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling/internal/days"
)

const listSlots = "getScheduleInfoAvailableTimesList"

// zonesOfTheTable reads the IANA names, with the Windows id of each, off the table.
func zonesOfTheTable(t *testing.T) map[string]string {
	t.Helper()
	source, err := os.ReadFile("../../proctoru/zones_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\t\{"([^"]+)", "([^"]+)"\},$`).FindAllSubmatch(source, -1) {
		ids[string(row[1])] = string(row[2])
	}
	if len(ids) < 550 {
		t.Fatalf("the table has %d names, want 550 at least", len(ids))
	}
	return ids
}

// oddDays returns the days, of two years, that begin or end at another instant in the
// zone that stands for the Windows id: the first of each kind of difference.
func oddDays(zone, theirs *time.Location) []time.Time {
	var odd []time.Time
	seen := map[[2]time.Duration]bool{}
	day := days.Start(time.Date(2027, 1, 12, 12, 0, 0, 0, zone))
	for range 730 {
		next := days.Next(day)
		there := days.Next(day.In(theirs))
		kind := [2]time.Duration{next.Sub(day), next.Sub(there)}
		if !next.Equal(there) && !seen[kind] {
			odd, seen[kind] = append(odd, day), true
		}
		day = next
	}
	return odd
}

// quartersOf asks for a day of the zone, and returns how many of its quarter hours are
// offered.
func quartersOf(t *testing.T, p ProctorU, day time.Time) int {
	t.Helper()
	offers, err := p.Slots(t.Context(), Day{Zone: day.Location(), From: day, Duration: time.Hour})
	if err != nil {
		t.Fatalf("%s: %v", day, err)
	}
	starts := map[int64]bool{}
	for _, o := range offers {
		if !o.Start.Before(day) && o.Start.Before(days.Next(day)) {
			starts[o.Start.Unix()] = true
		}
	}
	return len(starts)
}

func everyQuarterHour(day time.Time) []time.Time {
	var all []time.Time
	for at := day; at.Before(day.AddDate(0, 0, 1)); at = at.Add(15 * time.Minute) {
		all = append(all, at)
	}
	return all
}

// The whole table: where the zone that is sent has other days than the learner's own,
// the learner's day is whole nevertheless, and where it has the same days one call is
// enough.
func TestSlotsOfEveryZone(t *testing.T) {
	t.Parallel()
	p, server := newProctorU(t)
	server.SetSlots(everyQuarterHour)
	var odd []string
	for name, id := range zonesOfTheTable(t) {
		zone, err := proctoru.LoadZone(name)
		if err != nil {
			t.Logf("this machine's data lack %s", name)
			continue
		}
		theirs, err := proctoru.Location(id)
		if err != nil {
			t.Fatal(err)
		}
		ask := oddDays(zone, theirs)
		most := 2
		if len(ask) > 0 {
			odd = append(odd, name)
		} else {
			ask, most = []time.Time{days.Start(time.Date(2027, 1, 12, 12, 0, 0, 0, zone))}, 1
		}
		for _, day := range ask {
			before := server.Counts().Requests[listSlots]
			if got, want := quartersOf(t, p, day), int(days.Next(day).Sub(day)/(15*time.Minute)); got != want {
				t.Errorf("%s (%s): %d slots of %s, want %d", name, id, got, day.Format(time.DateOnly), want)
			}
			if n := server.Counts().Requests[listSlots] - before; n > most {
				t.Errorf("%s (%s): %d calls for %s, want %d at most", name, id, n, day.Format(time.DateOnly), most)
			}
		}
	}
	slices.Sort(odd)
	t.Logf("%d zones have other days, in 2027 and 2028, than the zone that is sent for them: %q", len(odd), odd)
	for _, name := range []string{"America/Scoresbysund", "Antarctica/Casey", "Antarctica/Vostok"} {
		if !slices.Contains(odd, name) {
			t.Errorf("%s is not among them: this test shows nothing", name)
		}
	}
}

// A part of a day that the provider can't give is an error, and no shorter day.
func TestSlotsOfADayInTwoParts(t *testing.T) {
	t.Parallel()
	p, server := newProctorU(t)
	zone, err := proctoru.LoadZone("Antarctica/Vostok")
	if err != nil {
		t.Fatal(err)
	}
	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Unauthorized, Endpoint: listSlots, Nth: 2})
	day := days.Start(time.Date(2027, 1, 12, 12, 0, 0, 0, zone))
	if offers, err := p.Slots(t.Context(), Day{Zone: zone, From: day, Duration: time.Hour}); !errors.Is(err, proctoru.ErrUnauthorized) || offers != nil {
		t.Errorf("Slots = %d offers, %v; want none, and the error of the second call", len(offers), err)
	}
	for _, span := range []string{"24h", "several-days"} {
		if err := server.Play(proctorutest.VariantSlotSpan, span); err != nil {
			t.Fatal(err)
		}
		server.SetSlots(everyQuarterHour)
		if n := quartersOf(t, p, day); n != 96 {
			t.Errorf("a provider that answers with %s: %d slots, want 96", span, n)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// exactDays is a provider that offers every quarter hour of the rest of the day, whatever
// the clocks of the Windows zone do that night.
func exactDays(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	zone, err := proctoru.Location(q.Get("time_zone_id"))
	if err != nil {
		return nil, err
	}
	from, err := time.Parse(time.RFC3339, q.Get("start_date"))
	if err != nil {
		return nil, err
	}
	rows := []map[string]string{}
	for at := from; at.Before(days.Next(from.In(zone))); at = at.Add(15 * time.Minute) {
		rows = append(rows, map[string]string{"start_date": at.UTC().Format(time.RFC3339)})
	}
	return httpmock.NewJsonResponse(http.StatusOK, map[string]any{"time_sent": from, "response_code": 1, "message": "", "data": rows})
}

// Where midnight is skipped, as in spring in Havana, or comes twice: the day before, the
// day itself and the day after are whole, each with one call.
func TestSlotsAroundADayWithoutMidnight(t *testing.T) {
	t.Parallel()
	calls := 0
	p, _ := newProctorU(t, proctoru.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) { calls++; return exactDays(r) })))
	changes := 0
	for name := range zonesOfTheTable(t) {
		zone, err := proctoru.LoadZone(name)
		if err != nil {
			continue
		}
		most := 1
		if name == "America/Scoresbysund" { // another clock than its Windows zone
			most = 2
		}
		for day := days.Start(time.Date(2027, 1, 12, 12, 0, 0, 0, zone)); day.Year() < 2028; day = days.Next(day) {
			_, before := day.Add(-2 * time.Hour).Zone()
			_, after := day.Add(2 * time.Hour).Zone()
			if before == after {
				continue // the clocks don't change around midnight
			}
			changes++
			for _, d := range []time.Time{days.Start(day.Add(-time.Hour)), day, days.Next(day)} {
				calls = 0
				if got, want := quartersOf(t, p, d), int(days.Next(d).Sub(d)/(15*time.Minute)); got != want || calls > most {
					t.Errorf("%s: %d slots of %s after %d calls, want %d after %d", name, got, d.Format(time.DateOnly), calls, want, most)
				}
			}
		}
	}
	if changes < 20 {
		t.Errorf("%d days are without a midnight, or have two: too few to show anything", changes)
	}
}

// A zone without a Windows id is the caller's to correct.
func TestSlotsOfAnUnknownZone(t *testing.T) {
	t.Parallel()
	p, server := newProctorU(t)
	_, err := p.Slots(t.Context(), Day{Zone: time.FixedZone("Mars/Olympus", 0), From: nine, Duration: time.Hour})
	if bad, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || bad.Fields[0].Field != "Profile.Zone" {
		t.Errorf("Slots = %v, want a ValidationError of Profile.Zone", err)
	}
	if n := server.Counts().Requests[listSlots]; n != 0 {
		t.Errorf("%d calls, want none", n)
	}
}
