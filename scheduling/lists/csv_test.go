package lists_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
	"github.com/proctorbook/proctorbook/scheduling/platform"
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

// The headers are a promise to programs that read the files.
func TestCSVHeaders(t *testing.T) {
	t.Parallel()
	for want, write := range map[string]func(io.Writer) error{
		"booking,learner,course,exam,state,end_reason,number,start,end,begun,unlocked,finished,presence,started,ended,late_minutes," +
			"id_checked,authenticated,submitted,incident,escalated,verdict,verdict_by_staff,report_read,needs_attention,grade\n": func(w io.Writer) error { return lists.WriteSessionsCSV(w, listOf[lists.SessionRow](nil)) },
		"name,username,email,mode,why,last_booking\n": func(w io.Writer) error { return lists.WriteNotBookedCSV(w, listOf[lists.NotBookedRow](nil)) },
		"kind,differs,booking,learner,state,number,start,their_number,their_start,their_canceled,their_started,their_ended\n": func(w io.Writer) error {
			return lists.WriteDiscrepanciesCSV(w, listOf[lists.Discrepancy](nil))
		},
		"at,event,actor,from,to,op,number,start,old_start,want,code,reason,by\n": func(w io.Writer) error { return lists.WriteTimelineCSV(w, listOf[scheduling.Event](nil)) },
	} {
		var out bytes.Buffer
		want = `"` + strings.NewReplacer(",", `","`, "\n", "\"\n").Replace(want)
		if err := write(&out); err != nil || out.String() != want {
			t.Errorf("header = %q, %v; want %q", out.String(), err, want)
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
		row := lists.NotBookedRow{Account: platform.Account{Name: name, Username: "u", Email: "e"}, Mode: edx.Verified, Why: lists.NotBookedNever}
		if err := lists.WriteNotBookedCSV(&out, listOf(nil, row)); err != nil {
			t.Fatal(err)
		}
		if got := readCSV(t, out.String())[1][0]; got != want {
			t.Errorf("%q is written as %q, want %q", name, got, want)
		}
	}
}

// An error of the rows, or of the file, is the writer's error.
func TestCSVErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("half-way")
	var out bytes.Buffer
	err := lists.WriteNotBookedCSV(&out, listOf(broken, lists.NotBookedRow{Why: "never"}))
	if !errors.Is(err, broken) || len(readCSV(t, out.String())) != 2 {
		t.Errorf("error = %v after %q, want the rows' after a header and a line", err, out.String())
	}
	if err := lists.WriteNotBookedCSV(fullDisk{}, listOf[lists.NotBookedRow](nil)); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("error = %v, want the disk's", err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestCSVName(t *testing.T) {
	t.Parallel()
	key := scheduling.ExamKey{Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final")}
	got := lists.CSVName("not booked", key, time.Date(2027, 1, 11, 23, 30, 0, 0, time.FixedZone("", -3600)))
	if want := "not-booked_course-v1-ExampleX-CS101-2027_final_2027-01-12.csv"; got != want {
		t.Errorf("CSVName = %q, want %q", got, want)
	}
}
