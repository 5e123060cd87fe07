package transport_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	const limit = 100_000 // above the room that is set aside at first
	tests := map[string]struct {
		status  int
		length  int
		chunked bool
		wantErr error
	}{
		"empty":                    {200, 0, false, nil},
		"one byte":                 {200, 1, false, nil},
		"empty, chunked":           {200, 0, true, nil},
		"as long as allowed":       {200, limit, false, nil},
		"likewise, chunked":        {200, limit, true, nil},
		"one byte more":            {200, limit + 1, false, transport.ErrTooLarge},
		"one byte more, chunked":   {200, limit + 1, true, transport.ErrTooLarge},
		"an error page too long":   {500, limit + 1, false, transport.ErrTooLarge},
		"an error page in chunks":  {500, 5 * limit, true, transport.ErrTooLarge},
		"an error page as allowed": {500, limit, false, proctorbook.ErrOutcomeUnknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := strings.Repeat("x", tt.length)
			tr := newTransport(t, handling(t, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(tt.status)
				if tt.chunked {
					w.(http.Flusher).Flush()
				}
				_, _ = io.WriteString(w, page)
			}))
			call := aCall(proctorbook.Write)
			call.MaxBytes = limit

			resp, err := tr.Do(t.Context(), call)

			if !errors.Is(err, tt.wantErr) {
				t.Fatalf("%d bytes: error = %v, want %v", tt.length, err, tt.wantErr)
			}
			if resp != nil && string(resp.Body) != page {
				t.Errorf("got %d bytes, want %d", len(resp.Body), tt.length)
			}
			if status, ok := errors.AsType[*transport.StatusError](err); ok && len(status.Body) != min(tt.length, limit) {
				t.Errorf("error page of %d bytes came as %d", tt.length, len(status.Body))
			}
		})
	}
}

func TestCompressedBody(t *testing.T) {
	t.Parallel()
	tr := newTransport(t, zipping(t, 500<<10))
	resp, err := tr.Do(t.Context(), transport.Request{Method: http.MethodGet, Path: "/"})
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Body) != 500<<10 {
		t.Errorf("got %d bytes, want %d", len(resp.Body), 500<<10)
	}
}

// An answer that fits lies in the room that it was given, a longer one elsewhere.
func TestRoomForBody(t *testing.T) {
	t.Parallel()
	tr := newTransport(t, handling(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", len(r.URL.Path)))
	}))
	room := make([]byte, 0, 8)
	for path, fits := range map[string]bool{"/": true, "/123456": true, "/12345678901234567890": false} {
		resp, err := tr.Do(t.Context(), transport.Request{Method: http.MethodGet, Path: path, Room: room})
		if err != nil || string(resp.Body) != strings.Repeat("x", len(path)) {
			t.Fatalf("%s: %q, %v", path, resp.Body, err)
		}
		if got := &resp.Body[0] == &room[:1][0]; got != fits {
			t.Errorf("%s: lies in the room: %t, want %t", path, got, fits)
		}
	}
}

// Not parallel: it watches what the whole program allocates.
func TestGzipBombIsBounded(t *testing.T) {
	tr := newTransport(t, zipping(t, 256<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)

	_, err := tr.Do(t.Context(), transport.Request{Method: http.MethodGet, Path: "/"})

	runtime.ReadMemStats(&after)
	if !errors.Is(err, transport.ErrTooLarge) {
		t.Errorf("error = %v, want %v", err, transport.ErrTooLarge)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 4*transport.DefaultMaxBytes {
		t.Errorf("allocated %d bytes for a limit of %d", got, transport.DefaultMaxBytes)
	}
}

// zipping serves size zeros, compressed if the client asks for it.
func zipping(t *testing.T, size int64) string {
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for left := size; left > 0; left -= int64(len(zeros)) {
		if _, err := zip.Write(zeros[:min(left, int64(len(zeros)))]); err != nil {
			t.Fatal(err)
		}
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return handling(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			http.Error(w, "ask for gzip", http.StatusNotAcceptable)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	})
}
