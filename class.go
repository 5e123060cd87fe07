package proctorbook

// Class tells what happens if a call is sent twice, and so when a client may send
// it again by itself.
type Class int

// The classes of calls.
const (
	// Read changes nothing. It is sent again after a failed connection, a broken
	// answer, a timeout, and the statuses 429, 500, 502, 503 and 504.
	Read Class = iota
	// IdempotentWrite leaves the same state when it is sent twice. It is sent again
	// in the same cases as a Read.
	IdempotentWrite
	// Write may act a second time when it is sent twice. It is sent again only when
	// the service provably did not act: no connection was made, or the status is 429.
	Write
)

// String returns the class as a word for logs and metrics: read,
// idempotent_write or write.
func (c Class) String() string {
	switch c {
	case Read:
		return "read"
	case IdempotentWrite:
		return "idempotent_write"
	case Write:
		return "write"
	}
	return "invalid"
}
