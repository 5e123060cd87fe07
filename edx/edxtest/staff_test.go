package edxtest_test

import (
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

// A review policy is saved by itself, and an exam that is no longer proctored is sent
// once more, without it.
func TestPublishingExams(t *testing.T) {
	t.Parallel()
	p, r := newRoom(t)
	publish := func(change func(*edxtest.Exam)) edxtest.Exam {
		e := edxtest.Exam{Course: logic, Content: final, Name: "Final", Minutes: 90, Proctored: true, Backend: "room"}
		change(&e)
		saved, err := p.fake.PublishExam(t.Context(), e)
		if err != nil {
			t.Error(err)
		}
		return saved
	}
	publish(func(e *edxtest.Exam) { e.ReviewPolicy = "Closed book" })
	r.expect(t, "POST /exam/e-1/", "POST /exam/e-1/")
	if e := publish(func(*edxtest.Exam) {}); e.ReviewPolicy != "" || e.ID != 1 {
		t.Errorf("exam = %+v, want exam 1 without a policy", e)
	}
	r.expect(t, "POST /exam/e-1/")
	publish(func(e *edxtest.Exam) { e.Proctored = false })
	r.expect(t, "POST /exam/e-1/")
	publish(func(e *edxtest.Exam) { e.Proctored, e.Inactive = false, true })
	r.expect(t)
}

// The dashboards and the onboarding are the staff's.
func TestWhatStaffSee(t *testing.T) {
	t.Parallel()
	p, v := newProvider(t)
	ctx := t.Context()
	p.fake.AddExam(edxtest.Exam{ID: 8, Course: logic, Content: "onboarding", Proctored: true, Practice: true, Backend: "x", ExternalID: "e8"})
	tea := p.fake.Staff("teacher")
	at, err := tea.OpenDashboard(ctx, edxtest.Dashboard{Course: logic, ExamID: 8, Attempt: "a-1", Settings: true})
	if err != nil || !strings.HasPrefix(at, "http://127.0.0.1/api/v1/instructor/id/?jwt=") {
		t.Errorf("OpenDashboard = %q, %v", at, err)
	}
	if _, err := p.fake.Staff("ada_l").OpenDashboard(ctx, edxtest.Dashboard{Course: logic}); err == nil {
		t.Error("a learner sees the dashboard")
	}
	p.mustPlay(edxtest.VariantOnboardingProfiles, "on")
	profiles := "GET /api/v1/courses/" + logic + "/onboarding_statuses"
	v.bodies[profiles] = `{"status":"expired","expiration_date":"2051-05-21"}`
	one, err := tea.Onboarding(ctx, logic, "ada_l")
	if want := (edxtest.Onboarding{Username: "ada_l", Status: "expired", Expires: "2051-05-21"}); err != nil || one != want {
		t.Errorf("Onboarding = %+v, %v; want %+v", one, err, want)
	}
	v.bodies[profiles] = `{"results":[]}`
	for want, statuses := range map[int][]string{1: {"not_started"}, 0: {"pending", "expired"}} {
		if rows, err := tea.Onboardings(ctx, logic, statuses...); err != nil || len(rows) != want {
			t.Errorf("%s: %+v, %v; want %d who has not started", statuses, rows, err, want)
		}
	}
}
