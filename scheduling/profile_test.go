package scheduling_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// movedHouse is the profile of a learner who has moved house.
func movedHouse() scheduling.Profile {
	p := profile
	p.Phone, p.Address, p.City = "+33200000000", "2 Rue Neuve", "Lyon"
	return p
}

// save saves the profile, and wants that to succeed.
func (w *world) save(p scheduling.Profile) {
	w.t.Helper()
	if err := w.SaveProfile(w.t.Context(), w.learner, p); err != nil {
		w.t.Fatal(err)
	}
}

// wantAtProvider wants that the provider holds the fields, by their wire names.
func (w *world) wantAtProvider(want map[string]string) {
	w.t.Helper()
	held, known := w.provider.Learner(string(w.learner))
	if !known {
		w.t.Fatal("the provider does not know the learner")
	}
	for name, value := range want {
		if held[name] != value {
			w.t.Errorf("the provider holds %s = %q, want %q", name, held[name], value)
		}
	}
}

// wantUnsynced wants an UnsyncedError with the reason, and the record to say the same.
func (w *world) wantUnsynced(err error, reason scheduling.ReasonCode, unknown bool) {
	w.t.Helper()
	e, ok := errors.AsType[*scheduling.UnsyncedError](err)
	if !ok || e.Reason != reason || errors.Is(err, proctorbook.ErrOutcomeUnknown) != unknown || errors.Is(err, proctorbook.ErrNotDone) == unknown {
		w.t.Errorf("error = %v, want an UnsyncedError for %s that is unknown: %t", err, reason, unknown)
	}
	if r := w.record(); r.Sync.Since.IsZero() || r.Sync.Reason != reason {
		w.t.Errorf("the record says %+v, want unsynced for %s", r.Sync, reason)
	}
}

// An address edit goes to the provider, with the names of the booking; what the
// learner leaves empty is not sent, and erases nothing.
func TestSyncProfileTellsTheProvider(t *testing.T) {
	w := newWorld(t)
	b := w.booked(nine)
	before, _ := w.provider.Learner(string(w.learner))
	w.save(movedHouse())
	if r := w.record(); !r.Sync.Since.Equal(w.clock.Now()) {
		t.Errorf("after the save the record says %+v, want unsynced since now", r.Sync)
	}
	w.wantAtProvider(map[string]string{"phone1": "+33100000000", "city": ""}) // saving sends nothing

	l := must(w.SyncProfile(t.Context(), w.learner))
	if l.Sync != (scheduling.Sync{}) || w.record().Sync != l.Sync {
		t.Errorf("synced, but the record says %+v", w.record().Sync)
	}
	want := maps.Clone(before)
	maps.Copy(want, map[string]string{"phone1": "+33200000000", "address1": "2 Rue Neuve", "city": "Lyon"})
	w.wantAtProvider(want)
	if _, sent := must2(w.provider.Learner(string(w.learner)))["state"]; sent {
		t.Error("a state was sent that nobody gave")
	}
	if got := w.booking(b.ID); got.Profile < 3 || !slices.Contains(w.events(b.ID), scheduling.EventProfileRefreshed) {
		t.Errorf("the booking keeps version %d, events %v; want the new version, and an event", got.Profile, w.events(b.ID))
	}

	// A later move carries the new data, and there is nothing left to tell.
	must(w.Reschedule(t.Context(), b.ID, ten))
	w.wantAtProvider(want)
	edits := w.provider.Counts().Requests["editStudent"]
	must(w.SyncProfile(t.Context(), w.learner))
	if n := w.provider.Counts().Requests["editStudent"]; n != edits {
		t.Errorf("%d more edits were sent, want none", n-edits)
	}
}

func must2[T any](v T, _ bool) T { return v }

// Before a learner has booked the provider knows nothing, so there is nothing to
// tell: the first booking carries the newest data.
func TestProfileOfTheFirstBookingNeedsNoSync(t *testing.T) {
	w := newWorld(t)
	w.save(movedHouse())
	w.booked(nine)
	w.wantAtProvider(map[string]string{"city": "Lyon"})
}

// The platform knows mail address and zone; a change there is told as well.
func TestSyncProfileAfterAChangeOnThePlatform(t *testing.T) {
	w := newWorld(t)
	w.booked(nine)
	w.platform.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@new.example.org", Country: "FR", TimeZone: "Asia/Tokyo"})
	must(w.Learner(t.Context(), "ada_l"))
	must(w.SyncProfile(t.Context(), w.learner))
	w.wantAtProvider(map[string]string{"email": "ada@new.example.org", "time_zone_id": "Tokyo Standard Time"})
}

// Without a call of SyncProfile, Reconcile soon tells the provider.
func TestReconcileTellsTheProvider(t *testing.T) {
	w := newWorld(t)
	w.booked(nine)
	w.clock.Advance(2 * time.Hour)
	w.pass()
	w.save(movedHouse())
	must(w.Reconcile(t.Context()))
	w.wantAtProvider(map[string]string{"city": "Lyon"})
	if r := w.record(); !r.Sync.Since.IsZero() {
		t.Errorf("the record says %+v, want synced", r.Sync)
	}
}

// A push that fails, or whose outcome is unknown, leaves the record unsynced,
// with the reason; Reconcile tries again until the provider confirms it.
func TestSyncProfileFails(t *testing.T) {
	for _, test := range []struct {
		fault   proctorbooktest.FaultKind
		unknown bool
		arrived bool
	}{
		{proctorbooktest.Refuse, true, false},
		{proctorutest.StaleRequest, false, false},
		{proctorbooktest.LoseRequest, true, false},
		{proctorbooktest.LoseAnswer, true, true},
		{proctorbooktest.Status502After, true, true},
		{proctorutest.UnknownText, true, false},
	} {
		t.Run(string(test.fault), func(t *testing.T) {
			w := newWorld(t)
			b := w.booked(nine)
			w.save(movedHouse())
			w.provider.Fault(proctorbooktest.Fault{Kind: test.fault, Endpoint: "editStudent", Times: -1})
			_, err := w.SyncProfile(t.Context(), w.learner)
			w.wantUnsynced(err, scheduling.ReasonProviderUnavailable, test.unknown)
			city := map[bool]string{true: "Lyon"}[test.arrived]
			w.wantAtProvider(map[string]string{"city": city})
			if got := w.booking(b.ID); got.State != scheduling.StateScheduled || got.Intent != nil {
				t.Errorf("the booking is %s, %+v", got.State, got.Intent)
			}
			w.provider.ClearFaults()
			w.clock.Advance(10 * time.Minute)
			must(w.Reconcile(t.Context()))
			w.wantAtProvider(map[string]string{"city": "Lyon"})
			if r := w.record(); r.Sync != (scheduling.Sync{}) {
				t.Errorf("the record says %+v, want synced", r.Sync)
			}
		})
	}
}

// A learner who became incomplete, such as by taking away the zone on the
// platform, can't be told; the booking keeps the data that it can be moved with.
func TestSyncProfileOfIncompleteData(t *testing.T) {
	w := newWorld(t)
	b := w.booked(nine)
	w.platform.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada_l@example.org", Country: "FR"})
	must(w.Learner(t.Context(), "ada_l"))
	_, err := w.SyncProfile(t.Context(), w.learner)
	w.wantUnsynced(err, scheduling.ReasonProfileIncomplete, false)
	must(w.Reschedule(t.Context(), b.ID, ten))
	w.wantAgreement(b.ID)
}

// A move that is open carries the data with which it was asked. The provider is
// told after it has settled, and no late copy of it can arrive.
func TestSyncProfileWaitsForOpenRequests(t *testing.T) {
	w := newWorld(t, scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}))
	b := w.booked(nine)
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Late, Endpoint: "addAdHocProcess", Delay: 5 * time.Minute})
	_, err := w.Reschedule(t.Context(), b.ID, ten)
	w.pendingID(err)
	w.save(movedHouse())
	_, err = w.SyncProfile(t.Context(), w.learner)
	w.wantUnsynced(err, scheduling.ReasonUnsettled, false)

	for w.booking(b.ID).Intent != nil {
		w.clock.Advance(time.Minute)
		must(w.Reconcile(t.Context()))
	}
	if w.booking(b.ID).Memory.MoveNotYet.After(w.clock.Now()) {
		_, err = w.SyncProfile(t.Context(), w.learner)
		w.wantUnsynced(err, scheduling.ReasonUnsettled, false)
	} else {
		t.Error("no request may be late: the test proves nothing")
	}
	w.clock.Advance(10 * time.Minute)
	must(w.SyncProfile(t.Context(), w.learner))
	w.wantAtProvider(map[string]string{"city": "Lyon"})
}

// A push of older data whose answer was lost may arrive late. Newer data wait
// until it can't, so that they are not undone.
func TestSyncProfileWaitsForItsOwnLatePush(t *testing.T) {
	w := newWorld(t)
	w.booked(nine)
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Late, Endpoint: "editStudent", Delay: 9 * time.Minute, Times: 3})
	w.save(movedHouse())
	_, err := w.SyncProfile(t.Context(), w.learner)
	w.wantUnsynced(err, scheduling.ReasonProviderUnavailable, true)
	paris := movedHouse()
	paris.City = "Paris"
	w.save(paris)
	_, err = w.SyncProfile(t.Context(), w.learner)
	w.wantUnsynced(err, scheduling.ReasonUnsettled, false)
	w.clock.Advance(10 * time.Minute)
	must(w.SyncProfile(t.Context(), w.learner))
	w.clock.Advance(time.Hour)
	w.wantAtProvider(map[string]string{"city": "Paris"})
}

// A booking whose request was made with the record of just before is noticed by
// Reconcile, which tells the provider once more.
func TestReconcileNoticesABookingWithOlderData(t *testing.T) {
	w := newWorld(t)
	b := w.booked(nine)
	old := w.booking(b.ID).Profile
	w.save(movedHouse())
	must(w.SyncProfile(t.Context(), w.learner))
	row := w.booking(b.ID)
	row.Profile = old // as if it had been stored a moment later
	row.DueAt = w.clock.Now()
	must(w.store.Update(t.Context(), row))
	edits := w.provider.Counts().Requests["editStudent"]
	must(w.Reconcile(t.Context()))
	if n := w.provider.Counts().Requests["editStudent"]; n != edits+1 || w.record().Sync != (scheduling.Sync{}) || w.booking(b.ID).Profile == old {
		t.Errorf("%d edits, record %+v, version %d; want one edit, synced, and the newest version", n-edits, w.record().Sync, w.booking(b.ID).Profile)
	}
}

// On exam day the platform may be down, and a process new: the stored record counts. What
// the platform says about an account counts more.
func TestLearnerWhileThePlatformIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.restart()
	w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "accounts", Times: -1})
	got, err := w.Learner(t.Context(), "ada_l")
	if err != nil || got.ID != w.learner || got.Profile.GivenName != "Ada" {
		t.Errorf("Learner = %v, %v; want the stored record", got, err)
	}
	if text := w.log.String(); !strings.Contains(text, "stored record counts") || strings.Contains(text, "ada_l") {
		t.Error("the log does not tell, or names the learner")
	}
	for _, other := range []string{"nobody", "Ada_L", ""} {
		if got, err := w.Learner(t.Context(), other); err == nil {
			t.Errorf("Learner of %q = %v, want an error", other, got)
		}
	}
	w.store = struct{ scheduling.Store }{w.store} // finds nobody by name
	w.restart()
	if got, err := w.Learner(t.Context(), "ada_l"); err == nil {
		t.Errorf("Learner from a store that is no UsernameFinder = %v, want an error", got)
	}
}

// An account that is gone is not in the store either, for Learner.
func TestLearnerOfAGoneAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.store.PutLearner(t.Context(), scheduling.Learner{ID: "4999", Username: "gone"}); err != nil {
		t.Fatal(err)
	}
	if got, err := w.Learner(t.Context(), "gone"); !errors.Is(err, edx.ErrNotFound) {
		t.Errorf("Learner = %v, %v; want ErrNotFound", got, err)
	}
}
