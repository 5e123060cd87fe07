package backend_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
)

// An error is counted and moves nothing, a report that comes late changes nothing, and
// a removed attempt is not there any more.
func TestMemoryReports(t *testing.T) {
	t.Parallel()
	m := backend.NewMemory(nil)
	exam := backend.Exam{Platform: "north", ID: backend.NewExamID("north", course, content)}
	if err := m.SaveExam(t.Context(), exam); err != nil {
		t.Fatal(err)
	}
	id, err := m.Register(t.Context(), backend.Registration{Platform: "north", Exam: exam.ID, Learner: backend.Person{ID: ada}})
	if err != nil {
		t.Fatal(err)
	}
	ref := backend.AttemptRef{Platform: "north", Exam: exam.ID, Attempt: id}
	for i, tt := range []struct {
		report, want edx.AttemptStatus
		errors       int
	}{
		{edx.AttemptError, edx.AttemptCreated, 1}, {edx.AttemptStarted, edx.AttemptStarted, 1}, {edx.AttemptError, edx.AttemptStarted, 2},
		{edx.AttemptStarted, edx.AttemptStarted, 2}, {edx.AttemptSubmitted, edx.AttemptSubmitted, 2}, {edx.AttemptStarted, edx.AttemptSubmitted, 2},
	} {
		err := m.Report(t.Context(), ref, tt.report)
		if got := m.Attempts()[0]; err != nil || got.Status != tt.want || got.Errors != tt.errors {
			t.Errorf("report %d: %s, %d errors, %v, want %s and %d", i, got.Status, got.Errors, err, tt.want, tt.errors)
		}
	}
	for range 2 {
		if err := m.Remove(t.Context(), ref); err != nil {
			t.Errorf("Remove: %v", err)
		}
	}
	_, err = m.SetUp(t.Context(), ref)
	if again := m.Report(t.Context(), ref, edx.AttemptStarted); !errors.Is(err, backend.ErrNotFound) || !errors.Is(again, backend.ErrNotFound) {
		t.Errorf("removed: %v and %v, want ErrNotFound", err, again)
	}
	ref.Attempt = "never"
	if err := m.Remove(t.Context(), ref); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Remove of what never was: %v, want ErrNotFound", err)
	}
}

// A learner in the middle of an exam is forgotten when it is over, and never asked
// for again.
func TestRetirement(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token := s.token(t, lmsA, secretA)
	path := s.sitting(t, token)
	retire := func() string { return s.do("DELETE", "/api/v1/user/"+ada+"/", token, "").Body.String() }
	s.do("PATCH", path, token, `{"status": "started"}`)
	if got := retire(); got != "false" {
		t.Errorf("during the exam: %s, want false", got)
	}
	if attemptsOf(s, "north")[0].name == "" {
		t.Error("a learner was forgotten during the exam")
	}
	if got := s.do("DELETE", "/api/v1/user/"+ada+"/", s.token(t, lmsB, secretB), "").Body.String(); got != "true" {
		t.Errorf("the other platform's learner of the same id: %s, want true", got)
	}
	s.do("PATCH", path, token, `{"status": "error"}`) // with which the platform has ended it
	if left := attemptsOf(s, "north")[0]; left.name != "" || strings.Contains(fmt.Sprintf("%#v", left), "Ada") {
		t.Errorf("after the exam %+v is left", left)
	}
	if got := retire(); got != "true" {
		t.Errorf("after the exam: %s, want true", got)
	}
	w := s.do("POST", path[:strings.Index(path, "/attempt/")]+"/attempt/", token, adaBody)
	if w.Code != 403 {
		t.Errorf("a retired learner registers: status %d, want 403", w.Code)
	}
	checkRefusal(t, w)
	if got := s.do("DELETE", "/api/v1/user/"+bob+"/", token, "").Body.String(); got != "true" {
		t.Errorf("who never was here: %s, want true", got)
	}
}
