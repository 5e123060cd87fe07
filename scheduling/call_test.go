package scheduling_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// What is handed to a provider prints without personal data and without the code.
func TestCallPrintsNothing(t *testing.T) {
	t.Parallel()
	c := provider.Call{ReservationID: "pb-1", Learner: provider.Person{GivenName: "Ada"}, Notes: "Unlock code: ABCDE", Code: "FGHIJ"}
	a := platform.Account{ID: "7", Name: "Ada Example", Email: "ada@example.org"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		text := fmt.Sprintf(verb+verb+verb, c, &c, a)
		for _, secret := range []string{"Ada", "ABCDE", "FGHIJ", "ada@"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s prints %q: %s", verb, secret, text)
			}
		}
		if !strings.Contains(text, "pb-1") {
			t.Errorf("%s prints no id: %s", verb, text)
		}
	}
}
