package proctoru_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// The provider's texts, as recorded, with their counters and in other spellings.
// Each known one proves that the call did nothing; no other text does.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		message              string
		want                 proctoru.Reason
		wantCount, wantLimit int
	}{
		{"stale request", proctoru.ErrStaleRequest, 0, 0},
		{"Student Not found : Error count 0 of 50", proctoru.ErrStudentNotFound, 0, 50},
		{"Student Not Found : Error count 49 of 50", proctoru.ErrStudentNotFound, 49, 50},
		{"Exam Not found : Error count 0 of 50", proctoru.ErrExamNotFound, 0, 50},
		{"Reservation Not found : Error count 1 of 50", proctoru.ErrReservationNotFound, 1, 50},
		{"Reservation is in the future : Error count 0 of 50", proctoru.ErrTooEarly, 0, 50},
		{"Reservation Cancelled. : Error count 0 of 50", proctoru.ErrAlreadyCanceled, 0, 50},
		{"reservation_id_EXIST_FOR_THIS_INSTITUTION : Error count 2 of 50 : Error count 2 of 50", proctoru.ErrReservationIDExists, 2, 50},
		{"reservation_id_EXIST_FOR_THIS_INSTITUTION 123 : Error count 2 of 50", proctoru.ErrReservationIDExists, 2, 50},
		{"reservation_id_EXIST_FOR_THIS_INSTITUTION: c0ffee00-1111", proctoru.ErrReservationIDExists, 0, 0},
		{"OVERLAP : Error count 0 of 50 : Error count 0 of 50", proctoru.ErrOverlap, 0, 50},
		{"overlap.", proctoru.ErrOverlap, 0, 0},
		{"TimeZone not found. : Error count 0 of 100", proctoru.ErrTimeZoneNotFound, 0, 100},
		{"TIMEZONE NOT FOUND", proctoru.ErrTimeZoneNotFound, 0, 0},
		{"start_date in the past : Error count 0 of 50", proctoru.ErrStartInPast, 0, 50},
		{"RESERVATION_NOT_FOR_THIS_INSTITUTION : Error count 0 of 50 : Error count 0 of 50", proctoru.ErrForeignReservation, 0, 50},
		{"no available slots : Error count 0 of 50", proctoru.ErrNoSlots, 0, 50},
		{"Invalid Authorization-Token : Error count 3 of 50", proctoru.ErrUnauthorized, 3, 50},
		{"The authorization token is unknown", proctoru.ErrUnauthorized, 0, 0},
		{"Unauthorized", proctoru.ErrUnauthorized, 0, 0},

		{"OVERLAP resolved, reservation 7 was made", "", 0, 0},
		{"Student Not found, created", "", 0, 0},
		{"No OVERLAP", "", 0, 0},
		{"Account locked : Error count 50 of 50", "", 50, 50},
		{"Étudiant introuvable", "", 0, 0},
		{"", "", 0, 0},
		{"Error count 7 of 50", "", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.message, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.Reply(createEndpoint, refusal(tt.message))
			_, err := client.Reservations.Create(t.Context(), tuesdayTwoInParis)

			e, ok := errors.AsType[*proctoru.Error](err)
			if !ok {
				t.Fatalf("error = %T, want *proctoru.Error", err)
			}
			if e.Reason != tt.want || (tt.want != "" && !errors.Is(err, tt.want)) {
				t.Errorf("Reason = %q, want %q", e.Reason, tt.want)
			}
			if e.Counter != tt.wantCount || e.CounterLimit != tt.wantLimit {
				t.Errorf("counter = %d of %d, want %d of %d", e.Counter, e.CounterLimit, tt.wantCount, tt.wantLimit)
			}
			known := tt.want != ""
			if errors.Is(err, proctorbook.ErrNotDone) != known || errors.Is(err, proctorbook.ErrOutcomeUnknown) == known {
				t.Errorf("not done %t, outcome unknown %t, want not done %t", errors.Is(err, proctorbook.ErrNotDone), errors.Is(err, proctorbook.ErrOutcomeUnknown), known)
			}
			if strings.Contains(e.Message(), "Error count") && tt.message != "Error count 7 of 50" {
				t.Errorf("Message still holds the counter")
			}
		})
	}
}

// What an answer proves about a write, by status and body.
func TestWriteOutcome(t *testing.T) {
	t.Parallel()
	type outcome string
	const (
		done    outcome = "done"
		notDone outcome = "not done"
		unknown outcome = "unknown"
	)
	tests := map[string]struct {
		status int
		body   string
		want   outcome
		reason proctoru.Reason
	}{
		"success":                     {200, "reservations/create_ok.json", done, ""},
		"known refusal":               {200, refusal("OVERLAP"), notDone, proctoru.ErrOverlap},
		"unknown refusal":             {200, refusal("Slot taken"), unknown, ""},
		"response_code 0":             {200, `{"response_code": 0, "message": "", "data": {"reservation_no": 5}}`, unknown, proctoru.ErrBadEnvelope},
		"response_code 3":             {200, `{"response_code": 3, "message": "OVERLAP", "data": null}`, unknown, proctoru.ErrBadEnvelope},
		"response_code x":             {200, `{"response_code": "x", "message": "", "data": {"reservation_no": 5}}`, unknown, proctoru.ErrBadEnvelope},
		"response_code null":          {200, `{"response_code": null, "data": {"reservation_no": 5}}`, unknown, proctoru.ErrBadEnvelope},
		"response_code missing":       {200, `{"message": "OVERLAP", "data": {"reservation_no": 5}}`, unknown, proctoru.ErrBadEnvelope},
		"response_code 1.0":           {200, `{"response_code": 1.0, "data": {"reservation_no": 5}}`, done, ""},
		"response_code text 2":        {200, `{"response_code": "2", "message": "OVERLAP"}`, notDone, proctoru.ErrOverlap},
		"a JSON list":                 {200, `[1]`, unknown, proctoru.ErrBadEnvelope},
		"a JSON text":                 {200, `"OVERLAP"`, unknown, proctoru.ErrBadEnvelope},
		"JSON null":                   {200, `null`, unknown, proctoru.ErrBadEnvelope},
		"nothing":                     {200, ``, unknown, proctoru.ErrNotJSON},
		"HTML":                        {200, `<html>OVERLAP</html>`, unknown, proctoru.ErrNotJSON},
		"half of it":                  {200, `{"response_code": 2, "message": "OVERL`, unknown, proctoru.ErrNotJSON},
		"two of them":                 {200, refusal("OVERLAP") + refusal("OVERLAP"), unknown, proctoru.ErrNotJSON},
		"too deep":                    {200, envelope(strings.Repeat("[", 64) + strings.Repeat("]", 64)), unknown, proctoru.ErrTooLarge},
		"a byte order mark":           {200, "\xef\xbb\xbf" + refusal("OVERLAP"), notDone, proctoru.ErrOverlap},
		"201 with success":            {201, "reservations/create_ok.json", done, ""},
		"204":                         {204, ``, unknown, proctoru.ErrNotJSON},
		"500 HTML":                    {500, `<html>`, unknown, proctoru.ErrServer},
		"500 with a known refusal":    {500, refusal("OVERLAP"), notDone, proctoru.ErrOverlap},
		"500 with an unknown refusal": {500, refusal("Ouch"), unknown, proctoru.ErrServer},
		"500 with success":            {500, "reservations/create_ok.json", unknown, proctoru.ErrServer},
		"503":                         {503, `down`, unknown, proctoru.ErrServer},
		"401":                         {401, `{"message":"Unauthorized"}`, notDone, proctoru.ErrUnauthorized},
		"401 with success":            {401, "reservations/create_ok.json", unknown, proctoru.ErrUnauthorized},
		"403 HTML":                    {403, `<html>`, notDone, proctoru.ErrUnauthorized},
		"404 HTML":                    {404, `<html>`, notDone, ""},
		"404 with success":            {404, "reservations/create_ok.json", unknown, ""},
		"405":                         {405, ``, notDone, ""},
		"413":                         {413, ``, notDone, ""},
		"415":                         {415, ``, notDone, ""},
		"400":                         {400, `bad`, unknown, ""},
		"400 with a known refusal":    {400, refusal("start_date in the past"), notDone, proctoru.ErrStartInPast},
		"409":                         {409, ``, unknown, ""},
		"429":                         {429, `slow down`, notDone, proctoru.ErrThrottled},
		"429 with success":            {429, "reservations/create_ok.json", unknown, proctoru.ErrThrottled},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.Reply(createEndpoint, tt.body)
			provider.setStatus(createEndpoint, tt.status)
			_, err := client.Reservations.Create(t.Context(), tuesdayTwoInParis)

			got := done
			switch {
			case errors.Is(err, proctorbook.ErrOutcomeUnknown) && errors.Is(err, proctorbook.ErrNotDone):
				got = "both"
			case errors.Is(err, proctorbook.ErrOutcomeUnknown):
				got = unknown
			case errors.Is(err, proctorbook.ErrNotDone):
				got = notDone
			case err != nil:
				got = "neither"
			}
			if got != tt.want {
				t.Errorf("outcome = %s (%v), want %s", got, err, tt.want)
			}
			if e, ok := errors.AsType[*proctoru.Error](err); ok && (e.Reason != tt.reason || e.Status != tt.status) {
				t.Errorf("Reason = %q, Status = %d, want %q, %d", e.Reason, e.Status, tt.reason, tt.status)
			} else if !ok && err != nil {
				t.Errorf("error = %T, want *proctoru.Error", err)
			}
		})
	}
}

// The same bytes as an answer to a read prove nothing, and are no outcome.
func TestReadErrors(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	for body, want := range map[string]error{
		`<html>`:                     proctoru.ErrNotJSON,
		`{"response_code": 3}`:       proctoru.ErrBadEnvelope,
		refusal("words"):             nil,
		refusal("stale request"):     proctoru.ErrStaleRequest,
		refusal("Student Not found"): proctoru.ErrStudentNotFound,
	} {
		provider.Reply("GET /getStudentReservationList", body)
		_, err := client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "learner-7"})
		if err == nil || (want != nil && !errors.Is(err, want)) || errors.Is(err, proctorbook.ErrOutcomeUnknown) {
			t.Errorf("List of %.20q = %v, want %v and no outcome unknown", body, err, want)
		}
	}
}

func TestStaleRequest(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		date string // of the provider
		want time.Duration
	}{
		"ahead by ten minutes": {now.Add(-10 * time.Minute).Format(http.TimeFormat), 10 * time.Minute},
		"behind by a day":      {now.Add(24 * time.Hour).Format(http.TimeFormat), -24 * time.Hour},
		"no date":              {"", 0},
		"an odd date":          {"yesterday", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{200, 500} {
				client, provider := newTestClient(t, proctoru.WithRetries(1, time.Millisecond, time.Millisecond))
				provider.ReplyStatus(createEndpoint, status, refusal("stale request"))
				provider.setHeader(createEndpoint, "Date", tt.date)
				_, err := client.Reservations.Create(t.Context(), tuesdayTwoInParis)

				e, ok := errors.AsType[*proctoru.Error](err)
				if !ok || !errors.Is(err, proctoru.ErrStaleRequest) || !errors.Is(err, proctorbook.ErrNotDone) {
					t.Fatalf("status %d: error = %v, want ErrStaleRequest, not done", status, err)
				}
				if e.Skew != tt.want {
					t.Errorf("status %d: Skew = %v, want %v", status, e.Skew, tt.want)
				}
				if !strings.Contains(err.Error(), "check the clock") {
					t.Errorf("error = %q, want it to say: check the clock", err)
				}
			}
		})
	}
}

// The message may quote what was sent, so no verb prints it.
func TestError_hidesTheMessage(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply(createEndpoint, refusal("Ada Exampleova is busy : Error count 3 of 50"))
	_, err := client.Reservations.Create(t.Context(), tuesdayTwoInParis)
	e, ok := errors.AsType[*proctoru.Error](err)
	if !ok {
		t.Fatalf("error = %T", err)
	}
	if got := e.Message(); got != "Ada Exampleova is busy" {
		t.Errorf("Message = %q, want the provider's words without the counter", got)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		for _, text := range []string{fmt.Sprintf(verb, e), fmt.Sprintf(verb, *e), fmt.Sprintf(verb, struct{ E error }{e})} {
			if strings.Contains(text, "Exampleova") {
				t.Errorf("%s shows the message: %s", verb, text)
			}
		}
	}
	want := "proctoru: Reservations.Create: HTTP status 200, response_code 2, error count 3 of 50: " +
		"refused in words that the client does not know: read Message: " + proctorbook.ErrOutcomeUnknown.Error()
	if got := err.Error(); got != want {
		t.Errorf("Error =\n%s, want\n%s", got, want)
	}
}
