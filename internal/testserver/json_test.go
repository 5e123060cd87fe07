package testserver_test

import (
	"testing"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

func TestAppendJSONKeepsOrderAndForm(t *testing.T) {
	t.Parallel()
	value := testserver.Object{
		{"z", 30}, {"a", int64(-1)}, {"fee", testserver.Decimal("0.5")}, {"ok", true}, {"none", nil}, {"text", "a<b & \"é\"\n"},
		{"list", []any{1, "x", testserver.Object{}}}, {"names", []string{"n"}}, {"rows", []testserver.Object{{{"k", testserver.OrNull("")}}}},
	}
	const rest = `"ok":true,"none":null,"text":"a<b & \"é\"\n","list":[`
	for form, want := range map[testserver.NumberForm]string{
		testserver.PlainNumbers:  `{"z":30,"a":-1,"fee":0.5,` + rest + `1,"x",{}],"names":["n"],"rows":[{"k":null}]}`,
		testserver.StringNumbers: `{"z":"30","a":"-1","fee":"0.5",` + rest + `"1","x",{}],"names":["n"],"rows":[{"k":null}]}`,
		testserver.FloatNumbers:  `{"z":30.0,"a":-1.0,"fee":0.5,` + rest + `1.0,"x",{}],"names":["n"],"rows":[{"k":null}]}`,
	} {
		if got := string(testserver.AppendJSON(nil, value, form)); got != want {
			t.Errorf("form %d:\ngot  %s\nwant %s", form, got, want)
		}
	}
}

func TestAppendJSONPanicsForWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a float has no form on the wire, and was written")
		}
	}()
	testserver.AppendJSON(nil, 0.5, testserver.PlainNumbers)
}
