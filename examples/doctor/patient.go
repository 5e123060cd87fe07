package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
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
	proctor, err := proctoru.NewClient(c.services.providerURL, c.services.providerToken)
	if err != nil {
		return nil, &inputError{err}
	}
	lms, err := edx.NewClient(c.services.platformURL, edx.WithClientCredentials(c.services.platformID, c.services.platformKey))
	if err != nil {
		return nil, &inputError{err}
	}
	// No booking is made, so the key is of no use but to be there.
	mac := hmac.New(sha256.New, []byte(c.services.providerToken))
	mac.Write([]byte("proctorbook doctor example: unlock key"))
	s, err := scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, memstore.New(),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "example", Secret: mac.Sum(nil)}))
	if err != nil {
		return nil, err
	}
	p := &patient{scheduler: s, provider: proctor, clock: proctorbook.SystemClock{}, close: func() {}}
	if c.exam != nil {
		p.exams = []scheduling.Exam{*c.exam}
	}
	return p, nil
}

// fakePatient starts fakes of both services, with a clock that a sleep puts forward.
func (c *config) fakePatient() (*patient, error) {
	now := time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC)
	exam := sampleExam()
	if c.exam != nil {
		exam = *c.exam
		now = exam.Window.Start.AddDate(0, 0, -7)
	}
	clock := proctorbooktest.NewClock(now)
	fake, lms := proctorutest.NewServer(proctorutest.WithClock(clock)), edxtest.NewServer(edxtest.WithClock(clock))
	p := &patient{clock: clock, exams: []scheduling.Exam{exam}, close: func() { fake.Close(); lms.Close() }}
	err := c.furnish(p, fake, lms)
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (c *config) furnish(p *patient, fake *proctorutest.Server, lms *edxtest.Server) error {
	c.begin = true // time costs nothing here
	for _, play := range c.plays {
		if err := fake.Play(play[0], play[1]); err != nil {
			return &inputError{err}
		}
	}
	course := p.exams[0].Course.String()
	lms.AddCourse(edxtest.Course{Key: course, Name: "Sample"})
	lms.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", TimeZone: "Europe/Paris"})
	lms.Enroll("ada_l", course, "verified", true)
	var err error
	if p.provider, err = proctoru.NewClient(fake.URL, fake.Token, proctoru.WithClock(p.clock)); err != nil {
		return err
	}
	client, err := edx.NewClient(lms.URL, edx.WithClock(p.clock), edx.WithClientCredentials(lms.ClientID, lms.ClientSecret))
	if err != nil {
		return err
	}
	p.scheduler, err = scheduling.New(provider.ProctorU{Client: p.provider}, platform.OpenEdX{Client: client}, memstore.New(), scheduling.WithClock(p.clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "2027", Secret: []byte("a key of the offline run: no secret")}))
	return err
}

func sampleExam() scheduling.Exam {
	opens := time.Date(2027, 1, 11, 8, 0, 0, 0, time.UTC)
	return scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		Name: "Final exam", Window: scheduling.Window{Start: opens, End: opens.AddDate(0, 0, 5)}, Zone: time.UTC, Duration: 90 * time.Minute,
	}
}
