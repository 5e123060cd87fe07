package proctorutest

import (
	"fmt"
	"maps"

	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// Names of the variants that [Server.Play] takes, each with its alternatives, the default
// first. [Variants] has the question behind each of them, and what is known of it.
const (
	VariantBadKey            = "bad-key"             // code-2 | http-401 | redirect-302 | html-403
	VariantTimeSentTolerance = "time-sent-tolerance" // 5m | 60s | 15m | absent-is-stale | future-accepted
	VariantTimeSentFormat    = "time-sent-format"    // lenient | no-dates | strict
	VariantErrorTimeSent     = "error-time-sent"     // echo | server-clock | absent | empty
	VariantErrorCounterScope = "error-counter-scope" // key | key-and-endpoint | reset-after-1h | never-reset
	VariantErrorLimit        = "error-limit"         // locked | http-403 | unlock-after-1h | nothing
	VariantErrorSuffix       = "error-suffix"        // as-documented | never | twice | of-100
	VariantErrorText         = "error-text"          // documented | other-case | full-stop | unknown
	VariantErrorStatus       = "error-status"        // 200 | 500-envelope | 500-html | 502-html | 503-html | 504-html | 429 | 429-retry-after
	VariantEmptyList         = "empty-list"          // array | null | missing | object
	VariantNoSlots           = "no-slots"            // array | null | error
	VariantLocalStartDate    = "local-start-date"    // real-offset | false-z | missing | equal
	VariantSlotSpan          = "slot-span"           // rest-of-day | 24h | several-days | past-included
	VariantNumbers           = "numbers"             // numbers | strings | floats
	VariantUnofferedSlot     = "unoffered-slot"      // quarter-hours | any-minute | unknown-text
	VariantOverlapRule       = "overlap-rule"        // intersect | same-start | padded | none
	VariantCreateOrder       = "create-order"        // exist-first | exist-last
	VariantRepeatedID        = "repeated-id"         // refuses-ever | refuses-while-active | per-learner | updates | creates
	VariantCreateWithNumber  = "create-with-number"  // same-number | new-number | refused | ignored
	VariantMove              = "move"                // new-number | same-number | refused
	VariantMoveRows          = "move-rows"           // one | two-for-a-moment
	VariantSecondRemoval     = "second-removal"      // canceled | success | not-found
	VariantExplanation       = "explanation"         // optional | required
	VariantLateRemoval       = "late-removal"        // before-begin | allowed
	VariantCancelledRows     = "cancelled-rows"      // by-status | shown-unmarked | status-ignored
	VariantPastRows          = "past-rows"           // 24h | hidden-at-start | for-ever
	VariantListLag           = "list-lag"            // none | time | reads
	VariantBeginWindow       = "begin-window"        // 15m | at-start | 30m | never-too-late
	VariantBeginKey          = "begin-key"           // number-alone | both | id-alone
	VariantBeginAnswer       = "begin-answer"        // object | rows | url-rows | null
	VariantBeginTwice        = "begin-twice"         // new-url | same-url | refused
	VariantLearnerOnCreate   = "learner-on-create"   // saved | must-exist | never-updated
	VariantMissingFields     = "missing-fields"      // code-2 | http-500 | accepted
	VariantLongValues        = "long-values"         // cut | code-2 | http-500
	VariantLongReport        = "long-report"         // 500-over-30-days | 500-over-10-days | slow | partial
	VariantReportDuplicates  = "report-duplicates"   // adjacent | none | apart
	VariantReportGaps        = "report-gaps"         // 1-in-50 | none | every-second
	VariantReportLag         = "report-lag"          // none | minutes
	VariantReportSessions    = "report-sessions"     // all | past-only
	VariantReportDates       = "report-dates"        // start | created
	VariantReportEnds        = "report-ends"         // instants | whole-days | end-at-midnight
	VariantReportRows        = "report-rows"         // all-rows | 500-over-10000 | first-5000
	VariantSchoolNotes       = "school-notes"        // returned | empty
	VariantZoneNames         = "zone-names"          // windows | more-names | iana-too | unknown-is-utc
	VariantTrailingSlash     = "trailing-slash"      // either | redirect
	VariantReadMethods       = "read-methods"        // both | documented-only
	VariantConcurrency       = "concurrency"         // serialised | both-succeed

	VariantBlueBirdAnswer      = "bluebird-answer"       // data-url | launch-url | top-level | message
	VariantWebhooks            = "webhooks"              // json | csv | form | unsigned | replayed | out-of-order | twice | late | wrong-secret | upper-case-hex
	VariantCommitWithoutAnswer = "commit-without-answer" // off | answer-lost | late
	VariantRecordPlusAnswer    = "record-plus-answer"    // top-level | under-data | uuid

	VariantTakeItNow        = "take-it-now"        // all-slots | next-hours
	VariantEditKey          = "edit-key"           // number-alone | both
	VariantEditID           = "edit-id"            // new | kept
	VariantExamDates        = "exam-dates"         // optional | required
	VariantExamSlots        = "exam-slots"         // learners-zone | utc-day | refused
	VariantSlotsWithoutExam = "slots-without-exam" // required | exam-not-found | ad-hoc
	VariantDateAlone        = "date-alone"         // in-zone | utc
	VariantBlankValues      = "blank-values"       // keep | erase
	VariantZoneDescription  = "zone-description"   // windows-id | iana
	VariantHistoryText      = "history-text"       // cancelled-created-by | first-without-time | oldest-first | cancelled-by
	VariantEndpointCase     = "endpoint-case"      // any | exact
	VariantDepartmentList   = "department-list"    // data | bare-array
)

// How well a variant's default is known. What else is known stands behind.
const (
	seen     = "seen in production clients"
	recorded = "recorded"
	nobody   = "nobody shows it"
)

var variants = []proctorbooktest.Variant{
	{Number: 1, Name: VariantBadKey, Question: "what does a missing or wrong key get?", Known: nobody, Default: "code-2", Alternatives: []string{"http-401", "redirect-302", "html-403"}},
	{Number: 2, Name: VariantTimeSentTolerance, Question: "how far off may time_sent be?", Known: nobody, Default: "5m", Alternatives: []string{"60s", "15m", "absent-is-stale", "future-accepted"}},
	{Number: 3, Name: VariantTimeSentFormat, Question: "which forms of time_sent are read?", Known: seen + ": they send all of these forms, a date alone among them", Default: "lenient", Alternatives: []string{"no-dates", "strict"}},
	{Number: 4, Name: VariantErrorTimeSent, Question: "what is time_sent in an error?", Known: recorded, Default: "echo", Alternatives: []string{"server-clock", "absent", "empty"}},
	{Number: 5, Name: VariantErrorCounterScope, Question: "what does the error counter count, and what resets it?", Known: recorded + ": the count went from 2 to 0 within a day; what it counts and what resets it, nobody shows", Default: "key", Alternatives: []string{"key-and-endpoint", "reset-after-1h", "never-reset"}},
	{Number: 6, Name: VariantErrorLimit, Question: "what happens at the error limit?", Known: nobody, Default: "locked", Alternatives: []string{"http-403", "unlock-after-1h", "nothing"}},
	{Number: 7, Name: VariantErrorSuffix, Question: "how does the counter stand in the text?", Known: recorded + "; of-100: nobody shows it", Default: "as-documented", Alternatives: []string{"never", "twice", "of-100"}},
	{Number: 8, Name: VariantErrorText, Question: "how are the texts worded?", Known: recorded + "; the others: nobody shows them, but letter case differs between endpoints", Default: "documented", Alternatives: []string{"other-case", "full-stop", "unknown"}},
	{Number: 9, Name: VariantErrorStatus, Question: "with what HTTP status does an error come?", Known: recorded + "; a page with status 500: seen in production clients; the others: nobody shows them", Default: "200", Alternatives: []string{
		"500-envelope", "500-html", "502-html", "503-html", "504-html", "429", "429-retry-after",
	}},
	{Number: 10, Name: VariantEmptyList, Question: "what is data where a list is empty?", Known: recorded + ", as null too; the others: nobody shows them", Default: "array", Alternatives: []string{"null", "missing", "object"}},
	{Number: 11, Name: VariantNoSlots, Question: "what is the answer where no slot is free?", Known: seen + ", which read null too; error: in a test double", Default: "array", Alternatives: []string{"null", "error"}},
	{Number: 12, Name: VariantLocalStartDate, Question: "what is a slot's local_start_date?", Known: recorded + ", once, in a way that fits real-offset and false-z", Default: "real-offset", Alternatives: []string{"false-z", "missing", "equal"}},
	{Number: 13, Name: VariantSlotSpan, Question: "which time does one slot call cover?", Known: seen + ": they ask day by day; how much one answer covers, nobody shows", Default: "rest-of-day", Alternatives: []string{"24h", "several-days", "past-included"}},
	{Number: 14, Name: VariantNumbers, Question: "how are numbers written?", Known: recorded + "; strings: seen in production clients, which read both", Default: "numbers", Alternatives: []string{"strings", "floats"}},
	{Number: 15, Name: VariantUnofferedSlot, Question: "can a time that was not offered be booked?", Known: nobody, Default: "quarter-hours", Alternatives: []string{"any-minute", "unknown-text"}},
	{Number: 16, Name: VariantOverlapRule, Question: "when do two sessions of a learner overlap?", Known: nobody, Default: "intersect", Alternatives: []string{"same-start", "padded", "none"}},
	{Number: 17, Name: VariantCreateOrder, Question: "is EXIST checked before OVERLAP?", Known: nobody, Default: "exist-first", Alternatives: []string{"exist-last"}},
	{Number: 18, Name: VariantRepeatedID, Question: "what becomes of a create whose reservation_id is known?", Known: nobody, Default: "refuses-ever", Alternatives: []string{
		"refuses-while-active", "per-learner", "updates", "creates",
	}},
	{Number: 19, Name: VariantCreateWithNumber, Question: "what does a create with reservation_no do?", Known: seen + ": it edits; which number the reservation has then, nobody shows", Default: "same-number", Alternatives: []string{"new-number", "refused", "ignored"}},
	{Number: 20, Name: VariantMove, Question: "what does the move of a future reservation do?", Known: recorded + ": a past reservation; of a future one nobody shows it", Default: "new-number", Alternatives: []string{"same-number", "refused"}},
	{Number: 21, Name: VariantMoveRows, Question: "how many rows does a moved reservation have?", Known: nobody, Default: "one", Alternatives: []string{"two-for-a-moment"}},
	{Number: 22, Name: VariantSecondRemoval, Question: "what does a second removal get?", Known: recorded + "; the others: nobody shows them", Default: "canceled", Alternatives: []string{"success", "not-found"}},
	{Number: 23, Name: VariantExplanation, Question: "must a removal carry an explanation?", Known: seen + ", which send none; others send one always", Default: "optional", Alternatives: []string{"required"}},
	{Number: 24, Name: VariantLateRemoval, Question: "can a session that was begun be removed?", Known: nobody + ", though a client in production asks for it", Default: "before-begin", Alternatives: []string{"allowed"}},
	{Number: 25, Name: VariantCancelledRows, Question: "does the list show canceled reservations?", Known: seen + ", which take what is not listed for canceled", Default: "by-status", Alternatives: []string{"shown-unmarked", "status-ignored"}},
	{Number: 26, Name: VariantPastRows, Question: "how long does the list show past sessions?", Known: seen + ": a session is listed for hours after its start; how long, nobody shows", Default: "24h", Alternatives: []string{"hidden-at-start", "for-ever"}},
	{Number: 27, Name: VariantListLag, Question: "how soon does the list show a write?", Known: nobody, Default: "none", Alternatives: []string{"time", "reads"}},
	{Number: 28, Name: VariantBeginWindow, Question: "when may a session begin?", Known: recorded + ": there is a time before which it is refused; which one, nobody shows", Default: "15m", Alternatives: []string{"at-start", "30m", "never-too-late"}},
	{Number: 29, Name: VariantBeginKey, Question: "which of the two ids decides in begin?", Known: seen + ", which send a stale id with the right number; the others: nobody shows them", Default: "number-alone", Alternatives: []string{"both", "id-alone"}},
	{Number: 30, Name: VariantBeginAnswer, Question: "what is data of begin?", Known: seen + "; rows: in a fixture; the others: nobody shows them", Default: "object", Alternatives: []string{"rows", "url-rows", "null"}},
	{Number: 31, Name: VariantBeginTwice, Question: "what does a second begin get?", Known: nobody, Default: "new-url", Alternatives: []string{"same-url", "refused"}},
	{Number: 32, Name: VariantLearnerOnCreate, Question: "does a create save the learner?", Known: seen + "; the others: nobody shows them", Default: "saved", Alternatives: []string{"must-exist", "never-updated"}},
	{Number: 33, Name: VariantMissingFields, Question: "what does a missing field get?", Known: nobody, Default: "code-2", Alternatives: []string{"http-500", "accepted"}},
	{Number: 34, Name: VariantLongValues, Question: "what becomes of a value that is too long?", Known: nobody + "; clients cut values themselves", Default: "cut", Alternatives: []string{"code-2", "http-500"}},
	{Number: 35, Name: VariantLongReport, Question: "what does a report over a long interval get?", Known: seen + ": they ask for 10 or 30 days at a time; where the limit is, nobody shows", Default: "500-over-30-days", Alternatives: []string{"500-over-10-days", "slow", "partial"}},
	{Number: 36, Name: VariantReportDuplicates, Question: "are report rows repeated?", Known: recorded + "; apart: seen in production clients, which allow for it", Default: "adjacent", Alternatives: []string{"none", "apart"}},
	{Number: 37, Name: VariantReportGaps, Question: "do report rows lack values?", Known: recorded, Default: "1-in-50", Alternatives: []string{"none", "every-second"}},
	{Number: 38, Name: VariantReportLag, Question: "how soon do the report and the canceled list show a write?", Known: nobody, Default: "none", Alternatives: []string{"minutes"}},
	{Number: 39, Name: VariantBlueBirdAnswer, Question: "where is the launch URL of a BlueBird exam?", Known: seen + ", which read data-url and launch-url; message: of 2015; top-level: nobody shows it", Default: "data-url", Alternatives: []string{"launch-url", "top-level", "message"}},
	{Number: 40, Name: VariantZoneNames, Question: "which time zone names are known?", Known: recorded + "; more-names: GMT is seen in production clients, the other names are in their tables; the others: nobody shows them", Default: "windows", Alternatives: []string{"more-names", "iana-too", "unknown-is-utc"}},
	{Number: 41, Name: VariantTrailingSlash, Question: "is a trailing slash accepted?", Known: nobody, Default: "either", Alternatives: []string{"redirect"}},
	{Number: 42, Name: VariantReadMethods, Question: "which HTTP methods do the reads take?", Known: seen + "; documented-only: nobody shows it", Default: "both", Alternatives: []string{"documented-only"}},
	{Number: 43, Name: VariantWebhooks, Question: "how do notifications arrive?", Known: nobody + ", but the three formats and the signature are documented", Default: "json", Alternatives: []string{
		"csv", "form", "unsigned", "replayed", "out-of-order", "twice", "late", "wrong-secret", "upper-case-hex",
	}},
	{Number: 44, Name: VariantConcurrency, Question: "are creates with one reservation_id serialised?", Known: nobody, Default: "serialised", Alternatives: []string{"both-succeed"}},
	{Number: 45, Name: VariantCommitWithoutAnswer, Question: "does a write act without an answer?", Known: nobody, Default: "off", Alternatives: []string{"answer-lost", "late"}},
	{Name: VariantRecordPlusAnswer, Question: "where are the members of a Record+ answer?", Known: nobody + ", but a program of the provider reads it there, and a client in all three", Default: "top-level", Alternatives: []string{"under-data", "uuid"}},
	{Name: VariantSchoolNotes, Question: "do the notes come back in the report?", Known: recorded + "; empty: nobody shows it", Default: "returned", Alternatives: []string{"empty"}},
	{Name: VariantReportSessions, Question: "which sessions does the report by dates show?", Known: nobody, Default: "all", Alternatives: []string{"past-only"}},
	{Name: VariantReportDates, Question: "by which date of a reservation does an interval of the report choose?", Known: nobody, Default: "start", Alternatives: []string{"created"}},
	{Name: VariantReportEnds, Question: "how does the report read the ends of an interval?", Known: seen + ", which send dates, times without a zone, and times with an offset; how they are read, nobody shows", Default: "instants", Alternatives: []string{"whole-days", "end-at-midnight"}},
	{Name: VariantReportRows, Question: "what does a report of many rows get?", Known: nobody, Default: "all-rows", Alternatives: []string{"500-over-10000", "first-5000"}},
	{Name: VariantTakeItNow, Question: "does takeitnow=Y limit the slots that are listed?", Known: seen + ", which list with it always, and days ahead; next-hours: nobody shows it", Default: "all-slots", Alternatives: []string{"next-hours"}},
	{Name: VariantEditKey, Question: "must the reservation_id of an edit be the one of the reservation?", Known: seen + ", which send another one with the right number; both: nobody shows it", Default: "number-alone", Alternatives: []string{"both"}},
	{Name: VariantEditID, Question: "which reservation_id does a reservation have after an edit with another one?", Known: nobody, Default: "new", Alternatives: []string{"kept"}},
	{Name: VariantExamDates, Question: "must a new exam have dates?", Known: seen + ", the provider's own sample among them; required: nobody shows it", Default: "optional", Alternatives: []string{"required"}},
	{Name: VariantExamSlots, Question: "whose day is listed for an exam where no time zone is sent?", Known: seen + ", which send neither zone nor duration; whose day it is, nobody shows", Default: "learners-zone", Alternatives: []string{"utc-day", "refused"}},
	{Name: VariantSlotsWithoutExam, Question: "what does a listing with isadhoc=N and without an exam get?", Known: nobody, Default: "required", Alternatives: []string{"exam-not-found", "ad-hoc"}},
	{Name: VariantDateAlone, Question: "when does the day begin whose date is the start_date of a listing?", Known: seen + ", which send a date alone; when it begins, nobody shows", Default: "in-zone", Alternatives: []string{"utc"}},
	{Name: VariantBlankValues, Question: "does a blank value erase what is saved of a learner or an exam?", Known: seen + ", which send blank names and a blank zone for known learners; erase: nobody shows it", Default: "keep", Alternatives: []string{"erase"}},
	{Name: VariantZoneDescription, Question: "what is the Description of a time zone?", Known: recorded + "; iana: seen in production clients, which look for it there", Default: "windows-id", Alternatives: []string{"iana"}},
	{Name: VariantHistoryText, Question: "how are the entries of a history worded and ordered?", Known: recorded + "; a first entry without a time too, in an order that fits first-without-time and oldest-first; cancelled-by: nobody shows it", Default: "cancelled-created-by", Alternatives: []string{"first-without-time", "oldest-first", "cancelled-by"}},
	{Name: VariantEndpointCase, Question: "may the name of an endpoint be written in another case?", Known: seen + "; exact: nobody shows it", Default: "any", Alternatives: []string{"exact"}},
	{Name: VariantDepartmentList, Question: "is the list of departments in an envelope?", Known: seen + ": it is an array, in which of the two places nobody shows", Default: "data", Alternatives: []string{"bare-array"}},
}

// Variants returns every variant that [Server.Play] takes, with its default and its
// alternatives. The default is what was recorded of the service, or what clients in
// production send or read; Known says which, and where nobody shows it and the default
// is a guess.
func Variants() []proctorbooktest.Variant {
	return testserver.CopyVariants(variants)
}

// Play makes the server behave by an alternative of a variant, or by its default
// again. It returns an error for a name that [Variants] does not list.
func (s *Server) Play(variant, alternative string) error {
	v, err := testserver.FindVariant(variants, variant, alternative)
	if err != nil {
		return fmt.Errorf("proctorutest: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.playing[variant] = alternative
	if alternative == v.Default {
		delete(s.playing, variant)
	}
	s.applyLag(variant)
	return nil
}

// Playing returns the alternative, or the default, that is played for each variant.
func (s *Server) Playing() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	playing := map[string]string{}
	for _, v := range variants {
		playing[v.Name] = v.Default
	}
	maps.Copy(playing, s.playing)
	return playing
}

// is reports whether the alternative is played. The caller holds the lock.
func (s *Server) is(variant, alternative string) bool { return s.playing[variant] == alternative }

func (s *Server) isPlaying(variant, alternative string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.is(variant, alternative)
}
