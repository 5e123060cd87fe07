// Package cohort books an exam for many learners at once, reschedules all of them,
// or cancels for all of them: dry first, if you like, then really, with a result
// for each row as it comes.
//
//	for r := range cohort.Book(ctx, s, exam, rows, cohort.Options{DryRun: true}) {
//		fmt.Println(r.Index, r.Code, r.Reason)
//	}
//
// # Going on after a crash
//
// A run keeps no record of how far it came: the bookings say it. Run it again with
// the same rows, after a crash too. A row whose learner stands as asked is done and
// sends nothing, so that no row books twice. Call [scheduling.Scheduler.Serve] beside
// it, or Reconcile: rows that a crash left half-done are pending until then.
//
// # Pace, and when it stops
//
// The pace is that of the provider client's limiter. A run stops, and yields each
// row that it has not tried with [CodeNotTried] and a [*StoppedError],
//
//   - when its context ends,
//   - when an error is [proctoru.ErrErrorBudget], before the provider locks the token,
//   - after [Options].MaxFailures rows in a row that went wrong at the provider, at
//     the platform or in the store.
//
// Breaking out of the loop tries no more rows. It lets those under way settle, which
// may take as long as the Scheduler's patience.
package cohort
