// Package spent counts the requests that calls of our clients come to, for those who
// can't see the client: one call may be many requests, as of a long report.
package spent

import (
	"context"
	"sync/atomic"
)

type key struct{}

// Counting returns a context whose requests are counted, and how many there were so far.
// Of several counts, one inside the other, the inner one counts.
func Counting(ctx context.Context) (counting context.Context, requests func() int) {
	n := new(atomic.Int64)
	return context.WithValue(ctx, key{}, n), func() int { return int(n.Load()) }
}

// Request counts one request that is made with ctx.
func Request(ctx context.Context) {
	if n, ok := ctx.Value(key{}).(*atomic.Int64); ok {
		n.Add(1)
	}
}
