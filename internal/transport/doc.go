// Package transport is the one HTTP core under the proctoru and edx clients. It
// sends one call, paced and bounded, and reports for every write whether it was
// done, was provably not done, or may have been done.
//
// # The life of a call
//
// [Transport.Do] checks the request, encodes it once and hands it to
// go-retryablehttp, which loops over attempts. Everything else happens beneath
// that loop, in a RoundTripper of ours: it asks the limiter, stamps the time of
// sending, bounds the attempt, watches the connection, and reads the whole body.
// So no attempt escapes the pace, and no layer above ever sees a body, a query
// or a credential: the request that go-retryablehttp and http.Client handle is
// an empty shell.
//
// # What a failed write proves
//
// An error of a [proctorbook.Write] satisfies errors.Is(err,
// [proctorbook.ErrNotDone]) in three cases only:
//
//   - no connection was obtained: the trace of the round tripper reported that it
//     looked for one and never that it got one, and nothing read the body;
//   - we refused it before sending: a bad request, the limiter, a context that
//     had ended, or no time left;
//   - the answer is whole and its status is 401, 403, 404, 405, 413, 415 or 429.
//
// Everything else is [proctorbook.ErrOutcomeUnknown]: every 5xx, also with
// Retry-After, every other status, every answer that is cut, too long or
// unreadable.
//
// # What is sent again
//
// A Write is sent again after no connection, and after 429. A
// [proctorbook.Read] and an [proctorbook.IdempotentWrite] are sent again after
// a failed connection, a cut answer, a time-out of the attempt, 429, 500, 502,
// 503 and 504. net/http never repeats a Write on its own, because its body
// can't be rewound.
//
// All of it is paid from one budget of the Transport, see [WithRetryBudget], so
// that a service that is down gets little more than one attempt for each call.
//
// # Logs and events
//
// [WithLogger] writes a record for each attempt and each failed call, and
// [WithObserver] hands each attempt and each call to a function as an
// [proctorbook.Event]. Neither ever sees a URL, a header, a body or a credential.
package transport
