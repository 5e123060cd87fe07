package sqlstore

import (
	"context"
	"database/sql"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Get implements [scheduling.Store].
func (s *Store) Get(ctx context.Context, id scheduling.BookingID) (scheduling.Booking, error) {
	if !storable(id) {
		return scheduling.Booking{}, scheduling.ErrNotFound
	}
	return s.one(ctx, "Get", `id = ?`, string(id))
}

// storable reports whether a database can hold the id at all: PostgreSQL fails where an
// id has a zero byte, or is not UTF-8, and such an id is nobody's.
func storable[T ~string](id T) bool {
	return utf8.ValidString(string(id)) && !strings.Contains(string(id), "\x00")
}

// Active implements [scheduling.Store].
func (s *Store) Active(ctx context.Context, learner scheduling.LearnerID, exam scheduling.ExamKey) (scheduling.Booking, error) {
	return s.one(ctx, "Active", `active_key = ?`, scheduling.ActiveKey(s.namespace, learner, exam))
}

func (s *Store) one(ctx context.Context, op, where string, args ...any) (scheduling.Booking, error) {
	var found []row
	err := s.read(ctx, op, func(ctx context.Context) (err error) {
		found, err = s.bookings(ctx, s.db, `SELECT `+selected+` FROM proctorbook_bookings WHERE `+where, args...)
		return err
	})
	if err == nil && len(found) == 0 {
		err = scheduling.ErrNotFound
	}
	if err == nil {
		err = found[0].err
	}
	if err != nil {
		return scheduling.Booking{}, err
	}
	return found[0].Booking, nil
}

// row is a booking as it was read, or what its columns tell and why it can't be.
type row struct {
	scheduling.Booking
	err error
}

// bookings returns all that the query finds.
func (s *Store) bookings(ctx context.Context, q querier, query string, args ...any) ([]row, error) {
	var found []row
	err := s.rows(ctx, q, query, args, func(rows *sql.Rows) error {
		b, err := scanBooking(rows)
		if err != nil && unreadable(err) == nil {
			return err
		}
		found = append(found, row{b, err})
		return nil
	})
	return found, err
}

// where is the filter in SQL; it agrees with Filter.Matches.
func (s *Store) where(f scheduling.Filter) (where string, args []any) {
	var terms []string
	add := func(term string, values ...any) {
		terms = append(terms, term)
		args = append(args, values...)
	}
	if f.Learner != "" {
		add(`learner = ?`, string(f.Learner))
	}
	if (f.Exam != scheduling.ExamKey{}) {
		add(`usage_key = ? AND course_key = ?`, f.Exam.Usage.String(), f.Exam.Course.String())
	}
	if len(f.States) > 0 {
		var states []any
		for _, state := range f.States {
			states = append(states, string(state))
		}
		add(`state IN (`+marks(len(states))+`)`, states...)
	}
	if f.Open {
		add(`is_open = 1`)
	}
	if f.NeedsAttention {
		add(`is_flagged = 1`)
	}
	if !f.StartFrom.IsZero() {
		add(`start_at >= ?`, ceiling(f.StartFrom))
	}
	if !f.StartUntil.IsZero() {
		add(`start_at < ?`, ceiling(f.StartUntil))
	}
	if !f.DueBy.IsZero() {
		// Without a lower bound SQLite would rather go by the ids, through the whole table.
		at := dueColumn(f.Bulk)
		add(at+` >= ? AND `+at+` <= ?`, int64(math.MinInt64), micros(f.DueBy))
	}
	if !f.WatchedAt.IsZero() {
		add(`watch_until >= ?`, ceiling(f.WatchedAt))
	}
	add(`id > ?`, string(f.After))
	return strings.Join(terms, " AND "), args
}

// ceiling is the first whole microsecond that is not before t: stored instants
// are cut, those of a filter are not.
func ceiling(t time.Time) int64 {
	n := micros(t)
	if instant(n).Before(t) {
		n++
	}
	return n
}
