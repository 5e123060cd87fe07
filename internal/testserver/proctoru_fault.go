package testserver

import "net/http"

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
