// Package testserver holds stateful fakes of ProctorU and Open edX for tests and
// demonstrations.
//
// Each fake is an http.Handler that speaks the service's own bytes and keeps its
// own state: a reservation that was made is listed, moved, removed and reported
// on. The package imports neither client on purpose: a fake that shares its types
// with the client under test proves nothing.
//
// Three things make the fakes useful for the hard cases:
//
//   - Time is theirs. A [Clock] moves only when told to, and Sleep moves it at once.
//   - What is not known about the real service is a [Variant]: the default is the
//     best guess, and [ProctorU.Play] or [OpenEdX.Play] switches to another
//     behavior that a client has to survive.
//   - A [Fault] loses, delays, doubles or garbles one request or its answer, and
//     is counted when it was really played.
//
// [ProctorURoutes] and [EdXRoutes] list what the fakes serve, in the words of the
// clients' comments.
// What the provider would notify of comes as signed requests from [ProctorU.Webhook].
//
// A fake is served on loopback ([Loopback]), in memory ([Pipe], which works inside
// a testing/synctest bubble) or called directly ([InProcess]).
package testserver
