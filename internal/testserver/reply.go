package testserver

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// reply is an answer, and how it reaches the client.
type reply struct {
	status int
	header map[string]string
	body   []byte
	ending ending
	wait   time.Duration // passes on the fake's clock before the answer

	succeeded bool // an envelope of success
}

// ending says what becomes of the connection.
type ending int

const (
	endWhole   ending = iota // the answer arrives
	endCut                   // half of the body arrives
	endLost                  // nothing arrives
	endHang                  // nothing arrives until the client gives up
	endRefused               // there was no connection
	endNever                 // the body goes on for ever
)

const htmlType = "text/html; charset=utf-8"

func htmlPage(status int, title string) reply {
	page := "<!DOCTYPE html><html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>\n"
	return reply{status: status, header: map[string]string{"Content-Type": htmlType}, body: []byte(page)}
}

func statusPage(status int) reply { return htmlPage(status, http.StatusText(status)) }

// withRetryAfter adds the header if d is at least a second.
func (r reply) withRetryAfter(d time.Duration) reply {
	if d >= time.Second {
		r.header["Retry-After"] = strconv.Itoa(int(d / time.Second))
	}
	return r
}

func (r reply) ended(e ending) reply {
	r.ending = e
	return r
}

// play answers with a fault that any service can have. deliver lets the service
// act once and returns its answer; later lets it act after a delay.
func play(f Fault, deliver func() reply, later func(time.Duration)) reply {
	switch f.Kind {
	case FaultRefuse:
		return reply{ending: endRefused}
	case FaultLoseRequest, FaultDown:
		return reply{ending: endLost}
	case FaultHang:
		return reply{ending: endHang}
	case FaultLate:
		later(f.Delay)
		return reply{ending: endLost}
	case FaultStatus500:
		return statusPage(http.StatusInternalServerError)
	case FaultStatus503:
		return statusPage(http.StatusServiceUnavailable).withRetryAfter(f.Delay)
	case FaultStatus429:
		return statusPage(http.StatusTooManyRequests).withRetryAfter(f.Delay)
	case FaultHTML200:
		return htmlPage(http.StatusOK, "Down for maintenance")
	case FaultRedirect:
		r := statusPage(http.StatusTemporaryRedirect)
		r.header["Location"] = "https://elsewhere.example/sign-in"
		return r
	}
	return playAfter(f, deliver, later)
}

// playAfter plays the faults in which the service acts at once.
func playAfter(f Fault, deliver func() reply, later func(time.Duration)) reply {
	answer := deliver()
	switch f.Kind {
	case FaultLoseAnswer:
		return answer.ended(endLost)
	case FaultCutBody:
		return answer.ended(endCut)
	case FaultDuplicateNow:
		return deliver()
	case FaultDuplicateLater:
		later(f.Delay)
	case FaultStatus500After:
		return statusPage(http.StatusInternalServerError)
	case FaultStatus502After:
		return statusPage(http.StatusBadGateway)
	case FaultHTML200After:
		return htmlPage(http.StatusOK, "Down for maintenance")
	case FaultEndlessBody:
		return answer.ended(endNever)
	case FaultOversizeBody:
		return answer.withOversizeBody()
	case FaultGzipBomb:
		return answer.withGzipBomb()
	}
	return answer
}

// send writes the reply, or breaks the connection as its ending says.
func (r reply) send(w http.ResponseWriter, req *http.Request, clock timeTeller) {
	if r.wait > 0 && !pass(req.Context(), clock, r.wait) {
		panic(http.ErrAbortHandler)
	}
	switch r.ending {
	case endHang:
		<-req.Context().Done()
		panic(http.ErrAbortHandler)
	case endRefused:
		if direct, ok := w.(interface{ refuse(error) }); ok {
			direct.refuse(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})
		}
		panic(http.ErrAbortHandler)
	case endLost:
		panic(http.ErrAbortHandler)
	}
	r.write(w, clock)
}

func (r reply) write(w http.ResponseWriter, clock timeTeller) {
	header := w.Header()
	header.Set("Date", clock.Now().UTC().Format(http.TimeFormat))
	for name, value := range r.header {
		header.Set(name, value)
	}
	if r.ending == endNever {
		r.writeEndless(w)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	body := r.body
	if r.ending == endCut {
		body = body[:len(body)/2]
	}
	_, _ = w.Write(body) // a client that went away is its own affair
	if r.ending == endCut {
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
		panic(http.ErrAbortHandler)
	}
}

// timeTeller is the part of a clock that the fakes need.
type timeTeller interface{ Now() time.Time }

// pass lets d go by on the clock; a clock without Sleep can only wait for the
// client to give up. It reports whether the time has passed.
func pass(ctx context.Context, clock timeTeller, d time.Duration) bool {
	if sleeper, ok := clock.(interface {
		Sleep(context.Context, time.Duration) error
	}); ok {
		return sleeper.Sleep(ctx, d) == nil
	}
	<-ctx.Done()
	return false
}
