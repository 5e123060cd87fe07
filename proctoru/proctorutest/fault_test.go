package proctorutest_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

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
	{proctorutest.UnknownText, "2 Something went wrong, please contact support : Error count 0 of 50", 0, 0},
	{proctorutest.UnknownTextAfter, "2 Something went wrong, please contact support : Error count 0 of 50", 1, 1},
	{proctorutest.StaleRequest, "2 stale request", 0, 0},
}

func TestFaultsOfACreate(t *testing.T) {
	t.Parallel()
	for name, newWorld := range map[string]func(*testing.T) *world{"in process": inProcess, "loopback": onLoopback} {
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
