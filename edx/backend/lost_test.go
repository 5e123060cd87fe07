package backend_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// lossy loses the answers to one call on their way back, as a line of method and the end
// of the path; "" is none.
type lossy struct {
	next http.RoundTripper
	call string
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	method, end, _ := strings.Cut(l.call, " ")
	if err == nil && l.call != "" && r.Method == method && strings.HasSuffix(r.URL.Path, end) {
		return nil, errors.New("the connection is lost")
	}
	return resp, err
}

// An answer that is lost is worse than a refusal: the page is an error, and the attempt
// stays at the platform as it was, while the provider has moved it on.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	c := newCampus(t)
	ctx := t.Context()
	wire := &lossy{next: proctorbooktest.InProcess(c.service)}
	c.lms.AddBackend(edxtest.Backend{Name: nameAtLMS, URL: proctorbooktest.InProcessURL, ClientID: lmsA, ClientSecret: secretA, Transport: wire})
	ada, grace := c.lms.Learner("ada", edxtest.LearningApp), c.lms.Staff("grace")
	lost := func(call string, do func() error) {
		t.Helper()
		wire.call = call
		if err := do(); err == nil {
			t.Errorf("%s: no error without an answer", call)
		}
		wire.call = ""
	}
	lost("POST /attempt/", func() error { _, err := ada.SetUp(ctx, c.exam.ID); return err })
	sitting, _ := c.sitting(c.see(ada.SetUp(ctx, c.exam.ID))("created", false).Attempt)
	lost("GET /config/", func() error { _, err := ada.Look(ctx, c.exam.ID); return err })
	lost("GET "+sitting.ExternalID+"/", func() error { _, err := ada.Look(ctx, c.exam.ID); return err })
	c.do(c.back.Callbacks.Ready(ctx, sitting.ExternalID))
	lost("PATCH "+sitting.ExternalID+"/", func() error { _, err := ada.Start(ctx, c.exam.ID); return err })
	if _, kept := c.sitting(sitting.Attempt); kept.Status != edx.AttemptStarted {
		t.Errorf("the provider has %q after a start whose answer was lost", kept.Status)
	}
	c.see(ada.Look(ctx, c.exam.ID))("ready_to_start", false)
	c.see(ada.Start(ctx, c.exam.ID))("started", true)
	lost("DELETE "+sitting.ExternalID+"/", func() error { return grace.Reset(ctx, c.exam.ID, "ada") })
	if there, here := c.sitting(sitting.Attempt); there.Removed || !here.Removed {
		t.Errorf("removed there %t and here %t, want it removed here alone", there.Removed, here.Removed)
	}
	c.do(grace.Reset(ctx, c.exam.ID, "ada"))
	wire.call = "POST /api/v1/exam/"
	if e, err := c.lms.PublishExam(ctx, edxtest.Exam{Course: course.String(), Content: strings.Replace(content.String(), "final", "late", 1), Proctored: true, Backend: nameAtLMS}); err != nil || e.ExternalID != "" {
		t.Errorf("an exam whose answer is lost = %+v, %v; want one without an id", e, err)
	}
	wire.call = ""
	c.publish("late", false)
}
