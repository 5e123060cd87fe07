package sqlstore

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// micros returns the instant as the tables keep it.
func micros(t time.Time) int64 { return t.UnixMicro() }

// instant returns the instant that micros made a number of.
func instant(n int64) time.Time { return time.UnixMicro(n).UTC() }

// orNull returns the instant as the tables keep it, NULL if it is zero.
func orNull(t time.Time) sql.NullInt64 { return sql.NullInt64{Int64: micros(t), Valid: !t.IsZero()} }

// flag returns a boolean as the tables keep it.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// written lists the columns of a booking that every write sets, and their values.
const written = `learner, course_key, usage_key, state, active_key, is_open, is_flagged, is_urgent, start_at, watch_until, due_at, quiet_until, lease_owner, lease_until, token, format, document`

func (s *Store) values(b scheduling.Booking, token string) ([]any, error) {
	document, err := json.Marshal(b)
	if err != nil {
		return nil, &documentError{what: "booking " + string(b.ID), cause: err}
	}
	var active sql.NullString
	if b.State.Active() {
		active = sql.NullString{String: scheduling.ActiveKey(s.namespace, b.Learner, b.Exam.Key()), Valid: true}
	}
	return []any{
		string(b.Learner), b.Exam.Course.String(), b.Exam.Usage.String(), string(b.State), active,
		flag(b.Intent != nil), flag(b.NeedsAttention != nil), flag(b.Urgent()), orNull(b.Start), orNull(b.WatchUntil()), orNull(b.DueAt), orNull(quietUntil(b)),
		b.Lease.Owner, micros(b.Lease.Until), token, format(), string(document),
	}, nil
}

// quietUntil returns BulkDueAt if it is another time than DueAt, else the zero time. A
// booking that has one has RoutineAt, so that older programs don't write it: from their
// rows, and of those that they change, bulk_due_at is due_at.
func quietUntil(b scheduling.Booking) time.Time {
	if at := b.BulkDueAt(); !at.Equal(b.DueAt) {
		return at
	}
	return time.Time{}
}

// selected lists the columns from which a booking is read. Version and lease
// change without the document, which has older ones.
const selected = `id, version, learner, lease_owner, lease_until, document`

// scanner is a row of a result.
type scanner interface{ Scan(into ...any) error }

// scanBooking reads a row. If its document can't be read it returns a
// [*scheduling.UnreadableError], and what the columns tell.
func scanBooking(row scanner) (scheduling.Booking, error) {
	var (
		id, learner, owner string
		version, until     int64
		document           []byte
		b                  scheduling.Booking
	)
	if err := row.Scan(&id, &version, &learner, &owner, &until, &document); err != nil {
		return b, err
	}
	err := json.Unmarshal(document, &b)
	if err == nil && (string(b.ID) != id || string(b.Learner) != learner) {
		err = errForeign
	}
	if err != nil {
		b = scheduling.Booking{ID: scheduling.BookingID(id), Learner: scheduling.LearnerID(learner)}
		err = &scheduling.UnreadableError{Booking: b.ID, Learner: b.Learner, Err: err}
	}
	b.Version, b.Lease = version, scheduling.Lease{Owner: owner, Until: instant(until)}
	return b, err
}

// errForeign: what stands in a row is another record's, or nobody's. Worked with, it
// would change the other one.
var errForeign = errors.New("sqlstore: the document is of another record")

// unreadable returns the error of a record that can't be read, or nil for another error.
func unreadable(err error) *scheduling.UnreadableError {
	e, _ := errors.AsType[*scheduling.UnreadableError](err)
	return e
}

// format identifies the fields of a booking that this program knows: it changes
// with every field.
var format = sync.OnceValue(func() string {
	var shape bytes.Buffer
	describe(&shape, reflect.TypeFor[scheduling.Booking](), 0)
	sum := sha256.Sum256(shape.Bytes())
	return hex.EncodeToString(sum[:8])
})

func describe(w *bytes.Buffer, t reflect.Type, depth int) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || depth > 8 {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		fmt.Fprintf(w, "%d %s %s\n", depth, f.Name, f.Tag.Get("json"))
		if f.IsExported() {
			describe(w, f.Type, depth+1)
		}
	}
}

// unknown lists the members of the document that this program would lose if it
// read it into v and wrote it again.
func unknown(document []byte, v any) ([]string, error) {
	if err := json.Unmarshal(document, v); err != nil {
		return nil, err
	}
	again, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var had, kept any
	if err := json.Unmarshal(document, &had); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(again, &kept); err != nil {
		return nil, err
	}
	var found []string
	missing("", had, kept, &found)
	moved := scheduling.MovedMembers(v)
	return slices.DeleteFunc(found, func(name string) bool { return slices.Contains(moved, name) }), nil
}

func missing(path string, had, kept any, found *[]string) {
	switch had := had.(type) {
	case map[string]any:
		kept, _ := kept.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(had)) {
			inner, ok := folded(kept, name)
			if !ok {
				*found = append(*found, path+name)
				continue
			}
			missing(path+name+".", had[name], inner, found)
		}
	case []any:
		kept, _ := kept.([]any)
		for i := range min(len(had), len(kept)) {
			missing(path, had[i], kept[i], found)
		}
	}
}

// folded returns the member of that name, whatever the case of its letters: that is
// how documents are read.
func folded(members map[string]any, name string) (any, bool) {
	if v, ok := members[name]; ok {
		return v, true
	}
	for other, v := range members {
		if strings.EqualFold(other, name) {
			return v, true
		}
	}
	return nil, false
}

// refuseNewer returns a [*scheduling.NewerDocumentError] if the document, read into v,
// has members that would be lost.
func refuseNewer(id scheduling.BookingID, document []byte, v any) error {
	members, err := unknown(document, v)
	if err != nil {
		return &scheduling.UnreadableError{Booking: id, Err: err}
	}
	if len(members) > 0 {
		return &scheduling.NewerDocumentError{Booking: id, Members: members}
	}
	return nil
}
