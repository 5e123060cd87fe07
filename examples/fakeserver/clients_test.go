package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// dialect is how one of the clients of the past builds its requests.
type dialect struct {
	prefix   string // before the name of the endpoint
	slash    string // after it
	readBy   func(d *dialect, t *testing.T, target string, params map[string]string) *http.Request
	writeBy  func(d *dialect, t *testing.T, target string, params map[string]string) *http.Request
	timeSent func(now time.Time) string // nil: never sent
	start    func(slot map[string]any) string
	zone     string
	noNumber string            // reservation_no of a create; "-" leaves it out
	flags    map[string]string // of a create
	edits    bool              // moves by a create with the number
}

func getForm(_ *dialect, t *testing.T, target string, params map[string]string) *http.Request {
	return newRequest(t, http.MethodGet, target, formType, encode(params))
}

func getQuery(_ *dialect, t *testing.T, target string, params map[string]string) *http.Request {
	return newRequest(t, http.MethodGet, target+"?"+encode(params), formType, "")
}

func postForm(_ *dialect, t *testing.T, target string, params map[string]string) *http.Request {
	return newRequest(t, http.MethodPost, target, formType, encode(params))
}

// postQuery repeats start_date as a header, as one client does to look like another.
func postQuery(_ *dialect, t *testing.T, target string, params map[string]string) *http.Request {
	req := newRequest(t, http.MethodPost, target+"?"+encode(params), "", "")
	if start := params["start_date"]; start != "" {
		req.Header.Set("start_date", start)
	}
	return req
}

// postJSON sends text and null for what is not set.
func postJSON(_ *dialect, t *testing.T, target string, params map[string]string) *http.Request {
	members := map[string]any{"phone2": nil, "exam_id": nil, "comments": nil, "explanation": nil}
	for name, value := range params {
		members[name] = value
	}
	body, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return newRequest(t, http.MethodPost, target, "application/json; charset=utf-8", string(body))
}

func encode(params map[string]string) string {
	form := url.Values{}
	for name, value := range params {
		form.Set(name, value)
	}
	return form.Encode()
}

func layout(layout string, zone *time.Location) func(time.Time) string {
	return func(now time.Time) string { return now.In(zone).Format(layout) }
}

func utcStart(slot map[string]any) string { return fmt.Sprint(slot["start_date"]) }

// localStart books the slot's local time, printed again with its offset.
func localStart(slot map[string]any) string {
	local, err := time.Parse(time.RFC3339, fmt.Sprint(slot["local_start_date"]))
	if err != nil {
		return err.Error()
	}
	return local.Format("2006-01-02T15:04:05.000000-07:00")
}

const romance = "Romance Standard Time"

var dialects = map[string]dialect{
	"python-requests, naive time_sent with microseconds": {
		prefix: "/api/", readBy: getForm, writeBy: postForm, timeSent: layout("2006-01-02T15:04:05.000000", time.UTC),
		start: localStart, zone: romance, noNumber: "-", flags: map[string]string{"takeitnow": "N"}, edits: true,
	},
	"form with a trailing slash, milliseconds": {
		prefix: "/api/", slash: "/", readBy: getQuery, writeBy: postForm, timeSent: layout("2006-01-02T15:04:05.000Z", time.UTC),
		start: utcStart, zone: romance, noNumber: "-", flags: map[string]string{"takeitnow": "N", "notify": "Y", "update": "1"},
	},
	"JSON with nulls, everything as text": {
		prefix: "/api/", readBy: postJSON, writeBy: postJSON, timeSent: layout("2006-01-02T15:04:05Z", time.UTC),
		start: utcStart, zone: strings.ToUpper(romance), noNumber: "0", flags: map[string]string{"takeitnow": "False", "notify": "False"},
	},
	"POST with the parameters in the query": {
		prefix: "/api/", slash: "/", readBy: postQuery, writeBy: postQuery, timeSent: layout("2006-01-02T15:04:05+00:00", time.UTC),
		start: utcStart, zone: romance, noNumber: "", flags: map[string]string{"takeitnow": "N"}, edits: true,
	},
	"POST for everything, upper-case zone, no prefix": {
		prefix: "/", readBy: postForm, writeBy: postForm, timeSent: layout("2006-01-02T15:04:05-0700", time.FixedZone("", -5*3600)),
		start: utcStart, zone: strings.ToUpper(romance), noNumber: "-", flags: map[string]string{"isadhoc": "T", "takeitnow": "F"},
	},
	"no time_sent": {
		prefix: "/api/", readBy: getQuery, writeBy: postForm, start: utcStart, zone: romance, noNumber: "-",
		flags: map[string]string{"active": "T", "notify": "Y", "takeitnow": "N"},
	},
	"JSON, reservation_no empty": {
		prefix: "/api/", slash: "/", readBy: getQuery, writeBy: postJSON, timeSent: layout("2006-01-02T15:04:05-07:00", time.FixedZone("", -6*3600)),
		start: utcStart, zone: romance, noNumber: "", flags: map[string]string{"takeitnow": "N"},
	},
}

// oldClient is one client at work.
type oldClient struct {
	t *testing.T
	dialect
	at *helloProctorU
}

func (c *oldClient) call(by func(*dialect, *testing.T, string, map[string]string) *http.Request, endpoint string, params map[string]string) any {
	c.t.Helper()
	if c.timeSent != nil {
		params["time_sent"] = c.timeSent(time.Now())
	}
	req := by(&c.dialect, c.t, c.at.RootURL+c.prefix+endpoint+c.slash, params)
	req.Header.Set("Authorization-Token", c.at.Token)
	status, members := fetch(c.t, req)
	if status != http.StatusOK || members["response_code"] != 1.0 {
		c.t.Fatalf("%s: %d %v", endpoint, status, members)
	}
	return members["data"]
}

func (c *oldClient) read(endpoint string, params map[string]string) []map[string]any {
	c.t.Helper()
	list, ok := c.call(c.readBy, endpoint, params).([]any)
	if !ok {
		c.t.Fatalf("%s: data is no list", endpoint)
	}
	rows := make([]map[string]any, len(list))
	for i, item := range list {
		rows[i], _ = item.(map[string]any)
	}
	return rows
}

func (c *oldClient) write(endpoint string, params map[string]string) map[string]any {
	c.t.Helper()
	data, ok := c.call(c.writeBy, endpoint, params).(map[string]any)
	if !ok {
		c.t.Fatalf("%s: data is no object", endpoint)
	}
	return data
}

// book asks for a start; number is that of the reservation to edit, or what this
// client sends for none.
func (c *oldClient) book(start, number string) string {
	c.t.Helper()
	params := map[string]string{
		"student_id": "learner-7", "first_name": "Ada", "last_name": "Example", "email": "ada@example.org", "address1": "",
		"country": "FR", "phone1": "+33100000000", "time_zone_id": c.zone, "description": "Logique, été", "duration": "60",
		"notes": "Sans documents", "reservation_id": "c0ffee00-1111-4222-8333-444455556666", "start_date": start,
	}
	for name, value := range c.flags {
		params[name] = value
	}
	if number != "-" {
		params["reservation_no"] = number
	}
	return fmt.Sprintf("%.0f", c.write("addAdHocProcess", params)["reservation_no"])
}

// move uses the way of this client, and returns the number from now on.
func (c *oldClient) move(number, start string) string {
	c.t.Helper()
	if c.edits {
		return c.book(start, number)
	}
	return fmt.Sprintf("%.0f", c.write("moveReservation", map[string]string{
		"reservation_no": number, "reservation_id": "c0ffee00-1111-4222-8333-444455556666", "start_date": start,
	})["reservation_no"])
}

// Clients that others wrote years ago can book, move, begin and cancel.
func TestClientsOfThePast(t *testing.T) {
	t.Parallel()
	for name, d := range dialects {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := serving(t, "-proctoru", "127.0.0.1:0", "-variant", "late-removal=allowed")
			c := &oldClient{t: t, dialect: d, at: h.ProctorU}
			day := time.Now().UTC().AddDate(0, 0, 5).Truncate(24 * time.Hour)

			if zones := c.read("getTimeZoneList", map[string]string{}); len(zones) < 100 {
				t.Errorf("%d zones, want more than 100", len(zones))
			}
			slots := c.read("getScheduleInfoAvailableTimesList", map[string]string{
				"time_zone_id": c.zone, "start_date": day.Format(time.RFC3339), "duration": "60", "isadhoc": "Y", "takeitnow": "N",
			})
			number := c.book(c.start(slots[20]), c.noNumber)
			number = c.move(number, c.start(slots[32]))
			listed := c.read("getStudentReservationList", map[string]string{"student_id": "learner-7"})
			if len(listed) != 1 || listed[0]["start_date"] != slots[32]["start_date"] || listed[0]["description"] != "Logique, été" {
				t.Fatalf("listed %v, want one that starts %v", listed, slots[32]["start_date"])
			}
			must(t, "POST", h.ProctorU.Control+"clock", "to", fmt.Sprint(slots[32]["start_date"]))
			begun := c.write("beginReservation", map[string]string{
				"student_id": "learner-7", "reservation_id": fmt.Sprint(listed[0]["reservation_id"]), "reservation_no": number,
			})
			if url := fmt.Sprint(begun["url"]); !strings.HasPrefix(url, "https://demo.proctoru.com/session/auto_login?token=") {
				t.Errorf("begin: url = %q", url)
			}
			credit := c.write("removeReservation", map[string]string{"student_id": "learner-7", "reservation_no": number, "explanation": "ill"})
			if credit["onaccount"] != "30.00" {
				t.Errorf("cancel: %v, want the credit", credit)
			}
			if left := c.read("getStudentReservationList", map[string]string{"student_id": "learner-7"}); len(left) != 0 {
				t.Errorf("%d reservations are left, want none", len(left))
			}
		})
	}
}
