package backend_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// Bodies that are no exam are refused, and reach nobody.
func TestBodiesAreRefused(t *testing.T) {
	t.Parallel()
	calls := 0
	var p backend.Provider
	s := newService(t, counting(&p, &calls))
	token := s.token(t, lmsA, secretA)
	path := s.sitting(t, token)
	exam := path[:strings.Index(path, "attempt/")]
	calls = 0
	replace := func(body, old, new string) string { return strings.Replace(body, old, new, 1) }
	for name, tt := range map[string][3]string{
		"a list":                  {"POST", exam, "[" + examBody + "]"},
		"null":                    {"POST", exam, "null"},
		"a text":                  {"POST", exam, `"exam"`},
		"half":                    {"POST", exam, examBody[:len(examBody)-5]},
		"two":                     {"POST", exam, examBody + examBody},
		"empty object":            {"POST", exam, "{}"},
		"a course that is none":   {"POST", exam, replace(examBody, "course-v1:edX", "course-v1:")},
		"content that is none":    {"POST", exam, replace(examBody, "block-v1:", "block-v1")},
		"a limit below zero":      {"POST", exam, replace(examBody, ": 90", ": -90")},
		"a limit of centuries":    {"POST", exam, replace(examBody, ": 90", ": 9000000000000000000")},
		"a limit of another kind": {"POST", exam, replace(examBody, ": 90", `: "90"`)},
		"a date that is none":     {"POST", exam, replace(examBody, "2027-07-01T16:00:00Z", "soon")},
		"no learner":              {"POST", exam + "attempt/", "{}"},
		"a learner by name":       {"POST", exam + "attempt/", replace(adaBody, ada, "ada")},
		"upper-case hex":          {"POST", exam + "attempt/", replace(adaBody, ada, strings.ToUpper(ada))},
		"a list of learners":      {"POST", exam + "attempt/", "[" + adaBody + "]"},
		"another status":          {"PATCH", path, `{"status": "verified"}`},
		"no status":               {"PATCH", path, `{}`},
		"status null":             {"PATCH", path, `{"status": null}`},
		"a list of statuses":      {"PATCH", path, `["started"]`},
	} {
		w := s.do(tt[0], tt[1], token, tt[2])
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", name, w.Code)
		}
		checkRefusal(t, w)
	}
	if calls != 0 {
		t.Errorf("%d of them reached the provider", calls)
	}
}

// What a platform may leave empty is read as empty.
func TestWhatMayBeEmpty(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token := s.token(t, lmsA, secretA)
	exam := member(t, s.do("POST", "/api/v1/exam/", token, `{"id":3,"course_id":"edX/DemoX/2026","content_id":"i4x://edX/DemoX/sequential/a","exam_name":"","time_limit_mins":0,
		"is_proctored":true,"is_practice_exam":true,"is_active":true,"due_date":null,"hide_after_due":false,"backend":"x","rules":{"a":true,"odd":"yes"},"of a later release":[1]}`), "id")
	w := s.do("POST", "/api/v1/exam/"+exam+"/attempt/", token, `{"time_limit_mins":0,"user_id":"`+ada+`","full_name":"","email":null,"status":"created"}`)
	if member(t, w, "id") == "" || w.Code != http.StatusOK {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if got := s.memory.Exams()[0]; !got.Due.IsZero() || got.TimeLimit != 0 || !got.Practice || len(got.Rules) != 1 || !got.Rules["a"] {
		t.Errorf("the exam is %+v", got)
	}
	due := strings.Replace(examBody, "2027-07-01T16:00:00Z", "2027-07-01T18:00:00.5+02:00", 1)
	s.do("POST", "/api/v1/exam/", token, due)
	for _, got := range s.memory.Exams() {
		if got.ID != backend.ExamID(exam) && (got.Due.String() != "2027-07-01 16:00:00.5 +0000 UTC" || got.TimeLimit != 90*time.Minute || got.LMSID != 2 || got.ReviewPolicy != "Closed book" || got.Rules["allow_notes"]) {
			t.Errorf("the exam is %+v", got)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// A body that is too large is refused after its first part, or before that, where it says how large it is.
func TestLargeBodies(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token := s.token(t, lmsA, secretA)
	for _, target := range []string{"/oauth2/access_token", "/api/v1/exam/"} {
		for _, told := range []bool{true, false} {
			read := &counted{r: io.LimitReader(zeros{}, 100<<20)}
			r := httptest.NewRequest("POST", target, read)
			r.ContentLength = -1
			if told {
				r.ContentLength = 100 << 20
			}
			r.Header.Set("Authorization", "JWT "+token)
			r.Header.Set("Content-Type", map[bool]string{true: "application/json", false: "application/x-www-form-urlencoded"}[target == "/api/v1/exam/"])
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != http.StatusRequestEntityTooLarge || read.n > 1<<20 || told && read.n > 0 || w.Header().Get("Connection") != "close" {
				t.Errorf("%s, length told %t: status %d after %d bytes", target, told, w.Code, read.n)
			}
			checkRefusal(t, w)
		}
	}
}

type counted struct {
	r io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// drip sends a body one byte a second.
type drip struct{ left int }

func (d *drip) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	time.Sleep(time.Second)
	d.left--
	p[0] = ' '
	return 1, nil
}

func (d *drip) Close() error { return nil }

// A body that drips in is answered within 5 seconds, by a server that can bound the
// time for it as by one that can't.
func TestSlowBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, nil)
		token := s.token(t, lmsA, secretA)
		request := func() *http.Request {
			r, _ := http.NewRequestWithContext(t.Context(), "POST", "http://pipe.invalid/api/v1/exam/", &drip{left: 20})
			r.Header.Set("Authorization", "JWT "+token)
			r.Header.Set("Content-Type", "application/json")
			return r
		}
		began := time.Now()
		w := httptest.NewRecorder()
		r := request()
		r.URL.Host, r.Host = "", ""
		s.ServeHTTP(w, r)
		if took := time.Since(began); took > 5*time.Second || w.Code != http.StatusServiceUnavailable {
			t.Errorf("without bounds of the server: status %d after %v", w.Code, took)
		}
		checkRefusal(t, w)

		server := proctorbooktest.Pipe(s)
		defer server.Close()
		began = time.Now()
		resp, err := server.Transport().RoundTrip(request())
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if took := time.Since(began); took > 5*time.Second || resp.StatusCode != http.StatusRequestTimeout {
			t.Errorf("with bounds of the server: status %d after %v", resp.StatusCode, took)
		}
		time.Sleep(time.Minute) // until the drips have dried
	})
}

// A body of a call that reads none delays no answer, whoever sends it.
func TestSlowBodiesThatNobodyReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, nil)
		token := s.token(t, lmsA, secretA)
		path := s.sitting(t, token)
		server := proctorbooktest.Pipe(s)
		defer server.Close()
		onboardingPath := "/api/v1/courses/" + course.String() + "/onboarding_statuses?user_id=" + ada
		for target, want := range map[string]int{
			"GET /api/v1/config/":                 200,
			"GET /api/v1/exam/7/":                 200,
			"GET " + path:                         200,
			"DELETE /api/v1/user/" + bob + "/":    200,
			"GET " + onboardingPath:               404,
			"GET " + dashboardPath("nobody", "x"): 403,
			"GET " + ofA(nil)(t):                  200,
		} {
			method, target, _ := strings.Cut(target, " ")
			r, _ := http.NewRequestWithContext(t.Context(), method, "http://pipe.invalid"+target, &drip{left: 20})
			r.Header.Set("Authorization", "JWT "+token)
			began := time.Now()
			resp, err := server.Transport().RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if took := time.Since(began); took > 5*time.Second || resp.StatusCode != want {
				t.Errorf("%s %.30s: status %d after %v, want %d within 5 s", method, target, resp.StatusCode, took, want)
			}
		}
		time.Sleep(time.Minute) // until the drips have dried
	})
}

// A body that came in time leaves the provider the rest of it, and the connection to
// the next request: the deadline for the body ends with the body.
func TestBodyDeadlineEndsWithTheBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &troubled{trouble: func(ctx context.Context) error {
			time.Sleep(3500 * time.Millisecond)
			return ctx.Err()
		}}
		s := newService(t, func(inner backend.Provider) backend.Provider { p.Provider = inner; return p })
		token := s.token(t, lmsA, secretA)
		server := proctorbooktest.Pipe(s)
		defer server.Close()
		for i := range 2 {
			reused := false
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }})
			r, _ := http.NewRequestWithContext(ctx, "POST", "http://pipe.invalid/api/v1/exam/", strings.NewReader(examBody))
			r.Header.Set("Authorization", "JWT "+token)
			r.Header.Set("Content-Type", "application/json")
			resp, err := server.Transport().RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusOK || reused != (i == 1) {
				t.Errorf("request %d, on the connection of the first %t: status %d: %s", i, reused, resp.StatusCode, body)
			}
		}
	})
}

// A body in another form is none that was asked for.
func TestBodyForms(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token := s.token(t, lmsA, secretA)
	for name, tt := range map[string]struct {
		contentType, encoding string
		status                int
	}{
		"JSON":          {"application/json; charset=utf-8", "", 200},
		"none":          {"", "", 415},
		"a form":        {"application/x-www-form-urlencoded", "", 415},
		"no media type": {"; x", "", 415},
		"compressed":    {"application/json", "gzip", 415},
	} {
		r := httptest.NewRequest("POST", "/api/v1/exam/", strings.NewReader(examBody))
		r.Header.Set("Authorization", "JWT "+token)
		r.Header.Set("Content-Type", tt.contentType)
		r.Header.Set("Content-Encoding", tt.encoding)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%s: status %d, want %d", name, w.Code, tt.status)
		}
	}
}
