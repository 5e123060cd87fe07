package proctoru

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// ExamsService keeps the institution's list of exams, its terms and departments.
// Ad-hoc reservations need none of it.
type ExamsService struct{ core *core }

// Unlimited is the value of [SaveExamParams].MaxAttempts for no limit.
const Unlimited = -1

// SaveExamParams are the parameters of [ExamsService.Save].
type SaveExamParams struct {
	ID          string        // your id of the exam; an exam with it is updated
	TermID      string        // created if new
	TermName    string        // of a new term
	Description string        // title, up to 255 characters
	Duration    time.Duration // whole minutes, 1 to 1440

	// Start and End say when the exam may be taken: any zone, whole seconds. Each may
	// be left out, as samples of the provider do. Whether an exam that has them keeps
	// them then is not documented.
	Start, End time.Time

	Password           Secret         // the proctor types it for the learner
	URL                string         // of the exam; http or https
	Notes              string         // for the proctor
	Instructors        []Instructor   // teachers of the exam
	CourseNo           string         // number or code of the course
	DepartmentID       string         // a number, see Departments
	MaxAttempts        int            // 0 leaves it to the provider; Unlimited = no limit
	Active             Choice         // whether the exam is active
	TakeItNow          Choice         // may be taken on demand
	Whitelist          []WhitelistURL // pages that learners may open during the exam
	PermittedResources []string       // such as "calculator"; none may hold a comma
	OtherNotes         string         // permitted resources in free words
}

// Instructor is a teacher of an exam.
type Instructor struct {
	FirstName string `json:"first_name"` // given name
	LastName  string `json:"last_name"`  // family name
	Email     string `json:"email"`      // mail address
}

// WhitelistURL is a page that learners may open during the exam.
type WhitelistURL struct {
	URL         string // http or https
	OpenOnStart bool   // opened by itself when the exam begins
}

type saveExamWire struct {
	TermID             string   `url:"term_id"`
	TermName           string   `url:"term_name,omitempty"`
	ID                 string   `url:"exam_id"`
	Description        string   `url:"description"`
	Start              wireTime `url:"start_date,omitempty"`
	End                wireTime `url:"end_date,omitempty"`
	Duration           int      `url:"duration"`
	Password           string   `url:"password,omitempty"`
	URL                string   `url:"exam_url,omitempty"`
	Notes              string   `url:"notes,omitempty"`
	Instructors        string   `url:"instructors,omitempty"`
	CourseNo           string   `url:"courseno,omitempty"`
	DepartmentID       string   `url:"department_id,omitempty"`
	MaxAttempts        string   `url:"max_attempt,omitempty"`
	Active             wireFlag `url:"active,omitempty"`
	TakeItNow          wireFlag `url:"take_it_now,omitempty"` // so here, takeitnow elsewhere
	Whitelist          string   `url:"whitelist_urls,omitempty"`
	PermittedResources string   `url:"permitted_resources_list,omitempty"`
	OtherNotes         string   `url:"other_notes,omitempty"`
}

func (p SaveExamParams) wire() saveExamWire {
	return saveExamWire{
		TermID: p.TermID, TermName: p.TermName, ID: p.ID, Description: p.Description, Start: wireTime(p.Start), End: wireTime(p.End),
		Duration: minutes(p.Duration), Password: p.Password.Reveal(), URL: p.URL, Notes: p.Notes, Instructors: jsonText(p.Instructors),
		CourseNo: p.CourseNo, DepartmentID: p.DepartmentID, MaxAttempts: attemptsText(p.MaxAttempts), Active: wireFlag(p.Active),
		TakeItNow: wireFlag(p.TakeItNow), Whitelist: whitelistText(p.Whitelist),
		PermittedResources: strings.Join(p.PermittedResources, ","), OtherNotes: p.OtherNotes,
	}
}

// jsonText writes a list of texts, or of structs of texts, as JSON: in that form a
// form carries an array. An empty one is "".
func jsonText[T any](all []T) string {
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // URLs keep their &
	_ = encoder.Encode(all)      // texts alone: it can't fail
	return strings.TrimSuffix(b.String(), "\n")
}

func attemptsText(n int) string {
	switch n {
	case 0:
		return ""
	case Unlimited:
		return "0"
	}
	return fmt.Sprint(n)
}

// whitelistText writes the provider's own notation, which is not JSON: its names
// have no quotes. The pages are checked to hold none.
func whitelistText(all []WhitelistURL) string {
	if len(all) == 0 {
		return ""
	}
	items := make([]string, len(all))
	for i, w := range all {
		items[i] = fmt.Sprintf(`{url: "%s", open_on_start: %t}`, w.URL, w.OpenOnStart)
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func (p SaveExamParams) validate() error {
	v := validation{op: opExamsSave.name}
	v.required("ID", p.ID, 0)
	v.required("TermID", p.TermID, 0)
	v.line("TermName", p.TermName, 0)
	v.required("Description", p.Description, maxDescription)
	v.optionalWindow(p.Start, p.End)
	v.duration("Duration", p.Duration)
	v.line("Password", p.Password.Reveal(), 0)
	v.url("URL", p.URL)
	v.lines("Notes", p.Notes)
	p.validateDetails(&v)
	return v.err()
}

func (p SaveExamParams) validateDetails(v *validation) {
	v.instructors(p.Instructors)
	v.line("CourseNo", p.CourseNo, 0)
	v.digits("DepartmentID", p.DepartmentID)
	v.check("MaxAttempts", p.MaxAttempts >= Unlimited, "must not be negative, but for Unlimited")
	v.choice("Active", p.Active)
	v.choice("TakeItNow", p.TakeItNow)
	for _, w := range p.Whitelist {
		v.page("Whitelist", w.URL)
	}
	v.resources("PermittedResources", p.PermittedResources)
	v.lines("OtherNotes", p.OtherNotes)
}

// SavedExam is the provider's answer about an exam that it saved.
type SavedExam struct {
	Number    ReservationNo // the provider's number of the exam
	ID        string        // your id, as the provider repeats it
	InviteURL SecretURL     // where learners book the exam; may be zero

	// URLRefused reports that an invitation came and was dropped, because it is
	// not https or leads to a host that is not allowed. The exam is saved all the
	// same.
	URLRefused bool
	Raw        RawJSON // the answer as the provider sent it
}

// readSavedExam reads the answer for the exam that was sent.
func (c *core) readSavedExam(sent string) func(data []byte) (*SavedExam, error) {
	return func(data []byte) (*SavedExam, error) {
		var w struct {
			Number    ReservationNo `json:"exam_no"`
			ID        text          `json:"exam_id"`
			InviteURL text          `json:"invite_url"`
		}
		if !isObject(data) || json.Unmarshal(data, &w) != nil || w.Number == "" && w.ID == "" {
			return nil, ErrBadData
		}
		if isOtherID(w.ID, sent) {
			return nil, ErrOtherID
		}
		u, err := c.secretURL(string(w.InviteURL))
		return &SavedExam{Number: w.Number, ID: string(w.ID), InviteURL: u, URLRefused: err != nil, Raw: clone(data)}, nil
	}
}

var opExamsSave = post("Exams.Save", "/editTermExam", proctorbook.IdempotentWrite)

// Save creates an exam and its term, or updates the exam with the same id.
//
// It fails with a [*proctorbook.ValidationError] before anything is sent, with
// [ErrBadData] for a success that names no exam, and with [ErrOtherID] for one that
// names another exam; both are [proctorbook.ErrOutcomeUnknown] too.
//
// Endpoint: POST /editTermExam.
func (s *ExamsService) Save(ctx context.Context, params SaveExamParams) (*SavedExam, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opExamsSave, params.wire(), s.core.readSavedExam(params.ID))
}

// Format prints nothing personal.
func (i Instructor) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "proctoru.Instructor{"+redacted+"}")
}

// LogValue returns nothing personal.
func (i Instructor) LogValue() slog.Value { return slog.StringValue(redacted) }

// LogValue returns only the exam's id.
func (p SaveExamParams) LogValue() slog.Value { return slog.StringValue("exam " + p.ID) }

// LaunchExamParams are the parameters of [ExamsService.Launch].
type LaunchExamParams struct {
	Student     Student       // country, phone and address may be left out
	UserID      string        // user_id of the learner's record; optional
	ExamID      string        // your id of the exam; created if new
	ExamName    string        // up to 255 characters
	Description string        // title of the exam, up to 255 characters
	Start, End  time.Time     // the exam's window; any zone, whole seconds
	Duration    time.Duration // whole minutes, 1 to 1440

	CourseID           string   // your id of the course
	CourseNo           string   // number or code of the course
	ExamURL            string   // http or https
	ExamPassword       Secret   // the proctor types it for the learner
	Instructor         string   // the teacher's name
	Notes              string   // for the proctor
	Notify             Choice   // mail the learner
	PermittedResources []string // such as "calculator"; none may hold a comma
	OtherNotes         string   // permitted resources in free words
}

type launchExamWire struct {
	studentWire
	UserID             string   `url:"user_id,omitempty"`
	ExamID             string   `url:"exam_id"`
	ExamName           string   `url:"exam_name,omitempty"`
	Description        string   `url:"description"`
	Start              wireTime `url:"active_date"`
	End                wireTime `url:"end_date"`
	Duration           int      `url:"duration"`
	CourseID           string   `url:"course_id,omitempty"`
	CourseNo           string   `url:"course_no,omitempty"` // so here, courseno elsewhere
	ExamURL            string   `url:"exam_url,omitempty"`
	ExamPassword       string   `url:"exam_password,omitempty"`
	Instructor         string   `url:"instructor,omitempty"`
	Notes              string   `url:"notes,omitempty"`
	Notify             wireFlag `url:"notify,omitempty"`
	PermittedResources string   `url:"permitted_resources_list,omitempty"`
	OtherNotes         string   `url:"other_notes,omitempty"`
}

func (p LaunchExamParams) wire() launchExamWire {
	return launchExamWire{
		studentWire: p.Student.wire(), UserID: p.UserID, ExamID: p.ExamID, ExamName: p.ExamName, Description: p.Description,
		Start: wireTime(p.Start), End: wireTime(p.End), Duration: minutes(p.Duration), CourseID: p.CourseID, CourseNo: p.CourseNo,
		ExamURL: p.ExamURL, ExamPassword: p.ExamPassword.Reveal(), Instructor: p.Instructor, Notes: p.Notes, Notify: wireFlag(p.Notify),
		PermittedResources: strings.Join(p.PermittedResources, ","), OtherNotes: p.OtherNotes,
	}
}

func (p LaunchExamParams) validate() error {
	v := validation{op: opExamsLaunch.name}
	p.Student.validateOptional(&v)
	v.line("UserID", p.UserID, 0)
	v.required("ExamID", p.ExamID, 0)
	v.line("ExamName", p.ExamName, maxDescription)
	v.required("Description", p.Description, maxDescription)
	v.window(p.Start, p.End)
	v.duration("Duration", p.Duration)
	v.line("CourseID", p.CourseID, 0)
	v.line("CourseNo", p.CourseNo, 0)
	v.url("ExamURL", p.ExamURL)
	v.line("ExamPassword", p.ExamPassword.Reveal(), 0)
	v.line("Instructor", p.Instructor, 0)
	v.lines("Notes", p.Notes)
	v.choice("Notify", p.Notify)
	v.resources("PermittedResources", p.PermittedResources)
	v.lines("OtherNotes", p.OtherNotes)
	return v.err()
}

var opExamsLaunch = operation{
	name: "Exams.Launch", method: "POST", path: "/addBlueBirdExam", class: proctorbook.Write, stamp: stampField, shape: beside,
}

// Launch registers a learner for an exam, and returns the URL at which the
// learner chooses a time and later enters the session. The client never sends it
// again once it may have arrived.
//
// It fails with [ErrNoURL] and with [ErrUnsafeURL], both of which are
// [proctorbook.ErrOutcomeUnknown] too.
//
// Endpoint: POST /addBlueBirdExam.
func (s *ExamsService) Launch(ctx context.Context, params LaunchExamParams) (*Launch, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opExamsLaunch, params.wire(), s.core.readExamLaunch)
}

// LogValue returns only the exam's id.
func (p LaunchExamParams) LogValue() slog.Value { return slog.StringValue("exam " + p.ExamID) }

// ListExamsParams are the parameters of [ExamsService.List].
type ListExamsParams struct {
	TermID string // "" = of all terms
	All    Choice // sent as it is: Yes seems to add inactive exams
}

type listExamsWire struct {
	TermID string   `url:"term_id,omitempty"`
	All    wireFlag `url:"all,omitempty"`
}

func (p ListExamsParams) wire() listExamsWire {
	return listExamsWire{TermID: p.TermID, All: wireFlag(p.All)}
}

func (p ListExamsParams) validate() error {
	v := validation{op: opExamsList.name}
	v.line("TermID", p.TermID, 0)
	v.choice("All", p.All)
	return v.err()
}

// Exam is an exam of the institution's list. The provider does not document the
// row: fields that it leaves out are empty, and Raw has what else it holds.
type Exam struct {
	ID          string    // your id
	TermID      string    // your id of its academic term
	CourseNo    string    // number or code of the course
	Description string    // title
	Start, End  time.Time // when it may be taken, UTC; zero if missing or unreadable
	TakeItNow   bool      // may be taken on demand
	Raw         RawJSON   // the row as the provider sent it
}

type examWire struct {
	ID          text    `json:"exam_id"`
	TermID      text    `json:"term_id"`
	CourseNo    text    `json:"courseno"`
	Description text    `json:"description"`
	Start       instant `json:"start_date"`
	End         instant `json:"end_date"`
	TakeItNow   flag    `json:"takeitnowavailable"`
}

func (w examWire) exam(raw RawJSON) (Exam, error) {
	return Exam{
		ID: string(w.ID), TermID: string(w.TermID), CourseNo: string(w.CourseNo), Description: string(w.Description),
		Start: w.Start.time(), End: w.End.time(), TakeItNow: bool(w.TakeItNow), Raw: raw,
	}, nil
}

func readExams(data []byte) ([]Exam, error) { return list(data, examWire.exam) }

type listTermsWire struct {
	All wireFlag `url:"all,omitempty"`
}

// Term is an academic term.
type Term struct {
	ID   string  // your id
	Name string  // such as "Fall 2026"
	Raw  RawJSON // the row as the provider sent it
}

type termWire struct {
	ID   text `json:"term_id"`
	Name text `json:"term_name"`
}

func (w termWire) term(raw RawJSON) (Term, error) {
	return Term{ID: string(w.ID), Name: string(w.Name), Raw: raw}, nil
}

func readTerms(data []byte) ([]Term, error) { return list(data, termWire.term) }

// Department is a part of the institution. The provider does not document the
// row: fields that it leaves out are empty, and Raw has what else it holds.
type Department struct {
	ID   string  // a number
	Name string  // the department's name
	Raw  RawJSON // the row as the provider sent it
}

type departmentWire struct {
	ID   text `json:"department_id"`
	Name text `json:"department_name"`
}

func (w departmentWire) department(raw RawJSON) (Department, error) {
	return Department{ID: string(w.ID), Name: string(w.Name), Raw: raw}, nil
}

func readDepartments(data []byte) ([]Department, error) {
	return list(trimMark(data), departmentWire.department)
}

var (
	opExamsList        = get("Exams.List", "/getInstitutionExamList")
	opExamsTerms       = get("Exams.Terms", "/getInstitutionTermList")
	opExamsDepartments = operation{
		name: "Exams.Departments", method: "GET", path: "/getInstitutionDepartmentList", class: proctorbook.Read, stamp: stampField, shape: orList,
	}
)

// List returns the institution's exams. The exams of ad-hoc reservations are not
// in it. It fails with [ErrNoList] if the provider sends null, {} or nothing in place
// of a list.
//
// Endpoint: GET /getInstitutionExamList.
func (s *ExamsService) List(ctx context.Context, params ListExamsParams) ([]Exam, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opExamsList, params.wire(), readExams)
}

// Terms returns the institution's academic terms. What all selects is not
// documented; it is sent as it is, and Yes seems to select the active terms. The
// terms of service are another thing: see [StudentsService.TermsOfService].
//
// Endpoint: GET /getInstitutionTermList.
func (s *ExamsService) Terms(ctx context.Context, all Choice) ([]Term, error) {
	v := validation{op: opExamsTerms.name}
	v.choice("all", all)
	if err := v.err(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opExamsTerms, listTermsWire{All: wireFlag(all)}, readTerms)
}

// Departments returns the parts of the institution. That the answer is an array is
// known; it is read with an envelope and without one. It fails with [ErrNoList] if the
// provider sends null, {} or nothing in place of an array.
//
// Endpoint: GET /getInstitutionDepartmentList.
func (s *ExamsService) Departments(ctx context.Context) ([]Department, error) {
	return call(ctx, s.core, opExamsDepartments, struct{}{}, readDepartments)
}
