package proctoru

import (
	"hash/maphash"
	"slices"
	"time"
)

// repeats finds rows that came before, in this piece or in one that is near it.
type repeats struct {
	seeds [2]maphash.Seed
	near  []pieceRows // the last one is this piece
}

// keptRows is how many rows of earlier pieces are kept to find repeats, at least: those
// of the piece in which the number is passed are kept too. It is three days of an exam week
// that has 14,000 sessions a day, several times over, and some MiB.
const keptRows = 20 * maxRows

type pieceRows struct {
	end  time.Time
	seen map[rowHash]struct{}
}

// rowHash has 128 bits: among the rows of a few pieces, no two share one by chance.
type rowHash [2]uint64

func newRepeats() repeats {
	return repeats{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

// next begins a piece with that many rows. It forgets those that end so long before
// that they share no row with it, even if the provider reads times as days. Of short
// pieces there are many within days: the oldest go where too many rows are kept.
func (r *repeats) next(s span, size int) {
	r.near = slices.DeleteFunc(r.near, func(p pieceRows) bool { return p.end.Add(2 * wholeDay).Before(s.start) })
	kept := 0
	for i := len(r.near) - 1; i >= 0; i-- {
		if kept += len(r.near[i].seen); kept > keptRows {
			r.near = slices.Delete(r.near, 0, i)
			break
		}
	}
	r.near = append(r.near, pieceRows{end: s.end, seen: make(map[rowHash]struct{}, size)})
}

func (r *repeats) seen(row []byte) bool {
	hash := rowHash{maphash.Bytes(r.seeds[0], row), maphash.Bytes(r.seeds[1], row)}
	before := slices.ContainsFunc(r.near, func(p pieceRows) bool {
		_, ok := p.seen[hash]
		return ok
	})
	r.near[len(r.near)-1].seen[hash] = struct{}{}
	return before
}
