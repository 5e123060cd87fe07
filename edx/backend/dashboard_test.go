package backend_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/proctorbook/proctorbook/edx/backend"
)

// link returns the claims of a platform's link, with some changed.
func link(changed jwt.MapClaims) jwt.MapClaims {
	claims := jwt.MapClaims{
		"course_id": course.String(), "iss": lmsA, "jti": "24837b613849463cbc9545e6236c2cb5", "exp": float64(recordedAt.Unix()) + 60.1521392,
		"user": map[string]any{"id": ada, "full_name": "Staff Personal", "email": "personal@example.org"},
	}
	maps.Copy(claims, changed)
	for name, value := range changed {
		if value == nil {
			delete(claims, name)
		}
	}
	return claims
}

func signed(t testing.TB, secret string, claims jwt.MapClaims) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func dashboardPath(client, token string) string {
	return "/api/v1/instructor/" + client + "/?jwt=" + token
}

// A link that its platform has not signed, for this platform and this minute, is
// refused, by a page that holds nothing of it.
func TestDashboardLinks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		path func(testing.TB) string
		want int
	}{
		"right":               {ofA(nil), 200},
		"a whole second":      {ofA(jwt.MapClaims{"exp": recordedAt.Unix() + 60}), 200},
		"the fake's mark":     {ofA(jwt.MapClaims{"jti": "9282394b0d11cce3c7b892af13fe038614eeb4f5"}), 200},
		"a clock that is off": {ofA(jwt.MapClaims{"exp": recordedAt.Unix() - 9}), 200},
		"expired":             {ofA(jwt.MapClaims{"exp": recordedAt.Unix() - 11}), 403},
		"without an end":      {ofA(jwt.MapClaims{"exp": nil}), 403},
		"for a year":          {ofA(jwt.MapClaims{"exp": recordedAt.AddDate(1, 0, 0).Unix()}), 403},
		"an end beyond time":  {ofA(jwt.MapClaims{"exp": 1e300}), 403},
		"an end in words":     {ofA(jwt.MapClaims{"exp": "soon"}), 403},
		"without a mark":      {ofA(jwt.MapClaims{"jti": nil}), 403},
		"an odd mark":         {ofA(jwt.MapClaims{"jti": "../personal"}), 403},
		"of another issuer":   {ofA(jwt.MapClaims{"iss": lmsB}), 403},
		"without an issuer":   {ofA(jwt.MapClaims{"iss": nil}), 403},
		"without a course":    {ofA(jwt.MapClaims{"course_id": nil}), 403},
		"a course by name":    {ofA(jwt.MapClaims{"course_id": "personal"}), 403},
		"without a person":    {ofA(jwt.MapClaims{"user": nil}), 403},
		"an odd exam":         {ofA(jwt.MapClaims{"exam_id": "a/b"}), 403},
		"an odd attempt":      {ofA(jwt.MapClaims{"attempt_id": "<b>"}), 403},
		"another's secret":    {func(t testing.TB) string { return dashboardPath(lmsA, signed(t, secretB, link(nil))) }, 403},
		"at another client":   {func(t testing.TB) string { return dashboardPath(lmsB, signed(t, secretA, link(nil))) }, 403},
		"at no client":        {func(t testing.TB) string { return dashboardPath("nobody", signed(t, secretA, link(nil))) }, 403},
		"two tokens":          {func(t testing.TB) string { return ofA(nil)(t) + "&jwt=x" }, 403},
		"no token":            {func(testing.TB) string { return dashboardPath(lmsA, "") }, 403},
		"what is none":        {func(testing.TB) string { return dashboardPath(lmsA, "personal.personal.personal") }, 403},
		"not signed": {func(t testing.TB) string {
			text, err := jwt.NewWithClaims(jwt.SigningMethodNone, link(nil)).SignedString(jwt.UnsafeAllowNoneSignatureType)
			if err != nil {
				t.Fatal(err)
			}
			return dashboardPath(lmsA, text)
		}, 403},
		"another algorithm": {func(t testing.TB) string {
			text, err := jwt.NewWithClaims(jwt.SigningMethodHS512, link(nil)).SignedString([]byte(secretA))
			if err != nil {
				t.Fatal(err)
			}
			return dashboardPath(lmsA, text)
		}, 403},
	} {
		s := newService(t, nil)
		w := s.do("GET", tt.path(t), "", "")
		if w.Code != tt.want {
			t.Errorf("%s: status %d, want %d", name, w.Code, tt.want)
		}
		for where, text := range map[string]string{"page": w.Body.String(), "log": s.log.String()} {
			if strings.Contains(strings.ToLower(text), "personal") || strings.Contains(text, ada) || strings.Contains(text, "eyJ") {
				t.Errorf("%s: the %s holds something of the link: %s", name, where, text)
			}
		}
		if w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Cache-Control") != "no-store" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
			t.Errorf("%s: header %v", name, w.Header())
		}
	}
}

// Claims of another kind than the platform's are refused with the link.
func TestDashboardClaimsOfAnotherKind(t *testing.T) {
	t.Parallel()
	for name, claims := range map[string]jwt.MapClaims{
		"an end as a list":  {"exp": []int64{recordedAt.Unix() + 60}},
		"not to begin yet":  {"nbf": recordedAt.Unix() + 30},
		"an exam by number": {"exam_id": 7},
		"a mark by number":  {"jti": 7},
		"a person by id":    {"user": ada},
		"issuers":           {"iss": []string{lmsA}},
		"settings in words": {"config": "true"},
	} {
		if w := newService(t, nil).do("GET", ofA(claims)(t), "", ""); w.Code != http.StatusForbidden {
			t.Errorf("%s: status %d, want 403", name, w.Code)
		}
	}
}

func ofA(changed jwt.MapClaims) func(testing.TB) string {
	return func(t testing.TB) string { return dashboardPath(lmsA, signed(t, secretA, link(changed))) }
}

// A link opens once, on whichever replica, also when two are asked at once; after its time it is
// forgotten, and has expired by itself.
func TestDashboardLinkOpensOnce(t *testing.T) {
	t.Parallel()
	memory := backend.NewLinkMemory()
	replicas := []*service{newService(t, nil, backend.WithLinkMemory(memory)), newService(t, nil, backend.WithLinkMemory(memory))}
	path := ofA(nil)(t)
	var mu sync.Mutex
	codes := map[int]int{}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			w := replicas[i%2].do("GET", path, "", "")
			mu.Lock()
			defer mu.Unlock()
			codes[w.Code]++
		})
	}
	wg.Wait()
	if codes[200] != 1 || codes[403] != 19 {
		t.Errorf("answers to one link: %v, want one 200", codes)
	}
	for i := range 5000 {
		for _, s := range replicas {
			s.clock.Set(recordedAt.Add(time.Duration(i) * time.Minute))
		}
		changed := jwt.MapClaims{"jti": fmt.Sprint(i), "exp": float64(recordedAt.Unix()) + float64(60*i) + 60.5}
		if w := replicas[i%2].do("GET", ofA(changed)(t), "", ""); w.Code != http.StatusOK {
			t.Fatalf("link %d: status %d", i, w.Code)
		}
		if w := replicas[(i+1)%2].do("GET", ofA(changed)(t), "", ""); w.Code != http.StatusForbidden {
			t.Fatalf("link %d again: status %d", i, w.Code)
		}
		changed["jti"], changed["exp"] = fmt.Sprint(i-1), float64(recordedAt.Unix())+float64(60*i)+0.5
		if w := replicas[i%2].do("GET", ofA(changed)(t), "", ""); i > 0 && w.Code != http.StatusForbidden {
			t.Fatalf("link %d, in the seconds that clocks may differ: status %d", i-1, w.Code)
		}
	}
	fresh, err := memory.Use(t.Context(), backend.LinkID{Client: lmsA, JTI: "24837b613849463cbc9545e6236c2cb5"}, recordedAt, recordedAt)
	if err != nil || !fresh {
		t.Errorf("a link of days ago is still kept: %t, %v", fresh, err)
	}
}

type brokenMemory struct{}

func (brokenMemory) Use(context.Context, backend.LinkID, time.Time, time.Time) (bool, error) {
	return true, errors.New("the database is away")
}

// What can't be remembered opens nothing.
func TestDashboardWithoutMemory(t *testing.T) {
	t.Parallel()
	opened := false
	s := newService(t, nil, backend.WithLinkMemory(brokenMemory{}), backend.WithDashboard(func(http.ResponseWriter, *http.Request, backend.Dashboard) { opened = true }))
	if w := s.do("GET", ofA(nil)(t), "", ""); w.Code != http.StatusServiceUnavailable || opened {
		t.Errorf("status %d, opened %t, want 503", w.Code, opened)
	}
}

// The operator's handler gets the claims, verified and typed, and a request that
// holds the link no more; a browser gets what it writes.
func TestDashboardHandler(t *testing.T) {
	t.Parallel()
	var got backend.Dashboard
	var at string
	s := newService(t, nil, backend.WithDashboard(func(w http.ResponseWriter, r *http.Request, d backend.Dashboard) {
		got, at = d, r.URL.String()+" "+r.RequestURI
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		http.Redirect(w, r, "https://exams.example.org/staff", http.StatusSeeOther)
	}))
	for _, tt := range []struct {
		claims jwt.MapClaims
		want   backend.Dashboard
	}{
		{jwt.MapClaims{"jti": "1"}, backend.Dashboard{}},
		{jwt.MapClaims{"jti": "2", "exam_id": "exam-1"}, backend.Dashboard{Exam: "exam-1"}},
		{jwt.MapClaims{"jti": "3", "exam_id": "exam-1", "config": true}, backend.Dashboard{Exam: "exam-1", Settings: true}},
		{jwt.MapClaims{"jti": "4", "exam_id": "exam-1", "attempt_id": "attempt-1"}, backend.Dashboard{Exam: "exam-1", Attempt: "attempt-1"}},
	} {
		tt.want.Platform, tt.want.Course = "north", course
		tt.want.Staff = backend.Person{ID: ada, FullName: "Staff Personal", Email: "personal@example.org"}
		w := s.do("GET", ofA(tt.claims)(t), "", "")
		if got != tt.want || w.Code != http.StatusSeeOther || w.Header().Get("Location") != "https://exams.example.org/staff" || w.Header().Get("Set-Cookie") == "" {
			t.Errorf("%v: status %d, %+v", tt.claims, w.Code, w.Header())
		}
		if strings.Contains(at, "jwt") || strings.Contains(at, "eyJ") || at != "/api/v1/instructor/"+lmsA+"/ /api/v1/instructor/"+lmsA+"/" {
			t.Errorf("the handler's request is for %s", at)
		}
	}
}

// Nor has it the link where somebody in front of it has read the query before.
func TestDashboardAfterAFormWasRead(t *testing.T) {
	t.Parallel()
	said := ""
	s := newService(t, nil, backend.WithDashboard(func(_ http.ResponseWriter, r *http.Request, _ backend.Dashboard) {
		said = r.FormValue("jwt") + r.PostFormValue("jwt") + fmt.Sprint(r.Form)
	}))
	r := httptest.NewRequest("GET", ofA(nil)(t), nil)
	_ = r.FormValue("next")
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusOK || strings.Contains(said, "eyJ") {
		t.Errorf("status %d, the handler reads %q", w.Code, said)
	}
}

// An operator's handler that hangs, panics or writes without end does no harm.
func TestDashboardHandlerInTrouble(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(http.ResponseWriter, <-chan struct{}){
		"hangs":  func(_ http.ResponseWriter, end <-chan struct{}) { <-end },
		"panics": func(http.ResponseWriter, <-chan struct{}) { panic("personal") },
		"panics with half": func(w http.ResponseWriter, _ <-chan struct{}) {
			_, _ = io.WriteString(w, "half a page")
			panic("personal")
		},
		"writes without end": func(w http.ResponseWriter, _ <-chan struct{}) { _, _ = io.Copy(w, io.LimitReader(zeros{}, 1<<30)) },
	} {
		synctest.Test(t, func(t *testing.T) {
			end := make(chan struct{})
			defer close(end)
			s := newService(t, nil, backend.WithDashboard(func(w http.ResponseWriter, _ *http.Request, _ backend.Dashboard) { trouble(w, end) }))
			began := time.Now()
			w := s.do("GET", ofA(nil)(t), "", "")
			if took := time.Since(began); took > 5*time.Second || w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "half") {
				t.Errorf("%s: status %d after %v: %.50s", name, w.Code, took, w.Body)
			}
		})
	}
}
