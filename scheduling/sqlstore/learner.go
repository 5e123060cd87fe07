package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/proctorbook/proctorbook/scheduling"
)

// PutLearner implements [scheduling.Store].
func (s *Store) PutLearner(ctx context.Context, l scheduling.Learner) (scheduling.Learner, error) {
	newest, erased, err := s.newest(ctx, l.ID)
	if err != nil {
		return scheduling.Learner{}, err
	}
	if erased && l.Version != 0 || !erased && l.Version != newest {
		return scheduling.Learner{}, scheduling.ErrConflict
	}
	token, err := s.dice.token()
	if err != nil {
		return scheduling.Learner{}, err
	}
	l = l.Stored()
	l.Version = newest + 1
	document, err := json.Marshal(l)
	if err != nil {
		return scheduling.Learner{}, &documentError{what: "learner " + string(l.ID), cause: err}
	}
	err = s.write(ctx, "PutLearner", func(ctx context.Context, tx *sql.Tx, _ bool) error {
		err := s.insertLearner(ctx, tx, l, token, sql.NullString{String: string(document), Valid: true})
		if err != nil {
			return err
		}
		return s.putUsername(ctx, tx, l)
	}, func(ctx context.Context, _ bool) error { return s.whoPut(ctx, l, token) })
	if err != nil {
		return scheduling.Learner{}, err
	}
	return l, nil
}

// insertLearner takes the next version. Of two writers the second finds it taken.
func (s *Store) insertLearner(ctx context.Context, tx *sql.Tx, l scheduling.Learner, token string, document sql.NullString) error {
	_, err := s.exec(ctx, tx, `INSERT INTO proctorbook_learners (id, version, token, document) VALUES (?, ?, ?, ?)`, string(l.ID), l.Version, token, document)
	return err
}

// putUsername keeps the name by which the newest record is found. A name that no
// platform gives is not kept. A first record has no row to replace.
func (s *Store) putUsername(ctx context.Context, tx *sql.Tx, l scheduling.Learner) error {
	if l.Version > 1 {
		if _, err := s.exec(ctx, tx, `DELETE FROM proctorbook_usernames WHERE id = ?`, string(l.ID)); err != nil {
			return err
		}
	}
	name := sql.NullString{String: l.Username, Valid: l.Username != "" && findable(l.Username)}
	_, err := s.exec(ctx, tx, `INSERT INTO proctorbook_usernames (id, username) VALUES (?, ?)`, string(l.ID), name)
	return err
}

func findable(username string) bool { return storable(username) && len(username) <= 255 }

// LearnerByUsername implements [scheduling.UsernameFinder].
func (s *Store) LearnerByUsername(ctx context.Context, username string) (scheduling.Learner, error) {
	if !findable(username) {
		return scheduling.Learner{}, scheduling.ErrNotFound
	}
	var least, greatest sql.NullString
	err := s.read(ctx, "LearnerByUsername", func(ctx context.Context) error {
		return s.row(ctx, s.db, `SELECT MIN(id), MAX(id) FROM proctorbook_usernames WHERE username = ?`, username).Scan(&least, &greatest)
	})
	if err != nil {
		return scheduling.Learner{}, err
	}
	if !least.Valid || least != greatest {
		return scheduling.Learner{}, scheduling.ErrNotFound
	}
	l, err := s.Learner(ctx, scheduling.LearnerID(least.String), 0)
	if err == nil && l.Username != username { // it has just changed
		return scheduling.Learner{}, scheduling.ErrNotFound
	}
	return l, err
}

// whoPut returns nil if the version was taken by an earlier try of this write,
// whose answer was lost, and ErrConflict if another writer took it.
func (s *Store) whoPut(ctx context.Context, l scheduling.Learner, token string) error {
	var taken string
	err := s.row(ctx, s.db, `SELECT token FROM proctorbook_learners WHERE id = ? AND version = ?`, string(l.ID), l.Version).Scan(&taken)
	if err == nil && taken != token || errors.Is(err, sql.ErrNoRows) {
		return scheduling.ErrConflict
	}
	return err
}

// newest returns the newest version of the learner, 0 if there is none, and
// whether it stands for an erased record.
func (s *Store) newest(ctx context.Context, id scheduling.LearnerID) (version int64, erased bool, err error) {
	err = s.read(ctx, "PutLearner", func(ctx context.Context) error {
		query := `SELECT version, CASE WHEN document IS NULL THEN 1 ELSE 0 END FROM proctorbook_learners WHERE id = ? ORDER BY version DESC LIMIT 1`
		var gone int
		err := s.row(ctx, s.db, query, string(id)).Scan(&version, &gone)
		erased = gone == 1
		return err
	})
	if isNoRows(err) {
		return 0, false, nil
	}
	return version, erased, err
}

// Learner implements [scheduling.Store].
func (s *Store) Learner(ctx context.Context, id scheduling.LearnerID, version int64) (scheduling.Learner, error) {
	if !storable(id) {
		return scheduling.Learner{}, scheduling.ErrNotFound
	}
	query, args := `SELECT document FROM proctorbook_learners WHERE id = ?`, []any{string(id)}
	if version == 0 {
		query += ` ORDER BY version DESC LIMIT 1`
	} else {
		query, args = query+` AND version = ?`, append(args, version)
	}
	var document []byte
	err := s.read(ctx, "Learner", func(ctx context.Context) error { return s.row(ctx, s.db, query, args...).Scan(&document) })
	if isNoRows(err) || err == nil && document == nil {
		err = scheduling.ErrNotFound
	}
	var l scheduling.Learner
	if err == nil && (json.Unmarshal(document, &l) != nil || l.ID != id) {
		err = &scheduling.UnreadableError{Learner: id, Err: errDocument} // not the cause itself, which might quote it
	}
	if err != nil {
		return scheduling.Learner{}, err
	}
	return l, nil
}

// errDocument stands for the cause of a learner's record that can't be read.
var errDocument = errors.New("sqlstore: the document is damaged")

// isNoRows reports whether a read found nothing; it also looks into an [*Error].
func isNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }
