package proctoru

import (
	"testing"
	"time"
)

func TestParseHistory(t *testing.T) {
	t.Parallel()
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC) }
	tests := map[string]struct {
		notes string
		want  []ReportEvent
	}{
		"nothing":      {"", nil},
		"only a mark":  {" ; ", nil},
		"as recorded":  {"Fulfillment created by Pat Proctor at  4:30pm UTC on Mar 25, 2026; ", []ReportEvent{{"Fulfillment created", "Pat Proctor", at(25, 16, 30)}}},
		"newest first": {"Reservation cancelled by Pat at 12:05am UTC on Mar 26, 2026; Reservation created by Ada at 12:05pm UTC on Mar 25, 2026", []ReportEvent{{"Reservation cancelled", "Pat", at(26, 0, 5)}, {"Reservation created", "Ada", at(25, 12, 5)}}},
		"a name with at and a semicolon": {"Fulfillment created by Pat at Home; Esq. at  4:30pm UTC on Mar 25, 2026; Reservation created by Bo at  4:00pm UTC on Mar 25, 2026; ",
			[]ReportEvent{{"Fulfillment created", "Pat at Home; Esq.", at(25, 16, 30)}, {"Reservation created", "Bo", at(25, 16, 0)}}},
		"an entry without a time": {"Reservation cancelled by system; Reservation created by Bo at  4:00pm UTC on Mar 25, 2026; ",
			[]ReportEvent{{"Reservation cancelled", "system", time.Time{}}, {"Reservation created", "Bo", at(25, 16, 0)}}},
		"said twice, as recorded": {"Reservation cancelled created by Pat Proctor at  4:30pm UTC on Mar 25, 2026; ",
			[]ReportEvent{{"Reservation cancelled", "Pat Proctor", at(25, 16, 30)}}},
		"said twice, after one without a time": {"Fulfillment created by Xenia; Reservation cancelled created by Yann at  4:30pm UTC on Mar 25, 2026; ",
			[]ReportEvent{{"Fulfillment created", "Xenia", time.Time{}}, {"Reservation cancelled", "Yann", at(25, 16, 30)}}},
		"said twice, in capitals": {"RESERVATION CANCELLED CREATED by Bo; Fulfillment started  created by Bo", []ReportEvent{
			{"RESERVATION CANCELLED", "Bo", time.Time{}}, {"Fulfillment started", "Bo", time.Time{}}}},
		"created, and created once":      {"Fulfillment created created by Bo; Reservation created by Bo", []ReportEvent{{"Fulfillment created", "Bo", time.Time{}}, {"Reservation created", "Bo", time.Time{}}}},
		"created, of another kind":       {"Incident report created by Bo", []ReportEvent{{"Incident report created", "Bo", time.Time{}}}},
		"a name that begins like a word": {"Fulfillment created by created by Bo", []ReportEvent{{"Fulfillment created", "created by Bo", time.Time{}}}},
		"the last one without a time": {"Reservation cancelled created by Yann at  4:30pm UTC on Mar 25, 2026; Fulfillment created by Xenia; ",
			[]ReportEvent{{"Reservation cancelled", "Yann", at(25, 16, 30)}, {"Fulfillment created", "Xenia", time.Time{}}}},
		"marks between": {"Fulfillment created by Xenia; ; Reservation created by Bo;;", []ReportEvent{{"Fulfillment created", "Xenia", time.Time{}}, {"Reservation created", "Bo", time.Time{}}}},
		"a name in capitals": {"FULFILLMENT CREATED BY XENIA; RESERVATION CANCELLED CREATED BY YANN AT  4:30PM UTC ON MAR 25, 2026; ",
			[]ReportEvent{{"FULFILLMENT CREATED", "XENIA", time.Time{}}, {"RESERVATION CANCELLED", "YANN", at(25, 16, 30)}}},
		"no name":           {"Fulfillment created by ; Reservation created by ;", []ReportEvent{{"Fulfillment created", "", time.Time{}}, {"Reservation created", "", time.Time{}}}},
		"an odd date":       {"Fulfillment started by Bo at 99:99pm UTC on Foo 77, 2026; ", []ReportEvent{{"Fulfillment started", "Bo", time.Time{}}}},
		"nobody did it":     {"Fulfillment ended at 4:00pm UTC on Mar 25, 2026", []ReportEvent{{"Fulfillment ended", "", at(25, 16, 0)}}},
		"free words":        {"learner was kind", []ReportEvent{{"learner was kind", "", time.Time{}}}},
		"upper case, month": {"FULFILLMENT STARTED by Bo at 4:00PM UTC on March 25, 2026;", []ReportEvent{{"FULFILLMENT STARTED", "Bo", at(25, 16, 0)}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := parseHistory(tt.notes)
			if len(got) != len(tt.want) {
				t.Fatalf("parseHistory = %d entries, want %d", len(got), len(tt.want))
			}
			for i, e := range got {
				if w := tt.want[i]; e.What != w.What || e.By.Reveal() != w.By.Reveal() || !e.At.Equal(w.At) {
					t.Errorf("entry %d = %q by %q at %v, want %q by %q at %v", i, e.What, e.By.Reveal(), e.At, w.What, w.By.Reveal(), w.At)
				}
			}
		})
	}
}

// The newest entry counts, whichever end of the history it stands at. Where no times tell,
// a cancellation is the newest.
func TestActivityRow_Canceled(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"Reservation cancelled by B at 4:00pm UTC on Mar 25, 2026; Reservation created by B at 3:00pm UTC on Mar 25, 2026; ":                           true,
		"Reservation created by B at 4:00pm UTC on Mar 25, 2026; Reservation cancelled by B at 3:00pm UTC on Mar 25, 2026; ":                           false,
		"Fulfillment created by Mr Cancelled at 4:00pm UTC on Mar 25, 2026; ":                                                                          false,
		"Fulfillment created by X; Reservation cancelled created by Y at 4:00pm UTC on Mar 25, 2026; ":                                                 true,
		"Reservation cancelled by B; Reservation created by B at 4:00pm UTC on Mar 25, 2026; ":                                                         true,
		"Reservation created by B at 3:00pm UTC on Mar 25, 2026; Reservation cancelled created by B at 4:00pm UTC on Mar 25, 2026":                     true,
		"Reservation cancelled by B at 3:00pm UTC on Mar 25, 2026; Reservation created by B at 4:00pm UTC on Mar 25, 2026; ":                           false,
		"Fulfillment created by A; Reservation cancelled by B at 3:00pm UTC on Mar 25, 2026; Reservation created by B at 4:00pm UTC on Mar 25, 2026; ": false,
		"Reservation created by B at 4:00pm UTC on Mar 25, 2026; Reservation cancelled by B at 4:00pm UTC on Mar 25, 2026; ":                           true,
		"": false,
	}
	for notes, want := range tests {
		if got := (ActivityRow{Events: parseHistory(notes)}).Canceled(); got != want {
			t.Errorf("Canceled of %q = %t, want %t", notes, got, want)
		}
	}
}

// An interrupted session began with its first start, and ended with its last end.
func TestActivityRow_instants(t *testing.T) {
	t.Parallel()
	at := func(hour int) time.Time { return time.Date(2026, 3, 25, hour, 0, 0, 0, time.UTC) }
	tests := map[string]struct {
		notes          string
		started, ended time.Time
	}{
		"nothing": {"", time.Time{}, time.Time{}},
		"running": {"Fulfillment started by B at 4:00pm UTC on Mar 25, 2026; Fulfillment created by B at 3:00pm UTC on Mar 25, 2026; ", at(16), time.Time{}},
		"interrupted": {"Fulfillment ended by B at 7:00pm UTC on Mar 25, 2026; Fulfillment started by B at 6:00pm UTC on Mar 25, 2026; " +
			"Fulfillment ended by B at 5:00pm UTC on Mar 25, 2026; Fulfillment started by B at 4:00pm UTC on Mar 25, 2026; ", at(16), at(19)},
		"oldest first": {"Fulfillment started by B at 4:00pm UTC on Mar 25, 2026; Fulfillment ended by B at 5:00pm UTC on Mar 25, 2026; " +
			"Fulfillment started by B at 6:00pm UTC on Mar 25, 2026; Fulfillment ended by B at 7:00pm UTC on Mar 25, 2026; ", at(16), at(19)},
		"without a time": {"Fulfillment ended by B; Fulfillment started by B; ", time.Time{}, time.Time{}},
	}
	for name, tt := range tests {
		row := ActivityRow{Events: parseHistory(tt.notes)}
		if !row.StartedAt().Equal(tt.started) || !row.EndedAt().Equal(tt.ended) {
			t.Errorf("%s: started %s, ended %s; want %s, %s", name, row.StartedAt(), row.EndedAt(), tt.started, tt.ended)
		}
	}
}
