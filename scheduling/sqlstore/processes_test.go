package sqlstore_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// clickers is how many goroutines of each process book at once.
const clickers = 64

// rush is what the processes of TestManyProcesses are told.
type rush struct {
	medium               medium
	dsn                  string
	provider, token      string
	platform, id, secret string
	start                time.Time
}

// freely is a limiter that lets everybody through.
type freely struct{}

func (freely) Wait(context.Context) error { return nil }

// scheduler returns a Scheduler as each process has it.
func (r rush) scheduler(t *testing.T, db *sql.DB) *scheduling.Scheduler {
	t.Helper()
	proctor, err := proctoru.NewClient(r.provider, r.token, proctoru.WithLimiter(freely{}))
	if err != nil {
		t.Fatal(err)
	}
	lms, err := edx.NewClient(r.platform, edx.WithClientCredentials(r.id, r.secret), edx.WithLimiter(freely{}))
	if err != nil {
		t.Fatal(err)
	}
	key := scheduling.UnlockKey{ID: "k", Secret: []byte("0123456789abcdef0123456789abcdef")}
	s, err := scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, r.medium.on(t, db), scheduling.WithUnlockKeys(key))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (r rush) exam() scheduling.Exam {
	exam := sample("", "").Exam
	exam.Window = scheduling.Window{Start: r.start.AddDate(0, 0, -10), End: r.start.AddDate(0, 0, 10)}
	return exam
}

// Two processes, in each of which 64 people click at once, on one database: one
// reservation comes of it.
func TestManyProcesses(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, db := m.migrated(t)
		proctor, lms := proctorutest.NewServer(), edxtest.NewServer()
		t.Cleanup(proctor.Close)
		t.Cleanup(lms.Close)
		start := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 14)
		lms.AddCourse(edxtest.Course{Key: "course-v1:Uni+MATH+2027", Name: "Mathematics"})
		lms.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", TimeZone: "Europe/Paris"})
		lms.Enroll("ada_l", "course-v1:Uni+MATH+2027", "verified", true)
		r := rush{m, dsn, proctor.URL, proctor.Token, lms.URL, lms.ClientID, lms.ClientSecret, start}
		s := r.scheduler(t, db)
		learner, err := s.Learner(t.Context(), "ada_l")
		if err == nil {
			err = s.SaveProfile(t.Context(), learner.ID, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"})
		}
		if err != nil {
			t.Fatal(err)
		}

		lines := r.processes(t, 2)

		ids := map[string]int{}
		for _, line := range lines {
			outcome, id, _ := strings.Cut(line, " ")
			ids[id]++
			if outcome == "error" {
				t.Errorf("Book error = %s, want none, or *PendingError", id)
			}
		}
		if len(lines) != 2*clickers || len(ids) != 1 {
			t.Errorf("%d calls of Book ended with the bookings %v, want %d with one", len(lines), ids, 2*clickers)
		}
		active := 0
		for _, reservation := range proctor.Reservations() {
			if reservation.Active {
				active++
			}
		}
		if active != 1 {
			t.Errorf("the provider has %d active reservations, want 1", active)
		}
		status, err := s.Status(t.Context(), r.exam(), learner.ID)
		if err != nil || status.State != scheduling.StateScheduled {
			t.Errorf("Status = %v, error %v; want scheduled", status.State, err)
		}
	})
}

// processes starts n processes, lets them book at once, and returns what their calls came to.
func (r rush) processes(t *testing.T, n int) []string {
	t.Helper()
	var lines []string
	var mu sync.Mutex
	var ready, all sync.WaitGroup
	var gates []io.Closer
	ready.Add(n)
	for range n {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcess$", "-test.count=1")
		cmd.Env = append(os.Environ(), childEnv+"="+strings.Join([]string{
			r.medium.name, r.dsn, r.provider, r.token, r.platform, r.id, r.secret, r.start.Format(time.RFC3339),
		}, "\n"))
		gate, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		output, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		gates = append(gates, gate)
		all.Go(func() {
			once := sync.OnceFunc(ready.Done)
			defer once()
			for in := bufio.NewScanner(output); in.Scan(); {
				switch line, ours := strings.CutPrefix(in.Text(), "> "); {
				case in.Text() == "ready":
					once()
				case ours:
					mu.Lock()
					lines = append(lines, line)
					mu.Unlock()
				}
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("a process ended with %v", err)
			}
		})
	}
	ready.Wait()
	for _, gate := range gates {
		_ = gate.Close()
	}
	all.Wait()
	return lines
}

// TestProcess is one of the processes of TestManyProcesses, and does nothing else.
func TestProcess(t *testing.T) {
	told := strings.Split(os.Getenv(childEnv), "\n")
	if len(told) != 8 {
		t.Skip("only for TestManyProcesses")
	}
	start, err := time.Parse(time.RFC3339, told[7])
	if err != nil {
		t.Fatal(err)
	}
	r := rush{dsn: told[1], provider: told[2], token: told[3], platform: told[4], id: told[5], secret: told[6], start: start}
	for _, m := range media {
		if m.name == told[0] {
			r.medium = m
		}
	}
	s := r.scheduler(t, r.medium.connect(t, r.dsn))
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	var all sync.WaitGroup
	for range clickers {
		all.Go(func() {
			b, err := s.Book(context.Background(), r.exam(), "4211", r.start)
			pending, isPending := errors.AsType[*scheduling.PendingError](err)
			switch {
			case err == nil:
				fmt.Println("> booked", b.ID)
			case isPending:
				fmt.Println("> pending", pending.BookingID)
			default:
				fmt.Println("> error", err)
			}
		})
	}
	all.Wait()
}
