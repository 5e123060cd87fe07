package transport

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/proctorbook/proctorbook"
)

// logAttempt writes the debug record of an attempt: never a URL, header or body.
func (c *call) logAttempt(start time.Time) {
	log := c.t.set.logger
	if !log.Enabled(c.ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", c.req.Op),
		slog.Int("attempt", c.attempts),
		slog.Int("status", c.last.status),
		slog.Duration("duration", c.t.set.clock.Now().Sub(start)),
	}
	if err := c.last.failure(); err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	log.LogAttrs(c.ctx, slog.LevelDebug, "HTTP attempt", attrs...)
}

// failure returns why there was no whole answer.
func (r *result) failure() error {
	if r.err != nil {
		return r.err
	}
	return r.bodyErr
}

// logFailure writes the record of a call that failed.
func (c *call) logFailure(start time.Time, err error) {
	log, level := c.t.set.logger, c.failureLevel()
	if !log.Enabled(c.ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", c.req.Op),
		slog.Int("attempts", c.attempts),
		slog.Int("status", c.last.status),
		slog.Duration("duration", c.t.set.clock.Now().Sub(start)),
		slog.String("error", err.Error()),
	}
	if c.broke {
		attrs = append(attrs, slog.Bool("retry_budget_spent", true))
	}
	log.LogAttrs(c.ctx, level, "HTTP call failed", attrs...)
}

// failureLevel returns how much the failure of the call matters to an operator. A
// 4xx status is an ordinary answer to a read, unless it is about the credentials
// or the pace.
func (c *call) failureLevel() slog.Level {
	switch c.last.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return slog.LevelWarn
	}
	if c.req.Class == proctorbook.Read && c.last.status/100 == 4 && c.last.failure() == nil {
		return slog.LevelInfo
	}
	return slog.LevelWarn
}
