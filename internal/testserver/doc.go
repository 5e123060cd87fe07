// Package testserver holds what the fakes of both services share and nobody
// configures: the answers that they give or fail to give, their JSON, the book of
// faults that are still to be played, and the requests that act late.
//
// The fakes themselves are the packages proctorutest and edxtest. What their users
// set up is in proctorbooktest. This package imports neither client: a fake that
// shares its types with the client under test proves nothing.
package testserver

// MaxBody bounds what the fakes read of a request or an answer.
const MaxBody = 1 << 20
