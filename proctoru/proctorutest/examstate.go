package proctorutest

import (
	"maps"
	"time"
)

// AddExam puts an exam on the institution's list, or replaces the one with that
// ID, and returns its number. Without a window it is open for ever, without a
// Duration it takes an hour. It panics without an ID.
func (p *Server) AddExam(e Exam) int64 {
	if e.ID == "" {
		panic("proctorutest: AddExam needs an ID")
	}
	if e.Duration == 0 {
		e.Duration = time.Hour
	}
	if e.End.IsZero() {
		e.End = time.Date(9999, 12, 31, 23, 59, 0, 0, time.UTC)
	}
	e.Start, e.End, e.Fields = e.Start.UTC(), e.End.UTC(), maps.Clone(e.Fields)
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.exams[e.ID]; known != nil && e.Number == 0 {
		e.Number, e.invitation = known.Number, known.invitation
	}
	if e.TermID != "" && p.terms[e.TermID] == "" {
		p.terms[e.TermID] = e.TermID
	}
	return p.fileExam(e).Number
}

// Exams returns the institution's exams by number.
func (p *Server) Exams() []Exam {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	exams := []Exam{}
	for _, e := range p.sortedExams() {
		copied := *e
		copied.Fields = maps.Clone(e.Fields)
		exams = append(exams, copied)
	}
	return exams
}

// AddTerm adds a term, or renames it.
func (p *Server) AddTerm(id, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.terms[id] = name
}

// AddDepartment adds a department, whose id is a number of nine digits, or renames it.
func (p *Server) AddDepartment(id int64, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.departments[id] = name
}
