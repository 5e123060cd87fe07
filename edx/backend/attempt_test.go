package backend_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
)

// pageOf returns what an answer to a or f shows a learner.
func pageOf(t testing.TB, s *service, path, token, language string) (url string, texts []string) {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Authorization", "JWT "+token)
	r.Header.Set("Accept-Language", language)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var answer struct {
		Instructions []string `json:"instructions"`
		URL          string   `json:"download_url"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("status %d: %v", w.Code, err)
	}
	return answer.URL, answer.Instructions
}

// Who gives texts gives all of them: nobody reads ours beside them, of a booking that there
// may not be. Who has no language of theirs reads English, or else the first by its tag.
func TestOwnTextsReplaceOurs(t *testing.T) {
	t.Parallel()
	table := func(tags ...string) map[string]backend.Instructions {
		all := map[string]backend.Instructions{}
		for _, tag := range tags {
			all[tag] = backend.Instructions{Exam: []string{"Own " + tag}}
		}
		return all
	}
	for _, tt := range []struct {
		tags         []string
		header, want string
	}{
		{[]string{"en", "es"}, "fr;en", "Own en"}, {[]string{"en", "es"}, "fr", "Own en"}, {[]string{"en", "es"}, "es;en", "Own es"},
		{[]string{"es", "en"}, "", "Own en"}, {[]string{"pt-br"}, "en", "Own pt-br"}, {[]string{"pt-br"}, "", "Own pt-br"},
		{[]string{"es", "ca"}, "fr;en", "Own ca"}, {[]string{"es", "ca"}, strings.Repeat("x", 1000), "Own ca"}, {[]string{"en-gb", "cy"}, "en", "Own en-gb"},
		{[]string{"de", "en-gb", "en"}, "fr", "Own en"},
	} {
		s := newService(t, nil, backend.WithInstructions(table(tt.tags...)))
		token := s.token(t, lmsA, secretA)
		_, ofConfig := pageOf(t, s, "/api/v1/config/", token, tt.header)
		_, ofAttempt := pageOf(t, s, s.sitting(t, token), token, tt.header)
		if ofConfig[0] != tt.want || !slices.Equal(ofConfig, ofAttempt) {
			t.Errorf("%q of %q: %q and %q, want %q", tt.header, tt.tags, ofConfig[0], ofAttempt[0], tt.want)
		}
	}
}

// Texts are in the first language that there are texts in, in whatever form it is asked for.
func TestLanguages(t *testing.T) {
	t.Parallel()
	s := newService(t, nil, backend.WithInstructions(map[string]backend.Instructions{
		"pt_BR": {Exam: []string{"Boa sorte."}}, "es": {Exam: []string{"Suerte."}}, "en": {Exam: []string{"A proctor"}}, "fr": {Exam: []string{"Cet examen"}},
	}))
	token := s.token(t, lmsA, secretA)
	path := s.sitting(t, token)
	for header, want := range map[string]string{
		"":                           "A proctor",
		"en":                         "A proctor",
		"fr;en":                      "Cet examen",
		"es;en-us":                   "Suerte.",
		"es-419;en":                  "Suerte.",
		"fr-ca, en;q=0.8":            "Cet examen",
		"FR_CA":                      "Cet examen",
		"de;fr":                      "Cet examen",
		"de":                         "A proctor",
		"pt-br;en":                   "Boa sorte.",
		"pt;en":                      "A proctor",
		"*":                          "A proctor",
		";;,, ;":                     "A proctor",
		strings.Repeat("x", 100_000): "A proctor",
		"<script>":                   "A proctor",
	} {
		_, ofConfig := pageOf(t, s, "/api/v1/config/", token, header)
		_, ofAttempt := pageOf(t, s, path, token, header)
		if !strings.HasPrefix(ofConfig[0], want) || !slices.Equal(ofConfig, ofAttempt) {
			t.Errorf("%.40q: %q and %q, want %q", header, ofConfig[0], ofAttempt[0], want)
		}
	}
}

// Our own words hold as plain text and as HTML, in each language, for each kind of exam.
func TestTextsHoldInBothForms(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token := s.token(t, lmsA, secretA)
	exam := s.sitting(t, token)
	practice := strings.Replace(strings.Replace(examBody, `"is_practice_exam": false`, `"is_practice_exam": true`, 1), "block@final", "block@setup", 1)
	id := member(t, s.do("POST", "/api/v1/exam/", token, practice), "id")
	setUp := "/api/v1/exam/" + id + "/attempt/" + member(t, s.do("POST", "/api/v1/exam/"+id+"/attempt/", token, adaBody), "id") + "/"
	firsts := map[string]bool{}
	for _, language := range []string{"en", "fr", "es"} {
		for _, path := range []string{exam, setUp} {
			_, texts := pageOf(t, s, path, token, language)
			firsts[texts[0]] = true
			for _, text := range texts {
				if html.EscapeString(strings.ReplaceAll(text, "'", "")) != strings.ReplaceAll(text, "'", "") || html.UnescapeString(text) != text {
					t.Errorf("%s: %q is another text as HTML", language, text)
				}
			}
		}
	}
	if len(firsts) != 6 {
		t.Errorf("%d texts for three languages and two kinds of exams: %v", len(firsts), slices.Collect(maps.Keys(firsts)))
	}
}

// What a platform or learner sends is shown to nobody: all learners of all exams
// read the same, and config has one URL for all, while an attempt has one of its
// own, anew at each view.
func TestWhatLearnersSee(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token := s.token(t, lmsA, secretA)
	path := s.sitting(t, token)
	urlOfAll, texts := pageOf(t, s, "/api/v1/config/", token, "en")
	first, ofAttempt := pageOf(t, s, path, token, "en")
	second, _ := pageOf(t, s, path, token, "en")
	if first == second || first == urlOfAll || urlOfAll != ownPages || !slices.Equal(texts, ofAttempt) {
		t.Errorf("URLs %s, %s and %s", urlOfAll, first, second)
	}
	for _, target := range []string{path, "/api/v1/config/"} {
		w := s.do("GET", target, token, "")
		for _, theirs := range []string{"Ada", "ada@", ada, "Final", "Closed book", "calculator", "DemoX"} {
			if strings.Contains(w.Body.String(), theirs) {
				t.Errorf("%.20s holds %q: %s", target, theirs, w.Body)
			}
		}
	}
}

var scriptSafe = regexp.MustCompile(`^[A-Za-z0-9:/?&=._~%-]+$`)

// The URL of an attempt stands in a script: one that could end the script's text is
// left out, and the texts stay.
func TestURLsOfAttempts(t *testing.T) {
	t.Parallel()
	for url, shown := range map[string]bool{
		"https://exams.example.org/a?b=c&d=%2F~x.y_z-1": true,
		"http://localhost:8080/x":                       true,
		"https://exams.example.org/\"+alert(1)+\"":      false,
		"https://exams.example.org/'":                   false,
		"https://exams.example.org/</script>":           false,
		"https://exams.example.org/é":                   false,
		"https://exams.example.org/a b":                 false,
		"https://exams.example.org/\n":                  false,
		"javascript:alert":                              false,
		"http://exams.example.org/":                     false,
		"//exams.example.org/":                          false,
		"":                                              false,
	} {
		var p backend.Provider
		s := newService(t, func(inner backend.Provider) backend.Provider { p = fixedURL{inner, url}; return p })
		token := s.token(t, lmsA, secretA)
		got, texts := pageOf(t, s, s.sitting(t, token), token, "en")
		if (got == url && url != "") != shown || got != "" && !scriptSafe.MatchString(got) || len(texts) == 0 {
			t.Errorf("%q is shown as %q, with %d texts", url, got, len(texts))
		}
		if url != "" && !shown && (!strings.Contains(s.log.String(), "left out") || strings.Contains(s.log.String(), "exams.example.org")) {
			t.Errorf("%q: the log says %q", url, s.log)
		}
	}
}

type fixedURL struct {
	backend.Provider
	url string
}

func (p fixedURL) SetUp(ctx context.Context, ref backend.AttemptRef) (backend.SetUp, error) {
	found, err := p.Provider.SetUp(ctx, ref)
	found.URL = p.url
	return found, err
}

// An id that callbacks would not reach never gets to the platform.
func TestOddAttemptIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []backend.AttemptID{"", "a.b", "a.b/c", "a b", "a~b", "a:b", "é", backend.AttemptID(strings.Repeat("a", 256))} {
		s := newService(t, func(inner backend.Provider) backend.Provider { return fixedID{inner, id} })
		token := s.token(t, lmsA, secretA)
		exam := member(t, s.do("POST", "/api/v1/exam/", token, examBody), "id")
		w := s.do("POST", "/api/v1/exam/"+exam+"/attempt/", token, adaBody)
		if w.Code != http.StatusServiceUnavailable {
			t.Errorf("%.20q: status %d, want 503", id, w.Code)
		}
		checkRefusal(t, w)
	}
}

type fixedID struct {
	backend.Provider
	id backend.AttemptID
}

func (p fixedID) Register(context.Context, backend.Registration) (backend.AttemptID, error) {
	return p.id, nil
}

// Creates and registrations that come again, also at the same time and at another
// replica, make one exam and one attempt. After a start, a submission or a removal
// there is a new attempt.
func TestOneExamOneAttempt(t *testing.T) {
	t.Parallel()
	one := newService(t, nil)
	h, err := backend.NewHandler(one.memory, platforms(), backend.WithClock(one.clock))
	if err != nil {
		t.Fatal(err)
	}
	other := &service{Handler: h, clock: one.clock, memory: one.memory, log: one.log}
	token := one.token(t, lmsA, secretA)
	var mu sync.Mutex
	paths := map[string]bool{}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			path := []*service{one, other}[i%2].sitting(t, token)
			mu.Lock()
			defer mu.Unlock()
			paths[path] = true
		})
	}
	wg.Wait()
	if len(paths) != 1 || len(one.memory.Exams()) != 1 || len(one.memory.Attempts()) != 1 {
		t.Fatalf("%d paths, %d exams, %d attempts, want one each", len(paths), len(one.memory.Exams()), len(one.memory.Attempts()))
	}
	path := slices.Collect(maps.Keys(paths))[0]
	for _, tt := range []struct {
		method, body string
		again        bool // the same attempt is registered after it
	}{
		{"GET", "", true}, {"PATCH", `{"status": "error"}`, false}, {"PATCH", `{"status": "started"}`, false},
		{"PATCH", `{"status": "submitted"}`, false}, {"DELETE", "", false},
	} {
		if w := other.do(tt.method, path, token, tt.body); w.Code != http.StatusOK {
			t.Fatalf("%s %s: status %d", tt.method, tt.body, w.Code)
		}
		next := one.sitting(t, token)
		if (next == path) != tt.again {
			t.Errorf("after %s %s: %s, and before it %s", tt.method, tt.body, next, path)
		}
		path = next
	}
}

// Ids are the same for ever: platforms keep them. They tell platforms, exams, learners and sittings apart.
func TestIDs(t *testing.T) {
	t.Parallel()
	exam := backend.NewExamID("north", course, content)
	attempt := backend.NewAttemptID(exam, ada, 0)
	const wantExam, wantAttempt = "exam-bcsthrurgpjwh7m5s2qvzuvsxj", "attempt-j7pmn5s743lei7y6hiz6j3ded5"
	if exam != wantExam || attempt != wantAttempt {
		t.Errorf("ids %s and %s, want %s and %s: ids that platforms have would be lost", exam, attempt, wantExam, wantAttempt)
	}
	other := edx.MustUsageKey("block-v1:edX+DemoX+Demo_Course+type@sequential+block@other")
	ids := map[string]bool{}
	for _, id := range []string{
		string(exam), string(backend.NewExamID("south", course, content)), string(backend.NewExamID("north", course, other)),
		string(attempt), string(backend.NewAttemptID(exam, bob, 0)), string(backend.NewAttemptID(exam, ada, 1)), string(backend.NewAttemptID("exam-x", ada, 0)),
	} {
		ids[id] = idPattern.MatchString(id)
	}
	if len(ids) != 7 || slices.Contains(slices.Collect(maps.Values(ids)), false) {
		t.Errorf("ids: %v", ids)
	}
}

// The whole of what a platform says of an exam and a learner reaches the provider.
func TestWhatProvidersGet(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	s.sitting(t, s.token(t, lmsA, secretA))
	r := s.memory.Attempts()[0].Registration
	want := backend.Registration{
		Platform: "north", Exam: backend.NewExamID("north", course, content), Learner: backend.Person{ID: ada, FullName: "Ada Lovelace", Email: "ada@example.org"},
		TimeLimit: 105 * 60e9, ReviewPolicy: "Closed book", ReviewException: "May use a calculator", LMSHost: "http://lms.example.org",
	}
	if r != want {
		t.Errorf("the registration is another: %q %q %v %q %q %q", r.Learner.FullName, r.Learner.Email, r.TimeLimit, r.ReviewPolicy, r.ReviewException, r.LMSHost)
	}
	exam := s.memory.Exams()[0]
	if got := fmt.Sprint(exam.Course, exam.Content, exam.Name, exam.TimeLimit, exam.Due, exam.Proctored, exam.Practice, exam.Active, exam.Backend, exam.Rules); got !=
		"course-v1:edX+DemoX+Demo_Course block-v1:edX+DemoX+Demo_Course+type@sequential+block@finalFinal & more1h30m0s 2027-07-01 16:00:00 +0000 UTC true false truepeersmap[allow_notes:false]" {
		t.Errorf("the exam is %s", got)
	}
}
