package backend_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
)

// desk is a whole provider, of one process: it lets everybody in and books nothing.
// Of learners it keeps no more than the ids of their attempts, which are hashes. It has
// a PlatformID by ExamID, and an edx.AttemptStatus by AttemptRef.
type desk struct{ exams, attempts sync.Map }

func (d *desk) SaveExam(_ context.Context, exam backend.Exam) error {
	d.exams.Store(exam.ID, exam.Platform)
	return nil
}

// Register takes the first attempt that is not there yet, or of which nothing was reported.
func (d *desk) Register(_ context.Context, r backend.Registration) (backend.AttemptID, error) {
	if owner, _ := d.exams.Load(r.Exam); owner != r.Platform {
		return "", backend.ErrNotFound
	}
	for n := 0; ; n++ {
		ref := backend.AttemptRef{Platform: r.Platform, Exam: r.Exam, Attempt: backend.NewAttemptID(r.Exam, r.Learner.ID, n)}
		if status, _ := d.attempts.LoadOrStore(ref, edx.AttemptCreated); status == edx.AttemptCreated {
			return ref.Attempt, nil
		}
	}
}

func (d *desk) SetUp(_ context.Context, ref backend.AttemptRef) (backend.SetUp, error) {
	status, known := d.attempts.Load(ref)
	if !known || status == removed {
		return backend.SetUp{}, backend.ErrNotFound
	}
	return backend.SetUp{Status: status.(edx.AttemptStatus), URL: "https://exams.example.org/setup?attempt=" + string(ref.Attempt)}, nil
}

// Report moves an attempt on. What comes late moves nothing.
func (d *desk) Report(_ context.Context, ref backend.AttemptRef, to edx.AttemptStatus) error {
	for at, known := d.attempts.Load(ref); known; at, known = d.attempts.Load(ref) {
		if order[to] <= order[at.(edx.AttemptStatus)] || d.attempts.CompareAndSwap(ref, at, to) {
			return nil
		}
	}
	return backend.ErrNotFound
}

func (d *desk) Remove(ctx context.Context, ref backend.AttemptRef) error {
	return d.Report(ctx, ref, removed)
}

func (d *desk) Retire(context.Context, backend.PlatformID, backend.UserID) (bool, error) {
	return true, nil
}

const removed edx.AttemptStatus = "removed"

var order = map[edx.AttemptStatus]int{edx.AttemptCreated: 1, edx.AttemptStarted: 2, edx.AttemptError: 3, edx.AttemptSubmitted: 4, removed: 5}

// A provider of six methods, and the server in front of it.
func Example() {
	handler, err := backend.NewHandler(&desk{}, []backend.Platform{
		{ID: "north", ClientID: "lms-north", Secrets: []backend.Secret{"0Rrf7LxW4bTz-example-2vQ"}},
	}, backend.WithConfig(backend.Config{Name: "Exam office", URL: "https://exams.example.org/"}))
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(handler) // you: http.Server, with a certificate and time-outs of its own
	defer server.Close()

	resp, err := http.Post(server.URL+"/oauth2/access_token", "application/x-www-form-urlencoded", strings.NewReader(
		"grant_type=client_credentials&client_id=lms-north&client_secret=0Rrf7LxW4bTz-example-2vQ&token_type=jwt"))
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 200 OK
}
