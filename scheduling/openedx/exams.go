package openedx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling"
)

// ExamFunc completes an exam. known is what the platform has told of it: both keys, the
// name, the duration, and in Window.End when it is due, if it is. The function returns it
// with what no platform knows: where the window starts, the zone, the policy, notes for
// the proctor, how the code reaches them. It fails with [ErrNotOffered] for an exam that
// can't be booked. Many goroutines call it at each view of a page, so it must be cheap.
//
// What the platform decides stays as it is: both keys, who is enrolled, and that no
// sitting ends after the exam is due. A duration that the function changes holds.
type ExamFunc func(ctx context.Context, e Exam, known scheduling.Exam) (scheduling.Exam, error)

// ErrNotOffered means that the exam can't be booked: the operator has said nothing about
// it, or that it is not offered.
var ErrNotOffered = errors.New("openedx: the exam is not offered: give it a window and a zone in the ExamFunc")

// ExamOf returns the exam as it is booked: what the platform has told, completed by the
// [ExamFunc]. Take it for StaffService.Affected and ApplyExam of package scheduling when
// the platform has changed an exam of which there are bookings.
//
// Errors: backend.ErrNotFound, [ErrNotOffered], [*proctorbook.ValidationError] if what the
// function returned is no exam, errors of the store.
func (p *Provider) ExamOf(ctx context.Context, id backend.ExamID) (scheduling.Exam, error) {
	e, err := p.store.Exam(ctx, id)
	if errors.Is(err, scheduling.ErrNotFound) {
		err = backend.ErrNotFound
	}
	if err != nil {
		return scheduling.Exam{}, fmt.Errorf("openedx: exam %s: %w", shown.ID(id), err)
	}
	return p.complete(ctx, e)
}

// complete makes an exam that can be booked of one that a platform has saved.
func (p *parts) complete(ctx context.Context, e Exam) (scheduling.Exam, error) {
	if !e.Active || !e.Proctored && !e.Practice {
		return scheduling.Exam{}, ErrNotOffered
	}
	known := scheduling.Exam{Course: e.Course, Usage: e.Content, Name: e.Name, Duration: e.TimeLimit}
	known.Window.End = e.Due
	exam, err := p.exams(ctx, e, known)
	if err != nil {
		return scheduling.Exam{}, err
	}
	exam.Course, exam.Usage, exam.Modes = e.Course, e.Content, nil
	if due := e.Due; !due.IsZero() && (exam.Window.End.IsZero() || exam.Window.End.After(due)) {
		exam.Window.End = due
	}
	return exam, exam.Validate()
}

// Settings are what no platform knows of an exam, for a [Table].
type Settings struct {
	Window       scheduling.Window   // when it may be sat; a zero End is when the exam is due on the platform
	Zone         *time.Location      // the exam office's zone
	Policy       scheduling.Policy   // what learners may do, and when
	Description  string              // more about it, for the proctor
	ProctorNotes string              // instructions for the proctor
	Code         scheduling.CodeRule // how the unlock code is made
	CodeVia      scheduling.CodeVia  // how the code reaches the proctor
}

// TableKey chooses exams: of the platform, of the course, the exam. What is zero chooses
// all of them.
type TableKey struct {
	Platform backend.PlatformID // one platform's
	Course   edx.CourseKey      // one course's
	Content  edx.UsageKey       // the subsection that is the exam, with its Course
}

// Table is an [ExamFunc] for simple cases, by its method Exam. The row that chooses an
// exam most narrowly counts: of the exam, of its course, of its platform, of all. An exam
// without a row is not offered.
//
//	exams := openedx.Table{
//		{}: {Zone: paris, Window: scheduling.Window{Start: opens}, Policy: scheduling.Policy{Notice: 24 * time.Hour}},
//	}
//	p, err := openedx.New(s, platforms, exams.Exam)
type Table map[TableKey]Settings

// Exam implements [ExamFunc].
func (t Table) Exam(_ context.Context, e Exam, known scheduling.Exam) (scheduling.Exam, error) {
	for _, key := range []TableKey{
		{e.Platform, e.Course, e.Content}, {"", e.Course, e.Content},
		{e.Platform, e.Course, edx.UsageKey{}}, {"", e.Course, edx.UsageKey{}},
		{Platform: e.Platform}, {},
	} {
		row, found := t[key]
		if !found {
			continue
		}
		if row.Window.End.IsZero() {
			row.Window.End = known.Window.End
		}
		known.Window, known.Zone, known.Policy = row.Window, row.Zone, row.Policy
		known.Description, known.ProctorNotes, known.Code, known.CodeVia = row.Description, row.ProctorNotes, row.Code, row.CodeVia
		return known, nil
	}
	return scheduling.Exam{}, ErrNotOffered
}
