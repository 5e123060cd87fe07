package testserver

import (
	"fmt"
	"slices"
)

// Names of the variants of [OpenEdX]: what differs between releases and
// installations, or is not known.
const (
	RetryAfter         = "retry-after"
	TokenThrottle      = "token-throttle"
	TokenTexts         = "token-texts"
	InvalidScope       = "invalid-scope"
	Rates              = "rates"
	NextLinks          = "next-links"
	CrashPage          = "crash-page"
	Catalog            = "catalog"
	CourseFields       = "course-fields"
	DetailsCache       = "details-cache"
	AlreadyEnrolled    = "already-enrolled"
	BadAttributes      = "bad-attributes"
	PluginRefusal      = "plugin-refusal"
	DeletedCourse      = "deleted-course"
	OrgRole            = "org-role"
	ModePrices         = "mode-prices"
	AccountFields      = "account-fields"
	AccountLookup      = "account-lookup"
	VerificationAnswer = "verification-answer"
	OthersPreferences  = "others-preferences"
	ZoneList           = "zone-list"
	Gradebook          = "gradebook"
	SpecialExams       = "special-exams"
	TimedOut           = "timed-out"
	ExamBackend        = "exam-backend"
)

var edxVariants = []Variant{
	{0, RetryAfter, "does a 429 whose error is for developers carry Retry-After?", "sent", []string{"missing"}},
	{0, TokenThrottle, "what does the token endpoint answer to too many requests?", "429", []string{"403"}},
	{0, TokenTexts, "in what words is a token refused?", "documented", []string{"other"}},
	{0, InvalidScope, "with what status is a scope refused?", "400", []string{"401"}},
	{0, Rates, "are requests counted, and refused when they are too many?", "off", []string{"documented"}},
	{0, NextLinks, "where does the next page of a list lie?", "same-host", []string{"http", "foreign-host", "itself"}},
	{0, CrashPage, "what does a crash look like?", "html", []string{"plain-text"}},
	{0, Catalog, "who sees the courses?", "everybody", []string{"staff"}},
	{0, CourseFields, "do courses tell pacing_type and invitation_only?", "sent", []string{"missing"}},
	{0, DetailsCache, "for how long are the details of a course stale?", "60s", []string{"none"}},
	{0, AlreadyEnrolled, "what does an enrollment that exists already get?", "existing-row", []string{"enrollment-detail"}},
	{0, BadAttributes, "what do attributes without a name get?", "400", []string{"crash"}},
	{0, PluginRefusal, "what does a plugin's refusal look like?", "403", []string{"crash"}},
	{0, DeletedCourse, "what does the list do with an enrollment whose course is gone?", "listed", []string{"crash"}},
	{0, OrgRole, "what is course_id of a role in a whole organization?", "empty", []string{"None"}},
	{0, ModePrices, "how does the course modes API write a price?", "decimal-text", []string{"number"}},
	{0, AccountFields, "are there fields that should not be there?", "none", []string{"activation-key"}},
	{0, AccountLookup, "who may look for an e-mail address?", "staff", []string{"everybody"}},
	{0, VerificationAnswer, "what is the answer about a verification?", "status", []string{"object"}},
	{0, OthersPreferences, "what do another's preferences get?", "404", []string{"403"}},
	{0, ZoneList, "who may list the time zones?", "everybody", []string{"signed-in"}},
	{0, Gradebook, "is the writable gradebook on?", "on", []string{"off"}},
	{0, SpecialExams, "are special exams on?", "on", []string{"off"}},
	{0, TimedOut, "what becomes of an attempt whose time is over?", "submitted", []string{"timed-out"}},
	{0, ExamBackend, "does the proctoring provider answer the platform?", "up", []string{"down"}},
}

// EdXVariants returns every variant that [OpenEdX] can play.
func EdXVariants() []Variant {
	all := slices.Clone(edxVariants)
	for i := range all {
		all[i].Alternatives = slices.Clone(all[i].Alternatives)
	}
	return all
}

// Play makes the fake behave by an alternative of a variant, or by its default
// again. It returns an error for a name that [EdXVariants] does not list.
func (o *OpenEdX) Play(variant, alternative string) error {
	i := slices.IndexFunc(edxVariants, func(v Variant) bool { return v.Name == variant })
	if i < 0 {
		return fmt.Errorf("testserver: there is no variant %q", variant)
	}
	v := edxVariants[i]
	if alternative != v.Default && !slices.Contains(v.Alternatives, alternative) {
		return fmt.Errorf("testserver: variant %q has no alternative %q, only %q and %q", variant, alternative, v.Default, v.Alternatives)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.playing[variant] = alternative
	return nil
}

// is reports whether the alternative is played. The caller holds the lock.
func (o *OpenEdX) is(variant, alternative string) bool { return o.playing[variant] == alternative }
