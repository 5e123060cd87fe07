package scheduling_test

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
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// cohort enrolls n learners beside ada_l, and gives each a start of the window.
func (w *world) cohort(n int) []scheduling.CohortRow {
	w.t.Helper()
	rows := make([]scheduling.CohortRow, n)
	for i := range rows {
		id := w.enroll(fmt.Sprintf("learner_%04d", i), int64(10_000+i))
		rows[i] = scheduling.CohortRow{Learner: id, Start: nine.Add(time.Duration(i%16) * 30 * time.Minute)}
	}
	return rows
}

// inOrder collects the results in the order of the rows, and wants one for each.
func inOrder(t *testing.T, rows []scheduling.CohortRow, results func(func(scheduling.CohortResult) bool)) []scheduling.CohortResult {
	t.Helper()
	all, seen := make([]scheduling.CohortResult, len(rows)), 0
	for r := range results {
		if all[r.Index].Code != "" || r.Row != rows[r.Index] {
			t.Errorf("row %d: a second result, or one of another row: %+v", r.Index, r)
		}
		all[r.Index] = r
		seen++
	}
	if seen != len(rows) {
		t.Errorf("%d results for %d rows", seen, len(rows))
	}
	return all
}

// codes says how often each code, with its reason, comes up.
func codes(results []scheduling.CohortResult) map[string]int {
	counts := map[string]int{}
	for _, r := range results {
		counts[strings.TrimSpace(string(r.Code)+" "+string(r.Reason))]++
	}
	return counts
}

func wantCodes(t *testing.T, results []scheduling.CohortResult, want map[string]int) {
	t.Helper()
	if got := codes(results); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("codes = %v, want %v", got, want)
		for _, r := range results {
			if r.Err != nil {
				t.Logf("row %d: %v", r.Index, r.Err)
			}
		}
	}
}

// oneAtATime makes a run the same every time.
var oneAtATime = scheduling.CohortOptions{Parallel: 1}

// A row may go wrong in many ways that are known beforehand. The dry run finds
// them without a word to the provider, and the real run says the same.
func TestBookCohortSaysBeforehandWhatItWillRefuse(t *testing.T) {
	w := newWorld(t)
	there := w.booked(nine) // ada_l
	rows := []scheduling.CohortRow{
		{Learner: w.enroll("ready", 1), Start: ten},
		{Learner: w.learner, Start: nine},
		{Learner: w.enroll("too_late", 2), Start: w.exam.Window.End},
		{Learner: w.enroll("fraction", 3), Start: ten.Add(time.Millisecond)},
		{Learner: "unknown", Start: ten},
		{Learner: w.enroll("left", 4), Start: ten},
		{Learner: w.enroll("elsewhere", 5), Start: ten},
		{Start: ten},
	}
	w.platform.Enroll("left", w.exam.Course.String(), "verified", false)
	if _, err := w.Book(t.Context(), w.exam, rows[6].Learner, noon); err != nil {
		t.Fatal(err)
	}
	rows = append(rows, scheduling.CohortRow{Learner: rows[0].Learner, Start: noon}) // once more
	want := map[string]int{
		"done": 1, "refused outside_window": 2, "refused invalid_request": 1, "refused profile_incomplete": 2,
		"refused enrollment_inactive": 1, "refused already_booked": 1,
	}

	before := w.provider.Counts().Requests
	dry := inOrder(t, rows, w.BookCohort(t.Context(), w.exam, rows, scheduling.CohortOptions{DryRun: true}))
	want["ready"] = 1
	wantCodes(t, dry, want)
	if after := w.provider.Counts().Requests; fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the dry run asked the provider: %v, before it %v", after, before)
	}
	if dry[1].Booking.ID != there.ID {
		t.Errorf("the row that is done names booking %s, want %s", dry[1].Booking.ID, there.ID)
	}

	run := inOrder(t, rows, w.BookCohort(t.Context(), w.exam, rows, oneAtATime))
	delete(want, "ready")
	want["done"] = 2
	wantCodes(t, run, want)
	w.wantAgreement(run[0].Booking.ID)
	for i, r := range run {
		if i > 0 && (r.Code != dry[i].Code || r.Reason != dry[i].Reason) {
			t.Errorf("row %d: %s %s, the dry run had said %s %s", i, r.Code, r.Reason, dry[i].Code, dry[i].Reason)
		}
		if r.Code == scheduling.RowRefused && !errors.Is(r.Err, proctorbook.ErrNotDone) {
			t.Errorf("row %d is refused by %v, want an error that is ErrNotDone", i, r.Err)
		}
	}
}

func TestCohortBooksMovesAndCancels(t *testing.T) {
	w := newWorld(t)
	rows := w.cohort(20)
	key := w.exam.Key()
	later := make([]scheduling.CohortRow, len(rows))
	for i, r := range rows {
		later[i] = scheduling.CohortRow{Learner: r.Learner, Start: r.Start.AddDate(0, 0, 1)}
	}
	cancel := scheduling.Request{Reason: "moved to the summer term", By: "exam office"}
	all := map[string]int{"done": 20}
	dry := scheduling.CohortOptions{DryRun: true}
	steps := []struct {
		name     string
		run      func(scheduling.CohortOptions) []scheduling.CohortResult
		endpoint string
		active   int
	}{
		{"book", func(o scheduling.CohortOptions) []scheduling.CohortResult {
			return inOrder(t, rows, w.BookCohort(t.Context(), w.exam, rows, o))
		}, "addAdHocProcess", 20},
		{"move", func(o scheduling.CohortOptions) []scheduling.CohortResult {
			return inOrder(t, later, w.MoveCohort(t.Context(), key, later, o))
		}, "addAdHocProcess", 20},
		{"cancel", func(o scheduling.CohortOptions) []scheduling.CohortResult {
			return inOrder(t, rows, w.CancelCohort(t.Context(), key, rows, cancel, o))
		}, "removeReservation", 0},
	}
	for _, step := range steps {
		sent := func() int { return w.provider.Counts().Requests[step.endpoint] }
		before := sent()
		wantCodes(t, step.run(dry), map[string]int{"ready": 20})
		if sent() != before {
			t.Errorf("%s: the dry run sent %d requests", step.name, sent()-before)
		}
		wantCodes(t, step.run(scheduling.CohortOptions{}), all)
		if sent() != before+20 || w.provider.Counts().ActiveNow != step.active {
			t.Errorf("%s: %d requests, and %d active reservations; want 20 and %d", step.name, sent()-before, w.provider.Counts().ActiveNow, step.active)
		}
		wantCodes(t, step.run(dry), all)
		wantCodes(t, step.run(scheduling.CohortOptions{}), all) // again: nothing is left to do
		if sent() != before+20 {
			t.Errorf("%s: the second run sent %d requests", step.name, sent()-before-20)
		}
	}
	gone := inOrder(t, later, w.MoveCohort(t.Context(), key, later, scheduling.CohortOptions{}))
	wantCodes(t, gone, map[string]int{"refused booking_ended": 20})
	never := []scheduling.CohortRow{{Learner: w.learner, Start: nine}}
	wantCodes(t, inOrder(t, never, w.CancelCohort(t.Context(), key, never, cancel, oneAtATime)), map[string]int{"refused no_booking": 1})
}

// Nobody knows yet what became of a row whose answer was lost. It is pending,
// and no other row suffers; once Reconcile has looked it is done.
func TestCohortKeepsOpenOutcomesApart(t *testing.T) {
	w := newWorld(t, scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}))
	rows := w.cohort(5)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	results := inOrder(t, rows, w.BookCohort(t.Context(), w.exam, rows, oneAtATime))
	wantCodes(t, results, map[string]int{"done": 4, "pending": 1})
	open := w.pendingID(results[0].Err)
	wantCodes(t, inOrder(t, rows[:1], w.BookCohort(t.Context(), w.exam, rows[:1], scheduling.CohortOptions{DryRun: true})), map[string]int{"pending": 1})
	w.pass()
	w.wantAgreement(open)
	wantCodes(t, inOrder(t, rows, w.BookCohort(t.Context(), w.exam, rows, oneAtATime)), map[string]int{"done": 5})
	if made := w.provider.Counts().ReservationsMade; made != 5 {
		t.Errorf("%d reservations were made, want 5", made)
	}
}

func TestCohortStops(t *testing.T) {
	w := newWorld(t, scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}))
	rows := w.cohort(60)
	wantStopped := func(results []scheduling.CohortResult, cause error) {
		t.Helper()
		for _, r := range results {
			stopped, ok := errors.AsType[*scheduling.StoppedError](r.Err)
			if ok != (r.Code == scheduling.RowNotTried) {
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
		results := inOrder(t, rows, w.BookCohort(t.Context(), w.exam, rows, scheduling.CohortOptions{Parallel: 1, MaxFailures: 5}))
		wantCodes(t, results, map[string]int{"refused overlap": 5, "not_tried": 55})
		wantStopped(results, proctoru.ErrOverlap)
	})
	t.Run("at the error budget, before the provider locks the token", func(t *testing.T) {
		w.play(proctorutest.VariantErrorCounterScope, "never-reset")
		results := inOrder(t, rows, w.BookCohort(t.Context(), w.exam, rows, scheduling.CohortOptions{Parallel: 1, MaxFailures: 1000}))
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
		wantCodes(t, inOrder(t, rows, w.BookCohort(t.Context(), w.exam, rows, oneAtATime)), map[string]int{"done": 60})
	})
	t.Run("when its context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tried := 0
		for r := range w.MoveCohort(ctx, w.exam.Key(), rows, oneAtATime) {
			if r.Code != scheduling.RowNotTried {
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
		for range w.CancelCohort(t.Context(), w.exam.Key(), rows, scheduling.Request{}, scheduling.CohortOptions{}) {
			break
		}
		w.clock.Advance(time.Minute)
		if n := w.provider.Counts().Removals - before; n < 1 || n > 5 {
			t.Errorf("%d reservations were canceled, want the first and at most the four under way", n)
		}
	})
	t.Run("never, at rows that are wrong by themselves", func(t *testing.T) {
		late := make([]scheduling.CohortRow, 30)
		for i := range late {
			late[i] = scheduling.CohortRow{Learner: scheduling.LearnerID(fmt.Sprint("x", i)), Start: w.exam.Window.End}
		}
		results := inOrder(t, late, w.BookCohort(t.Context(), w.exam, late, scheduling.CohortOptions{MaxFailures: 1}))
		wantCodes(t, results, map[string]int{"refused outside_window": 30})
	})
	t.Run("at once, with options that mean nothing", func(t *testing.T) {
		results := inOrder(t, rows, w.BookCohort(t.Context(), w.exam, rows, scheduling.CohortOptions{Parallel: -1}))
		wantCodes(t, results, map[string]int{"refused invalid_request": 60})
	})
}

// A platform that is down is no refusal: the row fails, and the cohort stops soon.
func TestCohortStopsWhenThePlatformIsDown(t *testing.T) {
	w := newWorld(t)
	rows := w.cohort(30)
	w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	results := inOrder(t, rows, w.BookCohort(t.Context(), w.exam, rows, oneAtATime))
	wantCodes(t, results, map[string]int{"failed platform_unavailable": 10, "not_tried": 20})
	w.platform.ClearFaults()
	wantCodes(t, inOrder(t, rows, w.BookCohort(t.Context(), w.exam, rows, oneAtATime)), map[string]int{"done": 30})
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
	living := *w
	living.store = mortal{Store: w.store, left: &left}
	living.log = &logBuffer{}
	living.connectThrough(func(next http.RoundTripper) http.RoundTripper { return mortal{next: next, left: &left} })
	return living.replica()
}

// wantAllBooked wants that after another run, and some minutes of Reconcile, each
// learner has exactly the reservation of the row.
func (w *world) wantAllBooked(rows []scheduling.CohortRow) {
	w.t.Helper()
	w.restart()
	inOrder(w.t, rows, w.BookCohort(w.t.Context(), w.exam, rows, scheduling.CohortOptions{}))
	for range 6 {
		w.clock.Advance(70 * time.Second)
		if _, err := w.Reconcile(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
	wantCodes(w.t, inOrder(w.t, rows, w.BookCohort(w.t.Context(), w.exam, rows, scheduling.CohortOptions{})), map[string]int{"done": len(rows)})
	counts := w.provider.Counts()
	if counts.ActiveNow != len(rows) || counts.ReservationsMade != len(rows) || counts.MostActiveAtOnce != 1 {
		w.t.Fatalf("%d active reservations, %d ever made, %d at once of one learner; want %d, %d and 1",
			counts.ActiveNow, counts.ReservationsMade, counts.MostActiveAtOnce, len(rows), len(rows))
	}
}

// A small cohort dies at every write and every request that it makes, one after
// the other, and goes on where it stopped.
func TestCohortKilledAnywhereBooksEachOnce(t *testing.T) {
	died := 0
	for at := int64(0); ; at++ {
		w := newWorld(t)
		rows := w.cohort(4)
		results := inOrder(t, rows, w.dying(at).BookCohort(t.Context(), w.exam, rows, oneAtATime))
		w.wantAllBooked(rows)
		if codes(results)["done"] == len(rows) {
			break
		}
		died++
	}
	if died < 40 {
		t.Errorf("the cohort died at %d places only", died)
	}
	t.Logf("died at %d places", died)
}

// A thousand learners are booked by processes that die again and again.
func TestCohortOfThousandKilledAtRandomBooksEachOnce(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 100
	}
	w := newWorld(t)
	rows := w.cohort(n)
	random := rand.New(rand.NewPCG(2027, 1))
	deaths := 0
	for {
		results := inOrder(t, rows, w.dying(1+random.Int64N(int64(n))).BookCohort(t.Context(), w.exam, rows, scheduling.CohortOptions{}))
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

type bubbleClock struct{}

func (bubbleClock) Now() time.Time { return time.Now() }

// The provider's limit rules the time that a cohort takes: ten requests at once,
// then two a second, however long each answer takes.
func TestCohortKeepsTheLimitersPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		w := &world{t: t, log: &logBuffer{}, store: memstore.New()}
		w.provider, w.platform = proctorutest.NewUnstartedServer(proctorutest.WithClock(bubbleClock{})), edxtest.NewUnstartedServer(edxtest.WithClock(bubbleClock{}))
		today := time.Now().UTC().Truncate(24 * time.Hour)
		w.platform.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+CS101+2027", Name: "Logic", Start: today, End: today.AddDate(1, 0, 0)})
		var err error
		w.client, err = proctoru.NewClient(proctorbooktest.InProcessURL, w.provider.Token, proctoru.WithTransport(slow{proctorbooktest.InProcess(w.provider), 700 * time.Millisecond}))
		if err != nil {
			t.Fatal(err)
		}
		w.edx, err = edx.NewClient(proctorbooktest.InProcessURL, edx.WithClientCredentials(w.platform.ClientID, w.platform.ClientSecret),
			edx.WithTransport(slow{proctorbooktest.InProcess(w.platform), 100 * time.Millisecond}), edx.WithLimiter(freely{}))
		if err != nil {
			t.Fatal(err)
		}
		w.Scheduler, err = scheduling.New(w.proctorU(), w.openEdX(), w.store, scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
		if err != nil {
			t.Fatal(err)
		}
		w.exam = sampleExam()
		w.exam.Window = scheduling.Window{Start: today.AddDate(0, 0, 4), End: today.AddDate(0, 0, 9)}
		rows := w.cohort(n)
		for i := range rows {
			rows[i].Start = w.exam.Window.Start.Add(9*time.Hour + time.Duration(i%16)*30*time.Minute)
		}

		began := time.Now()
		results := inOrder(t, rows, w.BookCohort(t.Context(), w.exam, rows, scheduling.CohortOptions{}))
		took := time.Since(began)
		wantCodes(t, results, map[string]int{"done": n})
		ideal := (n - 10) * 500 * time.Millisecond
		if took > ideal*105/100 || took < ideal {
			t.Errorf("took %s of virtual time, want %s and at most 5 %% more", took, ideal)
		}
		t.Logf("%d bookings took %s, ideal is %s", n, took, ideal)
	})
}
