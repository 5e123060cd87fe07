package storetest

import (
	"regexp"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

var namespacePromises = []promise{
	{"Namespace is 8 characters of [a-z0-9], and stays", namespaceForm},
	{"Namespace is the same for concurrent first calls", namespaceOnce},
	{"Namespace differs between two stores", namespaceOwn},
}

var namespacePattern = regexp.MustCompile(`^[a-z0-9]{8}$`)

func namespace(t *testing.T, s scheduling.Store) string {
	t.Helper()
	got, err := s.Namespace(t.Context())
	if err != nil {
		t.Fatalf("Namespace error = %v, want none", err)
	}
	return got
}

func namespaceForm(t *testing.T, open opener) {
	s := open(t)
	first := namespace(t, s)
	if !namespacePattern.MatchString(first) {
		t.Errorf("Namespace = %q, want 8 characters of [a-z0-9]", first)
	}
	wordy(t, s, "pb-1", "ada")
	erase(t, s, "ada")
	if again := namespace(t, s); again != first {
		t.Errorf("Namespace = %q after writes, want %q as before", again, first)
	}
}

func namespaceOnce(t *testing.T, open opener) {
	s := open(t)
	got := make([]string, 16)
	together(len(got), func(i int) {
		var err error
		if got[i], err = s.Namespace(t.Context()); err != nil {
			t.Errorf("Namespace error = %v, want none", err)
		}
	})
	for _, other := range got {
		if other != got[0] {
			t.Errorf("concurrent first calls of Namespace returned %q and %q, want one", got[0], other)
		}
	}
}

func namespaceOwn(t *testing.T, open opener) {
	if one, other := namespace(t, open(t)), namespace(t, open(t)); one == other {
		t.Errorf("two stores have the namespace %q: it must tell their reservations apart", one)
	}
}
