package scheduling_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// operation is one of the three writes, on a world in which it can be done.
type operation struct {
	endpoint string
	prepare  func(w *world) scheduling.BookingID // what stands before it
	do       func(w *world, id scheduling.BookingID) error
	check    func(w *world, id scheduling.BookingID)
}

var operations = map[string]operation{
	"book": {
		endpoint: "addAdHocProcess",
		prepare:  func(*world) scheduling.BookingID { return "" },
		do: func(w *world, _ scheduling.BookingID) error {
			_, err := w.Book(w.t.Context(), w.exam, w.learner, nine)
			return err
		},
		check: func(w *world, id scheduling.BookingID) {
			w.wantAgreement(id)
			if b := w.booking(id); !b.Start.Equal(nine) {
				w.t.Errorf("booked at %s, want %s\n%s", b.Start, nine, w.history(id))
			}
			if made := w.provider.Counts().ReservationsMade; made != 1 {
				w.t.Errorf("reservations made = %d, want 1\n%s", made, w.history(id))
			}
		},
	},
	"reschedule": {
		endpoint: "addAdHocProcess",
		prepare:  func(w *world) scheduling.BookingID { return w.settled(nine) },
		do: func(w *world, id scheduling.BookingID) error {
			_, err := w.Reschedule(w.t.Context(), id, noon)
			return err
		},
		check: func(w *world, id scheduling.BookingID) {
			w.wantAgreement(id)
			if b := w.booking(id); !b.Start.Equal(noon) {
				w.t.Errorf("stands at %s, want %s\n%s", b.Start, noon, w.history(id))
			}
		},
	},
	"cancel": {
		endpoint: "removeReservation",
		prepare:  func(w *world) scheduling.BookingID { return w.settled(nine) },
		do: func(w *world, id scheduling.BookingID) error {
			_, err := w.Cancel(w.t.Context(), id, scheduling.Request{Reason: "ill"})
			return err
		},
		check: (*world).wantCanceled,
	},
}

// lossFaults leave the caller without a usable answer.
var lossFaults = []proctorbooktest.FaultKind{
	proctorbooktest.LoseRequest, proctorbooktest.LoseAnswer, proctorbooktest.Late, proctorbooktest.Status500,
	proctorbooktest.Status500After, proctorbooktest.Status502After, proctorbooktest.CutBody, proctorbooktest.HTML200After,
	proctorutest.DataNull, proctorutest.UnknownTextAfter, proctorutest.UnknownText, proctorutest.StaleRequest,
	proctorbooktest.Status503, proctorbooktest.Status429, proctorutest.NoNumber,
}

// dialects are providers that the protocol must survive: what they do on a
// repeated id, which numbers they give, how late their lists are.
var dialects = map[string]struct {
	play  map[string]string
	as    provider.ProctorU // what its adapter knows of it
	known bool              // the provider knows the learner already
	moves string            // endpoint of moves, if not the ad-hoc edit
}{
	"as documented":                {},
	"the list lags by time":        {play: map[string]string{proctorutest.VariantListLag: "time"}},
	"the list lags by reads":       {play: map[string]string{proctorutest.VariantListLag: "reads"}},
	"the report lags by minutes":   {play: map[string]string{proctorutest.VariantReportLag: "minutes"}},
	"a repeat is answered OVERLAP": {play: map[string]string{proctorutest.VariantCreateOrder: "exist-last"}},
	"a repeat is answered OVERLAP, and the list lags": {play: map[string]string{
		proctorutest.VariantCreateOrder: "exist-last", proctorutest.VariantListLag: "time",
	}},
	"a repeat updates":                 {play: map[string]string{proctorutest.VariantRepeatedID: "updates"}},
	"refuses only active ids":          {play: map[string]string{proctorutest.VariantRepeatedID: "refuses-while-active"}},
	"a move gives a new number":        {play: map[string]string{proctorutest.VariantCreateWithNumber: "new-number"}},
	"a second removal succeeds":        {play: map[string]string{proctorutest.VariantSecondRemoval: "success"}},
	"a second removal finds nothing":   {play: map[string]string{proctorutest.VariantSecondRemoval: "not-found"}},
	"numbers are texts":                {play: map[string]string{proctorutest.VariantNumbers: "strings"}},
	"error texts are unknown":          {play: map[string]string{proctorutest.VariantErrorText: "unknown"}, known: true},
	"canceled rows stay listed":        {play: map[string]string{proctorutest.VariantCancelledRows: "shown-unmarked"}, as: provider.ProctorU{CanceledListed: true}},
	"evidence from the canceled list":  {as: provider.ProctorU{EvidenceSource: provider.EvidenceCanceledList}},
	"by moveReservation":               {as: provider.ProctorU{MoveCall: true}, moves: "moveReservation"},
	"by moveReservation, same number":  {as: provider.ProctorU{MoveCall: true}, moves: "moveReservation", play: map[string]string{proctorutest.VariantMove: "same-number"}},
	"by moveReservation, and list lag": {as: provider.ProctorU{MoveCall: true}, moves: "moveReservation", play: map[string]string{proctorutest.VariantListLag: "time"}},
}

// TestAnswerLost loses or spoils the answer to each write, under each dialect,
// with the process going on or dying. Reconcile ends with what was asked for,
// once: equal in id, number and start.
func TestAnswerLost(t *testing.T) {
	for opName, op := range operations {
		for dialect, d := range dialects {
			for _, kind := range lossFaults {
				if opName == "cancel" && kind == proctorutest.NoNumber {
					continue // a removal's answer has no number
				}
				for _, restart := range []bool{false, true} {
					name := fmt.Sprintf("%s/%s/%s/restart=%v", opName, dialect, kind, restart)
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						w := newWorldAt(t, d.as)
						endpoint := op.endpoint
						if opName == "reschedule" && d.moves != "" {
							endpoint = d.moves
						}
						if d.known {
							w.introduce()
						}
						for variant, alternative := range d.play {
							w.play(variant, alternative)
						}
						id := op.prepare(w)
						w.restart(hasty)
						w.provider.Fault(proctorbooktest.Fault{Kind: kind, Endpoint: endpoint, Delay: 45 * time.Second})

						err := op.do(w, id)

						if w.provider.Counts().Faults[kind] == 0 {
							t.Fatal("the fault was not played")
						}
						if err != nil {
							id = w.pendingID(err)
						} else if id == "" {
							id = w.onlyBooking()
						}
						if restart {
							w.restart()
						}
						w.pass()
						w.pass()
						op.check(w, id)
					})
				}
			}
		}
	}
}

// A refusal counts only for the only send: the first create acted, its answer
// was lost, and the repeat is answered OVERLAP by our own reservation.
func TestRefusalAfterLostAnswerIsNoRefusal(t *testing.T) {
	w := newWorld(t, hasty)
	w.play(proctorutest.VariantCreateOrder, "exist-last")
	w.play(proctorutest.VariantListLag, "time")
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	w.wantAgreement(id)
	if slices.Contains(w.events(id), scheduling.EventFailed) {
		t.Errorf("the booking failed meanwhile\n%s", w.history(id))
	}
}

// A refusal in unknown words proves nothing: its outcome is unknown.
func TestUnknownRefusalIsUnknown(t *testing.T) {
	w := newWorld(t, hasty)
	w.fault(proctorutest.UnknownText, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	if b := w.booking(id); b.State != scheduling.StatePending || !b.Intent.Flags.Unknown {
		t.Errorf("booking is %s with flags %+v, want pending and unknown", b.State, b.Intent.Flags)
	}
}

// The first request is late, the second is refused. Until nothing that was sent
// can act any more, the refusal settles nothing: here the late request does act.
func TestRefusalWaitsUntilNothingCanActAnyMore(t *testing.T) {
	for opName, op := range map[string]operation{"book": operations["book"], "reschedule": operations["reschedule"]} {
		t.Run(opName, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := op.prepare(w)
			w.restart(hasty)
			w.introduce()
			want := map[string]time.Time{"book": nine, "reschedule": noon}[opName]
			w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Late, Endpoint: op.endpoint, Delay: 5 * time.Minute})
			id = w.pendingID(op.do(w, id))
			w.provider.BlockSlot(want) // the second request will be refused
			for range 3 {
				w.clock.Advance(70 * time.Second)
				if _, err := w.Reconcile(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if b := w.booking(id); b.Intent == nil || !b.Intent.Flags.Refused {
				t.Fatalf("booking is %s with intent %+v, want it open, refused\n%s", b.State, b.Intent, w.history(id))
			}
			w.provider.FreeSlot(want)
			w.pass()
			op.check(w, id)
		})
	}
}

// "Done" to a removal speaks for one number. Another one of the same id that is still
// active keeps the cancel open, until it is removed, too.
func TestRemovalOfOneNumberCancelsNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.double(id, noon)

	_, err := w.replica(hasty).Cancel(t.Context(), id, scheduling.Request{})
	for range 40 {
		if b := w.booking(id); b.State == scheduling.StateCanceled && len(w.active(id)) > 0 {
			t.Fatalf("canceled (%v) with %d active reservations\n%s", err, len(w.active(id)), w.history(id))
		}
		w.lookOnce()
		w.clock.Advance(30 * time.Second)
	}
	w.wantCanceled(id)
}
