package main

import (
	"errors"
	"flag"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestRunUsage(t *testing.T) {
	t.Chdir(checkout(t, nil))
	for args, want := range map[string]error{
		"": errUsage, "-h": flag.ErrHelp, "check -h": flag.ErrHelp, "check -x": errUsage, "check now": errUsage, "proxy": errUsage, "fly": errUsage, "bump": errUsage, "bump now": errUsage, "agree": nil,
	} {
		if err := run(t.Context(), strings.Fields(args), io.Discard, io.Discard); !errors.Is(err, want) {
			t.Errorf("release %s: %v, want %v", args, err, want)
		}
	}
}

func TestRunOutsideOfACheckout(t *testing.T) {
	t.Chdir(t.TempDir())
	wantError(t, run(t.Context(), []string{"agree"}, io.Discard, io.Discard), "run it in one")
}

// TestProxyForAShell sets a shell up with what release proxy prints, and gets a
// module there.
func TestProxyForAShell(t *testing.T) {
	offline(t)
	root := checkout(t, nil)
	write(t, filepath.Join(root, "door/new.go"), "package door\n")
	t.Chdir(root)
	var settings, notes strings.Builder
	if err := run(t.Context(), []string{"proxy", filepath.Join(t.TempDir(), "it's")}, &settings, &notes); err != nil {
		t.Fatal(err)
	}
	if want := "git doesn't know door/new.go"; !strings.Contains(notes.String(), want) {
		t.Errorf("notes %q don't say %q", &notes, want)
	}
	cmd := exec.Command("sh", "-ec", settings.String()+"go mod init user.test/x\ngo get example.test/house/store@v0.3.0\ngo list example.test/house/store")
	cmd.Dir = t.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
