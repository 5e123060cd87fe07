package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

const (
	// mostRefused is how often a transaction is tried that the database refuses
	// under load; each try has waited for a lock before.
	mostRefused = 50
	// mostLost is how often a transaction is tried whose connection is lost:
	// once on a connection from the pool, which may be stale, and then on fresh
	// ones.
	mostLost = 5
	// txTime is how long a transaction may take. The end of the caller's context
	// does not stop a commit: that would only hide its outcome.
	txTime = 30 * time.Second
)

// errOverwritten means that the answer to a commit was lost, and that the row
// was written again since, so that it can no longer be seen what became of the
// commit.
var errOverwritten = errors.New("the answer to the commit was lost, and others have written since")

// querier is a database or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (s *Store) exec(ctx context.Context, q querier, query string, args ...any) (sql.Result, error) {
	return q.ExecContext(ctx, s.dialect.query(query), args...)
}

func (s *Store) row(ctx context.Context, q querier, query string, args ...any) *sql.Row {
	return q.QueryRowContext(ctx, s.dialect.query(query), args...)
}

// rows calls scan for each row of the answer, and gives the connection back.
func (s *Store) rows(ctx context.Context, q querier, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, s.dialect.query(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// change is what a transaction does. Its first statement is a write, so that it
// never waits for a lock with an old view. It may be tried several times, with
// unclear set if an earlier try may have been committed.
type change func(ctx context.Context, tx *sql.Tx, unclear bool) error

// verdict returns what it means that a change has run into a unique key, after
// its transaction is over: nil if an earlier try of the change itself holds the
// key.
type verdict func(ctx context.Context, unclear bool) error

// write runs the change in a transaction, and tries again what the database
// refused under load, and what was lost with a connection.
func (s *Store) write(ctx context.Context, op string, do change, taken verdict) error {
	return s.writeBy(ctx, op, func(ctx context.Context, unclear bool) (bool, error) {
		return s.attempt(ctx, func(ctx context.Context, tx *sql.Tx) error { return do(ctx, tx, unclear) })
	}, taken)
}

// try is one try of a write. It reports whether the write may have been committed.
type try func(ctx context.Context, unclear bool) (committing bool, err error)

// writeBy tries once, and again as write does.
func (s *Store) writeBy(ctx context.Context, op string, once try, taken verdict) error {
	if err := s.enter(ctx); err != nil {
		return failed(ctx, op, err, false)
	}
	defer s.leave()
	unclear := false
	for tries := (tries{}); ; {
		work, cancel := ctx, context.CancelFunc(func() {})
		if unclear { // find out, even if the caller's context has ended
			work, cancel = context.WithTimeout(context.WithoutCancel(ctx), txTime)
		}
		committing, err := once(work, unclear)
		if err != nil && kind(err) == repeated && taken != nil {
			err = taken(work, unclear)
		}
		cancel()
		unclear = unclear || committing && err != nil
		if left := ctx.Err() != nil && !unclear; left || !tries.again(err) {
			return failed(ctx, op, err, unclear)
		}
	}
}

// attempt runs one transaction. committing reports whether the commit was sent.
func (s *Store) attempt(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) (committing bool, err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	// The statements end with the caller's context. The transaction must not, or
	// the end of the context could interrupt the commit.
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), txTime)
	defer cancel()
	tx, err := conn.BeginTx(whole, s.txOptions())
	if err != nil {
		return false, err
	}
	if err = do(ctx, tx); err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = tx.Rollback() // an error here is one of the connection, which is then closed
		return false, err
	}
	return true, tx.Commit()
}

// txOptions asks for READ COMMITTED, whatever is the default: each statement sees
// what is committed, after the locks that it waited for.
func (s *Store) txOptions() *sql.TxOptions {
	if s.dialect == SQLite {
		return nil // its transactions are serializable, and its driver knows nothing else
	}
	return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
}

// read runs do, which only reads, and tries again on another connection.
func (s *Store) read(ctx context.Context, op string, do func(ctx context.Context) error) error {
	for tries := (tries{}); ; {
		err := do(ctx)
		if ctx.Err() != nil || !tries.again(err) {
			return failed(ctx, op, err, false)
		}
	}
}

func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil || s.gate == nil {
		return err
	}
	select {
	case s.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) leave() {
	if s.gate != nil {
		<-s.gate
	}
}

// tries counts how often something was tried in vain.
type tries struct{ refused, lost int }

// again reports whether to try again after err.
func (t *tries) again(err error) bool {
	if err == nil || decided(err) || errors.Is(err, errOverwritten) || errors.Is(err, sql.ErrNoRows) {
		return false
	}
	switch kind(err) {
	case refused:
		t.refused++
		return t.refused < mostRefused
	case lost:
		t.lost++
		return t.lost < mostLost
	}
	return false
}
