package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fileName is the name of the file that holds a package's API, beside its source.
const fileName = "api.txt"

func writeFiles(packages []*pkg) error {
	for _, p := range packages {
		var text strings.Builder
		for _, line := range listing(p.types) {
			text.WriteString(line + "\n")
		}
		if err := os.WriteFile(filepath.Join(p.dir, fileName), []byte(text.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// checkFiles compares the files below root with the packages.
func checkFiles(root string, packages []*pkg) error {
	var failed []error
	known := map[string]bool{}
	for _, p := range packages {
		file := filepath.Join(p.dir, fileName)
		known[file] = true
		data, err := os.ReadFile(file)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		lines := strings.FieldsFunc(string(data), func(c rune) bool { return c == '\n' })
		if diff := difference(lines, listing(p.types)); diff != "" {
			failed = append(failed, fmt.Errorf("the API of %s is not what its %s says:%s", p.types.Path(), fileName, diff))
		}
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == fileName && !known[path] {
			failed = append(failed, fmt.Errorf("%s describes no package that users import: git rm it", path))
		}
		return err
	})
	if err = errors.Join(append(failed, err)...); err != nil {
		return fmt.Errorf("%w\nLines with - break programs of users, lines with + are new. If that is meant, run and commit:\n\tgo run ./internal/tools/api write", err)
	}
	return nil
}

// difference returns the lines that are gone and the lines that are new.
func difference(old, now []string) string {
	var text strings.Builder
	for _, line := range old {
		if !slices.Contains(now, line) {
			text.WriteString("\n\t- " + line)
		}
	}
	for _, line := range now {
		if !slices.Contains(old, line) {
			text.WriteString("\n\t+ " + line)
		}
	}
	return text.String()
}
