package edxtest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

func TestGetCourse(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	staff, learner := p.header("staff-client"), p.header("learner-client")
	const denied = `403 application/json {"developer_message":"You do not have permission to perform this action."}`
	const missing = `404 application/json {"developer_message":"Not found."}`
	const path = "/api/courses/v1/courses/"
	for name, tt := range map[string]struct{ path, authorization, want string }{
		"anonymous":                 {path + logic, "", "200 application/json"},
		"trailing slash":            {path + logic + "/", "", "200 application/json"},
		"escaped plus":              {path + "course-v1:ExampleX%2BCS101%2B2026_T1", "", "200 application/json"},
		"escaped colon":             {path + "course-v1%3AExampleX+CS101+2026_T1", "", "200 application/json"},
		"old key":                   {path + "ExampleX/Old/2012", "", "200 application/json"},
		"old key, escaped slashes":  {path + "ExampleX%2FOld%2F2012", "", "404 text/html"},
		"staff for a learner":       {path + logic + "?username=ada_l", staff, "200 application/json"},
		"staff for nobody":          {path + logic + "?username=nobody", staff, missing},
		"learner for himself":       {path + logic + "?username=ada_l", learner, "200 application/json"},
		"learner for another":       {path + logic + "?username=bob", learner, denied},
		"hidden":                    {path + "course-v1:ExampleX+Secret+2026", staff, missing},
		"hidden, as staff":          {path + "course-v1:ExampleX+Secret+2026?username=staff-client", staff, "200 application/json"},
		"unknown":                   {path + "course-v1:ExampleX+None+2026", staff, missing},
		"fits the pattern, no key":  {path + "foo+bar+baz", "", `400 application/json {"field_errors":{"course_key":{"developer_message":"'foo+bar+baz' is not a valid course key."}}}`},
		"does not fit the pattern":  {path + "foo", "", "404 text/html"},
		"list without slash":        {"/api/courses/v1/courses", "", "301 text/html"},
		"slash after an enrollment": {"/api/enrollment/v1/enrollment/ada_l," + logic + "/", staff, "404 text/html"},
	} {
		if got := p.get(tt.path, tt.authorization).brief(); !begins(got, tt.want) {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
	course := p.get(path+logic, "").members
	for name, want := range map[string]any{
		"id": logic, "course_id": logic, "name": "Logic &amp; Proof", "org": "ExampleX", "number": "CS101", "pacing": "instructor",
		"start": "2030-02-04T09:00:00Z", "end": "2030-06-04T09:00:00Z", "enrollment_start": nil, "start_type": "timestamp", "hidden": false,
	} {
		if got := course[name]; got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
}

func TestListCourses(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const path = "/api/courses/v1/courses/"
	const oneOld = `200 application/json {"results":[{"blocks_url":"http://127.0.0.1/api/courses/v1/blocks/?course_id=ExampleX%2FOld%2F2012"`
	none := `200 application/json {"results":[],"pagination":{"next":null,"previous":null,"count":0,"num_pages":1}}`
	p.run([]step{
		{name: "anonymous", request: "GET " + path, want: `200 application/json {"results":[{`},
		{name: "by organization", request: "GET " + path + "?org=examplex", want: `200 application/json {"results":[{`},
		{name: "by another organization", request: "GET " + path + "?org=Nobody", want: none},
		{name: "by words", request: "GET " + path + "?search_term=OLD", want: oneOld},
		{name: "by keys", request: "GET " + path + "?course_keys=ExampleX/Old/2012,course-v1:A%2BB%2BC", want: oneOld},
		{name: "by keys in a form", request: "POST " + path, body: "course_keys=ExampleX/Old/2012", media: "application/x-www-form-urlencoded", want: oneOld},
		{name: "by keys in JSON", request: "POST " + path, body: `{"course_keys":["ExampleX/Old/2012"]}`, want: oneOld},
		{name: "not mobile", request: "GET " + path + "?mobile=0", want: `200 application/json {"results":[{`},
		{name: "mobile", request: "GET " + path + "?mobile=True", want: none},
		{name: "an unescaped plus", request: "GET " + path + "?course_keys=" + logic, want: `400 application/json {"field_errors":{"course_keys":{"developer_message":"'course-v1:ExampleX CS101 2026_T1' is not a valid course key."}}}`},
		{name: "an empty item", request: "GET " + path + "?course_keys=ExampleX/Old/2012,", want: `400 application/json {"field_errors":{"course_keys":`},
		{name: "a boolean of another kind", request: "GET " + path + "?active_only=yes", want: `400 application/json {"field_errors":{"active_only":`},
		{name: "page 0", request: "GET " + path + "?page=0", want: `404 application/json {"developer_message":"Invalid page."}`},
		{name: "page 9", request: "GET " + path + "?page=9", want: `404 application/json {"developer_message":"Invalid page."}`},
		{name: "another's", request: "GET " + path + "?username=bob", as: learner, want: deniedDev},
		{name: "nobody's", request: "GET " + path + "?username=nobody", as: staff, want: `404 application/json {"developer_message":"Not found."}`},
		{name: "no slash", request: "GET /api/courses/v1/courses", want: "301 text/html"},
	})
	p.clock.Advance(200 * 24 * 3600e9)
	p.run([]step{{name: "not ended", request: "GET " + path + "?active_only=1", want: `200 application/json {"results":[{"blocks_url":"http://127.0.0.1/api/courses/v1/blocks/?course_id=ExampleX%2FOld`}})
	for query, want := range map[string]float64{"?active_only=1": 1, "?active_only=true": 1, "?active_only=0": 2, "": 2} {
		paging, _ := p.get(path+query, p.header(staff)).members["pagination"].(map[string]any)
		if paging["count"] != want {
			t.Errorf("%q: count = %v, want %v", query, paging["count"], want)
		}
	}
}

func TestCourseListPages(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for n := range 120 {
		p.fake.AddCourse(edxtest.Course{Key: fmt.Sprintf("course-v1:Paged+C%03d+1", n), Name: "Paged", Mobile: true})
	}
	sizes := map[string]int{"?org=Paged": 10, "?org=Paged&page_size=7": 7, "?org=Paged&page_size=1000": 100, "?org=Paged&page_size=x": 10}
	for query, size := range sizes {
		got := p.get("/api/courses/v1/courses/"+query, "").members
		paging, _ := got["pagination"].(map[string]any)
		if rows, _ := got["results"].([]any); len(rows) != size || paging["count"] != 120.0 {
			t.Errorf("%s: %d rows and %v, want %d and a count of 120", query, len(rows), paging, size)
		}
	}
	seen := 0
	for path := "/api/courses/v1/courses/?org=Paged&page_size=50"; path != ""; {
		got := p.get(path, "").members
		rows, _ := got["results"].([]any)
		seen += len(rows)
		paging, _ := got["pagination"].(map[string]any)
		next, _ := paging["next"].(string)
		path = strings.TrimPrefix(next, p.base)
	}
	if seen != 120 {
		t.Errorf("following the links showed %d courses, want 120", seen)
	}
}

func TestCourseDetailMembers(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const path = "/api/courses/v1/courses/"
	p.fake.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+Dated+1", CertificatesOn: monday, InviteOnly: true})
	dated := p.get(path+"course-v1:ExampleX+Dated+1", "").members
	for name, want := range map[string]any{"certificate_available_date": "2030-03-04T09:00:00Z", "invitation_only": true, "overview": "<p>About this course</p>"} {
		if got := dated[name]; got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	if _, told := dated["is_enrolled"]; told {
		t.Error("is_enrolled is told of somebody anonymous")
	}
	if got := p.get(path+logic+"?username=ada_l", p.header(staff)).members["is_enrolled"]; got != true {
		t.Errorf("is_enrolled = %v, want true", got)
	}
	p.mustPlay(edxtest.VariantCourseFields, "missing")
	if _, told := p.get(path+"course-v1:ExampleX+Dated+1", "").members["invitation_only"]; told {
		t.Error("an old release tells invitation_only")
	}
	p.mustPlay(edxtest.VariantCatalog, "staff")
	p.run([]step{
		{name: "a closed catalog", request: "GET " + path + logic, as: staff, want: `404 application/json {"developer_message":"Not found."}`},
		{name: "a closed catalog, as staff", request: "GET " + path + logic + "?username=staff-client", as: staff, want: "200 application/json {"},
		{name: "junk after the key", request: "GET " + path + logic + "/junk?username=staff-client", as: staff, want: "200 application/json {"},
	})
}

func TestListCourseIDs(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const path = "/api/courses/v1/course_ids/"
	p.run([]step{
		{name: "without a token", request: "GET " + path + "?role=staff", want: `401 application/json {"developer_message":`},
		{name: "without a role", request: "GET " + path + "?username=teacher", as: staff, want: `400 application/json {"field_errors":{"role":`},
		{name: "a learner's", request: "GET " + path + "?role=staff&username=ada_l", as: learner, want: `200 application/json {"results":[],"pagination":{"next":null,"previous":null,"count":0,"num_pages":1}}`},
		{name: "a teacher's", request: "GET " + path + "?role=staff&username=teacher", as: teacher, want: `200 application/json {"results":["` + logic + `"],"pagination":`},
		{name: "everybody's, for staff", request: "GET " + path + "?role=instructor&username=staff-client", as: staff, want: `200 application/json {"results":["ExampleX/Old/2012","course-v1:ExampleX+CS101+2026_T1","course-v1:ExampleX+Secret+2026"],`},
		{name: "a page that is none", request: "GET " + path + "?role=staff&username=teacher&page=2", as: staff, want: `404 application/json {"developer_message":"Invalid page."}`},
		{name: "another's", request: "GET " + path + "?role=staff&username=teacher", as: learner, want: deniedDev},
	})
}

func TestKeysInPathsAndQueries(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for _, key := range []string{"course-v1:ÉcoleX+数学+2026", "ccx-v1:ExampleX+CS101+2026+ccx@7", "ExampleX/CS%20101/2026", "course-v1:Example.X+CS-1.0~1:a+2026"} {
		p.fake.AddCourse(edxtest.Course{Key: key, Name: "Odd"})
		p.fake.Enroll("ada_l", key, "audit", true)
		escaped := (&url.URL{Path: key}).EscapedPath()
		escaped = strings.TrimPrefix(escaped, "./")
		p.run([]step{
			{name: key, request: "GET /api/courses/v1/courses/" + escaped, want: "200 application/json {"},
			{name: key, request: "GET /api/enrollment/v1/enrollment/ada_l," + escaped, as: staff, want: `200 application/json {"created"`},
			{name: key, request: "GET /api/enrollment/v1/enrollments?course_id=" + url.QueryEscape(key), as: staff, want: `200 application/json {"next":null,"previous":null,"results":[{"created"`},
		})
	}
}
