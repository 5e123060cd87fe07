package proctoru_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"pgregory.net/rapid"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// What goes out, by the names of the field tables, for params in which every field is set.
func TestRequests_wire(t *testing.T) {
	t.Parallel()
	student := map[string]string{
		"student_id": "learner-7", "first_name": "Ada", "last_name": "Exampleova", "email": "ada@example.org", "address1": "1 Secret Street",
		"address2": "Flat Canary", "city": "Rueil-Exemple", "state": "Ile-Test", "zipcode": "ZIP-0042", "country": "FR", "phone1": "+33100000000",
		"time_zone_id": "Romance Standard Time",
	}
	exam := finalExam
	exam.URL, exam.Notes, exam.CourseNo, exam.DepartmentID, exam.MaxAttempts = "http://lms.example.org/exam?a=1&b=2", "two\nlines", "C-1", "100000001", 2
	exam.Active, exam.TakeItNow, exam.PermittedResources, exam.OtherNotes = proctoru.ChoiceYes, proctoru.ChoiceNo, []string{"calculator", "one sheet"}, "a pen"
	exam.Whitelist = []proctoru.WhitelistURL{{URL: "https://a.example.org/x?y=1"}, {URL: "https://b.example.org", OpenOnStart: true}}
	open := finalExam
	open.Start, open.End, open.Instructors = time.Time{}, time.Time{}, nil
	ending := open
	ending.End = finalExam.End
	launch := adaLaunches
	launch.UserID, launch.ExamName, launch.CourseID, launch.CourseNo, launch.ExamURL = "u-7", "Finals", "c-id", "C-1", "https://lms.example.org/exam"
	launch.Instructor, launch.Notes, launch.Notify, launch.PermittedResources, launch.OtherNotes = "Grace", "none", proctoru.ChoiceYes, []string{"calculator"}, "a pen"
	recorded := adaIsRecorded
	recorded.UserID, recorded.Preset, recorded.PermittedResources, recorded.OtherResources = "u-7", "medium", []string{"calculator"}, "a pen"
	again := forExam
	again.Number, again.TakeItNow, again.ReturnURL = "12", true, "https://lms.example.org/back"
	login := adaSignsIn
	login.UpdateProfile = true

	tests := map[string]struct {
		wire string
		call func(*proctoru.Client) error
		want map[string]string
	}{
		"Exams.Save": {"POST /editTermExam", func(c *proctoru.Client) error { return drop(c.Exams.Save(ctx, exam)) }, map[string]string{
			"term_id": "t-1", "term_name": "Autumn", "exam_id": "exam-1", "description": "Final exam", "start_date": "2026-08-31T22:00:00Z",
			"end_date": "2026-09-09T22:00:00Z", "duration": "90", "password": "canary-password", "exam_url": "http://lms.example.org/exam?a=1&b=2",
			"notes": "two\nlines", "instructors": `[{"first_name":"Grace","last_name":"Teacherova","email":"grace@example.org"}]`, "courseno": "C-1",
			"department_id": "100000001", "max_attempt": "2", "active": "Y", "take_it_now": "N", "permitted_resources_list": "calculator,one sheet", "other_notes": "a pen",
			"whitelist_urls": `[{url: "https://a.example.org/x?y=1", open_on_start: false}, {url: "https://b.example.org", open_on_start: true}]`,
		}},
		"Exams.Save, without a window": {"POST /editTermExam", func(c *proctoru.Client) error { return drop(c.Exams.Save(ctx, open)) }, map[string]string{
			"term_id": "t-1", "term_name": "Autumn", "exam_id": "exam-1", "description": "Final exam", "duration": "90", "password": "canary-password",
		}},
		"Exams.Save, with an end alone": {"POST /editTermExam", func(c *proctoru.Client) error { return drop(c.Exams.Save(ctx, ending)) }, map[string]string{
			"term_id": "t-1", "term_name": "Autumn", "exam_id": "exam-1", "description": "Final exam", "duration": "90", "password": "canary-password",
			"end_date": "2026-09-09T22:00:00Z",
		}},
		"Students.LoginURL, the least": {"POST /autoLogin", func(c *proctoru.Client) error {
			return drop(c.Students.LoginURL(ctx, proctoru.LoginURLParams{StudentID: ada.ID, Email: ada.Email, UpdateProfile: true}))
		}, map[string]string{"student_id": "learner-7", "email": "ada@example.org", "update": "Y"}},
		"Exams.Launch": {"POST /addBlueBirdExam", func(c *proctoru.Client) error { return drop(c.Exams.Launch(ctx, launch)) }, with(student, map[string]string{
			"user_id": "u-7", "exam_id": "exam-9", "exam_name": "Finals", "description": "Final exam", "active_date": "2026-08-31T22:00:00Z",
			"end_date": "2026-09-09T22:00:00Z", "duration": "60", "course_id": "c-id", "course_no": "C-1", "exam_url": "https://lms.example.org/exam",
			"exam_password": "canary-password", "instructor": "Grace", "notes": "none", "notify": "Y", "permitted_resources_list": "calculator", "other_notes": "a pen",
		})},
		"RecordPlus.Create": {"POST /exams/add_record_plus_exams", func(c *proctoru.Client) error { return drop(c.RecordPlus.Create(ctx, recorded)) }, with(student, map[string]string{
			"user_id": "u-7", "exam_id": "exam-8", "exam_url": "https://lms.example.org/exam", "description": "Final exam", "duration": "60",
			"exam_password": "canary-password", "preset": "medium", "permitted_resources_list": "calculator", "other_resources": "a pen",
		})},
		"RecordPlus.Fulfill": {"POST /exams/add_record_plus_exams/fulfill", func(c *proctoru.Client) error {
			return drop(c.RecordPlus.Fulfill(ctx, "c0ffee01"))
		}, map[string]string{"reservation_uuid": "c0ffee01"}},
		"Reservations.CreateForExam": {"POST /addProcess", func(c *proctoru.Client) error { return drop(c.Reservations.CreateForExam(ctx, again)) }, map[string]string{
			"student_id": "learner-7", "exam_id": "exam-1", "start_date": "2026-09-01T12:00:00Z", "reservation_id": "b-2", "reservation_no": "12",
			"comments": "ill in bed", "takeitnow": "Y", "url_return": "https://lms.example.org/back",
		}},
		"Reservations.ListAll": {"GET /getStudentReservationList", func(c *proctoru.Client) error {
			return drop(c.Reservations.ListAll(ctx, proctoru.ReservationVoided))
		}, map[string]string{"status": "voided"}},
		"Students.LoginURL": {"POST /autoLogin", func(c *proctoru.Client) error { return drop(c.Students.LoginURL(ctx, login)) }, map[string]string{
			"student_id": "learner-7", "email": "ada@example.org", "first_name": "Ada", "last_name": "Exampleova", "time_zone_id": "Romance Standard Time",
			"url_return": "https://lms.example.org/back", "update": "Y",
		}},
		"Exams.List": {"GET /getInstitutionExamList", func(c *proctoru.Client) error {
			return drop(c.Exams.List(ctx, proctoru.ListExamsParams{TermID: "t-1", All: proctoru.ChoiceYes}))
		}, map[string]string{"term_id": "t-1", "all": "Y"}},
		"Reports.Pending": {"POST /pendingExamReport", func(c *proctoru.Client) error { return last(c.Reports.Pending(ctx, proctoru.PendingParams{})) }, nil},
		"Batches.Poll": {"GET /pollBatchSchedule", func(c *proctoru.Client) error {
			return drop(c.Batches.Poll(ctx, url.Values{"batch_id": {"a b"}}))
		}, map[string]string{"batch_id": "a b"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.Reply(tt.wire, envelope(`{}`))
			_ = tt.call(client) // what the answer means is not the question here
			sent := provider.Last(t, tt.wire)
			got := sent.Form
			if strings.HasPrefix(tt.wire, "GET") {
				got = sent.Query
			}
			compareForm(t, got, with(tt.want, map[string]string{"time_sent": "2026-08-20T09:00:00Z"}))
		})
	}
}

func with(all ...map[string]string) map[string]string {
	merged := map[string]string{}
	for _, m := range all {
		for k, v := range m {
			merged[k] = v
		}
	}
	return merged
}

// The batch is the one body in JSON, as the caller made it; the stamp is in the query.
func TestBatchesSchedule_wire(t *testing.T) {
	t.Parallel()
	var body, contentType, query string
	client := newClient(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw := make([]byte, 100)
		n, _ := r.Body.Read(raw)
		body, contentType, query = string(raw[:n]), r.Header.Get("Content-Type"), r.URL.RawQuery
		fmt.Fprint(w, envelope(`{"poll": "x"}`))
	}))
	if _, err := client.Batches.Schedule(ctx, []byte(`{"exam": 1}`)); err != nil {
		t.Fatal(err)
	}
	if body != `{"exam": 1}` || contentType != "application/json" || query != "time_sent=2026-08-20T09%3A00%3A00Z" {
		t.Errorf("sent %s as %s with ?%s", body, contentType, query)
	}
	for _, bad := range []string{``, `[]`, `{`, `x`} {
		if _, err := client.Batches.Schedule(ctx, []byte(bad)); !slices.Equal(fieldsOf(err), []string{"body"}) {
			t.Errorf("Body %q: %v", bad, err)
		}
	}
}

// anyText is one line in any script, without white space at its ends.
func anyText(limit int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		s := rapid.StringOfN(rapid.RuneFrom([]rune(`aZ09 éß漢😀&=+%#?/;,"'<>\`)), 1, limit, -1).Draw(t, "text")
		return "x" + strings.TrimSpace(s[len(string([]rune(s)[0])):])
	})
}

func anyStudent() *rapid.Generator[proctoru.Student] {
	return rapid.Custom(func(t *rapid.T) proctoru.Student {
		optional := func(limit int) string {
			if rapid.Bool().Draw(t, "has") {
				return anyText(limit).Draw(t, "optional")
			}
			return ""
		}
		return proctoru.Student{
			ID: anyText(50).Draw(t, "id"), FirstName: anyText(50).Draw(t, "first"), LastName: anyText(50).Draw(t, "last"),
			Email:    rapid.StringMatching(`[a-z0-9.+_]{1,20}@[a-z]{1,10}\.org`).Draw(t, "email"),
			Address1: optional(100), Address2: optional(100), City: optional(50), State: optional(20), ZipCode: optional(10),
			Country: rapid.SampledFrom([]string{"FR", "DE", "JP"}).Draw(t, "country"), Phone: rapid.StringMatching(`\+[0-9]{1,14}`).Draw(t, "phone"),
			ZoneID: rapid.SampledFrom([]string{"Romance Standard Time", "utc", "Pacific Standard Time (Mexico)"}).Draw(t, "zone"),
		}
	})
}

// What is meant arrives: the fake's own decoder reads each request back to what was
// asked for, whatever script, blanks and signs it holds. Nothing is cut or made up.
func TestRequests_roundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		clock := proctorbooktest.NewClock(now)
		fake := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock))
		if err := fake.Play(proctorutest.VariantUnofferedSlot, "any-minute"); err != nil {
			t.Fatal(err)
		}
		client := newClient(&noT{}, proctorbooktest.InProcessURL, proctoru.WithTransport(tokenOf(fake)), proctoru.WithClock(clock))

		student := anyStudent().Draw(t, "student")
		params := proctoru.CreateReservationParams{
			ID: rapid.StringMatching(`[A-Za-z0-9._-]{1,50}`).Draw(t, "id"), Student: student,
			Start:       now.Add(time.Duration(rapid.IntRange(0, 300*86400).Draw(t, "start")) * time.Second).In(paris),
			Duration:    time.Duration(rapid.IntRange(1, 1440).Draw(t, "minutes")) * time.Minute,
			Description: anyText(255).Draw(t, "description"), Notes: anyText(300).Draw(t, "notes"), Comments: anyText(300).Draw(t, "comments"),
		}
		if _, err := client.Reservations.Create(ctx, params); err != nil {
			t.Fatal(err)
		}
		r := fake.Reservations()[0]
		if r.ID != params.ID || !r.Start.Equal(params.Start) || r.Description != params.Description || r.StudentID != student.ID {
			t.Errorf("reservation = %+v, want %v", r, params)
		}
		rows, err := collect(client.Reports.Activity(ctx, proctoru.ActivityParams{StudentID: student.ID}))
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		if row := rows[0]; row.SchoolNotes.Reveal() != params.Notes || row.StudentNotes.Reveal() != params.Comments || row.Test != params.Description ||
			row.StudentID != "" && row.StudentID != student.ID || !row.End.IsZero() && !row.End.Equal(params.Start.Add(params.Duration)) {
			t.Errorf("report = %q %q %q %v", row.SchoolNotes.Reveal(), row.StudentNotes.Reveal(), row.Test, row.End)
		}
		checkLearner(t, fake, student)

		changed := anyStudent().Draw(t, "changed")
		changed.ID = student.ID
		if _, err := client.Students.Save(ctx, changed); err != nil {
			t.Fatal(err)
		}
		checkLearner(t, fake, changed)
		exam := finalExam
		exam.ID, exam.TermID, exam.Description, exam.Password = anyText(50).Draw(t, "exam"), anyText(20).Draw(t, "term"), anyText(255).Draw(t, "title"), proctoru.Secret(anyText(40).Draw(t, "password"))
		if _, err := client.Exams.Save(ctx, exam); err != nil {
			t.Fatal(err)
		}
		if e := fake.Exams()[0]; e.ID != exam.ID || e.TermID != exam.TermID || e.Description != exam.Description || e.Fields["password"] != exam.Password.Reveal() || !e.Start.Equal(exam.Start) || e.Duration != exam.Duration {
			t.Errorf("exam = %+v", e)
		}
	})
}

// checkLearner compares the fake's record, for each field that was sent.
func checkLearner(t *rapid.T, fake *proctorutest.Server, s proctoru.Student) {
	got, _ := fake.Learner(s.ID)
	for name, want := range map[string]string{
		"student_id": s.ID, "first_name": s.FirstName, "last_name": s.LastName, "email": s.Email, "address1": s.Address1, "address2": s.Address2,
		"city": s.City, "state": s.State, "zipcode": s.ZipCode, "country": s.Country, "phone1": s.Phone,
	} {
		if want != "" && got[name] != want {
			t.Errorf("%s = %q, want %q", name, got[name], want)
		}
	}
	if !strings.EqualFold(got["time_zone_id"], s.ZoneID) {
		t.Errorf("time_zone_id = %q, want %q", got["time_zone_id"], s.ZoneID)
	}
}

// tokenOf carries requests to the fake with the fake's own token.
func tokenOf(fake *proctorutest.Server) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization-Token", fake.Token)
		return proctorbooktest.InProcess(fake).RoundTrip(r)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// No params struct prints what is personal or secret, by any verb or in a log.
func TestParams_hideSecrets(t *testing.T) {
	t.Parallel()
	taught := tuesdayTwoInParis
	taught.Instructors = finalExam.Instructors
	canaries := []string{"anary-password", "Exampleova", "ada@example.org", "Secret Street", "33100000000", "Teacherova", "grace@example.org"}
	for _, p := range []any{
		tuesdayTwoInParis, adaSignsIn, finalExam, adaLaunches, adaIsRecorded, finalExam.Instructors[0], grace, &grace,
		taught, proctoru.UpdateReservationParams{CreateReservationParams: taught},
		proctoru.StudentProfile{Student: ada}, &proctoru.StudentProfile{Student: ada},
	} {
		var log strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&log, verb, p)
		}
		logged(&log, p)
		for _, c := range canaries {
			if strings.Contains(log.String(), c) || strings.Contains(log.String(), fmt.Sprintf("%x", c)) {
				t.Errorf("%s shows %q", reflect.TypeOf(p), c)
			}
		}
	}
}

// Where a learner is sent must be https, to a host that is allowed.
func TestReturnURLs(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t, proctoru.WithReturnHosts("lms.example.org"))
	provider.Reply("POST /autoLogin", "students/login_ok.json")
	for raw, ok := range map[string]bool{
		"": true, "https://lms.example.org/back": true, "https://eu.lms.example.org/": true, "http://lms.example.org/": false, "https://evil.example/": false,
		"https://lms.example.org.evil.example/": false, "https://lms.example.org@evil.example/": false, `https://evil.example\.lms.example.org/`: false,
		"javascript:alert(1)": false, "//lms.example.org/": false, "/back": false, "https://lms.example.org/ x": false, "https://notlms.example.org/": false,
	} {
		params := adaSignsIn
		params.ReturnURL = raw
		_, err := client.Students.LoginURL(ctx, params)
		if got := fieldsOf(err); (len(got) == 0) != ok || !ok && !slices.Equal(got, []string{"ReturnURL"}) {
			t.Errorf("ReturnURL %q: %v, want allowed %t", raw, err, ok)
		}
	}
	if _, err := proctoru.NewClient(proctoru.SandboxURL, testToken, proctoru.WithReturnHosts("https://x")); err == nil {
		t.Error("WithReturnHosts took a URL")
	}
}

func TestEquipmentCheckURL(t *testing.T) {
	t.Parallel()
	if got := newClient(t, proctoru.SandboxURL).EquipmentCheckURL(); got != "https://test-it-out.proctoru.com/" {
		t.Errorf("EquipmentCheckURL = %q", got)
	}
	const page = "https://check.example.org/try?lang=fr"
	if got := newClient(t, proctoru.SandboxURL, proctoru.WithEquipmentCheckURL(page)).EquipmentCheckURL(); got != page {
		t.Errorf("EquipmentCheckURL = %q, want %q", got, page)
	}
	for _, bad := range []string{"", "http://check.example.org", "javascript:x", "https://a:b@c.example", "https://", "https://a b"} {
		if _, err := proctoru.NewClient(proctoru.SandboxURL, testToken, proctoru.WithEquipmentCheckURL(bad)); err == nil || !strings.Contains(err.Error(), "WithEquipmentCheckURL") {
			t.Errorf("WithEquipmentCheckURL(%q) = %v", bad, err)
		}
	}
}

// TestSingleCalls pins what one call of each kind looks like on the wire: method
// and path, the token, and the fields that matter. The answers are bytes.
func TestSingleCalls(t *testing.T) {
	const token = "0a1b2c3d-0000-4000-8000-00000000feed"
	student := proctoru.Student{
		ID: "learner-7", FirstName: "Ada", LastName: "Example", Email: "ada@example.org", Country: "FR", Phone: "+33100000000", ZoneID: "Romance Standard Time",
	}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	create := proctoru.CreateReservationParams{
		ID: "r-1", Student: student, Start: time.Date(2100, 7, 1, 9, 0, 0, 0, madrid), Duration: 90 * time.Minute,
		Description: "Final exam", ExamPassword: "ABCDE-12345", Notify: proctoru.ChoiceNo,
	}
	for name, tt := range map[string]struct {
		method, path, reply string
		call                func(c *proctoru.Client) error
		sent                map[string]string
		wantErr             error
	}{
		"create": {
			method: "POST", path: "/api/addAdHocProcess",
			reply: `{"time_sent":"2026-09-01T12:00:05Z","response_code":1,"message":"","data":{"balance":0.0,"reservation_id":"r-1","reservation_no":900000515,"url":"https://demo.proctoru.com/students/reservations?login_token=EXAMPLE--00"}}`,
			call:  func(c *proctoru.Client) error { _, err := c.Reservations.Create(t.Context(), create); return err },
			sent: map[string]string{
				"reservation_id": "r-1", "student_id": "learner-7", "start_date": "2100-07-01T07:00:00Z", "duration": "90",
				"exam_password": "ABCDE-12345", "notify": "N", "takeitnow": "N", "country": "FR",
			},
		},
		"create without a number": {
			method: "POST", path: "/api/addAdHocProcess", reply: `{"response_code":1,"message":"","data":{"reservation_id":"r-1"}}`,
			call:    func(c *proctoru.Client) error { _, err := c.Reservations.Create(t.Context(), create); return err },
			wantErr: proctoru.ErrNumberMissing,
		},
		"edit": {
			method: "POST", path: "/api/addAdHocProcess", reply: `{"response_code":1,"message":"","data":{"reservation_id":"r-1","reservation_no":"900000515"}}`,
			call: func(c *proctoru.Client) error {
				_, err := c.Reservations.Update(t.Context(), proctoru.UpdateReservationParams{CreateReservationParams: create, Number: "900000515"})
				return err
			},
			sent: map[string]string{"reservation_id": "r-1", "reservation_no": "900000515"},
		},
		"cancel of a canceled one": {
			method: "POST", path: "/api/removeReservation", reply: `{"response_code":2,"message":"Reservation Cancelled. : Error count 1 of 50","data":null}`,
			call: func(c *proctoru.Client) error {
				_, err := c.Reservations.Cancel(t.Context(), proctoru.CancelReservationParams{StudentID: "learner-7", Number: "900000515", Explanation: "ill"})
				return err
			},
			sent:    map[string]string{"student_id": "learner-7", "reservation_no": "900000515", "explanation": "ill"},
			wantErr: proctoru.ErrAlreadyCanceled,
		},
		"begin too early": {
			method: "POST", path: "/api/beginReservation", reply: `{"response_code":2,"message":"Reservation is in the future","data":null}`,
			call: func(c *proctoru.Client) error {
				_, err := c.Reservations.Begin(t.Context(), proctoru.BeginReservationParams{StudentID: "learner-7", ID: "r-1"})
				return err
			},
			wantErr: proctoru.ErrTooEarly,
		},
		"a list that is null": {
			method: "GET", path: "/api/getStudentReservationList", reply: `{"response_code":1,"message":"","data":null}`,
			call: func(c *proctoru.Client) error {
				_, err := c.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "learner-7"})
				return err
			},
			sent:    map[string]string{"student_id": "learner-7"},
			wantErr: proctoru.ErrNoList,
		},
		"slots": {
			method: "GET", path: "/api/getScheduleInfoAvailableTimesList", reply: `{"response_code":1,"message":"","data":[{"start_date":"2100-07-01T07:00:00Z","local_start_date":"2100-07-01T09:00:00Z","fee":30,"fee_premium":0,"fee_discount":0}]}`,
			call: func(c *proctoru.Client) error {
				slots, err := c.Slots.List(t.Context(), proctoru.SlotsParams{ZoneID: "Romance Standard Time", Start: create.Start, Duration: 90 * time.Minute})
				if err == nil && (len(slots) != 1 || !slots[0].Start.Equal(create.Start)) {
					t.Errorf("slots = %+v, want the instant of start_date", slots)
				}
				return err
			},
			sent: map[string]string{"isadhoc": "Y", "takeitnow": "N", "duration": "90", "start_date": "2100-07-01T07:00:00Z", "time_zone_id": "Romance Standard Time"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			mock := httpmock.NewMockTransport()
			var sent url.Values
			mock.RegisterResponder(tt.method, "https://proctor.example"+tt.path, func(r *http.Request) (*http.Response, error) {
				if got := r.Header.Get("Authorization-Token"); got != token {
					t.Errorf("Authorization-Token = %q, want the token as it is", got)
				}
				sent = r.URL.Query()
				if r.Method == http.MethodPost {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						return nil, err
					}
					if sent, err = url.ParseQuery(string(body)); err != nil {
						return nil, err
					}
				}
				return httpmock.NewStringResponse(http.StatusOK, tt.reply), nil
			})
			client, err := proctoru.NewClient("https://proctor.example/api", token, proctoru.WithTransport(mock))
			if err != nil {
				t.Fatal(err)
			}

			err = tt.call(client)

			if !errors.Is(err, tt.wantErr) {
				t.Errorf("error = %v, want %v", err, tt.wantErr)
			}
			for field, want := range tt.sent {
				if got := sent.Get(field); got != want {
					t.Errorf("sent %s = %q, want %q", field, got, want)
				}
			}
			if sent.Get("time_sent") == "" {
				t.Error("sent no time_sent")
			}
			if calls := mock.GetTotalCallCount(); calls != 1 {
				t.Errorf("sent %d requests, want 1", calls)
			}
		})
	}
}
