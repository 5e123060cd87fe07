// Package edxtest serves a fake Open edX platform for tests, as httptest serves a
// handler.
//
// The fake keeps users, courses, enrollments, grades, certificates, special exams
// with attempts and allowances, and access tokens. It answers in the platform's own
// bytes, its oddities included: an empty 200 for a learner who is not enrolled, 404
// for one whom the caller may not see, a last page that comes again. It shares no
// types with package edx, and serves clients written in any language.
//
//	server := edxtest.NewServer()
//	defer server.Close()
//	server.AddUser(edxtest.User{Username: "ada_l", TimeZone: "Europe/Paris"})
//	client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret))
//
// # Rights
//
// The client of [Server.ClientID] acts as global staff. [Server.AddClient] adds one
// that acts as another user, so that the user's rights decide what it may read, and
// [Server.AddRestrictedClient] one whose tokens hold scopes and filters.
//
// # Faults and variants
//
// [Server.Fault] loses, delays, cuts or garbles one request or its answer.
// [Server.Play] changes how the platform behaves for good, where releases and
// installations differ: [Variants] lists the questions with their answers, such as
// "next-links" with "foreign-host", or "rates" with "documented", after which
// requests are counted and refused when they are too many.
//
// # Time
//
// With [WithClock] everything happens by a [Clock] that moves only when told to:
// tokens and modes expire, enrollment closes, and an attempt whose time is over is
// submitted by the next read of it.
package edxtest
