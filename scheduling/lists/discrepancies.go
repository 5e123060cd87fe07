package lists

import (
	"io"
	"iter"
	"strings"

	"github.com/proctorbook/proctorbook/scheduling"
)

var discrepancyColumns = []column[scheduling.Discrepancy]{
	{"kind", func(d scheduling.Discrepancy) string { return string(d.Kind) }},
	{"differs", func(d scheduling.Discrepancy) string { return strings.Join(d.Differs, " ") }},
	{"booking", func(d scheduling.Discrepancy) string { return string(d.Booking) }},
	{"learner", func(d scheduling.Discrepancy) string { return string(d.Learner) }},
	{"state", func(d scheduling.Discrepancy) string { return string(d.State) }},
	{"number", func(d scheduling.Discrepancy) string { return string(d.Number) }},
	{"start", func(d scheduling.Discrepancy) string { return cellTime(d.Start) }},
	{"their_number", func(d scheduling.Discrepancy) string { return string(d.Theirs.Number) }},
	{"their_start", func(d scheduling.Discrepancy) string { return cellTime(d.Theirs.StartsAt) }},
	{"their_canceled", func(d scheduling.Discrepancy) string { return cellBool(d.Theirs.Canceled) }},
	{"their_started", func(d scheduling.Discrepancy) string { return cellBool(d.Theirs.Started) }},
	{"their_ended", func(d scheduling.Discrepancy) string { return cellBool(d.Theirs.Ended) }},
}

// WriteDiscrepanciesCSV writes the rows of Scheduler.Discrepancies as they come.
// Errors are those of [WriteSessionsCSV].
func WriteDiscrepanciesCSV(w io.Writer, rows iter.Seq2[scheduling.Discrepancy, error]) error {
	return writeCSV(w, discrepancyColumns, rows)
}
