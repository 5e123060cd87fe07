package proctoru_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"pgregory.net/rapid"
)

// reportServer answers a report with the rows of the interval that is asked for,
// as answer makes them, and notes the intervals. Status 0 is no answer, ever.
type reportServer struct {
	asked  [][2]time.Time
	answer func(from, to time.Time) (status int, body string)
}

func (s *reportServer) RoundTrip(r *http.Request) (*http.Response, error) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := time.Parse(time.RFC3339, r.FormValue("start_date"))
		to, err2 := time.Parse(time.RFC3339, r.FormValue("end_date"))
		if err != nil || err2 != nil {
			http.Error(w, "", http.StatusBadRequest)
			return
		}
		s.asked = append(s.asked, [2]time.Time{from, to})
		status, body := s.answer(from, to)
		if status == 0 {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
	return proctorbooktest.InProcess(handler).RoundTrip(r)
}

func (s *reportServer) client(t testing.TB) *proctoru.Client {
	return newClient(t, proctorbooktest.InProcessURL, proctoru.WithTransport(s), proctoru.WithRetries(1, time.Millisecond, time.Millisecond))
}

// rowAt is a row whose number tells its start.
func rowAt(start time.Time) string {
	return fmt.Sprintf(`{"ReservationNo": %d, "StartDate": "%s"}`, start.Unix(), start.UTC().Format(time.RFC3339))
}

// reading is a way in which the provider may read the ends of an interval.
type reading struct {
	name     string
	from, to func(time.Time) time.Time
	inFrom   bool // the first instant is in
	inTo     bool // the last one is
}

func asItIs(t time.Time) time.Time { return t }

// day cuts a time to its day in a zone, as a provider may that compares dates.
func day(zone string) func(time.Time) time.Time {
	loc := mustLoad(zone)
	return func(t time.Time) time.Time {
		y, m, d := t.In(loc).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, loc)
	}
}

// asDigits reads the digits of a time as the wall clock of a zone.
func asDigits(zone string) func(time.Time) time.Time {
	loc := mustLoad(zone)
	return func(t time.Time) time.Time {
		t = t.UTC()
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, loc)
	}
}

var readings = []reading{
	{"instants, both ends in", asItIs, asItIs, true, true},
	{"instants, the end out", asItIs, asItIs, true, false},
	{"instants, both ends out", asItIs, asItIs, false, false},
	{"days in UTC, the end out", day("UTC"), day("UTC"), true, false},
	{"days in New York, both ends out", day("America/New_York"), day("America/New_York"), false, false},
	{"the end alone cut to its day", asItIs, day("Asia/Tokyo"), true, false},
	{"digits read in Paris", asDigits("Europe/Paris"), asDigits("Europe/Paris"), true, false},
}

func (r reading) has(from, to, row time.Time) bool {
	return r.holds(r.from(from), r.to(to), row)
}

// holds does so for ends as the provider reads them.
func (r reading) holds(from, to, row time.Time) bool {
	return (row.After(from) || r.inFrom && row.Equal(from)) && (row.Before(to) || r.inTo && row.Equal(to))
}

// However the provider reads the ends, each row inside the interval comes once:
// also one exactly at a cut, and across the changes of clocks.
func TestReports_noGapAndNoRepeatAtCuts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 300*86400).Draw(t, "start")) * time.Second)
		end := start.Add(time.Duration(rapid.IntRange(1, 80*86400).Draw(t, "length")) * time.Second)
		piece := time.Duration(rapid.IntRange(86400*2, 20*86400).Draw(t, "piece")) * time.Second
		read := rapid.SampledFrom(readings).Draw(t, "reading")
		longest := time.Duration(rapid.IntRange(3, 40).Draw(t, "longest")) * 24 * time.Hour

		server := &reportServer{}
		plan := &reportServer{answer: func(time.Time, time.Time) (int, string) { return 200, envelope(`[]`) }}
		_, _ = collect(plan.client(&noT{}).Reports.Activity(ctx, proctoru.ActivityParams{Start: start, End: end, Piece: piece}))
		rows := []time.Time{}
		for _, cut := range plan.asked { // rows at and around each cut
			for _, off := range []time.Duration{-time.Second, 0, time.Second} {
				rows = append(rows, cut[0].Add(off), cut[1].Add(off))
			}
		}
		for at := start; at.Before(end); at = at.Add(7 * time.Hour) {
			rows = append(rows, at)
		}
		slices.SortFunc(rows, time.Time.Compare)
		rows = slices.CompactFunc(rows, time.Time.Equal)
		server.answer = func(from, to time.Time) (int, string) {
			if to.Sub(from) > longest {
				return 500, "<h1>timeout</h1>"
			}
			var found []string
			for _, at := range rows {
				if read.has(from, to, at) {
					found = append(found, rowAt(at))
				}
			}
			return 200, envelope("[" + strings.Join(found, ",") + "]")
		}
		got, err := collect(server.client(&noT{}).Reports.Activity(ctx, proctoru.ActivityParams{Start: start, End: end, Piece: piece}))
		if err != nil {
			t.Fatal(err)
		}
		// Pieces below two days overlap by less than a day.
		short := slices.ContainsFunc(server.asked, func(a [2]time.Time) bool { return a[1].Sub(a[0]) < 48*time.Hour && a[1].Before(end) })
		seen := map[int64]int{}
		for _, r := range got {
			seen[r.Start.Unix()]++
		}
		for _, at := range rows {
			switch n := seen[at.Unix()]; {
			case n == 0 && read.has(start, end, at) && (read.name != "the end alone cut to its day" || !short):
				t.Errorf("%s: the row at %v is lost; asked %v", read.name, at, server.asked)
			case n > 1:
				t.Errorf("%s: the row at %v came %d times", read.name, at, n)
			}
		}
		for _, asked := range server.asked {
			if asked[1].Sub(asked[0]) > piece {
				t.Errorf("asked for %v, more than the piece of %v", asked[1].Sub(asked[0]), piece)
			}
		}
	})
}

// A row exactly at a cut, the simplest case in numbers.
func TestReports_rowAtTheCut(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 10, 20, 0, 0, 0, 0, paris) // clocks go back on the 25th
	var cut time.Time
	server := &reportServer{answer: func(from, to time.Time) (int, string) {
		if cut.IsZero() {
			cut = to
		}
		if cut.Before(from) || cut.After(to) {
			return 200, envelope(`[]`)
		}
		return 200, envelope("[" + rowAt(cut) + "]")
	}}
	rows, err := collect(server.client(t).Reports.Activity(t.Context(), proctoru.ActivityParams{Start: start, End: start.AddDate(0, 0, 30)}))
	if err != nil || len(rows) != 1 || !rows[0].Start.Equal(cut) {
		t.Errorf("rows = %v, %v, want the one at %v once", rows, err, cut)
	}
	for i, want := range []string{
		"2026-10-19T22:00:00Z 2026-10-29T22:00:00Z", "2026-10-28T22:00:00Z 2026-11-07T22:00:00Z",
		"2026-11-06T22:00:00Z 2026-11-16T22:00:00Z", "2026-11-15T22:00:00Z 2026-11-18T23:00:00Z",
	} {
		if got := server.asked[i][0].Format(time.RFC3339) + " " + server.asked[i][1].Format(time.RFC3339); got != want {
			t.Errorf("piece %d = %s, want %s", i, got, want)
		}
	}
	if len(server.asked) != 4 {
		t.Errorf("%d pieces, want 4", len(server.asked))
	}
}

// Where the provider fails on an interval, the client asks for less, down to a day.
func TestReports_halves(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	tooMany := "[" + strings.Repeat(`{},`, 10_000) + "{}]"
	answers := map[string]func() (int, string){
		"HTTP status 500":       func() (int, string) { return 500, "<h1>timeout</h1>" },
		"HTTP status 504":       func() (int, string) { return 504, "" },
		"too many rows":         func() (int, string) { return 200, envelope(tooMany) },
		"more bytes than taken": func() (int, string) { return 200, envelope(`["` + strings.Repeat("x", 16<<20) + `"]`) },
	}
	for name, fail := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &reportServer{answer: func(from, to time.Time) (int, string) {
				if to.Sub(from) > 3*24*time.Hour {
					return fail()
				}
				return 200, envelope("[" + rowAt(from) + "]")
			}}
			rows, err := collect(server.client(t).Reports.Activity(t.Context(), proctoru.ActivityParams{Start: start, End: start.AddDate(0, 0, 20)}))
			if err != nil || len(rows) < 8 || !rows[0].Start.Equal(start) {
				t.Errorf("%d rows, %v", len(rows), err)
			}
		})
	}
}

// What fails for ever ends with an error from which one can go on.
func TestReports_partialFailure(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	bad := start.AddDate(0, 0, 14).Add(12 * time.Hour)
	down := true
	server := &reportServer{}
	server.answer = func(from, to time.Time) (int, string) {
		if down && !bad.Before(from) && bad.Before(to) {
			return 500, ""
		}
		var rows []string
		for d := from.Truncate(24 * time.Hour); d.Before(to); d = d.AddDate(0, 0, 1) {
			if !d.Before(from) {
				rows = append(rows, rowAt(d))
			}
		}
		return 200, envelope("[" + strings.Join(rows, ",") + "]")
	}
	client := server.client(t)
	before, err := collect(client.Reports.Activity(t.Context(), proctoru.ActivityParams{Start: start, End: start.AddDate(0, 0, 30)}))
	failed, ok := errors.AsType[*proctoru.ReportError](err)
	if !ok || !errors.Is(err, proctoru.ErrServer) {
		t.Fatalf("error = %v, want a *ReportError that is ErrServer", err)
	}
	if bad.Before(failed.Start) || bad.After(failed.End) || failed.Resume.After(bad) || failed.End.Sub(failed.Start) >= 2*24*time.Hour {
		t.Errorf("the error names %v to %v, resume %v; bad is %v", failed.Start, failed.End, failed.Resume, bad)
	}
	if !strings.Contains(err.Error(), "go on from "+failed.Resume.Format(time.RFC3339)) {
		t.Errorf("text = %q", err)
	}
	down = false
	after, err := collect(client.Reports.Activity(t.Context(), proctoru.ActivityParams{Start: failed.Resume, End: start.AddDate(0, 0, 30)}))
	if err != nil {
		t.Fatal(err)
	}
	days := map[string]bool{}
	for _, r := range append(before, after...) {
		days[r.Start.Format(time.DateOnly)] = true
	}
	if len(days) != 30 {
		t.Errorf("%d days in both parts, want 30", len(days))
	}
}

// An outage is not made worse by asking for ever smaller pieces.
func TestReports_outageIsNotCut(t *testing.T) {
	t.Parallel()
	for _, status := range []int{502, 503, 429, 401} {
		server := &reportServer{answer: func(time.Time, time.Time) (int, string) { return status, "" }}
		_, err := collect(server.client(t).Reports.Activity(t.Context(), proctoru.ActivityParams{Start: now, End: now.AddDate(0, 1, 0)}))
		if _, ok := errors.AsType[*proctoru.ReportError](err); !ok || len(server.asked) != 1 {
			t.Errorf("status %d: %v after %d calls, want a *ReportError after 1", status, err, len(server.asked))
		}
	}
}

// Repeats are found across a cut, and what is kept for that is bounded: a row that
// comes again three pieces later is news.
func TestReports_repeats(t *testing.T) {
	t.Parallel()
	piece := 0
	server := &reportServer{answer: func(time.Time, time.Time) (int, string) {
		piece++
		own := fmt.Sprintf(`{"ReservationNo": %d}`, piece)
		old := fmt.Sprintf(`{"ReservationNo": %d}`, max(1, piece-1))
		first := `{"ReservationNo": 1}`
		if piece != 4 {
			first = own
		}
		return 200, envelope("[" + old + "," + own + "," + own + "," + first + "]")
	}}
	rows, err := collect(server.client(t).Reports.Activity(t.Context(), proctoru.ActivityParams{Start: now, End: now.AddDate(0, 0, 37)}))
	var got []string
	for _, r := range rows {
		got = append(got, string(r.Number))
	}
	if err != nil || strings.Join(got, " ") != "1 2 3 4 1" {
		t.Errorf("numbers = %v, %v, want 1 2 3 4 1", got, err)
	}
}

// A range that is left early sends no more calls; one that was not begun, none.
func TestReports_stopEarly(t *testing.T) {
	t.Parallel()
	server := &reportServer{answer: func(from, _ time.Time) (int, string) { return 200, envelope("[" + rowAt(from) + "]") }}
	for range server.client(t).Reports.Pending(t.Context(), proctoru.PendingParams{Start: now, End: now.AddDate(1, 0, 0)}) {
		break
	}
	if len(server.asked) != 1 {
		t.Errorf("%d calls, want 1", len(server.asked))
	}
}

// In bulk, a learner whom the provider does not know is skipped, and the others come.
func TestReports_unknownLearnerInBulk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.booked()
	w.booked(withID("b-8"), func(p *proctoru.CreateReservationParams) { p.Student.ID = "learner-8" })
	var got []string
	for _, id := range []string{ada.ID, "nobody", "learner-8"} {
		rows, err := collect(w.client.Reports.Activity(t.Context(), proctoru.ActivityParams{StudentID: id}))
		if errors.Is(err, proctoru.ErrStudentNotFound) {
			continue
		}
		for _, r := range must(t, rows, err) {
			got = append(got, r.StudentID)
		}
	}
	if !slices.Equal(got, []string{ada.ID, "learner-8"}) {
		t.Errorf("learners = %v, want the two that are known", got)
	}
}

func TestReports_validation(t *testing.T) {
	t.Parallel()
	client, _ := newTestClient(t)
	for name, tt := range map[string]struct {
		params proctoru.ActivityParams
		want   string
	}{
		"a piece below an hour": {proctoru.ActivityParams{StudentID: "x", Piece: time.Hour - time.Second}, "Piece"},
		"a negative piece":      {proctoru.ActivityParams{StudentID: "x", Piece: -time.Hour}, "Piece"},
		"parts of a second":     {proctoru.ActivityParams{StudentID: "x", Piece: 24*time.Hour + 1}, "Piece"},
		"half a second, start":  {proctoru.ActivityParams{Start: now.Add(1), End: now.Add(time.Hour)}, "Start"},
		"nothing asked for":     {proctoru.ActivityParams{}, "StudentID"},
		"a line feed in the id": {proctoru.ActivityParams{StudentID: "a\nb"}, "StudentID"},
	} {
		for report, rows := range map[string]func(func(proctoru.ActivityRow, error) bool){
			"Activity": client.Reports.Activity(t.Context(), tt.params), "BlueBirdActivity": client.Reports.BlueBirdActivity(t.Context(), tt.params),
		} {
			_, err := collect(rows)
			if got := fieldsOf(err); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("%s, %s: %v, want one about %s", report, name, err, tt.want)
			}
		}
	}
}
