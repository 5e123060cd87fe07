package edx

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// CallbacksService is what a proctoring provider tells the platform of an attempt
// (edx-proctoring): that its learner may start, and what the review found. An
// attempt has here the provider's own id, which the provider gave out when the
// platform registered it. Package backend serves the other direction, what the
// platform asks of a provider.
type CallbacksService struct{ core *core }

// Ready tells the platform that the learner may start the attempt. It takes effect
// only on an attempt that waits for that; the platform answers the same if it does
// not: [CallbacksService.ReadyTook] tells which it was. Any user may call. It is sent again
// as a read is, since a second one changes nothing.
//
// If the platform has two attempts of the id, which happens when a learner sets up
// twice at one moment, it answers with status 500 for good, an [ErrUnavailable]: staff
// have to reset the learner's attempts of the exam there. [SpecialExamsService.AllAttempts]
// shows both.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if the platform has no attempt of that id, and with
// [ErrUnauthorized].
//
// Endpoint: POST /api/edx_proctoring/v1/proctored_exam/attempt/{external_id}/ready.
func (s *CallbacksService) Ready(ctx context.Context, externalID string) error {
	return s.send(ctx, operation{
		name: "Callbacks.Ready", input: checkExternalID(externalID), class: proctorbook.IdempotentWrite,
		path: "/ready", body: map[string]any{"status": "ready"},
	}, externalID)
}

// ReadyTook reports whether the learner may start the attempt, or has started and
// not submitted it yet. Call it after Ready. It walks over the attempts of the course,
// newest first, at 25 a request, until it has found that one. With the learner's user
// name or address as search it looks at that learner's alone, with "" at everybody's.
// The client must be staff of the course. It makes the platform submit attempts whose
// time is up.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if the attempt is not among them, and with [ErrForbidden].
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/attempt/grouped/course_id/{course}.
func (s *CallbacksService) ReadyTook(ctx context.Context, course CourseKey, externalID, search string) (bool, error) {
	const name = "Callbacks.ReadyTook"
	if err := checkExternalID(externalID).refuse(name); err != nil {
		return false, err
	}
	for group, err := range s.attempts(ctx, name, course, search) {
		if err != nil {
			return false, err
		}
		for _, attempt := range append([]Attempt{group.Latest}, group.All...) {
			if attempt.ExternalID == externalID {
				return slices.Contains([]AttemptStatus{AttemptReadyToStart, AttemptStarted, AttemptReadyToSubmit}, attempt.Status), nil
			}
		}
	}
	return false, &Error{Op: name, Reason: ErrNotFound}
}

func (s *CallbacksService) attempts(ctx context.Context, name string, course CourseKey, search string) iter.Seq2[AttemptGroup, error] {
	exams := &SpecialExamsService{s.core}
	return pages(name, "", func(cursor string) (*Page[AttemptGroup], error) {
		op := operation{name: name}
		if search != "" {
			op.input, op.path = checkPathText("search", search), "/search/"+pathPart(search)
		}
		return exams.attempts(ctx, op, course, cursor)
	})
}

// Verdict is what a review found.
type Verdict string

// The verdicts that the platform takes.
const (
	VerdictPassed      Verdict = "passed"       // nothing: the attempt is verified
	VerdictSuspicious  Verdict = "suspicious"   // something that somebody has to look at: as VerdictViolation, and the platform's support hears of it
	VerdictViolation   Verdict = "violation"    // rules were broken: the attempt is rejected, or without a ReviewedBy that the platform knows waits for a second review
	VerdictNotReviewed Verdict = "not_reviewed" // there was no review: the attempt ends in an error
)

// Review is the verdict on an attempt. Printed or logged, it shows nothing of
// anybody.
type Review struct {
	Verdict    Verdict         // must be set
	ReviewedBy string          // e-mail address of who reviewed, which counts if the platform has such a user; "" for none
	Comments   []ReviewComment // what was seen; at most 1000
	VideoURL   string          // a recording, which the platform keeps encrypted where it is set up for that; "" for none
}

// ReviewComment is one thing that was seen during an attempt.
type ReviewComment struct {
	Text     string        // what was seen; must not be empty
	Status   string        // how it was judged, in the provider's words, such as "Suspicious"; must not be empty
	Start    time.Duration // since the start of the recording; whole seconds
	Stop     time.Duration // since the start of the recording; whole seconds
	Duration time.Duration // whole seconds
}

// Reviewed gives the platform the verdict on an attempt, whatever its status: one that
// passed makes an attempt verified that was never started. So wait until it is submitted.
// The last verdict counts: it is not sent again by itself, so that it never overwrites a
// later one. After an [proctorbook.ErrOutcomeUnknown] look at the attempt's status, by
// [SpecialExamsService.AllAttempts], and call it again if it shows no verdict. The user who
// owns the OAuth application must be in the group that the platform names after
// the provider, such as acme_review, or global staff.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotReviewer] if the user may not do that (an [ErrForbidden]; the platform
// answers 403 also for a token that it does not take, which is an
// [ErrUnauthorized] if it says so), with [ErrNotFound] if there is no such
// attempt, or no more, and with [ErrNotProctored].
//
// Endpoint: POST /api/edx_proctoring/v1/proctored_exam/attempt/{external_id}/reviewed.
func (s *CallbacksService) Reviewed(ctx context.Context, externalID string, review Review) error {
	return s.send(ctx, operation{
		name: "Callbacks.Reviewed", input: all(checkExternalID(externalID), review.check()), class: proctorbook.Write,
		path: "/reviewed", body: review.wire(), empty403: ErrNotReviewer,
		refusals: []int{http.StatusBadRequest, http.StatusPreconditionFailed},
	}, externalID)
}

// noReview is a status of which each platform says that it is none.
const noReview = "may_i_review"

// MayReview reports whether the client may give verdicts on the attempt: it returns nil,
// or an error as [CallbacksService.Reviewed] would. It sends a status that is no verdict,
// which the platform refuses after it has looked at the rights, and before it changes
// anything. Call it before learners come, to see that the client is a reviewer.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotReviewer], with [ErrNotFound] if there is no such attempt, or no more, and with
// [ErrNotProctored].
//
// Endpoint: POST /api/edx_proctoring/v1/proctored_exam/attempt/{external_id}/reviewed.
func (s *CallbacksService) MayReview(ctx context.Context, externalID string) error {
	err := s.send(ctx, operation{
		name: "Callbacks.MayReview", input: checkExternalID(externalID), class: proctorbook.Write,
		path: "/reviewed", body: map[string]any{"status": noReview, "comments": []any{}}, empty403: ErrNotReviewer,
		refusals: []int{http.StatusBadRequest, http.StatusPreconditionFailed},
	}, externalID)
	if refused, ok := errors.AsType[*Error](err); ok && refused.Status == http.StatusBadRequest && refused.Detail == noReview {
		return nil
	}
	return err
}

// send completes op, which has the end of its path, and checks that the answer is
// the platform's.
func (s *CallbacksService) send(ctx context.Context, op operation, externalID string) error {
	op.family, op.method = proctoring, http.MethodPost
	op.path = proctoringPath + "attempt/" + pathPart(externalID) + op.path
	resp, err := exchange(ctx, s.core, op)
	switch {
	case err != nil:
		return err
	case string(bytes.TrimSpace(resp.Body)) != `"OK"`:
		return notJSON(op, resp, `it is not the text "OK"`)
	}
	return nil
}

// checkExternalID refuses what the platform's routes do not match.
func checkExternalID(id string) faults {
	plain := func(c rune) bool { return c < 128 && isPlain(byte(c)) && !strings.ContainsRune(".~:+", c) }
	if id == "" || len(id) > maxKeyChars || strings.ContainsFunc(id, func(c rune) bool { return !plain(c) }) {
		return invalid("external id", "must be 1 to 255 letters, digits, - and _")
	}
	return nil
}

const (
	maxComments     = 1000
	maxCommentChars = 10_000
)

func (r Review) check() faults {
	var found faults
	if !slices.Contains([]Verdict{VerdictPassed, VerdictSuspicious, VerdictViolation, VerdictNotReviewed}, r.Verdict) {
		found = invalid("verdict", "must be one of the four Verdicts")
	}
	found = all(found, checkOptional("reviewed by", r.ReviewedBy, 254), checkOptional("video URL", r.VideoURL, 2000),
		checkRange("number of comments", len(r.Comments), 0, maxComments))
	for _, c := range r.Comments {
		found = all(found, checkText("comment", c.Text, maxCommentChars), checkText("status of a comment", c.Status, maxKeyChars))
		for _, d := range []time.Duration{c.Start, c.Stop, c.Duration} {
			if d < 0 || d%time.Second != 0 {
				found = all(found, invalid("time of a comment", "must be whole seconds, not negative"))
			}
		}
	}
	return found
}

func (r Review) wire() map[string]any {
	comments := []map[string]any{}
	for _, c := range r.Comments {
		comments = append(comments, map[string]any{
			"comment": c.Text, "status": c.Status, "start": int64(c.Start / time.Second), "stop": int64(c.Stop / time.Second), "duration": int64(c.Duration / time.Second),
		})
	}
	body := map[string]any{"status": r.Verdict, "comments": comments}
	setMember(body, "reviewed_by", r.ReviewedBy)
	if r.VideoURL != "" {
		body["payload"] = map[string]any{"videoReviewLink": r.VideoURL}
	}
	return body
}
