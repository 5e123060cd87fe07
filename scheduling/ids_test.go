package scheduling_test

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

// idShape is what the provider's reservation_id allows, and what the sweep
// tells its own from others' by: prefix, namespace, 100 random bits.
var idShape = regexp.MustCompile(`^pb-testtest-[0-9abcdefghjkmnpqrstvwxyz]{20}$`)

func TestBookingIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen, signs := map[scheduling.BookingID]bool{}, map[rune]bool{}
	for range 50 {
		id := w.booked(nine).ID
		if !idShape.MatchString(string(id)) || len(id) > 50 || seen[id] {
			t.Fatalf("id %q of %d characters (seen before: %v), want %s", id, len(id), seen[id], idShape)
		}
		seen[id] = true
		for _, sign := range id[len("pb-testtest-"):] {
			signs[sign] = true
		}
		if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(signs) != 32 {
		t.Errorf("%d different signs in 1,000, want 32: else an id has less than 100 random bits", len(signs))
	}
}

func TestNamespaceOfABookingID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for id, want := range map[scheduling.BookingID]string{
		w.booked(nine).ID: "testtest", "pb-abcd1234-0123456789abcdefghjk": "abcd1234", "pb-abcd1234-": "abcd1234",
		"": "", "pb-": "", "pb-abcd1234": "", "xpb-abcd1234-0": "", "AB12CD34": "", "PB-abcd1234-0": "",
	} {
		if got := id.Namespace(); got != want {
			t.Errorf("Namespace of %q = %q, want %q", id, got, want)
		}
	}
}

// The same source of randomness gives the same ids, so that simulations repeat.
func TestBookingIDsAreDeterministic(t *testing.T) {
	t.Parallel()
	idWith := func(seed string) scheduling.BookingID {
		var key [32]byte
		copy(key[:], seed)
		return newWorld(t, scheduling.WithRandom(rand.NewChaCha8(key))).booked(nine).ID
	}
	if a, b := idWith("one"), idWith("one"); a != b {
		t.Errorf("one seed gave %s and %s", a, b)
	}
	if a, b := idWith("one"), idWith("two"); a == b {
		t.Errorf("two seeds gave %s", a)
	}
}

// drySource gives so many bytes, and then fails.
type drySource struct{ left int }

func (s *drySource) Read(p []byte) (int, error) {
	if s.left < len(p) {
		return 0, errors.New("no entropy")
	}
	s.left -= len(p)
	return len(p), nil
}

// Without randomness two bookings could share an id: that is the end of the process.
func TestFailingRandomnessPanics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduling.WithRandom(&drySource{left: 20})) // enough for the lease name alone
	defer func() {
		if recover() == nil {
			t.Error("Book with a failing source of randomness did not panic")
		}
		if n := w.providerRequests(); n != 0 {
			t.Errorf("sent %d requests, want none", n)
		}
	}()
	_, _ = w.Book(t.Context(), w.exam, w.learner, nine)
}
