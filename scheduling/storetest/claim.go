package storetest

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

var claimPromises = []promise{
	{"Claim returns what is due and not leased, the longest due first", claimDueInOrder},
	{"Claim returns urgent bookings before others", claimUrgentFirst},
	{"Claim never returns a booking without DueAt", claimNeverDue},
	{"Claim returns up to limit bookings", claimLimit},
	{"Claim returns due bookings in every state", claimEveryState},
	{"Claim sets the lease and raises the Version, and nothing else", claimSetsLease},
	{"Claim makes an Update from before it a conflict", claimStopsStaleUpdate},
	{"Claim returns a booking again when its lease has run out", claimAfterLease},
	{"Claim returns a booking again once its lease is given back", claimAfterRelease},
}

// dueAt returns a booking that is due then, of a learner of its own.
func dueAt(id scheduling.BookingID, due time.Time) scheduling.Booking {
	b := booking(id, "learner-of-"+scheduling.LearnerID(id), finalExam("2027"))
	b.DueAt = due
	return b
}

func claimDueInOrder(t *testing.T, open opener) {
	s := open(t)
	now := day(11)
	create(t, s, dueAt("pb-2", now.Add(-time.Hour)))
	create(t, s, dueAt("pb-now", now))
	create(t, s, dueAt("pb-later", now.Add(time.Microsecond)))
	create(t, s, dueAt("pb-1", now.Add(-time.Microsecond)))
	create(t, s, dueAt("pb-9", now.AddDate(0, 0, -1)))
	leased := dueAt("pb-leased", now.Add(-2*time.Hour))
	leased.Lease = scheduling.Lease{Owner: "worker-1", Until: now.Add(time.Microsecond)}
	create(t, s, leased)
	expired := dueAt("pb-expired", now.Add(-3*time.Hour))
	expired.Lease = scheduling.Lease{Owner: "worker-1", Until: now}
	create(t, s, expired)

	got := claim(t, s, "worker-2", now.In(zone("Asia/Kolkata")), now.Add(time.Minute), 10)

	wantIDs(t, "Claim", got, "pb-9", "pb-expired", "pb-2", "pb-1", "pb-now")
	wantIDs(t, "a second Claim at once", claim(t, s, "worker-3", now, now.Add(time.Minute), 10))
}

func claimUrgentFirst(t *testing.T, open opener) {
	s := open(t)
	now := day(11)
	quietly := func(id scheduling.BookingID, due time.Time) scheduling.Booking {
		return inState(dueAt(id, due), scheduling.StateScheduled)
	}
	create(t, s, quietly("pb-routine-1", now.AddDate(0, 0, -9)))
	create(t, s, quietly("pb-routine-2", now.AddDate(0, 0, -8)))
	woken := quietly("pb-woken", now.Add(-time.Minute))
	woken.Woken = true
	create(t, s, woken)
	create(t, s, dueAt("pb-open", now.Add(-2*time.Minute))) // with an intent
	begun := quietly("pb-begin-sent", now)
	begun.BeginSent = now
	create(t, s, begun)
	create(t, s, dueAt("pb-open-later", now.Add(time.Second)))

	wantIDs(t, "Claim of one", claim(t, s, "worker-1", now, now.Add(time.Minute), 1), "pb-open")
	wantIDs(t, "Claim of three", claim(t, s, "worker-1", now, now.Add(time.Minute), 3), "pb-woken", "pb-begin-sent", "pb-routine-1")
	wantIDs(t, "Claim of the rest", claim(t, s, "worker-1", now, now.Add(time.Minute), 9), "pb-routine-2")

	b := get(t, s, "pb-woken")
	b.Woken, b.Lease = false, scheduling.Lease{}
	update(t, s, b)
	quiet := get(t, s, "pb-routine-1")
	quiet.Lease = scheduling.Lease{}
	update(t, s, quiet)
	wantIDs(t, "Claim once it is not urgent any more", claim(t, s, "worker-1", now, now.Add(time.Minute), 1), "pb-routine-1")
}

func claimNeverDue(t *testing.T, open opener) {
	s := open(t)
	create(t, s, dueAt("pb-1", time.Time{}))
	b := create(t, s, dueAt("pb-2", day(1)))
	b.DueAt = time.Time{}
	update(t, s, b)

	wantIDs(t, "Claim", claim(t, s, "worker-1", day(20), day(21), 10))
}

func claimLimit(t *testing.T, open opener) {
	s := open(t)
	for i, id := range []scheduling.BookingID{"pb-a", "pb-b", "pb-c", "pb-d", "pb-e"} {
		create(t, s, dueAt(id, day(9-i)))
	}
	before := contentOf(t, s)

	wantIDs(t, "Claim with limit 0", claim(t, s, "worker-1", day(11), day(12), 0))
	wantSame(t, "the store after a Claim with limit 0", contentOf(t, s), before)
	wantIDs(t, "Claim with limit 2", claim(t, s, "worker-1", day(11), day(12), 2), "pb-e", "pb-d")
	wantIDs(t, "the next Claim with limit 2", claim(t, s, "worker-1", day(11), day(12), 2), "pb-c", "pb-b")
	wantIDs(t, "the last Claim with limit 2", claim(t, s, "worker-1", day(11), day(12), 2), "pb-a")
}

func claimEveryState(t *testing.T, open opener) {
	s := open(t)
	states := append(activeStates[:len(activeStates):len(activeStates)], terminalStates...)
	for i, state := range states {
		create(t, s, inState(dueAt("pb-"+scheduling.BookingID(state), day(1).Add(time.Duration(i)*time.Minute)), state))
	}

	got := claim(t, s, "worker-1", day(11), day(12), 100)

	if len(got) != len(states) {
		t.Errorf("Claim = %v, want one booking of each of the states %v: terminal ones still have extras to remove", ids(got), states)
	}
}

func claimSetsLease(t *testing.T, open opener) {
	s := open(t)
	b := fullBooking("pb-1")
	create(t, s, b, event(b, scheduling.EventRequested))
	before := history(t, s)
	now := b.DueAt.AddDate(0, 1, 0)
	until := now.Add(time.Minute)

	got := claim(t, s, "worker-2", now, until, 1)

	b.Version, b.Lease = 2, scheduling.Lease{Owner: "worker-2", Until: until}
	wantSame(t, "Claim", got, []scheduling.Booking{b})
	wantSame(t, "Get after Claim", get(t, s, "pb-1"), b)
	wantSame(t, "the events after Claim", history(t, s), before)
}

func claimStopsStaleUpdate(t *testing.T, open opener) {
	s := open(t)
	stale := create(t, s, dueAt("pb-1", day(1)))
	claimed := claim(t, s, "worker-1", day(11), day(12), 1)

	_, err := s.Update(t.Context(), stale)

	wantError(t, "Update from before the Claim", err, scheduling.ErrConflict)
	if len(claimed) != 1 {
		t.Fatalf("Claim returned %d bookings, want the one that is due", len(claimed))
	}
	update(t, s, claimed[0])
}

func claimAfterLease(t *testing.T, open opener) {
	s := open(t)
	create(t, s, dueAt("pb-1", day(1)))
	now := day(11)
	until := now.Add(time.Minute)
	wantIDs(t, "Claim", claim(t, s, "worker-1", now, until, 1), "pb-1")

	wantIDs(t, "Claim within the lease", claim(t, s, "worker-1", until.Add(-time.Microsecond), until.Add(time.Minute), 1))
	got := claim(t, s, "worker-2", until, until.Add(time.Minute), 1)

	wantIDs(t, "Claim at the end of the lease", got, "pb-1")
	if lease := get(t, s, "pb-1").Lease; lease.Owner != "worker-2" || !lease.Until.Equal(until.Add(time.Minute)) {
		t.Errorf("the lease is %+v, want worker-2's", lease)
	}
}

func claimAfterRelease(t *testing.T, open opener) {
	s := open(t)
	create(t, s, dueAt("pb-1", day(1)))
	claimed := claim(t, s, "worker-1", day(11), day(12), 1)
	if len(claimed) != 1 {
		t.Fatalf("Claim returned %d bookings, want the one that is due", len(claimed))
	}
	claimed[0].Lease = scheduling.Lease{}
	update(t, s, claimed[0])

	wantIDs(t, "Claim after the lease was given back", claim(t, s, "worker-2", day(11), day(12), 1), "pb-1")
}
