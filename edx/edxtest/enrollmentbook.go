package edxtest

import (
	"slices"
	"time"
)

// enrollmentBook keeps enrollments in order, so that a page of a hundred
// thousand is found without looking at all of them.
type enrollmentBook struct {
	byKey    map[string]*enrollmentRow
	byCourse map[string][]*enrollmentRow // each list oldest first
	byUser   map[string][]*enrollmentRow
	all      []*enrollmentRow
	lastID   int64
}

type enrollmentRow struct {
	Enrollment
	id int64
}

func newEnrollmentBook() enrollmentBook {
	return enrollmentBook{
		byKey: map[string]*enrollmentRow{}, byCourse: map[string][]*enrollmentRow{}, byUser: map[string][]*enrollmentRow{},
	}
}

func enrollmentKey(username, course string) string { return username + "," + course }

// get returns the row, or nil.
func (b *enrollmentBook) get(username, course string) *enrollmentRow {
	return b.byKey[enrollmentKey(username, course)]
}

// put adds a row, or changes mode and state of the one that is there, whose time
// of creation stays unless e names one.
func (b *enrollmentBook) put(e Enrollment, now time.Time) *enrollmentRow {
	row := b.get(e.Username, e.Course)
	if row != nil && (e.Created.IsZero() || e.Created.Equal(row.Created)) {
		row.Mode, row.Active = e.Mode, e.Active
		return row
	}
	if row != nil {
		b.drop(row)
	} else {
		b.lastID++
		row = &enrollmentRow{id: b.lastID}
	}
	if e.Created.IsZero() {
		e.Created = now
	}
	e.Created = e.Created.UTC().Truncate(time.Microsecond)
	row.Enrollment = e
	b.byKey[enrollmentKey(e.Username, e.Course)] = row
	b.byCourse[e.Course] = insertRow(b.byCourse[e.Course], row)
	b.byUser[e.Username] = insertRow(b.byUser[e.Username], row)
	b.all = insertRow(b.all, row)
	return row
}

func (b *enrollmentBook) drop(row *enrollmentRow) {
	gone := func(r *enrollmentRow) bool { return r == row }
	b.byCourse[row.Course] = slices.DeleteFunc(b.byCourse[row.Course], gone)
	b.byUser[row.Username] = slices.DeleteFunc(b.byUser[row.Username], gone)
	b.all = slices.DeleteFunc(b.all, gone)
}

func insertRow(rows []*enrollmentRow, row *enrollmentRow) []*enrollmentRow {
	at, _ := slices.BinarySearchFunc(rows, row, compareRows)
	return slices.Insert(rows, at, row)
}

// compareRows orders by creation, and what was created at once by id.
func compareRows(a, b *enrollmentRow) int {
	if n := a.Created.Compare(b.Created); n != 0 {
		return n
	}
	return int(a.id - b.id)
}

// active counts those who are enrolled in the course now.
func (b *enrollmentBook) active(course string) int {
	n := 0
	for _, row := range b.byCourse[course] {
		if row.Active {
			n++
		}
	}
	return n
}

// byID returns the course's rows in the order of their ids.
func (b *enrollmentBook) byID(course string) []*enrollmentRow {
	rows := b.byCourse[course]
	compare := func(a, b *enrollmentRow) int { return int(a.id - b.id) }
	if slices.IsSortedFunc(rows, compare) {
		return rows
	}
	return slices.SortedFunc(slices.Values(rows), compare)
}
