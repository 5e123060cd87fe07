package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

const (
	bookRepeat  = 5
	bookRounds  = 41
	bookHurried = 11
)

// fair is both services' fakes with their clients, and learners who have booked nothing.
type fair struct {
	provider *proctorutest.Server
	platform *edxtest.Server
	proctor  *proctoru.Client
	lms      *edx.Client
	s        *scheduling.Scheduler
	exam     scheduling.Exam
	start    time.Time
	learners []scheduling.LearnerID
	bare     int // bookings made without the library
}

// bookOn compares a booking with the calls that it makes, by the same clients: a look at
// the enrollment, and the reservation. "" is the store in memory.
func bookOn(d sqlstore.Dialect) func() (comparison, error) {
	return func() (comparison, error) {
		var store scheduling.Store = memstore.New()
		closed := func() {}
		if d != "" {
			db, err := openDatabase(d)
			if err != nil {
				return comparison{}, err
			}
			store, closed = db, db.close
		}
		f, err := newFair(store)
		if err != nil {
			closed()
			return comparison{}, err
		}
		return comparison{
			ours:   f.book,
			others: []other{{"bare calls", f.callBare, []goal{{duration, 0, 0}, {allocations, 0, 0}}}},
			repeat: bookRepeat, rounds: bookRounds, hurried: bookHurried,
			close: func() { f.provider.Close(); f.platform.Close(); closed() },
		}, nil
	}
}

func newFair(store scheduling.Store) (*fair, error) {
	f := &fair{provider: proctorutest.NewServer(), platform: edxtest.NewServer(), exam: fleetExam("1")}
	f.start = time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 14)
	f.exam.Window = scheduling.Window{Start: f.start.AddDate(0, 0, -20), End: f.start.AddDate(0, 0, 20)}
	var err error
	if f.proctor, err = proctoru.NewClient(f.provider.URL, f.provider.Token, proctoru.WithLimiter(rate.NewLimiter(rate.Inf, 1))); err != nil {
		return nil, err
	}
	credentials := edx.WithClientCredentials(f.platform.ClientID, f.platform.ClientSecret)
	if f.lms, err = edx.NewClient(f.platform.URL, credentials, edx.WithLimiter(rate.NewLimiter(rate.Inf, 1))); err != nil {
		return nil, err
	}
	key := scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}
	if f.s, err = scheduling.New(provider.ProctorU{Client: f.proctor}, platform.OpenEdX{Client: f.lms}, store, scheduling.WithUnlockKeys(key)); err != nil {
		return nil, err
	}
	return f, f.enroll()
}

// enroll adds as many learners as there are bookings to make.
func (f *fair) enroll() error {
	course := f.exam.Course.String()
	f.platform.AddCourse(edxtest.Course{Key: course, Name: "Logic"})
	for i := range (bookRounds + 2) * bookRepeat {
		name := username(i)
		f.platform.AddUser(edxtest.User{ID: int64(1000 + i), Username: name, Name: "Ada Example", Email: name + "@example.org", Country: "FR", TimeZone: "Europe/Paris"})
		f.platform.Enroll(name, course, "verified", true)
		l, err := f.s.Learner(context.Background(), name)
		if err == nil {
			err = f.s.SaveProfile(context.Background(), l.ID, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"})
		}
		if err != nil {
			return err
		}
		f.learners = append(f.learners, l.ID)
	}
	return nil
}

func username(i int) string { return fmt.Sprintf("learner_%04d", i) }

func (f *fair) book() error {
	learner := f.learners[0]
	f.learners = f.learners[1:]
	_, err := f.s.Book(context.Background(), f.exam, learner, f.start)
	return err
}

// callBare makes the same two calls, and keeps nothing.
func (f *fair) callBare() error {
	f.bare++
	ctx := context.Background()
	if _, err := f.lms.Enrollments.Get(ctx, username(f.bare%100), f.exam.Course); err != nil {
		return err
	}
	params := reservation
	params.ID, params.Start = fmt.Sprint("bare-", f.bare), f.start
	params.Student.ID = fmt.Sprint("bare-learner-", f.bare)
	_, err := f.proctor.Reservations.Create(ctx, params)
	return err
}
