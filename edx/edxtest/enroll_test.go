package edxtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

const enrollPath = "POST /api/enrollment/v1/enrollment"

// wishFor is the body of an enrollment; rest is more members.
func wishFor(user, rest string) string {
	return `{"user":"` + user + `","course_details":{"course_id":"` + logic + `"}` + rest + `}`
}

func TestEnroll(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+Free+1", Name: "Free", Cohorts: []string{"blue"}})
	free := `{"user":"bob","course_details":{"course_id":"course-v1:ExampleX+Free+1"}`
	const generic = `400 application/json {"message":"An error occurred while creating the new course enrollment for user 'bob' in course '`
	p.run([]step{
		{name: "no course", request: enrollPath, as: staff, body: `{}`, want: `400 application/json {"message":"Course ID must be specified to create a new enrollment."}`},
		{name: "no key", request: enrollPath, as: staff, body: `{"course_details":{"course_id":"foo"}}`, want: `400 application/json {"message":"No course 'foo' found for enrollment"}`},
		{name: "unknown course", request: enrollPath, as: staff, body: `{"user":"bob","course_details":{"course_id":"a/b/c"}}`, want: `400 application/json {"message":"No course 'a/b/c' found for enrollment"}`},
		{name: "no JSON", request: enrollPath, as: staff, body: `{`, want: `400 application/json {"detail":"JSON parse error`},
		{name: "a list", request: enrollPath, as: staff, body: `[]`, want: `400 application/json {"non_field_errors":["Invalid data.`},
		{name: "a form", request: enrollPath, as: staff, body: `user=bob`, media: "application/x-www-form-urlencoded", want: `415 application/json {"detail":"Unsupported media type`},
		{name: "another user", request: enrollPath, as: learner, body: wishFor("bob", ""), want: "404"},
		{name: "without a token", request: enrollPath, body: wishFor("bob", ""), want: `401 application/json {"detail":`},
		{name: "a mode that costs", request: enrollPath, as: learner, body: wishFor("ada_l", `,"mode":"verified"`), want: `403 application/json {"message":"User does not have permission to create enrollment with mode [verified]."}`},
		{name: "unknown learner", request: enrollPath, as: staff, body: wishFor("nobody", ""), want: `406 application/json {"message":"The user nobody does not exist."}`},
		{name: "unknown address", request: enrollPath, as: staff, body: `{"email":"x@example.org","course_details":{"course_id":"` + logic + `"}}`, want: `406 application/json {"message":"The user with the email address x@example.org does not exist."}`},
		{name: "a text for a boolean", request: enrollPath, as: staff, body: wishFor("bob", `,"is_active":"yes"`), want: `400 application/json {"message":"'yes' is an invalid enrollment activation status."}`},
		{name: "a text for force", request: enrollPath, as: staff, body: wishFor("bob", `,"force_enrollment":"yes"`), want: `400 application/json {"message":"'yes' is an invalid force enrollment status."}`},
		{name: "expired mode", request: enrollPath, as: staff, body: wishFor("stranger", `,"mode":"honor"`), want: `400 application/json {"message":"The [honor] course mode is expired or otherwise unavailable for course run [` + logic + `].","course_details":{`},
		{name: "expired mode by force", request: enrollPath, as: staff, body: wishFor("stranger", `,"mode":"honor","force_enrollment":true`), want: `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"honor","is_active":true,`},
		{name: "an attribute without a name", request: enrollPath, as: staff, body: wishFor("bob", `,"enrollment_attributes":[{"namespace":"credit"}]`), want: `400 application/json {"message":"'name' not in enrollment attribute","localizedMessage":`},
		{name: "credit without a provider", request: enrollPath, as: staff, body: wishFor("bob", `,"mode":"credit"`), want: `400 application/json {"message":"Missing enrollment attributes: requested mode=credit required attributes=['credit:provider_id']"}`},
		{name: "credit with a provider, not on offer", request: enrollPath, as: staff, body: wishFor("bob", `,"mode":"credit","enrollment_attributes":[{"namespace":"credit","name":"provider_id","value":"x"}]`), want: `400 application/json {"message":"The [credit] course mode`},
		{name: "default mode", request: enrollPath, as: staff, body: free + `}`, want: `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"audit","is_active":true,`},
		{name: "by address", request: enrollPath, as: staff, body: `{"email":"STRAN@example.org","course_details":{"course_id":"course-v1:ExampleX+Free+1"}}`, want: `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"audit","is_active":true,`},
		{name: "oneself", request: enrollPath, as: learner, body: `{"course_details":{"course_id":"course-v1:ExampleX+Free+1"}}`, want: `200 application/json {"created"`},
		{name: "known cohort", request: enrollPath, as: staff, body: free + `,"cohort":"blue"}`, want: `200 application/json {"created"`},
	})
	p.fake.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+Full+1", Capacity: 1})
	p.fake.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+Invited+1", InviteOnly: true})
	p.fake.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+Plugin+1", Refusal: "Pay first."})
	p.fake.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+Embargo+1", Embargoed: []string{"XX"}})
	p.fake.Enroll("ada_l", "course-v1:ExampleX+Full+1", "audit", true)
	into := func(user, run string) string {
		return `{"user":"` + user + `","force_enrollment":` + map[bool]string{true: "true", false: "false"}[run == "Full"] + `,"course_details":{"course_id":"course-v1:ExampleX+` + run + `+1"}}`
	}
	p.run([]step{
		{name: "full, even by force", request: enrollPath, as: staff, body: into("bob", "Full"), want: generic},
		{name: "full, though enrolled", request: enrollPath, as: staff, body: into("ada_l", "Full"), want: strings.Replace(generic, "bob", "ada_l", 1)},
		{name: "by invitation", request: enrollPath, as: staff, body: into("bob", "Invited"), want: generic},
		{name: "a plugin", request: enrollPath, as: staff, body: into("bob", "Plugin"), want: `403 application/json {"message":"Pay first.","localizedMessage":"Pay first."}`},
		{name: "embargo", request: enrollPath, as: staff, body: into("stranger", "Embargo"), want: `403 application/json {"message":"Users from this location cannot access the course 'course-v1:ExampleX+Embargo+1'.","user_message_url":"https://`},
		{name: "invite", request: "POST /api/enrollment/v1/enrollment_allowed/", as: staff, body: `{"email":"stran@example.org","course_id":"course-v1:ExampleX+Invited+1"}`, want: "201 application/json {"},
		{name: "invited", request: enrollPath, as: staff, body: into("stranger", "Invited"), want: "200 application/json {"},
	})
	p.mustPlay(edxtest.VariantPluginRefusal, "crash")
	p.mustPlay(edxtest.VariantBadAttributes, "crash")
	p.run([]step{
		{name: "a plugin, earlier", request: enrollPath, as: staff, body: into("bob", "Plugin"), want: "500 text/html"},
		{name: "attributes, earlier", request: enrollPath, as: staff, body: wishFor("bob", `,"enrollment_attributes":[{}]`), want: "500 text/html"},
	})
}

func TestEnrollmentChanges(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	has := func(username, mode string, active bool) {
		t.Helper()
		if got, _ := p.fake.Enrollment(username, logic); got.Mode != mode || got.Active != active {
			t.Errorf("%s is enrolled as %q, active %v; want %q, %v", username, got.Mode, got.Active, mode, active)
		}
	}
	p.run([]step{{name: "leaves", request: enrollPath, as: staff, body: wishFor("ada_l", `,"is_active":false`), want: `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"verified","is_active":false,`}})
	has("ada_l", "verified", false)
	p.run([]step{{name: "comes back", request: enrollPath, as: staff, body: wishFor("ada_l", `,"is_active":true,"mode":"verified"`), want: `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"verified","is_active":true,`}})
	has("ada_l", "verified", true)
	p.run([]step{{name: "changes the mode", request: enrollPath, as: staff, body: wishFor("bob", `,"mode":"verified"`), want: `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"verified","is_active":false,`}})
	has("bob", "verified", false)
	p.run([]step{
		{name: "an expired mode", request: enrollPath, as: staff, body: wishFor("bob", `,"mode":"honor"`), want: `400 application/json {"message":"The [honor] course mode`},
		{name: "comes back himself", request: enrollPath, as: learner, body: wishFor("ada_l", `,"is_active":false`), want: `400 application/json {"message":"The [honor] course mode`},
	})
	p.run([]step{{name: "creates a row that is off", request: enrollPath, as: staff, body: wishFor("stranger", `,"mode":"verified","is_active":false`), want: `200 application/json {"created":"2030-03-04T09:00:00Z","mode":"verified","is_active":false,`}})
	has("stranger", "verified", false)
	p.clock.Advance(8 * 24 * 3600e9)
	p.run([]step{
		{name: "staff may bring back after the end", request: enrollPath, as: staff, body: wishFor("stranger", `,"is_active":true`), want: `200 application/json {"created"`},
		{name: "nobody may begin after the end", request: enrollPath, as: staff, body: wishFor("teacher", `,"mode":"verified"`), want: `400 application/json {"message":"An error occurred`},
		{name: "but by force", request: enrollPath, as: staff, body: wishFor("teacher", `,"mode":"verified","force_enrollment":true`), want: `200 application/json {"created":"2030-03-12T09:00:00Z"`},
	})
}

func TestALateEnrollmentIsMadeLater(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Late, Endpoint: "POST /api/enrollment/v1/enrollment", Delay: time.Minute})
	if got := p.take(step{request: enrollPath, as: staff, body: wishFor("stranger", `,"mode":"verified"`)}); got.err == nil {
		t.Errorf("got %s, want no answer", got.brief())
	}
	if _, made := p.fake.Enrollment("stranger", logic); made {
		t.Error("the enrollment is made at once")
	}
	p.clock.Advance(time.Minute)
	p.run([]step{{name: "a minute later", request: enrollmentPath + "stranger," + logic, as: staff, want: `200 application/json {"created":"2030-03-04T09:01:00Z","mode":"verified",`}})
}
