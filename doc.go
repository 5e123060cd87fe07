// Package proctorbook holds what the packages of a library that books proctored
// exams have in common. To do something, import one of those:
//
//   - [github.com/proctorbook/proctorbook/scheduling] books: is this learner
//     enrolled? which slots are free? reserve, move, cancel, begin, unlock,
//     finish, report. It books exactly once, also when the network, the provider
//     or the program dies half-way.
//   - [github.com/proctorbook/proctorbook/proctoru] is a client for the REST API
//     of ProctorU (now Meazure Learning).
//   - [github.com/proctorbook/proctorbook/edx] is a client for the REST APIs of
//     Open edX. [github.com/proctorbook/proctorbook/edx/backend] serves what an
//     Open edX asks of its proctoring provider.
//   - [github.com/proctorbook/proctorbook/proctoru/proctorutest] and
//     [github.com/proctorbook/proctorbook/edx/edxtest] are fakes of both services
//     for your tests. [github.com/proctorbook/proctorbook/proctorbooktest] has their
//     clocks and faults.
//
// Below package scheduling are the packages lists (for staff, also as CSV), cohort
// (many learners at once), provider and platform (adapters to other services),
// preflight (checks before the first booking), metrics, memstore (a store for
// tests) and storetest (checks a store of your own).
//
// The clients don't need each other, nor package scheduling. The programs in the
// folder examples run offline.
//
// # What is here
//
//   - [ErrNotDone], [ErrOutcomeUnknown] and [ErrRedirect]: what a failed call
//     proves. [ValidationError] lists the wrong fields of an input.
//   - [Clock] and [Limiter]: what the clients go by. [SystemClock] is the default.
//   - [Observer] and [Event]: what the clients report, for metrics and traces.
package proctorbook

// Version is the library's version. The clients send it in their User-Agent.
const Version = "0.1.0"
