package scheduling_test

import (
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// watch is what Preflight says of bulk readings.
func (w *world) watch() preflight.Check {
	w.t.Helper()
	return checkOf(w.t, w.Preflight(w.t.Context()), preflight.CodeBulkWatch)
}

// While a reading stands Preflight says until when, and what it showed.
func TestPreflightSeesABulkReading(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	at := o.clock.Now()
	o.sweep()
	c := o.watch()
	want := map[string]string{
		"bookings": "3", "stands": "true", "began": at.Format(time.RFC3339), "until": at.Add(2 * time.Hour).Format(time.RFC3339),
		"ahead": "3", "shown": "3", "confirmed": "3", "gaps": "0", "singly_per_hour": "6", "singly_per_second": "0.00",
		"learners": "3", "sweep_requests": "5", "sweep_most": "8",
	}
	if c.Verdict != preflight.VerdictOK || c.Err != nil || !maps.Equal(c.Data, want) {
		t.Errorf("%s %v %v\nwant ok %v", c.Verdict, c.Err, c.Data, want)
	}
}

// Where none stands, and one should, Preflight warns: it says why, and what follows.
func TestPreflightMissesABulkReading(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*bulkWorld)
		want  string
		data  map[string]string // some of it
	}{
		"nobody sweeps":       {func(*bulkWorld) {}, "none was made", nil},
		"it was too long ago": {func(o *bulkWorld) { o.sweep(); o.clock.Advance(2 * time.Hour) }, "too old", map[string]string{"confirmed": "3"}},
		"the report shows nothing": {func(o *bulkWorld) {
			o.reporting(scripted{change: func(provider.Activity) []provider.Activity { return nil }})
			o.sweep()
		}, "showed 0 of 3 bookings that are ahead", map[string]string{"ahead": "3", "shown": "0"}},
		"the report fails": {func(o *bulkWorld) {
			o.reporting(scripted{fails: func(_, _ time.Time) error { return errors.New("no report today") }})
			o.sweep()
		}, "could not be read", map[string]string{"failed": "true"}},
		"a clock was wrong": {func(o *bulkWorld) {
			must(o.memory().PutJob(t.Context(), scheduling.Job{Name: "bulk_reading", Done: o.clock.Now().AddDate(1, 0, 0), Data: `{"began":"2030-01-01T00:00:00Z","covers":true}`}))
		}, "dated ahead", nil},
		"an odd row": {func(o *bulkWorld) {
			must(o.memory().PutJob(t.Context(), scheduling.Job{Name: "bulk_reading", Data: `[]`}))
		}, "not readable", nil},
		"a store without jobs": {func(o *bulkWorld) { o.store = struct{ scheduling.Store }{o.store}; o.restart(reads) }, "keeps no jobs", nil},
		"no report": {func(o *bulkWorld) {
			o.Scheduler = must(scheduling.New(foreign{o.proctorU()}, o.openEdX(), o.store, scheduling.WithClock(o.clock), reads))
		}, "can't report on all learners", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newBulkWorld(t)
			c.spoil(o)
			got := o.watch()
			if got.Verdict != preflight.VerdictWarning || got.Err == nil || got.Data["stands"] != "false" {
				t.Fatalf("%+v, want a warning", got)
			}
			text := got.Err.Error()
			if !strings.Contains(text, c.want) || !strings.Contains(text, "looked at singly: that takes 6 requests an hour") {
				t.Errorf("error = %q, want one with %q, and what follows", text, c.want)
			}
			for key, value := range c.data {
				if got.Data[key] != value {
					t.Errorf("%s = %q, want %q", key, got.Data[key], value)
				}
			}
		})
	}
}

// refuses is a wire that is down.
type refuses struct{}

func (refuses) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("down") }

// Few bookings need no reading, as long as the pace is enough for single looks.
func TestPreflightKnowsThePace(t *testing.T) {
	t.Parallel()
	o := newBulkWorld(t)
	never := scheduling.WithTuning(scheduling.Tuning{BulkFrom: -1})
	for _, c := range []struct {
		opts  []scheduling.Option
		want  preflight.Verdict
		text  string
		bears string
	}{
		{nil, preflight.VerdictOK, "", "3600"},
		{[]scheduling.Option{never}, preflight.VerdictOK, "", "3600"},
		{[]scheduling.Option{reads}, preflight.VerdictWarning, "of 7200 that the client may send", "3600"},
		{[]scheduling.Option{scheduling.WithTuning(scheduling.Tuning{WatchInterval: 2 * time.Second})}, preflight.VerdictWarning, "fewer bookings than Tuning.BulkFrom", "2"},
		{[]scheduling.Option{never, scheduling.WithTuning(scheduling.Tuning{WatchInterval: 2 * time.Second})}, preflight.VerdictWarning, "takes 10800 requests an hour, and the client sends no more than 7200", "2"},
	} {
		o.client = must(proctoru.NewClient("https://service.invalid", o.provider.Token, proctoru.WithTransport(refuses{}), proctoru.WithRetries(1, 1, 1)))
		o.restart(c.opts...)
		got := o.watch()
		text := ""
		if got.Err != nil {
			text = got.Err.Error()
		}
		if got.Verdict != c.want || !strings.Contains(text, c.text) || got.Data["pace"] != "2" || got.Data["singly_at_pace"] != c.bears {
			t.Errorf("%s %q %v; want %s, %q, a pace of 2 that bears %s", got.Verdict, text, got.Data, c.want, c.text, c.bears)
		}
	}
}
