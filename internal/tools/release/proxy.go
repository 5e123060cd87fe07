package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	modpath "golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// writeProxy writes what a module proxy would serve of the released modules if
// they were tagged now: a folder that GOPROXY can name by a file: URL.
func (r *repo) writeProxy(dir string) error {
	for _, m := range r.tagged() {
		version := modpath.Version{Path: m.path, Version: r.version}
		escaped, err := modpath.EscapePath(m.path)
		if err != nil {
			return err
		}
		var pack bytes.Buffer
		if err := zip.Create(&pack, version, r.packed(m)); err != nil {
			return fmt.Errorf("packing %s: %w", m.path, err)
		}
		// The time stands in no comparison: a constant makes equal packs equal.
		info, err := json.Marshal(map[string]any{"Version": r.version, "Time": time.Unix(0, 0).UTC()})
		if err != nil {
			return err
		}
		mod, err := os.ReadFile(filepath.Join(r.root, m.dir, "go.mod"))
		if err != nil {
			return err
		}
		at := filepath.Join(dir, filepath.FromSlash(escaped), "@v")
		if err := os.MkdirAll(at, 0o755); err != nil {
			return err
		}
		for name, data := range map[string][]byte{
			"list": []byte(r.version + "\n"), r.version + ".info": info, r.version + ".mod": mod, r.version + ".zip": pack.Bytes(),
		} {
			if err := os.WriteFile(filepath.Join(at, name), data, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// packed returns the files of a module's pack. As the go command does, it adds the
// repository's license to a module that has none.
func (r *repo) packed(m *module) []zip.File {
	var files []zip.File
	for _, name := range m.files {
		files = append(files, packedFile{name: name, at: filepath.Join(r.root, m.dir, name)})
	}
	license := filepath.Join(r.root, "LICENSE")
	if _, err := os.Stat(license); err == nil && !slices.Contains(m.files, "LICENSE") {
		files = append(files, packedFile{name: "LICENSE", at: license})
	}
	return files
}

// packedFile is a file of the checkout, by its name in the pack.
type packedFile struct{ name, at string }

func (f packedFile) Path() string                 { return path.Clean(filepath.ToSlash(f.name)) }
func (f packedFile) Lstat() (fs.FileInfo, error)  { return os.Lstat(f.at) }
func (f packedFile) Open() (io.ReadCloser, error) { return os.Open(f.at) }
