package proctorutest_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

func sorted(values iter.Seq[string]) []string { return slices.Sorted(values) }

func TestClockMovesOnlyWhenTold(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewClock(monday)

	clock.Advance(time.Hour)
	if err := clock.Sleep(t.Context(), 72*time.Hour); err != nil {
		t.Errorf("Sleep error = %v, want nil", err)
	}
	if got, want := clock.Now(), monday.Add(73*time.Hour); !got.Equal(want) {
		t.Errorf("Now = %v, want %v", got, want)
	}
	clock.Set(monday)
	if got := clock.Now(); !got.Equal(monday) {
		t.Errorf("Now after Set = %v, want %v", got, monday)
	}
}

func TestClockSleepHonorsContext(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewClock(monday)
	cause := errors.New("the user left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)

	if err := clock.Sleep(ctx, time.Hour); !errors.Is(err, cause) {
		t.Errorf("Sleep error = %v, want %v", err, cause)
	}
	if got := clock.Now(); !got.Equal(monday) {
		t.Errorf("Now = %v, want %v: a sleep that did not happen takes no time", got, monday)
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

// In a bubble an hour of waiting for a server that hangs takes no time at all.
func TestPipeWorksInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := inProcess(t)
		server := proctorbooktest.Pipe(w.fake)
		defer server.Close()
		w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Hang})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/getTimeZoneList", nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()

		_, err = server.Transport().RoundTrip(req)

		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want the deadline", err)
		}
		if got := time.Since(began); got != time.Hour {
			t.Errorf("waited %v in the bubble, want 1h", got)
		}
	})
}

func TestServerCloseEndsAHangingRequest(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	server := proctorbooktest.Loopback(w.fake)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Hang})
	ended := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, server.URL+"/api/getTimeZoneList", nil)
		if err != nil {
			ended <- err
			return
		}
		ended <- roundTrip(server.Transport(), req).err
	}()
	for w.fake.Counts().Requests["getTimeZoneList"] == 0 {
		time.Sleep(time.Millisecond)
	}

	server.Close()
	server.Close()

	if err := <-ended; err == nil {
		t.Error("the request got an answer, want an error")
	}
}

func TestInProcessReportsWhetherAConnectionWasMade(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault proctorbooktest.FaultKind
		want  string
	}{
		{"", "GetConn GotConn WroteRequest"},
		{proctorbooktest.LoseRequest, "GetConn GotConn WroteRequest"},
		{proctorbooktest.Refuse, "GetConn"},
	} {
		w := inProcess(t)
		if tt.fault != "" {
			w.fake.Fault(proctorbooktest.Fault{Kind: tt.fault})
		}
		var seen []string
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			GetConn:      func(string) { seen = append(seen, "GetConn") },
			GotConn:      func(httptrace.GotConnInfo) { seen = append(seen, "GotConn") },
			WroteRequest: func(httptrace.WroteRequestInfo) { seen = append(seen, "WroteRequest") },
		})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+"getTimeZoneList", nil)
		if err != nil {
			t.Fatal(err)
		}
		roundTrip(w.rt, req)

		if got := strings.Join(seen, " "); got != tt.want {
			t.Errorf("fault %q: trace = %q, want %q", tt.fault, got, tt.want)
		}
	}
}

func TestInProcessRespectsAContextThatHasEnded(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+"getTimeZoneList", nil)
	if err != nil {
		t.Fatal(err)
	}

	got := roundTrip(w.rt, req)

	if !errors.Is(got.err, context.Canceled) {
		t.Errorf("error = %v, want %v", got.err, context.Canceled)
	}
	if n := w.fake.Counts().Requests["getTimeZoneList"]; n != 0 {
		t.Errorf("the fake saw %d requests, want 0", n)
	}
}

func TestInProcessLostAnswerIsAnUnexpectedEOF(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.base+"getTimeZoneList", nil)
	if err != nil {
		t.Fatal(err)
	}

	resp, err := w.rt.RoundTrip(req)

	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error = %v, want %v", err, io.ErrUnexpectedEOF)
	}
	if resp != nil {
		resp.Body.Close()
		t.Errorf("there is a response beside the error")
	}
}

func TestPipeAfterClose(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	server := proctorbooktest.Pipe(w.fake)
	w.rt, w.base = server.Transport(), server.URL+"/api/"
	if got := w.book("r-1", tuesday); got.String() != "1" {
		t.Fatalf("before Close: got %v, want success", got)
	}
	server.Close()

	if got := w.book("r-2", tuesday.Add(2*time.Hour)); got.err == nil {
		t.Errorf("after Close: got %v, want an error", got)
	}
	if n := len(w.fake.Reservations()); n != 1 {
		t.Errorf("%d reservations, want 1", n)
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
