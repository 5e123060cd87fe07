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

// The platform does not tell an exam without rules from one that does not exist, and
// writes an address where others have a page.
func TestSpecialExamsAsThePlatformMeansThem(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	client := p.client(t)
	p.json("GET"+special+"review_policy/exam_id/9/", `{"review_policy":null}`)
	if got, err := client.SpecialExams.ReviewPolicy(t.Context(), 9); got != "" || err != nil {
		t.Errorf("ReviewPolicy of no exam = %q, %v, want none", got, err)
	}
	p.json("GET"+special+"settings/exam_id/7/", `{"platform_name":"Example","contact_us":"info@example.org"}`)
	if got, err := client.SpecialExams.Settings(t.Context(), 7); err != nil || got.Contact != "info@example.org" {
		t.Errorf("Settings = %+v, %v, want the address", got, err)
	}
}
