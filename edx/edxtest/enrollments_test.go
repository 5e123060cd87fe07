package edxtest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

func TestGetEnrollment(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	staff, learner := p.header("staff-client"), p.header("learner-client")
	const path = "/api/enrollment/v1/enrollment/"
	const active = `{"created":"2030-03-04T09:00:00Z","mode":"verified","is_active":true,"course_details":{` +
		`"course_id":"course-v1:ExampleX+CS101+2026_T1","course_name":"Logic & Proof","enrollment_start":null,"enrollment_end":"2030-03-11T09:00:00Z",` +
		`"course_start":"2030-02-04T09:00:00Z","course_end":"2030-06-04T09:00:00Z","course_modes":[{"slug":"verified","name":"Verified Certificate",` +
		`"min_price":49,"suggested_prices":"","currency":"usd","expiration_datetime":"2030-04-04T09:00:00Z","description":null,"sku":null,"bulk_sku":null}],` +
		`"invite_only":false,"pacing_type":"Instructor Paced"},"user":"ada_l"}`
	for name, tt := range map[string]struct{ path, authorization, want string }{
		"active":                   {path + "ada_l," + logic, staff, "200 application/json " + active},
		"his own":                  {path + "ada_l," + logic, learner, "200 application/json " + active},
		"inactive":                 {path + "bob," + logic, staff, `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"audit","is_active":false,`},
		"another's":                {path + "bob," + logic, learner, "404"},
		"not enrolled":             {path + "ada_l,ExampleX/Old/2012", staff, "200"},
		"unknown learner":          {path + "nobody," + logic, staff, "200"},
		"fits the pattern, no key": {path + "ada_l,foo+bar+baz", staff, "500 text/html"},
		"no key at all":            {path + "ada_l,foo", staff, "404 text/html"},
		"without token":            {path + "ada_l," + logic, "", `401 application/json {"detail":`},
	} {
		if got := p.get(tt.path, tt.authorization).brief(); !begins(got, tt.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, tt.want)
		}
	}
	if got, ok := p.get(path+"nobody,"+logic, staff).header["Content-Type"]; ok {
		t.Errorf("an empty 200 has the content type %q, want none", got)
	}
	p.fake.AddCourse(edxtest.Course{Key: logic, SelfPaced: true})
	p.clock.Advance(time.Hour / 2)
	p.fake.Enroll("ada_l", logic, "audit", true)
	again := p.get(path+"ada_l,"+logic, staff).body
	for _, want := range []string{`{"created":"2030-03-04T09:00:00Z","mode":"audit"`, `"pacing_type":"Self Paced"`, `"course_modes":[{"slug":"audit"`} {
		if !strings.Contains(again, want) {
			t.Errorf("body = %s, want %s in it", again, want)
		}
	}
	p.fake.RemoveCourse(logic)
	if got := p.get(path+"ada_l,"+logic, staff).members["course_details"]; got != nil {
		t.Errorf("course_details of a course that is gone = %v, want null", got)
	}
}

const listPath = "/api/enrollment/v1/enrollments"

func TestListEnrollments(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.clock.Advance(time.Hour)
	p.fake.Enroll("bob", "ExampleX/Old/2012", "honor", true)
	key := url.QueryEscape(logic)
	ada := `{"created":"2030-03-04T09:00:00Z","mode":"verified","is_active":true,"user":"ada_l","course_id":"` + logic + `"}`
	bob := `{"created":"2030-03-04T09:00:00Z","mode":"audit","is_active":false,"user":"bob","course_id":"` + logic + `"}`
	old := `{"created":"2030-03-04T10:00:00Z","mode":"honor","is_active":true,"user":"bob","course_id":"ExampleX/Old/2012"}`
	list := func(rows ...string) string {
		return `200 application/json {"next":null,"previous":null,"results":[` + strings.Join(rows, ",") + `]}`
	}
	many := strings.Repeat("u,", 100) + "u"
	p.run([]step{
		{name: "all, newest first, the inactive too", request: "GET " + listPath, as: staff, want: list(old, bob, ada)},
		{name: "with a slash", request: "GET " + listPath + "/", as: staff, want: list(old, bob, ada)},
		{name: "of a course", request: "GET " + listPath + "?course_id=" + key, as: staff, want: list(bob, ada)},
		{name: "of users", request: "GET " + listPath + "?username=bob,nobody,bob", as: staff, want: list(old, bob)},
		{name: "of a user in a course", request: "GET " + listPath + "?username=bob&course_id=" + key, as: staff, want: list(bob)},
		{name: "of an address", request: "GET " + listPath + "?email=ada@example.org", as: staff, want: list(ada)},
		{name: "of nobody's address", request: "GET " + listPath + "?email=x@example.org", as: staff, want: list()},
		{name: "of parts of keys", request: "GET " + listPath + "?course_ids=cs101,nothing", as: staff, want: list(bob, ada)},
		{name: "of an unknown course", request: "GET " + listPath + "?course_id=a/b/c", as: staff, want: list()},
		{name: "a size that does nothing", request: "GET " + listPath + "?page_size=1&page=2", as: staff, want: list(old, bob, ada)},
		{name: "an unescaped plus", request: "GET " + listPath + "?course_id=" + logic, as: staff, want: `400 application/json {"field_errors":{"course_id":{"developer_message":"'course-v1:ExampleX CS101 2026_T1' is not a valid course id."}}}`},
		{name: "too many names", request: "GET " + listPath + "?username=" + many, as: staff, want: `400 application/json {"field_errors":{"username":{"developer_message":"Too many usernames in a single request - 101. A maximum of 100 is allowed"}}}`},
		{name: "no name", request: "GET " + listPath + "?username=a!", as: staff, want: `400 application/json {"field_errors":{"username":`},
		{name: "a bad cursor", request: "GET " + listPath + "?cursor=x", as: staff, want: `404 application/json {"developer_message":"Invalid cursor"}`},
		{name: "a teacher", request: "GET " + listPath, as: teacher, want: deniedDev},
	})
	p.fake.RemoveCourse("ExampleX/Old/2012")
	p.run([]step{{name: "of a course that is gone", request: "GET " + listPath, as: staff, want: list(old, bob, ada)}})
	p.mustPlay(edxtest.VariantDeletedCourse, "crash")
	p.run([]step{{name: "of a course that is gone, crashing", request: "GET " + listPath, as: staff, want: "500 text/html"}})
}

// follow reads all pages and returns the users in the order in which they came.
func (p *platform) follow(path, authorization string) (users []string, pages int) {
	p.t.Helper()
	for path != "" {
		got := p.get(path, authorization)
		rows, _ := got.members["results"].([]any)
		for _, row := range rows {
			users = append(users, fmt.Sprint(row.(map[string]any)["user"]))
		}
		next, _ := got.members["next"].(string)
		path = strings.TrimPrefix(next, p.base)
		if pages++; pages > 1000 {
			p.t.Fatal("the list has no end")
		}
	}
	return users, pages
}

func TestEnrollmentPages(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	const course = "course-v1:ExampleX+Big+1"
	p.fake.AddCourse(edxtest.Course{Key: course})
	for n := range 250 {
		p.fake.AddEnrollment(edxtest.Enrollment{Username: fmt.Sprintf("u%03d", n), Course: course, Mode: "audit", Active: true, Created: monday.Add(time.Duration(n/10) * time.Minute)})
	}
	authorization := p.header(staff)
	path := listPath + "?course_id=" + url.QueryEscape(course)
	users, pages := p.follow(path, authorization)
	if pages != 3 || len(users) != 250 || users[0] != "u249" || users[249] != "u000" {
		t.Errorf("%d users on %d pages, from %s to %s; want 250 on 3 from u249 to u000", len(users), pages, users[0], users[len(users)-1])
	}
	if got := p.get(path, authorization).members["previous"]; got != nil {
		t.Errorf("previous of the first page = %v, want null", got)
	}
	// Somebody who enrolls meanwhile does not shift the next page.
	next, _ := p.get(path, authorization).members["next"].(string)
	p.clock.Advance(time.Hour)
	p.fake.Enroll("late", course, "audit", true)
	if rest, _ := p.follow(strings.TrimPrefix(next, p.base), authorization); len(rest) != 150 || rest[0] != "u149" {
		t.Errorf("the rest has %d users from %s on, want 150 from u149 on", len(rest), rest[0])
	}
	// A row that moves to another time of creation is found there alone.
	p.fake.AddEnrollment(edxtest.Enrollment{Username: "u000", Course: course, Mode: "audit", Active: true, Created: monday.AddDate(1, 0, 0)})
	if users, _ := p.follow(path, authorization); users[0] != "u000" || len(users) != 251 {
		t.Errorf("%d users from %s on, want 251 from u000 on", len(users), users[0])
	}
}

func TestPagesOfAHundredThousandEnrollments(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	const course, size = "course-v1:ExampleX+Huge+1", 100_000
	p.fake.AddCourse(edxtest.Course{Key: course})
	for n := range size {
		p.fake.AddEnrollment(edxtest.Enrollment{Username: fmt.Sprintf("u%06d", n), Course: course, Mode: "audit", Active: n%2 == 0})
	}
	p.fake.SetTokenLife(24 * time.Hour)
	authorization := p.header(staff)
	users, pages := 0, 0
	for path := listPath + "?course_id=" + url.QueryEscape(course); path != ""; pages++ {
		got := p.raw(path, authorization)
		users += strings.Count(got, `"user":`)
		path, _, _ = strings.Cut(strings.TrimPrefix(got, `{"next":"`+p.base), `"`)
		if strings.HasPrefix(got, `{"next":null`) {
			path = ""
		}
	}
	if pages != size/100 || users != size {
		t.Errorf("%d users on %d pages, want %d on %d", users, pages, size, size/100)
	}
}

// raw is the body of an answer, which nobody has read as JSON.
func (p *platform) raw(path, authorization string) string {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.base+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", authorization)
	resp, err := p.rt.RoundTrip(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(body)
}

func TestCourseDetailsOfEnrollment(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	const path = "GET /api/enrollment/v1/course/"
	const details = `200 application/json {"course_id":"course-v1:ExampleX+CS101+2026_T1","course_name":"Logic & Proof","enrollment_start":null,` +
		`"enrollment_end":"2030-03-11T09:00:00Z","course_start":"2030-02-04T09:00:00Z","course_end":"2030-06-04T09:00:00Z","course_modes":[{"slug":"verified"`
	p.run([]step{
		{name: "nobody asks", request: path + logic, want: details},
		{name: "a bad token asks", request: path + logic, as: "header JWT x", want: details},
		{name: "unknown", request: path + "a/b/c", want: `400 application/json {"message":"No course found for course ID 'a/b/c'"}`},
		{name: "no key", request: path + "foo+bar+baz", want: "500 text/html"},
		{name: "with a slash", request: path + logic + "/", want: "404 text/html"},
	})
	if got := p.get("/api/enrollment/v1/course/"+logic, "").body; strings.Contains(got, "honor") {
		t.Error("an expired mode is shown")
	}
	if got := p.get("/api/enrollment/v1/course/"+logic+"?include_expired=0", "").body; !strings.Contains(got, `"slug":"honor"`) {
		t.Error("include_expired=0 did not show the expired mode")
	}
	p.mustPlay(edxtest.VariantCourseFields, "missing")
	if got := p.get("/api/enrollment/v1/course/"+logic, "").body; strings.Contains(got, "pacing_type") {
		t.Error("an old release tells pacing_type")
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.AddUser(edxtest.User{Username: "dean", Roles: []edxtest.Role{{Org: "ExampleX", Name: "instructor"}, {Org: "ExampleX", Course: logic, Name: "staff", Exams: true}}})
	p.fake.AddClient("dean", "s3cret", "dean")
	const path = "GET /api/enrollment/v1/roles/"
	role := `{"org":"ExampleX","course_id":"` + logic + `","role":"staff"}`
	p.run([]step{
		{name: "a teacher's", request: path, as: teacher, want: `200 application/json {"roles":[` + role + `],"is_staff":false}`},
		{name: "in another course", request: path + "?course_id=a/b/c", as: teacher, want: `200 application/json {"roles":[],"is_staff":false}`},
		{name: "in an organization", request: path, as: "dean", want: `200 application/json {"roles":[{"org":"ExampleX","course_id":"","role":"instructor"}],"is_staff":false}`},
		{name: "global staff", request: path, as: staff, want: `200 application/json {"roles":[],"is_staff":true}`},
		{name: "no slash", request: "GET /api/enrollment/v1/roles", as: staff, want: "301 text/html"},
	})
	p.mustPlay(edxtest.VariantOrgRole, "None")
	p.run([]step{{name: "in an organization", request: path, as: "dean", want: `200 application/json {"roles":[{"org":"ExampleX","course_id":"None","role":"instructor"}],`}})
}

func TestEnrollmentAllowed(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const path = " /api/enrollment/v1/enrollment_allowed/"
	wish := `{"email":"new@example.org","course_id":"` + logic + `","auto_enroll":true}`
	row := `{"email":"new@example.org","course_id":"` + logic + `","auto_enroll":true,"created":"2030-03-04T09:00:00Z","user":null}`
	p.run([]step{
		{name: "learner", request: "GET" + path, as: learner, want: denied},
		{name: "learner adds", request: "POST" + path, as: learner, body: wish, want: denied},
		{name: "opaque", request: "GET" + path, as: "opaque " + staff, want: `401 application/json {"detail":`},
		{name: "nothing yet", request: "GET" + path + "?email=new@example.org", as: staff, want: "200 application/json []"},
		{name: "without a course", request: "POST" + path, as: staff, body: `{"email":"x"}`, want: `400 application/json {"message":"Please provide a value for 'email' and 'course_id' in the request data."}`},
		{name: "adds", request: "POST" + path, as: staff, body: wish, want: "201 application/json " + row},
		{name: "adds again", request: "POST" + path, as: staff, body: wish, want: `409 application/json {"message":"An enrollment allowed with email new@example.org and course ` + logic + ` already exists."}`},
		{name: "lists", request: "GET" + path + "?email=new@example.org", as: staff, want: "200 application/json [" + row + "]"},
		{name: "lists his own", request: "GET" + path, as: staff, want: "200 application/json []"},
		{name: "removes, by a body", request: "DELETE" + path, as: staff, body: wish, want: "204"},
		{name: "removes again", request: "DELETE" + path, as: staff, body: wish, want: `404 application/json {"message":"An enrollment allowed with email new@example.org and course ` + logic + ` doesn't exists."}`},
	})
}

func TestUnenroll(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.AddUser(edxtest.User{Username: "retirer", MayRetire: true})
	p.fake.AddClient("retirer", "s3cret", "retirer")
	p.fake.Enroll("ada_l", "course-v1:OtherX+A+1", "audit", true)
	p.fake.Enroll("ada_l", "course-v1:OtherX+B+1", "audit", true)
	const path = "POST /api/enrollment/v1/unenroll/"
	p.run([]step{
		{name: "even staff may not", request: path, as: staff, body: `{"username":"ada_l"}`, want: denied},
		{name: "nobody", request: path, as: "retirer", body: `{}`, want: `404 application/json "Username not specified."`},
		{name: "not asked for", request: path, as: "retirer", body: `{"username":"ada_l"}`, want: `404 application/json "No retirement request status for username."`},
	})
	p.fake.RequestRetirement("ada_l")
	p.run([]step{
		{name: "the organizations", request: path, as: "retirer", body: `{"username":"ada_l"}`, want: `200 application/json ["ExampleX","OtherX"]`},
		{name: "nothing left", request: path, as: "retirer", body: `{"username":"ada_l"}`, want: "204"},
	})
	if got, _ := p.fake.Enrollment("ada_l", logic); got.Active {
		t.Error("the enrollment is still active")
	}
}

func TestOwnEnrollments(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.Enroll("ada_l", "ExampleX/Old/2012", "honor", true)
	p.fake.Enroll("ada_l", "course-v1:ExampleX+Gone+1", "honor", true)
	p.fake.Enroll("ada_l", "course-v1:ExampleX+Secret+2026", "audit", false)
	rows := func(got answer) string {
		var courses []string
		for part := range strings.SplitSeq(got.body, `"course_id":"`) {
			key, _, _ := strings.Cut(part, `"`)
			courses = append(courses, key)
		}
		return strings.Join(courses[1:], " ")
	}
	const path = "GET /api/enrollment/v1/enrollment"
	for _, tt := range []struct{ name, request, as, want string }{
		{"his own", path, learner, logic + " ExampleX/Old/2012"},
		{"by name", path + "?user=ada_l", staff, logic + " ExampleX/Old/2012"},
		{"for the staff of one course", path + "?user=ada_l", teacher, logic},
		{"for a stranger", path + "?user=ada_l", stranger, ""},
		{"of nobody", path + "?user=nobody", staff, ""},
	} {
		got := p.take(step{request: tt.request, as: tt.as})
		if got.status != 200 || rows(got) != tt.want {
			t.Errorf("%s: got %d %q, want %q", tt.name, got.status, rows(got), tt.want)
		}
	}
	p.run([]step{
		{name: "his own, one", request: path + "/" + logic, as: learner, want: `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"verified"`},
		{name: "his own, none", request: path + "/a/b/c", as: learner, want: "200"},
		{name: "no key", request: path + "/foo+bar+baz", as: learner, want: "500 text/html"},
	})
}
