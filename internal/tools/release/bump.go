package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// bump makes all files name another version as the coming one.
func (r *repo) bump(version string) error {
	if semver.Canonical(version) != version || semver.Build(version) != "" {
		return fmt.Errorf("%w: a version looks like v0.2.0, not like %q", errUsage, version)
	}
	if semver.Compare(version, r.version) <= 0 {
		return fmt.Errorf("%w: %s is not later than %s, which doc.go has", errUsage, version, r.version)
	}
	if major := semver.Major(version); major != "v0" && major != "v1" {
		return fmt.Errorf("%w: from v2 on the paths of all modules end in /%s: change them first", errUsage, major)
	}
	if err := r.agree(); err != nil {
		return fmt.Errorf("mend this first:\n%w", err)
	}
	for _, m := range r.modules {
		for _, req := range m.mod.Require {
			if r.ours(req.Mod.Path) {
				if err := m.mod.AddRequire(req.Mod.Path, version); err != nil {
					return err
				}
			}
		}
		if err := os.WriteFile(filepath.Join(r.root, m.dir, "go.mod"), modfile.Format(m.mod.Syntax), 0o644); err != nil {
			return err
		}
	}
	if err := r.edit("go.work", func(text []byte) ([]byte, error) { return r.bumpWork(text, version) }); err != nil {
		return err
	}
	if err := r.edit("CHANGELOG.md", func(text []byte) ([]byte, error) {
		at := len(text)
		if first := heading.FindIndex(text); first != nil {
			at = first[0]
		}
		section := "## " + strings.TrimPrefix(version, "v") + "\n\n"
		return append(append(bytes.Clone(text[:at]), section...), text[at:]...), nil
	}); err != nil {
		return err
	}
	return r.edit("doc.go", func(text []byte) ([]byte, error) {
		return versionLine.ReplaceAll(text, []byte(`const Version = "`+strings.TrimPrefix(version, "v")+`"`)), nil
	})
}

// bumpWork changes the version in the lines that replace our modules.
func (r *repo) bumpWork(text []byte, version string) ([]byte, error) {
	work, err := modfile.ParseWork("go.work", text, nil)
	if err != nil {
		return nil, err
	}
	for _, rep := range work.Replace {
		if at := slices.Index(rep.Syntax.Token, rep.Old.Version); r.ours(rep.Old.Path) && at >= 0 {
			rep.Syntax.Token[at] = version
		}
	}
	return modfile.Format(work.Syntax), nil
}

// local returns a folder of the checkout as go.work names it.
func local(dir string) string {
	if dir == "." {
		return dir
	}
	return "./" + dir
}

func (r *repo) edit(file string, change func([]byte) ([]byte, error)) error {
	path := filepath.Join(r.root, file)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if text, err = change(text); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
