// Package planted is for tests of tests: it reads bugs that are put into the source on
// purpose, and makes the overlay with which the go command builds them. A test that is to
// see a bug must fail with it.
package planted

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Bug is what a file holds: what the bug is about in the first line; then perhaps lines of
// a key and a value, such as "seed 12"; then for each edit the lines "== file" with its
// path, the text, "== becomes", and the other text.
type Bug struct {
	File  string // where it was read
	About string
	Keys  map[string]string
	edits []edit
}

// edit replaces one text by another, everywhere in a file.
type edit struct{ file, old, new string }

// Read reads the file of a bug.
func Read(file string) (Bug, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Bug{}, err
	}
	parts := strings.Split(string(data), "== file ")
	about, keys, _ := strings.Cut(parts[0], "\n")
	b := Bug{File: file, About: about, Keys: map[string]string{}}
	for line := range strings.Lines(keys) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !ok {
			return Bug{}, fmt.Errorf("planted: %s: the line %q is not a key and its value", file, line)
		}
		b.Keys[key] = value
	}
	for _, part := range parts[1:] {
		name, text, _ := strings.Cut(part, "\n")
		old, replacement, ok := strings.Cut(text, "== becomes\n")
		if !ok {
			return Bug{}, fmt.Errorf("planted: %s: an edit of %s says not what becomes of the text", file, name)
		}
		b.edits = append(b.edits, edit{name, strings.TrimSuffix(old, "\n"), strings.TrimSuffix(replacement, "\n")})
	}
	if len(b.edits) == 0 {
		return Bug{}, fmt.Errorf("planted: %s holds no edit", file)
	}
	return b, nil
}

// Write stores the key's value in the bug's file.
func (b Bug) Write(key, value string) error {
	data, err := os.ReadFile(b.File)
	if err != nil {
		return err
	}
	head, edits, _ := strings.Cut(string(data), "== file ")
	about, keys, _ := strings.Cut(head, "\n")
	kept := ""
	for line := range strings.Lines(keys) {
		if !strings.HasPrefix(line, key+" ") {
			kept += line
		}
	}
	return os.WriteFile(b.File, fmt.Appendf(nil, "%s\n%s%s %s\n== file %s", about, kept, key, value, edits), 0o600)
}

// Overlay writes the changed files into dir, and a file for the go command's -overlay,
// whose path it returns. The paths of the bug's edits begin at root. It fails where a file
// no longer holds the text that is taken out: the source has moved on, and the bug must
// follow it.
func (b Bug) Overlay(root, dir string) (string, error) {
	changed, err := b.changed(root)
	if err != nil {
		return "", err
	}
	texts := map[string]string{}
	for path, codes := range changed {
		texts[path] = codes[1]
	}
	return writeOverlay(texts, dir)
}

// changed returns by their paths what the bug's files hold without and with it.
func (b Bug) changed(root string) (map[string][2]string, error) {
	changed := map[string][2]string{}
	for _, e := range b.edits {
		path, err := filepath.Abs(filepath.Join(root, e.file))
		if err != nil {
			return nil, err
		}
		codes, read := changed[path]
		if !read {
			source, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			codes = [2]string{string(source), string(source)}
		}
		if !strings.Contains(codes[1], e.old) {
			return nil, fmt.Errorf("planted: %s: %s no longer holds the text that this bug takes out:\n%s", b.File, e.file, e.old)
		}
		codes[1] = strings.ReplaceAll(codes[1], e.old, e.new)
		changed[path] = codes
	}
	return changed, nil
}
