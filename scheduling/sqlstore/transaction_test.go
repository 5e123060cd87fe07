package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// errGone is what a driver says when it has lost its connection.
var errGone = errors.New("connection reset by peer")

// faulty is a pool whose commits may go wrong.
type faulty struct {
	driver.Connector
	mu      sync.Mutex
	commits []commitFault // for the next commits
	after   func()        // runs after a commit whose answer is lost
	begins  int           // transactions so far
}

// begun returns how many transactions have begun.
func (f *faulty) begun() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.begins
}

type commitFault int

const (
	commitLost  commitFault = iota + 1 // carried out, and the answer is lost
	commitNever                        // not carried out, and never answered
)

// faultyPool returns a pool on the database, and how to make its commits go wrong.
func (m medium) faultyPool(t *testing.T, dsn string) (*sql.DB, *faulty) {
	t.Helper()
	base := m.connect(t, dsn)
	f := &faulty{Connector: connector{dsn, base.Driver()}}
	db := sql.OpenDB(f)
	t.Cleanup(func() { _ = db.Close() })
	return db, f
}

type connector struct {
	dsn    string
	driver driver.Driver
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.driver }

func (f *faulty) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := f.Connector.Connect(ctx)
	return &faultyConn{Conn: conn, f: f}, err
}

// next lets these commits go wrong.
func (f *faulty) next(faults ...commitFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commits = faults
}

func (f *faulty) take() (fault commitFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.commits) > 0 {
		fault, f.commits = f.commits[0], f.commits[1:]
	}
	return fault
}

// faultyConn passes everything on, but for the end of transactions: that of a write
// outside of one is its own end.
type faultyConn struct {
	driver.Conn
	f    *faulty
	inTx bool
}

func (c *faultyConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	c.f.mu.Lock()
	c.f.begins++
	c.f.mu.Unlock()
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
	c.inTx = err == nil
	return &faultyTx{tx, c}, err
}

func (c *faultyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	exec := c.Conn.(driver.ExecerContext).ExecContext
	if c.inTx || !strings.Contains(query, "proctorbook_") {
		return exec(ctx, query, args)
	}
	switch c.f.take() {
	case commitLost:
		_, err := exec(ctx, query, args)
		if c.f.after != nil {
			c.f.after()
		}
		return nil, errors.Join(errGone, err)
	case commitNever:
		return nil, errGone
	}
	return exec(ctx, query, args)
}

func (c *faultyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c *faultyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
}

func (c *faultyConn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

type faultyTx struct {
	driver.Tx
	c *faultyConn
}

func (tx *faultyTx) Rollback() error {
	tx.c.inTx = false
	return tx.Tx.Rollback()
}

func (tx *faultyTx) Commit() error {
	tx.c.inTx = false
	switch tx.c.f.take() {
	case commitLost:
		err := tx.Tx.Commit()
		if tx.c.f.after != nil {
			tx.c.f.after()
		}
		return errors.Join(errGone, err)
	case commitNever:
		return errors.Join(errGone, tx.Tx.Rollback())
	}
	return tx.Tx.Commit()
}

// faults are all the ways in which the first commits of a call may go wrong, and
// be found out by the next one.
var faults = map[string][]commitFault{
	"answer lost":              {commitLost},
	"never carried out":        {commitNever},
	"answer lost twice":        {commitLost, commitLost},
	"never, then answer lost":  {commitNever, commitLost},
	"answer lost, then never":  {commitLost, commitNever},
	"never carried out, twice": {commitNever, commitNever},
}

// A call whose commit is not answered finds out what became of it, and does its
// work once.
func TestLostCommit(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, plain := m.migrated(t)
		db, f := m.faultyPool(t, dsn)
		watch, s := m.on(t, plain), m.on(t, db)
		n := 0
		for name, fault := range faults {
			n++
			ctx, id := t.Context(), scheduling.BookingID("pb-"+name)
			b := sample(id, scheduling.LearnerID(name))

			f.next(fault...)
			b, err := s.Create(ctx, b, sent(b))
			if err != nil || b.Version != 1 {
				t.Fatalf("%s: Create = version %d, error %v; want 1, none", name, b.Version, err)
			}
			f.next(fault...)
			b.Generation = 7
			if b, err = s.Update(ctx, b, sent(b), sent(b)); err != nil || b.Version != 2 {
				t.Fatalf("%s: Update = version %d, error %v; want 2, none", name, b.Version, err)
			}
			f.next(fault...)
			claimed, err := s.Claim(ctx, scheduling.ClaimQuery{Owner: "worker", Now: day(2), Until: day(3), Limit: 1})
			if err != nil || len(claimed) != 1 || claimed[0].ID != id || claimed[0].Version != 3 {
				t.Fatalf("%s: Claim = %d bookings, error %v; want the one, in version 3", name, len(claimed), err)
			}
			f.next(fault...)
			l, err := s.PutLearner(ctx, scheduling.Learner{ID: b.Learner, Name: "Ada"})
			if err != nil || l.Version != 1 {
				t.Fatalf("%s: PutLearner = version %d, error %v; want 1, none", name, l.Version, err)
			}
			for version := range int64(2) { // an INSERT, and an UPDATE
				f.next(fault...)
				j, err := s.PutJob(ctx, scheduling.Job{Name: name, Version: version})
				if err != nil || j.Version != version+1 {
					t.Fatalf("%s: PutJob = version %d, error %v; want %d, none", name, j.Version, err, version+1)
				}
			}
			f.next(fault...)
			if err := s.Erase(ctx, b.Learner); err != nil {
				t.Fatalf("%s: Erase error = %v, want none", name, err)
			}

			got, err := watch.Get(ctx, id)
			if err != nil || got.Version != 3 || got.Generation != 7 || got.Lease.Owner != "worker" {
				t.Errorf("%s: the booking has version %d, generation %d, error %v; want 3, 7, none", name, got.Version, got.Generation, err)
			}
			events, err := watch.Events(ctx, scheduling.EventQuery{Booking: id, Limit: 10})
			if err != nil || len(events) != 3 {
				t.Errorf("%s: there are %d events, error %v; want 3: each write once", name, len(events), err)
			}
			if _, err := watch.Learner(ctx, b.Learner, 0); !errors.Is(err, scheduling.ErrNotFound) {
				t.Errorf("%s: Learner after Erase error = %v, want ErrNotFound", name, err)
			}
			done := got
			done.DueAt = day(30)
			if _, err := watch.Update(ctx, done); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A bulk claim whose commit is not answered finds what it has leased: what is urgent, what
// was asked for, and a routine watch whose time has come.
func TestLostCommitOfABulkClaim(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, plain := m.migrated(t)
		db, f := m.faultyPool(t, dsn)
		watch, s := m.on(t, plain), m.on(t, db)
		urgent, asked, single, passed := sample("pb-1", "ada"), quietly("pb-2", day(2)), quietly("pb-3", day(3)), quietly("pb-4", day(4))
		single.RoutineAt, single.Start = day(3), day(6)
		passed.RoutineAt = day(4)
		for _, b := range []scheduling.Booking{urgent, asked, single, passed} {
			if _, err := watch.Create(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		now, version := day(7), int64(1)
		for name, fault := range faults {
			version++
			f.next(fault...)
			claimed, err := s.Claim(t.Context(), scheduling.ClaimQuery{Owner: name, Now: now, Until: now.Add(time.Hour), Limit: 9, Bulk: true})
			var got []string
			for _, b := range claimed {
				got = append(got, fmt.Sprint(b.ID, " ", b.Version))
			}
			if want := fmt.Sprintf("[pb-1 %d pb-2 %d pb-3 %d]", version, version, version); err != nil || fmt.Sprint(got) != want {
				t.Errorf("%s: Claim in bulk = %v, error %v; want %s, leased once", name, got, err, want)
			}
			now = now.Add(time.Hour)
		}
		if b, err := watch.Get(t.Context(), "pb-4"); err != nil || b.Version != 1 {
			t.Errorf("what was passed over has version %d, error %v; want 1", b.Version, err)
		}
	})
}

// If the row was written again, the outcome can't be found out: the error is Unclear.
func TestLostCommitOverwritten(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, plain := m.migrated(t)
		db, f := m.faultyPool(t, dsn)
		watch, s := m.on(t, plain), m.on(t, db)
		ctx := t.Context()
		f.after = func() { // another process claims it at once
			if _, err := watch.Claim(context.Background(), scheduling.ClaimQuery{Owner: "other", Now: day(20), Until: day(21), Limit: 1}); err != nil {
				t.Errorf("Claim error = %v, want none", err)
			}
		}

		f.next(commitLost)
		_, err := s.Create(ctx, sample("pb-1", "ada"))
		wantUnclear(t, "Create", err)

		b, err := watch.Get(ctx, "pb-1")
		if err != nil {
			t.Fatal(err)
		}
		b.Lease = scheduling.Lease{}
		f.next(commitLost)
		_, err = s.Update(ctx, b)
		wantUnclear(t, "Update", err)

		f.after = func() {
			if _, err := watch.PutJob(context.Background(), scheduling.Job{Name: "sweep", Version: 2}); err != nil {
				t.Errorf("PutJob error = %v, want none", err)
			}
		}
		j, err := s.PutJob(ctx, scheduling.Job{Name: "sweep"})
		if err != nil {
			t.Fatal(err)
		}
		f.next(commitLost)
		_, err = s.PutJob(ctx, j)
		wantUnclear(t, "PutJob", err)
	})
}

func wantUnclear(t *testing.T, op string, err error) {
	t.Helper()
	if e, ok := errors.AsType[*sqlstore.Error](err); !ok || e.Op != op || !e.Unclear {
		t.Errorf("%s error = %v, want *Error that is Unclear", op, err)
	}
}

// If the database never answers a commit, the call ends with an error that is
// Unclear.
func TestCommitNeverAnswered(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, plain := m.migrated(t)
		db, f := m.faultyPool(t, dsn)
		m.on(t, plain)
		s := m.on(t, db)
		f.next(commitNever, commitNever, commitNever, commitNever, commitNever, commitNever, commitNever)
		_, err := s.Create(t.Context(), sample("pb-1", "ada"))
		wantUnclear(t, "Create", err)
	})
}

// A caller whose context ends during the commit does not interrupt it, and a lost
// answer is still looked up.
func TestCallerLeavesDuringCommit(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, plain := m.migrated(t)
		db, f := m.faultyPool(t, dsn)
		m.on(t, plain)
		s := m.on(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		f.after = cancel
		f.next(commitLost)
		if b, err := s.Create(ctx, sample("pb-1", "ada")); err != nil || b.Version != 1 {
			t.Errorf("Create = version %d, error %v; want 1, none", b.Version, err)
		}
	})
}

// A file that another process writes to for long is waited for, longer than the
// busy time-out of the connection: no caller sees SQLITE_BUSY.
func TestBusyFile(t *testing.T) {
	t.Parallel()
	m := media[0]
	dsn := strings.Replace(m.untouched(t), "busy_timeout(10000)", "busy_timeout(1000)", 1)
	db := m.connect(t, dsn)
	if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
		t.Fatal(err)
	}
	s := m.on(t, db)
	other, err := m.connect(t, dsn).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 1200*time.Millisecond)
	defer cancel()
	if _, err := s.Create(short, sample("pb-1", "ada")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Create in a busy file until the context's end error = %v, want the context's", err)
	}
	waiting, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := s.Create(t.Context(), sample("pb-2", "bob")); err != nil {
			t.Errorf("Create in a file that was busy for long error = %v, want none", err)
		}
	})
	all.Go(func() { // behind it, at the gate or at the file
		if _, err := s.Create(waiting, sample("pb-3", "cyd")); !errors.Is(err, context.Canceled) {
			t.Errorf("Create of a caller who leaves error = %v, want the context's", err)
		}
	})
	time.Sleep(1500 * time.Millisecond)
	leave()
	time.Sleep(100 * time.Millisecond)
	if _, err := other.ExecContext(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	all.Wait()
}

// Sixteen writers, half of them in what could be another process, see no SQLITE_BUSY.
func TestManyWritersOfOneFile(t *testing.T) {
	t.Parallel()
	m := media[0]
	dir := t.TempDir()
	dsn := fileDSN(filepath.Join(dir, "bookings.db"))
	db := m.connect(t, dsn)
	if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
		t.Fatal(err)
	}
	stores := []*sqlstore.Store{m.on(t, db), m.on(t, m.connect(t, dsn))}
	var all sync.WaitGroup
	for i := range 16 {
		s := stores[i%2]
		all.Go(func() {
			for j := range 20 {
				id := fmt.Sprintf("pb-%d-%d", i, j)
				b := sample(scheduling.BookingID(id), scheduling.LearnerID(id))
				b, err := s.Create(t.Context(), b, sent(b))
				if err == nil {
					_, err = s.Update(t.Context(), b, sent(b))
				}
				if err == nil {
					_, err = s.Claim(t.Context(), scheduling.ClaimQuery{Owner: id, Now: day(2), Until: day(3), Limit: 2})
				}
				if err != nil && !errors.Is(err, scheduling.ErrConflict) { // another one has claimed it meanwhile
					t.Errorf("writer %d error = %v, want none", i, err)
				}
			}
		})
	}
	all.Wait()
}
