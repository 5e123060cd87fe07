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

	"github.com/proctorbook/proctorbook/internal/transport"
)

// failure turns what the transport says about op into an *Error.
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

// refusal reads an answer whose status is not 2xx.
func refusal(op operation, refused *transport.StatusError) *Error {
	e := &Error{
		Op: op.name, Status: refused.Status, Reason: reasonOf(op, refused),
		RetryAfter: refused.RetryAfter, attempts: refused.Attempts,
		outcome: refused.Outcome, cause: refused.Err,
		HTML: isHTML(refused.Header, refused.Body),
	}
	var body any
	if json.Unmarshal(refused.Body, &body) == nil {
		e.read(body)
	}
	return e
}

func reasonOf(op operation, refused *transport.StatusError) Reason {
	switch status := refused.Status; {
	case status == http.StatusUnauthorized:
		return ErrUnauthorized
	case status == http.StatusForbidden:
		return ErrForbidden
	case status == http.StatusNotFound && op.empty404 != "" && isEmpty(refused.Body) && refused.Err == nil:
		return op.empty404
	case status == http.StatusNotFound:
		return ErrNotFound
	case status == http.StatusTooManyRequests:
		return ErrThrottled
	case status >= 500:
		return ErrUnavailable
	case errors.Is(refused, transport.ErrRedirect):
		return ErrRedirect
	}
	return ""
}

func isEmpty(body []byte) bool { return len(bytes.TrimSpace(body)) == 0 }

func isHTML(header http.Header, body []byte) bool {
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	return !isEmpty(body) && (media == "text/html" || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")))
}

// read takes the platform's words out of an error body. There are a dozen
// forms, by the age and author of the view; none needs to be known beforehand.
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
	case "error":
		if isCode(text) {
			e.Code = text
		} else {
			e.Detail = text
		}
	}
}

// readObject reads the messages about single fields, and the error about the
// token that some views nest in their developer_message.
func (e *Error) readObject(name string, members map[string]any) {
	switch name {
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
