package backend_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/proctorbook/proctorbook/edx/backend"
)

// checkAnswer checks what holds of each answer to the platform, whatever was sent:
// it is a success or a refusal with an object or, of a retirement, a bool; nothing
// panicked, nothing is sent elsewhere, and a refusal says nothing of the request.
func checkAnswer(t *testing.T, s *service, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code != http.StatusOK && (w.Code < 400 || w.Code > 499) {
		t.Errorf("status %d", w.Code)
	}
	body := w.Body.Bytes()
	isBool := string(body) == "true" || string(body) == "false"
	if w.Header().Get("Content-Type") == "application/json" && !isBool && (!json.Valid(body) || !bytes.HasPrefix(body, []byte("{"))) {
		t.Errorf("status %d: no JSON object: %q", w.Code, body)
	}
	if strings.Contains(s.log.String(), "panic") || w.Header().Get("Location") != "" {
		t.Errorf("status %d, log %s", w.Code, s.log)
	}
	s.log.reset()
}

func (s *syncBuffer) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.b.Reset()
}

// bodies adds the bodies of the recorded requests of a method and an end of the path.
func bodies(f *testing.F, method, end string) {
	for _, r := range recordedRequests(f) {
		if r.Method == method && strings.HasSuffix(r.Target, end) {
			f.Add([]byte(r.Body))
		}
	}
	for _, odd := range []string{"", "null", "[]", "{}", "true", `{"id":1e400}`, `{"time_limit_mins":-1}`, `{"due_date":7}`, `{"user_id":null}`, "\xff", `{"status":"started"} {}`} {
		f.Add([]byte(odd))
	}
}

// FuzzExam checks that a body is an exam with keys and limits that can be, or refused.
func FuzzExam(f *testing.F) {
	bodies(f, "POST", "/exam/")
	s := newService(f, nil)
	token := s.token(f, lmsA, secretA)
	f.Fuzz(func(t *testing.T, body []byte) {
		w := s.do("POST", "/api/v1/exam/", token, string(body)+" ")
		checkAnswer(t, s, w)
		if w.Code != http.StatusOK {
			checkSentence(t, w)
			return
		}
		id := backend.ExamID(member(t, w, "id"))
		for _, exam := range s.memory.Exams() {
			if exam.ID == id && (exam.Course.IsZero() || exam.Content.IsZero() || exam.TimeLimit < 0 || exam.ID != backend.NewExamID("north", exam.Course, exam.Content)) {
				t.Errorf("the exam is %+v", exam)
			}
		}
	})
}

// checkSentence checks that a refusal is one of the sentences that have nothing of the request.
func checkSentence(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	var answer map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer["detail"]) < 20 || !strings.HasSuffix(answer["detail"], ".") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	delete(answer, "error")
	if len(answer) != 1 {
		t.Errorf("status %d: more than a sentence: %s", w.Code, w.Body)
	}
}

// FuzzRegistration checks that a body is a learner who can be, or refused.
func FuzzRegistration(f *testing.F) {
	bodies(f, "POST", "/attempt/")
	s := newService(f, nil)
	token := s.token(f, lmsA, secretA)
	exam := member(f, s.do("POST", "/api/v1/exam/", token, examBody), "id")
	f.Fuzz(func(t *testing.T, body []byte) {
		w := s.do("POST", "/api/v1/exam/"+exam+"/attempt/", token, string(body)+" ")
		checkAnswer(t, s, w)
		if w.Code != http.StatusOK {
			checkSentence(t, w)
		} else if id := member(t, w, "id"); !idPattern.MatchString(id) {
			t.Errorf("the id is %q", id)
		}
	})
}

// FuzzReport checks that a body is one of the three reports, or refused.
func FuzzReport(f *testing.F) {
	bodies(f, "PATCH", "/")
	s := newService(f, nil)
	token := s.token(f, lmsA, secretA)
	path := s.sitting(f, token)
	f.Fuzz(func(t *testing.T, body []byte) {
		w := s.do("PATCH", path, token, string(body)+" ")
		checkAnswer(t, s, w)
		if w.Code != http.StatusOK {
			checkSentence(t, w)
		} else if status := member(t, w, "status"); status != "started" && status != "submitted" && status != "error" {
			t.Errorf("the status is %q", status)
		}
	})
}

// FuzzSignIn checks that a form gets a token only with the right secret in it.
func FuzzSignIn(f *testing.F) {
	bodies(f, "POST", "/access_token")
	f.Add([]byte("client_id=lms-at-provider&client_id=other-lms&grant_type=client_credentials&client_secret=provider-secret"))
	s := newService(f, nil)
	f.Fuzz(func(t *testing.T, form []byte) {
		w := s.do("POST", "/oauth2/access_token", "", string(form)+"&")
		checkAnswer(t, s, w)
		if w.Code != http.StatusOK {
			checkSentence(t, w)
			return
		}
		values, err := url.ParseQuery(string(form))
		if right := values.Get("client_secret"); err != nil || right != map[string]string{lmsA: secretA, lmsB: secretB}[values.Get("client_id")] || right == "" {
			t.Errorf("%q has got a token", form)
		}
	})
}

// FuzzAuthorization checks that no header but one with a token that we gave out lets in.
func FuzzAuthorization(f *testing.F) {
	s := newService(f, nil)
	token := s.token(f, lmsA, secretA)
	for _, header := range []string{"JWT " + token, "JWT ", "", "jwt a.b.c", "Bearer " + token, "JWT " + token + ".x", "JWT e30.e30.e30", "JWT eyJhbGciOiJub25lIn0.bnVsbA."} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest("GET", "/api/v1/config/", nil)
		r.Header["Authorization"] = []string{header}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		checkAnswer(t, s, w)
		scheme, rest, _ := strings.Cut(header, " ")
		if right := strings.EqualFold(scheme, "JWT") && rest == token; right != (w.Code == http.StatusOK) {
			t.Errorf("%q: status %d", header, w.Code)
		}
	})
}

// FuzzLinkClaims signs claims, whatever they are, as a platform would: they are
// read as a link that can be, or refused.
func FuzzLinkClaims(f *testing.F) {
	raw, _ := json.Marshal(link(nil))
	for _, seed := range []string{string(raw), "{}", "null", "[]", `{"exp":1e400}`, `{"aud":7}`, strings.Replace(string(raw), `"iss"`, `"exam_id":"exam-1","attempt_id":"a","config":true,"iss"`, 1)} {
		f.Add([]byte(seed))
	}
	var last backend.Dashboard
	s := newService(f, nil, backend.WithDashboard(func(_ http.ResponseWriter, _ *http.Request, d backend.Dashboard) { last = d }), backend.WithLinkMemory(always{}))
	f.Fuzz(func(t *testing.T, claims []byte) {
		last = backend.Dashboard{}
		w := s.do("GET", dashboardPath(lmsA, signBytes(claims)), "", "")
		checkAnswer(t, s, w)
		opened := w.Code == http.StatusOK
		if opened != (last.Platform == "north") || opened && (last.Course.IsZero() || len(last.Staff.ID) != 40 || last.Exam != "" && !idPattern.MatchString(string(last.Exam))) {
			t.Errorf("%q: status %d, %+v", claims, w.Code, last.Course)
		}
	})
}

// always is a link memory that knows none.
type always struct{}

func (always) Use(context.Context, backend.LinkID, time.Time, time.Time) (bool, error) {
	return true, nil
}

// signBytes signs claims that need not be JSON.
func signBytes(claims []byte) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims)
	mac := hmac.New(sha256.New, []byte(secretA))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// FuzzLink checks that nothing that is not signed opens a page.
func FuzzLink(f *testing.F) {
	for _, r := range recordedRequests(f) {
		if _, token, is := strings.Cut(r.Target, "?jwt="); is {
			f.Add(token[:len(token)-1])
		}
	}
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.bnVsbA.")
	right := map[string]bool{}
	for _, r := range recordedRequests(f) {
		_, token, _ := strings.Cut(r.Target, "?jwt=")
		right[token] = true
	}
	s := newService(f, nil)
	f.Fuzz(func(t *testing.T, token string) {
		w := s.do("GET", dashboardPath(lmsA, url.QueryEscape(token)), "", "")
		checkAnswer(t, s, w)
		if w.Code != http.StatusForbidden && !right[token] {
			t.Errorf("%q: status %d", token, w.Code)
		}
	})
}

// FuzzPath checks that a path is one of the calls, or refused, and that what is
// read of it are ids and keys.
func FuzzPath(f *testing.F) {
	for _, r := range recordedRequests(f) {
		f.Add(r.Method, r.Target)
	}
	for _, odd := range []string{"/", "/api/v1/exam/../config/", "/api/v1/exam/%2f/", "/api/v1/courses/a/../b/onboarding_statuses", "/api/v1/courses/%2e/onboarding_statuses?user_id=" + ada} {
		f.Add("GET", odd)
	}
	s := newService(f, nil, withOnboarding)
	token := s.token(f, lmsA, secretA)
	f.Fuzz(func(t *testing.T, method, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		r := &http.Request{Method: method, URL: u, RequestURI: target, Header: http.Header{"Authorization": {"JWT " + token}}, Body: http.NoBody, Host: "x", ProtoMajor: 1, ProtoMinor: 1}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		checkAnswer(t, s, w)
		path := strings.ToLower(u.EscapedPath())
		if climbs := strings.Contains(path+"/", "/../") || strings.Contains(path, "%2f") || strings.Contains(path+"/", "/%2e%2e/"); climbs && w.Code == http.StatusOK {
			t.Errorf("%s %s: status %d", method, target, w.Code)
		}
	})
}

// FuzzAcceptLanguage checks that whatever is asked for, the texts are those of a language that there is.
func FuzzAcceptLanguage(f *testing.F) {
	for _, header := range []string{"", "en", "es;en-us", "fr;en", "fr-ca,en;q=0.1", "*", ";;", "zh-Hans-CN"} {
		f.Add(header)
	}
	s := newService(f, nil)
	token := s.token(f, lmsA, secretA)
	f.Fuzz(func(t *testing.T, header string) {
		if _, texts := pageOf(t, s, "/api/v1/config/", token, header); len(texts) != 3 {
			t.Errorf("%q: %d texts", header, len(texts))
		}
		s.log.reset()
	})
}

// FuzzConfig checks that a name and a URL that are taken hold as plain text, as HTML and in a script.
func FuzzConfig(f *testing.F) {
	for _, seed := range [][2]string{
		{"Proctors", ownPages}, {"R & D", "https://exams.example.org/\"+alert(1)"}, {"<b>", "javascript:alert"}, {"caf\xe9", "http://127.0.0.1:8080/x"},
		{"\u2028", "https://exams.example.org:1/?a=b&c=%2F"}, {" ", "HTTPS://x"}, {"l'office", "https:///x"}, {"\u202e", "https://a%zz"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, link string) {
		_, err := backend.NewHandler(backend.NewMemory(nil), platforms(), backend.WithConfig(backend.Config{Name: name, URL: link}))
		if err != nil {
			return
		}
		if html.UnescapeString(name) != name || strings.ContainsAny(name, "<>&\n\r") || !utf8.ValidString(name) {
			t.Errorf("the name %q is taken", name)
		}
		u, err := url.Parse(link)
		if link != "" && (err != nil || !scriptSafe.MatchString(link) || u.Host == "" || u.Scheme != "https" && u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1") {
			t.Errorf("the URL %q is taken", link)
		}
	})
}
