package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// A repo is a checkout that holds several modules, which are released together,
// with one version.
type repo struct {
	root      string    // its folder
	version   string    // of the coming release, such as v0.1.0
	modules   []*module // the root module first
	untracked []string  // files that git neither tracks nor ignores
	changed   []string  // files that are not as the last commit has them
}

// A module is one module of a repo.
type module struct {
	path  string
	dir   string   // relative to the repo, "." for the root module
	files []string // relative to dir, without those of modules below
	mod   *modfile.File
}

var versionLine = regexp.MustCompile(`(?m)^const Version = "(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)"$`)

// readRepo reads which modules and files a checkout has. It goes by git's index,
// as a tag does, and by what the files hold now.
func readRepo(ctx context.Context, root string) (*repo, error) {
	files, err := gitFiles(ctx, root)
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(file string) bool {
		_, err := os.Lstat(filepath.Join(root, file))
		return errors.Is(err, fs.ErrNotExist) // deleted, and not committed
	})
	r := &repo{root: root}
	for _, file := range files {
		if path.Base(file) != "go.mod" || strings.Contains("/"+file, "/testdata/") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return nil, err
		}
		mod, err := modfile.Parse(file, data, nil)
		if err != nil {
			return nil, fmt.Errorf("reading a module: %w", err)
		}
		r.modules = append(r.modules, &module{path: mod.Module.Mod.Path, dir: path.Dir(file), mod: mod})
	}
	slices.SortFunc(r.modules, func(a, b *module) int { return cmp.Compare(a.path, b.path) })
	if len(r.modules) == 0 || r.modules[0].dir != "." {
		return nil, errors.New("no go.mod in the top folder is known to git: git add go.mod")
	}
	for _, file := range files {
		m := r.owner(file)
		rel := file
		if m.dir != "." {
			rel = strings.TrimPrefix(file, m.dir+"/")
		}
		m.files = append(m.files, rel)
	}

	doc, err := os.ReadFile(filepath.Join(root, "doc.go"))
	if err != nil {
		return nil, err
	}
	version := versionLine.FindSubmatch(doc)
	if version == nil {
		return nil, errors.New(`doc.go has no line like: const Version = "0.1.0"`)
	}
	r.version = "v" + string(version[1])
	// Files of every kind: a package may embed any.
	if r.untracked, err = gitFiles(ctx, root, "--others", "--exclude-standard"); err != nil {
		return nil, err
	}
	r.changed, err = gitChanged(ctx, root)
	return r, err
}

func gitFiles(ctx context.Context, root string, args ...string) ([]string, error) {
	out, err := runGit(ctx, root, append([]string{"ls-files", "-z"}, args...)...)
	return splitNul(out), err
}

// gitChanged returns the tracked files that differ from the last commit, staged or
// not.
func gitChanged(ctx context.Context, root string) ([]string, error) {
	out, err := runGit(ctx, root, "--no-optional-locks", "status", "--porcelain", "-z", "--no-renames", "--untracked-files=no")
	var changed []string
	for _, entry := range splitNul(out) {
		changed = append(changed, entry[len("XY "):]) // two letters say what happened to it
	}
	return changed, err
}

func runGit(ctx context.Context, root string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s in %s: %w", strings.Join(args, " "), root, err)
	}
	return string(out), nil
}

func splitNul(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == 0 })
}

// few lists names, and counts those beyond the first five.
func few(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// having returns those of the names that git has below refs/KIND/. It knows only
// what was fetched.
func (r *repo) having(ctx context.Context, kind string, names []string) ([]string, error) {
	args := []string{"for-each-ref", "--format=%(refname)"}
	for _, name := range names {
		args = append(args, "refs/"+kind+"/"+name)
	}
	out, err := runGit(ctx, r.root, args...)
	if err != nil {
		return nil, err
	}
	refs := strings.Fields(out) // it has those below the names, too
	var having []string
	for _, name := range names {
		if slices.Contains(refs, "refs/"+kind+"/"+name) {
			having = append(having, name)
		}
	}
	return having, nil
}

// owner returns the innermost module that a file lies in.
func (r *repo) owner(file string) *module {
	owner := r.modules[0]
	for _, m := range r.modules[1:] {
		if strings.HasPrefix(file, m.dir+"/") && len(m.dir) > len(owner.dir) {
			owner = m
		}
	}
	return owner
}

// ours reports whether a module path is one of this repo, or would be.
func (r *repo) ours(modulePath string) bool {
	root := r.modules[0].path
	return modulePath == root || strings.HasPrefix(modulePath, root+"/")
}

// tagged returns the modules that are released. Those below internal/ are tools
// for whoever works on the checkout.
func (r *repo) tagged() []*module {
	var tagged []*module
	for _, m := range r.modules {
		if m.dir != "internal" && !strings.HasPrefix(m.dir, "internal/") {
			tagged = append(tagged, m)
		}
	}
	return tagged
}

// packages returns the import paths of a module's packages that a user can reach:
// the ones to import, and the programs.
func (m *module) packages(root string) (libraries, programs []string, err error) {
	names := map[string]string{} // the package's name by its folder
	for _, file := range m.files {
		dir := path.Dir(file)
		if hidden(dir) || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, m.dir, file), nil, parser.PackageClauseOnly)
		if err != nil {
			return nil, nil, err
		}
		names[dir] = parsed.Name.Name
	}
	for dir, name := range names {
		if importPath := path.Join(m.path, dir); name == "main" {
			programs = append(programs, importPath)
		} else {
			libraries = append(libraries, importPath)
		}
	}
	slices.Sort(libraries)
	slices.Sort(programs)
	return libraries, programs, nil
}

// hidden reports whether the go command, or its rule for internal packages, keeps
// a folder from users.
func hidden(dir string) bool {
	for element := range strings.SplitSeq(dir, "/") {
		if element == "internal" || element == "testdata" || element != "." && strings.HasPrefix(element, ".") || strings.HasPrefix(element, "_") {
			return true
		}
	}
	return false
}
