package scheduling

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// Stored returns a copy of the booking as every [Store] returns it: all instants in
// UTC, cut to whole microseconds, and no memory shared with the original. It is for
// implementations of Store.
func (b Booking) Stored() Booking {
	b = b.clone()
	toMicro(
		&b.CreatedAt, &b.UpdatedAt, &b.Window.Start, &b.Window.End, &b.Exam.Window.Start, &b.Exam.Window.End, &b.Start,
		&b.Memory.LastSent, &b.Memory.LastMade, &b.Memory.ProvenAt, &b.Memory.DeadAt, &b.Memory.MoveNotYet, &b.Memory.NegativeAt, &b.Memory.OtherSince, &b.Memory.UndatedAt,
		&b.SeenActive, &b.BeginSent, &b.BegunAt, &b.UnlockedAt, &b.FinishedAt, &b.Code.SpentAt, &b.Lease.Until, &b.DueAt, &b.RoutineAt,
		&b.Deliveries.Last, &b.Deliveries.Told, &b.Deliveries.Untold, &b.Deliveries.Missed,
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
// Reason and By of its intent and wish, and the provider's words. It is for stores.
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

// UnmarshalJSON implements json.Unmarshaler. It skips unknown members, also those of the
// exam, and fails with [*NewerDocumentError] at unknown values. A zone that this machine
// lacks counts as UTC, under its own name.
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
	if members := b.unknownValues(); len(members) > 0 {
		return &NewerDocumentError{Booking: b.ID, Members: members}
	}
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
	zone, err := time.LoadLocation(j.Zone)
	if err != nil && zoneForm.MatchString(j.Zone) {
		zone = lackingZone(j.Zone)
	} else if err != nil || j.Zone == "" || zone == time.Local {
		return errors.New("scheduling: exam: its zone has no name")
	}
	var bad problems
	if *e = storedExam(j.inZone(zone, &bad)); len(bad) > 0 {
		return &proctorbook.ValidationError{Op: opPackage + ": exam", Fields: bad}
	}
	return nil
}

// zoneForm is what names of zones look like.
var zoneForm = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)

// lackingZone stands for a zone that this machine does not have: all of a booking's
// instants are in UTC, and nothing that is done with one needs its zone. Its times show
// as UTC and say so, and it is written again under its own name.
func lackingZone(name string) *time.Location {
	zone, err := time.LoadLocationFromTZData(name, []byte(utcData))
	if err != nil {
		return time.FixedZone(name, 0)
	}
	return zone
}

// utcData is a compiled zone (RFC 8536, version 1) of one type: UTC, without
// transitions.
const utcData = "TZif\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x01" + "\x00\x00\x00\x04" +
	"\x00\x00\x00\x00\x00\x00" + "UTC\x00"
