package proctorutest_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestEnvelopeOfSuccess(t *testing.T) {
	t.Parallel()
	w := inProcess(t)

	got := w.book("r-1", tuesday)

	if got, want := keys(got.members), "data message response_code time_sent"; got != want {
		t.Errorf("members = %q, want %q", got, want)
	}
	want := map[string]any{"time_sent": "2030-03-04T09:00:00Z", "response_code": 1.0, "message": ""}
	for name, value := range want {
		if got.members[name] != value {
			t.Errorf("%s = %#v, want %#v", name, got.members[name], value)
		}
	}
	if got, want := keys(got.data()), "balance reservation_id reservation_no url"; got != want {
		t.Errorf("data has %q, want %q", got, want)
	}
	const page = "https://demo.proctoru.com/students/reservations"
	url := regexp.MustCompile(`^` + page + `\?login_token=[0-9a-f-]{36}--00&reservation_no=900000501&return_to=https%3A%2F%2Fdemo\.proctoru\.com%2Fstudents%2Freservations$`)
	if got := fmt.Sprint(got.data()["url"]); !url.MatchString(got) {
		t.Errorf("url = %q, want it to match %v", got, url)
	}
}

func TestEnvelopeOfAnError(t *testing.T) {
	t.Parallel()
	w := inProcess(t)

	got := w.list("student_id", "nobody", "time_sent", "2030-03-04T08:58:00.075Z")

	const want = `{"time_sent":"2030-03-04T08:58:00.075Z","response_code":2,"message":"Student Not found : Error count 0 of 50","data":null}`
	if got.status != http.StatusOK || got.body != want {
		t.Errorf("got %d %s\nwant 200 %s", got.status, got.body, want)
	}
}

func TestTextOfAllKindsSurvives(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	const title = "Logique & \"preuve\" <1>, été 数学\n"
	w.book("r-1", tuesday, "description", title)

	got := w.list()

	if got := got.rows()[0]["description"]; got != title {
		t.Errorf("description = %q, want %q", got, title)
	}
	if want := `"test":"Logique & \"preuve\" <1>, été 数学\n"`; !strings.Contains(got.body, want) {
		t.Errorf("body = %s, want %s in it", got.body, want)
	}
}
