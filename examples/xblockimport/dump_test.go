package main

import (
	"strings"
	"testing"
	"time"
)

func TestReadCSV(t *testing.T) {
	rows, err := readCSV(strings.NewReader("user_id,is_completed,end_time\n7,True,2026-01-11 10:00:00\n8,0,\n"))
	if err != nil || len(rows) != 2 || !rows[0].flag("is_completed") || rows[1].flag("is_completed") || !rows[1].instant("end_time").IsZero() ||
		!rows[0].instant("end_time").Equal(time.Date(2026, 1, 11, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("rows = %v, %v", rows, err)
	}
	if _, err := readCSV(strings.NewReader("")); err == nil {
		t.Error("no error for an empty file")
	}
}

// No text of an old table is too odd.
func FuzzRecord(f *testing.F) {
	for _, text := range []string{"2026-01-11 10:00:00.123456", "2026-01-11T10:00:00Z", "True", "", "00012.0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := record{"x": text}
		if at := r.instant("x"); at.Location() != time.UTC {
			t.Errorf("instant(%q) = %s, want UTC", text, at)
		}
		r.flag("x")
		profile(record{"phone_number": text, "time_zone": text, "address": text, "city": text})
	})
}
