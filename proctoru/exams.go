package proctoru

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// ExamsService keeps the institution's list of exams, its terms and departments.
// Ad-hoc reservations need none of it.
type ExamsService struct{ client *Client }

// Unlimited is the value of [SaveExamParams].MaxAttempts for no limit.
const Unlimited = -1

// SaveExamParams is an exam of the institution's list.
type SaveExamParams struct {
	ID          string        // your id of the exam; an exam with it is updated
	TermID      string        // created if new
	TermName    string        // of a new term
	Description string        // title, up to 255 characters
	Start, End  time.Time     // when it may be taken; any zone, whole seconds
	Duration    time.Duration // whole minutes, 1 to 1440

	Password           Secret // the proctor types it for the learner
	URL                string // of the exam; http or https
	Notes              string // for the proctor
	Instructors        []Instructor
	CourseNo           string
	DepartmentID       string // a number, see Departments
	MaxAttempts        int    // 0 leaves it to the provider; Unlimited = no limit
	Active             Choice
	TakeItNow          Choice // may be taken on demand
	Whitelist          []WhitelistURL
	PermittedResources []string // such as "calculator"; none may hold a comma
	OtherNotes         string   // permitted resources in free words
}

// Instructor is a teacher of an exam.
type Instructor struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
}

// WhitelistURL is a page that learners may open during the exam.
type WhitelistURL struct {
	URL         string // http or https
	OpenOnStart bool
}

type saveExamWire struct {
	TermID             string   `url:"term_id"`
	TermName           string   `url:"term_name,omitempty"`
	ID                 string   `url:"exam_id"`
	Description        string   `url:"description"`
	Start              wireTime `url:"start_date"`
	End                wireTime `url:"end_date"`
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
		Duration: minutes(p.Duration), Password: p.Password.Reveal(), URL: p.URL, Notes: p.Notes, Instructors: instructorsText(p.Instructors),
		CourseNo: p.CourseNo, DepartmentID: p.DepartmentID, MaxAttempts: attemptsText(p.MaxAttempts), Active: wireFlag(p.Active),
		TakeItNow: wireFlag(p.TakeItNow), Whitelist: whitelistText(p.Whitelist),
		PermittedResources: strings.Join(p.PermittedResources, ","), OtherNotes: p.OtherNotes,
	}
}

func instructorsText(all []Instructor) string {
	if len(all) == 0 {
		return ""
	}
	raw, _ := json.Marshal(all) // strings alone: it can't fail
	return string(raw)
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
	v.window(p.Start, p.End)
	v.duration("Duration", p.Duration)
	v.line("Password", p.Password.Reveal(), 0)
	v.url("URL", p.URL)
	v.lines("Notes", p.Notes)
	p.validateDetails(&v)
	return v.err()
}

func (p SaveExamParams) validateDetails(v *validation) {
	for _, i := range p.Instructors {
		v.required("Instructors.FirstName", i.FirstName, maxName)
		v.required("Instructors.LastName", i.LastName, maxName)
		v.email("Instructors.Email", i.Email)
	}
	v.line("CourseNo", p.CourseNo, 0)
	v.digits("DepartmentID", p.DepartmentID)
	v.check("MaxAttempts", p.MaxAttempts >= Unlimited, "must not be negative, but for Unlimited")
	v.choice("Active", p.Active)
	v.choice("TakeItNow", p.TakeItNow)
	for _, w := range p.Whitelist {
		v.check("Whitelist", w.URL != "" && isPlainURL(w.URL) && !strings.Contains(w.URL, `"`), "must be a URL without spaces, quotes and backslashes")
		v.url("Whitelist", w.URL)
	}
	v.resources("PermittedResources", p.PermittedResources)
	v.lines("OtherNotes", p.OtherNotes)
}

// SavedExam is what the provider says of an exam that it saved.
type SavedExam struct {
	Number    ReservationNo // the provider's number of the exam
	ID        string        // your id, as the provider repeats it
	InviteURL SecretURL     // where learners book the exam; may be zero

	// URLRefused says that an invitation came and was dropped, since it is not
	// https or leads to a host that is not allowed. The exam is saved all the same.
	URLRefused bool
	Raw        RawJSON
}

func (c *Client) readSavedExam(data []byte) (*SavedExam, error) {
	var w struct {
		Number    ReservationNo `json:"exam_no"`
		ID        text          `json:"exam_id"`
		InviteURL text          `json:"invite_url"`
	}
	if !isObject(data) || json.Unmarshal(data, &w) != nil || w.Number == "" && w.ID == "" {
		return nil, ErrBadData
	}
	u, err := c.secretURL(string(w.InviteURL))
	return &SavedExam{Number: w.Number, ID: string(w.ID), InviteURL: u, URLRefused: err != nil, Raw: clone(data)}, nil
}

var opExamsSave = post("Exams.Save", "/editTermExam", proctorbook.IdempotentWrite)

// Save creates an exam and its term, or updates the exam with the same id.
//
// It fails with a [*proctorbook.ValidationError] before anything is sent, and with
// [ErrBadData] and [proctorbook.ErrOutcomeUnknown] for a success that names no exam.
//
// Endpoint: POST /editTermExam.
func (s *ExamsService) Save(ctx context.Context, params SaveExamParams) (*SavedExam, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.client, opExamsSave, params.wire(), s.client.readSavedExam)
}
