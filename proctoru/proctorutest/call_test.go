package proctorutest_test

import (
	"net/http"
	"strings"
	"testing"
)

// The service takes its parameters from wherever they stand.
func TestParametersFromAnywhere(t *testing.T) {
	t.Parallel()
	const query = "student_id=learner-7&reservation_no=900000501"
	for name, tt := range map[string]struct{ method, path, contentType, body string }{
		"form":                  {http.MethodPost, "removeReservation", "application/x-www-form-urlencoded", query},
		"query of a POST":       {http.MethodPost, "removeReservation?" + query, "", ""},
		"JSON":                  {http.MethodPost, "removeReservation", "application/json; charset=utf-8", `{"student_id":"learner-7","reservation_no":900000501,"explanation":null}`},
		"JSON, all text":        {http.MethodPost, "removeReservation/", "application/json", `{"student_id":"learner-7","reservation_no":"900000501"}`},
		"body wins":             {http.MethodPost, "removeReservation?reservation_no=1", "application/x-www-form-urlencoded", query},
		"without the prefix":    {http.MethodPost, "../removeReservation", "application/x-www-form-urlencoded", query},
		"a trailing slash":      {http.MethodPost, "removeReservation/", "application/x-www-form-urlencoded", query},
		"GET with a form body":  {http.MethodGet, "getStudentReservationList", "application/x-www-form-urlencoded", "student_id=learner-7"},
		"GET with a query":      {http.MethodGet, "getStudentReservationList?student_id=learner-7", "", ""},
		"POST of a read":        {http.MethodPost, "getStudentReservationList/", "application/x-www-form-urlencoded", "student_id=learner-7"},
		"everybody's, by no id": {http.MethodGet, "getStudentReservationList", "", ""},
	} {
		w := inProcess(t)
		w.book("r-1", tuesday)
		target := w.base + tt.path
		target = strings.Replace(target, "/api/../", "/", 1)
		req, err := http.NewRequestWithContext(t.Context(), tt.method, target, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization-Token", w.token)
		req.Header.Set("Content-Type", tt.contentType)

		if got := roundTrip(w.rt, req); got.String() != "1" {
			t.Errorf("%s: got %v, want success", name, got)
		}
	}
}

// Lists of objects and of texts come in brackets, as JSON in a form, or as JSON.
func TestListsFromAnywhere(t *testing.T) {
	t.Parallel()
	const booking = "student_id=learner-7&first_name=Ada&last_name=Example&email=ada@example.org&time_zone_id=UTC&description=Final&duration=60" +
		"&start_date=2030-03-05T09:00:00Z&reservation_id=r-1"
	for name, tt := range map[string]struct{ contentType, body string }{
		"numbered brackets": {"application/x-www-form-urlencoded", booking + "&department_id=100000001&instructors[0][first_name]=Grace&" +
			"instructors[0][email]=grace@example.org&instructors[1][first_name]=Alan&whitelist_urls[0]=https://a.example&whitelist_urls[1]=https://b.example"},
		"empty brackets": {"application/x-www-form-urlencoded", booking + "&department_id=100000001&instructors[][first_name]=Grace&" +
			"instructors[][email]=grace@example.org&instructors[][first_name]=Alan&whitelist_urls[]=https://a.example&whitelist_urls[]=https://b.example"},
		"JSON in a form": {"application/x-www-form-urlencoded", booking + `&department_id=100000001&instructors=[{"email":"grace@example.org","first_name":"Grace"},` +
			`{"first_name":"Alan"}]&whitelist_urls=["https://a.example","https://b.example"]`},
		"JSON": {"application/json", `{"student_id":"learner-7","first_name":"Ada","last_name":"Example","email":"ada@example.org","time_zone_id":"UTC",` +
			`"description":"Final","duration":"60","start_date":"2030-03-05T09:00:00Z","reservation_id":"r-1","department_id":100000001,` +
			`"instructors":[{"email":"grace@example.org","first_name":"Grace"},{"first_name":"Alan"}],"whitelist_urls":["https://a.example","https://b.example"]}`},
	} {
		w := inProcess(t)
		if got := w.sendBody(http.MethodPost, "addAdHocProcess", tt.contentType, tt.body); got.String() != "1" {
			t.Errorf("%s: %v", name, got)
			continue
		}
		r := w.fake.Reservations()[0]
		if r.DepartmentID != "100000001" || r.Instructors != `[{"email":"grace@example.org","first_name":"Grace"},{"first_name":"Alan"}]` ||
			r.WhitelistURLs != `["https://a.example","https://b.example"]` {
			t.Errorf("%s: %s, %s, %s", name, r.DepartmentID, r.Instructors, r.WhitelistURLs)
		}
	}
}

func TestWhatIsNoCallGetsAPage(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	for path, method := range map[string]string{"noSuchMethod": "GET", "getTimeZoneList": "DELETE", "addAdHocProcess": "GET", "": "GET"} {
		if got, want := w.send(method, path, nil).String(), "404 text/html"; got != want {
			t.Errorf("%s %s = %s, want %s", method, path, got, want)
		}
	}
}

func TestBodiesThatCanNotBeRead(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	for contentType, body := range map[string]string{"application/json": `{"student_id":`, "application/x-www-form-urlencoded": "a=%zz"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.base+"removeReservation", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		if got, want := roundTrip(w.rt, req).String(), "400 text/html"; got != want {
			t.Errorf("%s: got %s, want %s", contentType, got, want)
		}
	}
}

func TestStaleRequestIsNotCounted(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	for range 3 {
		if got, want := w.list("time_sent", "2030-03-04T08:50:00Z").String(), "2 stale request"; got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	if got, want := w.list().String(), "2 Student Not found : Error count 0 of 50"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
