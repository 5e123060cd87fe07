package provider_test

import (
	"context"
	"fmt"
	"log"
	"sync/atomic"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// A counting provider is ProctorU that counts the reservations asked for.
type counting struct {
	provider.ProctorU
	reserves *atomic.Int64
}

func (c counting) Reserve(ctx context.Context, call provider.Call) provider.Answer {
	c.reserves.Add(1)
	return c.ProctorU.Reserve(ctx, call)
}

// Embed ProctorU to watch or change some of its calls, and hand the result to New
// of package scheduling. What an answer proves is its Kind.
func ExampleProctorU() {
	clock := proctorbooktest.NewClock(time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC))
	server := proctorutest.NewServer(proctorutest.WithClock(clock))
	defer server.Close()
	client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(clock))
	if err != nil {
		log.Fatal(err)
	}
	var p provider.Provider = counting{provider.ProctorU{Client: client}, new(atomic.Int64)}
	ctx := context.Background()
	call := provider.Call{
		ReservationID: "pb-demo-1", Title: "Final exam", Start: time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC), Duration: time.Hour,
		Learner: provider.Person{
			ID: "4211", GivenName: "Ada", FamilyName: "Example", Email: "ada@example.org", Phone: "+33100000000", Country: "FR", Zone: "Europe/Paris",
		},
	}

	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})
	fmt.Println("lost:", p.Reserve(ctx, call).Kind)
	fmt.Println("again:", p.Reserve(ctx, call).Kind)
	listed, err := p.List(ctx, "4211")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listed:", len(listed), listed[0].Start)
	fmt.Println("counted:", p.(counting).reserves.Load())
	// Output:
	// lost: unknown
	// again: exists
	// listed: 1 2027-01-12 09:00:00 +0000 UTC
	// counted: 2
}
