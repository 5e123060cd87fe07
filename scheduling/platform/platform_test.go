package platform_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// An account prints without personal data.
func TestAccountPrintsNothing(t *testing.T) {
	t.Parallel()
	a := platform.Account{ID: "7", Username: "ada_l", Name: "Ada Example", Email: "ada@example.org"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		text := fmt.Sprintf(verb+verb, a, &a)
		for _, personal := range []string{"Ada", "ada"} {
			if strings.Contains(text, personal) {
				t.Errorf("%s prints %q: %s", verb, personal, text)
			}
		}
		if !strings.Contains(text, "account 7") {
			t.Errorf("%s prints no id: %s", verb, text)
		}
	}
}
