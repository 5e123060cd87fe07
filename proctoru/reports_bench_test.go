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

// rowsOfAPiece is as many as the client reads.
const rowsOfAPiece = maxRows

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
	row   int
	small func(piece int) bool // pieces of 100 rows
}

func (r *bigReport) fill() {
	r.buf.Reset()
	r.buf.WriteString(`{"response_code": 1, "message": "", "data": [`)
	size := rowsOfAPiece
	if r.small != nil && r.small(r.piece) {
		size = 100
	}
	for i := range size {
		if i > 0 {
			r.buf.WriteByte(',')
		}
		r.row++
		r.buf.WriteString(bigRow[0])
		r.buf.Write(strconv.AppendInt(r.buf.AvailableBuffer(), int64(r.row), 10))
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

// bigParams is an interval that takes so many pieces.
func bigParams(pieces int) ActivityParams {
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	return ActivityParams{Start: start, End: start.AddDate(0, 0, 9*pieces+1)}
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

// streamBig reads the report of the server to its end, and returns how many rows it
// has, and by how much the live heap grew at most: at the first row of some pieces.
func streamBig(t testing.TB, c *Client, pieces int, look func(row int) bool) (n int, grown int64) {
	before, most := liveHeap(), uint64(0)
	for row, err := range c.Reports.Activity(context.Background(), bigParams(pieces)) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; row.Number != ReservationNo(strconv.Itoa(n)) {
			t.Fatalf("row %d has the number %s", n, row.Number)
		}
		if look(n) {
			most = max(most, liveHeap())
		}
	}
	return n, int64(most) - int64(before)
}

// However many rows a report has, no more than 24 MiB are alive at any time, the
// answer of one piece included. Of the 30 pieces three in a row are full. It is not
// parallel, for the sake of the measurement.
func TestReports_flatMemory(t *testing.T) {
	if RaceEnabled {
		t.Skip("the race detector allocates too")
	}
	c, server := bigClient(t)
	server.fill() // its buffer counts as there before
	*server = bigReport{buf: server.buf, small: func(piece int) bool { return piece < 10 || piece > 12 }}
	n, grown := streamBig(t, c, 30, func(row int) bool { return row%rowsOfAPiece == 1001 || row%rowsOfAPiece == 1000 })
	if want := 27*100 + 3*rowsOfAPiece; n != want || server.piece != 30 {
		t.Errorf("%d rows in %d pieces, want %d in 30", n, server.piece, want)
	}
	t.Logf("live heap grew by %.1f MiB at most", float64(grown)/(1<<20))
	if grown > 24<<20 {
		t.Errorf("live heap grew by %d bytes, want 24 MiB at most", grown)
	}
}

// The same for a million rows in 100 pieces.
func BenchmarkReportMillionRows(b *testing.B) {
	for b.Loop() {
		c, server := bigClient(b)
		server.fill()
		*server = bigReport{buf: server.buf}
		n, grown := streamBig(b, c, 100, func(row int) bool { return row%(10*rowsOfAPiece) <= 1 })
		b.ReportMetric(float64(grown)/(1<<20), "live-MiB")
		if n != 100*rowsOfAPiece || grown > 24<<20 {
			b.Fatalf("%d rows, live heap grew by %d bytes", n, grown)
		}
	}
}

// BenchmarkReport and BenchmarkReportBareDecoder read the same 100,000 rows into the
// same structs. What the client does beside is the difference.
func BenchmarkReport(b *testing.B) {
	b.ReportAllocs()
	p := bigParams(10)
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
