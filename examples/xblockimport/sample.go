package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// sample is a fake provider, and old tables whose rows are odd in the ways that
// the old extension made them.
type sample struct {
	provider *proctorutest.Server
	store    scheduling.Store
	exams    map[string][]scheduling.Exam
	dump     dump
}

func newSample() (*sample, error) {
	s := &sample{provider: proctorutest.NewServer(), store: memstore.New()}
	today := time.Now().UTC().Truncate(24 * time.Hour)
	last, next := today.AddDate(0, -2, 0), today.AddDate(0, 0, 7)
	s.exams = map[string][]scheduling.Exam{"a1b2c3": {courseRun("2026", last), courseRun("2027", next)}} // the runs share the name
	sat, missed := last.Add(9*time.Hour), last.Add(33*time.Hour)
	ahead := next.Add(10 * time.Hour)

	rows := []struct {
		start time.Time         // at the provider
		after func(int64) error // what happened there
		row   record            // what the old table says
	}{
		{sat, s.wasSat, record{"is_started": "1", "is_completed": "1", "end_time": db(sat.Add(time.Hour)), "start_date": db(sat)}},
		// Moved: the table has an id that was never sent, and the first start.
		{ahead, nil, record{"reservation_id": "FFFF000011112222333344445555666677778888", "start_date": db(ahead.AddDate(0, 0, -1))}},
		// The cancel failed; the table says canceled whatever the answer was.
		{ahead, nil, record{"is_canceled": "1", "start_date": db(ahead)}},
		// Canceled by the provider; the table never heard of it.
		{sat, s.provider.ProviderCancels, record{"start_date": db(sat)}},
		// Never begun; the start was stored in another zone.
		{missed, nil, record{"start_date": db(missed.Add(-5 * time.Hour))}},
		// The provider has no such number.
		{time.Time{}, nil, record{"reservation_no": "12", "start_date": db(sat)}},
		// Nobody knows which course the block belongs to.
		{sat, nil, record{"block_id": "zzz", "start_date": db(sat)}},
		// The number as some databases print it.
		{sat, s.wasSat, record{"is_completed": "true", "end_time": db(sat.Add(time.Hour)), "start_date": db(sat)}},
	}
	for n, x := range rows {
		learner := strconv.Itoa(4211 + n)
		r := record{"user_id": learner, "block_id": "a1b2c3", "reservation_id": fmt.Sprintf("%040d", n+1)}
		if !x.start.IsZero() {
			number := s.provider.AddReservation(proctorutest.Reservation{
				ID: r["reservation_id"], StudentID: learner, Start: x.start, Duration: 90 * time.Minute, Notes: "Password is - letmein",
			})
			r["reservation_no"] = fmt.Sprintf("000%d.0", number)
			if x.after != nil {
				if err := x.after(number); err != nil {
					s.close()
					return nil, err
				}
			}
		}
		for column, value := range x.row {
			r[column] = value
		}
		s.dump.exams = append(s.dump.exams, r)
		s.dump.users = append(s.dump.users, record{
			"student_id": learner, "phone_number": "+33100000000", "time_zone": "Romance Standard Time",
			"time_zone_display_name": "(UTC+01:00) Paris", "address": "1 Main Street", "city": "Lyon", "country": "IR", "state": "CA",
		})
	}
	return s, nil
}

func (s *sample) close() { s.provider.Close() }

func (s *sample) play(ctx context.Context, c *config, stdout io.Writer) error {
	c.url, c.token, c.secret, c.fake = s.provider.URL, s.provider.Token, "32 characters that are no secret", true
	return c.importInto(ctx, s.store, s.dump, s.exams, stdout)
}

// wasSat lets the proctor see the session begin and end.
func (s *sample) wasSat(number int64) error {
	if err := s.provider.ProctorStarts(number); err != nil {
		return err
	}
	return s.provider.ProctorEnds(number, proctorutest.Verdict{Authenticated: true})
}

// db returns an instant as the old tables keep it: in UTC, without a zone mark.
func db(at time.Time) string { return at.Format("2006-01-02 15:04:05.000000") }

// courseRun is the exam in one run of the course.
func courseRun(name string, from time.Time) scheduling.Exam {
	course := "ExampleX+CS101+" + name
	return scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:" + course), Usage: edx.MustUsageKey("block-v1:" + course + "+type@proctoru+block@a1b2c3"),
		Name: "Final exam", Window: scheduling.Window{Start: from, End: from.AddDate(0, 0, 5)}, Zone: time.UTC, Duration: 90 * time.Minute,
	}
}
