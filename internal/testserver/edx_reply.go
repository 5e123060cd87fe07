package testserver

import (
	"fmt"
	"net/http"
	"time"
)

func edxJSON(status int, body object) reply {
	return reply{status: status, header: map[string]string{"Content-Type": "application/json"}, body: appendObject(nil, body, plainNumbers)}
}

// throttled is a 429 in the form of the endpoint; older releases leave Retry-After out.
func throttled(c edxCall, delay time.Duration) reply {
	name := "detail"
	if c.endpoint != "me" && c.endpoint != "accounts" && c.endpoint != "preferences" {
		name = "developer_message"
	}
	seconds := max(1, int(delay/time.Second))
	text := fmt.Sprintf("Request was throttled. Expected available in %d seconds.", seconds)
	return edxJSON(http.StatusTooManyRequests, object{{name, text}}).withRetryAfter(delay)
}

// edxEmpty is an answer without body and content type.
func edxEmpty(status int) reply { return reply{status: status} }

// edxTime writes an instant as the platform does; the zero time is null.
func edxTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.999999Z")
}
