package proctorutest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// dialects has, for each variant, one conversation and what comes of it under the
// default and under each alternative.
var dialects = map[string]struct {
	talk func(*world) string
	want map[string]string
}{
	proctorutest.VariantBadKey: {
		talk: func(w *world) string { w.token = "wrong"; return w.list().String() },
		want: map[string]string{
			"code-2":   "2 Invalid Authorization-Token : Error count 0 of 50",
			"http-401": "401 application/json", "redirect-302": "302 text/html", "html-403": "403 text/html",
		},
	},
	proctorutest.VariantTimeSentTolerance: {
		talk: func(w *world) string {
			var fresh []string
			for _, skew := range []time.Duration{-14 * time.Minute, -4 * time.Minute, -30 * time.Second, 10 * time.Minute} {
				if w.get("getTimeZoneList", "time_sent", w.clock.Now().Add(skew).Format(time.RFC3339)).String() == "1" {
					fresh = append(fresh, skew.String())
				}
			}
			if w.get("getTimeZoneList", "time_sent", "").String() == "1" {
				fresh = append(fresh, "absent")
			}
			return strings.Join(fresh, " ")
		},
		want: map[string]string{
			"5m": "-4m0s -30s absent", "60s": "-30s absent", "15m": "-14m0s -4m0s -30s 10m0s absent",
			"absent-is-stale": "-4m0s -30s", "future-accepted": "-4m0s -30s 10m0s absent",
		},
	},
	proctorutest.VariantTimeSentFormat: {
		talk: func(w *world) string {
			var read []string
			for _, text := range []string{
				"2030-03-04T09:00:00Z", "2030-03-04T09:00:00.123Z", "2030-03-04T09:00:00.123456", "2030-03-04T10:00:00+01:00",
				"2030-03-04T04:00:00-0500", "2030-03-04",
			} {
				if w.get("getTimeZoneList", "time_sent", text).String() == "1" {
					read = append(read, text)
				}
			}
			return strings.Join(read, " ")
		},
		want: map[string]string{
			"lenient": "2030-03-04T09:00:00Z 2030-03-04T09:00:00.123Z 2030-03-04T09:00:00.123456 2030-03-04T10:00:00+01:00 2030-03-04T04:00:00-0500",
			"strict":  "2030-03-04T09:00:00Z",
		},
	},
	proctorutest.VariantErrorTimeSent: {
		talk: func(w *world) string {
			stamp, ok := w.list("time_sent", "2030-03-04T08:59:00Z").members["time_sent"]
			return fmt.Sprint(stamp, " ", ok)
		},
		want: map[string]string{
			"echo": "2030-03-04T08:59:00Z true", "server-clock": "2030-03-04T09:00:00Z true", "absent": "<nil> false", "empty": " true",
		},
	},
	proctorutest.VariantErrorCounterScope: {
		talk: func(w *world) string {
			var counts []string
			count := func(a answer) { counts = append(counts, strings.Fields(a.String())[7]) }
			count(w.list())            // Student Not found
			count(w.list())            // one error before
			count(w.remove("1"))       // another endpoint
			w.get("getTimeZoneList")   // a success
			count(w.list())            //
			w.clock.Advance(time.Hour) //
			count(w.list())            // an hour later
			return strings.Join(counts, " ")
		},
		want: map[string]string{
			"key": "0 1 2 0 1", "key-and-endpoint": "0 1 0 2 3", "reset-after-1h": "0 1 2 3 0", "never-reset": "0 1 2 3 4",
		},
	},
	proctorutest.VariantErrorLimit: {
		talk: func(w *world) string {
			for range 50 {
				w.list()
			}
			locked := w.get("getTimeZoneList").String()
			w.clock.Advance(time.Hour)
			later := w.get("getTimeZoneList").String()
			w.fake.ResetErrors()
			return locked + ", " + later + ", " + w.get("getTimeZoneList").String()
		},
		want: map[string]string{
			"locked":          "2 Account locked : Error count 50 of 50, 2 Account locked : Error count 50 of 50, 1",
			"http-403":        "403 text/html, 403 text/html, 1",
			"unlock-after-1h": "2 Account locked : Error count 50 of 50, 1, 1",
			"nothing":         "1, 1, 1",
		},
	},
	proctorutest.VariantErrorSuffix: {
		talk: func(w *world) string {
			w.book("r-1", tuesday)
			return w.book("r-1", tuesday).String() + ", " + w.remove("1").String()
		},
		want: map[string]string{
			"as-documented": "2 reservation_id_EXIST_FOR_THIS_INSTITUTION : Error count 0 of 50 : Error count 0 of 50, 2 Reservation Not found : Error count 1 of 50",
			"never":         "2 reservation_id_EXIST_FOR_THIS_INSTITUTION, 2 Reservation Not found",
			"twice":         "2 reservation_id_EXIST_FOR_THIS_INSTITUTION : Error count 0 of 50 : Error count 0 of 50, 2 Reservation Not found : Error count 1 of 50 : Error count 1 of 50",
			"of-100":        "2 reservation_id_EXIST_FOR_THIS_INSTITUTION : Error count 0 of 100 : Error count 0 of 100, 2 Reservation Not found : Error count 1 of 100",
		},
	},
	proctorutest.VariantErrorText: {
		talk: func(w *world) string {
			number := w.book("r-1", tuesday).number()
			w.remove(number)
			return w.book("r-2", tuesday, "time_zone_id", "Mars").text() + ", " + w.book("r-3", monday.Add(-time.Hour)).text()
		},
		want: map[string]string{
			"documented": "TimeZone not found., start_date in the past", "other-case": "TIMEZONE NOT FOUND., START_DATE IN THE PAST",
			"full-stop": "TimeZone not found, start_date in the past.",
			"unknown":   "Something went wrong, please contact support, Something went wrong, please contact support",
		},
	},
	proctorutest.VariantErrorStatus: {
		talk: func(w *world) string {
			a := w.list()
			return strings.TrimSpace(a.String() + " " + a.header.Get("Retry-After"))
		},
		want: map[string]string{
			"200": "2 Student Not found : Error count 0 of 50", "500-envelope": "500 2 Student Not found : Error count 0 of 50",
			"500-html": "500 text/html", "502-html": "502 text/html", "503-html": "503 text/html", "504-html": "504 text/html",
			"429": "429 text/html", "429-retry-after": "429 text/html 2",
		},
	},
	proctorutest.VariantEmptyList: {
		talk: func(w *world) string {
			w.remove(w.book("r-1", tuesday).number())
			_, data, found := strings.Cut(w.list().body, `"data":`)
			return fmt.Sprint(data, found)
		},
		want: map[string]string{"array": "[]}true", "null": "null}true", "missing": "false", "object": "{}}true"},
	},
	proctorutest.VariantNoSlots: {
		talk: func(w *world) string {
			w.fake.SetSlots(func(time.Time) []time.Time { return nil })
			a := w.slots(tuesday)
			_, data, _ := strings.Cut(a.body, `"data":`)
			return a.String() + " " + data
		},
		want: map[string]string{
			"array": "1 []}", "null": "1 null}", "error": "2 no available slots : Error count 0 of 50 null}",
		},
	},
	proctorutest.VariantLocalStartDate: {
		talk: func(w *world) string { return fmt.Sprint(w.slots(tuesday).rows()[0]["local_start_date"]) },
		want: map[string]string{
			"real-offset": "2030-03-05T10:00:00+01:00", "false-z": "2030-03-05T10:00:00Z", "equal": "2030-03-05T09:00:00Z", "missing": "<nil>",
		},
	},
	proctorutest.VariantSlotSpan: {
		talk: func(w *world) string {
			rows := w.slots(monday.Add(-2 * time.Hour)).rows()
			return fmt.Sprint(rows[0]["start_date"], " ", rows[len(rows)-1]["start_date"])
		},
		want: map[string]string{
			"rest-of-day": "2030-03-04T09:15:00Z 2030-03-04T22:45:00Z", "24h": "2030-03-04T09:15:00Z 2030-03-05T06:45:00Z",
			"several-days": "2030-03-04T09:15:00Z 2030-03-07T06:45:00Z", "past-included": "2030-03-04T07:00:00Z 2030-03-04T22:45:00Z",
		},
	},
	proctorutest.VariantNumbers: {
		talk: func(w *world) string {
			body := w.book("r-1", tuesday).body
			return body[strings.Index(body, `"response_code"`):strings.Index(body, `,"message"`)] +
				body[strings.Index(body, `"balance"`):strings.Index(body, `,"reservation_id"`)] +
				body[strings.Index(body, `"reservation_no"`):strings.Index(body, `,"url"`)]
		},
		want: map[string]string{
			"numbers": `"response_code":1"balance":0.0"reservation_no":900000501`,
			"strings": `"response_code":"1""balance":"0.0""reservation_no":"900000501"`,
			"floats":  `"response_code":1"balance":0.0"reservation_no":900000501.0`,
		},
	},
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
			"both": "Reservation Not found|Reservation Not found|", "number-alone": "|Reservation Not found|", "id-alone": "Reservation Not found||",
		},
	},
	proctorutest.VariantBeginAnswer: {
		talk: func(w *world) string {
			w.book("r-1", tuesday)
			w.clock.Set(tuesday)
			a := w.begin("r-1")
			return fmt.Sprintf("%v %T %s", a, a.members["data"], keys(a.data()))
		},
		want: map[string]string{"object": "1 map[string]interface {} url", "rows": "1 []interface {} ", "null": "1 <nil> "},
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
	proctorutest.VariantLearnerOnCreate: {
		talk: func(w *world) string {
			first := w.book("r-1", tuesday).text()
			w.book("r-2", tuesday.Add(2*time.Hour), "first_name", "Augusta")
			w.book("r-3", tuesday.Add(4*time.Hour), "first_name", "Augusta Ada", "update", "Y")
			profile, _ := w.fake.Learner("learner-7")
			return first + "|" + profile["first_name"]
		},
		want: map[string]string{"saved": "|Augusta Ada", "must-exist": "Student Not found|", "never-updated": "|Ada"},
	},
	proctorutest.VariantMissingFields: {
		talk: func(w *world) string { return w.book("r-1", tuesday, "email", "").String() },
		want: map[string]string{"code-2": "2 email required : Error count 0 of 50", "http-500": "500 text/html", "accepted": "1"},
	},
	proctorutest.VariantLongValues: {
		talk: func(w *world) string {
			a := w.book(strings.Repeat("r", 51), tuesday)
			return fmt.Sprint(a, " ", len(fmt.Sprint(a.data()["reservation_id"])))
		},
		want: map[string]string{"cut": "1 50", "code-2": "2 reservation_id too long : Error count 0 of 50 5", "http-500": "500 text/html 5"},
	},
	proctorutest.VariantLongReport: {
		talk: func(w *world) string {
			w.book("r-1", tuesday)
			w.book("r-2", tuesday.AddDate(0, 0, 20))
			began := w.clock.Now()
			ask := func(until string) string {
				a := w.report("student_id", "", "start_date", "2030-03-04", "end_date", until)
				return fmt.Sprint(a, " ", len(a.rows()), ", ")
			}
			return ask("2030-03-25") + ask("2030-04-05") + w.clock.Now().Sub(began).String()
		},
		want: map[string]string{
			"500-over-30-days": "1 4, 500 text/html 0, 0s", "500-over-10-days": "500 text/html 0, 500 text/html 0, 0s",
			"slow": "1 4, 1 4, 45s", "partial": "1 4, 1 2, 0s",
		},
	},
	proctorutest.VariantReportDuplicates: {
		talk: func(w *world) string {
			w.book("r-1", tuesday)
			w.book("r-2", tuesday.Add(2*time.Hour))
			return strings.ReplaceAll(w.report().column("StartDate"), "2030-03-05T", "")
		},
		want: map[string]string{
			"adjacent": "09:00:00Z 09:00:00Z 11:00:00Z 11:00:00Z", "none": "09:00:00Z 11:00:00Z", "apart": "09:00:00Z 11:00:00Z 09:00:00Z 11:00:00Z",
		},
	},
	proctorutest.VariantReportGaps: {
		talk: func(w *world) string {
			for i := range 50 {
				w.book(fmt.Sprint("r-", i), tuesday.Add(time.Duration(i)*time.Hour))
			}
			noID, noDate := 0, 0
			for _, row := range w.report().rows() {
				if row["UniqueId"] == nil {
					noID++
				}
				if row["StartDate"] == "" {
					noDate++
				}
			}
			return fmt.Sprint(noID, " ", noDate)
		},
		want: map[string]string{"1-in-50": "2 2", "none": "0 0"},
	},
	proctorutest.VariantReportLag: {
		talk: func(w *world) string {
			w.remove(w.book("r-1", tuesday).number())
			atOnce := fmt.Sprint(len(w.report().rows()), len(w.list("status", "cancelled").rows()))
			w.clock.Advance(200 * time.Second)
			return atOnce + ", " + fmt.Sprint(len(w.report().rows()), len(w.list("status", "cancelled").rows()))
		},
		want: map[string]string{"none": "2 1, 2 1", "minutes": "0 0, 2 1"},
	},
	proctorutest.VariantSchoolNotes: {
		talk: func(w *world) string { w.book("r-1", tuesday); return w.report().column("SchoolNotes") },
		want: map[string]string{"returned": "Closed book Closed book", "empty": " "},
	},
	proctorutest.VariantZoneNames: {
		talk: func(w *world) string {
			ask := func(zone string) string { return w.slots(tuesday, "time_zone_id", zone).text() + "|" }
			return ask("ROMANCE STANDARD TIME") + ask("Europe/Paris") + ask("Mars Standard Time")
		},
		want: map[string]string{
			"windows": "|TimeZone not found.|TimeZone not found.|", "iana-too": "||TimeZone not found.|", "unknown-is-utc": "|||",
		},
	},
	proctorutest.VariantTrailingSlash: {
		talk: func(w *world) string {
			a := w.get("getTimeZoneList/")
			return strings.TrimSpace(a.String() + " " + a.header.Get("Location"))
		},
		want: map[string]string{"either": "1", "redirect": "301 text/html /api/getTimeZoneList"},
	},
	proctorutest.VariantReadMethods: {
		talk: func(w *world) string {
			got := ""
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				got += w.send(method, "getTimeZoneList", w.form(nil)).String() + ", " +
					w.send(method, "clientActivityReport", w.form([]string{"start_date", "2030-03-01", "end_date", "2030-03-02"})).String() + ", "
			}
			return got
		},
		want: map[string]string{"both": "1, 1, 1, 1, ", "documented-only": "1, 404 text/html, 404 text/html, 1, "},
	},
	proctorutest.VariantBlueBirdAnswer: {
		talk: func(w *world) string {
			body := w.blueBird("e-9").body
			if !strings.Contains(body, `"response_code":1,`) {
				return body
			}
			_, rest, _ := strings.Cut(body, `"message":`)
			return launchToken.ReplaceAllString(rest, "URL")
		},
		want: map[string]string{
			"data-url": `"","data":{"url":"URL"}}`, "launch-url": `"","data":{"launch_url":"URL"}}`,
			"top-level": `"","data":null,"url":"URL"}`, "message": `"URL","data":null}`,
		},
	},
	proctorutest.VariantWebhooks: {
		talk: func(w *world) string {
			w.fake.EnableWebhooks("whsec-example")
			w.book("r-1", tuesday)
			w.clock.Advance(time.Minute)
			w.remove("900000501")
			var got []string
			for _, d := range w.fake.Webhooks() {
				got = append(got, d.EventID+" "+d.Header.Get("Content-Type")+" "+d.Due.Sub(monday).String()+" "+signedHow(d))
			}
			return strings.Join(got, ", ")
		},
		want: map[string]string{
			"json":     "ev-0001 application/json 0s right, ev-0002 application/json 1m0s right",
			"csv":      "ev-0001 text/csv 0s right, ev-0002 text/csv 1m0s right",
			"form":     "ev-0001 application/x-www-form-urlencoded 0s right, ev-0002 application/x-www-form-urlencoded 1m0s right",
			"unsigned": "ev-0001 application/json 0s not, ev-0002 application/json 1m0s not",
			"replayed": "ev-0001 application/json 0s right, ev-0002 application/json 1m0s right, " +
				"ev-0001 application/json 24h0m0s right, ev-0002 application/json 24h1m0s right",
			"out-of-order": "ev-0002 application/json 1m0s right, ev-0001 application/json 0s right",
			"twice": "ev-0001 application/json 0s right, ev-0001 application/json 0s right, " +
				"ev-0002 application/json 1m0s right, ev-0002 application/json 1m0s right",
			"late":           "ev-0001 application/json 1h0m0s right, ev-0002 application/json 1h1m0s right",
			"wrong-secret":   "ev-0001 application/json 0s wrong, ev-0002 application/json 1m0s wrong",
			"upper-case-hex": "ev-0001 application/json 0s right in upper case, ev-0002 application/json 1m0s right in upper case",
		},
	},
	proctorutest.VariantCommitWithoutAnswer: {
		talk: func(w *world) string {
			answers := w.book("r-1", tuesday).String()
			w.fake.Tick()
			atOnce := len(w.fake.Reservations())
			w.clock.Advance(90 * time.Second)
			return fmt.Sprintf("%s: %d at once, %d later; a read: %v", answers, atOnce, len(w.fake.Reservations()), w.list())
		},
		want: map[string]string{
			"off": "1: 1 at once, 1 later; a read: 1", "answer-lost": "no answer: 1 at once, 1 later; a read: 1",
			"late": "no answer: 0 at once, 1 later; a read: 1",
		},
	},
	proctorutest.VariantRecordPlusAnswer: {
		talk: func(w *world) string {
			a := w.recordPlus()
			fulfilled := w.post("exams/add_record_plus_exams/fulfill", "reservation_uuid", w.fake.RecordPlusSessions()[0].UUID)
			return keys(a.members) + ", " + keys(a.data()) + ", fulfilled " + keys(fulfilled.members)
		},
		want: map[string]string{
			"top-level":  "reservation_uuid url, , fulfilled reservation_uuid",
			"under-data": "data message response_code time_sent, reservation_uuid url, fulfilled data message response_code time_sent",
			"uuid":       "url uuid, , fulfilled uuid",
		},
	},
	proctorutest.VariantConcurrency: {
		talk: func(w *world) string {
			n := w.book("r-1", tuesday).number()
			atOnce := outcome(w.book("r-1", tuesday), n)
			w.clock.Advance(3 * time.Second)
			return atOnce + ", " + outcome(w.book("r-1", tuesday.Add(2*time.Hour)), n)
		},
		want: map[string]string{"serialised": "refused, refused", "both-succeed": "new number, refused"},
	},
}

// outcome compares the number in an answer with the one known before.
func outcome(a answer, known string) string {
	switch a.number() {
	case "":
		return "refused"
	case known:
		return "same number"
	}
	return "new number"
}

func TestVariants(t *testing.T) {
	t.Parallel()
	for _, v := range proctorutest.Variants() {
		for _, alternative := range append([]string{v.Default}, v.Alternatives...) {
			t.Run(v.Name+"/"+alternative, func(t *testing.T) {
				t.Parallel()
				dialect, ok := dialects[v.Name]
				if !ok {
					t.Fatal("there is no conversation for this variant")
				}
				want, ok := dialect.want[alternative]
				if !ok {
					t.Fatal("there is no expectation for this alternative")
				}
				w := inProcess(t)
				w.mustPlay(v.Name, alternative)

				if got := dialect.talk(w); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		}
	}
}

func TestVariantsCanBeTakenBack(t *testing.T) {
	t.Parallel()
	for _, v := range proctorutest.Variants() {
		w := inProcess(t)
		for _, alternative := range v.Alternatives {
			w.mustPlay(v.Name, alternative)
		}
		w.mustPlay(v.Name, v.Default)
		dialect := dialects[v.Name]

		if got := dialect.talk(w); got != dialect.want[v.Default] {
			t.Errorf("%s: got %s, want %s", v.Name, got, dialect.want[v.Default])
		}
	}
}

func TestPlayRefusesUnknownNames(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	for _, names := range [][2]string{{"create-ordre", "exist-last"}, {"create-order", "exist-lats"}, {"", ""}} {
		if err := w.fake.Play(names[0], names[1]); err == nil {
			t.Errorf("Play(%q, %q) = nil, want an error", names[0], names[1])
		}
	}
}
