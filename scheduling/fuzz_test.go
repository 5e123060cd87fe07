package scheduling_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

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
	f.Fuzz(func(t *testing.T, data []byte) {
		var exam scheduling.Exam
		if json.Unmarshal(data, &exam) != nil || exam.Validate() != nil {
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

// FuzzUnlockCode types anything into the field for the code: it unlocks only if
// it is the code, but for case, blanks, hyphens, and O, I and L for digits.
func FuzzUnlockCode(f *testing.F) {
	f.Add("")
	f.Add("0000000000")
	f.Add("o0-iI lL1")
	f.Add("ı") // whose capital is I
	f.Add("ſ") // whose capital is S
	f.Fuzz(func(t *testing.T, typed string) {
		w, id := begunWithDigits(t)
		code := w.code(id)
		for _, try := range []string{typed, typed + code, code + typed, code[:5] + typed + code[5:], strings.ReplaceAll(code, code[3:4], typed), strings.ReplaceAll(code, "1", typed)} {
			_, err := w.Unlock(t.Context(), id, try)
			if want := plain(try) == code; (err == nil) != want {
				t.Fatalf("Unlock(%q) with the code %q = %v, want unlocked = %v", try, code, err, want)
			}
			if err == nil {
				return
			}
			if !errors.Is(err, scheduling.ErrWrongCode) {
				t.Fatalf("Unlock(%q) = %v, want ErrWrongCode", try, err)
			}
		}
	})
}

// plain undoes, letter by letter, what the documentation allows people to type.
func plain(typed string) string {
	var b strings.Builder
	for i := range len(typed) {
		switch c := typed[i]; {
		case c == ' ' || c == '-':
		case c == 'o' || c == 'O':
			b.WriteByte('0')
		case c == 'i' || c == 'I' || c == 'l' || c == 'L':
			b.WriteByte('1')
		case 'a' <= c && c <= 'z':
			b.WriteByte(c - 'a' + 'A')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
