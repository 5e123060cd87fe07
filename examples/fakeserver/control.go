package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

const controlPath = "/_control/"

// command is something that can be asked of a fake while it runs.
type command struct {
	route string // method and name
	help  string
	do    func(params) (any, error)
}

// params are those of the query, a form or JSON, all text.
type params map[string][]string

func (p params) get(name string) string { return strings.Join(p[name], " ") }

func (p params) flag(name string) bool {
	switch strings.ToLower(p.get(name)) {
	case "y", "true", "1":
		return true
	}
	return false
}

// instant reads a time with its zone.
func (p params) instant(name string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, p.get(name))
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: want a time such as 2030-03-12T09:00:00Z", name)
	}
	return t, nil
}

// number reads a whole number; 0 if there is none.
func (p params) number(name string) (int64, error) {
	if p.get(name) == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(p.get(name), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: want a whole number", name)
	}
	return n, nil
}

func (p params) duration(name string) (time.Duration, error) {
	if p.get(name) == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(p.get(name))
	if err != nil {
		return 0, fmt.Errorf("%s: want a duration such as 90s", name)
	}
	return d, nil
}

// newControl serves the commands, and those of the clock.
func newControl(clock *shiftedClock, commands []command) *http.ServeMux {
	commands = append(commands, clockCommands(clock)...)
	mux := http.NewServeMux()
	for _, c := range commands {
		method, name, _ := strings.Cut(c.route, " ")
		mux.HandleFunc(method+" "+controlPath+name, c.serve)
	}
	mux.HandleFunc(controlPath, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != controlPath {
			writeJSON(w, http.StatusNotFound, failure{"no such command: GET " + controlPath + " lists them"})
			return
		}
		help := map[string]string{}
		for _, c := range commands {
			help[c.route] = c.help
		}
		writeJSON(w, http.StatusOK, help)
	})
	return mux
}

type failure struct {
	Error string `json:"error"`
}

func (c command) serve(w http.ResponseWriter, r *http.Request) {
	p, err := readParams(r)
	var answer any
	if err == nil {
		answer, err = c.do(p)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, failure{err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func readParams(r *http.Request) (params, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		return nil, fmt.Errorf("form: %w", err)
	}
	p := params(maps.Clone(r.Form))
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType != "application/json" {
		return p, nil
	}
	var members map[string]any
	decoder := json.NewDecoder(r.Body)
	decoder.UseNumber()
	if err := decoder.Decode(&members); err != nil {
		return nil, fmt.Errorf("JSON: %w", err)
	}
	for name, value := range members {
		p[name] = []string{fmt.Sprint(value)}
	}
	return p, nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // a client that went away is its own affair
}

func clockCommands(clock *shiftedClock) []command {
	now := func() (any, error) { return map[string]string{"now": clock.Now().UTC().Format(time.RFC3339)}, nil }
	return []command{
		{"GET clock", "the fake's time", func(params) (any, error) { return now() }},
		{"POST clock", "by (such as 24h) or to (RFC 3339)", func(p params) (any, error) {
			if p.get("to") != "" {
				t, err := p.instant("to")
				if err != nil {
					return nil, err
				}
				clock.set(t)
				return now()
			}
			d, err := p.duration("by")
			if err != nil {
				return nil, err
			}
			clock.advance(d)
			return now()
		}},
	}
}

// readFault reads a fault from the parameters.
func readFault(p params) (proctorbooktest.Fault, error) {
	nth, errNth := p.number("nth")
	times, errTimes := p.number("times")
	delay, errDelay := p.duration("delay")
	f := proctorbooktest.Fault{
		Kind: proctorbooktest.FaultKind(p.get("kind")), Endpoint: p.get("endpoint"), Nth: int(nth), Times: int(times), Delay: delay,
	}
	return f, errors.Join(errNth, errTimes, errDelay)
}

// controlHelp lists the commands for -h.
func controlHelp() string {
	var text strings.Builder
	clock := &shiftedClock{}
	for _, service := range []struct {
		name     string
		commands []command
	}{
		{"both", clockCommands(clock)},
		{"ProctorU", proctorUControl(proctorutest.NewUnstartedServer(proctorutest.WithClock(clock)))},
		{"Open edX", edXControl(edxtest.NewUnstartedServer(edxtest.WithClock(clock)))},
	} {
		fmt.Fprintf(&text, "Commands below %s of %s:\n", controlPath, service.name)
		for _, c := range slices.SortedFunc(slices.Values(service.commands), func(a, b command) int { return strings.Compare(a.route, b.route) }) {
			fmt.Fprintf(&text, "  %-20s %s\n", c.route, c.help)
		}
	}
	return text.String()
}
