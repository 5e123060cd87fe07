package proctoru_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

const activityEndpoint = "POST /clientActivityReport"

func activity(t *testing.T, client *proctoru.Client, params proctoru.ActivityParams) (rows []proctoru.ActivityRow, err error) {
	t.Helper()
	for row, rowErr := range client.Reports.Activity(t.Context(), params) {
		if err != nil {
			t.Fatal("Activity yields after an error")
		}
		if err = rowErr; err == nil {
			rows = append(rows, row)
		}
	}
	return rows, err
}

// A row is kept as it came where that is asked for, and is not part of the whole answer.
func TestReportsActivity_keepRaw(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		client, provider := newTestClient(t)
		provider.Reply(activityEndpoint, "reports/activity.json")
		rows, err := activity(t, client, proctoru.ActivityParams{StudentID: "learner-7", KeepRaw: keep})
		if err != nil || len(rows) == 0 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, row := range rows {
			var kept struct{ ReservationNo json.Number }
			raw := row.Raw.Reveal()
			switch {
			case !keep && raw != nil:
				t.Errorf("Raw of %d bytes, though nobody asked", len(raw))
			case keep && (json.Unmarshal(raw, &kept) != nil || kept.ReservationNo.String() != string(row.Number) || cap(raw) > 2*len(raw)):
				t.Errorf("Raw = %s with room for %d bytes, want the row %s alone", raw, cap(raw), row.Number)
			}
		}
	}
}

func TestReportsActivity(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply(activityEndpoint, "reports/activity.json")

	rows, err := activity(t, client, proctoru.ActivityParams{StudentID: "learner-7"})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 {
		t.Fatalf("Activity = %d rows, want 2: the first is there three times", len(rows))
	}
	ended, canceled := rows[0], rows[1]
	if ended.StudentID != "learner-7" || ended.Number != "900000515" || !ended.Start.Equal(time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)) ||
		!ended.End.Equal(time.Date(2026, 9, 1, 13, 0, 0, 0, time.UTC)) || ended.SchoolNotes.Reveal() != "Closed book" {
		t.Errorf("row 0 = %+v", ended)
	}
	if ended.Canceled() || !ended.Started() || !ended.Ended() || !ended.Authenticated || !ended.TestSubmitted || ended.Escalated || ended.IncidentReport {
		t.Errorf("row 0: canceled %t, started %t, ended %t, flags %+v", ended.Canceled(), ended.Started(), ended.Ended(), ended)
	}
	if !canceled.Canceled() || canceled.Started() || canceled.StudentID != "" || canceled.Number != "900000400" || !canceled.Start.IsZero() || !canceled.End.IsZero() {
		t.Errorf("row 1: canceled %t, started %t, %+v", canceled.Canceled(), canceled.Started(), canceled)
	}
	if canceled.CheckID || canceled.Authenticated || !canceled.IncidentReport || !canceled.Escalated {
		t.Errorf("row 1: flags given as texts are wrong: %+v", canceled)
	}
	compareForm(t, provider.Last(t, activityEndpoint).Form, map[string]string{"student_id": "learner-7", "time_sent": "2026-08-20T09:00:00Z"})
}

func TestReportsActivity_interval(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply(activityEndpoint, envelope(`[]`))

	from := time.Date(2026, 9, 1, 0, 0, 0, 0, paris)
	rows, err := activity(t, client, proctoru.ActivityParams{Start: from, End: from.AddDate(0, 0, 10)})
	if err != nil || len(rows) != 0 {
		t.Fatalf("Activity = %v, %v", rows, err)
	}
	compareForm(t, provider.Last(t, activityEndpoint).Form, map[string]string{
		"start_date": "2026-08-31T22:00:00Z", "end_date": "2026-09-10T22:00:00Z", "time_sent": "2026-08-20T09:00:00Z",
	})
}

func TestReportsActivity_shapes(t *testing.T) {
	t.Parallel()
	row := func(i int) string { return fmt.Sprintf(`{"ReservationNo": %d}`, i) }
	many := func(n int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = row(i + 1)
		}
		return envelope("[" + strings.Join(all, ",") + "]")
	}
	tests := map[string]struct {
		status   int
		reply    string
		wantRows int
		wantErr  error
	}{
		"an empty list":          {reply: envelope(` [ ] `)},
		"null":                   {reply: envelope(`null`), wantErr: proctoru.ErrNoList},
		"an empty object":        {reply: envelope(`{}`), wantErr: proctoru.ErrNoList},
		"missing":                {reply: `{"response_code": 1}`, wantErr: proctoru.ErrNoList},
		"an empty text":          {reply: envelope(`""`), wantErr: proctoru.ErrNoList},
		"one object":             {reply: envelope(row(1)), wantRows: 1},
		"repeats far apart":      {reply: envelope("[" + row(1) + "," + row(2) + "," + row(1) + "," + row(2) + "]"), wantRows: 2},
		"the old learner column": {reply: envelope(`[{"Student_id": "learner-7"}]`), wantRows: 1},
		"10,000 rows":            {reply: many(10_000), wantRows: 10_000},
		"10,001 rows":            {reply: many(10_001), wantErr: proctoru.ErrTooLarge},
		"a row that is a number": {reply: envelope("[" + row(1) + ", 5]"), wantRows: 1, wantErr: proctoru.ErrBadData},
		"unknown learner":        {reply: refusal("Student Not found : Error count 0 of 50"), wantErr: proctoru.ErrStudentNotFound},
		"too long an interval":   {status: 500, reply: "<h1>timeout</h1>", wantErr: proctoru.ErrServer},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.ReplyStatus(activityEndpoint, max(tt.status, 200), tt.reply)

			rows, err := activity(t, client, proctoru.ActivityParams{StudentID: "learner-7"})

			if !errors.Is(err, tt.wantErr) || (err == nil) != (tt.wantErr == nil) {
				t.Fatalf("Activity error = %v, want %v", err, tt.wantErr)
			}
			if len(rows) != tt.wantRows {
				t.Errorf("Activity = %d rows, want %d", len(rows), tt.wantRows)
			}
		})
	}
}

// Some accounts send null for days on which nothing happened. What is missing is no report.
func TestReportsActivity_nothingHappened(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for data, want := range map[string]error{envelope(`null`): nil, envelope(`[]`): nil, envelope(`{}`): proctoru.ErrNoList, `{"response_code": 1}`: proctoru.ErrNoList} {
		client, provider := newTestClient(t)
		provider.ReplyStatus(activityEndpoint, 200, data)
		rows, err := activity(t, client, proctoru.ActivityParams{Start: day, End: day.AddDate(0, 0, 1)})
		if len(rows) != 0 || !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s: %d rows, error = %v, want %v", data, len(rows), err, want)
		}
	}
}

func TestReportsActivity_stops(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply(activityEndpoint, "reports/activity.json")
	rows := client.Reports.Activity(t.Context(), proctoru.ActivityParams{StudentID: "learner-7"})
	if n := len(provider.Requests(activityEndpoint)); n != 0 {
		t.Errorf("%d requests before the range began, want 0", n)
	}
	for range rows {
		break
	}
	if n := len(provider.Requests(activityEndpoint)); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}
