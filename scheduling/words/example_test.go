package words_test

import (
	"fmt"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/words"
)

func Example() {
	status := scheduling.Status{Why: map[scheduling.Action][]scheduling.Reason{
		scheduling.ActionBook: {{Code: scheduling.ReasonModeNotAllowed}, {Code: scheduling.ReasonWindowNotOpen}},
	}}
	for _, reason := range status.Why[scheduling.ActionBook] {
		fmt.Println(words.Reason(reason.Code))
	}
	// Output:
	// Your enrollment does not include the proctored exam. Upgrade it in the course first.
	// It is too early: the exam is not open yet.
}
