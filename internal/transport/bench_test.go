package transport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// The benchmarks send the same form over a kept connection to the same
// server, which allocates nothing, and decode the same answer. What Do costs is
// the difference to BareNetHTTP, and what an observer costs that to Do.

var benchForm = url.Values{
	"student_id": {"s-1"}, "reservation_id": {"pb-1"}, "start_date": {"2030-03-12T08:00:00Z"},
	"duration": {"90"}, "description": {"Final exam"}, "takeitnow": {"N"},
}

type benchAnswer struct {
	ResponseCode int    `json:"response_code"`
	Message      string `json:"message"`
}

const benchWire = `{"response_code":1,"message":""}`

func BenchmarkDo(b *testing.B) {
	tr, err := transport.New(benchServer(b), transport.WithLimiter(rate.NewLimiter(rate.Inf, 1)))
	if err != nil {
		b.Fatal(err)
	}
	benchmarkWrite(b, tr)
}

func BenchmarkDoPaced(b *testing.B) {
	clock := newFakeClock()
	tr, err := transport.New(benchServer(b), transport.WithClock(clock))
	if err != nil {
		b.Fatal(err)
	}
	benchmarkWrite(b, tr)
}

func BenchmarkDoObserved(b *testing.B) {
	calls := 0
	observer := proctorbook.ObserverFunc(func(_ context.Context, e proctorbook.Event) {
		if e.Kind == proctorbook.EventCall {
			calls++
		}
	})
	tr, err := transport.New(benchServer(b), transport.WithLimiter(rate.NewLimiter(rate.Inf, 1)), transport.WithObserver(observer))
	if err != nil {
		b.Fatal(err)
	}
	benchmarkWrite(b, tr)
	if calls == 0 {
		b.Error("the observer was told of no call")
	}
}

func benchmarkWrite(b *testing.B, tr *transport.Transport) {
	header := http.Header{"Authorization-Token": {"token"}}
	b.ReportAllocs()
	for b.Loop() {
		resp, err := tr.Do(context.Background(), transport.Request{
			Op: "Reservations.Create", Class: proctorbook.Write, Method: http.MethodPost,
			Path: "/addAdHocProcess", Form: benchForm, Header: header, StampField: "time_sent",
		})
		if err != nil {
			b.Fatal(err)
		}
		var answer benchAnswer
		if err := json.Unmarshal(resp.Body, &answer); err != nil || answer.ResponseCode != 1 {
			b.Fatal(answer, err)
		}
	}
}

func BenchmarkBareNetHTTP(b *testing.B) {
	base := benchServer(b)
	client := &http.Client{Transport: &http.Transport{}}
	b.ReportAllocs()
	for b.Loop() {
		if err := bareCall(client, base); err != nil {
			b.Fatal(err)
		}
	}
}

// bareCall is what a careful person would write without this package.
func bareCall(client *http.Client, base string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	body := benchForm.Encode() + "&time_sent=" + url.QueryEscape(time.Now().UTC().Format(transport.StampLayout))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/addAdHocProcess", strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization-Token", "token")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	var answer benchAnswer
	return json.Unmarshal(raw, &answer)
}

// benchServer answers every POST with benchWire and allocates only per connection.
func benchServer(b *testing.B) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerForever(conn)
		}
	}()
	return "http://" + listener.Addr().String()
}

// answerForever takes the stamp, which ends each request's body, as its end.
func answerForever(conn net.Conn) {
	defer conn.Close()
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 32\r\n\r\n" + benchWire)
	stamp := []byte("&time_sent=")
	buf := make([]byte, 8<<10)
	for n := 0; ; {
		m, err := conn.Read(buf[n:])
		if err != nil {
			return
		}
		n += m
		if i := bytes.Index(buf[:n], stamp); i >= 0 && n == i+len(stamp)+len("2006-01-02T15%3A04%3A05Z") {
			if _, err := conn.Write(answer); err != nil {
				return
			}
			n = 0
		}
	}
}
