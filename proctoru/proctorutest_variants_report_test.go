package proctoru_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// reportVariantTests are about which sessions a report by dates shows.
var reportVariantTests = map[string]variantTest{
	proctorutest.VariantReportSessions: {func(w *world) string {
		w.booked()
		before := reportedIn(w, now, now.AddDate(0, 1, 0))
		w.clock.Set(tuesdayTwoInParis.Start.Add(time.Minute))
		return before + "; after its start " + reportedIn(w, now, now.AddDate(0, 1, 0))
	}, map[string]string{"all": "ok, 1; after its start ok, 1", "past-only": "ok, 0; after its start ok, 1"}},
	proctorutest.VariantReportDates: {func(w *world) string {
		w.booked()
		return reportedIn(w, now.AddDate(0, 0, -1), now.AddDate(0, 0, 1)) + "; to come " + reportedIn(w, now.AddDate(0, 0, 1), now.AddDate(0, 1, 0))
	}, map[string]string{"start": "ok, 0; to come ok, 1", "created": "ok, 1; to come ok, 0"}},
	proctorutest.VariantReportEnds: {func(w *world) string {
		sessionsAday(w, 12_000, 2)
		return reportedIn(w, now, now.AddDate(0, 0, 2)) + "; a few " + reportedIn(w, now, now.Add(5*time.Hour))
	}, map[string]string{
		"instants": "ok, 24000; a few ok, 2501", "whole-days": "too large, the first day; a few too large, the first day",
		"end-at-midnight": "too large, the first day; a few ok, 0",
	}},
	proctorutest.VariantReportRows: {func(w *world) string {
		sessionsAday(w, 3000, 3)
		return reportedIn(w, now, now.AddDate(0, 0, 3))
	}, map[string]string{"all-rows": "ok, 9000", "500-over-10000": "ok, 9000", "first-5000": "ok, 2500"}},
}

// reportedIn reads the report of an interval and tells how it ended, and how many rows came.
func reportedIn(w *world, from, to time.Time) string {
	rows, err := collect(w.client.Reports.Activity(w.Context(), proctoru.ActivityParams{Start: from, End: to}))
	if failed, ok := errors.AsType[*proctoru.ReportError](err); ok && errors.Is(err, proctoru.ErrTooLarge) && failed.Resume.Before(from.AddDate(0, 0, 1)) {
		return "too large, the first day"
	}
	return fmt.Sprintf("%s, %d", said(err), len(rows))
}

// sessionsAday files so many sessions a day from now on.
func sessionsAday(w *world, n, days int) {
	for i := range n * days {
		w.fake.AddReservation(proctorutest.Reservation{
			ID: fmt.Sprint("r-", i), StudentID: fmt.Sprint("learner-", i), Duration: time.Hour, Start: now.Add(time.Duration(i) * 24 * time.Hour / time.Duration(n)),
		})
	}
}
