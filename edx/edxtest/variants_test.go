package edxtest_test

import (
	"slices"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
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

func TestVariantsAndRoutes(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t)
	if len(edxtest.Variants()) < 20 || len(edxtest.Routes()) < 80 {
		t.Errorf("%d variants and %d routes, want at least 20 and 80", len(edxtest.Variants()), len(edxtest.Routes()))
	}
	if err := server.Play("catalog", "staff"); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, "GET "+server.URL+"/api/courses/v1/courses/"+logic, "", ""); got[:3] != "404" {
		t.Errorf("a closed catalog shows %s", got)
	}
	if server.Play("catalog", "nobody") == nil {
		t.Error("an alternative that does not exist can be played")
	}
	server.AddRestrictedClient("narrow", "s3cret", "ada_l", edxtest.ClientLimits{Scopes: []string{"grades:read"}, Orgs: []string{"ExampleX"}})
	got := ask(t, "GET "+server.URL+"/api/course_modes/v1/courses/"+logic+"/", "", token(t, server, "narrow", "s3cret"))
	if want := `403 {"detail":"JWT missing required scopes."}`; got != want {
		t.Errorf("a restricted client got %s, want %s", got, want)
	}
}
