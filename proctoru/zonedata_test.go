package proctoru

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestLoadZone(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Europe/Paris": "Europe/Paris", "UTC": "UTC", "Asia/Calcutta": "Asia/Calcutta",
		"US/Pacific-New": "America/Los_Angeles", // in CLDR, and no longer in the zone data of any machine
	} {
		if got, err := LoadZone(name); err != nil || got.String() != want {
			t.Errorf("LoadZone(%q) = %v, %v, want %s", name, got, err, want)
		}
	}
	for _, name := range []string{"", "Local", "Europe/Atlantis", "Romance Standard Time", "../etc/passwd", "\x00"} {
		if got, err := LoadZone(name); !errors.Is(err, ErrUnknownZone) {
			t.Errorf("LoadZone(%q) = %v, %v, want ErrUnknownZone", name, got, err)
		}
	}
}

// On a machine whose zone data lack names, what stands for them is loaded, and
// nothing is guessed. The fakes bring all zones, and so would this test: it builds a
// program whose package time does not look for the system's data, and gives it few.
func TestLoadZoneOnAMachineThatLacksZones(t *testing.T) {
	t.Parallel()
	if testing.Short() || RaceEnabled || runtime.GOOS != "linux" {
		t.Skip("builds package time anew, for Linux, and one time is enough")
	}
	probe := buildZoneProbe(t)
	data := zoneData(t, "Europe/Paris", "Europe/Kiev", "America/Denver", "Etc/GMT-13", "Asia/Kolkata", "Asia/Bishkek")
	want := map[string]string{
		"Europe/Paris": "Europe/Paris", "Europe/Kyiv": "Europe/Kiev", "Europe/Uzhgorod": "Europe/Kiev", "America/Ciudad_Juarez": "America/Denver",
		"Pacific/Kanton": "Etc/GMT-13", "Asia/Calcutta": "Asia/Kolkata", "UTC": "UTC", "Etc/UTC": "UTC",
		"US/Pacific-New": "missing", "Europe/Berlin": "missing", "Asia/Qostanay": "missing", "Europe/Atlantis": "unknown",
	}
	var names, lines []string
	for name, result := range want {
		names, lines = append(names, name), append(lines, name+" "+result)
	}
	cmd := exec.CommandContext(t.Context(), probe, names...)
	cmd.Env = []string{"ZONEINFO=" + data}
	out, err := cmd.CombinedOutput()
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(got)
	slices.Sort(lines)
	if err != nil || !slices.Equal(got, lines) {
		t.Errorf("%v: got\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

// buildZoneProbe builds the program with a package time that knows no place of zone
// data but ZONEINFO.
func buildZoneProbe(t *testing.T) string {
	t.Helper()
	original := filepath.Join(goroot(t), "src", "time", "zoneinfo_unix.go")
	source, err := os.ReadFile(original)
	if err != nil {
		t.Skip("there is no source of package time:", err)
	}
	sources := regexp.MustCompile(`(?s)var platformZoneSources = \[\]string\{.*?\n\}`)
	if !sources.Match(source) {
		t.Fatalf("%s has no platformZoneSources: teach this test where package time looks", original)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "zoneinfo.go"), sources.ReplaceAll(source, []byte("var platformZoneSources = []string{}")))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{original: filepath.Join(dir, "zoneinfo.go")}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "overlay.json"), overlay)
	probe := filepath.Join(dir, "probe")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-overlay", filepath.Join(dir, "overlay.json"), "-o", probe, "./testdata/zoneprobe")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return probe
}

func goroot(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("there is no go command:", err)
	}
	return strings.TrimSpace(string(out))
}

// zoneData returns a folder with the data of those zones alone.
func zoneData(t *testing.T, names ...string) string {
	t.Helper()
	all, err := zip.OpenReader(filepath.Join(goroot(t), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		file, err := all.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		info, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		data := make([]byte, info.Size())
		if _, err := io.ReadFull(file, data); err != nil {
			t.Fatal(err)
		}
		write(t, path, data)
	}
	return dir
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
