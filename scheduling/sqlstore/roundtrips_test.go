package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// counted is a pool that knows what was sent to the database, one line a round trip.
type counted struct {
	driver.Connector
	mu   sync.Mutex
	sent []string
}

func (c *counted) add(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	line, _, _ = strings.Cut(strings.Join(strings.Fields(line), " "), " WHERE ")
	c.sent = append(c.sent, line[:min(len(line), 60)])
}

// take returns what was sent since it was last called.
func (c *counted) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := c.sent
	c.sent = nil
	return sent
}

func (c *counted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	return &countedConn{faultyConn{Conn: conn, f: &faulty{}}, c}, err
}

type countedConn struct {
	faultyConn
	c *counted
}

func (c *countedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	c.c.add("BEGIN")
	tx, err := c.faultyConn.BeginTx(ctx, opts)
	return &countedTx{tx, c.c}, err
}

func (c *countedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.c.add(query)
	return c.faultyConn.ExecContext(ctx, query, args)
}

func (c *countedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.c.add(query)
	return c.faultyConn.QueryContext(ctx, query, args)
}

type countedTx struct {
	driver.Tx
	c *counted
}

func (tx *countedTx) Commit() error {
	tx.c.add("COMMIT")
	return tx.Tx.Commit()
}

func (tx *countedTx) Rollback() error {
	tx.c.add("ROLLBACK")
	return tx.Tx.Rollback()
}

// What a write takes on PostgreSQL: two round trips if it asks for a time of the learner,
// since it has to look at the learner's other bookings first, and else one.
func TestRoundTripsOfABooking(t *testing.T) {
	t.Parallel()
	m := media[1]
	if missing := m.missing(); missing != "" {
		t.Skip(missing)
	}
	dsn, plain := m.migrated(t)
	c := &counted{Connector: connector{dsn, m.connect(t, dsn).Driver()}}
	db := sql.OpenDB(c)
	t.Cleanup(func() { _ = db.Close() })
	s := m.on(t, plain)
	counted := m.on(t, db)

	c.take()
	b, err := counted.Create(t.Context(), sample("pb-1", "ada"), several(sample("pb-1", "ada"), 2)...)
	wantSent(t, "Create", c.take(), err, 2)
	b.Intent.Attempt = 1
	b, err = counted.Update(t.Context(), b, several(b, 3)...)
	wantSent(t, "Update", c.take(), err, 2) // with a look at what the stored version asks for
	b.Intent, b.State, b.Start = nil, scheduling.StateScheduled, day(11)
	b, err = counted.Update(t.Context(), b, sent(b))
	wantSent(t, "Update of a fact", c.take(), err, 1)
	_, err = counted.Update(t.Context(), b)
	wantSent(t, "Update without an event", c.take(), err, 1)
	if all := readAll(t, s, "", 10); len(all) != 6 {
		t.Errorf("there are %d events, want 6", len(all))
	}

	proctor, lms := proctorutest.NewServer(), edxtest.NewServer()
	t.Cleanup(proctor.Close)
	t.Cleanup(lms.Close)
	start := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 14)
	lms.AddCourse(edxtest.Course{Key: "course-v1:Uni+MATH+2027", Name: "Mathematics"})
	lms.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", TimeZone: "Europe/Paris"})
	lms.Enroll("ada_l", "course-v1:Uni+MATH+2027", "verified", true)
	r := rush{m, dsn, proctor.URL, proctor.Token, lms.URL, lms.ClientID, lms.ClientSecret, start}
	scheduler := r.scheduler(t, db)
	l, err := scheduler.Learner(t.Context(), "ada_l")
	if err == nil {
		err = scheduler.SaveProfile(t.Context(), l.ID, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"})
	}
	if err != nil {
		t.Fatal(err)
	}
	c.take()
	_, err = scheduler.Book(t.Context(), r.exam(), l.ID, start)
	wantSent(t, "Book", c.take(), err, mostOfBook)
}

// A claim that finds nothing due is one look: it begins no transaction, so that no writer
// waits for it.
func TestIdleClaimWritesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, plain := m.migrated(t)
		c := &counted{Connector: connector{dsn, m.connect(t, dsn).Driver()}}
		db := sql.OpenDB(c)
		t.Cleanup(func() { _ = db.Close() })
		if _, err := m.on(t, plain).Create(t.Context(), sample("pb-1", "ada")); err != nil {
			t.Fatal(err)
		}
		s := m.on(t, db)
		for _, bulk := range []bool{false, true} {
			q := scheduling.ClaimQuery{Owner: "w", Now: day(1).Add(-time.Second), Until: day(3), Limit: 9, Bulk: bulk}
			c.take()
			claimed, err := s.Claim(t.Context(), q)
			sent := c.take()
			wantSent(t, "Claim with nothing due", sent, err, 1)
			if len(claimed) != 0 || len(sent) != 1 || !strings.HasPrefix(sent[0], "SELECT ") {
				t.Errorf("Claim with nothing due = %d bookings, and sent %q; want none, and one SELECT", len(claimed), sent)
			}
		}
		if claimed, err := s.Claim(t.Context(), scheduling.ClaimQuery{Owner: "w", Now: day(1), Until: day(3), Limit: 9}); err != nil || len(claimed) != 1 {
			t.Errorf("Claim = %d bookings, %v; want the one that is due", len(claimed), err)
		}
		c.take()
		q := scheduling.ClaimQuery{Owner: "v", Now: day(2), Until: day(4), Limit: 9}
		claimed, err := s.Claim(t.Context(), q)
		if wantSent(t, "Claim of what another one has", c.take(), err, 1); len(claimed) != 0 {
			t.Errorf("Claim of what another one has = %d bookings, want none", len(claimed))
		}
	})
}

// mostOfBook is how many round trips a Book takes at most.
const mostOfBook = 8

func wantSent(t *testing.T, what string, sent []string, err error, most int) {
	t.Helper()
	if err != nil || len(sent) > most {
		t.Errorf("%s: error %v, %d round trips, want at most %d:\n%s", what, err, len(sent), most, strings.Join(sent, "\n"))
	}
}
