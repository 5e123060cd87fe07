package edxtest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// start returns a server with a course and its learner, and a client of it.
func start(t *testing.T) (*edxtest.Server, *proctorbooktest.Clock, *edx.Client) {
	t.Helper()
	clock := proctorbooktest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
	server := edxtest.NewServer(edxtest.WithClock(clock))
	t.Cleanup(server.Close)
	server.AddUser(edxtest.User{Username: "ada_l", Name: "Ada Lovelace", TimeZone: "Europe/Paris"})
	server.AddCourse(edxtest.Course{Key: logic, Name: "Logic & Proof"})
	server.Enroll("ada_l", logic, "verified", true)
	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret), edx.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	return server, clock, client
}

func TestFaultsReachTheClient(t *testing.T) {
	t.Parallel()
	server, _, client := start(t)
	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	if _, err := client.Preferences.Get(t.Context(), "ada_l"); err == nil {
		t.Error("a server that is down answered")
	}
	server.ClearFaults()
	preferences, err := client.Preferences.Get(t.Context(), "ada_l")
	if err != nil || preferences.TimeZone != "Europe/Paris" {
		t.Errorf("Get = %+v, %v", preferences, err)
	}
	if server.Counts().Faults[proctorbooktest.Down] == 0 {
		t.Error("the fault was not counted")
	}
}

func TestACourseThatIsRemovedIsGone(t *testing.T) {
	t.Parallel()
	server, _, client := start(t)
	course := edx.MustCourseKey(logic)
	server.RemoveCourse(logic)

	if _, err := client.Courses.Get(t.Context(), course, edx.GetCourseParams{}); !errors.Is(err, edx.ErrNotFound) {
		t.Errorf("Courses.Get error = %v, want %v", err, edx.ErrNotFound)
	}
	if got, err := client.Enrollments.Get(t.Context(), "ada_l", course); err != nil || got.Course != nil {
		t.Errorf("Enrollments.Get = %+v, %v; want an enrollment without a course", got, err)
	}
}

func TestAClientHasTheRightsOfItsUser(t *testing.T) {
	t.Parallel()
	server, clock, _ := start(t)
	server.AddUser(edxtest.User{Username: "bob"})
	server.AddClient("bobs-client", "s3cret", "bob")
	mine := httptest.NewServer(server)
	defer mine.Close()
	client, err := edx.NewClient(mine.URL, edx.WithClientCredentials("bobs-client", "s3cret"), edx.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}

	_, err = client.Enrollments.Get(t.Context(), "ada_l", edx.MustCourseKey(logic))

	if !errors.Is(err, edx.ErrForbidden) {
		t.Errorf("error = %v, want %v: Bob may not know", err, edx.ErrForbidden)
	}
	if server.Counts().Requests["enrollment"] != 1 {
		t.Errorf("counts = %+v, want one request for an enrollment", server.Counts())
	}
}

func TestSystemClockByDefault(t *testing.T) {
	t.Parallel()
	server := edxtest.NewServer()
	resp, err := http.Get(server.URL + "/api/user/v1/me")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || time.Since(date).Abs() > time.Minute {
		t.Errorf("Date = %v, %v; want now", date, err)
	}
	server.Close()
	server.Close()
	if resp, err := http.Get(server.URL); err == nil {
		resp.Body.Close()
		t.Error("a closed server answered")
	}
}

func TestAServerCanStartLater(t *testing.T) {
	t.Parallel()
	server := edxtest.NewUnstartedServer()
	server.Close() // it does not listen yet: nothing to close
	get := func(rt http.RoundTripper, url string) string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		return roundTrip(rt, req).brief()
	}
	const platform, exams = "/api/courses/v1/courses/", "/api/v1/providers/"
	const onPlatform, onExams = `200 application/json {"results":[]`, `401 application/json {"detail":"Authentication`
	if got := get(proctorbooktest.InProcess(server), server.URL+platform); !begins(got, onPlatform) {
		t.Errorf("the platform in process: %s", got)
	}
	if got := get(proctorbooktest.InProcess(server.ExamsHandler()), server.ExamsURL+exams); !begins(got, onExams) {
		t.Errorf("edx-exams in process: %s", got)
	}
	server.Start()
	if got := get(http.DefaultTransport, server.URL+platform); !begins(got, onPlatform) {
		t.Errorf("the platform on loopback: %s", got)
	}
	if got := get(http.DefaultTransport, server.ExamsURL+exams); !begins(got, onExams) {
		t.Errorf("edx-exams on loopback: %s", got)
	}
	wantPanic(t, "listens already", server.Start)
	server.Close()
	server.Close()
	if got := get(http.DefaultTransport, server.URL+platform); got != "no answer" {
		t.Errorf("a closed server answered %s", got)
	}
}

// What the platform holds ready to catch a client that trusts its documentation.
// Each trap is sprung here with raw requests.
func TestTraps(t *testing.T) {
	t.Parallel()
	for _, trap := range traps {
		t.Run(trap.name, func(t *testing.T) {
			t.Parallel()
			trap.spring(newExams(t))
		})
	}
}

const (
	enrollmentPath = "GET /api/enrollment/v1/enrollment/"
	logicQuery     = "course-v1%3AExampleX%2BCS101%2B2026_T1"
)

var traps = []struct {
	name   string
	spring func(*platform)
}{
	{"01 not enrolled is an empty 200, inactive is a row, no right is an empty 404", func(p *platform) {
		p.run([]step{
			{name: "not enrolled", request: enrollmentPath + "stranger," + logic, as: staff, want: "200"},
			{name: "inactive", request: enrollmentPath + "bob," + logic, as: staff, want: `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"audit","is_active":false,`},
			{name: "no right", request: enrollmentPath + "bob," + logic, as: stranger, want: "404"},
		})
	}},
	{"02 special exams refuse a token with 403", func(p *platform) {
		expired := "header " + p.authorization(staff)
		p.clock.Advance(2 * time.Hour)
		const path = "GET " + api + "exam/course_id/" + logic
		p.run([]step{
			{name: "missing", request: path, want: detail(403, "Authentication credentials were not provided.")},
			{name: "expired", request: path, as: expired, want: detail(403, "Token has expired.")},
			{name: "broken", request: path, as: "header JWT broken", want: detail(403, "Error decoding token.")},
			{name: "opaque", request: path, as: "opaque " + staff, want: detail(403, "Authentication credentials were not provided.")},
			{name: "good", request: path, as: staff, want: "200 application/json ["},
		})
	}},
	{"03 each kind of token has its own scheme", func(p *platform) {
		jwt, opaque := p.authorization(staff), p.authorization("opaque "+staff)
		p.run([]step{
			{name: "JWT as Bearer", request: "GET /api/user/v1/me", as: "header " + strings.Replace(jwt, "JWT", "Bearer", 1), want: `401 application/json {"error_code":"token_nonexistent"`},
			{name: "opaque as JWT", request: "GET /api/user/v1/me", as: "header " + strings.Replace(opaque, "Bearer", "JWT", 1), want: "401 application/json {"},
		})
	}},
	{"04 an enrollment repeated after the window closed is refused", func(p *platform) {
		again := step{name: "while it is open", request: enrollPath, as: staff, body: wishFor("ada_l", `,"mode":"verified"`), want: `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"verified","is_active":true,`}
		p.run([]step{again})
		p.clock.Advance(8 * 24 * time.Hour)
		again.name, again.want = "when it is closed", `400 application/json {"message":"An error occurred while creating the new course enrollment for user 'ada_l' in course '`+logic+`'"}`
		p.run([]step{again})
	}},
	{"05 a learner's other mode is not applied", func(p *platform) {
		p.fake.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+Two+1", Modes: []edxtest.Mode{{Slug: "audit"}, {Slug: "honor"}}})
		p.fake.Enroll("ada_l", "course-v1:ExampleX+Two+1", "honor", true)
		p.run([]step{{name: "audit", request: enrollPath, as: learner, body: `{"mode":"audit","course_details":{"course_id":"course-v1:ExampleX+Two+1"}}`, want: `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"honor","is_active":true,`}})
	}},
	{"06 another mode and is_active false contradict each other", func(p *platform) {
		p.run([]step{{name: "mismatch", request: enrollPath, as: staff, body: wishFor("ada_l", `,"mode":"audit","is_active":false`), want: `400 application/json {"message":"Enrollment mode mismatch: active mode=verified, requested mode=audit. Won't deactivate."}`}})
	}},
	{"07 a cohort that fails leaves the enrollment made", func(p *platform) {
		p.run([]step{{name: "cohort", request: enrollPath, as: staff, body: wishFor("stranger", `,"mode":"verified","cohort":"none"`), want: `400 application/json {"message":"An error occured while adding to cohort [none]"}`}})
		if e, ok := p.fake.Enrollment("stranger", logic); !ok || !e.Active {
			p.t.Errorf("Enrollment = %+v, %v; want an active one", e, ok)
		}
	}},
	{"08 an unknown learner is a 406", func(p *platform) {
		p.run([]step{{name: "nobody", request: enrollPath, as: staff, body: wishFor("nobody", ""), want: `406 application/json {"message":"The user nobody does not exist."}`}})
	}},
	{"09 the course list is anonymous, its count shrinks, and its last page is a 404", func(p *platform) {
		for n := range 30 { // the last ten can't be seen
			p.fake.AddCourse(edxtest.Course{Key: fmt.Sprintf("course-v1:Paged+C%02d+1", n), StaffOnly: n >= 20})
		}
		const list = "/api/courses/v1/courses/?org=Paged"
		count := func(query string) any {
			paging, _ := p.get(list+query, p.header(staff)).members["pagination"].(map[string]any)
			return paging["count"]
		}
		if first, second := count(""), count("&page_size=15&page=2"); first != 30.0 || second != 20.0 {
			p.t.Errorf("count = %v, then %v; want 30, then 20", first, second)
		}
		if got := count("&username=staff-client&page=3"); got != 30.0 {
			p.t.Errorf("count for staff = %v, want 30", got)
		}
		p.run([]step{
			{name: "page 2 names page 3", request: "GET " + list + "&page=2", as: staff, want: `200 application/json {"results":[{`},
			{name: "which does not exist", request: "GET " + list + "&page=3", as: staff, want: `404 application/json {"developer_message":"Invalid page."}`},
		})
		paging, _ := p.get(list+"&page=2", p.header(staff)).members["pagination"].(map[string]any)
		if next := fmt.Sprint(paging["next"]); !strings.HasSuffix(next, "page=3") {
			p.t.Errorf("next of page 2 = %v, want page 3", next)
		}
	}},
	{"10 three paginations, a page size without effect, a last page that comes again", func(p *platform) {
		p.fake.AddAttempt(edxtest.Attempt{ExamID: 7, Username: "ada_l"})
		groups := func(page string) string {
			body := p.get(api+"attempt/grouped/course_id/"+logic+"?page="+page, p.header(teacher)).body
			return body[:strings.Index(body, `"modified"`)]
		}
		if got, want := groups("9"), groups("1"); got != want {
			p.t.Errorf("page 9 = %s, want page 1 again: %s", got, want)
		}
		for path, want := range map[string]string{
			"/api/courses/v1/courses/":                            "pagination results",
			listPath + "?page_size=1":                             "next previous results",
			api + "attempt/grouped/course_id/" + logic:            "attempt_url pagination_info proctored_exam_attempts",
			"/api/grades/v1/courses/" + logic + "/?page_size=100": "next previous results",
		} {
			if got := keys(p.get(path, p.header(staff)).members); got != want {
				p.t.Errorf("%s has %q, want %q", path, got, want)
			}
		}
		if users, pages := p.follow(listPath+"?page_size=1", p.header(staff)); len(users) != 2 || pages != 1 {
			p.t.Errorf("page_size=1: %d users on %d pages, want 2 on 1", len(users), pages)
		}
	}},
	{"11 next links with http or a foreign host", func(p *platform) {
		for n := range 11 {
			p.fake.AddCourse(edxtest.Course{Key: fmt.Sprintf("course-v1:Paged+C%02d+1", n)})
		}
		p.base = "https://lms.example.org"
		for alternative, want := range map[string]string{
			"same-host": "https://lms.example.org/api/courses/v1/courses/?org=Paged&page=2", "http": "http://lms.example.org/api/courses/v1/courses/?org=Paged&page=2",
			"foreign-host": "https://lms.elsewhere.example/api/courses/v1/courses/?org=Paged&page=2", "itself": "https://lms.example.org/api/courses/v1/courses/?org=Paged",
		} {
			p.mustPlay(edxtest.VariantNextLinks, alternative)
			paging, _ := p.get("/api/courses/v1/courses/?org=Paged", "").members["pagination"].(map[string]any)
			if got := paging["next"]; got != want {
				p.t.Errorf("%s: next = %v, want %s", alternative, got, want)
			}
		}
	}},
	{"12 a plus is a plus in a path and a space in a query", func(p *platform) {
		p.run([]step{
			{name: "literal in a path", request: enrollmentPath + "ada_l," + logic, as: staff, want: "200 application/json {"},
			{name: "escaped in a path", request: enrollmentPath + "ada_l," + logicQuery, as: staff, want: "200 application/json {"},
			{name: "escaped in a query", request: "GET " + listPath + "?course_id=" + logicQuery, as: staff, want: `200 application/json {"next":null,"previous":null,"results":[{`},
			{name: "literal in a query", request: "GET " + listPath + "?course_id=" + logic, as: staff, want: `400 application/json {"field_errors":`},
		})
	}},
	{"13 two shapes of a mode, two words for a pace, names escaped or not", func(p *platform) {
		for path, want := range map[string][]string{
			"/api/course_modes/v1/courses/" + logic + "/": {`"min_price":49,`, `"mode_slug":"verified"`},
			"/api/enrollment/v1/course/" + logic:          {`"min_price":49,`, `"suggested_prices":""`, `"slug":"verified"`, `"pacing_type":"Instructor Paced"`, `"Logic & Proof"`},
			"/api/courses/v1/courses/" + logic:            {`"pacing":"instructor"`, `"Logic &amp; Proof"`},
		} {
			for _, part := range want {
				if body := p.get(path, p.header(staff)).body; !strings.Contains(body, part) {
					p.t.Errorf("%s lacks %s: %s", path, part, body)
				}
			}
		}
	}},
	{"14 usernames is not read, and gives oneself", func(p *platform) {
		p.run([]step{
			{name: "usernames", request: "GET /api/user/v1/accounts?usernames=bob", as: staff, want: `200 application/json [{"username":"staff-client"`},
			{name: "username", request: "GET /api/user/v1/accounts?username=bob", as: staff, want: `200 application/json [{"username":"bob"`},
		})
	}},
	{"15 the time zone is a preference, which one JWT can't read alone", func(p *platform) {
		if body := p.get("/api/user/v1/accounts/ada_l", p.header(staff)).body; !strings.Contains(body, `"time_zone":null`) {
			p.t.Errorf("account = %s, want a time zone of null", body)
		}
		p.run([]step{
			{name: "the map", request: "GET /api/user/v1/preferences/ada_l", as: staff, want: `200 application/json {"account_privacy":"private","pref-lang":"en","time_zone":"Europe/London"}`},
			{name: "the key, by JWT", request: "GET /api/user/v1/preferences/ada_l/time_zone", as: staff, want: `401 application/json {"detail":`},
			{name: "a key with a hyphen", request: "GET /api/user/v1/preferences/ada_l/pref-lang", as: "opaque " + staff, want: "404 text/html"},
		})
	}},
	{"16 grades are a list of one, without an address, and not for the teacher", func(p *platform) {
		const path = "GET /api/grades/v1/courses/" + logic + "/?username=ada_l"
		p.run([]step{
			{name: "one", request: path, as: staff, want: `200 application/json [{"username":"ada_l","email":"",`},
			{name: "teacher", request: path, as: teacher, want: deniedDev},
		})
	}},
	{"17 an unknown course is five different things", func(p *platform) {
		const unknown = "course-v1:ExampleX+None+1"
		p.run([]step{
			{name: "course details", request: "GET /api/enrollment/v1/course/" + unknown, want: "400 application/json {"},
			{name: "modes", request: "GET /api/course_modes/v1/courses/" + unknown + "/", as: staff, want: "200 application/json []"},
			{name: "exams", request: "GET " + api + "exam/course_id/" + unknown, as: staff, want: "200 application/json []"},
			{name: "courses", request: "GET /api/courses/v1/courses/" + unknown, as: staff, want: "404 application/json {"},
			{name: "grades", request: "GET /api/grades/v1/courses/" + unknown + "/", as: staff, want: "404 application/json {"},
			{name: "enrollment", request: enrollmentPath + "ada_l," + unknown, as: staff, want: "200"},
		})
	}},
	{"18 too many requests, with and without Retry-After, and pages of the token endpoint", func(p *platform) {
		authorization := p.authorization(staff)
		ask := func(path string, delay time.Duration) string {
			p.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status429, Delay: delay})
			got := p.get(path, authorization)
			return fmt.Sprintf("%d %s", got.status, got.header.Get("Retry-After"))
		}
		const courses = "/api/courses/v1/courses/"
		if got := ask(courses, 37*time.Second); got != "429 37" {
			p.t.Errorf("got %q, want 429 with 37", got)
		}
		if got := ask(courses, 0); got != "429 " {
			p.t.Errorf("got %q, want 429 without Retry-After", got)
		}
		p.mustPlay(edxtest.VariantRetryAfter, "missing")
		if got := ask(courses, 37*time.Second); got != "429 " {
			p.t.Errorf("an older release: got %q, want 429 without Retry-After", got)
		}
		for alternative, want := range map[string]string{"429": "429 text/html", "403": "403 text/html"} {
			p.mustPlay(edxtest.VariantTokenThrottle, alternative)
			p.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status429, Delay: time.Minute})
			if got := p.signIn(staff); !strings.HasPrefix(got.brief(), want) || got.header.Get("Retry-After") != "" {
				p.t.Errorf("token endpoint: got %s, want %s without Retry-After", got.brief(), want)
			}
		}
	}},
	{"19 developer_message may hold an object", func(p *platform) {
		p.run([]step{{name: "courses", request: "GET /api/courses/v1/courses/" + logic, as: "header Bearer none", want: `401 application/json {"developer_message":{"error_code":"token_nonexistent","developer_message":"`}})
	}},
	{"20 slow, cut off, oversize, and HTML with status 200", func(p *platform) {
		authorization, path := p.authorization(staff), "/api/user/v1/accounts/ada_l"
		play := func(kind proctorbooktest.FaultKind) answer {
			p.fake.Fault(proctorbooktest.Fault{Kind: kind, Delay: 45 * time.Second, Endpoint: "accounts"})
			return p.get(path, authorization)
		}
		before := p.clock.Now()
		if got := play(edxtest.Slow); got.status != http.StatusOK || p.clock.Now().Sub(before) != 45*time.Second {
			p.t.Errorf("slow: status %d after %v, want 200 after 45s", got.status, p.clock.Now().Sub(before))
		}
		if got := play(proctorbooktest.CutBody); got.err == nil {
			p.t.Error("cut off: the answer is whole")
		}
		if got := play(proctorbooktest.OversizeBody); len(got.body) < 16<<20 {
			p.t.Errorf("oversize: %d bytes", len(got.body))
		}
		if got := play(proctorbooktest.HTML200).brief(); !strings.HasPrefix(got, "200 text/html") {
			p.t.Errorf("HTML: %s", got)
		}
	}},
	{"21 tokens that are short, dead from the start, revoked, and counted", func(p *platform) {
		p.fake.SetTokenLife(2 * time.Second)
		if got := p.signIn(staff).members["expires_in"]; got != 2.0 {
			p.t.Errorf("expires_in = %v, want 2", got)
		}
		p.fake.Fault(proctorbooktest.Fault{Kind: edxtest.NegativeExpiry})
		dead := p.signIn(staff).members
		p.run([]step{{name: "negative", request: "GET /api/user/v1/me", as: fmt.Sprint("header JWT ", dead["access_token"]), want: "401 application/json {"}})
		good := "header " + p.authorization(staff)
		p.fake.RevokeTokens()
		p.run([]step{{name: "revoked", request: "GET /api/user/v1/me", as: good, want: "401 application/json {"}})
		if got := p.fake.Counts(); got.TokenRequests != 3 || got.TokensIssued != 3 || got.Requests["POST /oauth2/access_token"] != 3 {
			p.t.Errorf("counts = %+v, want 3 tokens", got)
		}
	}},
	{"22 course details are stale for a minute", func(p *platform) {
		const path = "GET /api/enrollment/v1/course/" + logic
		enroll := step{name: "refused", request: enrollPath, as: staff, body: wishFor("bob", `,"mode":"masters"`), want: `400 application/json {"message":"The [masters] course mode is expired`}
		p.run([]step{{name: "read", request: path, want: "200 application/json {"}})
		course, _ := p.fake.Course(logic)
		course.Modes = append(course.Modes, edxtest.Mode{Slug: "masters"})
		p.fake.AddCourse(course)
		if body := p.take(step{request: path}).body; strings.Contains(body, "masters") {
			p.t.Error("the new mode is seen at once")
		}
		p.run([]step{enroll})
		p.clock.Advance(time.Minute)
		if body := p.take(step{request: path}).body; !strings.Contains(body, "masters") {
			p.t.Error("the new mode is not seen after a minute")
		}
		enroll.want = `200 application/json {"created"`
		p.run([]step{enroll})
		p.mustPlay(edxtest.VariantDetailsCache, "none")
		p.fake.AddCourse(edxtest.Course{Key: logic})
		p.run([]step{{name: "without the cache", request: path, want: `200 application/json {"course_id":"` + logic + `","course_name":"",`}})
	}},
	{"23 a read that submits", func(p *platform) {
		for alternative, want := range map[string]string{"submitted": "submitted", "timed-out": "timed_out"} {
			p.mustPlay(edxtest.VariantTimedOut, alternative)
			id := p.fake.AddAttempt(edxtest.Attempt{ExamID: 7, Username: "ada_l", Status: "started", Started: p.clock.Now()})
			p.clock.Advance(90 * time.Minute)
			if a, _ := p.fake.Attempt(id); a.Status != "started" {
				p.t.Errorf("before the read it is %q", a.Status)
			}
			p.run([]step{{name: alternative, request: fmt.Sprintf("GET %sattempt/%d", api, id), as: learner, want: "200 application/json {"}})
			if a, _ := p.fake.Attempt(id); a.Status != want || !a.Completed.Equal(p.clock.Now()) {
				p.t.Errorf("after the read it is %q since %v, want %q now", a.Status, a.Completed, want)
			}
		}
	}},
	{"24 a key that fits the pattern and is none crashes", func(p *platform) {
		for _, path := range []string{"enrollment/v1/enrollment/ada_l,foo+bar+baz", "enrollment/v1/course/foo+bar+baz", "course_modes/v1/courses/foo+bar+baz/"} {
			p.run([]step{{name: path, request: "GET /api/" + path, as: staff, want: "500 text/html"}})
		}
		p.mustPlay(edxtest.VariantCrashPage, "plain-text")
		p.run([]step{{name: "in plain words", request: enrollmentPath + "ada_l,foo+bar+baz", as: staff, want: "500 text/plain Encountered error while rendering error page."}})
	}},
	{"25 a missing slash is a redirect", func(p *platform) {
		for _, path := range []string{"/api/courses/v1/courses", "/api/grades/v1/courses/" + logic, "/api/enrollment/v1/roles", "/api/certificates/v0/certificates/ada_l"} {
			got := p.get(path+"?a=b%2B", p.header(staff))
			want := (&url.URL{Path: path + "/", RawQuery: "a=b%2B"}).String()
			if got.status != http.StatusMovedPermanently || got.header.Get("Location") != want {
				p.t.Errorf("%s: got %d to %q, want 301 to %q", path, got.status, got.header.Get("Location"), want)
			}
		}
	}},
	{"26 a DELETE with a body", func(p *platform) {
		p.fake.AddAllowance(edxtest.Allowance{ExamID: 7, Username: "ada_l", Key: "additional_time_granted", Value: "30"})
		p.run([]step{
			{name: "without the body", request: "DELETE " + api + "allowance", as: teacher, media: "application/json", want: "400 application/json {"},
			{name: "with it", request: "DELETE " + api + "allowance", as: teacher, body: `{"exam_id":7,"user_id":4211,"key":"additional_time_granted"}`, want: "200"},
		})
		if left := p.fake.Allowances(7); len(left) != 0 {
			p.t.Errorf("allowances = %v, want none", left)
		}
	}},
	{"27 a provider hears of an exam twice, must answer 200, and gets a time with a fraction", func(p *platform) {
		there, v := newProvider(p.t)
		there.run([]step{{name: "save", request: "POST " + api + "exam", as: staff, body: newProctored, want: "200 application/json {"}})
		v.expect(p.t, "POST /api/v1/exam/ <nil>", "POST /api/v1/exam/ext-exam-1/ <nil>")
		v.statuses["POST /api/v1/exam/ext-exam-1/attempt/"] = http.StatusCreated
		there.run([]step{
			{name: "201 will not do", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":1,"attempt_proctored":"true"}`, want: "201 application/json {\"detail\":"},
			{name: "an id that is no slug", request: "POST " + api + "attempt/a.b/ready", as: staff, want: "404 text/html"},
		})
		location, claims := dashboardClaims(p.t, there, "")
		if !strings.HasPrefix(location, "http://127.0.0.1/api/v1/instructor/id/?jwt=") || !strings.Contains(claims, fmt.Sprintf(`"exp":%d.4821`, monday.Add(time.Minute).Unix())) {
			p.t.Errorf("the dashboard is %s with %s", location, claims)
		}
	}},
}

// A nil option, and a nil clock, panic where they are passed, with a text that says so.
func TestNilOptions(t *testing.T) {
	t.Parallel()
	for want, do := range map[string]func(){
		"an option is nil": func() { edxtest.NewUnstartedServer(nil) },
		"WithClock":        func() { edxtest.WithClock(nil) },
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, want) {
					t.Errorf("panic %q, want one that names %s", text, want)
				}
			}()
			do()
		}()
	}
}
