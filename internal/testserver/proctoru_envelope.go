package testserver

import (
	"net/http"
	"strings"
	"time"
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
func (p *ProctorU) success(c call, data any) reply {
	p.countSuccess(c)
	if c.endpoint.list {
		if rows, ok := data.([]object); ok && len(rows) == 0 {
			return p.emptyList()
		}
	}
	answer := p.envelope(object{{"time_sent", p.stamp()}, {"response_code", 1}, {"message", ""}, {"data", data}})
	answer.succeeded = true
	return answer
}

// bare is a success with these members and no envelope around them.
func (p *ProctorU) bare(c call, members object) reply {
	p.countSuccess(c)
	answer := p.envelope(members)
	answer.succeeded = true
	return answer
}

func (p *ProctorU) countSuccess(c call) {
	if !p.is(ErrorCounterScope, "never-reset") && !p.is(ErrorCounterScope, "reset-after-1h") {
		delete(p.errors, p.counterKey(c))
	}
}

func (p *ProctorU) emptyList() reply {
	members := object{{"time_sent", p.stamp()}, {"response_code", 1}, {"message", ""}}
	switch p.playing[EmptyList] {
	case "null":
		members = append(members, member{"data", nil})
	case "object":
		members = append(members, member{"data", object{}})
	case "missing":
	default:
		members = append(members, member{"data", []object{}})
	}
	return p.envelope(members)
}

// failure is an application error: text and counter in an envelope with code 2.
func (p *ProctorU) failure(c call, text string) reply {
	message := p.dialect(text)
	if text != textStale {
		message += p.suffix(text, p.countError(c))
	}
	members := object{}
	if stamp, ok := p.errorStamp(c); ok {
		members = append(members, member{"time_sent", stamp})
	}
	members = append(members, object{{"response_code", 2}, {"message", message}, {"data", nil}}...)
	return p.errorStatus(p.envelope(members))
}

func (p *ProctorU) envelope(members object) reply {
	form := plainNumbers
	switch p.playing[Numbers] {
	case "strings":
		form = stringNumbers
	case "floats":
		form = floatNumbers
	}
	body := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(appendString(body, m.key), ':')
		if m.key == "response_code" && form == floatNumbers {
			body = appendJSON(body, m.value, plainNumbers) // a code is no quantity
			continue
		}
		body = appendJSON(body, m.value, form)
	}
	return reply{status: http.StatusOK, header: map[string]string{"Content-Type": "application/json; charset=utf-8"}, body: append(body, '}')}
}

func (p *ProctorU) stamp() string { return p.now().Format(wireTime) }

func (p *ProctorU) errorStamp(c call) (string, bool) {
	echo := c.params["time_sent"]
	switch variant := p.playing[ErrorTimeSent]; {
	case variant == "absent":
		return "", false
	case variant == "empty":
		return "", true
	case variant == "server-clock" || echo == "":
		return p.stamp(), true
	}
	return echo, true
}

// dialect turns a documented text into the wording that is played.
func (p *ProctorU) dialect(text string) string {
	switch p.playing[ErrorText] {
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
func (p *ProctorU) errorStatus(r reply) reply {
	switch p.playing[ErrorStatus] {
	case "500-envelope":
		r.status = http.StatusInternalServerError
	case "500-html":
		return statusPage(http.StatusInternalServerError)
	case "502-html":
		return statusPage(http.StatusBadGateway)
	case "503-html":
		return statusPage(http.StatusServiceUnavailable)
	case "504-html":
		return statusPage(http.StatusGatewayTimeout)
	case "429":
		return statusPage(http.StatusTooManyRequests)
	case "429-retry-after":
		return statusPage(http.StatusTooManyRequests).withRetryAfter(2 * time.Second)
	}
	return r
}
