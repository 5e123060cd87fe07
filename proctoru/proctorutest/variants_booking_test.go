package proctorutest_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// bookingDialects has one dialect for each variant of what is booked, moved, begun
// and removed, and of the list that shows it.
var bookingDialects = map[string]dialect{
	proctorutest.VariantUnofferedSlot: {
		talk: func(w *world) string {
			notListed := time.Date(2030, 3, 5, 11, 45, 0, 0, time.UTC)
			return w.book("r-1", notListed).text() + "|" + w.book("r-2", tuesday.Add(7*time.Minute)).text()
		},
		want: map[string]string{
			"quarter-hours": "|OVERLAP", "any-minute": "|", "unknown-text": "That time can not be reserved|That time can not be reserved",
		},
	},
	proctorutest.VariantOverlapRule: {
		talk: func(w *world) string {
			w.book("r-1", tuesday)
			return w.book("r-2", tuesday).text() + "|" + w.book("r-3", tuesday.Add(-30*time.Minute)).text() + "|" +
				w.book("r-4", tuesday.Add(time.Hour)).text() + "|" + w.book("r-5", tuesday.Add(-time.Hour)).text()
		},
		want: map[string]string{
			"intersect": "OVERLAP|OVERLAP||", "same-start": "OVERLAP|||", "padded": "OVERLAP|OVERLAP|OVERLAP|OVERLAP", "none": "|||",
		},
	},
	proctorutest.VariantCreateOrder: {
		talk: func(w *world) string { w.book("r-1", tuesday); return w.book("r-1", tuesday).text() },
		want: map[string]string{"exist-first": "reservation_id_EXIST_FOR_THIS_INSTITUTION", "exist-last": "OVERLAP"},
	},
	proctorutest.VariantRepeatedID: {
		talk: func(w *world) string {
			n := w.book("r-1", tuesday).number()
			while := outcome(w.book("r-1", tuesday.Add(2*time.Hour)), n)
			other := outcome(w.book("r-1", tuesday, "student_id", "learner-8"), n)
			w.remove(n)
			afterwards := outcome(w.book("r-1", tuesday.Add(4*time.Hour)), n)
			return while + ", other learner " + other + ", afterwards " + afterwards + ", and once more " + outcome(w.book("r-1", tuesday.Add(6*time.Hour)), n)
		},
		want: map[string]string{
			"refuses-ever":         "refused, other learner refused, afterwards refused, and once more refused",
			"refuses-while-active": "refused, other learner refused, afterwards new number, and once more refused",
			"per-learner":          "refused, other learner new number, afterwards refused, and once more refused",
			"updates":              "same number, other learner same number, afterwards new number, and once more new number",
			"creates":              "new number, other learner new number, afterwards new number, and once more new number",
		},
	},
	proctorutest.VariantCreateWithNumber: {
		talk: func(w *world) string {
			n := w.book("r-1", tuesday).number()
			a := w.book("r-1", tuesday.Add(2*time.Hour), "reservation_no", n)
			return outcome(a, n) + " " + a.text() + ", listed " + w.list().column("start_date")
		},
		want: map[string]string{
			"same-number": "same number , listed 2030-03-05T11:00:00Z", "new-number": "new number , listed 2030-03-05T11:00:00Z",
			"refused": "refused Reservation cannot be changed, listed 2030-03-05T09:00:00Z",
			"ignored": "refused reservation_id_EXIST_FOR_THIS_INSTITUTION, listed 2030-03-05T09:00:00Z",
		},
	},
	proctorutest.VariantMove: {
		talk: func(w *world) string {
			n := w.book("r-1", tuesday).number()
			return outcome(w.move(n, "r-1", tuesday.Add(time.Hour)), n) + ", listed " + w.list().column("start_date")
		},
		want: map[string]string{
			"new-number": "new number, listed 2030-03-05T10:00:00Z", "same-number": "same number, listed 2030-03-05T10:00:00Z",
			"refused": "refused, listed 2030-03-05T09:00:00Z",
		},
	},
	proctorutest.VariantMoveRows: {
		talk: func(w *world) string {
			w.move(w.book("r-1", tuesday).number(), "r-1", tuesday.Add(time.Hour))
			atOnce := w.list().column("reservation_no")
			w.clock.Advance(time.Minute)
			return atOnce + ", " + w.list().column("reservation_no")
		},
		want: map[string]string{
			"one": "9.00000502e+08, 9.00000502e+08", "two-for-a-moment": "9.00000501e+08 9.00000502e+08, 9.00000502e+08",
		},
	},
	proctorutest.VariantSecondRemoval: {
		talk: func(w *world) string {
			n := w.book("r-1", tuesday).number()
			w.remove(n)
			return w.remove(n).String()
		},
		want: map[string]string{
			"canceled": "2 Reservation Cancelled. : Error count 0 of 50", "success": "1",
			"not-found": "2 Reservation Not found : Error count 0 of 50",
		},
	},
	proctorutest.VariantExplanation: {
		talk: func(w *world) string {
			return w.remove(w.book("r-1", tuesday).number(), "explanation", "").String()
		},
		want: map[string]string{"optional": "1", "required": "2 explanation required : Error count 0 of 50"},
	},
	proctorutest.VariantLateRemoval: {
		talk: func(w *world) string {
			n := w.book("r-1", tuesday).number()
			w.clock.Set(tuesday)
			w.begin("r-1")
			return w.remove(n).String()
		},
		want: map[string]string{"before-begin": "2 Reservation Not found : Error count 0 of 50", "allowed": "1"},
	},
	proctorutest.VariantCancelledRows: {
		talk: func(w *world) string {
			w.remove(w.book("r-1", tuesday).number())
			w.book("r-2", tuesday)
			return w.list().column("reservation_id") + ", " + w.list("status", "cancelled").column("reservation_id")
		},
		want: map[string]string{"by-status": "r-2, r-1", "shown-unmarked": "r-1 r-2, r-1", "status-ignored": "r-2, r-2"},
	},
	proctorutest.VariantPastRows: {
		talk: func(w *world) string {
			w.book("r-1", tuesday)
			w.clock.Set(tuesday)
			atStart := w.list().column("reservation_id")
			w.clock.Set(tuesday.Add(25*time.Hour - time.Second))
			dayAfter := w.list().column("reservation_id")
			w.clock.Set(tuesday.Add(100 * time.Hour))
			return atStart + "," + dayAfter + "," + w.list().column("reservation_id")
		},
		want: map[string]string{"24h": "r-1,r-1,", "hidden-at-start": ",,", "for-ever": "r-1,r-1,r-1"},
	},
	proctorutest.VariantListLag: {
		talk: func(w *world) string {
			w.book("r-1", tuesday)
			seen := ""
			for range 5 {
				seen += fmt.Sprint(len(w.list().rows()))
			}
			w.clock.Advance(time.Minute)
			w.remove("900000501")
			for range 5 {
				seen += fmt.Sprint(len(w.list().rows()))
			}
			return seen
		},
		want: map[string]string{"none": "1111100000", "time": "0000011111", "reads": "0001111100"},
	},
	proctorutest.VariantBeginWindow: {
		talk: func(w *world) string {
			w.book("r-1", tuesday)
			got := ""
			for _, after := range []time.Duration{-31 * time.Minute, -30 * time.Minute, -15 * time.Minute, 0, time.Hour, 61 * time.Minute} {
				w.clock.Set(tuesday.Add(after))
				got += w.begin("r-1").text() + "|"
			}
			return strings.NewReplacer("Reservation is in the future", "early", "Reservation Not found", "gone").Replace(got)
		},
		want: map[string]string{
			"15m": "early|early||||gone|", "at-start": "early|early|early|||gone|", "30m": "early|||||gone|", "never-too-late": "early|early|||||",
		},
	},
	proctorutest.VariantBeginKey: {
		talk: func(w *world) string {
			n := w.book("r-1", tuesday).number()
			w.clock.Set(tuesday)
			return w.begin("stale", "reservation_no", n).text() + "|" + w.begin("r-1", "reservation_no", "17").text() + "|" + w.begin("r-1").text()
		},
		want: map[string]string{
			"number-alone": "|Reservation Not found|", "both": "Reservation Not found|Reservation Not found|", "id-alone": "Reservation Not found||",
		},
	},
	proctorutest.VariantBeginAnswer: {
		talk: func(w *world) string {
			w.book("r-1", tuesday)
			w.clock.Set(tuesday)
			a := w.begin("r-1")
			return fmt.Sprintf("%v %T %s %v", a, a.members["data"], keys(a.data()), launchToken.MatchString(a.body))
		},
		want: map[string]string{
			"object": "1 map[string]interface {} url true", "rows": "1 []interface {}  false", "url-rows": "1 []interface {}  true", "null": "1 <nil>  false",
		},
	},
	proctorutest.VariantBeginTwice: {
		talk: func(w *world) string {
			w.book("r-1", tuesday)
			w.clock.Set(tuesday)
			first, second := w.begin("r-1"), w.begin("r-1")
			return fmt.Sprint(second, " same ", first.data()["url"] == second.data()["url"])
		},
		want: map[string]string{"new-url": "1 same false", "same-url": "1 same true", "refused": "2 Reservation Not found : Error count 0 of 50 same false"},
	},
}
