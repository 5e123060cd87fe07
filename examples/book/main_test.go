package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/examples/internal/commandtest"
	"github.com/proctorbook/proctorbook/examples/internal/offline"
)

var update = flag.Bool("update", false, "write testdata/offline.txt anew")

// result is how a run of the program ended.
type result struct {
	code           int
	stdout, stderr string
}

// play runs the program offline.
func play(t *testing.T, args ...string) result {
	t.Helper()
	noEnv := func(string) string { return "" }
	var stdout, stderr commandtest.Output
	code := run(t.Context(), args, noEnv, strings.NewReader(""), &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// lines decodes the program's JSON output.
func (r result) lines(t *testing.T) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(r.stdout) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("line %q is not JSON: %v", line, err)
		}
		all = append(all, object)
	}
	return all
}

// file writes a file for the program to read.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// each returns one member of all lines.
func each(lines []map[string]any, member string) []string {
	var values []string
	for _, line := range lines {
		text, _ := line[member].(string)
		values = append(values, text)
	}
	return values
}

func wantSlice(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s = %q, want %q", what, got, want)
	}
}

var allSteps = []string{"status", "slots", "book", "reschedule", "begin", "unlock", "finish", "report", "cancel", "summary"}

func TestTextIsWhatTheDocsShow(t *testing.T) {
	t.Parallel()
	r := play(t)
	if r.code != command.Done || r.stderr != "" {
		t.Fatalf("exit code %d, stderr %q; want 0 and nothing", r.code, r.stderr)
	}
	got := regexp.MustCompile(`pb-[0-9a-z]{8}-[0-9a-z]{20}`).ReplaceAllString(r.stdout, "pb-ID")
	const golden = "testdata/offline.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the program printed\n%s\nwant\n%s", got, want)
	}
}

func TestWholeLifeUnderEachFault(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		wantFaults float64  // at least
		wantProofs []string // of book, reschedule and cancel
	}{
		"":              {0, []string{"answer", "answer", "answer"}},
		"lose-answer":   {3, []string{"list", "list", "list_and_report"}},
		"provider-down": {1, []string{"answer", "answer", "answer"}}, // the second create was answered
		"crash":         {1, []string{"list", "answer", "answer"}},
	}
	for fault, tt := range tests {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			r := play(t, "-format", "json", "-fault", fault)
			if r.code != command.Done {
				t.Fatalf("exit code %d, stderr %q; want 0", r.code, r.stderr)
			}
			lines := r.lines(t)
			wantSlice(t, "steps", each(lines, "step"), allSteps)
			wantSlice(t, "states", each(lines, "state"), []string{
				"none", "none", "scheduled", "scheduled", "begun", "unlocked", "finished", "finished", "canceled", ""})
			if len(lines) != len(allSteps) {
				t.FailNow()
			}
			proofs := each([]map[string]any{lines[2], lines[3], lines[8]}, "proof")
			wantSlice(t, "proofs", proofs, tt.wantProofs)
			checkSummary(t, lines[9], fault, tt.wantFaults)
			if got := lines[7]["verdict"]; got != "passed" {
				t.Errorf("verdict = %v, want passed", got)
			}
		})
	}
}

// checkSummary looks at what the fake provider counted: one reservation for each
// of the two learners, whatever went wrong.
func checkSummary(t *testing.T, summary map[string]any, fault string, atLeast float64) {
	t.Helper()
	for member, want := range map[string]float64{"creates_seen": 2, "reservations_made": 2, "most_active_at_once": 1} {
		if got := summary[member]; got != want {
			t.Errorf("%s = %v, want %v", member, got, want)
		}
	}
	faults, _ := summary["faults"].(map[string]any)
	if fault == "" && len(faults) > 0 {
		t.Errorf("faults = %v, want none", faults)
	}
	if played, _ := faults[fault].(float64); played < atLeast {
		t.Errorf("faults = %v, want %s at least %v times", faults, fault, atLeast)
	}
}

func TestFaultsAreTold(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"lose-answer": {
			"the outcome is open: the reserve of booking pb-", "the outcome is open: the move of booking pb-",
			"the outcome is open: the cancel of booking pb-", "the provider's list has one reservation under that id",
			"is scheduled, reservation 900000501", "Faults played: lose-answer 3.",
		},
		"provider-down": {"the outcome is open: the reserve", "Reconcile found out after 5m", "Faults played: provider-down"},
		"crash": {
			"the process dies before the answer comes", "is pending, a reserve is open",
			"Reconcile works on 0 bookings: the dead process has the booking until 09:02:00 CET",
			"Reconcile found out after 2m0s", "Faults played: crash 1.",
		},
	}
	for fault, want := range tests {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			got := play(t, "-fault", fault).stdout
			for _, text := range want {
				if !strings.Contains(got, text) {
					t.Errorf("output lacks %q:\n%s", text, got)
				}
			}
		})
	}
}

// otherExam differs from the sample where the program must not rely on it: the
// window is short and in another zone, the code goes by the notes, and Begin is
// allowed earlier than the provider allows it.
const otherExam = `{
	"course": "course-v1:Uni+Law+2026_T4", "usage": "block-v1:Uni+Law+2026_T4+type@sequential+block@oral", "name": "Oral exam",
	"window": {"start": "2026-10-25T23:00:00Z", "end": "2026-10-26T01:00:00Z"}, "zone": "Asia/Kolkata",
	"duration": "45m", "modes": ["honor"], "code_via": "notes", "policy": {"notice": "48h", "move_until": "24h", "start_lead": "2h"}
}`

func TestOtherExamAndLearner(t *testing.T) {
	t.Parallel()
	r := play(t, "-format", "json", "-exam", file(t, otherExam), "-learner", "grace_h")
	if r.code != command.Done {
		t.Fatalf("exit code %d, stderr %q; want 0", r.code, r.stderr)
	}
	lines := r.lines(t)
	wantSlice(t, "steps", each(lines, "step"), allSteps)
	wantSlice(t, "learners", each(lines, "learner"), append(slices.Repeat([]string{"4002"}, 8), "4001", ""))
	starts := each(lines, "start")
	wantSlice(t, "starts of book and reschedule", starts[2:4], []string{"2026-10-25T23:00:00Z", "2026-10-26T00:15:00Z"})
}

func TestLearnerWhoMayNotBook(t *testing.T) {
	t.Parallel()
	r := play(t, "-format", "json", "-learner", "alan_t")
	if r.code != command.Failed || !strings.Contains(r.stderr, "mode_not_allowed") {
		t.Errorf("exit code %d, stderr %q; want 1 and the reason mode_not_allowed", r.code, r.stderr)
	}
	wantSlice(t, "steps", each(r.lines(t), "step"), []string{"status"})
}

func TestWrongInput(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want string
	}{
		"no such file":       {[]string{"-exam", "testdata/none.json"}, "-exam: open testdata/none.json"},
		"not JSON":           {[]string{"-exam", file(t, "{")}, "-exam: "},
		"unknown member":     {[]string{"-exam", file(t, `{"corse": "x"}`)}, "corse is unknown"},
		"wrong exam":         {[]string{"-exam", file(t, strings.Replace(otherExam, `"45m"`, `"3h"`, 1))}, "Exam.Duration is longer than the window"},
		"unknown learner":    {[]string{"-learner", "nobody"}, "-learner: the platform has no account of that name"},
		"wrong profile":      {[]string{"-profile", file(t, `{"given_name": "Ada"}`)}, "-profile: scheduling: Profile.FamilyName is empty"},
		"profile no JSON":    {[]string{"-profile", file(t, `{"phone": "+33100000000"`)}, "-profile: the file is not JSON"},
		"profile's typo":     {[]string{"-profile", file(t, `{"givenname": "Ada"}`)}, `unknown field "givenname"`},
		"two profiles":       {[]string{"-profile", file(t, `{} {}`)}, "more than one JSON value"},
		"unknown format":     {[]string{"-format", "xml"}, "-format must be text or json"},
		"unknown fault":      {[]string{"-fault", "fire"}, "-fault must be one of lose-answer, provider-down, crash"},
		"then without env":   {[]string{"-then", "cancel"}, "-then and -yes are for real services"},
		"unknown then":       {[]string{"-then", "begin"}, "-then must be cancel"},
		"unknown flag":       {[]string{"-colour"}, "flag provided but not defined"},
		"argument":           {[]string{"exam.json"}, "unexpected argument"},
		"patience below one": {[]string{"-patience", "-1s"}, "-patience must be positive"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := play(t, tt.args...)
			if r.code != command.WrongInput || !strings.Contains(r.stderr, tt.want) {
				t.Errorf("exit code %d, stderr %q; want 2 and %q", r.code, r.stderr, tt.want)
			}
			if r.stdout != "" {
				t.Errorf("stdout = %q, want nothing", r.stdout)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	r := play(t, "-h")
	if r.code != command.Done || !strings.Contains(r.stderr, "-fault") {
		t.Errorf("exit code %d, stderr %q; want 0 and the flags", r.code, r.stderr)
	}
}

// TestNothingSecretOrPersonal looks for what must never be printed: tokens of
// launch URLs and of the API, unlock codes, and the learners' data.
func TestNothingSecretOrPersonal(t *testing.T) {
	t.Parallel()
	people, err := readSamples()
	if err != nil {
		t.Fatal(err)
	}
	forbidden := []*regexp.Regexp{
		regexp.MustCompile(`token=`),
		regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-`),
		regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{10}\b`), // ten of Crockford's base32
		regexp.MustCompile(`@example`), regexp.MustCompile(`\+[0-9]{2}`),
	}
	for _, p := range people {
		forbidden = append(forbidden, regexp.MustCompile(p.Profile.GivenName+"|"+p.Profile.FamilyName+"|"+p.Username))
	}
	for _, fault := range append([]string{""}, offline.Faults...) {
		for _, format := range []string{"text", "json"} {
			t.Run(format+" "+fault, func(t *testing.T) {
				t.Parallel()
				r := play(t, "-format", format, "-fault", fault)
				for _, f := range forbidden {
					if found := f.FindString(r.stdout + r.stderr); found != "" {
						t.Errorf("output holds %q, which %s forbids", found, f)
					}
				}
			})
		}
	}
}
