package proctoru_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-querystring/query"

	"github.com/proctorbook/proctorbook/proctoru"
)

// The two benchmarks send the same fields over a kept connection to the same
// server, which allocates nothing per request, and decode the same answer. What
// the client costs is the difference.

const benchAnswer = `{"time_sent": "2026-09-01T12:00:05Z", "response_code": 1, "message": "", "data": {"balance": 0.0, "reservation_id": "c0ffee00-1111-4222-8333-444455556666", "reservation_no": 900000515, "url": "https://demo.proctoru.com/students/reservations?login_token=EXAMPLE--00"}}`

func BenchmarkCreate(b *testing.B) {
	client := newClient(b, benchServer(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Reservations.Create(context.Background(), tuesdayTwoInParis); err != nil {
			b.Fatal(err)
		}
	}
}

// One call allocates no more often than bare net/http with go-querystring does. It is not
// parallel: what others allocate would count.
func TestCreate_allocations(t *testing.T) {
	if proctoru.RaceEnabled {
		t.Skip("the race detector allocates too")
	}
	client := newClient(t, benchServer(t))
	ours := testing.AllocsPerRun(200, func() {
		if _, err := client.Reservations.Create(context.Background(), tuesdayTwoInParis); err != nil {
			t.Fatal(err)
		}
	})
	bare := testing.AllocsPerRun(200, bareCall(t))
	t.Logf("%.0f allocations, bare net/http %.0f", ours, bare)
	if ours > bare {
		t.Errorf("%.0f allocations, bare net/http %.0f: want no more", ours, bare)
	}
}

func BenchmarkBareNetHTTP(b *testing.B) {
	call := bareCall(b)
	b.ReportAllocs()
	for b.Loop() {
		call()
	}
}

// bareCall sends the same fields without the client.
func bareCall(b testing.TB) func() {
	base := benchServer(b)
	p := tuesdayTwoInParis
	client := &http.Client{Transport: &http.Transport{}}
	return func() {
		s := p.Student
		form, err := query.Values(bareForm{
			StudentID: s.ID, FirstName: s.FirstName, LastName: s.LastName, Email: s.Email, Address1: s.Address1, Address2: s.Address2,
			City: s.City, State: s.State, ZipCode: s.ZipCode, Country: s.Country, Phone: s.Phone, ZoneID: s.ZoneID, ID: p.ID,
			Start: p.Start.UTC().Format(time.RFC3339), Duration: 90, Description: p.Description, Notes: p.Notes,
			Password: p.ExamPassword.Reveal(), TakeItNow: "N", TimeSent: now.Format(time.RFC3339),
		})
		if err != nil {
			b.Fatal(err)
		}
		if err := bareCreate(client, base, form.Encode()); err != nil {
			b.Fatal(err)
		}
	}
}

type bareForm struct {
	StudentID   string `url:"student_id"`
	FirstName   string `url:"first_name"`
	LastName    string `url:"last_name"`
	Email       string `url:"email"`
	Address1    string `url:"address1,omitempty"`
	Address2    string `url:"address2,omitempty"`
	City        string `url:"city,omitempty"`
	State       string `url:"state,omitempty"`
	ZipCode     string `url:"zipcode,omitempty"`
	Country     string `url:"country"`
	Phone       string `url:"phone1"`
	ZoneID      string `url:"time_zone_id"`
	ID          string `url:"reservation_id"`
	Start       string `url:"start_date"`
	Duration    int    `url:"duration"`
	Description string `url:"description"`
	Notes       string `url:"notes,omitempty"`
	Password    string `url:"exam_password,omitempty"`
	TakeItNow   string `url:"takeitnow"`
	Number      string `url:"reservation_no,omitempty"`
	Comments    string `url:"comments,omitempty"`
	ExamURL     string `url:"exam_url,omitempty"`
	ReturnURL   string `url:"url_return,omitempty"`
	Notify      string `url:"notify,omitempty"`
	Update      string `url:"update,omitempty"`
	Active      string `url:"active,omitempty"`
	Preset      string `url:"preset,omitempty"`
	Department  string `url:"department_id,omitempty"`
	CourseNo    string `url:"courseno,omitempty"`
	Resources   string `url:"permitted_resources_list,omitempty"`
	OtherNotes  string `url:"other_notes,omitempty"`
	TimeSent    string `url:"time_sent"`
}

func bareCreate(client *http.Client, base, form string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/addAdHocProcess", strings.NewReader(form))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization-Token", testToken)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Code    int    `json:"response_code"`
		Message string `json:"message"`
		Data    struct {
			ID      string      `json:"reservation_id"`
			Number  json.Number `json:"reservation_no"`
			Balance json.Number `json:"balance"`
			URL     string      `json:"url"`
		} `json:"data"`
	}
	return json.Unmarshal(body, &answer)
}

// benchServer answers each request with the same bytes, on raw connections.
func benchServer(b testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answerAll(conn)
		}
	}()
	return "http://" + l.Addr().String() + "/api"
}

// answerAll answers when a request has arrived, which ends with its form: each
// request here fits into one read.
func answerAll(conn net.Conn) {
	defer conn.Close()
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(benchAnswer)) + "\r\n\r\n" + benchAnswer)
	buf := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if !bytes.Contains(buf[:n], []byte("takeitnow=")) {
			continue
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}
