package testserver

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// Reply is an answer, and how it reaches the client.
type Reply struct {
	Status int
	Header map[string]string
	Body   []byte
	Ending Ending
	Wait   time.Duration // passes on the fake's clock before the answer

	Succeeded bool // the service did what was asked
}

// Ending is what becomes of the connection.
type Ending int

const (
	EndWhole   Ending = iota // the answer arrives
	EndCut                   // half of the body arrives
	EndLost                  // nothing arrives
	EndHang                  // nothing arrives until the client gives up
	EndRefused               // there was no connection
	EndNever                 // the body goes on for ever
)

const htmlType = "text/html; charset=utf-8"

func htmlPage(status int, title string) Reply {
	page := "<!DOCTYPE html><html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>\n"
	return Reply{Status: status, Header: map[string]string{"Content-Type": htmlType}, Body: []byte(page)}
}

// StatusPage is an HTML page that names the status.
func StatusPage(status int) Reply { return htmlPage(status, http.StatusText(status)) }

// WithRetryAfter adds the header if d is at least a second.
func (r Reply) WithRetryAfter(d time.Duration) Reply {
	if d >= time.Second {
		r.Header["Retry-After"] = strconv.Itoa(int(d / time.Second))
	}
	return r
}

func (r Reply) ended(e Ending) Reply {
	r.Ending = e
	return r
}

// Play answers with a fault that any service can have. deliver lets the service
// act once and returns its answer; later lets it act after a delay.
func Play(f proctorbooktest.Fault, deliver func() Reply, later func(time.Duration)) Reply {
	switch f.Kind {
	case proctorbooktest.Refuse:
		return Reply{Ending: EndRefused}
	case proctorbooktest.LoseRequest, proctorbooktest.Down:
		return Reply{Ending: EndLost}
	case proctorbooktest.Hang:
		return Reply{Ending: EndHang}
	case proctorbooktest.Late:
		later(f.Delay)
		return Reply{Ending: EndLost}
	case proctorbooktest.Status500:
		return StatusPage(http.StatusInternalServerError)
	case proctorbooktest.Status503:
		return StatusPage(http.StatusServiceUnavailable).WithRetryAfter(f.Delay)
	case proctorbooktest.Status429:
		return StatusPage(http.StatusTooManyRequests).WithRetryAfter(f.Delay)
	case proctorbooktest.HTML200:
		return htmlPage(http.StatusOK, "Down for maintenance")
	case proctorbooktest.Redirect:
		r := StatusPage(http.StatusTemporaryRedirect)
		r.Header["Location"] = "https://elsewhere.example/sign-in"
		return r
	}
	return playAfter(f, deliver, later)
}

// playAfter plays the faults in which the service acts at once.
func playAfter(f proctorbooktest.Fault, deliver func() Reply, later func(time.Duration)) Reply {
	answer := deliver()
	switch f.Kind {
	case proctorbooktest.LoseAnswer:
		return answer.ended(EndLost)
	case proctorbooktest.CutBody:
		return answer.ended(EndCut)
	case proctorbooktest.DuplicateNow:
		return deliver()
	case proctorbooktest.DuplicateLater:
		later(f.Delay)
	case proctorbooktest.Status500After:
		return StatusPage(http.StatusInternalServerError)
	case proctorbooktest.Status502After:
		return StatusPage(http.StatusBadGateway)
	case proctorbooktest.HTML200After:
		return htmlPage(http.StatusOK, "Down for maintenance")
	case proctorbooktest.EndlessBody:
		return answer.ended(EndNever)
	case proctorbooktest.OversizeBody:
		return answer.withOversizeBody()
	case proctorbooktest.GzipBomb:
		return answer.withGzipBomb()
	}
	return answer
}

// Send writes the reply, or breaks the connection in the way of its Ending.
func (r Reply) Send(w http.ResponseWriter, req *http.Request, clock TimeTeller) {
	if r.Wait > 0 && !pass(req.Context(), clock, r.Wait) {
		panic(http.ErrAbortHandler)
	}
	switch r.Ending {
	case EndHang:
		<-req.Context().Done()
		panic(http.ErrAbortHandler)
	case EndRefused:
		if direct, ok := w.(interface{ Refuse(error) }); ok {
			direct.Refuse(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})
		}
		panic(http.ErrAbortHandler)
	case EndLost:
		panic(http.ErrAbortHandler)
	}
	r.write(w, clock)
}

func (r Reply) write(w http.ResponseWriter, clock TimeTeller) {
	header := w.Header()
	header.Set("Date", clock.Now().UTC().Format(http.TimeFormat))
	for name, value := range r.Header {
		header.Set(name, value)
	}
	if r.Ending == EndNever {
		r.writeEndless(w)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(r.Body)))
	w.WriteHeader(r.Status)
	body := r.Body
	if r.Ending == EndCut {
		body = body[:len(body)/2]
	}
	_, _ = w.Write(body) // the client may be gone
	if r.Ending == EndCut {
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
		panic(http.ErrAbortHandler)
	}
}

// TimeTeller is the part of a clock that the fakes need.
type TimeTeller interface{ Now() time.Time }

// pass lets d go by on the clock; a clock without Sleep can only wait for the
// client to give up. It reports whether the time has passed.
func pass(ctx context.Context, clock TimeTeller, d time.Duration) bool {
	if sleeper, ok := clock.(interface {
		Sleep(context.Context, time.Duration) error
	}); ok {
		return sleeper.Sleep(ctx, d) == nil
	}
	<-ctx.Done()
	return false
}

const (
	mebibyte      = 1 << 20
	oversize      = 17 * mebibyte
	bombMebibytes = 256
)

// withOversizeBody adds blanks after the answer, which stays valid JSON.
func (r Reply) withOversizeBody() Reply {
	r.Body = append(bytes.Clone(r.Body), bytes.Repeat([]byte{' '}, oversize)...)
	return r
}

// withGzipBomb replaces the body by one that is small until it is unpacked.
func (r Reply) withGzipBomb() Reply {
	header := map[string]string{}
	maps.Copy(header, r.Header)
	header["Content-Encoding"] = "gzip"
	r.Header, r.Body = header, gzipBomb()
	return r
}

// gzipBomb is a gzip stream of many equal members: a brace, and 256 MiB of blanks.
var gzipBomb = sync.OnceValue(func() []byte {
	bomb := zip([]byte{'{'})
	return append(bomb, bytes.Repeat(zip(bytes.Repeat([]byte{' '}, mebibyte)), bombMebibytes)...)
})

func zip(text []byte) []byte {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write(text) // a buffer takes everything
	_ = w.Close()
	return zipped.Bytes()
}

// blanks never ends.
type blanks struct{}

var aBlankPage = bytes.Repeat([]byte{' '}, 32<<10)

func (blanks) Read(b []byte) (int, error) { return copy(b, aBlankPage), nil }

// writeEndless writes the body, and then blanks until the client goes away.
func (r Reply) writeEndless(w http.ResponseWriter) {
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.Body)
	if direct, ok := w.(interface{ Follow(io.Reader) }); ok {
		direct.Follow(blanks{})
		return
	}
	_, _ = io.Copy(w, blanks{}) // ends when the connection is closed
	panic(http.ErrAbortHandler)
}
