package proctorutest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// manyReservations files so many reservations, evenly within so many days from Tuesday on.
func manyReservations(fake *proctorutest.Server, n, days int) {
	step := time.Duration(days) * 24 * time.Hour / time.Duration(n)
	for i := range n {
		fake.AddReservation(proctorutest.Reservation{
			ID: fmt.Sprint("r-", i), StudentID: fmt.Sprint("learner-", i), Start: tuesday.Add(time.Duration(i) * step), Duration: time.Hour,
		})
	}
}

// A report by dates finds what was moved, whatever came before or after, and also
// while it lags.
func TestReportFindsMovedSessions(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{0, time.Minute} {
		w := inProcess(t)
		w.mustPlay(proctorutest.VariantReportDuplicates, "none")
		w.fake.SetReportLag(lag)
		manyReservations(w.fake, 9, 9)
		number := w.book("moved", tuesday.AddDate(0, 0, 4)).number()
		w.clock.Advance(lag)
		if got, want := w.reportedBetween("2030-03-05", "2030-03-09"), "501 502 503 504 505 510"; got != want {
			t.Errorf("lag %v: got %q, want %q", lag, got, want)
		}
		w.book("moved", tuesday.AddDate(0, 0, 1), "reservation_no", number)
		w.clock.Advance(lag)
		if got, want := w.reportedBetween("2030-03-05", "2030-03-09"), "501 502 510 503 504 505"; got != want {
			t.Errorf("lag %v, after a move: got %q, want %q", lag, got, want)
		}
		if got, want := w.reportedBetween("2030-03-13", "2030-03-30"), "509"; got != want {
			t.Errorf("lag %v, the last days: got %q, want %q", lag, got, want)
		}
	}
}

// BenchmarkReportOfMany asks for a day on which nothing happens, so that it takes what
// finding it takes, and for two days with 3,333 sessions of 100,000.
func BenchmarkReportOfMany(b *testing.B) {
	w := inProcess(b)
	manyReservations(w.fake, 100_000, 60)
	for _, dates := range [][2]string{{"2030-01-01", "2030-01-01"}, {"2030-03-10", "2030-03-11"}} {
		b.Run(dates[0], func(b *testing.B) {
			for b.Loop() {
				if a := w.report("student_id", "", "start_date", dates[0], "end_date", dates[1]); a.status != 200 {
					b.Fatal(a)
				}
			}
		})
	}
}

// BenchmarkAddReservations files 100,000.
func BenchmarkAddReservations(b *testing.B) {
	for b.Loop() {
		manyReservations(inProcess(b).fake, 100_000, 60)
	}
}
