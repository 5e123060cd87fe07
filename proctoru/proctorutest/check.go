package proctorutest

import (
	"net/http"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// maxClockSkew is how far off time_sent may be, either way.
const maxClockSkew = 5 * time.Minute

// check answers calls that the service refuses before it looks at what they ask
// for: a wrong key, a locked account, an old or odd time_sent.
func (p *Server) check(c call) (refused reply, ok bool) {
	switch {
	case c.token != p.Token:
		return p.badKey(c), false
	case p.counter(c).errors >= p.errorLimit() && !p.is(VariantErrorLimit, "nothing"):
		return p.locked(c), false
	case !p.fresh(c):
		return p.failure(c, textStale), false
	}
	return reply{}, true
}

func (p *Server) badKey(c call) reply {
	switch p.playing[VariantBadKey] {
	case "http-401":
		return reply{
			Status: http.StatusUnauthorized, Header: map[string]string{"Content-Type": "application/json"},
			Body: []byte(`{"message":"Unauthorized"}`),
		}
	case "redirect-302":
		page := testserver.StatusPage(http.StatusFound)
		page.Header["Location"] = "https://demo.proctoru.com/users/sign_in"
		return page
	case "html-403":
		return testserver.StatusPage(http.StatusForbidden)
	}
	return p.failure(c, textBadKey)
}

func (p *Server) locked(c call) reply {
	if p.is(VariantErrorLimit, "http-403") {
		return testserver.StatusPage(http.StatusForbidden)
	}
	return p.failure(c, textLocked)
}

// fresh reports whether time_sent is near enough to the service's clock.
func (p *Server) fresh(c call) bool {
	text := c.params["time_sent"]
	if text == "" {
		return !p.is(VariantTimeSentTolerance, "absent-is-stale")
	}
	sent, ok := parseTime(text)
	if p.is(VariantTimeSentFormat, "strict") {
		_, err := time.Parse(wireTime, text)
		ok = err == nil && len(text) == len(wireTime)
	}
	if !ok {
		return false
	}
	return p.near(sent, p.now()) || p.clients != nil && p.near(sent, p.clients.Now())
}

// near reports whether time_sent is not too far from that clock's time.
func (p *Server) near(sent, now time.Time) bool {
	limit := maxClockSkew
	switch p.playing[VariantTimeSentTolerance] {
	case "60s":
		limit = time.Minute
	case "15m":
		limit = 15 * time.Minute
	}
	age := now.Sub(sent)
	return age <= limit && (age >= -limit || p.is(VariantTimeSentTolerance, "future-accepted"))
}
