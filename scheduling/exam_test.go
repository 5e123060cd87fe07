package scheduling_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
)

// handwritten is an exam as the office writes it: wall-clock times in its zone.
const handwritten = `{
	"course": "course-v1:ExampleX+CS101+2027",
	"usage": "block-v1:ExampleX+CS101+2027+type@sequential+block@final",
	"name": "Final exam",
	"description": "Logic",
	"proctor_notes": "Closed book.",
	"window": {"start": "2027-01-11T09:00", "end": "2027-01-15T18:00"},
	"zone": "Europe/Paris",
	"duration": "1h30m",
	"modes": ["verified", "honor"],
	"code": "fixed",
	"code_via": "notes",
	"policy": {"notice": "72h", "start_lead": "3m", "move_until": "24h", "cancel_until": "12h",
		"no_show_after": "2h", "seen_within": "1h", "resend_until": "30m"}
}`

// goodExam is a valid exam.
func goodExam(t *testing.T) scheduling.Exam {
	t.Helper()
	var e scheduling.Exam
	if err := json.Unmarshal([]byte(handwritten), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// rerun returns the keys of the next year's run of the course, in which the
// blocks have the same names.
func rerun(e scheduling.Exam) (edx.CourseKey, edx.UsageKey) {
	return edx.MustCourseKey(strings.Replace(e.Course.String(), "2027", "2028", 1)), edx.MustUsageKey(strings.Replace(e.Usage.String(), "2027", "2028", 1))
}

// problemsOf returns the fields that err names.
func problemsOf(err error) []string {
	bad, ok := errors.AsType[*proctorbook.ValidationError](err)
	if !ok {
		return nil
	}
	var fields []string
	for _, p := range bad.Fields {
		fields = append(fields, p.Field)
	}
	return fields
}

func TestEmptyExamNamesEverythingThatIsMissing(t *testing.T) {
	t.Parallel()
	err := scheduling.Exam{}.Validate()
	want := []string{"Exam.Course", "Exam.Usage", "Exam.Name", "Exam.Window.Start", "Exam.Window.End", "Exam.Window.End", "Exam.Zone", "Exam.Duration"}
	if got := problemsOf(err); !slices.Equal(got, want) {
		t.Errorf("problems = %q, want %q", got, want)
	}
	if !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("error = %v, want ErrNotDone", err)
	}
}

func TestExamValidate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*scheduling.Exam)
		want   string // the field; "" = valid
	}{
		"as written":               {func(*scheduling.Exam) {}, ""},
		"no course":                {func(e *scheduling.Exam) { e.Course = edx.CourseKey{} }, "Exam.Course"},
		"no subsection":            {func(e *scheduling.Exam) { e.Usage = edx.UsageKey{} }, "Exam.Usage"},
		"another course's":         {func(e *scheduling.Exam) { _, e.Usage = rerun(*e) }, "Exam.Usage"},
		"no name":                  {func(e *scheduling.Exam) { e.Name = "  " }, "Exam.Name"},
		"name of two lines":        {func(e *scheduling.Exam) { e.Name = "Final\nexam" }, "Exam.Name"},
		"notes of two lines":       {func(e *scheduling.Exam) { e.ProctorNotes = "Closed book.\n\tNo phone." }, ""},
		"notes with CRLF":          {func(e *scheduling.Exam) { e.ProctorNotes = "Closed book.\r\nNo phone.\r" }, ""},
		"name that nobody sees":    {func(e *scheduling.Exam) { e.Name = "\u200b\u3164" }, "Exam.Name"},
		"name that runs backwards": {func(e *scheduling.Exam) { e.Name = "\u202emaxe" }, "Exam.Name"},
		"isolated description":     {func(e *scheduling.Exam) { e.Description = "\u2066a\u2069" }, "Exam.Description"},
		"notes that run backwards": {func(e *scheduling.Exam) { e.ProctorNotes = "\u202dopen" }, "Exam.ProctorNotes"},
		"notes with a bell":        {func(e *scheduling.Exam) { e.ProctorNotes = "Ring\a" }, "Exam.ProctorNotes"},
		"notes that are not UTF-8": {func(e *scheduling.Exam) { e.ProctorNotes = "\xff" }, "Exam.ProctorNotes"},
		"description of two lines": {func(e *scheduling.Exam) { e.Description = "a\nb" }, "Exam.Description"},
		"end before start":         {func(e *scheduling.Exam) { e.Window.End = e.Window.Start.Add(-time.Hour) }, "Exam.Window.End"},
		"end at start":             {func(e *scheduling.Exam) { e.Window.End = e.Window.Start }, "Exam.Window.End"},
		"any minute":               {func(e *scheduling.Exam) { e.Window.Start = e.Window.Start.Add(17 * time.Minute) }, ""},
		"no zone":                  {func(e *scheduling.Exam) { e.Zone = nil }, "Exam.Zone"},
		"the machine's zone":       {func(e *scheduling.Exam) { e.Zone = time.Local }, "Exam.Zone"},
		"a name on another zone":   {func(e *scheduling.Exam) { e.Zone = time.FixedZone("Europe/Paris", 3600) }, "Exam.Zone"},
		"UTC in name only":         {func(e *scheduling.Exam) { e.Zone = time.FixedZone("UTC", 3600) }, "Exam.Zone"},
		"a zone without a name":    {func(e *scheduling.Exam) { e.Zone = time.FixedZone("", 0) }, "Exam.Zone"},
		"local in name only":       {func(e *scheduling.Exam) { e.Zone = time.FixedZone("Local", 0) }, "Exam.Zone"},
		"a zone nobody can load":   {func(e *scheduling.Exam) { e.Zone = time.FixedZone("office", 3600) }, "Exam.Zone"},
		"no duration":              {func(e *scheduling.Exam) { e.Duration = 0 }, "Exam.Duration"},
		"minus five minutes":       {func(e *scheduling.Exam) { e.Duration = -5 * time.Minute }, "Exam.Duration"},
		"thirty seconds":           {func(e *scheduling.Exam) { e.Duration = 30 * time.Second }, "Exam.Duration"},
		"90 and a half minutes":    {func(e *scheduling.Exam) { e.Duration += 30 * time.Second }, "Exam.Duration"},
		"thirty minutes":           {func(e *scheduling.Exam) { e.Duration = 30 * time.Minute }, ""},
		"a day":                    {func(e *scheduling.Exam) { e.Duration = 24 * time.Hour }, ""},
		"a day and a minute":       {func(e *scheduling.Exam) { e.Duration = 24*time.Hour + time.Minute }, "Exam.Duration"},
		"longer than the window":   {func(e *scheduling.Exam) { e.Window.End = e.Window.Start.Add(time.Hour) }, "Exam.Duration"},
		"exactly the window":       {func(e *scheduling.Exam) { e.Window.End = e.Window.Start.Add(e.Duration) }, ""},
		"an empty mode":            {func(e *scheduling.Exam) { e.Modes = []edx.Mode{"verified", ""} }, "Exam.Modes"},
		"no modes":                 {func(e *scheduling.Exam) { e.Modes = nil }, ""},
		"an unknown code rule":     {func(e *scheduling.Exam) { e.Code = "guessable" }, "Exam.Code"},
		"an unknown way of codes":  {func(e *scheduling.Exam) { e.CodeVia = "mail" }, "Exam.CodeVia"},
		"negative notice":          {func(e *scheduling.Exam) { e.Policy.Notice = -1 }, "Exam.Policy.Notice"},
		"negative start lead":      {func(e *scheduling.Exam) { e.Policy.StartLead = -1 }, "Exam.Policy.StartLead"},
		"negative move cut-off":    {func(e *scheduling.Exam) { e.Policy.MoveUntil = -1 }, "Exam.Policy.MoveUntil"},
		"negative cancel cut-off":  {func(e *scheduling.Exam) { e.Policy.CancelUntil = -1 }, "Exam.Policy.CancelUntil"},
		"negative no-show grace":   {func(e *scheduling.Exam) { e.Policy.NoShowAfter = -1 }, "Exam.Policy.NoShowAfter"},
		"negative seen within":     {func(e *scheduling.Exam) { e.Policy.SeenWithin = -1 }, "Exam.Policy.SeenWithin"},
		"negative resend limit":    {func(e *scheduling.Exam) { e.Policy.ResendUntil = -1 }, "Exam.Policy.ResendUntil"},
		"a window before 2000":     {func(e *scheduling.Exam) { e.Window.Start = time.Date(1999, 12, 31, 23, 0, 0, 0, time.UTC) }, "Exam.Window.Start"},
		"a window past year 9999":  {func(e *scheduling.Exam) { e.Window.End = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, "Exam.Window.End"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := goodExam(t)
			tt.change(&e)
			want := []string{tt.want}
			if tt.want == "" {
				want = nil
			}
			if got := problemsOf(e.Validate()); !slices.Equal(got, want) {
				t.Errorf("problems = %q, want %q", got, want)
			}
		})
	}
}

// All that is wrong is said at once.
func TestExamListsTwelveBadFields(t *testing.T) {
	t.Parallel()
	e := goodExam(t)
	e.Course, e.Name, e.Zone, e.Duration = edx.CourseKey{}, "", nil, 0
	e.Modes, e.Code, e.CodeVia = []edx.Mode{""}, "x", "x"
	e.Policy = scheduling.Policy{Notice: -1, StartLead: -1, MoveUntil: -1, CancelUntil: -1, NoShowAfter: -1}
	if got := problemsOf(e.Validate()); len(got) != 12 {
		t.Errorf("%d problems: %q, want 12", len(got), got)
	}
}

// The title at the provider has 255 characters, whatever their bytes.
func TestExamTitleLimit(t *testing.T) {
	t.Parallel()
	fixed := len("CS101 2027 - ") // course and run stand before the name
	for n, want := range map[int][]string{255: nil, 256: {"Exam.Description"}} {
		e := goodExam(t)
		e.Description, e.Name = "", strings.Repeat("é", n-fixed)
		if got := problemsOf(e.Validate()); !slices.Equal(got, want) {
			t.Errorf("name that makes %d characters: problems = %q, want %q", n, got, want)
		}
		e.Name, e.Description = "Final", strings.Repeat("試", n-fixed-len("Final - "))
		if got := problemsOf(e.Validate()); !slices.Equal(got, want) {
			t.Errorf("description that makes %d characters: problems = %q, want %q", n, got, want)
		}
	}
	e := goodExam(t)
	e.Name, e.Description = strings.Repeat("e\u0301", 255-fixed), "" // a letter and its accent are one character there
	if got := problemsOf(e.Validate()); got != nil {
		t.Errorf("a name of decomposed letters: problems = %q, want none", got)
	}
	e.Name = strings.Repeat("x", 300)
	if err := e.Validate(); err == nil || !strings.Contains(err.Error(), "255") {
		t.Errorf("error = %v, want the limit of 255 in it", err)
	}
}

func TestExamByHand(t *testing.T) {
	t.Parallel()
	got := goodExam(t)
	want := scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		Name: "Final exam", Description: "Logic", ProctorNotes: "Closed book.",
		Window: scheduling.Window{Start: time.Date(2027, 1, 11, 8, 0, 0, 0, time.UTC), End: time.Date(2027, 1, 15, 17, 0, 0, 0, time.UTC)},
		Zone:   paris(t), Duration: 90 * time.Minute, Modes: []edx.Mode{edx.Verified, edx.Honor},
		Code: scheduling.CodeFixed, CodeVia: scheduling.CodeViaNotes,
		Policy: scheduling.Policy{
			Notice: 72 * time.Hour, StartLead: 3 * time.Minute, MoveUntil: 24 * time.Hour, CancelUntil: 12 * time.Hour,
			NoShowAfter: 2 * time.Hour, SeenWithin: time.Hour, ResendUntil: 30 * time.Minute,
		},
	}
	if !sameExam(got, want) {
		t.Errorf("read %+v\nwant %+v", got, want)
	}
}

// sameExam compares exams; zones by name, instants as instants.
func sameExam(a, b scheduling.Exam) bool {
	if a.Zone.String() != b.Zone.String() || !a.Window.Start.Equal(b.Window.Start) || !a.Window.End.Equal(b.Window.End) {
		return false
	}
	if len(a.Modes) == 0 && len(b.Modes) == 0 {
		a.Modes = b.Modes
	}
	a.Zone, a.Window = b.Zone, b.Window
	return reflect.DeepEqual(a, b)
}

// Line ends of another system are no other notes, and an accent of its own no other
// title: the provider is told the same.
func TestExamTextsAreSentInOneForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Name, w.exam.ProctorNotes = "Examen d'e\u0301te\u0301", "Closed book.\r\nNo phone.\rNo hat."
	sent := w.listen()
	w.settled(nine)
	form := sent.last(create)
	if got := form.Get("notes"); !strings.HasPrefix(got, "Closed book.\nNo phone.\nNo hat.\n") {
		t.Errorf("notes = %q, want line feeds", got)
	}
	if got := form.Get("description"); !strings.HasSuffix(got, "Examen d'\u00e9t\u00e9") {
		t.Errorf("description = %+q, want composed letters", got)
	}
	w.exam.Name, w.exam.ProctorNotes = "Examen d'\u00e9t\u00e9", "Closed book.\nNo phone.\nNo hat."
	if got := w.affected(); len(got) != 0 {
		t.Errorf("Affected = %+v, want none", got)
	}
}

// A window holds whole sittings.
func TestWindowContains(t *testing.T) {
	t.Parallel()
	w := scheduling.Window{Start: nine, End: noon}
	for _, tt := range []struct {
		start time.Time
		want  bool
	}{
		{nine.Add(-time.Second), false}, {nine, true}, {noon.Add(-time.Hour), true}, {noon.Add(-time.Hour + time.Second), false}, {noon, false},
	} {
		if got := w.Contains(tt.start, time.Hour); got != tt.want {
			t.Errorf("Contains(%s, 1h) = %v, want %v", tt.start, got, tt.want)
		}
	}
}

// The title by which staff and proctors know the exam.
func TestDescriptionOnTheWire(t *testing.T) {
	t.Parallel()
	for description, want := range map[string]string{
		"":               "CS101 2027 - Final exam",
		"Logic, 3 hours": "CS101 2027 - Final exam - Logic, 3 hours",
	} {
		w := newWorld(t)
		w.exam.Description = description
		sent := w.listen()
		w.booked(nine)
		if got := sent.last(create).Get("description"); got != want {
			t.Errorf("description = %q, want %q", got, want)
		}
	}
}
