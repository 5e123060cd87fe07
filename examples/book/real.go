package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// runReal takes the first steps on the real services: it books, and cancels if the
// user wants that.
func runReal(ctx context.Context, c *config, stdin io.Reader, stdout, stderr io.Writer) error {
	out := &printer{out: stdout, json: c.format == "json", place: "on the services that the environment names"}
	proctor, err := proctoru.NewClient(c.services["PROCTORU_URL"], c.services["PROCTORU_TOKEN"])
	if err != nil {
		return &command.InputError{Err: err}
	}
	lms, err := edx.NewClient(c.services["EDX_URL"], edx.WithClientCredentials(c.services["EDX_CLIENT_ID"], c.services["EDX_CLIENT_SECRET"]))
	if err != nil {
		return &command.InputError{Err: err}
	}
	secret := []byte(rand.Text() + rand.Text()) // a service keeps it as long as its bookings; here they end with the program
	s, err := newScheduler(proctor, lms, announcing{memstore.New(), out}, secret, c.patience, proctorbook.SystemClock{})
	if err != nil {
		return err
	}
	defer s.Close() // waits for calls that are under way
	f := &flow{s: s, exam: c.exam, username: c.learner, profile: c.profile, out: out}
	in, life := bufio.NewReader(stdin), f.life()
	err = f.play(ctx, life[:2]...) // may the learner book, and what is free?
	if refused, ok := errors.AsType[*scheduling.NotAllowedError](err); ok && refused.Has(scheduling.ReasonProfileIncomplete) {
		return command.Wrong("%w: give the learner's data with -profile FILE", err)
	}
	if err != nil {
		return err
	}
	if !c.agrees(in, stderr, "book %s, fee %s?", f.entry("").when(f.free[0].Start), price(f.free[0].Fee)) {
		out.note("\nNothing was booked.")
		return nil
	}
	if err := f.play(ctx, life[2]); err != nil {
		return advise(err)
	}
	if c.then == "cancel" && !c.agrees(in, stderr, "cancel booking %s?", f.booking.ID) {
		out.note("\nThe booking stands.")
	} else if c.then == "cancel" {
		if err := f.play(ctx, stage{"cancel", f.now, f.cancel}); err != nil {
			return advise(err)
		}
	}
	out.note("\nreschedule, begin, unlock, finish and report run offline only.")
	return nil
}

func (f *flow) cancel(ctx context.Context, step *entry) error {
	b, err := f.s.Cancel(ctx, f.booking.ID, scheduling.Request{Reason: "trial booking", By: "example program"})
	return f.settle(ctx, step, b, err)
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

// announcing is a store that prints a booking's id before the booking is stored,
// which is before anything is sent: whatever happens then, the id is known.
type announcing struct {
	scheduling.Store
	out *printer
}

func (a announcing) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	a.out.object(entry{Step: "book", State: b.State, Learner: b.Learner, Booking: b.ID, Pending: true})
	a.out.note("\nThe reservation id will be %s", b.ID)
	return a.Store.Create(ctx, b, events...)
}

// agrees asks the user before a write.
func (c *config) agrees(in *bufio.Reader, out io.Writer, format string, args ...any) bool {
	if c.yes {
		return true
	}
	fmt.Fprintf(out, format+" [y/N] ", args...)
	answer, _ := in.ReadString('\n') // the end of input is a no
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}
