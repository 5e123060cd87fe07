// Package preflight holds the results of the checks that a service makes before
// its first booking. Scheduler.Preflight of package scheduling returns them, and a
// provider or a platform may add checks of its own. What to do about each that is not ok
// stands on the project's page on operating.
//
//	for _, check := range s.Preflight(ctx, exam) {
//		if check.Failed() {
//			log.Fatalf("%s: %v", check.Code, check.Err)
//		}
//	}
package preflight

import "context"

// Checker is a store that has checks of its own, such as whether others can read what
// it keeps. Scheduler.Preflight adds them to its own.
type Checker interface {
	// Preflight makes the checks, and changes nothing. It makes all of them even if
	// others fail.
	Preflight(ctx context.Context) []Check
}

// Code names one thing that is checked.
type Code string

// The checks. In brackets: the keys of Check.Data.
const (
	CodeStore               Code = "store"                // the store answers
	CodeStoreSchema         Code = "store_schema"         // tables and settings are right; a warning for a store that keeps nothing
	CodeStoreAccess         Code = "store_access"         // nobody else can read what the store keeps, or what goes to it: a warning if somebody can [file, mode]
	CodeStoreStatistics     Code = "store_statistics"     // the database knows by its statistics how to find bookings: a warning if it has none, as after a restore; left out by stores that need none [columns]
	CodeUnlockKeys          Code = "unlock_keys"          // there is a key to make unlock codes with, and one for each active booking [keys, missing]
	CodeEvidence            Code = "evidence"             // a warning if the provider has none, see provider.Traits
	CodeExam                Code = "exam"                 // the exam is valid; a warning if no sitting fits into the rest of its window [course, usage]
	CodeExamModes           Code = "exam_modes"           // the course offers the exam's modes; a warning if some are missing, or it offers none [course, usage, missing]
	CodeProviderAccess      Code = "provider_access"      // the provider accepts the token
	CodeProviderEnvironment Code = "provider_environment" // production or sandbox; a warning for an unknown host [environment]
	CodeProviderStudents    Code = "provider_students"    // the prefix of the learners' ids in the account is sound [prefix]
	CodeProviderShared      Code = "provider_shared"      // nobody else books for the same students; a warning if another store's reservations are seen [others]
	CodeProviderClock       Code = "provider_clock"       // this machine's clock agrees with the provider's [skew]
	CodeProviderZones       Code = "provider_zones"       // the provider offers the exams' zones, and none that is unknown or can't be loaded here [zones, missing, unknown, unloadable]
	CodeBulkWatch           Code = "bulk_watch"           // a bulk reading of Sweep stands for routine watches; a warning if none does and there are Tuning.BulkFrom bookings, or more than the pace bears [stands, until; of the last reading began, failed, or ahead, shown, confirmed, and gaps, the days that it lacks; bookings, counted up to 100000; singly_per_hour and singly_per_second, the requests that single looks take; pace, in requests a second, of this process alone, and singly_at_pace, the bookings that it bears; learners, whose they are; sweep_requests and sweep_takes, what the next pass of Sweep takes, and sweep_most and sweep_takes_most, what it takes at most]
	CodeDeliveries          Code = "deliveries"           // every change of the last day came as a delivery of the webhook, too, as the last pass of Sweep counted; a warning if not, and Tuning.WatchWithDeliveries is set [shown, began; told and missed, bookings with such a change and with one that did not; missed_at; bookings, some of these; interval, and until, when the last sweep no longer stands]
	CodeConsumer            Code = "consumer"             // a consumer of events goes on; a warning if the store does not know its cursor, or events are stuck [consumer; held and stuck, the bookings with an event that failed, and with one that a person should look at; oldest, when the first of these events happened; bookings, some of those that are stuck]
	CodePlatformAccess      Code = "platform_access"      // the platform accepts the credentials
	CodePlatformEnrollments Code = "platform_enrollments" // enrollments may be read; a warning for a course without learners [course]
	CodePlatformAccounts    Code = "platform_accounts"    // accounts may be read, with their ids [course]
	CodePlatformAllowances  Code = "platform_allowances"  // extra time may be read; a warning if a learner's is no number [course, usage, unreadable]
)

// Verdict is how a check ended.
type Verdict string

// The verdicts.
const (
	VerdictOK      Verdict = "ok"      // as it should be
	VerdictWarning Verdict = "warning" // bookings work, but the operator should look at it
	VerdictFailed  Verdict = "failed"  // bookings will fail
	VerdictSkipped Verdict = "skipped" // there was nothing to check it with
)

// Check is the result of one check. It holds no secret and no personal data. Its
// JSON form leaves the error out.
type Check struct {
	Code    Code              `json:"code"`           // what was checked
	Verdict Verdict           `json:"verdict"`        // how it ended
	Data    map[string]string `json:"data,omitempty"` // keys, counts and durations; the codes name them
	Err     error             `json:"-"`              // why it is no better; may be nil
}

// Of returns a check that is ok if err is nil, and else failed.
func Of(code Code, err error) Check {
	if err != nil {
		return Check{Code: code, Verdict: VerdictFailed, Err: err}
	}
	return Check{Code: code, Verdict: VerdictOK}
}

// Failed reports whether bookings will fail because of this check.
func (c Check) Failed() bool { return c.Verdict == VerdictFailed }
