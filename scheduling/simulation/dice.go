package simulation

// dice answers questions of chance. An answer depends only on the seed, the
// kind of question and its place. So one disturbance can be left out without
// changing the others, and a failing schedule can shrink.
type dice struct{ seed uint64 }

// mix is the finalizer of splitmix64: a bijection that hides the order of its inputs.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// roll returns the number at a place.
func (d dice) roll(kind decision, place int) uint64 {
	return mix(mix(d.seed*0x100+uint64(kind)) + uint64(place))
}

// stream returns a sequence of numbers of its own.
func (d dice) stream(kind decision, place int) *stream { return &stream{state: d.roll(kind, place)} }

// stream is a sequence of random numbers. It is an io.Reader for ids and jitter.
type stream struct{ state uint64 }

func (s *stream) next() uint64 {
	s.state += 0x9e3779b97f4a7c15
	return mix(s.state)
}

// n returns a number from 0 to n-1.
func (s *stream) n(n int) int { return int(s.next() % uint64(n)) }

// chance is true with that probability.
func (s *stream) chance(p float64) bool { return share(s.next()) < p }

// share turns a number into one from 0 up to but not including 1.
func share(x uint64) float64 { return float64(x>>11) / (1 << 53) }

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s.next() >> 32)
	}
	return len(p), nil
}

func pick[T any](s *stream, of ...T) T { return of[s.n(len(of))] }

// decision is a kind of question that is put to the dice.
type decision uint64

const (
	decidePlan     decision = iota // dialect, slots, users: the schedule's frame
	decideStep                     // what happens next
	decideRequest                  // what goes wrong with a request
	decideStore                    // what goes wrong with a store call
	decideCrash                    // whether a process dies
	decideUser                     // a user's call
	decideProvider                 // an act of the provider
	decideJump                     // a jump of the clock
	decideIDs                      // the product's own randomness
	decidePanic                    // whether the work on a booking panics
)
