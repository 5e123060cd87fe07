package memstore_test

import (
	"errors"
	"regexp"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/storetest"
)

func TestMemoryStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) scheduling.Store { return memstore.New() })
}

func TestWithNamespace(t *testing.T) {
	t.Parallel()
	s := memstore.New(memstore.WithNamespace("abcd1234"))

	got, err := s.Namespace(t.Context())

	if err != nil || got != "abcd1234" {
		t.Errorf("Namespace = %q, %v, want abcd1234", got, err)
	}
}

// Every store draws a namespace of its own.
func TestNamespacesDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		ns, err := memstore.New().Namespace(t.Context())
		if err != nil || !regexp.MustCompile(`^[a-z0-9]{8}$`).MatchString(ns) || seen[ns] {
			t.Fatalf("Namespace = %q (seen before: %v), %v", ns, seen[ns], err)
		}
		seen[ns] = true
	}
}

// A service that starts with this store by mistake learns it from Preflight.
func TestCheckSaysThatItIsNotDurable(t *testing.T) {
	t.Parallel()
	var checker scheduling.StoreChecker = memstore.New()
	if err := checker.Check(t.Context()); !errors.Is(err, scheduling.ErrNotDurable) {
		t.Errorf("Check = %v, want ErrNotDurable", err)
	}
}

// A nil option panics with a text that says so.
func TestNilOption(t *testing.T) {
	t.Parallel()
	defer func() {
		if text, _ := recover().(string); text != "memstore: New: an option is nil" {
			t.Errorf("panic %q", text)
		}
	}()
	memstore.New(nil)
}
