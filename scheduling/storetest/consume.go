package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// The promises of a store that keeps consumers. Of another one they are skipped.
var consumerPromises = []promise{
	{"Consumer, if the store keeps consumers, of one that was never put has its Name alone", consumerUnknown},
	{"PutConsumer counts versions, and every field comes back, instants in UTC and cut to microseconds", consumerComesBack},
	{"PutConsumer from another Version is ErrConflict, and changes nothing, nor what is held", consumerConflict},
	{"PutConsumer drops and puts what is held with the consumer, and of no other, one event a booking", consumerHolds},
	{"Held chooses by bookings, by time and behind a booking, in its order, up to the limit", heldChosen},
	{"CountHeld counts one consumer's own, and finds the oldest event", heldCounted},
	{"consumers are told apart to the letter, and Consumers lists those that have begun, by name", consumersApart},
	{"PutConsumer lets one of many processes win, each time", consumerRace},
	{"what is held is what the last winner of PutConsumer has changed", consumerChain},
	{"LastEvent is the end of the events that were written before, and \"\" without any", lastEvent},
	{"a cursor that Events refuses is ErrUnknownCursor, if the store keeps consumers", consumerUnknownCursor},
	{"Erase leaves what is held, which holds nothing personal", heldErased},
	{"no method of a consumer acts in a canceled context", consumerCanceled},
}

// consumers returns the store as one that keeps consumers, or skips the test.
func consumers(t *testing.T, s scheduling.Store) scheduling.ConsumerKeeper {
	t.Helper()
	k, ok := s.(scheduling.ConsumerKeeper)
	if !ok {
		t.Skip("the store keeps no consumers")
	}
	return k
}

// putConsumer stores the consumer and the change, or ends the test.
func putConsumer(t *testing.T, k scheduling.ConsumerKeeper, c scheduling.Consumer, change scheduling.HeldChange) scheduling.Consumer {
	t.Helper()
	stored, err := k.PutConsumer(t.Context(), c, change)
	if err != nil {
		t.Fatalf("PutConsumer(%s) from version %d error = %v, want none", c.Name, c.Version, err)
	}
	return stored
}

// wantConsumer fails if the store has another consumer under the name.
func wantConsumer(t *testing.T, k scheduling.ConsumerKeeper, want scheduling.Consumer) {
	t.Helper()
	got, err := k.Consumer(t.Context(), want.Name)
	wantError(t, "Consumer", err, nil)
	wantSame(t, "Consumer", got, want)
}

// wantHeld fails if the query chooses something else.
func wantHeld(t *testing.T, k scheduling.ConsumerKeeper, q scheduling.HeldQuery, want ...scheduling.HeldEvent) {
	t.Helper()
	got, err := k.Held(t.Context(), q)
	wantError(t, fmt.Sprintf("Held(%+v)", q), err, nil)
	wantSame(t, fmt.Sprintf("Held(%+v)", q), got, want)
}

// allHeld chooses all that the consumer holds.
func allHeld(name string) scheduling.HeldQuery {
	return scheduling.HeldQuery{Consumer: name, Limit: 100}
}

// heldEvent is an event that is held, next tried n days after the first.
func heldEvent(id scheduling.BookingID, n int) scheduling.HeldEvent {
	return scheduling.HeldEvent{
		Booking: id, Event: scheduling.Cursor(fmt.Sprint("7-", id)), After: "6-x", At: day(n + 1), Since: day(n + 2).Add(time.Hour),
		Attempts: n, NextTry: day(n), Code: scheduling.FailureError,
	}
}

func consumerUnknown(t *testing.T, open opener) {
	k := consumers(t, open(t))
	wantConsumer(t, k, scheduling.Consumer{Name: "mails"})
	wantConsumer(t, k, scheduling.Consumer{Name: ""})
	wantHeld(t, k, allHeld("mails"))
	all, err := k.Consumers(t.Context())
	if err != nil || len(all) != 0 {
		t.Errorf("Consumers = %v, error %v; want none", all, err)
	}
}

func consumerComesBack(t *testing.T, open opener) {
	k := consumers(t, open(t))
	given := scheduling.Consumer{
		Name: "mails", Lease: scheduling.Lease{Owner: "replica-1", Until: day(2).Add(1999).In(zone("Asia/Kolkata"))},
		Began: day(1).Add(time.Hour + 1999).In(zone("America/New_York")), Cursor: scheduling.Cursor(text("cursor")),
	}
	want := given
	want.Version, want.Lease.Until, want.Began = 1, day(2).Add(time.Microsecond), day(1).Add(time.Hour+time.Microsecond)
	wantSame(t, "PutConsumer", putConsumer(t, k, given, scheduling.HeldChange{}), want)
	wantConsumer(t, k, want)

	want.Lease, want.Cursor, want.Began = scheduling.Lease{}, "", time.Time{}
	wantSame(t, "PutConsumer", putConsumer(t, k, want, scheduling.HeldChange{}).Version, int64(2))
	want.Version = 2
	wantConsumer(t, k, want)
}

func consumerConflict(t *testing.T, open opener) {
	k := consumers(t, open(t))
	change := scheduling.HeldChange{DropAll: true, Put: []scheduling.HeldEvent{heldEvent("pb-9", 9)}}
	_, err := k.PutConsumer(t.Context(), scheduling.Consumer{Name: "mails", Version: 1}, change)
	wantError(t, "PutConsumer of a new one from version 1", err, scheduling.ErrConflict)
	wantConsumer(t, k, scheduling.Consumer{Name: "mails"})
	wantHeld(t, k, allHeld("mails"))

	held := heldEvent("pb-1", 1)
	newest := putConsumer(t, k, scheduling.Consumer{Name: "mails", Began: day(1)}, scheduling.HeldChange{Put: []scheduling.HeldEvent{held}})
	newest = putConsumer(t, k, newest, scheduling.HeldChange{})
	for name, version := range map[string]int64{"an older": 1, "no": 0, "a later": 3, "a negative": -1} {
		_, err := k.PutConsumer(t.Context(), scheduling.Consumer{Name: "mails", Version: version, Began: day(9)}, change)
		wantError(t, "PutConsumer from "+name+" version", err, scheduling.ErrConflict)
	}
	wantConsumer(t, k, newest)
	wantHeld(t, k, allHeld("mails"), held)
}

func consumerHolds(t *testing.T, open opener) {
	k := consumers(t, open(t))
	one, two, three := heldEvent("pb-1", 1), heldEvent("pb-2", 2), heldEvent("pb-3", 3)
	three.Since, three.Event, three.After, three.Attempts, three.Code = time.Time{}, "", "", 0, ""
	three.NextTry = day(3).Add(1999).In(zone("Asia/Kolkata"))
	one.At, one.Since = day(1).Add(1999).In(zone("America/New_York")), day(2).Add(1999).In(zone("Asia/Kolkata"))
	other := heldEvent("pb-1", 9)
	putConsumer(t, k, scheduling.Consumer{Name: "others"}, scheduling.HeldChange{Put: []scheduling.HeldEvent{other}})
	c := scheduling.Consumer{Name: "mails"}
	c = putConsumer(t, k, c, scheduling.HeldChange{Put: []scheduling.HeldEvent{two, one, three}})
	three.NextTry = day(3).Add(time.Microsecond)
	one.At, one.Since = day(1).Add(time.Microsecond), day(2).Add(time.Microsecond)
	wantHeld(t, k, allHeld("mails"), one, two, three)

	again := two
	again.Event, again.Attempts, again.Code = "9-y", 1, scheduling.FailurePanic
	c = putConsumer(t, k, c, scheduling.HeldChange{Put: []scheduling.HeldEvent{again}})
	wantHeld(t, k, allHeld("mails"), one, again, three)

	c = putConsumer(t, k, c, scheduling.HeldChange{Drop: []scheduling.BookingID{"pb-1", "pb-2", "pb-none"}, Put: []scheduling.HeldEvent{two}})
	wantHeld(t, k, allHeld("mails"), two, three)

	c = putConsumer(t, k, c, scheduling.HeldChange{DropAll: true, Put: []scheduling.HeldEvent{one}})
	wantHeld(t, k, allHeld("mails"), one)
	putConsumer(t, k, c, scheduling.HeldChange{DropAll: true})
	wantHeld(t, k, allHeld("mails"))
	wantHeld(t, k, allHeld("others"), other)
}

func heldChosen(t *testing.T, open opener) {
	k := consumers(t, open(t))
	a, b, c, d := heldEvent("pb-1", 4), heldEvent("pb-2", 3), heldEvent("pb-3", 3), heldEvent("pb-4", 1)
	other := heldEvent("pb-0", 0)
	putConsumer(t, k, scheduling.Consumer{Name: "mails"}, scheduling.HeldChange{Put: []scheduling.HeldEvent{c, d, a, b}})
	putConsumer(t, k, scheduling.Consumer{Name: "others"}, scheduling.HeldChange{Put: []scheduling.HeldEvent{other}})
	for _, tt := range []struct {
		q    scheduling.HeldQuery
		want []scheduling.HeldEvent
	}{
		{scheduling.HeldQuery{}, []scheduling.HeldEvent{a, b, c, d}},
		{scheduling.HeldQuery{DueBy: day(9)}, []scheduling.HeldEvent{d, b, c, a}},
		{scheduling.HeldQuery{DueBy: day(3)}, []scheduling.HeldEvent{d, b, c}},
		{scheduling.HeldQuery{DueBy: day(3).Add(-time.Microsecond)}, []scheduling.HeldEvent{d}},
		{scheduling.HeldQuery{DueBy: day(0)}, nil},
		{scheduling.HeldQuery{After: "pb-2"}, []scheduling.HeldEvent{c, d}},
		{scheduling.HeldQuery{Bookings: []scheduling.BookingID{"pb-4", "pb-0", "pb-1", "PB-2"}}, []scheduling.HeldEvent{a, d}},
		{scheduling.HeldQuery{Bookings: []scheduling.BookingID{"pb-4", "pb-1"}, DueBy: day(2), After: "pb-1"}, []scheduling.HeldEvent{d}},
	} {
		for _, limit := range []int{-1, 0, 1, 2, 100} {
			q := tt.q
			q.Consumer, q.Limit = "mails", limit
			wantHeld(t, k, q, tt.want[:min(max(limit, 0), len(tt.want))]...)
		}
	}
}

func heldCounted(t *testing.T, open opener) {
	k := consumers(t, open(t))
	wantCount := func(name string, want scheduling.HeldCount) {
		t.Helper()
		got, err := k.CountHeld(t.Context(), name)
		wantError(t, "CountHeld", err, nil)
		wantSame(t, "CountHeld of "+name, got, want)
	}
	wantCount("mails", scheduling.HeldCount{})
	stuck, nearly := heldEvent("pb-1", scheduling.StuckAttempts), heldEvent("pb-2", scheduling.StuckAttempts-1)
	putConsumer(t, k, scheduling.Consumer{Name: "mails", Began: day(1)}, scheduling.HeldChange{Put: []scheduling.HeldEvent{stuck, nearly, heldEvent("pb-3", 30)}})
	putConsumer(t, k, scheduling.Consumer{Name: "others", Began: day(1)}, scheduling.HeldChange{Put: []scheduling.HeldEvent{heldEvent("pb-1", 0)}})
	wantCount("mails", scheduling.HeldCount{Held: 3, Stuck: 2, Oldest: nearly.At})
	wantCount("others", scheduling.HeldCount{Held: 1, Oldest: day(1)})
}

func consumersApart(t *testing.T, open opener) {
	k := consumers(t, open(t))
	long := strings.Repeat("m", 253)
	names := []string{"Mails", "mails", "mails ", "maíls", long + "-1", long + "-2"} // by their bytes
	for i := len(names) - 1; i >= 0; i-- {
		putConsumer(t, k, scheduling.Consumer{Name: names[i], Began: day(i + 1)}, scheduling.HeldChange{Put: []scheduling.HeldEvent{heldEvent("pb-1", i)}})
	}
	putConsumer(t, k, scheduling.Consumer{Name: "forgotten"}, scheduling.HeldChange{})
	var want []scheduling.Consumer
	for i, name := range names {
		c := scheduling.Consumer{Name: name, Version: 1, Began: day(i + 1)}
		wantConsumer(t, k, c)
		wantHeld(t, k, allHeld(name), heldEvent("pb-1", i))
		want = append(want, c)
	}
	got, err := k.Consumers(t.Context())
	wantError(t, "Consumers", err, nil)
	wantSame(t, "Consumers", got, want)
}

func consumerRace(t *testing.T, open opener) {
	k := consumers(t, open(t))
	for version := range int64(3) {
		results := make([]error, 16)
		together(len(results), func(i int) {
			c := scheduling.Consumer{Name: "mails", Version: version, Cursor: scheduling.Cursor(fmt.Sprint(i))}
			change := scheduling.HeldChange{DropAll: true, Put: []scheduling.HeldEvent{heldEvent("pb-1", i)}}
			_, results[i] = k.PutConsumer(t.Context(), c, change)
		})
		wantOneWinner(t, "PutConsumer", results, scheduling.ErrConflict)
		for i, err := range results {
			if err == nil {
				wantConsumer(t, k, scheduling.Consumer{Name: "mails", Version: version + 1, Cursor: scheduling.Cursor(fmt.Sprint(i))})
				wantHeld(t, k, allHeld("mails"), heldEvent("pb-1", i))
			}
		}
	}
}

// consumerChain lets processes win in turns: each changes what is held with the consumer.
func consumerChain(t *testing.T, open opener) {
	k := consumers(t, open(t))
	const last = 12
	together(4, func(int) {
		for range 500 {
			c, err := k.Consumer(t.Context(), "mails")
			if err == nil && c.Version < last {
				held := heldEvent("pb-1", int(c.Version)+1)
				_, err = k.PutConsumer(t.Context(), c, scheduling.HeldChange{DropAll: true, Put: []scheduling.HeldEvent{held}})
			}
			if c.Version >= last || err != nil && !errors.Is(err, scheduling.ErrConflict) {
				wantError(t, "PutConsumer by turns", err, nil)
				return
			}
		}
	})
	wantConsumer(t, k, scheduling.Consumer{Name: "mails", Version: last})
	wantHeld(t, k, allHeld("mails"), heldEvent("pb-1", last))
}

func lastEvent(t *testing.T, open opener) {
	s := open(t)
	k := consumers(t, s)
	last, err := k.LastEvent(t.Context())
	if err != nil || last != "" {
		t.Errorf("LastEvent of an empty store = %q, error %v; want none", last, err)
	}
	b := booking("pb-1", "ada", finalExam("2027"))
	b = create(t, s, b, numberedEvents(b, 1, 3)...)
	last, err = k.LastEvent(t.Context())
	wantError(t, "LastEvent", err, nil)
	update(t, s, b, numberedEvents(b, 4, 2)...)
	if got := attempts(eventsOf(t, s, scheduling.EventQuery{After: last, Limit: 10})); got != "[4 5]" {
		t.Errorf("the events after LastEvent are %s, want those written later, [4 5]", got)
	}
	all := history(t, s)
	if last, err = k.LastEvent(t.Context()); err != nil || last != all[len(all)-1].Cursor {
		t.Errorf("LastEvent = %q, error %v; want the newest event's, %q", last, err, all[len(all)-1].Cursor)
	}
}

func consumerUnknownCursor(t *testing.T, open opener) {
	s, larger := open(t), open(t)
	consumers(t, s)
	b := booking("pb-1", "ada", finalExam("2027"))
	create(t, larger, b, numberedEvents(b, 1, 3)...)
	for _, c := range []scheduling.Cursor{"no cursor of any store", "-1", history(t, larger)[2].Cursor} {
		_, err := s.Events(t.Context(), scheduling.EventQuery{After: c, Limit: 1})
		wantError(t, fmt.Sprintf("Events after %q", c), err, scheduling.ErrUnknownCursor)
	}
}

func heldErased(t *testing.T, open opener) {
	s := open(t)
	k := consumers(t, s)
	b := create(t, s, booking("pb-1", "ada", finalExam("2027")))
	putConsumer(t, k, scheduling.Consumer{Name: "mails", Began: day(1)}, scheduling.HeldChange{Put: []scheduling.HeldEvent{heldEvent(b.ID, 1)}})
	wantError(t, "Erase", s.Erase(t.Context(), b.Learner), nil)
	wantHeld(t, k, allHeld("mails"), heldEvent(b.ID, 1))
}

func consumerCanceled(t *testing.T, open opener) {
	k := consumers(t, open(t))
	stored := putConsumer(t, k, scheduling.Consumer{Name: "mails", Began: day(1)}, scheduling.HeldChange{})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, one := k.Consumer(canceled, "mails")
	_, all := k.Consumers(canceled)
	_, held := k.Held(canceled, allHeld("mails"))
	_, count := k.CountHeld(canceled, "mails")
	_, last := k.LastEvent(canceled)
	_, put := k.PutConsumer(canceled, stored, scheduling.HeldChange{})
	_, fresh := k.PutConsumer(canceled, scheduling.Consumer{Name: "others"}, scheduling.HeldChange{})
	for name, err := range map[string]error{"Consumer": one, "Consumers": all, "Held": held, "CountHeld": count, "LastEvent": last, "PutConsumer": errors.Join(put, fresh)} {
		wantError(t, name+" in a canceled context", err, context.Canceled)
	}
	wantConsumer(t, k, stored)
	wantConsumer(t, k, scheduling.Consumer{Name: "others"})
}
