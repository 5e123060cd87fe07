package edxtest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

func TestFaultsOfThePlatform(t *testing.T) {
	t.Parallel()
	const account, course = "/api/user/v1/accounts/ada_l", "/api/courses/v1/courses/" + logic
	for name, tt := range map[string]struct {
		fault proctorbooktest.Fault
		path  string // "" is the token endpoint
		want  string
	}{
		"token, throttled by address": {proctorbooktest.Fault{Kind: proctorbooktest.Status429}, "", "429 text/html"},
		"token, maintenance":          {proctorbooktest.Fault{Kind: proctorbooktest.HTML200}, "", "200 text/html"},
		"token, client gone":          {proctorbooktest.Fault{Kind: proctorbooktest.Unauthorized}, "", `401 application/json {"error":"invalid_client"}`},
		"token, late":                 {proctorbooktest.Fault{Kind: proctorbooktest.Late, Delay: time.Minute}, "", "no answer"},
		"account, throttled":          {proctorbooktest.Fault{Kind: proctorbooktest.Status429, Delay: 37 * time.Second}, account, `429 application/json {"detail":"Request was throttled. Expected available in 37 seconds."}`},
		"course, throttled":           {proctorbooktest.Fault{Kind: proctorbooktest.Status429}, course, `429 application/json {"developer_message":"Request was throttled.`},
		"account, token revoked":      {proctorbooktest.Fault{Kind: proctorbooktest.Unauthorized}, account, `401 application/json {"detail":"Token has expired."}`},
		"account, gateway":            {proctorbooktest.Fault{Kind: proctorbooktest.Status502After}, account, "502 text/html"},
		"account, lost":               {proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer}, account, "no answer"},
		"account, cut":                {proctorbooktest.Fault{Kind: proctorbooktest.CutBody}, account, "no answer"},
		"account, redirect":           {proctorbooktest.Fault{Kind: proctorbooktest.Redirect}, account, "307 text/html"},
		"account, a fault of tokens":  {proctorbooktest.Fault{Kind: edxtest.NegativeExpiry}, account, "200 application/json"},
	} {
		p := newPlatform(t)
		header := p.header("staff-client")
		p.fake.Fault(tt.fault)
		var got answer
		if tt.path == "" {
			got = p.signIn("staff-client")
		} else {
			got = p.get(tt.path, header)
		}
		if !strings.HasPrefix(got.brief(), tt.want) {
			t.Errorf("%s: got %s, want %s", name, got.brief(), tt.want)
		}
		p.fake.ClearFaults()
		if got := p.get(account, header); got.status != http.StatusOK {
			t.Errorf("%s: afterwards got %s, want 200", name, got.brief())
		}
	}
}

func TestPlatformFaultPlan(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.fake.SetFaultPlan(proctorbooktest.RandomFaults(1, 1, time.Second, proctorbooktest.Status503))
	if got := p.signIn("staff-client"); got.status != http.StatusServiceUnavailable {
		t.Errorf("got %v, want 503", got.brief())
	}
	p.fake.SetFaultPlan(nil)
	if got := p.signIn("staff-client"); got.status != http.StatusOK {
		t.Errorf("without a plan: got %v, want 200", got.brief())
	}
	if n := p.fake.Counts().Faults[proctorbooktest.Status503]; n != 1 {
		t.Errorf("counted %d times, want 1", n)
	}
}

func TestFaultsByRoute(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status502After, Endpoint: "POST /api/enrollment/v1/enrollment"})
	p.run([]step{
		{name: "another method", request: "GET /api/enrollment/v1/enrollment", as: staff, want: "200 application/json []"},
		{name: "this one, after acting", request: enrollPath, as: staff, body: wishFor("bob", `,"mode":"verified"`), want: "502 text/html"},
	})
	if e, _ := p.fake.Enrollment("bob", logic); e.Mode != "verified" {
		t.Errorf("Enrollment = %+v, want verified: the platform acted", e)
	}
	for _, wrong := range []proctorbooktest.Fault{
		{Kind: "no-such"}, {Kind: proctorbooktest.Down, Endpoint: "no-such"}, {Kind: "read-null"},
		{Kind: edxtest.NegativeExpiry, Endpoint: "accounts"},
	} {
		if p.fake.CheckFault(wrong) == nil {
			t.Errorf("CheckFault(%+v) has no error", wrong)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Fault(%+v) did not panic", wrong)
				}
			}()
			p.fake.Fault(wrong)
		}()
	}
	for _, endpoint := range []string{"", "access_token", "POST /oauth2/access_token", "PATCH /api/v1/exams/course_id/{course}"} {
		if err := p.fake.CheckFault(proctorbooktest.Fault{Kind: proctorbooktest.Down, Endpoint: endpoint}); err != nil {
			t.Errorf("CheckFault: %v", err)
		}
	}
}

func TestFaultKindsAreTaken(t *testing.T) {
	t.Parallel()
	server := edxtest.NewUnstartedServer()
	kinds := edxtest.FaultKinds()
	for _, kind := range kinds {
		if err := server.CheckFault(proctorbooktest.Fault{Kind: kind}); err != nil {
			t.Error(err)
		}
	}
	for _, own := range []proctorbooktest.FaultKind{edxtest.Slow, edxtest.NegativeExpiry, proctorbooktest.Down} {
		if !slices.Contains(kinds, own) {
			t.Errorf("%q is not among the kinds", own)
		}
	}
	kinds[0] = "changed"
	if edxtest.FaultKinds()[0] == "changed" {
		t.Error("a caller can change the list of kinds")
	}
}
