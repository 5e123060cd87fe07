package edx_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

// The observer sees the sign-in and the call; without a budget nothing is sent again.
func TestWithObserverAndRetryBudget(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.reply(accountRoute, http.StatusServiceUnavailable, "text/html", "<h1>down</h1>")
	var mu sync.Mutex
	var seen []string
	observer := proctorbook.ObserverFunc(func(_ context.Context, e proctorbook.Event) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprintf("%s of %s: %s, status %d", e.Kind, e.Op, e.Outcome, e.Status))
	})
	err := get(t.Context(), p.client(t, edx.WithObserver(observer), edx.WithRetryBudget(0, 1, 1)))
	if !errors.Is(err, edx.ErrUnavailable) {
		t.Errorf("error = %v, want ErrUnavailable", err)
	}
	want := []string{
		"attempt of SignIn: done, status 200", "call of SignIn: done, status 200",
		"attempt of Accounts.Get: failed, status 503", "call of Accounts.Get: failed, status 503",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("the observer saw\n%q, want\n%q", seen, want)
	}
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json(accountRoute, anyAccount)
	if err := get(t.Context(), p.client(t, edx.WithUserAgent("exam-desk/2"))); err != nil {
		t.Fatal(err)
	}
	for _, route := range []string{tokenRoute, accountRoute} {
		if got := p.requests(route)[0].header.Get("User-Agent"); got != "exam-desk/2" {
			t.Errorf("%s was sent with User-Agent %q", route, got)
		}
	}
}
