package sqlstore_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/proctoru/replaytest"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

func TestReplayMemory(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		replaytest.Run(t, func(t *testing.T) proctoru.ReplayMemory { return m.open(t).ReplayMemory() })
	})
}

// Two processes on one database have one memory.
func TestReplayMemoryShared(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		replaytest.RunShared(t, func(t *testing.T) (a, b proctoru.ReplayMemory) {
			dsn, db := m.migrated(t)
			return m.on(t, db).ReplayMemory(), m.on(t, m.connect(t, dsn)).ReplayMemory()
		})
	})
}

// begin claims an event in a minute of the test.
func begin(t *testing.T, m *sqlstore.ReplayMemory, n int, at time.Time) proctoru.WebhookClaim {
	t.Helper()
	claim, err := m.Begin(t.Context(), sha256.Sum256(fmt.Append(nil, n)), at, at.Add(time.Minute))
	if err != nil {
		t.Fatalf("Begin error = %v, want none", err)
	}
	return claim
}

// The answer to the commit of a claim is lost: the memory finds out that it is its own.
func TestReplayMemoryLostAnswers(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, _ := m.migrated(t)
		db, fault := m.faultyPool(t, dsn)
		memory := m.on(t, db).ReplayMemory()
		now := time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC)
		begin(t, memory, 0, now) // has pruned
		for n, commits := range [][]commitFault{{commitLost}, {commitNever}, {commitLost, commitLost}, {commitNever, commitLost}} {
			fault.next(commits...)
			claim := begin(t, memory, n+1, now)
			if claim.State != proctoru.WebhookFresh || claim.Token == "" {
				t.Errorf("commits %v: a claim = %+v, want a fresh one", commits, claim)
			}
			fault.next(commits...)
			if err := memory.Forget(t.Context(), sha256.Sum256(fmt.Append(nil, n+1)), claim.Token); err != nil {
				t.Errorf("commits %v: Forget error = %v, want none", commits, err)
			}
			if got := begin(t, memory, n+1, now).State; got != proctoru.WebhookFresh {
				t.Errorf("commits %v: given up = state %d, want fresh", commits, got)
			}
			fault.next(commits...)
			if err := memory.Done(t.Context(), sha256.Sum256(fmt.Append(nil, n+1))); err != nil {
				t.Errorf("commits %v: Done error = %v, want none", commits, err)
			}
			if got := begin(t, memory, n+1, now.Add(time.Hour/2)).State; got != proctoru.WebhookDone {
				t.Errorf("commits %v: done = state %d, want done", commits, got)
			}
		}
	})
}

// A store from before there was a memory keeps what it has when it is migrated, and
// when the migration is taken back.
func TestReplayMemoryInAnOldStore(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		db, tool := m.at(t, 1)
		if _, err := db.Exec(`UPDATE proctorbook_store SET namespace = 'exam2027', last_event = 7`); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			_, err := sqlstore.Open(db, m.dialect, sqlstore.WithVolatile())
			if e, ok := errors.AsType[*sqlstore.SchemaError](err); !ok || e.Have != 1 {
				t.Errorf("Open of the older tables error = %v, want *SchemaError with version 1", err)
			}
			if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
				t.Fatalf("Migrate error = %v, want none", err)
			}
			store := m.on(t, db, sqlstore.WithNamespace("exam2027"))
			if got := begin(t, store.ReplayMemory(), 1, time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC)).State; got != proctoru.WebhookFresh {
				t.Errorf("after Migrate: state %d, want fresh", got)
			}
			if _, err := tool.DownTo(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Old events are dropped, and no others.
func TestReplayMemoryPrunes(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		memory := m.on(t, db).ReplayMemory()
		now := time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC)
		count := func() (n int) {
			if err := db.QueryRow(`SELECT COUNT(*) FROM proctorbook_webhooks`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for _, tt := range []struct{ day, want int }{{0, 1}, {31, 2}, {89, 3}, {91, 3}, {120, 4}, {122, 4}} { // day 0 is dropped on day 91, day 31 on day 122
			begin(t, memory, tt.day, now.AddDate(0, 0, tt.day))
			if got := count(); got != tt.want {
				t.Errorf("day %d: %d events, want %d", tt.day, got, tt.want)
			}
		}
	})
}

// An error says what could not be done, and holds nothing of the event.
func TestReplayMemoryErrors(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		db := m.connect(t, m.untouched(t))
		if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
			t.Fatal(err)
		}
		memory := m.on(t, db).ReplayMemory()
		if _, err := db.Exec(`DROP TABLE proctorbook_webhooks`); err != nil {
			t.Fatal(err)
		}
		now := time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC)
		_, errBegin := memory.Begin(t.Context(), proctoru.WebhookHash{}, now, now)
		for op, err := range map[string]error{
			"Begin": errBegin, "Done": memory.Done(t.Context(), proctoru.WebhookHash{}), "Forget": memory.Forget(t.Context(), proctoru.WebhookHash{}, "x"),
		} {
			if e, ok := errors.AsType[*sqlstore.Error](err); !ok || e.Op != op || strings.Contains(e.Error(), strings.Repeat("0", 64)) {
				t.Errorf("%s without its table = %v, want *Error", op, err)
			}
		}
	})
}

// Two replicas that get the same deliveries at once handle each event once, and
// what one of them failed at is handled when it comes again.
func TestReplayMemoryReplicas(t *testing.T) {
	const secret, events = "a secret that the provider has", 20
	onEach(t, func(t *testing.T, m medium) {
		dsn, db := m.migrated(t)
		var handled [events]atomic.Int64
		var tries atomic.Int64
		replica := func(s *sqlstore.Store) http.Handler {
			h, err := proctoru.NewWebhookHandler([]proctoru.Secret{secret}, func(_ context.Context, e proctoru.WebhookEvent) error {
				if tries.Add(1)%3 == 0 {
					return errors.New("not now")
				}
				var n int
				if _, err := fmt.Sscanf(e.ID, "ev-%d", &n); err != nil {
					t.Error(err)
				}
				handled[n].Add(1)
				return nil
			}, proctoru.WithReplayMemory(s.ReplayMemory()))
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		replicas := []http.Handler{replica(m.on(t, db)), replica(m.on(t, m.connect(t, dsn)))}
		var all sync.WaitGroup
		for n := range events {
			body := fmt.Sprintf(`{"event":{"id":"ev-%d"}}`, n)
			for _, h := range replicas {
				all.Go(func() {
					for range 200 { // as the provider does, until it is told that all is well
						r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
						r.Header.Set("Content-Type", "application/json")
						r.Header.Set(proctorutest.SignatureHeader, proctorutest.SignWebhook(secret, []byte(body)))
						w := httptest.NewRecorder()
						if h.ServeHTTP(w, r); w.Code == http.StatusNoContent {
							return
						}
						time.Sleep(5 * time.Millisecond)
					}
					t.Errorf("event %d was never acknowledged", n)
				})
			}
		}
		all.Wait()
		for n := range handled {
			if got := handled[n].Load(); got != 1 {
				t.Errorf("event %d was handled %d times, want once", n, got)
			}
		}
	})
}
