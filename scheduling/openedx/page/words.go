package page

import (
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/problem"
	"github.com/proctorbook/proctorbook/scheduling/words"
)

// sentences are reasons in words. Whoever meets a newer one is told its code, for the exam
// office.
func sentences(reasons []scheduling.Reason) []string {
	var all []string
	for _, r := range reasons {
		text := words.Reason(r.Code)
		if text == string(r.Code) {
			text = fmt.Sprintf("If you don't know why, please tell your exam office this word: %s.", r.Code)
		}
		all = append(all, text)
	}
	return all
}

// labels are the names of what a learner fills in.
var labels = map[string]string{
	"Profile.GivenName": "Given name", "Profile.FamilyName": "Family name", "Profile.Phone": "Phone", "Profile.Country": "Country",
	"Profile.Address": "Street and number", "Profile.City": "City", "Profile.State": "State", "Profile.PostalCode": "Postal code", "Profile.Zone": "Time zone",
}

// why is what a problem says besides its sentence.
func why(p problem.Problem) []string {
	all := sentences(p.Reasons)
	for _, f := range p.Errors {
		if label, known := labels[f.Field]; known {
			all = append(all, label+": "+f.Problem+".")
		}
	}
	return all
}

// terms are what an action costs, in words; none if it costs nothing.
func terms(action string, t scheduling.Terms, zone *time.Location) []string {
	var all []string
	switch {
	case t.Late && t.Fee != "":
		all = append(all, fmt.Sprintf("%s is late now, and costs %s.", action, t.Fee))
	case t.Late:
		all = append(all, action+" is late now.")
	case !t.FreeUntil.IsZero():
		all = append(all, action+" is free until "+t.FreeUntil.In(zone).Format(dayAndTime)+".")
	}
	if t.Limited {
		all = append(all, fmt.Sprintf("%s is possible so often still: %d.", action, t.Left))
	}
	return all
}

// left is the time that is left, in whole minutes.
func left(d time.Duration) string {
	minutes := int(d / time.Minute)
	return fmt.Sprintf("%d h %02d min", minutes/60, minutes%60)
}
