package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook/edx"
)

const enrollmentAnswer = `{"created":"2026-02-11T19:44:31.802434Z","mode":"verified","is_active":true,"user":"ada_l",` +
	`"course_details":{"course_id":"course-v1:ExampleX+CS101+2026_T1","course_name":"Logic & Proof","enrollment_start":null,` +
	`"enrollment_end":"2026-03-16T22:00:00Z","course_start":"2026-03-02T08:00:00Z","course_end":"2026-07-31T22:00:00Z",` +
	`"invite_only":false,"pacing_type":"Instructor Paced","course_modes":[{"slug":"verified","name":"Verified Certificate",` +
	`"min_price":49,"suggested_prices":"","currency":"usd","expiration_datetime":"2026-06-01T00:00:00Z","description":null,` +
	`"sku":null,"bulk_sku":null}]}}`

const platformToken = "EXAMPLE.TOKEN.0123456789"

var course = edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1")

// newPlatform returns a client of a platform that answers so. The client signs in by
// itself, once; the code by hand has its token from the start.
func newPlatform(answer func(request) []byte) (*server, *edx.Client, error) {
	token := answerOf(`{"access_token":"` + platformToken + `","expires_in":86400,"token_type":"JWT"}`)
	s, err := serve(func(r request) []byte {
		if bytes.HasPrefix(r, []byte("POST /oauth2/")) {
			return token
		}
		return answer(r)
	})
	if err != nil {
		return nil, nil, err
	}
	client, err := edx.NewClient(s.url(), edx.WithClientCredentials("example", "example-secret"), edx.WithLimiter(rate.NewLimiter(rate.Inf, 1)))
	return s, client, err
}

// readEnrollment compares one enrollment that is read, with its course and modes.
func readEnrollment() (comparison, error) {
	s, client, err := newPlatform(always(enrollmentAnswer))
	if err != nil {
		return comparison{}, err
	}
	bare := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	retrying := retryablehttp.NewClient()
	retrying.Logger = nil
	return comparison{
		ours: func() error {
			_, err := client.Enrollments.Get(context.Background(), "ada_l", course)
			return err
		},
		others: []other{
			{"bare", func() error { return getBare(bare, s.url()) }, []goal{{duration, 1.10, 0}, {allocations, 0, 16}, {allocated, 0, 0}}},
			{"retryablehttp", func() error { return getRetrying(retrying, s.url()) }, []goal{{duration, 0, 0}, {allocations, 0, 0}, {allocated, 0, 0}}},
		},
		repeat: 100, rounds: 301, hurried: 151, close: s.close,
	}, nil
}

// enrollLearner compares one enrollment that is made: both sides read first, since the
// platform refuses what is so already once the time of enrollment is over.
func enrollLearner() (comparison, error) {
	read, written := answerOf("null"), answerOf(enrollmentAnswer)
	s, client, err := newPlatform(func(r request) []byte {
		if r.isPost() {
			return written
		}
		return read
	})
	if err != nil {
		return comparison{}, err
	}
	bare := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	return comparison{
		ours: func() error {
			_, err := client.Enrollments.Enroll(context.Background(), edx.EnrollParams{Username: "ada_l", Course: course, Mode: edx.Verified})
			return err
		},
		others: []other{
			{"bare", func() error { return enrollBare(bare, s.url()) }, []goal{{duration, 1.10, 0}, {allocations, 0, 0}, {allocated, 0, 0}}},
		},
		repeat: 50, rounds: 301, hurried: 151, close: s.close,
	}, nil
}

// enrollment is what the code by hand makes of an answer.
type enrollment struct {
	User     string    `json:"user"`
	Mode     string    `json:"mode"`
	IsActive bool      `json:"is_active"`
	Created  time.Time `json:"created"`
	Course   *struct {
		ID              string     `json:"course_id"`
		Name            string     `json:"course_name"`
		Start           *time.Time `json:"course_start"`
		End             *time.Time `json:"course_end"`
		EnrollmentStart *time.Time `json:"enrollment_start"`
		EnrollmentEnd   *time.Time `json:"enrollment_end"`
		InviteOnly      bool       `json:"invite_only"`
		Pacing          string     `json:"pacing_type"`
		Modes           []struct {
			Slug        string      `json:"slug"`
			Name        string      `json:"name"`
			MinPrice    json.Number `json:"min_price"`
			Suggested   string      `json:"suggested_prices"`
			Currency    string      `json:"currency"`
			Expires     *time.Time  `json:"expiration_datetime"`
			Description *string     `json:"description"`
			SKU         *string     `json:"sku"`
			BulkSKU     *string     `json:"bulk_sku"`
		} `json:"course_modes"`
	} `json:"course_details"`
}

func enrollmentURL(base string) string {
	return base + "/api/enrollment/v1/enrollment/" + url.PathEscape("ada_l") + "," + url.PathEscape(course.String())
}

// getBare reads an enrollment by net/http and encoding/json alone; nil without an error
// means that there is none.
func getBare(client *http.Client, base string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, enrollmentURL(base), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "JWT "+platformToken)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	found, err := readOne(resp)
	if err == nil && found == nil {
		err = errors.New("not enrolled")
	}
	return err
}

// getRetrying reads it by go-retryablehttp alone.
func getRetrying(client *retryablehttp.Client, base string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, enrollmentURL(base), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "JWT "+platformToken)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	found, err := readOne(resp)
	if err == nil && found == nil {
		err = errors.New("not enrolled")
	}
	return err
}

// enrollBare enrolls by net/http and encoding/json alone.
func enrollBare(client *http.Client, base string) error {
	if err := getBare(client, base); err == nil || err.Error() != "not enrolled" {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	body, err := json.Marshal(struct {
		Course   map[string]string `json:"course_details"`
		User     string            `json:"user"`
		Mode     string            `json:"mode"`
		IsActive bool              `json:"is_active"`
	}{map[string]string{"course_id": course.String()}, "ada_l", "verified", true})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/api/enrollment/v1/enrollment", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "JWT "+platformToken)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	made, err := readOne(resp)
	if err == nil && (made == nil || made.Mode != "verified" || !made.IsActive) {
		err = errors.New("not applied")
	}
	return err
}

func readOne(resp *http.Response) (*enrollment, error) {
	defer resp.Body.Close()
	body, err := readBounded(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	var e *enrollment
	err = json.Unmarshal(body, &e)
	return e, err
}
