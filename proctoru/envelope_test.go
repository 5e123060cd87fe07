package proctoru_test

import (
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

const mockURL = "http://127.0.0.1/api"

// mocked returns a client whose one endpoint answers so, whatever it is sent.
func mocked(t testing.TB, wire string, status int, body string) (*proctoru.Client, *httpmock.MockTransport) {
	t.Helper()
	method, path, _ := strings.Cut(wire, " ")
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(method, mockURL+path, httpmock.NewStringResponder(status, body))
	return newClient(t, mockURL, proctoru.WithTransport(mock)), mock
}

// oddAnswers are answers with status 200 that are no plain success. None may pass
// for one, but where mayBe says that it is how the provider says "none" or "done".
var oddAnswers = []struct{ name, body string }{
	{"response_code 0", `{"response_code": 0, "message": "", "data": {"reservation_no": 5}}`},
	{"response_code 3", `{"response_code": 3, "message": "Bad Request", "data": {"reservation_no": 5}}`},
	{"response_code -1", `{"response_code": -1, "message": "", "data": {"reservation_no": 5}}`},
	{"response_code 10", `{"response_code": 10, "message": "", "data": {"reservation_no": 5}}`},
	{"response_code x", `{"response_code": "x", "message": "", "data": {"reservation_no": 5}}`},
	{"response_code null", `{"response_code": null, "message": "", "data": {"reservation_no": 5}}`},
	{"response_code true", `{"response_code": true, "message": "", "data": {"reservation_no": 5}}`},
	{"response_code []", `{"response_code": [1], "message": "", "data": {"reservation_no": 5}}`},
	{"response_code missing", `{"message": "", "data": {"reservation_no": 5}}`},
	{"data missing", `{"response_code": 1, "message": ""}`},
	{"data null", envelope(`null`)},
	{"data []", envelope(`[]`)},
	{"data {}", envelope(`{}`)},
	{"data an empty text", envelope(`""`)},
	{"data a text", envelope(`"words"`)},
	{"data a number", envelope(`7`)},
	{"data true", envelope(`true`)},
	{"data a list of numbers", envelope(`[1]`)},
	{"data a list of null", envelope(`[null]`)},
	{"success without id", envelope(`{"balance": 0.0, "reservation_id": "b-1", "message": "done"}`)},
	{"id 0", envelope(`{"reservation_no": 0, "student_id": "", "exam_no": 0, "reservation_uuid": null, "url": ""}`)},
	{"id negative", envelope(`{"reservation_no": -7, "student_id": null, "exam_no": -7, "reservation_uuid": "", "url": null}`)},
	{"data cut", `{"response_code": 1, "data": {"reservation_no": 5`},
	{"data broken", `{"response_code": 1, "data": {"reservation_no": 05}}`},
	{"a comma too many", `{"response_code": 1, "data": [{"reservation_no": 5},]}`},
	{"two answers", envelope(`{"reservation_no": 5}`) + envelope(`{"reservation_no": 5}`)},
	{"an empty body", ``},
	{"null", `null`},
	{"a list", `[]`},
	{"too deep", envelope(strings.Repeat(`[`, 64) + strings.Repeat(`]`, 64))},
}

// mayBe are the odd answers that a method reads as success, each with its reason.
var mayBe = func() map[string][]string {
	none := []string{"data []"}                                     // only an empty list proves that it is empty
	object := []string{"success without id", "id 0", "id negative"} // a row, if the list has but one; all its fields may be missing
	all := map[string][]string{
		"Reservations.List":          append(slices.Clone(none), object...),
		"Reservations.ListAll":       append(slices.Clone(none), object...),
		"Reservations.Cancel":        append([]string{"data {}"}, object...), // credit and balance may be missing
		"Reservations.Authenticated": {"data missing", "data null", "data []", "data {}", "data an empty text", "data a text", "data a number", "data true", "data a list of numbers", "data a list of null", "success without id", "id 0", "id negative"},
		"Students.Save":              {"data missing", "data null", "data []", "data {}", "data an empty text", "data a text", "data a number", "data true", "data a list of numbers", "data a list of null", "success without id", "id 0", "id negative"},
		"Students.LookupEmail":       {"data null", "data a text", "success without id", "id 0", "id negative"}, // null: free; a text or an object: taken
		"RecordPlus.Fulfill":         nil,
		"Slots.List":                 none,
		"Institution.SaveUser":       append([]string{"data {}"}, object...), // the institution's name may be missing
		"Batches.Schedule":           object,
		"Batches.Poll":               object,
	}
	// The data are documented nowhere: the envelope alone says that it was done.
	all["Students.AcceptTerms"] = all["Students.Save"]
	for _, odd := range oddAnswers {
		if strings.HasPrefix(odd.name, "data ") && odd.name != "data cut" && odd.name != "data broken" || slices.Contains(object, odd.name) {
			all["RecordPlus.Fulfill"] = append(all["RecordPlus.Fulfill"], odd.name)
		}
	}
	all["RecordPlus.Fulfill"] = append(all["RecordPlus.Fulfill"], "response_code missing") // an object without an envelope
	for _, list := range []string{
		"Client.Ping", "TimeZones.List", "Slots.Terms", "Slots.Exams", "Exams.List", "Exams.Terms", "Exams.Departments",
		"Reports.Activity", "Reports.BlueBirdActivity", "Reports.Pending",
	} {
		all[list] = append(slices.Clone(none), object...)
	}
	all["Exams.Departments"] = append(all["Exams.Departments"], "a list") // perhaps without an envelope
	return all
}()

// One row each per kind of call: an odd answer is never a success, and of a write
// it is never a refusal.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			for _, odd := range oddAnswers {
				client, _ := mocked(t, e.wire, http.StatusOK, odd.body)
				err := e.call(t.Context(), client)
				if allowed := slices.Contains(mayBe[e.name], odd.name); (err == nil) != allowed {
					t.Errorf("%s: error = %v, want success %t", odd.name, err, allowed)
				}
				if err == nil {
					continue
				}
				if _, ok := errors.AsType[*proctoru.Error](err); !ok {
					t.Errorf("%s: %T, want *proctoru.Error", odd.name, err)
				}
				if unknown := errors.Is(err, proctorbook.ErrOutcomeUnknown); unknown != (e.kind != proctorbook.Read) || errors.Is(err, proctorbook.ErrNotDone) {
					t.Errorf("%s: outcome unknown %t, not done %t: %v", odd.name, unknown, errors.Is(err, proctorbook.ErrNotDone), err)
				}
			}
		})
	}
}

// A code in quotes or with a fraction is a code.
func TestOddAnswers_codesThatAreRead(t *testing.T) {
	t.Parallel()
	for _, code := range []string{`1`, `"1"`, `1.0`, `"1.0"`, `" 1 "`, `"01"`} {
		client, _ := mocked(t, createEndpoint, http.StatusOK, `{"response_code": `+code+`, "data": {"reservation_no": 5}}`)
		if r, err := client.Reservations.Create(t.Context(), tuesdayTwoInParis); err != nil || r.Number != "5" {
			t.Errorf("code %s: %v, %v, want success", code, r, err)
		}
	}
	for _, code := range []string{`2`, `"2"`, `2.0`} {
		client, _ := mocked(t, createEndpoint, http.StatusOK, `{"response_code": `+code+`, "message": "OVERLAP", "data": {"reservation_no": 5}}`)
		if _, err := client.Reservations.Create(t.Context(), tuesdayTwoInParis); !errors.Is(err, proctoru.ErrOverlap) {
			t.Errorf("code %s: %v, want ErrOverlap", code, err)
		}
	}
}

// A status that proves a refusal proves nothing if the body says success: nothing
// is sent again, though 429 alone would be.
func TestActed(t *testing.T) {
	t.Parallel()
	bare := `{"reservation_uuid": "c0ffee01", "url": "https://demo.proctoru.com/x"}`
	tests := []struct {
		name, wire, body string
		call             func(*testing.T, *proctoru.Client) error
	}{
		{"an envelope", createEndpoint, envelope(`{"reservation_no": 5}`), func(t *testing.T, c *proctoru.Client) error {
			return drop(c.Reservations.Create(t.Context(), tuesdayTwoInParis))
		}},
		{"no envelope", "POST /exams/add_record_plus_exams", bare, func(t *testing.T, c *proctoru.Client) error {
			return drop(c.RecordPlus.Create(t.Context(), adaIsRecorded))
		}},
		{"no envelope, under data", "POST /exams/add_record_plus_exams", `{"data": ` + bare + `}`, func(t *testing.T, c *proctoru.Client) error {
			return drop(c.RecordPlus.Create(t.Context(), adaIsRecorded))
		}},
	}
	for _, tt := range tests {
		for _, status := range []int{401, 403, 404, 405, 413, 415, 429} {
			client, mock := mocked(t, tt.wire, status, tt.body)
			err := tt.call(t, client)
			if !errors.Is(err, proctorbook.ErrOutcomeUnknown) || errors.Is(err, proctorbook.ErrNotDone) || mock.GetTotalCallCount() != 1 {
				t.Errorf("%s, %d: %v after %d requests, want outcome unknown after 1", tt.name, status, err, mock.GetTotalCallCount())
			}
			client, mock = mocked(t, tt.wire, status, `{"message": "no"}`)
			err = tt.call(t, client)
			if want := map[bool]int{true: 3, false: 1}[status == 429]; !errors.Is(err, proctorbook.ErrNotDone) || mock.GetTotalCallCount() != want {
				t.Errorf("%s, %d without success: %v after %d requests, want not done after %d", tt.name, status, err, mock.GetTotalCallCount(), want)
			}
		}
	}
}

// However an answer at the size limit is made, it holds no more than 64 MiB alive.
// It is not parallel, for the sake of the measurement.
func TestAnswers_heldMemory(t *testing.T) {
	fill := func(unit string) string {
		return envelope("[" + strings.Repeat(unit+",", (1<<20-200)/(len(unit)+1)) + unit + "]")
	}
	bodies := map[string]string{
		"empty objects": fill(`{}`), "nulls": fill(`null`), "numbers": fill(`1`), "empty texts": fill(`""`), "lists": fill(`[]`),
		"small rows": fill(`{"a":1}`), "one member many times": envelope("{" + strings.Repeat(`"a":1,`, 170_000) + `"a":1}`),
		"members of the envelope": "{" + strings.Repeat(`"a":1,`, 170_000) + `"response_code":1}`,
		"one long text":           envelope(`"` + strings.Repeat("x", 1<<20-200) + `"`),
		"one escaped text":        envelope(`"` + strings.Repeat(`\u0041`, (1<<20-200)/6) + `"`),
	}
	if proctoru.RaceEnabled {
		t.Skip("the race detector allocates too")
	}
	kinds := []string{ // one for each shape of answers
		"Reservations.Create", "Reservations.List", "Slots.List", "Students.Get", "Exams.Launch", "RecordPlus.Create", "Reports.Activity", "Students.Image",
	}
	for name, body := range bodies {
		for _, e := range endpoints {
			all := name == "empty objects" || name == "nulls"
			if !slices.Contains(kinds, e.name) || !all && e.name != "Reservations.List" && e.name != "Reports.Activity" {
				continue
			}
			client, _ := mocked(t, e.wire, http.StatusOK, body)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_ = e.call(t.Context(), client)
			runtime.ReadMemStats(&after)
			if held := after.TotalAlloc - before.TotalAlloc; held > 64<<20 { // all that was allocated, dead or alive
				t.Errorf("%s, %s: %d MiB allocated", e.name, name, held>>20)
			}
		}
	}
}
