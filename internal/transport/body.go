package transport

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// DefaultMaxBytes is the largest body read unless the request says otherwise.
const DefaultMaxBytes = 1 << 20

// firstBytes is the most that is set aside for a body before any of it arrives:
// a Content-Length is only a claim.
const firstBytes = 64 << 10

// payload is what one attempt sends: what all attempts share, then the stamp of this
// one. Each attempt has a reader of its own, since net/http may still read that of the
// one before.
func (c *call) payload(stamp string) (r io.Reader, size int) {
	if c.form != "" || stamp != "" {
		text := c.form + stamp
		return strings.NewReader(text), len(text)
	}
	return bytes.NewReader(c.req.Body), len(c.req.Body)
}

// watchedBody tells whether somebody has begun to read it.
type watchedBody struct {
	io.Reader
	read atomic.Bool
}

func (w *watchedBody) Read(b []byte) (int, error) {
	w.read.Store(true)
	return w.Reader.Read(b)
}

func (w *watchedBody) Close() error { return nil }

// readBody reads the body of resp to its end, so that the connection can be used
// again, and closes it. A body longer than limit is cut there with ErrTooLarge;
// its connection is given up rather than drained. net/http decompresses what it
// asked to be compressed, so limit counts what comes out.
func readBody(resp *http.Response, limit int64, room []byte) ([]byte, error) {
	if resp.Body == nil {
		return nil, nil
	}
	defer resp.Body.Close()
	if resp.StatusCode < http.StatusOK {
		return nil, nil // 101: the body is the connection itself and has no end
	}
	body := room[:0]
	if cap(body) == 0 {
		body = make([]byte, 0, startSize(resp.ContentLength, limit))
	}
	for {
		n, err := resp.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > limit:
			return body[:limit], ErrTooLarge
		case err == io.EOF:
			return body, nil
		case err != nil:
			return body, err
		case len(body) == cap(body):
			body = grow(body, resp.ContentLength, limit)
		}
	}
}

// startSize has room for one byte more than is announced, in which the end shows.
func startSize(announced, limit int64) int64 {
	if announced < 0 {
		announced = 511
	}
	return min(announced, limit, firstBytes) + 1
}

// grow doubles the room of body, up to one byte more than limit. Once an eighth of what
// is announced has come, it makes room for all of that.
func grow(body []byte, announced, limit int64) []byte {
	room := 2 * int64(cap(body))
	if announced >= room && announced/8 <= int64(len(body)) {
		room = announced + 1
	}
	return append(make([]byte, 0, min(room, limit+1)), body...)
}
