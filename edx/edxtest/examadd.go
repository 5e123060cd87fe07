package edxtest

import "fmt"

// AddExam adds a special exam and returns its id. Whether the platform or
// edx-exams shows it is decided by the course.
func (o *Server) AddExam(e Exam) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.exams.number(&e.ID)
	o.exams.exams = append(o.exams.exams, &e)
	return e.ID
}

// AddAttempt adds an attempt as it is, without any rule, and returns its id. It
// panics if there is no such exam.
func (o *Server) AddAttempt(a Attempt) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	exam := o.mustExam(a.ExamID)
	o.exams.number(&a.ID)
	if a.Status == "" {
		a.Status = "created"
	}
	if a.Created.IsZero() {
		a.Created = o.now()
	}
	if a.Minutes == 0 {
		a.Minutes = o.minutesFor(exam, a.Username)
	}
	o.exams.attempts = append(o.exams.attempts, &a)
	return a.ID
}

// AddAllowance grants a learner something at one exam, and returns its id. It
// panics if there is no such exam.
func (o *Server) AddAllowance(a Allowance) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mustExam(a.ExamID)
	return o.exams.grant(a)
}

func (o *Server) mustExam(id int64) *Exam {
	e := o.exams.exam(id)
	if e == nil {
		panic(fmt.Sprintf("edxtest: there is no exam %d: AddExam it first", id))
	}
	return e
}

// AddExamProvider makes a provider known to edx-exams.
func (o *Server) AddExamProvider(p ExamProvider) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.providers = append(o.providers, p)
}

// Attempt returns the attempt with that id as it is now.
func (o *Server) Attempt(id int64) (a Attempt, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if found := o.exams.attempt(id); found != nil {
		return *found, true
	}
	return Attempt{}, false
}

// Exam returns the special exam with that id as it is now.
func (o *Server) Exam(id int64) (e Exam, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if found := o.exams.exam(id); found != nil {
		return *found, true
	}
	return Exam{}, false
}

// Allowances returns what is granted at an exam now.
func (o *Server) Allowances(exam int64) (granted []Allowance) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, a := range o.exams.allowances {
		if a.ExamID == exam {
			granted = append(granted, *a)
		}
	}
	return granted
}
