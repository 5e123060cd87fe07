package memstore

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/proctorbook/proctorbook/scheduling"
)

var _ scheduling.JobKeeper = (*Store)(nil)

// Job implements [scheduling.JobKeeper].
func (m *Store) Job(ctx context.Context, name string) (scheduling.Job, error) {
	if err := ctx.Err(); err != nil {
		return scheduling.Job{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if j, ok := m.jobs[name]; ok {
		return j, nil
	}
	return scheduling.Job{Name: name}, nil
}

// mostData is how many bytes of Data a job may keep.
const mostData = 64 << 10

var errJobData = errors.New("memstore: PutJob: a job's Data is at most 64 KiB of UTF-8 text without zero bytes: keep less")

// PutJob implements [scheduling.JobKeeper].
func (m *Store) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	if err := ctx.Err(); err != nil {
		return scheduling.Job{}, err
	}
	if len(j.Data) > mostData || !utf8.ValidString(j.Data) || strings.Contains(j.Data, "\x00") {
		return scheduling.Job{}, errJobData
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.jobs[j.Name].Version != j.Version {
		return scheduling.Job{}, scheduling.ErrConflict
	}
	j.Version++
	j.Lease.Until, j.Done = j.Lease.Until.UTC().Truncate(time.Microsecond), j.Done.UTC().Truncate(time.Microsecond)
	m.jobs[j.Name] = j
	return j, nil
}
