package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// The promises of a store that keeps jobs. Of another one they are skipped.
var jobPromises = []promise{
	{"Job, if the store keeps jobs, of one that was never put has its Name alone", jobUnknown},
	{"PutJob counts versions, and every field comes back, instants in UTC and cut to microseconds", jobComesBack},
	{"PutJob from another Version is ErrConflict, and stores nothing", jobConflict},
	{"PutJob keeps Data as it was put, with its Version, up to 64 KiB, and refuses more", jobData},
	{"PutJob tells jobs apart to the letter", jobsApart},
	{"PutJob lets one of many replicas win, each time", jobRace},
	{"no method of a job acts in a canceled context", jobCanceled},
}

// keeper returns the store as one that keeps jobs, or skips the test.
func keeper(t *testing.T, s scheduling.Store) scheduling.JobKeeper {
	t.Helper()
	k, ok := s.(scheduling.JobKeeper)
	if !ok {
		t.Skip("the store keeps no jobs")
	}
	return k
}

// putJob stores the job, or ends the test.
func putJob(t *testing.T, k scheduling.JobKeeper, j scheduling.Job) scheduling.Job {
	t.Helper()
	stored, err := k.PutJob(t.Context(), j)
	if err != nil {
		t.Fatalf("PutJob(%s) from version %d error = %v, want none", j.Name, j.Version, err)
	}
	return stored
}

// wantJob fails if the store has another job under the name.
func wantJob(t *testing.T, k scheduling.JobKeeper, want scheduling.Job) {
	t.Helper()
	got, err := k.Job(t.Context(), want.Name)
	wantError(t, "Job", err, nil)
	wantSame(t, "Job", got, want)
}

func jobUnknown(t *testing.T, open opener) {
	k := keeper(t, open(t))
	wantJob(t, k, scheduling.Job{Name: "sweep"})
	wantJob(t, k, scheduling.Job{Name: ""})
}

func jobComesBack(t *testing.T, open opener) {
	k := keeper(t, open(t))
	given := scheduling.Job{
		Name: "sweep", Lease: scheduling.Lease{Owner: "replica-1", Until: day(2).Add(1999).In(zone("Asia/Kolkata"))},
		Done: day(1).Add(time.Hour + 1999).In(zone("America/New_York")), Data: text("data"),
	}
	want := given
	want.Version, want.Lease.Until, want.Done = 1, day(2).Add(time.Microsecond), day(1).Add(time.Hour+time.Microsecond)

	wantSame(t, "PutJob", putJob(t, k, given), want)
	wantJob(t, k, want)

	want.Lease = scheduling.Lease{}
	putJob(t, k, want)
	want.Version = 2
	wantJob(t, k, want)
	want.Done, want.Lease.Until = time.Time{}, day(3)
	putJob(t, k, want)
	want.Version = 3
	wantJob(t, k, want)
}

func jobConflict(t *testing.T, open opener) {
	k := keeper(t, open(t))
	_, err := k.PutJob(t.Context(), scheduling.Job{Name: "sweep", Version: 1})
	wantError(t, "PutJob of a new job from version 1", err, scheduling.ErrConflict)
	wantJob(t, k, scheduling.Job{Name: "sweep"})

	newest := putJob(t, k, putJob(t, k, scheduling.Job{Name: "sweep", Done: day(1)}))
	for name, version := range map[string]int64{"an older": 1, "no": 0, "a later": 3, "a negative": -1} {
		_, err := k.PutJob(t.Context(), scheduling.Job{Name: "sweep", Version: version, Done: day(9)})
		wantError(t, "PutJob from "+name+" version", err, scheduling.ErrConflict)
	}
	wantJob(t, k, newest)
}

func jobData(t *testing.T, open opener) {
	k := keeper(t, open(t))
	const most = 64 << 10
	newest := putJob(t, k, scheduling.Job{Name: "report", Data: text(`{"read":`)})
	wantJob(t, k, scheduling.Job{Name: "report", Version: 1, Data: text(`{"read":`)})
	for _, version := range []int64{0, 2} {
		_, err := k.PutJob(t.Context(), scheduling.Job{Name: "report", Version: version, Data: "another's"})
		wantError(t, "PutJob from another version", err, scheduling.ErrConflict)
	}
	for _, j := range []scheduling.Job{newest, {Name: "sweep"}} {
		long := j
		long.Data = strings.Repeat("é", most/2) + "x"
		if _, err := k.PutJob(t.Context(), long); err == nil || errors.Is(err, scheduling.ErrConflict) {
			t.Errorf("PutJob of %d bytes of Data error = %v, want one that refuses them", len(long.Data), err)
		}
		wantJob(t, k, j)
	}
	newest.Data = strings.Repeat("é", most/2)
	newest = putJob(t, k, newest)
	wantJob(t, k, newest)
	if len(newest.Data) != most || newest.Version != 2 {
		t.Errorf("PutJob returned version %d with %d bytes of Data, want 2 with %d", newest.Version, len(newest.Data), most)
	}
	newest.Data = ""
	wantJob(t, k, putJob(t, k, newest))
}

func jobsApart(t *testing.T, open opener) {
	k := keeper(t, open(t))
	for i, name := range []string{"sweep", "Sweep", "swéep", "sweep "} {
		putJob(t, k, scheduling.Job{Name: name, Done: day(i + 1)})
	}
	for i, name := range []string{"sweep", "Sweep", "swéep", "sweep "} {
		wantJob(t, k, scheduling.Job{Name: name, Version: 1, Done: day(i + 1)})
	}
}

func jobRace(t *testing.T, open opener) {
	k := keeper(t, open(t))
	for version := range int64(3) {
		results := make([]error, 16)
		together(len(results), func(i int) {
			_, results[i] = k.PutJob(t.Context(), scheduling.Job{Name: "sweep", Version: version})
		})
		wantOneWinner(t, "PutJob", results, scheduling.ErrConflict)
		wantJob(t, k, scheduling.Job{Name: "sweep", Version: version + 1})
	}
}

func jobCanceled(t *testing.T, open opener) {
	k := keeper(t, open(t))
	stored := putJob(t, k, scheduling.Job{Name: "sweep", Done: day(1)})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := k.Job(canceled, "sweep")
	wantError(t, "Job in a canceled context", err, context.Canceled)
	for _, j := range []scheduling.Job{stored, {Name: "report"}} {
		_, err = k.PutJob(canceled, j)
		wantError(t, "PutJob in a canceled context", err, context.Canceled)
	}
	wantJob(t, k, stored)
	wantJob(t, k, scheduling.Job{Name: "report"})
}
