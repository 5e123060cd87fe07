package backend_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
)

// troubled is a provider of which every method does first what trouble says.
type troubled struct {
	backend.Provider
	trouble func(context.Context) error
}

func (p *troubled) SaveExam(ctx context.Context, e backend.Exam) error {
	if err := p.trouble(ctx); err != nil {
		return err
	}
	return p.Provider.SaveExam(ctx, e)
}

func (p *troubled) Register(ctx context.Context, r backend.Registration) (backend.AttemptID, error) {
	if err := p.trouble(ctx); err != nil {
		return "", err
	}
	return p.Provider.Register(ctx, r)
}

func (p *troubled) SetUp(ctx context.Context, ref backend.AttemptRef) (backend.SetUp, error) {
	if err := p.trouble(ctx); err != nil {
		return backend.SetUp{}, err
	}
	return p.Provider.SetUp(ctx, ref)
}

func (p *troubled) Report(ctx context.Context, ref backend.AttemptRef, status edx.AttemptStatus) error {
	if err := p.trouble(ctx); err != nil {
		return err
	}
	return p.Provider.Report(ctx, ref, status)
}

func (p *troubled) Remove(ctx context.Context, ref backend.AttemptRef) error {
	if err := p.trouble(ctx); err != nil {
		return err
	}
	return p.Provider.Remove(ctx, ref)
}

func (p *troubled) Retire(ctx context.Context, platform backend.PlatformID, user backend.UserID) (bool, error) {
	if err := p.trouble(ctx); err != nil {
		return false, err
	}
	return p.Provider.Retire(ctx, platform, user)
}

// providerCalls are the calls that ask the provider, for the attempt at path.
func providerCalls(path string) [][3]string {
	exam := path[:strings.Index(path, "attempt/")]
	return [][3]string{
		{"POST", "/api/v1/exam/", examBody}, {"POST", exam, examBody}, {"POST", exam + "attempt/", adaBody},
		{"GET", path, ""}, {"PATCH", path, `{"status": "started"}`}, {"PATCH", path, `{"status": "submitted"}`}, {"PATCH", path, `{"status": "error"}`},
		{"DELETE", path, ""}, {"DELETE", "/api/v1/user/" + ada + "/", ""},
	}
}

// Whatever the provider does, the platform has an answer within 5 seconds, an
// object that holds a sentence and nothing else, and the next call is served.
func TestTroubleBehindTheHandler(t *testing.T) {
	t.Parallel()
	const personal = "Ada Lovelace, ada@example.org"
	for name, tt := range map[string]struct {
		trouble func(context.Context, <-chan struct{}) error
		status  int
	}{
		"hangs for ever":        {func(_ context.Context, end <-chan struct{}) error { <-end; return nil }, 503},
		"waits for its context": {func(ctx context.Context, _ <-chan struct{}) error { <-ctx.Done(); return ctx.Err() }, 503},
		"takes its time":        {func(context.Context, <-chan struct{}) error { time.Sleep(3900 * time.Millisecond); return nil }, 200},
		"fails":                 {func(context.Context, <-chan struct{}) error { return errors.New(personal) }, 503},
		"panics":                {func(context.Context, <-chan struct{}) error { panic(personal) }, 503},
		"panics with nil":       {func(context.Context, <-chan struct{}) error { panic(nil) }, 503},
		"ends its goroutine":    {func(context.Context, <-chan struct{}) error { runtime.Goexit(); return nil }, 503},
		"knows no such thing": {func(context.Context, <-chan struct{}) error {
			return fmt.Errorf("%s: %w", personal, backend.ErrNotFound)
		}, 404},
		"refuses": {func(context.Context, <-chan struct{}) error {
			return fmt.Errorf("%s: %w", personal, backend.ErrRefused)
		}, 403},
		"aborts as a handler does": {func(context.Context, <-chan struct{}) error { panic(http.ErrAbortHandler) }, 503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				end := make(chan struct{})
				defer close(end)
				p := &troubled{trouble: func(context.Context) error { return nil }}
				s := newService(t, func(inner backend.Provider) backend.Provider { p.Provider = inner; return p })
				token := s.token(t, lmsA, secretA)
				path := s.sitting(t, token)
				p.trouble = func(ctx context.Context) error { return tt.trouble(ctx, end) }
				for _, call := range providerCalls(path) {
					began := time.Now()
					w := s.do(call[0], call[1], token, call[2])
					if took := time.Since(began); took > 5*time.Second || w.Code != tt.status {
						t.Errorf("%s %.30s: status %d after %v, want %d within 5 s", call[0], call[1], w.Code, took, tt.status)
					}
					if tt.status != http.StatusOK {
						checkRefusal(t, w)
					}
				}
				if strings.Contains(s.log.String(), "Ada") {
					t.Errorf("the log holds a name: %s", s.log)
				}
				if w := s.do("GET", "/api/v1/config/", token, ""); w.Code != http.StatusOK {
					t.Errorf("the call after that: status %d", w.Code)
				}
			})
		})
	}
}

// checkRefusal checks that an answer is one sentence in an object, with nothing
// that the platform would take for an id or a status.
func checkRefusal(t testing.TB, w *httptest.ResponseRecorder) {
	t.Helper()
	if member(t, w, "detail") == "" || member(t, w, "id") != "" || member(t, w, "status") != "" {
		t.Errorf("status %d: the answer is no plain refusal: %s", w.Code, w.Body)
	}
	for _, personal := range []string{"Ada", "ada@", ada, "personal"} {
		if strings.Contains(w.Body.String(), personal) {
			t.Errorf("status %d: the answer holds %q: %s", w.Code, personal, w.Body)
		}
	}
}

// The operator is told of each error, with its text, and of nothing that is none.
func TestErrorsReachTheOperator(t *testing.T) {
	t.Parallel()
	away := errors.New("the database is away")
	var told []string
	p := &troubled{trouble: func(context.Context) error { return nil }}
	s := newService(t, func(inner backend.Provider) backend.Provider { p.Provider = inner; return p },
		backend.WithErrorFunc(func(_ context.Context, f backend.Failure) {
			about := f.Platform == "north" && strings.HasPrefix(string(f.Exam), "exam-") && strings.HasPrefix(string(f.Attempt), "attempt-")
			told = append(told, fmt.Sprint(f.Call, ": ", about, errors.Is(f.Err, away), strings.Contains(f.Err.Error(), "a bug")))
			panic("the operator's own bug")
		}))
	token := s.token(t, lmsA, secretA)
	path := s.sitting(t, token)
	for _, trouble := range []func(context.Context) error{
		func(context.Context) error { return away },
		func(context.Context) error { panic("a bug") },
		func(context.Context) error { return backend.ErrNotFound },
	} {
		p.trouble = trouble
		s.do("GET", path, token, "")
	}
	if got, want := fmt.Sprint(told), "[get attempt: true true false get attempt: true false true]"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	if !strings.Contains(s.log.String(), "panic") || !strings.Contains(s.log.String(), "handler_test.go") || strings.Contains(s.log.String(), "a bug") {
		t.Errorf("the log has no stack of the panic, or its words: %s", s.log)
	}
}

// The operator is told of what a page lacks, which nobody else would say: a URL that can't
// be shown, and a dashboard that can't be sent.
func TestWhatIsLeftOutReachesTheOperator(t *testing.T) {
	t.Parallel()
	var told []string
	s := newService(t, func(inner backend.Provider) backend.Provider {
		return &odd{troubled{Provider: inner, trouble: func(context.Context) error { return nil }}}
	}, backend.WithErrorFunc(func(_ context.Context, f backend.Failure) {
		told = append(told, fmt.Sprint(f.Call, " of ", f.Platform, ": ", f.Err))
	}), backend.WithDashboard(func(w http.ResponseWriter, _ *http.Request, d backend.Dashboard) {
		if d.Exam == "" {
			_, _ = io.CopyN(w, zeros{}, 2<<20)
		} else {
			w.WriteHeader(1000)
		}
	}))
	token := s.token(t, lmsA, secretA)
	s.do("GET", s.sitting(t, token), token, "")
	s.do("GET", ofA(nil)(t), "", "")
	s.do("GET", ofA(jwt.MapClaims{"jti": "2", "exam_id": "exam-1"})(t), "", "")
	want := []string{
		"get attempt of north: backend: the URL of an attempt is left out: it must begin with https://",
		"dashboard of north: backend: a dashboard page has at most 1 MiB",
		"dashboard of north: backend: a dashboard page has a status of 200 to 999",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// A platform that hangs up does not ask again: what it wrote goes on. What it read
// ends.
func TestHangingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan bool, 1)
		p := &troubled{trouble: func(context.Context) error { return nil }}
		s := newService(t, func(inner backend.Provider) backend.Provider { p.Provider = inner; return p },
			backend.WithErrorFunc(func(_ context.Context, f backend.Failure) { t.Errorf("%s: told of %v", f.Call, f.Err) }))
		token := s.token(t, lmsA, secretA)
		path := s.sitting(t, token)
		p.trouble = func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				ended <- true
			case <-time.After(2 * time.Second):
				ended <- false
			}
			return ctx.Err()
		}
		for method, cut := range map[string]bool{"GET": true, "DELETE": false} {
			ctx, hangUp := context.WithCancel(t.Context())
			r := httptest.NewRequestWithContext(ctx, method, path, nil)
			r.Header.Set("Authorization", "JWT "+token)
			time.AfterFunc(time.Second, hangUp)
			s.ServeHTTP(httptest.NewRecorder(), r)
			if got := <-ended; got != cut {
				t.Errorf("%s: ended with the request: %t, want %t", method, got, cut)
			}
			if strings.Contains(s.log.String(), "refused") {
				t.Errorf("%s: the log calls it a refusal: %s", method, s.log)
			}
		}
	})
}

// counting counts what reaches the provider.
func counting(p *backend.Provider, calls *int) func(backend.Provider) backend.Provider {
	return func(inner backend.Provider) backend.Provider {
		*p = &troubled{Provider: inner, trouble: func(context.Context) error { *calls++; return nil }}
		return *p
	}
}

// An exam begins, and 500 learners open the set-up page within a minute: that is a
// look into the provider's store for each, and nothing else. The handler itself
// has no client with which to ask anybody.
func TestFiveHundredLearners(t *testing.T) {
	calls := 0
	var p backend.Provider
	s := newService(t, counting(&p, &calls))
	sent := http.DefaultTransport
	defer func() { http.DefaultTransport = sent }()
	http.DefaultTransport = roundTrip(func(r *http.Request) (*http.Response, error) {
		t.Errorf("a request to %s", r.URL.Host)
		return nil, errors.New("no network")
	})
	token := s.token(t, lmsA, secretA)
	exam := member(t, s.do("POST", "/api/v1/exam/", token, examBody), "id")
	var paths []string
	for i := range 500 {
		body := strings.Replace(adaBody, ada, fmt.Sprintf("%040x", i), 1)
		paths = append(paths, "/api/v1/exam/"+exam+"/attempt/"+member(t, s.do("POST", "/api/v1/exam/"+exam+"/attempt/", token, body), "id")+"/")
	}
	calls = 0
	seen := map[string]bool{}
	for _, path := range paths {
		s.clock.Advance(time.Minute / 500)
		seen[member(t, s.do("GET", path, token, ""), "download_url")] = true
		if w := s.do("GET", "/api/v1/config/", token, ""); w.Code != http.StatusOK {
			t.Fatalf("config: status %d", w.Code)
		}
	}
	if calls != 500 || len(seen) != 500 {
		t.Errorf("%d calls of the provider and %d links for 500 learners, want one each", calls, len(seen))
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A learner of one platform is another than one of the other platform with the same
// id, and no platform sees or changes what is the other's.
func TestPlatformsAreApart(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	tokenA, tokenB := s.token(t, lmsA, secretA), s.token(t, lmsB, secretB)
	pathA, pathB := s.sitting(t, tokenA), s.sitting(t, tokenB)
	if pathA == pathB || len(s.memory.Exams()) != 2 || len(s.memory.Attempts()) != 2 {
		t.Fatalf("%s and %s, %d exams and %d attempts, want two of each", pathA, pathB, len(s.memory.Exams()), len(s.memory.Attempts()))
	}
	before := fmt.Sprintf("%+v", attemptsOf(s, "north"))
	for _, call := range providerCalls(pathA) {
		if call[0] == "POST" && !strings.HasSuffix(call[1], "/attempt/") {
			continue // an exam's id is made from its keys: this saves B's own
		}
		w := s.do(call[0], call[1], tokenB, call[2])
		if call[1] == "/api/v1/user/"+ada+"/" {
			continue // B's own learner of the same id
		}
		if w.Code != http.StatusNotFound {
			t.Errorf("B calls %s %s of A: status %d, want 404", call[0], call[1], w.Code)
		}
		checkRefusal(t, w)
	}
	if after := fmt.Sprintf("%+v", attemptsOf(s, "north")); after != before {
		t.Errorf("B has changed A's attempts from\n%s to\n%s", before, after)
	}
	if left := attemptsOf(s, "south")[0]; left.name != "" || attemptsOf(s, "north")[0].name != "Ada Lovelace" {
		t.Errorf("B retires its learner: %+v is left there, and of A's learner %+v", left, attemptsOf(s, "north"))
	}
}

type seen struct {
	status  edx.AttemptStatus
	errors  int
	removed bool
	name    string
}

func attemptsOf(s *service, platform backend.PlatformID) (all []seen) {
	for _, a := range s.memory.Attempts() {
		if a.Platform == platform {
			all = append(all, seen{a.Status, a.Errors, a.Removed, a.Registration.Learner.FullName})
		}
	}
	return all
}

// What is wrong with the operator's values is said when the handler is made, with
// the name of the field.
func TestNewHandler_refuses(t *testing.T) {
	t.Parallel()
	good := platforms()[0]
	texts := func(tag string, texts ...string) backend.Option {
		return backend.WithInstructions(map[string]backend.Instructions{tag: {Exam: texts}})
	}
	with := func(change func(*backend.Platform)) []backend.Platform {
		p := good
		change(&p)
		return []backend.Platform{p}
	}
	for name, tt := range map[string]struct {
		platforms []backend.Platform
		opt       backend.Option
		field     string
	}{
		"no platform":             {nil, nil, "platforms"},
		"a name with a slash":     {with(func(p *backend.Platform) { p.ID = "a/b" }), nil, "platforms[0].ID"},
		"no client id":            {with(func(p *backend.Platform) { p.ClientID = "" }), nil, "platforms[0].ClientID"},
		"a client id that climbs": {with(func(p *backend.Platform) { p.ClientID = ".." }), nil, "platforms[0].ClientID"},
		"one client id twice":     {[]backend.Platform{good, good}, nil, "platforms[1].ClientID"},
		"no secret":               {with(func(p *backend.Platform) { p.Secrets = nil }), nil, "platforms[0].Secrets"},
		"a short secret":          {with(func(p *backend.Platform) { p.Secrets = []backend.Secret{"short"} }), nil, "platforms[0].Secrets"},
		"a secret of zeros":       {with(func(p *backend.Platform) { p.Secrets = []backend.Secret{"0000000000000000"} }), nil, "platforms[0].Secrets"},
		"a secret with its line":  {with(func(p *backend.Platform) { p.Secrets = []backend.Secret{"a secret of a file\n"} }), nil, "platforms[0].Secrets"},
		"a tag as text":           {nil, texts("en", "Press <b>here</b>"), `instructions["en"].Exam`},
		"an entity":               {nil, texts("en", "Bed &amp; breakfast"), `instructions["en"].Exam`},
		"an ampersand":            {nil, texts("en", "R & D"), `instructions["en"].Exam`},
		"a line feed":             {nil, texts("en", "one\ntwo"), `instructions["en"].Exam`},
		"a half character":        {nil, texts("en", "caf\xe9"), `instructions["en"].Exam`},
		"an empty text":           {nil, texts("en", " "), `instructions["en"].Exam`},
		"no text":                 {nil, texts("en"), `instructions["en"].Exam`},
		"a long text":             {nil, texts("en", strings.Repeat("x", 1001)), `instructions["en"].Exam`},
		"no texts at all":         {nil, backend.WithInstructions(nil), "instructions"},
		"no language":             {nil, texts("the English", "Good luck."), `instructions["the English"]`},
		"a practice text":         {nil, backend.WithInstructions(map[string]backend.Instructions{"fr": {Exam: []string{"Bon."}, Practice: []string{"<"}}}), `instructions["fr"].Practice`},
		"a name with a tag":       {nil, backend.WithConfig(backend.Config{Name: "<i>"}), "Config.Name"},
		"a title with a tag":      {nil, backend.WithConfig(backend.Config{Name: "P", Rules: map[string]string{"a": "<i>"}}), "Config.Rules"},
		"a quote in the URL":      {nil, backend.WithConfig(backend.Config{Name: "P", URL: `https://exams.example.org/"`}), "Config.URL"},
		"an apostrophe there":     {nil, backend.WithConfig(backend.Config{Name: "P", URL: `https://exams.example.org/'`}), "Config.URL"},
		"a backslash there":       {nil, backend.WithConfig(backend.Config{Name: "P", URL: `https://exams.example.org\x`}), "Config.URL"},
		"a fragment":              {nil, backend.WithConfig(backend.Config{Name: "P", URL: "https://exams.example.org/#x"}), "Config.URL"},
		"a script":                {nil, backend.WithConfig(backend.Config{Name: "P", URL: "javascript:alert"}), "Config.URL"},
		"no TLS":                  {nil, backend.WithConfig(backend.Config{Name: "P", URL: "http://exams.example.org/"}), "Config.URL"},
		"a relative URL":          {nil, backend.WithConfig(backend.Config{Name: "P", URL: "/start"}), "Config.URL"},
		"no clock":                {nil, backend.WithClock(nil), "WithClock"},
		"no logger":               {nil, backend.WithLogger(nil), "WithLogger"},
		"no link memory":          {nil, backend.WithLinkMemory(nil), "WithLinkMemory"},
		"no dashboard":            {nil, backend.WithDashboard(nil), "WithDashboard"},
		"no error func":           {nil, backend.WithErrorFunc(nil), "WithErrorFunc"},
	} {
		opts := []backend.Option{}
		if tt.opt != nil {
			tt.platforms, opts = platforms(), append(opts, tt.opt)
		}
		_, err := backend.NewHandler(backend.NewMemory(nil), tt.platforms, opts...)
		wrong, ok := errors.AsType[*proctorbook.ValidationError](err)
		if !ok || wrong.Fields[0].Field != tt.field {
			t.Errorf("%s: error = %v, want one about %s", name, err, tt.field)
		}
	}
	if _, err := backend.NewHandler(nil, platforms(), nil); err == nil || !strings.Contains(err.Error(), "provider") || !strings.Contains(err.Error(), "opts[0]") {
		t.Errorf("neither provider nor option: error = %v", err)
	}
}

// A handler in a log shows nothing.
func TestHandlerHidesItsSecrets(t *testing.T) {
	t.Parallel()
	h := newService(t, nil).Handler
	if text := fmt.Sprintf("%v %+v %#v %s", h, h, h, h); strings.Contains(text, secretA) || strings.Contains(text, lmsA) {
		t.Errorf("printed: %s", text)
	}
}
