package lists_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
)

// written returns a file of one line.
func written(t *testing.T, cells []string, opts ...lists.CSVOption) string {
	t.Helper()
	var out bytes.Buffer
	w := lists.NewCSVWriter(&out, opts...)
	if err := errors.Join(w.Write(cells...), w.Flush()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// readBack reads a file as people's programs save it.
func readBack(t *testing.T, text string) [][]string {
	t.Helper()
	r, err := lists.NewCSVReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	all, err := r.ReadAll()
	if err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return all
}

// asSpreadsheet cuts a file into cells as spreadsheets do: what follows a closing quote
// belongs to the cell, up to the separator.
func asSpreadsheet(text string, separator byte) (cells []string) {
	for text != "" {
		var cell strings.Builder
		if text[0] == '"' {
			text = text[1:]
			for text != "" {
				if strings.HasPrefix(text, `""`) {
					cell.WriteByte('"')
					text = text[2:]
					continue
				}
				if text[0] == '"' {
					text = text[1:]
					break
				}
				cell.WriteByte(text[0])
				text = text[1:]
			}
		}
		end := strings.IndexAny(text, string(separator)+"\r\n")
		if end < 0 {
			end = len(text)
		}
		cell.WriteString(text[:end])
		cells = append(cells, cell.String())
		text = text[min(end+1, len(text)):]
	}
	return cells
}

// formulas returns the cells that a spreadsheet would compute.
func formulas(cells []string) []string {
	return slices.DeleteFunc(cells, func(cell string) bool {
		cell = strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
		return cell == "" || !strings.ContainsAny(cell[:1], "=+-@")
	})
}

// A name is no formula for a spreadsheet that cuts the file at semicolons or tabs.
func TestCSVIsSafeForEachSeparator(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"x;=cmd|'/C calc'!A0;y": "x;'=cmd|'/C calc'!A0;y",
		"x\t=1+1":               "x\t'=1+1",
		"x;\"=1":                "x;'\"=1",
		"x; \u200b@SUM(A1)":     "x;' \u200b@SUM(A1)",
		"two\n-1":               "two\n'-1",
		"a\n\nb":                "a\n\nb",
		"5, -3":                 "5, -3",
		"a;b":                   "a;b",
	} {
		file := written(t, []string{"name", cell, cell})
		for _, separator := range []byte(",;\t|") {
			if found := formulas(asSpreadsheet(file, separator)); len(found) > 0 {
				t.Errorf("cut at %q, %q has the formulas %q", separator, file, found)
			}
		}
		if got := readBack(t, file)[0][1]; got != want {
			t.Errorf("%q is written as %q, want %q", cell, got, want)
		}
	}
}

// The mark is written on demand, and once.
func TestWithBOM(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := lists.WriteTimelineCSV(&out, listOf(nil, scheduling.Event{}), lists.WithBOM()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "\ufeff\"at\",") || strings.Count(out.String(), "\ufeff") != 1 {
		t.Errorf("the file is %q", out.String())
	}
	if got := readBack(t, out.String())[0][0]; got != "at" {
		t.Errorf("the first column is read back as %q", got)
	}
}

func TestNewCSVReader(t *testing.T) {
	t.Parallel()
	want := [][]string{{"username", "start"}, {"ada", "a;b,c"}}
	for name, text := range map[string]string{
		"commas":             "username,start\nada,\"a;b,c\"\n",
		"semicolons":         "username;start\r\nada;\"a;b,c\"\r\n",
		"tabs":               "username\tstart\nada\ta;b,c\n",
		"a mark":             "\ufeffusername;start\nada;\"a;b,c\"",
		"a mark and quotes":  "\ufeff\"username\";\"start\"\nada;\"a;b,c\"",
		"separators, quoted": "\"username\",\"start\"\nada,\"a;b,c\"\n",
	} {
		if got := readBack(t, text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read %q, want %q", name, got, want)
		}
	}
	if got := readBack(t, "\"a;b;c\",d\n"); !reflect.DeepEqual(got, [][]string{{"a;b;c", "d"}}) {
		t.Errorf("separators in quotes count: %q", got)
	}
	if got := readBack(t, ""); len(got) != 0 {
		t.Errorf("of nothing: %q", got)
	}
	for _, text := range []string{"\xff\xfeu\x00", "\xfe\xff\x00u"} {
		if _, err := lists.NewCSVReader(strings.NewReader(text)); !errors.Is(err, lists.ErrUTF16) {
			t.Errorf("UTF-16: %v, want ErrUTF16", err)
		}
	}
	if _, err := lists.NewCSVReader(iotest.ErrReader(io.ErrNoProgress)); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("of a broken disk: %v", err)
	}
}

// Whatever text goes in, it is read back, but for what the writer's comment names; and
// no program finds a formula in it, wherever it cuts.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"", "=1", "\"", "a,b\r\n", "\r\r\n=", " -", "\\.", "\xff@", "\u2028=", "'=", "x;=cmd|'/C calc'!A0;y", "\"\";=1", "\ufeff"} {
		f.Add(s, "x", s, false)
		f.Add("sep", s, ";", true)
	}
	f.Fuzz(func(t *testing.T, first, second, third string, mark bool) {
		cells := []string{first, second, third}
		var opts []lists.CSVOption
		if mark {
			opts = append(opts, lists.WithBOM())
		}
		file := written(t, cells, opts...)
		back := readBack(t, file)
		if len(back) != 1 || len(back[0]) != 3 {
			t.Fatalf("%q is read back as %q", file, back)
		}
		for i, cell := range back[0] {
			if plain(cell) != plain(cells[i]) {
				t.Errorf("%q is read back as %q", cells[i], cell)
			}
		}
		if again := readBack(t, written(t, back[0], opts...)); !reflect.DeepEqual(again, back) {
			t.Errorf("written again, %q is %q", back, again)
		}
		for _, separator := range []byte(",;\t|") {
			if found := formulas(asSpreadsheet(strings.TrimPrefix(file, "\ufeff"), separator)); len(found) > 0 {
				t.Errorf("cut at %q, %q has the formulas %q", separator, file, found)
			}
		}
	})
}

// plain takes out of a text what the writer may change.
func plain(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.NewReplacer("'", "", "\r", "").Replace(s)
}

// What people's programs save is read, or is an error.
func FuzzNewCSVReader(f *testing.F) {
	for _, s := range []string{"", "\ufeff", "a;b\n1;2", "\"\n\";\"", "\xff\xfe", "a\tb\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := lists.NewCSVReader(strings.NewReader(text))
		if err != nil {
			return
		}
		all, err := r.ReadAll()
		if err == nil && len(all) > 0 && strings.HasPrefix(all[0][0], "\ufeff") && !strings.HasPrefix(text, "\ufeff\ufeff") && !strings.Contains(text, "\"\ufeff") {
			t.Errorf("the mark of %q is read as a part of the first cell", text)
		}
	})
}
