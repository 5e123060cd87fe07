package page_test

import (
	"fmt"
	"net/http"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/openedx/page"
)

// The links that the platform shows lead through the gate to these pages.
func Example() {
	var (
		s         *scheduling.Scheduler // made with the platforms
		store     scheduling.Store      // of its bookings
		platforms *openedx.Platforms
		exams     openedx.Table
		keys      []backend.Secret // out of the vault: the newest first, 32 random bytes each
	)
	serve := func() error {
		links, err := openedx.NewLinks("https://exams.example.org/sit", keys)
		if err != nil {
			return err
		}
		p, err := openedx.New(s, platforms, exams.Exam, openedx.WithLink(links.URL))
		if err != nil {
			return err
		}
		pages, err := page.New(p, s, store)
		if err != nil {
			return err
		}
		gate, err := p.Gate(links, pages.Serve)
		if err != nil {
			return err
		}
		http.Handle("/sit/", gate)
		return nil
	}
	fmt.Println(serve())
	// Output: openedx: NewLinks: no key
}
