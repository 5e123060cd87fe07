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
