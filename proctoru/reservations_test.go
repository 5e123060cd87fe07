package proctoru_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

const createEndpoint = "POST /addAdHocProcess"

func TestReservationsCreate(t *testing.T) {
	t.Parallel()
	const good = "https://demo.proctoru.com/REDACTED"
	tests := map[string]struct {
		reply       string
		wantNumber  proctoru.ReservationNo
		wantURL     string
		wantRefused bool
		wantErr     error
		wantOutcome error
	}{
		"booked":                       {reply: "reservations/create_ok.json", wantNumber: "900000515", wantURL: good},
		"numbers as strings, no URL":   {reply: "reservations/create_ok_strings.json", wantNumber: "900000515"},
		"the number by its other name": {reply: envelope(`{"reservation_number": 900000515.0}`), wantNumber: "900000515"},
		"a URL that leads elsewhere":   {reply: envelope(`{"reservation_no": 12, "url": "https://proctoru.com.example.org/x"}`), wantNumber: "12", wantRefused: true},
		"learner is busy":              {reply: "reservations/create_overlap.json", wantErr: proctoru.ErrOverlap, wantOutcome: proctorbook.ErrNotDone},
		"words that nobody knows":      {reply: refusal("Le créneau est pris"), wantErr: proctorbook.ErrOutcomeUnknown, wantOutcome: proctorbook.ErrOutcomeUnknown},
		"success without a number":     {reply: envelope(`{"balance": 0.0}`), wantErr: proctoru.ErrNumberMissing, wantOutcome: proctorbook.ErrOutcomeUnknown},
		"the number 0":                 {reply: envelope(`{"reservation_no": 0}`), wantErr: proctoru.ErrNumberMissing, wantOutcome: proctorbook.ErrOutcomeUnknown},
		"a negative number":            {reply: envelope(`{"reservation_no": -5}`), wantErr: proctoru.ErrNumberMissing, wantOutcome: proctorbook.ErrOutcomeUnknown},
		"a number in words":            {reply: envelope(`{"reservation_no": "soon"}`), wantErr: proctoru.ErrNumberMissing, wantOutcome: proctorbook.ErrOutcomeUnknown},
		"data null":                    {reply: envelope(`null`), wantErr: proctoru.ErrNumberMissing, wantOutcome: proctorbook.ErrOutcomeUnknown},
		"data a list":                  {reply: envelope(`[]`), wantErr: proctoru.ErrNumberMissing, wantOutcome: proctorbook.ErrOutcomeUnknown},
		"data a text":                  {reply: envelope(`"done"`), wantErr: proctoru.ErrNumberMissing, wantOutcome: proctorbook.ErrOutcomeUnknown},
		"another id, echoed":           {reply: envelope(`{"reservation_id": "b-2", "reservation_no": 12}`), wantErr: proctoru.ErrOtherID, wantOutcome: proctorbook.ErrOutcomeUnknown},
		"another id, and no number":    {reply: envelope(`{"reservation_id": "b-2"}`), wantErr: proctoru.ErrOtherID, wantOutcome: proctorbook.ErrOutcomeUnknown},
		"an id in another case":        {reply: envelope(`{"reservation_id": "C0FFEE00-1111-4222-8333-444455556666", "reservation_no": 12}`), wantErr: proctoru.ErrOtherID, wantOutcome: proctorbook.ErrOutcomeUnknown},
		"no id":                        {reply: envelope(`{"reservation_id": null, "reservation_no": 12}`), wantNumber: "12"},
		"a proxy's HTML page":          {reply: "<html>Bad gateway</html>", wantErr: proctoru.ErrNotJSON, wantOutcome: proctorbook.ErrOutcomeUnknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.Reply(createEndpoint, tt.reply)

			got, err := client.Reservations.Create(t.Context(), tuesdayTwoInParis)

			if !errors.Is(err, tt.wantErr) || !errors.Is(err, tt.wantOutcome) {
				t.Fatalf("Create error = %v, want %v, %v", err, tt.wantErr, tt.wantOutcome)
			}
			if n := len(provider.Requests(createEndpoint)); n != 1 {
				t.Errorf("the provider saw %d requests, want 1", n)
			}
			if err != nil {
				return
			}
			if got.Number != tt.wantNumber || got.URL.String() != tt.wantURL || got.URLRefused != tt.wantRefused {
				t.Errorf("Create = %s %q refused %t, want %s %q refused %t", got.Number, got.URL, got.URLRefused, tt.wantNumber, tt.wantURL, tt.wantRefused)
			}
		})
	}
}

func TestReservationsCreate_reading(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply(createEndpoint, "reservations/create_ok.json")

	got, err := client.Reservations.Create(t.Context(), tuesdayTwoInParis)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	if got.ID != "c0ffee00-1111-4222-8333-444455556666" || got.Balance != "0.0" {
		t.Errorf("Create = ID %q, Balance %q", got.ID, got.Balance)
	}
	if u, err := url.Parse(got.URL.Reveal()); err != nil || u.Query().Get("login_token") != "EXAMPLE--00" {
		t.Errorf("the revealed URL has lost its token")
	}
	if raw := string(got.Raw.Reveal()); len(raw) < 100 {
		t.Errorf("Raw = %d bytes, want the provider's data", len(raw))
	}
}

// What arrives is what was meant: a start in Paris as UTC, a secret as itself, a
// flag as Y or N, and nothing for what was not said.
func TestReservationsCreate_wire(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply(createEndpoint, "reservations/create_ok.json")

	params := tuesdayTwoInParis
	params.Comments, params.ExamURL, params.ReturnURL = "Ça va ?", "https://lms.example.org/exam?id=1&x=2", "https://lms.example.org/back"
	params.Notify, params.UpdateProfile, params.Active = proctoru.ChoiceNo, true, true
	params.Preset, params.DepartmentID, params.CourseNo = "high", "123456789", "C-1"
	params.PermittedResources, params.OtherNotes = []string{"calculator", "one sheet"}, "a pen"
	params.Instructors = []proctoru.Instructor{{FirstName: "Grace", LastName: `O"Teach`, Email: "grace@example.org"}}
	params.WhitelistURLs = []string{"https://lms.example.org/a?x=1&y=<2>", "http://b.example"}
	if _, err := client.Reservations.Create(t.Context(), params); err != nil {
		t.Fatalf("Create: %v", err)
	}
	want := map[string]string{
		"student_id": "learner-7", "first_name": "Ada", "last_name": "Exampleova", "email": "ada@example.org", "address1": "1 Secret Street",
		"address2": "Flat Canary", "city": "Rueil-Exemple", "state": "Ile-Test", "zipcode": "ZIP-0042", "country": "FR", "phone1": "+33100000000",
		"time_zone_id": "Romance Standard Time", "reservation_id": "c0ffee00-1111-4222-8333-444455556666",
		"start_date": "2026-09-01T12:00:00Z", "duration": "90", "description": "COURSE run1 - Final exam", "notes": "Closed book & open window",
		"comments": "Ça va ?", "exam_url": "https://lms.example.org/exam?id=1&x=2", "exam_password": "canary-password",
		"url_return": "https://lms.example.org/back", "takeitnow": "N", "notify": "N", "update": "Y", "active": "Y", "preset": "high",
		"department_id": "123456789", "courseno": "C-1", "permitted_resources_list": "calculator,one sheet", "other_notes": "a pen",
		"instructors":    `[{"first_name":"Grace","last_name":"O\"Teach","email":"grace@example.org"}]`,
		"whitelist_urls": `["https://lms.example.org/a?x=1&y=<2>","http://b.example"]`,
		"time_sent":      "2026-08-20T09:00:00Z",
	}
	last := provider.Last(t, createEndpoint)
	compareForm(t, last.Form, want)
	if len(last.Query) != 0 {
		t.Errorf("the query holds %d fields, want none", len(last.Query))
	}
	if got := last.Header.Get("Authorization-Token"); got != testToken {
		t.Errorf("Authorization-Token = %q, want the token as it is", got)
	}
	if got := last.Header.Get("Content-Type"); got != "application/x-www-form-urlencoded" {
		t.Errorf("Content-Type = %q", got)
	}
}

func TestReservationsCreate_leavesOutWhatIsEmpty(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply(createEndpoint, envelope(`{"reservation_id": "b-1", "reservation_no": 12}`))

	_, err := client.Reservations.Create(t.Context(), proctoru.CreateReservationParams{
		ID: "b-1", Start: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC), Duration: time.Hour, Description: "Exam",
		Student: proctoru.Student{ID: "7", FirstName: "A", LastName: "B", Email: "a@b.c", Country: "FR", Phone: "1", ZoneID: "UTC"},
	})
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	compareForm(t, provider.Last(t, createEndpoint).Form, map[string]string{
		"student_id": "7", "first_name": "A", "last_name": "B", "email": "a@b.c", "country": "FR", "phone1": "1", "time_zone_id": "UTC",
		"reservation_id": "b-1", "start_date": "2026-09-01T12:00:00Z", "duration": "60", "description": "Exam", "takeitnow": "N",
		"time_sent": "2026-08-20T09:00:00Z",
	})
}

func compareForm(t *testing.T, got url.Values, want map[string]string) {
	t.Helper()
	for key, value := range want {
		if len(got[key]) != 1 || got.Get(key) != value {
			t.Errorf("sent %s = %q, want %q", key, got[key], value)
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			t.Errorf("sent %s = %q, want no such field", key, got[key])
		}
	}
}

func TestReservationsUpdate(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply(createEndpoint, "reservations/create_ok.json")

	got, err := client.Reservations.Update(t.Context(), proctoru.UpdateReservationParams{CreateReservationParams: tuesdayTwoInParis, Number: "900000515"})
	if err != nil || got.Number != "900000515" {
		t.Fatalf("Update = %v, %v", got, err)
	}
	form := provider.Last(t, createEndpoint).Form
	if form.Get("reservation_no") != "900000515" || form.Get("reservation_id") != tuesdayTwoInParis.ID || form.Get("start_date") != "2026-09-01T12:00:00Z" {
		t.Errorf("Update sent no %q, id %q, start %q", form.Get("reservation_no"), form.Get("reservation_id"), form.Get("start_date"))
	}

	provider.Reply(createEndpoint, envelope(`{"reservation_id": "c0ffee00-1111-4222-8333-444455556666"}`))
	_, err = client.Reservations.Update(t.Context(), proctoru.UpdateReservationParams{CreateReservationParams: tuesdayTwoInParis, Number: "900000515"})
	if !errors.Is(err, proctoru.ErrNumberMissing) || !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		t.Errorf("Update without a number = %v, want ErrNumberMissing and ErrOutcomeUnknown", err)
	}
}

func TestReservationsMove(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply("POST /moveReservation", "reservations/move_ok.json")

	got, err := client.Reservations.Move(t.Context(), proctoru.MoveReservationParams{
		ID: "c0ffee00-1111-4222-8333-444455556666", Number: "900000515", Start: time.Date(2026, 9, 2, 9, 0, 0, 0, paris),
		Notify: proctoru.ChoiceYes, ReturnURL: "https://lms.example.org/back",
	})
	if err != nil {
		t.Fatalf("Move: %v", err)
	}
	if got.Number != "900000518" || got.Balance != "30" || got.URL.String() != "https://demo.proctoru.com/REDACTED" {
		t.Errorf("Move = number %s, balance %s, URL %s", got.Number, got.Balance, got.URL)
	}
	compareForm(t, provider.Last(t, "POST /moveReservation").Form, map[string]string{
		"reservation_id": "c0ffee00-1111-4222-8333-444455556666", "reservation_no": "900000515", "start_date": "2026-09-02T07:00:00Z",
		"notify": "Y", "url_return": "https://lms.example.org/back", "time_sent": "2026-08-20T09:00:00Z",
	})
}

// A success for another id than the one sent proves neither that ours was done nor
// that it was not. An id of digits may come back as a number.
func TestEchoedID(t *testing.T) {
	t.Parallel()
	create, forExam := tuesdayTwoInParis, forExam
	create.ID, forExam.ID = "932", "932"
	exam := finalExam
	exam.ID = "932"
	for wire, call := range map[string]func(*proctoru.Client) error{
		createEndpoint: func(c *proctoru.Client) error { return drop(c.Reservations.Create(t.Context(), create)) },
		"POST /addAdHocProcess ": func(c *proctoru.Client) error {
			return drop(c.Reservations.Update(t.Context(), proctoru.UpdateReservationParams{CreateReservationParams: create, Number: "12"}))
		},
		"POST /addProcess": func(c *proctoru.Client) error { return drop(c.Reservations.CreateForExam(t.Context(), forExam)) },
		"POST /moveReservation": func(c *proctoru.Client) error {
			return drop(c.Reservations.Move(t.Context(), proctoru.MoveReservationParams{ID: "932", Number: "12", Start: now.Add(time.Hour)}))
		},
		"POST /editTermExam": func(c *proctoru.Client) error { return drop(c.Exams.Save(t.Context(), exam)) },
	} {
		for echo, same := range map[string]bool{`"932"`: true, `932`: true, `" 932 "`: true, `null`: true, `""`: true, `"933"`: false, `9320`: false, `"0932"`: false} {
			client, mock := mocked(t, strings.TrimSpace(wire), http.StatusOK, envelope(`{"reservation_no": 12, "exam_no": 5, "reservation_id": `+echo+`, "exam_id": `+echo+`}`))
			err := call(client)
			if (err == nil) != same || !same && (!errors.Is(err, proctoru.ErrOtherID) || !errors.Is(err, proctorbook.ErrOutcomeUnknown) || errors.Is(err, proctorbook.ErrNotDone)) {
				t.Errorf("%s, echo %s: %v, want success %t, or else ErrOtherID and an unknown outcome", wire, echo, err, same)
			}
			if err != nil && strings.Contains(err.Error(), "93") {
				t.Errorf("%s: the error quotes an id: %v", wire, err)
			}
			if n := mock.GetTotalCallCount(); n != 1 {
				t.Errorf("%s, echo %s: %d requests, want 1", wire, echo, n)
			}
		}
	}
}

// A learner's reservation of an exam is canceled without its number; nothing that
// came back unclear is repeated.
func TestReservationsCancel_byExam(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]error{
		envelope(`{"onaccount": "30.00"}`):                         nil,
		envelope(`null`):                                           proctorbook.ErrOutcomeUnknown,
		`{"response_code": 1, "message": ""}`:                      proctorbook.ErrOutcomeUnknown,
		refusal("Reservation Cancelled. : Error count 0 of 50"):    proctoru.ErrAlreadyCanceled,
		refusal("Exam Not found : Error count 0 of 50"):            proctoru.ErrExamNotFound,
		refusal("More than one reservation : Error count 0 of 50"): proctorbook.ErrOutcomeUnknown,
		`<html>`: proctorbook.ErrOutcomeUnknown,
	} {
		client, provider := newTestClient(t)
		provider.Reply("POST /removeReservation", reply)
		got, err := client.Reservations.Cancel(t.Context(), proctoru.CancelReservationParams{StudentID: "learner-7", ExamID: "exam-1"})
		if !errors.Is(err, want) || (err == nil) != (want == nil) || err == nil && got.OnAccount != "30.00" {
			t.Errorf("Cancel, answered %s = %v, %v, want %v", reply, got, err, want)
		}
		if n := len(provider.Requests("POST /removeReservation")); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
		compareForm(t, provider.Last(t, "POST /removeReservation").Form, map[string]string{
			"student_id": "learner-7", "exam_id": "exam-1", "time_sent": "2026-08-20T09:00:00Z",
		})
	}
}

func TestReservationsCancel(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reply         string
		wantOnAccount proctoru.Money
		wantBalance   proctoru.Money
		wantErr       error
		wantOutcome   error
	}{
		"canceled, with credit":   {reply: "reservations/cancel_ok.json", wantOnAccount: "30.00"},
		"canceled, with balance":  {reply: "reservations/cancel_ok_balance.json", wantBalance: "0.0"},
		"canceled before":         {reply: refusal("Reservation Cancelled. : Error count 0 of 50"), wantErr: proctoru.ErrAlreadyCanceled, wantOutcome: proctorbook.ErrNotDone},
		"no such reservation":     {reply: refusal("Reservation Not found : Error count 2 of 50"), wantErr: proctoru.ErrReservationNotFound, wantOutcome: proctorbook.ErrNotDone},
		"success that says null":  {reply: envelope(`null`), wantErr: proctoru.ErrBadData, wantOutcome: proctorbook.ErrOutcomeUnknown},
		"success without members": {reply: envelope(`{}`)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.Reply("POST /removeReservation", tt.reply)

			got, err := client.Reservations.Cancel(t.Context(), proctoru.CancelReservationParams{StudentID: "learner-7", Number: "900000515", Explanation: "ill"})

			if !errors.Is(err, tt.wantErr) || !errors.Is(err, tt.wantOutcome) {
				t.Fatalf("Cancel error = %v, want %v, %v", err, tt.wantErr, tt.wantOutcome)
			}
			if err == nil && (got.OnAccount != tt.wantOnAccount || got.Balance != tt.wantBalance) {
				t.Errorf("Cancel = %q %q, want %q %q", got.OnAccount, got.Balance, tt.wantOnAccount, tt.wantBalance)
			}
			compareForm(t, provider.Last(t, "POST /removeReservation").Form, map[string]string{
				"student_id": "learner-7", "reservation_no": "900000515", "explanation": "ill", "time_sent": "2026-08-20T09:00:00Z",
			})
		})
	}
}

func TestReservationsBegin(t *testing.T) {
	t.Parallel()
	const launch = "https://demo.proctoru.com/session/auto_login?token=EXAMPLE--01"
	unknown := proctorbook.ErrOutcomeUnknown
	tests := map[string]struct {
		reply       string
		wantURL     string
		wantErr     error
		wantOutcome error
	}{
		"begun":                   {reply: "reservations/begin_ok.json", wantURL: launch},
		"too early":               {reply: refusal("Reservation is in the future : Error count 0 of 50"), wantErr: proctoru.ErrTooEarly, wantOutcome: proctorbook.ErrNotDone},
		"rows in place of a URL":  {reply: "reservations/list.json", wantErr: proctoru.ErrNoURL, wantOutcome: unknown},
		"data null":               {reply: envelope(`null`), wantErr: proctoru.ErrNoURL, wantOutcome: unknown},
		"an empty URL":            {reply: envelope(`{"url": ""}`), wantErr: proctoru.ErrNoURL, wantOutcome: unknown},
		"http":                    {reply: envelope(`{"url": "http://demo.proctoru.com/x"}`), wantErr: proctoru.ErrUnsafeURL, wantOutcome: unknown},
		"javascript":              {reply: envelope(`{"url": "javascript:alert(1)"}`), wantErr: proctoru.ErrUnsafeURL, wantOutcome: unknown},
		"another host":            {reply: envelope(`{"url": "https://evil.example/demo.proctoru.com"}`), wantErr: proctoru.ErrUnsafeURL, wantOutcome: unknown},
		"a host that ends alike":  {reply: envelope(`{"url": "https://notproctoru.com/x"}`), wantErr: proctoru.ErrUnsafeURL, wantOutcome: unknown},
		"a host that begins so":   {reply: envelope(`{"url": "https://proctoru.com.evil.example/x"}`), wantErr: proctoru.ErrUnsafeURL, wantOutcome: unknown},
		"user info":               {reply: envelope(`{"url": "https://demo.proctoru.com@evil.example/x"}`), wantErr: proctoru.ErrUnsafeURL, wantOutcome: unknown},
		"user info, allowed host": {reply: envelope(`{"url": "https://ada:pw@demo.proctoru.com/x"}`), wantErr: proctoru.ErrUnsafeURL, wantOutcome: unknown},
		"a backslash":             {reply: envelope(`{"url": "https://evil.example\\.proctoru.com/x"}`), wantErr: proctoru.ErrUnsafeURL, wantOutcome: unknown},
		"a backslash in the path": {reply: envelope(`{"url": "https://demo.proctoru.com/\\evil.example"}`), wantErr: proctoru.ErrUnsafeURL, wantOutcome: unknown},
		"another port":            {reply: envelope(`{"url": "https://demo.proctoru.com:8443/x"}`), wantErr: proctoru.ErrUnsafeURL, wantOutcome: unknown},
		"a line feed":             {reply: envelope(`{"url": "https://demo.proctoru.com/x\ny"}`), wantErr: proctoru.ErrUnsafeURL, wantOutcome: unknown},
		"one row with a URL":      {reply: envelope(`[{"url": "` + launch + `"}]`), wantURL: launch},
		"one row, and no URL":     {reply: envelope(`[{"uri": "` + launch + `"}]`), wantErr: proctoru.ErrNoURL, wantOutcome: unknown},
		"one row, unsafe":         {reply: envelope(`[{"url": "https://evil.example/x"}]`), wantErr: proctoru.ErrUnsafeURL, wantOutcome: unknown},
		"two rows with URLs":      {reply: envelope(`[{"url": "` + launch + `"}, {"url": "` + launch + `2"}]`), wantErr: proctoru.ErrNoURL, wantOutcome: unknown},
		"no rows":                 {reply: envelope(`[]`), wantErr: proctoru.ErrNoURL, wantOutcome: unknown},
		"a row that is a text":    {reply: envelope(`["` + launch + `"]`), wantErr: proctoru.ErrNoURL, wantOutcome: unknown},
		"the bare domain":         {reply: envelope(`{"url": "https://MeazureLearning.com:443/x"}`), wantURL: "https://MeazureLearning.com:443/x"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.Reply("POST /beginReservation", tt.reply)

			got, err := client.Reservations.Begin(t.Context(), proctoru.BeginReservationParams{StudentID: "learner-7", ID: "b-1", Number: "900000515"})

			if !errors.Is(err, tt.wantErr) || !errors.Is(err, tt.wantOutcome) {
				t.Fatalf("Begin error = %v, want %v, %v", err, tt.wantErr, tt.wantOutcome)
			}
			if err == nil && got.URL.Reveal() != tt.wantURL {
				t.Errorf("Begin URL = %q, want %q", got.URL.Reveal(), tt.wantURL)
			}
			compareForm(t, provider.Last(t, "POST /beginReservation").Form, map[string]string{
				"student_id": "learner-7", "reservation_id": "b-1", "reservation_no": "900000515", "time_sent": "2026-08-20T09:00:00Z",
			})
		})
	}
}

func TestReservationsBegin_allowedHost(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t, proctoru.WithLaunchHosts("exams.example.org"))
	for host, wantErr := range map[string]error{"exams.example.org": nil, "eu.exams.example.org": nil, "example.org": proctoru.ErrUnsafeURL} {
		provider.Reply("POST /beginReservation", envelope(`{"url": "https://`+host+`/s?token=1"}`))
		_, err := client.Reservations.Begin(t.Context(), proctoru.BeginReservationParams{StudentID: "learner-7", ID: "b-1"})
		if !errors.Is(err, wantErr) {
			t.Errorf("Begin with a URL at %s = %v, want %v", host, err, wantErr)
		}
	}
}
