package edx_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
)

// problemsOf finds the problems in an answer, however deep.
func problemsOf(v reflect.Value) (found []*edx.RowError) {
	if problem, ok := v.Interface().(*edx.RowError); ok {
		if problem != nil {
			found = append(found, problem)
		}
		return found
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return problemsOf(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			found = append(found, problemsOf(v.Index(i))...)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			found = append(found, problemsOf(v.MapIndex(key))...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				found = append(found, problemsOf(v.Field(i))...)
			}
		}
	}
	return found
}

type oddRow struct{ method, form, member, row string }

// oddRows are rows of which some member is missing, or can't be read, by method.
var oddRows = []oddRow{
	{"Courses.List", `{"results":[%s]}`, "id", `{"name":"x"}`},
	{"Courses.List", `{"results":[%s]}`, "start", `{"id":"a/b/c","start":"2026-03-02"}`},
	{"Courses.List", `{"results":[%s]}`, "media.image.raw", `{"id":"a/b/c","media":{"image":{"raw":{},"small":"s"}}}`},
	{"Courses.IDs", `{"results":[%s]}`, "course id", `""`},
	{"Courses.IDs", `{"results":[%s]}`, "the row", `"nonsense"`},
	{"Enrollments.ListForUser", `[%s]`, "mode", `{"is_active":true}`},
	{"Enrollments.ListForUser", `[%s]`, "is_active", `{"mode":"audit"}`},
	{"Enrollments.ListForUser", `[%s]`, "course_details.course_start", `{"mode":"audit","is_active":true,"course_details":{"course_id":"a/b/c","course_start":"soon"}}`},
	{"Enrollments.List", `{"results":[%s]}`, "user", `{"mode":"audit","is_active":true,"course_id":"a/b/c"}`},
	{"Enrollments.List", `{"results":[%s]}`, "course_id", `{"mode":"audit","is_active":true,"user":"u","course_id":"course-v1:a b"}`},
	{"Enrollments.List", `{"results":[%s]}`, "mode", `{"is_active":true,"user":"u","course_id":"a/b/c"}`},
	{"Enrollments.List", `{"results":[%s]}`, "the row", `7`},
	{"Enrollments.List", `{"results":[%s]}`, "user", `null`},
	{"Enrollments.CourseDetails", `%s`, "expiration_datetime", `{"course_id":"a/b/c","course_modes":[{"slug":"audit","expiration_datetime":"never"}]}`},
	{"Enrollments.Roles", `{"is_staff":true,"roles":[%s]}`, "role", `{"org":"x"}`},
	{"Enrollments.Allowed.List", `[%s]`, "email", `{"course_id":"a/b/c"}`},
	{"Enrollments.Allowed.List", `[%s]`, "course_id", `{"email":"e@x"}`},
	{"Modes.List", `[%s]`, "mode_slug", `{}`},
	{"Modes.Get", `%s`, "expiration_datetime", `{"mode_slug":"audit","expiration_datetime":"never"}`},
	{"Accounts.SearchEmails", `[%s]`, "username", `{"email":"e@x"}`},
	{"Accounts.FindByID", `[%s]`, "year_of_birth", `{"username":"u","year_of_birth":"long ago"}`},
	{"Accounts.Verification", `%s`, "expiration_datetime", `{"status":"approved","expiration_datetime":"2027"}`},
	{"Preferences.TimeZones", `[%s]`, "time_zone", `{}`},
	{"Grades.Get", `[%s]`, "percent", `{"username":"u","passed":true,"percent":"high"}`},
	{"Grades.Get", `[%s]`, "percent", `{"username":"u","passed":true,"percent":"NaN"}`},
	{"Grades.List", `{"results":[%s]}`, "passed", `{"username":"u"}`},
	{"Grades.Policy", `[%s]`, "assignment_type", `{"assignment_type":null,"count":1}`},
	{"Grades.Gradebook", `{"results":[%s]}`, "username", `{}`},
	{"Grades.Gradebook", `{"results":[%s]}`, "module_id", `{"username":"u","section_breakdown":[{"module_id":"i4x://a/b/sequential/c d"}]}`},
	{"Grades.Sections", `{"results":[%s]}`, "username", `{"course_id":"a/b/c"}`},
	{"Grades.Sections", `{"results":[%s]}`, "course_id", `{"username":"u"}`},
	{"Certificates.List", `[%s]`, "course_id", `{"is_passing":true}`},
	{"Certificates.List", `[%s]`, "is_passing", `{"course_id":"a/b/c"}`},
	{"SpecialExams.List", `[%s]`, "id", `{"content_id":"i4x://a/b/c/d"}`},
	{"SpecialExams.List", `[%s]`, "content_id", `{"id":7}`},
	{"SpecialExams.List", `[%s]`, "content_id", `{"id":7,"content_id":"test_content"}`},
	{"SpecialExams.List", `[%s]`, "time_limit_mins", `{"id":7,"content_id":"i4x://a/b/c/d","time_limit_mins":-5}`},
	{"SpecialExams.List", `[%s]`, "time_limit_mins", `{"id":7,"content_id":"i4x://a/b/c/d","time_limit_mins":999999}`},
	{"SpecialExams.Get", `%s`, "content_id", `{"id":7,"content_id":"test_content"}`},
	{"SpecialExams.Attempts", `{"proctored_exam_attempts":[%s],"pagination_info":{"current_page":1}}`, "status", `{"id":1}`},
	{"SpecialExams.Attempts", `{"proctored_exam_attempts":[%s],"pagination_info":{"current_page":1}}`, "id", `{"status":"x"}`},
	{"SpecialExams.Attempts", `{"proctored_exam_attempts":[%s],"pagination_info":{"current_page":1}}`, "id", `{"id":1,"status":"x","all_attempts":[{"status":"x"}]}`},
	{"SpecialExams.Attempts", `{"proctored_exam_attempts":[%s],"pagination_info":{"current_page":1}}`, "all_attempts", `{"id":1,"status":"x","all_attempts":"x"}`},
	{"SpecialExams.Attempts", `{"proctored_exam_attempts":[%s],"pagination_info":{"current_page":1}}`, "allowed_time_limit_mins", `{"id":1,"status":"x","allowed_time_limit_mins":600000}`},
	{"SpecialExams.Attempts", `{"proctored_exam_attempts":[%s],"pagination_info":{"current_page":1}}`, "proctored_exam.content_id", `{"id":1,"status":"x","proctored_exam":{"id":7,"content_id":"block-v1:a+b+c+type@sequential+block@d e"}}`},
	{"SpecialExams.Allowances", `[%s]`, "key", `{}`},
	{"SpecialExams.Allowances", `[%s]`, "user.id", `{"key":"k","user":{"id":"x","username":"u"}}`},
	{"SpecialExams.AllowancesByUser", `{"u":[%s]}`, "key", `{}`},
	{"SpecialExams.Settings", `%s`, "contact_us", `{"platform_name":"x","contact_us":["a"]}`},
	{"SpecialExams.Onboarding", `%s`, "onboarding_release_date", `{"onboarding_status":"verified","onboarding_past_due":false,"onboarding_release_date":"soon"}`},
	{"SpecialExams.OnboardingList", `{"results":[%s]}`, "username", `{}`},
	{"SpecialExams.OnboardingList", `{"results":[%s]}`, "modified", `{"username":"u","modified":"2051-05-21"}`},
	{"Exams.Config", `%s`, "provider", `{"provider":{}}`},
	{"Exams.Providers", `[%s]`, "name", `{}`},
	{"Exams.Allowances", `[%s]`, "id", `{}`},
	{"Exams.Attempts", `{"results":[%s]}`, "attempt_id", `{"attempt_status":"x"}`},
	{"Exams.Attempts", `{"results":[%s]}`, "attempt_status", `{"attempt_id":1}`},
	{"Exams.Attempts", `{"results":[%s]}`, "proctored_review.submission_time", `{"attempt_id":1,"attempt_status":"x","proctored_review":{"submission_time":"x","severity":"0.25"}}`},
}

// moreAnswers are those of which no test needs the whole value.
var moreAnswers = map[string]func(context.Context, *edx.Client) (any, error){
	"Courses.List": func(ctx context.Context, c *edx.Client) (any, error) {
		return c.Courses.List(ctx, edx.ListCoursesParams{Username: username, Keys: []edx.CourseKey{cs101}})
	},
	"Enrollments.ListForUser": func(ctx context.Context, c *edx.Client) (any, error) {
		return c.Enrollments.ListForUser(ctx, username)
	},
	"Accounts.FindByID": func(ctx context.Context, c *edx.Client) (any, error) { return c.Accounts.FindByID(ctx, 4211) },
	"Grades.List": func(ctx context.Context, c *edx.Client) (any, error) {
		return c.Grades.List(ctx, cs101, edx.ListGradesParams{})
	},
}

// An odd member costs neither the rest of its row nor the other rows, and is named.
func TestOddRows(t *testing.T) {
	t.Parallel()
	for _, tt := range oddRows {
		t.Run(tt.method+"/"+tt.member, func(t *testing.T) {
			t.Parallel()
			e := endpointNamed(t, tt.method)
			call := answers[tt.method].call
			if call == nil {
				call = moreAnswers[tt.method]
			}
			p := e.start(t)
			p.json(e.route, fmt.Sprintf(tt.form, tt.row))
			got, err := call(t.Context(), p.client(t))
			if err != nil {
				t.Fatalf("%s: error %v", tt.row, err)
			}
			problems := problemsOf(reflect.ValueOf(got))
			if len(problems) != 1 || len(problems[0].Fields) != 1 || problems[0].Fields[0].Field != tt.member || !problems[0].Concerns(tt.member) {
				t.Fatalf("%s: problems %v, want one about %s", tt.row, problems, tt.member)
			}
			if raw := string(problems[0].Raw); !strings.Contains(tt.row, raw) || raw == "" {
				t.Errorf("%s: raw %q, want the row", tt.row, raw)
			}
		})
	}
}

// The other members of an odd row are there.
func TestOddRowsKeepTheRest(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json("GET"+special+"exam/course_id/"+cs101Path, strings.Replace("["+examReply+"]", `"time_limit_mins":90`, `"time_limit_mins":-5`, 1))
	exams, err := p.client(t).SpecialExams.List(t.Context(), cs101)
	if err != nil || len(exams) != 1 {
		t.Fatalf("List = %v, %v", exams, err)
	}
	problem := exams[0].Problem
	want := finalExam
	want.TimeLimit = 0
	if exams[0].Problem = nil; exams[0] != want {
		t.Errorf("List = %+v, want %+v", exams[0], want)
	}
	if text := problem.Error(); text != "edx: the platform sent what can't be read: time_limit_mins: a member is not a number of minutes" {
		t.Errorf("problem = %q", text)
	}
	if (*edx.RowError)(nil).Concerns("id") {
		t.Error("a row that was read whole has a problem")
	}
}

// goodRows are rows without a problem.
var goodRows = map[string]string{
	"SpecialExams.List":     examReply,
	"SpecialExams.Attempts": `{"id":12,"status":"submitted"}`,
	"Enrollments.List":      `{"mode":"audit","is_active":true,"user":"u","course_id":"a/b/c"}`,
	"Grades.Gradebook":      `{"username":"u","section_breakdown":[{"module_id":"i4x://a/b/c/d"}]}`,
	"Grades.Policy":         `{"assignment_type":"Exam"}`,
	"Courses.IDs":           `"a/b/c"`,
}

// itemsOf are the rows of a list, or of a page.
func itemsOf(answer any) reflect.Value {
	items := reflect.Indirect(reflect.ValueOf(answer))
	if items.Kind() == reflect.Struct {
		return items.FieldByName("Items")
	}
	return items
}

// A list of a thousand rows has a thousand, odd ones included.
func TestManyRowsWithOddOnes(t *testing.T) {
	t.Parallel()
	for method, row := range goodRows {
		e := endpointNamed(t, method)
		var rows []string
		form := ""
		for _, odd := range oddRows {
			if odd.method == method {
				rows, form = append(rows, odd.row), odd.form
			}
		}
		wantOdd := len(rows)
		for len(rows) < 1000 {
			rows = append(rows, row)
		}
		p := newLMS(t)
		p.json(e.route, fmt.Sprintf(form, strings.Join(rows, ",")))
		got, err := answers[method].call(t.Context(), p.client(t))
		if err != nil {
			t.Errorf("%s: %v", method, err)
			continue
		}
		items := itemsOf(got)
		if odd := len(problemsOf(items)); items.Len() != 1000 || odd != wantOdd || wantOdd == 0 {
			t.Errorf("%s: %d rows, %d odd ones; want 1000 and %d", method, items.Len(), odd, wantOdd)
		}
	}
}

// A page whose link leads elsewhere is returned beside the error.
func TestPageBesideItsError(t *testing.T) {
	t.Parallel()
	rt := canned{http.StatusOK, []byte(`{"results":[{"mode":"audit","is_active":true,"user":"u","course_id":"a/b/c"}],"next":"https://evil.example.org/?cursor=c"}`)}
	client, err := edx.NewClient("https://lms.example.org", edx.WithTransport(rt), edx.WithTokenSource(tokenOf("t")))
	if err != nil {
		t.Fatal(err)
	}
	page, err := client.Enrollments.List(t.Context(), edx.ListEnrollmentsParams{})
	if failed, ok := errors.AsType[*edx.Error](err); !ok || failed.Reason != edx.ErrNotJSON || page == nil || len(page.Items) != 1 || page.Next != "" {
		t.Errorf("List = %+v, %v, want one row beside ErrNotJSON", page, err)
	}
}

// What an odd row holds is nobody's business but the program's.
func TestRowErrorsHideTheRow(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json("GET"+special+"exam/exam_id/7", `{"id":7,"content_id":"canary content"}`)
	exam, err := p.client(t).SpecialExams.Get(t.Context(), 7)
	if err != nil || !strings.Contains(string(exam.Problem.Raw), "canary") {
		t.Fatalf("Get = %+v, %v, want the raw row", exam, err)
	}
	inJSON, err := json.Marshal(exam)
	if err != nil {
		t.Fatal(err)
	}
	var inGob bytes.Buffer
	if err := gob.NewEncoder(&inGob).Encode(exam.Problem); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{exam.Problem.Error(), fmt.Sprintf("%+v %#v %v", exam, *exam.Problem, exam.Problem.LogValue()), string(inJSON), inGob.String()} {
		if strings.Contains(text, "canary") {
			t.Errorf("%q shows the row", text)
		}
	}
	var again edx.RowError
	if err := gob.NewDecoder(&inGob).Decode(&again); err != nil || !again.Concerns("content_id") {
		t.Errorf("after gob: %+v, %v", again, err)
	}
}
