package proctorutest

import (
	"encoding/json"
	"net/url"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

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
func (p *Server) batchSchedule(c call) reply {
	if refused, ok := p.checkFields(c, []string{"exam", "students"}); !ok {
		return refused
	}
	exam, students, text := readBatch(c)
	if text != "" {
		return p.failure(c, text)
	}
	e, text := p.saveExam(exam, "start_date")
	if text != "" {
		return p.failure(c, text)
	}
	b := &batch{id: p.uuid(), exam: e.ID, pending: len(students)}
	p.batches[b.id] = b
	for i, student := range students {
		p.late.Add(p.now().Add(time.Duration(i+1)*batchStep), func(at time.Time) { p.runBatch(b, student, at) })
	}
	link := c.base + "pollBatchSchedule?batch_id=" + url.QueryEscape(b.id)
	return p.success(c, object{{"batch_id", b.id}, {"poll_url", link}})
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
func (p *Server) runBatch(b *batch, student map[string]string, at time.Time) {
	p.acting = at
	defer func() { p.acting = time.Time{} }()
	b.pending--
	if text := p.scheduleOne(b, student); text != "" {
		b.errors = append(b.errors, object{{"student_id", testserver.OrNull(student["student_id"])}, {"message", p.dialect(text)}})
		return
	}
	b.created++
}

func (p *Server) scheduleOne(b *batch, student map[string]string) string {
	for _, name := range []string{"student_id", "first_name", "last_name", "email", "time_zone_id"} {
		if student[name] == "" {
			return name + " required" // invented
		}
	}
	if _, known := p.zone(student["time_zone_id"]); !known {
		return textZone
	}
	p.saveLearner(call{params: student})
	wish := ofExam(p.exams[b.exam])
	wish.id, wish.student = b.id[:8]+"-"+student["student_id"], student["student_id"]
	e := p.exams[b.exam]
	from, until := e.Start, e.End
	if from.Before(p.now()) {
		from = p.now()
	}
	if latest := from.Add(batchReach); until.After(latest) {
		until = latest
	}
	for _, slot := range p.freeSlots(from, until, 0) {
		wish.start = slot
		if e.fits(slot) && p.obstacle(wish, 0) == "" {
			p.change(wish.student, func() { p.add(wish) })
			p.counts.ReservationsMade++
			return ""
		}
	}
	return textNoSlots
}

// pollBatch tells how far a batch has come.
func (p *Server) pollBatch(c call) reply {
	if refused, ok := p.checkFields(c, []string{"batch_id"}); !ok {
		return refused
	}
	b := p.batches[c.params["batch_id"]]
	if b == nil {
		return p.failure(c, "Batch Not found") // invented
	}
	status := "finished"
	if b.pending > 0 {
		status = "processing"
	}
	return p.success(c, object{
		{"batch_id", b.id}, {"status", status}, {"sessions_created", b.created}, {"sessions_pending", b.pending},
		{"errors", append([]object{}, b.errors...)},
	})
}
