package testserver

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

func edxJSON(status int, body any) reply {
	return reply{status: status, header: map[string]string{"Content-Type": jsonType}, body: appendJSON(nil, body, plainNumbers)}
}

// edxEmpty is an answer without body and content type.
func edxEmpty(status int) reply { return reply{status: status} }

// refuse says no in the words of the view: {"detail": ...}, or with the key
// developer_message.
func (c edxCall) refuse(status int, text any) reply {
	name := "detail"
	if c.route.developer {
		name = "developer_message"
	}
	return edxJSON(status, object{{name, text}})
}

const noPermission = "You do not have permission to perform this action."

func (c edxCall) forbid() reply { return c.refuse(http.StatusForbidden, noPermission) }

// fieldError blames one parameter.
func fieldError(field, text string) reply {
	return edxJSON(http.StatusBadRequest, object{{"field_errors", object{{field, object{{"developer_message", text}}}}}})
}

// fieldErrorForUsers blames one field of an account or a preference.
func fieldErrorForUsers(field, text, userText string) reply {
	return edxJSON(http.StatusBadRequest, object{{"field_errors", object{{field, object{
		{"developer_message", text}, {"user_message", userText},
	}}}}})
}

// coded is an error of the grades and certificates APIs.
func coded(status int, text, code string) reply {
	if text == "" {
		return edxJSON(status, object{{"error_code", code}})
	}
	return edxJSON(status, object{{"developer_message", text}, {"error_code", code}})
}

// message is an error of the enrollment API.
func message(status int, format string, args ...any) reply {
	return edxJSON(status, object{{"message", fmt.Sprintf(format, args...)}})
}

// crash is a 500 for what the platform forgot to handle.
func (o *OpenEdX) crash() reply {
	if o.is(CrashPage, "plain-text") {
		return reply{
			status: http.StatusInternalServerError, header: map[string]string{"Content-Type": "text/plain"},
			body: []byte("Encountered error while rendering error page."),
		}
	}
	return statusPage(http.StatusInternalServerError)
}

// edxTime writes an instant as the platform does: with six digits of fraction or
// none; the zero time is null.
func edxTime(t time.Time) any {
	switch {
	case t.IsZero():
		return nil
	case t.Nanosecond() < 1000:
		return t.UTC().Format("2006-01-02T15:04:05Z")
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

// fraction is a number that the platform writes with a point.
func fraction(f float64) decimal {
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if f == float64(int64(f)) {
		text += ".0"
	}
	return decimal(text)
}

func toNumber(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}
