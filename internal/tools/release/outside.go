package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	modpath "golang.org/x/mod/module"
)

// patience bounds one command: the longest compiles a database without a cache.
const patience = 10 * time.Minute

// outside is a place that knows nothing of the checkout: no workspace, no module
// that was fetched before, and the coming release in a module proxy.
type outside struct {
	dir     string
	modules string   // the module cache
	env     []string // what makes it so
	folders int
}

// newOutside makes such a place below dir, for the modules of r.
func newOutside(ctx context.Context, r *repo, dir string) (*outside, error) {
	env, err := outsideEnv(ctx, r, filepath.Join(dir, "proxy"))
	if err != nil {
		return nil, err
	}
	modules := filepath.Join(dir, "modules")
	o := &outside{dir: dir, modules: modules, env: append(env, "GOMODCACHE="+modules)}
	return o, r.writeProxy(filepath.Join(dir, "proxy"))
}

// outsideEnv returns the settings under which the go command finds the modules of
// r in a proxy of files, and there alone. Others come from where they come from
// otherwise; those that this machine has already are not fetched again.
//
// GONOSUMDB it is and not GOPRIVATE, which goes past every proxy.
func outsideEnv(ctx context.Context, r *repo, proxy string) ([]string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "-json", "GOPROXY", "GOMODCACHE", "GOFLAGS", "GONOSUMDB", "GONOPROXY").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	var now struct{ GOPROXY, GOMODCACHE, GOFLAGS, GONOSUMDB, GONOPROXY string }
	if err := json.Unmarshal(out, &now); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	noSum := r.modules[0].path
	if modpath.MatchPrefixPatterns(now.GONOPROXY, noSum) {
		return nil, fmt.Errorf("GONOPROXY or GOPRIVATE (%s) covers %s, so the go command would go past our proxy: unset it for this command", now.GONOPROXY, noSum)
	}
	if now.GONOSUMDB != "" {
		noSum += "," + now.GONOSUMDB
	}
	return []string{
		"GOWORK=off",
		"GOPROXY=" + fileURL(proxy) + "," + fileURL(filepath.Join(now.GOMODCACHE, "cache", "download")) + "," + now.GOPROXY,
		"GONOSUMDB=" + noSum,
		// With -trimpath the build cache knows a package again although the module
		// cache is another one each time.
		"GOFLAGS=" + strings.TrimSpace(now.GOFLAGS+" -trimpath -modcacherw"),
	}, nil
}

func fileURL(dir string) string {
	slash := filepath.ToSlash(dir)
	if !strings.HasPrefix(slash, "/") {
		slash = "/" + slash
	}
	return "file://" + slash
}

// folder makes a new, empty folder.
func (o *outside) folder() (string, error) {
	o.folders++
	dir := filepath.Join(o.dir, fmt.Sprintf("try%d", o.folders))
	return dir, os.MkdirAll(dir, 0o755)
}

// forget takes the modules of r out of the module cache. Each trial begins so: the
// go command would find there what nothing serves.
func (o *outside) forget(r *repo) error {
	path := filepath.FromSlash(r.modules[0].path)
	for _, dir := range []string{o.modules, filepath.Join(o.modules, "cache", "download")} {
		found, err := filepath.Glob(filepath.Join(dir, path) + "@*")
		if err != nil {
			return err
		}
		for _, old := range append(found, filepath.Join(dir, path)) {
			if err := os.RemoveAll(old); err != nil {
				return err
			}
		}
	}
	return nil
}

// run runs a command in a folder and returns what it printed.
func (o *outside) run(ctx context.Context, dir, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), o.env...)
	cmd.WaitDelay = 10 * time.Second // a killed go run leaves its program, which holds the pipe
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return string(out), &commandError{command: strings.Join(cmd.Args, " "), output: string(out), err: err}
	}
	return string(out), nil
}

// A commandError is a command that failed, with the end of what it printed.
type commandError struct {
	command, output string
	err             error
}

func (e *commandError) Error() string {
	lines := strings.Split(strings.TrimSpace(e.output), "\n")
	if len(lines) > 30 {
		lines = append([]string{"..."}, lines[len(lines)-30:]...)
	}
	return fmt.Sprintf("%s: %v\n\t%s", e.command, e.err, strings.Join(lines, "\n\t"))
}

func (e *commandError) Unwrap() error { return e.err }

// proxyFor makes the proxy alone, and prints how a shell is set up to use it.
func proxyFor(ctx context.Context, r *repo, dir string, out io.Writer) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	env, err := outsideEnv(ctx, r, filepath.Join(dir, "proxy"))
	if err != nil {
		return err
	}
	if err := r.writeProxy(filepath.Join(dir, "proxy")); err != nil {
		return err
	}
	for _, setting := range append(env, "GOMODCACHE="+filepath.Join(dir, "modules")) {
		name, value, _ := strings.Cut(setting, "=")
		fmt.Fprintf(out, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	return nil
}
