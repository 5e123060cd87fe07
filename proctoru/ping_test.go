package proctoru_test

import (
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

type offClock struct {
	proctorbook.Clock
	by time.Duration
}

func (c offClock) Now() time.Time { return c.Clock.Now().Add(c.by) }

// Ping tells by how much the clocks differ, also where the provider takes no
// request any more.
func TestPing(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
	server := proctorutest.NewServer(proctorutest.WithClock(clock))
	defer server.Close()
	for _, off := range []time.Duration{0, 90 * time.Second, -90 * time.Second} {
		client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(offClock{clock, off}))
		if err != nil {
			t.Fatal(err)
		}
		ping, err := client.Ping(t.Context())
		if err != nil || !ping.Dated || ping.Skew != off || len(ping.Zones) == 0 {
			t.Errorf("Ping with a clock that is off by %s = %+v, %v", off, ping, err)
		}
	}
	client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(offClock{clock, time.Hour}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Ping(t.Context())
	refused, ok := errors.AsType[*proctoru.Error](err)
	if !ok || !errors.Is(err, proctoru.ErrStaleRequest) || refused.Skew != time.Hour {
		t.Errorf("Ping with a clock that is off by an hour = %v, want ErrStaleRequest with the skew", err)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]proctoru.Environment{
		proctoru.ProductionURL:                       proctoru.EnvironmentProduction,
		"https://API.proctoru.com/api":               proctoru.EnvironmentProduction,
		proctoru.SandboxURL:                          proctoru.EnvironmentSandbox,
		"http://127.0.0.1:8080/api":                  proctoru.EnvironmentLoopback,
		"https://localhost/api":                      proctoru.EnvironmentLoopback,
		"https://demo.proctoru.com.evil.example/api": proctoru.EnvironmentOther,
		"https://proxy.example.org/api":              proctoru.EnvironmentOther,
	} {
		client, err := proctoru.NewClient(base, "0123456789abcdef")
		if err != nil {
			t.Fatal(err)
		}
		if got := client.Environment(); got != want {
			t.Errorf("Environment of %s = %s, want %s", base, got, want)
		}
	}
}
