package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// monday is when the learner sits.
var monday = time.Date(2027, 1, 11, 9, 0, 0, 0, time.UTC)

// walk is one learner's way through an exam. Its steps are below, in their order.
type walk struct {
	*world
	ada     *edxtest.Learner
	exam    int64 // the LMS's numbers
	number  int64
	attempt backend.AttemptID // our id
	booking scheduling.BookingID
}

// runOffline plays the whole sitting on fakes of both services.
func runOffline(ctx context.Context, c *config, stdout io.Writer) error {
	w, err := newWorld(ctx, c.fault, &printer{out: stdout, json: c.format == "json"})
	if err != nil {
		return err
	}
	defer w.close()
	x := &walk{world: w, ada: w.lms.Learner("ada_l", edxtest.LearningApp)}
	for _, step := range []func(context.Context) error{x.publish, x.setUp, x.identify, x.book, x.begin, x.unlock, x.start, x.submit, x.report} {
		if err := step(ctx); ctx.Err() != nil {
			return ctx.Err() // whatever it made of that
		} else if err != nil {
			return err
		}
	}
	return x.summary()
}

// publish is an author who saves the exam, and saves it again if it stayed unknown here.
func (x *walk) publish(ctx context.Context) error {
	for range 3 {
		exam, err := x.lms.PublishExam(ctx, edxtest.Exam{
			Course: course, Content: content, Name: "Final exam", Minutes: 90, Due: monday.AddDate(0, 0, 5), Proctored: true, Backend: acme,
		})
		if err == nil && exam.ExternalID != "" {
			x.exam = exam.ID
			x.say("publish", "an author saves the exam")
			return nil
		}
	}
	return errors.New("the LMS can't make the exam known")
}

// setUp is the learner who opens the exam's page, and begins its set-up.
func (x *walk) setUp(ctx context.Context) error {
	for range 5 { // while the page shows an error: once more
		_, _ = x.ada.SetUp(ctx, x.exam)
		view, err := x.ada.Look(ctx, x.exam)
		if sitting, _ := x.lms.Sitting(view.Attempt); err == nil && sitting.ExternalID != "" {
			x.number, x.attempt = view.Attempt, backend.AttemptID(sitting.ExternalID)
			x.say("set_up", "the learner begins the set-up, and the attempt is registered")
			return nil
		}
	}
	return errors.New("the LMS can't register the attempt")
}

// identify waits until the LMS's own list has told who it is. Then the learner gives what
// ProctorU wants to know and the LMS does not.
func (x *walk) identify(ctx context.Context) error {
	err := x.until(ctx, "the learner is identified", func(s *service) (bool, error) {
		_, err := s.bridge.Sitting(ctx, x.attempt)
		if errors.Is(err, openedx.ErrNotIdentified) {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		return err
	}
	return x.ask(ctx, func(s *service) error {
		sitting, err := s.bridge.Sitting(ctx, x.attempt)
		if err != nil {
			return err
		}
		x.say("identify", "the LMS's list of attempts shows that it is learner %s", sitting.Learner)
		return s.scheduler.SaveProfile(ctx, sitting.Learner, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"})
	})
}

// book reserves the first free start. The outcome may be open: then the background finds
// it out, and nobody books again.
func (x *walk) book(ctx context.Context) error {
	x.goDown(lmsDown, "book")
	err := x.ask(ctx, func(s *service) error {
		sitting, err := s.bridge.Sitting(ctx, x.attempt)
		if err != nil {
			return err
		}
		x.goDown(providerDown, "book")
		_, err = s.bridge.Book(ctx, sitting.Attempt.ID, monday)
		return err
	})
	if pending, ok := errors.AsType[*scheduling.PendingError](err); ok {
		x.say("open", "the %s may have happened: the background finds out", pending.Op)
	} else if err != nil && !errors.Is(err, errDied) {
		return err
	}
	var booking scheduling.Booking
	err = x.until(ctx, "the booking is scheduled", func(s *service) (bool, error) {
		sitting, err := s.bridge.Sitting(ctx, x.attempt)
		booking = sitting.Booking
		return booking.State == scheduling.StateScheduled, err
	})
	x.booking = booking.ID
	x.say("book", "the learner books %s", booking.Start.Format("Mon 2 Jan 2006 15:04 MST"))
	return err
}

// begin is the learner who comes at the time, and is led to the proctor.
func (x *walk) begin(ctx context.Context) error {
	if err := x.at(ctx, monday); err != nil {
		return err
	}
	return x.ask(ctx, func(s *service) error {
		_, err := s.bridge.Begin(ctx, x.attempt)
		x.say("begin", "the learner's browser opens the session with the proctor")
		return err
	})
}

// unlock is the proctor, who looks who sits there, and types the code. Before that the LMS
// keeps the exam shut.
func (x *walk) unlock(ctx context.Context) error {
	if view, err := x.ada.Look(ctx, x.exam); err != nil || view.Readable {
		return errors.Join(errors.New("the exam is open before the code"), err)
	}
	room, err := x.room()
	if err != nil {
		return err
	}
	if err := x.proctors.ProctorStarts(room.Number); err != nil {
		return err
	}
	return x.ask(ctx, func(s *service) error {
		b, err := s.scheduler.Unlock(ctx, x.booking, room.ExamPassword)
		x.say("unlock", "the proctor types the code: the booking is %s", b.State)
		return err
	})
}

// start is the learner, as soon as the LMS lets them.
func (x *walk) start(ctx context.Context) error {
	err := x.until(ctx, "the exam is started", func(*service) (bool, error) {
		if sitting, _ := x.lms.Sitting(x.number); sitting.Status != "ready_to_start" {
			return false, nil
		}
		view, err := x.ada.Start(ctx, x.exam)
		return err == nil && view.Readable, nil // an error page: once more
	})
	x.say("start", "the learner starts: the exam is open")
	return err
}

// submit is the learner, half an hour later. The proctor closes the session.
func (x *walk) submit(ctx context.Context) error {
	if err := x.at(ctx, x.time.Now().Add(30*time.Minute)); err != nil {
		return err
	}
	err := x.until(ctx, "the exam is submitted", func(*service) (bool, error) {
		view, err := x.ada.Submit(ctx, x.exam)
		return err == nil && view.Status == "submitted", nil
	})
	if err != nil {
		return err
	}
	x.say("submit", "the learner submits, and the proctor closes the session")
	room, err := x.room()
	if err != nil {
		return err
	}
	return x.proctors.ProctorEnds(room.Number, proctorutest.Verdict{Authenticated: true, TestSubmitted: true})
}

// report waits for the proctor's report, of which the LMS is told.
func (x *walk) report(ctx context.Context) error {
	err := x.until(ctx, "the attempt is verified, and that is known here", func(*service) (bool, error) {
		sitting, _ := x.lms.Sitting(x.number)
		kept, err := x.attempts.Attempt(ctx, x.attempt)
		return sitting.Status == "verified" && !kept.Review.Done.IsZero(), err
	})
	x.say("report", "the proctor's report is in, and the LMS has the verdict")
	return err
}

// summary counts what came of it, and fails if that is not what it should be.
func (x *walk) summary() error {
	sitting, _ := x.lms.Sitting(x.number)
	s := summary{
		Attempt: sitting.Status, MostActiveAtOnce: x.proctors.Counts().MostActiveAtOnce,
		Callbacks: callbacks{Ready: len(sitting.Ready), Reviewed: len(sitting.Reviewed)},
	}
	b, err := x.bookings.Get(context.Background(), x.booking)
	if err != nil {
		return err
	}
	if !sitting.Opened.IsZero() && (b.UnlockedAt.IsZero() || sitting.Opened.Before(b.UnlockedAt)) {
		s.OpenedBeforeCode++
	}
	x.out.end(s)
	if s.Attempt != "verified" || s.MostActiveAtOnce != 1 || s.OpenedBeforeCode != 0 {
		return errors.New("the sitting did not end as it should")
	}
	if x.faults.chosen != "" && x.faults.count() == 0 {
		return fmt.Errorf("the fault %s was not played", x.faults.chosen)
	}
	return nil
}

// room is the reservation as the proctor has it on the screen.
func (x *walk) room() (proctorutest.Reservation, error) {
	b, err := x.bookings.Get(context.Background(), x.booking)
	if err != nil {
		return proctorutest.Reservation{}, err
	}
	for _, r := range x.proctors.Reservations() {
		if strconv.FormatInt(r.Number, 10) == string(b.Number) {
			return r, nil
		}
	}
	return proctorutest.Reservation{}, fmt.Errorf("the provider has no reservation %s", b.Number)
}

// say prints a step, with what has come of the sitting by then.
func (x *walk) say(step, format string, args ...any) {
	l := line{Step: step, Booking: x.booking, Text: fmt.Sprintf(format, args...)}
	if sitting, found := x.lms.Sitting(x.number); found {
		l.Attempt = sitting.Status
	}
	if x.booking != "" {
		if b, err := x.bookings.Get(context.Background(), x.booking); err == nil {
			l.State = b.State
		}
	}
	x.print(l)
}
