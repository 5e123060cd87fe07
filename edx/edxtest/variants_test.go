package edxtest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

func TestEdXVariants(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	names := map[string]bool{}
	for _, v := range edxtest.Variants() {
		if names[v.Name] || v.Question == "" || len(v.Alternatives) == 0 || slices.Contains(v.Alternatives, v.Default) {
			t.Errorf("variant %+v is not complete, or is there twice", v)
		}
		names[v.Name] = true
		for _, alternative := range append(v.Alternatives, v.Default) {
			p.mustPlay(v.Name, alternative)
		}
	}
	edxtest.Variants()[0].Alternatives[0] = "changed"
	if edxtest.Variants()[0].Alternatives[0] == "changed" {
		t.Error("a caller can change the list of variants")
	}
	for _, wrong := range [][2]string{{"no-such", "x"}, {edxtest.VariantRates, "no-such"}} {
		if err := p.fake.Play(wrong[0], wrong[1]); err == nil {
			t.Errorf("Play(%q, %q) has no error", wrong[0], wrong[1])
		}
	}
}

func TestWordsOfRefusals(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.mustPlay(edxtest.VariantTokenTexts, "other")
	p.mustPlay(edxtest.VariantInvalidScope, "401")
	p.run([]step{{name: "other words", request: "GET /api/user/v1/me", as: "header JWT x", want: detail(401, "The credentials are not acceptable.")}})
	if got, want := p.signIn(staff, "scope", "grades:read").brief(), `401 application/json {"error":"invalid_scope"}`; got != want {
		t.Errorf("scope: got %s, want %s", got, want)
	}
}

func TestAnOldReleaseTellsOfAnEnrollment(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.mustPlay(edxtest.VariantAlreadyEnrolled, "enrollment-detail")
	p.run([]step{{name: "again", request: enrollPath, as: staff, body: wishFor("ada_l", `,"mode":"verified"`), want: `200 application/json {"message":"User is already enrolled.","enrollment_detail":{"created":"2030-03-04T09:00:00Z","mode":"verified",`}})
}

func TestRates(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.mustPlay(edxtest.VariantRates, "documented")
	const enrollment, courses = "/api/enrollment/v1/enrollment", "/api/courses/v1/courses/"
	for _, tt := range []struct {
		as, path string
		limit    int
	}{{learner, enrollment, 40}, {staff, enrollment, 120}, {learner, courses, 20}, {staff, courses, 40}} {
		authorization := p.authorization(tt.as)
		for n := range tt.limit {
			if got := p.get(tt.path, authorization); got.status != http.StatusOK {
				t.Fatalf("%s: request %d of %s got %s", tt.path, n+1, tt.as, got.brief())
			}
		}
		p.clock.Advance(23 * time.Second)
		got := p.get(tt.path, authorization)
		if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "37" || !strings.Contains(got.body, "Expected available in 37 seconds.") {
			t.Errorf("%s: one too many of %s got %s, Retry-After %q; want 429 and 37", tt.path, tt.as, got.brief(), got.header.Get("Retry-After"))
		}
		p.clock.Advance(37 * time.Second)
		if got := p.get(tt.path, authorization); got.status != http.StatusOK {
			t.Errorf("%s: a minute later %s got %s", tt.path, tt.as, got.brief())
		}
		p.clock.Advance(time.Minute)
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
		{Kind: "no-such"}, {Kind: proctorbooktest.Down, Endpoint: "no-such"}, {Kind: proctorutest.ReadNull},
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

// Every route answers to a path made from its pattern, and none hides another.
func TestEdXRoutes(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	fill := strings.NewReplacer("{course}", logic, "{username}", "ada_l", "{key}", "theme", "{mode}", "verified", "{exam}", "7",
		"{attempt}", "1", "{user}", "1", "{allowance}", "1", "{content}", "x", "{usage}", final, "{text}", "x", "{external_id}", "x")
	seen := map[proctorbooktest.Route]bool{}
	service := proctorbooktest.InProcess(p.fake.ExamsHandler())
	for _, route := range edxtest.Routes() {
		if seen[route] {
			t.Errorf("%v is there twice", route)
		}
		seen[route] = true
		path := fill.Replace(route.Pattern)
		if strings.Contains(path, "{") {
			t.Errorf("%v has a parameter that this test does not know", route)
		}
		req, err := http.NewRequestWithContext(t.Context(), route.Method, p.base+path, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		rt := p.rt
		if strings.HasPrefix(path, "/api/v1/") {
			rt = service
		}
		name := route.Method + " " + route.Pattern
		before := p.fake.Counts().Requests[name]
		got := roundTrip(rt, req)
		if p.fake.Counts().Requests[name] != before+1 {
			t.Errorf("%v was not reached by %s: %s", route, path, got.brief())
		}
	}
	if len(seen) < 80 {
		t.Errorf("there are %d routes, want at least 80", len(seen))
	}
	for _, wrong := range []string{"PATCH /api/user/v1/me", "DELETE /api/courses/v1/courses/"} {
		p.run([]step{{name: "no such method", request: wrong, want: "405"}})
	}
}

func TestCannotAddToAnExamThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, add := range map[string]func(*edxtest.Server){
		"attempt":   func(o *edxtest.Server) { o.AddAttempt(edxtest.Attempt{ExamID: 1}) },
		"allowance": func(o *edxtest.Server) { o.AddAllowance(edxtest.Allowance{ExamID: 1}) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, "there is no exam 1") {
					t.Errorf("%s: panic with %q", name, got)
				}
			}()
			add(newPlatform(t).fake)
		}()
	}
}
