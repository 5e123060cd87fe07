package scheduling

import (
	"fmt"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// The cache holds a bounded number of learners: those that are too old go first, and if
// nobody's is, all.
func TestEnrollmentCacheIsBounded(t *testing.T) {
	t.Parallel()
	begin := time.Date(2027, 1, 11, 9, 0, 0, 0, time.UTC)
	c := newEnrollments(platform.OpenEdX{}, time.Minute, nil)
	course := edx.MustCourseKey("course-v1:ExampleX+CS101+2027")
	fill := func(from, n int, at time.Time) {
		for i := range n {
			key := enrollmentKey{course, fmt.Sprint("user", from+i)}
			c.note(key, enrollmentAnswer{platform.Enrollment{Username: key.username, Active: true, Mode: edx.Verified}, at}, nil, at)
		}
	}
	fill(0, maxEnrollments-1, begin)
	fill(maxEnrollments, 1, begin.Add(30*time.Second))
	if len(c.kept) != maxEnrollments {
		t.Fatalf("%d are kept, want %d", len(c.kept), maxEnrollments)
	}
	fill(maxEnrollments+1, 1, begin.Add(time.Minute))
	if len(c.kept) != 2 {
		t.Errorf("%d are kept, want the two that are fresh", len(c.kept))
	}
	fill(0, maxEnrollments, begin.Add(time.Minute))
	if n := len(c.kept); n > maxEnrollments || n == 0 {
		t.Errorf("%d are kept, want %d at most, and some", n, maxEnrollments)
	}
}
