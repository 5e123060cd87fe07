package lists

import (
	"io"
	"iter"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// moment is an event, and the state of the booking before it.
type moment struct {
	scheduling.Event
	from scheduling.State
}

// moments adds to each event of one booking the state before it.
func moments(events iter.Seq2[scheduling.Event, error]) iter.Seq2[moment, error] {
	return func(yield func(moment, error) bool) {
		var from scheduling.State
		for e, err := range events {
			if !yield(moment{e, from}, err) {
				return
			}
			if err == nil {
				from = e.State
			}
		}
	}
}

var timelineColumns = []column[moment]{
	{"at", func(m moment) string { return m.At.UTC().Format(time.RFC3339Nano) }},
	{"event", func(m moment) string { return string(m.Type) }},
	{"actor", func(m moment) string { return string(m.Type.Actor()) }},
	{"from", func(m moment) string { return string(m.from) }},
	{"to", func(m moment) string { return string(m.State) }},
	{"op", func(m moment) string { return string(m.Op) }},
	{"number", func(m moment) string { return string(m.Number) }},
	{"start", func(m moment) string { return cellTime(m.Start) }},
	{"old_start", func(m moment) string { return cellTime(m.OldStart) }},
	{"want", func(m moment) string { return cellTime(m.Want) }},
	{"code", func(m moment) string { return string(m.Code) + string(m.Presence) + string(m.Verdict) }},
	{"reason", func(m moment) string { return m.Reason }},
	{"by", func(m moment) string { return m.By }},
}

// WriteTimelineCSV writes the events of one booking as they come, oldest first, as
// Scheduler.Events yields them: who made each of them happen, what state it took
// the booking from and to, and, where a person decided, why and by whom. For a short
// story leave out the events whose type is a step, see [scheduling.EventType.Step]:
// they change no state. Instants of the events are to the microsecond.
//
// Reasons and names of staff are what callers gave: they may be personal. Errors,
// also of events that can't be read, are those of [WriteSessionsCSV].
func WriteTimelineCSV(w io.Writer, events iter.Seq2[scheduling.Event, error], opts ...CSVOption) error {
	return writeCSV(w, timelineColumns, moments(events), opts)
}
