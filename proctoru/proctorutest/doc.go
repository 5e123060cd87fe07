// Package proctorutest serves a fake ProctorU for tests, as httptest serves a
// handler.
//
// The server keeps state: a reservation that was made is listed, can be moved,
// removed, begun and reported on. It speaks the provider's own bytes and shares no
// types with package proctoru. A test of code that books an exam:
//
//	func TestBooking(t *testing.T) {
//		clock := proctorbooktest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
//		server := proctorutest.NewServer(proctorutest.WithClock(clock))
//		defer server.Close()
//		client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(clock))
//		if err != nil {
//			t.Fatal(err)
//		}
//		server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})
//
//		err = book(t.Context(), client) // the code under test
//
//		if n := len(server.Reservations()); err != nil || n != 1 {
//			t.Errorf("book = %v, %d reservations; want nil and 1", err, n)
//		}
//	}
//
// # Time
//
// The server refuses requests whose time_sent is more than five minutes off, and
// lets a session begin a quarter of an hour before its start. To test exam day
// today, give client and server one proctorbooktest.Clock that only you
// move, as above.
//
// # State
//
// Learners, exams and reservations come in by the API, or are put in by
// [Server.AddLearner], [Server.AddExam] and [Server.AddReservation]. By default
// every quarter hour but three a day is free; [Server.SetSlots] offers others. What
// the provider's people do is there too: [Server.ProviderMoves],
// [Server.ProviderCancels], [Server.ProctorChecksIn], [Server.ProctorStarts],
// [Server.ProctorEnds], [Server.ProctorRevises].
//
// # Faults and variants
//
// [Server.Fault] disturbs one request or its answer: a lost answer after the
// reservation was made, a request delivered twice, a body without end. The kinds are
// constants of proctorbooktest; those in the meaning of an answer, such as
// [ReadEmpty], are this package's.
// [Server.Play] chooses between behaviors where nobody knows for sure what the real
// service does; [Variants] lists them, and how well each default is known. What clients
// in production send is accepted by default: forms and JSON, dates alone, names of
// endpoints in any case, exams without a window, an edit and a begin with a stale
// reservation_id and the right number.
//
// # Webhooks
//
// After [Server.EnableWebhooks] the server keeps what happens, and
// [Server.Webhooks] returns it as the requests that the provider would send: in
// JSON, CSV or as a form, signed or badly signed, late, twice or out of order.
//
// # Without a socket
//
// [NewUnstartedServer] returns a server that does not listen. Call it with
// proctorbooktest.InProcess, or serve it in a testing/synctest bubble with
// proctorbooktest.Pipe.
package proctorutest
