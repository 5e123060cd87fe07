package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook/proctoru"
)

const createAnswer = `{"time_sent": "2026-09-01T12:00:05Z", "response_code": 1, "message": "", "data": {"balance": 0.0, ` +
	`"reservation_id": "c0ffee00-1111-4222-8333-444455556666", "reservation_no": 900000515, ` +
	`"url": "https://demo.proctoru.com/students/reservations?login_token=EXAMPLE--00"}}`

const createToken = "0123456789abcdef0123456789abcdef"

var reservation = proctoru.CreateReservationParams{
	ID: "c0ffee00-1111-4222-8333-444455556666", Start: time.Date(2096, 9, 1, 12, 0, 0, 0, time.UTC), Duration: 90 * time.Minute,
	Description: "COURSE run1 - Final exam", Notes: "Closed book & open window", ExamPassword: "example-password",
	Student: proctoru.Student{
		ID: "learner-7", FirstName: "Ada", LastName: "Example", Email: "ada@example.org", Address1: "1 Example St", City: "Paris",
		Country: "FR", Phone: "0155501234", ZoneID: "Romance Standard Time",
	},
}

// createReservation compares one reservation: a form of 20 fields, sent once, and an
// answer whose number and URL are read.
func createReservation() (comparison, error) {
	s, err := serve(always(createAnswer))
	if err != nil {
		return comparison{}, err
	}
	client, err := proctoru.NewClient(s.url()+"/api", createToken, proctoru.WithLimiter(rate.NewLimiter(rate.Inf, 1)))
	if err != nil {
		return comparison{}, err
	}
	bare := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	retrying := retryablehttp.NewClient()
	retrying.Logger = nil
	return comparison{
		ours: func() error {
			_, err := client.Reservations.Create(context.Background(), reservation)
			return err
		},
		others: []other{
			{"bare", func() error { return createBare(bare, s.url()+"/api") }, []goal{{duration, 1.10, 0}, {allocations, 0, 10}, {allocated, 0, 0}}},
			{"retryablehttp", func() error { return createRetrying(retrying, s.url()+"/api") }, []goal{{duration, 0, 0}, {allocations, 0, 0}, {allocated, 0, 0}}},
		},
		repeat: 100, rounds: 301, hurried: 151, close: s.close,
	}, nil
}

// createBare is the call by net/http and encoding/json alone.
func createBare(client *http.Client, base string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/addAdHocProcess", strings.NewReader(createForm().Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization-Token", createToken)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	return readCreated(resp)
}

// createRetrying is the call by go-retryablehttp alone. Its own policy would send a
// reservation twice after a lost answer.
func createRetrying(client *retryablehttp.Client, base string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, base+"/addAdHocProcess", strings.NewReader(createForm().Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization-Token", createToken)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	return readCreated(resp)
}

func createForm() url.Values {
	s := reservation.Student
	return url.Values{
		"student_id": {s.ID}, "first_name": {s.FirstName}, "last_name": {s.LastName}, "email": {s.Email}, "address1": {s.Address1},
		"city": {s.City}, "country": {s.Country}, "phone1": {s.Phone}, "time_zone_id": {s.ZoneID}, "reservation_id": {reservation.ID},
		"start_date":  {reservation.Start.UTC().Format(time.RFC3339)},
		"duration":    {strconv.Itoa(int(reservation.Duration / time.Minute))},
		"description": {reservation.Description}, "notes": {reservation.Notes}, "exam_password": {reservation.ExamPassword.Reveal()},
		"takeitnow": {"N"}, "time_sent": {time.Now().UTC().Format(time.RFC3339)},
	}
}

// created is what the code by hand makes of the answer.
type created struct {
	Code    int    `json:"response_code"`
	Message string `json:"message"`
	Data    struct {
		ID      string      `json:"reservation_id"`
		Number  json.Number `json:"reservation_no"`
		Balance json.Number `json:"balance"`
		URL     string      `json:"url"`
	} `json:"data"`
}

func readCreated(resp *http.Response) error {
	defer resp.Body.Close()
	body, err := readBounded(resp.Body)
	if err != nil {
		return err
	}
	var answer created
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || answer.Code != 1 || answer.Data.Number == "" {
		return fmt.Errorf("status %d, code %d", resp.StatusCode, answer.Code)
	}
	if u, err := url.Parse(answer.Data.URL); err != nil || u.Scheme != "https" {
		return errors.New("the URL is not safe to open")
	}
	return nil
}
