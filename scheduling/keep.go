package scheduling

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Stored returns a copy of the booking as every [Store] keeps it and gives it
// back: all instants in UTC, cut to whole microseconds. It is for stores.
func (b Booking) Stored() Booking { return stored(b) }

// WithoutWords returns a copy of the booking without what [Store].Erase empties:
// the Reason and By of its intent and wish. It is for stores.
func (b Booking) WithoutWords() Booking {
	b = b.clone()
	if b.Intent != nil {
		b.Intent.Reason, b.Intent.By = "", ""
	}
	if b.Wish != nil {
		b.Wish.Reason, b.Wish.By = "", ""
	}
	return b
}

// Stored returns the event as every [Store] keeps it and gives it back: all
// instants in UTC, cut to whole microseconds. It is for stores.
func (e Event) Stored() Event {
	e.At, e.Start, e.OldStart, e.Want = micro(e.At), micro(e.Start), micro(e.OldStart), micro(e.Want)
	return e
}

// WithoutWords returns the event without what [Store].Erase empties: its Reason
// and By. It is for stores.
func (e Event) WithoutWords() Event {
	e.Reason, e.By = "", ""
	return e
}

// Stored returns the record as every [Store] keeps it and gives it back: all
// instants in UTC, cut to whole microseconds. It is for stores.
func (l Learner) Stored() Learner {
	l.UpdatedAt, l.Sync.Since, l.Sync.Sent = micro(l.UpdatedAt), micro(l.Sync.Since), micro(l.Sync.Sent)
	l.Accommodations = slices.Clone(l.Accommodations)
	for i := range l.Accommodations {
		a := &l.Accommodations[i]
		a.At, a.Window.Start, a.Window.End = micro(a.At), micro(a.Window.Start), micro(a.Window.End)
	}
	return l
}

// UnmarshalJSON implements json.Unmarshaler. Members that it does not know are
// skipped, also those of the exam: a booking is written by programs, and a newer
// one may have put them there.
func (b *Booking) UnmarshalJSON(data []byte) error {
	type plain Booking
	v := struct {
		*plain
		Exam storedExam `json:"exam"`
	}{plain: (*plain)(b)}
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	b.Exam = Exam(v.Exam)
	return nil
}

// storedExam is an exam whose JSON was written by a program.
type storedExam Exam

func (e *storedExam) UnmarshalJSON(data []byte) error {
	var j examJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("scheduling: exam: %w", err)
	}
	return (*Exam)(e).fromJSON(j)
}
