// Package proctorutest serves a fake ProctorU for tests, as httptest serves a
// handler.
//
// The fake keeps state: a reservation that was made is listed, can be moved,
// removed, begun and reported on. It speaks the provider's own bytes and shares no
// types with package proctoru.
//
//	server := proctorutest.NewServer()
//	defer server.Close()
//	client, err := proctoru.NewClient(server.URL, server.Token)
//
// # Time
//
// The fake refuses requests whose time_sent is more than five minutes off, and
// lets a session begin a quarter of an hour before its start. To test exam day
// today, give client and server one [Clock] that only you move:
//
//	clock := proctorutest.NewClock(time.Date(2030, 3, 12, 8, 0, 0, 0, time.UTC))
//	server := proctorutest.NewServer(proctorutest.WithClock(clock))
//	client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(clock))
//
// # Faults and variants
//
// [Server.Fault] disturbs one request or its answer: a lost answer after the
// reservation was made, a request delivered twice, a maintenance page.
// [Server.Play] chooses between behaviors where nobody knows what the real
// service does; [Variants] lists them.
package proctorutest
