package simulation

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
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

	from, until time.Time // of a report of all learners
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
	defer w.onWire(x.process, m)()
	x.process.deployment.requests++
	began := w.now
	w.pause(m.endpoint, before)
	if w.now.Sub(began) > scheduling.DefaultTuning().Lease {
		return nil, context.DeadlineExceeded // no call of the product lasts longer
	}
	w.explode(m)
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	w.judgeSend(x.process.deployment, m)
	w.now = w.now.Add(time.Duration(w.steps.n(3)) * time.Second)
	w.fault = w.requestFault(x.process.deployment, m)
	if w.unreadable(m) {
		w.fault = proctorbooktest.Fault{Kind: proctorbooktest.Status503}
	}
	if w.fault.Kind != "" {
		w.trace.add(w.elapsed(), "network", m.endpoint, string(w.fault.Kind), w.fault.Delay.String())
	}
	if w.now.Sub(w.truth.changed) >= lagBound {
		w.catchUp()
	}
	resp, err := x.inner.RoundTrip(r)
	w.fault = proctorbooktest.Fault{}
	w.observe(byWire)
	w.pause(m.endpoint, after)
	w.explode(m)
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
		if values.Get("student_id") == "" {
			m.from, _ = time.Parse(time.RFC3339, values.Get("start_date"))
			m.until, _ = time.Parse(time.RFC3339, values.Get("end_date"))
		}
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
	writeFaults = []proctorbooktest.FaultKind{
		proctorbooktest.Refuse, proctorbooktest.LoseRequest, proctorbooktest.LoseAnswer, proctorbooktest.Late, proctorbooktest.DuplicateNow,
		proctorbooktest.DuplicateLater, proctorbooktest.Status500, proctorbooktest.Status500After, proctorbooktest.Status502After,
		proctorbooktest.CutBody, proctorbooktest.HTML200After, proctorutest.NoNumber, proctorutest.DataNull, proctorutest.UnknownText,
		proctorutest.UnknownTextAfter, proctorutest.StaleRequest, proctorbooktest.Status429, proctorbooktest.Status503,
		// Those that the protocol is for come more often.
		proctorbooktest.Late, proctorbooktest.Late, proctorbooktest.Late, proctorbooktest.Late, proctorbooktest.LoseAnswer,
		proctorbooktest.LoseAnswer, proctorbooktest.DuplicateNow, proctorbooktest.DuplicateNow,
	}
	readFaults = []proctorbooktest.FaultKind{
		proctorutest.ReadError, proctorutest.ReadNull, proctorutest.ReadEmpty, proctorutest.ReadError, proctorutest.ReadNull,
		proctorutest.ReadEmpty, proctorbooktest.LoseRequest, proctorbooktest.CutBody, proctorbooktest.Status429, proctorbooktest.HTML200,
	}
	evidenceFaults = []proctorbooktest.FaultKind{
		proctorutest.ReadError, proctorbooktest.LoseRequest, proctorbooktest.CutBody, proctorbooktest.HTML200, proctorbooktest.Status500,
	}
)

// alikes come in place of a fault that is much the same, every other time: drawn so,
// they leave the other faults of a seed as they are.
var alikes = map[proctorbooktest.FaultKind]proctorbooktest.FaultKind{
	proctorutest.DataNull: proctorutest.DataMissing, proctorutest.ReadNull: proctorutest.DataMissing, proctorutest.NoNumber: proctorutest.OtherID,
}

// everyFault returns all kinds that are played, sorted, but for outages.
func everyFault() []proctorbooktest.FaultKind {
	kinds := slices.Concat(writeFaults, readFaults, evidenceFaults, slices.Collect(maps.Values(alikes)))
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// script plays one fault, or an outage, instead of what the dice say.
type script struct {
	at       int // the request that it strikes, counted from 0; -1 = none
	kind     proctorbooktest.FaultKind
	requests int // seen
}

func (s *script) next(w *world, m message) proctorbooktest.Fault {
	n := s.requests
	s.requests++
	if w.mask.calm || n != s.at {
		return proctorbooktest.Fault{}
	}
	if s.kind == proctorbooktest.DuplicateNow || s.kind == proctorbooktest.DuplicateLater {
		w.noteDouble(m)
	}
	return proctorbooktest.Fault{Kind: s.kind, Delay: 45 * time.Second}
}

// longestDelay is how late a late request acts at most; H is longer.
const longestDelay = 400 * time.Second

// requestFault asks the dice what goes wrong with the request.
func (w *world) requestFault(d *deployment, m message) proctorbooktest.Fault {
	if w.script != nil {
		return w.script.next(w, m)
	}
	if w.downTil.After(w.now) && !w.mask.calm {
		return proctorbooktest.Fault{Kind: proctorbooktest.Down}
	}
	value, place := w.roll(decideRequest)
	if share(value) >= w.plan.odds().request {
		return w.oftenFault(m, value, place)
	}
	if !w.may(decideRequest, place) {
		return proctorbooktest.Fault{}
	}
	kinds := writeFaults
	switch {
	case m.evidence:
		kinds = evidenceFaults
	case !m.write:
		kinds = readFaults
	}
	value = mix(value)
	f := proctorbooktest.Fault{Kind: kinds[value%uint64(len(kinds))]}
	if f.Kind == proctorutest.NoNumber && m.endpoint != "addAdHocProcess" && m.endpoint != "moveReservation" {
		f.Kind = proctorutest.DataNull
	}
	if alike, ok := alikes[f.Kind]; ok && value>>32%2 == 0 {
		f.Kind = alike
	}
	if f.Kind == proctorbooktest.Late || f.Kind == proctorbooktest.DuplicateLater {
		f.Delay = w.delay(d, m, mix(value))
	}
	if f.Kind == proctorbooktest.Late && m.endpoint != "removeReservation" && m.id != "" {
		w.truth.underWay = append(w.truth.underWay, lateWrite{m.id, w.now.Add(f.Delay)})
	}
	if f.Kind == proctorbooktest.DuplicateNow || f.Kind == proctorbooktest.DuplicateLater {
		w.noteDouble(m)
	}
	if f.Kind == proctorutest.ReadEmpty {
		w.truth.lied = w.now
	}
	return f
}

// delay draws how much later a request acts, within what the operator promised:
// no request acts later than InFlight after the product noted that it sends it.
func (w *world) delay(d *deployment, m message, value uint64) time.Duration {
	delay := time.Duration(1+value%uint64(longestDelay/time.Second)) * time.Second
	if r := d.rows[m.id]; r != nil {
		left := scheduling.DefaultTuning().InFlight - 10*time.Second - w.now.Sub(r.row.Memory.LastSent)
		delay = min(delay, left)
	}
	return max(delay, time.Second)
}
