package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Job implements [scheduling.JobKeeper].
func (s *Store) Job(ctx context.Context, name string) (scheduling.Job, error) {
	j := scheduling.Job{Name: name}
	if !storable(name) {
		return j, ctx.Err()
	}
	var until, done sql.NullInt64
	err := s.read(ctx, "Job", func(ctx context.Context) error {
		query := `SELECT version, lease_owner, lease_until, done_at, data FROM proctorbook_jobs WHERE name = ?`
		return s.row(ctx, s.db, query, name).Scan(&j.Version, &j.Lease.Owner, &until, &done, &j.Data)
	})
	switch {
	case isNoRows(err):
		return scheduling.Job{Name: name}, nil
	case err != nil:
		return scheduling.Job{}, err
	}
	j.Lease.Until, j.Done = orZero(until), orZero(done)
	return j, nil
}

// mostData is how many bytes of Data a job may keep.
const mostData = 64 << 10

var errJobData = errors.New("sqlstore: PutJob: a job's Data is at most 64 KiB of UTF-8 text without zero bytes: keep less")

// PutJob implements [scheduling.JobKeeper].
func (s *Store) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	if len(j.Data) > mostData || !storable(j.Data) {
		return scheduling.Job{}, errJobData
	}
	token, err := s.dice.token()
	if err != nil {
		return scheduling.Job{}, err
	}
	until, done := orNull(j.Lease.Until), orNull(j.Done)
	j.Version++
	j.Lease.Until, j.Done = orZero(until), orZero(done)
	args := []any{j.Version, j.Lease.Owner, until, done, j.Data, token, j.Name}
	err = s.write(ctx, "PutJob",
		func(ctx context.Context, tx *sql.Tx, unclear bool) error {
			if j.Version == 1 {
				query := `INSERT INTO proctorbook_jobs (version, lease_owner, lease_until, done_at, data, token, name) VALUES (` + marks(len(args)) + `)`
				_, err := s.exec(ctx, tx, query, args...)
				return err
			}
			query := `UPDATE proctorbook_jobs SET version = ?, lease_owner = ?, lease_until = ?, done_at = ?, data = ?, token = ? WHERE name = ? AND version = ?`
			result, err := s.exec(ctx, tx, query, append(args, j.Version-1)...)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); n > 0 || err != nil {
				return err
			}
			return s.whoPutJob(ctx, tx, j, token, unclear)
		},
		func(ctx context.Context, unclear bool) error { return s.whoPutJob(ctx, s.db, j, token, unclear) })
	if err != nil {
		return scheduling.Job{}, err
	}
	return j, nil
}

// whoPutJob returns nil if the version was taken by an earlier try of this write, whose
// answer was lost, and ErrConflict if another writer took it.
func (s *Store) whoPutJob(ctx context.Context, q querier, j scheduling.Job, token string, unclear bool) error {
	var version int64
	var last string
	err := s.row(ctx, q, `SELECT version, token FROM proctorbook_jobs WHERE name = ?`, j.Name).Scan(&version, &last)
	switch {
	case isNoRows(err):
		return scheduling.ErrConflict
	case err != nil:
		return err
	case version == j.Version && last == token:
		return nil
	case unclear && version > j.Version:
		return errOverwritten
	}
	return scheduling.ErrConflict
}

// orZero returns the instant that orNull made a number of, zero for NULL.
func orZero(n sql.NullInt64) (t time.Time) {
	if n.Valid {
		t = instant(n.Int64)
	}
	return t
}
