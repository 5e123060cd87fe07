package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// playOffline keeps the fakes in this process, and lets another one book, so
// that the one that books can be killed while the provider remembers.
func playOffline(ctx context.Context, c *config, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp("", "cohort-")
	if err != nil {
		return err
	}
	f := newFakes()
	defer f.close()
	if err := f.makeCohort(dir, c.n); err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d learners, on fakes of both services; files in %s\n", c.n, dir)
	start := func() *exec.Cmd {
		child := exec.CommandContext(ctx, program, "-exam", "exam.json", "-learners", "learners.csv")
		child.Dir, child.Env, child.Stdout, child.Stderr = dir, append(os.Environ(), f.environment()...), stdout, stderr
		return child
	}
	if c.kill {
		if err := f.killHalfWay(start(), c.n); err != nil {
			return err
		}
		fmt.Fprintf(stdout, "killed after %d reservations; once more:\n", f.provider.Counts().ReservationsMade)
	}
	err = start().Run()
	counts := f.provider.Counts()
	fmt.Fprintf(stdout, "at the provider: %d reservations made, %d active, at most %d at once of one learner\n",
		counts.ReservationsMade, counts.ActiveNow, counts.MostActiveAtOnce)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == command.Unfinished {
		return errRest
	}
	return err
}

// fakes are both services on loopback.
type fakes struct {
	provider *proctorutest.Server
	platform *edxtest.Server
}

func newFakes() *fakes {
	return &fakes{proctorutest.NewServer(), edxtest.NewServer()}
}

func (f *fakes) close() {
	f.provider.Close()
	f.platform.Close()
}

// environment tells the program where the fakes are.
func (f *fakes) environment() []string {
	return []string{
		"COHORT_FAKES=yes", "PROCTORU_URL=" + f.provider.URL, "PROCTORU_TOKEN=" + f.provider.Token, "EDX_URL=" + f.platform.URL,
		"EDX_CLIENT_ID=" + f.platform.ClientID, "EDX_CLIENT_SECRET=" + f.platform.ClientSecret, "UNLOCK_KEY=" + strings.Repeat("no secret ", 4),
	}
}

// killHalfWay starts the program and kills it once half of the cohort is booked.
func (f *fakes) killHalfWay(program *exec.Cmd, n int) error {
	if err := program.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- program.Wait() }()
	for f.provider.Counts().ReservationsMade < (n+1)/2 {
		select {
		case err := <-ended:
			return fmt.Errorf("it ended before it could be killed: %w", err)
		case <-time.After(time.Millisecond):
		}
	}
	if err := program.Process.Kill(); err != nil {
		return err
	}
	<-ended
	return nil
}

// makeCohort writes an exam of next week and its learners, all enrolled.
func (f *fakes) makeCohort(dir string, n int) error {
	const course = "course-v1:ExampleX+CS101+2027"
	f.platform.AddCourse(edxtest.Course{Key: course, Name: "Logic"})
	monday := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 7)
	exam, err := json.MarshalIndent(scheduling.Exam{
		Course: edx.MustCourseKey(course), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		Name: "Final exam", Window: scheduling.Window{Start: monday, End: monday.AddDate(0, 0, 5)}, Zone: time.UTC, Duration: 90 * time.Minute,
	}, "", "  ")
	if err != nil {
		return err
	}
	var learners strings.Builder
	learners.WriteString("username,start,given_name,family_name,phone,country\n")
	for i := range n {
		name := fmt.Sprintf("learner_%05d", i)
		f.platform.AddUser(edxtest.User{ID: int64(10_000 + i), Username: name, Name: "Ada Example", Email: name + "@example.org", TimeZone: "Europe/Paris"})
		f.platform.Enroll(name, course, "verified", true)
		start := monday.Add(8*time.Hour + time.Duration(i%16)*30*time.Minute)
		fmt.Fprintf(&learners, "%s,%s,Ada,Example %d,+33100000000,FR\n", name, start.Format(time.RFC3339), i)
	}
	return errors.Join(os.WriteFile(filepath.Join(dir, "exam.json"), exam, 0o600),
		os.WriteFile(filepath.Join(dir, "learners.csv"), []byte(learners.String()), 0o600))
}
