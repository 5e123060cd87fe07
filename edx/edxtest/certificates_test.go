package edxtest_test

import (
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

func TestCertificates(t *testing.T) {
	t.Parallel()
	p := newCampus(t)
	p.fake.AddCertificate(edxtest.Certificate{Username: "ada_l", Course: logic, Mode: "verified", Status: "downloadable", Passing: true, Grade: "0.98", URL: "/certificates/1"})
	p.fake.AddCertificate(edxtest.Certificate{Username: "ada_l", Course: "ExampleX/Old/2012", Mode: "honor", Status: "notpassing"})
	p.fake.AddCourse(edxtest.Course{Key: "course-v1:ExampleX+None+1", NoCertificates: true})
	p.fake.AddUser(edxtest.User{Username: "proud", Preferences: map[string]string{"visibility.course_certificates": "all_users"}})
	const path = "GET /api/certificates/v0/certificates/"
	const good = `{"username":"ada_l","course_id":"` + logic + `","certificate_type":"verified","created_date":"2030-03-04T09:00:00Z","status":"downloadable","is_passing":true,"download_url":"/certificates/1","grade":"0.98"`
	p.run([]step{
		{name: "one", request: path + "ada_l/courses/" + logic + "/", as: staff, want: "200 application/json " + good + "}"},
		{name: "his own", request: path + "ada_l/courses/" + logic + "/", as: learner, want: "200 application/json " + good + "}"},
		{name: "not passing", request: path + "ada_l/courses/ExampleX/Old/2012/", as: staff, want: `200 application/json {"username":"ada_l","course_id":"ExampleX/Old/2012","certificate_type":"honor","created_date":"2030-03-04T09:00:00Z","status":"notpassing","is_passing":false,"download_url":null,"grade":""}`},
		{name: "another's", request: path + "ada_l/courses/" + logic + "/", as: stranger, want: denied},
		{name: "none", request: path + "bob/courses/" + logic + "/", as: staff, want: `404 application/json {"error_code":"no_certificate_for_user"}`},
		{name: "of nobody", request: path + "nobody/courses/" + logic + "/", as: staff, want: `404 application/json {"error_code":"no_certificate_for_user"}`},
		{name: "no key", request: path + "ada_l/courses/foo+bar+baz/", as: staff, want: `404 application/json {"error_code":"course_id_not_valid"}`},
		{name: "not configured", request: path + "ada_l/courses/course-v1:ExampleX+None+1/", as: staff, want: `404 application/json {"error_code":"no_certificate_configuration_for_course"}`},
		{name: "list, the passing alone", request: path + "ada_l/", as: staff, want: "200 application/json [" + good + `,"course_display_name":"Logic & Proof","course_organization":"ExampleX","modified_date":"2030-03-04T09:00:00Z","uuid":"0123456789abcdef0123456789abcdef"}]`},
		{name: "list, of nobody", request: path + "nobody/", as: staff, want: "200 application/json []"},
		{name: "list, of nobody, as a learner", request: path + "nobody/", as: learner, want: `404 application/json {"detail":"Not found."}`},
		{name: "list, another's", request: path + "ada_l/", as: stranger, want: denied},
		{name: "list, a public one", request: path + "proud/", as: stranger, want: "200 application/json []"},
	})
}
