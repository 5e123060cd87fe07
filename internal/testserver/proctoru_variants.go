package testserver

import (
	"fmt"
	"maps"
	"slices"
)

// Variant is a question about the real service whose answer nobody knows. The
// fake plays Default until [ProctorU.Play] chooses one of the Alternatives.
type Variant struct {
	Number       int // place in the list of open questions; 0 for those added for the booking protocol
	Name         string
	Question     string
	Default      string
	Alternatives []string
}

// Names of the variants of [ProctorU].
const (
	BadKey            = "bad-key"
	TimeSentTolerance = "time-sent-tolerance"
	TimeSentFormat    = "time-sent-format"
	ErrorTimeSent     = "error-time-sent"
	ErrorCounterScope = "error-counter-scope"
	ErrorLimit        = "error-limit"
	ErrorSuffix       = "error-suffix"
	ErrorText         = "error-text"
	ErrorStatus       = "error-status"
	EmptyList         = "empty-list"
	NoSlots           = "no-slots"
	LocalStartDate    = "local-start-date"
	SlotSpan          = "slot-span"
	Numbers           = "numbers"
	UnofferedSlot     = "unoffered-slot"
	OverlapRule       = "overlap-rule"
	CreateOrder       = "create-order"
	RepeatedID        = "repeated-id"
	CreateWithNumber  = "create-with-number"
	Move              = "move"
	MoveRows          = "move-rows"
	SecondRemoval     = "second-removal"
	Explanation       = "explanation"
	LateRemoval       = "late-removal"
	CancelledRows     = "cancelled-rows"
	PastRows          = "past-rows"
	ListLag           = "list-lag"
	BeginWindow       = "begin-window"
	BeginKey          = "begin-key"
	BeginAnswer       = "begin-answer"
	BeginTwice        = "begin-twice"
	LearnerOnCreate   = "learner-on-create"
	MissingFields     = "missing-fields"
	LongValues        = "long-values"
	LongReport        = "long-report"
	ReportDuplicates  = "report-duplicates"
	ReportGaps        = "report-gaps"
	ReportLag         = "report-lag"
	SchoolNotes       = "school-notes"
	ZoneNames         = "zone-names"
	TrailingSlash     = "trailing-slash"
	ReadMethods       = "read-methods"
	Concurrency       = "concurrency"

	BlueBirdAnswer      = "bluebird-answer"
	Webhooks            = "webhooks"
	CommitWithoutAnswer = "commit-without-answer"
	RecordPlusAnswer    = "record-plus-answer"
)

var variants = []Variant{
	{1, BadKey, "what does a missing or wrong key get?", "code-2", []string{"http-401", "redirect-302", "html-403"}},
	{2, TimeSentTolerance, "how far off may time_sent be?", "5m", []string{"60s", "15m", "absent-is-stale", "future-accepted"}},
	{3, TimeSentFormat, "which forms of time_sent are read?", "lenient", []string{"strict"}},
	{4, ErrorTimeSent, "what is time_sent in an error?", "echo", []string{"server-clock", "absent", "empty"}},
	{5, ErrorCounterScope, "what does the error counter count, and what resets it?", "key", []string{"key-and-endpoint", "reset-after-1h", "never-reset"}},
	{6, ErrorLimit, "what happens at the error limit?", "locked", []string{"http-403", "unlock-after-1h", "nothing"}},
	{7, ErrorSuffix, "how does the counter stand in the text?", "as-documented", []string{"never", "twice", "of-100"}},
	{8, ErrorText, "how are the texts worded?", "documented", []string{"other-case", "full-stop", "unknown"}},
	{9, ErrorStatus, "with what HTTP status does an error come?", "200", []string{
		"500-envelope", "500-html", "502-html", "503-html", "504-html", "429", "429-retry-after",
	}},
	{10, EmptyList, "what is data where a list is empty?", "array", []string{"null", "missing", "object"}},
	{11, NoSlots, "what is the answer where no slot is free?", "array", []string{"null", "error"}},
	{12, LocalStartDate, "what is a slot's local_start_date?", "real-offset", []string{"false-z", "missing", "equal"}},
	{13, SlotSpan, "which time does one slot call cover?", "rest-of-day", []string{"24h", "several-days", "past-included"}},
	{14, Numbers, "how are numbers written?", "numbers", []string{"strings", "floats"}},
	{15, UnofferedSlot, "can a time that was not offered be booked?", "quarter-hours", []string{"any-minute", "unknown-text"}},
	{16, OverlapRule, "when do two sessions of a learner overlap?", "intersect", []string{"same-start", "padded", "none"}},
	{17, CreateOrder, "is EXIST checked before OVERLAP?", "exist-first", []string{"exist-last"}},
	{18, RepeatedID, "what becomes of a create whose reservation_id is known?", "refuses-ever", []string{
		"refuses-while-active", "per-learner", "updates", "creates",
	}},
	{19, CreateWithNumber, "what does a create with reservation_no do?", "same-number", []string{"new-number", "refused", "ignored"}},
	{20, Move, "what does the move of a future reservation do?", "new-number", []string{"same-number", "refused"}},
	{21, MoveRows, "how many rows does a moved reservation have?", "one", []string{"two-for-a-moment"}},
	{22, SecondRemoval, "what does a second removal get?", "canceled", []string{"success", "not-found"}},
	{23, Explanation, "must a removal carry an explanation?", "optional", []string{"required"}},
	{24, LateRemoval, "can a session that was begun be removed?", "before-begin", []string{"allowed"}},
	{25, CancelledRows, "does the list show canceled reservations?", "by-status", []string{"shown-unmarked", "status-ignored"}},
	{26, PastRows, "how long does the list show past sessions?", "24h", []string{"hidden-at-start", "for-ever"}},
	{27, ListLag, "how soon does the list show a write?", "none", []string{"time", "reads"}},
	{28, BeginWindow, "when may a session begin?", "15m", []string{"at-start", "30m", "never-too-late"}},
	{29, BeginKey, "which of the two ids decides in begin?", "both", []string{"number-alone", "id-alone"}},
	{30, BeginAnswer, "what is data of begin?", "object", []string{"rows", "null"}},
	{31, BeginTwice, "what does a second begin get?", "new-url", []string{"same-url", "refused"}},
	{32, LearnerOnCreate, "does a create save the learner?", "saved", []string{"must-exist", "never-updated"}},
	{33, MissingFields, "what does a missing field get?", "code-2", []string{"http-500", "accepted"}},
	{34, LongValues, "what becomes of a value that is too long?", "cut", []string{"code-2", "http-500"}},
	{35, LongReport, "what does a report over a long interval get?", "500-over-30-days", []string{"500-over-10-days", "slow", "partial"}},
	{36, ReportDuplicates, "are report rows repeated?", "adjacent", []string{"none", "apart"}},
	{37, ReportGaps, "do report rows lack values?", "1-in-50", []string{"none"}},
	{38, ReportLag, "how soon do the report and the canceled list show a write?", "none", []string{"minutes"}},
	{39, BlueBirdAnswer, "where is the launch URL of a BlueBird exam?", "data-url", []string{"launch-url", "top-level", "message"}},
	{40, ZoneNames, "which time zone names are known?", "windows", []string{"iana-too", "unknown-is-utc"}},
	{41, TrailingSlash, "is a trailing slash accepted?", "either", []string{"redirect"}},
	{42, ReadMethods, "which HTTP methods do the reads take?", "both", []string{"documented-only"}},
	{43, Webhooks, "how do notifications arrive?", "json", []string{
		"csv", "form", "unsigned", "replayed", "out-of-order", "twice", "late", "wrong-secret", "upper-case-hex",
	}},
	{44, Concurrency, "are creates with one reservation_id serialised?", "serialised", []string{"both-succeed"}},
	{45, CommitWithoutAnswer, "does a write act without an answer?", "off", []string{"answer-lost", "late"}},
	{0, RecordPlusAnswer, "where are the members of a Record+ answer?", "top-level", []string{"under-data", "uuid"}},
	{0, SchoolNotes, "do the notes come back in the report?", "returned", []string{"empty"}},
}

// Variants returns every variant that [ProctorU] can play.
func Variants() []Variant {
	all := slices.Clone(variants)
	for i := range all {
		all[i].Alternatives = slices.Clone(all[i].Alternatives)
	}
	return all
}

// Play makes the fake behave by an alternative of a variant, or by its default
// again. It returns an error for a name that [Variants] does not list.
func (p *ProctorU) Play(variant, alternative string) error {
	i := slices.IndexFunc(variants, func(v Variant) bool { return v.Name == variant })
	if i < 0 {
		return fmt.Errorf("testserver: there is no variant %q", variant)
	}
	v := variants[i]
	if alternative != v.Default && !slices.Contains(v.Alternatives, alternative) {
		return fmt.Errorf("testserver: variant %q has no alternative %q, only %q and %q", variant, alternative, v.Default, v.Alternatives)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.playing[variant] = alternative
	if alternative == v.Default {
		delete(p.playing, variant)
	}
	p.applyLag(variant)
	return nil
}

// Playing returns what the fake plays for each variant.
func (p *ProctorU) Playing() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	playing := map[string]string{}
	for _, v := range variants {
		playing[v.Name] = v.Default
	}
	maps.Copy(playing, p.playing)
	return playing
}

// is reports whether the alternative is played. The caller holds the lock.
func (p *ProctorU) is(variant, alternative string) bool { return p.playing[variant] == alternative }

func (p *ProctorU) isPlaying(variant, alternative string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.is(variant, alternative)
}
