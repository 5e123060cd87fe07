package sqlstore_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
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
				var next atomic.Int64
				var all sync.WaitGroup
				b.ResetTimer()
				for range workers {
					all.Go(func() {
						for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
							id := fmt.Sprint("pb-", i)
							booking := sample(scheduling.BookingID(id), scheduling.LearnerID(id))
							booking, err := s.Create(b.Context(), booking, sent(booking))
							for range 2 {
								if err == nil {
									booking.Intent.Attempt = 1
									booking.Generation++
									booking, err = s.Update(b.Context(), booking, sent(booking))
								}
							}
							if err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				all.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "bookings/s")
			})
		}
	}
}
