package scheduling_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// roundWorld is a world with five learners, whose lists Sweep reads, and may be stopped at.
type roundWorld struct {
	*world
	meter *meter
	ids   []scheduling.BookingID
	read  []string                          // the learners whose lists were read, in order
	at    func(learner string) (fail error) // called before each list
}

// five are the learners in the order of their ids.
var five = []string{"4401", "4402", "4403", "4404", "4405"}

func newRoundWorld(t *testing.T) *roundWorld {
	t.Helper()
	r := &roundWorld{world: newWorld(t), meter: &meter{}}
	for i := range five {
		r.ids = append(r.ids, r.bookedBy(fmt.Sprintf("learner%d", i), int64(4401+i), nine.Add(time.Duration(i)*2*time.Hour)))
	}
	r.clock.Advance(time.Hour)
	r.lookOnce()
	r.replace(r.store)
	return r
}

// replace starts another process on the store.
func (r *roundWorld) replace(store scheduling.Store, opts ...scheduling.Option) {
	r.t.Helper()
	all := []scheduling.Option{
		scheduling.WithClock(r.clock), scheduling.WithLogger(r.log.logger()), scheduling.WithObserver(r.meter), scheduling.WithTuning(scheduling.Tuning{RetryBudget: 2}),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}),
	}
	s, err := scheduling.New(stepped{r.proctorU(), r}, r.openEdX(), store, append(all, opts...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Scheduler = s
}

// stepped is the provider, whose lists are noted.
type stepped struct {
	provider.ProctorU
	r *roundWorld
}

func (s stepped) List(ctx context.Context, learner string) ([]provider.Listed, error) {
	s.r.read = append(s.r.read, learner)
	if s.r.at != nil {
		if err := s.r.at(learner); err != nil {
			return nil, err
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return s.ProctorU.List(ctx, learner)
}

// pass is a pass that may end early, and the learners whose lists it read.
func (r *roundWorld) pass(ctx context.Context) (scheduling.SweepResult, []string, error) {
	r.t.Helper()
	r.read = nil
	result, err := r.Sweep(ctx)
	if !result.Since.Equal(result.Since.UTC()) || result.Since.IsZero() {
		r.t.Errorf("since %s, want when the round began", result.Since)
	}
	return result, r.read, err
}

// wantPass wants the pass to end, and to read those lists.
func (r *roundWorld) wantPass(learners ...string) scheduling.SweepResult {
	r.t.Helper()
	result, read, err := r.pass(r.t.Context())
	if err != nil || !slices.Equal(read, learners) {
		r.t.Errorf("Sweep read the lists of %v, %v; want %v", read, err, learners)
	}
	return result
}

// stopAt makes a pass that a cancel ends at the list of the learner.
func (r *roundWorld) stopAt(learner string) scheduling.SweepResult {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	r.at = func(l string) error {
		if l == learner {
			cancel()
		}
		return nil
	}
	result, _, err := r.pass(ctx)
	if !errors.Is(err, context.Canceled) {
		r.t.Fatalf("Sweep = %v, want that it was canceled", err)
	}
	r.at = nil
	return result
}

// mortal is a store that stops working when its process is killed.
type mortal struct {
	*memstore.Store
	dead *bool
}

var errKilled = errors.New("the process is dead")

func (m mortal) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	if *m.dead {
		return func(yield func(scheduling.Booking, error) bool) { yield(scheduling.Booking{}, errKilled) }
	}
	return m.Store.List(ctx, f)
}

func (m mortal) Job(ctx context.Context, name string) (scheduling.Job, error) {
	if *m.dead {
		return scheduling.Job{}, errKilled
	}
	return m.Store.Job(ctx, name)
}

func (m mortal) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	if *m.dead {
		return scheduling.Job{}, errKilled
	}
	return m.Store.PutJob(ctx, j)
}

// killAt makes a pass whose process dies at the list of the learner, and writes nothing any
// more, and returns the lists that it read.
func (r *roundWorld) killAt(learner string) []string {
	r.t.Helper()
	dead := false
	r.replace(mortal{r.memory(), &dead})
	ctx, cancel := context.WithCancel(r.t.Context())
	r.at = func(l string) error {
		if l == learner {
			dead = true
			cancel()
		}
		return nil
	}
	_, read, _ := r.pass(ctx)
	r.at = nil
	r.replace(r.store)
	return read
}

// A pass that ends early is carried on by the next one, of another process, behind the last
// learner that it compared. What is behind that is a round anew.
func TestSweepGoesOnWhereThePassEnded(t *testing.T) {
	t.Parallel()
	r := newRoundWorld(t)
	began := r.clock.Now()
	got := r.stopAt("4403")
	if got.Resumed || got.Looked != 2 || got.Failed != 1 || got.Left != 2 || got.Earlier != 0 {
		t.Errorf("canceled sweep = %+v, want two looked at, one failed, two left", got)
	}
	r.clock.Advance(time.Hour)
	r.replace(r.store)
	got = r.wantPass("4403", "4404", "4405")
	if !got.Resumed || got.Looked != 3 || got.Earlier != 2 || got.Left != 0 || !got.Since.Equal(began) {
		t.Errorf("resumed sweep = %+v, want three looked at, two compared earlier, in a round since %s", got, began)
	}
	if last := r.meter.values(metrics.LastPass, "job", "sweep"); !slices.Equal(last, []float64{float64(began.Unix())}) {
		t.Errorf("last_pass = %v, want once, and when the round began: %d", last, began.Unix())
	}
	r.clock.Advance(time.Hour)
	if got := r.wantPass(five...); got.Resumed || got.Earlier != 0 || got.Looked != 5 || !got.Since.Equal(r.clock.Now()) {
		t.Errorf("sweep behind it = %+v, want all five, in a round anew", got)
	}
	if row := must(r.memory().Job(t.Context(), "sweep_lists")); row.Data != "" {
		t.Errorf("progress = %s, want none behind a round", row.Data)
	}
}

// A pass that several processes carry on gets to its end, wherever each of them is stopped.
func TestSweepIsCarriedOnAgainAndAgain(t *testing.T) {
	t.Parallel()
	r := newRoundWorld(t)
	began := r.clock.Now()
	for i, learner := range []string{"4402", "4402", "4404", "4405"} {
		if got := r.stopAt(learner); got.Resumed != (i > 0) || !got.Since.Equal(began) {
			t.Errorf("pass %d = %+v, want a part of the first round", i, got)
		}
		r.clock.Advance(20 * time.Hour)
	}
	r.wantPass("4405")
}

// What a provider that is down did not answer is read again when it is back.
func TestSweepReadsAgainWhatTheProviderDidNotAnswer(t *testing.T) {
	t.Parallel()
	r := newRoundWorld(t)
	down := func(l string) error {
		if l >= "4403" {
			return errors.New("no answer")
		}
		return nil
	}
	r.at = down
	got, read, err := r.pass(t.Context())
	if !errors.Is(err, scheduling.ErrProviderDown) || got.Failed != 2 || got.Left != 1 || len(read) != 4 {
		t.Fatalf("Sweep = %+v, %v, having read %v; want the provider down after two lists", got, err, read)
	}
	r.clock.Advance(10 * time.Minute)
	_, read, _ = r.pass(t.Context())
	if len(read) != 1 || read[0] != "4403" {
		t.Errorf("while it is down a pass reads %v, want one list", read)
	}
	r.at = nil
	r.wantPass("4403", "4404", "4405")
}

// Learners whose lists can't be read are passed: alone, in a row that looks as if the
// provider were down, and where one of them kills the process. The next round tries again.
func TestSweepPassesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	t.Run("one fails", func(t *testing.T) {
		t.Parallel()
		r := newRoundWorld(t)
		r.at = func(l string) error {
			if l == "4402" {
				return errors.New("odd")
			}
			return nil
		}
		if got, read, err := r.pass(t.Context()); err == nil || got.Failed != 1 || got.Looked != 4 || !slices.Equal(read, five) {
			t.Errorf("Sweep = %+v, %v, having read %v; want all read, one failed", got, err, read)
		}
		if got, read, _ := r.pass(t.Context()); got.Resumed || !slices.Equal(read, five) {
			t.Errorf("next Sweep = %+v, having read %v; want all again", got, read)
		}
	})
	t.Run("one panics", func(t *testing.T) {
		t.Parallel()
		r := newRoundWorld(t)
		r.at = func(l string) error {
			if l == "4402" {
				panic("odd")
			}
			return nil
		}
		if got, read, _ := r.pass(t.Context()); got.Failed != 1 || !slices.Equal(read, five) {
			t.Errorf("Sweep = %+v, having read %v; want all read, one failed", got, read)
		}
	})
	t.Run("many in a row", func(t *testing.T) {
		t.Parallel()
		r := newRoundWorld(t)
		reached := map[string]bool{}
		r.at = func(l string) error {
			reached[l] = true
			if l != "4401" && l != "4405" {
				return errors.New("no answer")
			}
			return nil
		}
		passes := 0
		for ended := false; !ended && passes < 20; passes++ {
			_, _, err := r.pass(t.Context())
			ended = !errors.Is(err, scheduling.ErrProviderDown)
			r.clock.Advance(10 * time.Minute)
		}
		if !reached["4405"] || passes > 13 {
			t.Errorf("after %d passes %v were reached, want the last one within 13", passes, reached)
		}
	})
	t.Run("one kills", func(t *testing.T) {
		t.Parallel()
		r := newRoundWorld(t)
		var reached []string
		passes := 0
		for ; !slices.Contains(reached, "4405") && passes < 20; passes++ {
			read := r.killAt("4404")
			reached = append(reached, read...)
			r.clock.Advance(10 * time.Minute)
			if n := strings.Count(strings.Join(reached, " "), "4404"); n > 6 {
				t.Fatalf("killed at the same list %d times", n)
			}
		}
		if passes > 6 {
			t.Errorf("the learner behind was reached with pass %d, want 6 at most", passes)
		}
		r.wantPass() // nobody is left
		if got := r.stopAt("4404"); got.Resumed {
			t.Errorf("next round = %+v, want one that tries it again", got)
		}
	})
}

// The one at whom several passes have ended is read last, and compared all the same, if it
// was not what ended them.
func TestSweepPutsOffWhereSeveralPassesEnded(t *testing.T) {
	t.Parallel()
	r := newRoundWorld(t)
	r.stopAt("4402")
	for range 3 {
		r.killAt("4402")
	}
	got := r.wantPass("4403", "4404", "4405", "4402")
	if got.Failed != 0 || got.Looked != 4 || got.Earlier != 1 {
		t.Errorf("Sweep = %+v, want four looked at, one compared earlier", got)
	}
	if text := r.log.String(); !strings.Contains(text, "read last") || !strings.Contains(text, string(r.ids[1])) {
		t.Error("the log does not name the booking that was put off")
	}
}

// A booking in which something odd was seen waits for no next round: also a resumed pass
// looks at it, behind the others, and finds or removes what is too many.
func TestAResumedSweepLooksAtWhatIsOdd(t *testing.T) {
	t.Parallel()
	r := newRoundWorld(t)
	r.replace(r.store, scheduling.WithSweep(scheduling.SweepRemove))
	r.learner = "4401"
	extra := r.double(r.ids[0], noon.AddDate(0, 0, 1))
	r.stopAt("4403") // has seen it, a first time
	r.clock.Advance(time.Hour)
	got, read, err := r.pass(t.Context())
	want := []scheduling.Surplus{{Booking: r.ids[0], Learner: "4401", State: scheduling.StateScheduled, Number: extra, Removed: true}}
	if err != nil || !got.Resumed || !slices.Equal(got.Surplus, want) || got.Earlier != 1 || got.Looked != 4 {
		t.Errorf("resumed sweep = %+v, %v; want %+v", got, err, want)
	}
	if len(read) < 4 || read[0] != "4403" || read[3] != "4401" {
		t.Errorf("read %v, want the odd one behind the others", read)
	}
}

// A reading of the report that shows a second reservation is heard at once, also by a pass
// that goes on behind the learner.
func TestAResumedSweepHearsTheReport(t *testing.T) {
	t.Parallel()
	r := newRoundWorld(t)
	r.replace(r.store)
	r.stopAt("4404")
	r.learner = "4402"
	r.double(r.ids[1], noon.AddDate(0, 0, 1))
	r.clock.Advance(10 * time.Minute)
	r.replace(r.store, reads)
	got, read, err := r.pass(t.Context())
	if err != nil || !got.Bulk || len(read) == 0 || read[0] != "4402" || slices.Contains(read, "4405") {
		t.Errorf("Sweep = %+v, %v, having read %v; want a reading that stands, and the list of 4402", got, err, read)
	}
}

// Progress holds for a day. What is too old, not readable, of a wrong clock, or without
// what this program needs, is none; what another program adds is passed over.
func TestProgressThatIsStored(t *testing.T) {
	t.Parallel()
	at := func(r *roundWorld, after time.Duration) string {
		return r.clock.Now().Add(after).UTC().Format(time.RFC3339)
	}
	for name, c := range map[string]struct {
		data    func(r *roundWorld) string
		resumes bool
	}{
		"of a day ago, less a second": {func(r *roundWorld) string {
			return `{"round":"` + at(r, -72*time.Hour) + `","at":"` + at(r, time.Second-24*time.Hour) + `","after":"4403"}`
		}, true},
		"of a day ago": {func(r *roundWorld) string {
			return `{"round":"` + at(r, -72*time.Hour) + `","at":"` + at(r, -24*time.Hour) + `","after":"4403"}`
		}, false},
		"of a newer program": {func(r *roundWorld) string {
			return `{"round":"` + at(r, -time.Hour) + `","at":"` + at(r, -time.Hour) + `","after":"4403","shards":[1]}`
		}, true},
		"of an older program":  {func(r *roundWorld) string { return `{"at":"` + at(r, -time.Hour) + `","after":"4403"}` }, false},
		"of an oldest program": {func(*roundWorld) string { return `{"after":"4403"}` }, false},
		"no object":            {func(*roundWorld) string { return `["4403"]` }, false},
		"no JSON":              {func(*roundWorld) string { return `4403 was the last` }, false},
		"of a clock ahead": {func(r *roundWorld) string {
			return `{"round":"` + at(r, 0) + `","at":"` + at(r, 10*time.Hour) + `","after":"4403"}`
		}, false},
		"of a round ahead": {func(r *roundWorld) string {
			return `{"round":"` + at(r, 10*time.Hour) + `","at":"` + at(r, 0) + `","after":"4403"}`
		}, false},
		"behind a learner who left": {func(r *roundWorld) string {
			return `{"round":"` + at(r, 0) + `","at":"` + at(r, 0) + `","after":"44031"}`
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRoundWorld(t)
			must(r.memory().PutJob(t.Context(), scheduling.Job{Name: "sweep_lists", Data: c.data(r)}))
			want := five
			if c.resumes {
				want = five[3:]
			}
			if got := r.wantPass(want...); got.Resumed != c.resumes {
				t.Errorf("resumed %t, want %t", got.Resumed, c.resumes)
			}
			r.wantPass(five...)
		})
	}
}

// Behind the last learner only what is odd is left. If that is what kills each pass, a
// round begins anew.
func TestARoundThatDoesNotEndBeginsAnew(t *testing.T) {
	t.Parallel()
	r := newRoundWorld(t)
	now := r.clock.Now().UTC().Format(time.RFC3339)
	must(r.memory().PutJob(t.Context(), scheduling.Job{Name: "sweep_lists", Data: `{"round":"` + now + `","at":"` + now + `","after":"4405","tries":3}`}))
	if got := r.wantPass(five...); got.Resumed || got.Failed != 0 {
		t.Errorf("Sweep = %+v, want a round anew", got)
	}
}

// A store that keeps no jobs, or fails to, keeps nobody from sweeping: such a pass begins
// anew.
func TestSweepWithoutProgress(t *testing.T) {
	t.Parallel()
	r := newRoundWorld(t)
	for name, store := range map[string]scheduling.Store{
		"no jobs": struct{ scheduling.Store }{r.store}, "no job answers": deafJobs{r.memory()},
	} {
		r.replace(store)
		r.stopAt("4403")
		if got := r.wantPass(five...); got.Resumed {
			t.Errorf("%s: %+v, want all anew", name, got)
		}
	}
}

// deafJobs is a store whose jobs don't answer.
type deafJobs struct{ *memstore.Store }

func (deafJobs) Job(context.Context, string) (scheduling.Job, error) {
	return scheduling.Job{}, errors.New("no answer")
}

func (deafJobs) PutJob(context.Context, scheduling.Job) (scheduling.Job, error) {
	return scheduling.Job{}, errors.New("no answer")
}

// Of two passes at the same time the one that is further stays: neither undoes what the
// other has come to.
func TestTwoPassesAtOnce(t *testing.T) {
	t.Parallel()
	r := newRoundWorld(t)
	r.stopAt("4402")
	progress := func() (p struct{ After string }) {
		r.did(json.Unmarshal([]byte(must(r.memory().Job(t.Context(), "sweep_lists")).Data), &p))
		return p
	}
	ctx, cancel := context.WithCancel(t.Context())
	inner := false
	r.at = func(l string) error {
		if l == "4403" && !inner {
			inner = true
			sibling := *r
			sibling.at = nil
			sibling.replace(r.store)
			sibling.stopAt("4405") // has come to 4404
			cancel()               // this one to 4402
		}
		return nil
	}
	_, _, _ = r.pass(ctx)
	r.at = nil
	r.replace(r.store)
	if p := progress(); p.After != "4404" {
		t.Errorf("progress is behind %q, want 4404, which one of two passes has come to", p.After)
	}
	r.wantPass("4405")
}

// Numbers of the log and of the result hold no learner's id.
func TestSweepLogsNobody(t *testing.T) {
	t.Parallel()
	r := newRoundWorld(t)
	before := len(r.log.String())
	r.stopAt("4403")
	r.wantPass("4403", "4404", "4405")
	text := r.log.String()[before:]
	if !strings.Contains(text, "sweep begins") || !strings.Contains(text, "sweep reads lists") {
		t.Errorf("log = %s, want what the passes take", text)
	}
	for _, learner := range five {
		if strings.Contains(text, learner) {
			t.Errorf("the log names %s: %s", learner, text)
		}
	}
}
