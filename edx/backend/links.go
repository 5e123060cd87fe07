package backend

import (
	"context"
	"sync"
	"time"
)

// LinkID is the mark that a platform gives to one dashboard link.
type LinkID struct {
	Client string // id of the client that made the link
	JTI    string // its own mark, at most 255 letters, digits, - and _
}

// LinkMemory remembers which dashboard links were used, so that each opens once.
// Its method must be safe for use by many goroutines, and in a memory that is
// shared by many processes. In a database it is one table with the two parts of
// the id as its key, and an instant.
type LinkMemory interface {
	// Use keeps the link until then, and returns true if it is not known yet. Of
	// several callers at once one gets true. What was kept until now or earlier may
	// be forgotten: such a link has expired by itself.
	Use(ctx context.Context, link LinkID, now, until time.Time) (fresh bool, err error)
}

// NewLinkMemory returns a memory in this process alone. It keeps a link for some
// minutes.
func NewLinkMemory() LinkMemory { return &links{used: map[LinkID]time.Time{}} }

type links struct {
	mu   sync.Mutex
	used map[LinkID]time.Time
	tidy int // how many there may be before those that have expired are looked for
}

const tidyLinks = 1000

// Use implements [LinkMemory].
func (m *links) Use(ctx context.Context, link LinkID, now, until time.Time) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.used) >= max(m.tidy, tidyLinks) {
		for id, end := range m.used {
			if !end.After(now) {
				delete(m.used, id)
			}
		}
		m.tidy = 2 * len(m.used)
	}
	if _, known := m.used[link]; known {
		return false, nil
	}
	m.used[link] = until
	return true, nil
}
