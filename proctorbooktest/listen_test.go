package proctorbooktest_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// In a bubble an hour of waiting for a server that hangs takes no time at all.
func TestPipeWorksInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		provider := newProvider()
		listener := proctorbooktest.Pipe(provider)
		defer listener.Close()
		provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Hang})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began := time.Now()

		_, err := get(ctx, listener.Transport(), listener.URL+"/api/"+zoneList)

		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want the deadline", err)
		}
		if got := time.Since(began); got != time.Hour {
			t.Errorf("waited %v in the bubble, want 1h", got)
		}
	})
}

func TestLoopbackIsReachedByAnyClient(t *testing.T) {
	t.Parallel()
	listener := proctorbooktest.Loopback(newProvider())
	defer listener.Close()
	for name, rt := range map[string]http.RoundTripper{"its own": listener.Transport(), "another": http.DefaultTransport} {
		body, err := get(t.Context(), rt, listener.URL+"/api/"+zoneList)
		if err != nil || !strings.Contains(body, "time_sent") {
			t.Errorf("%s: body = %.60s, error = %v; want an envelope", name, body, err)
		}
	}
}

func TestCloseEndsAHangingRequest(t *testing.T) {
	t.Parallel()
	provider := newProvider()
	listener := proctorbooktest.Loopback(provider)
	provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Hang})
	ended := make(chan error, 1)
	go func() {
		_, err := get(context.Background(), listener.Transport(), listener.URL+"/api/"+zoneList)
		ended <- err
	}()
	for provider.Counts().Requests[zoneList] == 0 {
		time.Sleep(time.Millisecond)
	}

	listener.Close()
	listener.Close()

	if err := <-ended; err == nil {
		t.Error("the request got an answer, want an error")
	}
}

func TestPipeAfterClose(t *testing.T) {
	t.Parallel()
	listener := proctorbooktest.Pipe(newProvider())
	if _, err := get(t.Context(), listener.Transport(), listener.URL+"/api/"+zoneList); err != nil {
		t.Fatalf("before Close: %v", err)
	}
	listener.Close()

	if _, err := get(t.Context(), listener.Transport(), listener.URL+"/api/"+zoneList); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: error = %v, want %v", err, net.ErrClosed)
	}
}
