package edxtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// platform is an Open edX with a staff client and one that acts for a learner.
type platform struct {
	t     *testing.T
	clock *proctorbooktest.Clock
	fake  *edxtest.Server
	rt    http.RoundTripper
	base  string
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	clock := proctorbooktest.NewClock(monday)
	o := edxtest.NewUnstartedServer(edxtest.WithClock(clock))
	o.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Lovelace", Email: "ada@example.org", Country: "GB", Phone: "+441234567890", TimeZone: "Europe/London", Private: true})
	o.AddUser(edxtest.User{Username: "bob", Name: "Bob Example", Country: "FR"})
	o.AddCourse(edxtest.Course{
		Key: logic, Name: "Logic & Proof", Start: monday.AddDate(0, -1, 0), End: monday.AddDate(0, 3, 0),
		EnrollmentEnd: monday.AddDate(0, 0, 7),
		Modes: []edxtest.Mode{
			{Slug: "verified", Name: "Verified Certificate", Price: 49, Expires: monday.AddDate(0, 1, 0)},
			{Slug: "honor", Name: "Honor", Expires: monday.AddDate(0, 0, -1)},
		},
	})
	o.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+Secret+2026", Name: "Secret", StaffOnly: true, SelfPaced: true})
	o.AddCourse(edxtest.Course{Key: "ExampleX/Old/2012", Name: "Old"})
	o.Enroll("ada_l", logic, "verified", true)
	o.Enroll("bob", logic, "audit", false)
	o.AddUser(edxtest.User{Username: "staff-client", Staff: true, Name: "Service user"})
	o.AddClient("staff-client", "s3cret", "staff-client")
	o.AddClient("learner-client", "s3cret", "ada_l")
	return &platform{t: t, clock: clock, fake: o, rt: proctorbooktest.InProcess(o), base: proctorbooktest.InProcessURL}
}

// signIn asks for a JWT, or with more pairs for something else.
func (p *platform) signIn(client string, pairs ...string) answer {
	p.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {"s3cret"}, "token_type": {"jwt"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.base+"/oauth2/access_token", strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return roundTrip(p.rt, req)
}

// header is an Authorization header for the client.
func (p *platform) header(client string) string {
	p.t.Helper()
	return "JWT " + fmt.Sprint(p.signIn(client).members["access_token"])
}

func (p *platform) get(path, authorization string) answer {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.base+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	return roundTrip(p.rt, req)
}

// brief is the status, the content type and the body.
func (a answer) brief() string {
	if a.err != nil {
		return "no answer"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", a.status, strings.Split(a.header.Get("Content-Type"), ";")[0], a.body))
}

// begins reports whether got begins with want; a bare status wants no body and no type.
func begins(got, want string) bool {
	return got == want || strings.Contains(want, " ") && strings.HasPrefix(got, want)
}

// answer is what came back, read without any help of a client.
type answer struct {
	status  int
	header  http.Header
	body    string
	members map[string]any // of the object, nil if there is none
	err     error
}

func roundTrip(rt http.RoundTripper, req *http.Request) answer {
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(body), err: err}
	if json.Unmarshal(body, &a.members) != nil {
		a.members = nil
	}
	return a
}

func keys(members map[string]any) string {
	return strings.Join(sorted(maps.Keys(members)), " ")
}

func sorted(values iter.Seq[string]) []string { return slices.Sorted(values) }

func wantPanic(t *testing.T, want string, do func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if text, _ := recover().(string); !strings.Contains(text, want) {
			t.Errorf("panic = %q, want %q in it", text, want)
		}
	}()
	do()
}

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
