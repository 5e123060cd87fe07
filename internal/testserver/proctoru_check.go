package testserver

import (
	"net/http"
	"time"
)

// maxClockSkew is how far off time_sent may be, either way.
const maxClockSkew = 5 * time.Minute

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
	return p.near(sent, p.now()) || p.clients != nil && p.near(sent, p.clients.Now())
}

// near reports whether time_sent is not too far from that clock's time.
func (p *ProctorU) near(sent, now time.Time) bool {
	limit := maxClockSkew
	switch p.playing[TimeSentTolerance] {
	case "60s":
		limit = time.Minute
	case "15m":
		limit = 15 * time.Minute
	}
	age := now.Sub(sent)
	return age <= limit && (age >= -limit || p.is(TimeSentTolerance, "future-accepted"))
}
