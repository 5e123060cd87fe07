// Package offline is what the examples have around a scheduler when there is no
// network: fakes of both services on loopback, one clock for all, a proctor, and
// what can go wrong.
package offline

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// World is both services, and the clock that they and the clients go by. A sleep
// puts the clock forward.
type World struct {
	Clock    *proctorbooktest.Clock
	Provider *proctorutest.Server
	Platform *edxtest.Server

	course  string
	fault   string
	backAt  time.Time // when a provider that is down comes back; zero if it is up
	crashes int
}

// New starts the services. The platform has one course.
func New(now time.Time, course edx.CourseKey) *World {
	clock := proctorbooktest.NewClock(now)
	w := &World{
		Clock: clock, Provider: proctorutest.NewServer(proctorutest.WithClock(clock)), Platform: edxtest.NewServer(edxtest.WithClock(clock)),
		course: course.String(),
	}
	w.Platform.AddCourse(edxtest.Course{Key: w.course, Name: course.Course(), Modes: []edxtest.Mode{{Slug: "verified"}}})
	return w
}

// Close ends the services.
func (w *World) Close() {
	w.Provider.Close()
	w.Platform.Close()
}

// Enroll adds the user to the platform, and enrolls them in the course.
func (w *World) Enroll(user edxtest.User, mode edx.Mode) {
	w.Platform.AddUser(user)
	w.Platform.Enroll(user.Username, w.course, string(mode), true)
}

// Clients makes the clients of a new process.
func (w *World) Clients() (*proctoru.Client, *edx.Client, error) {
	proctor, err := proctoru.NewClient(w.Provider.URL, w.Provider.Token, proctoru.WithClock(w.Clock),
		proctoru.WithTransport(mortal{world: w, next: http.DefaultTransport}))
	if err != nil {
		return nil, nil, err
	}
	lms, err := edx.NewClient(w.Platform.URL, edx.WithClock(w.Clock), edx.WithClientCredentials(w.Platform.ClientID, w.Platform.ClientSecret))
	return proctor, lms, err
}

// ProctorStarts lets the proctor look who sits there. It returns the unlock code,
// which came to the proctor with the reservation.
func (w *World) ProctorStarts(b scheduling.Booking) (code string, err error) {
	room, err := w.room(b)
	if err != nil {
		return "", err
	}
	code = room.ExamPassword
	if b.Exam.CodeVia == scheduling.CodeViaNotes {
		_, after, _ := strings.Cut(room.Notes, "Unlock code: ")
		code, _, _ = strings.Cut(after, "\n")
	}
	return code, w.Provider.ProctorStarts(room.Number)
}

// ProctorEnds lets the proctor close the session, and report that all was well.
func (w *World) ProctorEnds(b scheduling.Booking) error {
	room, err := w.room(b)
	if err != nil {
		return err
	}
	return w.Provider.ProctorEnds(room.Number, proctorutest.Verdict{Authenticated: true, TestSubmitted: true})
}

// room finds the reservation as the proctor has it on the screen.
func (w *World) room(b scheduling.Booking) (proctorutest.Reservation, error) {
	for _, r := range w.Provider.Reservations() {
		if strconv.FormatInt(r.Number, 10) == string(b.Number) {
			return r, nil
		}
	}
	return proctorutest.Reservation{}, fmt.Errorf("the provider has no reservation %s", b.Number)
}
