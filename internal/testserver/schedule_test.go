package testserver_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

var monday = time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC)

func TestScheduleRunsWhatIsDueInOrder(t *testing.T) {
	t.Parallel()
	var s testserver.Schedule
	var ran []string
	for _, minutes := range []int{3, 1, 2, 1} {
		name := fmt.Sprint(minutes, ".", s.Len())
		s.Add(monday.Add(time.Duration(minutes)*time.Minute), func(at time.Time) { ran = append(ran, name+at.Format("@15:04")) })
	}

	s.RunDue(monday.Add(2 * time.Minute))

	if got, want := fmt.Sprint(ran), "[1.1@09:01 1.3@09:01 2.2@09:02]"; got != want || s.Len() != 1 {
		t.Errorf("ran %s, %d left; want %s and 1", got, s.Len(), want)
	}
}

// An act may put another one on the schedule, which waits for its own time.
func TestScheduleTakesActsWhileItRuns(t *testing.T) {
	t.Parallel()
	var s testserver.Schedule
	ran := 0
	var again func(time.Time)
	again = func(at time.Time) {
		ran++
		s.Add(at.Add(time.Minute), again)
	}
	s.Add(monday, again)

	s.RunDue(monday.Add(90 * time.Second))

	if ran != 2 || s.Len() != 1 {
		t.Errorf("ran %d times, %d left; want 2 and 1", ran, s.Len())
	}
}
