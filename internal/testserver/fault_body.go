package testserver

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"sync"
)

const (
	mebibyte      = 1 << 20
	oversize      = 17 * mebibyte
	bombMebibytes = 256
)

// withOversizeBody adds blanks after the answer, which stays valid JSON.
func (r reply) withOversizeBody() reply {
	r.body = append(bytes.Clone(r.body), bytes.Repeat([]byte{' '}, oversize)...)
	return r
}

// withGzipBomb replaces the body by one that is small until it is unpacked.
func (r reply) withGzipBomb() reply {
	header := map[string]string{}
	maps.Copy(header, r.header)
	header["Content-Encoding"] = "gzip"
	r.header, r.body = header, gzipBomb()
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
func (r reply) writeEndless(w http.ResponseWriter) {
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body)
	if direct, ok := w.(interface{ follow(io.Reader) }); ok {
		direct.follow(blanks{})
		return
	}
	_, _ = io.Copy(w, blanks{}) // ends when the connection is closed
	panic(http.ErrAbortHandler)
}
