package planted_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/internal/planted"
)

const program = `package main

import "fmt"

const most = 3

type pair[T any] struct{ a, b T }

func (p pair[T]) first() T { return p.a }

type counter struct{ n int }

// add adds.
func (c *counter) add(_ string, more ...int) {
	for _, n := range more {
		c.n += n
	}
}

func (counter) name(int, string) (name string, _ error) { return "counter", nil }

func sum(a, b int) int { return a + b }

var table = []func(int, int) int{sum}

var size = len(table)

func main() {
	c := counter{}
	c.add("", 1, 2)
	name, _ := c.name(1, "")
	fmt.Println(c.n, name, table[0](2, 3), size, most, pair[int]{1, 2}.first())
}
`

// Each bug of one program is there for who asks for it, and no other is.
func TestTogether(t *testing.T) {
	root, out := t.TempDir(), t.TempDir()
	write(t, filepath.Join(root, "go.mod"), "module example.test/together\n\ngo 1.26.0\n")
	write(t, filepath.Join(root, "main.go"), program)
	var bugs []planted.Bug
	for name, edit := range map[string][2]string{
		"add":       {"c.n += n", "_ = n"},
		"name":      {`return "counter", nil`, `return "other", nil`},
		"sum":       {"return a + b", "return a - b"},
		"two":       {"return a + b", "return a * b"},
		"table":     {"{sum}", "{sum, nil}"},
		"const":     {"most = 3", "most = 4"},
		"generic":   {"return p.a", "return p.b"},
		"signature": {"sum(a, b int)", "sum(b, a int)"},
		"import":    {`import "fmt"`, `import "fmt"` + "\n" + `import _ "os"`},
		"no Go":     {"return a + b", "return a +"},
	} {
		text := "about\n== file main.go\n" + edit[0] + "\n== becomes\n" + edit[1] + "\n"
		b, err := planted.Read(write(t, filepath.Join(t.TempDir(), name+".txt"), text))
		if err != nil || b.Name() != name {
			t.Fatalf("Read = %q, %v; want the name %q", b.Name(), err, name)
		}
		bugs = append(bugs, b)
	}

	overlay, alone, err := planted.Together(bugs, root, out)

	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, b := range alone {
		left = append(left, b.Name())
	}
	slices.Sort(left)
	if want := []string{"const", "generic", "import", "no Go", "signature"}; !slices.Equal(left, want) {
		t.Errorf("alone are %q, want %q", left, want)
	}
	build := exec.Command("go", "build", "-overlay="+overlay, "-o", "both", ".")
	build.Dir, build.Env = root, append(os.Environ(), "GOWORK=off")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for bug, want := range map[string]string{
		"": "3 counter 5 1 3 1", "add": "0 counter 5 1 3 1", "name": "3 other 5 1 3 1", "sum": "3 counter -1 1 3 1", "two": "3 counter 6 1 3 1",
		"table": "3 counter 5 2 3 1", "const": "3 counter 5 1 3 1",
	} {
		run := exec.Command(filepath.Join(root, "both"))
		run.Env = append(os.Environ(), planted.Env+"="+bug)
		if got, err := run.Output(); err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("with the bug %q it prints %q, %v; want %q", bug, got, err, want)
		}
	}
}
