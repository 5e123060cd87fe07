package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// reserve makes the reservation under trial, and asks how soon it shows where.
func (t *trial) reserve(ctx context.Context) error {
	t.id, t.start = t.newID(), t.nextStart()
	var err error
	if t.number, err = t.create(ctx, t.id, t.start); err != nil {
		return err
	}
	list := &wait{limit: t.wait, look: t.lists(ctx, "", standsAt(t.number, t.start))}
	report := &wait{limit: t.wait, look: t.reported(ctx, func(r proctoru.ActivityRow) bool { return r.Number == t.number })}
	if err := t.untilEach(ctx, t.clock.Now(), list, report); err != nil {
		return err
	}
	if list.err != nil {
		t.found(askListLag, "not_seen", "a new reservation was not listed within %s", t.wait)
		return list.err
	}
	t.lag(askListLag, list.lag)
	if report.err != nil {
		t.found(askNotes, unclear, "the report has not shown the reservation within %s", t.wait)
		return nil
	}
	t.lag(askReportLag, report.lag)
	if err := t.askForDates(ctx); err != nil {
		return err
	}
	return t.askForNotes(ctx)
}

func (t *trial) askForNotes(ctx context.Context) error {
	withID := func(r proctoru.ActivityRow) bool {
		return r.Number == t.number && strings.Contains(r.SchoolNotes.Reveal(), t.id)
	}
	ok, err := t.reported(ctx, withID)()
	if err != nil {
		return err
	}
	if ok {
		t.found(askNotes, "returned", "the report finds a reservation by its id")
	} else {
		t.found(askNotes, "missing", "the report finds a reservation by its number alone")
	}
	return nil
}

// repeatID sends the id again while it is active: for the same start, where an
// overlap is in the way too, and for another one.
func (t *trial) repeatID(ctx context.Context) error {
	same, sameErr := t.create(ctx, t.id, t.start)
	if err := t.removeOther(ctx, same); err != nil {
		return err
	}
	other := t.nextStart()
	number, err := t.create(ctx, t.id, other)
	switch {
	case errors.Is(err, proctoru.ErrReservationIDExists):
		t.found(askRepeat, "refused", "")
		t.askOrderBy(sameErr)
	case err == nil && number == t.number:
		t.found(askRepeat, "updates", "the reservation moved to the other start")
		t.start = other
		return t.seenListed(ctx, t.number, t.start)
	case err == nil:
		t.found(askRepeat, "creates", "there were two reservations of one id")
		return t.removeOther(ctx, number)
	case refused(err):
		t.found(askRepeat, unclear, "%v", err)
	default:
		return err
	}
	return nil
}

// askOrderBy reads what came first from the answer to the same id and start.
func (t *trial) askOrderBy(err error) {
	switch {
	case errors.Is(err, proctoru.ErrReservationIDExists):
		t.found(askOrder, "exist_first", "")
	case errors.Is(err, proctoru.ErrOverlap):
		t.found(askOrder, "overlap_first", "")
	default:
		t.found(askOrder, unclear, "%v", err)
	}
}

// removeOther removes another number than the one under trial.
func (t *trial) removeOther(ctx context.Context, number proctoru.ReservationNo) error {
	if number == "" || number == t.number {
		return nil
	}
	return t.remove(ctx, number)
}

// edit sends the create with the number, for another start.
func (t *trial) edit(ctx context.Context) error {
	to := t.nextStart()
	number, err := t.made(t.client.Reservations.Update(ctx, proctoru.UpdateReservationParams{
		CreateReservationParams: t.params(t.id, to), Number: t.number,
	}))
	return t.moved(ctx, askEdit, number, to, err)
}

// move calls moveReservation, for another start.
func (t *trial) move(ctx context.Context) error {
	to := t.nextStart()
	number, err := t.made(t.client.Reservations.Move(ctx, proctoru.MoveReservationParams{ID: t.id, Number: t.number, Start: to}))
	return t.moved(ctx, askMove, number, to, err)
}

// moved finds what became of a move: where the reservation stands, and whether the
// old number is gone.
func (t *trial) moved(ctx context.Context, q question, number proctoru.ReservationNo, to time.Time, err error) error {
	switch {
	case errors.Is(err, proctoru.ErrReservationIDExists):
		t.found(q, "ignored", "the number was not looked at: it was taken for a new reservation")
		return nil
	case errors.Is(err, proctoru.ErrOverlap):
		t.found(q, unclear, "the slot was taken meanwhile")
		return nil
	case refused(err):
		t.found(q, "refused", "%v", err)
		return t.seenListed(ctx, t.number, t.start) // a refusal must leave the old slot alone
	case err != nil:
		return err
	}
	if err := t.seenListed(ctx, number, to); err != nil {
		return err
	}
	old := t.number
	t.number, t.start = number, to
	if number == old {
		t.found(q, "same_number", "")
		return nil
	}
	gone, err := t.gone(ctx, old)
	switch {
	case err != nil:
		return err
	case gone:
		t.held[old] = false
		t.found(q, "new_number", "the old number is canceled")
		return nil
	}
	t.found(q, "ignored", "the old reservation stood beside the new one")
	return t.remove(ctx, old)
}

// cancel cancels the reservation, and asks how soon that shows where.
func (t *trial) cancel(ctx context.Context) error {
	if err := t.remove(ctx, t.number); err != nil {
		return err
	}
	listed := t.lists(ctx, "", ofNumber(t.number))
	list := &wait{limit: t.enough(), look: not(listed)}
	report := &wait{limit: t.wait, look: t.reported(ctx, canceled(t.number))}
	began := t.clock.Now()
	if err := t.untilEach(ctx, began, list, report); err != nil {
		return err
	}
	t.askReportLag(report)
	if list.err != nil && !errors.Is(list.err, proctoru.ErrNoList) {
		// The list may have been slow: by now it had time for that.
		still, err := listed()
		if err != nil {
			return err
		}
		if !still {
			list.lag, list.err = t.clock.Now().Sub(began), nil
		}
	}
	if list.err == nil {
		t.lag(askListLag, list.lag)
	}
	t.found(askListLag, whole(t.lags[askListLag]), "the longest until a write showed in the list")
	t.askCanceledRows(list.err)
	return t.askCanceledList(ctx)
}

func (t *trial) askReportLag(report *wait) {
	if report.err != nil {
		t.found(askReportLag, "not_seen", "the report has not shown the cancel within %s", t.wait)
		return
	}
	t.lag(askReportLag, report.lag)
	t.found(askReportLag, whole(t.lags[askReportLag]), "the longest until a write showed in the activity report")
}

// askCanceledRows reads it from how the wait for an empty list ended.
func (t *trial) askCanceledRows(listErr error) {
	switch {
	case errors.Is(listErr, proctoru.ErrNoList):
		t.found(askEmptyList, "no_list", "which can't be told from a failure")
		t.found(askCanceledRows, "hidden", "")
	case listErr != nil:
		t.found(askCanceledRows, "shown", "without a mark, among the active ones")
	default:
		t.found(askEmptyList, "list", "")
		t.found(askCanceledRows, "hidden", "")
	}
}

// askCanceledList asks whether there is a list of the canceled ones.
func (t *trial) askCanceledList(ctx context.Context) error {
	withID := func(r proctoru.ListedReservation) bool { return r.Number == t.number && r.ID == t.id }
	began := t.clock.Now()
	_, err := t.until(ctx, began, t.enough(), t.lists(ctx, proctoru.ReservationCanceled, ofNumber(t.number)))
	if errors.Is(err, errNotSeen) {
		t.found(askCanceledList, "none", "status=cancelled does not show it")
		return nil
	}
	if err != nil {
		return err
	}
	ok, err := t.lists(ctx, proctoru.ReservationCanceled, withID)()
	if err != nil {
		return err
	}
	if ok {
		t.found(askCanceledList, "with_ids", "status=cancelled shows it")
	} else {
		t.found(askCanceledList, "without_ids", "status=cancelled shows its number alone")
	}
	return nil
}

// cancelAgain removes what is removed.
func (t *trial) cancelAgain(ctx context.Context) error {
	switch err := t.remove(ctx, t.number); {
	case err == nil:
		t.found(askSecondRemoval, "done", "")
	case errors.Is(err, proctoru.ErrAlreadyCanceled):
		t.found(askSecondRemoval, "canceled", "")
	case errors.Is(err, proctoru.ErrReservationNotFound):
		t.found(askSecondRemoval, "not_found", "")
	case refused(err):
		t.found(askSecondRemoval, unclear, "%v", err)
	default:
		return err
	}
	return nil
}

// reuse sends the id again after the cancel.
func (t *trial) reuse(ctx context.Context) error {
	number, err := t.create(ctx, t.id, t.nextStart())
	switch {
	case errors.Is(err, proctoru.ErrReservationIDExists):
		t.found(askReuse, "refused", "")
	case err == nil:
		t.found(askReuse, "creates", "a late request may bring a canceled reservation back")
		return t.remove(ctx, number)
	case refused(err):
		t.found(askReuse, unclear, "%v", err)
	default:
		return err
	}
	return nil
}

// leads are tried from the earliest on. They are few, since each refusal counts
// as an error at the provider.
var leads = []time.Duration{60, 45, 30, 20, 15, 10, 5, 2, 0}

// beginSession asks how early a session may begin, and what can be done then.
func (t *trial) beginSession(ctx context.Context) error {
	t.starts = nil
	soon := t.clock.Now().UTC().Truncate(time.Minute).Add(leads[0]*time.Minute + 2*time.Minute)
	if err := t.slots(ctx, soon); err != nil || len(t.starts) == 0 {
		return errors.Join(err, fmt.Errorf("%d slots are free today, at least %d minutes from now", len(t.starts), leads[0]))
	}
	t.id, t.start = t.newID(), t.nextStart()
	var err error
	if t.number, err = t.create(ctx, t.id, t.start); err != nil {
		return err
	}
	for _, lead := range leads {
		lead *= time.Minute
		if err := t.clock.Sleep(ctx, t.start.Add(-lead).Sub(t.clock.Now())); err != nil {
			return err
		}
		url, err := t.beginOnce(ctx)
		switch {
		case errors.Is(err, proctoru.ErrTooEarly):
			continue
		case refused(err):
			t.found(askBeginLead, unclear, "%v", err)
			return nil
		case err != nil && !errors.Is(err, proctoru.ErrNoURL):
			return err
		}
		t.found(askBeginLead, lead.String(), "%s", words("before the start, at the least", noURL(err)))
		return t.afterBegin(ctx, url)
	}
	t.found(askBeginLead, "not_seen", "refused as too early at the start itself")
	return nil
}

func noURL(err error) string {
	if err != nil {
		return "the answer had no URL"
	}
	return ""
}

// beginOnce begins the session. The URL is a secret: it is compared, and not kept.
func (t *trial) beginOnce(ctx context.Context) (string, error) {
	launch, err := t.client.Reservations.Begin(ctx, proctoru.BeginReservationParams{StudentID: t.person.ID, ID: t.id, Number: t.number})
	if err == nil || errors.Is(err, proctorbook.ErrOutcomeUnknown) && !refused(err) {
		t.begun[t.number] = true
	}
	if err != nil {
		return "", err
	}
	return launch.URL.Reveal(), nil
}

// afterBegin begins a second time, and cancels.
func (t *trial) afterBegin(ctx context.Context, first string) error {
	switch second, err := t.beginOnce(ctx); {
	case refused(err):
		t.found(askBeginTwice, "refused", "a learner who lost the connection is locked out")
	case err != nil && !errors.Is(err, proctoru.ErrNoURL):
		return err
	case second == first:
		t.found(askBeginTwice, "same_url", "")
	default:
		t.found(askBeginTwice, "new_url", "")
	}
	switch err := t.remove(ctx, t.number); {
	case err == nil:
		t.found(askLateRemoval, "done", "")
	case refused(err):
		t.found(askLateRemoval, "refused", "%v", err)
	default:
		return err
	}
	return nil
}
