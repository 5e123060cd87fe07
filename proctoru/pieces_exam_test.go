package proctoru_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"pgregory.net/rapid"
)

var firstOfMay = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

// spread returns n starts, evenly from a time on, so many hours of each of the days.
func spread(n int, from time.Time, days, hours int) []time.Time {
	starts := make([]time.Time, n)
	for i := range starts {
		at := int64(i) * int64(days) * int64(hours) * 3600 / int64(n)
		day, second := at/int64(hours*3600), at%int64(hours*3600)
		starts[i] = from.AddDate(0, 0, int(day)).Add(time.Duration((24-hours)/2)*time.Hour + time.Duration(second)*time.Second)
	}
	return starts
}

// examServer answers with the sessions of an interval, each row twice, or fails.
type examServer struct {
	reportServer
	starts []time.Time // sorted
	rows   []string    // of each session
	most   int         // rows, above which it answers with status 500; 0 = any number
	read   reading
}

func newExamServer(starts []time.Time) *examServer {
	s := &examServer{starts: starts, rows: make([]string, len(starts)), read: readings[0]}
	for i, at := range starts {
		row := fmt.Sprintf(`,{"ReservationNo": %d, "StartDate": "%s"}`, i+1, at.Format(time.RFC3339))
		s.rows[i] = row + row
	}
	s.answer = s.report
	return s
}

func (s *examServer) report(from, to time.Time) (int, string) {
	var rows strings.Builder
	n := 0
	from, to = s.read.from(from), s.read.to(to)
	low, _ := slices.BinarySearchFunc(s.starts, from, time.Time.Compare)
	for i, at := range s.starts[low:] {
		if at.After(to) || n > 10_000 { // the client reads no more
			break
		}
		if s.read.holds(from, to, at) {
			rows.WriteString(s.rows[low+i])
			n += 2
		}
	}
	if s.most > 0 && n > s.most {
		return 500, "<h1>timeout</h1>"
	}
	return 200, envelope("[" + strings.TrimPrefix(rows.String(), ",") + "]")
}

// all reads the report, checks that each number comes once, and returns the calls it took.
func (s *examServer) all(t *testing.T, from, to time.Time) int {
	t.Helper()
	s.asked = nil
	rows, err := collect(s.client(t).Reports.Activity(t.Context(), proctoru.ActivityParams{Start: from, End: to}))
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[proctoru.ReservationNo]bool{}
	for _, r := range rows {
		numbers[r.Number] = true
	}
	if len(rows) != len(s.starts) || len(numbers) != len(s.starts) {
		t.Errorf("%d rows with %d numbers of %d sessions", len(rows), len(numbers), len(s.starts))
	}
	return len(s.asked)
}

// 100,000 sessions come once each, in a number of calls that an hourly reading can afford.
func TestReports_aHundredThousandSessions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name               string
		days, hours, calls int
	}{
		{"spread over 60 days", 60, 24, 70},
		{"60 days, ten hours of each", 60, 10, 90},
		{"in a week", 7, 24, 40},
		{"in a week, ten hours of each day", 7, 10, 85},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newExamServer(spread(100_000, firstOfMay, tt.days, tt.hours))
			calls := s.all(t, firstOfMay, firstOfMay.AddDate(0, 0, tt.days))
			t.Logf("%s: %d calls for 100,000 sessions with doubled rows", tt.name, calls)
			if calls > tt.calls {
				t.Errorf("%d calls, want %d at most", calls, tt.calls)
			}
		})
	}
}

// Package scheduling reads in steps of 30 days, and a day more on both sides: this is
// what one of its readings takes. docs/operating.md has the figures.
func TestReports_inStepsAsABulkReading(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ sessions, days, calls int }{
		{1000, 60, 8}, {10_000, 60, 8}, {100_000, 60, 90}, {100_000, 7, 60}, {1_000_000, 60, 900},
	} {
		t.Run(fmt.Sprintf("%d in %d days", tt.sessions, tt.days), func(t *testing.T) {
			t.Parallel()
			if tt.sessions > 100_000 && os.Getenv("PROCTORBOOK_MILLION") == "" {
				t.Skip("takes long: set PROCTORBOOK_MILLION=1")
			}
			s := newExamServer(spread(tt.sessions, firstOfMay, tt.days, 24))
			client, end := s.client(t), firstOfMay.AddDate(0, 0, tt.days)
			numbers := map[proctoru.ReservationNo]bool{}
			for from := firstOfMay; from.Before(end); from = from.AddDate(0, 0, 30) {
				to := from.AddDate(0, 0, 30)
				if to.After(end) {
					to = end
				}
				for r, err := range client.Reports.Activity(t.Context(), proctoru.ActivityParams{Start: from.AddDate(0, 0, -1), End: to.AddDate(0, 0, 1)}) {
					if err != nil {
						t.Fatal(err)
					}
					numbers[r.Number] = true
				}
			}
			t.Logf("%d calls for %d sessions in %d days with doubled rows", len(s.asked), tt.sessions, tt.days)
			if len(numbers) != tt.sessions || len(s.asked) > tt.calls {
				t.Errorf("%d of %d sessions in %d calls, want all in %d at most", len(numbers), tt.sessions, len(s.asked), tt.calls)
			}
		})
	}
}

// Days of 14,000 sessions, within quiet months, at providers that fail in several ways.
func TestReports_examWeek(t *testing.T) {
	t.Parallel()
	starts := spread(30, firstOfMay, 30, 24)
	starts = append(starts, spread(5*14_000, firstOfMay.AddDate(0, 0, 30), 5, 12)...)
	starts = append(starts, spread(60, firstOfMay.AddDate(0, 0, 35), 60, 24)...)
	for name, most := range map[string]int{"any number of rows": 0, "10,000 rows": 10_000, "5,000 rows": 5000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newExamServer(starts)
			s.most = most
			calls := s.all(t, firstOfMay, firstOfMay.AddDate(0, 0, 95))
			t.Logf("%d calls", calls)
			last := s.asked[len(s.asked)-2]
			if calls > 200 || last[1].Sub(last[0]) < 5*24*time.Hour {
				t.Errorf("%d calls, the last but one for %v: a quiet month is read in short pieces", calls, last[1].Sub(last[0]))
			}
		})
	}
}

// A failing piece costs one call: its place take two, that overlap around its middle,
// and the next ones begin with the length that was good.
func TestReports_twoPiecesInPlaceOfOne(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ longest, calls int }{{9, 15}, {5, 25}, {3, 50}, {2, 55}, {1, 95}} {
		failed := 0
		s := &reportServer{}
		s.answer = func(from, to time.Time) (int, string) {
			if to.Sub(from) > time.Duration(tt.longest)*24*time.Hour {
				failed++
				return 500, ""
			}
			var rows []string
			for at := from.Truncate(time.Hour).Add(time.Hour); at.Before(to); at = at.Add(time.Hour) {
				rows = append(rows, rowAt(at))
			}
			return 200, envelope("[" + strings.Join(rows, ",") + "]")
		}
		_, err := collect(s.client(t).Reports.Activity(t.Context(), proctoru.ActivityParams{Start: firstOfMay, End: firstOfMay.AddDate(0, 0, 50)}))
		t.Logf("up to %d days: %d calls, %d of them failed", tt.longest, len(s.asked), failed)
		if err != nil || len(s.asked) > tt.calls || failed > 9 {
			t.Errorf("up to %d days: %d calls, %d of them failed, %v; want %d, and 9 at most", tt.longest, len(s.asked), failed, err, tt.calls)
		}
	}
}

// A try that takes too long is cut. The end of the caller's own time is not, nor is a
// provider that can't be reached.
func TestReports_timeOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExamServer(spread(20_000, firstOfMay, 20, 24))
		s.answer = func(from, to time.Time) (int, string) {
			if to.Sub(from) > 3*24*time.Hour {
				return 0, ""
			}
			return s.report(from, to)
		}
		began := time.Now()
		calls := s.all(t, firstOfMay, firstOfMay.AddDate(0, 0, 20))
		t.Logf("%d calls, %v", calls, time.Since(began))
		if calls > 30 || time.Since(began) > 6*30*time.Second {
			t.Errorf("%d calls in %v", calls, time.Since(began))
		}

		s.asked = nil
		inTime, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := collect(s.client(t).Reports.Activity(inTime, proctoru.ActivityParams{Start: firstOfMay, End: firstOfMay.AddDate(0, 0, 20)}))
		if _, ok := errors.AsType[*proctoru.ReportError](err); !ok || !errors.Is(err, context.DeadlineExceeded) || len(s.asked) != 1 {
			t.Errorf("when the caller's time ends: %v after %d calls, want a *ReportError after 1", err, len(s.asked))
		}
	})
	calls := 0
	unreachable := roundTrip(func(*http.Request) (*http.Response, error) {
		calls++
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded}
	})
	client := newClient(t, proctorbooktest.InProcessURL, proctoru.WithTransport(unreachable), proctoru.WithRetries(1, time.Millisecond, time.Millisecond))
	if _, err := collect(client.Reports.Activity(t.Context(), proctoru.ActivityParams{Start: now, End: now.AddDate(0, 1, 0)})); err == nil || calls != 1 {
		t.Errorf("where no connection is made: %v after %d calls, want 1", err, calls)
	}
}

// An hour that fails breaks the report off there, whatever failed; the rows before it
// have come, and another call goes on.
func TestReports_anHourThatFails(t *testing.T) {
	t.Parallel()
	starts := spread(14_000, firstOfMay, 1, 24)
	bad := firstOfMay.Add(13*time.Hour + 30*time.Minute)
	for range 6000 { // more than any call of this hour can show
		starts = append(starts, bad)
	}
	slices.SortFunc(starts, time.Time.Compare)
	s := newExamServer(starts)
	rows, err := collect(s.client(t).Reports.Activity(t.Context(), proctoru.ActivityParams{Start: firstOfMay, End: firstOfMay.AddDate(0, 0, 3)}))
	failed, ok := errors.AsType[*proctoru.ReportError](err)
	if !ok || !errors.Is(err, proctoru.ErrTooLarge) {
		t.Fatalf("error = %v, want a *ReportError that is ErrTooLarge", err)
	}
	if failed.End.Sub(failed.Start) != time.Hour || bad.Before(failed.Start) || bad.After(failed.End) || !failed.Resume.Equal(failed.Start) {
		t.Errorf("the error names %v to %v, go on from %v; bad is %v", failed.Start, failed.End, failed.Resume, bad)
	}
	before, _ := slices.BinarySearchFunc(starts, failed.Resume, time.Time.Compare)
	if len(rows) < before {
		t.Errorf("%d rows came, want the %d before %v", len(rows), before, failed.Resume)
	}
}

// Where the provider reads times as days, a day that has too many rows can't be read:
// this is an error, not a report with gaps, and found with few calls.
func TestReports_daysCantBeCut(t *testing.T) {
	t.Parallel()
	endOf := func(zone string) func(time.Time) time.Time {
		return func(at time.Time) time.Time { return day(zone)(at).AddDate(0, 0, 1).Add(-time.Second) }
	}
	for _, tt := range []struct {
		reading
		perDay, calls int
	}{
		{reading{"days in UTC, the end out", day("UTC"), day("UTC"), true, false}, 14_000, 15},
		{reading{"whole days in New York", day("America/New_York"), endOf("America/New_York"), true, true}, 14_000, 12},
		{reading{"whole days in New York, one of which comes", day("America/New_York"), endOf("America/New_York"), true, true}, 4000, 7},
		{reading{"the end alone cut to its day, in Tokyo", asItIs, day("Asia/Tokyo"), true, false}, 14_000, 12},
		{reading{"the end alone cut to its day, in UTC", asItIs, day("UTC"), true, false}, 14_000, 12},
	} {
		for name, hours := range map[string]int{"all day": 24, "by day": 10} {
			s, read := newExamServer(spread(4*tt.perDay, firstOfMay, 4, hours)), tt.reading
			s.read = read
			_, err := collect(s.client(t).Reports.Activity(t.Context(), proctoru.ActivityParams{Start: firstOfMay, End: firstOfMay.AddDate(0, 0, 4)}))
			t.Logf("%s, %s: %d calls, %v", read.name, name, len(s.asked), err)
			if failed, ok := errors.AsType[*proctoru.ReportError](err); !ok || !errors.Is(err, proctoru.ErrTooLarge) || !failed.Resume.Before(firstOfMay.AddDate(0, 0, 2)) {
				t.Errorf("%s, %s: error = %v, want ErrTooLarge in the first days", read.name, name, err)
			}
			if len(s.asked) > 15 || hours == 24 && len(s.asked) > tt.calls {
				t.Errorf("%s, %s: %d calls, want %d at most", read.name, name, len(s.asked), tt.calls)
			}
		}
	}
}

// However the provider reads the ends, and wherever it fails, a report that ends well
// has all rows, once each. Only a provider that alone cuts the end to its day loses some, where the
// pieces are shorter than two days.
func TestReports_noGapBelowADay(t *testing.T) {
	t.Parallel()
	wellRead := 0
	rapid.Check(t, func(t *rapid.T) {
		start := firstOfMay.Add(time.Duration(rapid.IntRange(0, 200*86400).Draw(t, "start")) * time.Second)
		days := rapid.IntRange(1, 6).Draw(t, "days")
		end := start.AddDate(0, 0, days).Add(time.Duration(rapid.IntRange(1, 86400).Draw(t, "more")) * time.Second)
		read := rapid.SampledFrom(append(readings,
			reading{"days in UTC, both ends in", day("UTC"), func(t time.Time) time.Time { return day("UTC")(t).AddDate(0, 0, 1) }, true, false},
			reading{"the end alone cut to its day in UTC", asItIs, day("UTC"), true, false})).Draw(t, "reading")
		s := newExamServer(spread(rapid.IntRange(1, 300).Draw(t, "sessions a day")*days, start, days, rapid.SampledFrom([]int{24, 10, 3}).Draw(t, "hours of a day")))
		s.read = read
		longest := time.Duration(rapid.IntRange(1, 30).Draw(t, "longest")) * time.Hour
		s.answer = func(from, to time.Time) (int, string) {
			if to.Sub(from) > longest {
				return 504, ""
			}
			return s.report(from, to)
		}
		rows, err := collect(s.client(&noT{}).Reports.Activity(ctx, proctoru.ActivityParams{Start: start, End: end}))
		if err != nil {
			return
		}
		if longest < 12*time.Hour {
			wellRead++
		}
		seen := map[int64]int{}
		for _, r := range rows {
			seen[r.Start.Unix()]++
		}
		for _, at := range s.starts {
			switch n := seen[at.Unix()]; {
			case n > 1:
				t.Errorf("%s: the row at %v came %d times", read.name, at, n)
			case n == 0 && read.has(start, end, at) && (!strings.HasPrefix(read.name, "the end alone") || longest < 24*time.Hour):
				t.Fatalf("%s, up to %v: the row at %v is lost; asked %v", read.name, longest, at, s.asked)
			}
		}
	})
	if wellRead == 0 {
		t.Error("no report was read in hours")
	}
}
