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
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
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
	booking  string // the reservation id
	learner  string
	number   proctoru.ReservationNo
	start    time.Time
	code     string
	canceled bool
	report   provider.Activity
}

// write lets the clerk do something, unless there is a mishap: then the outcome is unknown.
func (o *examOffice) write(do func() provider.Answer) provider.Answer {
	o.mu.Lock()
	defer o.mu.Unlock()
	mishap := o.mishap
	o.mishap = ""
	lost := provider.Answer{Kind: provider.AnswerUnknown, Err: errors.New("the messenger did not come back")}
	if mishap == "before" {
		return lost
	}
	if answer := do(); mishap == "" {
		return answer
	}
	return lost
}

// taken reports whether the seat is taken by another sheet than that of number.
func (o *examOffice) taken(start time.Time, number proctoru.ReservationNo) bool {
	return slices.ContainsFunc(o.pile, func(s *sheet) bool { return !s.canceled && s.number != number && s.start.Equal(start) })
}

// on does something with the sheet of that number.
func (o *examOffice) on(number proctoru.ReservationNo, do func(*sheet) provider.Answer) provider.Answer {
	return o.write(func() provider.Answer {
		i := slices.IndexFunc(o.pile, func(s *sheet) bool { return s.number == number })
		switch {
		case i < 0:
			return provider.Answer{Kind: provider.AnswerNotFound}
		case o.pile[i].canceled:
			return provider.Answer{Kind: provider.AnswerNumberDead}
		}
		return do(o.pile[i])
	})
}

// Traits: sheets are never thrown away, and the list is of those that are valid.
func (o *examOffice) Traits() provider.Traits { return provider.Traits{} }

func (o *examOffice) Reserve(_ context.Context, c provider.Call) provider.Answer {
	return o.write(func() provider.Answer {
		switch {
		case slices.ContainsFunc(o.pile, func(s *sheet) bool { return s.booking == c.ReservationID }):
			return provider.Answer{Kind: provider.AnswerExists}
		case o.taken(c.Start, ""):
			return provider.Answer{Kind: provider.AnswerOverlap}
		}
		number := proctoru.ReservationNo(strconv.Itoa(len(o.pile) + 1))
		o.pile = append(o.pile, &sheet{booking: c.ReservationID, learner: c.Learner.ID, number: number, start: c.Start, code: c.Code.Reveal()})
		return provider.Answer{Kind: provider.AnswerDone, Number: number}
	})
}

func (o *examOffice) Move(_ context.Context, c provider.Call) provider.Answer {
	return o.on(c.Number, func(s *sheet) provider.Answer {
		if o.taken(c.Start, s.number) {
			return provider.Answer{Kind: provider.AnswerOverlap}
		}
		s.start = c.Start
		return provider.Answer{Kind: provider.AnswerDone, Number: s.number}
	})
}

func (o *examOffice) Remove(_ context.Context, c provider.Call) provider.Answer {
	return o.on(c.Number, func(s *sheet) provider.Answer {
		s.canceled = true
		return provider.Answer{Kind: provider.AnswerDone}
	})
}

// Begin needs no page: the learner walks into the room.
func (o *examOffice) Begin(_ context.Context, c provider.Call) provider.Answer {
	return o.on(c.Number, func(s *sheet) provider.Answer {
		if o.clock.Now().Before(s.start.Add(-5 * time.Minute)) {
			return provider.Answer{Kind: provider.AnswerTooEarly}
		}
		s.report.Started = true
		return provider.Answer{Kind: provider.AnswerDone}
	})
}

func (o *examOffice) List(_ context.Context, learner string) ([]provider.Listed, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var rows []provider.Listed
	for _, s := range o.pile {
		if s.learner == learner && !s.canceled {
			rows = append(rows, provider.Listed{ReservationID: s.booking, Number: s.number, Start: s.start})
		}
	}
	return rows, nil
}

// Evidence: sheets are never thrown away.
func (o *examOffice) Evidence(_ context.Context, _, id string, number proctoru.ReservationNo) ([]provider.Proof, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var proofs []provider.Proof
	for _, s := range o.pile {
		if s.booking == id || s.number == number {
			proofs = append(proofs, provider.Proof{Number: s.number, Start: s.start, Canceled: s.canceled, Started: s.report.Started})
		}
	}
	return proofs, nil
}

// Slots: one at every full hour from nine to four.
func (o *examOffice) Slots(_ context.Context, day provider.Day) ([]provider.Offer, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var offers []provider.Offer
	y, m, d := day.From.In(day.Zone).Date()
	for hour := 9; hour <= 16; hour++ {
		if start := time.Date(y, m, d, hour, 0, 0, 0, day.Zone); !start.Before(day.From) && !o.taken(start, day.Number) {
			offers = append(offers, provider.Offer{Start: start})
		}
	}
	return offers, nil
}

func (o *examOffice) Activity(_ context.Context, learner string) ([]provider.Activity, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var rows []provider.Activity
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
type classBook map[string]platform.Account

func (b classBook) Account(_ context.Context, username string) (platform.Account, error) {
	if a, ok := b[username]; ok {
		return a, nil
	}
	return platform.Account{}, edx.ErrNotFound
}

func (b classBook) Enrollment(_ context.Context, username string, _ edx.CourseKey) (platform.Enrollment, error) {
	if _, ok := b[username]; !ok {
		return platform.Enrollment{}, edx.ErrNotEnrolled
	}
	return platform.Enrollment{Username: username, Active: true, Mode: edx.Verified}, nil
}

func (b classBook) Enrolled(context.Context, edx.CourseKey) iter.Seq2[platform.Enrollment, error] {
	return func(yield func(platform.Enrollment, error) bool) {
		for _, username := range slices.Sorted(maps.Keys(b)) {
			if !yield(platform.Enrollment{Username: username, Active: true, Mode: edx.Verified}, nil) {
				return
			}
		}
	}
}

// Anybody who keeps reservations can be the provider, and anybody who knows the
// learners the platform. Here both are paper, and an answer gets lost on the way.
func ExampleNew_otherServices() {
	ctx := context.Background()
	clock := proctorbooktest.NewClock(time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC))
	office := &examOffice{clock: clock}
	class := classBook{"ada_l": {ID: "4211", Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", Zone: "Europe/Paris"}}
	s, err := scheduling.New(office, class, memstore.New(), scheduling.WithClock(clock),
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
	office.mishap = "after" // the clerk writes it down, and the answer is lost
	booking, err = s.Reschedule(ctx, booking.ID, at(12, 10))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(booking.State, "as number", booking.Number, "at", booking.Start.Format("15:04"))
	// Output:
	// scheduled as number 1 at 09:00
	// scheduled as number 1 at 10:00
}
