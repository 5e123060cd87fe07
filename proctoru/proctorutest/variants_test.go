package proctorutest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// dialect is one conversation, and what comes of it under the default of a variant
// and under each alternative.
type dialect struct {
	talk func(*world) string
	want map[string]string
}

// dialects has one for each variant but those of bookingDialects, peerDialects and reportDialects.
var dialects = map[string]dialect{
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
				"2030-03-04T04:00:00-0500", "2030-03-04", "2030-03-03", "2030-03-05",
			} {
				if w.get("getTimeZoneList", "time_sent", text).String() == "1" {
					read = append(read, text)
				}
			}
			return strings.Join(read, " ")
		},
		want: map[string]string{
			"lenient":  "2030-03-04T09:00:00Z 2030-03-04T09:00:00.123Z 2030-03-04T09:00:00.123456 2030-03-04T10:00:00+01:00 2030-03-04T04:00:00-0500 2030-03-04",
			"no-dates": "2030-03-04T09:00:00Z 2030-03-04T09:00:00.123Z 2030-03-04T09:00:00.123456 2030-03-04T10:00:00+01:00 2030-03-04T04:00:00-0500",
			"strict":   "2030-03-04T09:00:00Z",
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
		want: map[string]string{"1-in-50": "2 2", "none": "0 0", "every-second": "50 50"},
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
			listed := 0
			for _, zone := range []string{"GMT", "Australia Eastern Standard Time", "Kamchatka Standard Time", "Mid-Atlantic Standard Time"} {
				for _, row := range w.get("getTimeZoneList").rows() {
					if row["Id"] == zone && ask(zone) == "|" {
						listed++
					}
				}
			}
			return ask("ROMANCE STANDARD TIME") + ask("Europe/Paris") + ask("Mars Standard Time") + ask("gmt") + fmt.Sprint(listed)
		},
		want: map[string]string{
			"windows": "|TimeZone not found.|TimeZone not found.|TimeZone not found.|0", "more-names": "|TimeZone not found.|TimeZone not found.||4",
			"iana-too": "||TimeZone not found.|TimeZone not found.|0", "unknown-is-utc": "||||0",
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

func dialectOf(t *testing.T, variant string) dialect {
	t.Helper()
	for _, all := range []map[string]dialect{dialects, bookingDialects, peerDialects, reportDialects} {
		if d, ok := all[variant]; ok {
			return d
		}
	}
	t.Fatalf("there is no conversation for the variant %q", variant)
	return dialect{}
}

func TestVariants(t *testing.T) {
	t.Parallel()
	for _, v := range proctorutest.Variants() {
		for _, alternative := range append([]string{v.Default}, v.Alternatives...) {
			t.Run(v.Name+"/"+alternative, func(t *testing.T) {
				t.Parallel()
				d := dialectOf(t, v.Name)
				want, ok := d.want[alternative]
				if !ok {
					t.Fatal("there is no expectation for this alternative")
				}
				w := inProcess(t)
				w.mustPlay(v.Name, alternative)

				if got := d.talk(w); got != want {
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
		d := dialectOf(t, v.Name)

		if got := d.talk(w); got != d.want[v.Default] {
			t.Errorf("%s: got %s, want %s", v.Name, got, d.want[v.Default])
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

func TestPlayingTellsWhatIsPlayed(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.mustPlay(proctorutest.VariantMove, "same-number")
	got := w.fake.Playing()
	if len(got) != len(proctorutest.Variants()) || got[proctorutest.VariantMove] != "same-number" || got[proctorutest.VariantBadKey] != "code-2" {
		t.Errorf("Playing = %v", got)
	}
}

func TestVariantsCoverTheOpenQuestions(t *testing.T) {
	t.Parallel()
	numbers := map[int]bool{}
	for _, v := range proctorutest.Variants() {
		numbers[v.Number] = true
	}
	for _, v := range proctorutest.Variants() {
		known, _, _ := strings.Cut(v.Known, ",")
		known, _, _ = strings.Cut(known, ";")
		known, _, _ = strings.Cut(known, ":")
		if _, isOne := map[string]bool{"recorded": true, "seen in production clients": true, "nobody shows it": true}[known]; !isOne {
			t.Errorf("%s: known = %q, want it to begin with how well the default is known", v.Name, v.Known)
		}
	}
	for number := 1; number <= 45; number++ {
		if !numbers[number] {
			t.Errorf("no variant plays question %d", number)
		}
	}
}
