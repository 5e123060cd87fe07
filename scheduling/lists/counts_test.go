package lists_test

import (
	"reflect"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
)

// One pass counts all states, by exam.
func TestCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sat(clean)
	w.learner = w.enroll("bob", 4300)
	other := w.exam
	w.fault(proctorbooktest.Status500, "addAdHocProcess")
	asked := w.clock.Now()
	_, err := w.Book(t.Context(), w.exam, w.learner, day.AddDate(0, 0, 1))
	w.pending(err)
	other.Course, other.Usage = edx.MustCourseKey("course-v1:ExampleX+CS101+2028"), edx.MustUsageKey("block-v1:ExampleX+CS101+2028+type@sequential+block@final")
	w.addCourse(other.Course)
	w.platform.Enroll("bob", other.Course.String(), "verified", true)
	_, err = w.Book(t.Context(), other, w.learner, day.AddDate(0, 0, 2))
	w.did(err)

	w.canceled(w.enroll("cora", 4301), day.AddDate(0, 0, 3)) // has a reservation, and no verdict

	want := []lists.ExamCounts{
		{Exam: w.exam.Key(), Bookings: 3, States: map[scheduling.State]int{scheduling.StateBegun: 1, scheduling.StatePending: 1, scheduling.StateCanceled: 1},
			Verdicts: map[scheduling.Verdict]int{scheduling.VerdictPassed: 1}, Open: 1, OldestOpen: asked},
		{Exam: other.Key(), Bookings: 1, States: map[scheduling.State]int{scheduling.StateScheduled: 1},
			Verdicts: map[scheduling.Verdict]int{scheduling.VerdictPending: 1}},
	}
	for name, store := range map[string]scheduling.Store{"that counts": w.store, "that lists alone": struct{ scheduling.Store }{w.store}} {
		got, err := lists.Counts(t.Context(), store, scheduling.Filter{})

		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Counts of a store %s = %+v, %v\nwant %+v", name, got, err, want)
		}
	}
}
