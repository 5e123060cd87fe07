package scheduling

import (
	"context"
	"time"
)

// Job is what a store keeps of a job that one replica at a time does, such as the
// nightly reading of the report.
type Job struct {
	Name    string    // the job's own, such as "sweep"; at most 255 bytes
	Version int64     // counts the writes, from 1 on; 0 before the first one
	Lease   Lease     // who does it, and until when; without an owner: nobody may begin it before Until
	Done    time.Time // when the last run that reached its end had begun; UTC, zero if none did
	Data    string    // what the job itself keeps, such as what it read last; at most 64 KiB, "" for nothing
}

// JobKeeper is a [Store] that keeps jobs for [Scheduler.Serve]. The stores of this
// library do. What [Store] says of instants, contexts and errors holds for it, too.
type JobKeeper interface {
	// Job returns the job with that name. One that was never put has its Name alone.
	Job(ctx context.Context, name string) (Job, error)

	// PutJob stores the job, and returns it with the next Version. It returns ErrConflict,
	// and stores nothing, if the stored Version differs from j.Version: of several
	// replicas that read the same Version, one succeeds.
	PutJob(ctx context.Context, j Job) (Job, error)
}
