package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	windowsZonesJSON = `{"supplemental": {"version": {"_cldrVersion": "48"}, "windowsZones": {"mapTimezones": [
		{"mapZone": {"_other": "India Standard Time", "_type": "Asia/Calcutta", "_territory": "001"}},
		{"mapZone": {"_other": "AUS Central Standard Time", "_type": "Australia/Darwin", "_territory": "001"}},
		{"mapZone": {"_other": "Atlantic Standard Time", "_type": "America/Halifax", "_territory": "001"}},
		{"mapZone": {"_other": "Atlantic Standard Time", "_type": "America/Thule America/Goose_Bay", "_territory": "CA"}}]}}}`
	timeZoneJSON = `{"keyword": {"u": {"tz": {"_description": "Time zone key", "_alias": "timezone",
		"inccu": {"_alias": "Asia/Calcutta Asia/Kolkata", "_iana": "Asia/Kolkata"},
		"audrw": {"_alias": "Australia/Darwin Australia/North"},
		"aqams": {"_deprecated": true, "_preferred": "aqmcm"},
		"unk": {"_alias": "Etc/Unknown Factory"}}}}}`
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"cldr-core/package/supplemental/windowsZones.json": windowsZonesJSON,
		"cldr-bcp47/package/bcp47/timezone.json":           timeZoneJSON,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "zones_gen.go")
	if err := run(dir, out); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(string(raw), "package proctoru\n")
	want := `
// windowsNames is in the order of the ids in lower case.
var windowsNames = [...]windowsName{
	{"Atlantic Standard Time", "America/Halifax", ""},
	{"AUS Central Standard Time", "Australia/Darwin", ""},
	{"India Standard Time", "Asia/Kolkata", "Asia/Calcutta"},
}

// ianaNames is in the order of the IANA names.
var ianaNames = [...]ianaName{
	{"America/Goose_Bay", "Atlantic Standard Time"},
	{"America/Halifax", "Atlantic Standard Time"},
	{"America/Thule", "Atlantic Standard Time"},
	{"Asia/Calcutta", "India Standard Time"},
	{"Asia/Kolkata", "India Standard Time"},
	{"Australia/Darwin", "AUS Central Standard Time"},
	{"Australia/North", "AUS Central Standard Time"},
}
`
	if got != want {
		t.Errorf("zones_gen.go =\n%s, want\n%s", got, want)
	}
}

func TestRun_withoutFiles(t *testing.T) {
	err := run(t.TempDir(), filepath.Join(t.TempDir(), "out.go"))
	if err == nil || !strings.Contains(err.Error(), "windowsZones.json") {
		t.Errorf("run = %v, want an error that names the missing file", err)
	}
}
