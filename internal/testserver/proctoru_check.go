package testserver

import (
	"net/http"
	"time"
)

// check answers calls that the service refuses before it looks at what they ask
// for: a wrong key, a locked account, an old or odd time_sent.
func (p *ProctorU) check(c call) (refused reply, ok bool) {
	switch {
	case c.token != p.Token:
		return p.badKey(c), false
	case p.counter(c).errors >= p.errorLimit() && !p.is(ErrorLimit, "nothing"):
		return p.locked(c), false
	case !p.fresh(c):
		return p.failure(c, textStale), false
	}
	return reply{}, true
}

func (p *ProctorU) badKey(c call) reply {
	switch p.playing[BadKey] {
	case "http-401":
		return reply{
			status: http.StatusUnauthorized, header: map[string]string{"Content-Type": "application/json"},
			body: []byte(`{"message":"Unauthorized"}`),
		}
	case "redirect-302":
		page := statusPage(http.StatusFound)
		page.header["Location"] = "https://demo.proctoru.com/users/sign_in"
		return page
	case "html-403":
		return statusPage(http.StatusForbidden)
	}
	return p.failure(c, textBadKey)
}

func (p *ProctorU) locked(c call) reply {
	if p.is(ErrorLimit, "http-403") {
		return statusPage(http.StatusForbidden)
	}
	return p.failure(c, textLocked)
}

// fresh reports whether time_sent is near enough to the service's clock.
func (p *ProctorU) fresh(c call) bool {
	text := c.params["time_sent"]
	if text == "" {
		return !p.is(TimeSentTolerance, "absent-is-stale")
	}
	sent, ok := parseTime(text)
	if p.is(TimeSentFormat, "strict") {
		_, err := time.Parse(wireTime, text)
		ok = err == nil && len(text) == len(wireTime)
	}
	if !ok {
		return false
	}
	limit := maxClockSkew
	switch p.playing[TimeSentTolerance] {
	case "60s":
		limit = time.Minute
	case "15m":
		limit = 15 * time.Minute
	}
	age := p.now().Sub(sent)
	return age <= limit && (age >= -limit || p.is(TimeSentTolerance, "future-accepted"))
}

// playOwn plays the faults that only this service can have.
func (p *ProctorU) playOwn(f Fault, c call) (reply, bool) {
	switch f.Kind {
	case FaultUnauthorized:
		return p.badKey(c), true
	case FaultStaleRequest:
		return p.failure(c, textStale), true
	case FaultUnknownText:
		return p.failure(c, textUnknown), true
	case FaultUnknownTextAfter:
		p.deliver(c)
		return p.failure(c, textUnknown), true
	case FaultReadError:
		return statusPage(http.StatusInternalServerError), true
	case FaultReadNull:
		return p.envelope(object{{"time_sent", p.stamp()}, {"response_code", 1}, {"message", ""}, {"data", nil}}), true
	case FaultReadEmpty:
		return p.envelope(object{{"time_sent", p.stamp()}, {"response_code", 1}, {"message", ""}, {"data", []object{}}}), true
	case FaultDataNull:
		return p.playData(c, nil), true
	case FaultNoNumber:
		return p.playData(c, object{{"balance", decimal("0.0")}, {"reservation_id", c.params["reservation_id"]}}), true
	}
	return reply{}, false
}

// playData lets the service act, and answers with other data if it succeeded.
func (p *ProctorU) playData(c call, data any) reply {
	if answer := p.deliver(c); !answer.succeeded {
		return answer
	}
	return p.success(c, data)
}
