package proctoru_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

const slotsEndpoint = "GET /getScheduleInfoAvailableTimesList"

var firstOfSeptember = proctoru.SlotsParams{ZoneID: "Romance Standard Time", Start: time.Date(2026, 9, 1, 0, 0, 0, 0, paris), Duration: time.Hour}

func TestSlotsList(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reply   string
		want    []string // starts, UTC
		wantErr error
	}{
		// The second slot's local_start_date has a false Z: the instant is start_date's.
		"two":                     {reply: "slots/list.json", want: []string{"2026-09-01T12:00:00Z", "2026-09-01T12:15:00Z"}},
		"one object for a list":   {reply: envelope(`{"start_date": "2026-09-01T14:00:00+02:00"}`), want: []string{"2026-09-01T12:00:00Z"}},
		"none":                    {reply: envelope(`[]`)},
		"no list, but null":       {reply: envelope(`null`), wantErr: proctoru.ErrNoList},
		"no list, but an object":  {reply: envelope(`{}`), wantErr: proctoru.ErrNoList},
		"no list, but a text":     {reply: envelope(`""`), wantErr: proctoru.ErrNoList},
		"no data":                 {reply: `{"response_code": 1, "message": ""}`, wantErr: proctoru.ErrNoList},
		"none as an error":        {reply: "slots/none_as_error.json"},
		"a start that is no time": {reply: envelope(`[{"start_date": "soon"}]`), wantErr: proctoru.ErrBadData},
		"a start that is missing": {reply: envelope(`[{"local_start_date": "2026-09-01T12:00:00Z"}]`), wantErr: proctoru.ErrBadData},
		"unknown exam":            {reply: refusal("Exam Not found : Error count 0 of 50"), wantErr: proctoru.ErrExamNotFound},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.Reply(slotsEndpoint, tt.reply)

			slots, err := client.Slots.List(t.Context(), firstOfSeptember)

			if !errors.Is(err, tt.wantErr) || (err == nil) != (tt.wantErr == nil) {
				t.Fatalf("List error = %v, want %v", err, tt.wantErr)
			}
			var got []string
			for _, s := range slots {
				got = append(got, s.Start.Format(time.RFC3339))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("List = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSlotsList_fees(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply(slotsEndpoint, "slots/list.json")

	slots, err := client.Slots.List(t.Context(), firstOfSeptember)
	if err != nil {
		t.Fatal(err)
	}
	want := []proctoru.Slot{
		{Start: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC), Fee: "30", PremiumFee: "0", DiscountFee: "0"},
		{Start: time.Date(2026, 9, 1, 12, 15, 0, 0, time.UTC), Fee: "30.00", PremiumFee: "8.50"},
	}
	if !slices.Equal(slots, want) {
		t.Errorf("List = %+v, want %+v", slots, want)
	}
}

func TestSlotsList_wire(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply(slotsEndpoint, envelope(`[]`))

	if _, err := client.Slots.List(t.Context(), firstOfSeptember); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"time_zone_id": "Romance Standard Time", "start_date": "2026-08-31T22:00:00Z", "duration": "60",
		"isadhoc": "Y", "takeitnow": "N", "time_sent": "2026-08-20T09:00:00Z",
	}
	compareForm(t, provider.Last(t, slotsEndpoint).Query, want)

	forExam := firstOfSeptember
	forExam.ExamID, forExam.StudentID, forExam.Number, forExam.TakeItNow = "exam-1", "learner-7", "12", true
	if _, err := client.Slots.List(t.Context(), forExam); err != nil {
		t.Fatal(err)
	}
	want["isadhoc"], want["takeitnow"], want["exam_id"], want["student_id"], want["reservation_no"] = "N", "Y", "exam-1", "learner-7", "12"
	compareForm(t, provider.Last(t, slotsEndpoint).Query, want)
}

// An exam of the list has a length of its own, and needs no zone.
func TestSlotsList_examAlone(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply(slotsEndpoint, envelope(`[]`))
	params := proctoru.SlotsParams{StudentID: "learner-7", ExamID: "exam-1", Start: firstOfSeptember.Start}
	if _, err := client.Slots.List(t.Context(), params); err != nil {
		t.Fatal(err)
	}
	compareForm(t, provider.Last(t, slotsEndpoint).Query, map[string]string{
		"student_id": "learner-7", "exam_id": "exam-1", "start_date": "2026-08-31T22:00:00Z", "isadhoc": "N", "takeitnow": "N", "time_sent": "2026-08-20T09:00:00Z",
	})
}
