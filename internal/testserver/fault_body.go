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
