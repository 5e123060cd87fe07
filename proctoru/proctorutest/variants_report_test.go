package proctorutest_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// reportDialects has one dialect for each variant of which sessions a report shows.
var reportDialects = map[string]dialect{
	proctorutest.VariantReportSessions: {
		talk: func(w *world) string {
			w.mustPlay(proctorutest.VariantReportDuplicates, "none")
			w.book("r-1", tuesday)
			w.book("r-2", tuesday.AddDate(0, 0, 3))
			w.clock.Set(tuesday.Add(time.Minute))
			return w.reportedBetween("2030-03-04", "2030-03-20") + ", of the learner " + fmt.Sprint(len(w.report().rows()))
		},
		want: map[string]string{"all": "501 502, of the learner 2", "past-only": "501, of the learner 2"},
	},
	proctorutest.VariantReportDates: {
		talk: func(w *world) string {
			w.mustPlay(proctorutest.VariantReportDuplicates, "none")
			w.book("r-1", tuesday.AddDate(0, 0, 10))
			w.clock.Set(tuesday)
			w.book("r-2", tuesday.AddDate(0, 0, 3))
			return w.reportedBetween("2030-03-04", "2030-03-04") + "|" + w.reportedBetween("2030-03-04", "2030-03-05") + "|" + w.reportedBetween("2030-03-06", "2030-03-20")
		},
		want: map[string]string{"start": "||502 501", "created": "501|502 501|"},
	},
	proctorutest.VariantReportEnds: {
		talk: func(w *world) string {
			w.mustPlay(proctorutest.VariantReportDuplicates, "none")
			for i, hour := range []int{9, 12, 15} {
				w.book(fmt.Sprint("r-", i), tuesday.Add(time.Duration(hour-9)*time.Hour))
			}
			return w.reportedBetween("2030-03-05T11:00:00Z", "2030-03-05T14:00:00Z") + "|" + w.reportedBetween("2030-03-05T11:00:00Z", "2030-03-06T08:00:00Z")
		},
		want: map[string]string{"instants": "502|502 503", "whole-days": "501 502 503|501 502 503", "end-at-midnight": "|502 503"},
	},
	proctorutest.VariantReportRows: {
		talk: func(w *world) string {
			manyReservations(w.fake, 5001, 5)
			all := w.report("student_id", "", "start_date", "2030-03-04", "end_date", "2030-03-20")
			few := w.report("student_id", "", "start_date", "2030-03-05", "end_date", "2030-03-05")
			return fmt.Sprint(all, " ", len(all.rows()), ", ", few, " ", len(few.rows()))
		},
		want: map[string]string{"all-rows": "1 10002, 1 1252", "500-over-10000": "500 text/html 0, 1 1252", "first-5000": "1 5000, 1 1252"},
	},
}

// reportedBetween returns the last digits of the numbers that a report by dates shows.
func (w *world) reportedBetween(from, until string) string {
	w.t.Helper()
	var numbers []string
	for _, row := range w.report("student_id", "", "start_date", from, "end_date", until).rows() {
		numbers = append(numbers, fmt.Sprint(int64(row["ReservationNo"].(float64))-900000000))
	}
	return strings.Join(numbers, " ")
}
