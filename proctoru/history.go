package proctoru

import (
	"regexp"
	"strings"
	"time"
	"unicode"
)

// ReportEvent is an entry in the history of a reservation.
type ReportEvent struct {
	What string    // such as "Fulfillment created", "Fulfillment started", "Fulfillment ended", "Reservation created", "Reservation cancelled"
	By   Secret    // who did it
	At   time.Time // UTC, to the minute; zero if missing or odd
}

func (e ReportEvent) says(words ...string) bool {
	for _, w := range words {
		if strings.Contains(strings.ToLower(e.What), w) {
			return true
		}
	}
	return false
}

var (
	// entryTime ends an entry: " at  4:30pm UTC on Mar 25, 2026".
	entryTime = regexp.MustCompile(`(?i)\s+at\s+(\d{1,2}:\d{2})\s*([ap]m)\s+UTC\s+on\s+([a-z]{3})[a-z]*\.?\s+(\d{1,2}),\s*(\d{4})\s*$`)
	// entryHead begins an entry where the one before has no time.
	entryHead = regexp.MustCompile(`(?i)^\s*(fulfillment|reservation)\s+[a-z]+\s+by\s`)
)

// parseHistory reads ProctorNotes: entries of the form "<What> by <Name> at
// <time>", parted by "; ", newest first. A name may hold " at " and ";".
func parseHistory(notes string) []ReportEvent {
	var events []ReportEvent
	entry := ""
	flush := func() {
		if strings.TrimFunc(entry, isFiller) != "" {
			events = append(events, parseEntry(entry))
		}
		entry = ""
	}
	for part := range strings.SplitSeq(notes, ";") {
		if entry != "" && entryHead.MatchString(part) {
			flush()
		}
		if entry != "" {
			entry += ";"
		}
		entry += part
		if entryTime.MatchString(part) {
			flush()
		}
	}
	flush()
	return events
}

// isFiller reports what may stand between entries.
func isFiller(r rune) bool { return r == ';' || unicode.IsSpace(r) }

func parseEntry(entry string) ReportEvent {
	var e ReportEvent
	if m := entryTime.FindStringSubmatchIndex(entry); m != nil {
		clock := strings.Join([]string{
			entry[m[2]:m[3]] + strings.ToLower(entry[m[4]:m[5]]), entry[m[6]:m[7]], entry[m[8]:m[9]], entry[m[10]:m[11]],
		}, " ")
		e.At, _ = time.Parse("3:04pm Jan 2 2006", clock)
		entry = entry[:m[0]]
	}
	what, by, _ := strings.Cut(strings.TrimSpace(entry), " by ")
	e.What, e.By = strings.TrimSpace(what), Secret(strings.TrimSpace(by))
	return e
}
