// Package memstore has a store that keeps bookings in memory, for tests and
// demonstrations: when its process ends, the bookings are gone, and nothing is left
// to find out with what was sent to the provider.
//
//	store := memstore.New(memstore.WithNamespace("testtest"))
//	s, err := scheduling.New(provider, platform, store)
//
// It passes package storetest, as every [scheduling.Store] must. For production take
// the module scheduling/sqlstore. Scheduler.Preflight warns of this one, since
// [Store.Check] returns scheduling.ErrNotDurable.
package memstore
