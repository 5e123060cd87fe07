package edx_test

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

// bodies are what the writes send, byte for byte up to the order of members.
var bodies = []struct {
	name, route, contentType, want string
	before                         func(*lms)
	call                           func(context.Context, *edx.Client) error
}{
	{"Enrollments.Enroll", enrollRoute, "application/json", `{"course_details":{"course_id":"course-v1:ExampleX+CS101+2026_T1"},"user":"ada_l","mode":"credit","is_active":true,
	 "enrollment_attributes":[{"namespace":"credit","name":"provider_id","value":"x"}],"cohort":"evening","force_enrollment":true}`, neverEnrolled, func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Enroll(ctx, edx.EnrollParams{
			Course: cs101, Username: username, Mode: edx.Credit, Cohort: "evening", Force: true,
			Attributes: []edx.EnrollmentAttribute{{Namespace: "credit", Name: "provider_id", Value: "x"}},
		})
		return err
	}},
	{"Enrollments.Enroll by address", enrollRoute, "application/json", `{"course_details":{"course_id":"course-v1:ExampleX+CS101+2026_T1"},"user":"ada_l","is_active":true}`, hasAddress, func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Enroll(ctx, edx.EnrollParams{Course: cs101, Email: "ada@example.org"})
		return err
	}},
	{"Enrollments.SetMode", enrollRoute, "application/json", `{"course_details":{"course_id":"course-v1:ExampleX+CS101+2026_T1"},"user":"ada_l","mode":"verified"}`, isEnrolled("audit", "true"), func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.SetMode(ctx, username, cs101, edx.Verified)
		return err
	}},
	{"Enrollments.Activate", enrollRoute, "application/json", `{"course_details":{"course_id":"course-v1:ExampleX+CS101+2026_T1"},"user":"ada_l","mode":"honor","is_active":true}`, isEnrolled("honor", "false"), func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Activate(ctx, username, cs101)
		return err
	}},
	{"Enrollments.Deactivate", enrollRoute, "application/json", `{"course_details":{"course_id":"course-v1:ExampleX+CS101+2026_T1"},"user":"ada_l","mode":"honor","is_active":false}`, isEnrolled("honor", "true"), func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Deactivate(ctx, username, cs101)
		return err
	}},
	{"Enrollments.Allowed.Add", "POST /api/enrollment/v1/enrollment_allowed/", "application/json", `{"email":"ada@example.org","course_id":"course-v1:ExampleX+CS101+2026_T1","auto_enroll":false}`, nil, func(ctx context.Context, c *edx.Client) error {
		return c.Enrollments.Allowed.Add(ctx, edx.AddPermissionParams{Email: "ada@example.org", Course: cs101})
	}},
	{"Enrollments.Allowed.Remove", "DELETE /api/enrollment/v1/enrollment_allowed/", "application/json", `{"email":"ada@example.org","course_id":"course-v1:ExampleX+CS101+2026_T1"}`, nil, func(ctx context.Context, c *edx.Client) error {
		return c.Enrollments.Allowed.Remove(ctx, "ada@example.org", cs101)
	}},
	{"Modes.Create", "POST /api/course_modes/v1/courses/" + cs101Path + "/", "application/json", `{"course_id":"course-v1:ExampleX+CS101+2026_T1","mode_slug":"verified","mode_display_name":"Verified","currency":"usd","min_price":"49.00",
	 "description":"d","sku":"s","bulk_sku":"b","expiration_datetime":"2026-06-01T00:00:00Z"}`, nil, func(ctx context.Context, c *edx.Client) error {
		_, err := c.Modes.Create(ctx, cs101, edx.CreateModeParams{
			Mode: edx.Verified, Name: "Verified", Currency: "usd", MinPrice: "49.00", Description: "d", SKU: "s", BulkSKU: "b",
			Expires: time.Date(2026, 6, 1, 2, 0, 0, 0, time.FixedZone("", 7200)),
		})
		return err
	}},
	{"Modes.Update", "PATCH /api/course_modes/v1/courses/" + cs101Path + "/verified", "application/merge-patch+json", `{"mode_display_name":"V","currency":"eur","min_price":"5","description":"d","sku":"s","bulk_sku":"b"}`, nil, func(ctx context.Context, c *edx.Client) error {
		return c.Modes.Update(ctx, cs101, edx.Verified, edx.UpdateModeParams{
			Name: "V", Currency: "eur", MinPrice: "5", Description: new("d"), SKU: new("s"), BulkSKU: new("b"),
		})
	}},
	{"Modes.Update, expires", "PATCH /api/course_modes/v1/courses/" + cs101Path + "/verified", "application/merge-patch+json", `{"expiration_datetime":"2026-06-01T00:00:00Z"}`, nil, func(ctx context.Context, c *edx.Client) error {
		return c.Modes.Update(ctx, cs101, edx.Verified, edx.UpdateModeParams{Expires: utc("2026-06-01T00:00:00Z")})
	}},
	{"Accounts.SearchEmails", "POST /api/user/v1/accounts/search_emails", "application/json", `{"emails":["ada@example.org","bob@example.org"]}`, nil, func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.SearchEmails(ctx, []string{"ada@example.org", "bob@example.org"})
		return err
	}},
	{"Accounts.Update", "PATCH /api/user/v1/accounts/ada_l", "application/merge-patch+json", `{"name":"Ada","country":"","state":"x","city":"London","phone_number":"+44","year_of_birth":1990,"language_proficiencies":[{"code":"en"}]}`, nil, func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.Update(ctx, username, edx.UpdateAccountParams{
			Name: new("Ada"), Country: new(""), State: new("x"), City: new("London"), Phone: new("+44"), YearOfBirth: new(1990), Languages: &[]string{"en"},
		})
		return err
	}},
	{"Preferences.Update", "PATCH /api/user/v1/preferences/ada_l", "application/merge-patch+json", `{"time_zone":"Europe/London","pref-lang":null}`, nil, func(ctx context.Context, c *edx.Client) error {
		return c.Preferences.Update(ctx, username, edx.UpdatePreferencesParams{Set: map[string]string{"time_zone": "Europe/London"}, Remove: []string{"pref-lang"}})
	}},
	{"SpecialExams.SetAllowance", "PUT" + special + "allowance", "application/json", `{"exam_id":7,"user_info":"ada_l","key":"additional_time_granted","value":"30"}`, nil, func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowance(ctx, edx.SetAllowanceParams{ExamID: 7, User: username, Key: edx.AllowanceExtraTime, Value: "30"})
	}},
	{"SpecialExams.SetAllowance by id", "PUT" + special + "allowance", "application/json", `{"exam_id":7,"user_info":4,"key":"additional_time_granted","value":"30"}`, nil, func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowance(ctx, edx.SetAllowanceParams{ExamID: 7, UserID: 4, Key: edx.AllowanceExtraTime, Value: "30"})
	}},
	{"SpecialExams.SetAllowance by id as a text", "PUT" + special + "allowance", "application/json", `{"exam_id":7,"user_info":4,"key":"additional_time_granted","value":"30"}`, nil, func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowance(ctx, edx.SetAllowanceParams{ExamID: 7, User: "4", Key: edx.AllowanceExtraTime, Value: "30"})
	}},
	{"SpecialExams.RemoveAllowance", "DELETE" + special + "allowance", "application/json", `{"exam_id":7,"user_id":4211,"key":"additional_time_granted"}`, nil, func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.RemoveAllowance(ctx, edx.RemoveAllowanceParams{ExamID: 7, UserID: 4211, Key: edx.AllowanceExtraTime})
	}},
	{"SpecialExams.SetAllowances", "PUT" + special + "bulk_allowance", "application/json", `{"exam_ids":"7,8","user_ids":"ada_l,bob@example.org","allowance_type":"time_multiplier","value":"1.5","course_id":"course-v1:ExampleX+CS101+2026_T1"}`, nil, func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowances(ctx, edx.SetAllowancesParams{Course: cs101, ExamIDs: []int64{7, 8}, Users: []string{username, "bob@example.org"}, Key: edx.AllowanceTimeMultiplier, Value: "1.5"})
	}},
	{"Exams.SetAllowances", "POST /api/v1/exams/course_id/" + cs101Path + "/allowances", "application/json", `[{"exam_id":7,"username":"ada_l","extra_time_mins":30}]`, nil, func(ctx context.Context, c *edx.Client) error {
		return c.Exams.SetAllowances(ctx, cs101, extraTime)
	}},
}

func TestBodies(t *testing.T) {
	t.Parallel()
	for _, tt := range bodies {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			if tt.before != nil {
				tt.before(p)
			}
			p.reply(tt.route, http.StatusTeapot, "", "")
			_ = tt.call(t.Context(), p.client(t)) // the body is looked at, not the answer
			sent := p.requests(tt.route)
			if len(sent) != 1 {
				t.Fatalf("%d requests to %s, want 1", len(sent), tt.route)
			}
			var got, want any
			if err := json.Unmarshal([]byte(sent[0].body), &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("sent %s, want %s", sent[0].body, tt.want)
			}
			if got := sent[0].header.Get("Content-Type"); got != tt.contentType {
				t.Errorf("sent as %s, want %s", got, tt.contentType)
			}
		})
	}
}

// More keys than fit into a URL go into a form; paging stays in the query.
func TestCoursesListWithManyKeys(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	const route = "POST /api/courses/v1/courses/?page=2&page_size=50"
	p.json(route, wire(t, "courses.json"))
	var keys []edx.CourseKey
	for i := range 21 {
		keys = append(keys, edx.MustCourseKey("course-v1:a+b+"+strings.Repeat("x", i+1)))
	}
	params := edx.ListCoursesParams{Username: username, Keys: keys, SearchTerm: "logic", ActiveOnly: true, Mobile: new(false), PageSize: 50, Cursor: "2"}
	if _, err := p.client(t).Courses.List(t.Context(), params); err != nil {
		t.Fatal(err)
	}
	form := p.requests(route)[0].form
	if got := form["course_keys"]; len(got) != 21 || got[0] != "course-v1:a+b+x" {
		t.Errorf("sent the keys %q, want all 21", got)
	}
	if form.Get("username") != username || form.Get("active_only") != "true" || form.Get("mobile") != "false" || form.Get("search_term") != "logic" {
		t.Errorf("sent the form %v, want all filters in it", form)
	}
}
