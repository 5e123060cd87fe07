package sqlstore

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"sync/atomic"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

const (
	// replayKeep is how long an event is remembered after it was last claimed.
	replayKeep = 90 * 24 * time.Hour
	// replayPrune is how often a process drops the older ones.
	replayPrune = time.Hour
)

// ReplayMemory is a [proctoru.ReplayMemory] in the tables of a store, which all
// processes share and which survives them. It holds the hashes of events, and
// nothing of what was sent. What is older than 90 days it drops by itself.
//
// Claims compare the clocks of the machines: keep them within seconds of each other.
type ReplayMemory struct {
	store  *Store
	pruned atomic.Int64 // when this process last dropped old events, in microseconds
}

var _ proctoru.ReplayMemory = (*ReplayMemory)(nil)

// ReplayMemory returns the store's memory of webhooks, for
// [proctoru.WithReplayMemory]. Take one a process.
func (s *Store) ReplayMemory() *ReplayMemory { return &ReplayMemory{store: s} }

// Begin implements [proctoru.ReplayMemory].
func (m *ReplayMemory) Begin(ctx context.Context, hash proctoru.WebhookHash, now, until time.Time) (proctoru.WebhookClaim, error) {
	token, err := m.store.dice.token()
	if err != nil {
		return proctoru.WebhookClaim{}, err
	}
	w := webhook{hash: hex.EncodeToString(hash[:]), token: token, now: now.UnixMicro(), until: until.UnixMicro()}
	for {
		err := m.store.write(ctx, "Begin",
			func(ctx context.Context, tx *sql.Tx, _ bool) (err error) {
				w.state, err = m.store.claimWebhook(ctx, tx, w)
				return err
			},
			func(context.Context, bool) error { return scheduling.ErrConflict })
		if errors.Is(err, scheduling.ErrConflict) {
			continue // another one has claimed it in between
		}
		if err != nil {
			return proctoru.WebhookClaim{}, err
		}
		m.prune(ctx, w.now)
		if w.state != proctoru.WebhookFresh {
			token = ""
		}
		return proctoru.WebhookClaim{State: w.state, Token: token}, nil
	}
}

// webhook is one event that is being claimed.
type webhook struct {
	hash, token string
	now, until  int64 // microseconds
	state       proctoru.WebhookState
}

// claimWebhook takes an event whose claim is over, or a new one. A claim with our own
// token is one of which the answer was lost.
func (s *Store) claimWebhook(ctx context.Context, tx *sql.Tx, w webhook) (proctoru.WebhookState, error) {
	_, err := s.exec(ctx, tx, `UPDATE proctorbook_webhooks SET claim_until = ?, token = ?, seen_at = ? WHERE hash = ? AND done = 0 AND claim_until <= ?`,
		w.until, w.token, w.now, w.hash, w.now)
	if err != nil {
		return 0, err
	}
	var done int
	var token string
	err = s.row(ctx, tx, `SELECT done, token FROM proctorbook_webhooks WHERE hash = ?`, w.hash).Scan(&done, &token)
	switch {
	case isNoRows(err):
		_, err = s.exec(ctx, tx, `INSERT INTO proctorbook_webhooks (hash, done, claim_until, token, seen_at) VALUES (?, 0, ?, ?, ?)`, w.hash, w.until, w.token, w.now)
		return proctoru.WebhookFresh, err
	case err != nil:
		return 0, err
	case done != 0:
		return proctoru.WebhookDone, nil
	case token == w.token:
		return proctoru.WebhookFresh, nil
	}
	return proctoru.WebhookInProgress, nil
}

// prune drops what is older than anybody would repeat, now and then. That it fails
// harms nothing: another process does it, or this one later.
func (m *ReplayMemory) prune(ctx context.Context, now int64) {
	last := m.pruned.Load()
	if now-last < replayPrune.Microseconds() || !m.pruned.CompareAndSwap(last, now) {
		return
	}
	_ = m.store.write(ctx, "Begin", func(ctx context.Context, tx *sql.Tx, _ bool) error {
		_, err := m.store.exec(ctx, tx, `DELETE FROM proctorbook_webhooks WHERE seen_at < ?`, now-replayKeep.Microseconds())
		return err
	}, nil)
}

// Done implements [proctoru.ReplayMemory].
func (m *ReplayMemory) Done(ctx context.Context, hash proctoru.WebhookHash) error {
	return m.store.write(ctx, "Done", func(ctx context.Context, tx *sql.Tx, _ bool) error {
		_, err := m.store.exec(ctx, tx, `UPDATE proctorbook_webhooks SET done = 1 WHERE hash = ?`, hex.EncodeToString(hash[:]))
		return err
	}, nil)
}

// Forget implements [proctoru.ReplayMemory]. The row stays, with a claim that is over.
func (m *ReplayMemory) Forget(ctx context.Context, hash proctoru.WebhookHash, token string) error {
	return m.store.write(ctx, "Forget", func(ctx context.Context, tx *sql.Tx, _ bool) error {
		_, err := m.store.exec(ctx, tx, `UPDATE proctorbook_webhooks SET claim_until = 0 WHERE hash = ? AND token = ? AND done = 0`, hex.EncodeToString(hash[:]), token)
		return err
	}, nil)
}

// String names the memory, for logs.
func (m *ReplayMemory) String() string { return m.store.String() + " webhooks" }
