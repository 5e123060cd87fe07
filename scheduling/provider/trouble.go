package provider

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// Trouble is how calls of one kind for one booking have failed, in a row, and since
// when: "the list has answered 500 since 08:00, 12 times". The next call of that kind
// that is answered ends it.
type Trouble struct {
	Call   string      `json:"call"`             // what is called: list, evidence, reserve, move or cancel
	Kind   TroubleKind `json:"kind"`             // how the last one failed
	Status int         `json:"status,omitempty"` // HTTP status of the last one; 0 if none came
	Since  time.Time   `json:"since"`            // when the first one in a row failed; UTC
	Last   time.Time   `json:"last"`             // when the last one did; UTC
	Times  int         `json:"times"`            // how many in a row
	Words  Words       `json:"words,omitempty"`  // of TroubleWords: what the provider said; emptied by Erase
}

// TroubleKind is how a call failed.
type TroubleKind string

// The kinds of trouble.
const (
	TroubleToken       TroubleKind = "token_refused" // the provider refuses the token
	TroubleClock       TroubleKind = "clock_differs" // the provider finds our clock wrong
	TroubleThrottled   TroubleKind = "throttled"     // it asks for fewer requests
	TroubleServer      TroubleKind = "server_error"  // it failed: see Status
	TroubleUnreachable TroubleKind = "unreachable"   // no connection; nothing was sent
	TroubleNoAnswer    TroubleKind = "no_answer"     // sent, and no answer came in time
	TroubleOddAnswer   TroubleKind = "odd_answer"    // an answer that can't be used
	TroubleWords       TroubleKind = "unknown_words" // it refused in words that nobody knows
)

// Words is what a provider said in words that the library does not know, without the
// learner's data as far as they could be found in it. It prints REDACTED, and is
// written to JSON as it is: staff may read it, a log must not.
type Words string

// mostWords is how many characters are kept.
const mostWords = 300

// Reveal returns the words.
func (w Words) Reveal() string { return string(w) }

// String returns REDACTED, or "" if there are none.
func (w Words) String() string {
	if w == "" {
		return ""
	}
	return "REDACTED"
}

// Format prints what String does, for every verb.
func (w Words) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, w.String()) }

// LogValue returns what String does.
func (w Words) LogValue() slog.Value { return slog.StringValue(w.String()) }

// Diagnose tells how the call failed with err. Errors of other adapters are told apart
// by proctorbook.ErrNotDone alone.
func Diagnose(call string, err error, at time.Time) Trouble {
	t := Trouble{Call: call, Kind: TroubleNoAnswer, Since: at, Last: at, Times: 1}
	answered, ok := errors.AsType[*proctoru.Error](err)
	if ok {
		t.Status = answered.Status
	}
	switch {
	case errors.Is(err, proctoru.ErrUnauthorized), errors.Is(err, proctoru.ErrErrorBudget):
		t.Kind = TroubleToken
	case errors.Is(err, proctoru.ErrStaleRequest):
		t.Kind = TroubleClock
	case errors.Is(err, proctoru.ErrThrottled):
		t.Kind = TroubleThrottled
	case ok && answered.Status >= 500:
		t.Kind = TroubleServer
	case ok && answered.Reason == "" && answered.Message() != "":
		t.Kind, t.Words = TroubleWords, Words(answered.Message())
	case ok:
		t.Kind = TroubleOddAnswer
	case errors.Is(err, proctorbook.ErrNotDone):
		t.Kind = TroubleUnreachable
	}
	return t
}
