package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Events implements [scheduling.Store]. Where events that the query chooses have no number
// yet, it numbers them first: up to 1,000 at a time, until there are enough for the Limit.
// That is a write. So on a server that has become read-only it returns an [*Error], unless
// the events up to the Limit have their numbers; with nothing to number, it only reads.
func (s *Store) Events(ctx context.Context, q scheduling.EventQuery) ([]scheduling.Event, error) {
	after, err := s.position(ctx, q.After)
	if err != nil || q.Limit <= 0 || !storable(q.Booking) {
		return nil, err
	}
	page, err := s.eventPage(ctx, q, after)
	if missing := q.Limit - len(page.events); err == nil && missing > 0 && page.more {
		if err = s.number(ctx, q.Booking, missing); err == nil {
			page, err = s.eventPage(ctx, q, after)
		}
	}
	if err != nil {
		return nil, err
	}
	return page.events, errors.Join(page.bad...)
}

// eventPage is what one query has found.
type eventPage struct {
	events []scheduling.Event
	bad    []error // why some can't be read
	more   bool    // there are events without a number
}

// eventPage reads the events behind that number, and at the same moment whether there are
// some without one: asked for later, those that others have numbered meanwhile would be
// neither here nor there.
func (s *Store) eventPage(ctx context.Context, q scheduling.EventQuery, after int64) (page eventPage, err error) {
	query, args := s.eventQuery(q, after)
	err = s.read(ctx, "Events", func(ctx context.Context) error {
		page = eventPage{}
		return s.rows(ctx, s.db, query, args, func(rows *sql.Rows) error {
			e, number, err := scanEvent(rows)
			switch {
			case err != nil && unreadable(err) == nil:
				return err
			case number == 0:
				page.more = true
				return nil
			case err != nil:
				page.bad = append(page.bad, err)
			}
			page.events = append(page.events, e)
			return nil
		})
	})
	return page, err
}

// eventQuery returns the query for a page. Its first row has the number 0 if there are
// events without one.
func (s *Store) eventQuery(q scheduling.EventQuery, after int64) (query string, args []any) {
	of, booking := ``, []any(nil)
	if q.Booking != "" {
		of, booking = ` AND booking = ?`, []any{string(q.Booking)}
	}
	query = `SELECT number, token, booking, learner, document FROM
		(SELECT number, token, booking, learner, document FROM proctorbook_events WHERE number > ?` + of + ` ORDER BY number LIMIT ?) AS page
		UNION ALL SELECT 0, '', '', '', '{}' FROM proctorbook_store
		WHERE id = 1 AND EXISTS (SELECT 1 FROM proctorbook_events WHERE number IS NULL` + of + `) ORDER BY number`
	args = append([]any{after}, booking...)
	args = append(args, q.Limit)
	return query, append(args, booking...)
}

// scanEvent reads a row, and its number. If its document can't be read it returns a
// [*scheduling.UnreadableError], and what the columns tell.
func scanEvent(row scanner) (e scheduling.Event, number int64, err error) {
	var (
		token, booking, learner string
		document                []byte
	)
	if err := row.Scan(&number, &token, &booking, &learner, &document); err != nil || number == 0 {
		return e, number, err
	}
	if err = json.Unmarshal(document, &e); err == nil && string(e.Booking) != booking {
		err = errForeign
	}
	if err != nil {
		e = scheduling.Event{Booking: scheduling.BookingID(booking), Learner: scheduling.LearnerID(learner)}
		err = &scheduling.UnreadableError{Booking: e.Booking, Learner: e.Learner, Cursor: cursor(number, token), Err: err}
	}
	e.Cursor = cursor(number, token)
	return e, number, err
}

// cursor names an event by its number and the mark of what numbered it: after a backup
// was restored, numbers are given again, marks are not.
func cursor(number int64, token string) scheduling.Cursor {
	return scheduling.Cursor(strconv.FormatInt(number, 10) + "-" + token)
}

// position returns the number of the cursor's event.
func (s *Store) position(ctx context.Context, c scheduling.Cursor) (int64, error) {
	if c == "" {
		return 0, ctx.Err()
	}
	text, token, _ := strings.Cut(string(c), "-")
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || cursor(number, token) != c {
		return 0, ErrCursor
	}
	var known string
	err = s.read(ctx, "Events", func(ctx context.Context) error {
		return s.row(ctx, s.db, `SELECT token FROM proctorbook_events WHERE number = ?`, number).Scan(&known)
	})
	if isNoRows(err) || err == nil && known != token {
		return 0, ErrCursor
	}
	return number, err
}
