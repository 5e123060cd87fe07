package proctoru

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// Environment is which of the provider's services a client talks to.
type Environment string

// The environments.
const (
	EnvironmentProduction Environment = "production" // real sessions, real fees
	EnvironmentSandbox    Environment = "sandbox"    // for tests
	EnvironmentLoopback   Environment = "loopback"   // this machine: a fake
	EnvironmentOther      Environment = "other"      // anything else: take it for production
)

// Environment returns where the client's calls go, by the host of its base URL.
// It sends nothing.
func (c *Client) Environment() Environment {
	host, loopback := c.core.transport.Host()
	switch {
	case loopback:
		return EnvironmentLoopback
	case strings.EqualFold(host, hostOf(ProductionURL)):
		return EnvironmentProduction
	case strings.EqualFold(host, hostOf(SandboxURL)):
		return EnvironmentSandbox
	}
	return EnvironmentOther
}

func hostOf(base string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(base, "https://"), "/")
	return host
}

// Ping is the result of [Client.Ping].
type Ping struct {
	Zones []TimeZone    // as TimeZones.List returns them
	Skew  time.Duration // this machine's clock minus the provider's, to the second; the time on the way is part of it
	Dated bool          // the answer had a date: Skew is known
}

// Ping asks for the time zones, which any valid token may, and compares clocks.
// The client stamps its calls with this machine's time, and the provider refuses
// stamps that are off by some minutes.
//
// It fails with [ErrUnauthorized] if the token is refused, with [ErrStaleRequest], and
// the skew in the [*Error], if the clocks differ too much, and with [ErrNoList] for a
// success without a list: whoever answers so is not the service as it works.
//
// Endpoint: GET /getTimeZoneList.
func (c *Client) Ping(ctx context.Context) (*Ping, error) {
	op := opTimeZonesList
	op.name = "Client.Ping"
	resp, e, err := sendGuarded(ctx, c.core, op, nil)
	if err != nil {
		return nil, err
	}
	zones, err := readTimeZones(e.data)
	if err != nil {
		return nil, op.unreadable(resp, err)
	}
	_, err = http.ParseTime(resp.Header.Get("Date"))
	return &Ping{Zones: zones, Skew: skew(resp.Sent, resp.Header), Dated: err == nil}, nil
}
