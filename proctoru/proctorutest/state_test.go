package proctorutest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// ask posts a form below the server's root, as a client without our help does.
func ask(t *testing.T, server *proctorutest.Server, endpoint, form string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.RootURL+"/"+endpoint, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization-Token", server.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestStatePutInIsServed(t *testing.T) {
	t.Parallel()
	server, _, _ := start(t)
	if server.URL != server.RootURL+"/api" {
		t.Errorf("URL = %s, RootURL = %s", server.URL, server.RootURL)
	}
	server.AddLearner(map[string]string{"student_id": "learner-7", "first_name": "Ada", "last_name": "Example", "email": "ada@example.org"})
	server.SetEmailOwner("bob@example.org", "Sample College")
	server.SetAccommodations(proctorutest.Accommodation{ID: 7, Description: "A quiet room"})
	server.AddTerm("t-1", "First term")
	server.AddDepartment(100000001, "Science")
	server.AddExam(proctorutest.Exam{ID: "e-1", Description: "Practice", TermID: "t-1"})
	server.AddReservation(proctorutest.Reservation{ID: "r-1", StudentID: "learner-7", Start: final.Start, Duration: time.Hour, Description: "Final exam"})
	if !server.AcceptTerms("learner-7") || !server.SetLearnerImage("learner-7", []byte("\xff\xd8\xff")) || server.AcceptTerms("nobody") {
		t.Error("the server knows the wrong learners")
	}
	for _, tt := range []struct{ endpoint, form, want string }{
		{"getStudentProfile", "student_id=learner-7", `"termsaccepted":true,"profilecomplete":false,"hasimage":true`},
		{"getStudentImage", "student_id=learner-7", "\xff\xd8\xff"},
		{"getEmailExist", "email=bob@example.org", `"schoolname":"Sample College"`},
		{"accommodations", "", `{"accommodations":[{"id":7,"description":"A quiet room"}]}`},
		{"getInstitutionTermList", "", `"term_name":"First term"`},
		{"getInstitutionDepartmentList", "", `"department_id":100000001`},
		{"getScheduleInfoExamList", "student_id=learner-7&term_id=t-1", `"exam_id":"e-1"`},
		{"getStudentReservationList", "student_id=learner-7", `"reservation_id":"r-1"`},
	} {
		if got := ask(t, server, tt.endpoint, tt.form); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %s, want %s in it", tt.endpoint, got, tt.want)
		}
	}
	if exams := server.Exams(); len(exams) != 1 || exams[0].Number != 5000001 || exams[0].Duration != time.Hour {
		t.Errorf("exams = %+v", exams)
	}
}

func TestWhatLearnersDoOnTheProvidersSite(t *testing.T) {
	t.Parallel()
	server, _, _ := start(t)
	person := "student_id=learner-7&first_name=Ada&last_name=Example&email=ada@example.org&country=FR&phone1=1&time_zone_id=UTC&description=Quiz&duration=30"
	ask(t, server, "addBlueBirdExam", person+"&exam_id=e-9&active_date=2030-03-01T00:00:00&end_date=2030-04-01T00:00:00")
	number, err := server.LearnerSchedules("learner-7", "e-9", final.Start)
	if err != nil || number != 900000501 || fmt.Sprint(server.Registrations()) != "map[learner-7:[e-9]]" {
		t.Errorf("LearnerSchedules = %d, %v; registrations = %v", number, err, server.Registrations())
	}
	var made struct {
		UUID string `json:"reservation_uuid"`
	}
	if err := json.Unmarshal([]byte(ask(t, server, "exams/add_record_plus_exams", person+"&exam_id=e-5&exam_url="+url.QueryEscape("https://lms.example.org/"))), &made); err != nil {
		t.Fatal(err)
	}
	if sessions := server.RecordPlusSessions(); len(sessions) != 1 || sessions[0].UUID != made.UUID || sessions[0].Fulfilled {
		t.Errorf("sessions = %+v, want %s", sessions, made.UUID)
	}
}

func TestLagLateRequestsAndCapacity(t *testing.T) {
	t.Parallel()
	server, clock, client := start(t)
	server.SetListLag(time.Minute, 0)
	server.SetReportLag(time.Minute)
	server.SetSlotCapacity(final.Start, 1)
	if _, err := client.Reservations.Create(t.Context(), final); err != nil {
		t.Fatal(err)
	}
	list := func() string { return ask(t, server, "getStudentReservationList", "student_id=learner-7") }
	report := func() string { return ask(t, server, "clientActivityReport", "student_id=learner-7") }
	if got := list() + report(); strings.Contains(got, "exam-7-ada") || strings.Contains(got, "ReservationNo") {
		t.Errorf("at once: %s, want nothing yet", got)
	}
	clock.Advance(time.Minute)
	if !strings.Contains(list(), "exam-7-ada") || !strings.Contains(report(), "ReservationNo") {
		t.Error("a minute later the reservation does not show")
	}
	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Late, Endpoint: "addAdHocProcess", Delay: time.Hour})
	other := final
	other.ID, other.Student.ID = "exam-7-bob", "learner-8"
	if _, err := client.Reservations.Create(t.Context(), other); err == nil {
		t.Error("the request whose answer never came was answered")
	}
	server.SetSlotCapacity(final.Start, 2)
	clock.Advance(time.Hour)
	server.SetSlotCapacity(final.Start, 0)
	server.Tick()
	if n := len(server.Reservations()); n != 1 {
		t.Errorf("%d reservations, want 1: the slot was full when the late one acted", n)
	}
}

// A misspelled fault would never come, and a test would pass for the wrong reason.
func TestMisspelledFaultsPanic(t *testing.T) {
	t.Parallel()
	server, _, _ := start(t)
	for _, f := range []proctorbooktest.Fault{{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdhocProcess"}, {Kind: "loose-answer"}} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, "proctorutest: ") {
					t.Errorf("%+v: panic = %q", f, text)
				}
			}()
			server.Fault(f)
		}()
	}
}

func TestReservationsPutIn(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	yesterday := monday.AddDate(0, 0, -1).Add(2 * time.Hour)
	first := w.fake.AddReservation(proctorutest.Reservation{ID: "r-1", StudentID: "learner-7", Start: yesterday, Duration: time.Hour, Description: "Missed"})
	second := w.fake.AddReservation(proctorutest.Reservation{
		ID: "r-2", StudentID: "learner-7", Start: yesterday, Duration: time.Hour, Description: "Taken", Begun: true, Started: true, Ended: true,
		Verdict: proctorutest.Verdict{Authenticated: true, TestSubmitted: true},
	})
	w.fake.AddReservation(proctorutest.Reservation{ID: "r-3", StudentID: "learner-7", Start: tuesday, Duration: time.Hour, Canceled: true})

	if first != 900000501 || second != 900000502 {
		t.Errorf("numbers = %d, %d", first, second)
	}
	if got, want := w.list().column("description"), "Missed Taken"; got != want {
		t.Errorf("listed %q, want %q", got, want)
	}
	if got, want := w.list("status", "cancelled").column("reservation_id"), "r-3"; got != want {
		t.Errorf("cancelled = %q, want %q", got, want)
	}
	if row := w.report().rows()[2]; row["TestSubmitted"] != true || row["Test"] != "Taken" {
		t.Errorf("report row = %v", row)
	}
	wantPanic(t, "AddReservation needs", func() { w.fake.AddReservation(proctorutest.Reservation{ID: "r-4"}) })
}

func TestMostActiveAtOnce(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.book("r-1", tuesday)
	w.book("r-2", tuesday.Add(2*time.Hour), "description", "Another exam")
	w.book("r-3", tuesday.Add(4*time.Hour), "student_id", "learner-8")
	if got := w.fake.Counts().MostActiveAtOnce; got != 1 {
		t.Errorf("two exams and two learners: MostActiveAtOnce = %d, want 1", got)
	}
	extra := w.book("r-4", tuesday.Add(6*time.Hour)).number()
	w.remove(extra)

	counts := w.fake.Counts()

	if counts.MostActiveAtOnce != 2 || counts.ActiveNow != 3 {
		t.Errorf("MostActiveAtOnce = %d, ActiveNow = %d; want 2 (for a while) and 3", counts.MostActiveAtOnce, counts.ActiveNow)
	}
	w.clock.Set(tuesday.Add(time.Hour))
	if got := w.fake.Counts().ActiveNow; got != 2 {
		t.Errorf("ActiveNow after the first session = %d, want 2", got)
	}
	w.book("r-5", tuesday.Add(8*time.Hour))
	if got := w.fake.Counts().MostActiveAtOnce; got != 2 {
		t.Errorf("MostActiveAtOnce = %d, want 2: a session that is over is not active", got)
	}
}
