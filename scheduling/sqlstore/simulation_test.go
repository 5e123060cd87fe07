package sqlstore_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/simulation"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// TestSimulation plays the project's simulation on each kind of database. A
// process that dies opens the database anew. PROCTORBOOK_SEEDS_SQL says how many
// schedules are played on each.
func TestSimulation(t *testing.T) {
	worlds := map[string]struct {
		seeds int
		make  func(t *testing.T, m medium) simulation.Config
	}{
		"sqlite":   {300, files},
		"postgres": {60, emptied},
		"mariadb":  {60, emptied},
	}
	onEach(t, func(t *testing.T, m medium) {
		config := worlds[m.name].make(t, m)
		config.Store, config.Seeds, config.SeedsEnv = m.name, worlds[m.name].seeds/less, "PROCTORBOOK_SEEDS_SQL"
		result := simulation.Run(t, config)
		fmt.Printf("simulation: %s\n", result)
	})
}

// The same seed gives the same schedule on each database, byte for byte. The store
// in memory may give another one: it reads each booking of a List anew, and these
// read a page ahead, which the contract leaves open.
func TestSimulationIsTheSameEverywhere(t *testing.T) {
	seeds := 10 / less
	traces := func(t *testing.T, m medium) []uint64 {
		config := map[string]func(*testing.T, medium) simulation.Config{"sqlite": files, "postgres": emptied, "mariadb": emptied}[m.name](t, m)
		config.Seeds = seeds
		return simulation.Traces(t, config)
	}
	want := traces(t, media[0])
	onEach(t, func(t *testing.T, m medium) {
		for seed, got := range traces(t, m) {
			if got != want[seed] {
				t.Errorf("seed %d: trace %016x, want %016x as first on SQLite", seed, got, want[seed])
			}
		}
	})
}

// name is the namespace of a seed's store.
func name(seed uint64) string { return fmt.Sprintf("s%07d", seed%10_000_000) }

// played is a store and the pool that it is on.
type played struct {
	*sqlstore.Store
	db   *sql.DB
	path string
}

// files plays on SQLite files, each a copy of one that has its tables.
func files(t *testing.T, m medium) simulation.Config {
	dir := t.TempDir()
	template := filepath.Join(dir, "template.db")
	db := m.connect(t, fileDSN(template))
	if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil { // which also empties the write-ahead log
		t.Fatal(err)
	}
	empty, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	open := func(t testing.TB, path string, opts ...sqlstore.Option) scheduling.Store {
		db, err := sql.Open(m.driver, fileDSN(path))
		if err != nil {
			t.Fatal(err)
		}
		return played{m.on(t, db, opts...), db, path}
	}
	var next atomic.Int64
	return simulation.Config{
		Open: func(t testing.TB, seed uint64) scheduling.Store {
			path := filepath.Join(dir, fmt.Sprintf("%d.db", next.Add(1)))
			if err := os.WriteFile(path, empty, 0o600); err != nil {
				t.Fatal(err)
			}
			return open(t, path, sqlstore.WithNamespace(name(seed)))
		},
		Reopen: func(t testing.TB, s scheduling.Store) scheduling.Store {
			old := s.(played)
			_ = old.db.Close()
			return open(t, old.path)
		},
		Close: func(s scheduling.Store) {
			old := s.(played)
			_ = old.db.Close()
			for _, end := range []string{"", "-wal", "-shm"} {
				_ = os.Remove(old.path + end)
			}
		},
	}
}

// emptied plays on a few databases that are emptied for the next schedule.
func emptied(t *testing.T, m medium) simulation.Config {
	var mu sync.Mutex
	var free []*sql.DB
	take := func() *sql.DB {
		mu.Lock()
		defer mu.Unlock()
		if len(free) == 0 {
			_, db := m.migrated(t)
			return db
		}
		db := free[0]
		free = free[1:]
		return db
	}
	return simulation.Config{
		Open: func(tb testing.TB, seed uint64) scheduling.Store {
			db := take()
			empty(tb, db)
			return played{m.on(tb, db, sqlstore.WithNamespace(name(seed))), db, ""}
		},
		Reopen: func(tb testing.TB, s scheduling.Store) scheduling.Store {
			old := s.(played)
			return played{m.on(tb, old.db), old.db, ""}
		},
		Close: func(s scheduling.Store) {
			mu.Lock()
			defer mu.Unlock()
			free = append(free, s.(played).db)
		},
	}
}
