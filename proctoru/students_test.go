package proctoru_test

import (
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

func TestStudentsSave(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reply       string
		want        proctoru.SavedStudent
		wantErr     error
		wantOutcome error
	}{
		"saved":                   {reply: "students/save_ok.json", want: proctoru.SavedStudent{ProfileComplete: true, TermsAccepted: true}},
		"saved, nothing told":     {reply: envelope(`null`)},
		"unknown zone":            {reply: refusal("TimeZone not found. : Error count 0 of 50"), wantErr: proctoru.ErrTimeZoneNotFound, wantOutcome: proctorbook.ErrNotDone},
		"words that nobody knows": {reply: refusal("Email is taken"), wantErr: proctorbook.ErrOutcomeUnknown, wantOutcome: proctorbook.ErrOutcomeUnknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.Reply("POST /editStudent", tt.reply)

			got, err := client.Students.Save(t.Context(), ada)

			if !errors.Is(err, tt.wantErr) || !errors.Is(err, tt.wantOutcome) {
				t.Fatalf("Save error = %v, want %v, %v", err, tt.wantErr, tt.wantOutcome)
			}
			if err == nil && (got.ProfileComplete != tt.want.ProfileComplete || got.HasImage != tt.want.HasImage || got.TermsAccepted != tt.want.TermsAccepted) {
				t.Errorf("Save = %+v, want %+v", *got, tt.want)
			}
			compareForm(t, provider.Last(t, "POST /editStudent").Form, map[string]string{
				"student_id": "learner-7", "first_name": "Ada", "last_name": "Exampleova", "email": "ada@example.org", "address1": "1 Secret Street",
				"address2": "Flat Canary", "city": "Rueil-Exemple", "state": "Ile-Test", "zipcode": "ZIP-0042", "country": "FR",
				"phone1": "+33100000000", "time_zone_id": "Romance Standard Time", "time_sent": "2026-08-20T09:00:00Z",
			})
		})
	}
}
