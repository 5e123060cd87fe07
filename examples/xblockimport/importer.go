package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

// importer imports the two tables.
type importer struct {
	s           *scheduling.Scheduler
	store       scheduling.Store
	exams       map[string][]scheduling.Exam
	write, live bool
	out         io.Writer
	lines       []line
}

func (i *importer) run(ctx context.Context, d dump) error {
	if err := i.profiles(ctx, d.users); err != nil {
		return err
	}
	table := tabwriter.NewWriter(i.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "row\tlearner\tnumber\tresult\tstate\tstart\tbooking\tnot taken")
	rest, live := 0, 0
	for n, r := range d.exams {
		l := i.row(ctx, r)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if i.lines = append(i.lines, l); !l.ok {
			rest++
		} else if l.booking.State == scheduling.StateScheduled {
			live++
		}
		l.print(table, n+1)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if live > 0 {
		fmt.Fprintf(i.out, "\n%d are ahead: their proctors have the old password. Tell them the code that Scheduler.Staff.UnlockCode returns.\n", live)
	}
	if rest > 0 {
		return errRest
	}
	return nil
}

// line is what became of a row.
type line struct {
	learner scheduling.LearnerID
	number  proctoru.ReservationNo
	ok      bool   // imported, or would be
	result  string // imported, would be imported, known, or why not
	booking scheduling.Booking
	not     []string // what the row says and is not taken
}

func (l line) print(out io.Writer, n int) {
	start := ""
	if !l.booking.Start.IsZero() {
		start = l.booking.Start.Format(time.RFC3339)
	}
	fmt.Fprintf(out, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", n, l.learner, l.number, l.result, l.booking.State, start, l.booking.ID, strings.Join(l.not, ", "))
}

// row imports one row of the table of exams. Of it, the learner, the number and
// the end are trusted.
func (i *importer) row(ctx context.Context, r record) line {
	l := line{learner: scheduling.LearnerID(r["user_id"])}
	var err error
	if l.number, err = proctoru.ParseReservationNo(r["reservation_no"]); err != nil || l.number == "" {
		l.result = "no reservation number"
		return l
	}
	one := scheduling.Import{Learner: l.learner, Number: l.number, Live: true, DryRun: true}
	if r.flag("is_completed") {
		one.Completed = r.instant("end_time")
	}
	exam, b, err := i.exam(ctx, r["block_id"], one)
	switch {
	case err != nil:
	case b.Version != 0:
		l.result = "known"
	case b.State == scheduling.StateScheduled && !i.live:
		l.booking, l.not, l.result = b, doubts(r, b), "ahead: staff books anew, or -live"
		return l
	case i.write:
		one.DryRun, l.result = false, "imported"
		b, err = i.s.Staff.Import(ctx, exam, one)
	default:
		l.result = "would be imported"
	}
	if err != nil {
		l.result = why(err)
		return l
	}
	l.ok, l.booking, l.not = true, b, doubts(r, b)
	return l
}

// errNoExam means that the map has no exam for the row.
var errNoExam = errors.New("no exam of the map")

// exam finds the run of the course that the row belongs to: the one whose
// window holds the start. It tries each with a dry run.
func (i *importer) exam(ctx context.Context, block string, one scheduling.Import) (scheduling.Exam, scheduling.Booking, error) {
	failure := errNoExam
	for _, exam := range i.exams[block] {
		b, err := i.s.Staff.Import(ctx, exam, one)
		switch refused, ok := errors.AsType[*scheduling.NotAllowedError](err); {
		case err == nil && (b.Version != 0 || exam.Window.Contains(b.Start, 0)):
			return exam, b, nil
		case ok && refused.Has(scheduling.ReasonOutsideWindow), err == nil:
			continue
		default:
			failure = err
		}
	}
	return scheduling.Exam{}, scheduling.Booking{}, failure
}

// why returns in a word why a row is not imported.
func why(err error) string {
	if refused, ok := errors.AsType[*scheduling.NotAllowedError](err); ok {
		return string(refused.Reasons[0].Code)
	}
	if booked, ok := errors.AsType[*scheduling.AlreadyBookedError](err); ok {
		return "booked already as " + string(booked.BookingID)
	}
	return err.Error()
}

// doubts lists the values of the row that differ from the provider's.
func doubts(r record, b scheduling.Booking) []string {
	var not []string
	say := func(differs bool, what string) {
		if differs {
			not = append(not, what)
		}
	}
	ahead := b.State == scheduling.StateScheduled
	say(ahead && r["reservation_id"] != string(b.ID), "reservation_id")
	say(!r.instant("start_date").Equal(b.Start), "start_date")
	say(r.flag("is_canceled") != (b.State == scheduling.StateCanceled), "is_canceled")
	say(r.flag("is_started") && b.State != scheduling.StateFinished, "is_started")
	return not
}

// profiles keeps the profiles of learners whom the store does not know. Country,
// state and names are not taken: the old form mixed up countries, sent CA as the
// state of everybody, and made last names up. The learner completes the rest.
func (i *importer) profiles(ctx context.Context, users []record) error {
	taken, known := 0, 0
	for _, u := range users {
		id := scheduling.LearnerID(u["student_id"])
		_, err := i.store.Learner(ctx, id, 0)
		if err == nil || id == "" {
			known++
			continue
		}
		if !errors.Is(err, scheduling.ErrNotFound) {
			return err
		}
		taken++
		if !i.write {
			continue
		}
		if _, err := i.store.PutLearner(ctx, scheduling.Learner{ID: id, UpdatedAt: time.Now(), Profile: profile(u)}); err != nil {
			return err
		}
	}
	done := map[bool]string{true: "taken", false: "would be taken"}[i.write]
	fmt.Fprintf(i.out, "profiles: %d %s, %d known; not taken: country, state, names, zone labels, and what no longer fits\n\n", taken, done, known)
	return nil
}

// profile is what can be trusted of an old profile.
func profile(u record) scheduling.Profile {
	p := scheduling.Profile{Phone: u["phone_number"], Address: u["address"], City: u["city"]}
	if zone, err := proctoru.Location(u["time_zone"]); err == nil {
		p.Zone = zone.String()
	}
	bad, _ := errors.AsType[*proctorbook.ValidationError](p.Validate())
	wrong := func(field string) bool {
		return bad != nil && slices.ContainsFunc(bad.Fields, func(x proctorbook.FieldError) bool { return x.Field == field })
	}
	for field, value := range map[string]*string{"Profile.Phone": &p.Phone, "Profile.Address": &p.Address, "Profile.City": &p.City} {
		if wrong(field) {
			*value = ""
		}
	}
	return p
}
