package backend_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/proctorbook/proctorbook/edx/backend"
)

// A provider that hangs and does not look at its context is left with so many calls
// and no more. Its other calls, and other platforms, are served all the while, and so
// is the same call once it answers again.
func TestCallsThatHangDoNotPileUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		var hanging atomic.Int64
		p := &troubled{trouble: func(context.Context) error { return nil }}
		var busy atomic.Int64
		s := newService(t, func(inner backend.Provider) backend.Provider { p.Provider = inner; return p },
			backend.WithErrorFunc(func(_ context.Context, f backend.Failure) {
				if strings.Contains(f.Err.Error(), f.Call+": 256 calls") {
					busy.Add(1)
				}
			}))
		token, other := s.token(t, lmsA, secretA), s.token(t, lmsB, secretB)
		path, others := s.sitting(t, token), s.sitting(t, other)
		var hangs atomic.Bool
		hangs.Store(true)
		p.trouble = func(context.Context) error {
			if !hangs.Load() {
				return nil
			}
			hanging.Add(1)
			<-end
			return nil
		}
		began := time.Now()
		for range 300 {
			go s.do("GET", path, token, "")
		}
		time.Sleep(10 * time.Second)
		for range 10 {
			if w := s.do("GET", path, token, ""); w.Code != http.StatusServiceUnavailable {
				t.Errorf("one more: status %d, want 503", w.Code)
			}
		}
		if took := time.Since(began); hanging.Load() != 256 || took > 15*time.Second {
			t.Errorf("%d calls hang after %v, want 256, and an answer at once to those after them", hanging.Load(), took)
		}
		hangs.Store(false)
		for target, bearer := range map[string]string{"PATCH " + path: token, "GET " + others: other, "GET /api/v1/config/": token} {
			method, path, _ := strings.Cut(target, " ")
			body := map[string]string{"PATCH": `{"status": "started"}`}[method]
			if w := s.do(method, path, bearer, body); w.Code != http.StatusOK {
				t.Errorf("%s beside those that hang: status %d", target, w.Code)
			}
		}
		close(end)
		synctest.Wait()
		if w := s.do("GET", path, token, ""); w.Code != http.StatusOK {
			t.Errorf("after the end of those that hung: status %d", w.Code)
		}
		if busy.Load() != 300+10-256 {
			t.Errorf("the operator was told of %d calls that found no place", busy.Load())
		}
	})
}

// So it is with a link memory that hangs, and the exams go on beside it.
func TestLinksThatHangDoNotPileUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := &hangingMemory{end: make(chan struct{})}
		defer close(memory.end)
		s := newService(t, nil, backend.WithLinkMemory(memory))
		token := s.token(t, lmsA, secretA)
		path := s.sitting(t, token)
		for i := range 300 {
			link := ofA(jwt.MapClaims{"jti": strconv.Itoa(i)})(t)
			go s.do("GET", link, "", "")
		}
		time.Sleep(10 * time.Second)
		if n := memory.hanging.Load(); n != 256 {
			t.Errorf("%d links hang, want 256", n)
		}
		if w := s.do("GET", path, token, ""); w.Code != http.StatusOK {
			t.Errorf("a set-up page beside them: status %d", w.Code)
		}
	})
}

type hangingMemory struct {
	end     chan struct{}
	hanging atomic.Int64
}

func (m *hangingMemory) Use(context.Context, backend.LinkID, time.Time, time.Time) (bool, error) {
	m.hanging.Add(1)
	<-m.end
	return true, nil
}

// Who is told of errors and hangs delays no answer beyond its time, and is left with so
// many errors and no more.
func TestAnErrorFuncThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		var hanging atomic.Int64
		p := &troubled{trouble: func(context.Context) error { return nil }}
		s := newService(t, func(inner backend.Provider) backend.Provider { p.Provider = inner; return p },
			backend.WithErrorFunc(func(context.Context, backend.Failure) { hanging.Add(1); <-end }))
		token := s.token(t, lmsA, secretA)
		path := s.sitting(t, token)
		p.trouble = func(context.Context) error { return errors.New("the database is away") }
		began := time.Now()
		var answered atomic.Int64
		for range 600 {
			go func() {
				if w := s.do("GET", path, token, ""); w.Code == http.StatusServiceUnavailable {
					answered.Add(1)
				}
			}()
		}
		time.Sleep(5 * time.Second)
		if answered.Load() != 600 || hanging.Load() > 256 {
			t.Errorf("after %v %d of 600 calls are answered, and %d errors hang", time.Since(began), answered.Load(), hanging.Load())
		}
		close(end)
	})
}

// The provider's context ends while there is still time to say so, and the operator is told
// of an answer that came too late.
func TestLateAnswersAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		told := make(chan string, 10)
		p := &troubled{trouble: func(context.Context) error { return nil }}
		s := newService(t, func(inner backend.Provider) backend.Provider { p.Provider = inner; return p },
			backend.WithErrorFunc(func(_ context.Context, f backend.Failure) { told <- f.Call + ", " + f.Err.Error() }))
		token := s.token(t, lmsA, secretA)
		path := s.sitting(t, token)
		p.trouble = func(ctx context.Context) error {
			began := time.Now()
			<-ctx.Done()
			if took := time.Since(began); took != 4*time.Second {
				t.Errorf("the provider's context ended after %v, want 4 s", took)
			}
			time.Sleep(time.Second)
			return nil
		}
		s.do("PATCH", path, token, `{"status": "started"}`)
		if got := <-told; !strings.HasPrefix(got, "report attempt, backend: report attempt: no answer of the provider in time") {
			t.Errorf("told of %q", got)
		}
		time.Sleep(time.Minute) // until the provider has given up
	})
}

// brokenLog is a logger's handler with a bug.
type brokenLog struct{ slog.Handler }

func (brokenLog) Handle(context.Context, slog.Record) error { panic("a bug of the log") }

// A log that panics takes no answer along, and no process.
func TestALogThatPanics(t *testing.T) {
	t.Parallel()
	p := &troubled{trouble: func(context.Context) error { return nil }}
	s := newService(t, func(inner backend.Provider) backend.Provider { p.Provider = inner; return p },
		backend.WithLogger(slog.New(brokenLog{slog.NewTextHandler(io.Discard, nil)})))
	token := s.token(t, lmsA, secretA)
	path := s.sitting(t, token)
	for name, trouble := range map[string]func(context.Context) error{
		"a panic":  func(context.Context) error { panic("a bug") },
		"an error": func(context.Context) error { return errors.New("the database is away") },
	} {
		p.trouble = trouble
		w := s.do("GET", path, token, "")
		if w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: status %d", name, w.Code)
		}
		checkRefusal(t, w)
	}
}

// A dashboard's status is one that a server can send, and what has no body has none.
func TestOddStatusesOfDashboards(t *testing.T) {
	t.Parallel()
	statuses := []int{}
	s := newService(t, nil, backend.WithDashboard(func(w http.ResponseWriter, _ *http.Request, _ backend.Dashboard) {
		for _, status := range statuses {
			w.WriteHeader(status)
		}
		_, _ = io.WriteString(w, "a page")
	}))
	for i, tt := range []struct {
		statuses []int
		want     int
		body     string
	}{
		{nil, 200, "a page"},
		{[]int{0}, 503, ""}, {[]int{99}, 503, ""}, {[]int{1000}, 503, ""}, {[]int{-1}, 503, ""},
		{[]int{103, 404}, 404, "a page"}, {[]int{103}, 200, "a page"}, {[]int{404, 0}, 404, "a page"},
		{[]int{204}, 204, "-"}, {[]int{304}, 304, "-"},
	} {
		statuses = tt.statuses
		w := s.do("GET", ofA(jwt.MapClaims{"jti": "odd" + strconv.Itoa(i)})(t), "", "")
		hasLength := w.Header().Get("Content-Length") != ""
		if w.Code != tt.want || tt.body == "-" && (w.Body.Len() != 0 || hasLength) || tt.body != "-" && (!strings.Contains(w.Body.String(), tt.body) || !hasLength) {
			t.Errorf("%v: status %d, %q, want %d, %q", tt.statuses, w.Code, w.Body, tt.want, tt.body)
		}
	}
}

// A language has one set of texts, and they are those that the handler was made with.
func TestTextsAreFixed(t *testing.T) {
	t.Parallel()
	_, err := backend.NewHandler(backend.NewMemory(nil), platforms(), backend.WithInstructions(map[string]backend.Instructions{
		"pt_BR": {Exam: []string{"Boa sorte."}}, "pt-br": {Exam: []string{"Boa prova."}},
	}))
	if err == nil || !strings.Contains(err.Error(), "pt-br") {
		t.Errorf("two sets of texts in one language: %v", err)
	}
	table := map[string]backend.Instructions{"en": {Exam: []string{"Good luck."}}}
	s := newService(t, nil, backend.WithInstructions(table))
	token := s.token(t, lmsA, secretA)
	path := s.sitting(t, token)
	table["en"].Exam[0] = "<b>"
	if _, texts := pageOf(t, s, path, token, "en"); texts[0] != "Good luck." {
		t.Errorf("the texts have become %q", texts)
	}
}

// Whoever makes URLs may look into the Memory for them.
func TestMemoryURLsMayLookIntoIt(t *testing.T) {
	t.Parallel()
	var m *backend.Memory
	m = backend.NewMemory(func(backend.AttemptRef) string { return ownPages + strconv.Itoa(len(m.Attempts())) })
	h, err := backend.NewHandler(m, platforms())
	if err != nil {
		t.Fatal(err)
	}
	s := &service{Handler: h}
	token := s.token(t, lmsA, secretA)
	path := s.sitting(t, token)
	if w := s.do("GET", path, token, ""); member(t, w, "download_url") != ownPages+"1" {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// JSON as no platform writes it is read as JSON, or refused: never an error of ours.
func TestOddJSON(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token := s.token(t, lmsA, secretA)
	exam := strings.SplitAfter(s.sitting(t, token), "attempt/")[0]
	replace := func(body, old, new string) string { return strings.Replace(body, old, new, 1) }
	for name, tt := range map[string]struct {
		path, body string
		want       int
	}{
		"a byte order mark":             {exam, "\ufeff" + adaBody, 400},
		"a member twice":                {exam, replace(adaBody, "{", `{"full_name": "Bob",`), 200},
		"an id twice, once of none":     {exam, replace(adaBody, `"status"`, `"user_id": "bob", "status"`), 400},
		"deep":                          {exam, `{"user_id":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}", 400},
		"deep, in a member of no use":   {exam, replace(adaBody, "{", `{"later":`+strings.Repeat("[", 9000)+strings.Repeat("]", 9000)+","), 200},
		"a number without end":          {exam, replace(adaBody, "105", "1"+strings.Repeat("0", 200_000)), 400},
		"a huge exponent":               {exam, replace(adaBody, "105", "1e999999999"), 400},
		"half a character in a name":    {exam, replace(adaBody, "Ada", "Ad\xc3"), 200},
		"half a surrogate in a name":    {exam, replace(adaBody, "Ada", `\ud800`), 200},
		"half a character in an id":     {exam, replace(adaBody, "461807", "46180\xc3"), 400},
		"half a character in a course":  {"/api/v1/exam/", replace(examBody, "Demo_Course", "Demo\xc3"), 400},
		"a zero byte in a course":       {"/api/v1/exam/", replace(examBody, "Demo_Course", `Demo\u0000`), 400},
		"a line feed in a course":       {"/api/v1/exam/", replace(examBody, "Demo_Course", `Demo\n`), 400},
		"a course that climbs":          {"/api/v1/exam/", replace(examBody, "Demo_Course", `../x`), 400},
		"a zero byte in the content":    {"/api/v1/exam/", replace(examBody, "block@final", `block@\u0000`), 400},
		"rules that are a list":         {"/api/v1/exam/", replace(examBody, `{"allow_notes": false}`, "[]"), 400},
		"a year that can't be written":  {"/api/v1/exam/", replace(examBody, "2027-", "12027-"), 400},
		"one that can't be once in UTC": {"/api/v1/exam/", replace(examBody, "2027-07-01T16:00:00Z", "9999-12-31T23:59:59-12:00"), 400},
		"one before all years":          {"/api/v1/exam/", replace(examBody, "2027-07-01T16:00:00Z", "0000-01-01T00:00:00Z"), 400},
		"a number of an exam, too long": {"/api/v1/exam/", replace(examBody, `"id": 2`, `"id": 99999999999999999999`), 400},
	} {
		w := s.do("POST", tt.path, token, tt.body)
		if w.Code != tt.want {
			t.Errorf("%s: status %d, want %d", name, w.Code, tt.want)
		}
		if tt.want != http.StatusOK {
			checkRefusal(t, w)
		}
	}
}

// A header that is too long for languages has none, not even half of one.
func TestALongAcceptLanguage(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token := s.token(t, lmsA, secretA)
	if _, texts := pageOf(t, s, s.sitting(t, token), token, strings.Repeat("de;", 66)+"frp"); !strings.HasPrefix(texts[0], "A proctor") {
		t.Errorf("for half of a tag: %q", texts[0])
	}
}
