package metrics_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// The table in the documentation and the metrics that programs see are the same.
func TestTableOfMetricsIsTrue(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "metrics.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || !strings.HasPrefix(gen.Doc.Text(), "Measurement ") {
			continue
		}
		for line := range strings.Lines(gen.Doc.Text()) {
			if strings.HasPrefix(line, "\t") {
				rows = append(rows, line)
			}
		}
	}
	all := metrics.All()
	if len(rows) != len(all)+1 {
		t.Fatalf("the table has %d rows below its head, want %d", len(rows)-1, len(all))
	}
	for i, m := range all {
		labels := m.Labels
		if labels == nil {
			labels = []string{"-"}
		}
		want := append([]string{string(m.Name), string(m.Kind), m.Unit}, labels...)
		words := strings.Fields(rows[i+1])
		if !slices.Equal(words[:min(len(want), len(words))], want) || len(words) < len(want)+2 {
			t.Errorf("row %q, want %v and an explanation", rows[i+1], want)
		}
	}
}

// A caller may change what All returns.
func TestAllIsACopy(t *testing.T) {
	first := metrics.All()
	first[0].Name, first[0].Labels[0] = "changed", "changed"
	if got := metrics.All()[0]; got.Name != metrics.Events || got.Labels[0] != "event" {
		t.Errorf("All()[0] = %v after a caller changed an earlier copy", got)
	}
}
