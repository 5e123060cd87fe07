package sqlstore_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
)

// A link opens once, of many at a time in two processes, until it has expired by itself.
func TestLinkMemory(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, db := m.migrated(t)
		memories := []backend.LinkMemory{m.on(t, db).LinkMemory(), m.on(t, m.connect(t, dsn)).LinkMemory()}
		now := day(12)
		until := now.Add(time.Minute)
		for _, link := range []backend.LinkID{{Client: "lms-a", JTI: "1"}, {Client: "lms-a", JTI: "2"}, {Client: "lms-b", JTI: "1"}} {
			var all sync.WaitGroup
			var fresh atomic.Int64
			for i := range 10 {
				all.Go(func() {
					first, err := memories[i%2].Use(t.Context(), link, now, until)
					if err != nil {
						t.Error(err)
					}
					if first {
						fresh.Add(1)
					}
				})
			}
			if all.Wait(); fresh.Load() != 1 {
				t.Errorf("%v opened %d times, want once", link, fresh.Load())
			}
		}
		link := backend.LinkID{Client: "lms-a", JTI: "1"}
		if fresh, err := memories[1].Use(t.Context(), link, until.Add(-time.Second), until); fresh || err != nil {
			t.Errorf("a second before it expires the link is fresh: %t, %v; want not", fresh, err)
		}
	})
}

// A database that is away opens no link.
func TestLinkMemoryWithoutDatabase(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		memory := m.on(t, db).LinkMemory()
		_ = db.Close()
		if fresh, err := memory.Use(t.Context(), backend.LinkID{Client: "lms-a", JTI: "1"}, day(12), day(12).Add(time.Minute)); fresh || err == nil {
			t.Errorf("Use = %t, %v; want an error", fresh, err)
		}
	})
}
