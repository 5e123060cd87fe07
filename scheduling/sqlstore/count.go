package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"reflect"
	"strings"

	"github.com/proctorbook/proctorbook/scheduling"
)

// CountBookings implements [scheduling.BookingCounter]. The database counts by what it has
// taken out of the documents (migration 9), in one statement. Of open bookings, which are
// few, and of those whose document tells it nothing, it returns the document. If there are
// values that this program does not know, as a newer one may write, each booking is read.
//
// Damage that leaves a document valid JSON of the same booking, with values that are known,
// is not seen here: List, Get and Claim tell it.
func (s *Store) CountBookings(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.BookingCount, error] {
	return func(yield func(scheduling.BookingCount, error) bool) {
		if !storable(f.Learner) {
			return
		}
		counts, bad, err := s.counts(ctx, f)
		if errors.Is(err, errUnknownKind) {
			s.countListed(ctx, f, yield)
			return
		}
		if err != nil {
			yield(scheduling.BookingCount{}, err)
			return
		}
		for _, err := range bad {
			if !yield(scheduling.BookingCount{}, err) {
				return
			}
		}
		for _, c := range counts {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// countListed reads each booking.
func (s *Store) countListed(ctx context.Context, f scheduling.Filter, yield func(scheduling.BookingCount, error) bool) {
	for b, err := range s.List(ctx, f) {
		var c scheduling.BookingCount
		if err == nil {
			c = scheduling.CountOf(b)
		}
		if !yield(c, err) {
			return
		}
	}
}

// errUnknownKind means that some bookings have values that this program does not know.
var errUnknownKind = errors.New("sqlstore: some bookings have to be read to be counted")

// counts returns what the database has counted, with the bookings that it has not, and the
// errors of those that can't be read.
func (s *Store) counts(ctx context.Context, f scheduling.Filter) (counts []scheduling.BookingCount, bad []error, err error) {
	query, args := s.countQuery(f)
	err = s.read(ctx, "CountBookings", func(ctx context.Context) error {
		counts, bad = nil, nil
		return s.rows(ctx, s.db, query, args, func(rows *sql.Rows) error {
			var k kindRow
			b, err := scanBooking(k.before(rows))
			switch {
			case k.n > 0:
				var c scheduling.BookingCount
				if c, err = k.count(); err == nil {
					counts = append(counts, c)
				}
				return err
			case unreadable(err) != nil:
				bad = append(bad, err)
				return nil
			case err == nil:
				counts = append(counts, scheduling.CountOf(b))
			}
			return err
		})
	})
	return counts, bad, err
}

// fewUncounted tells databases, whose statistics don't, that hardly any documents have to
// be read.
var fewUncounted = map[Dialect]string{
	SQLite:  ` INDEXED BY proctorbook_bookings_uncounted`,
	MariaDB: ` FORCE INDEX (proctorbook_bookings_uncounted)`,
}

// standing tells MariaDB, which would rather go by the ids through the whole table, to count
// by the index that has all that is asked for.
func (s *Store) standing(f scheduling.Filter) string {
	f.Exam, f.States, f.NeedsAttention, f.Open, f.After = scheduling.ExamKey{}, nil, false, false, ""
	if s.dialect != MariaDB || !reflect.ValueOf(f).IsZero() {
		return ``
	}
	return ` FORCE INDEX (proctorbook_bookings_standing)`
}

// countQuery counts the closed bookings by kind, and behind that has the others as List
// has them: one statement, so that none is counted twice, or not at all, because it
// changes meanwhile.
func (s *Store) countQuery(f scheduling.Filter) (query string, args []any) {
	where, values := s.where(f)
	const none = `'', '', '', '', 0, 0, `
	query = `SELECT usage_key, course_key, state, counted, is_flagged, COUNT(*), '' AS id, 0 AS version, '' AS learner, '' AS lease_owner, 0 AS lease_until, '{}' AS document
		FROM proctorbook_bookings` + s.standing(f) + ` WHERE ` + where + ` AND is_open = 0 AND counted IS NOT NULL GROUP BY usage_key, course_key, state, counted, is_flagged
		UNION ALL SELECT ` + none + selected + ` FROM proctorbook_bookings WHERE ` + where + ` AND is_open = 1
		UNION ALL SELECT ` + none + selected + ` FROM proctorbook_bookings` + fewUncounted[s.dialect] + ` WHERE ` + where + ` AND is_open = 0 AND counted IS NULL`
	for range 3 {
		args = append(args, values...)
	}
	return query, args
}

// kindRow is one kind of closed bookings, and how many there are.
type kindRow struct {
	usage, course, state, counted string
	flagged, n                    int
}

// before returns a scanner whose first columns are the kind's.
func (k *kindRow) before(rows *sql.Rows) scanner {
	return behind{rows, []any{&k.usage, &k.course, &k.state, &k.counted, &k.flagged, &k.n}}
}

// count reads the kind as a booking that has nothing but what was taken out of the
// documents: so what counts is decided where it is decided for all bookings. It returns
// errUnknownKind if that can't be read.
func (k *kindRow) count() (scheduling.BookingCount, error) {
	document, err := json.Marshal(k.document())
	var b scheduling.Booking
	if err != nil || json.Unmarshal(document, &b) != nil {
		return scheduling.BookingCount{}, errUnknownKind
	}
	if k.flagged == 1 {
		b.NeedsAttention = &scheduling.Attention{}
	}
	c := scheduling.CountOf(b)
	c.Bookings = k.n
	return c, nil
}

// document is the least document of a booking of the kind. Its values that don't matter
// are anything that can be read.
func (k *kindRow) document() map[string]any {
	parts := strings.SplitN(k.counted, "|", 8)
	for len(parts) < 8 { // it was cut: no list of settings is so long
		parts = append(parts, "cut")
	}
	numbers := map[string][2]string{"0": {}, "1": {"1", ""}, "2": {"1", "1"}}[parts[0]] // the booking's, and that of the facts
	document := map[string]any{
		"state": k.state, "number": numbers[0],
		"exam": map[string]any{
			"course": k.course, "usage": k.usage, "zone": "UTC", "duration": "1h", "policy": map[string]any{}, "code": parts[5], "code_via": parts[6],
			"window": map[string]string{"start": "2027-01-01T00:00:00Z", "end": "2027-01-02T00:00:00Z"},
		},
		"session": map[string]any{
			"verdict": parts[1], "overridden": parts[2], "facts": map[string]string{"number": numbers[1]},
			"attendance": map[string]string{"presence": parts[3], "fact": parts[4]},
		},
	}
	if parts[7] != "" {
		document["outdated"] = json.RawMessage(parts[7])
	}
	return document
}
