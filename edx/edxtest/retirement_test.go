package edxtest_test

import (
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

func TestRetiringManyUsers(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.AddUser(edxtest.User{Username: "retirer", MayRetire: true})
	p.fake.AddClient("retirer", "s3cret", "retirer")
	p.fake.RequestRetirement("bob")
	const path = "POST /api/user/v1/accounts/bulk_retire_users"
	p.run([]step{
		{name: "staff may not", request: path, as: staff, body: `{"usernames":"ada_l"}`, want: denied},
		{name: "opaque", request: path, as: "opaque retirer", body: `{"usernames":"ada_l"}`, want: "401 application/json {"},
		{name: "some", request: path, as: "retirer", body: `{"usernames":"teacher, ada_l,nobody,bob"}`, want: `200 application/json {"successful_user_retirements":["ada_l","teacher"],"failed_user_retirements":["bob","nobody"]}`},
		{name: "nobody", request: path, as: "retirer", body: `{}`, want: `200 application/json {"successful_user_retirements":[],"failed_user_retirements":[]}`},
		{name: "then their enrollments can be ended", request: "POST /api/enrollment/v1/unenroll/", as: "retirer", body: `{"username":"ada_l"}`, want: `200 application/json ["ExampleX"]`},
	})
}

func TestEmailSettings(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	const path, form = "POST /api/change_email_settings", "application/x-www-form-urlencoded"
	p.run([]step{
		{name: "on", request: path, as: learner, media: form, body: "course_id=" + logicQuery + "&receive_emails=on", want: `200 application/json {"success":true}`},
		{name: "off", request: path, as: learner, media: form, body: "course_id=" + logicQuery, want: `200 application/json {"success":true}`},
		{name: "no key", request: path, as: learner, media: form, body: "course_id=x", want: "500 text/html"},
		{name: "nobody", request: path, media: form, body: "course_id=" + logicQuery, want: "401 application/json {"},
	})
}

func TestMyUserInfo(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	got := p.take(step{request: "GET /api/mobile/v0.5/my_user_info", as: learner})
	if to := got.header.Get("Location"); got.status != 302 || to != "/api/mobile/v0.5/users/ada_l" {
		t.Errorf("got %s to %q, want a 302 to the caller's page", got.brief(), to)
	}
	const path = "GET /api/mobile/v0.5/users/ada_l"
	p.run([]step{
		{name: "there", request: path, as: learner, want: `200 application/json {"id":4211,"username":"ada_l","email":"ada@example.org","name":"Ada Lovelace","course_enrollments":"http://127.0.0.1/api/mobile/v0.5/users/ada_l/course_enrollments/"}`},
		{name: "staff", request: path, as: staff, want: denied},
		{name: "another", request: "GET /api/mobile/v0.5/users/bob", as: learner, want: `404 application/json {"detail":"Not found."}`},
	})
}
