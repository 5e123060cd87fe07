package sqlstore_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// BenchmarkBookWriters is how many bookings a second so many workers write at once, side
// by side: each is created with its intent, an attempt is counted before it is sent, and
// the proof is stored, all with an event. Commits wait for the disk.
func BenchmarkBookWriters(b *testing.B) {
	for _, m := range media {
		for _, workers := range []int{1, 8, 32} {
			b.Run(fmt.Sprint(m.name, "/", workers), func(b *testing.B) {
				if missing := m.missing(); missing != "" {
					b.Skip(missing)
				}
				db, s := m.durable(b)
				db.SetMaxOpenConns(workers + 2)
				db.SetMaxIdleConns(workers + 2)
				begin := make(chan struct{})
				var next atomic.Int64
				var warm, all sync.WaitGroup
				warm.Add(workers)
				for i := range workers {
					all.Go(func() {
						err := bookOnce(b, s, fmt.Sprint("pb-warm-", i)) // each has its connection before the time counts
						warm.Done()
						<-begin
						for n := next.Add(1); err == nil && n <= int64(b.N); n = next.Add(1) {
							err = bookOnce(b, s, fmt.Sprint("pb-", n))
						}
						if err != nil {
							b.Error(err)
						}
					})
				}
				warm.Wait()
				b.ResetTimer()
				close(begin)
				all.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "bookings/s")
			})
		}
	}
}

// bookOnce writes what a booking writes.
func bookOnce(b *testing.B, s *sqlstore.Store, id string) error {
	booking := sample(scheduling.BookingID(id), scheduling.LearnerID(id))
	booking, err := s.Create(b.Context(), booking, sent(booking))
	for range 2 {
		if err == nil {
			booking.Intent.Attempt = 1
			booking.Generation++
			booking, err = s.Update(b.Context(), booking, sent(booking))
		}
	}
	return err
}
