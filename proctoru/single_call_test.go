package proctoru_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/proctorbook/proctorbook/proctoru"
)

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
