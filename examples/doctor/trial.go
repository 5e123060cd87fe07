package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// A trial finds out, on a sandbox, what is not documented of the provider. It
// follows one reservation from its making to its end, and looks at each step how
// the provider behaves. Whatever it made it remembers, for cleanUp.
type trial struct {
	client *proctoru.Client
	clock  proctorbook.Clock
	wait   time.Duration // longest wait for a write to show
	tell   func(finding)

	person proctoru.Student // made up for this trial
	starts []time.Time      // free ones, apart from each other; taken from the front

	// The reservation under trial.
	id     string
	number proctoru.ReservationNo
	start  time.Time

	ids   []string                        // every id that was sent
	held  map[proctoru.ReservationNo]bool // every number that the provider gave; false once it is canceled
	begun map[proctoru.ReservationNo]bool // numbers whose session was begun
	doubt time.Time                       // of the last write without a clear answer; zero if there was none
	facts map[question]string             // what was found
	lags  map[question]time.Duration      // the longest that were seen
}

// A question is one thing that is not documented.
type question string

// The questions, and their answers.
const (
	askListLag       question = "list_lag"                 // a duration, or not_seen
	askReportLag     question = "report_lag"               // a duration, or not_seen
	askNotes         question = "notes_in_report"          // returned, missing
	askAhead         question = "future_in_report"         // listed, by_creation, missing; without a trial also not_seen, no_rows
	askRepeat        question = "repeated_id"              // refused, updates, creates
	askOrder         question = "exist_or_overlap"         // exist_first, overlap_first
	askEdit          question = "edit"                     // same_number, new_number, refused, ignored
	askMove          question = "move"                     // same_number, new_number, refused
	askCanceledRows  question = "canceled_rows"            // hidden, shown
	askEmptyList     question = "empty_list"               // list, no_list
	askCanceledList  question = "canceled_list"            // with_ids, without_ids, none
	askSecondRemoval question = "second_removal"           // canceled, done, not_found
	askReuse         question = "repeated_id_after_cancel" // refused, creates
	askBeginLead     question = "begin_lead"               // a duration, or not_seen
	askBeginTwice    question = "begin_twice"              // new_url, same_url, refused
	askLateRemoval   question = "removal_after_begin"      // done, refused
)

// unclear is the answer where the provider said something else.
const unclear = "unclear"

// A finding is an answer, with what else there is to say.
type finding struct {
	Question question
	Answer   string
	Detail   string
}

func newTrial(client *proctoru.Client, clock proctorbook.Clock, wait time.Duration, tell func(finding)) *trial {
	name := "doctor-" + strings.ToLower(rand.Text()[:10])
	return &trial{
		client: client, clock: clock, wait: wait, tell: tell,
		person: proctoru.Student{
			ID: name, FirstName: "Doctor", LastName: "Example", Email: name + "@example.org",
			Country: "FR", Phone: "+33100000000", ZoneID: "UTC",
		},
		held: map[proctoru.ReservationNo]bool{}, begun: map[proctoru.ReservationNo]bool{},
		facts: map[question]string{}, lags: map[question]time.Duration{},
	}
}

// A step asks one or some questions.
type step struct {
	name string
	do   func(context.Context) error
}

// run asks all questions. It stops at the first one that can't be asked at all.
func (t *trial) run(ctx context.Context, begin bool) error {
	steps := []step{
		{"look for slots", t.pickStarts}, {"reserve", t.reserve}, {"repeat the id", t.repeatID}, {"edit", t.edit},
		{"move", t.move}, {"cancel", t.cancel}, {"cancel again", t.cancelAgain}, {"use the id again", t.reuse},
	}
	if begin {
		steps = append(steps, step{"begin", t.beginSession})
	}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("interrupted before the step %q: %w", step.name, context.Cause(ctx))
		}
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("step %q: %w", step.name, err)
		}
	}
	return nil
}

// found keeps an answer and tells it.
func (t *trial) found(q question, answer, detail string, args ...any) {
	t.facts[q] = answer
	t.tell(finding{q, answer, fmt.Sprintf(detail, args...)})
}

// lag keeps the longest lag.
func (t *trial) lag(q question, d time.Duration) { t.lags[q] = max(t.lags[q], d) }

const length = 30 * time.Minute // of each reservation

// pickStarts finds free slots some days ahead, far enough from each other that
// none is in another's way.
func (t *trial) pickStarts(ctx context.Context) error {
	const enough = 6
	day := t.clock.Now().UTC().Truncate(24 * time.Hour)
	for ahead := 2; ahead < 9 && len(t.starts) < enough; ahead++ {
		if err := t.slots(ctx, day.AddDate(0, 0, ahead)); err != nil {
			return err
		}
	}
	if len(t.starts) < enough {
		return fmt.Errorf("the provider offers %d slots that are apart in the next days, and %d are needed", len(t.starts), enough)
	}
	return nil
}

// slots adds the starts of the rest of from's day.
func (t *trial) slots(ctx context.Context, from time.Time) error {
	offers, err := t.client.Slots.List(ctx, proctoru.SlotsParams{ZoneID: t.person.ZoneID, Start: from, Duration: length})
	if err != nil {
		return err
	}
	for _, o := range offers {
		if n := len(t.starts); !o.Start.Before(from) && (n == 0 || o.Start.Sub(t.starts[n-1]) >= length+time.Hour) {
			t.starts = append(t.starts, o.Start)
		}
	}
	return nil
}

func (t *trial) nextStart() time.Time {
	start := t.starts[0]
	t.starts = t.starts[1:]
	return start
}

func (t *trial) newID() string {
	id := t.person.ID + "-" + strconv.Itoa(len(t.ids)+1)
	t.ids = append(t.ids, id)
	return id
}

// params are those of a reservation as package scheduling makes it: the id
// stands also in the notes.
func (t *trial) params(id string, start time.Time) proctoru.CreateReservationParams {
	return proctoru.CreateReservationParams{
		ID: id, Student: t.person, Start: start, Duration: length, Description: "Trial of the interface: will be canceled",
		Notes: "Booking: " + id,
	}
}

// create sends a create, and remembers what it may have made.
func (t *trial) create(ctx context.Context, id string, start time.Time) (proctoru.ReservationNo, error) {
	return t.made(t.client.Reservations.Create(ctx, t.params(id, start)))
}

// made remembers the number, or that there may be one whose answer was lost.
func (t *trial) made(r *proctoru.Reservation, err error) (proctoru.ReservationNo, error) {
	if err == nil {
		t.held[r.Number] = true
		return r.Number, nil
	}
	if errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		t.doubt = t.clock.Now()
	}
	return "", err
}

// remove cancels a number, and remembers that it is gone.
func (t *trial) remove(ctx context.Context, number proctoru.ReservationNo) error {
	_, err := t.client.Reservations.Cancel(ctx, proctoru.CancelReservationParams{StudentID: t.person.ID, Number: number, Explanation: "trial"})
	switch {
	case err == nil, errors.Is(err, proctoru.ErrAlreadyCanceled):
		t.held[number] = false
	case errors.Is(err, proctorbook.ErrOutcomeUnknown):
		t.doubt = t.clock.Now()
	}
	return err
}

// refused reports whether the provider refused, also in an unknown wording. For
// a booking those would be unknown; here the lists show what became of it.
func refused(err error) bool {
	e, ok := errors.AsType[*proctoru.Error](err)
	return ok && e.Code == 2
}
