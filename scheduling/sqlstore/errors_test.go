package sqlstore

import (
	"errors"
	"testing"
)

func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"sqlstore: the tables have version 0, and not 1: call Migrate":                                                  &SchemaError{Have: 0, Want: 1},
		"sqlstore: the tables have version 2, newer than 1, which this program knows: start the newer program":          &SchemaError{Have: 2, Want: 1},
		"sqlstore: the store's namespace is aaaaaaaa, not bbbbbbbb: this is another database than you think":            &NamespaceError{Have: "aaaaaaaa", Want: "bbbbbbbb"},
		"sqlstore: Update: the database answered 40001":                                                                 &Error{Op: "Update", Code: "40001"},
		"sqlstore: Update: no answer from the database: gone; it may have been written: read before you write again":    &Error{Op: "Update", Unclear: true, cause: errors.New("gone")},
		`sqlstore: sqlite would lose or mix up bookings: foreign_keys is "0", must be 1; use a DSN like ` + DSN(SQLite): &SettingsError{Dialect: SQLite, Problems: []Setting{{"foreign_keys", "0", "1"}}, DSN: DSN(SQLite)},
		"sqlstore: the document of learner 7 can't be written":                                                          &documentError{what: "learner 7"},
	} {
		if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	}
}
