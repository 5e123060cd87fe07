package edxtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

// newGraded is a campus with grades: Ada's is good, Bob's enrollment has ended.
func newGraded(t *testing.T) *platform {
	t.Helper()
	p := newCampus(t)
	course, _ := p.fake.Course(logic)
	course.Grading = []edxtest.AssignmentPolicy{{Type: "Exam", Count: 1, Weight: 0.4}}
	p.fake.AddCourse(course)
	p.fake.Enroll("stranger", logic, "masters", true)
	p.fake.SetGrade(edxtest.Grade{
		Username: "ada_l", Course: logic, Percent: 0.83, Letter: "B", Passed: true,
		Sections: []edxtest.SectionGrade{{Usage: final, Name: "Final", Category: "Exam", Label: "Exam 01", Earned: 8, Possible: 10}},
	})
	p.fake.SetGrade(edxtest.Grade{Username: "bob", Course: logic, Percent: 0.5})
	return p
}

const (
	adasGrade    = `{"username":"ada_l","email":"","course_id":"` + logic + `","passed":true,"percent":0.83,"letter_grade":"B"}`
	strangeGrade = `{"username":"stranger","email":"stran@example.org","course_id":"` + logic + `","passed":false,"percent":0.0,"letter_grade":null}`
	adasSections = `[{"attempted":true,"category":"Exam","label":"Exam 01","module_id":"` + final + `","percent":0.8,"score_earned":8.0,"score_possible":10.0,"subsection_name":"Final"}]`
)

func TestGrades(t *testing.T) {
	t.Parallel()
	p := newGraded(t)
	const path, query = "GET /api/grades/v1/courses/" + logic + "/", "GET /api/grades/v1/courses/?course_id=course-v1%3AExampleX%2BCS101%2B2026_T1"
	list := `200 application/json {"next":null,"previous":null,"results":[` + adasGrade + `,` + strangeGrade + `]}`
	missing := func(text, code string) string {
		return `404 application/json {"developer_message":"` + text + `","error_code":"` + code + `"}`
	}
	p.run([]step{
		{name: "all who are enrolled", request: path, as: staff, want: list},
		{name: "all, by the query", request: query, as: staff, want: list},
		{name: "one is a list of one", request: path + "?username=ada_l", as: staff, want: "200 application/json [" + adasGrade + "]"},
		{name: "one, by the query", request: query + "&username=ada_l", as: staff, want: "200 application/json [" + adasGrade + "]"},
		{name: "his own", request: path + "?username=ada_l", as: learner, want: "200 application/json [" + adasGrade + "]"},
		{name: "of one who left", request: path + "?username=bob", as: staff, want: `200 application/json [{"username":"bob","email":"","course_id":"` + logic + `","passed":false,"percent":0.5,"letter_grade":null}]`},
		{name: "an address stays blank for one", request: path + "?username=stranger", as: staff, want: `200 application/json [{"username":"stranger","email":"",`},
		{name: "all, as the teacher", request: path, as: teacher, want: deniedDev},
		{name: "one, as the teacher", request: path + "?username=ada_l", as: teacher, want: deniedDev},
		{name: "nobody", request: path + "?username=nobody", as: staff, want: missing("The user matching the requested username does not exist.", "user_does_not_exist")},
		{name: "not enrolled", request: path + "?username=teacher", as: staff, want: missing("The user matching the requested username is not enrolled in this course", "user_not_enrolled")},
		{name: "unknown course", request: "GET /api/grades/v1/courses/a/b/c/", as: staff, want: missing("Requested grade for unknown course a/b/c", "course_does_not_exist")},
		{name: "no key", request: "GET /api/grades/v1/courses/foo+bar+baz/", as: staff, want: missing("The provided course key cannot be parsed.", "invalid_course_key")},
		{name: "a bad cursor", request: path + "?cursor=x", as: staff, want: `404 application/json {"developer_message":"Invalid cursor"}`},
		{name: "no token", request: path, want: `401 application/json {"developer_message":`},
		{name: "no slash", request: "GET /api/grades/v1/courses/" + logic, as: staff, want: "301 text/html"},
	})
	p.fake.SetGrade(edxtest.Grade{Username: "stranger", Course: logic, Broken: true})
	p.run([]step{{name: "one that can't be computed", request: path, as: staff, want: `200 application/json {"next":null,"previous":null,"results":[` + adasGrade + `]}`}})
}

func TestGradePages(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	const course = "course-v1:ExampleX+Big+1"
	p.fake.AddCourse(edxtest.Course{Key: course})
	for n := range 120 {
		p.fake.AddEnrollment(edxtest.Enrollment{Username: fmt.Sprintf("u%03d", n), Course: course, Mode: "audit", Active: true, Created: monday.AddDate(0, 0, -n)})
	}
	for query, want := range map[string]int{"": 50, "?page_size=7": 7, "?page_size=1000": 120} {
		got := p.get("/api/grades/v1/courses/"+course+"/"+query, p.header(staff)).members
		rows, _ := got["results"].([]any)
		if first := rows[0].(map[string]any)["username"]; len(rows) != want || first != "u000" {
			t.Errorf("%q: %d rows from %v on, want %d from u000 on", query, len(rows), first, want)
		}
		if want < 120 {
			next, _ := got["next"].(string)
			rest := p.get(strings.TrimPrefix(next, p.base), p.header(staff)).members["results"].([]any)
			if first, wantFirst := rest[0].(map[string]any)["username"], fmt.Sprintf("u%03d", want); first != wantFirst {
				t.Errorf("%q: the next page begins with %v, want %s", query, first, wantFirst)
			}
		}
	}
}

func TestGradebook(t *testing.T) {
	t.Parallel()
	p := newGraded(t)
	const path = "GET /api/grades/v1/gradebook/" + logic + "/"
	ada := `{"user_id":4211,"username":"ada_l","email":"ada@example.org","percent":0.83,"section_breakdown":` + adasSections + `}`
	other := `{"user_id":5002,"username":"stranger","email":"stran@example.org","full_name":"Stran Ger","percent":0.0,"section_breakdown":[]}`
	list := func(filtered int, rows ...string) string {
		return fmt.Sprintf(`200 application/json {"next":null,"previous":null,"results":[%s],"total_users_count":2,"filtered_users_count":%d}`, strings.Join(rows, ","), filtered)
	}
	p.run([]step{
		{name: "all", request: path, as: teacher, want: list(2, ada, other)},
		{name: "one is a bare object", request: path + "?username=ada_l", as: teacher, want: "200 application/json " + ada},
		{name: "by a part of a name", request: path + "?username_contains=ADA", as: teacher, want: list(1, ada)},
		{name: "by a part of an address", request: path + "?user_contains=stran@", as: teacher, want: list(1, other)},
		{name: "by mode", request: path + "?enrollment_mode=masters", as: teacher, want: list(1, other)},
		{name: "from a grade on", request: path + "?course_grade_min=50", as: teacher, want: list(1, ada)},
		{name: "up to a grade", request: path + "?course_grade_max=50", as: teacher, want: list(1, other)},
		{name: "by a cohort", request: path + "?cohort_id=blue", as: teacher, want: list(0)},
		{name: "page by page", request: path + "?page_size=1", as: teacher, want: `200 application/json {"next":"http://127.0.0.1/api/grades/v1/gradebook/`},
		{name: "nobody", request: path + "?username=nobody", as: teacher, want: `404 application/json {"developer_message":"The user matching`},
		{name: "not enrolled", request: path + "?username=teacher", as: teacher, want: `404 application/json {"developer_message":"The user matching`},
		{name: "unknown course", request: "GET /api/grades/v1/gradebook/a/b/c/", as: staff, want: `404 application/json {"developer_message":"Requested grade for unknown course a/b/c",`},
		{name: "no key", request: "GET /api/grades/v1/gradebook/foo+bar+baz/", as: staff, want: `404 application/json {"developer_message":"The provided course key`},
		{name: "a learner", request: path, as: learner, want: deniedDev},
		{name: "how it is graded", request: path + "grading-info", as: teacher, want: `200 application/json {"assignment_types":{"Exam":{"type":"Exam","weight":0.4,"min_count":1,"drop_count":0,"short_label":"Exam"}},` +
			`"subsections":[{"assignment_type":"Exam","display_name":"Final","graded":true,"module_id":"` + final + `","short_label":"Exam 01"}],"grades_frozen":false`},
		{name: "how it is graded, a learner", request: path + "grading-info", as: learner, want: deniedDev},
	})
	p.mustPlay(edxtest.VariantGradebook, "off")
	p.run([]step{{name: "off", request: path, as: staff, want: deniedDev}})
}

func TestGradingPolicyAndSections(t *testing.T) {
	t.Parallel()
	p := newGraded(t)
	const policy, sections = "GET /api/grades/v1/policy/courses/", "GET /api/grades/v1/section_grades_breakdown/"
	p.run([]step{
		{name: "policy", request: policy + logic + "/", as: teacher, want: `200 application/json [{"assignment_type":"Exam","count":1,"dropped":0,"weight":0.4}]`},
		{name: "policy, a learner", request: policy + logic + "/", as: learner, want: `403 application/json {"developer_message":"The course does not exist.","error_code":"user_or_course_does_not_exist"}`},
		{name: "policy, unknown course", request: policy + "a/b/c/", as: staff, want: `404 application/json {"developer_message":"The course does not exist.","error_code":"user_or_course_does_not_exist"}`},
		{name: "policy, no key", request: policy + "foo+bar+baz/", as: staff, want: `400 application/json {"developer_message":"Invalid course key.","error_code":"invalid_course_key"}`},
		{name: "sections of one", request: sections + "?username=ada_l", as: staff, want: `200 application/json {"next":null,"previous":null,"results":[{"username":"ada_l","course_id":"` + logic + `","passed":true,"current_grade":83,"section_breakdown":` + adasSections + `}]}`},
		{name: "sections of a course", request: sections + "?course_id=a/b/c", as: staff, want: `200 application/json {"next":null,"previous":null,"results":[]}`},
		{name: "sections, no key", request: sections + "?course_id=" + logic, as: staff, want: `404 application/json {`},
		{name: "sections, the teacher", request: sections, as: teacher, want: deniedDev},
	})
}
