package openedx_test

import (
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// The row that chooses an exam most narrowly counts.
func TestTable(t *testing.T) {
	t.Parallel()
	e := openedx.Exam{Exam: backend.Exam{Platform: "north", Course: course, Content: content}}
	rows := []openedx.TableKey{
		{Platform: "north", Course: course, Content: content}, {Course: course, Content: content}, {Platform: "north", Course: course},
		{Course: course}, {Platform: "north"}, {},
	}
	other := openedx.Table{{Platform: "south"}: {}, {Course: edx.MustCourseKey("course-v1:X+Y+Z")}: {}}
	if _, err := other.Exam(t.Context(), e, scheduling.Exam{}); !errors.Is(err, openedx.ErrNotOffered) {
		t.Errorf("an exam without a row = %v, want ErrNotOffered", err)
	}
	for i := range rows {
		table := openedx.Table{}
		for j := i; j < len(rows); j++ {
			table[rows[j]] = openedx.Settings{ProctorNotes: string(rune('a' + j))}
		}
		if got, err := table.Exam(t.Context(), e, scheduling.Exam{}); err != nil || got.ProctorNotes != string(rune('a'+i)) {
			t.Errorf("rows from %d: row %q, %v", i, got.ProctorNotes, err)
		}
	}
}

// What the platform has told counts, and what it can't know comes from the operator.
func TestExamOf(t *testing.T) {
	t.Parallel()
	due, early := day.AddDate(0, 0, 5), day.AddDate(0, 0, 2)
	for name, tt := range map[string]struct {
		due  time.Time
		set  openedx.Settings
		ends time.Time
		bad  bool
	}{
		"ends when it is due":        {due, openedx.Settings{Zone: time.UTC, Window: scheduling.Window{Start: day}}, due, false},
		"ends before it is due":      {due, openedx.Settings{Zone: time.UTC, Window: scheduling.Window{Start: day, End: early}}, early, false},
		"never ends after it is due": {due, openedx.Settings{Zone: time.UTC, Window: scheduling.Window{Start: day, End: due.AddDate(0, 0, 9)}}, due, false},
		"is never due":               {time.Time{}, openedx.Settings{Zone: time.UTC, Window: scheduling.Window{Start: day, End: early}}, early, false},
		"no end at all":              {time.Time{}, openedx.Settings{Zone: time.UTC, Window: scheduling.Window{Start: day}}, time.Time{}, true},
		"no zone":                    {due, openedx.Settings{Window: scheduling.Window{Start: day}}, due, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.exams = openedx.Table{{}: tt.set}.Exam
			saved, err := w.north.lms.PublishExam(t.Context(), edxtest.Exam{
				Course: course.String(), Content: content.String(), Name: "Other name", Minutes: 45, Proctored: true, Backend: "acme", Due: tt.due,
			})
			w.do(err)
			e, err := w.p.ExamOf(t.Context(), backend.ExamID(saved.ExternalID))
			if tt.bad != (err != nil) || !e.Window.End.Equal(tt.ends) || e.Duration != 45*time.Minute || e.Name != "Other name" || e.Course != course {
				t.Errorf("the exam is %+v, %v; want it to end %v", e, err, tt.ends)
			}
		})
	}
	w := newWorld(t)
	if _, err := w.p.ExamOf(t.Context(), "exam-none"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("ExamOf of no exam = %v, want ErrNotFound", err)
	}
}
