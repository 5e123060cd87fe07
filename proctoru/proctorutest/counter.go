package proctorutest

import (
	"strconv"
	"time"
)

const (
	errorLimit      = 50
	counterLifetime = time.Hour // where time resets the counter, or unlocks the account
)

// errorCounter counts errors of one key.
type errorCounter struct {
	errors int
	last   time.Time
}

// suffix writes how many errors came before this one.
func (p *Server) suffix(text string, before int) string {
	once := " : Error count " + strconv.Itoa(before) + " of " + strconv.Itoa(p.errorLimit())
	switch p.playing[VariantErrorSuffix] {
	case "never":
		return ""
	case "twice":
		return once + once
	}
	if text == textExists || text == textOverlap || text == textForeign {
		return once + once
	}
	return once
}

func (p *Server) errorLimit() int {
	if p.is(VariantErrorSuffix, "of-100") {
		return 2 * errorLimit
	}
	return errorLimit
}

func (p *Server) counterKey(c call) string {
	if p.is(VariantErrorCounterScope, "key-and-endpoint") {
		return c.token + "/" + c.endpoint.name
	}
	return c.token
}

// counter returns the caller's counter, as time has left it.
func (p *Server) counter(c call) *errorCounter {
	key := p.counterKey(c)
	counter := p.errors[key]
	if counter == nil {
		counter = &errorCounter{}
		p.errors[key] = counter
	}
	expires := p.is(VariantErrorCounterScope, "reset-after-1h") || p.is(VariantErrorLimit, "unlock-after-1h") && counter.errors >= p.errorLimit()
	if expires && p.now().Sub(counter.last) >= counterLifetime {
		counter.errors = 0
	}
	return counter
}

// countError returns how many errors came before this one.
func (p *Server) countError(c call) int {
	counter := p.counter(c)
	before := counter.errors
	if before < p.errorLimit() {
		counter.errors++
		counter.last = p.now()
	}
	return before
}
