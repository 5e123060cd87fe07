package backend

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/proctorbook/proctorbook"
)

// maxBodyBytes bounds a body. An exam with long rules for its reviewers has some
// ten thousand.
const maxBodyBytes = 256 << 10

// read reads the body within its bounds of bytes and time.
func (c call) read() (body []byte, refused answer) {
	media, _, err := mime.ParseMediaType(c.header.Get("Content-Type"))
	switch {
	case err != nil || media != c.mediaType || c.header.Get("Content-Encoding") != "":
		return nil, refusal(http.StatusUnsupportedMediaType, sentenceUnread).ended()
	case c.request.ContentLength > maxBodyBytes:
		return nil, refusal(http.StatusRequestEntityTooLarge, sentenceTooLarge).ended()
	}
	readUntil(c.writer, proctorbook.SystemClock{}.Now().Add(bodyTime))
	body, err = io.ReadAll(io.LimitReader(c.request.Body, maxBodyBytes+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refusal(http.StatusRequestTimeout, sentenceTooSlow).ended()
	case err != nil:
		return nil, refusal(http.StatusBadRequest, sentenceUnread).ended()
	case len(body) > maxBodyBytes:
		return nil, refusal(http.StatusRequestEntityTooLarge, sentenceTooLarge).ended()
	}
	readUntil(c.writer, time.Time{}) // or the deadline would end the request while it is answered
	return body, answer{}
}

// errUnfit is a body that is JSON, and not what was asked for.
var errUnfit = errors.New("backend: the body has not what it needs")
