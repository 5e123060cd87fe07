package scheduling_test

import (
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// A report that comes without data proves no absence, however often it is read, and a
// list without data none if the report can't be read: a booking that seems gone stays
// open until both come.
func TestAnswersWithoutDataProveNothing(t *testing.T) {
	for name, endpoints := range map[string][]string{"report": {"clientActivityReport"}, "both": {"clientActivityReport", "getStudentReservationList"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			w.introduce()
			w.fault(proctorbooktest.LoseRequest, "addAdHocProcess")
			_, err := w.Book(t.Context(), w.exam, w.learner, nine)
			id := w.pendingID(err)
			w.provider.BlockSlot(nine) // a second try is refused
			for _, endpoint := range endpoints {
				w.provider.Fault(proctorbooktest.Fault{Kind: proctorutest.ReadNull, Endpoint: endpoint, Times: -1})
			}
			for range 40 {
				w.clock.Advance(time.Minute)
				if _, err := w.Reconcile(t.Context()); err != nil {
					t.Fatal(err)
				}
				if b := w.booking(id); !b.State.Active() {
					t.Fatalf("booking is %s, want that it stays open\n%s", b.State, w.history(id))
				}
			}
			w.provider.ClearFaults()
			for range 40 {
				w.clock.Advance(time.Minute)
				w.pass()
			}
			if b := w.booking(id); b.State != scheduling.StateFailed {
				t.Errorf("booking is %s, want failed: now the lists are lists\n%s", b.State, w.history(id))
			}
		})
	}
}

// Where an account sends null for an empty list, the report settles a cancel of the last
// booking, and the learner books again, also after a request that was lost.
func TestEmptyListsThatAreNoLists(t *testing.T) {
	t.Parallel()
	for _, source := range []provider.EvidenceSource{provider.EvidenceReport, provider.EvidenceCanceledList} {
		for _, empty := range []string{"null", "missing", "object"} {
			t.Run(string(source)+" "+empty, func(t *testing.T) {
				t.Parallel()
				w := newWorldAt(t, provider.ProctorU{EvidenceSource: source})
				w.play(proctorutest.VariantEmptyList, empty)
				w.cancelAt(nine, w.clock.Now().Add(time.Hour))
				w.fault(proctorbooktest.LoseRequest, "addAdHocProcess")
				if _, err := w.Book(t.Context(), w.exam, w.learner, ten); err != nil {
					w.pendingID(err)
					w.pass()
				}
				w.wantAgreement(w.status().Booking)
			})
		}
	}
}

// An empty list by evidence counts once the reservation is older than the evidence may
// lag behind, and never while the report shows one ahead.
func TestEmptyListsByEvidenceAreNotHasty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(proctorutest.VariantEmptyList, "null")
	w.play(proctorutest.VariantReportLag, "minutes")
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorutest.ReadNull, Endpoint: "getStudentReservationList", Times: -1})
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	for range 20 {
		w.lookOnce()
		w.clock.Advance(time.Minute)
	}
	if n := w.provider.Counts().Requests["addAdHocProcess"]; n != 1 {
		t.Errorf("the reserve was sent %d times, want once: the list never came, and the report shows it\n%s", n, w.history(id))
	}
	if !errors.Is(err, proctoru.ErrNoList) {
		t.Errorf("error = %v, want that no list came", err)
	}
	w.provider.ClearFaults()
	w.pass()
	w.wantAgreement(id)
}

// A learner's first booking, refused since the slot is gone, fails at once where the
// account is known to send null for all that is empty: else nobody could tell.
func TestFirstBookingWhereEmptyIsNull(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, provider.ProctorU{EmptyIsNull: true})
	w.play(proctorutest.VariantEmptyList, "null")
	w.introduce()
	w.clock.Advance(time.Hour)
	w.provider.BlockSlot(nine)
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	if b := w.booking(id); b.State != scheduling.StateFailed {
		t.Errorf("booking is %s, want failed\n%s", b.State, w.history(id))
	}
	w.booked(ten)
}

// Where an account takes reservations of known learners alone, the first booking makes
// the learner known.
func TestBookWhereTheLearnerMustExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(proctorutest.VariantLearnerOnCreate, "must-exist")
	w.wantAgreement(w.booked(nine).ID)
}
