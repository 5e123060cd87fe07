package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// OpenEdX is an [openedx.Store] in the tables of a store, beside its bookings.
type OpenEdX struct{ s *Store }

var _ openedx.Store = (*OpenEdX)(nil)

// OpenEdX returns what the store keeps of Open edX platforms, for openedx.NewPlatforms.
func (s *Store) OpenEdX() *OpenEdX { return &OpenEdX{s} }

// String names the store, for logs.
func (o *OpenEdX) String() string { return o.s.String() + " openedx" }

// lmsRow is a record that is about to be written.
type lmsRow struct {
	op      string // the method
	table   string
	key     []string // columns of the primary key
	columns []string // the others, but for version, token and document
	values  []any    // of key and columns, in this order
	version int64    // after the write
	record  any

	token    string
	document string
}

// prepare draws the token and writes the document.
func (o *OpenEdX) prepare(r *lmsRow) error {
	document, err := json.Marshal(r.record)
	if err != nil {
		return &documentError{what: "a record of " + r.table, cause: err}
	}
	r.document = string(document)
	r.token, err = o.s.dice.token()
	return err
}

// put stores a row of which version-1 is stored, 0 for none. again is what it means that
// a unique key beside the primary one is taken.
func (o *OpenEdX) put(ctx context.Context, r lmsRow, again error) error {
	if err := o.prepare(&r); err != nil {
		return err
	}
	return o.s.write(ctx, r.op,
		func(ctx context.Context, tx *sql.Tx, unclear bool) error {
			n, err := o.putRow(ctx, tx, r)
			if n > 0 || err != nil {
				return err
			}
			return o.whoPut(ctx, tx, r, unclear, scheduling.ErrConflict)
		},
		func(ctx context.Context, unclear bool) error { return o.whoPut(ctx, o.s.db, r, unclear, again) })
}

// putRow inserts the first version, or updates the one before, and returns how many rows
// it wrote.
func (o *OpenEdX) putRow(ctx context.Context, tx *sql.Tx, r lmsRow) (int64, error) {
	all := append(append([]string{}, r.key...), r.columns...)
	written := []any{r.version, r.token, r.document}
	if r.version == 1 {
		query := `INSERT INTO ` + r.table + ` (` + strings.Join(all, ", ") + `, version, token, document) VALUES (` + marks(len(all)+3) + `)`
		_, err := o.s.exec(ctx, tx, query, append(append([]any{}, r.values...), written...)...)
		return 1, err
	}
	set := ""
	for _, column := range r.columns {
		set += column + ` = ?, `
	}
	args := append(append([]any{}, r.values[len(r.key):]...), written...)
	args = append(append(args, r.values[:len(r.key)]...), r.version-1)
	result, err := o.s.exec(ctx, tx, `UPDATE `+r.table+` SET `+set+`version = ?, token = ?, document = ? WHERE `+r.where()+` AND version = ?`, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// where chooses the row.
func (r lmsRow) where() string { return strings.Join(r.key, ` = ? AND `) + ` = ?` }

// whoPut returns nil if the version was taken by an earlier try of this write, whose
// answer was lost, ErrConflict if another writer took it, and otherwise what it means that
// the write found a key taken.
func (o *OpenEdX) whoPut(ctx context.Context, q querier, r lmsRow, unclear bool, otherwise error) error {
	var version int64
	var last string
	err := o.s.row(ctx, q, `SELECT version, token FROM `+r.table+` WHERE `+r.where(), r.values[:len(r.key)]...).Scan(&version, &last)
	switch {
	case isNoRows(err):
		return otherwise
	case err != nil:
		return err
	case version == r.version && last == r.token:
		return nil
	case unclear && version > r.version:
		return errOverwritten
	case version == r.version-1:
		return otherwise
	}
	return scheduling.ErrConflict
}

// get reads one record into v.
func (o *OpenEdX) get(ctx context.Context, op, query string, args []any, v any) error {
	var document []byte
	var version int64
	err := o.s.read(ctx, op, func(ctx context.Context) error { return o.s.row(ctx, o.s.db, query, args...).Scan(&version, &document) })
	if isNoRows(err) {
		return scheduling.ErrNotFound
	}
	if err == nil && json.Unmarshal(document, v) != nil {
		err = &scheduling.UnreadableError{Err: errDocument}
	}
	return err
}

// Exam implements [openedx.Store].
func (o *OpenEdX) Exam(ctx context.Context, id backend.ExamID) (e openedx.Exam, err error) {
	if !storable(id) {
		return e, scheduling.ErrNotFound
	}
	err = o.get(ctx, "Exam", `SELECT version, document FROM proctorbook_lms_exams WHERE id = ?`, []any{string(id)}, &e)
	return e, err
}

// PutExam implements [openedx.Store].
func (o *OpenEdX) PutExam(ctx context.Context, e openedx.Exam) (openedx.Exam, error) {
	e = e.Stored()
	e.Version++
	err := o.put(ctx, lmsRow{
		op: "PutExam", table: "proctorbook_lms_exams", key: []string{"id"}, columns: []string{"platform"},
		values: []any{string(e.ID), string(e.Platform)}, version: e.Version, record: e,
	}, scheduling.ErrConflict)
	if err != nil {
		return openedx.Exam{}, err
	}
	return e, nil
}

// Exams implements [openedx.Store].
func (o *OpenEdX) Exams(ctx context.Context, platform backend.PlatformID, after backend.ExamID, limit int) ([]openedx.Exam, error) {
	query := `SELECT document FROM proctorbook_lms_exams WHERE platform = ? AND id > ? ORDER BY id LIMIT ?`
	return many[openedx.Exam](ctx, o, "Exams", query, []any{string(platform), string(after), limit})
}

// many reads records.
func many[T any](ctx context.Context, o *OpenEdX, op, query string, args []any) (all []T, err error) {
	err = o.s.read(ctx, op, func(ctx context.Context) error {
		all = nil
		return o.s.rows(ctx, o.s.db, query, args, func(rows *sql.Rows) error {
			var document []byte
			if err := rows.Scan(&document); err != nil {
				return err
			}
			var v T
			if json.Unmarshal(document, &v) != nil {
				return &scheduling.UnreadableError{Err: errDocument}
			}
			all = append(all, v)
			return nil
		})
	})
	return all, err
}

// Person implements [openedx.Store].
func (o *OpenEdX) Person(ctx context.Context, platform backend.PlatformID, user backend.UserID) (p openedx.Person, err error) {
	if !storable(platform) || !storable(user) {
		return p, scheduling.ErrNotFound
	}
	query := `SELECT version, document FROM proctorbook_lms_persons WHERE platform = ? AND id = ?`
	err = o.get(ctx, "Person", query, []any{string(platform), string(user)}, &p)
	return p, err
}

// PersonNamed implements [openedx.Store].
func (o *OpenEdX) PersonNamed(ctx context.Context, platform backend.PlatformID, username string) (openedx.Person, error) {
	if username == "" || !findable(username) {
		return openedx.Person{}, scheduling.ErrNotFound
	}
	query := `SELECT document FROM proctorbook_lms_persons WHERE platform = ? AND username = ? ORDER BY id LIMIT 2`
	found, err := many[openedx.Person](ctx, o, "PersonNamed", query, []any{string(platform), username})
	if err == nil && len(found) != 1 {
		err = scheduling.ErrNotFound
	}
	if err != nil {
		return openedx.Person{}, err
	}
	return found[0], nil
}

// PutPerson implements [openedx.Store].
func (o *OpenEdX) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	p = p.Stored()
	p.Version++
	if err := o.put(ctx, personRow("PutPerson", p), scheduling.ErrConflict); err != nil {
		return openedx.Person{}, err
	}
	return p, nil
}

func personRow(op string, p openedx.Person) lmsRow {
	name := sql.NullString{String: p.Username, Valid: p.Username != "" && findable(p.Username)}
	return lmsRow{
		op: op, table: "proctorbook_lms_persons", key: []string{"platform", "id"}, columns: []string{"username"},
		values: []any{string(p.Platform), string(p.User), name}, version: p.Version, record: p,
	}
}

// Attempt implements [openedx.Store].
func (o *OpenEdX) Attempt(ctx context.Context, id backend.AttemptID) (a openedx.Attempt, err error) {
	if !storable(id) {
		return a, scheduling.ErrNotFound
	}
	err = o.get(ctx, "Attempt", `SELECT version, document FROM proctorbook_lms_attempts WHERE id = ?`, []any{string(id)}, &a)
	return a, err
}

// PutAttempt implements [openedx.Store].
func (o *OpenEdX) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	a = a.Stored()
	a.Version++
	if err := o.put(ctx, attemptRow("PutAttempt", a), openedx.ErrOpenAttempt); err != nil {
		return openedx.Attempt{}, err
	}
	return a, nil
}

func attemptRow(op string, a openedx.Attempt) lmsRow {
	open := sql.NullString{String: string(a.Exam) + "/" + string(a.User), Valid: a.Open()}
	return lmsRow{
		op: op, table: "proctorbook_lms_attempts", key: []string{"id"},
		columns: []string{"platform", "exam", "person", "learner", "open_key", "is_removed", "is_extended", "is_troubled", "work_at"},
		values: []any{
			string(a.ID), string(a.Platform), string(a.Exam), string(a.User), string(a.Learner), open,
			flag(!a.Removed.IsZero()), flag(a.Extra != 0), flag(a.Trouble != ""), orNull(a.WorkAt()),
		},
		version: a.Version, record: a,
	}
}

// Attempts implements [openedx.Store].
func (o *OpenEdX) Attempts(ctx context.Context, q openedx.AttemptQuery) ([]openedx.Attempt, error) {
	query, args := `SELECT document FROM proctorbook_lms_attempts WHERE id > ?`, []any{string(q.After)}
	for _, c := range []struct {
		set       bool
		condition string
		value     any
	}{
		{q.Platform != "", `platform = ?`, string(q.Platform)}, {q.Exam != "", `exam = ?`, string(q.Exam)},
		{q.User != "", `person = ?`, string(q.User)}, {q.Learner != "", `learner = ?`, string(q.Learner)},
		{q.Unidentified, `learner = '' AND is_removed = ?`, 0}, {q.Extended, `is_extended = ?`, 1}, {q.Troubled, `is_troubled = ?`, 1},
		{!q.DueBy.IsZero(), `work_at <= ?`, micros(q.DueBy)},
	} {
		if c.set {
			query, args = query+` AND `+c.condition, append(args, c.value)
		}
	}
	order := `id`
	if !q.DueBy.IsZero() {
		order = `work_at, id`
	}
	return many[openedx.Attempt](ctx, o, "Attempts", query+` ORDER BY `+order+` LIMIT ?`, append(args, q.Limit))
}

// Erase implements [openedx.Store]. In SQLite it also clears the write-ahead log, unless
// another connection is reading.
func (o *OpenEdX) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	for {
		err := o.s.write(ctx, "Erase", func(ctx context.Context, tx *sql.Tx, _ bool) error { return o.erase(ctx, tx, platform, user) }, nil)
		if errors.Is(err, scheduling.ErrConflict) {
			continue // an attempt was written in between
		}
		if err == nil && o.s.dialect == SQLite {
			_, _ = o.s.db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`) // a reader may prevent it: see the page on operating
		}
		return err
	}
}

// erase takes out everything in one transaction, which begins with a write, whatever there
// is.
func (o *OpenEdX) erase(ctx context.Context, tx *sql.Tx, platform backend.PlatformID, user backend.UserID) error {
	_, err := o.s.exec(ctx, tx, `UPDATE proctorbook_lms_persons SET token = token WHERE platform = ? AND id = ?`, string(platform), string(user))
	if err != nil {
		return err
	}
	var rows []lmsRow
	err = o.s.rows(ctx, tx, `SELECT document FROM proctorbook_lms_persons WHERE platform = ? AND id = ?`, []any{string(platform), string(user)},
		func(r *sql.Rows) error {
			var p openedx.Person
			if err := scanDocument(r, &p); err != nil || p == p.WithoutWords() {
				return err
			}
			p = p.WithoutWords()
			p.Version++
			rows = append(rows, personRow("Erase", p))
			return nil
		})
	if err != nil {
		return err
	}
	err = o.s.rows(ctx, tx, `SELECT document FROM proctorbook_lms_attempts WHERE platform = ? AND person = ? ORDER BY id`, []any{string(platform), string(user)},
		func(r *sql.Rows) error {
			var a openedx.Attempt
			err := scanDocument(r, &a)
			if rest, had := a.WithoutWords(); had && err == nil {
				rest.Version++
				rows = append(rows, attemptRow("Erase", rest))
			}
			return err
		})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := o.prepare(&r); err != nil {
			return err
		}
		if n, err := o.putRow(ctx, tx, r); err != nil || n == 0 {
			return errors.Join(err, conflictIf(n == 0 && err == nil))
		}
	}
	return nil
}

func conflictIf(lost bool) error {
	if lost {
		return scheduling.ErrConflict
	}
	return nil
}

// scanDocument reads a row that is a document alone.
func scanDocument(r *sql.Rows, v any) error {
	var document []byte
	if err := r.Scan(&document); err != nil {
		return err
	}
	if json.Unmarshal(document, v) != nil {
		return &scheduling.UnreadableError{Err: errDocument}
	}
	return nil
}
