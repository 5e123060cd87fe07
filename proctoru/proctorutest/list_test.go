package proctorutest_test

import (
	"fmt"
	"testing"
	"time"
)

func TestLagCanBeChosenFreely(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.SetListLag(10*time.Second, 1)
	w.fake.SetReportLag(time.Minute)
	w.book("r-1", tuesday)
	if got := len(w.list().rows()) + len(w.report().rows()); got != 0 {
		t.Errorf("%d rows at once, want 0", got)
	}
	w.clock.Advance(10 * time.Second)
	if list, report := len(w.list().rows()), len(w.report().rows()); list != 1 || report != 0 {
		t.Errorf("after 10 s list and report have %d and %d rows, want 1 and 0", list, report)
	}
	w.fake.SetListLag(0, 0)
	w.fake.SetReportLag(0)
	if list, report := len(w.list().rows()), len(w.report().rows()); list != 1 || report != 2 {
		t.Errorf("without lag list and report have %d and %d rows, want 1 and 2", list, report)
	}
}

func TestListByStatus(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.book("r-1", tuesday)
	w.remove(w.book("r-2", tuesday.Add(2*time.Hour)).number())
	if err := w.fake.ProviderCancels(900000501); err != nil {
		t.Fatal(err)
	}
	w.book("r-3", tuesday)
	for status, want := range map[string]string{"": "r-3", "scheduled": "r-3", "cancelled": "r-1 r-2", "pending": "", "voided": ""} {
		if got := w.list("status", status).column("reservation_id"); got != want {
			t.Errorf("status %q: got %q, want %q", status, got, want)
		}
	}
}

func TestEverybodysReservationsByNumber(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	for i, student := range []string{"zoe", "ada", "zoe", "bob"} {
		w.book(fmt.Sprint("r-", i), tuesday.Add(time.Duration(i)*time.Hour), "student_id", student)
	}
	if got, want := w.list("student_id", "").column("reservation_id"), "r-0 r-1 r-2 r-3"; got != want {
		t.Errorf("list = %q, want %q", got, want)
	}
}
