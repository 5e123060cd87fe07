package backend

import (
	"bytes"
	"encoding/json"
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
		return nil, refusal(http.StatusUnsupportedMediaType, sentenceUnread).because(whyMedia).ended()
	case c.request.ContentLength > maxBodyBytes:
		return nil, refusal(http.StatusRequestEntityTooLarge, sentenceTooLarge).because(whyTooLarge).ended()
	}
	readUntil(c.writer, proctorbook.SystemClock{}.Now().Add(bodyTime))
	body, err = io.ReadAll(io.LimitReader(c.request.Body, maxBodyBytes+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refusal(http.StatusRequestTimeout, sentenceTooSlow).because(whyTooSlow).ended()
	case err != nil:
		return nil, refusal(http.StatusBadRequest, sentenceUnread).because(whyBrokenOff).ended()
	case len(body) > maxBodyBytes:
		return nil, refusal(http.StatusRequestEntityTooLarge, sentenceTooLarge).because(whyTooLarge).ended()
	}
	readUntil(c.writer, time.Time{}) // or the deadline would end the request while it is answered
	return body, answer{}
}

// unfit is what is wrong with a body, in words of ours.
type unfit string

func (u unfit) Error() string { return "backend: the body has " + string(u) }

// decodeObject reads a body that must be a JSON object. Its errors hold nothing of it.
func decodeObject(body []byte, into any) error {
	switch text := bytes.TrimSpace(body); {
	case !json.Valid(text):
		return unfit(whyNoJSON)
	case text[0] != '{':
		return unfit(whyNoObject)
	}
	err := json.Unmarshal(body, into)
	if err == nil {
		return nil
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return unfit(whyOtherKind + kind.Field)
	}
	return unfit(whyOtherValue) // by a type's own reading, whose errors show what it read
}

// unread refuses a body, and leaves in the log what was wrong with it.
func unread(err error) answer {
	why, _ := errors.AsType[unfit](err)
	return refusal(http.StatusBadRequest, sentenceUnread).because(string(why))
}
