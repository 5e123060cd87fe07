package edxtest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

func TestEmptyAnswerOverASocketHasNoContentType(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	server := proctorbooktest.Loopback(p.fake)
	defer server.Close()
	p.rt, p.base = server.Transport(), server.URL

	got := p.get("/api/enrollment/v1/enrollment/nobody,"+logic, p.header("staff-client"))

	if _, typed := got.header["Content-Type"]; got.status != http.StatusOK || got.body != "" || typed {
		t.Errorf("got %d %q, typed %v; want an empty 200 without a type", got.status, got.body, typed)
	}
}

func TestTimesHaveSixDigitsOrNone(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.fake.AddEnrollment(edxtest.Enrollment{Username: "bob", Course: "ExampleX/Old/2012", Mode: "audit", Active: true, Created: monday.Add(1234567 * time.Nanosecond)})
	p.run([]step{{name: "a fraction", request: enrollmentPath + "bob,ExampleX/Old/2012", as: staff, want: `200 application/json {"created":"2030-03-04T09:00:00.001234Z",`}})
}

func TestOddPages(t *testing.T) {
	t.Parallel()
	p := newService(t)
	p.onExams([]step{{name: "limit and offset", request: "GET /api/v1/instructor_view/course_id/course-v1:ExampleX+New+1/attempts?exam_id=70&limit=x&offset=-1", as: staff, want: `200 application/json {"count":0,"next":null,"previous":null,"results":[]}`}})
	for _, cursor := range []string{"eA==", "cD1h", "cD0xXzJfMw=="} { // x, p=a, p=1_2_3
		p.run([]step{{name: cursor, request: "GET " + listPath + "?cursor=" + cursor, as: staff, want: `404 application/json {"developer_message":"Invalid cursor"}`}})
	}
}

// The long objects, to the last byte.
func TestWholeObjects(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	p.fake.AddUser(edxtest.User{ID: 4300, Username: "whole", Name: "Wh Ole", Email: "whole@example.org", Country: "GB"})
	p.fake.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+Whole+1", Name: "A & B", SelfPaced: true, Mobile: true, InviteOnly: true})
	p.fake.AddAttempt(edxtest.Attempt{
		ID: 12, ExamID: 7, Username: "ada_l", Status: "started", Started: monday.Add(-time.Hour), ExternalID: "ext", Proctored: true, Resumable: true,
	})
	const row = `{"id":12,"created":"2030-03-04T09:00:00Z","modified":"2030-03-04T09:00:00Z","user":{"id":4211,"username":"ada_l","email":"ada@example.org"},` +
		`"started_at":"2030-03-04T08:00:00Z","completed_at":null,"external_id":"ext","status":"started","proctored_exam":` + exam + `,"allowed_time_limit_mins":90,` +
		`"attempt_code":"0000000C-7B1C-4D5E-9F00-000000017334","is_sample_attempt":false,"taking_as_proctored":true,"review_policy_id":null,"is_status_acknowledged":false,` +
		`"time_remaining_seconds":null,"is_resumable":true,"ready_to_resume":false,"resumed":false`
	const data = `{"in_timed_exam":true,"taking_as_proctored":true,"exam_type":"a proctored exam","exam_display_name":"Final",` +
		`"exam_url_path":"/courses/` + logic + `/jump_to/` + final + `","time_remaining_seconds":1800.0,"total_time":"90 minutes","low_threshold_sec":1080,` +
		`"critically_low_threshold_sec":270,"course_id":"` + logic + `","attempt_id":12,"external_id":"ext","accessibility_time_string":"you have 30 minutes remaining",` +
		`"attempt_status":"started","exam_started_poll_url":"/api/edx_proctoring/v1/proctored_exam/attempt/12","attempt_ready_to_resume":false,` +
		`"use_legacy_attempt_api":true,"desktop_application_js_url":"","attempt_code":"0000000C-7B1C-4D5E-9F00-000000017334"}`
	for name, tt := range map[string]struct{ path, as, want string }{
		"account": {"/api/user/v1/accounts/whole", staff, `{"username":"whole","account_privacy":"all_users","profile_image":{"has_image":false,` +
			`"image_url_full":"https://lms.example.org/static/images/profiles/default_500.png","image_url_large":"https://lms.example.org/static/images/profiles/default_120.png",` +
			`"image_url_medium":"https://lms.example.org/static/images/profiles/default_50.png","image_url_small":"https://lms.example.org/static/images/profiles/default_30.png"},` +
			`"bio":null,"country":"GB","level_of_education":null,"date_joined":"2025-09-01T08:00:00Z","language_proficiencies":[{"code":"en"}],"social_links":[],` +
			`"course_certificates":null,"time_zone":null,"name":"Wh Ole","email":"whole@example.org","id":4300,"verified_name":null,"pending_name_change":null,` +
			`"gender":null,"year_of_birth":1990,"goals":"","mailing_address":"","state":null,"phone_number":null,"is_active":true,"requires_parental_consent":false,` +
			`"last_login":null,"extended_profile":[],"secondary_email":null,"secondary_email_enabled":null}`},
		"course": {"/api/courses/v1/courses/course-v1:ExampleX+Whole+1?username=staff-client", staff, `{"blocks_url":"http://127.0.0.1/api/courses/v1/blocks/?course_id=course-v1%3AExampleX%2BWhole%2B1",` +
			`"effort":null,"end":null,"enrollment_start":null,"enrollment_end":null,"id":"course-v1:ExampleX+Whole+1","media":{"banner_image":{"uri":"/asset/Whole.jpg",` +
			`"uri_absolute":"https://lms.example.org/asset/Whole.jpg"},"course_image":{"uri":"/asset/Whole.jpg"},"course_video":{"uri":null},` +
			`"image":{"raw":"https://lms.example.org/asset/Whole.jpg","small":"https://lms.example.org/asset/Whole.jpg","large":"https://lms.example.org/asset/Whole.jpg"}},` +
			`"name":"A &amp; B","number":"Whole","org":"ExampleX","short_description":"","start":null,"start_display":null,"start_type":"empty","pacing":"self",` +
			`"mobile_available":true,"hidden":false,"course_id":"course-v1:ExampleX+Whole+1","invitation_only":true,"overview":"<p>About this course</p>","is_enrolled":false}`},
		"attempt":      {api + "attempt/12", learner, row + `,"accessibility_time_string":"you have 30 minutes remaining"}`},
		"attempt data": {api + "active_attempt", learner, data},
		"exam and attempt": {api + "attempt/course_id/" + logic + "?content_id=block-v1:ExampleX%2BCS101%2B2026_T1%2Btype@sequential%2Bblock@final", learner,
			`{"exam":` + exam[:len(exam)-1] + `,"attempt":` + data + `,"type":"proctored","passed_due_date":false,"use_legacy_attempt_api":true,"total_time":"90 minutes"},"active_attempt":` + data + `}`},
		"settings": {api + "settings/exam_id/7/", learner, `{"platform_name":"Example University","contact_us":"support@lms.example.org","link_urls":{},` +
			`"exam_proctoring_backend":{"name":"x","rules":{"allow_notes":"Allow paper notes"},"download_url":"https://provider.example.org/download","instructions":["Install the software."]},` +
			`"provider_tech_support_email":"support@provider.example.org","provider_tech_support_phone":"+1 555 0100","provider_name":"X",` +
			`"learner_notification_from_email":"proctoring@lms.example.org","integration_specific_email":"","proctoring_escalation_email":""}`},
	} {
		if got := p.get(tt.path, p.header(tt.as)).body; got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, tt.want)
		}
	}
}
