package sqlstore_test

import (
	"testing"

	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/openedx/storetest"
)

func TestOpenEdX(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		storetest.RunShared(t, func(t *testing.T) (a, b openedx.Store) {
			dsn, db := m.migrated(t)
			return m.on(t, db).OpenEdX(), m.on(t, m.connect(t, dsn)).OpenEdX()
		})
	})
}
