package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// hasty makes a Scheduler that gives up waiting at once, so that an operation
// whose answer is lost stays open.
var hasty = scheduling.WithTuning(scheduling.Tuning{Patience: time.Nanosecond})

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

// settled books start and lets the lists catch up.
func (w *world) settled(start time.Time) scheduling.BookingID {
	id := w.booked(start).ID
	w.clock.Advance(5 * time.Minute)
	return id
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

// lossFaults leave the caller without a usable answer.
var lossFaults = []proctorbooktest.FaultKind{
	proctorbooktest.LoseRequest, proctorbooktest.LoseAnswer, proctorbooktest.Late, proctorbooktest.Status500,
	proctorbooktest.Status500After, proctorbooktest.Status502After, proctorbooktest.CutBody, proctorbooktest.HTML200After,
	proctorutest.DataNull, proctorutest.UnknownTextAfter, proctorutest.UnknownText, proctorutest.StaleRequest,
	proctorbooktest.Status503, proctorbooktest.Status429, proctorutest.NoNumber,
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

// introduce makes the learner known to the provider.
func (w *world) introduce() {
	w.t.Helper()
	_, err := w.client.Students.Save(w.t.Context(), proctoru.Student{
		ID: string(w.learner), FirstName: "Ada", LastName: "Example", Email: "ada@example.org", Country: "FR", Phone: "+33100000000", ZoneID: "Romance Standard Time",
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// onlyBooking returns the id of the one booking that there is.
func (w *world) onlyBooking() scheduling.BookingID {
	w.t.Helper()
	var ids []scheduling.BookingID
	for b, err := range w.store.List(w.t.Context(), scheduling.Filter{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		ids = append(ids, b.ID)
	}
	if len(ids) != 1 {
		w.t.Fatalf("there are %d bookings, want 1", len(ids))
	}
	return ids[0]
}

// dyingStore is the store of a process that dies: from the given write on,
// nothing is stored or read any more. With after, that write still happens.
type dyingStore struct {
	scheduling.Store
	writes, dieAt int
	after         bool
	dead          bool
}

var errDead = errors.New("the process is dead")

func (s *dyingStore) write(do func() error) error {
	if s.dead {
		return errDead
	}
	s.writes++
	if s.writes < s.dieAt {
		return do()
	}
	if s.after {
		_ = do()
	}
	s.dead = true
	return errDead
}

func (s *dyingStore) Create(ctx context.Context, b scheduling.Booking, e ...scheduling.Event) (got scheduling.Booking, err error) {
	err = s.write(func() error { got, err = s.Store.Create(ctx, b, e...); return err })
	return got, err
}

func (s *dyingStore) Update(ctx context.Context, b scheduling.Booking, e ...scheduling.Event) (got scheduling.Booking, err error) {
	err = s.write(func() error { got, err = s.Store.Update(ctx, b, e...); return err })
	return got, err
}

func (s *dyingStore) Get(ctx context.Context, id scheduling.BookingID) (scheduling.Booking, error) {
	if s.dead {
		return scheduling.Booking{}, errDead
	}
	return s.Store.Get(ctx, id)
}

// TestCrashAtEveryWrite lets the process die before or after each write to the
// store, with and without the answer of the provider. A new process on the same
// store ends with one reservation or none, as the store says.
func TestCrashAtEveryWrite(t *testing.T) {
	for opName, op := range operations {
		for dieAt := 1; dieAt <= 4; dieAt++ {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/write %d/after=%v", opName, dieAt, after), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t)
					id := op.prepare(w)
					survives := w.store
					w.store = &dyingStore{Store: survives, dieAt: dieAt, after: after}
					w.restart()
					err := op.do(w, id)
					crashed := w.store.(*dyingStore).dead
					w.store = survives
					w.restart()
					w.clock.Advance(scheduling.DefaultTuning().Lease)
					w.pass()
					w.pass()

					if dieAt == 1 && !after {
						return // nothing was stored, so nothing may have been sent
					}
					if !crashed && err != nil {
						t.Fatalf("without a crash: %v", err)
					}
					if id == "" {
						id = w.onlyBooking()
					}
					op.check(w, id)
				})
			}
		}
	}
}
