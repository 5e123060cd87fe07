package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// isRefusal reports whether status proves that the service did not act.
func isRefusal(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusTooManyRequests:
		return true
	}
	return false
}

// checkRetry is the policy of go-retryablehttp. It decides before the answer is
// thrown away, so also whether there is time for the wait. The budget is asked
// last, since asking it costs tokens.
func (t *Transport) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	c := callOf(ctx)
	if c.mayRepeat() && c.findWait() {
		c.waiting = t.budget.spend()
		c.broke = !c.waiting
	}
	return c.waiting, nil
}

// backoff keeps go-retryablehttp from waiting, which it would do by the machine's
// clock.
func backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 }

// prepareRetry waits, by our clock, before the next attempt.
func (t *Transport) prepareRetry(shell *http.Request) error {
	c := callOf(shell.Context())
	if err := t.set.clock.Sleep(c.ctx, c.wait); err != nil {
		c.waitErr = err
		return err
	}
	c.waiting = false
	return nil
}

// mayRepeat reports whether the call may be sent again after its last attempt.
func (c *call) mayRepeat() bool {
	last := &c.last
	switch {
	case last.refused || c.ctx.Err() != nil || c.attempts >= c.t.set.attempts:
		return false
	case c.req.Class == proctorbook.Write:
		return last.notDone && (last.err != nil && isPassing(last.err) || last.status == http.StatusTooManyRequests)
	case last.err != nil:
		return isPassing(last.err)
	case last.status/100 == 2:
		return last.bodyErr != nil && isPassing(last.bodyErr)
	}
	return isBusy(last.status)
}

// isPassing reports whether another attempt may go well after err.
func isPassing(err error) bool {
	_, badCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	return !badCertificate && !errors.Is(err, ErrTooLarge)
}

// isBusy reports whether a read with this answer may succeed in a moment.
func isBusy(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// findWait sets how long to wait before the next attempt. It reports whether the
// call has time for that, and whether a Retry-After is short enough.
func (c *call) findWait() bool {
	wish := c.retryAfter()
	c.wait = wish
	if wish == 0 {
		c.wait = c.t.jitter(c.attempts)
	}
	return wish <= MaxRetryAfter && c.wait < c.left()
}

// jitter returns a random time up to a bound that doubles with each attempt made
// (full jitter): many clients that failed together don't come back together.
func (t *Transport) jitter(attempts int) time.Duration {
	bound := t.set.minWait
	for range attempts - 1 {
		if bound >= t.set.maxWait/2 {
			bound = t.set.maxWait
			break
		}
		bound *= 2
	}
	share := min(max(t.set.random(), 0), 1)
	return time.Duration(share * float64(bound))
}

// retryAfter returns how long the last answer asks to wait, 0 if it does not ask.
func (c *call) retryAfter() time.Duration {
	return parseRetryAfter(c.last.header.Get("Retry-After"), c.t.set.clock)
}

// parseRetryAfter reads both forms of the header: seconds, and a date.
func parseRetryAfter(value string, clock proctorbook.Clock) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		const most = uint64(1<<63-1) / uint64(time.Second)
		return time.Duration(min(seconds, most)) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(date.Sub(clock.Now()), 0)
}
