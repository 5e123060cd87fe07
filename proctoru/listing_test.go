package proctoru_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

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
