package edx_test

import (
	"testing"
	"time"
)

// The provider's date passes through the platform unchanged, whatever it is.
func TestOnboardingExpires(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		expires time.Time
		odd     bool
	}{
		"2051-05-21":                {utc("2051-05-21T00:00:00Z"), false},
		"2051-05-21T02:00:00+02:00": {utc("2051-05-21T00:00:00Z"), false},
		"":                          {time.Time{}, false},
		"in spring":                 {time.Time{}, true},
		"2051-02-30":                {time.Time{}, true},
	} {
		e := endpointNamed(t, "SpecialExams.Onboarding")
		p := newLMS(t)
		p.json(e.route, `{"onboarding_status":"verified","onboarding_link":"/courses/x","expiration_date":"`+text+`","onboarding_past_due":false}`)
		got, err := p.client(t).SpecialExams.Onboarding(t.Context(), username, cs101)
		if err != nil || got.Status != "verified" || got.URL != "/courses/x" {
			t.Errorf("%q: %+v, %v, want the status", text, got, err)
			continue
		}
		if !got.Expires.Equal(want.expires) || got.ExpiresText != text || got.Problem.Concerns("expiration_date") != want.odd {
			t.Errorf("%q: expires %v, text %q, problem %v; want %v, odd %v", text, got.Expires, got.ExpiresText, got.Problem, want.expires, want.odd)
		}
	}
}
