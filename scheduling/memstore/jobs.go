package memstore

import (
	"context"
	"time"

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

// PutJob implements [scheduling.JobKeeper].
func (m *Store) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	if err := ctx.Err(); err != nil {
		return scheduling.Job{}, err
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
