package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/examples/internal/commandtest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// The server on which the tests run besides SQLite. Each makes a schema of its own there,
// and drops it.
const (
	postgresEnv     = "PROCTORBOOK_POSTGRES_DSN" // such as postgres://postgres@127.0.0.1:5432/test
	notOnPostgreSQL = "NOT TESTED ON POSTGRESQL: run eval \"$(.ci/databases)\", or set " + postgresEnv
)

// freshSchema makes a schema without tables, and returns the URL that leads into it.
func freshSchema(t *testing.T) string {
	t.Helper()
	dsn := os.Getenv(postgresEnv)
	if dsn == "" {
		t.Skip(notOnPostgreSQL)
	}
	server, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	schema := fmt.Sprintf("portal_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := server.ExecContext(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = server.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE")
		_ = server.Close()
	})
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("options", "-c search_path="+schema+" -c client_min_messages=warning")
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return u.String()
}

// The portal on PostgreSQL: a learner by a link books and moves, and staff see it.
func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	s := newSiteOn(t, 0, freshSchema(t))
	b := newBrowser(t, s.url)
	b.get(s.link("ada_l")).wants(t, http.StatusOK, "You came from your course platform")
	booking := b.book("statistics", 4)
	b.post(booking+"/move", "start", b.free("statistics", 9)[8]).wants(t, http.StatusOK, "It is booked")
	s.as("office").get("/staff?q=ada_l").wants(t, http.StatusOK, "1 booking", "Ada Example", "/staff"+booking)
	if s.active() != 1 {
		t.Errorf("%d active reservations, want 1", s.active())
	}
}

// A URL that can't be read is not shown: it may hold a password.
func TestOpenStore(t *testing.T) {
	t.Parallel()
	for _, db := range []string{"postgres://user:hidden%zz@127.0.0.1/x", "postgres://user:hidden@127.0.0.1:1/x?connect_timeout=1", t.TempDir()} {
		_, _, err := openStore(t.Context(), db)
		if err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("openStore = %v, want an error without the password", err)
		}
	}
}

// jsonFile writes a file for a flag.
func jsonFile(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "file.json")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// realServices are fakes that the portal takes for real services.
type realServices struct {
	lms      *edxtest.Server
	proctors *proctorutest.Server
	exam     scheduling.Exam
}

func newRealServices(t *testing.T) *realServices {
	t.Helper()
	f := &realServices{lms: edxtest.NewServer(), proctors: proctorutest.NewServer()}
	t.Cleanup(f.lms.Close)
	t.Cleanup(f.proctors.Close)
	f.lms.AddCourse(edxtest.Course{Key: statistics, Name: "Statistics", Modes: []edxtest.Mode{{Slug: "verified"}}})
	for i, who := range []string{"ada_l", "bob"} {
		f.lms.AddUser(edxtest.User{ID: int64(i + 1), Username: who, Name: who + " Example", Email: who + "@example.org", TimeZone: "Europe/Paris"})
		f.lms.Enroll(who, statistics, "verified", true)
	}
	f.exam = sampleExams(proctorbook.SystemClock{}.Now())[0].Exam
	f.exam.Usage = edx.MustUsageKey("block-v1:ExampleX+STAT1+2027+type@sequential+block@weekly")
	return f
}

// served is a portal that runs as a program does.
type served struct {
	url    string
	stderr *commandtest.Output
	code   chan int
	end    func() int
}

// serveIt starts the portal on what it takes for real services.
func (f *realServices) serveIt(t *testing.T, more map[string]string) served {
	t.Helper()
	env := map[string]string{
		"PROCTORU_URL": f.proctors.URL, "PROCTORU_TOKEN": f.proctors.Token, "EDX_URL": f.lms.URL, "EDX_CLIENT_ID": f.lms.ClientID, "EDX_CLIENT_SECRET": f.lms.ClientSecret,
		"UNLOCK_KEY": strings.Repeat("no secret ", 4), "SESSION_KEY": strings.Repeat("none too ", 4),
	}
	for name, value := range more {
		env[name] = value
	}
	args := []string{
		"-listen", "127.0.0.1:0", "-db", filepath.Join(t.TempDir(), "bookings.db"), "-exam", jsonFile(t, f.exam),
		"-people", jsonFile(t, []person{{Username: "ada_l"}, {Username: "office", Staff: true}}),
	}
	ctx, stop := context.WithCancel(t.Context())
	stdout, stderr, code := &commandtest.Output{}, &commandtest.Output{}, make(chan int, 1)
	go func() { code <- run(ctx, args, func(name string) string { return env[name] }, stdout, stderr) }()
	s := served{stderr: stderr, code: code, end: func() int { stop(); return <-code }}
	for at := regexp.MustCompile(`http://127\.0\.0\.1:\d+`); s.url == ""; time.Sleep(10 * time.Millisecond) {
		if s.url = at.FindString(stdout.String()); s.url == "" && len(code) > 0 {
			t.Fatalf("the portal has ended with %d: %s", s.end(), stderr)
		}
	}
	return s
}

// On real services a learner signs in and books, the office sees it, and the program ends
// in order. There is no panel, and no platform calls.
func TestRealServices(t *testing.T) {
	t.Parallel()
	f := newRealServices(t)
	s := f.serveIt(t, nil)
	b := newBrowser(t, s.url)
	b.post("/sign-in", "who", "bob").wants(t, http.StatusBadRequest) // is not in the file
	b.post("/sign-in", "who", "ada_l").wants(t, http.StatusOK, "My exams", "Your profile is not complete")
	b.post("/profile", "GivenName", "Ada", "FamilyName", "Example", "Phone", "+33100000000", "Country", "FR", "then", "exam").wants(t, http.StatusOK, "You may book it")
	booking := b.book("exam", 8)
	office := newBrowser(t, s.url)
	office.post("/sign-in", "who", "office").wants(t, http.StatusOK, "1 booking", "ada_l Example", "/staff"+booking)
	for _, path := range []string{"/panel", "/sit/link/x", "/api/v1/config/", "/oauth2/access_token"} {
		office.get(path).wants(t, http.StatusNotFound)
	}
	if code := s.end(); code != command.Done || s.stderr.String() != "" {
		t.Errorf("exit code %d, want 0 and nothing said: %s", code, s.stderr)
	}
	short := f.serveIt(t, map[string]string{"PROVIDER_CLIENT_ID": "lms", "PROVIDER_CLIENT_SECRET": "hidden secret", "PUBLIC_URL": "https://exams.example.org", "LINK_KEY": "hidden"})
	if code := <-short.code; code != command.WrongInput || strings.Contains(short.stderr.String(), "hidden") {
		t.Errorf("a short LINK_KEY: exit code %d, want 2, and no secret in %s", code, short.stderr)
	}
	if n := f.proctors.Counts(); n.ActiveNow != 1 {
		t.Errorf("%d active reservations, want 1", n.ActiveNow)
	}
}

// With the four variables more the portal is the proctoring provider of the platform: bob,
// who may not sign in by choosing his name, comes by the link.
func TestRealServicesByLink(t *testing.T) {
	t.Parallel()
	f := newRealServices(t)
	const secret = "a secret of the platform"
	s := f.serveIt(t, map[string]string{
		"PROVIDER_CLIENT_ID": "lms", "PROVIDER_CLIENT_SECRET": secret, "PUBLIC_URL": "https://exams.example.org/", "LINK_KEY": strings.Repeat("nor this ", 4),
	})
	f.lms.AddBackend(edxtest.Backend{Name: providerName, ClientID: "lms", ClientSecret: secret, URL: s.url})
	exam, err := f.lms.PublishExam(t.Context(), edxtest.Exam{
		Course: statistics, Content: f.exam.Usage.String(), Name: "Weekly test", Minutes: 45, Due: f.exam.Window.End, Proctored: true, Backend: providerName,
	})
	if err != nil {
		t.Fatal(err)
	}
	view, err := f.lms.Learner("bob", edxtest.OldPage).SetUp(t.Context(), exam.ID)
	if err != nil {
		t.Fatal(err)
	}
	link, ours := strings.CutPrefix(view.Download, "https://exams.example.org")
	if !ours {
		t.Fatalf("the link is %q", view.Download)
	}
	b := newBrowser(t, s.url)
	b.get(link).wants(t, http.StatusOK, "You came from your course platform", "45 minutes", "Your profile is not complete")
	b.post("/profile", "GivenName", "Bob", "FamilyName", "Example", "Phone", "+33100000000", "Country", "FR", "then", "exam").wants(t, http.StatusOK, "You may book it")
	booking := b.book("exam", 8)
	for _, c := range b.client.Jar.Cookies(&url.URL{Scheme: "http", Host: strings.TrimPrefix(s.url, "http://"), Path: "/"}) {
		if c.Name != cookieName && !strings.HasPrefix(c.Name, "__Host-sitting-") {
			t.Errorf("cookie %s", c.Name)
		}
	}
	office := newBrowser(t, s.url)
	office.post("/sign-in", "who", "office").wants(t, http.StatusOK, "bob Example", "/staff"+booking)
	if code := s.end(); code != command.Done || s.stderr.String() != "" {
		t.Errorf("exit code %d, want 0 and nothing said: %s", code, s.stderr)
	}
}
