package scheduling_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling"
)

// An exam that was written is read as it was; instants are written in UTC.
func TestExamJSONRoundTrip(t *testing.T) {
	t.Parallel()
	small := goodExam(t)
	small.Description, small.ProctorNotes, small.Modes, small.Code, small.CodeVia, small.Policy = "", "", nil, "", "", scheduling.Policy{}
	for name, e := range map[string]scheduling.Exam{"all fields": goodExam(t), "the required fields": small} {
		e.Window.Start = e.Window.Start.In(paris(t)).Add(1234567 * time.Microsecond)
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(raw), `"start":"2027-01-11T08:00:01.234567Z"`) {
			t.Errorf("%s: wrote %s, want the start in UTC", name, raw)
		}
		var got scheduling.Exam
		if err := json.Unmarshal(raw, &got); err != nil || !sameExam(got, e) {
			t.Errorf("%s: read %+v, %v\nwant %+v", name, got, err, e)
		}
	}
}

// What is most likely a slip of the pen is an error, not a guess.
func TestExamJSONErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		old, new string
		want     string // in the error
	}{
		"unknown member":           {`"name"`, `"nmae"`, "nmae"},
		"unknown policy":           {`"notice"`, `"notize"`, "notize"},
		"unknown zone":             {"Europe/Paris", "Europe/Atlantis", "zone"},
		"the machine's zone":       {"Europe/Paris", "Local", "zone"},
		"no zone":                  {"Europe/Paris", "", "zone"},
		"a time that is skipped":   {"2027-01-11T09:00", "2027-03-28T02:30", "window.start"},
		"a time that comes twice":  {"2027-01-15T18:00", "2027-10-31T02:30", "window.end"},
		"30 February":              {"2027-01-11T09:00", "2027-02-30T09:00", "window.start"},
		"a date without a time":    {"2027-01-11T09:00", "2027-01-11", "window.start"},
		"no start":                 {"2027-01-11T09:00", "", "window.start"},
		"a duration without unit":  {`"1h30m"`, `"90"`, "90m or 1h30m"},
		"a duration as a number":   {`"1h30m"`, `90`, "duration must be a duration such as 90m"},
		"a zone that is left out":  {`"zone": "Europe/Paris",`, ``, "zone is missing"},
		"a number for a name":      {`"Final exam"`, `7`, "name must be a text"},
		"a text for a list":        {`["verified", "honor"]`, `"verified"`, "modes must be a list of texts"},
		"a text for a window":      {`{"start": "2027-01-11T09:00", "end": "2027-01-15T18:00"}`, `"Monday"`, "window must be an object"},
		"a number in a window":     {`"2027-01-11T09:00"`, `9`, "window.start must be a text"},
		"a number in a policy":     {`"72h"`, `72`, "policy.notice must be a duration"},
		"a course that is none":    {"course-v1:ExampleX+CS101+2027", "CS101", "course"},
		"a subsection that is one": {"block-v1:ExampleX+CS101+2027+type@sequential+block@final", "final", "usage"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e scheduling.Exam
			err := json.Unmarshal([]byte(strings.Replace(handwritten, tt.old, tt.new, 1)), &e)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want one that names %s", err, tt.want)
			}
		})
	}
}

// A time that comes twice is told apart by its offset.
func TestExamJSONWithOffset(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2027-10-31T02:30:00+02:00": "2027-10-31T00:30",
		"2027-10-31T02:30:00+01:00": "2027-10-31T01:30",
		"2027-10-31T01:59":          "2027-10-30T23:59",
		"2027-10-31T03:00":          "2027-10-31T02:00",
		"2027-10-31T03:00:00":       "2027-10-31T02:00",
	} {
		var e scheduling.Exam
		err := json.Unmarshal([]byte(strings.Replace(handwritten, "2027-01-15T18:00", text, 1)), &e)
		if err != nil || !e.Window.End.Equal(utc(t, want)) {
			t.Errorf("%s = %s, %v; want %s", text, e.Window.End, err, want)
		}
	}
}

// FuzzExamJSON reads exams from foreign hands: no input panics, and an exam that
// is valid comes back the same after it was written.
func FuzzExamJSON(f *testing.F) {
	f.Add([]byte(handwritten))
	f.Add([]byte(strings.Replace(handwritten, "2027-01-11T09:00", "2027-01-11T08:00:00.123456789Z", 1)))
	f.Add([]byte(strings.Replace(handwritten, "2027-01-11T09:00", "0000-01-01T00:00:00+23:00", 1)))
	f.Add([]byte(strings.Replace(handwritten, "2027-01-15T18:00", "9999-12-31T23:59:59-23:00", 1)))
	f.Add([]byte(strings.Replace(handwritten, "Europe/Paris", "UTC", 1)))
	f.Add([]byte(strings.Replace(handwritten, `"72h"`, `"9223372036854775807ns"`, 1)))
	f.Add([]byte(`{}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"zone":1,"policy":[],"window":null,"Name":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var exam scheduling.Exam
		err := exam.UnmarshalJSON(data)
		if _, ok := errors.AsType[*proctorbook.ValidationError](err); err != nil && (!ok || exam.Zone != nil) {
			t.Fatalf("error = %v, want a ValidationError and no exam", err)
		}
		if err != nil || exam.Validate() != nil {
			return
		}
		written, err := json.Marshal(exam)
		if err != nil {
			t.Fatalf("Marshal of a valid exam: %v", err)
		}
		var again scheduling.Exam
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("Unmarshal of %s: %v", written, err)
		}
		if !sameExam(again, exam) {
			t.Errorf("wrote %s\nread %+v\nwant %+v", written, again, exam)
		}
	})
}

// All that is wrong with an exam is said at once, by the names in the file, and without
// words of a programming language.
func TestExamJSONListsAllProblems(t *testing.T) {
	t.Parallel()
	var e scheduling.Exam
	err := json.Unmarshal([]byte(`{
		"course": "CS101", "name": 7, "desription": "Logic", "window": {"start": "Monday", "end": "2027-01-15T18:00:30", "until": ""},
		"duration": 90, "modes": ["verified", ""], "code": "guessable",
		"policy": {"notice": "-1h", "max_moves": "two", "auto_finish": "yes", "late_fee": 25, "notize": "1h"}
	}`), &e)
	bad, ok := errors.AsType[*proctorbook.ValidationError](err)
	if !ok {
		t.Fatalf("error = %v, want a ValidationError", err)
	}
	want := []string{
		"course", "name", "window.until", "duration", "policy.max_moves", "policy.late_fee", "policy.auto_finish", "policy.notize",
		"desription", "zone", "window.start", "usage", "modes", "code", "policy.notice",
	}
	if got := problemsOf(bad); !slices.Equal(got, want) {
		t.Errorf("problems = %q\nwant       %q", got, want)
	}
	for _, word := range []string{"Go ", "struct", "json", "scheduling.", "edx.", "unmarshal", "CS101", "Monday", "guessable"} {
		if strings.Contains(err.Error(), word) {
			t.Errorf("the error says %q: %s", word, err)
		}
	}
}
