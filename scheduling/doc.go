// Package scheduling books proctored exams. It brings an Open edX platform, which
// knows who takes a course, together with ProctorU, which has the proctors: it
// tells who may book, finds free slots, reserves one, moves it, cancels it, starts
// the session, unlocks the exam, ends it, and reads the outcome. It keeps an exact
// record of all that, also when the network, the provider or your own program
// fails half-way.
//
// It is for services of universities and course operators. Pages, mails and the
// question who may press which button are theirs: this package answers in states,
// instants and codes, never in sentences. Package words has sentences for the codes.
//
//	s, err := scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, store,
//		scheduling.WithUnlockKeys(key))
//
//	learner, err := s.Learner(ctx, "ada_l")        // from the platform
//	err = s.SaveProfile(ctx, learner.ID, profile)  // what the provider also wants to know
//	status, err := s.Status(ctx, exam, learner.ID) // where she stands, what she may do, why not
//	day, err := scheduling.ParseDate("2027-01-12") // a day of her zone
//	for slot, err := range s.Slots(ctx, exam, learner.ID, scheduling.SlotQuery{From: day, To: day.AddDays(4)}) {
//		// one call to the provider a day, as you range
//	}
//	booking, err := s.Book(ctx, exam, learner.ID, start)
//	booking, err = s.Reschedule(ctx, booking.ID, other)
//	booking, err = s.Cancel(ctx, booking.ID, scheduling.Request{Reason: "ill", By: "ada_l"})
//
//	launch, err := s.Begin(ctx, booking.ID)        // exam day: launch.URL for the browser
//	booking, err = s.Unlock(ctx, booking.ID, code) // the proctor types the code
//	booking, err = s.Finish(ctx, booking.ID)
//	outcome, err := s.Outcome(ctx, booking.ID)
//
//	go s.Serve(ctx, scheduling.ServeOptions{}) // finds out what is open, and keeps watch
//	go s.Consume(ctx, "mails", func(ctx context.Context, event scheduling.Event) error {
//		return mail(ctx, event) // what happened, in order, at least once
//	}, scheduling.ConsumeOptions{})
//	for event, err := range s.Events(ctx, scheduling.EventQuery{After: cursor}) {
//		// the same by a loop of your own, which keeps the cursor
//	}
//
// The package's Example is this program in full; there is one more for each step.
//
// # Where things are
//
// The methods of [Scheduler] are the learner's flow and the work behind it. What
// the exam office does is on [StaffService], in Scheduler.Staff. The packages beside
// this one hold what only some programs need:
//
//   - provider: the adapter for ProctorU, and the interface for other providers
//   - platform: the adapter for Open edX, and the interface for other platforms
//   - lists: sessions, who has not booked, reminders, counts and discrepancies, as
//     iterators and CSV files, over a [Store] alone
//   - cohort: books, reschedules and cancels for many learners
//   - problem: HTTP answers for the errors
//   - words: what reasons, losses, states, flags and advice mean, in plain English
//   - openedx: a Scheduler as the proctoring provider of Open edX platforms;
//     openedx/page: plain pages for their learners
//   - metrics: what a Scheduler measures
//   - preflight: the results of [Scheduler.Preflight]
//   - memstore: a store for tests; storetest: the tests of a store of your own
//   - sqlstore: the store for SQLite, PostgreSQL and MariaDB; a module of its own
//   - ical: calendar invitations; a module of its own
//   - simulation: the seeded schedules that prove the engine, and your own Store
//
// # What is guaranteed
//
// Each operation is stored before anything is sent, under one reservation id that
// never changes. However often an answer is lost, a request is repeated or a
// process dies, [Scheduler.Reconcile] ends with what was asked for, once. That
// means, after the trouble is over and Reconcile has looked for some minutes:
//
//   - at most one active reservation for each learner and exam, sat ones aside;
//   - a scheduled booking is at the provider, equal in id, number and start, or
//     its NeedsAttention is set;
//   - a canceled one is gone there, with proof, and no accepted cancel is lost;
//   - an operation has settled, or its booking is flagged for a person to look at.
//
// No client can promise more than its provider lets it, so these are the limits:
//
//   - It needs evidence: a second source, beside the list of active reservations,
//     that shows the canceled ones. With ProctorU that is the activity report.
//     Without any (provider.Traits), a reservation that the provider canceled is
//     merely missing, and the booking is flagged instead of canceled.
//   - The bounds of [Tuning] must be true. Where lists lag longer, a conclusion may
//     come too early, and is put right later.
//   - If the provider makes a second reservation for a repeated id, and the network
//     repeats a request, two exist until [Scheduler.Sweep] removes one, which it
//     does only with SweepRemove.
//   - If the provider keeps the number of a reservation that is moved, a late
//     request may move it back. The booking then follows, and is flagged.
//
// An operation whose outcome is open stays open: no deadline turns "unknown" into
// "failed" or "canceled". The one exception is a reserve or move that is given up
// past Policy.ResendUntil, and also that ends only once it is proven that nothing
// is left of it. The rules were checked with a model of the provider, not with the
// provider itself.
//
// # States
//
// A booking has one [State], from pending over scheduled, begun and unlocked to
// finished; it may also end as canceled, no_show, failed or void.
//
// Beside the state stands the [Intent], the reserve, move or cancel under way, and
// at most one [Wish] that waits for it. While a move is under way, the booking is
// scheduled at its old start, and that start counts until the new one is proven.
// A learner has at most one pending, scheduled, begun or unlocked booking of an
// exam, and may not ask for a start at which another exam of theirs is in the way.
//
// A learner books, reschedules and cancels a booking, which is ours; the engine
// reserves, moves and removes a reservation, which is the provider's. The README has
// a glossary of such words.
//
// # Errors
//
// Each write returns the booking as it now stands, or an error that tells what
// became of it (and with a [*PendingError] the booking too):
//
//   - [*proctorbook.ValidationError]: the input is wrong, field by field.
//   - [*NotAllowedError]: not now, for these reasons; Status gives the same ones
//     beforehand. Likewise [*AlreadyBookedError] and [*TooEarlyError].
//   - [*SlotTakenError], [*RefusedError]: the provider said no. An earlier
//     reservation, if there was one, stands.
//   - [*PendingError]: nobody knows yet. Show "we are checking", keep the booking
//     id, and let Reconcile find out.
//
// The last one is [proctorbook.ErrOutcomeUnknown], all others are
// [proctorbook.ErrNotDone]. A [*BeginError] of [Scheduler.Begin] may be either, and means:
// call it again. Errors of the store come wrapped, with what was being done.
//
// Package problem turns them into HTTP answers for browsers.
//
// No error text, event or log record holds a name, an address, a token, a launch
// URL or an unlock code. What callers give as reason and name of a person is kept
// in the history until the learner is erased.
//
// # Times and zones
//
// All instants are UTC, and every start is a whole second; durations are real
// time, across clock changes too. A start may be given in any zone. The days of
// [Scheduler.Slots] are days of the learner's zone: the profile's, else the
// platform's. It is never guessed: without one the learner can't book. A [Date] is a
// day without a zone; where an instant is asked for, Date.Start makes one of it. An [Exam]
// written by hand in JSON may use wall-clock times of its zone; times that the
// zone skips or repeats are refused. Clock and randomness come in by [WithClock]
// and [WithRandom].
//
// # Rules
//
// A [Policy] limits how late a booking may be moved or canceled, and how often, and
// defines when that counts as late and what it then costs. [Status].Terms shows that
// beforehand. A fee is data: a [Booking] counts its late moves and cancel, and charging
// for them is the application's.
//
// [StaffService.SetAccommodation] gives one learner more time or another window, and
// extra time that the platform grants is read there. One window and one duration
// then hold for the learner everywhere. If the platform can't be asked, nothing is
// booked by a guess.
//
// A booking keeps the exam as it was booked. [StaffService.Affected] lists the
// bookings that don't agree with the exam as it is now, and [StaffService.ApplyExam]
// puts its settings on them: what the provider has, only a move can change.
//
// # Changed profiles
//
// [Scheduler.SaveProfile] stores what a learner changed. [Scheduler.SyncProfile], or
// the next Reconcile, tells the provider if it may have older data. Until the
// provider has confirmed them, [Learner].Sync shows since when.
//
// # More than one machine
//
// Any number of Schedulers may share a [Store], and call Serve, or Run, at once: each piece
// of work is leased to one of them, and a booking that changed meanwhile is
// decided anew. What a process left half-done is due when its lease has run out.
// Give their provider clients a common limiter if there are many. A platform that limits
// its service user does so for all of them together: [Tuning].EnrollmentCache keeps the
// views of pages from using that up, and [Tuning].SlotCache does so at the provider.
// A sweep and the nightly report are done by one of them at a time, if the store is a
// [JobKeeper].
//
// Of one consumer of the events, by its name, one of them at a time calls the func: see
// [Scheduler.Consume].
//
// [Scheduler.Delivered] is for webhooks: it makes a booking due at once, and believes
// nothing else of what the webhook says. Where every change comes as a delivery, too,
// [Tuning].WatchWithDeliveries makes routine watches rarer, and says what it gives up.
//
// # Attendance and outcome
//
// What the proctors report of a session is kept on its booking, in [Session]: the
// facts of the counted reservation, the [Attendance] and the [Verdict] that follow
// from them, and when the report was read. [Scheduler.Outcome] reads the report of
// one learner, [Scheduler.ReadReport] every night that of all. [Booking.Outcome]
// answers without any call, so that no outage decides about a certificate. A later
// report may change a verdict. Staff may overrule verdict and attendance, and take
// back how a booking ended; each act needs a reason and a name.
//
// # Operating
//
// [Scheduler.Preflight] looks whether everything is in its place before learners
// come. Run [Scheduler.Serve] in every process: it reconciles, sweeps every hour, reads the
// report every night, and at the end waits for calls whose callers have left. Programs
// with timers of their own call [Scheduler.Run], [Scheduler.Sweep], [Scheduler.ReadReport]
// and [Scheduler.Close] instead. Package metrics says what to wake somebody for. A booking whose
// NeedsAttention is set is for a person: [StaffService.Explain] tells what keeps it,
// what comes next and what to do, and [StaffService.Resolve] takes the answer of
// whoever has asked the provider. While the provider is down, little is sent: see
// [Tuning].RetryBudget. The package asks nobody for permission: the caller does.
//
// # Testing
//
// Point both clients at proctorutest and edxtest, whose servers keep state, lose
// answers and fall over on request, and give everything one clock of
// proctorbooktest. Book finds out by itself what became of a lost answer while its
// patience lasts: to see a [*PendingError] on a proctorbooktest.Clock, lose one answer
// and pass WithTuning with a Patience of a nanosecond. On other clocks patience also
// ends during a call.
//
// Serve, Run and Consume sleep between their passes: package proctorbooktest says in how
// many goroutines. Give a test of them a proctorbooktest.ManualClock, on which a sleep
// lasts until the test moves the clock, or the system's clock in a bubble of
// testing/synctest.
package scheduling
