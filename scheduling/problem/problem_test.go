package problem_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/problem"
)

// canary stands for all that must not reach a browser.
const canary = "CANARY"

var (
	at      = time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC)
	reasons = []scheduling.Reason{{Code: scheduling.ReasonTooLate}}
)

func notAllowed(codes ...scheduling.ReasonCode) error {
	e := &scheduling.NotAllowedError{Action: canary}
	for _, c := range codes {
		e.Reasons = append(e.Reasons, scheduling.Reason{Code: c})
	}
	return e
}

// sample is an error, and what a browser is told of it.
type sample struct {
	err    error
	kind   problem.Type
	status int
	// the extensions; the rest is empty
	want problem.Problem
}

// samples are all exported errors of package scheduling and of the root, by package and
// name. A row more than one has a suffix.
var samples = map[string]sample{
	"proctorbook.ErrNotDone":        {proctorbook.ErrNotDone, problem.TypeUnavailable, 503, problem.Problem{RetryAfter: 60}},
	"proctorbook.ErrOutcomeUnknown": {proctorbook.ErrOutcomeUnknown, problem.TypeUnknown, 504, problem.Problem{RetryAfter: 15}},
	"proctorbook.ErrRedirect":       {proctorbook.ErrRedirect, problem.TypeInternal, 500, problem.Problem{}},
	"proctorbook.ValidationError": {
		&proctorbook.ValidationError{Op: canary, Fields: []proctorbook.FieldError{{Field: "Profile.Phone", Problem: "must be digits"}, {Field: "start", Problem: "is missing"}}, Cause: errors.New(canary)},
		problem.TypeInvalid, 422, problem.Problem{Fields: []string{"Profile.Phone", "start"}, Errors: []problem.FieldError{{Field: "Profile.Phone", Problem: "must be digits"}, {Field: "start", Problem: "is missing"}}},
	},
	"proctorbook.ValidationError without a key": {
		&proctorbook.ValidationError{Op: canary, Fields: []proctorbook.FieldError{{Field: canary}}, Cause: scheduling.ErrNoUnlockKey}, problem.TypeInternal, 500, problem.Problem{},
	},

	"scheduling.AlreadyBookedError": {&scheduling.AlreadyBookedError{BookingID: "pb-1", Start: at}, problem.TypeAlreadyBooked, 409, problem.Problem{BookingID: "pb-1"}},
	"scheduling.BeginError":         {&scheduling.BeginError{BookingID: "pb-1"}, problem.TypeNotBegun, 503, problem.Problem{BookingID: "pb-1", RetryAfter: 5}},
	"scheduling.LearnerBusyError":   {&scheduling.LearnerBusyError{BookingID: "pb-2"}, problem.TypeBusy, 409, problem.Problem{BookingID: "pb-2"}},
	"scheduling.NewerDocumentError": {&scheduling.NewerDocumentError{Booking: canary, Members: []string{canary}}, problem.TypeUnavailable, 503, problem.Problem{RetryAfter: 60}},
	"scheduling.NotAllowedError":    {notAllowed(scheduling.ReasonTooLate), problem.TypeNotAllowed, 409, problem.Problem{Reasons: reasons}},
	"scheduling.NotAllowedError with fields": {
		&scheduling.NotAllowedError{Reasons: []scheduling.Reason{{Code: scheduling.ReasonProfileIncomplete, Fields: []string{"GivenName"}}}}, problem.TypeNotAllowed, 409,
		problem.Problem{Reasons: []scheduling.Reason{{Code: scheduling.ReasonProfileIncomplete, Fields: []string{"GivenName"}}}},
	},
	"scheduling.NotAllowedError not enrolled": {
		notAllowed(scheduling.ReasonWindowOver, scheduling.ReasonNotEnrolled), problem.TypeNotEnrolled, 403,
		problem.Problem{Reasons: []scheduling.Reason{{Code: scheduling.ReasonWindowOver}, {Code: scheduling.ReasonNotEnrolled}}},
	},
	"scheduling.NotAllowedError inactive":   {notAllowed(scheduling.ReasonEnrollmentInactive), problem.TypeNotEnrolled, 403, problem.Problem{Reasons: []scheduling.Reason{{Code: scheduling.ReasonEnrollmentInactive}}}},
	"scheduling.NotAllowedError other mode": {notAllowed(scheduling.ReasonModeNotAllowed), problem.TypeNotEnrolled, 403, problem.Problem{Reasons: []scheduling.Reason{{Code: scheduling.ReasonModeNotAllowed}}}},
	"scheduling.NotAllowedError not asked": {
		notAllowed(scheduling.ReasonPlatformUnavailable), problem.TypeUnavailable, 503,
		problem.Problem{RetryAfter: 60, Reasons: []scheduling.Reason{{Code: scheduling.ReasonPlatformUnavailable}}},
	},
	"scheduling.NotAllowedError not asked, and too late": {
		notAllowed(scheduling.ReasonPlatformUnavailable, scheduling.ReasonTooLate), problem.TypeNotAllowed, 409,
		problem.Problem{Reasons: []scheduling.Reason{{Code: scheduling.ReasonPlatformUnavailable}, {Code: scheduling.ReasonTooLate}}},
	},
	"scheduling.NotAllowedError own booking":    {notAllowed(scheduling.ReasonOwnBooking), problem.TypeBusy, 409, problem.Problem{Reasons: []scheduling.Reason{{Code: scheduling.ReasonOwnBooking}}}},
	"scheduling.NotAllowedError already booked": {notAllowed(scheduling.ReasonAlreadyBooked), problem.TypeAlreadyBooked, 409, problem.Problem{Reasons: []scheduling.Reason{{Code: scheduling.ReasonAlreadyBooked}}}},
	"scheduling.NotAllowedError without reason": {notAllowed(), problem.TypeNotAllowed, 409, problem.Problem{}},
	"scheduling.NotErasableError":               {&scheduling.NotErasableError{Active: []scheduling.BookingID{canary}, At: at}, problem.TypeNotErasable, 409, problem.Problem{RetryAt: at}},
	"scheduling.PanicError":                     {&scheduling.PanicError{Booking: canary, Value: canary, Stack: canary}, problem.TypeInternal, 500, problem.Problem{}},
	"scheduling.PendingError":                   {&scheduling.PendingError{BookingID: "pb-1", Op: scheduling.OpReserve, Start: at, Deadline: at}, problem.TypePending, 202, problem.Problem{BookingID: "pb-1", RetryAfter: 15}},
	"scheduling.PendingError that is held": {
		&scheduling.PendingError{BookingID: "pb-1", Op: scheduling.OpMove, HeldUntil: at.Add(time.Millisecond), HeldBecause: scheduling.ReasonOlderRequest}, problem.TypePending, 202,
		problem.Problem{BookingID: "pb-1", RetryAfter: 15, RetryAt: at.Add(time.Second), Reasons: []scheduling.Reason{{Code: scheduling.ReasonOlderRequest}}},
	},
	"scheduling.RefusedError": {
		&scheduling.RefusedError{BookingID: "pb-1", Op: scheduling.OpMove, Reason: scheduling.ReasonNotAllowed}, problem.TypeRefused, 409,
		problem.Problem{BookingID: "pb-1", Reasons: []scheduling.Reason{{Code: scheduling.ReasonNotAllowed}}},
	},
	"scheduling.ReportError": {&scheduling.ReportError{From: at, To: at, Resume: at, Err: errors.New(canary)}, problem.TypeUnavailable, 503, problem.Problem{RetryAfter: 60}},
	"scheduling.SlotTakenError": {
		&scheduling.SlotTakenError{BookingID: "pb-1", Start: at, Fresh: []scheduling.Slot{{Start: at.Add(time.Hour), Learner: canary}}}, problem.TypeSlotTaken, 409,
		problem.Problem{BookingID: "pb-1", FreeStarts: []time.Time{at.Add(time.Hour)}},
	},
	"scheduling.TooEarlyError":                  {&scheduling.TooEarlyError{At: at}, problem.TypeTooEarly, 409, problem.Problem{RetryAt: at}},
	"scheduling.UnreadableError":                {&scheduling.UnreadableError{Booking: canary, Learner: canary, Err: scheduling.ErrNotFound}, problem.TypeInternal, 500, problem.Problem{}},
	"scheduling.UnreadableError of a newer one": {&scheduling.UnreadableError{Booking: canary, Err: &scheduling.NewerDocumentError{}}, problem.TypeUnavailable, 503, problem.Problem{RetryAfter: 60}},
	"scheduling.UnsyncedError": {
		&scheduling.UnsyncedError{Learner: canary, Since: at, Reason: scheduling.ReasonInvalidRequest}, problem.TypeInvalid, 422,
		problem.Problem{Reasons: []scheduling.Reason{{Code: scheduling.ReasonInvalidRequest}}},
	},
	"scheduling.UnsyncedError for now": {
		&scheduling.UnsyncedError{Learner: canary, Reason: scheduling.ReasonProviderUnavailable}, problem.TypeSaved, 202,
		problem.Problem{RetryAfter: 300, Reasons: []scheduling.Reason{{Code: scheduling.ReasonProviderUnavailable}}},
	},
	"scheduling.ErrAlreadyBooked": {scheduling.ErrAlreadyBooked, problem.TypeAlreadyBooked, 409, problem.Problem{}},
	"scheduling.ErrCodeLocked":    {scheduling.ErrCodeLocked, problem.TypeCodeLocked, 403, problem.Problem{}},
	"scheduling.ErrConflict":      {scheduling.ErrConflict, problem.TypeConflict, 409, problem.Problem{}},
	"scheduling.ErrLearnerBusy":   {scheduling.ErrLearnerBusy, problem.TypeBusy, 409, problem.Problem{}},
	"scheduling.ErrNoConsumers":   {scheduling.ErrNoConsumers, problem.TypeInternal, 500, problem.Problem{}},
	"scheduling.ErrUnknownCursor": {scheduling.ErrUnknownCursor, problem.TypeInternal, 500, problem.Problem{}},
	"scheduling.ErrNoJobs":        {scheduling.ErrNoJobs, problem.TypeInternal, 500, problem.Problem{}},
	"scheduling.ErrNoReport":      {scheduling.ErrNoReport, problem.TypeUnsupported, 501, problem.Problem{}},
	"scheduling.ErrNoUnlockKey":   {scheduling.ErrNoUnlockKey, problem.TypeInternal, 500, problem.Problem{}},
	"scheduling.ErrNotDurable":    {scheduling.ErrNotDurable, problem.TypeInternal, 500, problem.Problem{}},
	"scheduling.ErrNotFound":      {scheduling.ErrNotFound, problem.TypeNotFound, 404, problem.Problem{}},
	"scheduling.ErrProviderDown":  {scheduling.ErrProviderDown, problem.TypeUnavailable, 503, problem.Problem{RetryAfter: 60}},
	"scheduling.ErrWrongCode":     {scheduling.ErrWrongCode, problem.TypeWrongCode, 403, problem.Problem{}},
}

// others are errors that come through from elsewhere.
var others = map[string]sample{
	"nil":                        {nil, problem.TypeInternal, 500, problem.Problem{}},
	"of somebody else":           {errors.New(canary), problem.TypeInternal, 500, problem.Problem{}},
	"no zone":                    {edx.ErrNoTimeZone, problem.TypeInvalid, 422, problem.Problem{Fields: []string{"Profile.Zone"}, Errors: []problem.FieldError{{Field: "Profile.Zone", Problem: "is missing, and the platform has none"}}}},
	"no account":                 {&edx.Error{Op: canary, Status: 404, Reason: edx.ErrNotFound, Detail: canary, Raw: []byte(canary)}, problem.TypeNotFound, 404, problem.Problem{}},
	"the platform is down":       {&edx.Error{Op: canary, Status: 503, RetryAfter: 90*time.Second + 1}, problem.TypeUnavailable, 503, problem.Problem{RetryAfter: 91}},
	"the platform's sign-in":     {&edx.SignInError{}, problem.TypeUnavailable, 503, problem.Problem{RetryAfter: 60}},
	"the provider is down":       {&proctoru.Error{Op: canary, Status: 500}, problem.TypeUnavailable, 503, problem.Problem{RetryAfter: 60}},
	"the caller has left":        {context.Canceled, problem.TypeUnknown, 504, problem.Problem{RetryAfter: 15}},
	"the time is up":             {context.DeadlineExceeded, problem.TypeUnknown, 504, problem.Problem{RetryAfter: 15}},
	"unknown, by the provider":   {fmt.Errorf("%w: %w", proctorbook.ErrOutcomeUnknown, &proctoru.Error{Op: canary}), problem.TypeUnknown, 504, problem.Problem{RetryAfter: 15}},
	"own booking, which is told": {errors.Join(notAllowed(scheduling.ReasonOwnBooking)), problem.TypeBusy, 409, problem.Problem{Reasons: []scheduling.Reason{{Code: scheduling.ReasonOwnBooking}}}},
}

// Each error has its type and status, alone and wrapped, and its body tells nothing else.
func TestOf(t *testing.T) {
	t.Parallel()
	for _, table := range []map[string]sample{samples, others} {
		for name, tt := range table {
			for _, err := range []error{tt.err, fmt.Errorf(canary+": %w", tt.err), errors.Join(errors.New(canary), tt.err)} {
				if tt.err == nil {
					err = nil
				}
				got := problem.Of(err)
				want := tt.want
				want.Type, want.Status, want.Title, want.Detail = tt.kind, tt.status, got.Title, got.Detail
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s: Of(%v) = %+v\nwant %+v", name, err, got, want)
				}
				if body, err := json.Marshal(got); err != nil || strings.Contains(string(body), canary) {
					t.Errorf("%s: the body shows what it must not, or is none: %s, %v", name, body, err)
				}
			}
		}
	}
}

// An error that is new in the API needs a status.
func TestEveryErrorHasAStatus(t *testing.T) {
	t.Parallel()
	exported := map[string]bool{}
	for pkg, file := range map[string]string{"proctorbook": "../../api.txt", "scheduling": "../api.txt"} {
		api, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n := len(exported)
		for _, found := range regexp.MustCompile(`(?m)^var (Err\w+) |^method \(\*?(\w+)\) Error\(\) string`).FindAllStringSubmatch(string(api), -1) {
			exported[pkg+"."+found[1]+found[2]] = true
		}
		if len(exported) < n+4 {
			t.Errorf("%s lists %d errors, want more", file, len(exported)-n)
		}
	}
	for name := range exported {
		if _, ok := samples[name]; !ok {
			t.Errorf("%s has no problem: give it one in Of, and a sample here", name)
		}
	}
	for name := range samples {
		if base := strings.Join(strings.Fields(name)[:1], ""); !exported[base] {
			t.Errorf("the sample %s is of no exported error", name)
		}
	}
}

// Sentences are for people, a type has one title and one status, and the page has them all.
func TestTypesAreDescribed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	titles, statuses := map[problem.Type]string{}, map[problem.Type]int{}
	for _, tt := range samples {
		p := problem.Of(tt.err)
		if titles[p.Type] == "" {
			titles[p.Type], statuses[p.Type] = p.Title, p.Status
		}
		if titles[p.Type] != p.Title || statuses[p.Type] != p.Status {
			t.Errorf("%s has the titles %q and %q, and the statuses %d and %d; want one", p.Type, titles[p.Type], p.Title, statuses[p.Type], p.Status)
		}
		if !regexp.MustCompile(`^[A-Z][^:;_()]*\.$`).MatchString(p.Detail) || !regexp.MustCompile(`^[A-Z][a-z ,]+$`).MatchString(p.Title) {
			t.Errorf("%s: the title %q or the detail %q is not in plain words", p.Type, p.Title, p.Detail)
		}
	}
	rows := regexp.MustCompile(`(?m)^//\t(Type\w+) +(\d+) +\S`).FindAllStringSubmatch(string(page), -1)
	var described []string
	for _, row := range rows {
		kind := problem.Type("https://pkg.go.dev/github.com/proctorbook/proctorbook/scheduling/problem#" + row[1])
		described = append(described, string(kind))
		if fmt.Sprint(statuses[kind]) != row[2] {
			t.Errorf("the page says that %s has status %s, it has %d", row[1], row[2], statuses[kind])
		}
	}
	for kind := range titles {
		if !slices.Contains(described, string(kind)) {
			t.Errorf("the page does not describe %s", kind)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err        error
		retryAfter string
		body       string
	}{
		"seconds": {scheduling.ErrProviderDown, "60", `{"type":"` + string(problem.TypeUnavailable) + `","title":"Service not available","status":503,` +
			`"detail":"A service that is needed for this does not answer. Nothing was changed. Please try again later.","retry_after":60}`},
		"an instant": {&scheduling.TooEarlyError{At: at.In(time.FixedZone("", 3600))}, "Tue, 12 Jan 2027 09:00:00 GMT", `{"type":"` + string(problem.TypeTooEarly) + `","title":"Too early","status":409,` +
			`"detail":"The exam can't be begun yet. Please come back at the time given.","retry_at":"2027-01-12T09:00:00Z"}`},
		"neither": {scheduling.ErrNotFound, "", `{"type":"` + string(problem.TypeNotFound) + `","title":"Not found","status":404,"detail":"There is no such booking or learner."}`},
		"an instant that no JSON holds": {&scheduling.TooEarlyError{At: at.AddDate(9000, 0, 0)}, "", `{"type":"` + string(problem.TypeInternal) + `","title":"Internal error","status":500,` +
			`"detail":"Something went wrong here. Please tell the exam office if it happens again."}`},
	} {
		answer := httptest.NewRecorder()
		problem.Write(answer, tt.err)
		header := answer.Header()
		if got := strings.TrimSpace(answer.Body.String()); got != tt.body {
			t.Errorf("%s: body %s\nwant %s", name, got, tt.body)
		}
		if header.Get("Retry-After") != tt.retryAfter || header.Get("Content-Type") != "application/problem+json" || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v, want Retry-After %q, and those of a problem", name, header, tt.retryAfter)
		}
		var sent struct{ Status int }
		if err := json.Unmarshal(answer.Body.Bytes(), &sent); err != nil || sent.Status != answer.Code {
			t.Errorf("%s: status %d in the body, %d in the answer, %v", name, sent.Status, answer.Code, err)
		}
	}
}

// What one caller changes in a problem is not in the next one.
func TestProblemsShareNothing(t *testing.T) {
	t.Parallel()
	err := notAllowed(scheduling.ReasonTooLate)
	problem.Of(err).Reasons[0].Code = "changed"
	if got := problem.Of(err).Reasons[0].Code; got != scheduling.ReasonTooLate {
		t.Errorf("the reason is %q after a caller changed an earlier problem, want too_late", got)
	}
}
