package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

// A process that dies between an event and its cursor tells the event again.
func TestFeedTellsAgainAfterACrash(t *testing.T) {
	t.Parallel()
	w, err := newWorld(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.scheduler.Book(t.Context(), w.exam, w.learners[0], w.tuesday); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	dying := feed{s: w.scheduler, file: filepath.Join(dir, "missing", "cursor"), out: io.Discard, zone: w.exam.Zone}
	if n, err := dying.follow(t.Context()); n != 1 || err == nil {
		t.Fatalf("follow = %d, %v, want one event told and its cursor not kept", n, err)
	}
	var out strings.Builder
	again := feed{s: w.scheduler, file: filepath.Join(dir, "cursor"), out: &out, zone: w.exam.Zone}
	if n, err := again.follow(t.Context()); n != 3 || err != nil || !strings.Contains(out.String(), string(scheduling.EventRequested)) {
		t.Errorf("follow = %d, %v, want all three events, the told one again:\n%s", n, err, &out)
	}
	if n, err := again.follow(t.Context()); n != 0 || err != nil {
		t.Errorf("follow once more = %d, %v, want no event", n, err)
	}
}
