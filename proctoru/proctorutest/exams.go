package proctorutest

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

const textNoExam = "Exam Not found"

// Exam is an exam on the institution's list at the provider. Ad-hoc reservations
// have none.
type Exam struct {
	// ID is the institution's id of the exam, exam_id on the wire.
	ID string
	// Number is the provider's, exam_no on the wire. 0 keeps that of the exam which is
	// replaced, or else takes the next one from 5000001 on.
	Number int64
	// Description is the name that learners and proctors see.
	Description string
	// TermID is the institution's id of the academic term. A term that is not known is
	// added, named like its id.
	TermID string
	// DepartmentID is the department's id, a number of nine digits.
	DepartmentID string
	// CourseNo is the institution's name of the course, such as CS101.
	CourseNo string
	// Instructor is the name of the person who teaches the course.
	Instructor string
	// Start is when the window opens, in UTC; zero is long ago. Lists have null for it
	// then, which is a guess.
	Start time.Time
	// End is when the window closes, in UTC; zero is in the year 9999. Lists have null
	// for that, which is a guess.
	End time.Time
	// Duration is how long a session takes; 0 is an hour.
	Duration time.Duration
	// TakeItNow reports whether learners may start at once, without a slot.
	TakeItNow bool
	// Inactive takes the exam off the list of those that can be booked.
	Inactive bool
	// Fields are the fields last sent for the exam, by wire name.
	Fields map[string]string
}

// bookable reports whether a learner can still take the exam.
func (e *Exam) bookable(now time.Time) bool { return !e.Inactive && e.End.After(now) }

// fits reports whether a session of the exam can start then.
func (e *Exam) fits(start time.Time) bool {
	return !start.Before(e.Start) && !start.Add(e.Duration).After(e.End)
}

// editTermExam creates or updates an exam, and the term that it names.
func (s *Server) editTermExam(c call) reply {
	required := []string{"exam_id"}
	if s.exams[c.params["exam_id"]] == nil {
		required = append(required, "term_id", "duration")
		if s.is(VariantExamDates, "required") {
			required = append(required, "start_date", "end_date")
		}
		if !c.has("name") {
			required = append(required, "description")
		}
	}
	if refused, ok := s.checkFields(c, required); !ok {
		return refused
	}
	e, text := s.saveExam(c.params, "start_date")
	if text != "" {
		return s.failure(c, text)
	}
	return s.success(c, object{{"exam_no", e.Number}, {"exam_id", e.ID}, {"invite_url", "https://go.proctoru.com/invitations/" + s.invitations[e.ID]}})
}

// saveExam creates or updates the exam with the fields, whose window begins at the
// one named opens. It returns an error text for a field that can't be read.
func (s *Server) saveExam(fields map[string]string, opens string) (*Exam, string) {
	e := Exam{ID: fields["exam_id"], Fields: map[string]string{}}
	if known := s.exams[e.ID]; known != nil {
		e = *known
		e.Fields = map[string]string{}
		maps.Copy(e.Fields, known.Fields)
	}
	s.keep(e.Fields, slices.Collect(maps.Keys(fields)), call{params: fields})
	delete(e.Fields, "time_sent")
	setText(&e.Description, cmp.Or(fields["description"], fields["exam_name"], fields["name"]))
	setText(&e.TermID, fields["term_id"])
	setText(&e.DepartmentID, fields["department_id"])
	setText(&e.CourseNo, cmp.Or(fields["courseno"], fields["course_no"]))
	setText(&e.Instructor, cmp.Or(fields["instructor"], fields["instructors"]))
	flags := call{params: fields}
	if flags.has("active") {
		e.Inactive = !flags.flag("active")
	}
	e.TakeItNow = e.TakeItNow || flags.flag("take_it_now") || flags.flag("takeitnow")
	if text := e.setWindow(fields, opens); text != "" {
		return nil, text
	}
	if e.TermID != "" && (s.terms[e.TermID] == "" || fields["term_name"] != "") {
		s.terms[e.TermID] = cmp.Or(fields["term_name"], e.TermID)
	}
	return s.fileExam(e), ""
}

func setText(field *string, sent string) { *field = cmp.Or(sent, *field) }

func (e *Exam) setWindow(fields map[string]string, opens string) string {
	for name, at := range map[string]*time.Time{opens: &e.Start, "end_date": &e.End} {
		if fields[name] == "" {
			continue
		}
		ofDay := time.Duration(0)
		if name == "end_date" {
			ofDay = 24*time.Hour - time.Second
		}
		t, ok := readDate(fields[name], ofDay)
		if !ok {
			return name + " invalid" // invented
		}
		*at = t
	}
	if text := fields["duration"]; text != "" {
		minutes, err := strconv.Atoi(text)
		if err != nil || minutes <= 0 {
			return "duration invalid" // invented
		}
		e.Duration = time.Duration(minutes) * time.Minute
	}
	if !e.End.IsZero() && e.End.Before(e.Start) {
		return "end_date invalid" // invented
	}
	return ""
}

// forEver is the end of an exam without one.
var forEver = time.Date(9999, 12, 31, 23, 59, 0, 0, time.UTC)

// fileExam gives a new exam its number and its invitation, and what it lacks, and
// keeps it.
func (s *Server) fileExam(e Exam) *Exam {
	if e.Duration == 0 {
		e.Duration = time.Hour
	}
	if e.End.IsZero() {
		e.End = forEver
	}
	if e.Number == 0 {
		s.lastExam++
		e.Number = s.lastExam
	}
	if s.invitations[e.ID] == "" {
		s.invitations[e.ID] = s.uuid()
	}
	s.exams[e.ID] = &e
	return &e
}

// AddExam puts an exam on the institution's list, or replaces the one with that
// ID, and returns its number. Without a window it is open for ever, without a
// Duration it takes an hour. It panics without an ID.
func (s *Server) AddExam(e Exam) int64 {
	if e.ID == "" {
		panic("proctorutest: AddExam needs an ID")
	}
	e.Start, e.End, e.Fields = e.Start.UTC(), e.End.UTC(), maps.Clone(e.Fields)
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.exams[e.ID]; known != nil && e.Number == 0 {
		e.Number = known.Number
	} else {
		delete(s.invitations, e.ID) // another exam of the same id
	}
	if e.TermID != "" && s.terms[e.TermID] == "" {
		s.terms[e.TermID] = e.TermID
	}
	return s.fileExam(e).Number
}

// Exams returns the institution's exams by number.
func (s *Server) Exams() []Exam {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	exams := []Exam{}
	for _, e := range s.sortedExams() {
		copied := *e
		copied.Fields = maps.Clone(e.Fields)
		exams = append(exams, copied)
	}
	return exams
}

// AddTerm adds a term, or renames it.
func (s *Server) AddTerm(id, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.terms[id] = name
}

// AddDepartment adds a department, whose id is a number of nine digits, or renames it.
func (s *Server) AddDepartment(id int64, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.departments[id] = name
}

// getExams lists the institution's exams: all, or the active ones, of one term or of all.
func (s *Server) getExams(c call) reply {
	rows := []object{}
	for _, e := range s.sortedExams() {
		if e.Inactive && !c.flag("all") || c.has("term_id") && e.TermID != c.params["term_id"] {
			continue
		}
		rows = append(rows, object{
			{"exam_no", e.Number}, {"exam_id", e.ID}, {"description", e.Description}, {"term_id", testserver.OrNull(e.TermID)},
			{"courseno", testserver.OrNull(e.CourseNo)}, {"department_id", testserver.OrNull(e.DepartmentID)}, {"instructor", testserver.OrNull(e.Instructor)},
			{"start_date", dateOrNull(e.Start)}, {"end_date", dateOrNull(e.End)},
			{"duration", int64(e.Duration / time.Minute)}, {"active", !e.Inactive},
		})
	}
	return s.success(c, rows)
}

// dateOrNull is null for a window that is open on that side.
func dateOrNull(at time.Time) any {
	if at.IsZero() || at.Equal(forEver) {
		return nil
	}
	return at.Format(wireTime)
}

func (s *Server) sortedExams() []*Exam {
	return slices.SortedFunc(maps.Values(s.exams), func(a, b *Exam) int { return cmp.Compare(a.Number, b.Number) })
}

func (s *Server) getExamTerms(c call) reply {
	return s.success(c, s.termRows(func(string) bool { return true }))
}

// getBookableTerms lists the terms that have an exam which the learner can still take.
func (s *Server) getBookableTerms(c call) reply {
	if l, refused := s.learnerOf(c); l == nil {
		return refused
	}
	open := map[string]bool{}
	for _, e := range s.exams {
		open[e.TermID] = open[e.TermID] || e.bookable(s.now())
	}
	return s.success(c, s.termRows(func(id string) bool { return open[id] }))
}

func (s *Server) termRows(shown func(id string) bool) []object {
	rows := []object{}
	for _, id := range slices.Sorted(maps.Keys(s.terms)) {
		if shown(id) {
			rows = append(rows, object{{"term_id", id}, {"term_name", s.terms[id]}})
		}
	}
	return rows
}

// getBookableExams lists the exams of a term that the learner can still take.
func (s *Server) getBookableExams(c call) reply {
	if refused, ok := s.checkFields(c, []string{"student_id", "term_id"}); !ok {
		return refused
	}
	if s.learners[c.params["student_id"]] == nil {
		return s.failure(c, textNoStudent)
	}
	rows := []object{}
	for _, e := range s.sortedExams() {
		if e.TermID == c.params["term_id"] && e.bookable(s.now()) {
			rows = append(rows, object{
				{"exam_id", e.ID}, {"description", e.Description}, {"start_date", dateOrNull(e.Start)},
				{"end_date", dateOrNull(e.End)}, {"takeitnowavailable", e.TakeItNow},
			})
		}
	}
	return s.success(c, rows)
}

// getDepartments lists the institution's departments.
func (s *Server) getDepartments(c call) reply {
	rows := []object{}
	for _, id := range slices.Sorted(maps.Keys(s.departments)) {
		rows = append(rows, object{{"department_id", id}, {"department_name", s.departments[id]}})
	}
	if s.is(VariantDepartmentList, "bare-array") {
		return s.bareRows(c, rows)
	}
	return s.success(c, rows)
}
