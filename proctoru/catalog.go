package proctoru

import (
	"regexp"
	"strconv"
	"strings"
)

// catalog lists the provider's texts, in lower case and without a full stop.
// noEffect says that the call which is answered so did nothing. It holds for
// each row known today, an id that exists included: there an earlier call
// acted, not this one. A text that is not here proves nothing.
var catalog = []struct {
	text     string
	reason   Reason
	noEffect bool
}{
	{"stale request", ErrStaleRequest, true},
	{"student not found", ErrStudentNotFound, true},
	{"exam not found", ErrExamNotFound, true},
	{"reservation not found", ErrReservationNotFound, true},
	{"reservation is in the future", ErrTooEarly, true},
	{"reservation cancelled", ErrAlreadyCanceled, true},
	{"reservation_id_exist_for_this_institution", ErrReservationIDExists, true},
	{"overlap", ErrOverlap, true},
	{"timezone not found", ErrTimeZoneNotFound, true},
	{"start_date in the past", ErrStartInPast, true},
	{"reservation_not_for_this_institution", ErrForeignReservation, true},
	{"no available slots", ErrNoSlots, true},
}

// No refusal of the token has been recorded, so any text that speaks of it counts.
var aboutToken = regexp.MustCompile(`authorization[- _]token|^unauthorized$`)

// lookUp finds the reason for a message without its counter.
func lookUp(message string) (reason Reason, noEffect bool) {
	text := strings.ToLower(strings.TrimSuffix(strings.TrimSpace(message), "."))
	for _, row := range catalog {
		if rest, found := strings.CutPrefix(text, row.text); found && isTrailingID(rest) {
			return row.reason, row.noEffect
		}
	}
	if aboutToken.MatchString(text) {
		return ErrUnauthorized, true
	}
	return "", false
}

var trailingID = regexp.MustCompile(`^[.]?[ :#]+[a-z0-9._-]*[0-9][a-z0-9._-]*$`)

// isTrailingID tolerates an id after a known text, but no further words: they
// could turn its sense around.
func isTrailingID(rest string) bool { return rest == "" || trailingID.MatchString(rest) }

var counterPattern = regexp.MustCompile(`(?i)\s*:\s*Error count (\d+) of (\d+)\s*$`)

// splitCounter strips the error counter, which some messages carry twice.
func splitCounter(message string) (text string, count, limit int) {
	text = strings.TrimSpace(message)
	for range 4 {
		m := counterPattern.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}
		n, err1 := strconv.Atoi(text[m[2]:m[3]])
		of, err2 := strconv.Atoi(text[m[4]:m[5]])
		if err1 == nil && err2 == nil {
			count, limit = n, of
		}
		text = text[:m[0]]
	}
	return text, count, limit
}
