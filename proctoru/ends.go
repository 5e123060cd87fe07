package proctoru

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ends finds out, from the answers to pieces shorter than a day, whether the provider
// reads the ends of an interval with their time of day. Nobody shows it. Were it to cut
// an end to its day's midnight, pieces of some hours would come empty, and look as if
// nothing had happened. So what a piece was cut into below a day counts only when the
// answers prove that this provider doesn't.
type ends struct {
	// disproved has the quarter hours of the day, UTC, that can't be the midnight of a
	// provider that cuts ends to it: zones are apart by quarter hours.
	disproved [96]bool
	exact     bool // all of them are, so the time of an end counts

	short  bool        // the piece under way is shorter than a day
	starts []time.Time // of its rows

	open *struct { // the longest piece that was cut below a day before that was proven
		span
		why error // it was cut
	}
}

// Rows that are further apart than a piece is long, by this much, were not chosen by
// the times of its ends. It is longer than a session, in case those are shown that only
// reach into the interval.
const clearlyOutside = 4 * time.Hour

var errEnds = errors.New("in pieces below a day, too, and these do not show that the provider reads the time of day of an end")

// doubt notes that a piece was cut to a length.
func (e *ends) doubt(s span, length time.Duration, why error) {
	if length < wholeDay && !e.exact && e.open == nil {
		e.open = &struct {
			span
			why error
		}{s, why}
	}
}

// settle returns an error, and the span that it is about, if all of a span that was cut
// below a day has been read by now and may lack rows.
func (e *ends) settle(read span) (span, error) {
	if e.open == nil || read.end.Before(e.open.end) {
		return span{}, nil
	}
	cut := *e.open
	e.open = nil
	if e.exact {
		return span{}, nil
	}
	return cut.span, fmt.Errorf("%w (%w)", cut.why, errEnds)
}

// begin begins a piece.
func (e *ends) begin(s span) {
	e.starts, e.short = e.starts[:0], !s.start.IsZero() && s.length() < wholeDay
}

// saw notes the start of a row; those without one show nothing.
func (e *ends) saw(start time.Time) {
	if e.short && !start.IsZero() {
		e.starts = append(e.starts, start)
	}
}

// judge ends a piece. It reports whether the answer had rows of whole days, so that
// pieces shorter than a day ask for no less.
func (e *ends) judge(s span) (wholeDays bool) {
	if len(e.starts) == 0 {
		return false
	}
	slices.SortFunc(e.starts, time.Time.Compare)
	e.disprove(s)
	// Of nine rows in ten, since single ones may be odd. If they are days apart they were
	// not chosen by their start at all. Where they lie shows nothing, since the provider
	// may read the digits in another zone.
	few := len(e.starts) / 20
	apart := e.starts[len(e.starts)-1-few].Sub(e.starts[few])
	return apart > s.length()+clearlyOutside && apart < 2*wholeDay
}

// disprove takes the last start within a piece. Were the end cut to a midnight before
// that start, the row would not be there.
func (e *ends) disprove(s span) {
	i, _ := slices.BinarySearchFunc(e.starts, s.end.Add(1), time.Time.Compare)
	if e.exact || i == 0 || e.starts[i-1].Before(s.start) {
		return
	}
	last := e.starts[i-1]
	e.exact = true
	for quarter := range e.disproved {
		midnight := last.Truncate(wholeDay).Add(time.Duration(quarter) * 15 * time.Minute)
		if midnight.Before(last) {
			midnight = midnight.Add(wholeDay)
		}
		e.disproved[quarter] = e.disproved[quarter] || midnight.After(s.end)
		e.exact = e.exact && e.disproved[quarter]
	}
}
