package storetest_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/storetest"
)

func TestRun(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) scheduling.Store { return memstore.New() })
}

func TestRunShared(t *testing.T) {
	t.Parallel()
	storetest.RunShared(t, func(*testing.T) (a, b scheduling.Store) {
		s := memstore.New()
		return s, s
	})
}

// defect is a store that breaks a promise, and the start of the promise.
type defect struct {
	broken func(scheduling.Store) scheduling.Store
	want   string
}

// defects are stores that break one promise each.
var defects = map[string]defect{
	"takes any version":          {func(s scheduling.Store) scheduling.Store { return anyVersion{s} }, "Update from another Version is ErrConflict"},
	"keeps the caller's version": {func(s scheduling.Store) scheduling.Store { return givenVersion{s} }, "Create gives Version 1"},
	"answers in the local zone":  {func(s scheduling.Store) scheduling.Store { return localZone{s} }, "every field of a booking comes back"},
	"remembers what it returned": {func(s scheduling.Store) scheduling.Store {
		return shared{s, map[scheduling.BookingID]scheduling.Booking{}}
	}, "a store shares no memory with what Get"},
	"leases for ever":        {func(s scheduling.Store) scheduling.Store { return eternalLease{s} }, "Claim returns a booking again when its lease"},
	"ends a List in silence": {func(s scheduling.Store) scheduling.Store { return silentList{s} }, "no method acts in a canceled context"},
	"starts over when lost":  {func(s scheduling.Store) scheduling.Store { return anyCursor{s} }, "Events after an unknown cursor"},
	"erases records alone":   {func(s scheduling.Store) scheduling.Store { return forgetful{s} }, "Erase removes every version"},
	"gives versions again":   {func(s scheduling.Store) scheduling.Store { return &again{s} }, "PutLearner made from before Erase"},
	"lets exams overlap":     {func(s scheduling.Store) scheduling.Store { return lenient{s} }, "Create of an ask that overlaps"},
	"looks, and then writes": {func(s scheduling.Store) scheduling.Store { return slow{s} }, "of many concurrent Creates that overlap"},
	"refuses facts":          {func(s scheduling.Store) scheduling.Store { return strict{s} }, "Update that asks for nothing anew"},
	"stops at a bad row":     {func(s scheduling.Store) scheduling.Store { return halting{s.(*memstore.Store)} }, "List goes on after a booking"},
	"lets bad rows starve":   {func(s scheduling.Store) scheduling.Store { return starving{s.(*memstore.Store)} }, "Claim returns what can be read"},
	"lets two do one job":    {func(s scheduling.Store) scheduling.Store { return anyJob{s.(*memstore.Store)} }, "PutJob lets one of many replicas win"},
	"forgets a job's end":    {func(s scheduling.Store) scheduling.Store { return forgetsJobs{s.(*memstore.Store)} }, "PutJob counts versions, and every field comes back"},
	"keeps RoutineAt as put": {func(s scheduling.Store) scheduling.Store { return localRoutine{s} }, "every field of a booking comes back"},
	"knows no Bulk": {func(s scheduling.Store) scheduling.Store {
		return claims{s, func(q *scheduling.ClaimQuery) { q.Bulk = false }}
	}, "Claim with Bulk passes over a routine watch"},
	"claims late in bulk": {func(s scheduling.Store) scheduling.Store {
		return claims{s, func(q *scheduling.ClaimQuery) {
			if q.Bulk {
				q.Now = q.Now.Add(-time.Hour)
			}
		}}
	}, "Claim with Bulk passes over a routine watch"},
	"is always in bulk": {func(s scheduling.Store) scheduling.Store {
		return claims{s, func(q *scheduling.ClaimQuery) { q.Bulk = true }}
	}, "Claim without Bulk passes over no"},
	"passes over what was asked for": {func(s scheduling.Store) scheduling.Store { return allRoutine{s} }, "Claim with Bulk returns at DueAt"},
	"goes by DueAt in bulk":          {func(s scheduling.Store) scheduling.Store { return dueOrder{s} }, "Claim with Bulk returns urgent bookings first"},
	"does not see a look asked for":  {func(s scheduling.Store) scheduling.Store { return staleRoutine{s} }, "Claim with Bulk sees a change"},
	"lists as without Bulk":          {func(s scheduling.Store) scheduling.Store { return plainList{s} }, "List by DueBy with Bulk"},
	"forgets a job's data":           {func(s scheduling.Store) scheduling.Store { return jobDatas{s.(*memstore.Store), noData} }, "PutJob keeps Data"},
	"cuts a job's data":              {func(s scheduling.Store) scheduling.Store { return jobDatas{s.(*memstore.Store), cutData} }, "PutJob keeps Data"},
	"keeps the data of a conflict": {func(s scheduling.Store) scheduling.Store {
		return &looseData{Store: s.(*memstore.Store), data: map[string]string{}}
	}, "PutJob keeps Data"},
	"shows each reader another order": {func(s scheduling.Store) scheduling.Store { return &swapping{Store: s} }, "Events come to all readers in one order"},
	"counts all verdicts as one": {func(s scheduling.Store) scheduling.Store {
		return counts{s.(*memstore.Store), func(c scheduling.BookingCount, err error) (scheduling.BookingCount, error) {
			c.Verdict = ""
			return c, err
		}}
	}, "CountBookings tells verdicts apart"},
	"counts what can't be read": {func(s scheduling.Store) scheduling.Store {
		return counts{s.(*memstore.Store), func(c scheduling.BookingCount, err error) (scheduling.BookingCount, error) {
			c.Bookings = max(c.Bookings, 1)
			return c, nil
		}}
	}, "CountBookings names each booking"},
	"is not one of its own": {func(s scheduling.Store) scheduling.Store { return sameName{s} }, "Namespace differs"},
}

type anyVersion struct{ scheduling.Store }

func (s anyVersion) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if old, err := s.Get(ctx, b.ID); err == nil {
		b.Version = old.Version
	}
	return s.Store.Update(ctx, b, events...)
}

type givenVersion struct{ scheduling.Store }

func (s givenVersion) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	stored, err := s.Store.Create(ctx, b, events...)
	stored.Version = b.Version
	return stored, err
}

type localZone struct{ scheduling.Store }

func (s localZone) Get(ctx context.Context, id scheduling.BookingID) (scheduling.Booking, error) {
	b, err := s.Store.Get(ctx, id)
	b.CreatedAt = b.CreatedAt.In(time.Local)
	return b, err
}

// shared hands out the same pointers and slices each time.
type shared struct {
	scheduling.Store
	seen map[scheduling.BookingID]scheduling.Booking
}

func (s shared) Get(ctx context.Context, id scheduling.BookingID) (scheduling.Booking, error) {
	b, err := s.Store.Get(ctx, id)
	if old, ok := s.seen[id]; ok && old.Version == b.Version {
		return old, err
	}
	s.seen[id] = b
	return b, err
}

type eternalLease struct{ scheduling.Store }

func (s eternalLease) Claim(ctx context.Context, q scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	q.Until = q.Until.AddDate(100, 0, 0)
	return s.Store.Claim(ctx, q)
}

type silentList struct{ scheduling.Store }

func (s silentList) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	return func(yield func(scheduling.Booking, error) bool) {
		for b, err := range s.Store.List(ctx, f) {
			if err != nil || !yield(b, nil) {
				return
			}
		}
	}
}

type anyCursor struct{ scheduling.Store }

func (s anyCursor) Events(ctx context.Context, q scheduling.EventQuery) ([]scheduling.Event, error) {
	events, err := s.Store.Events(ctx, q)
	if err != nil && ctx.Err() == nil {
		q.After = ""
		return s.Store.Events(ctx, q)
	}
	return events, err
}

type forgetful struct{ scheduling.Store }

func (s forgetful) Erase(ctx context.Context, id scheduling.LearnerID) error {
	l, err := s.Learner(ctx, id, 0)
	if errors.Is(err, scheduling.ErrNotFound) {
		return nil
	}
	if err == nil {
		_, err = s.PutLearner(ctx, scheduling.Learner{ID: id, Version: l.Version})
	}
	return err
}

// again forgets at Erase which versions it has given.
type again struct{ scheduling.Store }

func (s *again) Erase(context.Context, scheduling.LearnerID) error {
	s.Store = memstore.New()
	return nil
}

// lenient stores what is refused as if it had been sent already.
type lenient struct{ scheduling.Store }

func (s lenient) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	stored, err := s.Store.Create(ctx, b, events...)
	if errors.Is(err, scheduling.ErrLearnerBusy) {
		return s.Store.Create(ctx, sent(b), events...)
	}
	return stored, err
}

// sent returns the booking as it is once its intent was sent again.
func sent(b scheduling.Booking) scheduling.Booking {
	intent := *b.Intent
	intent.Attempt = 2
	b.Intent = &intent
	return b
}

// slow looks at the learner's other bookings, and writes when that may have changed.
type slow struct{ scheduling.Store }

func (s slow) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	asks := b.Asks(scheduling.Booking{})
	if len(asks) == 0 {
		return s.Store.Create(ctx, b, events...)
	}
	for other, err := range s.List(ctx, scheduling.Filter{Learner: b.Learner}) {
		if err == nil {
			err = other.Blocks(asks...)
		}
		if err != nil {
			return scheduling.Booking{}, err
		}
	}
	time.Sleep(2 * time.Millisecond)
	return s.Store.Create(ctx, sent(b), events...)
}

// strict refuses whatever overlaps, asked for or not.
type strict struct{ scheduling.Store }

func (s strict) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	for other, err := range s.List(ctx, scheduling.Filter{Learner: b.Learner}) {
		if err == nil && other.ID != b.ID {
			err = other.Blocks(scheduling.Window{Start: b.Start, End: b.End()})
		}
		if err != nil {
			return scheduling.Booking{}, err
		}
	}
	return s.Store.Update(ctx, b, events...)
}

// halting ends a List at a booking that can't be read.
type halting struct{ *memstore.Store }

func (s halting) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	return func(yield func(scheduling.Booking, error) bool) {
		for b, err := range s.Store.List(ctx, f) {
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// starving claims nothing beside a booking that can't be read.
type starving struct{ *memstore.Store }

func (s starving) Claim(ctx context.Context, q scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	claimed, err := s.Store.Claim(ctx, q)
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// anyJob takes any version of a job.
type anyJob struct{ *memstore.Store }

func (s anyJob) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	for {
		old, err := s.Store.Job(ctx, j.Name)
		if err != nil {
			return scheduling.Job{}, err
		}
		j.Version = old.Version
		if stored, err := s.Store.PutJob(ctx, j); !errors.Is(err, scheduling.ErrConflict) {
			return stored, err
		}
	}
}

// forgetsJobs does not keep when a job was done.
type forgetsJobs struct{ *memstore.Store }

func (s forgetsJobs) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	j.Done = time.Time{}
	return s.Store.PutJob(ctx, j)
}

// localRoutine answers RoutineAt in another zone.
type localRoutine struct{ scheduling.Store }

func (s localRoutine) Get(ctx context.Context, id scheduling.BookingID) (scheduling.Booking, error) {
	b, err := s.Store.Get(ctx, id)
	b.RoutineAt = b.RoutineAt.In(time.FixedZone("there", 3600))
	return b, err
}

// claims claims by another query.
type claims struct {
	scheduling.Store
	change func(*scheduling.ClaimQuery)
}

func (s claims) Claim(ctx context.Context, q scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	s.change(&q)
	return s.Store.Claim(ctx, q)
}

// allRoutine takes any next look for a routine watch if there was one once.
type allRoutine struct{ scheduling.Store }

func (s allRoutine) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if !b.RoutineAt.IsZero() {
		b.RoutineAt = b.DueAt
	}
	return s.Store.Create(ctx, b, events...)
}

// dueOrder returns others than urgent ones in the order of DueAt.
type dueOrder struct{ scheduling.Store }

func (s dueOrder) Claim(ctx context.Context, q scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	claimed, err := s.Store.Claim(ctx, q)
	slices.SortStableFunc(claimed, func(a, b scheduling.Booking) int {
		if a.Urgent() || b.Urgent() {
			return 0
		}
		return a.DueAt.Compare(b.DueAt)
	})
	return claimed, err
}

// staleRoutine takes at an Update for a routine watch what replaces one.
type staleRoutine struct{ scheduling.Store }

func (s staleRoutine) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if old, err := s.Get(ctx, b.ID); err == nil && old.RoutineAt.Equal(old.DueAt) {
		b.RoutineAt = b.DueAt
	}
	return s.Store.Update(ctx, b, events...)
}

type plainList struct{ scheduling.Store }

func (s plainList) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	f.Bulk = false
	return s.Store.List(ctx, f)
}

// counts changes what is counted.
type counts struct {
	*memstore.Store
	change func(scheduling.BookingCount, error) (scheduling.BookingCount, error)
}

func (s counts) CountBookings(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.BookingCount, error] {
	return func(yield func(scheduling.BookingCount, error) bool) {
		for c, err := range s.Store.CountBookings(ctx, f) {
			if !yield(s.change(c, err)) {
				return
			}
		}
	}
}

// jobDatas stores other Data than it is given.
type jobDatas struct {
	*memstore.Store
	change func(data string) string
}

func (s jobDatas) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	j.Data = s.change(j.Data)
	return s.Store.PutJob(ctx, j)
}

func noData(string) string { return "" }

func cutData(data string) string { return data[:min(len(data), 64<<10)] }

// looseData keeps Data beside the job, whatever its version.
type looseData struct {
	*memstore.Store
	mu   sync.Mutex
	data map[string]string
}

func (s *looseData) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	s.mu.Lock()
	s.data[j.Name] = j.Data
	s.mu.Unlock()
	return s.Store.PutJob(ctx, j)
}

func (s *looseData) Job(ctx context.Context, name string) (scheduling.Job, error) {
	j, err := s.Store.Job(ctx, name)
	s.mu.Lock()
	defer s.mu.Unlock()
	j.Data = s.data[name]
	return j, err
}

// swapping shows the last two events of every other page the wrong way round.
type swapping struct {
	scheduling.Store
	pages atomic.Int64
}

func (s *swapping) Events(ctx context.Context, q scheduling.EventQuery) ([]scheduling.Event, error) {
	page, err := s.Store.Events(ctx, q)
	if n := len(page); n > 1 && s.pages.Add(1)%2 == 0 {
		page[n-1], page[n-2] = page[n-2], page[n-1]
	}
	return page, err
}

type sameName struct{ scheduling.Store }

func (s sameName) Namespace(ctx context.Context) (string, error) { return "abcdefgh", ctx.Err() }

// inner tells the test that it runs in a process that is meant to fail, and at which promise.
const inner = "STORETEST_RUN_DEFECTS"

// defectOfTwo is a pair of stores that breaks a promise of RunShared, and the start of it.
type defectOfTwo struct {
	name   string
	broken func() (a, b scheduling.Store)
	want   string
}

// TestRunSeesDefects runs the suite on broken stores in processes of their own,
// since it has to fail there, and looks for the promise that each one breaks. Of the
// other promises nothing is wanted, and they are not tried.
func TestRunSeesDefects(t *testing.T) {
	t.Parallel()
	wantDefects(t, defects, defectOfTwo{"are strangers", func() (a, b scheduling.Store) {
		return memstore.New(memstore.WithNamespace("abcdefgh")), memstore.New(memstore.WithNamespace("abcdefgh"))
	}, "no concurrent Update is lost"})
}

// TestRunSeesConsumerDefects does the same for stores that keep consumers badly.
func TestRunSeesConsumerDefects(t *testing.T) {
	t.Parallel()
	wantDefects(t, consumerDefects, defectOfTwo{"consume apart", func() (a, b scheduling.Store) {
		s := memstore.New()
		return s, ownConsumers{s, memstore.New()}
	}, "PutConsumer lets one"})
}

// wantDefects runs the test in a process for each promise, on the stores that break it, and
// fails if one is not found to be broken.
func wantDefects(t *testing.T, all map[string]defect, two defectOfTwo) {
	t.Helper()
	if promise := os.Getenv(inner); promise != "" {
		runBroken(t, all, two, promise)
		return
	}
	names := map[string][]string{two.want: {two.name}} // by promise
	for name, d := range all {
		names[d.want] = append(names[d.want], name)
	}
	for promise, names := range names {
		underlined := strings.ReplaceAll(promise, " ", "_")
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$/./^"+regexp.QuoteMeta(underlined))
		cmd.Env = append(os.Environ(), inner+"="+promise)
		output, err := cmd.CombinedOutput()
		if err == nil {
			t.Errorf("the suite passed on the stores %q", names)
		}
		for _, name := range names {
			if !strings.Contains(string(output), "--- FAIL: "+t.Name()+"/"+strings.ReplaceAll(name, " ", "_")+"/"+underlined) {
				t.Errorf("a store that %s: the suite did not fail at %q:\n%s", name, promise, output)
			}
		}
	}
}

// runBroken runs the suite on the stores that break the promise.
func runBroken(t *testing.T, all map[string]defect, two defectOfTwo, promise string) {
	for name, d := range all {
		if d.want == promise {
			t.Run(name, func(t *testing.T) {
				storetest.Run(t, func(*testing.T) scheduling.Store { return d.broken(memstore.New()) })
			})
		}
	}
	if two.want == promise {
		t.Run(two.name, func(t *testing.T) {
			storetest.RunShared(t, func(*testing.T) (a, b scheduling.Store) { return two.broken() })
		})
	}
}
