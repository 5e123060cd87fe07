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
// answers prove that this provider doesn't. Then pieces overlap by less, too.
type ends struct {
	// disproved has the quarter hours of the day, UTC, that can't be the midnight of a
	// provider that cuts ends to it: zones are apart by quarter hours.
	disproved [96]bool
	exact     bool // all of them are, so the time of an end counts

	piece  span        // under way
	short  bool        // it is shorter than a day
	starts []time.Time // of its rows, if it is short
	last   time.Time   // the last start within it
	dated  int         // rows with a start
	within int         // those of them in the piece, or so near that a session reaches into it

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
	*e = ends{disproved: e.disproved, exact: e.exact, open: e.open, piece: s, starts: e.starts[:0]}
	e.short = !s.start.IsZero() && s.length() < wholeDay
}

// saw notes the start of a row; those without one show nothing.
func (e *ends) saw(start time.Time) {
	if start.IsZero() || e.piece.start.IsZero() {
		return
	}
	e.dated++
	if !start.Before(e.piece.start.Add(-clearlyOutside)) && !start.After(e.piece.end.Add(clearlyOutside)) {
		e.within++
	}
	if !start.Before(e.piece.start) && !start.After(e.piece.end) && start.After(e.last) {
		e.last = start
	}
	if e.short {
		e.starts = append(e.starts, start)
	}
}

// judge ends a piece. It reports whether the answer had rows of whole days, so that
// pieces shorter than a day ask for no less.
func (e *ends) judge() (wholeDays bool) {
	e.disprove()
	if len(e.starts) == 0 {
		return false
	}
	slices.SortFunc(e.starts, time.Time.Compare)
	// Of nine rows in ten, since single ones may be odd. If they are days apart they were
	// not chosen by their start at all. Where they lie shows nothing, since the provider
	// may read the digits in another zone.
	few := len(e.starts) / 20
	apart := e.starts[len(e.starts)-1-few].Sub(e.starts[few])
	return apart > e.piece.length()+clearlyOutside && apart < 2*wholeDay
}

// disprove takes the last start within a piece. Were the end cut to a midnight before
// that start, the row would not be there. A long piece tells nothing if its rows were not
// chosen by their start.
func (e *ends) disprove() {
	if e.exact || e.last.IsZero() || !e.short && 10*e.within < 9*e.dated {
		return
	}
	e.exact = true
	for quarter := range e.disproved {
		midnight := e.last.Truncate(wholeDay).Add(time.Duration(quarter) * 15 * time.Minute)
		if midnight.Before(e.last) {
			midnight = midnight.Add(wholeDay)
		}
		e.disproved[quarter] = e.disproved[quarter] || midnight.After(e.piece.end)
		e.exact = e.exact && e.disproved[quarter]
	}
}

// overlap returns how much of a piece the next one asks for again.
func (e *ends) overlap(length time.Duration) time.Duration {
	if e.exact {
		return eighth(length)
	}
	return overlap(length)
}
