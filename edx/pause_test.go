package edx_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

// A client that is refused for good does not ask for a token at each call, nor at each
// call whose new token is rejected. It asks ever less often, and goes on when it may.
func TestRefusalsAreAskedForLessOften(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(p *lms){
		"no token is given": func(p *lms) {
			p.reply(tokenRoute, http.StatusUnauthorized, "application/json", `{"error":"invalid_client"}`)
		},
		"no token is taken": func(p *lms) { p.onlyToken("none is good") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, now := newLMS(t), newClock()
			give := p.answers[tokenRoute]
			p.json(accountRoute, anyAccount)
			refuse(p)
			client := p.client(t, edx.WithClock(now))
			var last error
			for range 50 {
				last = get(t.Context(), client)
			}
			if got := p.count(tokenRoute); last == nil || got > 3 {
				t.Errorf("50 calls asked for %d tokens, and the last ended with %v; want at most 3", got, last)
			}
			before := p.count(tokenRoute)
			for range 24 * 60 {
				now.advance(time.Minute)
				_ = get(t.Context(), client)
			}
			if got := p.count(tokenRoute) - before; got < 200 || got > 300 {
				t.Errorf("calls of a whole day asked for %d tokens, want about one in 5 minutes", got)
			}
			p.handle(tokenRoute, give)
			p.json(accountRoute, anyAccount)
			now.advance(5 * time.Minute)
			if err := get(t.Context(), client); err != nil {
				t.Errorf("after the refusals: %v, want nil", err)
			}
		})
	}
}

// The error of a pause says how long it lasts, and why there is one.
func TestPauseSaysHowLong(t *testing.T) {
	t.Parallel()
	p, now := newLMS(t), newClock()
	p.reply(tokenRoute, http.StatusUnauthorized, "application/json", `{"error":"invalid_client"}`)
	client := p.client(t, edx.WithClock(now))
	for i, want := range []time.Duration{0, 0, 2 * time.Second, 0, 4 * time.Second, 0, 8 * time.Second} {
		err := get(t.Context(), client)
		failed, ok := errors.AsType[*edx.Error](err)
		refused, because := errors.AsType[*edx.SignInError](err)
		if !ok || failed.RetryAfter != want || !because || refused.Code != "invalid_client" || !errors.Is(err, proctorbook.ErrNotDone) {
			t.Errorf("call %d: %v, want RetryAfter %v and the refusal", i, err, want)
		}
		now.advance(want)
	}
	if got := p.count(tokenRoute); got != 4 {
		t.Errorf("%d requests for tokens, want 4", got)
	}
}

// A burst of calls whose token is rejected counts as one rejection or two, not as many.
func TestBurstOfRejectionsIsAShortPause(t *testing.T) {
	t.Parallel()
	p, now := newLMS(t), newClock()
	p.onlyToken("none is good")
	client := p.client(t, edx.WithClock(now))
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { _ = get(t.Context(), client) })
	}
	all.Wait()
	p.json(accountRoute, anyAccount)
	p.onlyToken(fmt.Sprintf("JWT token-%d", p.count(tokenRoute)+1))
	now.advance(2 * time.Second)
	if err := get(t.Context(), client); err != nil {
		t.Errorf("2 seconds after the burst: %v, want nil", err)
	}
}
