package scheduling_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// A machine whose clock was wrong for a moment stops no job on the others, whether it
// stored that it has done it, or that it does it.
func TestServeAfterAWrongClock(t *testing.T) {
	t.Parallel()
	year := func() time.Time { return time.Now().AddDate(1, 0, 0) }
	for name, stored := range map[string]func() scheduling.Job{
		"done":           func() scheduling.Job { return scheduling.Job{Done: year()} },
		"under way":      func() scheduling.Job { return scheduling.Job{Lease: scheduling.Lease{Owner: "other", Until: year()}} },
		"to be repeated": func() scheduling.Job { return scheduling.Job{Done: year(), Lease: scheduling.Lease{Until: year()}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(t)
				for _, name := range []string{"sweep", "report"} {
					row := stored()
					row.Name = name
					must(f.store.PutJob(t.Context(), row))
				}
				for range 2 {
					f.serve(f.seen())
				}
				time.Sleep(73 * time.Hour)
				if n := len(f.sweeps.times()); n < 70 || n > 74 {
					t.Errorf("%d sweeps in 73 hours, want one an hour", n)
				}
				if n := len(f.report.times()); n != 4 {
					t.Errorf("%d readings of the report in 73 hours, want one at once, and one each of three nights", n)
				}
				for _, job := range []string{"sweep", "report"} {
					for _, at := range f.meter.values(metrics.LastPass, "job", job) {
						if at > float64(time.Now().Unix()) {
							t.Errorf("last_pass of %s = %v, which is still to come", job, at)
						}
					}
				}
				if !strings.Contains(f.log.String(), "a wrong clock") {
					t.Error("nothing was logged")
				}
			})
		})
	}
}

// What is ahead by as much as clocks may differ holds: of two replicas neither undoes
// what the other has done.
func TestServeWithClocksThatDiffer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		must(f.store.PutJob(t.Context(), scheduling.Job{Name: "sweep", Done: time.Now().Add(20 * time.Hour)}))
		must(f.store.PutJob(t.Context(), scheduling.Job{Name: "report", Lease: scheduling.Lease{Owner: "other", Until: time.Now().Add(20 * time.Hour)}}))
		f.serve(f.seen())
		time.Sleep(19 * time.Hour)
		if sweeps, reports := len(f.sweeps.times()), len(f.report.times()); sweeps != 0 || reports != 0 {
			t.Errorf("%d sweeps and %d reports, want none: another replica has them", sweeps, reports)
		}
	})
}

// bulkRow is the row of the last bulk reading, as the store has it.
func (o *bulkWorld) bulkRow() (scheduling.Job, time.Time) {
	o.t.Helper()
	row := must(o.memory().Job(o.t.Context(), "bulk_reading"))
	var data struct{ Began time.Time }
	o.did(json.Unmarshal([]byte(row.Data), &data))
	return row, data.Began
}

// A reading that a wrong clock has dated ahead stands for nothing, and keeps no later one
// from being stored.
func TestAReadingDatedAhead(t *testing.T) {
	t.Parallel()
	for name, shift := range map[string]time.Duration{"a year": 365 * 24 * time.Hour, "two minutes": 2 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newBulkWorld(t)
			o.sweep()
			row, began := o.bulkRow()
			ahead := o.clock.Now().Add(shift)
			row.Data = strings.Replace(row.Data, began.Format(time.RFC3339Nano), ahead.Format(time.RFC3339Nano), 1)
			row.Done = ahead
			must(o.memory().PutJob(t.Context(), row))
			if _, began := o.bulkRow(); !began.Equal(ahead) {
				t.Fatalf("began = %s, want %s", began, ahead)
			}
			o.restart(reads)
			if ids := o.looked(); len(ids) != 3 {
				t.Errorf("looked at %v, want all three: nobody knows when the reading began", ids)
			}
			o.sweep()
			if row, began := o.bulkRow(); !row.Done.Equal(began) || began.After(o.clock.Now()) {
				t.Errorf("after the next reading: done at %s, began %s; want both now, %s", row.Done, began, o.clock.Now())
			}
		})
	}
}
