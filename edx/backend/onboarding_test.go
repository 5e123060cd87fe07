package backend_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
)

var withOnboarding = backend.WithOnboardingApproved()

// By option each learner has done the onboarding; there is no list of learners, and
// by default nothing. The recorded questions are asked once with, once without it.
func TestOnboardingStatuses(t *testing.T) {
	t.Parallel()
	for _, served := range []bool{false, true} {
		var opts []backend.Option
		if served {
			opts = append(opts, withOnboarding)
		}
		s := newService(t, nil, opts...)
		token := s.token(t, lmsA, secretA)
		asked := 0
		for _, r := range recordedRequests(t) {
			if !strings.Contains(r.Target, "onboarding_statuses") {
				continue
			}
			asked++
			_, user, one := strings.Cut(r.Target, "user_id=")
			w := s.do(r.Method, r.Target, token, "")
			if !served || !one {
				if w.Code != http.StatusNotFound {
					t.Errorf("served %t: %s: status %d, want 404", served, r.Target, w.Code)
				}
				checkRefusal(t, w)
				continue
			}
			want := `{"user_id":"` + user + `","status":"approved-in-course","expiration_date":null}`
			if w.Code != http.StatusOK || w.Body.String() != want {
				t.Errorf("%s: status %d, %s, want %s", r.Target, w.Code, w.Body, want)
			}
		}
		if asked < 10 {
			t.Errorf("%d questions, want more", asked)
		}
	}
}

// The platform has one switch for the question about a learner and for the list of them:
// with it on a learner is approved, and the list is not available; with it off nobody asks.
func TestOnboardingAtAPlatform(t *testing.T) {
	t.Parallel()
	for played, want := range map[string]string{"on": "verified", "off": ""} {
		c := newCampus(t, withOnboarding)
		ctx := t.Context()
		c.do(c.lms.Play(edxtest.VariantOnboardingProfiles, played))
		c.publish("practice", true)
		grace := c.lms.Staff("grace")
		one, err := grace.Onboarding(ctx, course.String(), "ada")
		if err != nil || one.Status != want {
			t.Errorf("%s: the onboarding = %+v, %v; want %q", played, one, err, want)
		}
		rows, err := grace.Onboardings(ctx, course.String())
		if available := err == nil && len(rows) == 2; available != (played == "off") {
			t.Errorf("%s: the list = %+v, %v", played, rows, err)
		}
	}
}
