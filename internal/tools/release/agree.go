package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// agree checks that all files which name the coming version name the same one, and
// that no go.mod holds what keeps others from using the module.
func (r *repo) agree() error {
	var found []error
	for _, m := range r.modules {
		found = append(found, r.checkMod(m)...)
		found = append(found, r.checkSum(filepath.Join(m.dir, "go.sum"))...)
	}
	found = append(found, r.checkSum("go.work.sum")...)
	found = append(found, r.checkWork()...)
	found = append(found, r.checkChangelog()...)
	return errors.Join(found...)
}

func (r *repo) checkMod(m *module) (found []error) {
	file := filepath.ToSlash(filepath.Join(m.dir, "go.mod"))
	for _, rep := range m.mod.Replace {
		found = append(found, fmt.Errorf("%s replaces %s: whoever requires this module doesn't see that, so it can't be fetched; take it out (go.work holds the replaces)", file, rep.Old.Path))
	}
	for _, req := range m.mod.Require {
		if !r.ours(req.Mod.Path) {
			continue
		}
		released := false
		for _, other := range r.tagged() {
			released = released || other.path == req.Mod.Path
		}
		switch {
		case !released:
			found = append(found, fmt.Errorf("%s requires %s, which this repository doesn't release: take it out", file, req.Mod.Path))
		case req.Mod.Version != r.version:
			found = append(found, fmt.Errorf("%s requires %s %s, doc.go has Version %s: go mod edit -require=%s@%s %s",
				file, req.Mod.Path, req.Mod.Version, r.version, req.Mod.Path, r.version, file))
		}
	}
	return found
}

// checkSum finds hashes of our own modules: the next edit would make them wrong.
func (r *repo) checkSum(file string) (found []error) {
	data, err := os.ReadFile(filepath.Join(r.root, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return []error{err}
	}
	for line := range strings.Lines(string(data)) {
		if path, _, _ := strings.Cut(line, " "); r.ours(path) {
			found = append(found, fmt.Errorf("%s has a hash of %s, which the next edit makes wrong: release tidy takes it out", filepath.ToSlash(file), path))
		}
	}
	return found
}

// checkWork checks that go.work uses every module, and has for each released one a
// replace that names the version. Without one the workspace asks the module proxy
// for a version that is not tagged yet.
func (r *repo) checkWork() (found []error) {
	data, err := os.ReadFile(filepath.Join(r.root, "go.work"))
	if err != nil {
		return []error{err}
	}
	work, err := modfile.ParseWork("go.work", data, nil)
	if err != nil {
		return []error{err}
	}
	uses := map[string]bool{}
	for _, use := range work.Use {
		uses[filepath.ToSlash(filepath.Clean(use.Path))] = true
	}
	for _, m := range r.modules {
		if !uses[m.dir] {
			found = append(found, fmt.Errorf("go.work doesn't use %s: go work use %s", m.dir, m.dir))
		}
	}
	has := map[string]string{}
	for _, rep := range work.Replace {
		has[rep.Old.Path+"@"+rep.Old.Version] = filepath.ToSlash(filepath.Clean(rep.New.Path))
	}
	for _, m := range r.tagged() {
		if key := m.path + "@" + r.version; has[key] != m.dir {
			found = append(found, fmt.Errorf("go.work doesn't replace %s by the checkout: go work edit -replace=%s=%s", key, key, local(m.dir)))
		} else {
			delete(has, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(has)) {
		if path, _, _ := strings.Cut(key, "@"); r.ours(path) {
			found = append(found, fmt.Errorf("go.work replaces %s, which is not what comes next: go work edit -dropreplace=%s", key, strings.TrimSuffix(key, "@")))
		}
	}
	return found
}

var heading = regexp.MustCompile(`(?m)^## (\S+)`)

func (r *repo) checkChangelog() []error {
	data, err := os.ReadFile(filepath.Join(r.root, "CHANGELOG.md"))
	if err != nil {
		return []error{err}
	}
	newest := heading.FindSubmatch(data)
	if newest == nil || "v"+string(newest[1]) != r.version {
		return []error{fmt.Errorf("the first section of CHANGELOG.md is not the one of the coming release: begin it with \"## %s\"", strings.TrimPrefix(r.version, "v"))}
	}
	return nil
}
