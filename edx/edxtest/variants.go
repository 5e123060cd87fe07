package edxtest

import (
	"fmt"

	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// Names of the variants that [Server.Play] takes: what differs between releases and
// installations, or is not known. [Variants] has the question behind each of them, its
// default and its alternatives.
const (
	VariantRetryAfter         = "retry-after"
	VariantTokenThrottle      = "token-throttle"
	VariantTokenTexts         = "token-texts"
	VariantInvalidScope       = "invalid-scope"
	VariantExpiresIn          = "expires-in"
	VariantRates              = "rates"
	VariantNextLinks          = "next-links"
	VariantByteOrderMark      = "byte-order-mark"
	VariantCrashPage          = "crash-page"
	VariantCatalog            = "catalog"
	VariantCourseFields       = "course-fields"
	VariantDetailsCache       = "details-cache"
	VariantAlreadyEnrolled    = "already-enrolled"
	VariantEnrollByEmail      = "enroll-by-email"
	VariantBadAttributes      = "bad-attributes"
	VariantPluginRefusal      = "plugin-refusal"
	VariantDeletedCourse      = "deleted-course"
	VariantOrgRole            = "org-role"
	VariantModePrices         = "mode-prices"
	VariantModeConflict       = "mode-conflict"
	VariantAccountFields      = "account-fields"
	VariantAccountLookup      = "account-lookup"
	VariantVerificationAnswer = "verification-answer"
	VariantOthersPreferences  = "others-preferences"
	VariantZoneList           = "zone-list"
	VariantCertificateDate    = "certificate-date"
	VariantGradebook          = "gradebook"
	VariantSpecialExams       = "special-exams"
	VariantTimedOut           = "timed-out"
	VariantExamBackend        = "exam-backend"
	VariantOnboardingProfiles = "onboarding-profiles"
	VariantOnboardingExpiry   = "onboarding-expiry"
)

var variants = []proctorbooktest.Variant{
	{Name: VariantRetryAfter, Question: "does a 429 whose error is for developers carry Retry-After?", Default: "sent", Alternatives: []string{"missing"}},
	{Name: VariantTokenThrottle, Question: "what does the token endpoint answer to too many requests?", Default: "429", Alternatives: []string{"403"}},
	{Name: VariantTokenTexts, Question: "in what words is a token refused?", Default: "documented", Alternatives: []string{"other"}},
	{Name: VariantInvalidScope, Question: "with what status is a scope refused?", Default: "400", Alternatives: []string{"401"}},
	{Name: VariantExpiresIn, Question: "how are the seconds written for which a token is valid?", Default: "whole", Alternatives: []string{"fraction"}},
	{Name: VariantRates, Question: "are requests counted, and refused when they are too many?", Default: "off", Alternatives: []string{"documented"}},
	{Name: VariantNextLinks, Question: "where does the next page of a list lie?", Default: "same-host", Alternatives: []string{"http", "foreign-host", "itself"}},
	{Name: VariantByteOrderMark, Question: "does JSON begin with a byte order mark?", Default: "none", Alternatives: []string{"sent"}},
	{Name: VariantCrashPage, Question: "what does a crash look like?", Default: "html", Alternatives: []string{"plain-text"}},
	{Name: VariantCatalog, Question: "who sees the courses?", Default: "everybody", Alternatives: []string{"staff"}},
	{Name: VariantCourseFields, Question: "do courses tell pacing_type and invitation_only?", Default: "sent", Alternatives: []string{"missing"}},
	{Name: VariantDetailsCache, Question: "for how long are the details of a course stale?", Default: "60s", Alternatives: []string{"none"}},
	{Name: VariantAlreadyEnrolled, Question: "what does an enrollment that exists already get?", Default: "existing-row", Alternatives: []string{"enrollment-detail"}},
	{Name: VariantEnrollByEmail, Question: "is the e-mail address of who is to be enrolled read, or does the caller enroll?", Default: "read", Alternatives: []string{"ignored"}},
	{Name: VariantBadAttributes, Question: "what do attributes without a name get?", Default: "400", Alternatives: []string{"crash"}},
	{Name: VariantPluginRefusal, Question: "what does a plugin's refusal look like?", Default: "403", Alternatives: []string{"crash"}},
	{Name: VariantDeletedCourse, Question: "what does the list do with an enrollment whose course is gone?", Default: "listed", Alternatives: []string{"crash"}},
	{Name: VariantOrgRole, Question: "what is course_id of a role in a whole organization?", Default: "empty", Alternatives: []string{"None"}},
	{Name: VariantModePrices, Question: "how does the course modes API write a price?", Default: "number", Alternatives: []string{"decimal-text"}},
	{Name: VariantModeConflict, Question: "what does a mode get that is there already, or whose course does not exist?", Default: "crash", Alternatives: []string{"400"}},
	{Name: VariantAccountFields, Question: "are there fields that should not be there?", Default: "none", Alternatives: []string{"activation-key"}},
	{Name: VariantAccountLookup, Question: "who may look for an e-mail address?", Default: "staff", Alternatives: []string{"everybody"}},
	{Name: VariantVerificationAnswer, Question: "what is the answer about a verification?", Default: "status", Alternatives: []string{"object"}},
	{Name: VariantOthersPreferences, Question: "what do another's preferences get?", Default: "404", Alternatives: []string{"403"}},
	{Name: VariantZoneList, Question: "who may list the time zones?", Default: "everybody", Alternatives: []string{"signed-in"}},
	{Name: VariantCertificateDate, Question: "what is the date of a certificate called?", Default: "created_date", Alternatives: []string{"created"}},
	{Name: VariantGradebook, Question: "is the writable gradebook on?", Default: "on", Alternatives: []string{"off"}},
	{Name: VariantSpecialExams, Question: "are special exams on?", Default: "on", Alternatives: []string{"off"}},
	{Name: VariantTimedOut, Question: "what becomes of an attempt whose time is over?", Default: "submitted", Alternatives: []string{"timed-out"}},
	{Name: VariantExamBackend, Question: "does the proctoring provider answer the platform?", Default: "up", Alternatives: []string{"down"}},
	{Name: VariantOnboardingProfiles, Question: "is the proctoring provider asked who has passed its onboarding?", Default: "off", Alternatives: []string{"on"}},
	{Name: VariantOnboardingExpiry, Question: "when does an onboarding expire, where no provider is asked?", Default: "null", Alternatives: []string{"time", "bare-date"}},
}

// Variants returns every variant that [Server.Play] takes, with its default and its
// alternatives.
func Variants() []proctorbooktest.Variant {
	return testserver.CopyVariants(variants)
}

// Play makes the server behave by an alternative of a variant, or by its default
// again. It returns an error for a name that [Variants] does not list.
func (s *Server) Play(variant, alternative string) error {
	_, err := testserver.FindVariant(variants, variant, alternative)
	if err != nil {
		return fmt.Errorf("edxtest: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.playing[variant] = alternative
	return nil
}

// is reports whether the alternative is played. The caller holds the lock.
func (s *Server) is(variant, alternative string) bool { return s.playing[variant] == alternative }
