package proctoru

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptrace"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// A report of a million rows, in pieces of 10,000. The rows differ in their number.

const (
	bigPieces    = 100
	rowsOfAPiece = 10_000
)

// bigRow is a row of usual length, cut where its number stands.
var bigRow = [2]string{
	`{"Student": "Example", "UniqueId": "learner-7", "Test": "COURSE run1 - Final exam", "exam_id": "", "StartDate": "2026-09-01T12:00:00Z", ` +
		`"EndDate": "2026-09-01T13:00:00Z", "ReservationNo": `,
	`, "StudentNotes": null, "SchoolNotes": "Closed book", "ProctorNotes": "Fulfillment ended by Pat Proctor at  1:04pm UTC on Sep 1, 2026; ` +
		`Fulfillment created by Pat Proctor at  9:05am UTC on Aug 20, 2026; ", "CheckID": true, "LoginVerified": true, ` +
		`"Authenticated": true, "TestSubmitted": true, "IncidentReport": false, "Escalated": false}`,
}

// bigReport answers the nth call with the nth piece, in a buffer that it uses again.
type bigReport struct {
	buf   bytes.Buffer
	piece int
}

func (r *bigReport) fill() {
	r.buf.Reset()
	r.buf.WriteString(`{"response_code": 1, "message": "", "data": [`)
	for i := range rowsOfAPiece {
		if i > 0 {
			r.buf.WriteByte(',')
		}
		r.buf.WriteString(bigRow[0])
		r.buf.Write(strconv.AppendInt(r.buf.AvailableBuffer(), int64(r.piece*rowsOfAPiece+i+1), 10))
		r.buf.WriteString(bigRow[1])
	}
	r.buf.WriteString(`]}`)
	r.piece++
}

func (r *bigReport) RoundTrip(req *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	r.fill()
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(r.buf.Bytes())), ContentLength: -1, Request: req}, nil
}

type freely struct{}

func (freely) Wait(context.Context) error { return nil }

// bigParams is an interval that takes the pieces.
func bigParams() ActivityParams {
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	return ActivityParams{Start: start, End: start.AddDate(0, 0, 9*bigPieces+1)}
}

func bigClient(t testing.TB) (*Client, *bigReport) {
	server := &bigReport{}
	c, err := NewClient("http://127.0.0.1", "token", WithTransport(server), WithLimiter(freely{}))
	if err != nil {
		t.Fatal(err)
	}
	return c, server
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A million rows pass without more than 24 MiB alive at any time, the answer of one
// piece included. It is not parallel, for the sake of the measurement.
func TestReports_millionRows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c, server := bigClient(t)
	server.fill() // its buffer counts as there before
	server.piece = 0
	before, most, n := liveHeap(), uint64(0), 0
	for row, err := range c.Reports.Activity(t.Context(), bigParams()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; row.Number != ReservationNo(strconv.Itoa(n)) {
			t.Fatalf("row %d has the number %s", n, row.Number)
		}
		if n%(5*rowsOfAPiece) == 1 || n%(5*rowsOfAPiece) == 0 { // first and last of a piece
			most = max(most, liveHeap())
		}
	}
	if n != bigPieces*rowsOfAPiece || server.piece != bigPieces {
		t.Errorf("%d rows in %d pieces, want a million in %d", n, server.piece, bigPieces)
	}
	grown := int64(most) - int64(before)
	t.Logf("live heap grew by %.1f MiB at most", float64(grown)/(1<<20))
	if grown > 24<<20 {
		t.Errorf("live heap grew by %d bytes, want 24 MiB at most", grown)
	}
}

// BenchmarkReport and BenchmarkReportBareDecoder read the same 100,000 rows into the
// same structs. What the client does beside is the difference.
func BenchmarkReport(b *testing.B) {
	b.ReportAllocs()
	p := bigParams()
	p.End = p.Start.AddDate(0, 0, 9*10+1)
	for b.Loop() {
		c, _ := bigClient(b)
		n := 0
		for _, err := range c.Reports.Activity(context.Background(), p) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 10*rowsOfAPiece {
			b.Fatal(n)
		}
	}
}

func BenchmarkReportBareDecoder(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		server, n := &bigReport{}, 0
		for range 10 {
			server.fill()
			dec := json.NewDecoder(bytes.NewReader(server.buf.Bytes()))
			for range 7 { // { response_code 1 message "" data [
				if _, err := dec.Token(); err != nil {
					b.Fatal(err)
				}
			}
			for dec.More() {
				var w activityRowWire
				if err := dec.Decode(&w); err != nil {
					b.Fatal(err)
				}
				n++
			}
		}
		if n != 10*rowsOfAPiece {
			b.Fatal(n)
		}
	}
}
