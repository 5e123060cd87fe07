package proctorutest

import (
	"cmp"
	"maps"
	"strconv"
	"time"
)

const textNoExam = "Exam Not found"

// Exam is an exam on the institution's list at the provider. Ad-hoc
// reservations have none.
type Exam struct {
	ID           string
	Number       int64 // exam_no; 0 lets the fake choose
	Description  string
	TermID       string
	DepartmentID string
	CourseNo     string
	Instructor   string
	Start, End   time.Time
	Duration     time.Duration
	TakeItNow    bool
	Inactive     bool
	// Fields are those last sent for the exam, by wire name.
	Fields map[string]string

	invitation string
}

// bookable reports whether a learner can still take the exam.
func (e *Exam) bookable(now time.Time) bool { return !e.Inactive && e.End.After(now) }

// fits reports whether a session of the exam can start then.
func (e *Exam) fits(start time.Time) bool {
	return !start.Before(e.Start) && !start.Add(e.Duration).After(e.End)
}

// editTermExam creates or updates an exam, and the term that it names.
func (p *Server) editTermExam(c call) reply {
	required := []string{"exam_id"}
	if p.exams[c.params["exam_id"]] == nil {
		required = append(required, "term_id", "start_date", "end_date", "duration")
		if !c.has("name") {
			required = append(required, "description")
		}
	}
	if refused, ok := p.checkFields(c, required); !ok {
		return refused
	}
	e, text := p.saveExam(c.params, "start_date")
	if text != "" {
		return p.failure(c, text)
	}
	return p.success(c, object{{"exam_no", e.Number}, {"exam_id", e.ID}, {"invite_url", "https://go.proctoru.com/invitations/" + e.invitation}})
}

// saveExam creates or updates the exam with the fields, whose window begins at the
// one named opens. It returns an error text for a field that can't be read.
func (p *Server) saveExam(fields map[string]string, opens string) (*Exam, string) {
	e := Exam{ID: fields["exam_id"], Fields: map[string]string{}}
	if known := p.exams[e.ID]; known != nil {
		e = *known
		e.Fields = map[string]string{}
		maps.Copy(e.Fields, known.Fields)
	}
	maps.Copy(e.Fields, fields)
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
	if e.TermID != "" && (p.terms[e.TermID] == "" || fields["term_name"] != "") {
		p.terms[e.TermID] = cmp.Or(fields["term_name"], e.TermID)
	}
	return p.fileExam(e), ""
}

func setText(field *string, sent string) { *field = cmp.Or(sent, *field) }

func (e *Exam) setWindow(fields map[string]string, opens string) string {
	for name, at := range map[string]*time.Time{opens: &e.Start, "end_date": &e.End} {
		if fields[name] == "" {
			continue
		}
		t, ok := parseTime(fields[name])
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
	if e.End.Before(e.Start) {
		return "end_date invalid" // invented
	}
	return ""
}

// fileExam gives a new exam its number and its invitation, and keeps it.
func (p *Server) fileExam(e Exam) *Exam {
	if e.Number == 0 {
		p.lastExam++
		e.Number = p.lastExam
	}
	if e.invitation == "" {
		e.invitation = p.uuid()
	}
	p.exams[e.ID] = &e
	return &e
}
