package edxtest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

// step is one request to the platform, and how its answer begins: status, media
// type and body. A want that is a bare status is an answer without body and type.
type step struct {
	name    string
	request string // method and path
	as      string // who asks: the user of a client, or "" for nobody
	body    string
	want    string
	media   string // of the body; "" is what the platform wants for the method
}

// run takes the steps in their order.
func (p *platform) run(steps []step) {
	p.t.Helper()
	for _, s := range steps {
		got := p.take(s).brief()
		if !begins(got, s.want) {
			p.t.Errorf("%s: %s:\ngot  %s\nwant %s", s.name, s.request, got, s.want)
		}
	}
}

func (p *platform) take(s step) answer {
	p.t.Helper()
	method, path, _ := strings.Cut(s.request, " ")
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, strings.NewReader(s.body))
	if err != nil {
		p.t.Fatal(err)
	}
	switch {
	case s.media != "":
		req.Header.Set("Content-Type", s.media)
	case method == http.MethodPatch && !strings.Contains(path, "exam_registration") && !strings.HasPrefix(path, "/api/v1/"):
		req.Header.Set("Content-Type", "application/merge-patch+json")
	case s.body != "":
		req.Header.Set("Content-Type", "application/json")
	}
	if s.as != "" {
		req.Header.Set("Authorization", p.authorization(s.as))
	}
	return roundTrip(p.rt, req)
}

// authorization is a header for the client of the name, or with "opaque " before
// it that of an opaque token. Other text is a header of its own.
func (p *platform) authorization(as string) string {
	p.t.Helper()
	if text, ok := strings.CutPrefix(as, "header "); ok {
		return text
	}
	if client, ok := strings.CutPrefix(as, "opaque "); ok {
		token, _ := p.signIn(client, "token_type", "bearer").members["access_token"].(string)
		return "Bearer " + token
	}
	return p.header(as)
}

const (
	staff     = "staff-client"
	learner   = "learner-client" // acts for ada_l
	teacher   = "teacher-client" // staff of the course logic alone
	stranger  = "stranger-client"
	denied    = `403 application/json {"detail":"You do not have permission to perform this action."}`
	deniedDev = `403 application/json {"developer_message":"You do not have permission to perform this action."}`
	final     = "block-v1:ExampleX+CS101+2026_T1+type@sequential+block@final"
)

// newCampus is a platform with more people: a teacher and a stranger.
func newCampus(t *testing.T) *platform {
	t.Helper()
	p := newPlatform(t)
	p.fake.AddUser(edxtest.User{ID: 5001, Username: "teacher", Name: "Tea Cher", Email: "tea@example.org", Roles: []edxtest.Role{{Org: "ExampleX", Course: logic, Name: "staff"}}})
	p.fake.AddUser(edxtest.User{ID: 5002, Username: "stranger", Name: "Stran Ger", Email: "stran@example.org", Country: "XX"})
	p.fake.AddClient(teacher, "s3cret", "teacher")
	p.fake.AddClient(stranger, "s3cret", "stranger")
	return p
}

func (p *platform) mustPlay(variant, alternative string) {
	p.t.Helper()
	if err := p.fake.Play(variant, alternative); err != nil {
		p.t.Fatal(err)
	}
}
