package simulation

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/scheduling"
)

// wire carries a process's requests to the provider. It pauses before and after
// each one, and plays the network's faults.
type wire struct {
	w       *world
	process *process
	life    int
	inner   http.RoundTripper
}

// message is what the world reads of a request.
type message struct {
	endpoint string
	id       scheduling.BookingID
	number   string
	evidence bool
	write    bool
}

// RoundTrip implements http.RoundTripper.
func (x *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w := x.w
	if x.life != x.process.lives {
		panic(died{})
	}
	m, err := read(r)
	if err != nil {
		return nil, err
	}
	w.counts.hit("request", m.endpoint)
	x.process.deployment.requests++
	w.pause(m.endpoint, before)
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	w.judgeSend(x.process.deployment, m)
	w.now = w.now.Add(time.Duration(w.steps.n(3)) * time.Second)
	w.fault = w.requestFault(x.process.deployment, m)
	if w.fault.Kind != "" {
		w.trace.add(w.elapsed(), "network", m.endpoint, string(w.fault.Kind), w.fault.Delay.String())
	}
	if w.now.Sub(w.truth.changed) >= lagBound {
		w.catchUp()
	}
	resp, err := x.inner.RoundTrip(r)
	w.fault = testserver.Fault{}
	w.observe(byWire)
	w.pause(m.endpoint, after)
	return resp, err
}

// read looks into the request, and leaves it as it was.
func read(r *http.Request) (message, error) {
	m := message{endpoint: path.Base(r.URL.Path), write: r.Method == http.MethodPost}
	var values url.Values
	if r.Method == http.MethodGet {
		values = r.URL.Query()
	} else if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return m, errors.Join(errors.New("simulation: unreadable body"), err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if values, err = url.ParseQuery(string(body)); err != nil {
			return m, err
		}
	}
	switch m.endpoint {
	case "clientActivityReport":
		m.write, m.evidence = false, true
	case "getStudentReservationList":
		m.write, m.evidence = false, values.Get("status") == "cancelled"
	case "getScheduleInfoAvailableTimesList":
		m.write = false
	}
	m.id, m.number = scheduling.BookingID(values.Get("reservation_id")), values.Get("reservation_no")
	return m, nil
}

// Faults by what they can strike. Evidence may fail or be late; it never lies.
var (
	writeFaults = []testserver.FaultKind{
		testserver.FaultRefuse, testserver.FaultLoseRequest, testserver.FaultLoseAnswer, testserver.FaultLate, testserver.FaultDuplicateNow,
		testserver.FaultDuplicateLater, testserver.FaultStatus500, testserver.FaultStatus500After, testserver.FaultStatus502After,
		testserver.FaultCutBody, testserver.FaultHTML200After, testserver.FaultNoNumber, testserver.FaultDataNull, testserver.FaultUnknownText,
		testserver.FaultUnknownTextAfter, testserver.FaultStaleRequest, testserver.FaultStatus429, testserver.FaultStatus503,
		// Those that the protocol is for come more often.
		testserver.FaultLate, testserver.FaultLate, testserver.FaultLate, testserver.FaultLate, testserver.FaultLoseAnswer,
		testserver.FaultLoseAnswer, testserver.FaultDuplicateNow, testserver.FaultDuplicateNow,
	}
	readFaults = []testserver.FaultKind{
		testserver.FaultReadError, testserver.FaultReadNull, testserver.FaultReadEmpty, testserver.FaultReadError, testserver.FaultReadNull,
		testserver.FaultReadEmpty, testserver.FaultLoseRequest, testserver.FaultCutBody, testserver.FaultStatus429, testserver.FaultHTML200,
	}
	evidenceFaults = []testserver.FaultKind{
		testserver.FaultReadError, testserver.FaultLoseRequest, testserver.FaultCutBody, testserver.FaultHTML200, testserver.FaultStatus500,
	}
)

// script plays one fault, or an outage, instead of what the dice say.
type script struct {
	at       int // the request that it strikes, counted from 0; -1 = none
	kind     testserver.FaultKind
	requests int // seen
}

func (s *script) next(w *world, m message) testserver.Fault {
	n := s.requests
	s.requests++
	if w.mask.calm || n != s.at {
		return testserver.Fault{}
	}
	if s.kind == testserver.FaultDuplicateNow || s.kind == testserver.FaultDuplicateLater {
		w.noteDouble(m)
	}
	return testserver.Fault{Kind: s.kind, Delay: 45 * time.Second}
}

// longestDelay is how late a late request acts at most; H is longer.
const longestDelay = 400 * time.Second

// requestFault asks the dice what goes wrong with the request.
func (w *world) requestFault(d *deployment, m message) testserver.Fault {
	if w.script != nil {
		return w.script.next(w, m)
	}
	if w.downTil.After(w.now) && !w.mask.calm {
		return testserver.Fault{Kind: testserver.FaultDown}
	}
	value, place := w.roll(decideRequest)
	if share(value) >= w.plan.odds().request || !w.may(decideRequest, place) {
		return testserver.Fault{}
	}
	kinds := writeFaults
	switch {
	case m.evidence:
		kinds = evidenceFaults
	case !m.write:
		kinds = readFaults
	}
	value = mix(value)
	f := testserver.Fault{Kind: kinds[value%uint64(len(kinds))]}
	if f.Kind == testserver.FaultNoNumber && m.endpoint != "addAdHocProcess" && m.endpoint != "moveReservation" {
		f.Kind = testserver.FaultDataNull
	}
	if f.Kind == testserver.FaultLate || f.Kind == testserver.FaultDuplicateLater {
		f.Delay = w.delay(d, m, mix(value))
	}
	if f.Kind == testserver.FaultLate && m.endpoint != "removeReservation" && m.id != "" {
		w.truth.underWay = append(w.truth.underWay, lateWrite{m.id, w.now.Add(f.Delay)})
	}
	if f.Kind == testserver.FaultDuplicateNow || f.Kind == testserver.FaultDuplicateLater {
		w.noteDouble(m)
	}
	if f.Kind == testserver.FaultReadEmpty {
		w.truth.lied = w.now
	}
	return f
}

// delay draws how much later a request acts, within what the operator promised:
// no request acts later than InFlight after the product noted that it sends it.
func (w *world) delay(d *deployment, m message, value uint64) time.Duration {
	delay := time.Duration(1+value%uint64(longestDelay/time.Second)) * time.Second
	if r := d.rows[m.id]; r != nil {
		left := scheduling.DefaultBounds.InFlight - 10*time.Second - w.now.Sub(r.row.LastSent)
		delay = min(delay, left)
	}
	return max(delay, time.Second)
}
