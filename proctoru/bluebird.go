package proctoru

import (
	"context"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// LaunchExamParams registers a learner for an exam whose time the learner chooses
// on the provider's site.
type LaunchExamParams struct {
	Student     Student // country, phone and address may be left out
	UserID      string
	ExamID      string        // your id of the exam; created if new
	ExamName    string        // up to 255 characters
	Description string        // title of the exam, up to 255 characters
	Start, End  time.Time     // the exam's window; any zone, whole seconds
	Duration    time.Duration // whole minutes, 1 to 1440

	CourseID           string
	CourseNo           string
	ExamURL            string // http or https
	ExamPassword       Secret // the proctor types it for the learner
	Instructor         string
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

// Launch registers a learner for an exam, and returns the URL at which the learner
// chooses a time and later enters the session. The client never sends it again
// on its own account once it may have arrived.
//
// It fails with [ErrNoURL] and with [ErrUnsafeURL], both of which are
// [proctorbook.ErrOutcomeUnknown] too.
//
// Endpoint: POST /addBlueBirdExam.
func (s *ExamsService) Launch(ctx context.Context, params LaunchExamParams) (*Launch, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.client, opExamsLaunch, params.wire(), s.client.readExamLaunch)
}
