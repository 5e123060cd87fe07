package ical_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/proctorbook/proctorbook/internal/canary"
	"github.com/proctorbook/proctorbook/scheduling/ical"
)

// Whom an entry invites, and what it tells them, is seen neither by fmt nor in a log.
func TestNothingPrintsPeople(t *testing.T) {
	t.Parallel()
	for _, printed := range []reflect.Type{reflect.TypeFor[ical.Person](), reflect.TypeFor[ical.Invitation](), reflect.TypeFor[ical.Text](), reflect.TypeFor[ical.Method]()} {
		for _, bird := range canary.Look(printed) {
			logged := slices.Contains(bird.Seen, canary.FormText) || slices.Contains(bird.Seen, canary.FormSlog)
			if logged && bird.Where != "ical.Method" && bird.Where != "scheduling.BookingID" {
				t.Errorf("%s shows %s in %v", printed, bird.Where, bird.Seen)
			}
		}
	}
}
