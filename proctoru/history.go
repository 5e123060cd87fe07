package proctoru

import (
	"regexp"
	"strings"
	"time"
	"unicode"
)

// ReportEvent is an entry in the history of a reservation. An entry that says twice
// what was done, as "Reservation cancelled created by Pat" does, has the first in What.
type ReportEvent struct {
	What string    // such as "Fulfillment created", "Fulfillment started", "Fulfillment ended", "Reservation created", "Reservation cancelled"
	By   Secret    // who did it
	At   time.Time // UTC, to the minute; zero if missing or unreadable
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
	entryHead = regexp.MustCompile(`(?i)^\s*(fulfillment|reservation)\s+[a-z]+(\s+created)?\s+by\s`)
	// byWhom stands between what was done and who did it.
	byWhom = regexp.MustCompile(`(?i)\sby(\s|$)`)
	// saidTwice is what was done, before a second verb: some histories have
	// "Reservation cancelled created by".
	saidTwice = regexp.MustCompile(`(?i)^((?:fulfillment|reservation)\s+[a-z]+)\s+created$`)
)

// parseHistory reads ProctorNotes: entries of the form "<What> by <Name> at
// <time>", separated by "; ", newest first. A name may hold " at " and ";".
func parseHistory(notes string) []ReportEvent {
	events := make([]ReportEvent, 0, strings.Count(notes, ";"))
	entry := ""
	flush := func(head string, at time.Time) {
		if strings.TrimFunc(entry, isFiller) != "" {
			events = append(events, newReportEvent(head, at))
		}
		entry = ""
	}
	for part := range strings.SplitSeq(notes, ";") {
		if entry != "" && entryHead.MatchString(part) {
			flush(entry, time.Time{})
		}
		if entry == "" {
			entry = part
		} else {
			entry += ";" + part
		}
		if length, at, ok := cutTime(part); ok {
			flush(entry[:len(entry)-len(part)+length], at)
		}
	}
	flush(entry, time.Time{})
	return events
}

// isFiller reports what may stand between entries.
func isFiller(r rune) bool { return r == ';' || unicode.IsSpace(r) }

func newReportEvent(head string, at time.Time) ReportEvent {
	head = strings.TrimFunc(head, isFiller)
	what, by, plain := strings.Cut(head, " by ")
	if !plain { // a name must not stay in What, which is no Secret
		if m := byWhom.FindStringIndex(head); m != nil {
			what, by = head[:m[0]], head[m[1]:]
		}
	}
	what = strings.TrimSpace(what)
	if len(what) > len("Reservation created") { // the plain ones are a million
		if m := saidTwice.FindStringSubmatch(what); m != nil {
			what = m[1]
		}
	}
	return ReportEvent{What: what, By: Secret(strings.TrimSpace(by)), At: at}
}

// cutTime finds the time that ends a part, and returns the length of what is
// before it. A time that no clock shows is zero.
func cutTime(part string) (length int, at time.Time, ok bool) {
	if length, at, ok = cutPlainTime(part); ok {
		return length, at, true
	}
	if len(part) < len(" at 1:00am UTC on Mar 1,2026") {
		return 0, time.Time{}, false
	}
	m := entryTime.FindStringSubmatchIndex(part)
	if m == nil {
		return 0, time.Time{}, false
	}
	clock := strings.Join([]string{
		part[m[2]:m[3]] + strings.ToLower(part[m[4]:m[5]]), part[m[6]:m[7]], part[m[8]:m[9]], part[m[10]:m[11]],
	}, " ")
	at, _ = time.Parse("3:04pm Jan 2 2006", clock)
	return m[0], at, true
}

// cutPlainTime does so for the one form that has been recorded, in a tenth of the
// time: a report has a million of them.
func cutPlainTime(part string) (length int, at time.Time, ok bool) {
	const unit = " UTC on "
	i, j := strings.LastIndex(part, " at "), strings.LastIndex(part, unit)
	if i < 0 || j < i+4 {
		return 0, time.Time{}, false
	}
	clock, date := strings.TrimLeft(part[i+4:j], " "), part[j+len(unit):]
	hour, minute, ok1 := plainClock(clock)
	month, day, year, ok2 := plainDate(date)
	at = time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
	if !ok1 || !ok2 || at.Day() != day {
		return 0, time.Time{}, false
	}
	return len(strings.TrimRight(part[:i], " \t\n\f\r")), at, true
}

// plainClock reads 4:30pm.
func plainClock(s string) (hour, minute int, ok bool) {
	digits, half := s[:max(len(s)-2, 0)], s[max(len(s)-2, 0):]
	h, m, _ := strings.Cut(digits, ":")
	hour, ok1 := smallNumber(h, 1, 12)
	minute, ok2 := smallNumber(m, 0, 59)
	if !ok1 || !ok2 || len(m) != 2 || half != "am" && half != "pm" {
		return 0, 0, false
	}
	hour %= 12
	if half == "pm" {
		hour += 12
	}
	return hour, minute, true
}

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

// plainDate reads Mar 25, 2026.
func plainDate(s string) (month time.Month, day, year int, ok bool) {
	name, rest, _ := strings.Cut(s, " ")
	d, y, _ := strings.Cut(rest, ", ")
	i := strings.Index(monthNames, name)
	day, ok1 := smallNumber(d, 1, 31)
	year, ok2 := smallNumber(y, 1000, 9999)
	return time.Month(i/3 + 1), day, year, ok1 && ok2 && len(name) == 3 && i >= 0 && i%3 == 0
}

// smallNumber reads up to four digits.
func smallNumber(s string, low, high int) (n int, ok bool) {
	if len(s) > 4 || !isDigits(s) {
		return 0, false
	}
	for _, c := range []byte(s) {
		n = 10*n + int(c-'0')
	}
	return n, n >= low && n <= high
}
