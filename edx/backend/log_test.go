package backend_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/proctorbook/proctorbook/edx/backend"
)

// logged is what the log has of the last record, without its time.
func (s *service) logged() string {
	lines := strings.Split(strings.TrimSpace(s.log.String()), "\n")
	_, rest, _ := strings.Cut(lines[len(lines)-1], " ")
	return rest
}

// An operator of two platforms sees in the log which of them has the wrong secret, and
// what was wrong with a token.
func TestRefusedSignInsInTheLog(t *testing.T) {
	t.Parallel()
	form := func(client, secret string) string {
		return "grant_type=client_credentials&client_id=" + client + "&client_secret=" + secret + "&token_type=jwt"
	}
	claims := jwt.MapClaims{"sub": lmsA, "aud": "proctorbook/edx/backend", "exp": recordedAt.Add(time.Hour).Unix()}
	foreign := signedBy(t, jwt.SigningMethodHS256, tokenKey(lmsA, "a secret of before"), claims)
	for name, tt := range map[string]struct {
		form, token string
		after       time.Duration
		want        string
	}{
		"a wrong secret":   {form: form(lmsA, "wrong-personal"), want: `level=WARN msg="backend: refused" call=token status=401 platform=north why="wrong secret"`},
		"another's secret": {form: form(lmsB, "provider-secret"), want: `level=WARN msg="backend: refused" call=token status=401 platform=south why="wrong secret"`},
		"no such client":   {form: form("personal", secretA), want: `level=INFO msg="backend: refused" call=token status=401 platform="" why="unknown client"`},
		"another grant":    {form: "grant_type=password", want: `level=INFO msg="backend: refused" call=token status=400 platform="" why="unknown grant type"`},
		"no form":          {form: "%zz", want: `level=INFO msg="backend: refused" call=token status=400 platform="" why="no form"`},
		"no token":         {want: `level=INFO msg="backend: refused" call=config status=401 platform="" why="no token"`},
		"not a token":      {token: "personal", want: `level=INFO msg="backend: refused" call=config status=401 platform="" why="malformed token"`},
		"an old token":     {after: 2 * time.Hour, want: `level=INFO msg="backend: refused" call=config status=401 platform=north why="expired token"`},
		"a foreign token":  {token: foreign, want: `level=WARN msg="backend: refused" call=config status=401 platform=north why="foreign token"`},
	} {
		s := newService(t, nil)
		if tt.after > 0 {
			tt.token = s.token(t, lmsA, secretA)
			s.clock.Advance(tt.after)
		}
		if tt.form != "" {
			s.do("POST", "/oauth2/access_token", "", tt.form)
		} else {
			s.do("GET", "/api/v1/config/", tt.token, "")
		}
		if got := s.logged(); got != tt.want {
			t.Errorf("%s: the log has\n%s, want\n%s", name, got, tt.want)
		}
	}
}

// A dashboard link that opens nothing tells the staff what there is to do, and the
// operator why it was.
func TestRefusedLinksInTheLog(t *testing.T) {
	t.Parallel()
	const (
		again   = "Please open it again from your course."
		support = "This link is not valid. Please tell the support of your learning platform.\n"
	)
	at := func(client, secret string, changed jwt.MapClaims) string {
		return dashboardPath(client, signed(t, secret, link(changed)))
	}
	for name, tt := range map[string]struct {
		path, why, page string
	}{
		"expired":          {at(lmsA, secretA, jwt.MapClaims{"exp": recordedAt.Unix() - 11}), `level=INFO platform=north why="expired link"`, again},
		"a wrong secret":   {at(lmsA, "a secret of before", nil), `level=WARN platform=north why="foreign link"`, support},
		"another issuer":   {at(lmsA, secretA, jwt.MapClaims{"iss": lmsB}), `level=INFO platform=north why="unusable link"`, support},
		"an unknown id":    {at("nobody", secretA, nil), `level=INFO platform="" why="unknown client"`, support},
		"no course":        {at(lmsA, secretA, jwt.MapClaims{"course_id": nil}), `level=INFO platform=north why="unusable link"`, support},
		"for a year":       {at(lmsA, secretA, jwt.MapClaims{"exp": recordedAt.AddDate(1, 0, 0).Unix()}), `level=INFO platform=north why="unusable link"`, support},
		"what is none":     {dashboardPath(lmsA, "personal.personal.personal"), `level=INFO platform=north why="malformed link"`, support},
		"no token":         {dashboardPath(lmsA, ""), `level=INFO platform=north why="malformed link"`, support},
		"used once before": {at(lmsA, secretA, nil), `level=INFO platform=north why="used link"`, again},
	} {
		s := newService(t, nil)
		w := s.do("GET", tt.path, "", "")
		if w.Code == http.StatusOK {
			w = s.do("GET", tt.path, "", "")
		}
		level, rest, _ := strings.Cut(tt.why, " ")
		if want := level + ` msg="backend: refused" call=dashboard status=403 ` + rest; s.logged() != want {
			t.Errorf("%s: the log has\n%s, want\n%s", name, s.logged(), want)
		}
		if !strings.Contains(w.Body.String(), tt.page) {
			t.Errorf("%s: the page is %q, want %q", name, w.Body, tt.page)
		}
	}
}

// Whatever else becomes of a call, the log has the platform whose call it is.
func TestPlatformsInTheLog(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		trouble func(context.Context, <-chan struct{}) error
		want    []string
	}{
		"a panic":                 {func(context.Context, <-chan struct{}) error { panic("a bug") }, []string{`msg="backend: panic" call="get attempt" platform=north`, `status=503 platform=north`}},
		"no answer":               {func(_ context.Context, end <-chan struct{}) error { <-end; return nil }, []string{`status=503 platform=north`}},
		"a page that is not sent": {func(context.Context, <-chan struct{}) error { return nil }, []string{`left out: it must begin with https://" call="get attempt" platform=north`}},
	} {
		synctest.Test(t, func(t *testing.T) {
			end := make(chan struct{})
			defer close(end)
			var hang bool
			s := newService(t, func(inner backend.Provider) backend.Provider {
				return &odd{troubled{Provider: inner, trouble: func(ctx context.Context) error {
					if !hang {
						return nil
					}
					return tt.trouble(ctx, end)
				}}}
			}, backend.WithDashboard(func(http.ResponseWriter, *http.Request, backend.Dashboard) { _ = tt.trouble(t.Context(), end) }))
			token := s.token(t, lmsA, secretA)
			path := s.sitting(t, token)
			hang = true
			s.do("GET", path, token, "")
			for _, want := range tt.want {
				if !strings.Contains(s.log.String(), want) {
					t.Errorf("%s: the log has\n%s, and not\n%s", name, s.log, want)
				}
			}
			if w := s.do("GET", ofA(nil)(t), "", ""); w.Code != http.StatusOK && !strings.HasSuffix(s.logged(), "call=dashboard status=503 platform=north") {
				t.Errorf("%s: the log has of a dashboard\n%s", name, s.logged())
			}
		})
	}
}

// odd is a provider whose URLs can't be shown.
type odd struct{ troubled }

func (p *odd) SetUp(ctx context.Context, ref backend.AttemptRef) (backend.SetUp, error) {
	found, err := p.troubled.SetUp(ctx, ref)
	found.URL = "http://personal.example.org/"
	return found, err
}

// A body that is refused leaves in the log which kind of bad it was, and nothing of it.
func TestRefusedBodiesInTheLog(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token := s.token(t, lmsA, secretA)
	path := s.sitting(t, token)
	exam := path[:strings.Index(path, "attempt/")]
	with := func(body, old, fresh string) string { return strings.Replace(body, old, fresh, 1) }
	for _, tt := range []struct{ method, path, body, why string }{
		{"PATCH", path, `[]`, "no JSON object"},
		{"PATCH", path, `null`, "no JSON object"},
		{"PATCH", path, `"personal"`, "no JSON object"},
		{"PATCH", path, `{"status":"started"`, "no JSON"},
		{"PATCH", path, `<personal>`, "no JSON"},
		{"PATCH", path, `{}`, "unknown status"},
		{"PATCH", path, `{"status":"personal"}`, "unknown status"},
		{"PATCH", path, `{"status":7}`, "another kind of value at status"},
		{"PATCH", path, strings.Repeat(" ", 300<<10), "too large"},
		{"POST", "/api/v1/exam/", with(examBody, `"course-v1:edX+DemoX+Demo_Course"`, `"personal"`), "unusable value"},
		{"POST", "/api/v1/exam/", with(examBody, `"time_limit_mins": 90`, `"time_limit_mins": "90"`), "another kind of value at time_limit_mins"},
		{"POST", "/api/v1/exam/", with(examBody, `"time_limit_mins": 90`, `"time_limit_mins": -1`), "unusable time_limit_mins"},
		{"POST", "/api/v1/exam/", with(examBody, "course_id", "course"), "no course_id"},
		{"POST", "/api/v1/exam/", with(examBody, "content_id", "content"), "no content_id"},
		{"POST", "/api/v1/exam/", with(examBody, "2027-07-01T16:00:00Z", "personal"), "unusable due_date"},
		{"POST", "/api/v1/exam/", with(examBody, "2027-07-01T16:00:00Z", "0000-07-01T16:00:00Z"), "unusable due_date"},
		{"POST", exam + "attempt/", with(adaBody, ada, "personal"), "unusable user_id"},
		{"POST", exam + "attempt/", with(adaBody, ": 105", ": 99999999"), "unusable time_limit_mins"},
	} {
		w := s.do(tt.method, tt.path, token, tt.body)
		if got := s.logged(); w.Code/100 != 4 || !strings.HasSuffix(got, `platform=north why="`+tt.why+`"`) || strings.Contains(got, "personal") {
			t.Errorf("%.60s: status %d, the log has\n%s, want why %q", tt.body, w.Code, got, tt.why)
		}
	}
	r := s.do("PATCH", path, token, "")
	if got := s.logged(); r.Code != http.StatusUnsupportedMediaType || !strings.HasSuffix(got, `why="another media type"`) {
		t.Errorf("no content type: status %d, the log has\n%s", r.Code, got)
	}
}
