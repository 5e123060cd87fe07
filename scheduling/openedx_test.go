package scheduling_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
)

// Enrolled yields a course's enrollments, and stops when the loop does.
func TestOpenEdXEnrolled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.AddUser(edxtest.User{ID: 4212, Username: "bob"})
	w.platform.Enroll("bob", w.exam.Course.String(), "audit", false)
	lms := w.openEdX()
	var got []string
	for e, err := range lms.Enrolled(t.Context(), w.exam.Course) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(e.Username, " ", e.Mode, " ", e.Active))
	}
	slices.Sort(got)
	if want := []string{"ada_l verified true", "bob audit false"}; !slices.Equal(got, want) {
		t.Errorf("Enrolled = %v, want %v", got, want)
	}
	for _, err := range lms.Enrolled(t.Context(), edx.CourseKey{}) {
		if err == nil {
			t.Error("Enrolled in no course yields somebody, want an error")
		}
	}
}
