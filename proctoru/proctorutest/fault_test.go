package proctorutest_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// faultCases say for each fault of a create what the client sees, and how many
// reservations there are at once and after the delay of 90 seconds.
var faultCases = []struct {
	kind       proctorbooktest.FaultKind
	want       string // of the answer
	now, later int
}{
	{proctorbooktest.Refuse, "no answer", 0, 0},
	{proctorbooktest.LoseRequest, "no answer", 0, 0},
	{proctorbooktest.LoseAnswer, "no answer", 1, 1},
	{proctorbooktest.Late, "no answer", 0, 1},
	{proctorbooktest.DuplicateNow, "2 reservation_id_EXIST_FOR_THIS_INSTITUTION : Error count 0 of 50 : Error count 0 of 50", 1, 1},
	{proctorbooktest.DuplicateLater, "1", 1, 1},
	{proctorbooktest.Status500, "500 text/html", 0, 0},
	{proctorbooktest.Status500After, "500 text/html", 1, 1},
	{proctorbooktest.Status502After, "502 text/html", 1, 1},
	{proctorbooktest.Status503, "503 text/html", 0, 0},
	{proctorbooktest.Status429, "429 text/html", 0, 0},
	{proctorbooktest.CutBody, "no answer", 1, 1},
	{proctorbooktest.HTML200, "200 text/html", 0, 0},
	{proctorbooktest.HTML200After, "200 text/html", 1, 1},
	{proctorbooktest.Down, "no answer", 0, 0},
	{proctorbooktest.Redirect, "307 text/html", 0, 0},
	{proctorbooktest.Unauthorized, "2 Invalid Authorization-Token : Error count 0 of 50", 0, 0},
	{proctorutest.NoNumber, "1", 1, 1},
	{proctorutest.DataNull, "1", 1, 1},
	{proctorutest.DataMissing, "1", 1, 1},
	{proctorutest.OtherID, "1", 1, 1},
	{proctorutest.UnknownText, "2 Something went wrong, please contact support : Error count 0 of 50", 0, 0},
	{proctorutest.UnknownTextAfter, "2 Something went wrong, please contact support : Error count 0 of 50", 1, 1},
	{proctorutest.StaleRequest, "2 stale request", 0, 0},
}

func TestFaultsOfACreate(t *testing.T) {
	t.Parallel()
	for name, newWorld := range map[string]func(testing.TB) *world{"in process": inProcess, "loopback": onLoopback} {
		for _, tt := range faultCases {
			t.Run(name+"/"+string(tt.kind), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.fake.Fault(proctorbooktest.Fault{Kind: tt.kind, Endpoint: "addAdHocProcess", Delay: 90 * time.Second})

				got := w.book("r-1", tuesday)

				if got.String() != tt.want {
					t.Errorf("answer = %q, want %q", got, tt.want)
				}
				if n := len(w.fake.Reservations()); n != tt.now {
					t.Errorf("%d reservations at once, want %d", n, tt.now)
				}
				w.clock.Advance(90 * time.Second)
				w.fake.Tick()
				if n := len(w.fake.Reservations()); n != tt.later {
					t.Errorf("%d reservations later, want %d", n, tt.later)
				}
				if n := w.fake.Counts().Faults[tt.kind]; n != 1 {
					t.Errorf("counted %d times, want 1", n)
				}
			})
		}
	}
}

func TestFaultsOfAList(t *testing.T) {
	t.Parallel()
	for kind, want := range map[proctorbooktest.FaultKind]string{
		proctorutest.ReadNull:  `"data":null}`,
		proctorutest.ReadEmpty: `"data":[]}`,
		proctorutest.ReadError: "Internal Server Error",
	} {
		w := inProcess(t)
		w.fake.Fault(proctorbooktest.Fault{Kind: kind})
		w.book("r-1", tuesday) // can't have this fault, so the fault waits

		if got := w.list(); !strings.Contains(got.body, want) {
			t.Errorf("%s: body = %s, want %s in it", kind, got.body, want)
		}
		if got := w.list(); len(got.rows()) != 1 {
			t.Errorf("%s: the next list has %d rows, want 1", kind, len(got.rows()))
		}
	}
}

// A success may lack its data, or repeat an id that was not sent.
func TestFaultsInTheMeaningOfASuccess(t *testing.T) {
	t.Parallel()
	for kind, want := range map[proctorbooktest.FaultKind]string{
		proctorutest.NoNumber:    "balance,reservation_id=r-1",
		proctorutest.DataNull:    "data=null",
		proctorutest.DataMissing: "no data",
		proctorutest.OtherID:     "balance,reservation_id,reservation_no,url=another",
	} {
		w := inProcess(t)
		w.fake.Fault(proctorbooktest.Fault{Kind: kind})
		a := w.book("r-1", tuesday)
		data, there := a.members["data"]
		got := "no data"
		switch {
		case there && data == nil:
			got = "data=null"
		case there && a.data()["reservation_id"] == "r-1":
			got = strings.ReplaceAll(keys(a.data()), " ", ",") + "=r-1"
		case there:
			got = strings.ReplaceAll(keys(a.data()), " ", ",") + "=another"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", kind, got, want)
		}
		if got := w.list().column("reservation_id"); got != "r-1" {
			t.Errorf("%s: listed %q, want r-1", kind, got)
		}
	}
	w := inProcess(t)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorutest.DataMissing, Endpoint: "getTimeZoneList"})
	if got, want := w.get("getTimeZoneList").body, `{"time_sent":"2030-03-04T09:00:00Z","response_code":1,"message":""}`; got != want {
		t.Errorf("a list without data = %s, want %s", got, want)
	}
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorutest.DataMissing, Endpoint: "removeReservation"})
	if got := w.remove("17"); got.text() != "Student Not found" {
		t.Errorf("a refusal = %v, want it as it is", got)
	}
}

func TestFaultHangEndsWithTheContext(t *testing.T) {
	t.Parallel()
	for _, w := range []*world{inProcess(t), onLoopback(t)} {
		w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Hang})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.base+"addAdHocProcess", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := roundTrip(w.rt, req); got.err == nil {
			t.Errorf("answer = %v, want none", got)
		}
		cancel()
	}
}

func TestFaultAnswersWithoutWhatTheCallNeeds(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorutest.NoNumber})
	if got, want := keys(w.book("r-1", tuesday).data()), "balance reservation_id"; got != want {
		t.Errorf("no-number: data has %q, want %q", got, want)
	}
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorutest.DataNull})
	if got := w.book("r-2", tuesday.Add(2*time.Hour)); got.members["data"] != nil || got.String() != "1" {
		t.Errorf("data-null: body = %s, want success with null", got.body)
	}
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorutest.NoNumber})
	if got := w.book("r-1", tuesday); got.text() != "reservation_id_EXIST_FOR_THIS_INSTITUTION" {
		t.Errorf("no-number of a refused create = %v, want the refusal", got)
	}
}

func TestFaultRetryAfter(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status429, Delay: 7 * time.Second})
	if got := w.list().header.Get("Retry-After"); got != "7" {
		t.Errorf("Retry-After = %q, want 7", got)
	}
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status429})
	if got := w.list().header.Values("Retry-After"); got != nil {
		t.Errorf("Retry-After = %q, want none", got)
	}
}

func TestFaultsAreScriptedByCount(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status503, Endpoint: "getStudentReservationList", Nth: 3, Times: 2})
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "removeReservation"})
	w.book("r-1", tuesday)

	var got []int
	for range 5 {
		got = append(got, w.list().status)
	}

	if want := []int{200, 200, 503, 503, 200}; !slices.Equal(got, want) {
		t.Errorf("statuses = %v, want %v", got, want)
	}
	if n := w.fake.Counts().Faults[proctorbooktest.Status500]; n != 0 {
		t.Errorf("status-500-before counted %d times though nothing was removed, want 0", n)
	}
}

func TestFaultDownLastsUntilCleared(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	for range 3 {
		if got := w.list(); got.err == nil {
			t.Fatalf("answer = %v, want none", got)
		}
	}
	w.fake.ClearFaults()

	if got := w.book("r-1", tuesday); got.String() != "1" {
		t.Errorf("after ClearFaults = %v, want success", got)
	}
	if n := w.fake.Counts().Faults[proctorbooktest.Down]; n != 3 {
		t.Errorf("down counted %d times, want 3", n)
	}
}

func TestRandomFaultsFollowTheirSeed(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) map[proctorbooktest.FaultKind]int {
		w := inProcess(t)
		w.fake.SetFaultPlan(proctorbooktest.RandomFaults(seed, 0.5, time.Minute,
			proctorbooktest.LoseRequest, proctorbooktest.Late, proctorutest.ReadEmpty))
		for range 100 {
			w.book("r-1", tuesday)
			w.list()
		}
		return w.fake.Counts().Faults
	}
	first, again, other := run(1), run(1), run(2)
	for kind, n := range first {
		if again[kind] != n {
			t.Errorf("%s: %d and %d times with one seed", kind, n, again[kind])
		}
	}
	if len(first) != 3 {
		t.Errorf("played %v, want all three kinds", first)
	}
	if first[proctorbooktest.Late] == other[proctorbooktest.Late] && first[proctorbooktest.LoseRequest] == other[proctorbooktest.LoseRequest] {
		t.Errorf("two seeds gave the same faults: %v and %v", first, other)
	}
}

func TestLateRequestsActInOrder(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Late, Delay: 10 * time.Minute})
	w.book("r-1", tuesday)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Late, Delay: time.Minute})
	w.book("r-2", tuesday)
	if n := w.fake.Pending(); n != 2 {
		t.Fatalf("%d pending, want 2", n)
	}
	w.clock.Advance(15 * time.Minute)

	got := w.fake.Reservations()

	if len(got) != 1 || got[0].ID != "r-2" {
		t.Errorf("reservations = %+v, want r-2 alone: it came first, and overlaps the other", got)
	}
}

// The clock jumps past the start, but the request was carried out before it.
func TestALateRequestActsWhenItIsDue(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Late, Delay: time.Minute})
	w.book("r-1", tuesday)
	w.clock.Set(tuesday.Add(time.Minute))

	got := w.fake.Reservations()

	if len(got) != 1 || !got[0].Made.Equal(monday.Add(time.Minute)) {
		t.Errorf("reservations = %+v, want one made at %v", got, monday.Add(time.Minute))
	}
}

func TestALateRequestIsCheckedWhenItArrives(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Late, Delay: time.Minute, Times: 2})
	w.book("r-1", tuesday, "time_sent", "2030-03-04T08:00:00Z")
	w.token = "wrong"
	w.book("r-2", tuesday)

	if n := w.fake.Pending(); n != 0 {
		t.Errorf("%d pending, want 0: one was stale, the other had a wrong key", n)
	}
}

func TestADuplicateIsDeliveredAgainLater(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.mustPlay(proctorutest.VariantRepeatedID, "creates")
	w.mustPlay(proctorutest.VariantOverlapRule, "none")
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.DuplicateLater, Delay: 400 * time.Second})
	w.book("r-1", tuesday)
	w.clock.Advance(399 * time.Second)
	if got := w.fake.Counts(); got.CreatesSeen != 1 || got.MostActiveAtOnce != 1 {
		t.Errorf("counts before = %+v, want one create", got)
	}
	w.clock.Advance(time.Second)
	if got := w.fake.Counts(); got.CreatesSeen != 2 || got.ReservationsMade != 2 || got.MostActiveAtOnce != 2 {
		t.Errorf("counts after = %+v, want two creates, both active at once", got)
	}
}

// bodyOf makes a reservation, and reads at most limit bytes of the answer.
func bodyOf(t *testing.T, w *world, limit int64) (resp *http.Response, body string) {
	t.Helper()
	form := "student_id=learner-7&first_name=Ada&last_name=Example&email=ada%40example.org&time_zone_id=UTC&description=Final&duration=60" +
		"&start_date=2030-03-05T09:00:00Z&reservation_id=r-1"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.base+"addAdHocProcess", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization-Token", w.token)
	resp, err = w.rt.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// withoutBlanks cuts the blanks off that follow an answer; all of them, or none.
func withoutBlanks(body string) string {
	answer, _, _ := strings.Cut(body, "    ")
	if rest := body[len(answer):]; strings.Count(rest, " ") != len(rest) {
		return body
	}
	return answer
}

func TestBodiesThatAreTooLong(t *testing.T) {
	t.Parallel()
	const mebibyte = 1 << 20
	for name, newWorld := range map[string]func(testing.TB) *world{"in process": inProcess, "loopback": onLoopback} {
		for kind, length := range map[proctorbooktest.FaultKind]int64{proctorbooktest.EndlessBody: -1, proctorbooktest.OversizeBody: 17 * mebibyte} {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.fake.Fault(proctorbooktest.Fault{Kind: kind})

				resp, body := bodyOf(t, w, 20*mebibyte)

				if length < 0 && (len(body) != 20*mebibyte || resp.ContentLength != -1) {
					t.Errorf("read %d bytes of an answer of %d, want as many as we like of one of unknown length", len(body), resp.ContentLength)
				}
				if length > 0 && (int64(len(body)) != resp.ContentLength || resp.ContentLength < length) {
					t.Errorf("read %d bytes of an answer of %d, want more than %d", len(body), resp.ContentLength, length)
				}
				if answer := withoutBlanks(body); !strings.HasPrefix(answer, `{"time_sent"`) || !strings.HasSuffix(answer, "}") {
					t.Errorf("the answer without blanks is %q, want JSON", answer)
				}
				if n := len(w.fake.Reservations()); n != 1 || w.fake.Counts().Faults[kind] != 1 {
					t.Errorf("%d reservations, counts = %+v; want 1", n, w.fake.Counts())
				}
			})
		}
	}
}

func TestGzipBomb(t *testing.T) {
	t.Parallel()
	w := onLoopback(t)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.GzipBomb})

	resp, body := bodyOf(t, w, 32<<20) // net/http unpacks what it asked for

	if !resp.Uncompressed || len(body) != 32<<20 || withoutBlanks(body) != "{" {
		t.Errorf("unpacked = %v, %d bytes, want 32 MiB of blanks after a brace", resp.Uncompressed, len(body))
	}

	raw := inProcess(t)
	raw.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.GzipBomb})
	resp, body = bodyOf(t, raw, 32<<20)
	if resp.Header.Get("Content-Encoding") != "gzip" || len(body) > 1<<20 || len(raw.fake.Reservations()) != 1 {
		t.Errorf("encoding = %q, %d bytes, want less than 1 MiB on the wire", resp.Header.Get("Content-Encoding"), len(body))
	}
}

// A client that has read enough ends an answer without end.
func TestAnEndlessBodyEndsWithTheConnection(t *testing.T) {
	t.Parallel()
	fake := proctorutest.NewUnstartedServer(proctorutest.WithClock(proctorbooktest.NewClock(monday)))
	fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.EndlessBody})
	ended := make(chan struct{})
	server := proctorbooktest.Loopback(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		fake.ServeHTTP(w, r)
	}))
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/getTimeZoneList", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the handler still writes")
	}
}

func TestFaultsThatNeverComePanic(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]proctorbooktest.Fault{
		`no endpoint "addAdhocProcess", only ["accommodations" "addAdHocProcess"`: {Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdhocProcess"},
		`no fault "loose-answer"`:                            {Kind: "loose-answer"},
		`no fault ""`:                                        {},
		`no fault "negative-expiry"`:                         {Kind: edxtest.NegativeExpiry},
		`"getTimeZoneList" can't have the fault "no-number"`: {Kind: proctorutest.NoNumber, Endpoint: "getTimeZoneList"},
	} {
		w := inProcess(t)
		wantPanic(t, want, func() { w.fake.Fault(f) })
	}
}

// Each kind of fault is tried above or in the table of creates.
func TestEveryFaultIsTried(t *testing.T) {
	t.Parallel()
	tried := []proctorbooktest.FaultKind{
		proctorbooktest.Hang, proctorutest.ReadNull, proctorutest.ReadEmpty, proctorutest.ReadError,
		proctorbooktest.EndlessBody, proctorbooktest.OversizeBody, proctorbooktest.GzipBomb,
	}
	for _, tt := range faultCases {
		tried = append(tried, tt.kind)
	}
	for _, kind := range proctorutest.FaultKinds() {
		if !slices.Contains(tried, kind) {
			t.Errorf("no test tries %q", kind)
		}
	}
}
