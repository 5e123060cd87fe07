package proctorbooktest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// errLeft is the cause of contexts that end.
var errLeft = errors.New("the user left")

func TestManualClockSleepLastsUntilTheClockIsThere(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(c *proctorbooktest.ManualClock, d time.Duration){
		"Advance": func(c *proctorbooktest.ManualClock, d time.Duration) { c.Advance(d) },
		"Set":     func(c *proctorbooktest.ManualClock, d time.Duration) { c.Set(c.Now().Add(d)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				clock := proctorbooktest.NewManualClock(monday)
				woken := false
				go func() {
					if err := clock.Sleep(t.Context(), time.Hour); err != nil {
						t.Errorf("Sleep = %v, want nil", err)
					}
					woken = true
				}()
				synctest.Wait()
				move(clock, time.Hour-1)
				synctest.Wait()
				if woken {
					t.Error("woken a nanosecond too early")
				}
				move(clock, 1)
				synctest.Wait()
				if !woken || !clock.Now().Equal(monday.Add(time.Hour)) {
					t.Errorf("woken = %v at %v, want true after an hour", woken, clock.Now())
				}
			})
		})
	}
}

func TestManualClockThatIsSetBackSleepsLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := proctorbooktest.NewManualClock(monday)
		woken := false
		go func() { woken = clock.Sleep(t.Context(), time.Hour) == nil }()
		synctest.Wait()
		clock.Set(monday.Add(-time.Hour))
		clock.Advance(time.Hour)
		synctest.Wait()
		if woken {
			t.Error("woken an hour too early")
		}
		clock.Advance(time.Hour)
		synctest.Wait()
		if !woken {
			t.Error("still asleep")
		}
	})
}

func TestManualClockSleepEndsWithTheContext(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewManualClock(monday)
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error)
	go func() { ended <- clock.Sleep(ctx, time.Hour) }()
	if err := clock.BlockUntil(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	cancel(errLeft)

	if err := <-ended; !errors.Is(err, errLeft) {
		t.Errorf("Sleep = %v, want %v", err, errLeft)
	}
	if due := clock.Sleepers(); len(due) != 0 {
		t.Errorf("sleepers = %v, want none", due)
	}
	if err := clock.Sleep(ctx, 0); !errors.Is(err, errLeft) {
		t.Errorf("Sleep with an ended context = %v, want %v", err, errLeft)
	}
	if err := clock.Sleep(t.Context(), -time.Second); err != nil {
		t.Errorf("Sleep of less than nothing = %v, want nil", err)
	}
}

func TestManualClockBlockUntilWaitsForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := proctorbooktest.NewManualClock(monday)
		there := false
		go func() { there = clock.BlockUntil(t.Context(), 3) == nil }()
		for i := range 3 {
			synctest.Wait()
			if there {
				t.Errorf("BlockUntil(3) returned with %d asleep", i)
			}
			go clock.Sleep(t.Context(), time.Duration(3-i)*time.Hour)
		}
		synctest.Wait()
		if !there {
			t.Error("BlockUntil(3) still waits with 3 asleep")
		}
		if due, want := clock.Sleepers(), []time.Time{monday.Add(time.Hour), monday.Add(2 * time.Hour), monday.Add(3 * time.Hour)}; !slices.Equal(due, want) {
			t.Errorf("Sleepers = %v, want %v", due, want)
		}
		clock.Advance(2 * time.Hour)
		if due := clock.Sleepers(); len(due) != 1 {
			t.Errorf("%d asleep after two hours, want 1", len(due))
		}
	})
}

func TestManualClockBlockUntilEndsWithTheContext(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewManualClock(monday)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errLeft)
	if err := clock.BlockUntil(ctx, 1); !errors.Is(err, errLeft) {
		t.Errorf("BlockUntil = %v, want %v", err, errLeft)
	}
	if err := clock.AdvanceTo(ctx, monday.Add(time.Hour), 1); !errors.Is(err, errLeft) || !clock.Now().Equal(monday) {
		t.Errorf("AdvanceTo = %v at %v, want %v, and the clock where it was", err, clock.Now(), errLeft)
	}
}

// Whoever was woken does not count as asleep, so that no round is missed however the
// goroutines are scheduled.
func TestManualClockKeepsStepWithManyWorkers(t *testing.T) {
	t.Parallel()
	const workers, rounds = 8, 200
	clock := proctorbooktest.NewManualClock(monday)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	done := make([]int, workers)
	for i := range workers {
		wg.Go(func() {
			for clock.Sleep(ctx, time.Minute) == nil {
				done[i]++
			}
		})
	}
	for round := range rounds {
		if err := clock.BlockUntil(ctx, workers); err != nil {
			t.Fatal(err)
		}
		for i, n := range done {
			if n != round {
				t.Fatalf("worker %d has done %d rounds, want %d", i, n, round)
			}
		}
		clock.Advance(time.Minute)
	}
	cancel()
	wg.Wait()
}

func TestManualClockAdvanceToGoesStepByStep(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewManualClock(monday)
	var seen []string
	go func() {
		for i := 1; clock.Sleep(t.Context(), time.Duration(i)*time.Minute) == nil; i++ {
			seen = append(seen, clock.Now().Format("15:04"))
		}
	}()
	for _, step := range []struct {
		to   time.Time
		want string
	}{
		{monday.Add(4 * time.Minute), "[09:01 09:03]"},
		{monday.Add(10 * time.Minute), "[09:01 09:03 09:06 09:10]"}, // what is due then, too
		{monday.Add(time.Minute), "[09:01 09:03 09:06 09:10]"},
		{monday.Add(14*time.Minute + 59*time.Second), "[09:01 09:03 09:06 09:10]"},
	} {
		before := clock.Now()
		if err := clock.AdvanceTo(t.Context(), step.to, 1); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(seen); got != step.want {
			t.Errorf("until %v: rounds at %s, want %s", step.to, got, step.want)
		}
		if want := later(before, step.to); !clock.Now().Equal(want) {
			t.Errorf("the clock stands at %v, want %v", clock.Now(), want)
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// A program's own worker runs beside the test, and its time stands still while the
// test books: the exam's window is where it was.
func TestManualClockDrivesAScheduler(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewManualClock(monday)
	proctors, lms := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock)), edxtest.NewUnstartedServer(edxtest.WithClock(clock))
	s := newScheduler(t, clock, proctors, lms)
	ctx, cancel := context.WithCancelCause(t.Context())
	ran := make(chan error)
	go func() { ran <- s.Run(ctx, time.Minute) }()
	if err := clock.BlockUntil(ctx, 1); err != nil {
		t.Fatal(err)
	}
	learner, err := s.Learner(ctx, "ada_l")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveProfile(ctx, learner.ID, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"}); err != nil {
		t.Fatal(err)
	}
	exam := scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2030"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2030+type@sequential+block@final"),
		Name: "Final exam", Window: scheduling.Window{Start: monday, End: monday.AddDate(0, 0, 5)}, Zone: time.UTC, Duration: time.Hour,
	}
	booking, err := s.Book(ctx, exam, learner.ID, monday.AddDate(0, 0, 3))
	if err != nil || !clock.Now().Equal(monday) {
		t.Fatalf("Book = %v at %v, want nil at %v", err, clock.Now(), monday)
	}
	if err := proctors.ProviderCancels(proctors.Reservations()[0].Number); err != nil {
		t.Fatal(err)
	}

	if err := clock.AdvanceTo(ctx, monday.AddDate(0, 0, 2), 1); err != nil {
		t.Fatal(err)
	}

	if got, err := s.Booking(ctx, booking.ID); err != nil || got.State != scheduling.StateCanceled {
		t.Errorf("after two days the booking is %v, %v; want canceled, as the worker has seen", got.State, err)
	}
	cancel(errLeft)
	if err := <-ran; !errors.Is(err, errLeft) {
		t.Errorf("Run = %v, want %v", err, errLeft)
	}
}

// newScheduler books at the fakes, in process, for ada_l, who is enrolled.
func newScheduler(t *testing.T, clock *proctorbooktest.ManualClock, proctors *proctorutest.Server, lms *edxtest.Server) *scheduling.Scheduler {
	t.Helper()
	return newSchedulerOn(t, memstore.New(), clock, proctors, lms)
}

func newSchedulerOn(t *testing.T, store scheduling.Store, clock *proctorbooktest.ManualClock, proctors *proctorutest.Server, lms *edxtest.Server) *scheduling.Scheduler {
	t.Helper()
	const course = "course-v1:ExampleX+CS101+2030"
	lms.AddCourse(edxtest.Course{Key: course, Name: "Logic"})
	lms.AddUser(edxtest.User{Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", TimeZone: "Europe/Paris"})
	lms.Enroll("ada_l", course, "verified", true)
	proctor, err := proctoru.NewClient(proctors.URL, proctors.Token, proctoru.WithClock(clock), proctoru.WithTransport(proctorbooktest.InProcess(proctors)))
	if err != nil {
		t.Fatal(err)
	}
	campus, err := edx.NewClient(lms.URL, edx.WithClientCredentials(lms.ClientID, lms.ClientSecret), edx.WithClock(clock), edx.WithTransport(proctorbooktest.InProcess(lms)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: campus}, store, scheduling.WithClock(clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("32 random bytes out of the vault")}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// While a sweep is at work the clock stands still, although the lease of the job is kept
// by a sleep meanwhile.
func TestManualClockWaitsForServe(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewManualClock(monday)
	proctors, lms := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock)), edxtest.NewUnstartedServer(edxtest.WithClock(clock))
	store := &slowJobs{Store: memstore.New(), clock: clock}
	s := newSchedulerOn(t, store, clock, proctors, lms)
	ctx, cancel := context.WithCancelCause(t.Context())
	ran := make(chan error)
	go func() { ran <- s.Serve(ctx, scheduling.ServeOptions{}) }()
	if err := clock.AdvanceTo(ctx, monday.Add(3*time.Hour), 3); err != nil {
		t.Fatal(err)
	}
	cancel(errLeft)
	<-ran
	if store.passes < 3 || store.moved > 0 {
		t.Errorf("%d sweeps in 3 hours, the clock moved during them by %v; want one an hour, and 0", store.passes, store.moved)
	}
}

// slowJobs is a store whose sweeps take real time.
type slowJobs struct {
	*memstore.Store
	clock  *proctorbooktest.ManualClock
	passes int
	moved  time.Duration
}

func (s *slowJobs) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	if !f.WatchedAt.IsZero() {
		began := s.clock.Now()
		time.Sleep(20 * time.Millisecond)
		s.passes++
		s.moved += s.clock.Now().Sub(began)
	}
	return s.Store.List(ctx, f)
}

func TestManualClockSleepAside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := proctorbooktest.NewManualClock(monday)
		woken := make(chan error, 1)
		go func() { woken <- clock.SleepAside(t.Context(), time.Minute) }()
		synctest.Wait()
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errLeft)
		if err := clock.BlockUntil(ctx, 1); !errors.Is(err, errLeft) || len(clock.Sleepers()) != 0 {
			t.Errorf("BlockUntil = %v with sleepers %v; want that nobody counts", err, clock.Sleepers())
		}
		if err := clock.SleepAside(ctx, time.Minute); !errors.Is(err, errLeft) {
			t.Errorf("SleepAside = %v, want %v", err, errLeft)
		}
		clock.Advance(time.Minute)
		if err := <-woken; err != nil {
			t.Errorf("SleepAside = %v, want nil", err)
		}
	})
}
