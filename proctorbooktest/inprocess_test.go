package proctorbooktest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

const zoneList = "getTimeZoneList"

// newProvider is a fake without a listener, and its time stands still.
func newProvider() *proctorutest.Server {
	return proctorutest.NewUnstartedServer(proctorutest.WithClock(proctorbooktest.NewClock(monday)))
}

// get sends a request and reads the answer to its end.
func get(ctx context.Context, rt http.RoundTripper, url string) (body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

func TestInProcessReportsWhetherAConnectionWasMade(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault proctorbooktest.FaultKind
		want  string
	}{
		{"", "GetConn GotConn WroteRequest"},
		{proctorbooktest.LoseRequest, "GetConn GotConn WroteRequest"},
		{proctorbooktest.Refuse, "GetConn"},
	} {
		provider := newProvider()
		if tt.fault != "" {
			provider.Fault(proctorbooktest.Fault{Kind: tt.fault})
		}
		var seen []string
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			GetConn:      func(string) { seen = append(seen, "GetConn") },
			GotConn:      func(httptrace.GotConnInfo) { seen = append(seen, "GotConn") },
			WroteRequest: func(httptrace.WroteRequestInfo) { seen = append(seen, "WroteRequest") },
		})

		_, err := get(ctx, proctorbooktest.InProcess(provider), provider.URL+"/"+zoneList)

		if got := strings.Join(seen, " "); got != tt.want || (err == nil) != (tt.fault == "") {
			t.Errorf("fault %q: trace = %q, error = %v; want %q", tt.fault, got, err, tt.want)
		}
	}
}

func TestInProcessRespectsAContextThatHasEnded(t *testing.T) {
	t.Parallel()
	provider := newProvider()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errLeft)

	_, err := get(ctx, proctorbooktest.InProcess(provider), provider.URL+"/"+zoneList)

	if !errors.Is(err, errLeft) {
		t.Errorf("error = %v, want %v", err, errLeft)
	}
	if n := provider.Counts().Requests[zoneList]; n != 0 {
		t.Errorf("the fake saw %d requests, want 0", n)
	}
}

func TestInProcessAnswersThatDoNotArrive(t *testing.T) {
	t.Parallel()
	for _, kind := range []proctorbooktest.FaultKind{proctorbooktest.LoseAnswer, proctorbooktest.CutBody} {
		provider := newProvider()
		whole, err := get(t.Context(), proctorbooktest.InProcess(provider), provider.URL+"/"+zoneList)
		if err != nil {
			t.Fatal(err)
		}
		provider.Fault(proctorbooktest.Fault{Kind: kind})

		got, err := get(t.Context(), proctorbooktest.InProcess(provider), provider.URL+"/"+zoneList)

		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: error = %v, want %v", kind, err, io.ErrUnexpectedEOF)
		}
		want := 0
		if kind == proctorbooktest.CutBody {
			want = len(whole) / 2
		}
		if len(got) != want {
			t.Errorf("%s: %d bytes of %d arrived, want %d", kind, len(got), len(whole), want)
		}
	}
}

// What goes wrong in a handler besides a closed connection is a bug, and is heard of.
func TestInProcessPassesPanicsOn(t *testing.T) {
	t.Parallel()
	defer func() {
		if got := recover(); got != "a bug" {
			t.Errorf("panic = %v, want the handler's", got)
		}
	}()
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug") })
	_, err := get(t.Context(), proctorbooktest.InProcess(handler), proctorbooktest.InProcessURL)
	t.Errorf("the call returned, with the error %v", err)
}
