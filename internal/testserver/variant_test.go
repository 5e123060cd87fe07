package testserver_test

import (
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

var variants = []proctorbooktest.Variant{{Name: "move", Question: "what?", Default: "new-number", Alternatives: []string{"same-number", "refused"}}}

func TestFindVariant(t *testing.T) {
	t.Parallel()
	for names, want := range map[[2]string]string{
		{"move", "new-number"}: "", {"move", "refused"}: "",
		{"movee", "refused"}: `there is no variant "movee"`,
		{"move", "refuse"}:   `variant "move" has no alternative "refuse", only "new-number" and ["same-number" "refused"]`,
	} {
		v, err := testserver.FindVariant(variants, names[0], names[1])
		switch {
		case want == "" && (err != nil || v.Name != "move"):
			t.Errorf("%q: %+v, %v; want the variant", names, v, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: error = %v, want %s", names, err, want)
		}
	}
}

func TestCopyVariantsSharesNothing(t *testing.T) {
	t.Parallel()
	all := testserver.CopyVariants(variants)
	all[0].Name, all[0].Alternatives[0] = "changed", "changed"
	if variants[0].Name != "move" || variants[0].Alternatives[0] != "same-number" {
		t.Errorf("the original is now %+v", variants[0])
	}
}
