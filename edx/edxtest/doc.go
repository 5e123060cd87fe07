// Package edxtest serves a fake Open edX platform for tests, as httptest serves a
// handler.
//
// The server keeps users, courses, enrollments, grades, certificates, special exams
// with attempts and allowances, and access tokens. It answers in the platform's own
// bytes, oddities included: an empty 200 for a learner who is not enrolled, a 404 for
// one whom the caller may not see, a last page that comes again. It shares no types
// with package edx, and serves clients written in any language. A test of code that
// enrolls a learner:
//
//	func TestEnrolling(t *testing.T) {
//		server := edxtest.NewServer()
//		defer server.Close()
//		server.AddUser(edxtest.User{Username: "ada_l", TimeZone: "Europe/Paris"})
//		server.AddCourse(edxtest.Course{Key: logic, Modes: []edxtest.Mode{{Slug: "verified"}}})
//		client, err := edx.NewClient(server.URL, edx.WithClientCredentials(server.ClientID, server.ClientSecret))
//		if err != nil {
//			t.Fatal(err)
//		}
//
//		err = enroll(t.Context(), client, "ada_l") // the code under test
//
//		if e, _ := server.Enrollment("ada_l", logic); err != nil || !e.Active || e.Mode != "verified" {
//			t.Errorf("enroll = %v, enrollment = %+v; want a verified learner", err, e)
//		}
//	}
//
// # Rights
//
// The client of [Server.ClientID] acts as global staff. [Server.AddClient] adds one
// that acts as another user, so that the user's rights decide what it may read, and
// [Server.AddRestrictedClient] one whose tokens hold scopes and filters.
//
// # Faults and variants
//
// [Server.Fault] loses, delays, cuts or garbles one request or its answer. The kinds
// are constants of proctorbooktest; [Slow] and [NegativeExpiry] are this package's.
// [Server.Play] changes how the platform behaves for good, where releases and
// installations differ: [Variants] lists the questions with their answers, such as
// "next-links" with "foreign-host", or "rates" with "documented", after which
// requests are counted and refused when they are too many.
//
// The defaults follow the platform's code as it was seen to run, also where that is
// ugly: an allowance at an exam that does not exist is a page with status 500, and
// the review policy of such an exam is null.
//
// Rows may be as odd as they are on old platforms, since what is added is never
// checked: an exam of -5 minutes, a content id that is no usage key, an attempt of
// 600000 minutes, an enrollment in a course whose key can't be parsed, a subsection
// with an id that begins with i4x and without an assignment type.
//
// # Proctoring providers
//
// The server is also a test of a proctoring provider: as the platform's client of the
// REST kind it sends what the real code was seen to send, byte for byte, and does with
// odd answers what the real code does, crashes included. [Server.AddBackend] makes the
// provider known, by its URL or by its handler, see [Backend.Transport]. Then
//
//   - [Server.PublishExam] registers exams, as an author does who publishes them,
//   - [Server.Learner] gives somebody who sits them, on either of the two front ends:
//     SetUp, Start, Submit, or Decline,
//   - [Server.Staff] gives somebody who resets attempts, opens dashboards, looks at the
//     onboarding and retires users,
//   - [Server.Restart] ends the platform in between, with its cache of tokens or without,
//   - the provider calls back with the credentials of [Server.AddClient], for a user who
//     is in the group x_review of a backend x, see [User.Groups].
//
// At the end [Server.Seen] tells for each sitting when the exam was first open, which
// callbacks came and what they changed, and lists in plain sentences the answers that
// the platform could not use. A provider that does all right has no [Trouble].
//
// # Time
//
// With [WithClock] everything happens by a clock that only the test moves, such as a
// proctorbooktest.Clock: tokens and modes expire, enrollment closes, and an attempt
// whose time is over is submitted by the next read of it.
//
// # Without a socket
//
// [NewUnstartedServer] returns a server that does not listen. Call it with
// proctorbooktest.InProcess, or serve it in a testing/synctest bubble with
// proctorbooktest.Pipe. The service edx-exams, which has a host of its own, is
// [Server.ExamsHandler].
//
// # Limits
//
// What the server does not do: sessions, cookies and pages for browsers, but for what
// [Learner] and [Staff] see, and redirects to a provider's dashboard; version 2 of the
// enrollment API; CCX, bulk changes of grades and submission histories; the retirement
// of a user beyond the request for it; the address change_email_settings without /api,
// which wants a session. A course has no blocks but itself and its special exams. The
// answers of change_email_settings are not remembered. Learners' answers are not
// kept, so that a reset of attempts has none to clear. What is granted in signs that
// are like digits, such as ², is refused, where the platform would take it and fail later.
package edxtest
