package scheduling_test

import (
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// What the provider does by itself is noticed within three hours, however its report is
// made: one booking of ten is moved, canceled or doubled after two hours.
func TestProviderChangesAreNoticedUnderEachVariant(t *testing.T) {
	for i, tt := range []struct {
		variant, alternative string
		n, days              int // where the usual crowd would not show it: with PROCTORBOOK_FULL alone
		hides                int // second reservations of confirmed bookings that the report may cut off
	}{
		{proctorutest.VariantReportDuplicates, "adjacent", 0, 0, 0}, // as by default
		{proctorutest.VariantReportSessions, "past-only", 0, 0, 0},
		{proctorutest.VariantReportDates, "created", 0, 0, 0},
		{proctorutest.VariantReportEnds, "whole-days", 0, 0, 0},
		{proctorutest.VariantReportEnds, "end-at-midnight", 0, 0, 0},
		{proctorutest.VariantReportRows, "500-over-10000", 5200, 9, 0},
		// An answer that is cut off without a word shows a booking's own row, and not the
		// second one behind the cut: that is found when the booking is looked at singly.
		{proctorutest.VariantReportRows, "first-5000", 4000, 9, 1},
		{proctorutest.VariantReportDuplicates, "none", 0, 0, 0},
		{proctorutest.VariantReportDuplicates, "apart", 0, 0, 0},
		{proctorutest.VariantReportGaps, "none", 0, 0, 0},
		{proctorutest.VariantReportGaps, "every-second", 0, 0, 0},
		{proctorutest.VariantLongReport, "500-over-10-days", 0, 0, 0},
		{proctorutest.VariantLongReport, "slow", 0, 0, 0},
		{proctorutest.VariantLongReport, "partial", 0, 0, 0},
	} {
		t.Run(tt.variant+" "+tt.alternative, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, days := 600/min(less, 3), 60
				if less > 1 && i%4 != 0 && many() != all {
					t.Skip("under the race detector it takes PROCTORBOOK_FULL=1: the goroutines are those of the others")
				}
				if full := many() == all; full {
					n = 2000
				} else if tt.n > 0 {
					t.Skip("takes PROCTORBOOK_FULL=1")
				}
				if tt.n > 0 {
					n, days = tt.n, tt.days
				}
				c := newCrowd(t, n, evenly(n, days))
				c.play(tt.variant, tt.alternative)
				stop := c.serve()
				time.Sleep(2 * time.Hour)
				changed := c.providerChanges()
				c.take()
				var noticed []int
				for range 3 {
					time.Sleep(time.Hour)
					noticed = append(noticed, c.noticed(changed))
				}
				counts := c.take()
				stop()
				t.Logf("of %d changes %v were noticed within 1, 2 and 3 hours; %d calls an hour, %d of them for the report of all learners",
					len(changed), noticed, sum(counts, "call: ")/3, counts["call: clientActivityReport, all learners"]/3)
				if len(changed)-noticed[2] > tt.hides {
					t.Errorf("%d of %d changes were not noticed: %+v", len(changed)-noticed[2], len(changed), c.unnoticed(changed))
				}
			})
		})
	}
}

// changedBooking is what the provider did to a booking.
type changedBooking struct {
	id    scheduling.BookingID
	what  int       // 0 moved, 1 canceled, 2 doubled
	start time.Time // where it was moved to
}

// providerChanges makes the provider change every tenth booking that is ahead, in turn.
func (c *crowd) providerChanges() []changedBooking {
	c.t.Helper()
	var changed []changedBooking
	for i := 0; i < len(c.ids); i += 10 {
		b := c.booking(c.ids[i])
		if b.Start.Before(time.Now().Add(6 * time.Hour)) {
			continue
		}
		number, err := strconv.ParseInt(string(b.Number), 10, 64)
		if err != nil {
			c.t.Fatal(err)
		}
		x := changedBooking{b.ID, i / 10 % 3, b.Start.Add(3 * time.Hour)}
		switch x.what {
		case 0:
			_, err = c.provider.ProviderMoves(number, x.start)
		case 1:
			err = c.provider.ProviderCancels(number)
		default:
			c.provider.AddReservation(c.reservation(b, x.start))
		}
		if err != nil {
			c.t.Fatal(err)
		}
		changed = append(changed, x)
	}
	return changed
}

// noticed counts the changes that the store shows.
func (c *crowd) noticed(changed []changedBooking) int {
	c.t.Helper()
	return len(changed) - len(c.unnoticed(changed))
}

// unnoticed returns the changes that the store does not show: the booking does not follow,
// is not canceled, and is not flagged.
func (c *crowd) unnoticed(changed []changedBooking) []changedBooking {
	c.t.Helper()
	return slices.DeleteFunc(slices.Clone(changed), func(x changedBooking) bool {
		b := c.booking(x.id)
		return x.what == 0 && b.Start.Equal(x.start) || x.what == 1 && b.State == scheduling.StateCanceled || b.NeedsAttention != nil
	})
}
