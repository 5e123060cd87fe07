package sqlstore_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// relay passes connections on to a server, and can go away.
type relay struct {
	t       *testing.T
	to      string
	address string
	mu      sync.Mutex
	listens net.Listener
	conns   []net.Conn
}

func newRelay(t *testing.T, to string) *relay {
	r := &relay{t: t, to: to, address: "127.0.0.1:0"}
	r.come()
	t.Cleanup(r.leave)
	return r
}

// come listens, at the same address as before.
func (r *relay) come() {
	listener, err := net.Listen("tcp", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listens, r.address = listener, listener.Addr().String()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", r.to)
			if err != nil {
				_ = conn.Close()
				continue
			}
			r.mu.Lock()
			r.conns = append(r.conns, conn, server)
			r.mu.Unlock()
			go func() { _, _ = io.Copy(conn, server) }()
			go func() { _, _ = io.Copy(server, conn) }()
		}
	}()
}

// cut ends all connections.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range r.conns {
		_ = conn.Close()
	}
	r.conns = nil
}

// leave ends all connections, and takes no new ones.
func (r *relay) leave() {
	r.mu.Lock()
	_ = r.listens.Close()
	r.mu.Unlock()
	r.cut()
}

// through returns the DSN that leads through the relay.
func (m medium) through(t *testing.T, dsn string) (string, *relay) {
	t.Helper()
	if m.name == "mariadb" {
		config, err := mysql.ParseDSN(dsn)
		if err != nil {
			t.Fatal(err)
		}
		r := newRelay(t, config.Addr)
		config.Addr = r.address
		return config.FormatDSN(), r
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	r := newRelay(t, u.Host)
	u.Host = r.address
	return u.String(), r
}

// A server that goes away is an error at once; when it is back, the same store
// works again. Connections that have broken meanwhile are no error.
func TestDatabaseGoesAwayAndComesBack(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		if m.name == "sqlite" {
			t.Skip("a file has no connection to lose: see TestBusyFile")
		}
		dsn, _ := m.migrated(t)
		dsn, r := m.through(t, dsn)
		db := m.connect(t, dsn)
		s := m.on(t, db)
		ctx := t.Context()
		b, err := s.Create(ctx, sample("pb-1", "ada"))
		if err != nil {
			t.Fatal(err)
		}

		for i := range 3 {
			r.cut()
			b.Generation++
			if b, err = s.Update(ctx, b, sent(b)); err != nil {
				t.Fatalf("Update %d after the connections broke error = %v, want none", i, err)
			}
			r.cut()
			if _, err := s.Get(ctx, "pb-1"); err != nil {
				t.Errorf("Get after the connections broke error = %v, want none", err)
			}
		}

		r.leave()
		for name, call := range everyCall(ctx, s, b) {
			err := call()
			if e, ok := errors.AsType[*sqlstore.Error](err); !ok || e.Unclear || e.Op != name {
				t.Errorf("%s without a database error = %v, want *Error of %s that is not Unclear", name, err, name)
			}
		}
		r.come()
		b.Generation++
		if b, err = s.Update(ctx, b, sent(b)); err != nil || b.Version != 5 {
			t.Errorf("Update when the database is back = version %d, error %v; want 5, none", b.Version, err)
		}
	})
}

// everyCall calls each method that needs the database.
func everyCall(ctx context.Context, s *sqlstore.Store, b scheduling.Booking) map[string]func() error {
	return map[string]func() error{
		"Create": func() error { _, err := s.Create(ctx, sample("pb-2", "bob")); return err },
		"Update": func() error { _, err := s.Update(ctx, b); return err },
		"Claim": func() error {
			_, err := s.Claim(ctx, scheduling.ClaimQuery{Owner: "w", Now: day(2), Until: day(3), Limit: 1})
			return err
		},
		"Get":        func() error { _, err := s.Get(ctx, b.ID); return err },
		"Active":     func() error { _, err := s.Active(ctx, b.Learner, b.Exam.Key()); return err },
		"Events":     func() error { _, err := s.Events(ctx, scheduling.EventQuery{Limit: 1}); return err },
		"PutLearner": func() error { _, err := s.PutLearner(ctx, scheduling.Learner{ID: "x"}); return err },
		"Learner":    func() error { _, err := s.Learner(ctx, "x", 0); return err },
		"Job":        func() error { _, err := s.Job(ctx, "sweep"); return err },
		"PutJob":     func() error { _, err := s.PutJob(ctx, scheduling.Job{Name: "sweep"}); return err },
		"List": func() error {
			for _, err := range s.List(ctx, scheduling.Filter{}) {
				return err
			}
			return nil
		},
	}
}
