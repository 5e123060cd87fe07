package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// hello is the first line of the output.
type hello struct {
	ProctorU *helloProctorU `json:"proctoru,omitempty"`
	EdX      *helloEdX      `json:"edx,omitempty"`
}

type helloProctorU struct {
	URL          string   `json:"url"`      // with the prefix /api
	RootURL      string   `json:"root_url"` // without it; both answer
	Control      string   `json:"control"`
	Token        string   `json:"token"`
	Students     []string `json:"students"`
	Exams        []string `json:"exams"`
	Reservations []any    `json:"reservations"`
}

type helloEdX struct {
	URL          string   `json:"url"`
	ExamsURL     string   `json:"exams_url,omitempty"` // of edx-exams
	Control      string   `json:"control"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	Users        []string `json:"users"`
	Courses      []string `json:"courses"`
	Exams        []int64  `json:"exams"`
}

// services are the fakes that run.
type services struct {
	hello  hello
	clock  *shiftedClock
	failed chan error
	http   []*http.Server
}

func start(c *config) (*services, error) {
	s := &services{clock: &shiftedClock{}, failed: make(chan error, 2)}
	for _, begin := range []func(*config) error{s.startProctorU, s.startEdX} {
		if err := begin(c); err != nil {
			s.stop()
			return nil, err
		}
	}
	return s, nil
}

func (s *services) startProctorU(c *config) error {
	if c.proctorU == "" {
		return nil
	}
	fake := proctorutest.NewUnstartedServer(proctorutest.WithClock(s.clock), proctorutest.WithSeed(c.seed), proctorutest.WithClientClock(proctorbook.SystemClock{}))
	if err := disturb(fake, c.faults, c.variants); err != nil {
		return err
	}
	url, err := s.listen(c.proctorU, newControl(s.clock, proctorUControl(fake)), fake)
	if err != nil {
		return err
	}
	s.hello.ProctorU = &helloProctorU{URL: url + "/api", RootURL: url, Control: url + controlPath, Token: fake.Token}
	s.hello.ProctorU.fill(fake, s.clock.Now())
	fake.EnableWebhooks(c.secret)
	return nil
}

// troublemaker is a fake of either service.
type troublemaker interface {
	CheckFault(proctorbooktest.Fault) error
	Fault(proctorbooktest.Fault)
	ClearFaults()
	Play(variant, alternative string) error
}

// disturb scripts the faults and chooses the variants.
func disturb(fake troublemaker, faults []proctorbooktest.Fault, variants [][2]string) error {
	for _, f := range faults {
		if err := fake.CheckFault(f); err != nil {
			return inputError{err}
		}
		fake.Fault(f)
	}
	for _, v := range variants {
		if err := fake.Play(v[0], v[1]); err != nil {
			return inputError{err}
		}
	}
	return nil
}

// fill puts in sample data: two learners, an exam on the institution's list, and
// a reservation for the day after tomorrow.
func (h *helloProctorU) fill(fake *proctorutest.Server, now time.Time) {
	h.Students, h.Exams = []string{"learner-7", "learner-8"}, []string{"logic-final"}
	for i, name := range []string{"Ada", "Bob"} {
		fake.AddLearner(map[string]string{
			"student_id": h.Students[i], "first_name": name, "last_name": "Example", "email": h.Students[i] + "@example.org",
			"country": "FR", "phone1": "+33100000000", "time_zone_id": "Romance Standard Time",
		})
	}
	today := now.UTC().Truncate(24 * time.Hour)
	fake.AddExam(proctorutest.Exam{
		ID: h.Exams[0], Description: "Logic, final exam", TermID: "current", CourseNo: "CS101", Start: today, End: today.AddDate(0, 1, 0),
	})
	fake.AddTerm("current", "Current term")
	fake.AddDepartment(100000001, "Science")
	number := fake.AddReservation(proctorutest.Reservation{
		ID: "sample-1", StudentID: h.Students[1], Start: today.AddDate(0, 0, 2).Add(9 * time.Hour), Duration: time.Hour,
		Description: "Analysis, final exam",
	})
	h.Reservations = []any{map[string]any{"reservation_id": "sample-1", "reservation_no": number, "student_id": h.Students[1]}}
}

func (s *services) startEdX(c *config) error {
	if c.edX == "" {
		return nil
	}
	fake := edxtest.NewUnstartedServer(edxtest.WithClock(s.clock))
	if err := disturb(fake, c.edXFaults, c.edXVariants); err != nil {
		return err
	}
	url, err := s.listen(c.edX, newControl(s.clock, edXControl(fake)), fake)
	if err != nil {
		return err
	}
	s.hello.EdX = &helloEdX{URL: url, Control: url + controlPath, ClientID: fake.ClientID, ClientSecret: fake.ClientSecret}
	s.hello.EdX.fill(fake)
	if c.edXExams == "" {
		return nil
	}
	s.hello.EdX.ExamsURL, err = s.listen(c.edXExams, newControl(s.clock, edXControl(fake)), fake.ExamsHandler())
	return err
}

// fill puts in sample data: a course with a proctored exam, a learner who may take
// it and has a certificate, and one who may not.
func (h *helloEdX) fill(fake *edxtest.Server) {
	const run = "ExampleX+CS101+2026_T1"
	h.Users, h.Courses = []string{"ada_l", "bob"}, []string{"course-v1:" + run}
	fake.AddCourse(edxtest.Course{Key: h.Courses[0], Name: "Logic & Proof", Modes: []edxtest.Mode{
		{Slug: "audit", Name: "Audit"}, {Slug: "verified", Name: "Verified Certificate", Price: 49},
	}})
	fake.AddUser(edxtest.User{Username: "ada_l", Name: "Ada Example", Email: "learner-7@example.org", Country: "FR", TimeZone: "Europe/Paris"})
	fake.AddUser(edxtest.User{Username: "bob", Name: "Bob Example", Email: "learner-8@example.org"})
	fake.Enroll("ada_l", h.Courses[0], "verified", true)
	fake.Enroll("bob", h.Courses[0], "audit", true)
	fake.AddCertificate(edxtest.Certificate{
		Username: "ada_l", Course: h.Courses[0], Mode: "verified", Status: "downloadable", Passing: true, Grade: "0.93", URL: "/certificates/0a1b",
	})
	h.Exams = []int64{fake.AddExam(edxtest.Exam{
		Course: h.Courses[0], Content: "block-v1:" + run + "+type@sequential+block@final", Name: "Final exam", Minutes: 60, Proctored: true,
	})}
}

// listen serves control and fake in the background, and returns their URL. The
// fake sees every other path as it came: a ServeMux would clean it.
func (s *services) listen(address string, control, fake http.Handler) (string, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	h := func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, controlPath) {
			control.ServeHTTP(w, r)
			return
		}
		fake.ServeHTTP(w, r)
	}
	server := &http.Server{Handler: http.HandlerFunc(h), ReadHeaderTimeout: time.Minute}
	s.http = append(s.http, server)
	go func() {
		if err := server.Serve(listener); err != http.ErrServerClosed {
			s.failed <- err
		}
	}()
	return "http://" + listener.Addr().String(), nil
}

// stop lets requests under way end, but not those that hang on purpose.
func (s *services) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	for _, server := range s.http {
		if server.Shutdown(ctx) != nil {
			_ = server.Close() // connections are cut anyway
		}
	}
}
