package edxtest_test

import (
	"slices"
	"strings"
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

// An older platform reads the user name alone, and enrolls whoever asks.
func TestAnOldReleaseEnrollsTheCaller(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	enroll := step{name: "by address", request: enrollPath, as: staff, body: `{"email":"ada@example.org","mode":"verified","course_details":{"course_id":"` + logic + `"}}`}
	for alternative, want := range map[string]string{"read": `"user":"ada_l"}`, "ignored": `"user":"staff-client"}`} {
		p.mustPlay(edxtest.VariantEnrollByEmail, alternative)
		if got := p.take(enroll).brief(); !strings.HasPrefix(got, "200 ") || !strings.HasSuffix(got, want) {
			t.Errorf("%s: got %s, want 200 with %s", alternative, got, want)
		}
	}
}

func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	authorization := p.header(staff)
	p.mustPlay(edxtest.VariantByteOrderMark, "sent")
	if got, want := p.get("/api/user/v1/me", authorization).body, "\xef\xbb\xbf"+`{"username":"staff-client"}`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.run([]step{{name: "not before a page", request: enrollmentPath + "ada_l,foo+bar+baz", as: "header " + authorization, want: "500 text/html <!DOCTYPE"}})
}

func TestDateOfACertificate(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.fake.AddCertificate(edxtest.Certificate{Username: "ada_l", Course: logic, Mode: "verified"})
	for alternative, want := range map[string]string{"created_date": "created_date", "created": "created"} {
		p.mustPlay(edxtest.VariantCertificateDate, alternative)
		p.run([]step{{name: alternative, request: "GET /api/certificates/v0/certificates/ada_l/courses/" + logic + "/", as: learner,
			want: `200 application/json {"username":"ada_l","course_id":"` + logic + `","certificate_type":"verified","` + want + `":"2030-03-04T09:00:00Z",`}})
	}
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
