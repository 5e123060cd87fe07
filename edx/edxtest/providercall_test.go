package edxtest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// wall is the clock of the bubble.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

// slow serves a provider that takes its time, over a network of the bubble, and returns
// what comes of publishing an exam there.
func slow(t *testing.T, provider http.HandlerFunc) *edxtest.Server {
	t.Helper()
	wire := proctorbooktest.Pipe(provider)
	t.Cleanup(wire.Close)
	server := edxtest.NewUnstartedServer(edxtest.WithClock(wall{}))
	server.AddBackend(edxtest.Backend{Name: "x", URL: wire.URL, ClientID: "id", ClientSecret: "s", Transport: wire.Transport()})
	return server
}

const goodToken = `{"access_token":"t","expires_in":60}`

func publish(t *testing.T, server *edxtest.Server) {
	t.Helper()
	if _, err := server.PublishExam(t.Context(), edxtest.Exam{Course: logic, Content: "final", Proctored: true, Backend: "x"}); err != nil {
		t.Error(err)
	}
}

// A token has to come within five seconds, and so has each part of it. Calls have all
// the time of the world.
func TestWaitingForAProvider(t *testing.T) {
	t.Parallel()
	part := func(w http.ResponseWriter, text string) {
		fmt.Fprint(w, text)
		_ = http.NewResponseController(w).Flush()
		time.Sleep(4 * time.Second)
	}
	for name, tt := range map[string]struct {
		token, call func(http.ResponseWriter)
		want        string
	}{
		"at once":              {func(w http.ResponseWriter) { fmt.Fprint(w, goodToken) }, func(http.ResponseWriter) {}, ""},
		"a token in parts":     {func(w http.ResponseWriter) { part(w, goodToken[:9]); fmt.Fprint(w, goodToken[9:]) }, func(http.ResponseWriter) {}, ""},
		"a token that is late": {func(w http.ResponseWriter) { time.Sleep(6 * time.Second); fmt.Fprint(w, goodToken) }, nil, "it did not come in time"},
		"half a token":         {func(w http.ResponseWriter) { part(w, goodToken[:9]); time.Sleep(2 * time.Second) }, nil, "it did not come in time"},
		"a call of a day":      {func(w http.ResponseWriter) { fmt.Fprint(w, goodToken) }, func(http.ResponseWriter) { time.Sleep(24 * time.Hour) }, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			server := slow(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/oauth2/access_token" {
					tt.token(w)
					return
				}
				tt.call(w)
				fmt.Fprint(w, `{"id":"e-1"}`)
			})
			publish(t, server)
			e, _ := server.Exam(1)
			got := fmt.Sprint(server.Seen().Troubles)
			if registered := e.ExternalID == "e-1"; registered != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("%s: exam = %+v, troubles = %s; want %q", name, e, got, tt.want)
			}
			time.Sleep(time.Minute) // the provider ends what nobody waits for
		})
	}
}

// An answer of more than five seconds is noted, by the machine's clock and by the
// server's: the page that waits for it hangs.
func TestSlowAnswersAreNoted(t *testing.T) {
	t.Parallel()
	const text = "the page, and a worker of the platform, waited for it"
	for after, want := range map[time.Duration]bool{4 * time.Second: false, 6 * time.Second: true} {
		synctest.Test(t, func(t *testing.T) {
			server := slow(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/oauth2/access_token" {
					time.Sleep(after)
				}
				fmt.Fprint(w, `{"access_token":"t","expires_in":60,"id":"e-1"}`)
			})
			publish(t, server)
			if got := fmt.Sprint(server.Seen().Troubles); strings.Contains(got, text) != want {
				t.Errorf("an answer after %s: troubles = %s", after, got)
			}
		})
		p, v := newProvider(t)
		p.fake.AddBackend(edxtest.Backend{Name: "x", URL: "http://127.0.0.1", Transport: proctorbooktest.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p.clock.Advance(after)
			v.ServeHTTP(w, r)
		}))})
		publish(t, p.fake)
		if got := fmt.Sprint(p.fake.Seen().Troubles); strings.Contains(got, text) != want {
			t.Errorf("%s by the server's clock: troubles = %s", after, got)
		}
	}
}

// never is a network on which nothing is reached.
type never struct{}

func (never) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestConnectingToAProvider(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := edxtest.NewUnstartedServer(edxtest.WithClock(wall{}))
		server.AddBackend(edxtest.Backend{Name: "x", URL: "http://127.0.0.1", Transport: never{}})
		start := time.Now()
		publish(t, server)
		if took, want := time.Since(start), 3050*time.Millisecond; took != want {
			t.Errorf("the platform waited for %s, want %s", took, want)
		}
	})
}

// The platform does not try again, and keeps a token which a 401 has refused.
func TestNoRenewalAfter401(t *testing.T) {
	t.Parallel()
	p, v := newProvider(t)
	v.statuses["POST /api/v1/exam/"], v.bodies["POST /api/v1/exam/"] = 401, `{}`
	for range 2 {
		publish(t, p.fake)
	}
	v.expect(t, "POST /api/v1/exam/ <nil>", "POST /api/v1/exam/ <nil>")
	if v.tokens != 1 {
		t.Errorf("the platform fetched %d tokens, want 1", v.tokens)
	}
}

// A token is used until five seconds before its end.
func TestTheLifeOfAToken(t *testing.T) {
	t.Parallel()
	p, v := newProvider(t)
	publish(t, p.fake)
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{3594 * time.Second, 1}, {time.Second, 2}, {3594 * time.Second, 2}} {
		p.clock.Advance(tt.after)
		publish(t, p.fake)
		if v.tokens != tt.want {
			t.Errorf("after %s more the platform has fetched %d tokens, want %d", tt.after, v.tokens, tt.want)
		}
	}
}

// Without a token nothing is sent, and who waits for the call gets an error page; only
// exams are saved all the same.
func TestAProviderWithoutTokens(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"<html>", `{"access_token":"t"}`, `{"access_token":"t","expires_in":"60"}`, `{"expires_in":60}`, "[]"} {
		p, v := newProvider(t)
		v.tokenIs = token
		publish(t, p.fake)
		_, err := p.fake.Learner("ada_l", edxtest.OldPage).SetUp(t.Context(), 1)
		if err == nil || !strings.Contains(err.Error(), "status 500") {
			t.Errorf("%s: SetUp = %v, want an error page", token, err)
		}
		v.expect(t)
		troubles := p.fake.Seen().Troubles
		if len(troubles) != 2 || troubles[0].Fatal || !troubles[1].Fatal || !strings.Contains(troubles[1].Text, "the platform got no token: the answer was no JSON with access_token") {
			t.Errorf("%s: troubles = %v, want both calls, and only the second fatal", token, troubles)
		}
	}
}

// Where the base URL ends in the path of the token already, it is not doubled.
func TestWhereTokensAre(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"": "/oauth2/access_token", "/sub": "/sub/oauth2/access_token", "/oauth2": "/oauth2/access_token", "/oauth2/access_token": "/oauth2/access_token",
	} {
		p := newCampus(t)
		var first string
		p.fake.AddBackend(edxtest.Backend{Name: "x", URL: "http://127.0.0.1" + base, Transport: proctorbooktest.InProcess(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			first = r.URL.Path
		}))})
		publish(t, p.fake)
		if first != want {
			t.Errorf("%s: the token is at %s, want %s", base, first, want)
		}
	}
}

// While the platform waits for a provider it serves others, the provider among them.
func TestAProviderMayCallBackAtOnce(t *testing.T) {
	t.Parallel()
	p, r := newRoom(t)
	p.fake.AddBackend(edxtest.Backend{Name: "room", URL: "http://room.example", Transport: proctorbooktest.InProcess(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodGet {
			r.callBack(t, "a-1", "ready", `{}`)
		}
		r.ServeHTTP(w, req)
	}))})
	view := mustView(t)(p.fake.Learner("ada_l", edxtest.OldPage).SetUp(t.Context(), 1))
	if view.Status != "ready_to_start" {
		t.Errorf("the attempt is %s, want ready_to_start", view.Status)
	}
}

// A provider on the network needs no transport, and redirects are followed as the
// platform follows them: what is no GET becomes one.
func TestRedirects(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/oauth2/access_token":
			fmt.Fprint(w, goodToken)
		case r.Method == http.MethodPatch:
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		case strings.HasSuffix(r.URL.Path, "/attempt/"):
			fmt.Fprint(w, `{"id":"a-1"}`)
		default:
			fmt.Fprint(w, `{"id":"e-1","download_url":"https://x.example/d"}`)
		}
	}))
	defer provider.Close()
	p.fake.AddBackend(edxtest.Backend{Name: "x", URL: provider.URL})
	publish(t, p.fake)
	mustView(t)(p.fake.Learner("ada_l", edxtest.OldPage).SetUp(t.Context(), 1))
	p.run([]step{{name: "start", request: "PUT " + api + "attempt/2", as: learner, body: `{"action":"start"}`, want: "200 application/json {"}})
	troubles := p.fake.Seen().Troubles
	if len(troubles) != 1 || troubles[0].Fatal || !strings.Contains(troubles[0].Text, "a redirect, which made the PATCH a GET") {
		t.Errorf("troubles = %v, want the redirect", troubles)
	}
}

// Who gives up ends the platform's wait as well.
func TestGivingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := slow(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the caller has gone
			if r.URL.Path != "/oauth2/access_token" {
				<-r.Context().Done()
			}
			fmt.Fprint(w, goodToken)
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := server.PublishExam(ctx, edxtest.Exam{Course: logic, Content: "final", Proctored: true, Backend: "x"}); err != nil {
			t.Error(err)
		}
		if got := fmt.Sprint(server.Seen().Troubles); !strings.Contains(got, "nothing came back") {
			t.Errorf("troubles = %s", got)
		}
	})
}
