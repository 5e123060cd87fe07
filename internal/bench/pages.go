package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

const rowsOfAPage = 100

// readPages compares one page of 100 enrollments.
func readPages() (comparison, error) {
	var rows []string
	for i := range rowsOfAPage {
		rows = append(rows, fmt.Sprintf(`{"created":"2026-02-11T19:44:31.802434Z","mode":"verified","is_active":true,"user":"learner_%03d",`+
			`"course_id":"course-v1:ExampleX+CS101+2026_T1"}`, i))
	}
	s, client, err := newPlatform(always(`{"next":null,"previous":null,"results":[` + strings.Join(rows, ",") + `]}`))
	if err != nil {
		return comparison{}, err
	}
	bare := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	return comparison{
		ours: func() error {
			page, err := client.Enrollments.List(context.Background(), edx.ListEnrollmentsParams{Course: course})
			if err == nil && len(page.Items) != rowsOfAPage {
				err = fmt.Errorf("%d rows", len(page.Items))
			}
			return err
		},
		others: []other{
			{"decoder", func() error { return pageBare(bare, s.url()) }, []goal{{duration, 0, 0}, {allocations, 0, 0}, {allocated, 0, 0}}},
		},
		repeat: 30, rounds: 301, hurried: 151, close: s.close,
	}, nil
}

// pageBare reads a page by net/http and a json.Decoder alone.
func pageBare(client *http.Client, base string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/enrollment/v1/enrollments?course_id=course-v1%3AExampleX%2BCS101%2B2026_T1", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "JWT "+platformToken)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	var page struct {
		Next    *string `json:"next"`
		Results []struct {
			User     string    `json:"user"`
			Course   string    `json:"course_id"`
			Mode     string    `json:"mode"`
			IsActive bool      `json:"is_active"`
			Created  time.Time `json:"created"`
		} `json:"results"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&page); err != nil {
		return err
	}
	if len(page.Results) != rowsOfAPage {
		return fmt.Errorf("%d rows", len(page.Results))
	}
	return nil
}
