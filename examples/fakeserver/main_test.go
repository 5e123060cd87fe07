package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func source(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The program is built, started, used and interrupted, with a request that hangs.
func TestTheProgram(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "fakeserver")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	cmd := exec.Command(program, "-proctoru", "127.0.0.1:0", "-edx", "127.0.0.1:0", "-fault", "hang:getTimeZoneList")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	defer func() {
		if !ended {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}()
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		t.Fatalf("no first line: %v %s", lines.Err(), &stderr)
	}
	var h hello
	if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
		t.Fatalf("the first line %q is not JSON: %v", lines.Text(), err)
	}
	go func() { // this one is never answered; it ends with the program
		req := newRequest(t, "GET", h.ProctorU.URL+"/getTimeZoneList", "", "")
		if resp, err := http.DefaultTransport.RoundTrip(req); err == nil {
			resp.Body.Close()
		}
	}()
	for must(t, "GET", h.ProctorU.Control+"counts")["requests"].(map[string]any)["getTimeZoneList"] == nil {
		time.Sleep(time.Millisecond)
	}
	req := newRequest(t, "GET", h.ProctorU.URL+"/getStudentReservationList?student_id="+h.ProctorU.Students[1], "", "")
	req.Header.Set("Authorization-Token", h.ProctorU.Token)
	if _, members := fetch(t, req); members["response_code"] != 1.0 || len(members["data"].([]any)) != 1 {
		t.Errorf("list = %v, want the sample reservation", members)
	}

	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if lines.Scan() {
		t.Errorf("a second line: %q", lines.Text())
	}
	err = cmd.Wait()
	ended = true

	if err != nil || stderr.String() != "" {
		t.Errorf("the program ended with %v and said %q, want exit code 0 and nothing", err, &stderr)
	}
}

func TestWrongInput(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-proctoru", ""}, exitInput, "nothing to serve"},
		{[]string{"-proctoru", "", "-edx", "127.0.0.1:0", "-edx-variant", "nonsense=on"}, exitInput, `no variant "nonsense"`},
		{[]string{"-edx-exams", "127.0.0.1:0"}, exitInput, "-edx-exams needs -edx"},
		{[]string{"nonsense"}, exitInput, `unexpected argument "nonsense"`},
		{[]string{"-nonsense"}, exitInput, "not defined: -nonsense"},
		{[]string{"-variant", "move"}, exitInput, "want name=alternative"},
		{[]string{"-fault", "late:addAdHocProcess:x"}, exitInput, `"x" is not a number`},
		{[]string{"-proctoru", "127.0.0.1:0", "-variant", "move=never"}, exitInput, `no alternative "never"`},
		{[]string{"-proctoru", "127.0.0.1:0", "-fault", "late:nowhere"}, exitInput, `no endpoint "nowhere"`},
		{[]string{"-proctoru", "", "-edx", "127.0.0.1:0", "-edx-fault", ""}, exitInput, `no fault ""`},
		{[]string{"-proctoru", "256.0.0.1:0"}, exitFailed, "listen"},
	} {
		var stdout, stderr strings.Builder
		code := run(t.Context(), tt.args, &stdout, &stderr)
		if code != tt.code || !strings.Contains(stderr.String(), tt.want) || stdout.String() != "" {
			t.Errorf("%q: exit code %d, stderr %q, stdout %q; want %d with %q and nothing", tt.args, code, &stderr, &stdout, tt.code, tt.want)
		}
	}
}
