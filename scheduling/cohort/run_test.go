package cohort_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/cohort"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

func TestRunStops(t *testing.T) {
	w := newWorld(t, scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}))
	rows := w.rows(60)
	wantStopped := func(results []cohort.Result, cause error) {
		t.Helper()
		for _, r := range results {
			stopped, ok := errors.AsType[*cohort.StoppedError](r.Err)
			if ok != (r.Code == cohort.CodeNotTried) {
				t.Errorf("row %d is %s with %v", r.Index, r.Code, r.Err)
			} else if ok && !(errors.Is(stopped, proctorbook.ErrNotDone) && errors.Is(stopped, cause)) {
				t.Errorf("row %d: %v, want ErrNotDone and %v", r.Index, r.Err, cause)
			}
		}
	}

	t.Run("when too many rows in a row go wrong", func(t *testing.T) {
		for _, r := range rows {
			w.provider.BlockSlot(r.Start)
		}
		results := inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, cohort.Options{Parallel: 1, MaxFailures: 5}))
		wantCodes(t, results, map[string]int{"refused overlap": 5, "not_tried": 55})
		wantStopped(results, proctoru.ErrOverlap)
	})
	t.Run("at the error budget, before the provider locks the token", func(t *testing.T) {
		w.did(w.provider.Play(proctorutest.VariantErrorCounterScope, "never-reset"))
		results := inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, cohort.Options{Parallel: 1, MaxFailures: 1000}))
		counts := codes(results)
		if counts["pending"] != 1 || counts["refused overlap"] < 20 || counts["not_tried"] < 10 || len(counts) != 3 {
			t.Errorf("codes = %v, want refusals, then one row that met the budget, then rows not tried", counts)
		}
		wantStopped(results, proctoru.ErrErrorBudget)
		for _, r := range rows {
			w.provider.FreeSlot(r.Start)
		}
		w.provider.ResetErrors()
		w.pass() // the client's probes open the guard, and the open row is carried on
		wantCodes(t, inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, oneAtATime)), map[string]int{"done": 60})
	})
	t.Run("when its context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tried := 0
		for r := range cohort.Reschedule(ctx, w.Scheduler, w.exam.Key(), rows, oneAtATime) {
			if r.Code != cohort.CodeNotTried {
				tried++
			} else if !errors.Is(r.Err, context.Canceled) {
				t.Errorf("row %d: %v, want context.Canceled", r.Index, r.Err)
			}
			cancel()
		}
		if tried > 2 {
			t.Errorf("%d rows were tried after the context had ended", tried)
		}
	})
	t.Run("when the caller has seen enough", func(t *testing.T) {
		before := w.provider.Counts().Removals
		for range cohort.Cancel(t.Context(), w.Scheduler, w.exam.Key(), rows, scheduling.Request{}, cohort.Options{}) {
			break
		}
		w.clock.Advance(time.Minute)
		if n := w.provider.Counts().Removals - before; n < 1 || n > 5 {
			t.Errorf("%d reservations were canceled, want the first and at most the four under way", n)
		}
	})
	t.Run("never, at rows that are wrong by themselves", func(t *testing.T) {
		late := make([]cohort.Row, 30)
		for i := range late {
			late[i] = cohort.Row{Learner: scheduling.LearnerID(fmt.Sprint("x", i)), Start: w.exam.Window.End}
		}
		results := inOrder(t, late, cohort.Book(t.Context(), w.Scheduler, w.exam, late, cohort.Options{MaxFailures: 1}))
		wantCodes(t, results, map[string]int{"refused outside_window": 30})
	})
	t.Run("at once, with options that mean nothing", func(t *testing.T) {
		results := inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, cohort.Options{Parallel: -1}))
		wantCodes(t, results, map[string]int{"refused invalid_request": 60})
	})
}

// A platform that is down is no refusal: the row fails, and the cohort stops soon.
func TestRunStopsWhenThePlatformIsDown(t *testing.T) {
	w := newWorld(t)
	rows := w.rows(30)
	w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	results := inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, oneAtATime))
	wantCodes(t, results, map[string]int{"failed platform_unavailable": 10, "not_tried": 20})
	w.platform.ClearFaults()
	wantCodes(t, inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, oneAtATime)), map[string]int{"done": 30})
}

// mortal is a process that dies at some operation: from then on nothing that it
// does reaches the store, the provider or the platform. What it did in that
// operation may have happened.
type mortal struct {
	scheduling.Store
	next http.RoundTripper
	left *atomic.Int64
}

var errProcessDied = errors.New("the process is dead")

func (m mortal) alive() error {
	if m.left.Add(-1) < 0 {
		return errProcessDied
	}
	return nil
}

func (m mortal) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if err := m.alive(); err != nil {
		return scheduling.Booking{}, err
	}
	row, err := m.Store.Create(ctx, b, events...)
	return row, errors.Join(err, m.alive())
}

func (m mortal) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if err := m.alive(); err != nil {
		return scheduling.Booking{}, err
	}
	row, err := m.Store.Update(ctx, b, events...)
	if dead := m.alive(); dead != nil {
		return scheduling.Booking{}, dead
	}
	return row, err
}

func (m mortal) Get(ctx context.Context, id scheduling.BookingID) (scheduling.Booking, error) {
	if m.left.Load() <= 0 {
		return scheduling.Booking{}, errProcessDied
	}
	return m.Store.Get(ctx, id)
}

func (m mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := m.alive(); err != nil {
		return nil, err
	}
	answer, err := m.next.RoundTrip(r)
	if dead := m.alive(); dead != nil {
		return nil, dead
	}
	return answer, err
}

// dying starts a process on the world's store that dies after so many writes and requests.
func (w *world) dying(after int64) *scheduling.Scheduler {
	w.t.Helper()
	var left atomic.Int64
	left.Store(after)
	return w.start(mortal{Store: w.store, left: &left}, func(next http.RoundTripper) http.RoundTripper { return mortal{next: next, left: &left} })
}

// wantAllBooked wants that after another run, and some minutes of Reconcile, each
// learner has exactly the reservation of the row.
func (w *world) wantAllBooked(rows []cohort.Row) {
	w.t.Helper()
	w.restart()
	inOrder(w.t, rows, cohort.Book(w.t.Context(), w.Scheduler, w.exam, rows, cohort.Options{}))
	for range 6 {
		w.clock.Advance(70 * time.Second)
		if _, err := w.Reconcile(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
	wantCodes(w.t, inOrder(w.t, rows, cohort.Book(w.t.Context(), w.Scheduler, w.exam, rows, cohort.Options{})), map[string]int{"done": len(rows)})
	counts := w.provider.Counts()
	if counts.ActiveNow != len(rows) || counts.ReservationsMade != len(rows) || counts.MostActiveAtOnce != 1 {
		w.t.Fatalf("%d active reservations, %d ever made, %d at once of one learner; want %d, %d and 1",
			counts.ActiveNow, counts.ReservationsMade, counts.MostActiveAtOnce, len(rows), len(rows))
	}
}

// A small cohort dies at every write and every request that it makes, one after
// the other, and goes on where it stopped.
func TestRunKilledAnywhereBooksEachOnce(t *testing.T) {
	died := 0
	for at := int64(0); ; at++ {
		w := newWorld(t)
		rows := w.rows(4)
		results := inOrder(t, rows, cohort.Book(t.Context(), w.dying(at), w.exam, rows, oneAtATime))
		w.wantAllBooked(rows)
		if codes(results)["done"] == len(rows) {
			break
		}
		died++
	}
	if died < 30 {
		t.Errorf("the cohort died at %d places only", died)
	}
	t.Logf("died at %d places", died)
}

// A thousand learners are booked by processes that die again and again.
func TestRunOfThousandKilledAtRandomBooksEachOnce(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 100
	}
	w := newWorld(t)
	rows := w.rows(n)
	random := rand.New(rand.NewPCG(2027, 1))
	deaths := 0
	for {
		results := inOrder(t, rows, cohort.Book(t.Context(), w.dying(1+random.Int64N(int64(n))), w.exam, rows, cohort.Options{}))
		left := len(rows) - codes(results)["done"] - codes(results)["pending"]
		if left == 0 {
			break
		}
		deaths++
		w.clock.Advance(time.Second)
	}
	if deaths < 5 {
		t.Errorf("only %d deaths", deaths)
	}
	t.Logf("%d deaths", deaths)
	w.wantAllBooked(rows)
}

// slow answers after a while, as a service on the other side of a network does.
type slow struct {
	next http.RoundTripper
	by   time.Duration
}

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(s.by)
	return s.next.RoundTrip(r)
}

// The provider's limit rules the time that a run takes: ten requests at once, then
// two a second, however long each answer takes.
func TestRunKeepsTheLimitersPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		today := time.Now().UTC().Truncate(24 * time.Hour)
		w := &world{t: t, store: memstore.New(), exam: examFrom(today.AddDate(0, 0, 4))}
		w.provider, w.platform = proctorutest.NewUnstartedServer(), edxtest.NewUnstartedServer()
		w.platform.AddCourse(edxtest.Course{Key: w.exam.Course.String(), Name: "Logic", Start: today, End: today.AddDate(1, 0, 0)})
		proctor, err := proctoru.NewClient(w.provider.URL, w.provider.Token, proctoru.WithTransport(slow{proctorbooktest.InProcess(w.provider), 700 * time.Millisecond}))
		w.did(err)
		lms, err := edx.NewClient(w.platform.URL, edx.WithClientCredentials(w.platform.ClientID, w.platform.ClientSecret),
			edx.WithTransport(slow{proctorbooktest.InProcess(w.platform), 100 * time.Millisecond}), edx.WithLimiter(freely{}))
		w.did(err)
		w.Scheduler, err = scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, w.store, scheduling.WithUnlockKeys(key))
		w.did(err)
		rows := w.rows(n)

		began := time.Now()
		results := inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, cohort.Options{}))
		took := time.Since(began)
		wantCodes(t, results, map[string]int{"done": n})
		ideal := (n - 10) * 500 * time.Millisecond
		if took > ideal*105/100 || took < ideal {
			t.Errorf("took %s of virtual time, want %s and at most 5 %% more", took, ideal)
		}
		t.Logf("%d bookings took %s, ideal is %s", n, took, ideal)
	})
}

// mine is a store that panics at one learner.
type mine struct {
	scheduling.Store
	learner scheduling.LearnerID
}

func (s mine) Learner(ctx context.Context, id scheduling.LearnerID, version int64) (scheduling.Learner, error) {
	if id == s.learner {
		panic("no record of Ada Example")
	}
	return s.Store.Learner(ctx, id, version)
}

// A row whose work panics is one that failed, and the others go on.
func TestPanicOfOneRow(t *testing.T) {
	w := newWorld(t)
	rows := w.rows(5)
	s := w.start(mine{w.store, rows[2].Learner}, func(next http.RoundTripper) http.RoundTripper { return next })

	results := inOrder(t, rows, cohort.Book(t.Context(), s, w.exam, rows, cohort.Options{Parallel: 2}))

	wantCodes(t, results, map[string]int{"done": 4, "failed": 1})
	p, ok := errors.AsType[*scheduling.PanicError](results[2].Err)
	if !ok || !strings.Contains(p.Stack, "mine.Learner") || strings.Contains(results[2].Err.Error(), "Ada") {
		t.Errorf("row 2: %v, want a PanicError with its stack that quotes nothing", results[2].Err)
	}
}
