package sqlstore

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/proctorbook/proctorbook/scheduling"
)

// This file lists bookings, ordered by id, in pages of one query each that begins behind
// the last id. What a page costs must not grow with the store: so each filter has an index
// that has its rows in that order, but for two that can't have one. Of several states the
// pages of each are merged. A range of few starts is read at once. One of more is looked up,
// and then read by its ids; with more than mostIDs, they are so many that a walk by the ids
// meets one soon.

const (
	mostGrown = 4      // pages grow up to so many times the first one: whoever wants the first rows alone waits for few
	mostIDs   = 20_000 // of a range of starts, kept while it is listed: two megabytes or so
)

// List implements [scheduling.Store].
func (s *Store) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	return func(yield func(scheduling.Booking, error) bool) {
		if !storable(f.Learner) {
			return
		}
		if !byStart(f) {
			s.listPages(ctx, f, yield)
			return
		}
		few, all, err := s.fewStarts(ctx, f)
		if err == nil && all {
			give(few, yield)
			return
		}
		var ids []string
		if err == nil {
			ids, all, err = s.starts(ctx, f)
		}
		switch {
		case err != nil:
			yield(scheduling.Booking{}, err)
		case all:
			s.listIDs(ctx, f, ids, yield)
		default:
			s.listPages(ctx, f, yield)
		}
	}
}

// fewStarts returns the bookings in the filter's range, in order, or all as false if they
// are more than a page.
func (s *Store) fewStarts(ctx context.Context, f scheduling.Filter) (few []row, all bool, err error) {
	query, args := s.startsQuery(f, `state, `+selected, s.pageSize+1)
	n := 0
	err = s.read(ctx, "List", func(ctx context.Context) error {
		few, n = nil, 0
		return s.rows(ctx, s.db, query, args, func(rows *sql.Rows) error {
			n++
			var state string
			b, err := scanBooking(behind{rows, []any{&state}})
			if err != nil && unreadable(err) == nil {
				return err
			}
			if inStates(f, state) {
				few = append(few, row{b, err})
			}
			return nil
		})
	})
	slices.SortFunc(few, func(a, b row) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return few, n <= s.pageSize, err
}

// inStates reports whether the filter wants bookings in the state.
func inStates(f scheduling.Filter, state string) bool {
	return len(f.States) == 0 || slices.Contains(f.States, scheduling.State(state))
}

// listPages reads page after page.
func (s *Store) listPages(ctx context.Context, f scheduling.Filter, yield func(scheduling.Booking, error) bool) {
	for limit := s.pageSize; ; limit = s.grown(f, limit) {
		query, args := s.listQuery(f, limit)
		page, err := s.page(ctx, query, args)
		if err != nil {
			yield(scheduling.Booking{}, err)
			return
		}
		if !give(page, yield) || len(page) < limit {
			return
		}
		f.After = page[len(page)-1].ID
	}
}

// grown returns the size of the next page. A walk past starts that the filter leaves out
// costs more the more it has to find.
func (s *Store) grown(f scheduling.Filter, limit int) int {
	if byStart(f) {
		return limit
	}
	return min(2*limit, mostGrown*s.pageSize)
}

// listIDs reads the bookings of these ids. What has changed meanwhile so that it no longer
// matches is left out.
func (s *Store) listIDs(ctx context.Context, f scheduling.Filter, ids []string, yield func(scheduling.Booking, error) bool) {
	for limit := s.pageSize; len(ids) > 0; limit = min(2*limit, mostGrown*s.pageSize) {
		var args []any
		n := min(limit, len(ids))
		for _, id := range ids[:n] {
			args = append(args, id)
		}
		ids = ids[n:]
		page, err := s.page(ctx, `SELECT `+selected+` FROM proctorbook_bookings WHERE id IN (`+marks(n)+`) ORDER BY id`, args)
		if err != nil {
			yield(scheduling.Booking{}, err)
			return
		}
		page = slices.DeleteFunc(page, func(r row) bool { return r.err == nil && !f.Matches(r.Booking) })
		if !give(page, yield) {
			return
		}
	}
}

// give yields the page, and reports whether to go on.
func give(page []row, yield func(scheduling.Booking, error) bool) bool {
	for _, r := range page {
		if r.err != nil {
			r.Booking = scheduling.Booking{ID: r.ID, Learner: r.Learner}
		}
		if !yield(r.Booking, r.err) {
			return false
		}
	}
	return true
}

func (s *Store) page(ctx context.Context, query string, args []any) (page []row, err error) {
	err = s.read(ctx, "List", func(ctx context.Context) (err error) {
		page, err = s.bookings(ctx, s.db, query, args...)
		return err
	})
	return page, err
}

// byStart reports whether nothing that the filter asks for is rarer than a range of starts.
func byStart(f scheduling.Filter) bool {
	return !(f.StartFrom.IsZero() && f.StartUntil.IsZero()) && f.Learner == "" && !f.Open && !f.NeedsAttention && f.DueBy.IsZero() && f.WatchedAt.IsZero()
}

// starts returns the ids of the bookings in the filter's range, in order, or all as false
// if there are too many of them.
func (s *Store) starts(ctx context.Context, f scheduling.Filter) (ids []string, all bool, err error) {
	state := `state`
	if len(f.States) == 0 {
		state = `''` // so that the index is enough
	}
	query, args := s.startsQuery(f, `id, `+state, s.mostIDs+1)
	n := 0
	err = s.read(ctx, "List", func(ctx context.Context) error {
		ids, n = nil, 0
		return s.rows(ctx, s.db, query, args, func(rows *sql.Rows) error {
			n++
			var id, state string
			if err := rows.Scan(&id, &state); err != nil {
				return err
			}
			if inStates(f, state) {
				ids = append(ids, id)
			}
			return nil
		})
	})
	slices.Sort(ids)
	return ids, n <= s.mostIDs, err
}

// startsQuery looks a range of starts up, in any order, and of all states: else a range of
// which few are of the wanted ones would be read to its end.
func (s *Store) startsQuery(f scheduling.Filter, columns string, limit int) (query string, args []any) {
	f.States = nil
	where, args := s.where(f)
	return `SELECT ` + columns + ` FROM proctorbook_bookings WHERE ` + where + ` LIMIT ?`, append(args, limit)
}

// listQuery chooses one page.
func (s *Store) listQuery(f scheduling.Filter, limit int) (query string, args []any) {
	if len(f.States) > 1 && f.Learner == "" && !f.Open && !f.NeedsAttention && f.DueBy.IsZero() && f.WatchedAt.IsZero() && !byStart(f) {
		return s.mergedQuery(f, limit)
	}
	where, args := s.where(f)
	if byStart(f) { // there are many of them: no index of starts, of which each page would read the whole range
		where = strings.NewReplacer(`start_at >= ?`, `(start_at >= ?) IS TRUE`, `start_at < ?`, `(start_at < ?) IS TRUE`).Replace(where)
	}
	return `SELECT ` + selected + ` FROM proctorbook_bookings WHERE ` + where + ` ORDER BY id LIMIT ?`, append(args, limit)
}

// mergedQuery takes a page of each state, which an index has in order, and the first page
// of all those.
func (s *Store) mergedQuery(f scheduling.Filter, limit int) (query string, args []any) {
	states := slices.Compact(slices.Sorted(slices.Values(f.States)))
	var parts []string
	for _, state := range states {
		f.States = []scheduling.State{state}
		where, values := s.where(f)
		parts = append(parts, `SELECT chosen FROM (SELECT id AS chosen FROM proctorbook_bookings WHERE `+where+` ORDER BY id LIMIT ?) AS of_`+strconv.Itoa(len(parts)))
		args = append(append(args, values...), limit)
	}
	return `SELECT ` + selected + ` FROM (SELECT chosen FROM (` + strings.Join(parts, ` UNION ALL `) + `) AS each_state ORDER BY chosen LIMIT ?) AS page
		JOIN proctorbook_bookings ON id = chosen ORDER BY id`, append(args, limit)
}
