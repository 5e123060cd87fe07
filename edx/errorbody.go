package edx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// failure turns an error of the transport into an *Error.
func failure(ctx context.Context, op operation, err error) error {
	if refused, ok := errors.AsType[*transport.StatusError](err); ok {
		return refusal(op, refused)
	}
	e := &Error{Op: op.name, cause: err}
	unanswered, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return e
	}
	e.cause = unanswered.Err // it has our operation and outcome beside it
	e.outcome, e.attempts = unanswered.Outcome, unanswered.Attempts
	switch {
	case errors.Is(err, transport.ErrTooLarge):
		e.Reason = ErrNotJSON
	case unanswered.Attempts > 0 && ctx.Err() == nil:
		e.Reason = ErrUnavailable
	}
	return e
}

// maxRaw is how much of an error's body is kept.
const maxRaw = 4 << 10

// refusal reads an answer whose status is not 2xx.
func refusal(op operation, refused *transport.StatusError) *Error {
	e := &Error{
		Op: op.name, Status: refused.Status,
		RetryAfter: refused.RetryAfter, attempts: refused.Attempts,
		outcome: refused.Outcome, cause: refused.Err,
		HTML: isHTML(refused.Header, refused.Body),
		Raw:  bytes.Clone(refused.Body[:min(len(refused.Body), maxRaw)]),
	}
	var body any
	if json.Unmarshal(withoutMark(refused.Body), &body) == nil {
		e.read(body)
	}
	e.Reason = reasonOf(op, refused, e)
	if errors.Is(refused, proctorbook.ErrRedirect) {
		e.cause, e.location = proctorbook.ErrRedirect, refused.Header.Get("Location")
	}
	if slices.Contains(op.refusals, e.Status) && e.hasWords() {
		e.outcome = proctorbook.ErrNotDone
	}
	return e
}

// hasWords reports whether the platform itself, and not a proxy, said no.
func (e *Error) hasWords() bool { return e.Detail != "" || e.DeveloperMessage != "" || e.Fields != nil }

func reasonOf(op operation, refused *transport.StatusError, e *Error) Reason {
	switch status := refused.Status; {
	case status == http.StatusBadRequest:
		return reasonOf400(op, e)
	case status == http.StatusUnauthorized:
		return ErrUnauthorized
	case status == http.StatusForbidden && op.family == proctoring && blamesToken(refused):
		return ErrUnauthorized
	case status == http.StatusForbidden && e.UserMessageURL != "":
		return ErrEmbargoed
	case status == http.StatusForbidden && op.empty403 != "" && isEmpty(refused.Body):
		return op.empty403
	case status == http.StatusForbidden:
		return ErrForbidden
	case status == http.StatusNotFound && op.empty404 != "" && isEmpty(refused.Body) && refused.Err == nil:
		return op.empty404
	case status == http.StatusNotFound && codeReasons[e.Code] != "":
		return codeReasons[e.Code]
	case status == http.StatusNotFound:
		return ErrNotFound
	case status == http.StatusNotAcceptable && e.hasWords():
		return ErrUserUnknown
	case status == http.StatusPreconditionFailed && op.family == proctoring:
		return ErrNotProctored
	case status == http.StatusConflict:
		return ErrExists
	case status == http.StatusTooManyRequests:
		return ErrThrottled
	case status >= 500:
		return ErrUnavailable
	}
	return ""
}

// codeReasons are the codes with which the views of grades tell what does not
// exist.
var codeReasons = map[string]Reason{"user_does_not_exist": ErrUserUnknown, "user_not_enrolled": ErrNotEnrolled}

// reasonOf400 tells apart what some views put into one status. They differ only
// in their words, which are not translated and are the same in every release that
// was read.
func reasonOf400(op operation, e *Error) Reason {
	switch {
	case e.offersModes:
		return ErrModeUnavailable
	case strings.HasPrefix(e.Detail, "No course "):
		return ErrNotFound
	case op.family == proctoring && strings.Contains(e.Detail, "does not exist"):
		return ErrNotFound
	case op.family == proctoring && (e.field == "user_info" || strings.HasPrefix(e.Detail, "Cannot find user against ")):
		return ErrUserUnknown
	}
	return ""
}

func isEmpty(body []byte) bool { return len(bytes.TrimSpace(body)) == 0 }

func isHTML(header http.Header, body []byte) bool {
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	return !isEmpty(body) && (media == "text/html" || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")))
}

// read takes the platform's words out of an error body. There are a dozen forms,
// by the age and author of the view; this reads all of them without knowing which
// it is.
func (e *Error) read(body any) {
	switch v := body.(type) {
	case string:
		e.Detail = v
	case []any:
		for _, item := range v {
			e.read(item)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			e.readMember(name, v[name])
		}
	}
}

func (e *Error) readMember(name string, value any) {
	switch v := value.(type) {
	case string:
		e.readText(name, v)
	case []any:
		e.addField(name, v)
	case map[string]any:
		e.readObject(name, v)
	}
}

// readText stores a text in the field of its meaning.
func (e *Error) readText(name, text string) {
	switch name {
	case "detail", "message", "error_msg", "error_description":
		e.Detail = text
	case "developer_message":
		e.DeveloperMessage = text
	case "user_message", "localizedMessage":
		e.UserMessage = text
	case "user_message_url":
		e.UserMessageURL = text
	case "error_code":
		e.Code = text
	case "field":
		e.field = text
	case "error":
		if isCode(text) {
			e.Code = text
		} else {
			e.Detail = text
		}
	}
}

// readObject reads the messages about single fields, the error about the token
// that some views nest in their developer_message, and the modes that a course
// offers instead of the one asked for.
func (e *Error) readObject(name string, members map[string]any) {
	switch name {
	case "course_details":
		e.offersModes = true
	case "field_errors":
		for field, words := range members {
			e.addField(field, words)
		}
	case "developer_message":
		for inner, value := range members {
			if text, ok := value.(string); ok {
				e.readText(inner, text)
			}
		}
	}
}

// addField keeps the texts about one field: a list of them, or an object of
// a message for developers and one for users.
func (e *Error) addField(field string, words any) {
	var texts []string
	add := func(v any) {
		if text, ok := v.(string); ok {
			texts = append(texts, text)
		}
	}
	switch v := words.(type) {
	case []any:
		for _, item := range v {
			add(item)
		}
	case map[string]any:
		add(v["developer_message"])
		add(v["user_message"])
	}
	if len(texts) == 0 {
		return
	}
	if e.Fields == nil {
		e.Fields = map[string][]string{}
	}
	e.Fields[field] = append(e.Fields[field], texts...)
}

// isCode reports whether s is a code, such as "invalid_client", and not prose,
// which may quote what we sent.
func isCode(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// blamesToken reports whether an answer speaks of the token, in the words of
// those releases that were read.
func blamesToken(refused *transport.StatusError) bool {
	words := bytes.ToLower(refused.Body)
	return !isHTML(refused.Header, words) && slices.ContainsFunc(tokenWords, func(word string) bool {
		return bytes.Contains(words, []byte(word))
	})
}

var tokenWords = []string{"token", "credentials", "signature"}
