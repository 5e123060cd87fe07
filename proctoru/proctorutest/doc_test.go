package proctorutest_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

func TestBooking(t *testing.T) {
	clock := proctorbooktest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
	server := proctorutest.NewServer(proctorutest.WithClock(clock))
	defer server.Close()
	client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})

	err = book(t.Context(), client) // the code under test

	if n := len(server.Reservations()); err != nil || n != 1 {
		t.Errorf("book = %v, %d reservations; want nil and 1", err, n)
	}
}

// The package page shows TestBooking, word for word.
func TestThePackagePageShowsATestThatRuns(t *testing.T) {
	t.Parallel()
	source := func(name, prefix string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, prefix+"func TestBooking(") || len(lines) > 0 {
				lines = append(lines, strings.TrimPrefix(strings.TrimPrefix(line, prefix), "//"))
			}
			if len(lines) > 0 && line == prefix+"}" {
				break
			}
		}
		return strings.Join(lines, "\n")
	}
	page, test := source("doc.go", "//\t"), source("doc_test.go", "")
	if page != test || page == "" {
		t.Errorf("the page shows\n%s\nthe test is\n%s", page, test)
	}
}
