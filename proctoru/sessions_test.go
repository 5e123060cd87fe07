package proctoru_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

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

// Only an array says that there is no reservation. Everything else that may stand
// for an empty list is an error here.
func TestReservationsList(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reply    string
		wantRows int
		wantErr  error
	}{
		"one":                  {reply: "reservations/list.json", wantRows: 1},
		"an empty list":        {reply: envelope(`[ ]`), wantRows: 0},
		"one object":           {reply: envelope(`{"reservation_no": "12", "reservation_id": 932}`), wantRows: 1},
		"10,000 rows":          {reply: envelope("[" + strings.Repeat(`{"reservation_no":1},`, 9_999) + `{}]`), wantRows: 10_000},
		"10,001 rows":          {reply: envelope("[" + strings.Repeat(`{"reservation_no":1},`, 10_000) + `{}]`), wantErr: proctoru.ErrTooLarge},
		"null":                 {reply: envelope(`null`), wantErr: proctoru.ErrNoList},
		"an empty object":      {reply: envelope(`{ }`), wantErr: proctoru.ErrNoList},
		"an empty text":        {reply: envelope(`""`), wantErr: proctoru.ErrNoList},
		"missing":              {reply: `{"response_code": 1, "message": ""}`, wantErr: proctoru.ErrNoList},
		"a text":               {reply: envelope(`"none"`), wantErr: proctoru.ErrBadData},
		"a number":             {reply: envelope(`0`), wantErr: proctoru.ErrBadData},
		"a row that is null":   {reply: envelope(`[null]`), wantErr: proctoru.ErrBadData},
		"a row that is a list": {reply: envelope(`[{}, []]`), wantErr: proctoru.ErrBadData},
		"unknown learner":      {reply: refusal("Student Not found : Error count 0 of 50"), wantErr: proctoru.ErrStudentNotFound},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.Reply("GET /getStudentReservationList", tt.reply)

			got, err := client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "learner-7"})

			if !errors.Is(err, tt.wantErr) || (err == nil) != (tt.wantErr == nil) {
				t.Fatalf("List error = %v, want %v", err, tt.wantErr)
			}
			if len(got) != tt.wantRows {
				t.Errorf("List = %d rows, want %d", len(got), tt.wantRows)
			}
			if err == nil && got == nil {
				t.Error("List = nil without an error, want an empty slice")
			}
		})
	}
}

func TestReservationsList_row(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply("GET /getStudentReservationList", "reservations/list.json")

	rows, err := client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "ada@example.org", Status: proctoru.ReservationCanceled})
	if err != nil || len(rows) != 1 {
		t.Fatalf("List = %v, %v", rows, err)
	}
	got := rows[0]
	got.Raw = nil
	want := proctoru.ListedReservation{
		ID: "c0ffee00-1111-4222-8333-444455556666", Number: "900000515", Description: "COURSE run1 - Final exam",
		Test: "COURSE run1 - Final exam", Start: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC),
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("List row = %+v, want %+v", got, want)
	}
	last := provider.Last(t, "GET /getStudentReservationList")
	compareForm(t, last.Query, map[string]string{"student_id": "ada@example.org", "status": "cancelled", "time_sent": "2026-08-20T09:00:00Z"})
	if len(last.Form) != 0 {
		t.Errorf("a GET was sent with a form of %d fields", len(last.Form))
	}
}

// Odd times and numbers of a row are zero, and stay in Raw.
func TestReservationsList_oddRow(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply("GET /getStudentReservationList", envelope(`[{"reservation_no": "n/a", "reservation_id": 932, "start_date": "tomorrow", "escalated": "Y", "status": "new"}]`))

	rows, err := client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "learner-7"})
	if err != nil || len(rows) != 1 {
		t.Fatalf("List = %v, %v", rows, err)
	}
	r := rows[0]
	if r.Number != "" || r.ID != "932" || !r.Start.IsZero() || !r.Escalated {
		t.Errorf("List row = number %q, id %q, start %v, escalated %t", r.Number, r.ID, r.Start, r.Escalated)
	}
	if !strings.Contains(string(r.Raw.Reveal()), `"status": "new"`) {
		t.Error("Raw has lost a member that the client does not know")
	}
}
