package scheduling

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook"
)

// Stored returns a copy of the booking as every [Store] returns it: all instants in
// UTC, cut to whole microseconds, and no memory shared with the original. It is for
// implementations of Store.
func (b Booking) Stored() Booking {
	b = b.clone()
	toMicro(
		&b.CreatedAt, &b.UpdatedAt, &b.Window.Start, &b.Window.End, &b.Exam.Window.Start, &b.Exam.Window.End, &b.Start,
		&b.Memory.LastSent, &b.Memory.LastMade, &b.Memory.ProvenAt, &b.Memory.DeadAt, &b.Memory.MoveNotYet, &b.Memory.NegativeAt, &b.Memory.OtherSince,
		&b.SeenActive, &b.BeginSent, &b.BegunAt, &b.UnlockedAt, &b.FinishedAt, &b.Code.SpentAt, &b.Lease.Until, &b.DueAt,
	)
	b.Session.toMicro()
	if i := b.Intent; i != nil {
		toMicro(&i.Want, &i.Requested, &i.Deadline, &i.Flags.RemovalStillSeen)
	}
	if w := b.Wish; w != nil {
		toMicro(&w.Want, &w.Requested)
	}
	if a := b.NeedsAttention; a != nil {
		toMicro(&a.Since)
	}
	for i := range b.Memory.Extras {
		toMicro(&b.Memory.Extras[i].Since)
	}
	for i := range b.Memory.StartsSent {
		toMicro(&b.Memory.StartsSent[i])
	}
	for i := range b.Memory.Troubles {
		toMicro(&b.Memory.Troubles[i].Since, &b.Memory.Troubles[i].Last)
	}
	return b
}

// clone returns a copy. It shares nothing that the engine changes in place.
func (b Booking) clone() Booking {
	if b.Intent != nil {
		i := *b.Intent
		b.Intent = &i
	}
	if b.Wish != nil {
		w := *b.Wish
		b.Wish = &w
	}
	if b.NeedsAttention != nil {
		a := *b.NeedsAttention
		b.NeedsAttention = &a
	}
	b.Memory.StartsSent = slices.Clone(b.Memory.StartsSent)
	b.Memory.Dead, b.Memory.Condemned, b.Memory.Stuck = slices.Clone(b.Memory.Dead), slices.Clone(b.Memory.Condemned), slices.Clone(b.Memory.Stuck)
	b.Memory.Extras, b.Memory.Troubles = slices.Clone(b.Memory.Extras), slices.Clone(b.Memory.Troubles)
	b.Exam.Modes = slices.Clone(b.Exam.Modes)
	b.Outdated = slices.Clone(b.Outdated)
	return b
}

// WithoutWords returns a copy of the booking without what [Store].Erase empties: the
// Reason and By of its intent and wish, and the provider's words. It is for
// implementations of Store.
func (b Booking) WithoutWords() Booking {
	b = b.clone()
	if b.Intent != nil {
		b.Intent.Reason, b.Intent.By = "", ""
	}
	if b.Wish != nil {
		b.Wish.Reason, b.Wish.By = "", ""
	}
	for i := range b.Memory.Troubles {
		b.Memory.Troubles[i].Words = ""
	}
	return b
}

// Stored returns the event as every [Store] returns it: all instants in UTC, cut to
// whole microseconds. It is for implementations of Store.
func (e Event) Stored() Event {
	toMicro(&e.At, &e.Start, &e.OldStart, &e.Want)
	return e
}

// WithoutWords returns the event without what [Store].Erase empties: its Reason and
// By. It is for implementations of Store.
func (e Event) WithoutWords() Event {
	e.Reason, e.By = "", ""
	return e
}

// Stored returns a copy of the record as every [Store] returns it: all instants in
// UTC, cut to whole microseconds, and no memory shared with the original. It is for
// implementations of Store.
func (l Learner) Stored() Learner {
	toMicro(&l.UpdatedAt, &l.Sync.Since, &l.Sync.Sent)
	l.Accommodations = slices.Clone(l.Accommodations)
	for i := range l.Accommodations {
		a := &l.Accommodations[i]
		toMicro(&a.At, &a.Window.Start, &a.Window.End)
	}
	return l
}

// UnmarshalJSON implements json.Unmarshaler. It skips unknown members, also those of
// the exam: a newer version of this library may have written them.
func (b *Booking) UnmarshalJSON(data []byte) error {
	type plain Booking
	v := struct {
		*plain
		Exam storedExam `json:"exam"`
		oldBooking
	}{plain: (*plain)(b)}
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	b.Exam = Exam(v.Exam)
	v.oldBooking.moveTo(b)
	return nil
}

// oldBooking holds the members that older versions of this library wrote elsewhere in
// a booking's document.
type oldBooking struct {
	ProtocolMemory      // its members were at the top
	TakeItNow      bool `json:"take_it_now,omitempty"`
}

func (o oldBooking) moveTo(b *Booking) {
	b.OnDemand = b.OnDemand || o.TakeItNow
	if !reflect.ValueOf(o.ProtocolMemory).IsZero() {
		b.Memory = o.ProtocolMemory
	}
}

// MovedMembers returns the JSON members that older versions of this library wrote at
// the top of a document of this type, a *Booking or an *Event, and this version writes
// elsewhere. Reading moves their values, so that a store can drop the members when it
// writes the document again.
func MovedMembers(document any) []string {
	var names []string
	switch document.(type) {
	case *Event:
		return []string{"code"}
	case *Booking:
	default:
		return nil
	}
	for _, t := range []reflect.Type{reflect.TypeFor[oldBooking](), reflect.TypeFor[ProtocolMemory]()} {
		for i := range t.NumField() {
			if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// storedExam is an exam whose JSON was written by a program.
type storedExam Exam

func (e *storedExam) UnmarshalJSON(data []byte) error {
	var j examJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("scheduling: exam: %w", err)
	}
	var bad problems
	if *e = storedExam(j.exam(&bad)); len(bad) > 0 {
		return &proctorbook.ValidationError{Op: opPackage + ": exam", Fields: bad}
	}
	return nil
}
