package proctorutest_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

func TestAddProcess(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.save()
	w.editExam("e-1")
	made := w.process("r-1", "e-1", tuesday, "takeitnow", "false", "comments", "left-handed")

	if got, want := keys(made.data()), "balance reservation_id reservation_number url"; got != want || made.data()["reservation_number"] != 900000501.0 {
		t.Errorf("data = %v, want %s", made.data(), want)
	}
	want := map[string]any{
		"reservation_no": 900000501.0, "reservation_id": "r-1", "exam_id": "e-1", "description": "Logic, final", "courseno": "CS101",
		"instructor": "Grace Example", "start_date": "2030-03-05T09:00:00Z", "test": "Logic, final", "escalated": false,
	}
	if row := w.list().rows()[0]; !reflect.DeepEqual(row, want) {
		t.Errorf("row = %v\nwant  %v", row, want)
	}
	edited := w.process("r-1", "e-1", tuesday.Add(time.Hour), "reservation_no", "900000501")
	if edited.data()["reservation_number"] != 900000501.0 || w.list().column("start_date") != "2030-03-05T10:00:00Z" {
		t.Errorf("edit = %v, listed at %s", edited.data(), w.list().column("start_date"))
	}
	if counts := w.fake.Counts(); counts.CreatesSeen != 1 || counts.ReservationsMade != 1 {
		t.Errorf("counts = %+v, want one create", counts)
	}
}

// batch schedules an exam of Tuesday, from nine to eleven, for the students.
func (w *world) batch(students string) answer {
	w.t.Helper()
	return w.post("batchSchedule", "exam", `{"exam_id":"b-1","term_id":"2030-1","description":"Batch","duration":60,`+
		`"start_date":"2030-03-05T09:00:00Z","end_date":"2030-03-05T11:00:00Z"}`, "students", students)
}

func TestBatch(t *testing.T) {
	t.Parallel()
	w := onLoopback(t)
	w.fake.SetSlots(func(day time.Time) []time.Time { return []time.Time{day.Add(9 * time.Hour), day.Add(10 * time.Hour)} })
	w.fake.SetSlotCapacity(tuesday, 1)
	w.fake.SetSlotCapacity(tuesday.Add(time.Hour), 1)
	student := `{"student_id":"s-%d","first_name":"Student","last_name":"Example","email":"s%d@example.org","time_zone_id":"UTC"}`
	students := fmt.Sprintf("["+strings.Repeat(student+",", 3)+`{"student_id":"s-4"},{"student_id":"s-5","first_name":"a","last_name":"b","email":"c","time_zone_id":"Mars"}]`,
		1, 1, 2, 2, 3, 3)

	asked := w.batch(students)

	id, link := fmt.Sprint(asked.data()["batch_id"]), fmt.Sprint(asked.data()["poll_url"])
	if want := w.base + "pollBatchSchedule?batch_id=" + id; link != want {
		t.Errorf("poll_url = %q, want %q", link, want)
	}
	poll := func() string {
		data := w.get(strings.TrimPrefix(link, w.base)[:len("pollBatchSchedule")], "batch_id", id).body
		return data[strings.Index(data, `"status"`):]
	}
	if got, want := poll(), `"status":"processing","sessions_created":0,"sessions_pending":5,"errors":[]}}`; got != want {
		t.Errorf("at once: %s, want %s", got, want)
	}
	w.clock.Advance(2 * time.Second)
	if got, want := poll(), `"status":"processing","sessions_created":2,"sessions_pending":3,"errors":[]}}`; got != want {
		t.Errorf("after two seconds: %s, want %s", got, want)
	}
	w.clock.Advance(time.Minute)
	want := `"status":"finished","sessions_created":2,"sessions_pending":0,"errors":[{"student_id":"s-3","message":"no available slots"},` +
		`{"student_id":"s-4","message":"first_name required"},{"student_id":"s-5","message":"TimeZone not found."}]}}`
	if got := poll(); got != want {
		t.Errorf("in the end: %s\nwant %s", got, want)
	}
	made := w.fake.Reservations()
	if len(made) != 2 || !made[0].Start.Equal(tuesday) || !made[1].Start.Equal(tuesday.Add(time.Hour)) || made[0].ExamID != "b-1" || !made[0].Made.Equal(monday.Add(time.Second)) {
		t.Errorf("reservations = %+v, want one in each slot", made)
	}
	if profile, known := w.fake.Learner("s-1"); !known || profile["email"] != "s1@example.org" {
		t.Errorf("learner = %v, %v: the batch creates those who are missing", profile, known)
	}
}

// An exam that is open for ever is searched for two months, not for ever.
func TestBatchOfAnExamWithoutAnEnd(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.AddExam(proctorutest.Exam{ID: "e-1", Description: "Practice"})
	days := 0
	w.fake.SetSlots(func(time.Time) []time.Time { days++; return nil })
	id := fmt.Sprint(w.post("batchSchedule", "exam", `{"exam_id":"e-1"}`, "students",
		`[{"student_id":"s","first_name":"a","last_name":"b","email":"c","time_zone_id":"UTC"}]`).data()["batch_id"])
	w.clock.Advance(time.Second)

	got := w.get("pollBatchSchedule", "batch_id", id).body

	if want := `"errors":[{"student_id":"s","message":"no available slots"}]`; !strings.Contains(got, want) || days != 61 {
		t.Errorf("body = %s after a look at %d days, want %s after 61", got, days, want)
	}
}
