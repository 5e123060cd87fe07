package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/examples/internal/commandtest"
)

// play runs the program without real services.
func play(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs commandtest.Output
	code = run(t.Context(), args, func(string) string { return "" }, &out, &errs)
	return code, out.String(), errs.String()
}

// nobody is what no output may hold: the learner, and what is secret on a real service.
var nobody = regexp.MustCompile(`(?i)\bada\b|ada_l|example\.org|\+33|no secret|0Rrf7|Bearer|JWT`)

// A sitting ends verified, whatever goes wrong on the way: with one reservation at a time,
// and open only after the code.
func TestEachFault(t *testing.T) {
	t.Parallel()
	steps := []string{"publish", "set_up", "identify", "book", "begin", "unlock", "start", "submit", "report", "summary"}
	for fault, also := range map[string][]string{
		"": nil, "lose-answer": {"open"}, "provider-down": {"down", "open", "up"}, "crash": {"crash"}, "lms-down": {"down", "up"},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := play(t, "-format", "json", "-fault", fault)
			if code != command.Done || stderr != "" {
				t.Fatalf("exit code %d, stderr %q; want 0 and nothing:\n%s", code, stderr, stdout)
			}
			seen := map[string]int{}
			var order []string
			var last summary
			for text := range strings.Lines(stdout) {
				last = summary{}
				if err := json.Unmarshal([]byte(text), &last); err != nil {
					t.Fatalf("line %q is not JSON: %v", text, err)
				}
				if seen[last.Step]++; slices.Contains(steps, last.Step) {
					order = append(order, last.Step)
				}
			}
			if !slices.Equal(order, steps) {
				t.Errorf("steps = %q, want %q", order, steps)
			}
			if last.Attempt != "verified" || last.MostActiveAtOnce != 1 || last.OpenedBeforeCode != 0 || last.Callbacks.Ready < 1 || last.Callbacks.Reviewed < 1 {
				t.Errorf("summary = %+v, want a verified attempt with one reservation at once, opened after the code", last)
			}
			for _, step := range also {
				if seen[step] == 0 {
					t.Errorf("nothing tells that the fault was played: no step %s in\n%s", step, stdout)
				}
			}
			if fault == crash && seen["crash"] != 3 || fault == lmsDown && seen["down"] != 3 {
				t.Errorf("the fault was played %d and %d times, want 3", seen["crash"], seen["down"])
			}
			if found := nobody.FindString(stdout); found != "" {
				t.Errorf("the output holds %q", found)
			}
		})
	}
}

// The last line is what other programs read.
func TestSummaryToTheLetter(t *testing.T) {
	t.Parallel()
	_, stdout, _ := play(t, "-format", "json")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	const want = `{"step":"summary","attempt":"verified","most_active_at_once":1,"opened_before_code":0,"callbacks":{"ready":1,"reviewed":1}}`
	if got := lines[len(lines)-1]; got != want {
		t.Errorf("last line = %s\nwant        %s", got, want)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := play(t)
	if code != command.Done || stderr != "" {
		t.Fatalf("exit code %d, stderr %q; want 0 and nothing", code, stderr)
	}
	for _, want := range []string{
		"the LMS asks: POST /api/v1/exam/{exam}/attempt/, answered 200", "the LMS asks: PATCH /api/v1/exam/{exam}/attempt/{attempt}/ submitted, answered 200",
		"the LMS is told: ready, answered 200", "the LMS is told: reviewed, answered 200", "The attempt is verified.", "Callbacks: ready 1, reviewed 1.",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the output lacks %q:\n%s", want, stdout)
		}
	}
	if found := nobody.FindString(stdout); found != "" {
		t.Errorf("the output holds %q", found)
	}
}

// served runs a service until the end of the test, and returns its first line.
func served(t *testing.T, env map[string]string, args ...string) (h hello) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	var stderr commandtest.Output
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append(args, "-addr", "127.0.0.1:0"), func(name string) string { return env[name] }, write, &stderr)
		write.Close()
	}()
	t.Cleanup(func() {
		stop() // as Ctrl-C does
		if code := <-ended; code != command.Done {
			t.Errorf("exit code %d, stderr %q; want 0", code, &stderr)
		}
		if found := nobody.FindString(stderr.String()); found != "" {
			t.Errorf("the log holds %q", found)
		}
	})
	first, err := bufio.NewReader(read).ReadString('\n')
	if err == nil {
		err = json.Unmarshal([]byte(first), &h)
	}
	if err != nil {
		t.Fatalf("the first line is %q: %v; stderr %q", first, err, &stderr)
	}
	return h
}

// signIn asks for a token as an LMS does, and returns the status of the answer.
func signIn(t *testing.T, h hello, secret string) int {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {h.ClientID}, "client_secret": {secret}, "token_type": {"jwt"}}
	resp, err := http.PostForm(h.BaseURL+"/oauth2/access_token", form)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestServe(t *testing.T) {
	t.Parallel()
	h := served(t, nil, "-serve")
	if got := signIn(t, h, h.ClientSecret); got != http.StatusOK {
		t.Errorf("the LMS signs in: %d, want 200", got)
	}
	if got := signIn(t, h, "another one"); got != http.StatusUnauthorized {
		t.Errorf("somebody else signs in: %d, want 401", got)
	}
	resp, err := http.Get(h.BaseURL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if page, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "Learners come here") {
		t.Errorf("a browser without a link sees %d %q", resp.StatusCode, page)
	}
}

// stopping is an output that stops the program at a step.
type stopping struct {
	commandtest.Output
	at   string
	stop context.CancelFunc
}

func (s *stopping) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(s.at)) {
		s.stop()
	}
	return s.Output.Write(b)
}

// Ctrl-C ends the sitting wherever it is.
func TestStopped(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"publish", "book", "unlock", "told"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			stdout := &stopping{at: `"step":"` + step + `"`, stop: stop}
			var stderr commandtest.Output
			code := run(ctx, []string{"-format", "json"}, func(string) string { return "" }, stdout, &stderr)
			if code != command.Failed || stderr.String() != "lmsprovider: context canceled\n" || strings.Contains(stdout.String(), "summary") {
				t.Errorf("exit code %d, stderr %q; want 1, and that it was stopped", code, &stderr)
			}
		})
	}
}

// file writes a file for the program to read.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "exams.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWrongInput(t *testing.T) {
	t.Parallel()
	real := map[string]string{}
	for _, name := range variables {
		real[name] = "http://127.0.0.1:1/no-secret-of-32-characters"
	}
	const good = `[{"zone": "Europe/Paris", "window": {"start": "2027-01-11T08:00:00Z"}}]`
	tests := map[string]struct {
		env  map[string]string
		args []string
		want string
	}{
		"unknown format":      {nil, []string{"-format", "xml"}, "-format must be text or json"},
		"unknown fault":       {nil, []string{"-fault", "fire"}, "-fault must be one of lose-answer, provider-down, lms-down, crash"},
		"fault while serving": {nil, []string{"-fault", "crash", "-serve"}, "-fault is for the sitting on fakes"},
		"fault, for real":     {real, []string{"-fault", "crash", "-exams", "x"}, "-fault is for the sitting on fakes"},
		"argument":            {nil, []string{"serve"}, "unexpected argument"},
		"check of fakes":      {nil, []string{"-check"}, "are for the real services"},
		"variables missing":   {map[string]string{"EDX_URL": "x"}, nil, "set PROCTORU_URL, PROCTORU_TOKEN, EDX_CLIENT_ID"},
		"no exams":            {real, nil, "needs -exams FILE"},
		"tie of nobody":       {real, []string{"-exams", "x", "-tie", "ada", "-by", "me"}, "-tie must be USER=USERNAME"},
		"tie by nobody":       {real, []string{"-exams", "x", "-tie", "a=b"}, "-by NAME goes with -tie and with -resolve"},
		"by of nothing":       {real, []string{"-exams", "x", "-by", "me"}, "-by NAME goes with -tie and with -resolve"},
		"why of nothing":      {real, []string{"-exams", "x", "-check", "-why", "so"}, "-why TEXT goes with -resolve"},
		"two at once":         {real, []string{"-exams", "x", "-check", "-explain", "pb-1"}, "one at a time"},
		"resolve, no why":     {real, []string{"-exams", "x", "-resolve", "pb-1=gone", "-by", "me"}, "-why TEXT goes with -resolve"},
		"no decision":         {real, []string{"-exams", "x", "-resolve", "pb-1", "-by", "me", "-why", "so"}, "-resolve must be BOOKING=DECISION"},
		"odd decision":        {real, []string{"-exams", "x", "-resolve", "pb-1=burn", "-by", "me", "-why", "so"}, "-resolve must be BOOKING=DECISION"},
		"gone with a number":  {real, []string{"-exams", "x", "-resolve", "pb-1=gone,1,2", "-by", "me", "-why", "so"}, "-resolve must be BOOKING=DECISION"},
		"stands without one":  {real, []string{"-exams", "x", "-resolve", "pb-1=stands", "-by", "me", "-why", "so"}, "-resolve must be BOOKING=DECISION"},
		"stands at any time":  {real, []string{"-exams", "x", "-resolve", "pb-1=stands,1,noon", "-by", "me", "-why", "so"}, "the start must look like"},
		"no file":             {real, []string{"-exams", "testdata/none.json"}, "-exams: open testdata/none.json"},
		"no zone":             {real, []string{"-exams", file(t, `[{"window": {"start": "2027-01-11T08:00:00Z"}}]`)}, "object 1: zone must be an IANA name"},
		"no window":           {real, []string{"-exams", file(t, `[{"zone": "UTC"}]`)}, "object 1: window.start is missing"},
		"twice the same":      {real, []string{"-exams", file(t, strings.Replace(good, "}}]", "}}, "+good[1:], 1))}, "object 2: another one is for the same exams"},
		"a typo":              {real, []string{"-exams", file(t, `[{"zonne": "UTC"}]`)}, `unknown field "zonne"`},
		"a short unlock key":  {with(real, "UNLOCK_KEY", "short"), []string{"-exams", file(t, good), "-db", filepath.Join(t.TempDir(), "x.db")}, "UnlockKey"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr commandtest.Output
			code := run(t.Context(), tt.args, func(name string) string { return tt.env[name] }, &stdout, &stderr)
			if code != command.WrongInput || !strings.Contains(stderr.String(), tt.want) {
				t.Errorf("exit code %d, stderr %q; want 2 and %q", code, &stderr, tt.want)
			}
		})
	}
}

// with returns the variables with another value for one.
func with(env map[string]string, name, value string) map[string]string {
	changed := map[string]string{name: value}
	for n, v := range env {
		if n != name {
			changed[n] = v
		}
	}
	return changed
}

func TestHelp(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := play(t, "-h")
	if code != command.Done || stdout != "" || !strings.Contains(stderr, "usage: lmsprovider") || !strings.Contains(stderr, "-addr") {
		t.Errorf("exit code %d, stdout %q, stderr %q; want the usage", code, stdout, stderr)
	}
}
