package proctorutest_test

import (
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	seen := map[string]bool{}
	for _, route := range proctorutest.Routes() {
		seen[route.Method+" "+route.Pattern] = true
		if got := w.send(route.Method, strings.TrimPrefix(route.Pattern, "/"), w.form(nil)); got.String() == "404 text/html" {
			t.Errorf("%v is not served", route)
		}
	}
	for _, want := range []string{
		"POST /addAdHocProcess", "GET /getTimeZoneList", "POST /getEmailExist", "GET /accommodations", "POST /batchSchedule",
		"GET /pollBatchSchedule", "POST /exams/add_record_plus_exams/fulfill", "POST /clientActivityReport", "GET /getStudentImage",
		"POST /editInstitutionalUser", "POST /smarter_services/oauth_token",
	} {
		if !seen[want] {
			t.Errorf("no route %s in %v", want, seen)
		}
	}
	if len(seen) != 33 {
		t.Errorf("%d routes, want 33", len(seen))
	}
}
