package proctorutest_test

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

func TestEditTermExam(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	made := w.editExam("e-1")
	changed := w.post("editTermExam", "exam_id", "e-1", "duration", "90", "name", "Logic, resit", "take_it_now", "Y")
	other := w.editExam("e-2", "description", "", "name", "Analysis", "active", "N")

	want := regexp.MustCompile(`"data":\{"exam_no":5000001,"exam_id":"e-1","invite_url":"https://go\.proctoru\.com/invitations/[0-9a-f-]{36}"\}`)
	if !want.MatchString(made.body) || made.body != changed.body {
		t.Errorf("answers = %s and %s, want both to match %v", made.body, changed.body, want)
	}
	if got := other.data()["exam_no"]; got != 5000002.0 {
		t.Errorf("second exam_no = %v, want 5000002", got)
	}
	exams := w.fake.Exams()
	if e := exams[0]; e.Duration != 90*time.Minute || e.Description != "Logic, resit" || !e.TakeItNow || e.TermID != "2030-1" ||
		e.CourseNo != "CS101" || e.Fields["instructor"] != "Grace Example" || !e.Start.Equal(tuesday.Add(-time.Hour)) {
		t.Errorf("first exam = %+v, want what the second call sent, and the rest of the first one", e)
	}
	if e := exams[1]; !e.Inactive || e.Description != "Analysis" {
		t.Errorf("second exam = %+v, want an inactive one", e)
	}
}

// A window that is open on a side is null there in the lists; a date alone ends with
// its day.
func TestExamsWithoutAWindow(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.save()
	w.editExam("e-1", "start_date", "", "end_date", "")
	w.editExam("e-2", "start_date", "2030-03-05", "end_date", "")
	w.editExam("e-3", "start_date", "", "end_date", "2030-03-08")
	w.editExam("e-4", "start_date", "2030-03-08", "end_date", "2030-03-08")
	if got := w.editExam("e-5", "start_date", "2030-03-09", "end_date", "2030-03-08").text(); got != "end_date invalid" {
		t.Errorf("a window that ends before it opens = %q", got)
	}
	for _, list := range []answer{w.get("getInstitutionExamList"), w.post("getScheduleInfoExamList", "student_id", "learner-7", "term_id", "2030-1")} {
		got := list.column("start_date") + ", " + list.column("end_date")
		if want := "<nil> 2030-03-05T00:00:00Z <nil> 2030-03-08T00:00:00Z, <nil> <nil> 2030-03-08T23:59:59Z 2030-03-08T23:59:59Z"; got != want {
			t.Errorf("windows = %s, want %s", got, want)
		}
	}
	for i, want := range []string{"", "", "", "That time can not be reserved"} {
		exam := fmt.Sprint("e-", i+1)
		if got := w.process("r-"+exam, exam, tuesday.Add(time.Duration(i)*2*time.Hour)).text(); got != want {
			t.Errorf("%s on Tuesday = %q, want %q", exam, got, want)
		}
	}
	if got := w.fake.Exams()[0]; got.Duration != time.Hour || got.End.Year() != 9999 || !got.Start.IsZero() {
		t.Errorf("exam = %+v", got)
	}
}

func TestInstitutionLists(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.AddDepartment(100000002, "Letters")
	w.fake.AddDepartment(100000001, "Science")
	w.editExam("e-1")
	w.editExam("e-2", "term_id", "2030-2", "term_name", "")
	w.editExam("e-3", "active", "N")
	for ask, want := range map[string]string{"": "e-1 e-2", "all=Y": "e-1 e-2 e-3", "all=F": "e-1 e-2", "term_id=2030-2": "e-2", "term_id=none": ""} {
		name, value, _ := strings.Cut(ask, "=")
		if got := w.get("getInstitutionExamList", name, value).column("exam_id"); got != want {
			t.Errorf("exams by %q = %q, want %q", ask, got, want)
		}
	}
	row := w.get("getInstitutionExamList").rows()[0]
	want := map[string]any{
		"exam_no": 5000001.0, "exam_id": "e-1", "description": "Logic, final", "term_id": "2030-1", "courseno": "CS101",
		"department_id": "100000001", "instructor": "Grace Example", "start_date": "2030-03-05T08:00:00Z",
		"end_date": "2030-03-08T18:00:00Z", "duration": 60.0, "active": true,
	}
	if !reflect.DeepEqual(row, want) {
		t.Errorf("exam row = %v\nwant       %v", row, want)
	}
	if got, want := w.get("getInstitutionTermList").body, `"data":[{"term_id":"2030-1","term_name":"Spring 2030"},{"term_id":"2030-2","term_name":"2030-2"}]}`; !strings.HasSuffix(got, want) {
		t.Errorf("terms = %s, want %s", got, want)
	}
	if got, want := w.get("getInstitutionDepartmentList").body, `"data":[{"department_id":100000001,"department_name":"Science"},{"department_id":100000002,"department_name":"Letters"}]}`; !strings.HasSuffix(got, want) {
		t.Errorf("departments = %s, want %s", got, want)
	}
}

func TestBookableTermsAndExams(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.save()
	w.editExam("e-1", "take_it_now", "Y")
	w.editExam("e-2", "term_id", "2030-0", "term_name", "Autumn", "start_date", "2030-02-01T08:00:00Z", "end_date", "2030-02-28T08:00:00Z")
	w.editExam("e-3", "active", "N")

	if got, want := w.post("getScheduleInfoTermList", "student_id", "learner-7").body, `"data":[{"term_id":"2030-1","term_name":"Spring 2030"}]}`; !strings.HasSuffix(got, want) {
		t.Errorf("terms = %s, want %s: the other one is over", got, want)
	}
	got := w.post("getScheduleInfoExamList", "student_id", "learner-7", "term_id", "2030-1").body
	want := `"data":[{"exam_id":"e-1","description":"Logic, final","start_date":"2030-03-05T08:00:00Z","end_date":"2030-03-08T18:00:00Z","takeitnowavailable":true}]}`
	if !strings.HasSuffix(got, want) {
		t.Errorf("exams = %s, want %s", got, want)
	}
}

func TestSlotsOfAnExam(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.save()
	w.editExam("e-1", "start_date", "2030-03-05T10:00:00Z", "end_date", "2030-03-05T11:30:00Z")

	got := w.slots(tuesday, "isadhoc", "N", "student_id", "learner-7", "exam_id", "e-1").column("start_date")

	if want := "2030-03-05T10:00:00Z 2030-03-05T10:15:00Z 2030-03-05T10:30:00Z"; got != want {
		t.Errorf("slots = %q, want %q", got, want)
	}
}

func TestExamRefusals(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ask  func(*world) answer
		want string
	}{
		"process: learner":  {func(w *world) answer { return w.process("r-1", "e-1", tuesday, "student_id", "nobody") }, "Student Not found"},
		"process: exam":     {func(w *world) answer { return w.process("r-1", "e-9", tuesday) }, "Exam Not found"},
		"process: inactive": {func(w *world) answer { return w.process("r-1", "e-2", tuesday) }, "Exam Not found"},
		"process: field":    {func(w *world) answer { return w.process("r-1", "", tuesday) }, "exam_id required"},
		"process: past":     {func(w *world) answer { return w.process("r-1", "e-1", monday.Add(-time.Hour)) }, "start_date in the past"},
		"process: window":   {func(w *world) answer { return w.process("r-1", "e-1", monday.AddDate(0, 0, 7)) }, "That time can not be reserved"},
		"process: start":    {func(w *world) answer { return w.process("r-1", "e-1", tuesday, "start_date", "soon") }, "start_date invalid"},
		"process: number":   {func(w *world) answer { return w.process("r-1", "e-1", tuesday, "reservation_no", "one") }, "reservation_no invalid"},
		"process: repeat": {func(w *world) answer {
			w.process("r-1", "e-1", tuesday)
			return w.process("r-1", "e-1", tuesday.Add(3*time.Hour))
		}, "reservation_id_EXIST_FOR_THIS_INSTITUTION"},
		"process: overlap": {func(w *world) answer { w.book("r-0", tuesday); return w.process("r-1", "e-1", tuesday) }, "OVERLAP"},
		"slots: learner": {func(w *world) answer {
			return w.slots(tuesday, "isadhoc", "N", "student_id", "nobody", "exam_id", "e-1")
		}, "Student Not found"},
		"exam: new without a term": {func(w *world) answer { return w.editExam("e-3", "term_id", "") }, "term_id required"},
		"exam: new, no title":      {func(w *world) answer { return w.editExam("e-3", "description", "") }, "description required"},
		"exam: no id":              {func(w *world) answer { return w.editExam("") }, "exam_id required"},
		"exam: odd end":            {func(w *world) answer { return w.editExam("e-1", "end_date", "later") }, "end_date invalid"},
		"exam: end before start":   {func(w *world) answer { return w.editExam("e-1", "end_date", "2029-01-01T00:00:00Z") }, "end_date invalid"},
		"exam: odd duration":       {func(w *world) answer { return w.editExam("e-1", "duration", "long") }, "duration invalid"},
		"terms: learner":           {func(w *world) answer { return w.post("getScheduleInfoTermList", "student_id", "nobody") }, "Student Not found"},
		"exams: no term":           {func(w *world) answer { return w.post("getScheduleInfoExamList", "student_id", "learner-7") }, "term_id required"},
		"exams: learner": {func(w *world) answer {
			return w.post("getScheduleInfoExamList", "student_id", "nobody", "term_id", "2030-1")
		}, "Student Not found"},
		"bluebird: zone":         {func(w *world) answer { return w.blueBird("e-9", "time_zone_id", "Europe/Paris") }, "TimeZone not found."},
		"bluebird: field":        {func(w *world) answer { return w.blueBird("e-9", "active_date", "") }, "active_date required"},
		"bluebird: odd date":     {func(w *world) answer { return w.blueBird("e-9", "active_date", "soon") }, "active_date invalid"},
		"record+: zone":          {func(w *world) answer { return w.recordPlus("time_zone_id", "Mars") }, "TimeZone not found."},
		"record+: field":         {func(w *world) answer { return w.recordPlus("exam_url", "") }, "exam_url required"},
		"fulfill: nothing named": {func(w *world) answer { return w.post("exams/add_record_plus_exams/fulfill") }, "reservation_uuid required"},
		"fulfill: unknown": {func(w *world) answer {
			return w.post("exams/add_record_plus_exams/fulfill", "reservation_uuid", "c0ffee01")
		}, "Reservation Not found"},
		"authenticated: nothing": {func(w *world) answer { return w.get("getIsReservationAuthenticated") }, "reservation_no required"},
		"authenticated: ad-hoc": {func(w *world) answer {
			return w.get("getIsReservationAuthenticated", "reservation_no", w.book("r-1", tuesday).number())
		}, "Reservation Not found"},
		"pending: learner": {func(w *world) answer { return w.post("pendingExamReport", "student_id", "nobody") }, "Student Not found"},
		"pending: date":    {func(w *world) answer { return w.post("pendingExamReport", "start_date", "soon") }, "start_date invalid"},
		"bluebird report: learner": {func(w *world) answer {
			return w.post("bluebirdclientActivityReport", "student_id", "nobody")
		}, "Student Not found"},
		"batch: no exam":      {func(w *world) answer { return w.post("batchSchedule", "students", "[]") }, "exam required"},
		"batch: odd exam":     {func(w *world) answer { return w.post("batchSchedule", "exam", "[]", "students", "[]") }, "exam invalid"},
		"batch: odd students": {func(w *world) answer { return w.batch(`{"student_id":"a"}`) }, "students invalid"},
		"batch: odd student":  {func(w *world) answer { return w.batch(`["a"]`) }, "students invalid"},
		"batch: odd window": {func(w *world) answer {
			return w.post("batchSchedule", "exam", `{"exam_id":"e-1","start_date":"soon"}`, "students", "[]")
		}, "start_date invalid"},
		"poll: unknown": {func(w *world) answer { return w.get("pollBatchSchedule", "batch_id", "b-1") }, "Batch Not found"},
		"poll: nothing": {func(w *world) answer { return w.get("pollBatchSchedule") }, "batch_id required"},
	} {
		w := inProcess(t)
		w.save()
		w.editExam("e-1")
		w.editExam("e-2", "active", "N")

		if got := tt.ask(w); got.text() != tt.want {
			t.Errorf("%s: got %v, want %q", name, got, tt.want)
		}
	}
}

func TestAuthenticated(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.save()
	w.editExam("e-1")
	w.process("r-1", "e-1", tuesday)
	ask := func() any {
		return w.get("getIsReservationAuthenticated", "reservation_no", "900000501").data()["authenticated"]
	}
	if got := ask(); got != false {
		t.Errorf("before = %v, want false", got)
	}
	if err := w.fake.ProctorStarts(900000501); err != nil {
		t.Fatal(err)
	}
	if got := ask(); got != true {
		t.Errorf("after = %v, want true", got)
	}
}

func TestExamsPutIn(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.save()
	number := w.fake.AddExam(proctorutest.Exam{ID: "e-1", Description: "Practice", TermID: "t-1"})
	again := w.fake.AddExam(proctorutest.Exam{ID: "e-1", Description: "Practice 2", TermID: "t-1", Duration: 30 * time.Minute})
	w.fake.AddTerm("t-1", "First term")
	if number != 5000001 || again != number {
		t.Errorf("numbers = %d and %d, want 5000001 twice", number, again)
	}
	if got, want := w.get("getInstitutionTermList").column("term_name"), "First term"; got != want {
		t.Errorf("terms = %q, want %q", got, want)
	}
	if got := w.process("r-1", "e-1", tuesday); got.String() != "1" {
		t.Errorf("addProcess = %v, want success", got)
	}
	if got := w.fake.Reservations()[0]; got.Duration != 30*time.Minute || got.Description != "Practice 2" {
		t.Errorf("reservation = %+v, want that of the exam put in last", got)
	}
	wantPanic(t, "AddExam needs an ID", func() { w.fake.AddExam(proctorutest.Exam{}) })
}
