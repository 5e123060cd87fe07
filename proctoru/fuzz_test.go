package proctoru

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/internal/transport"
)

// seedBodies are all recorded answers, whole and cut.
func seedBodies(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("testdata: %d files, %v", len(files), err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
		f.Add(raw[:len(raw)/2])
	}
	for _, s := range []string{
		``, `null`, `[]`, `{}`, `"x"`, `<html>`, `{"response_code":1,"data":null}`, `{"response_code":"1.0","data":[{}]}`,
		`{"response_code":2,"message":"OVERLAP : Error count 1 of 50 : Error count 1 of 50"}`, `{"response_code":1,"data":[null]}`,
		`[}`, `{"response_code":2,"message":" : Error count 99999999999999999999 of 1"}`, strings.Repeat(`[`, 70),
	} {
		f.Add([]byte(s))
	}
}

// A write is never both done and not done, and a success is never made of something else.
func FuzzEnvelope(f *testing.F) {
	seedBodies(f)
	c := &Client{launchHosts: defaultLaunchHosts()}
	f.Fuzz(func(t *testing.T, body []byte) {
		op := opReservationsCreate
		data, err := c.open(op, &transport.Response{Status: 200, Body: body})
		if err == nil {
			r, err := c.readReservation(data)
			if err == nil && (r.Number == "" || !isDigits(string(r.Number)) || r.Number[0] == '0') {
				t.Errorf("a reservation with the number %q", r.Number)
			}
			if err == nil && !r.URL.IsZero() && !strings.HasPrefix(strings.ToLower(r.URL.Reveal()), "https://") {
				t.Errorf("a URL that is not https: %q", r.URL.Reveal())
			}
			return
		}
		e, ok := err.(*Error)
		if !ok || (e.outcome != ErrNotDone && e.outcome != ErrOutcomeUnknown) {
			t.Fatalf("error = %#v, outcome missing", err)
		}
		if e.outcome == ErrNotDone && e.Reason == "" {
			t.Errorf("not done, without a known reason")
		}
	})
}

// No row is lost in silence: as many come out as went in, or an error.
func FuzzReservationList(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, reason, _ := decodeEnvelope(data); reason == "" {
			data = e.Data
		}
		all, err := readReservations(data)
		if err == nil && all == nil {
			t.Error("neither a list nor an error")
		}
		if err != nil && all != nil {
			t.Error("both a list and an error")
		}
		if len(all) == 0 && err == nil && compact(data) != "[]" {
			t.Errorf("an empty list made of %.100q", data)
		}
	})
}

// The report ends with its first error, and repeats no row.
func FuzzActivityReport(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, reason, _ := decodeEnvelope(data); reason == "" {
			data = e.Data
		}
		seen, failed := map[string]bool{}, false
		yieldActivity(data, func(row ActivityRow, err error) bool {
			if failed {
				t.Fatal("a row after an error")
			}
			failed = err != nil
			if err == nil && seen[string(row.Raw)] {
				t.Errorf("a row came twice: %.100q", row.Raw.Reveal())
			}
			seen[string(row.Raw)] = true
			return true
		})
	})
}

// The history loses no word of an entry's beginning, and its times are whole minutes in UTC.
func FuzzHistory(f *testing.F) {
	for _, s := range []string{
		"", "; ", "Fulfillment created by Pat Proctor at  4:30pm UTC on Mar 25, 2026; ", "Reservation cancelled by A at ; at B",
		"Fulfillment created by Pat at Home; Esq. at  4:30pm UTC on Mar 25, 2026; Reservation created by Bo at  4:00pm UTC on Mar 25, 2026; ",
		" by ; by at 12:60am UTC on Feb 31, 2026", "\xff; \x00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, notes string) {
		events := parseHistory(notes)
		if strings.TrimFunc(notes, isFiller) == "" && len(events) != 0 {
			t.Errorf("%d entries made of nothing", len(events))
		}
		for _, e := range events {
			if !strings.Contains(notes, e.What) || !strings.Contains(notes, e.By.Reveal()) {
				t.Errorf("an entry %q by %q that the notes don't hold", e.What, e.By.Reveal())
			}
			if e.At.Location() != time.UTC || e.At.Truncate(time.Minute) != e.At {
				t.Errorf("At = %v", e.At)
			}
		}
	})
}
