package proctoru_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// Nobody knows how the real service answers the questions that the fake lists as
// its variants. Here is what a caller of the client sees under each answer: a few
// calls that the question touches, and a line for each alternative. What other
// people's clients told is in peerVariantTests, what the report shows in reportVariantTests.
var variantTests = map[string]variantTest{
	proctorutest.VariantBadKey: {func(w *world) string {
		w.fake.Token = "another-token"
		_, err := w.book()
		return said(err)
	}, map[string]string{
		"code-2": "unauthorized, not done", "http-401": "unauthorized, not done", "redirect-302": "redirect, unknown", "html-403": "unauthorized, not done",
	}},
	proctorutest.VariantTimeSentTolerance: {func(w *world) string {
		var all []string
		for _, off := range []time.Duration{-2 * time.Minute, -10 * time.Minute, 10 * time.Minute} {
			_, err := w.skewed(off).Reservations.List(w.Context(), proctoru.ListReservationsParams{StudentID: ada.ID})
			all = append(all, said(err))
		}
		_, err := w.client.Do(w.Context(), proctoru.Operation{Wire: "getTOS", NoStamp: true, Params: map[string][]string{"student_id": {ada.ID}}})
		return strings.Join(append(all, said(err)), "; ")
	}, map[string]string{
		"5m": "ok; stale, not done; stale, not done; ok", "60s": "stale, not done; stale, not done; stale, not done; ok", "15m": "ok; ok; ok; ok",
		"absent-is-stale": "ok; stale, not done; stale, not done; stale, not done", "future-accepted": "ok; stale, not done; ok; ok",
	}},
	proctorutest.VariantTimeSentFormat: {bookListCancel, same("ok; 1 listed; ok", "lenient", "no-dates", "strict")},
	proctorutest.VariantErrorTimeSent: {func(w *world) string { return said(w.refused()) },
		same("overlap, not done", "echo", "server-clock", "absent", "empty")},
	proctorutest.VariantErrorCounterScope: {func(w *world) string {
		first := w.refused()
		w.booked()
		return counter(first) + ", " + counter(w.refused())
	}, map[string]string{"key": "0, 0", "key-and-endpoint": "0, 0", "reset-after-1h": "0, 1", "never-reset": "0, 1"}},
	proctorutest.VariantErrorLimit: {func(w *world) string {
		w.spoil(60)
		return said(drop(w.client.Reservations.List(w.Context(), proctoru.ListReservationsParams{StudentID: ada.ID})))
	}, map[string]string{"locked": "words", "http-403": "unauthorized", "unlock-after-1h": "words", "nothing": "ok"}},
	proctorutest.VariantErrorSuffix: {func(w *world) string {
		err := w.refused()
		e, _ := errors.AsType[*proctoru.Error](err)
		return fmt.Sprintf("%s, limit %d", said(err), e.CounterLimit)
	}, map[string]string{
		"as-documented": "overlap, not done, limit 50", "never": "overlap, not done, limit 0", "twice": "overlap, not done, limit 50", "of-100": "overlap, not done, limit 100",
	}},
	proctorutest.VariantErrorText: {func(w *world) string {
		return said(w.refused()) + "; " + said(drop(w.client.Reservations.Cancel(w.Context(), proctoru.CancelReservationParams{StudentID: ada.ID, Number: "1"})))
	}, map[string]string{
		"documented": "overlap, not done; not found, not done", "other-case": "overlap, not done; not found, not done",
		"full-stop": "overlap, not done; not found, not done", "unknown": "words, unknown; words, unknown",
	}},
	proctorutest.VariantErrorStatus: {func(w *world) string { return said(w.refused()) }, map[string]string{
		"200": "overlap, not done", "500-envelope": "overlap, not done", "500-html": "server, unknown", "502-html": "server, unknown",
		"503-html": "server, unknown", "504-html": "server, unknown", "429": "throttled, not done", "429-retry-after": "throttled, not done",
	}},
	proctorutest.VariantEmptyList: {func(w *world) string {
		rows, err := w.client.Reservations.List(w.Context(), proctoru.ListReservationsParams{StudentID: ada.ID})
		report, err2 := collect(w.client.Reports.Activity(w.Context(), proctoru.ActivityParams{StudentID: ada.ID}))
		return fmt.Sprintf("%s, %d; report %s, %d", said(err), len(rows), said(err2), len(report))
	}, map[string]string{
		"array": "ok, 0; report ok, 0", "null": "no list, 0; report no list, 0", "missing": "no list, 0; report no list, 0", "object": "no list, 0; report no list, 0",
	}},
	proctorutest.VariantNoSlots: {func(w *world) string {
		w.fake.SetSlots(func(time.Time) []time.Time { return nil })
		slots, err := w.client.Slots.List(w.Context(), firstOfSeptember)
		return fmt.Sprintf("%s, %d", said(err), len(slots))
	}, map[string]string{"array": "ok, 0", "null": "no list, 0", "error": "ok, 0"}},
	proctorutest.VariantLocalStartDate: {func(w *world) string {
		slots, err := w.client.Slots.List(w.Context(), firstOfSeptember)
		return said(err) + " " + slots[0].Start.Format(time.RFC3339)
	}, same("ok 2026-08-31T22:00:00Z", "real-offset", "false-z", "missing", "equal")},
	proctorutest.VariantSlotSpan: {func(w *world) string {
		params := firstOfSeptember
		params.Start = params.Start.Add(12 * time.Hour)
		slots, err := w.client.Slots.List(w.Context(), params)
		return fmt.Sprintf("%s, the last on day %s", said(err), slots[len(slots)-1].Start.In(paris).Format("2"))
	}, map[string]string{
		"rest-of-day": "ok, the last on day 1", "24h": "ok, the last on day 2", "several-days": "ok, the last on day 4", "past-included": "ok, the last on day 1",
	}},
	proctorutest.VariantNumbers: {bookListCancel, same("ok; 1 listed; ok", "numbers", "strings", "floats")},
	proctorutest.VariantUnofferedSlot: {func(w *world) string {
		_, err := w.book(at(tuesdayTwoInParis.Start.Add(time.Minute)))
		return said(err)
	}, map[string]string{"quarter-hours": "overlap, not done", "any-minute": "ok", "unknown-text": "words, unknown"}},
	proctorutest.VariantOverlapRule: {func(w *world) string {
		w.booked()
		var all []string
		for i, off := range []time.Duration{0, time.Hour, 90 * time.Minute} {
			_, err := w.book(withID(fmt.Sprint("b-", i)), at(tuesdayTwoInParis.Start.Add(off)))
			all = append(all, said(err))
		}
		return strings.Join(all, "; ")
	}, map[string]string{
		"intersect": "overlap, not done; overlap, not done; ok", "same-start": "overlap, not done; ok; ok",
		"padded": "overlap, not done; overlap, not done; overlap, not done", "none": "ok; ok; ok",
	}},
	proctorutest.VariantCreateOrder: {again, map[string]string{"exist-first": "id exists, not done", "exist-last": "overlap, not done"}},
	proctorutest.VariantRepeatedID: {func(w *world) string {
		w.booked()
		_, err := w.book(at(tuesdayTwoInParis.Start.Add(3 * time.Hour)))
		return fmt.Sprintf("%s; %d active", said(err), w.active())
	}, map[string]string{
		"refuses-ever": "id exists, not done; 1 active", "refuses-while-active": "id exists, not done; 1 active", "per-learner": "id exists, not done; 1 active",
		"updates": "ok; 1 active", "creates": "ok; 2 active",
	}},
	proctorutest.VariantCreateWithNumber: {func(w *world) string {
		old := w.booked().Number
		params := proctoru.UpdateReservationParams{CreateReservationParams: tuesdayTwoInParis, Number: old}
		params.Start = params.Start.Add(3 * time.Hour)
		r, err := w.client.Reservations.Update(w.Context(), params)
		return said(err) + renumbered(old, r)
	}, map[string]string{"same-number": "ok, same number", "new-number": "ok, new number", "refused": "words, unknown", "ignored": "id exists, not done"}},
	proctorutest.VariantMove:     {move, map[string]string{"new-number": "ok, new number; 1 listed", "same-number": "ok, same number; 1 listed", "refused": "words, unknown; 1 listed"}},
	proctorutest.VariantMoveRows: {move, map[string]string{"one": "ok, new number; 1 listed", "two-for-a-moment": "ok, new number; 2 listed"}},
	proctorutest.VariantSecondRemoval: {func(w *world) string {
		cancel := proctoru.CancelReservationParams{StudentID: ada.ID, Number: w.booked().Number}
		return said(drop(w.client.Reservations.Cancel(w.Context(), cancel))) + "; " + said(drop(w.client.Reservations.Cancel(w.Context(), cancel)))
	}, map[string]string{"canceled": "ok; canceled already, not done", "success": "ok; ok", "not-found": "ok; not found, not done"}},
	proctorutest.VariantExplanation: {func(w *world) string {
		return said(drop(w.client.Reservations.Cancel(w.Context(), proctoru.CancelReservationParams{StudentID: ada.ID, Number: w.booked().Number})))
	}, map[string]string{"optional": "ok", "required": "words, unknown"}},
	proctorutest.VariantLateRemoval: {func(w *world) string {
		number := w.booked().Number
		return begin(w, tuesdayTwoInParis.Start) + "; " + said(drop(w.client.Reservations.Cancel(w.Context(), proctoru.CancelReservationParams{StudentID: ada.ID, Number: number})))
	}, map[string]string{"before-begin": "ok; not found, not done", "allowed": "ok; ok"}},
	proctorutest.VariantCancelledRows: {func(w *world) string {
		must(w, 0, drop(w.client.Reservations.Cancel(w.Context(), proctoru.CancelReservationParams{StudentID: ada.ID, Number: w.booked().Number})))
		return w.listed("") + "; " + w.listed(proctoru.ReservationCanceled)
	}, map[string]string{"by-status": "0 listed; 1 listed", "shown-unmarked": "1 listed; 1 listed", "status-ignored": "0 listed; 0 listed"}},
	proctorutest.VariantPastRows: {func(w *world) string {
		w.booked()
		w.clock.Set(tuesdayTwoInParis.Start.Add(2 * time.Hour))
		soon := w.listed("")
		w.clock.Advance(48 * time.Hour)
		return soon + "; " + w.listed("")
	}, map[string]string{"24h": "1 listed; 0 listed", "hidden-at-start": "0 listed; 0 listed", "for-ever": "1 listed; 1 listed"}},
	proctorutest.VariantListLag: {func(w *world) string {
		w.listed("")
		w.booked()
		now := w.listed("")
		w.clock.Advance(time.Minute)
		for range 5 {
			w.listed("")
		}
		return now + "; " + w.listed("")
	}, map[string]string{"none": "1 listed; 1 listed", "time": "0 listed; 1 listed", "reads": "0 listed; 1 listed"}},
	proctorutest.VariantBeginWindow: {func(w *world) string {
		w.booked()
		s := tuesdayTwoInParis.Start
		return strings.Join([]string{begin(w, s.Add(-20*time.Minute)), begin(w, s.Add(-10*time.Minute)), begin(w, s), begin(w, s.Add(4*time.Hour))}, "; ")
	}, map[string]string{
		"15m": "too early, not done; ok; ok; not found, not done", "at-start": "too early, not done; too early, not done; ok; not found, not done",
		"30m": "ok; ok; ok; not found, not done", "never-too-late": "too early, not done; ok; ok; ok",
	}},
	proctorutest.VariantBeginKey: {func(w *world) string {
		number := w.booked().Number
		w.clock.Set(tuesdayTwoInParis.Start)
		other := proctoru.BeginReservationParams{StudentID: ada.ID, ID: "another", Number: number}
		return said(drop(w.client.Reservations.Begin(w.Context(), other)))
	}, map[string]string{"both": "not found, not done", "number-alone": "ok", "id-alone": "not found, not done"}},
	proctorutest.VariantBeginAnswer: {func(w *world) string { w.booked(); return begin(w, tuesdayTwoInParis.Start) },
		map[string]string{"object": "ok", "rows": "no URL, unknown", "url-rows": "ok", "null": "no URL, unknown"}},
	proctorutest.VariantBeginTwice: {func(w *world) string {
		w.booked()
		return begin(w, tuesdayTwoInParis.Start) + "; " + begin(w, tuesdayTwoInParis.Start)
	}, map[string]string{"new-url": "ok; ok", "same-url": "ok; ok", "refused": "ok; not found, not done"}},
	proctorutest.VariantLearnerOnCreate: {func(w *world) string {
		_, err := w.book(func(p *proctoru.CreateReservationParams) { p.Student.ID = "new" })
		_, err2 := w.book(withID("b-2"), func(p *proctoru.CreateReservationParams) { p.Student.City, p.UpdateProfile = "Nantes", true })
		fields, _ := w.fake.Learner(ada.ID)
		return said(err) + "; " + said(err2) + " " + fields["city"]
	}, map[string]string{"saved": "ok; ok Nantes", "must-exist": "no such learner, not done; ok Nantes", "never-updated": "ok; ok "}},
	proctorutest.VariantMissingFields: {func(w *world) string {
		_, err := w.client.Do(w.Context(), proctoru.Operation{Wire: "editStudent", Class: proctorbook.Write})
		return said(err) + "; " + bookListCancel(w)
	}, map[string]string{
		"code-2": "words, unknown; ok; 1 listed; ok", "http-500": "server, unknown; ok; 1 listed; ok", "accepted": "ok; ok; 1 listed; ok",
	}},
	proctorutest.VariantLongValues: {func(w *world) string { // the client sends none that are too long
		_, err := w.book(func(p *proctoru.CreateReservationParams) { p.Description = strings.Repeat("é", 256) })
		_, err2 := w.book(func(p *proctoru.CreateReservationParams) { p.Description = strings.Repeat("é", 255) })
		return said(err) + "; " + said(err2) + fmt.Sprint(", ", len([]rune(w.fake.Reservations()[0].Description)))
	}, same("invalid, not done; ok, 255", "cut", "code-2", "http-500")},
	proctorutest.VariantLongReport: {func(w *world) string {
		w.booked(at(now.Add(24 * time.Hour)))
		w.booked(withID("b-2"), at(now.AddDate(0, 0, 70)))
		rows, err := collect(w.client.Reports.Activity(w.Context(), proctoru.ActivityParams{Start: now, End: now.AddDate(0, 0, 80)}))
		long, err2 := collect(w.client.Reports.Activity(w.Context(), proctoru.ActivityParams{Start: now, End: now.AddDate(0, 0, 80), Piece: 80 * 24 * time.Hour}))
		return fmt.Sprintf("%s, %d; in one piece %s, %d", said(err), len(rows), said(err2), len(long))
	}, map[string]string{
		"500-over-30-days": "ok, 2; in one piece ok, 2", "500-over-10-days": "ok, 2; in one piece ok, 2",
		"slow": "ok, 2; in one piece ok, 2", "partial": "ok, 2; in one piece ok, 1",
	}},
	proctorutest.VariantReportDuplicates: {reported, same("ok, 1: 900000501", "adjacent", "none", "apart")},
	proctorutest.VariantReportGaps: {func(w *world) string {
		learners := map[string]int{}
		for i := range 50 {
			w.booked(withID(fmt.Sprint("b-", i)), at(tuesdayTwoInParis.Start.AddDate(0, 0, i)))
		}
		rows, err := collect(w.client.Reports.Activity(w.Context(), proctoru.ActivityParams{StudentID: ada.ID}))
		for _, r := range rows {
			learners[r.StudentID]++
		}
		return fmt.Sprintf("%s, %d rows, %d without learner", said(err), len(rows), learners[""])
	}, map[string]string{"1-in-50": "ok, 50 rows, 1 without learner", "none": "ok, 50 rows, 0 without learner", "every-second": "ok, 50 rows, 25 without learner"}},
	proctorutest.VariantReportLag: {func(w *world) string {
		reported(w)
		w.clock.Advance(time.Hour)
		rows, err := collect(w.client.Reports.Activity(w.Context(), proctoru.ActivityParams{StudentID: ada.ID}))
		return fmt.Sprintf("%s, %d in the end", said(err), len(rows))
	}, same("ok, 1 in the end", "none", "minutes")},
	proctorutest.VariantBlueBirdAnswer: {func(w *world) string {
		l, err := w.client.Exams.Launch(w.Context(), adaLaunches)
		return said(err) + " " + first(l).URL.String()
	}, same("ok https://demo.proctoru.com/REDACTED", "data-url", "launch-url", "top-level", "message")},
	proctorutest.VariantZoneNames: {func(w *world) string {
		_, err := w.book(func(p *proctoru.CreateReservationParams) { p.Student.ZoneID = "Europe/Paris" })
		_, err2 := w.book()
		return said(err) + "; " + said(err2)
	}, same("invalid, not done; ok", "windows", "more-names", "iana-too", "unknown-is-utc")},
	proctorutest.VariantTrailingSlash: {bookListCancel, same("ok; 1 listed; ok", "either", "redirect")},
	proctorutest.VariantReadMethods: {func(w *world) string {
		all := []string{bookListCancel(w), said(drop(w.client.TimeZones.List(w.Context()))), said(drop(w.client.Slots.List(w.Context(), firstOfSeptember)))}
		return strings.Join(append(all, said(drop(w.client.Students.Get(w.Context(), ada.ID)))), "; ")
	}, same("ok; 1 listed; ok; ok; ok; ok", "both", "documented-only")},
	proctorutest.VariantConcurrency: {func(w *world) string { return again(w) + fmt.Sprintf("; %d active", w.active()) },
		map[string]string{"serialised": "id exists, not done; 1 active", "both-succeed": "ok; 2 active"}},
	proctorutest.VariantCommitWithoutAnswer: {func(w *world) string {
		_, err := w.book()
		w.clock.Advance(10 * time.Minute)
		w.fake.Tick()
		return fmt.Sprintf("%s; %d active", said(err), w.active())
	}, map[string]string{"off": "ok; 1 active", "answer-lost": "no answer, unknown; 1 active", "late": "no answer, unknown; 1 active"}},
	proctorutest.VariantRecordPlusAnswer: {func(w *world) string {
		s, err := w.client.RecordPlus.Create(w.Context(), adaIsRecorded)
		_, err2 := w.client.RecordPlus.Fulfill(w.Context(), first(s).UUID)
		return said(err) + "; " + said(err2)
	}, same("ok; ok", "top-level", "under-data", "uuid")},
	proctorutest.VariantSchoolNotes: {func(w *world) string {
		w.booked()
		rows, err := collect(w.client.Reports.Activity(w.Context(), proctoru.ActivityParams{StudentID: ada.ID}))
		return said(err) + ": " + rows[0].SchoolNotes.Reveal()
	}, map[string]string{"returned": "ok: Closed book & open window", "empty": "ok: "}},
}

// elsewhere are the variants that have a test of their own.
var elsewhere = []string{proctorutest.VariantWebhooks}

func TestVariants(t *testing.T) {
	t.Parallel()
	for _, v := range proctorutest.Variants() {
		tt, ok := variantTests[v.Name]
		if !ok {
			tt, ok = peerVariantTests[v.Name]
		}
		if !ok {
			tt, ok = reportVariantTests[v.Name]
		}
		if !ok && !slices.Contains(elsewhere, v.Name) {
			t.Errorf("%s (%s) has no test", v.Name, v.Question)
		}
		if !ok {
			continue
		}
		all := append([]string{v.Default}, v.Alternatives...)
		if len(all) != len(tt.want) {
			t.Errorf("%s: %d alternatives are expected, the fake has %v", v.Name, len(tt.want), all)
		}
		for _, alternative := range all {
			t.Run(v.Name+" "+alternative, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.play(v.Name, alternative)
				if got := tt.play(w); got != tt.want[alternative] {
					t.Errorf("%s:\ngot  %s\nwant %s", v.Question, got, tt.want[alternative])
				}
			})
		}
	}
}

// same expects one outcome for all alternatives.
func same(outcome string, alternatives ...string) map[string]string {
	want := map[string]string{}
	for _, a := range alternatives {
		want[a] = outcome
	}
	return want
}

// said puts an error in a few words: why, and what it proves.
func said(err error) string {
	if err == nil {
		return "ok"
	}
	why := "no answer"
	if _, ok := errors.AsType[*proctoru.Error](err); ok {
		why = "words"
	}
	if _, ok := errors.AsType[*proctorbook.ValidationError](err); ok {
		why = "invalid"
	}
	for _, r := range []struct {
		reason error
		words  string
	}{
		{proctoru.ErrUnauthorized, "unauthorized"}, {proctorbook.ErrRedirect, "redirect"}, {proctoru.ErrStaleRequest, "stale"},
		{proctoru.ErrOverlap, "overlap"}, {proctoru.ErrReservationNotFound, "not found"}, {proctoru.ErrServer, "server"},
		{proctoru.ErrThrottled, "throttled"}, {proctoru.ErrNoList, "no list"}, {proctoru.ErrReservationIDExists, "id exists"},
		{proctoru.ErrAlreadyCanceled, "canceled already"}, {proctoru.ErrTooEarly, "too early"}, {proctoru.ErrNoURL, "no URL"},
		{proctoru.ErrStudentNotFound, "no such learner"}, {proctoru.ErrErrorBudget, "error budget"}, {proctoru.ErrBadData, "bad data"},
	} {
		if errors.Is(err, r.reason) {
			why = r.words
		}
	}
	switch {
	case errors.Is(err, proctorbook.ErrNotDone):
		why += ", not done"
	case errors.Is(err, proctorbook.ErrOutcomeUnknown):
		why += ", unknown"
	}
	return why
}

func counter(err error) string {
	e, _ := errors.AsType[*proctoru.Error](err)
	return fmt.Sprint(e.Counter)
}

// first returns what a pointer points to, or the zero value.
func first[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

// skewed is a client whose clock is off.
func (w *world) skewed(off time.Duration) *proctoru.Client {
	c, err := proctoru.NewClient(proctorbooktest.InProcessURL, w.fake.Token, proctoru.WithTransport(w), proctoru.WithClock(proctorbooktest.NewClock(w.clock.Now().Add(off))))
	return must(w, c, err)
}

func (w *world) listed(status proctoru.ReservationStatus) string {
	rows, err := w.client.Reservations.List(w.Context(), proctoru.ListReservationsParams{StudentID: ada.ID, Status: status})
	if err != nil {
		return said(err)
	}
	return fmt.Sprintf("%d listed", len(rows))
}

func (w *world) active() (n int) {
	for _, r := range w.fake.Reservations() {
		if !r.Canceled {
			n++
		}
	}
	return n
}

func bookListCancel(w *world) string {
	r, err := w.book()
	listed := w.listed("")
	_, err2 := w.client.Reservations.Cancel(w.Context(), proctoru.CancelReservationParams{StudentID: ada.ID, Number: first(r).Number})
	return said(err) + "; " + listed + "; " + said(err2)
}

func again(w *world) string {
	w.booked()
	_, err := w.book()
	return said(err)
}

func renumbered(old proctoru.ReservationNo, r *proctoru.Reservation) string {
	switch {
	case r == nil:
		return ""
	case r.Number == old:
		return ", same number"
	}
	return ", new number"
}

func move(w *world) string {
	old := w.booked().Number
	r, err := w.client.Reservations.Move(w.Context(), proctoru.MoveReservationParams{ID: tuesdayTwoInParis.ID, Number: old, Start: tuesdayTwoInParis.Start.Add(3 * time.Hour)})
	return said(err) + renumbered(old, r) + "; " + w.listed("")
}

func begin(w *world, at time.Time) string {
	w.clock.Set(at)
	return said(drop(w.client.Reservations.Begin(w.Context(), proctoru.BeginReservationParams{StudentID: ada.ID, ID: tuesdayTwoInParis.ID})))
}

func reported(w *world) string {
	w.booked()
	rows, err := collect(w.client.Reports.Activity(w.Context(), proctoru.ActivityParams{StudentID: ada.ID}))
	if len(rows) == 0 {
		return said(err)
	}
	return fmt.Sprintf("%s, %d: %s", said(err), len(rows), rows[0].Number)
}
