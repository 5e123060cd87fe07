// Package storetest is the test suite that every [scheduling.Store] must pass,
// and with it the Store's specification. A store's own test is short:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) scheduling.Store { return openEmptyStore(t) })
//	}
//
// The suite asks for nothing but the Store's methods, and if the store has them those of
// [scheduling.UsernameFinder], [scheduling.JobKeeper], [scheduling.ConsumerKeeper],
// [scheduling.BookingCounter] and [Spoiler]. It treats every error that the contract does
// not name as a failure: a store on a database must itself repeat what the database
// refuses under load (a busy file, a failed serialization). Run it with -race as well.
package storetest

import (
	"slices"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

// promise is one sentence of the contract, and the check of it.
type promise struct {
	text  string
	check func(t *testing.T, open opener)
}

// opener opens a fresh, empty store.
type opener func(t *testing.T) scheduling.Store

// Spoiler is a store whose records can be made unreadable, as damage or a newer program
// can make them. If open returns one, the suite also checks what is promised of such
// records: by a method of the store for tests, or by a type around it that writes into
// its medium. Each method returns how to undo what it did.
type Spoiler interface {
	SpoilBooking(id scheduling.BookingID) (repair func()) // the booking's row
	SpoilEvent(c scheduling.Cursor) (repair func())       // the event with that cursor
	SpoilLearner(id scheduling.LearnerID) (repair func()) // every version of the record
}

// Run checks every promise of the contract in a parallel subtest of its own,
// named after the promise. Each calls open for a store that is fresh, empty and
// not shared with another subtest, with a namespace of its own; open closes it
// with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) scheduling.Store) {
	t.Helper()
	for _, p := range suite {
		t.Run(p.text, func(t *testing.T) {
			t.Parallel()
			p.check(t, open)
		})
	}
}

var suite = slices.Concat(
	createPromises, updatePromises, busyPromises, activePromises, roundTripPromises, memoryPromises,
	claimPromises, bulkPromises, listPromises, filterPromises, countPromises, eventPromises,
	learnerPromises, erasePromises, namespacePromises, jobPromises, consumerPromises, unreadablePromises,
	concurrencyPromises, contextPromises,
)
