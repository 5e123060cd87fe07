package proctorutest_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// peerDialects has one dialect for each variant about which other people's clients
// told something, or left something open.
var peerDialects = map[string]dialect{
	proctorutest.VariantTakeItNow: {
		talk: func(w *world) string {
			rows := w.slots(monday, "takeitnow", "Y").rows()
			ahead := len(w.slots(tuesday.AddDate(0, 0, 7), "takeitnow", "Y").rows())
			return fmt.Sprint(rows[len(rows)-1]["start_date"], " ", ahead)
		},
		want: map[string]string{"all-slots": "2030-03-04T22:45:00Z 54", "next-hours": "2030-03-04T10:45:00Z 0"},
	},
	proctorutest.VariantEditKey: {
		talk: func(w *world) string {
			n := w.book("r-1", tuesday).number()
			stale := w.book("never-sent", tuesday.Add(time.Hour), "reservation_no", n)
			return outcome(stale, n) + " " + stale.text() + "|" + outcome(w.book("r-1", tuesday.Add(2*time.Hour), "reservation_no", n), n)
		},
		want: map[string]string{"number-alone": "same number |same number", "both": "refused Reservation Not found|same number"},
	},
	proctorutest.VariantEditID: {
		talk: func(w *world) string {
			n := w.book("r-1", tuesday).number()
			w.book("r-2", tuesday.AddDate(0, 0, 1))
			edited := w.book("r-3", tuesday.Add(time.Hour), "reservation_no", n)
			taken := w.book("r-2", tuesday.Add(time.Hour), "reservation_no", n)
			again := w.book("r-1", tuesday.Add(5*time.Hour))
			return fmt.Sprint(edited.data()["reservation_id"], ", listed ", w.list().column("reservation_id"), "; taken ", outcome(taken, n), "; the old id ", outcome(again, n))
		},
		want: map[string]string{
			"new":  "r-3, listed r-3 r-2 r-1; taken refused; the old id new number",
			"kept": "r-1, listed r-1 r-2; taken same number; the old id refused",
		},
	},
	proctorutest.VariantExamDates: {
		talk: func(w *world) string { return w.editExam("e-1", "start_date", "", "end_date", "").text() },
		want: map[string]string{"optional": "", "required": "start_date required"},
	},
	proctorutest.VariantExamSlots: {
		talk: func(w *world) string {
			w.save()
			w.editExam("e-1")
			w.fake.SetSlots(func(day time.Time) []time.Time { return []time.Time{day.Add(9 * time.Hour)} })
			ask := []string{"student_id", "learner-7", "exam_id", "e-1", "start_date", "2030-03-05T08:00:00Z", "takeitnow", "N"}
			short := w.get("getScheduleInfoAvailableTimesList", ask...)
			full := w.get("getScheduleInfoAvailableTimesList", append(ask, "time_zone_id", "Eastern Standard Time", "duration", "60")...)
			return short.text() + short.column("local_start_date") + ", " + full.column("local_start_date")
		},
		want: map[string]string{
			"learners-zone": "2030-03-05T10:00:00+01:00, 2030-03-05T04:00:00-05:00", "utc-day": "2030-03-05T09:00:00Z, 2030-03-05T04:00:00-05:00",
			"refused": "time_zone_id required, 2030-03-05T04:00:00-05:00",
		},
	},
	proctorutest.VariantSlotsWithoutExam: {
		talk: func(w *world) string {
			w.save()
			a := w.slots(tuesday, "isadhoc", "N", "student_id", "learner-7")
			return fmt.Sprint(a.text(), len(a.rows()))
		},
		want: map[string]string{"required": "exam_id required0", "exam-not-found": "Exam Not found0", "ad-hoc": "54"},
	},
	proctorutest.VariantDateAlone: {
		talk: func(w *world) string {
			a := w.slots(tuesday, "start_date", "2030-03-05", "time_zone_id", "Eastern Standard Time")
			return fmt.Sprint(a.text(), a.rows()[0]["local_start_date"])
		},
		want: map[string]string{"in-zone": "2030-03-05T00:00:00-05:00", "utc": "2030-03-04T19:00:00-05:00"},
	},
	proctorutest.VariantBlankValues: {
		talk: func(w *world) string {
			w.save()
			w.sendBody(http.MethodPost, "autoLogin", "application/json", `{"student_id":"learner-7","email":"ada@example.org","time_zone_id":"","update":"Y"}`)
			w.sendBody(http.MethodPost, "editStudent", "application/x-www-form-urlencoded", "student_id=learner-7&first_name=&phone1=")
			l, _ := w.fake.Learner("learner-7")
			w.editExam("e-1", "notes", "Closed book")
			w.sendBody(http.MethodPost, "editTermExam", "application/json", `{"exam_id":"e-1","notes":null,"description":""}`)
			e := w.fake.Exams()[0]
			return strings.Join([]string{l["time_zone_id"], l["first_name"], l["phone1"], l["last_name"], e.Fields["notes"], e.Description}, "|")
		},
		want: map[string]string{
			"keep":  "Romance Standard Time|Ada|+33100000000|Example|Closed book|Logic, final",
			"erase": "|||Example||Logic, final",
		},
	},
	proctorutest.VariantZoneDescription: {
		talk: func(w *world) string {
			for _, row := range w.get("getTimeZoneList").rows() {
				if row["Id"] == "Romance Standard Time" {
					return fmt.Sprint(row["Description"])
				}
			}
			return "none"
		},
		want: map[string]string{"windows-id": "Romance Standard Time", "iana": "Europe/Paris"},
	},
	proctorutest.VariantHistoryText: {
		talk: func(w *world) string {
			w.mustPlay(proctorutest.VariantReportDuplicates, "none")
			w.remove(w.book("r-1", tuesday).number())
			return strings.ReplaceAll(w.report().column("ProctorNotes"), " at  9:00am UTC on Mar 4, 2030", " at T")
		},
		want: map[string]string{
			"cancelled-created-by": "Reservation cancelled created by Ada Example at T; Fulfillment created by Pat Proctor at T; Reservation created by Ada Example at T; ",
			"first-without-time":   "Reservation cancelled created by Ada Example; Fulfillment created by Pat Proctor at T; Reservation created by Ada Example at T; ",
			"oldest-first":         "Fulfillment created by Pat Proctor; Reservation cancelled created by Ada Example at T; ",
			"cancelled-by":         "Reservation cancelled by Ada Example at T; Fulfillment created by Pat Proctor at T; Reservation created by Ada Example at T; ",
		},
	},
	proctorutest.VariantEndpointCase: {
		talk: func(w *world) string {
			exact := w.get("getTimeZoneList").String()
			return exact + ", " + w.get("gettimezonelist").String() + ", " + fmt.Sprint(w.fake.Counts().Requests["getTimeZoneList"])
		},
		want: map[string]string{"any": "1, 1, 2", "exact": "1, 404 text/html, 1"},
	},
	proctorutest.VariantDepartmentList: {
		talk: func(w *world) string {
			w.fake.AddDepartment(100000001, "Science")
			return strings.TrimPrefix(w.get("getInstitutionDepartmentList").body, `{"time_sent":"2030-03-04T09:00:00Z","response_code":1,"message":"",`)
		},
		want: map[string]string{
			"data":       `"data":[{"department_id":100000001,"department_name":"Science"}]}`,
			"bare-array": `[{"department_id":100000001,"department_name":"Science"}]`,
		},
	},
}
