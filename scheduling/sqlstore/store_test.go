package sqlstore_test

import (
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/storetest"
)

// childEnv tells a process that another test has started it.
const childEnv = "PROCTORBOOK_TEST_CHILD"

func TestStore(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		storetest.Run(t, func(t *testing.T) scheduling.Store { return m.open(t) })
	})
}

// Two processes on one database are one store.
func TestStoreShared(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		storetest.RunShared(t, func(t *testing.T) (a, b scheduling.Store) {
			dsn, db := m.migrated(t)
			return m.on(t, db), m.on(t, m.connect(t, dsn))
		})
	})
}
