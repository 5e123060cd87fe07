package transport

import (
	"log/slog"
	"time"
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

// logFailure writes the warning of a call that failed.
func (c *call) logFailure(start time.Time, err error) {
	log := c.t.set.logger
	if !log.Enabled(c.ctx, slog.LevelWarn) {
		return
	}
	log.LogAttrs(c.ctx, slog.LevelWarn, "HTTP call failed",
		slog.String("operation", c.req.Op),
		slog.Int("attempts", c.attempts),
		slog.Int("status", c.last.status),
		slog.Duration("duration", c.t.set.clock.Now().Sub(start)),
		slog.String("error", err.Error()))
}
