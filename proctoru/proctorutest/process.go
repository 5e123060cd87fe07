package proctorutest

import (
	"cmp"
	"encoding/json"
	"net/url"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// addProcess makes or edits a reservation for an exam on the institution's list.
func (s *Server) addProcess(c call) reply {
	number, isNumber := c.number()
	if number == 0 {
		s.counts.CreatesSeen++
	}
	if refused, ok := s.checkFields(c, []string{"student_id", "exam_id", "start_date", "reservation_id"}); !ok {
		return refused
	}
	wish, text := s.readExamWish(c)
	switch {
	case text != "":
		return s.failure(c, text)
	case !isNumber:
		return s.failure(c, "reservation_no invalid") // invented
	case number != 0 && !s.is(VariantCreateWithNumber, "ignored"):
		return s.edit(c, number, wish)
	}
	return s.create(c, wish)
}

func (s *Server) readExamWish(c call) (reservation, string) {
	if s.learners[c.params["student_id"]] == nil {
		return reservation{}, textNoStudent
	}
	e := s.exams[c.params["exam_id"]]
	if e == nil || e.Inactive {
		return reservation{}, textNoExam
	}
	start, ok := parseTime(c.params["start_date"])
	switch {
	case !ok:
		return reservation{}, "start_date invalid" // invented
	case start.Before(s.now()):
		return reservation{}, textPast
	case !e.fits(start):
		return reservation{}, textNoSuchSlot
	}
	wish := ofExam(e)
	wish.id, wish.student, wish.start = c.params["reservation_id"], c.params["student_id"], start
	wish.comments, wish.onDemand = c.params["comments"], c.flag("takeitnow")
	return wish, ""
}

// ofExam returns a reservation of the exam, without a learner and a start.
func ofExam(e *Exam) reservation {
	return reservation{
		examID: e.ID, minutes: int(e.Duration / time.Minute), description: e.Description,
		courseNo: e.CourseNo, instructor: e.Instructor, department: e.DepartmentID, notes: e.Fields["notes"],
		examPassword: cmp.Or(e.Fields["exam_password"], e.Fields["password"]), // in BlueBird exams, and elsewhere
	}
}

// isAuthenticated reports whether the proctor has checked the learner's identity. It
// does not know ad-hoc reservations.
func (s *Server) isAuthenticated(c call) reply {
	if refused, ok := s.checkFields(c, []string{"reservation_no"}); !ok {
		return refused
	}
	number, _ := c.number()
	r := s.byNumber[number]
	if r == nil || r.examID == "" {
		return s.failure(c, textNotFound)
	}
	return s.success(c, object{{"authenticated", r.verdict.Authenticated}})
}

const (
	batchStep  = time.Second         // the service takes that long for one learner of a batch
	batchReach = 60 * 24 * time.Hour // it looks no further ahead
)

// batch is one exam for many learners. The fields of its request and of its
// answers are invented: only the names of the two endpoints are known, and that
// the answer holds a link to poll.
type batch struct {
	id      string
	exam    string
	created int
	pending int
	errors  []object
}

// batchSchedule creates the exam and the learners, and finds each a time in the
// exam's window, one after the other.
func (s *Server) batchSchedule(c call) reply {
	if refused, ok := s.checkFields(c, []string{"exam", "students"}); !ok {
		return refused
	}
	exam, students, text := readBatch(c)
	if text != "" {
		return s.failure(c, text)
	}
	e, text := s.saveExam(exam, "start_date")
	if text != "" {
		return s.failure(c, text)
	}
	b := &batch{id: s.uuid(), exam: e.ID, pending: len(students)}
	s.batches[b.id] = b
	for i, student := range students {
		s.late.Add(s.now().Add(time.Duration(i+1)*batchStep), func(at time.Time) { s.runBatch(b, student, at) })
	}
	link := c.base + "pollBatchSchedule?batch_id=" + url.QueryEscape(b.id)
	return s.success(c, object{{"batch_id", b.id}, {"poll_url", link}})
}

// readBatch returns the exam and the learners that the call names, or an error text.
func readBatch(c call) (exam map[string]string, students []map[string]string, text string) {
	exam = map[string]string{}
	if mergeJSON(exam, []byte(c.params["exam"])) != nil || exam["exam_id"] == "" {
		return nil, nil, "exam invalid" // invented
	}
	var rows []json.RawMessage
	if json.Unmarshal([]byte(c.params["students"]), &rows) != nil {
		return nil, nil, "students invalid" // invented
	}
	for _, row := range rows {
		student := map[string]string{}
		if mergeJSON(student, row) != nil {
			return nil, nil, "students invalid" // invented
		}
		students = append(students, student)
	}
	return exam, students, ""
}

// runBatch schedules one learner of a batch.
func (s *Server) runBatch(b *batch, student map[string]string, at time.Time) {
	s.acting = at
	defer func() { s.acting = time.Time{} }()
	b.pending--
	if text := s.scheduleOne(b, student); text != "" {
		b.errors = append(b.errors, object{{"student_id", testserver.OrNull(student["student_id"])}, {"message", s.dialect(text)}})
		return
	}
	b.created++
}

func (s *Server) scheduleOne(b *batch, student map[string]string) string {
	for _, name := range []string{"student_id", "first_name", "last_name", "email", "time_zone_id"} {
		if student[name] == "" {
			return name + " required" // invented
		}
	}
	if _, known := s.zone(student["time_zone_id"]); !known {
		return textZone
	}
	s.saveLearner(call{params: student})
	wish := ofExam(s.exams[b.exam])
	wish.id, wish.student = b.id[:8]+"-"+student["student_id"], student["student_id"]
	e := s.exams[b.exam]
	from, until := e.Start, e.End
	if from.Before(s.now()) {
		from = s.now()
	}
	if latest := from.Add(batchReach); until.After(latest) {
		until = latest
	}
	for _, slot := range s.freeSlots(from, until, 0) {
		wish.start = slot
		if e.fits(slot) && s.obstacle(wish, 0) == "" {
			s.change(wish.student, func() { s.add(wish) })
			s.counts.ReservationsMade++
			return ""
		}
	}
	return textNoSlots
}

// pollBatch reports how many sessions of a batch are made and how many are to come.
func (s *Server) pollBatch(c call) reply {
	if refused, ok := s.checkFields(c, []string{"batch_id"}); !ok {
		return refused
	}
	b := s.batches[c.params["batch_id"]]
	if b == nil {
		return s.failure(c, "Batch Not found") // invented
	}
	status := "finished"
	if b.pending > 0 {
		status = "processing"
	}
	return s.success(c, object{
		{"batch_id", b.id}, {"status", status}, {"sessions_created", b.created}, {"sessions_pending", b.pending},
		{"errors", append([]object{}, b.errors...)},
	})
}
