package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// An examOffice is a provider without a network: a clerk, a pencil, one seat, and
// a sheet of paper for each reservation.
type examOffice struct {
	clock proctorbook.Clock
	mu    sync.Mutex
	pile  []*sheet

	// mishap goes wrong with the next write: before it is done, or after.
	mishap string
}

type sheet struct {
	booking  scheduling.BookingID
	learner  scheduling.LearnerID
	number   proctoru.ReservationNo
	start    time.Time
	code     string
	canceled bool
	report   scheduling.Activity
}

// write lets the clerk do something, unless there is a mishap: then nobody knows.
func (o *examOffice) write(do func() scheduling.Answer) scheduling.Answer {
	o.mu.Lock()
	defer o.mu.Unlock()
	mishap := o.mishap
	o.mishap = ""
	lost := scheduling.Answer{Kind: scheduling.AnswerUnknown, Err: errors.New("the messenger did not come back")}
	if mishap == "before" {
		return lost
	}
	if answer := do(); mishap == "" {
		return answer
	}
	return lost
}

// taken says whether somebody has the seat; his own sheet does not count.
func (o *examOffice) taken(start time.Time, number proctoru.ReservationNo) bool {
	return slices.ContainsFunc(o.pile, func(s *sheet) bool { return !s.canceled && s.number != number && s.start.Equal(start) })
}

// on does something with the sheet of that number.
func (o *examOffice) on(number proctoru.ReservationNo, do func(*sheet) scheduling.Answer) scheduling.Answer {
	return o.write(func() scheduling.Answer {
		i := slices.IndexFunc(o.pile, func(s *sheet) bool { return s.number == number })
		switch {
		case i < 0:
			return scheduling.Answer{Kind: scheduling.AnswerNotFound}
		case o.pile[i].canceled:
			return scheduling.Answer{Kind: scheduling.AnswerNumberDead}
		}
		return do(o.pile[i])
	})
}

func (o *examOffice) Reserve(_ context.Context, c scheduling.Call) scheduling.Answer {
	return o.write(func() scheduling.Answer {
		switch {
		case slices.ContainsFunc(o.pile, func(s *sheet) bool { return s.booking == c.Booking }):
			return scheduling.Answer{Kind: scheduling.AnswerExists}
		case o.taken(c.Start, ""):
			return scheduling.Answer{Kind: scheduling.AnswerOverlap}
		}
		number := proctoru.ReservationNo(strconv.Itoa(len(o.pile) + 1))
		o.pile = append(o.pile, &sheet{booking: c.Booking, learner: c.Learner.ID, number: number, start: c.Start, code: c.Code.Reveal()})
		return scheduling.Answer{Kind: scheduling.AnswerDone, Number: number}
	})
}

func (o *examOffice) Move(_ context.Context, c scheduling.Call) scheduling.Answer {
	return o.on(c.Number, func(s *sheet) scheduling.Answer {
		if o.taken(c.Start, s.number) {
			return scheduling.Answer{Kind: scheduling.AnswerOverlap}
		}
		s.start = c.Start
		return scheduling.Answer{Kind: scheduling.AnswerDone, Number: s.number}
	})
}

func (o *examOffice) Remove(_ context.Context, c scheduling.Call) scheduling.Answer {
	return o.on(c.Number, func(s *sheet) scheduling.Answer {
		s.canceled = true
		return scheduling.Answer{Kind: scheduling.AnswerDone}
	})
}

// Begin needs no page: the learner walks into the room.
func (o *examOffice) Begin(_ context.Context, c scheduling.Call) scheduling.Answer {
	return o.on(c.Number, func(s *sheet) scheduling.Answer {
		if o.clock.Now().Before(s.start.Add(-5 * time.Minute)) {
			return scheduling.Answer{Kind: scheduling.AnswerTooEarly}
		}
		s.report.Started = true
		return scheduling.Answer{Kind: scheduling.AnswerDone}
	})
}

func (o *examOffice) List(_ context.Context, learner scheduling.LearnerID) ([]scheduling.Listed, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var rows []scheduling.Listed
	for _, s := range o.pile {
		if s.learner == learner && !s.canceled {
			rows = append(rows, scheduling.Listed{Booking: s.booking, Number: s.number, Start: s.start})
		}
	}
	return rows, nil
}

// Evidence: sheets are never thrown away.
func (o *examOffice) Evidence(_ context.Context, _ scheduling.LearnerID, id scheduling.BookingID, number proctoru.ReservationNo) ([]scheduling.Proof, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var proofs []scheduling.Proof
	for _, s := range o.pile {
		if s.booking == id || s.number == number {
			proofs = append(proofs, scheduling.Proof{Number: s.number, Start: s.start, Canceled: s.canceled, Started: s.report.Started})
		}
	}
	return proofs, nil
}

// Slots: one at every full hour from nine to four.
func (o *examOffice) Slots(_ context.Context, day scheduling.SlotDay) ([]scheduling.Slot, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var slots []scheduling.Slot
	y, m, d := day.From.In(day.Zone).Date()
	for hour := 9; hour <= 16; hour++ {
		if start := time.Date(y, m, d, hour, 0, 0, 0, day.Zone); !start.Before(day.From) && !o.taken(start, day.Number) {
			slots = append(slots, scheduling.Slot{Start: start})
		}
	}
	return slots, nil
}

func (o *examOffice) Activity(_ context.Context, learner scheduling.LearnerID) ([]scheduling.Activity, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var rows []scheduling.Activity
	for _, s := range o.pile {
		if s.learner == learner {
			row := s.report
			row.Number = s.number
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// A classBook is a platform on paper: everybody in it takes every course.
type classBook map[string]scheduling.Account

func (b classBook) Account(_ context.Context, username string) (scheduling.Account, error) {
	if a, ok := b[username]; ok {
		return a, nil
	}
	return scheduling.Account{}, edx.ErrNotFound
}

func (b classBook) Enrollment(_ context.Context, username string, _ edx.CourseKey) (scheduling.Enrollment, error) {
	if _, ok := b[username]; !ok {
		return scheduling.Enrollment{}, edx.ErrNotEnrolled
	}
	return scheduling.Enrollment{Username: username, Active: true, Mode: edx.Verified}, nil
}

func (b classBook) Enrolled(context.Context, edx.CourseKey) iter.Seq2[scheduling.Enrollment, error] {
	return func(yield func(scheduling.Enrollment, error) bool) {
		for _, username := range slices.Sorted(maps.Keys(b)) {
			if !yield(scheduling.Enrollment{Username: username, Active: true, Mode: edx.Verified}, nil) {
				return
			}
		}
	}
}

// Anybody who keeps reservations can be the provider, and anybody who knows the
// learners the platform. Here both are paper, and an answer gets lost on the way.
func ExampleNewWith() {
	ctx := context.Background()
	clock := proctorbooktest.NewClock(time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC))
	office := &examOffice{clock: clock}
	class := classBook{"ada_l": {ID: "4211", Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", Zone: "Europe/Paris"}}
	s, err := scheduling.NewWith(office, class, memstore.New(), scheduling.WithClock(clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "2027", Secret: []byte("32 random bytes out of the vault")}))
	if err != nil {
		log.Fatal(err)
	}
	exam := scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		Name: "Final exam", Window: scheduling.Window{Start: at(11, 8), End: at(15, 18)}, Zone: time.UTC, Duration: time.Hour,
	}
	learner, err := s.Learner(ctx, "ada_l")
	if err != nil {
		log.Fatal(err)
	}
	err = s.SaveProfile(ctx, learner.ID, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"})
	if err != nil {
		log.Fatal(err)
	}

	booking, err := s.Book(ctx, exam, learner.ID, at(12, 9))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(booking.State, "as number", booking.Number, "at", booking.Start.Format("15:04"))

	clock.Advance(time.Hour)
	office.mishap = "after" // the clerk writes it down, and nobody tells us
	booking, err = s.Reschedule(ctx, booking.ID, at(12, 10))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(booking.State, "as number", booking.Number, "at", booking.Start.Format("15:04"))
	// Output:
	// scheduled as number 1 at 09:00
	// scheduled as number 1 at 10:00
}
