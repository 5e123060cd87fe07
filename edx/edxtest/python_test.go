package edxtest

import "testing"

func TestPythonJSON(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]object{
		`{}`:                                  {},
		`{"a": null, "b": [1, true]}`:         {{"a", nil}, {"b", []any{1, true}}},
		`{"a": "x, y: \"z\", \\", "b": "<&"}`: {{"a", `x, y: "z", \`}, {"b", "<&"}},
		`{"a": "\u00e9\ud83d\ude00\u007f\n"}`: {{"a", "é😀\u007f\n"}},
	} {
		if got := pythonJSON(o); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
