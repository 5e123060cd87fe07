package proctorutest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
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
