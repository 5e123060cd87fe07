package edxtest

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

func jsonReply(status int, body any) reply {
	return reply{Status: status, Header: map[string]string{"Content-Type": jsonType}, Body: testserver.AppendJSON(nil, body, testserver.PlainNumbers)}
}

// emptyReply is an answer without body and content type.
func emptyReply(status int) reply { return reply{Status: status} }

// refuse says no in the words of the view: {"detail": ...}, or with the key
// developer_message.
func (c call) refuse(status int, text any) reply {
	name := "detail"
	if c.route.developer {
		name = "developer_message"
	}
	return jsonReply(status, object{{name, text}})
}

const noPermission = "You do not have permission to perform this action."

func (c call) forbid() reply { return c.refuse(http.StatusForbidden, noPermission) }

// fieldError blames one parameter.
func fieldError(field, text string) reply {
	return jsonReply(http.StatusBadRequest, object{{"field_errors", object{{field, object{{"developer_message", text}}}}}})
}

// fieldErrorForUsers blames one field of an account or a preference.
func fieldErrorForUsers(field, text, userText string) reply {
	return jsonReply(http.StatusBadRequest, object{{"field_errors", object{{field, object{
		{"developer_message", text}, {"user_message", userText},
	}}}}})
}

// coded is an error of the grades and certificates APIs.
func coded(status int, text, code string) reply {
	if text == "" {
		return jsonReply(status, object{{"error_code", code}})
	}
	return jsonReply(status, object{{"developer_message", text}, {"error_code", code}})
}

// message is an error of the enrollment API.
func message(status int, format string, args ...any) reply {
	return jsonReply(status, object{{"message", fmt.Sprintf(format, args...)}})
}

// crash is a 500 for what the platform forgot to handle.
func (o *Server) crash() reply {
	if o.is(VariantCrashPage, "plain-text") {
		return reply{
			Status: http.StatusInternalServerError, Header: map[string]string{"Content-Type": "text/plain"},
			Body: []byte("Encountered error while rendering error page."),
		}
	}
	return testserver.StatusPage(http.StatusInternalServerError)
}

// wireTime writes an instant as the platform does: with six digits of fraction or
// none; the zero time is null.
func wireTime(t time.Time) any {
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
