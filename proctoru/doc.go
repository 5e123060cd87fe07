// Package proctoru is a client for the REST API of ProctorU, now part of Meazure
// Learning: it finds free slots, reserves them, moves, cancels and starts
// sessions, and reads what happened in them.
//
//	client, err := proctoru.NewClient(proctoru.SandboxURL, os.Getenv("PROCTORU_TOKEN"))
//	if err != nil {
//		return err
//	}
//	zone, err := proctoru.ZoneName("Europe/Paris")
//	if err != nil {
//		return err
//	}
//	slots, err := client.Slots.List(ctx, proctoru.SlotsParams{
//		ZoneID: zone, Start: day, Duration: 90 * time.Minute,
//	})
//	if err != nil {
//		return err
//	}
//	reservation, err := client.Reservations.Create(ctx, proctoru.CreateReservationParams{
//		ID: "exam-7-ada", Student: ada, Start: slots[0].Start,
//		Duration: 90 * time.Minute, Description: "Final exam",
//	})
//	switch {
//	case errors.Is(err, proctoru.ErrOverlap):
//		// Refused: offer another slot.
//	case errors.Is(err, proctorbook.ErrOutcomeUnknown):
//		// It may have been made: look with Reservations.List, then send the same ID again.
//	case err != nil:
//		return err
//	}
//
// Package scheduling of this module does the second case for you, also when
// your own program stops half-way.
//
// # Authentication
//
// The institution has one token for each environment. [NewClient] takes it, and
// sends it in the header Authorization-Token. A refused token is
// [ErrUnauthorized].
//
// # Errors and outcomes
//
// Input that the provider can't take is a [*proctorbook.ValidationError], which
// lists every wrong field with its limit; nothing is sent then. A refusal by the
// provider is an [*Error] with a [Reason], for errors.Is(err,
// proctoru.ErrOverlap). The provider refuses in English prose with HTTP status
// 200, and the client knows the texts that have been recorded: an Error without a
// Reason has a text that it does not know.
//
// The error of a write also tells whether the write was carried out:
//
//   - [proctorbook.ErrNotDone]: provably not. Nothing was sent, or the provider refused in
//     known words, or with a status such as 401 or 429.
//   - [proctorbook.ErrOutcomeUnknown]: perhaps. There was no answer, or one that can't be read,
//     a status of 5xx, unknown words, or a success without a reservation number or for
//     another id than was sent.
//
// A success without data is enough for calls that ask for nothing back: Students.Save (its
// three fields are false then, which says nothing) and Students.AcceptTerms. For
// Students.LookupEmail null is the answer for a free address. Of all other calls that
// return one thing, it is [ErrBadData] or [ErrNoURL], after a write with ErrOutcomeUnknown.
//
// # Lists and reports
//
// Lists are slices of at most 10,000 rows. Only an empty list, [], says that there is
// nothing, and for slots a refusal in known words. A success without data, or with
// null or {} in place of a list, is [ErrNoList]: what was not sent must not be taken
// for absent. A report of an interval may be null, as some accounts send it for days on
// which nothing happened.
//
// Range over a report; an error is the last thing that it yields. A long interval
// is read in pieces that overlap, and rows that repeat each other are left out. A
// [*ReportError] tells where to go on.
//
// # Times and zones
//
// Times are sent in UTC and come back in UTC. The provider names time zones by
// their Windows ids: [ZoneName] and [Location] translate from and to IANA names,
// by a table made from Unicode's CLDR. The provider's list decides, though: it has ids
// that are not in the table, such as GMT and Kamchatka Standard Time. The client sends
// any id, and [FindTimeZone] looks an IANA name up in the list. [WallTime] turns a date and a time of day
// into an instant, and fails where clocks skip or repeat the hour. This package
// does not bring time zone data: import time/tzdata where the machine has none.
//
// # Retries and limits
//
// Reads, and writes that may be repeated, are sent up to three times. Other
// writes are sent again only if they provably did not arrive. The pace is 2
// attempts a second, in bursts of 10 at most; [WithLimiter] changes it. One attempt
// may take 30 s and a call 60 s; [WithTimeout] changes that, and the context ends
// all waits. All calls together send again no more than [WithRetryBudget] allows.
// [WithObserver] is for metrics. Redirects are not followed.
//
// The provider counts errors in a row, and is expected to lock a token after 50.
// The client reads the counter, stops creates at 80 % and everything at 90 % with
// [ErrErrorBudget], and continues by itself when a probe succeeds: see
// [WithLockoutGuard].
//
// # Secrets
//
// Passwords, names in reports and notes are a [Secret], which prints REDACTED;
// launch URLs are a [SecretURL], which prints its scheme and host alone, and is made
// only for https and the hosts on a list ([WithLaunchHosts]). A host is a plain name,
// labels of letters, digits and hyphens: what else a URL may have there, browsers read
// in more than one way. The provider's own words may quote what was sent: they are in
// [Error.Message], and no error prints them.
// What the typed results leave out is in their Raw field; the rows of
// [ReportsService.Activity] have it if [ActivityParams] asks.
//
// # Webhooks
//
// [NewWebhookHandler] checks and reads the provider's notifications, in the one
// format that you name. They can be replayed and may be late: take them as a hint to
// read again. An event is handled at least once; a [ReplayMemory] keeps apart what is
// being handled and what is done.
//
// # Other methods
//
// Some methods are not documented in public, or were last seen years ago:
// getStudentImage, getScheduleInfoTermList, getScheduleInfoExamList,
// getIsReservationAuthenticated, bluebirdclientActivityReport, batchSchedule and
// pollBatchSchedule. They are marked experimental, and keep the answer in Raw.
// For what has no method here, such as exams/add_record_plus_exams_new,
// smarter_services/oauth_token, or a method that the provider adds, call
// [Client.Do] with its name: the same limits and errors apply. The Test Center
// API (v2) is another service and is not covered.
//
// # Testing
//
// Package proctorutest serves a fake of the provider that keeps state, and that
// loses answers when you tell it to.
package proctoru
