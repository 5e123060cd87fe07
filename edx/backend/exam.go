package backend

import (
	"context"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

// examWire is an exam in the platform's form.
type examWire struct {
	ID           int64          `json:"id"`
	Course       edx.CourseKey  `json:"course_id"`
	Content      edx.UsageKey   `json:"content_id"`
	Name         string         `json:"exam_name"`
	TimeLimit    int64          `json:"time_limit_mins"`
	Proctored    bool           `json:"is_proctored"`
	Practice     bool           `json:"is_practice_exam"`
	Active       bool           `json:"is_active"`
	Due          string         `json:"due_date"` // "" if it is null
	HideAfterDue bool           `json:"hide_after_due"`
	Backend      string         `json:"backend"`
	ReviewPolicy string         `json:"rule_summary"`
	Rules        map[string]any `json:"rules"`
}

type idAnswer struct {
	ID string `json:"id"`
}

// saveExam keeps an exam, new or changed. The id is made from the body and not
// taken from the path: a platform that has another one, of an earlier provider or
// of a copied course, takes the right one from the answer.
func (h *handler) saveExam(ctx context.Context, c call) answer {
	exam, err := decodeExam(c.body)
	if err != nil {
		return unread(err)
	}
	exam.Platform = c.platform
	exam.ID = NewExamID(c.platform, exam.Course, exam.Content)
	if err := h.provider.SaveExam(ctx, exam); err != nil {
		return h.refuse(ctx, c, err) // without the id, or the platform would keep it
	}
	return jsonAnswer(idAnswer{string(exam.ID)})
}

func decodeExam(body []byte) (Exam, error) {
	var w examWire
	if err := decodeObject(body, &w); err != nil {
		return Exam{}, err
	}
	limit, ok := minutes(w.TimeLimit)
	switch {
	case !ok:
		return Exam{}, unfit("unusable time_limit_mins")
	case w.Course.IsZero():
		return Exam{}, unfit("no course_id")
	case w.Content.IsZero():
		return Exam{}, unfit("no content_id")
	}
	exam := Exam{
		LMSID: w.ID, Course: w.Course, Content: w.Content, Name: w.Name, TimeLimit: limit, HideAfterDue: w.HideAfterDue,
		Proctored: w.Proctored, Practice: w.Practice, Active: w.Active, Backend: w.Backend, ReviewPolicy: w.ReviewPolicy,
	}
	for name, value := range w.Rules {
		if set, isBool := value.(bool); isBool {
			if exam.Rules == nil {
				exam.Rules = map[string]bool{}
			}
			exam.Rules[name] = set
		}
	}
	if w.Due == "" {
		return exam, nil
	}
	due, err := time.Parse(time.RFC3339, w.Due)
	if exam.Due = due.UTC(); err != nil || exam.Due.Year() < 1 || exam.Due.Year() > 9999 {
		return Exam{}, unfit("unusable due_date") // no JSON and no database has years beyond these
	}
	return exam, nil
}

// maxMinutes is a year: what is longer is a mistake, and could not be counted.
const maxMinutes = 366 * 24 * 60

func minutes(n int64) (d time.Duration, ok bool) {
	if n < 0 || n > maxMinutes {
		return 0, false
	}
	return time.Duration(n) * time.Minute, true
}
