package proctorutest

import "time"

// addProcess makes or edits a reservation for an exam on the institution's list.
func (p *Server) addProcess(c call) reply {
	number, isNumber := c.number()
	if number == 0 {
		p.counts.CreatesSeen++
	}
	if refused, ok := p.checkFields(c, []string{"student_id", "exam_id", "start_date", "reservation_id"}); !ok {
		return refused
	}
	wish, text := p.readExamWish(c)
	switch {
	case text != "":
		return p.failure(c, text)
	case !isNumber:
		return p.failure(c, "reservation_no invalid") // invented
	case number != 0 && !p.is(VariantCreateWithNumber, "ignored"):
		return p.edit(c, number, wish)
	}
	return p.create(c, wish)
}

func (p *Server) readExamWish(c call) (reservation, string) {
	if p.learners[c.params["student_id"]] == nil {
		return reservation{}, textNoStudent
	}
	e := p.exams[c.params["exam_id"]]
	if e == nil || e.Inactive {
		return reservation{}, textNoExam
	}
	start, ok := parseTime(c.params["start_date"])
	switch {
	case !ok:
		return reservation{}, "start_date invalid" // invented
	case start.Before(p.now()):
		return reservation{}, textPast
	case !e.fits(start):
		return reservation{}, textNoSuchSlot
	}
	wish := ofExam(e)
	wish.id, wish.student, wish.start = c.params["reservation_id"], c.params["student_id"], start
	wish.comments, wish.onDemand = c.params["comments"], c.flag("takeitnow")
	return wish, ""
}

// ofExam is a reservation of the exam, for nobody and at no time yet.
func ofExam(e *Exam) reservation {
	return reservation{
		examID: e.ID, minutes: int(e.Duration / time.Minute), description: e.Description,
		courseNo: e.CourseNo, instructor: e.Instructor, notes: e.Fields["notes"], examPassword: e.Fields["exam_password"],
	}
}

// isAuthenticated tells whether the proctor has checked who the learner is. It
// does not know ad-hoc reservations.
func (p *Server) isAuthenticated(c call) reply {
	if refused, ok := p.checkFields(c, []string{"reservation_no"}); !ok {
		return refused
	}
	number, _ := c.number()
	r := p.byNumber[number]
	if r == nil || r.examID == "" {
		return p.failure(c, textNotFound)
	}
	return p.success(c, object{{"authenticated", r.verdict.Authenticated}})
}
