package proctorutest_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func TestProfile(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.save()
	w.post("editStudent", "student_id", "learner-7", "user_id", "a1b2c3d4", "zipcode", "75005")

	for _, got := range []answer{w.get("getStudentProfile", "student_id", "learner-7"), w.post("getStudentProfile", "student_id", "learner-7")} {
		want := map[string]any{
			"student_id": "learner-7", "user_id": "a1b2c3d4", "first_name": "Ada", "last_name": "Example", "address1": nil, "address2": nil,
			"city": nil, "state": nil, "zipcode": "75005", "country": "FR", "phone1": "+33100000000", "phone2": nil, "phone3": nil,
			"email": "ada@example.org", "time_zone_id": "Romance Standard Time", "computertype": nil, "campus": nil, "termsaccepted": false,
			"profilecomplete": true, "hasimage": false, "active": true, "on_account_balance": 0.0,
		}
		if !reflect.DeepEqual(got.data(), want) {
			t.Errorf("profile = %v\nwant      %v", got.data(), want)
		}
	}
}

// The provider makes up a user_id for those who came without one, and keeps it.
func TestProfileHasAUserID(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.save()
	first, again := w.get("getStudentProfile", "student_id", "learner-7"), w.get("getStudentProfile", "student_id", "learner-7")
	if id, _ := first.data()["user_id"].(string); len(id) != 8 || first.body != again.body {
		t.Errorf("profiles = %s and %s, want one user_id of 8 characters", first.body, again.body)
	}
}

func TestEmailExists(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.save()
	w.fake.AddLearner(map[string]string{"student_id": "learner-8", "email": "Cleo@Example.org"})
	w.fake.SetEmailOwner("grace@example.org", "Sample College")
	for email, want := range map[string]string{
		"ada@example.org": `"data":{"schoolname":"Example University"}}`, "ADA@example.org": `"data":{"schoolname":"Example University"}}`,
		"cleo@example.org": `"data":{"schoolname":"Example University"}}`, "Grace@Example.org": `"data":{"schoolname":"Sample College"}}`, "bob@example.org": `"data":null}`,
	} {
		if got := w.post("getEmailExist", "email", email).body; !strings.HasSuffix(got, want) {
			t.Errorf("%s: body = %s, want it to end in %s", email, got, want)
		}
	}
}

func TestAutoLogin(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.save()
	first := w.post("autoLogin", "student_id", "learner-7", "email", "ada@example.org", "time_zone_id", "Romance Standard Time", "first_name", "Augusta")
	if profile, _ := w.fake.Learner("learner-7"); profile["first_name"] != "Ada" {
		t.Errorf("first_name = %q, want that of before: the call had no update", profile["first_name"])
	}
	again := w.post("autoLogin", "student_id", "learner-7", "email", "ada@example.org", "update", "1", "first_name", "Augusta")

	for _, a := range []answer{first, again} {
		if url, _ := a.data()["url"].(string); launchToken.FindString(url) != url || url == "" {
			t.Errorf("url = %q, want one that signs in", url)
		}
	}
	if first.body == again.body {
		t.Error("two calls gave one URL, want a new one each")
	}
	if profile, _ := w.fake.Learner("learner-7"); profile["first_name"] != "Augusta" {
		t.Errorf("first_name = %q, want that of the call with update", profile["first_name"])
	}
}

func TestTermsOfService(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.save()
	before := w.post("getTOS", "student_id", "learner-7").data()
	agreed := w.post("agreeToTOS", "student_id", "learner-7")
	after := w.post("getTOS", "student_id", "learner-7").data()

	if before["termsaccepted"] != false || after["termsaccepted"] != true || before["tos"] == "" || keys(before) != "termsaccepted tos" {
		t.Errorf("terms before = %v, after = %v", before, after)
	}
	if agreed.String() != "1" || !strings.HasSuffix(agreed.body, `"data":""}`) {
		t.Errorf("agreeToTOS = %s", agreed.body)
	}
	if got := w.save().data()["termsaccepted"]; got != true {
		t.Errorf("editStudent: termsaccepted = %v, want true", got)
	}
}

func TestImage(t *testing.T) {
	t.Parallel()
	w := onLoopback(t)
	w.save()
	if got, want := w.get("getStudentImage", "student_id", "learner-7").String(), "404 text/html"; got != want {
		t.Errorf("without a picture: %s, want %s", got, want)
	}
	jpeg := "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\xff\xd9"
	if !w.fake.SetLearnerImage("learner-7", []byte(jpeg)) || w.fake.SetLearnerImage("nobody", nil) {
		t.Error("SetLearnerImage knows the wrong learners")
	}

	got := w.get("getStudentImage", "student_id", "learner-7")

	if got.status != http.StatusOK || got.header.Get("Content-Type") != "image/jpeg" || got.body != jpeg {
		t.Errorf("got %v with %q, want the picture", got, got.body)
	}
	if profile := w.get("getStudentProfile", "student_id", "learner-7").data(); profile["hasimage"] != true {
		t.Errorf("hasimage = %v, want true", profile["hasimage"])
	}
}

func TestAccommodations(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	if got, want := w.get("accommodations").body, `{"accommodations":[{"id":50474,"description":"Extra time"},{"id":50475,"description":"Screen reader"}]}`; got != want {
		t.Errorf("body = %s, want %s", got, want)
	}
	w.fake.SetAccommodations()
	if got, want := w.get("accommodations").body, `{"accommodations":[]}`; got != want {
		t.Errorf("body = %s, want %s", got, want)
	}
}

// Successes without an envelope set the error counter back like the others.
func TestBareAnswersResetTheCounter(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.list()
	w.get("accommodations")
	if got, want := w.list().String(), "2 Student Not found : Error count 0 of 50"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLearnersPutIn(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.AddLearner(map[string]string{"student_id": "learner-7", "first_name": "Ada"})
	w.fake.AddLearner(map[string]string{"student_id": "learner-7", "last_name": "Example"})
	if !w.fake.AcceptTerms("learner-7") || w.fake.AcceptTerms("nobody") {
		t.Error("AcceptTerms knows the wrong learners")
	}
	data := w.get("getStudentProfile", "student_id", "learner-7").data()
	if data["first_name"] != "Ada" || data["last_name"] != "Example" || data["termsaccepted"] != true {
		t.Errorf("profile = %v", data)
	}
	wantPanic(t, "AddLearner needs a student_id", func() { w.fake.AddLearner(nil) })
}

func TestAccountRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		endpoint string
		pairs    []string
		want     string
	}{
		{"getStudentProfile", nil, "student_id required"},
		{"getStudentProfile", []string{"student_id", "nobody"}, "Student Not Found"},
		{"getEmailExist", nil, "email required"},
		{"autoLogin", []string{"student_id", "learner-7"}, "email required"},
		{"autoLogin", []string{"student_id", "nobody", "email", "x@example.org"}, "Student Not Found"},
		{"autoLogin", []string{"student_id", "learner-7", "email", "x@example.org", "time_zone_id", "Mars"}, "TimeZone not found."},
		{"getTOS", nil, "student_id required"},
		{"getTOS", []string{"student_id", "nobody"}, "Student Not found"},
		{"agreeToTOS", []string{"student_id", "nobody"}, "Student Not found"},
		{"getStudentImage", []string{"student_id", "nobody"}, "Student Not found"},
	} {
		w := inProcess(t)
		w.save()
		if got := w.post(tt.endpoint, tt.pairs...); got.text() != tt.want {
			t.Errorf("%s %q: got %v, want %q", tt.endpoint, tt.pairs, got, tt.want)
		}
	}
}

func TestEditStudentSavesTheLearner(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	got := w.post("editStudent", "student_id", "learner-7", "first_name", "Ada", "last_name", "Example", "time_zone_id", "UTC")
	if want := `"data":{"profilecomplete":false,"hasimage":false,"termsaccepted":false}`; !strings.Contains(got.body, want) {
		t.Errorf("body = %s, want %s in it", got.body, want)
	}
	w.post("editStudent", "student_id", "learner-7", "phone1", "+33100000000", "country", "FR")

	profile, known := w.fake.Learner("learner-7")

	if !known || profile["first_name"] != "Ada" || profile["country"] != "FR" {
		t.Errorf("profile = %v, %v", profile, known)
	}
	if got := w.list(); got.String() != "1" {
		t.Errorf("list of a learner without reservations = %v, want success", got)
	}
}
