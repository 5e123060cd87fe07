package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// runReal books on the real services, and cancels if the user wants that.
func runReal(ctx context.Context, c *config, out *printer, ask *asker) error {
	s, err := realScheduler(c, out)
	if err != nil {
		return err
	}
	f, err := newFlow(ctx, s, nil, c.exam, c.learner)
	if err != nil {
		return err
	}
	out.head(c.exam, "on the services that the environment names")
	e, err := f.status(ctx, c.profile)
	out.entry(e)
	if refused, ok := errors.AsType[*scheduling.NotAllowedError](err); ok && refused.Has(scheduling.ReasonProfileIncomplete) {
		return wrongInput("%w: give the learner's data with -profile FILE", err)
	}
	if err != nil {
		return err
	}
	free, err := f.slots(ctx, scheduling.SlotQuery{})
	if err != nil {
		return err
	}
	out.entry(f.slotsEntry(free))
	b, err := f.bookReally(ctx, free[0], out, ask)
	if err != nil || b.ID == "" {
		return err
	}
	if c.then == "cancel" {
		if err := f.cancelReally(ctx, b, out, ask); err != nil {
			return err
		}
	}
	out.note("\nreschedule, begin, unlock, finish and report run offline only.")
	return nil
}

// bookReally books the slot if the user agrees. The zero booking means no.
func (f *flow) bookReally(ctx context.Context, slot scheduling.Slot, out *printer, ask *asker) (scheduling.Booking, error) {
	if !ask.agrees("book %s, fee %s?", when(slot.Start, f.zone), price(slot.Fee)) {
		out.note("\nNothing was booked.")
		return scheduling.Booking{}, nil
	}
	e := f.entry("book")
	b, err := f.s.Book(ctx, f.exam, f.learner.ID, slot.Start)
	if err != nil {
		return b, advise(err)
	}
	if err := f.booked(ctx, &e, b); err != nil {
		return b, err
	}
	e.Fee = slot.Fee
	e.say("%s, fee %s", e.when(b.Start), price(slot.Fee))
	out.entry(e)
	return b, nil
}

func (f *flow) cancelReally(ctx context.Context, b scheduling.Booking, out *printer, ask *asker) error {
	if !ask.agrees("cancel booking %s?", b.ID) {
		out.note("\nThe booking stands.")
		return nil
	}
	e := f.entry("cancel")
	b, err := f.s.Cancel(ctx, b.ID, scheduling.Request{Reason: "trial booking", By: "example program"})
	if err != nil {
		return advise(err)
	}
	if err := f.booked(ctx, &e, b); err != nil {
		return err
	}
	out.entry(e)
	return nil
}

// advise says what to do about an open outcome. A service with a store that
// lasts does nothing: Run finds out. Here the store ends with the program.
func advise(err error) error {
	pending, ok := errors.AsType[*scheduling.PendingError](err)
	if !ok {
		return err
	}
	return fmt.Errorf("%w\nIn a service Reconcile finds out. This program keeps nothing: before you try again, look at the provider"+
		" for the reservation id %s (the learner's reservations, or the notes in the activity report)", err, pending.BookingID)
}

// realScheduler makes a scheduler over both services.
func realScheduler(c *config, out *printer) (*scheduling.Scheduler, error) {
	proctor, err := proctoru.NewClient(c.services.providerURL, c.services.providerToken)
	if err != nil {
		return nil, &inputError{err}
	}
	lms, err := edx.NewClient(c.services.platformURL, edx.WithClientCredentials(c.services.platformID, c.services.platformKey))
	if err != nil {
		return nil, &inputError{err}
	}
	// A service keeps a key of its own for unlock codes. Here one is derived from
	// the token, so that each run makes the same.
	mac := hmac.New(sha256.New, []byte(c.services.providerToken))
	mac.Write([]byte("proctorbook book example: unlock key"))
	key := scheduling.UnlockKey{ID: "example", Secret: mac.Sum(nil)}
	store := announcing{Store: memstore.New(), out: out}
	return scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, store, scheduling.WithUnlockKeys(key), scheduling.WithTuning(scheduling.Tuning{Patience: c.patience}))
}

// announcing is a store that prints a booking's id before the booking is stored,
// which is before anything is sent: whatever happens then, the id is known.
type announcing struct {
	scheduling.Store
	out *printer
}

func (a announcing) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if a.out.json {
		a.out.object(entry{Step: "book", State: b.State, Learner: b.Learner, Booking: b.ID, Pending: true})
	} else {
		a.out.note("\nThe reservation id will be %s", b.ID)
	}
	return a.Store.Create(ctx, b, events...)
}

// asker asks the user before a write.
type asker struct {
	in  *bufio.Reader
	out io.Writer
	yes bool // don't ask
}

func (a *asker) agrees(format string, args ...any) bool {
	if a.yes {
		return true
	}
	fmt.Fprintf(a.out, format+" [y/N] ", args...)
	answer, _ := a.in.ReadString('\n') // the end of input is a no
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}
