package proctorutest_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

func TestLifeOfAReservation(t *testing.T) {
	t.Parallel()
	w := onLoopback(t)
	number := w.book("r-1", tuesday).number()

	row := w.list().rows()[0]
	want := map[string]any{
		"reservation_no": 900000501.0, "reservation_id": "r-1", "exam_id": nil, "description": "Final exam", "courseno": nil,
		"instructor": nil, "start_date": "2030-03-05T09:00:00Z", "test": "Final exam", "escalated": false,
	}
	if !reflect.DeepEqual(row, want) {
		t.Errorf("row = %v\nwant  %v", row, want)
	}

	moved := w.move(number, "r-1", tuesday.Add(2*time.Hour))
	if got, want := moved.number(), "900000502"; got != want {
		t.Errorf("moved number = %s, want %s", got, want)
	}
	if url := fmt.Sprint(moved.data()["url"]); !strings.Contains(url, "/students/order?") || !strings.HasSuffix(url, "reservation_no=OTAwMDAwNTAyCg%3D%3D") {
		t.Errorf("moved url = %q, want an order page with the number in base64", url)
	}
	if got, want := w.move(number, "r-1", tuesday).text(), "Reservation Cancelled."; got != want {
		t.Errorf("second move of the old number = %q, want %q", got, want)
	}
	if got, want := w.begin("r-1").text(), "Reservation is in the future"; got != want {
		t.Errorf("early begin = %q, want %q", got, want)
	}
	if got := w.remove("900000502").body; !strings.Contains(got, `"data":{"onaccount":"30.00"}`) {
		t.Errorf("removal = %s, want the credit as text", got)
	}
	if got := len(w.list().rows()); got != 0 {
		t.Errorf("list has %d rows, want 0", got)
	}
	if got, want := w.list("status", "cancelled").column("reservation_id"), "r-1 r-1"; got != want {
		t.Errorf("cancelled = %q, want %q", got, want)
	}
	counts := w.fake.Counts()
	if counts.CreatesSeen != 1 || counts.ReservationsMade != 1 || counts.Changes != 1 || counts.Removals != 1 || counts.ActiveNow != 0 || counts.MostActiveAtOnce != 1 {
		t.Errorf("counts = %+v", counts)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ask  func(w *world, number string) answer
		want string
	}{
		"create: repeated id":    {func(w *world, _ string) answer { return w.book("r-1", tuesday.Add(5*time.Hour)) }, "reservation_id_EXIST_FOR_THIS_INSTITUTION"},
		"create: overlap":        {func(w *world, _ string) answer { return w.book("r-2", tuesday.Add(45*time.Minute)) }, "OVERLAP"},
		"create: zone":           {func(w *world, _ string) answer { return w.book("r-2", tuesday, "time_zone_id", "Europe/Paris") }, "TimeZone not found."},
		"create: past":           {func(w *world, _ string) answer { return w.book("r-2", monday.Add(-time.Minute)) }, "start_date in the past"},
		"create: late on demand": {func(w *world, _ string) answer { return w.book("r-2", monday.Add(-6*time.Minute), "takeitnow", "Y") }, "start_date in the past"},
		"create: on demand":      {func(w *world, _ string) answer { return w.book("r-2", monday.Add(-7*time.Second), "takeitnow", "Y") }, ""},
		"create: no duration":    {func(w *world, _ string) answer { return w.book("r-2", tuesday, "duration", "0") }, "duration invalid"},
		"create: odd start":      {func(w *world, _ string) answer { return w.book("r-2", tuesday, "start_date", "soon") }, "start_date invalid"},
		"edit: unknown number":   {func(w *world, _ string) answer { return w.book("r-1", tuesday, "reservation_no", "17") }, "Reservation Not found"},
		"edit: id of another": {func(w *world, n string) answer {
			w.book("r-2", tuesday.Add(time.Hour))
			return w.book("r-2", tuesday, "reservation_no", n)
		}, "reservation_id_EXIST_FOR_THIS_INSTITUTION"},
		"edit: odd number": {func(w *world, _ string) answer { return w.book("r-1", tuesday, "reservation_no", "one") }, "reservation_no invalid"},
		"edit: cancelled":  {func(w *world, n string) answer { w.remove(n); return w.book("r-1", tuesday, "reservation_no", n) }, "Reservation Cancelled."},
		"edit: begun": {func(w *world, n string) answer {
			w.clock.Set(tuesday)
			w.begin("r-1")
			return w.book("r-1", tuesday.Add(time.Hour), "reservation_no", n)
		}, "Reservation Not found"},
		"edit: slot taken": {func(w *world, n string) answer {
			w.fake.BlockSlot(tuesday.Add(time.Hour))
			return w.book("r-1", tuesday.Add(time.Hour), "reservation_no", n)
		}, "OVERLAP"},
		"move: begun": {func(w *world, n string) answer {
			w.clock.Set(tuesday)
			w.begin("r-1")
			return w.move(n, "r-1", tuesday.Add(time.Hour))
		}, "Reservation Not found"},
		"move: odd start": {func(w *world, n string) answer {
			return w.post("moveReservation", "reservation_no", n, "reservation_id", "r-1", "start_date", "soon")
		}, "start_date invalid"},
		"move: unknown number": {func(w *world, _ string) answer { return w.move("17", "r-1", tuesday) }, "RESERVATION_NOT_FOR_THIS_INSTITUTION"},
		"move: past":           {func(w *world, n string) answer { return w.move(n, "r-1", monday.Add(-time.Hour)) }, "start_date in the past"},
		"move: slot taken": {func(w *world, n string) answer {
			w.fake.BlockSlot(tuesday.Add(time.Hour))
			return w.move(n, "r-1", tuesday.Add(time.Hour))
		}, "OVERLAP"},
		"move: nothing named":     {func(w *world, _ string) answer { return w.move("", "r-1", tuesday) }, "reservation_no required"},
		"remove: unknown learner": {func(w *world, n string) answer { return w.remove(n, "student_id", "nobody") }, "Student Not found"},
		"remove: unknown number":  {func(w *world, _ string) answer { return w.remove("17") }, "Reservation Not found"},
		"remove: another's": {func(w *world, n string) answer {
			w.book("r-2", tuesday, "student_id", "learner-8")
			return w.remove(n, "student_id", "learner-8")
		}, "Reservation Not found"},
		"edit: another's": {func(w *world, n string) answer {
			return w.book("r-1", tuesday, "reservation_no", n, "student_id", "learner-8")
		}, "Reservation Not found"},
		"remove: by exam":   {func(w *world, _ string) answer { return w.remove("", "exam_id", "e-1") }, "Reservation Not found"},
		"begin: cancelled":  {func(w *world, n string) answer { w.remove(n); w.clock.Set(tuesday); return w.begin("r-1") }, "Reservation Not found"},
		"begin: odd number": {func(w *world, _ string) answer { w.clock.Set(tuesday); return w.begin("r-1", "reservation_no", "one") }, "Reservation Not found"},
		"begin: ended": {func(w *world, _ string) answer {
			w.clock.Set(tuesday)
			_ = w.fake.ProctorEnds(900000501, proctorutest.Verdict{})
			return w.begin("r-1")
		}, "Reservation Not found"},
		"begin: another's": {func(w *world, n string) answer {
			w.clock.Set(tuesday)
			w.book("r-2", tuesday, "student_id", "learner-8")
			return w.begin("r-2", "student_id", "learner-8", "reservation_no", n)
		}, "Reservation Not found"},
		"begin: unknown learner": {func(w *world, _ string) answer { return w.begin("r-1", "student_id", "nobody") }, "Student Not found"},
		"begin: unknown id":      {func(w *world, _ string) answer { return w.begin("r-9") }, "Reservation Not found"},
		"slots: of an exam": {func(w *world, _ string) answer {
			return w.slots(tuesday, "isadhoc", "N", "student_id", "learner-7", "exam_id", "e-1")
		}, "Exam Not found"},
		"slots: of a day gone":    {func(w *world, _ string) answer { return w.slots(monday.AddDate(0, 0, -1)) }, "start_date in the past"},
		"slots: zone":             {func(w *world, _ string) answer { return w.slots(tuesday, "time_zone_id", "42") }, "TimeZone not found."},
		"slots: odd day":          {func(w *world, _ string) answer { return w.slots(tuesday, "start_date", "soon") }, "start_date invalid"},
		"slots: no duration":      {func(w *world, _ string) answer { return w.slots(tuesday, "duration", "long") }, "duration invalid"},
		"report: odd day":         {func(w *world, _ string) answer { return w.report("start_date", "soon") }, "start_date invalid"},
		"report: odd last day":    {func(w *world, _ string) answer { return w.report("end_date", "soon") }, "end_date invalid"},
		"list: unknown learner":   {func(w *world, _ string) answer { return w.list("student_id", "nobody") }, "Student Not found"},
		"report: unknown learner": {func(w *world, _ string) answer { return w.report("student_id", "nobody") }, "Student Not found"},
		"report: nothing named":   {func(w *world, _ string) answer { return w.report("student_id", "") }, "start_date required"},
		"editStudent: zone": {func(w *world, _ string) answer {
			return w.post("editStudent", "student_id", "learner-7", "time_zone_id", "x")
		}, "TimeZone not found."},
		"editStudent: without name": {func(w *world, _ string) answer { return w.post("editStudent", "student_id", "learner-9") }, "first_name required"},
	} {
		w := inProcess(t)
		number := w.book("r-1", tuesday).number()

		got := tt.ask(w, number)

		if got.text() != tt.want {
			t.Errorf("%s: got %v, want %q", name, got, tt.want)
		}
	}
}

func TestAFailedMoveKeepsTheOldSlot(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	number := w.book("r-1", tuesday).number()
	w.book("r-2", tuesday.Add(3*time.Hour))

	if got := w.move(number, "r-1", tuesday.Add(3*time.Hour)).text(); got != "OVERLAP" {
		t.Errorf("move onto another session = %q, want OVERLAP", got)
	}
	if got, want := w.list().column("start_date"), "2030-03-05T09:00:00Z 2030-03-05T12:00:00Z"; got != want {
		t.Errorf("starts = %q, want %q", got, want)
	}
	if got := w.move(number, "r-1", tuesday.Add(30*time.Minute)); got.String() != "1" {
		t.Errorf("move that overlaps only itself = %v, want success", got)
	}
}

// Many clients at once, one id: one reservation, and everybody else is told so.
func TestOneReservationForOneIDUnderARace(t *testing.T) {
	t.Parallel()
	w := onLoopback(t)
	w.mustPlay(proctorutest.VariantErrorLimit, "nothing") // 63 refusals in a row would lock the account
	const clients = 64
	answers := make([]answer, clients)
	var together sync.WaitGroup
	for i := range clients {
		together.Go(func() { answers[i] = w.book("r-1", tuesday) })
	}
	together.Wait()

	made := 0
	for _, a := range answers {
		switch a.text() {
		case "":
			made++
		case "reservation_id_EXIST_FOR_THIS_INSTITUTION":
		default:
			t.Errorf("answer = %v", a)
		}
	}
	counts := w.fake.Counts()
	if made != 1 || counts.CreatesSeen != clients || counts.ReservationsMade != 1 || counts.MostActiveAtOnce != 1 {
		t.Errorf("%d succeeded, counts = %+v; want one", made, counts)
	}
}

func TestARepeatThatUpdatesIsCheckedLikeACreate(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.mustPlay(proctorutest.VariantRepeatedID, "updates")
	w.book("r-1", tuesday)
	w.book("r-2", tuesday.Add(2*time.Hour))
	if got := w.book("r-1", tuesday.Add(2*time.Hour)).text(); got != "OVERLAP" {
		t.Errorf("update onto another session = %q, want OVERLAP", got)
	}
	if got := w.book("r-1", tuesday.Add(30*time.Minute)); got.String() != "1" {
		t.Errorf("update that overlaps only itself = %v, want success", got)
	}
}
