package main

import (
	"crypto/rand"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/examples/internal/offline"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// patient is what is examined: a scheduler as a service has it.
type patient struct {
	scheduler *scheduling.Scheduler
	provider  *proctoru.Client
	clock     proctorbook.Clock
	exams     []scheduling.Exam
	close     func()
}

func (c *config) patient() (*patient, error) {
	if c.services != nil {
		return c.realPatient()
	}
	return c.fakePatient()
}

// realPatient examines the services that the environment names. Its store is in
// memory, which is one of the findings: put your own in its place.
func (c *config) realPatient() (*patient, error) {
	proctor, err := proctoru.NewClient(c.services["PROCTORU_URL"], c.services["PROCTORU_TOKEN"])
	if err != nil {
		return nil, &command.InputError{Err: err}
	}
	lms, err := edx.NewClient(c.services["EDX_URL"], edx.WithClientCredentials(c.services["EDX_CLIENT_ID"], c.services["EDX_CLIENT_SECRET"]))
	if err != nil {
		return nil, &command.InputError{Err: err}
	}
	// No booking is made, so the key is of no use but to be there.
	s, err := newScheduler(proctor, lms, proctorbook.SystemClock{}, []byte(rand.Text()+rand.Text()))
	if err != nil {
		return nil, err
	}
	p := &patient{scheduler: s, provider: proctor, clock: proctorbook.SystemClock{}, close: func() {}}
	if c.exam != nil {
		p.exams = []scheduling.Exam{*c.exam}
	}
	return p, nil
}

func newScheduler(proctor *proctoru.Client, lms *edx.Client, clock proctorbook.Clock, secret []byte) (*scheduling.Scheduler, error) {
	return scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, memstore.New(),
		scheduling.WithClock(clock), scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "example", Secret: secret}))
}

// fakePatient starts fakes of both services, with a clock that a sleep puts forward.
func (c *config) fakePatient() (*patient, error) {
	now := time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC)
	exam := sampleExam()
	if c.exam != nil {
		exam = *c.exam
		now = exam.Window.Start.AddDate(0, 0, -7)
	}
	w := offline.New(now, exam.Course)
	p := &patient{clock: w.Clock, exams: []scheduling.Exam{exam}, close: w.Close}
	if err := c.furnish(p, w); err != nil {
		w.Close()
		return nil, err
	}
	return p, nil
}

func (c *config) furnish(p *patient, w *offline.World) error {
	c.begin = true // time costs nothing here
	for _, play := range c.plays {
		if err := w.Provider.Play(play[0], play[1]); err != nil {
			return &command.InputError{Err: err}
		}
	}
	w.Enroll(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", TimeZone: "Europe/Paris"}, edx.Verified)
	proctor, lms, err := w.Clients()
	if err != nil {
		return err
	}
	p.provider = proctor
	p.scheduler, err = newScheduler(proctor, lms, w.Clock, []byte("a key of the offline run: no secret"))
	return err
}

func sampleExam() scheduling.Exam {
	opens := time.Date(2027, 1, 11, 8, 0, 0, 0, time.UTC)
	return scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		Name: "Final exam", Window: scheduling.Window{Start: opens, End: opens.AddDate(0, 0, 5)}, Zone: time.UTC, Duration: 90 * time.Minute,
	}
}
