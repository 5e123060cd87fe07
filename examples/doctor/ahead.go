package main

import (
	"context"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// How far the report is read. An account may have thousands of sessions a day.
const (
	daysAhead = 7
	daysBack  = 2
)

// lookAhead reads the report by dates, and says whether it lists sessions that are
// still to come: a service that watches its bookings by readings of the report needs
// that. Without a session of one's own it shows nothing for certain, which is for the trial.
func lookAhead(ctx context.Context, client *proctoru.Client, now time.Time) (finding, error) {
	now = now.UTC().Truncate(time.Second)
	toCome := func(r proctoru.ActivityRow) bool { return r.Start.After(now) }
	ahead, n, err := reportedFirst(ctx, client, now, now.AddDate(0, 0, daysAhead), toCome)
	if err != nil {
		return finding{}, err
	}
	if n > 0 && toCome(ahead) {
		return finding{askAhead, "listed", "for one number " + session(ahead)}, nil
	}
	recent, n, err := reportedFirst(ctx, client, now.AddDate(0, 0, -daysBack), now, toCome)
	switch {
	case err != nil:
		return finding{}, err
	case n == 0:
		return finding{askAhead, "no_rows", fmt.Sprintf("no session of the last %d days nor of the next %d, so this shows nothing", daysBack, daysAhead)}, nil
	case toCome(recent):
		return finding{askAhead, "by_creation", fmt.Sprintf("the report of the last %d days has number %s: its dates are not those of the sessions", daysBack, session(recent))}, nil
	}
	return finding{askAhead, "not_seen", fmt.Sprintf("none of the next %d days, while the last %d days have number %s: either there is none, or the report lists past ones alone",
		daysAhead, daysBack, session(recent))}, nil
}

// reportedFirst returns the first row that is wanted, or else the last row of those that
// the report has, and how many rows were read.
func reportedFirst(ctx context.Context, client *proctoru.Client, from, to time.Time, want func(proctoru.ActivityRow) bool) (row proctoru.ActivityRow, n int, err error) {
	for r, err := range client.Reports.Activity(ctx, proctoru.ActivityParams{Start: from, End: to}) {
		if err != nil {
			return row, n, err
		}
		row = r
		if n++; want(r) {
			break
		}
	}
	return row, n, nil
}

func session(r proctoru.ActivityRow) string {
	if r.Start.IsZero() {
		return string(r.Number) + " without a start"
	}
	return string(r.Number) + " at " + r.Start.Format(time.RFC3339)
}

// askForDates asks for the reservation under trial in the report by dates: around its
// start, and around now. The report of the learner has it by then.
func (t *trial) askForDates(ctx context.Context) error {
	ours := func(r proctoru.ActivityRow) bool { return r.Number == t.number }
	for _, q := range []struct {
		around         time.Time
		answer, detail string
	}{
		{t.start, "listed", "as number %s at %s"},
		{t.clock.Now(), "by_creation", "number %s is listed when it was made, and not at its start, %s"},
	} {
		around := q.around.UTC().Truncate(time.Second)
		row, n, err := reportedFirst(ctx, t.client, around.AddDate(0, 0, -1), around.AddDate(0, 0, 1), ours)
		if err != nil {
			return err
		}
		if n > 0 && ours(row) {
			t.found(askAhead, q.answer, q.detail, t.number, t.start.UTC().Format(time.RFC3339))
			return nil
		}
	}
	t.found(askAhead, "missing", "the report by dates has no number %s, which the learner's has", t.number)
	return nil
}

// adviseAhead warns where a reading of the report by dates says nothing about bookings.
func (t *trial) adviseAhead(a *advice) {
	switch t.facts[askAhead] {
	case "missing":
		a.Warnings = append(a.Warnings, "the report by dates lists no sessions to come: they can't be watched by reading it, look at each booking")
	case "by_creation":
		a.Warnings = append(a.Warnings, "the report by dates goes by when reservations were made: sessions to come can't be watched by reading their dates, look at each booking")
	}
}
