package proctorutest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// getExams lists the institution's exams: all, or the active ones, of one term or of all.
func (p *Server) getExams(c call) reply {
	rows := []object{}
	for _, e := range p.sortedExams() {
		if e.Inactive && !c.flag("all") || c.has("term_id") && e.TermID != c.params["term_id"] {
			continue
		}
		rows = append(rows, object{
			{"exam_no", e.Number}, {"exam_id", e.ID}, {"description", e.Description}, {"term_id", testserver.OrNull(e.TermID)},
			{"courseno", testserver.OrNull(e.CourseNo)}, {"department_id", testserver.OrNull(e.DepartmentID)}, {"instructor", testserver.OrNull(e.Instructor)},
			{"start_date", e.Start.Format(wireTime)}, {"end_date", e.End.Format(wireTime)},
			{"duration", int64(e.Duration / time.Minute)}, {"active", !e.Inactive},
		})
	}
	return p.success(c, rows)
}

func (p *Server) sortedExams() []*Exam {
	return slices.SortedFunc(maps.Values(p.exams), func(a, b *Exam) int { return cmp.Compare(a.Number, b.Number) })
}

func (p *Server) getExamTerms(c call) reply {
	return p.success(c, p.termRows(func(string) bool { return true }))
}

// getBookableTerms lists the terms that have an exam which the learner can still take.
func (p *Server) getBookableTerms(c call) reply {
	if l, refused := p.learnerOf(c); l == nil {
		return refused
	}
	open := map[string]bool{}
	for _, e := range p.exams {
		open[e.TermID] = open[e.TermID] || e.bookable(p.now())
	}
	return p.success(c, p.termRows(func(id string) bool { return open[id] }))
}

func (p *Server) termRows(shown func(id string) bool) []object {
	rows := []object{}
	for _, id := range slices.Sorted(maps.Keys(p.terms)) {
		if shown(id) {
			rows = append(rows, object{{"term_id", id}, {"term_name", p.terms[id]}})
		}
	}
	return rows
}

// getBookableExams lists the exams of a term that the learner can still take.
func (p *Server) getBookableExams(c call) reply {
	if refused, ok := p.checkFields(c, []string{"student_id", "term_id"}); !ok {
		return refused
	}
	if p.learners[c.params["student_id"]] == nil {
		return p.failure(c, textNoStudent)
	}
	rows := []object{}
	for _, e := range p.sortedExams() {
		if e.TermID == c.params["term_id"] && e.bookable(p.now()) {
			rows = append(rows, object{
				{"exam_id", e.ID}, {"description", e.Description}, {"start_date", e.Start.Format(wireTime)},
				{"end_date", e.End.Format(wireTime)}, {"takeitnowavailable", e.TakeItNow},
			})
		}
	}
	return p.success(c, rows)
}

// getDepartments lists the institution's departments.
func (p *Server) getDepartments(c call) reply {
	rows := []object{}
	for _, id := range slices.Sorted(maps.Keys(p.departments)) {
		rows = append(rows, object{{"department_id", id}, {"department_name", p.departments[id]}})
	}
	return p.success(c, rows)
}
