package edx_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
)

const (
	readyRoute    = "POST" + special + "attempt/ext-att-1/ready"
	reviewedRoute = "POST" + special + "attempt/ext-att-1/reviewed"
)

// What the platform answers to the two callbacks, as it was recorded.
func TestCallbackAnswers(t *testing.T) {
	t.Parallel()
	unknown := `{"detail":"Attempted to access exam attempt with external_id=nope but it does not exist."}`
	for name, tt := range map[string]struct {
		route  string
		status int
		body   string
		want   []error // nil is success
	}{
		"ready":                         {readyRoute, 200, `"OK"`, nil},
		"ready, no such attempt":        {readyRoute, 404, `"You have entered an exam code that is not valid."`, []error{edx.ErrNotFound, proctorbook.ErrNotDone}},
		"ready, a bad token":            {readyRoute, 403, `{"detail":"Error decoding token."}`, []error{edx.ErrUnauthorized, proctorbook.ErrNotDone}},
		"ready, somebody else's answer": {readyRoute, 200, `{"status":"ok"}`, []error{edx.ErrNotJSON, proctorbook.ErrOutcomeUnknown}},
		"reviewed":                      {reviewedRoute, 200, `"OK"`, nil},
		"reviewed, not in the group":    {reviewedRoute, 403, ``, []error{edx.ErrNotReviewer, edx.ErrForbidden, proctorbook.ErrNotDone}},
		"reviewed, a bad token":         {reviewedRoute, 403, `{"detail":"Error decoding token."}`, []error{edx.ErrUnauthorized, proctorbook.ErrNotDone}},
		"reviewed, no such attempt":     {reviewedRoute, 400, unknown, []error{edx.ErrNotFound, proctorbook.ErrNotDone}},
		"reviewed, a bad status":        {reviewedRoute, 400, `{"detail":"Suspicious"}`, []error{proctorbook.ErrNotDone}},
		"reviewed, not proctored":       {reviewedRoute, 412, `"Exam no longer proctored"`, []error{edx.ErrNotProctored, proctorbook.ErrNotDone}},
		"reviewed, a crash":             {reviewedRoute, 500, serverErrorPage, []error{edx.ErrUnavailable, proctorbook.ErrOutcomeUnknown}},
	} {
		p := newLMS(t)
		p.reply(tt.route, tt.status, "application/json", tt.body)
		call := func(c *edx.Client) error { return c.Callbacks.Ready(t.Context(), "ext-att-1") }
		if tt.route == reviewedRoute {
			call = func(c *edx.Client) error {
				return c.Callbacks.Reviewed(t.Context(), "ext-att-1", edx.Review{Verdict: edx.VerdictPassed})
			}
		}
		err := call(p.client(t))
		if (err == nil) != (tt.want == nil) {
			t.Errorf("%s: error = %v", name, err)
		}
		for _, want := range tt.want {
			if !errors.Is(err, want) {
				t.Errorf("%s: error = %v, want %v", name, err, want)
			}
		}
		if tt.status == 500 && p.count(tt.route) != 1 {
			t.Errorf("%s: sent %d times, and could have overwritten a later verdict", name, p.count(tt.route))
		}
	}
}

// FuzzCallbackAnswers checks that a callback succeeded only if the platform said so, in
// the one way that it has, and that all else is an *edx.Error.
func FuzzCallbackAnswers(f *testing.F) {
	statuses := []int{200, 201, 204, 400, 401, 403, 404, 412, 429, 500}
	for i, body := range []string{`"OK"`, "", `{"detail":"may_i_review"}`, `{"detail":"Error decoding token."}`, "", "null", `"Exam no longer proctored"`, `["OK"]`, ` "OK" `, `{"detail":"x does not exist."}`} {
		f.Add(uint8(i), []byte(body))
		f.Add(uint8(0), []byte(body))
		f.Add(uint8(3), []byte(body))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		rt := canned{statuses[int(which)%len(statuses)], body}
		client, err := edx.NewClient("https://lms.example.org", edx.WithTransport(rt), edx.WithLimiter(noLimit{}), edx.WithRetries(1, 0, 0),
			edx.WithClock(newClock()), edx.WithTokenSource(tokenOf("t")))
		if err != nil {
			t.Fatal(err)
		}
		said := strings.TrimSpace(string(body)) == `"OK"` && rt.status < 300
		for name, err := range map[string]error{
			"Ready":    client.Callbacks.Ready(t.Context(), "ext-att-1"),
			"Reviewed": client.Callbacks.Reviewed(t.Context(), "ext-att-1", edx.Review{Verdict: edx.VerdictPassed}),
		} {
			if _, ok := errors.AsType[*edx.Error](err); (err == nil) != said || err != nil && !ok {
				t.Errorf("%s: status %d, %q: error = %v", name, rt.status, body, err)
			}
		}
		if err := client.Callbacks.MayReview(t.Context(), "ext-att-1"); err == nil && !said && rt.status != 400 {
			t.Errorf("MayReview: status %d, %q is a yes", rt.status, body)
		}
	})
}

// A review is sent as the platform reads it: each comment with its text and status,
// times in whole seconds, the recording where it is kept.
func TestReviewOnTheWire(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		review edx.Review
		want   string
	}{
		"passed": {edx.Review{Verdict: edx.VerdictPassed}, `{"status":"passed","comments":[]}`},
		"all": {
			edx.Review{
				Verdict: edx.VerdictSuspicious, ReviewedBy: "staff@example.org", VideoURL: "https://exams.example.org/v/1",
				Comments: []edx.ReviewComment{{Text: "A second person", Status: "Suspicious", Start: 123 * time.Second, Stop: 144 * time.Second, Duration: 21 * time.Second}},
			},
			`{"status":"suspicious","comments":[{"comment":"A second person","status":"Suspicious","start":123,"stop":144,"duration":21}],
			"reviewed_by":"staff@example.org","payload":{"videoReviewLink":"https://exams.example.org/v/1"}}`,
		},
	} {
		p := newLMS(t)
		p.json(reviewedRoute, `"OK"`)
		if err := p.client(t).Callbacks.Reviewed(t.Context(), "ext-att-1", tt.review); err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := errors.Join(json.Unmarshal([]byte(p.requests(reviewedRoute)[0].body), &got), json.Unmarshal([]byte(tt.want), &want)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: sent %v, want %v, %v", name, got, want, err)
		}
		if text := fmt.Sprintf("%+v %#v", tt.review, tt.review.Comments); strings.Contains(text, "staff@") || strings.Contains(text, "second") {
			t.Errorf("%s: printed as %s", name, text)
		}
	}
}

// What would crash the platform, or reach no attempt, is not sent.
func TestCallbackInput(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	service := p.client(t).Callbacks
	comment := func(c edx.ReviewComment) edx.Review {
		return edx.Review{Verdict: edx.VerdictPassed, Comments: []edx.ReviewComment{c}}
	}
	for name, err := range map[string]error{
		"no id":           service.Ready(t.Context(), ""),
		"an odd id":       service.Ready(t.Context(), "a.b/c"),
		"no verdict":      service.Reviewed(t.Context(), "a", edx.Review{}),
		"another verdict": service.Reviewed(t.Context(), "a", edx.Review{Verdict: "Suspicious"}),
		"no text":         service.Reviewed(t.Context(), "a", comment(edx.ReviewComment{Status: "ok"})),
		"no status":       service.Reviewed(t.Context(), "a", comment(edx.ReviewComment{Text: "ok"})),
		"half a second":   service.Reviewed(t.Context(), "a", comment(edx.ReviewComment{Text: "x", Status: "ok", Start: time.Second / 2})),
		"a time before":   service.Reviewed(t.Context(), "a", comment(edx.ReviewComment{Text: "x", Status: "ok", Stop: -time.Second})),
		"took, odd id":    second(service.ReadyTook(t.Context(), cs101, "é", "")),
		"took, no course": second(service.ReadyTook(t.Context(), edx.CourseKey{}, "a", "")),
	} {
		if _, ok := errors.AsType[*proctorbook.ValidationError](err); !ok {
			t.Errorf("%s: error = %v, want a *ValidationError", name, err)
		}
	}
	if got := p.count(tokenRoute); got != 0 {
		t.Errorf("%d tokens were asked for", got)
	}
}

func second(_ bool, err error) error { return err }

// The fake takes the callbacks as the platform does: a ready that the attempt's
// state does not allow is answered alike, and only reading it back tells.
func TestReadyOnTheFake(t *testing.T) {
	t.Parallel()
	for status, took := range map[string]bool{
		"created": true, "download_software_clicked": true, "ready_to_start": true, "started": true,
		"submitted": false, "verified": false, "declined": false, "error": false,
	} {
		w := newWorld(t)
		w.AddAttempt(edxtest.Attempt{ID: 77, ExamID: 8, Username: username, Status: status, Started: w.now.Now(), Proctored: true, ExternalID: "att-77"})
		for i := range 60 { // newer attempts of others, on three pages
			other := fmt.Sprint("learner", i)
			w.AddUser(edxtest.User{Username: other})
			w.AddAttempt(edxtest.Attempt{ExamID: 9, Username: other, Status: "created"})
		}
		client := w.client(t, "staff")
		if err := client.Callbacks.Ready(t.Context(), "att-77"); err != nil {
			t.Fatal(err)
		}
		for search, requests := range map[string]int{"": 3, username: 1} {
			before := groupedRequests(w)
			got, err := client.Callbacks.ReadyTook(t.Context(), cs101, "att-77", search)
			if err != nil || got != took || groupedRequests(w)-before != requests {
				t.Errorf("%s, search %q: took %t, %v, %d requests, want %t, %d", status, search, got, err, groupedRequests(w)-before, took, requests)
			}
		}
		_, err := client.Callbacks.ReadyTook(t.Context(), cs101, "att-78", "")
		if !errors.Is(err, edx.ErrNotFound) || !errors.Is(client.Callbacks.Ready(t.Context(), "att-78"), edx.ErrNotFound) {
			t.Errorf("no such attempt: error = %v, want ErrNotFound", err)
		}
	}
}

// groupedRequests counts the requests for pages of attempts.
func groupedRequests(w *world) (n int) {
	for route, count := range w.Counts().Requests {
		if strings.Contains(route, "attempt/grouped/") {
			n += count
		}
	}
	return n
}

// Verdicts come from staff and from the provider's reviewers; the last one counts.
func TestReviewsOnTheFake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AddUser(edxtest.User{Username: "proctor", Email: "proctor@example.org", Groups: []string{"acme_review"}})
	w.AddClient("proctor", "proctors-secret", "proctor")
	exam := w.AddExam(edxtest.Exam{Course: cs101.String(), Content: strings.Replace(examUsage, "final", "oral", 1), Name: "Oral", Minutes: 30, Proctored: true, Backend: "acme"})
	attempt := w.AddAttempt(edxtest.Attempt{ExamID: exam, Username: username, Status: "submitted", Proctored: true, ExternalID: "att-9"})
	proctor, err := edx.NewClient(w.url, edx.WithClientCredentials("proctor", "proctors-secret"), edx.WithLimiter(noLimit{}), edx.WithClock(w.now))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		client *edx.Client
		review edx.Review
		err    error
		status string
	}{
		{w.client(t, "bob"), edx.Review{Verdict: edx.VerdictPassed}, edx.ErrNotReviewer, "submitted"},
		{proctor, edx.Review{Verdict: edx.VerdictSuspicious}, nil, "second_review_required"},
		{proctor, edx.Review{Verdict: edx.VerdictViolation, ReviewedBy: "proctor@example.org"}, nil, "rejected"},
		{w.client(t, "staff"), edx.Review{Verdict: edx.VerdictPassed}, nil, "verified"},
		{proctor, edx.Review{Verdict: edx.VerdictNotReviewed}, nil, "error"},
	} {
		err := tt.client.Callbacks.Reviewed(t.Context(), "att-9", tt.review)
		if got, _ := w.Attempt(attempt); !errors.Is(err, tt.err) || got.Status != tt.status {
			t.Errorf("%s: status %s, %v, want %s, %v", tt.review.Verdict, got.Status, err, tt.status, tt.err)
		}
	}
}

// Whether verdicts may be given is found out without giving one.
func TestMayReviewOnTheFake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AddUser(edxtest.User{Username: "proctor", Groups: []string{"acme_review"}})
	w.AddClient("proctor", "proctors-secret", "proctor")
	exam := w.AddExam(edxtest.Exam{Course: cs101.String(), Content: strings.Replace(examUsage, "final", "oral", 1), Name: "Oral", Minutes: 30, Proctored: true, Backend: "acme"})
	attempt := w.AddAttempt(edxtest.Attempt{ExamID: exam, Username: username, Status: "submitted", Proctored: true, ExternalID: "att-9"})
	proctor, err := edx.NewClient(w.url, edx.WithClientCredentials("proctor", "proctors-secret"), edx.WithLimiter(noLimit{}), edx.WithClock(w.now))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		client *edx.Client
		id     string
		want   error
	}{
		{proctor, "att-9", nil}, {w.client(t, "staff"), "att-9", nil}, {w.client(t, "bob"), "att-9", edx.ErrNotReviewer},
		{proctor, "att-10", edx.ErrNotFound},
	} {
		if err := tt.client.Callbacks.MayReview(t.Context(), tt.id); !errors.Is(err, tt.want) {
			t.Errorf("MayReview(%s) = %v, want %v", tt.id, err, tt.want)
		}
	}
	if got, _ := w.Attempt(attempt); got.Status != "submitted" {
		t.Errorf("the question has made the attempt %s", got.Status)
	}
}
