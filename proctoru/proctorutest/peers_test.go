package proctorutest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// The tests of this file play what clients in production send, request by request.

// extension sends what the XBlock of 2016 to 2020 sends: a form in the body of
// every request, GET too, and a time_sent without a mark of its zone.
type extension struct {
	*world
	ids int
}

func (x *extension) call(method, endpoint string, pairs ...string) answer {
	x.t.Helper()
	form := url.Values{"time_sent": {x.clock.Now().Format("2006-01-02T15:04:05.000000")}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1]) // empty values are sent too
	}
	a := x.sendBody(method, endpoint, "application/x-www-form-urlencoded", form.Encode())
	if a.status != http.StatusOK || a.members["response_code"] != 1.0 {
		x.t.Logf("%s: %v", endpoint, a)
	}
	return a
}

// must wants code 1.
func (x *extension) must(method, endpoint string, pairs ...string) answer {
	x.t.Helper()
	a := x.call(method, endpoint, pairs...)
	if a.String() != "1" {
		x.t.Fatalf("%s = %v, want code 1", endpoint, a)
	}
	return a
}

// freshID makes up 40 hexadecimal digits, as the extension does for every attempt.
func (x *extension) freshID() string {
	x.ids++
	return fmt.Sprintf("%040X", 0xC0FFEE00+x.ids)
}

// slotsOf lists a day: its midnight with the learner's offset.
func (x *extension) slotsOf(midnight string) []string {
	x.t.Helper()
	var starts []string
	for _, row := range x.must(http.MethodGet, "getScheduleInfoAvailableTimesList",
		"duration", "90", "time_zone_id", "Romance Standard Time", "start_date", midnight, "takeitnow", "N", "isadhoc", "Y").rows() {
		starts = append(starts, fmt.Sprint(row["local_start_date"]))
	}
	return starts
}

// addHoc books; a reservation_no makes it a reschedule. The last name is another one
// each time, as in the extension.
func (x *extension) addHoc(id, start string, more ...string) answer {
	x.t.Helper()
	return x.must(http.MethodPost, "addAdHocProcess", append([]string{
		"student_id", "7", "first_name", "Ada Example", "last_name", "QWERTZU" + string(rune('A'+x.ids)), "email", "ada@example.org",
		"address1", "", "city", "Paris", "country", "FR", "state", "CA", "phone1", "+33100000000", "time_zone_id", "Romance Standard Time",
		"description", "course-v1:Example+CS101 run1 - Final exam \n An exam", "notes", "Password is - password\nExam Notes - none",
		"duration", "90", "start_date", start, "takeitnow", "N", "reservation_id", id,
	}, more...)...)
}

func TestOldExtension(t *testing.T) {
	t.Parallel()
	x := &extension{world: inProcess(t)}

	if got := len(x.must(http.MethodGet, "getTimeZoneList").rows()); got < 100 {
		t.Fatalf("%d zones", got)
	}
	starts := x.slotsOf("2030-03-05T00:00:00+01:00")
	id := x.freshID()
	booked := x.addHoc(id, starts[39]) // 10:00 in Paris, printed as the list had it
	number := booked.number()
	if starts[39] != "2030-03-05T10:00:00+01:00" || number == "" || booked.data()["reservation_id"] != id {
		t.Fatalf("slot %s, answer %s", starts[39], booked.body)
	}

	// The profile is edited with the names that Open edX has: none.
	x.must(http.MethodPost, "editStudent", "student_id", "7", "first_name", "", "last_name", "", "time_zone_id", "Romance Standard Time",
		"address1", "1 rue X", "city", "Lyon", "country", "FR", "state", "CA", "phone1", "+33100000001")
	if l, _ := x.fake.Learner("7"); l["first_name"] != "Ada Example" || l["city"] != "Lyon" || l["email"] != "ada@example.org" {
		t.Errorf("learner = %v, want the new city, and what was blank as it was", l)
	}

	// Each reschedule has the number, and an id that the service never saw.
	for _, start := range []string{"2030-03-05T12:00:00+01:00", "2030-03-05T14:00:00+01:00"} {
		moved := x.addHoc(x.freshID(), start, "reservation_no", number)
		if got := moved.number(); got != number {
			t.Fatalf("rescheduled under number %s, want %s", got, number)
		}
	}
	rows := x.must(http.MethodPost, "getStudentReservationList", "student_id", "7").rows()
	if len(rows) != 1 || rows[0]["start_date"] != "2030-03-05T13:00:00Z" {
		t.Fatalf("listed = %v, want one reservation at the last start", rows)
	}

	// The id that the extension keeps after a reschedule is one that it never sent.
	current := x.freshID()
	early := x.call(http.MethodPost, "beginReservation", "student_id", "7", "reservation_id", current, "reservation_no", number)
	if !strings.HasPrefix(early.String(), "2 Reservation is in the future") {
		t.Fatalf("begin a day early = %v", early)
	}
	x.clock.Set(time.Date(2030, 3, 5, 12, 58, 0, 0, time.UTC))
	begun := x.must(http.MethodPost, "beginReservation", "student_id", "7", "reservation_id", current, "reservation_no", number)
	if !launchToken.MatchString(fmt.Sprint(begun.data()["url"])) {
		t.Errorf("begin = %s, want a URL", begun.body)
	}

	second := x.addHoc(x.freshID(), "2030-03-06T10:00:00+01:00").number()
	x.must(http.MethodPost, "removeReservation", "student_id", "7", "reservation_no", second)
	report := x.must(http.MethodPost, "clientActivityReport", "student_id", "7", "start_date", "2030-03-01T00:00:00+00:00", "end_date", "2030-03-31T00:00:00+00:00")
	if got := fmt.Sprint(report.rows()[len(report.rows())-1]["ProctorNotes"]); !strings.HasPrefix(got, "Reservation cancelled created by ") {
		t.Errorf("history = %q, want the cancellation first", got)
	}
}

// The extension also cancels while the learner waits for the proctor. Where the
// service lets it, the same calls work.
func TestOldExtensionCancelsOnThePasswordPage(t *testing.T) {
	t.Parallel()
	x := &extension{world: inProcess(t)}
	x.mustPlay(proctorutest.VariantLateRemoval, "allowed")
	number := x.addHoc(x.freshID(), "2030-03-05T10:00:00+01:00").number()
	x.clock.Set(tuesday)
	x.must(http.MethodPost, "beginReservation", "student_id", "7", "reservation_id", x.freshID(), "reservation_no", number)
	x.must(http.MethodPost, "removeReservation", "student_id", "7", "reservation_no", number)
}

// The provider's own sample in PHP saves an exam without dates, and other clients
// book it by the exam list.
func TestExamOfTheSample(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	sample := []string{"term_id", "2030-1", "term_name", "Spring 2030", "exam_id", "demo_exam", "description", "Logic", "duration", "45", "password", "secret"}
	if got := w.post("editTermExam", sample...); got.String() != "1" || got.data()["exam_id"] != "demo_exam" {
		t.Fatalf("the sample = %s", got.body)
	}
	w.save()

	// What the clients send that list the slots of an exam: no zone and no duration.
	slots := w.get("getScheduleInfoAvailableTimesList", "student_id", "learner-7", "exam_id", "demo_exam", "start_date", "2030-03-05T00:00:00+01:00", "takeitnow", "N")
	rows := slots.rows()
	if slots.String() != "1" || len(rows) != 93 || rows[0]["local_start_date"] != "2030-03-05T00:00:00+01:00" {
		t.Fatalf("slots = %v, %d rows; want the day of the learner's own zone", slots, len(rows))
	}
	made := w.sendBody(http.MethodPost, "addProcess", "application/json", `{"student_id":"learner-7","exam_id":"demo_exam","start_date":"2030-03-05T09:00:00Z",`+
		`"reservation_id":"r-1","reservation_no":"0","comments":"","takeitnow":false,"url_return":"https://lms.example.org"}`)
	if made.String() != "1" || made.data()["reservation_number"] == nil {
		t.Fatalf("addProcess = %s", made.body)
	}
	if r := w.fake.Reservations()[0]; r.ExamPassword != "secret" || r.ExamID != "demo_exam" || r.Duration != 45*time.Minute || r.Description != "Logic" {
		t.Errorf("reservation = %+v, want the exam's values", r)
	}

	// Saved again, an exam keeps the window that another call gave it.
	w.post("editTermExam", "exam_id", "demo_exam", "start_date", "2030-03-05T08:00:00Z", "end_date", "2030-03-08T18:00:00Z")
	w.post("editTermExam", append(sample, "duration", "60")...)
	if e := w.fake.Exams()[0]; !e.Start.Equal(tuesday.Add(-time.Hour)) || e.End.Day() != 8 || e.Duration != time.Hour {
		t.Errorf("exam = %+v, want the window of the second call and the duration of the third", e)
	}
}

// node sends what the client of 2022 sends: JSON, with texts for zip code and phones,
// and names of endpoints in lower case.
func (w *world) node(endpoint string, members map[string]any) answer {
	w.t.Helper()
	members["time_sent"] = w.clock.Now().Format("2006-01-02T15:04:05.000Z")
	body, err := json.Marshal(members)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.sendBody(http.MethodPost, endpoint, "application/json", string(body))
}

func TestNodeClient(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	learner := map[string]any{
		"student_id": "learner-7", "user_id": "learner-7", "first_name": "Ada", "last_name": "Example", "email": "ada@example.org",
		"zipcode": "01234", "phone1": "+33100000000", "phone2": nil, "country": "FR", "time_zone_id": "Romance Standard Time",
	}
	with := func(more map[string]any) map[string]any {
		all := map[string]any{}
		for _, members := range []map[string]any{learner, more} {
			for name, value := range members {
				all[name] = value
			}
		}
		return all
	}
	teachers := []map[string]string{{"first_name": "Grace", "last_name": "Example", "email": "grace@example.org"}}

	if got := w.node("editStudent", with(nil)); got.String() != "1" {
		t.Fatalf("editStudent = %v", got)
	}
	if l, _ := w.fake.Learner("learner-7"); l["zipcode"] != "01234" || l["phone1"] != "+33100000000" || l["phone2"] != "" {
		t.Errorf("learner = %v", l)
	}
	made := w.node("addAdHocProcess", with(map[string]any{
		"description": "Final exam", "duration": 60, "start_date": "2030-03-05T09:00:00.000Z", "reservation_id": "r-1", "reservation_no": "",
		"takeitnow": "N", "update": "N", "department_id": 100000001, "instructors": teachers, "whitelist_urls": []any{map[string]any{"url": "https://example.org"}},
	}))
	if made.String() != "1" {
		t.Fatalf("addAdHocProcess = %v", made)
	}
	r := w.fake.Reservations()[0]
	if r.DepartmentID != "100000001" || r.Instructors != `[{"email":"grace@example.org","first_name":"Grace","last_name":"Example"}]` || r.WhitelistURLs != `[{"url":"https://example.org"}]` {
		t.Errorf("reservation = %+v", r)
	}
	launched := w.node("addbluebirdexam", with(map[string]any{
		"exam_id": "e-9", "description": "Quiz", "duration": 30, "active_date": "2030-03-05", "end_date": "2030-03-08",
	}))
	if launched.String() != "1" || !launchToken.MatchString(launched.body) {
		t.Fatalf("addbluebirdexam = %s", launched.body)
	}
	if _, err := w.fake.LearnerSchedules("learner-7", "e-9", time.Date(2030, 3, 8, 20, 0, 0, 0, time.UTC)); err != nil {
		t.Errorf("on the last day: %v", err)
	}
	// Canceled by learner and exam, in the query.
	if got := w.sendBody(http.MethodPost, "removeReservation?student_id=learner-7&exam_id=e-9", "", ""); got.String() != "1" {
		t.Errorf("removeReservation = %v", got)
	}
	if got := w.fake.Reservations()[1]; !got.Canceled || got.ExamID != "e-9" {
		t.Errorf("reservation = %+v, want it canceled", got)
	}
	user := w.node("editInstitutionalUser", map[string]any{
		"first_name": "Grace", "last_name": "Example", "address1": "1 Main St", "city": "Boston", "state": "MA", "country": "US", "zipcode": "02101",
		"phone1": "6175550100", "email": "grace@example.org", "time_zone_id": "Eastern Standard Time", "role": "instructor",
	})
	if user.String() != "1" || user.data()["userinstitution"] != "Example University" {
		t.Errorf("editInstitutionalUser = %s", user.body)
	}
}
