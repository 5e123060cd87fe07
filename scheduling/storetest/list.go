package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

var listPromises = []promise{
	{"List of an empty store yields nothing", listEmpty},
	{"List is ordered by the bytes of the ID", listOrdered},
	{"List of hundreds yields each booking once", listMany},
	{"List goes on after any ID, known or not", listAfter},
	{"List ends at break, and holds nothing then", listBreak},
	{"List holds no lock between two bookings", listHoldsNoLock},
	{"List takes changes meanwhile without harm", listWhileChanging},
}

func listEmpty(t *testing.T, open opener) {
	wantIDs(t, "List", list(t, open(t), scheduling.Filter{}))
}

// numbered stores n bookings pb-000, pb-001 ... of one learner each.
func numbered(t *testing.T, s scheduling.Store, n int) []scheduling.BookingID {
	t.Helper()
	all := make([]scheduling.BookingID, n)
	for i := range n {
		all[i] = scheduling.BookingID(fmt.Sprintf("pb-%03d", i))
		create(t, s, booking(all[i], scheduling.LearnerID(fmt.Sprint(i)), finalExam("2027")))
	}
	return all
}

func listOrdered(t *testing.T, open opener) {
	s := open(t)
	// A collation of a natural language may ignore hyphens, or sort letters before digits.
	want := []scheduling.BookingID{"pb--z", "pb-0-b", "pb-0a", "pb-1", "pb-10", "pb-2", "pb-a-z", "pb-a0", "pb-aa", "pb0", "pba"}
	for _, i := range []int{7, 2, 9, 0, 4, 10, 5, 1, 8, 3, 6} {
		create(t, s, booking(want[i], "learner-of-"+scheduling.LearnerID(want[i]), finalExam("2027")))
	}

	wantIDs(t, "List", list(t, s, scheduling.Filter{}), want...)
	for i, id := range want {
		wantIDs(t, "List after "+string(id), list(t, s, scheduling.Filter{After: id}), want[i+1:]...)
	}
}

func listMany(t *testing.T, open opener) {
	s := open(t)
	want := numbered(t, s, 250) // more than a page of those who read by pages

	wantIDs(t, "List", list(t, s, scheduling.Filter{}), want...)
	wantIDs(t, "List after pb-099", list(t, s, scheduling.Filter{After: "pb-099"}), want[100:]...)
}

func listAfter(t *testing.T, open opener) {
	s := open(t)
	numbered(t, s, 4)

	wantIDs(t, "List after an unknown ID", list(t, s, scheduling.Filter{After: "pb-001x"}), "pb-002", "pb-003")
	wantIDs(t, "List after the last ID", list(t, s, scheduling.Filter{After: "pb-003"}))
	wantIDs(t, "List after a lesser ID than all", list(t, s, scheduling.Filter{After: "a"}), "pb-000", "pb-001", "pb-002", "pb-003")
}

func listBreak(t *testing.T, open opener) {
	s := open(t)
	numbered(t, s, 5)
	for range 30 { // as often as a pool has connections, and more
		var got []scheduling.Booking
		for b, err := range s.List(t.Context(), scheduling.Filter{}) {
			wantError(t, "List", err, nil)
			got = append(got, b)
			if len(got) == 2 {
				break
			}
		}
		wantIDs(t, "List until break", got, "pb-000", "pb-001")
	}

	soon(t, "Create after many broken Lists", func(ctx context.Context) error {
		_, err := s.Create(ctx, booking("pb-new", "new", finalExam("2027")))
		return err
	})
}

func listHoldsNoLock(t *testing.T, open opener) {
	s := open(t)
	numbered(t, s, 3)
	for b, err := range s.List(t.Context(), scheduling.Filter{}) {
		wantError(t, "List", err, nil)
		soon(t, "Get within List", func(ctx context.Context) error {
			_, err := s.Get(ctx, b.ID)
			return err
		})
		soon(t, "List within List", func(ctx context.Context) error {
			for _, err := range s.List(ctx, scheduling.Filter{}) {
				if err != nil {
					return err
				}
			}
			return nil
		})
		soon(t, "Update within List", func(ctx context.Context) error {
			_, err := s.Update(ctx, b, event(b, scheduling.EventSent))
			return err
		})
	}
}

func listWhileChanging(t *testing.T, open opener) {
	s := open(t)
	want := numbered(t, s, 250)
	var got []scheduling.BookingID
	for b, err := range s.List(t.Context(), scheduling.Filter{}) {
		if err != nil {
			t.Fatalf("List error = %v, want none", err)
		}
		if len(got) > 0 && b.ID <= got[len(got)-1] {
			t.Fatalf("List yielded %s after %s, want growing IDs", b.ID, got[len(got)-1])
		}
		got = append(got, b.ID)
		if slices.Contains(want, b.ID) {
			soon(t, "Update and Create within List", func(ctx context.Context) error {
				_, err := s.Update(ctx, b)
				_, failed := s.Create(ctx, booking(b.ID+"-new", "new-"+b.Learner, finalExam("2027")))
				return errors.Join(err, failed)
			})
		}
	}

	got = slices.DeleteFunc(got, func(id scheduling.BookingID) bool { return !slices.Contains(want, id) })
	if !slices.Equal(got, want) {
		t.Errorf("List yielded %d of the %d bookings that were there all the time: %v", len(got), len(want), got)
	}
}
