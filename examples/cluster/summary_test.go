package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/cohort"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	start := time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC)
	rows := []cohort.Row{{Learner: "1", Start: start}}
	booking := scheduling.Booking{ID: "pb-1", Learner: "1", State: scheduling.StateScheduled, Number: "900000501", Start: start}
	there := proctorutest.Reservation{Number: 900000501, ID: "pb-1", StudentID: "1", Start: start, Active: true}
	for name, tt := range map[string]struct {
		spoil func(b *scheduling.Booking, r *proctorutest.Reservation)
		more  []proctorutest.Reservation
		want  string
	}{
		"right":                    {func(*scheduling.Booking, *proctorutest.Reservation) {}, nil, ""},
		"a canceled one besides":   {func(*scheduling.Booking, *proctorutest.Reservation) {}, []proctorutest.Reservation{{StudentID: "1"}}, ""},
		"two reservations":         {func(*scheduling.Booking, *proctorutest.Reservation) {}, []proctorutest.Reservation{there}, "1 bookings and 2 active"},
		"no reservation":           {func(_ *scheduling.Booking, r *proctorutest.Reservation) { r.Active = false }, nil, "1 bookings and 0 active"},
		"no booking":               {func(b *scheduling.Booking, _ *proctorutest.Reservation) { b.Learner = "2" }, nil, "0 bookings and 1 active"},
		"still open":               {func(b *scheduling.Booking, _ *proctorutest.Reservation) { b.Intent = &scheduling.Intent{} }, nil, "the booking is"},
		"failed":                   {func(b *scheduling.Booking, _ *proctorutest.Reservation) { b.State = scheduling.StateFailed }, nil, "the booking is failed"},
		"another number":           {func(b *scheduling.Booking, _ *proctorutest.Reservation) { b.Number = "900000502" }, nil, "not the booking's"},
		"another id":               {func(_ *scheduling.Booking, r *proctorutest.Reservation) { r.ID = "pb-2" }, nil, "not the booking's"},
		"another start there":      {func(_ *scheduling.Booking, r *proctorutest.Reservation) { r.Start = start.Add(time.Hour) }, nil, "not the booking's"},
		"another start than asked": {func(b *scheduling.Booking, _ *proctorutest.Reservation) { b.Start = start.Add(time.Hour) }, nil, "the booking is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, r := booking, there
			tt.spoil(&b, &r)
			got := compare(rows, []scheduling.Booking{b}, slices.Concat([]proctorutest.Reservation{r}, tt.more))
			if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
				t.Errorf("compare = %q, want %q", got, tt.want)
			}
		})
	}
}
