package proctoru

import "time"

// What a reading does where the provider fails on a piece. All of it is chosen here:
// nobody shows where the provider's bounds are.
const (
	wholeDay      = 24 * time.Hour
	shortestPiece = time.Hour // into which a piece is cut
	// pieceOverlap is how much of a piece comes again in the next, where pieces are
	// twice as long. With a day, nothing is lost at a provider that cuts the end of an
	// interval to the day's midnight. Pieces that are shorter, or of a provider that is
	// seen not to do that, overlap by an eighth, which is enough where the ends are left
	// out: a day of each would be most of them.
	pieceOverlap = wholeDay

	firstPatience = 4
	lastPatience  = 64
	wellFilled    = 0.85 // of an answer: a longer piece would fill it as much
	worthATry     = 1.15 // times as long, at least
)

// overlap returns how much of a piece the next one asks for again, while it is not known
// whether the provider cuts the end of an interval to the day's midnight.
func overlap(length time.Duration) time.Duration {
	if length >= 2*pieceOverlap {
		return pieceOverlap
	}
	return eighth(length)
}

func eighth(length time.Duration) time.Duration { return (length / 8).Truncate(time.Second) }

// halfOf returns the length at which two pieces with their overlap cover a length.
func halfOf(length time.Duration) time.Duration {
	if half := (length + pieceOverlap) / 2; half >= 2*pieceOverlap {
		return wholeSeconds(half)
	}
	return wholeSeconds(length * 8 / 15)
}

func wholeSeconds(d time.Duration) time.Duration { return (d + time.Second - 1).Truncate(time.Second) }

// pace is how long the pieces of one reading are. A length at which the provider fails
// is not tried again with each piece, and a quiet month after an exam week is not read
// in hours.
type pace struct {
	length   time.Duration // of the next piece
	most     time.Duration // that the caller allows
	shortest time.Duration
	calm     int  // pieces that came, since the last one that failed or was longer
	patience int  // so many come before a longer one is tried
	longer   bool // the piece under way is a try
}

func newPace(most time.Duration) pace {
	if most == 0 {
		most = DefaultReportPiece
	}
	return pace{length: most, most: most, shortest: shortestPiece, patience: firstPatience}
}

// cut makes the pieces shorter after one that failed. It reports whether that is possible.
func (p *pace) cut(s span) bool {
	if s.length() <= p.shortest || s.start.IsZero() {
		return false
	}
	if p.longer {
		p.patience = min(2*p.patience, lastPatience)
	}
	p.length = max(halfOf(s.length()), p.shortest)
	p.calm, p.longer = 0, false
	return true
}

// came notes a piece that came, and how much of an answer it filled. Some pieces later,
// while there is room in the answers, a longer piece is tried, of twice the length at most,
// and if that comes, the next. After each try that failed it takes twice as many pieces
// until another.
func (p *pace) came(filled float64) {
	p.calm++
	times := min(2, wellFilled/max(filled, wellFilled/2))
	p.longer = (p.longer || p.calm >= p.patience) && times >= worthATry && p.length < p.most
	switch {
	case p.longer:
		p.length, p.calm = min(wholeSeconds(time.Duration(times*float64(p.length))), p.most), 0
	case p.length == p.most:
		p.patience = firstPatience
	}
}
