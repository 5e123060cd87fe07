package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

type result struct {
	code           int
	stdout, stderr string
}

// consult runs the program in an environment.
func consult(ctx context.Context, env map[string]string, args ...string) result {
	var stdout, stderr strings.Builder
	code := run(ctx, args, func(name string) string { return env[name] }, &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// lines returns the first two words of each line that has them: what was looked
// at, and the answer.
func (r result) lines() map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(r.stdout) {
		if words := strings.Fields(line); len(words) > 1 && line[0] != ' ' {
			found[words[0]] = words[1]
		}
	}
	return found
}

func TestOffline(t *testing.T) {
	t.Parallel()
	r := consult(t.Context(), nil)
	found := r.lines()
	if r.code != command.Done || found["provider_access"] != "ok" || found["exam"] != "ok" || found["store_schema"] != "warning" || found["bulk_watch"] != "ok" || found["future_in_report"] != "no_rows" || r.stderr != "" {
		t.Errorf("doctor = %d, %q\n%s", r.code, r.stderr, r.stdout)
	}
	if strings.Contains(r.stdout, "Trying") {
		t.Errorf("doctor without -write tries something:\n%s", r.stdout)
	}
}

// The whole program reports what the fake plays.
func TestOfflineTrial(t *testing.T) {
	t.Parallel()
	r := consult(t.Context(), nil, "-write", "-play", "edit=refused", "-play", "school-notes=empty")
	found := r.lines()
	if r.code != command.Done || found["edit"] != "refused" || found["notes_in_report"] != "missing" || found["begin_lead"] != "15m0s" {
		t.Errorf("doctor -write = %d, %q\n%s", r.code, r.stderr, r.stdout)
	}
	for _, want := range []string{"Cleaned up", "provider.ProctorU{Client: client, EvidenceSource: provider.EvidenceCanceledList, MoveCall: true}", "hold as far as this shows: A, B, C, E; not: none"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("the output lacks %q:\n%s", want, r.stdout)
		}
	}
	if strings.Contains(r.stdout, "token=") {
		t.Errorf("the output has a launch URL:\n%s", r.stdout)
	}
}

func TestFailedChecks(t *testing.T) {
	t.Parallel()
	r := consult(t.Context(), nil, "-write", "-play", "time-sent-format=strict", "-play", "bad-key=http-401")
	if r.code != command.Done {
		t.Errorf("variants that change nothing here: doctor = %d, %q", r.code, r.stderr)
	}
	file := filepath.Join(t.TempDir(), "exam.json")
	write(t, file, strings.Replace(examJSON, `"Final exam"`, `""`, 1))
	r = consult(t.Context(), nil, "-write", "-exam", file)
	if r.code != command.Failed || r.lines()["exam"] != "failed" || !strings.Contains(r.stdout, "Exam.Name is empty") || strings.Contains(r.stdout, "Trying") {
		t.Errorf("doctor with a bad exam = %d, %q, want %d and no trial\n%s", r.code, r.stderr, command.Failed, r.stdout)
	}
}

const examJSON = `{"course": "course-v1:X+Y+Z", "usage": "block-v1:X+Y+Z+type@sequential+block@final", "name": "Final exam",
	"window": {"start": "2027-01-11T09:00", "end": "2027-01-15T18:00"}, "zone": "Europe/Paris", "duration": "1h30m"}`

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Services on loopback, with the system's clock, stand for the real ones.
func TestOnServices(t *testing.T) {
	t.Parallel()
	provider, platform := proctorutest.NewServer(), edxtest.NewServer()
	defer provider.Close()
	defer platform.Close()
	env := environment(provider.URL, provider.Token)
	env["EDX_URL"], env["EDX_CLIENT_ID"], env["EDX_CLIENT_SECRET"] = platform.URL, platform.ClientID, platform.ClientSecret

	r := consult(t.Context(), env)
	if r.code != command.Done || r.lines()["provider_access"] != "ok" || r.lines()["platform_enrollments"] != "skipped" {
		t.Errorf("doctor = %d, %q\n%s", r.code, r.stderr, r.stdout)
	}
	if n := provider.Counts().Requests; len(n) != 2 || n["getTimeZoneList"] != 1 || n["clientActivityReport"] != 3 {
		t.Errorf("doctor asked the provider %v, want for the time zones, and three times for the report", n)
	}

	env["PROCTORU_TOKEN"] = "0123456789abcdef"
	r = consult(t.Context(), env)
	if r.code != command.Failed || r.lines()["provider_access"] != "failed" || strings.Contains(r.stdout+r.stderr, "0123456789abcdef") {
		t.Errorf("doctor with a wrong token = %d, %q\n%s", r.code, r.stderr, r.stdout)
	}
}

func environment(url, token string) map[string]string {
	return map[string]string{
		"PROCTORU_URL": url, "PROCTORU_TOKEN": token,
		"EDX_URL": "https://lms.example.org", "EDX_CLIENT_ID": "id", "EDX_CLIENT_SECRET": "secret",
	}
}

// No trial in production, nor on an unknown host: nothing is sent there.
func TestWriteRefusesProduction(t *testing.T) {
	t.Parallel()
	for _, url := range []string{proctoru.ProductionURL, "https://proxy.example.org/api"} {
		r := consult(t.Context(), environment(url, "0123456789abcdef"), "-write")
		if r.code != command.WrongInput || !strings.Contains(r.stderr, "sandbox") || r.stdout != "" {
			t.Errorf("doctor -write on %s = %d, %q, %q; want %d", url, r.code, r.stderr, r.stdout, command.WrongInput)
		}
	}
}

func TestWrongInput(t *testing.T) {
	t.Parallel()
	services := environment(proctoru.SandboxURL, "0123456789abcdef")
	half := map[string]string{"PROCTORU_URL": proctoru.SandboxURL}
	for name, c := range map[string]struct {
		env  map[string]string
		args string
		want string
	}{
		"an argument":              {nil, "now", "flag"},
		"begin alone":              {nil, "-begin", "-write"},
		"hardly any wait":          {nil, "-write -wait 1s", "-wait"},
		"half of the environment":  {half, "", "EDX_URL"},
		"a fake's variant":         {services, "-play move=refused", "-play"},
		"a variant without a name": {nil, "-play refused", "variant=alternative"},
		"an unknown variant":       {nil, "-play tea=hot", "tea"},
		"no such file":             {nil, "-exam /no/such/file", "-exam"},
		"an unknown flag":          {nil, "-tea", "tea"},
	} {
		r := consult(t.Context(), c.env, strings.Fields(c.args)...)
		if r.code != command.WrongInput || !strings.Contains(r.stderr, c.want) {
			t.Errorf("%s: doctor = %d, %q; want %d and %q", name, r.code, r.stderr, command.WrongInput, c.want)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	r := consult(t.Context(), nil, "-h")
	if r.code != command.Done || !strings.Contains(r.stderr, "-write") || strings.Contains(r.stderr, "doctor:") {
		t.Errorf("doctor -h = %d, %q", r.code, r.stderr)
	}
}

// Interrupted before the trial, it makes none; the exit code tells.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := consult(ctx, nil, "-write"); r.code != command.Failed {
		t.Errorf("interrupted doctor = %d, %q", r.code, r.stderr)
	}
}
