package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// rounds bounds how often tidy begins again: a tidied module may change what those
// that require it need.
const rounds = 5

// tidy writes tidy go.mod and go.sum files for all modules of r.
func tidy(ctx context.Context, r *repo, out io.Writer) error {
	dir, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	place, err := newOutside(ctx, r, dir)
	if err != nil {
		return err
	}
	for range rounds {
		changed := 0
		for _, m := range r.modules {
			files, err := place.tidied(ctx, r, m)
			if err != nil {
				return fmt.Errorf("tidying %s: %w", m.dir, err)
			}
			for _, diff := range files.differences(r, m) {
				fmt.Fprintf(out, "%s %s\n", filepath.ToSlash(filepath.Join(m.dir, diff.name)), diff)
				changed++
			}
			if err := files.write(r, m); err != nil {
				return err
			}
		}
		if changed == 0 {
			return nil
		}
		if err := errors.Join(place.forget(r), r.writeProxy(filepath.Join(dir, "proxy"))); err != nil {
			return err
		}
	}
	return fmt.Errorf("the modules still change after %d rounds: look what the last lines above add and take away again", rounds)
}

// tidyFiles is what go mod tidy leaves of a module, without the hashes of our own
// modules.
type tidyFiles struct {
	dir      string // the copy that was tidied
	mod, sum []byte // of what no line is left, there is no file
}

// tidied tidies a copy of a module, outside of the checkout.
func (o *outside) tidied(ctx context.Context, r *repo, m *module) (tidyFiles, error) {
	dir, err := o.folder()
	if err != nil {
		return tidyFiles{}, err
	}
	for _, file := range m.files {
		if err := copyFile(filepath.Join(dir, file), filepath.Join(r.root, m.dir, file)); err != nil {
			return tidyFiles{}, err
		}
	}
	// Old hashes of our own modules would keep the go command from anything.
	sum, err := r.ownHashesDropped(filepath.Join(dir, "go.sum"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644)
	}
	if err != nil {
		return tidyFiles{}, err
	}
	if _, err := o.run(ctx, dir, "go", "mod", "tidy"); err != nil {
		return tidyFiles{}, err
	}
	files := tidyFiles{dir: dir}
	if files.mod, err = os.ReadFile(filepath.Join(dir, "go.mod")); err != nil {
		return tidyFiles{}, err
	}
	// The copy keeps the hashes, which go vet needs; the checkout gets none.
	files.sum, err = r.ownHashesDropped(filepath.Join(dir, "go.sum"))
	return files, err
}

// ownHashesDropped returns the lines of a go.sum without those of our own modules.
func (r *repo) ownHashesDropped(file string) ([]byte, error) {
	sum, err := readIfThere(file)
	var kept []byte
	for line := range bytes.Lines(sum) {
		if path, _, _ := strings.Cut(string(line), " "); !r.ours(path) {
			kept = append(kept, line...)
		}
	}
	return kept, err
}

// write puts the files into the checkout, and reads the module's go.mod again.
func (f tidyFiles) write(r *repo, m *module) (err error) {
	at := filepath.Join(r.root, m.dir)
	if err := os.WriteFile(filepath.Join(at, "go.mod"), f.mod, 0o644); err != nil {
		return err
	}
	if m.mod, err = modfile.Parse("go.mod", f.mod, nil); err != nil {
		return err
	}
	if len(f.sum) == 0 {
		if err := os.Remove(filepath.Join(at, "go.sum")); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return os.WriteFile(filepath.Join(at, "go.sum"), f.sum, 0o644)
}

// A difference is a file of the checkout that is not tidy.
type difference struct {
	name           string
	missing, extra []string // lines
}

func (d difference) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "is not tidy: %d lines missing, %d too many", len(d.missing), len(d.extra))
	for _, line := range d.missing {
		text.WriteString("\n\t+ " + line)
	}
	for _, line := range d.extra {
		text.WriteString("\n\t- " + line)
	}
	return text.String()
}

// differences returns which of the module's files in the checkout are not tidy.
func (f tidyFiles) differences(r *repo, m *module) (found []difference) {
	for name, want := range map[string][]byte{"go.mod": f.mod, "go.sum": f.sum} {
		have, err := readIfThere(filepath.Join(r.root, m.dir, name))
		if err == nil && bytes.Equal(have, want) {
			continue
		}
		haveLines, wantLines := lines(have), lines(want)
		found = append(found, difference{name: name, missing: without(wantLines, haveLines), extra: without(haveLines, wantLines)})
	}
	slices.SortFunc(found, func(a, b difference) int { return strings.Compare(a.name, b.name) })
	return found
}

// vet checks that a module's files are tidy, and vets it outside of the workspace.
func (c *check) vet(ctx context.Context, o *outside, m *module) error {
	files, err := o.tidied(ctx, c.repo, m)
	if err != nil {
		return err
	}
	if diffs := files.differences(c.repo, m); len(diffs) > 0 {
		var found []error
		for _, diff := range diffs {
			found = append(found, fmt.Errorf("%s %s", diff.name, diff))
		}
		return fmt.Errorf("%w\nrun: go run ./internal/tools/release tidy", errors.Join(found...))
	}
	_, err = o.run(ctx, files.dir, "go", "vet", "./...")
	return err
}

func lines(text []byte) []string {
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func without(all, these []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(line string) bool { return line == "" || slices.Contains(these, line) })
}

func readIfThere(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

func copyFile(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}
