package proctorutest_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
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

func TestStaleRequestIsNotCounted(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	for range 3 {
		if got, want := w.list("time_sent", "2030-03-04T08:50:00Z").String(), "2 stale request"; got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	if got, want := w.list().String(), "2 Student Not found : Error count 0 of 50"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTokenLooksLikeALowerCaseUUID(t *testing.T) {
	t.Parallel()
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for seed := range uint64(100) {
		token := proctorutest.NewUnstartedServer(proctorutest.WithClock(proctorbooktest.NewClock(monday)), proctorutest.WithSeed(seed)).Token
		if !uuid.MatchString(token) {
			t.Errorf("seed %d: token = %q, want a UUID", seed, token)
		}
	}
}

// The service takes its parameters from wherever they stand.
func TestParametersFromAnywhere(t *testing.T) {
	t.Parallel()
	const query = "student_id=learner-7&reservation_no=900000501"
	for name, tt := range map[string]struct{ method, path, contentType, body string }{
		"form":                  {http.MethodPost, "removeReservation", "application/x-www-form-urlencoded", query},
		"query of a POST":       {http.MethodPost, "removeReservation?" + query, "", ""},
		"JSON":                  {http.MethodPost, "removeReservation", "application/json; charset=utf-8", `{"student_id":"learner-7","reservation_no":900000501,"explanation":null}`},
		"JSON, all text":        {http.MethodPost, "removeReservation/", "application/json", `{"student_id":"learner-7","reservation_no":"900000501"}`},
		"body wins":             {http.MethodPost, "removeReservation?reservation_no=1", "application/x-www-form-urlencoded", query},
		"without the prefix":    {http.MethodPost, "../removeReservation", "application/x-www-form-urlencoded", query},
		"a trailing slash":      {http.MethodPost, "removeReservation/", "application/x-www-form-urlencoded", query},
		"GET with a form body":  {http.MethodGet, "getStudentReservationList", "application/x-www-form-urlencoded", "student_id=learner-7"},
		"GET with a query":      {http.MethodGet, "getStudentReservationList?student_id=learner-7", "", ""},
		"POST of a read":        {http.MethodPost, "getStudentReservationList/", "application/x-www-form-urlencoded", "student_id=learner-7"},
		"everybody's, by no id": {http.MethodGet, "getStudentReservationList", "", ""},
	} {
		w := inProcess(t)
		w.book("r-1", tuesday)
		target := w.base + tt.path
		target = strings.Replace(target, "/api/../", "/", 1)
		req, err := http.NewRequestWithContext(t.Context(), tt.method, target, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization-Token", w.token)
		req.Header.Set("Content-Type", tt.contentType)

		if got := roundTrip(w.rt, req); got.String() != "1" {
			t.Errorf("%s: got %v, want success", name, got)
		}
	}
}

func TestWhatIsNoCallGetsAPage(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	for path, method := range map[string]string{"noSuchMethod": "GET", "getTimeZoneList": "DELETE", "addAdHocProcess": "GET", "": "GET"} {
		if got, want := w.send(method, path, nil).String(), "404 text/html"; got != want {
			t.Errorf("%s %s = %s, want %s", method, path, got, want)
		}
	}
}

func TestBodiesThatCanNotBeRead(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	for contentType, body := range map[string]string{"application/json": `{"student_id":`, "application/x-www-form-urlencoded": "a=%zz"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.base+"removeReservation", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		if got, want := roundTrip(w.rt, req).String(), "400 text/html"; got != want {
			t.Errorf("%s: got %s, want %s", contentType, got, want)
		}
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

func TestSameSeedSameBytes(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		clock := proctorbooktest.NewClock(monday)
		fake := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock), proctorutest.WithSeed(seed))
		w := &world{t: t, clock: clock, fake: fake, rt: proctorbooktest.InProcess(fake), base: proctorbooktest.InProcessURL + "/api/", token: fake.Token}
		fake.SetFaultPlan(proctorbooktest.RandomFaults(seed, 0.3, time.Minute, proctorbooktest.DuplicateLater, proctorbooktest.CutBody, proctorbooktest.Status503))
		var bytes strings.Builder
		for i := range 20 {
			n := w.book(fmt.Sprint("r-", i), tuesday.Add(time.Duration(i)*time.Hour)).number()
			bytes.WriteString(w.move(n, fmt.Sprint("r-", i), tuesday.AddDate(0, 0, i+1)).body)
			bytes.WriteString(w.list().body + w.report().body + w.slots(tuesday).body + w.get("getStudentReservationList").body)
			w.clock.Advance(10 * time.Second)
		}
		return bytes.String()
	}
	if first, second := run(7), run(7); first != second {
		t.Error("one seed gave two answers")
	}
	if run(7) == run(8) {
		t.Error("two seeds gave one answer")
	}
}

func TestFirstNumber(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewClock(monday)
	fake := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock), proctorutest.WithFirstNumber(5))
	w := &world{t: t, clock: clock, fake: fake, rt: proctorbooktest.InProcess(fake), base: proctorbooktest.InProcessURL + "/", token: fake.Token}

	if got := w.book("r-1", tuesday).number(); got != "5" {
		t.Errorf("number = %q, want 5", got)
	}
}

// Where the clients can't follow the fake's clock, their own counts too.
func TestClientClock(t *testing.T) {
	t.Parallel()
	clock, theirs := proctorbooktest.NewClock(tuesday), proctorbooktest.NewClock(monday)
	fake := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock), proctorutest.WithClientClock(theirs))
	w := &world{t: t, clock: clock, fake: fake, rt: proctorbooktest.InProcess(fake), base: proctorbooktest.InProcessURL + "/", token: fake.Token}
	for sent, want := range map[string]string{
		"2030-03-05T09:04:00Z": "1", "2030-03-04T09:04:00Z": "1", "2030-03-04T09:06:00Z": "2 stale request", "2030-03-04T21:00:00Z": "2 stale request",
	} {
		if got := w.get("getTimeZoneList", "time_sent", sent).String(); got != want {
			t.Errorf("%s: got %q, want %q", sent, got, want)
		}
	}
}

func TestPlayingTellsWhatIsPlayed(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.mustPlay(proctorutest.VariantMove, "same-number")
	got := w.fake.Playing()
	if len(got) != len(proctorutest.Variants()) || got[proctorutest.VariantMove] != "same-number" || got[proctorutest.VariantBadKey] != "code-2" {
		t.Errorf("Playing = %v", got)
	}
}

func TestVariantsCoverTheOpenQuestions(t *testing.T) {
	t.Parallel()
	numbers := map[int]bool{}
	for _, v := range proctorutest.Variants() {
		numbers[v.Number] = true
	}
	for number := 1; number <= 45; number++ {
		if !numbers[number] {
			t.Errorf("no variant plays question %d", number)
		}
	}
}
