package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

func TestBadRequestIsNotSent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change    func(*transport.Request)
		wantField string
	}{
		"class":                    {func(r *transport.Request) { r.Class = 7 }, "Class"},
		"no method":                {func(r *transport.Request) { r.Method = "" }, "Method"},
		"odd method":               {func(r *transport.Request) { r.Method = "GET canary" }, "Method"},
		"text and form":            {func(r *transport.Request) { r.FormText = "canary=1" }, "FormText"},
		"text and body":            {func(r *transport.Request) { r.Form, r.FormText, r.Body = nil, "canary=1", []byte("x") }, "FormText"},
		"form and body":            {func(r *transport.Request) { r.Body = []byte("canary") }, "Form"},
		"negative limit":           {func(r *transport.Request) { r.MaxBytes = -1 }, "MaxBytes"},
		"stamp in the form":        {func(r *transport.Request) { r.Form.Set("time_sent", "canary") }, "StampField"},
		"stamp in the query":       {func(r *transport.Request) { r.Query = url.Values{"time_sent": {"canary"}} }, "StampField"},
		"content type":             {func(r *transport.Request) { r.ContentType = "canary\r\nX: 1" }, "ContentType"},
		"header name":              {func(r *transport.Request) { r.Header.Set("X canary", "1") }, "Header"},
		"empty header name":        {func(r *transport.Request) { r.Header[""] = []string{"canary"} }, "Header"},
		"header value":             {func(r *transport.Request) { r.Header.Set("X", "canary\r\nY: 1") }, "Header"},
		"no path":                  {func(r *transport.Request) { r.Path = "" }, "Path"},
		"path without slash":       {func(r *transport.Request) { r.Path = "canary" }, "Path"},
		"path with a query":        {func(r *transport.Request) { r.Path = "/x?canary=1" }, "Path"},
		"path with a fragment":     {func(r *transport.Request) { r.Path = "/x#canary" }, "Path"},
		"path with a space":        {func(r *transport.Request) { r.Path = "/x canary" }, "Path"},
		"path with a bad escape":   {func(r *transport.Request) { r.Path = "/%zzcanary" }, "Path"},
		"path upwards":             {func(r *transport.Request) { r.Path = "/a/../canary" }, "Path"},
		"path upwards, escaped":    {func(r *transport.Request) { r.Path = "/a/%2e%2E/canary" }, "Path"},
		"path upwards, both ways":  {func(r *transport.Request) { r.Path = "/a%2f..%2fcanary" }, "Path"},
		"path with a back slash":   {func(r *transport.Request) { r.Path = `/a\canary` }, "Path"},
		"path with a non-ASCII é":  {func(r *transport.Request) { r.Path = "/canaryé" }, "Path"},
		"path with a line feed":    {func(r *transport.Request) { r.Path = "/canary\n" }, "Path"},
		"path with a lone percent": {func(r *transport.Request) { r.Path = "/canary%" }, "Path"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTransport(t, "https://service.invalid", transport.WithTransport(roundTripFunc(func(*http.Request) (*http.Response, error) {
				t.Error("the request was sent")
				return nil, io.EOF
			})))
			call := aCall(proctorbook.Write)
			tt.change(&call)

			_, err := tr.Do(t.Context(), call)

			if !errors.Is(err, transport.ErrBadRequest) || !errors.Is(err, proctorbook.ErrNotDone) {
				t.Fatalf("error = %v, want a bad request, not done", err)
			}
			if text := err.Error(); !strings.Contains(text, tt.wantField) || strings.Contains(text, "canary") {
				t.Errorf("error = %q, want it to name %s and to quote nothing", text, tt.wantField)
			}
		})
	}
}

func TestRequestOnTheWire(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	tests := map[string]struct {
		call                         transport.Request
		wantLine, wantType, wantBody string
	}{
		"form":        {transport.Request{Method: "POST", Path: "/a", Form: url.Values{"b": {"1 2"}, "a": {"é"}}}, "POST /api/a", form, "a=%C3%A9&b=1+2"},
		"form's text": {transport.Request{Method: "POST", Path: "/a", FormText: "b=1+2&a=%C3%A9"}, "POST /api/a", form, "b=1+2&a=%C3%A9"},
		"empty form":  {transport.Request{Method: "POST", Path: "/a", Form: url.Values{}}, "POST /api/a", form, ""},
		"JSON":        {transport.Request{Method: "PATCH", Path: "/a", Body: []byte(`{}`), ContentType: "application/merge-patch+json"}, "PATCH /api/a", "application/merge-patch+json", "{}"},
		"query":       {transport.Request{Method: "GET", Path: "/a", Query: url.Values{"course": {"course-v1:a+b+c"}}}, "GET /api/a?course=course-v1%3Aa%2Bb%2Bc", "", ""},
		"plus":        {transport.Request{Method: "GET", Path: "/course-v1:a+b+c/"}, "GET /api/course-v1:a+b+c/", "", ""},
		"own escapes": {transport.Request{Method: "GET", Path: "/a%2Fb%3F"}, "GET /api/a%2Fb%3F", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var line, contentType, body, agent, token string
			tr := newTransport(t, handling(t, func(w http.ResponseWriter, r *http.Request) {
				raw, _ := io.ReadAll(r.Body)
				line, contentType, body = r.Method+" "+r.RequestURI, r.Header.Get("Content-Type"), string(raw)
				agent, token = r.UserAgent(), r.Header.Get("Authorization-Token")
			})+"/api/")
			header := http.Header{"authorization-token": {"token-1"}}
			tt.call.Header = header

			if _, err := tr.Do(t.Context(), tt.call); err != nil {
				t.Fatal(err)
			}

			if line != tt.wantLine || contentType != tt.wantType || body != tt.wantBody {
				t.Errorf("sent %q, type %q, body %q; want %q, %q, %q", line, contentType, body, tt.wantLine, tt.wantType, tt.wantBody)
			}
			if agent != "proctorbook/"+proctorbook.Version || token != "token-1" || len(header) != 1 {
				t.Errorf("User-Agent %q, token %q; want proctorbook/ and the version, token-1; caller's header now %v", agent, token, header)
			}
		})
	}
}

func TestResponse(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	w := serving(says(201, "made", "X-Request-Id: r-1"))(t)

	got, err := newTransport(t, w.url, transport.WithClock(clock)).Do(t.Context(), aCall(proctorbook.Write))

	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(got.Status, " ", string(got.Body), " ", got.Header.Get("X-Request-Id"), " ", got.Attempts, " ", got.Sent.Equal(clock.Now()))
	if want := "201 made r-1 1 true"; text != want {
		t.Errorf("response = %s, want %s", text, want)
	}
}

// A write goes out in one packet, header and body, by the default round tripper as by
// any other Transport of net/http.
func TestWriteIsOnePacket(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]transport.Request{
		"form":  {Op: "x", Class: proctorbook.Write, Method: http.MethodPost, Path: "/", Form: url.Values{"a": {"b"}}, StampField: "time_sent"},
		"bytes": {Op: "x", Class: proctorbook.Write, Method: http.MethodPost, Path: "/", Body: []byte(`{"a":1}`), ContentType: "application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var writes atomic.Int32
			rt := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, addr)
				return countingConn{conn, &writes}, err
			}}
			tr := newTransport(t, handling(t, func(http.ResponseWriter, *http.Request) {}), transport.WithTransport(rt))
			if _, err := tr.Do(t.Context(), call); err != nil || writes.Load() != 1 {
				t.Errorf("%d packets, want 1 (%v)", writes.Load(), err)
			}
		})
	}
}

type countingConn struct {
	net.Conn
	writes *atomic.Int32
}

func (c countingConn) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}
