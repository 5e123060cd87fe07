package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/examples/internal/offline"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// secret is what provider and service share.
const secret = "whsec of the offline run: no secret"

// world is what stands around the scheduler: both services as fakes, and one
// clock that the program itself puts forward.
type world struct {
	*offline.World
	scheduler *scheduling.Scheduler
	exam      scheduling.Exam
	tuesday   time.Time // a free start
	learners  []scheduling.LearnerID
	lastHeard []proctorutest.WebhookDelivery
}

func newWorld(ctx context.Context) (*world, error) {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return nil, err
	}
	w := &world{tuesday: time.Date(2027, 1, 12, 9, 0, 0, 0, zone)}
	w.exam = scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		Name: "Final exam", Zone: zone, Duration: 90 * time.Minute,
		Window: scheduling.Window{Start: w.tuesday.AddDate(0, 0, -1), End: w.tuesday.AddDate(0, 0, 4)},
	}
	w.World = offline.New(time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC), w.exam.Course)
	w.Provider.EnableWebhooks(secret)
	if err := w.open(ctx); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// open makes the clients, the scheduler and two learners.
func (w *world) open(ctx context.Context) error {
	proctor, lms, err := w.Clients()
	if err != nil {
		return err
	}
	key := scheduling.UnlockKey{ID: "2027", Secret: []byte("a key of the offline run: no secret")}
	w.scheduler, err = scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, memstore.New(), scheduling.WithClock(w.Clock), scheduling.WithUnlockKeys(key),
		// Without a notification the next look is a day away: so the run shows that they wake.
		scheduling.WithTuning(scheduling.Tuning{WatchInterval: 24 * time.Hour}))
	if err != nil {
		return err
	}
	for i, name := range []string{"ada_l", "grace_h"} {
		w.Enroll(edxtest.User{ID: int64(4211 + i), Username: name, Name: name, Email: name + "@example.org", TimeZone: "Europe/Paris"}, edx.Verified)
		learner, err := w.scheduler.Learner(ctx, name)
		if err != nil {
			return err
		}
		profile := scheduling.Profile{GivenName: "Given", FamilyName: "Family", Phone: "+33100000000", Country: "FR"}
		if err := w.scheduler.SaveProfile(ctx, learner.ID, profile); err != nil {
			return err
		}
		w.learners = append(w.learners, learner.ID)
	}
	return nil
}

// look lets a quarter of an hour pass, in which Run works every minute: longer
// than a late request of ours could still act, so that absence is proven.
func (w *world) look(ctx context.Context) error {
	for range 15 {
		if err := w.Clock.Sleep(ctx, time.Minute); err != nil {
			return err
		}
		if _, err := w.scheduler.Reconcile(ctx); err != nil {
			return err
		}
	}
	return nil
}

// reservation returns the number that the provider has for the learner's booking.
func (w *world) reservation(ctx context.Context, learner scheduling.LearnerID) (int64, error) {
	status, err := w.scheduler.Status(ctx, w.exam, learner)
	if err != nil {
		return 0, err
	}
	booking, err := w.scheduler.Booking(ctx, status.Booking)
	if err != nil {
		return 0, err
	}
	number, err := strconv.ParseInt(string(booking.Number), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the reservation's number: %w", err)
	}
	return number, nil
}
