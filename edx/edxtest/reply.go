package edxtest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// byteOrderMark may stand before what a server writes, though JSON has none.
const byteOrderMark = "\xef\xbb\xbf"

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
func (s *Server) crash() reply {
	if s.is(VariantCrashPage, "plain-text") {
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

// link is the request's own URL with other parameters, as lists name their next
// page; a nil value takes a parameter away.
func (s *Server) link(c call, param, value string) any {
	query := url.Values{}
	for name, values := range c.query {
		query[name] = values
	}
	query.Set(param, value)
	scheme, host := c.scheme(), c.request.Host
	switch {
	case s.is(VariantNextLinks, "http"):
		scheme = "http"
	case s.is(VariantNextLinks, "foreign-host"):
		scheme, host = "https", "lms.elsewhere.example"
	case s.is(VariantNextLinks, "itself"):
		query = c.query
	}
	return (&url.URL{Scheme: scheme, Host: host, Path: c.request.URL.Path, RawQuery: query.Encode()}).String()
}

// base is where the caller finds the server.
func (c call) base() string { return c.scheme() + "://" + c.request.Host }

func (c call) scheme() string {
	if c.request.TLS != nil || c.request.URL.Scheme == "https" {
		return "https"
	}
	return "http"
}

// positive reads a number from 1 on in the query; missing is fallback.
func (c call) positive(name string, fallback int) (n int, ok bool) {
	if c.query.Get(name) == "" {
		return fallback, true
	}
	n, err := strconv.Atoi(c.query.Get(name))
	return n, err == nil && n >= 1
}

// cursorOf hides the place of a page's last row in a list.
func cursorOf(place ...int64) string {
	var text []string
	for _, n := range place {
		text = append(text, strconv.FormatInt(n, 10))
	}
	return base64.StdEncoding.EncodeToString([]byte("p=" + strings.Join(text, "_")))
}

// readCursor reads a cursor of so many numbers.
func readCursor(text string, length int) (place []int64, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	digits, found := strings.CutPrefix(string(raw), "p=")
	if err != nil || !found {
		return nil, false
	}
	for _, part := range strings.Split(digits, "_") {
		n, ok := toNumber(part)
		if !ok {
			return nil, false
		}
		place = append(place, n)
	}
	return place, len(place) == length
}

// pageOf cuts one page, numbered from 1, out of a list, and counts the pages.
func pageOf[T any](rows []T, page, size int) (part []T, pages int) {
	pages = max(1, (len(rows)+size-1)/size)
	from := min((page-1)*size, len(rows))
	return rows[from:min(from+size, len(rows))], pages
}

// clampPage reads a page number as Django's get_page does: what is no number is
// the first, what lies beyond the last is the last.
func clampPage(text string, pages int) int {
	page, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 1
	case page < 1 || page > pages:
		return pages
	}
	return page
}

// splitCommas reads a list in one parameter; "" has no items.
func splitCommas(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// Short names for what stands in every file of this package.
type (
	reply   = testserver.Reply
	object  = testserver.Object
	member  = testserver.Member
	decimal = testserver.Decimal
)
