package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// What is promised while bulk readings of the provider's report stand for routine watches.
var bulkPromises = []promise{
	{"Claim with Bulk passes over a routine watch until two hours before the start, or until it is a no-show", bulkPassesOver},
	{"Claim with Bulk returns at DueAt what is no routine watch", bulkAtDueAt},
	{"Claim with Bulk returns urgent bookings first, and of the others the longest due at BulkDueAt", bulkInOrder},
	{"Claim with Bulk sees a change of DueAt and RoutineAt", bulkAfterUpdate},
	{"Claim without Bulk passes over no routine watch", noBulk},
	{"List by DueBy with Bulk goes by BulkDueAt", filterBulk},
}

// watched returns a scheduled booking whose next look is a routine watch.
func watched(id scheduling.BookingID, due, start time.Time) scheduling.Booking {
	b := inState(dueAt(id, due), scheduling.StateScheduled)
	b.Start, b.RoutineAt, b.Exam.Policy.NoShowAfter = start, due, 3*time.Hour
	return b
}

func bulkPassesOver(t *testing.T, open opener) {
	s := open(t)
	single := day(12).Add(-2 * time.Hour)
	create(t, s, watched("pb-1", day(9), day(12)))

	wantIDs(t, "Claim with Bulk at the time of the watch", claimBulk(t, s, day(9), 9))
	wantIDs(t, "Claim with Bulk before two hours before the start", claimBulk(t, s, single.Add(-time.Microsecond), 9))
	if b := get(t, s, "pb-1"); b.Version != 1 || b.Lease.Owner != "" {
		t.Errorf("what was passed over has version %d and the lease %+v, want 1 and none", b.Version, b.Lease)
	}
	wantIDs(t, "Claim with Bulk two hours before the start", claimBulk(t, s, single.In(zone("Asia/Kolkata")), 9), "pb-1")
	wantIDs(t, "Claim with Bulk within the lease", claimBulk(t, s, single, 9))
	wantIDs(t, "Claim with Bulk at the end of the lease", claimBulk(t, s, single.Add(time.Minute), 9), "pb-1")

	over := day(12).Add(finalExam("2027").Duration + 3*time.Hour)
	b := get(t, s, "pb-1")
	b.DueAt, b.RoutineAt, b.Lease = day(12), day(12), scheduling.Lease{}
	update(t, s, b)
	wantIDs(t, "Claim with Bulk after the start, before it is a no-show", claimBulk(t, s, over.Add(-time.Microsecond), 9))
	wantIDs(t, "Claim with Bulk when it is a no-show", claimBulk(t, s, over, 9), "pb-1")
}

func bulkAtDueAt(t *testing.T, open opener) {
	now := day(9)
	changes := map[string]func(*scheduling.Booking){
		"DueAt was set alone, to a later time":    func(b *scheduling.Booking) { b.RoutineAt = now.Add(-time.Microsecond) },
		"DueAt was set alone, to an earlier time": func(b *scheduling.Booking) { b.RoutineAt = now.Add(time.Hour) },
		"RoutineAt is not set":                    func(b *scheduling.Booking) { b.RoutineAt = time.Time{} },
		"Wake was called":                         func(b *scheduling.Booking) { b.Woken = true },
		"a begin got no answer":                   func(b *scheduling.Booking) { b.BeginSent = day(8) },
		"an operation is open": func(b *scheduling.Booking) {
			b.Intent = &scheduling.Intent{Op: scheduling.OpMove, Want: day(14), Requested: day(8), Deadline: day(10), Attempt: 1}
		},
		"it has begun":               func(b *scheduling.Booking) { b.State = scheduling.StateBegun },
		"it is unlocked":             func(b *scheduling.Booking) { b.State = scheduling.StateUnlocked },
		"it is over":                 func(b *scheduling.Booking) { b.State = scheduling.StateFinished },
		"no start is proven":         func(b *scheduling.Booking) { b.Start = time.Time{} },
		"it starts within two hours": func(b *scheduling.Booking) { b.Start = now.Add(2 * time.Hour) },
		"it would be a no-show":      func(b *scheduling.Booking) { b.Start = now.Add(-3*time.Hour - b.Duration) },
		"a person should look":       func(b *scheduling.Booking) { b.NeedsAttention = &scheduling.Attention{Since: day(8), Reason: "late"} },
	}
	s := open(t)
	id := func(name string) scheduling.BookingID {
		return scheduling.BookingID("pb-" + strings.ToLower(strings.Map(func(r rune) rune {
			if r == ' ' || r == ',' {
				return '-'
			}
			return r
		}, name)))
	}
	for name, change := range changes {
		b := watched(id(name), now, day(12))
		change(&b)
		create(t, s, b)
	}

	wantIDs(t, "Claim with Bulk before DueAt", claimBulk(t, s, now.Add(-time.Microsecond), 99))
	claimed := ids(claimBulk(t, s, now, 99))
	for name := range changes {
		if !slices.Contains(claimed, id(name)) {
			t.Errorf("Claim with Bulk at DueAt, when %s, passed over the booking, want it", name)
		}
	}
}

func bulkInOrder(t *testing.T, open opener) {
	s := open(t)
	now := day(11)
	create(t, s, watched("pb-1", day(2), now.Add(90*time.Minute))) // its watch is due longest, and counts since half an hour
	asked := watched("pb-2", day(10), day(14))
	asked.RoutineAt = time.Time{}
	create(t, s, asked)
	create(t, s, watched("pb-3", day(1), day(14)))
	woken := watched("pb-4", now, day(14))
	woken.Woken = true
	create(t, s, woken)
	create(t, s, watched("pb-5", day(3), now.Add(time.Hour)))
	create(t, s, watched("pb-6", now.Add(-time.Minute), now.Add(30*time.Minute)))
	create(t, s, watched("pb-never", time.Time{}, now))

	wantIDs(t, "Claim of two with Bulk", claimBulk(t, s, now, 2), "pb-4", "pb-2")
	wantIDs(t, "Claim of one with Bulk", claimBulk(t, s, now, 1), "pb-5")
	wantIDs(t, "Claim of the rest with Bulk", claimBulk(t, s, now, 9), "pb-1", "pb-6")
	for _, b := range list(t, s, scheduling.Filter{}) {
		b.Lease = scheduling.Lease{}
		update(t, s, b)
	}
	wantIDs(t, "Claim of all with Bulk", claimBulk(t, s, now, 9), "pb-4", "pb-2", "pb-5", "pb-1", "pb-6")
}

func bulkAfterUpdate(t *testing.T, open opener) {
	s := open(t)
	b := create(t, s, watched("pb-1", day(9), day(14)))
	wantIDs(t, "Claim with Bulk of a routine watch", claimBulk(t, s, day(10), 9))

	b.DueAt = day(10)
	update(t, s, b)
	wantIDs(t, "List by DueBy with Bulk once somebody asked for a look", list(t, s, scheduling.Filter{DueBy: day(10), Bulk: true}), "pb-1")
	claimed := claimBulk(t, s, day(10), 9)
	wantIDs(t, "Claim with Bulk once somebody asked for a look", claimed, "pb-1")
	if len(claimed) != 1 {
		return
	}
	b = claimed[0]
	b.DueAt, b.RoutineAt, b.Lease = day(11), day(11), scheduling.Lease{}
	update(t, s, b)
	wantIDs(t, "Claim with Bulk once the next look is a routine watch again", claimBulk(t, s, day(11), 9))
	wantIDs(t, "Claim without Bulk of it", claim(t, s, "worker-1", day(11), day(12), 9), "pb-1")
}

func noBulk(t *testing.T, open opener) {
	s := open(t)
	create(t, s, watched("pb-1", day(9), day(14)))
	create(t, s, watched("pb-2", day(8), day(12)))
	create(t, s, watched("pb-3", day(9).Add(time.Microsecond), day(10)))

	wantIDs(t, "Claim", claim(t, s, "worker-1", day(9), day(10), 9), "pb-2", "pb-1")
}

func filterBulk(t *testing.T, open opener) {
	s := open(t)
	create(t, s, watched("pb-1", day(9), day(12)))
	asked := watched("pb-2", day(10), day(14))
	asked.RoutineAt = day(9)
	create(t, s, asked)
	create(t, s, watched("pb-3", time.Time{}, day(12)))
	create(t, s, dueAt("pb-4", day(9)))

	wantIDs(t, "List by DueBy", list(t, s, scheduling.Filter{DueBy: day(10)}), "pb-1", "pb-2", "pb-4")
	wantIDs(t, "List by DueBy with Bulk", list(t, s, scheduling.Filter{DueBy: day(10), Bulk: true}), "pb-2", "pb-4")
	single := day(12).Add(-2 * time.Hour)
	wantIDs(t, "List by DueBy with Bulk, before two hours before a start", list(t, s, scheduling.Filter{DueBy: single.Add(-time.Nanosecond), Bulk: true}), "pb-2", "pb-4")
	wantIDs(t, "List by DueBy with Bulk, two hours before a start", list(t, s, scheduling.Filter{DueBy: single, Bulk: true}), "pb-1", "pb-2", "pb-4")
	wantIDs(t, "List with Bulk alone", list(t, s, scheduling.Filter{Bulk: true}), "pb-1", "pb-2", "pb-3", "pb-4")
}
