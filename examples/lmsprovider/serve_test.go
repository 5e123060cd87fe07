package main

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/examples/internal/commandtest"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// The real service, on fakes that it takes for real ones: an LMS saves an exam and
// registers a learner, whom the background identifies, and staff look and tie.
func TestRealService(t *testing.T) {
	t.Parallel()
	for _, root := range []string{"", "/exam-office"} { // the service may stand below a path
		t.Run("at "+root, func(t *testing.T) {
			t.Parallel()
			testRealService(t, root)
		})
	}
}

func testRealService(t *testing.T, root string) {
	f := newFakes(proctorbook.SystemClock{}, time.Now())
	t.Cleanup(f.close)
	env := map[string]string{
		"PROCTORU_URL": f.proctors.URL, "PROCTORU_TOKEN": f.proctors.Token, "EDX_URL": f.lms.URL, "EDX_CLIENT_ID": "service", "EDX_CLIENT_SECRET": "no secret either",
		"PROVIDER_CLIENT_ID": clientID, "PROVIDER_CLIENT_SECRET": secret.Reveal(), "UNLOCK_KEY": strings.Repeat("no secret ", 4),
		"PUBLIC_URL": "https://proctoring.example.org" + root + "/", "LINK_KEY": strings.Repeat("no secret ", 4),
	}
	db := filepath.Join(t.TempDir(), "service.db")
	args := []string{"-db", db, "-exams", file(t, `[{"zone": "Europe/Paris", "window": {"start": "2027-01-11T08:00:00Z"}, "policy": {"notice": "24h"}}]`)}
	h := served(t, env, args...)
	if h.ClientSecret != "" {
		t.Error("the first line of a real service holds its secret")
	}
	f.lms.AddBackend(edxtest.Backend{Name: acme, ClientID: clientID, ClientSecret: secret.Reveal(), URL: h.BaseURL + root})
	exam, err := f.lms.PublishExam(t.Context(), edxtest.Exam{
		Course: course, Content: content, Name: "Final exam", Minutes: 90, Due: time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC), Proctored: true, Backend: acme,
	})
	if err != nil {
		t.Fatal(err)
	}
	view, err := f.lms.Learner("ada_l", edxtest.OldPage).SetUp(t.Context(), exam.ID)
	if err != nil {
		t.Fatal(err)
	}
	link, ours := strings.CutPrefix(view.Download, "https://proctoring.example.org"+root+"/sit/link/")
	if !ours {
		t.Fatalf("the learner's link is %q", view.Download)
	}
	once := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	opened, err := once.Get(h.BaseURL + root + "/sit/link/" + link)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Body.Close()
	if to := opened.Header.Get("Location"); opened.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, root+"/sit/at/") || len(opened.Cookies()) != 1 {
		t.Errorf("the link answers %s, to %q, with %d cookies; want one, and the learner's pages", opened.Status, to, len(opened.Cookies()))
	}
	sitting, _ := f.lms.Sitting(view.Attempt)
	attempt := waitFor(t, db, backend.AttemptID(sitting.ExternalID))

	staff := func(more ...string) (int, string) {
		var stdout, stderr commandtest.Output
		code := run(t.Context(), append(args, more...), func(name string) string { return env[name] }, &stdout, &stderr)
		return code, stdout.String() + stderr.String()
	}
	code, said := staff("-check")
	for _, want := range []string{"ok       openedx_exams", "ok       openedx_attempts", "ok       openedx_reviews", "ok       unlock_keys"} {
		if !strings.Contains(said, want) || code != command.Done {
			t.Errorf("-check: exit code %d, want 0 and %q in\n%s", code, want, said)
		}
	}
	if code, said := staff("-tie", string(attempt.User)+"=ada_l", "-by", "desk"); code != command.Done || !strings.Contains(said, "is learner lms-4211") {
		t.Errorf("-tie: exit code %d, %s", code, said)
	}
	if code, said := staff("-tie", "nobody=ada_l", "-by", "desk"); code != command.Failed {
		t.Errorf("-tie of an unknown user: exit code %d, %s; want 1", code, said)
	}
}

// waitFor returns the attempt as it is kept once its learner is identified.
func waitFor(t *testing.T, db string, id backend.AttemptID) openedx.Attempt {
	t.Helper()
	store, err := sqlstore.OpenSQLite(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("the learner is not identified"))
	defer cancel()
	for {
		a, err := store.OpenEdX().Attempt(ctx, id)
		if err != nil {
			t.Fatal(err, context.Cause(ctx))
		}
		if a.Learner != "" {
			return a
		}
		time.Sleep(10 * time.Millisecond)
	}
}
