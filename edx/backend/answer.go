package backend

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// answer is what goes back. Whatever is behind the handler, it is whole before its
// first byte is sent.
type answer struct {
	status int
	header http.Header
	body   []byte
	hangUp bool   // the request's body was not read to its end: end the connection
	why    string // for the log: why it is no success; "" if the status says it
	warn   bool   // the log's record is a warning
}

const (
	jsonType  = "application/json"
	plainType = "text/plain; charset=utf-8"
)

// jsonAnswer is a 200 with a value. Values are an object each, or a bare bool where
// the platform reads one: a list or null breaks the page of a learner.
func jsonAnswer(value any) answer { return jsonWith(http.StatusOK, value) }

func jsonWith(status int, value any) answer {
	body, err := json.Marshal(value)
	if err != nil { // none of our values
		return refusal(http.StatusInternalServerError, sentenceFailed)
	}
	return answer{status: status, header: http.Header{"Content-Type": {jsonType}}, body: body}
}

// What a refusal says. A learner's browser may show it, so it holds nothing of the
// request, and nothing of what went wrong.
const (
	sentenceFailed    = "The proctoring service can't answer now. Please try again in a few minutes."
	sentenceSignIn    = "The proctoring service could not verify who asks. Please tell the support of your learning platform."
	sentenceNotFound  = "The proctoring service does not know this exam or attempt. Please tell the support of your learning platform."
	sentenceRefused   = "The proctoring service can't register you for this exam. Please ask your exam office."
	sentenceUnread    = "The proctoring service could not read the request. Please tell the support of your learning platform."
	sentenceMethod    = "The proctoring service does not take this kind of request here."
	sentenceTooLarge  = "The request is too large for the proctoring service."
	sentenceTooSlow   = "The request took too long to arrive at the proctoring service. Please try again."
	sentenceNotServed = "The proctoring service does not keep this."
	sentenceLink      = "This link is not valid. Please tell the support of your learning platform."
	sentenceExpired   = "This link was good for a minute, which is over. Please open it again from your course. If that does not help, please tell the support of your learning platform."
	sentenceUsed      = "This link has been used, and opens once. Please open it again from your course."
)

// refusal is an object with a sentence, so that the platform finds in it neither an
// id nor a status.
func refusal(status int, sentence string) answer {
	return jsonWith(status, map[string]string{"detail": sentence})
}

// page is a plain text for a browser.
func page(status int, text string) answer {
	return answer{status: status, header: http.Header{"Content-Type": {plainType}}, body: []byte(text + "\n")}
}

// ended returns a with the connection closed after it.
func (a answer) ended() answer {
	a.hangUp = true
	return a
}

func (a answer) write(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	for name, values := range a.header {
		header[name] = values
	}
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		header.Del("Content-Length") // nor has it a body
		w.WriteHeader(a.status)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}
