package proctorutest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// start returns a server whose clock stands at the week before the final exam,
// and a client of it.
func start(t *testing.T, opts ...proctorutest.Option) (*proctorutest.Server, *proctorbooktest.Clock, *proctoru.Client) {
	t.Helper()
	clock := proctorbooktest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
	server := proctorutest.NewServer(append(opts, proctorutest.WithClock(clock))...)
	t.Cleanup(server.Close)
	client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	return server, clock, client
}

func TestASessionFromBookingToVerdict(t *testing.T) {
	t.Parallel()
	server, clock, client := start(t, proctorutest.WithFirstNumber(7))
	if _, err := client.Reservations.Create(t.Context(), final); err != nil {
		t.Fatal(err)
	}
	number, err := server.ProviderMoves(7, final.Start.Add(time.Hour))
	if err != nil || number != 8 {
		t.Fatalf("ProviderMoves = %d, %v; want 8", number, err)
	}
	clock.Set(final.Start.Add(time.Hour))
	if _, err := client.Reservations.Begin(t.Context(), proctoru.BeginReservationParams{StudentID: "learner-7", ID: final.ID, Number: "8"}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(server.ProctorStarts(8), server.ProctorEnds(8, proctorutest.Verdict{Authenticated: true, TestSubmitted: true})); err != nil {
		t.Fatal(err)
	}

	got := server.Reservations()

	if len(got) != 2 || !got[0].Canceled || !got[1].Begun || !got[1].Ended || !got[1].Verdict.TestSubmitted {
		t.Errorf("reservations = %+v, want the first one canceled, and the second one ended with a submission", got)
	}
	if err := server.ProviderCancels(8); err == nil {
		t.Error("ProviderCancels of a session that is over = nil, want an error")
	}
	if profile, known := server.Learner("learner-7"); !known || profile["last_name"] != "Example" {
		t.Errorf("Learner = %v, %v", profile, known)
	}
	if counts := server.Counts(); counts.ReservationsMade != 1 || counts.Begins != 1 || counts.Requests["addAdHocProcess"] != 1 {
		t.Errorf("counts = %+v", counts)
	}
}

func TestSlotsAreTheServersOwn(t *testing.T) {
	t.Parallel()
	server, _, client := start(t)
	server.SetSlots(func(day time.Time) []time.Time { return []time.Time{day.Add(9 * time.Hour), day.Add(10 * time.Hour)} })
	server.BlockSlot(final.Start)
	ask := func() int {
		slots, err := client.Slots.List(t.Context(), proctoru.SlotsParams{Start: final.Start.Add(-time.Hour), Duration: time.Hour, ZoneID: "UTC"})
		if err != nil {
			t.Fatal(err)
		}
		return len(slots)
	}

	if got := ask(); got != 1 {
		t.Errorf("%d slots, want 1 of 2: one is blocked", got)
	}
	if _, err := client.Reservations.Create(t.Context(), final); !errors.Is(err, proctoru.ErrOverlap) {
		t.Errorf("Create error = %v, want %v", err, proctoru.ErrOverlap)
	}
	server.FreeSlot(final.Start)
	if got := ask(); got != 2 {
		t.Errorf("%d slots, want 2: the slot is free again", got)
	}
}

func TestFaultsVariantsAndErrors(t *testing.T) {
	t.Parallel()
	server, _, client := start(t)
	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	if _, err := client.TimeZones.List(t.Context()); err == nil {
		t.Error("a server that is down answered")
	}
	server.ClearFaults()
	for _, v := range proctorutest.Variants() {
		if err := errors.Join(server.Play(v.Name, v.Alternatives[0]), server.Play(v.Name, v.Default)); err != nil {
			t.Error(err)
		}
	}
	for range 3 { // errors are counted until somebody sets them back
		_, _ = client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "nobody"})
	}
	server.ResetErrors()
	_, err := client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "nobody"})
	if refusal, ok := errors.AsType[*proctoru.Error](err); !ok || refusal.Counter != 0 {
		t.Errorf("error = %#v, want one with the counter 0", err)
	}
}

func TestSeedChoosesTheToken(t *testing.T) {
	t.Parallel()
	first, _, _ := start(t, proctorutest.WithSeed(7))
	again, _, _ := start(t, proctorutest.WithSeed(7))
	other, _, _ := start(t, proctorutest.WithSeed(8))
	if first.Token != again.Token || first.Token == other.Token {
		t.Errorf("tokens = %s, %s, %s; want the first two alike", first.Token, again.Token, other.Token)
	}
}

func TestHandlerServesTheSameFake(t *testing.T) {
	t.Parallel()
	server, clock, _ := start(t)
	mine := httptest.NewServer(http.StripPrefix("/proctoru", server))
	defer mine.Close()
	client, err := proctoru.NewClient(mine.URL+"/proctoru", server.Token, proctoru.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}

	if _, err := client.Reservations.Create(t.Context(), final); err != nil {
		t.Fatal(err)
	}
	if n := len(server.Reservations()); n != 1 {
		t.Errorf("%d reservations, want 1", n)
	}
}

// By default the server goes by the system's clock, as a client does.
func TestSystemClockByDefault(t *testing.T) {
	t.Parallel()
	server := proctorutest.NewServer()
	client, err := proctoru.NewClient(server.URL, server.Token)
	if err != nil {
		t.Fatal(err)
	}
	if zones, err := client.TimeZones.List(t.Context()); err != nil || len(zones) == 0 {
		t.Errorf("List = %d zones, %v", len(zones), err)
	}
	server.Close()
	server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := client.TimeZones.List(ctx); err == nil {
		t.Error("a closed server answered")
	}
}

func TestEveryWayToServeGivesTheSameAnswer(t *testing.T) {
	t.Parallel()
	direct := inProcess(t).book("r-1", tuesday)
	socket := onLoopback(t).book("r-1", tuesday)
	piped := inProcess(t)
	server := proctorbooktest.Pipe(piped.fake)
	defer server.Close()
	piped.rt, piped.base = server.Transport(), server.URL+"/api/"
	pipe := piped.book("r-1", tuesday)

	if direct.body == "" || direct.body != socket.body || direct.body != pipe.body {
		t.Errorf("bodies differ:\n%s\n%s\n%s", direct.body, socket.body, pipe.body)
	}
	for _, a := range []answer{direct, socket, pipe} {
		if got, want := a.header.Get("Date"), "Mon, 04 Mar 2030 09:00:00 GMT"; got != want {
			t.Errorf("Date = %q, want %q: the fake's clock, not the machine's", got, want)
		}
	}
}

// A clock that can't sleep leaves a slow answer to the client's patience.
func TestSlowAnswerWithoutASleepingClock(t *testing.T) {
	t.Parallel()
	fake := proctorutest.NewUnstartedServer(proctorutest.WithClock(onlyNow{}))
	if err := fake.Play(proctorutest.VariantLongReport, "slow"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet,
		proctorbooktest.InProcessURL+"/api/clientActivityReport?start_date=2030-01-01&end_date=2030-12-31", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization-Token", fake.Token)

	if got := roundTrip(proctorbooktest.InProcess(fake), req); !errors.Is(got.err, context.DeadlineExceeded) {
		t.Errorf("got %v, %v; want the deadline", got, got.err)
	}
}

type onlyNow struct{}

func (onlyNow) Now() time.Time { return monday }

func BenchmarkLifeOfAReservation(b *testing.B) {
	clock := proctorbooktest.NewClock(monday)
	for b.Loop() {
		fake := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock))
		rt := proctorbooktest.InProcess(fake)
		for _, step := range []struct{ path, body string }{
			{"/api/addAdHocProcess", "student_id=l&first_name=A&last_name=E&email=a@example.org&time_zone_id=UTC&description=E" +
				"&duration=60&start_date=2030-03-05T09:00:00Z&reservation_id=r"},
			{"/api/getStudentReservationList", "student_id=l"},
			{"/api/removeReservation", "student_id=l&reservation_no=900000501"},
		} {
			req, err := http.NewRequest(http.MethodPost, proctorbooktest.InProcessURL+step.path, strings.NewReader(step.body))
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Authorization-Token", fake.Token)
			if got := roundTrip(rt, req); got.String() != "1" {
				b.Fatal(got)
			}
		}
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

func TestAServerCanStartLater(t *testing.T) {
	t.Parallel()
	server := proctorutest.NewUnstartedServer(proctorutest.WithClock(proctorbooktest.NewClock(monday)))
	server.Close() // it does not listen yet: nothing to close
	req := func(url string) *http.Request {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/getTimeZoneList?time_sent=2030-03-04T09:00:00Z", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization-Token", server.Token)
		return req
	}
	for _, url := range []string{server.URL, server.RootURL} {
		if got := roundTrip(proctorbooktest.InProcess(server), req(url)); got.String() != "1" {
			t.Errorf("%s in process: got %v, want success", url, got)
		}
	}
	server.Start()
	for _, url := range []string{server.URL, server.RootURL} {
		if got := roundTrip(http.DefaultTransport, req(url)); got.String() != "1" {
			t.Errorf("%s on loopback: got %v, want success", url, got)
		}
	}
	wantPanic(t, "listens already", server.Start)
	server.Close()
	server.Close()
	if got := roundTrip(http.DefaultTransport, req(server.URL)); got.err == nil {
		t.Errorf("a closed server answered %v", got)
	}
}

// A nil option, and a nil clock, panic where they are passed, with a text that says so.
func TestNilOptions(t *testing.T) {
	t.Parallel()
	for want, do := range map[string]func(){
		"an option is nil": func() { proctorutest.NewUnstartedServer(nil) },
		"WithClock":        func() { proctorutest.WithClock(nil) },
		"WithClientClock":  func() { proctorutest.WithClientClock(nil) },
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, want) {
					t.Errorf("panic %q, want one that names %s", text, want)
				}
			}()
			do()
		}()
	}
}
