package proctorutest

import (
	"cmp"
	"slices"
	"time"
)

// byStart is an index of all reservations, by start and then by number. It is put in
// order when it is asked: a report by dates over some of a hundred thousand takes no look
// at the others.
type byStart struct {
	all   []*reservation
	mixed bool // a start was added or changed since
}

func compareStarts(a, b *reservation) int {
	return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.number, b.number))
}

func (x *byStart) add(r *reservation) {
	if n := len(x.all); n > 0 && compareStarts(x.all[n-1], r) > 0 {
		x.mixed = true
	}
	x.all = append(x.all, r)
}

// from returns the reservations from a start on; zero is the first.
func (x *byStart) from(start time.Time) []*reservation {
	if x.mixed {
		slices.SortFunc(x.all, compareStarts)
		x.mixed = false
	}
	i, _ := slices.BinarySearchFunc(x.all, start, func(r *reservation, t time.Time) int { return r.start.Compare(t) })
	return x.all[i:]
}

// reported returns what the report knows of, by start. An empty student is everybody.
func (s *Server) reported(student string, span interval, wanted func(*reservation) bool) []*reservation {
	created := s.is(VariantReportDates, "created")
	fits := func(r *reservation) bool {
		at := r.start
		if created {
			at = r.made
		}
		return span.contains(at) && wanted(r)
	}
	switch {
	case student != "":
		return chosen(s.evidence.read(student, s.byStudent[student], s.now()), fits)
	case s.evidence.lags():
		var rows []reservation
		for name := range s.byStudent {
			rows = append(rows, s.evidence.read(name, s.byStudent[name], s.now())...)
		}
		return chosen(rows, fits)
	}
	ahead := s.dated.from(time.Time{})
	if !created {
		ahead = s.dated.from(span.from)
	}
	var found []*reservation
	for _, r := range ahead {
		if !created && !span.until.IsZero() && r.start.After(span.until) {
			break
		}
		if fits(r) {
			found = append(found, r)
		}
	}
	return found
}

// chosen returns the rows that fit, by start.
func chosen(rows []reservation, fits func(*reservation) bool) []*reservation {
	var found []*reservation
	for i := range rows {
		if fits(&rows[i]) {
			found = append(found, &rows[i])
		}
	}
	slices.SortFunc(found, compareStarts)
	return found
}
