package scheduling_test

import (
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
)

// examKey reads two keys; it ends the test if they are none.
func examKey(t *testing.T, course, usage string) scheduling.ExamKey {
	t.Helper()
	c, err := edx.ParseCourseKey(course)
	if err != nil {
		t.Fatalf("ParseCourseKey(%q): %v", course, err)
	}
	u, err := edx.ParseUsageKey(usage)
	if err != nil {
		t.Fatalf("ParseUsageKey(%q): %v", usage, err)
	}
	return scheduling.ExamKey{Course: c, Usage: u}
}

// The value stands in databases: another one would let a learner book twice. It
// is the output of sha256sum for the four parts, each followed by a NUL.
func TestActiveKeyStaysAsItIs(t *testing.T) {
	t.Parallel()
	exam := examKey(t, "course-v1:Uni+MATH+2027", "block-v1:Uni+MATH+2027+type@sequential+block@final")

	got := scheduling.ActiveKey("abcd1234", "4711", exam)

	if want := "42585a4a56e65baf130e8ac88a5e41dab0f6146a20d7e295dd69358fe801dc4e"; got != want {
		t.Errorf("ActiveKey = %s, want %s", got, want)
	}
}

func TestActiveKeyTellsApart(t *testing.T) {
	t.Parallel()
	const course, usage = "course-v1:Uni+MATH+2027", "block-v1:Uni+MATH+2027+type@sequential+block@final"
	final := examKey(t, course, usage)
	seen := map[string]string{}
	for name, key := range map[string]string{
		"the learner and exam":          scheduling.ActiveKey("abcd1234", "4711", final),
		"another namespace":             scheduling.ActiveKey("abcd1235", "4711", final),
		"another learner":               scheduling.ActiveKey("abcd1234", "4712", final),
		"a letter moved to the learner": scheduling.ActiveKey("abcd123", "44711", final),
		"a blank at the learner's end":  scheduling.ActiveKey("abcd1234", "4711 ", final),
		"another run, the same block":   scheduling.ActiveKey("abcd1234", "4711", examKey(t, "course-v1:Uni+MATH+2028", usage)),
		"another case":                  scheduling.ActiveKey("abcd1234", "4711", examKey(t, "course-v1:Uni+math+2027", usage)),
		"another block":                 scheduling.ActiveKey("abcd1234", "4711", examKey(t, course, strings.Replace(usage, "final", "midterm", 1))),
		"no learner":                    scheduling.ActiveKey("abcd1234", "", final),
		"no exam":                       scheduling.ActiveKey("abcd1234", "4711", scheduling.ExamKey{}),
	} {
		if other, taken := seen[key]; taken {
			t.Errorf("ActiveKey is the same for %s and for %s, want two values", name, other)
		}
		seen[key] = name
	}
}

// What is due for a claim says its query: Claim, and List by DueBy, go by the same time.
func TestClaimQueryDueAt(t *testing.T) {
	t.Parallel()
	due, start := nine.AddDate(0, 0, -5), nine
	watch := scheduling.Booking{State: scheduling.StateScheduled, Start: start, DueAt: due, RoutineAt: due}
	asked := watch
	asked.RoutineAt = due.Add(time.Second)
	for name, tt := range map[string]struct {
		booking scheduling.Booking
		bulk    bool
		want    time.Time
	}{
		"a routine watch":                    {watch, false, due},
		"a routine watch, in bulk":           {watch, true, start.Add(-2 * time.Hour)},
		"a look that was asked for":          {asked, false, due},
		"a look that was asked for, in bulk": {asked, true, due},
		"never":                              {scheduling.Booking{State: scheduling.StateScheduled, Start: start}, false, time.Time{}},
		"never, in bulk":                     {scheduling.Booking{State: scheduling.StateScheduled, Start: start}, true, time.Time{}},
	} {
		if got := (scheduling.ClaimQuery{Bulk: tt.bulk}).DueAt(tt.booking); !got.Equal(tt.want) {
			t.Errorf("%s: DueAt = %s, want %s", name, got, tt.want)
		}
		for by, matches := range map[time.Time]bool{tt.want: !tt.want.IsZero(), tt.want.Add(-time.Nanosecond): false} {
			if f := (scheduling.Filter{DueBy: by, Bulk: tt.bulk}); !by.IsZero() && f.Matches(tt.booking) != matches {
				t.Errorf("%s: Matches by %s = %t, want %t", name, by, !matches, matches)
			}
		}
	}
}
