package scheduling_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
)

// readCSV reads a file back, and wants every line as long as the header.
func readCSV(t *testing.T, text string) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("encoding/csv: %v\n%s", err, text)
	}
	return all
}

// listOf yields the rows, then the error if there is one.
func listOf[T any](err error, all ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			yield(*new(T), err)
		}
	}
}

// The headers are a promise to whoever reads the files by program.
func TestCSVHeaders(t *testing.T) {
	t.Parallel()
	for want, write := range map[string]func(io.Writer) error{
		"booking,learner,course,exam,state,end_reason,number,start,end,begun,unlocked,finished,presence,started,ended,late_minutes," +
			"id_checked,authenticated,submitted,incident,escalated,verdict,verdict_by_staff,report_read,needs_attention,grade\n": func(w io.Writer) error { return scheduling.WriteSessionsCSV(w, listOf[scheduling.SessionRow](nil)) },
		"name,username,email,mode,why,last_booking\n": func(w io.Writer) error { return scheduling.WriteNotBookedCSV(w, listOf[scheduling.NotBooked](nil)) },
		"kind,differs,booking,learner,state,number,start,their_number,their_start,their_canceled,their_started,their_ended\n": func(w io.Writer) error {
			return scheduling.WriteDiscrepanciesCSV(w, listOf[scheduling.Discrepancy](nil))
		},
		"at,event,actor,from,to,op,number,start,old_start,want,code,reason,by\n": func(w io.Writer) error { return scheduling.WriteTimelineCSV(w, listOf[scheduling.Moment](nil)) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil || out.String() != want {
			t.Errorf("header = %q, %v; want %q", out.String(), err, want)
		}
	}
}

// A booking that was sat, cell by cell.
func TestSessionsCSV(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sat(tainted)
	if _, err := w.OverrideOutcome(t.Context(), id, scheduling.VerdictPassed, byStaff); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer

	err := scheduling.WriteSessionsCSV(&out, w.Sessions(t.Context(), scheduling.SessionQuery{}))

	want := []string{
		string(id), "4211", "course-v1:ExampleX+CS101+2027", "block-v1:ExampleX+CS101+2027+type@sequential+block@final", "begun", "",
		string(w.booking(id).Number), "2027-01-11T09:00:00Z", "2027-01-11T10:30:00Z", "2027-01-11T09:00:00Z", "", "", "ended",
		"2027-01-11T09:00:00Z", "2027-01-11T10:00:00Z", "", "true", "true", "true", "true", "false", "passed", "true", "2027-01-11T10:00:00Z", "", "",
	}
	if all := readCSV(t, out.String()); err != nil || len(all) != 2 || !slices.Equal(all[1], want) {
		t.Errorf("row = %q, %v\nwant %q", all[1:], err, want)
	}
	if strings.Contains(out.String(), "Ada") || strings.Contains(out.String(), "@example") {
		t.Error("the file holds personal data")
	}
}

// Each of the proctor's columns has its own cell; where nothing was reported the
// cells are empty.
func TestSessionsCSVColumns(t *testing.T) {
	t.Parallel()
	columns := map[string]func(*scheduling.Facts){
		"id_checked":    func(f *scheduling.Facts) { f.CheckID = true },
		"authenticated": func(f *scheduling.Facts) { f.Authenticated = true },
		"submitted":     func(f *scheduling.Facts) { f.TestSubmitted = true },
		"incident":      func(f *scheduling.Facts) { f.Incident = true },
		"escalated":     func(f *scheduling.Facts) { f.Escalated = true },
	}
	for only, set := range columns {
		row := scheduling.SessionRow{Outcome: scheduling.Outcome{Reported: true}}
		set(&row.Outcome.Facts)
		var out bytes.Buffer
		if err := scheduling.WriteSessionsCSV(&out, listOf(nil, row, scheduling.SessionRow{})); err != nil {
			t.Fatal(err)
		}
		all := readCSV(t, out.String())
		for i, name := range all[0] {
			if _, fact := columns[name]; fact && (all[1][i] != fmt.Sprint(name == only) || all[2][i] != "") {
				t.Errorf("with %s alone, %s is %q; without a report %q", only, name, all[1][i], all[2][i])
			}
		}
	}
}

// Names come from people: accents stay, and none of them is a formula.
func TestCSVIsSafe(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Zoë Łukasz 李": "Zoë Łukasz 李", "": "", "O'Hara, \"Pat\"": "O'Hara, \"Pat\"", "a=1": "a=1", "two\nlines": "two\nlines",
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx", "\x00x": "'\x00x",
		"  =1+1": "'  =1+1", "\u200b=1": "'\u200b=1", "\ufeff=1": "'\ufeff=1", "＝1": "'＝1", "bad\xff": "bad\uFFFD", "\xff=1": "\uFFFD=1",
	} {
		var out bytes.Buffer
		row := scheduling.NotBooked{Account: scheduling.Account{Name: name, Username: "u", Email: "e"}, Mode: edx.Verified, Why: scheduling.NotBookedNever}
		if err := scheduling.WriteNotBookedCSV(&out, listOf(nil, row)); err != nil {
			t.Fatal(err)
		}
		if got := readCSV(t, out.String())[1][0]; got != want {
			t.Errorf("%q is written as %q, want %q", name, got, want)
		}
	}
}

// Whatever text goes in, the file has its cells, and none begins as a formula.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"", "=1", "\"", "a,b\r\n", "\r\r\n=", " -", "\\.", "\xff@", "\u2028=", "'="} {
		f.Add(s, "x", s)
	}
	f.Fuzz(func(t *testing.T, name, username, email string) {
		var out bytes.Buffer
		row := scheduling.NotBooked{Account: scheduling.Account{Name: name, Username: username, Email: email}}
		if err := scheduling.WriteNotBookedCSV(&out, listOf(nil, row, row)); err != nil {
			t.Fatal(err)
		}
		all := readCSV(t, out.String())
		if len(all) != 3 || len(all[1]) != 6 {
			t.Fatalf("%d lines of %d cells, want 3 of 6", len(all), len(all[1]))
		}
		for _, cell := range slices.Concat(all...) {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("cell %q begins as a formula", cell)
			}
		}
	})
}

// An error of the rows, or of the file, is the writer's error.
func TestCSVErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("half-way")
	var out bytes.Buffer
	err := scheduling.WriteNotBookedCSV(&out, listOf(broken, scheduling.NotBooked{Why: "never"}))
	if !errors.Is(err, broken) || len(readCSV(t, out.String())) != 2 {
		t.Errorf("error = %v after %q, want the rows' after a header and a line", err, out.String())
	}
	if err := scheduling.WriteNotBookedCSV(fullDisk{}, listOf[scheduling.NotBooked](nil)); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("error = %v, want the disk's", err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestCSVName(t *testing.T) {
	t.Parallel()
	key := scheduling.ExamKey{Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final")}
	got := scheduling.CSVName("not booked", key, time.Date(2027, 1, 11, 23, 30, 0, 0, time.FixedZone("", -3600)))
	if want := "not-booked_course-v1-ExampleX-CS101-2027_final_2027-01-12.csv"; got != want {
		t.Errorf("CSVName = %q, want %q", got, want)
	}
}

// manyBookings is a store that makes its bookings while it is read.
type manyBookings struct {
	scheduling.Store
	n    int
	like scheduling.Booking
}

func (m manyBookings) List(context.Context, scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	return func(yield func(scheduling.Booking, error) bool) {
		for i := range m.n {
			b := m.like
			b.ID, b.Learner = scheduling.BookingID(fmt.Sprintf("pb-testtest-%020d", i)), scheduling.LearnerID(fmt.Sprint(i))
			if !yield(b, nil) {
				return
			}
		}
	}
}

// heapWriter looks at the live heap every 2,000 lines or so.
type heapWriter struct {
	lines, looked int
	most          uint64
}

func (w *heapWriter) Write(p []byte) (int, error) {
	w.lines += bytes.Count(p, []byte("\n"))
	if w.lines-w.looked >= 2000 {
		w.looked, w.most = w.lines, max(w.most, liveHeap())
	}
	return len(p), nil
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// 100,000 bookings go into a file with at most 4 MiB alive beside what was there.
// It is not parallel, for the sake of the measurement.
func TestSessionsCSV_flatMemory(t *testing.T) {
	w := newWorld(t)
	w.store = manyBookings{Store: w.store, n: 100_000, like: w.booking(w.sat(clean))}
	w.restart()
	out := &heapWriter{}
	before := liveHeap()
	if err := scheduling.WriteSessionsCSV(out, w.Sessions(t.Context(), scheduling.SessionQuery{})); err != nil {
		t.Fatal(err)
	}
	grown := int64(out.most) - int64(before)
	t.Logf("%d lines, live heap grew by %.2f MiB at most", out.lines, float64(grown)/(1<<20))
	if out.lines != 100_001 || grown > 4<<20 {
		t.Errorf("%d lines, live heap grew by %d bytes; want 100001, and 4 MiB at most", out.lines, grown)
	}
}
