package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// journal lets the fake of the provider remember over the end of the program, as a real
// provider does: with -db it has what changed something there, in a file beside the
// bookings, and plays it again at the next start.
type journal struct {
	world *world

	mu   sync.Mutex
	file *os.File // nil while nothing is kept
}

// entry is a request that the provider carried out, or an act of its proctor.
type entry struct {
	At     time.Time
	Path   string      `json:",omitempty"`
	Header http.Header `json:",omitempty"`
	Body   string      `json:",omitempty"`
	Number int64       `json:",omitempty"` // of the session whose proctor acted
	Ends   bool        `json:",omitempty"` // the proctor ended it, else started it
	Said   proctorutest.Verdict
}

// secret stands in the file for the fake's token.
const secret = "(the token)"

// open plays what the file has, and writes on from there.
func (j *journal) open(path string) error {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	in := json.NewDecoder(bytes.NewReader(data))
	for {
		var e entry
		if err := in.Decode(&e); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break // the last line of a program that was killed may be cut off
		} else if err != nil {
			return fmt.Errorf("%s: %w: remove it together with the database", path, err)
		}
		if err := j.play(e); err != nil {
			return fmt.Errorf("%s: %w: remove it together with the database", path, err)
		}
	}
	j.world.clock.shift(0)
	j.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = j.file.Write(data[:in.InputOffset()]) // without what was cut off
	if err == nil {
		_, err = j.file.WriteString("\n")
	}
	return err
}

// play does to the provider what an earlier run did, at its time.
func (j *journal) play(e entry) error {
	j.world.clock.shift(time.Until(e.At))
	switch {
	case e.Number != 0 && e.Ends:
		return j.world.provider.ProctorEnds(e.Number, e.Said)
	case e.Number != 0:
		return j.world.provider.ProctorStarts(e.Number)
	}
	r := httptest.NewRequest(http.MethodPost, e.Path, strings.NewReader(e.Body))
	for name, values := range e.Header {
		for _, value := range values {
			r.Header.Add(name, strings.ReplaceAll(value, secret, j.world.provider.Token))
		}
	}
	w := httptest.NewRecorder()
	j.world.provider.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return fmt.Errorf("%s is answered with %d", e.Path, w.Code)
	}
	return nil
}

// request keeps a request that the provider carried out.
func (j *journal) request(r *http.Request, body []byte, at time.Time) {
	header := http.Header{}
	for name, values := range r.Header {
		for _, value := range values {
			header.Add(name, strings.ReplaceAll(value, j.world.provider.Token, secret))
		}
	}
	j.keep(entry{At: at, Path: r.URL.Path, Header: header, Body: string(body)})
}

// starts lets the proctor let the learner in.
func (j *journal) starts(number int64) error {
	err := j.world.provider.ProctorStarts(number)
	if err == nil {
		j.keep(entry{At: j.world.clock.Now(), Number: number})
	}
	return err
}

// ends lets the proctor close the session.
func (j *journal) ends(number int64, said proctorutest.Verdict) error {
	err := j.world.provider.ProctorEnds(number, said)
	if err == nil {
		j.keep(entry{At: j.world.clock.Now(), Number: number, Ends: true, Said: said})
	}
	return err
}

func (j *journal) keep(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file != nil {
		_ = json.NewEncoder(j.file).Encode(e) // a full disk costs the memory of a fake
	}
}

func (j *journal) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file != nil {
		_ = j.file.Close()
		j.file = nil
	}
}
