package simulation

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// errStore is an error of the medium.
var errStore = errors.New("simulation: the store failed")

// seam stands between a process and its store. It pauses before and after each
// write, plays the store's faults, and shows the judge what was written.
type seam struct {
	w       *world
	process *process
	life    int
}

var (
	_ scheduling.Store     = (*seam)(nil)
	_ scheduling.JobKeeper = (*seam)(nil)
)

// storeFault is what goes wrong with a store call.
type storeFault int

const (
	storeFine storeFault = iota
	storeConflict
	storeError
	storeLost // committed, and the answer is an error
)

// enter is the beginning of every call: the world may let others go first, or
// the process die.
func (s *seam) enter(ctx context.Context, what string, write bool) (storeFault, error) {
	if s.dead() {
		panic(died{})
	}
	s.w.counts.hit("step", what)
	if write {
		s.w.pause(what, before)
	}
	if err := ctx.Err(); err != nil {
		return storeFine, err
	}
	f := s.w.storeFault(what, write)
	if f == storeError {
		return f, errStore
	}
	return f, nil
}

func (s *seam) dead() bool { return s.life != s.process.lives }

// leave is the end of every write.
func (s *seam) leave(what string, f storeFault) error {
	s.w.pause(what, after)
	if f == storeLost {
		return errStore
	}
	return nil
}

// storeFault asks the dice what goes wrong with the next call.
func (w *world) storeFault(what string, write bool) storeFault {
	if w.storm > 0 && what == "Update" {
		w.storm--
		return storeConflict
	}
	value, place := w.roll(decideStore)
	if share(value) >= w.plan.odds().store || !w.may(decideStore, place) {
		return storeFine
	}
	f := storeError
	if write {
		f = []storeFault{storeConflict, storeError, storeLost}[mix(value)%3]
	}
	if f == storeConflict && what != "Update" {
		f = storeLost
	}
	name := map[storeFault]string{storeConflict: "conflict", storeError: "error", storeLost: "answer lost"}[f]
	w.counts.hit("store", name)
	w.trace.add(w.elapsed(), "store", what, name)
	return f
}

func (s *seam) inner() scheduling.Store { return s.process.deployment.store }

// Create implements scheduling.Store.
func (s *seam) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	f, err := s.enter(ctx, "Create", true)
	if err != nil {
		return scheduling.Booking{}, err
	}
	got, err := s.inner().Create(ctx, b, events...)
	if err != nil {
		return got, err
	}
	s.journal(func(st scheduling.Store) { _, _ = st.Create(context.Background(), b, events...) })
	s.w.wrote(s.process, got, events)
	if err := s.leave("Create", f); err != nil {
		return scheduling.Booking{}, err
	}
	return got, nil
}

// Update implements scheduling.Store.
func (s *seam) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	f, err := s.enter(ctx, "Update", true)
	if err != nil {
		return scheduling.Booking{}, err
	}
	if f == storeConflict {
		return scheduling.Booking{}, scheduling.ErrConflict
	}
	got, err := s.inner().Update(ctx, b, events...)
	if err != nil {
		if errors.Is(err, scheduling.ErrConflict) {
			s.w.counts.hit("store", "real conflict")
		}
		return got, err
	}
	s.journal(func(st scheduling.Store) { _, _ = st.Update(context.Background(), b, events...) })
	s.w.wrote(s.process, got, events)
	if err := s.leave("Update", f); err != nil {
		return scheduling.Booking{}, err
	}
	return got, nil
}

// Claim implements scheduling.Store.
func (s *seam) Claim(ctx context.Context, q scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	f, err := s.enter(ctx, "Claim", true)
	if err != nil {
		return nil, err
	}
	got, bad := s.inner().Claim(ctx, q)
	if !onlyUnreadable(bad) {
		return got, bad
	}
	s.judgeUrgent(got, q.Now)
	if len(got) > 0 {
		s.journal(func(st scheduling.Store) { _, _ = st.Claim(context.Background(), q) })
	}
	for _, b := range got {
		s.w.wrote(s.process, b, nil)
	}
	if err := s.leave("Claim", f); err != nil {
		return nil, err
	}
	return got, bad
}

// judgeUrgent wants no routine look while somebody waits for another booking's.
func (s *seam) judgeUrgent(claimed []scheduling.Booking, now time.Time) {
	if len(claimed) == 0 || claimed[len(claimed)-1].Urgent() {
		return
	}
	d := s.process.deployment
	for _, id := range d.ids {
		free := func(b scheduling.Booking) bool {
			return b.Urgent() && !b.DueAt.IsZero() && !b.DueAt.After(now) && !b.Lease.Until.After(now)
		}
		if !free(d.rows[id].row) || d.damaged(id) {
			continue
		}
		if b, err := s.inner().Get(context.Background(), id); err == nil && free(b) { // what was damaged may be leased
			s.w.violate(stateA, "a routine look goes before what somebody waits for", id)
		}
	}
}

// Get implements scheduling.Store.
func (s *seam) Get(ctx context.Context, id scheduling.BookingID) (scheduling.Booking, error) {
	if _, err := s.enter(ctx, "Get", false); err != nil {
		return scheduling.Booking{}, err
	}
	b, err := s.inner().Get(ctx, id)
	s.w.pause("Get", after)
	return b, err
}

// Active implements scheduling.Store.
func (s *seam) Active(ctx context.Context, learner scheduling.LearnerID, exam scheduling.ExamKey) (scheduling.Booking, error) {
	if _, err := s.enter(ctx, "Active", false); err != nil {
		return scheduling.Booking{}, err
	}
	b, err := s.inner().Active(ctx, learner, exam)
	s.w.pause("Active", after)
	return b, err
}

// List implements scheduling.Store.
func (s *seam) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	return func(yield func(scheduling.Booking, error) bool) {
		if _, err := s.enter(ctx, "List", false); err != nil {
			yield(scheduling.Booking{}, err)
			return
		}
		for b, err := range s.inner().List(ctx, f) {
			if !yield(b, err) {
				return
			}
		}
	}
}

// Events implements scheduling.Store.
func (s *seam) Events(ctx context.Context, q scheduling.EventQuery) ([]scheduling.Event, error) {
	if _, err := s.enter(ctx, "Events", false); err != nil {
		return nil, err
	}
	return s.inner().Events(ctx, q)
}

// PutLearner implements scheduling.Store.
func (s *seam) PutLearner(ctx context.Context, l scheduling.Learner) (scheduling.Learner, error) {
	f, err := s.enter(ctx, "PutLearner", true)
	if err != nil {
		return scheduling.Learner{}, err
	}
	if f == storeConflict {
		return scheduling.Learner{}, scheduling.ErrConflict
	}
	stored, err := s.inner().PutLearner(ctx, l)
	if err == nil {
		s.journal(func(store scheduling.Store) { _, _ = store.PutLearner(context.Background(), l) })
		err = s.leave("PutLearner", f)
	}
	return stored, err
}

// Learner implements scheduling.Store.
func (s *seam) Learner(ctx context.Context, id scheduling.LearnerID, version int64) (scheduling.Learner, error) {
	if _, err := s.enter(ctx, "Learner", false); err != nil {
		return scheduling.Learner{}, err
	}
	return s.inner().Learner(ctx, id, version)
}

// Erase implements scheduling.Store.
func (s *seam) Erase(ctx context.Context, id scheduling.LearnerID) error {
	if _, err := s.enter(ctx, "Erase", true); err != nil {
		return err
	}
	err := s.inner().Erase(ctx, id)
	if err == nil {
		s.w.erased(s.process.deployment, id)
	}
	return err
}

// Namespace implements scheduling.Store.
func (s *seam) Namespace(ctx context.Context) (string, error) {
	if _, err := s.enter(ctx, "Namespace", false); err != nil {
		return "", err
	}
	return s.inner().Namespace(ctx)
}

// Job implements scheduling.JobKeeper.
func (s *seam) Job(ctx context.Context, name string) (scheduling.Job, error) {
	if _, err := s.enter(ctx, "Job", false); err != nil {
		return scheduling.Job{}, err
	}
	return s.inner().(scheduling.JobKeeper).Job(ctx, name)
}

// PutJob implements scheduling.JobKeeper.
func (s *seam) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	f, err := s.enter(ctx, "PutJob", true)
	if err != nil {
		return scheduling.Job{}, err
	}
	got, err := s.inner().(scheduling.JobKeeper).PutJob(ctx, j)
	if err != nil {
		return got, err
	}
	s.journal(func(st scheduling.Store) { _, _ = st.(scheduling.JobKeeper).PutJob(context.Background(), j) })
	if err := s.leave("PutJob", f); err != nil {
		return scheduling.Job{}, err
	}
	return got, nil
}
