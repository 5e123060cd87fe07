// Package proctorbooktest holds what tests with both fakes share: the clock, the
// faults, and the ways to reach a fake without a socket. The fakes themselves are the
// packages proctorutest (ProctorU) and edxtest (Open edX), which keep state and need
// no network.
//
// # Time
//
// Give both fakes, both clients and the scheduler one clock. On a [Clock] nobody
// waits: Sleep moves it forward. On a [ManualClock] a Sleep lasts until the test moves
// the clock, so that a worker in the background stands still between two steps of the
// test:
//
//	func TestWorker(t *testing.T) {
//		monday := time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC)
//		clock := proctorbooktest.NewManualClock(monday)
//		rounds := 0
//		go worker(t.Context(), clock, func() { rounds++ }) // a round every ten minutes
//
//		if err := clock.AdvanceTo(t.Context(), monday.Add(time.Hour), 1); err != nil {
//			t.Fatal(err)
//		}
//
//		if rounds != 7 { // at 9:00, 9:10, ... 10:00
//			t.Errorf("%d rounds in an hour, want 7", rounds)
//		}
//	}
//
// [ManualClock.BlockUntil] waits until so many goroutines sleep, and so tells when the
// code under test has done its round: no test needs a pause of its own.
// [ManualClock.AdvanceTo], above, does both in turns, at each instant at which somebody
// wakes. How many goroutines sleep, while one at work is not counted:
//
//	Scheduler.Run           1
//	Scheduler.Serve         3
//	Scheduler.Consume       1, for each name
//	openedx.Provider.Serve  1
//
// So 5 sleep in a service behind an Open edX, which calls the last three. Consume looks every
// five seconds: a day of these takes AdvanceTo long. Where the hours between do not matter, jump:
// BlockUntil, Advance by hours, and BlockUntil again.
//
// Everything that tells the time must have the clock: scheduling.WithClock,
// proctoru.WithClock, edx.WithClock; proctoru.WithWebhookClock for webhooks; for an Open edX
// openedx.WithClock, openedx.WithLinkClock and backend.WithClock, too; and the fakes by
// proctorutest.WithClock and edxtest.WithClock.
//
// Inside a bubble of testing/synctest the system's clock does as well, and deadlines of
// contexts go by the bubble's time, too: give clients and scheduler no clock, and sleep by
// time.Sleep. Fakes are then called by [InProcess] or [Pipe]. That is simpler where the
// whole test fits into one bubble; it is not for examples, and for tests with sockets.
//
// # Faults
//
// A [Fault] disturbs one request or its answer: the method Fault of a fake scripts
// it, and RandomFaults makes a plan for many. The kinds here are those that both
// fakes know; proctorutest and edxtest have some of their own.
//
//	provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})
//
// # In process
//
// A server made by NewServer listens on loopback, and every HTTP client reaches it.
// One made by NewUnstartedServer does not listen. [InProcess] calls it in the
// caller's goroutine, so that a test is the same on every run; [Pipe] serves it in
// memory, which works inside a testing/synctest bubble.
//
//	provider := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock))
//	client, err := proctoru.NewClient(provider.URL, provider.Token,
//		proctoru.WithTransport(proctorbooktest.InProcess(provider)), proctoru.WithClock(clock))
package proctorbooktest
