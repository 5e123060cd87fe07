package proctorutest

import (
	"net/http"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// The service's error texts, without the counter.
const (
	textStale      = "stale request"
	textNoStudent  = "Student Not found"
	textNotFound   = "Reservation Not found"
	textFuture     = "Reservation is in the future"
	textCanceled   = "Reservation Cancelled."
	textExists     = "reservation_id_EXIST_FOR_THIS_INSTITUTION"
	textOverlap    = "OVERLAP"
	textZone       = "TimeZone not found."
	textPast       = "start_date in the past"
	textForeign    = "RESERVATION_NOT_FOR_THIS_INSTITUTION"
	textNoSlots    = "no available slots"
	textBadKey     = "Invalid Authorization-Token"   // invented
	textLocked     = "Account locked"                // invented
	textNoChange   = "Reservation cannot be changed" // invented
	textNoSuchSlot = "That time can not be reserved" // invented
	textUnknown    = "Something went wrong, please contact support"
)

// success wraps data in the envelope, and sets the caller's error counter back.
func (s *Server) success(c call, data any) reply {
	s.countSuccess(c)
	if c.endpoint.list {
		if rows, ok := data.([]object); ok && len(rows) == 0 {
			return s.emptyList()
		}
	}
	answer := s.envelope(object{{"time_sent", s.stamp()}, {"response_code", 1}, {"message", ""}, {"data", data}})
	answer.Succeeded = true
	return answer
}

// bare is a success with these members and no envelope around them.
func (s *Server) bare(c call, members object) reply {
	s.countSuccess(c)
	answer := s.envelope(members)
	answer.Succeeded = true
	return answer
}

// bareRows is a success that is an array and nothing else.
func (s *Server) bareRows(c call, rows []object) reply {
	s.countSuccess(c)
	return reply{Status: http.StatusOK, Header: jsonType(), Body: testserver.AppendJSON(nil, rows, s.numberForm()), Succeeded: true}
}

func jsonType() map[string]string {
	return map[string]string{"Content-Type": "application/json; charset=utf-8"}
}

func (s *Server) countSuccess(c call) {
	if !s.is(VariantErrorCounterScope, "never-reset") && !s.is(VariantErrorCounterScope, "reset-after-1h") {
		delete(s.errors, s.counterKey(c))
	}
}

func (s *Server) emptyList() reply {
	members := object{{"time_sent", s.stamp()}, {"response_code", 1}, {"message", ""}}
	switch s.playing[VariantEmptyList] {
	case "null":
		members = append(members, member{"data", nil})
	case "object":
		members = append(members, member{"data", object{}})
	case "missing":
	default:
		members = append(members, member{"data", []object{}})
	}
	answer := s.envelope(members)
	answer.Succeeded = true
	return answer
}

// failure is an application error: text and counter in an envelope with code 2.
func (s *Server) failure(c call, text string) reply {
	message := s.dialect(text)
	if text != textStale {
		message += s.suffix(text, s.countError(c))
	}
	members := object{}
	if stamp, ok := s.errorStamp(c); ok {
		members = append(members, member{"time_sent", stamp})
	}
	members = append(members, object{{"response_code", 2}, {"message", message}, {"data", nil}}...)
	return s.errorStatus(s.envelope(members))
}

func (s *Server) envelope(members object) reply {
	form := s.numberForm()
	body := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(testserver.AppendString(body, m.Key), ':')
		if m.Key == "response_code" && form == testserver.FloatNumbers {
			body = testserver.AppendJSON(body, m.Value, testserver.PlainNumbers) // a code is no quantity
			continue
		}
		body = testserver.AppendJSON(body, m.Value, form)
	}
	return reply{Status: http.StatusOK, Header: jsonType(), Body: append(body, '}')}
}

func (s *Server) numberForm() testserver.NumberForm {
	switch s.playing[VariantNumbers] {
	case "strings":
		return testserver.StringNumbers
	case "floats":
		return testserver.FloatNumbers
	}
	return testserver.PlainNumbers
}

func (s *Server) stamp() string { return s.now().Format(wireTime) }

func (s *Server) errorStamp(c call) (string, bool) {
	echo := c.params["time_sent"]
	switch variant := s.playing[VariantErrorTimeSent]; {
	case variant == "absent":
		return "", false
	case variant == "empty":
		return "", true
	case variant == "server-clock" || echo == "":
		return s.stamp(), true
	}
	return echo, true
}

// dialect turns a documented text into the wording that is played.
func (s *Server) dialect(text string) string {
	switch s.playing[VariantErrorText] {
	case "other-case":
		if upper := strings.ToUpper(text); upper != text {
			return upper
		}
		return strings.ToLower(text)
	case "full-stop":
		if strings.HasSuffix(text, ".") {
			return strings.TrimSuffix(text, ".")
		}
		return text + "."
	case "unknown":
		return textUnknown
	}
	return text
}

// errorStatus answers an application error with another HTTP status where that is played.
func (s *Server) errorStatus(r reply) reply {
	switch s.playing[VariantErrorStatus] {
	case "500-envelope":
		r.Status = http.StatusInternalServerError
	case "500-html":
		return testserver.StatusPage(http.StatusInternalServerError)
	case "502-html":
		return testserver.StatusPage(http.StatusBadGateway)
	case "503-html":
		return testserver.StatusPage(http.StatusServiceUnavailable)
	case "504-html":
		return testserver.StatusPage(http.StatusGatewayTimeout)
	case "429":
		return testserver.StatusPage(http.StatusTooManyRequests)
	case "429-retry-after":
		return testserver.StatusPage(http.StatusTooManyRequests).WithRetryAfter(2 * time.Second)
	}
	return r
}

// Short names for what stands in every file of this package.
type (
	reply   = testserver.Reply
	object  = testserver.Object
	member  = testserver.Member
	decimal = testserver.Decimal
)
