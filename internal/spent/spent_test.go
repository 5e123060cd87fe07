package spent_test

import (
	"context"
	"testing"

	"github.com/proctorbook/proctorbook/internal/spent"
)

func TestCounting(t *testing.T) {
	t.Parallel()
	spent.Request(t.Context()) // nobody counts
	outer, before := spent.Counting(t.Context())
	spent.Request(outer)
	inner, within := spent.Counting(outer)
	spent.Request(context.WithoutCancel(inner))
	spent.Request(inner)
	if before() != 1 || within() != 2 {
		t.Errorf("counted %d and %d, want 1 and 2", before(), within())
	}
}
