package proctoru

import (
	"testing"
	"time"
)

// Two pieces cover what one failed on, and neighbors overlap by a day where they are
// long, by an eighth where they are short.
func TestPace_twoPieces(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for length := 240 * time.Hour; length > 2*time.Hour; {
		p := newPace(0)
		if !p.cut(span{start, start.Add(length)}) {
			t.Fatalf("%v is not cut", length)
		}
		first, again := p.length, overlap(p.length)
		if over := 2*first - again - length; over < 0 || over > 3*time.Second {
			t.Errorf("%v is cut to %v, which overlap by %v: two of them are %v off", length, first, again, over)
		}
		if want := wholeDay; first >= 48*time.Hour && again != want || again < first/8-time.Second {
			t.Errorf("pieces of %v overlap by %v", first, again)
		}
		length = first
	}
	p := newPace(time.Hour)
	if p.cut(span{start, start.Add(time.Hour)}) || p.cut(span{start, start.Add(time.Minute)}) || p.cut(span{}) {
		t.Error("an hour, less, or what has no ends is cut")
	}
	if p = newPace(90 * time.Minute); !p.cut(span{start, start.Add(90 * time.Minute)}) || p.length != time.Hour {
		t.Errorf("an hour and a half is cut to %v, want an hour", p.length)
	}
}

// A longer piece is tried after some that came; after each try that failed, later.
func TestPace_growsWithCare(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	p := newPace(240 * time.Hour)
	var tries []int
	for piece := range 300 {
		if p.length > 20*time.Hour {
			tries = append(tries, piece)
			p.cut(span{start, start.Add(p.length)})
			continue
		}
		p.came(0.1)
	}
	if len(tries) < 5 || len(tries) > 20 || tries[len(tries)-1]-tries[len(tries)-2] < 60 {
		t.Errorf("longer pieces were tried at %v, want rarer and rarer", tries)
	}
	p = newPace(240 * time.Hour)
	p.length = 10 * time.Hour
	for range 20 {
		p.came(0.8)
	}
	if p.length != 10*time.Hour {
		t.Errorf("after full answers pieces are %v long, want 10h", p.length)
	}
	for range 8 {
		p.came(0)
	}
	if p.length != 240*time.Hour {
		t.Errorf("after eight empty answers pieces are %v long, want 240h", p.length)
	}
}

// However short the pieces are, and however many rows they have, what is kept of them
// is bounded; the piece before is always kept.
func TestRepeats_bounded(t *testing.T) {
	t.Parallel()
	r := newRepeats()
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	row := func(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }
	for piece := range 60 {
		r.next(span{at, at.Add(time.Hour)}, maxRows)
		if piece > 0 && !r.seen(row((piece-1)*maxRows)) {
			t.Fatalf("piece %d does not know a row of the one before", piece)
		}
		for n := range maxRows {
			r.seen(row(piece*maxRows + n))
		}
		kept := 0
		for _, p := range r.near {
			kept += len(p.seen)
		}
		if kept > keptRows+3*maxRows {
			t.Fatalf("%d rows are kept after %d pieces", kept, piece+1)
		}
		at = at.Add(52 * time.Minute)
	}
}
