package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// interrupting is a wire on which, with the nth request, the user presses Ctrl-C:
// the request goes out or not, and no answer comes.
type interrupting struct {
	http.RoundTripper
	left   *int
	act    bool
	cancel context.CancelFunc
}

func (w interrupting) RoundTrip(r *http.Request) (*http.Response, error) {
	*w.left--
	if *w.left != 0 {
		return w.RoundTripper.RoundTrip(r)
	}
	if w.act {
		if resp, err := w.RoundTripper.RoundTrip(r); err == nil {
			resp.Body.Close()
		}
	}
	w.cancel()
	return nil, context.Canceled
}

// Wherever the user interrupts the trial, nothing is left.
func TestTrialCleansUpAfterAnInterruption(t *testing.T) {
	t.Parallel()
	for _, plays := range []string{"", "repeated-id=creates", "create-with-number=ignored", "second-removal=not-found", "list-lag=time"} {
		for _, act := range []bool{false, true} {
			for nth := 1; ; nth++ {
				s := newSandbox(t)
				if variant, alternative, ok := strings.Cut(plays, "="); ok {
					if err := s.Play(variant, alternative); err != nil {
						t.Fatal(err)
					}
				}
				ctx, cancel := context.WithCancel(t.Context())
				left := nth
				trial := s.trial(func(rt http.RoundTripper) http.RoundTripper { return interrupting{rt, &left, act, cancel} })
				err := trial.run(ctx, true)
				if begun, err := trial.cleanUp(ctx); err != nil {
					t.Errorf("%q, request %d, acted %v: cleanUp: %v", plays, nth, act, err)
				} else {
					s.wantClean(begun)
				}
				cancel()
				if err == nil {
					break // there were fewer requests
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("%q, request %d: run = %v, want that it was interrupted", plays, nth, err)
				}
			}
		}
	}
}

// A write whose answer is lost, or says nothing that is known, may end the trial,
// and leaves nothing.
func TestTrialCleansUpAfterALostAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range []proctorbooktest.FaultKind{proctorbooktest.LoseAnswer, proctorutest.UnknownTextAfter, proctorutest.NoNumber} {
		for _, endpoint := range []string{"addAdHocProcess", "moveReservation", "removeReservation"} {
			if kind == proctorutest.NoNumber && endpoint == "removeReservation" {
				continue // its answer has no number
			}
			for nth := 1; nth <= 4; nth++ {
				s := newSandbox(t)
				s.Fault(proctorbooktest.Fault{Kind: kind, Endpoint: endpoint, Nth: nth})
				trial := s.trial(nil)
				runErr := trial.run(t.Context(), true)
				left, err := trial.cleanUp(t.Context())
				if err != nil {
					t.Errorf("%s %s %d: cleanUp: %v after run = %v", kind, endpoint, nth, err, runErr)
				}
				s.wantClean(left)
			}
		}
	}
}

// Whatever else the provider may do, the trial leaves nothing behind. That it
// can't always be made is no harm.
func TestTrialCleansUpUnderEveryVariant(t *testing.T) {
	t.Parallel()
	for _, v := range proctorutest.Variants() {
		for _, alternative := range v.Alternatives {
			s := newSandbox(t)
			if err := s.Play(v.Name, alternative); err != nil {
				t.Fatal(err)
			}
			trial := s.trial(nil)
			runErr := trial.run(t.Context(), true)
			left, err := trial.cleanUp(t.Context())
			if err != nil {
				t.Errorf("%s=%s: cleanUp: %v after run = %v", v.Name, alternative, err, runErr)
			}
			s.wantClean(left)
			if runErr != nil {
				t.Logf("%s=%s: no trial: %v", v.Name, alternative, runErr)
			}
		}
	}
}

// Where the provider goes down for good, the program prints what is left to do,
// and does not claim to have cleaned up.
func TestCleanUpThatFails(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down, Nth: 9, Times: -1})
	client := s.trial(nil).client
	var out strings.Builder
	err := (&config{wait: 10 * time.Minute}).try(t.Context(), &patient{provider: client, clock: s.clock}, &out)
	if err == nil || !strings.Contains(err.Error(), "by hand") || strings.Contains(out.String(), "Cleaned up") {
		t.Errorf("try = %v, want that something is to be done by hand\n%s", err, out.String())
	}
}
