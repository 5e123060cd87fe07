package edx_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

// endpoint is one method of the client. A new one adds a row to the table below,
// and gets every failure, and every key, of the tests that run over it.
type endpoint struct {
	name  string
	route string // as it is on the wire, for ada
	reply string // a good answer in the platform's bytes, or the file that holds them

	before func(*lms) // sets up what the method reads first
	writes bool       // it changes something
	silent bool       // a good answer says nothing but that it was done
	one    bool       // the answer is a list of one
	call   func(context.Context, *edx.Client, target) error
}

// target is what a call is about.
type target struct {
	username string
	course   edx.CourseKey
}

var ada = target{username, cs101}

func (e endpoint) body(t testing.TB) string {
	if strings.HasSuffix(e.reply, ".json") {
		return wire(t, e.reply)
	}
	return e.reply
}

// start returns a platform on which what the method reads first is there.
func (e endpoint) start(t testing.TB) *lms {
	p := newLMS(t)
	if e.before != nil {
		e.before(p)
	}
	return p
}

// takesEmptyList reports whether no item at all is a good answer.
func (e endpoint) takesEmptyList(t testing.TB) bool {
	return strings.HasPrefix(e.body(t), "[") && !e.one
}

// isEnrolled lets the platform say how ada is enrolled in cs101.
func isEnrolled(mode string, active string) func(*lms) {
	return func(p *lms) { p.json(enrollmentRoute, enrolled(mode, active)) }
}

func enrolled(mode, active string) string {
	return `{"created":"2026-02-11T19:44:31Z","mode":"` + mode + `","is_active":` + active + `,"user":"ada_l","course_details":null}`
}

// neverEnrolled lets the platform say so: by an empty 200.
func neverEnrolled(p *lms) { p.reply(enrollmentRoute, 200, "", "") }

const (
	modeReply = `{"course_id":"course-v1:ExampleX+CS101+2026_T1","mode_slug":"verified","mode_display_name":"Verified Certificate","min_price":"49.00","currency":"usd",
 "expiration_datetime":"2026-06-01T00:00:00Z","expiration_datetime_is_explicit":true,"description":null,"sku":"S1","bulk_sku":null}`
	gradeReply  = `{"username":"ada_l","email":"","course_id":"course-v1:ExampleX+CS101+2026_T1","passed":true,"percent":0.83,"letter_grade":"B"}`
	personReply = `[{"email":"ada@example.org","id":4211,"username":"ada_l"}]`
	examReply   = `{"id":7,"course_id":"course-v1:ExampleX+CS101+2026_T1","content_id":"block-v1:ExampleX+CS101+2026_T1+type@sequential+block@0a1b","external_id":null,"exam_name":"Final","time_limit_mins":90,
 "is_proctored":true,"is_practice_exam":false,"is_active":true,"due_date":"2026-07-01T16:00:00Z","hide_after_due":false,"backend":"x"}`
	allowanceReply = `{"id":3,"created":"2026-05-01T10:00:00Z","modified":"2026-05-02T10:00:00Z","user":{"id":4211,"username":"ada_l","email":"ada@example.org"},
 "key":"additional_time_granted","value":"30","proctored_exam":` + examReply + `}`
	newExamReply = `{"id":7,"exam_name":"Final","course_id":"course-v1:ExampleX+CS101+2026_T1","content_id":"block-v1:ExampleX+CS101+2026_T1+type@sequential+block@0a1b",
 "time_limit_mins":90,"due_date":null,"exam_type":"proctored","hide_after_due":true,"is_active":true}`
	permissionReply  = `{"email":"ada@example.org","course_id":"course-v1:ExampleX+CS101+2026_T1","auto_enroll":true,"created":"2026-02-11T19:44:31Z","user":null}`
	certificateReply = `{"username":"ada_l","course_id":"course-v1:ExampleX+CS101+2026_T1","certificate_type":"verified","created_date":"2026-08-15T10:00:00Z",
 "status":"downloadable","is_passing":true,"download_url":null,"grade":"0.98"}`
	cs101Path = "course-v1:ExampleX+CS101+2026_T1"
	special   = " /api/edx_proctoring/v1/proctored_exam/"
)

var extraTime = []edx.SetExtraTimeParams{{ExamID: 7, Username: username, Time: 30 * time.Minute}}

// endpoints are all methods that make one call, or one call after a look.
var endpoints = []endpoint{
	{name: "Courses.Get", route: courseRoute, reply: "course.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Courses.Get(ctx, at.course, edx.GetCourseParams{Username: at.username})
		return err
	}},
	{name: "Courses.List", route: "GET /api/courses/v1/courses/?course_keys=course-v1%3AExampleX%2BCS101%2B2026_T1&username=ada_l", reply: "courses.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Courses.List(ctx, edx.ListCoursesParams{Username: at.username, Keys: []edx.CourseKey{at.course}})
		return err
	}},
	{name: "Courses.IDs", route: "GET /api/courses/v1/course_ids/?role=staff&username=ada_l", reply: `{"results":["course-v1:ExampleX+CS101+2026_T1","ExampleX/CS101/2026"],"pagination":{"next":null,"previous":null,"count":2,"num_pages":1}}`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Courses.IDs(ctx, edx.ListCourseIDsParams{Username: at.username, Role: edx.RoleStaff})
		return err
	}},
	{name: "Courses.Blocks", route: "GET /api/courses/v1/blocks/" + blocksQuery, reply: "blocks.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Courses.Blocks(ctx, at.course, edx.BlocksParams{Username: at.username})
		return err
	}},
	{name: "Enrollments.Get", route: enrollmentRoute, reply: "enrollment.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Enrollments.Get(ctx, at.username, at.course)
		return err
	}},
	{name: "Enrollments.GetOwn", route: "GET /api/enrollment/v1/enrollment/" + cs101Path, reply: "enrollment.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Enrollments.GetOwn(ctx, at.course)
		return err
	}},
	{name: "Enrollments.ListForUser", route: "GET /api/enrollment/v1/enrollment?user=ada_l", reply: "enrollments_own.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Enrollments.ListForUser(ctx, at.username)
		return err
	}},
	{name: "Enrollments.List", route: "GET /api/enrollment/v1/enrollments?course_id=course-v1%3AExampleX%2BCS101%2B2026_T1&username=ada_l", reply: "enrollments_page.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Enrollments.List(ctx, edx.ListEnrollmentsParams{Course: at.course, Usernames: []string{at.username}})
		return err
	}},
	{name: "Enrollments.CourseDetails", route: "GET /api/enrollment/v1/course/" + cs101Path + "?include_expired=1", reply: "coursedetails.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Enrollments.CourseDetails(ctx, at.course, edx.CourseDetailsParams{IncludeExpired: true})
		return err
	}},
	{name: "Enrollments.Roles", route: "GET /api/enrollment/v1/roles/?course_id=course-v1%3AExampleX%2BCS101%2B2026_T1", reply: `{"roles":[{"org":"ExampleX","course_id":"course-v1:ExampleX+CS101+2026_T1","role":"staff"}],"is_staff":true}`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Enrollments.Roles(ctx, at.course)
		return err
	}},
	{name: "Enrollments.Enroll", route: enrollRoute, reply: enrolled("verified", "true"), before: neverEnrolled, writes: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Enrollments.Enroll(ctx, edx.EnrollParams{Username: at.username, Course: at.course, Mode: edx.Verified})
		return err
	}},
	{name: "Enrollments.SetMode", route: enrollRoute, reply: enrolled("verified", "true"), before: isEnrolled("audit", "true"), writes: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Enrollments.SetMode(ctx, at.username, at.course, edx.Verified)
		return err
	}},
	{name: "Enrollments.Activate", route: enrollRoute, reply: enrolled("audit", "true"), before: isEnrolled("audit", "false"), writes: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Enrollments.Activate(ctx, at.username, at.course)
		return err
	}},
	{name: "Enrollments.Deactivate", route: enrollRoute, reply: enrolled("audit", "false"), before: isEnrolled("audit", "true"), writes: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Enrollments.Deactivate(ctx, at.username, at.course)
		return err
	}},
	{name: "Enrollments.Allowed.List", route: "GET /api/enrollment/v1/enrollment_allowed/?email=ada%40example.org", reply: "[" + permissionReply + "]", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Enrollments.Allowed.List(ctx, "ada@example.org")
		return err
	}},
	{name: "Enrollments.Allowed.Add", route: "POST /api/enrollment/v1/enrollment_allowed/", reply: permissionReply, writes: true, silent: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.Enrollments.Allowed.Add(ctx, edx.AddPermissionParams{Email: "ada@example.org", Course: at.course})
	}},
	{name: "Enrollments.Allowed.Remove", route: "DELETE /api/enrollment/v1/enrollment_allowed/", writes: true, silent: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.Enrollments.Allowed.Remove(ctx, "ada@example.org", at.course)
	}},
	{name: "Modes.List", route: "GET /api/course_modes/v1/courses/" + cs101Path + "/", reply: "[" + modeReply + "]", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Modes.List(ctx, at.course)
		return err
	}},
	{name: "Modes.Get", route: "GET /api/course_modes/v1/courses/" + cs101Path + "/verified", reply: modeReply, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Modes.Get(ctx, at.course, edx.Verified)
		return err
	}},
	{name: "Modes.Create", route: "POST /api/course_modes/v1/courses/" + cs101Path + "/", reply: modeReply, writes: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Modes.Create(ctx, at.course, edx.CreateModeParams{Mode: edx.Verified, Name: "Verified Certificate", Currency: "usd", MinPrice: "49.00"})
		return err
	}},
	{name: "Modes.Update", route: "PATCH /api/course_modes/v1/courses/" + cs101Path + "/verified", writes: true, silent: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.Modes.Update(ctx, at.course, edx.Verified, edx.UpdateModeParams{MinPrice: "59.00"})
	}},
	{name: "Modes.Delete", route: "DELETE /api/course_modes/v1/courses/" + cs101Path + "/verified", writes: true, silent: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.Modes.Delete(ctx, at.course, edx.Verified)
	}},
	{name: "Accounts.Me", route: "GET /api/user/v1/me", reply: `{"username":"exam-service"}`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Accounts.Me(ctx)
		return err
	}},
	{name: "Accounts.Own", route: ownRoute, reply: ownReply, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Accounts.Own(ctx)
		return err
	}},
	{name: "Accounts.Get", route: accountRoute, reply: "account.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Accounts.Get(ctx, at.username)
		return err
	}},
	{name: "Accounts.List", route: "GET /api/user/v1/accounts?username=ada_l%2Cbob", reply: personReply, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Accounts.List(ctx, []string{at.username, "bob"})
		return err
	}},
	{name: "Accounts.FindByEmail", route: "GET /api/user/v1/accounts?email=ada%40example.org", reply: personReply, one: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Accounts.FindByEmail(ctx, "ada@example.org")
		return err
	}},
	{name: "Accounts.FindByID", route: "GET /api/user/v1/accounts?lms_user_id=4211", reply: personReply, one: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Accounts.FindByID(ctx, 4211)
		return err
	}},
	{name: "Accounts.SearchEmails", route: "POST /api/user/v1/accounts/search_emails", reply: personReply, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Accounts.SearchEmails(ctx, []string{"ada@example.org"})
		return err
	}},
	{name: "Accounts.Update", route: "PATCH /api/user/v1/accounts/ada_l", reply: "account.json", writes: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Accounts.Update(ctx, at.username, edx.UpdateAccountParams{Country: new("GB")})
		return err
	}},
	{name: "Accounts.Verification", route: "GET /api/user/v1/accounts/ada_l/verification_status/", reply: `{"is_verified":true,"status":"approved","expiration_datetime":"2027-01-01T00:00:00Z"}`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Accounts.Verification(ctx, at.username)
		return err
	}},
	{name: "Preferences.Get", route: preferenceRoute, reply: "preferences.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Preferences.Get(ctx, at.username)
		return err
	}},
	{name: "Preferences.Update", route: "PATCH /api/user/v1/preferences/ada_l", writes: true, silent: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.Preferences.Update(ctx, at.username, edx.UpdatePreferencesParams{Set: map[string]string{"time_zone": "Europe/London"}})
	}},
	{name: "Preferences.TimeZones", route: "GET /api/user/v1/preferences/time_zones/?country_code=GB", reply: `[{"time_zone":"Europe/London","description":"Europe/London (GMT, UTC+0000)"}]`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Preferences.TimeZones(ctx, "GB")
		return err
	}},
	{name: "Grades.Get", route: "GET /api/grades/v1/courses/" + cs101Path + "/?username=ada_l", reply: "[" + gradeReply + "]", one: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Grades.Get(ctx, at.username, at.course)
		return err
	}},
	{name: "Grades.List", route: "GET /api/grades/v1/courses/" + cs101Path + "/", reply: `{"next":null,"previous":null,"results":[` + gradeReply + `]}`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Grades.List(ctx, at.course, edx.ListGradesParams{})
		return err
	}},
	{name: "Grades.Policy", route: "GET /api/grades/v1/policy/courses/" + cs101Path + "/", reply: `[{"assignment_type":"Exam","count":1,"dropped":0,"weight":0.4},{"assignment_type":"Homework","count":null,"dropped":null,"weight":null}]`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Grades.Policy(ctx, at.course)
		return err
	}},
	{name: "Grades.Gradebook", route: "GET /api/grades/v1/gradebook/" + cs101Path + "/", reply: "gradebook.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Grades.Gradebook(ctx, at.course, edx.GradebookParams{})
		return err
	}},
	{name: "Grades.GradebookOf", route: "GET /api/grades/v1/gradebook/" + cs101Path + "/?username=ada_l", reply: "gradebook_one.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Grades.GradebookOf(ctx, at.username, at.course)
		return err
	}},
	{name: "Grades.GradingInfo", route: "GET /api/grades/v1/gradebook/" + cs101Path + "/grading-info?graded_only=true", reply: `{"grades_frozen":false,"subsections":[]}`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Grades.GradingInfo(ctx, at.course, edx.GradingInfoParams{GradedOnly: true})
		return err
	}},
	{name: "Grades.Sections", route: "GET /api/grades/v1/section_grades_breakdown/?course_id=course-v1%3AExampleX%2BCS101%2B2026_T1&username=ada_l", reply: `{"next":null,"previous":null,"results":[{"username":"ada_l","course_id":"course-v1:ExampleX+CS101+2026_T1","current_grade":83,"passed":true,"section_breakdown":[{"label":"Ex"}]}]}`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Grades.Sections(ctx, edx.SectionGradesParams{Course: at.course, Username: at.username})
		return err
	}},
	{name: "Certificates.Get", route: "GET /api/certificates/v0/certificates/ada_l/courses/" + cs101Path + "/", reply: certificateReply, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Certificates.Get(ctx, at.username, at.course)
		return err
	}},
	{name: "Certificates.List", route: "GET /api/certificates/v0/certificates/ada_l/", reply: "certificates.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Certificates.List(ctx, at.username)
		return err
	}},
	{name: "SpecialExams.List", route: "GET" + special + "exam/course_id/" + cs101Path, reply: "[" + examReply + "]", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.SpecialExams.List(ctx, at.course)
		return err
	}},
	{name: "SpecialExams.Get", route: "GET" + special + "exam/exam_id/7", reply: examReply, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.SpecialExams.Get(ctx, 7)
		return err
	}},
	{name: "SpecialExams.Attempts", route: "GET" + special + "attempt/grouped/course_id/" + cs101Path, reply: "attempts.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.SpecialExams.Attempts(ctx, at.course, edx.ListAttemptsParams{})
		return err
	}},
	{name: "SpecialExams.SearchAttempts", route: "GET" + special + "attempt/grouped/course_id/" + cs101Path + "/search/ada%40example.org", reply: "attempts.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.SpecialExams.SearchAttempts(ctx, at.course, "ada@example.org", edx.ListAttemptsParams{})
		return err
	}},
	{name: "Callbacks.Ready", route: "POST" + special + "attempt/ext-att-1/ready", reply: `"OK"`, writes: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.Callbacks.Ready(ctx, "ext-att-1")
	}},
	{name: "Callbacks.Reviewed", route: "POST" + special + "attempt/ext-att-1/reviewed", reply: `"OK"`, writes: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.Callbacks.Reviewed(ctx, "ext-att-1", edx.Review{Verdict: edx.VerdictPassed})
	}},
	{name: "Callbacks.MayReview", route: "POST" + special + "attempt/ext-att-1/reviewed", reply: `"OK"`, writes: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.Callbacks.MayReview(ctx, "ext-att-1")
	}},
	{name: "Callbacks.ReadyTook", route: "GET" + special + "attempt/grouped/course_id/" + cs101Path, reply: "attempts.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Callbacks.ReadyTook(ctx, at.course, "ext-att-1", "")
		return err
	}},
	{name: "SpecialExams.Allowances", route: "GET" + special + cs101Path + "/allowance", reply: "[" + allowanceReply + "]", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.SpecialExams.Allowances(ctx, at.course)
		return err
	}},
	{name: "SpecialExams.AllowancesByUser", route: "GET" + special + cs101Path + "/grouped/allowance", reply: `{"ada_l":[` + allowanceReply + `]}`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.SpecialExams.AllowancesByUser(ctx, at.course)
		return err
	}},
	{name: "SpecialExams.SetAllowance", route: "PUT" + special + "allowance", writes: true, silent: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.SpecialExams.SetAllowance(ctx, edx.SetAllowanceParams{ExamID: 7, User: at.username, Key: edx.AllowanceExtraTime, Value: "30"})
	}},
	{name: "SpecialExams.RemoveAllowance", route: "DELETE" + special + "allowance", writes: true, silent: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.SpecialExams.RemoveAllowance(ctx, edx.RemoveAllowanceParams{ExamID: 7, UserID: 4211, Key: edx.AllowanceExtraTime})
	}},
	{name: "SpecialExams.SetAllowances", route: "PUT" + special + "bulk_allowance", writes: true, silent: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.SpecialExams.SetAllowances(ctx, edx.SetAllowancesParams{Course: at.course, ExamIDs: []int64{7, 8}, Users: []string{username, "bob"}, Key: edx.AllowanceTimeMultiplier, Value: "1.5"})
	}},
	{name: "SpecialExams.Settings", route: "GET" + special + "settings/exam_id/7/", reply: "examsettings.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.SpecialExams.Settings(ctx, 7)
		return err
	}},
	{name: "SpecialExams.ReviewPolicy", route: "GET" + special + "review_policy/exam_id/7/", reply: `{"review_policy":"Closed book"}`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.SpecialExams.ReviewPolicy(ctx, 7)
		return err
	}},
	{name: "SpecialExams.Onboarding", route: "GET /api/edx_proctoring/v1/user_onboarding/status?course_id=course-v1%3AExampleX%2BCS101%2B2026_T1&username=ada_l", reply: `{"onboarding_status":"verified","onboarding_link":"/courses/x","expiration_date":"2027-01-01T00:00:00Z","onboarding_past_due":false,"onboarding_release_date":"2026-03-02T08:00:00Z","review_requirements_url":"https://lms.example.org/rules"}`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.SpecialExams.Onboarding(ctx, at.username, at.course)
		return err
	}},
	{name: "SpecialExams.OnboardingList", route: "GET /api/edx_proctoring/v1/user_onboarding/status/course_id/" + cs101Path, reply: `{"count":1,"previous":null,"next":null,"num_pages":1,"results":[{"username":"ada_l","enrollment_mode":"verified","status":"not_started","modified":null}],"use_onboarding_profile_api":false}`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.SpecialExams.OnboardingList(ctx, at.course, edx.ListOnboardingParams{})
		return err
	}},
	{name: "SpecialExams.ResetAttempts", route: "DELETE" + special + "exam_id/7/user_id/4211/reset_attempts", writes: true, silent: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.SpecialExams.ResetAttempts(ctx, 7, 4211)
	}},
	{name: "SpecialExams.RemoveAttempt", route: "DELETE" + special + "attempt/12", writes: true, silent: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.SpecialExams.RemoveAttempt(ctx, 12)
	}},
	{name: "Exams.List", route: "GET /api/v1/exams/course_id/" + cs101Path, reply: "[" + newExamReply + "]", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Exams.List(ctx, at.course)
		return err
	}},
	{name: "Exams.Config", route: "GET /api/v1/configs/course_id/" + cs101Path, reply: `{"provider":null,"escalation_email":"help@example.org"}`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Exams.Config(ctx, at.course)
		return err
	}},
	{name: "Exams.Providers", route: "GET /api/v1/providers?org=ExampleX", reply: `[{"name":"x","verbose_name":"X Proctoring","lti_configuration_id":"a1b2"}]`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Exams.Providers(ctx, "ExampleX")
		return err
	}},
	{name: "Exams.Allowances", route: "GET /api/v1/exams/course_id/" + cs101Path + "/allowances", reply: `[{"id":5,"exam_id":7,"user_id":4211,"extra_time_mins":30,"username":"ada_l","exam_name":"Final","email":"ada@example.org"}]`, call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Exams.Allowances(ctx, at.course)
		return err
	}},
	{name: "Exams.SetAllowances", route: "POST /api/v1/exams/course_id/" + cs101Path + "/allowances", writes: true, silent: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.Exams.SetAllowances(ctx, at.course, extraTime)
	}},
	{name: "Exams.RemoveAllowance", route: "DELETE /api/v1/exams/course_id/" + cs101Path + "/allowances/5", writes: true, silent: true, call: func(ctx context.Context, c *edx.Client, at target) error {
		return c.Exams.RemoveAllowance(ctx, at.course, 5)
	}},
	{name: "Exams.Attempts", route: "GET /api/v1/instructor_view/course_id/" + cs101Path + "/attempts?exam_id=7", reply: "examattempts.json", call: func(ctx context.Context, c *edx.Client, at target) error {
		_, err := c.Exams.Attempts(ctx, at.course, edx.ListExamAttemptsParams{ExamID: 7})
		return err
	}},
}
