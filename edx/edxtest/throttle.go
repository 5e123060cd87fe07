package edxtest

import (
	"fmt"
	"net/http"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// rate is how many requests a minute a view takes of one user; zero is no limit.
type rate struct {
	scope       string // views with one scope count together
	user, staff int
}

var (
	enrollmentRate = rate{"enrollment", 40, 120}
	catalogRate    = rate{"courses", 20, 40}
)

// throttle counts the call, and refuses it if the variant [Rates] is on and the
// minute is full. A call that was refused does not count.
func (o *Server) throttle(c call) (refused reply, ok bool) {
	limit := c.route.rate.user
	if c.user.Staff {
		limit = c.route.rate.staff
	}
	if limit == 0 || !o.is(VariantRates, "documented") {
		return reply{}, true
	}
	now, key := o.now(), c.route.rate.scope+" "+c.user.Username
	recent := o.sent[key]
	for len(recent) > 0 && !recent[0].After(now.Add(-time.Minute)) {
		recent = recent[1:]
	}
	o.sent[key] = recent
	if len(recent) >= limit {
		return o.throttled(c, recent[0].Add(time.Minute).Sub(now)), false
	}
	o.sent[key] = append(recent, now)
	return reply{}, true
}

// throttled is a 429 in the form of the view; older releases leave Retry-After
// out where errors are for developers. The token endpoint answers a page.
func (o *Server) throttled(c call, delay time.Duration) reply {
	if c.route.short == "access_token" {
		if o.is(VariantTokenThrottle, "403") {
			return testserver.StatusPage(http.StatusForbidden)
		}
		return testserver.StatusPage(http.StatusTooManyRequests)
	}
	seconds := max(1, int((delay+time.Second-1)/time.Second))
	r := c.refuse(http.StatusTooManyRequests, fmt.Sprintf("Request was throttled. Expected available in %d seconds.", seconds))
	if delay <= 0 || c.route.developer && o.is(VariantRetryAfter, "missing") {
		return r
	}
	return r.WithRetryAfter(time.Duration(seconds) * time.Second)
}
