package sqlstore

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/proctoru"
)

// LinkMemory is a [backend.LinkMemory] in the tables of a store: a link to the dashboard
// opens once over all processes that share the store. It holds hashes alone.
type LinkMemory struct{ used *ReplayMemory }

var _ backend.LinkMemory = (*LinkMemory)(nil)

// LinkMemory returns the store's memory of links, for [backend.WithLinkMemory]. Take one a
// process.
func (s *Store) LinkMemory() *LinkMemory { return &LinkMemory{s.ReplayMemory()} }

// Use implements [backend.LinkMemory]. A link is an event that somebody has until the link
// has expired by itself, and that is never done: so it stands beside those of webhooks.
func (m *LinkMemory) Use(ctx context.Context, link backend.LinkID, now, until time.Time) (fresh bool, err error) {
	hash := sha256.Sum256([]byte("link\x00" + link.Client + "\x00" + link.JTI))
	claim, err := m.used.Begin(ctx, hash, now, until)
	return claim.State == proctoru.WebhookFresh, err
}

// String names the memory, for logs.
func (m *LinkMemory) String() string { return m.used.store.String() + " links" }
