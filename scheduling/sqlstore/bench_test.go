package sqlstore_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// p50 reports the median, in milliseconds, beside the mean that the benchmark knows.
func p50(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms/op")
}

// BenchmarkBooking is what the store adds to a booking: it is created with its
// intent, an attempt is counted before it is sent, and the proof is stored. The
// SQLite file waits for its disk, as Open asks for.
func BenchmarkBooking(b *testing.B) {
	for _, m := range media {
		b.Run(m.name, func(b *testing.B) {
			if missing := m.missing(); missing != "" {
				b.Skip(missing)
			}
			_, s := m.durable(b)
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				id := fmt.Sprint("pb-", i)
				begin := time.Now()
				booking := sample(scheduling.BookingID(id), scheduling.LearnerID(id))
				booking, err := s.Create(b.Context(), booking, sent(booking))
				for range 2 {
					if err == nil {
						booking.Generation++
						booking, err = s.Update(b.Context(), booking, sent(booking))
					}
				}
				if err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begin))
			}
			p50(b, took)
		})
	}
}

// durable returns a pool, and a store on it, with the settings of production.
func (m medium) durable(b *testing.B) (*sql.DB, *sqlstore.Store) {
	dsn, _ := m.migrated(b)
	switch m.name {
	case "sqlite":
		dsn = strings.Replace(sqlstore.DSN(m.dialect), "bookings.db", filepath.Join(b.TempDir(), "bookings.db"), 1)
	case "postgres":
		dsn = strings.Replace(dsn, "synchronous_commit%3Doff", "synchronous_commit%3Don", 1)
	}
	db := m.connect(b, dsn)
	if err := sqlstore.Migrate(b.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
		b.Fatal(err)
	}
	s, err := sqlstore.Open(db, m.dialect)
	if err != nil {
		b.Fatal(err)
	}
	return db, s
}

// BenchmarkPage reads a page of 100 bookings by each filter, out of 1,000 and out
// of 100,000.
func BenchmarkPage(b *testing.B) {
	for _, m := range media {
		for _, rows := range []int{1000, 100_000} {
			b.Run(fmt.Sprint(m.name, "/", rows), func(b *testing.B) {
				if missing := m.missing(); missing != "" {
					b.Skip(missing)
				}
				_, db := m.migrated(b)
				s := m.on(b, db)
				crowd(b, m, db, rows)
				for name, f := range map[string]scheduling.Filter{
					"all": {}, "exam": {Exam: member(7).Exam.Key()}, "state": {States: []scheduling.State{scheduling.StateFinished}}, "learner": {Learner: "learner-77"},
					"day": {StartFrom: day(2), StartUntil: day(2).Add(1000 * time.Minute)},
				} {
					b.Run(name, func(b *testing.B) {
						var took []time.Duration
						for b.Loop() {
							begin, n := time.Now(), 0
							for _, err := range s.List(b.Context(), f) {
								if err != nil {
									b.Fatal(err)
								}
								if n++; n == 100 {
									break
								}
							}
							took = append(took, time.Since(begin))
						}
						p50(b, took)
					})
				}
			})
		}
	}
}

// BenchmarkListAll lists 100,000 bookings, and reports by how much the live heap
// has grown at its highest.
func BenchmarkListAll(b *testing.B) {
	for _, m := range media {
		b.Run(m.name, func(b *testing.B) {
			if missing := m.missing(); missing != "" {
				b.Skip(missing)
			}
			_, db := m.migrated(b)
			s := m.on(b, db)
			crowd(b, m, db, 100_000)
			var most uint64
			for b.Loop() {
				before, n := liveHeap(), 0
				for _, err := range s.List(b.Context(), scheduling.Filter{}) {
					if err != nil {
						b.Fatal(err)
					}
					if n++; n%5050 == 0 { // in the middle of a page
						if now := liveHeap(); now > before {
							most = max(most, now-before)
						}
					}
				}
				if n != 100_000 {
					b.Fatalf("listed %d bookings, want 100,000", n)
				}
			}
			b.ReportMetric(float64(most)/(1<<20), "MiB-grown")
		})
	}
}

func liveHeap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
