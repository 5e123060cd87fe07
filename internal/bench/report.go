package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook/proctoru"
)

// A report comes in pieces, one call each.
const (
	rowsOfAPiece   = 10_000
	piecesOfReport = 10
)

const reportRow = `{"Student": "Example", "UniqueId": "learner-7", "Test": "COURSE run1 - Final exam", "exam_id": "", ` +
	`"StartDate": "2026-09-01T12:00:00Z", "EndDate": "2026-09-01T13:00:00Z", "ReservationNo": 1PP00RRRR, "StudentNotes": null, ` +
	`"SchoolNotes": "Closed book", "ProctorNotes": "Fulfillment ended by Pat Proctor at  1:04pm UTC on Sep 1, 2026; ` +
	`Fulfillment created by Pat Proctor at  9:05am UTC on Aug 20, 2026; ", "CheckID": true, "LoginVerified": true, ` +
	`"Authenticated": true, "TestSubmitted": true, "IncidentReport": false, "Escalated": false}`

// pieces answers each call with the next piece. All are the same bytes but for two
// digits of each row's number, so that no row is another's repeat.
type pieces struct {
	answer []byte
	digits []int // where PP stands
	next   int
}

func newPieces() *pieces {
	var rows []string
	for i := range rowsOfAPiece {
		rows = append(rows, strings.Replace(reportRow, "RRRR", fmt.Sprintf("%04d", i), 1))
	}
	p := &pieces{answer: answerOf(`{"response_code": 1, "message": "", "data": [` + strings.Join(rows, ",") + `]}`)}
	for i := 0; i+1 < len(p.answer); i++ {
		if p.answer[i] == 'P' && p.answer[i+1] == 'P' {
			p.digits = append(p.digits, i)
		}
	}
	return p
}

func (p *pieces) give(request) []byte {
	for _, at := range p.digits {
		p.answer[at], p.answer[at+1] = byte('0'+p.next/10), byte('0'+p.next%10)
	}
	p.next = (p.next + 1) % 100
	return p.answer
}

// readReport compares a report of 100,000 rows. Our side reads each row's history, too, and
// leaves out repeats.
func readReport() (comparison, error) {
	return compareReports(false, func(work reportWork) []other {
		return []other{{"decoder", work(nil), []goal{{duration, 1.1, 0}, {allocations, 0, 0}, {allocated, 1.5, 0}}}}
	})
}

// keepReport compares the same with both sides keeping each row as it came.
func keepReport() (comparison, error) {
	return compareReports(true, func(work reportWork) []other {
		return []other{{"decoder keeping rows", work(keepRow), []goal{{duration, 0, 0}, {allocations, 0, 0}, {allocated, 0, 0}}}}
	})
}

type reportWork func(read func(json.RawMessage, *activityRow) error) func() error

func compareReports(keep bool, others func(reportWork) []other) (comparison, error) {
	s, err := serve(newPieces().give)
	if err != nil {
		return comparison{}, err
	}
	client, err := proctoru.NewClient(s.url()+"/api", createToken, proctoru.WithLimiter(rate.NewLimiter(rate.Inf, 1)))
	if err != nil {
		return comparison{}, err
	}
	bare := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	work := func(read func(json.RawMessage, *activityRow) error) func() error {
		return func() error { return reportBare(bare, s.url()+"/api", read) }
	}
	return comparison{
		ours:   func() error { return reportOurs(client, keep) },
		others: others(work),
		repeat: 1, rounds: 21, hurried: 7, close: s.close,
	}, nil
}

func reportOurs(client *proctoru.Client, keep bool) error {
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	params := proctoru.ActivityParams{Start: start, End: start.AddDate(0, 0, 9*piecesOfReport+1), KeepRaw: keep} // a piece has 10 days, one of them its neighbor's
	n := 0
	for row, err := range client.Reports.Activity(context.Background(), params) {
		if err != nil {
			return err
		}
		if row.Number != "" {
			n++
		}
	}
	return enoughRows(n)
}

func enoughRows(n int) error {
	if n != piecesOfReport*rowsOfAPiece {
		return fmt.Errorf("%d rows, want %d", n, piecesOfReport*rowsOfAPiece)
	}
	return nil
}

// activityRow has the fields of proctoru.ActivityRow but for the history.
type activityRow struct {
	StudentID      string      `json:"UniqueId"`
	Number         json.Number `json:"ReservationNo"`
	Test           string      `json:"Test"`
	ExamID         string      `json:"exam_id"`
	Start          time.Time   `json:"StartDate"`
	End            time.Time   `json:"EndDate"`
	StudentName    string      `json:"Student"`
	StudentNotes   string      `json:"StudentNotes"`
	SchoolNotes    string      `json:"SchoolNotes"`
	ProctorNotes   string      `json:"ProctorNotes"`
	CheckID        bool        `json:"CheckID"`
	LoginVerified  bool        `json:"LoginVerified"`
	Authenticated  bool        `json:"Authenticated"`
	TestSubmitted  bool        `json:"TestSubmitted"`
	IncidentReport bool        `json:"IncidentReport"`
	Escalated      bool        `json:"Escalated"`

	raw json.RawMessage
}

func keepRow(raw json.RawMessage, row *activityRow) error {
	row.raw = raw
	return json.Unmarshal(raw, row)
}

// reportBare reads the report by net/http and a json.Decoder alone, row by row.
func reportBare(client *http.Client, base string, read func(json.RawMessage, *activityRow) error) error {
	n := 0
	for i := range piecesOfReport {
		form := url.Values{"start_date": {strconv.Itoa(i)}, "end_date": {strconv.Itoa(i + 1)}, "time_sent": {time.Now().UTC().Format(time.RFC3339)}}
		err := pieceBare(client, base, form, read, func(row activityRow) {
			if row.Number != "" {
				n++
			}
		})
		if err != nil {
			return err
		}
	}
	return enoughRows(n)
}

func pieceBare(client *http.Client, base string, form url.Values, read func(json.RawMessage, *activityRow) error, yield func(activityRow)) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/clientActivityReport", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization-Token", createToken)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	decoder := json.NewDecoder(resp.Body)
	for range 7 { // { response_code 1 message "" data [
		if _, err := decoder.Token(); err != nil {
			return err
		}
	}
	for decoder.More() {
		var row activityRow
		if read == nil {
			err = decoder.Decode(&row)
		} else {
			var raw json.RawMessage
			if err = decoder.Decode(&raw); err == nil {
				err = read(raw, &row)
			}
		}
		if err != nil {
			return err
		}
		yield(row)
	}
	return nil
}
