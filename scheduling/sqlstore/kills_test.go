package sqlstore_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// sharedBookings is how many bookings the writers of these tests have among them.
const sharedBookings = 6

// writeOn changes the shared bookings, at random, and says when it has done so: each
// version brings two events. Whoever is killed leaves both of them, or no trace.
func writeOn(s scheduling.Store) error {
	for n := 0; ; {
		b, err := s.Get(context.Background(), scheduling.BookingID(fmt.Sprint("pb-", rand.IntN(sharedBookings))))
		if err == nil {
			b.Generation++
			_, err = s.Update(context.Background(), b, several(b, 2)...)
		}
		if err != nil && !errors.Is(err, scheduling.ErrConflict) {
			return err
		}
		if err != nil {
			continue
		}
		if n++; n == 3 {
			fmt.Println("writing")
		}
	}
}

// storeShared stores the shared bookings.
func storeShared(t *testing.T, s scheduling.Store) {
	t.Helper()
	for i := range sharedBookings {
		b := sample(scheduling.BookingID(fmt.Sprint("pb-", i)), scheduling.LearnerID(fmt.Sprint("ada-", i)))
		if _, err := s.Create(t.Context(), b, several(b, 2)...); err != nil {
			t.Fatal(err)
		}
	}
}

// victim is a process that writes until it is killed.
type victim struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func newVictim(t *testing.T, m medium, dsn, kind string) victim {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestVictim$", "-test.count=1")
	cmd.Env = append(os.Environ(), childEnv+"="+strings.Join([]string{"victim", m.name, dsn, kind}, "\n"))
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return victim{cmd, bufio.NewScanner(output)}
}

// kill waits until the process has written, lets it go on for a drawn time, and kills it.
func (v victim) kill(t *testing.T) {
	t.Helper()
	if !v.lines.Scan() || v.lines.Text() != "writing" {
		t.Errorf("a process ended before it was killed: %s", v.lines.Text())
	}
	time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
	_ = v.cmd.Process.Kill()
	_ = v.cmd.Wait()
}

// victims runs processes of these kinds, kills one and starts another, so many times, and
// kills the rest.
func victims(t *testing.T, m medium, dsn string, kinds []string, kills int) {
	t.Helper()
	running := make([]victim, len(kinds))
	for i, kind := range kinds {
		running[i] = newVictim(t, m, dsn, kind)
	}
	for i := range kills {
		n := i % len(kinds)
		running[n].kill(t)
		running[n] = newVictim(t, m, dsn, kinds[n])
	}
	for _, v := range running {
		v.kill(t)
	}
}

// TestVictim is one of the processes that are killed, and does nothing else.
func TestVictim(t *testing.T) {
	told := strings.Split(os.Getenv(childEnv), "\n")
	if len(told) != 4 || told[0] != "victim" {
		t.Skip("only for the tests that kill processes")
	}
	for _, m := range media {
		if m.name != told[1] {
			continue
		}
		db := m.connect(t, told[2])
		var s scheduling.Store = olderStore{m: m, db: db}
		if told[3] == "new" {
			s = m.on(t, db)
		}
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				var err error
				if i == 0 {
					err = readOn(context.Background(), s, new(atomic.Bool), new([]scheduling.Event))
				} else {
					err = writeOn(s)
				}
				if err != nil {
					t.Errorf("a %s program: %v", told[3], err)
				}
			})
		}
		all.Wait()
	}
}

// readOn follows the events until they have an end after done was set.
func readOn(ctx context.Context, s scheduling.Store, done *atomic.Bool, seen *[]scheduling.Event) error {
	for after := scheduling.Cursor(""); ; {
		last := done.Load()
		page, err := s.Events(ctx, scheduling.EventQuery{After: after, Limit: 50})
		if err != nil {
			return err
		}
		*seen = append(*seen, page...)
		if len(page) > 0 {
			after = page[len(page)-1].Cursor
		} else if last {
			return nil
		}
	}
}

// followed runs readers while act runs, and checks what they have seen: each event of each
// version once, in one order, if ordered that of each booking's versions.
func followed(t *testing.T, s scheduling.Store, readers []scheduling.Store, ordered bool, act func()) {
	t.Helper()
	var all sync.WaitGroup
	var done atomic.Bool
	seen := make([][]scheduling.Event, len(readers))
	for i, reader := range readers {
		all.Go(func() {
			if err := readOn(t.Context(), reader, &done, &seen[i]); err != nil {
				t.Errorf("reader %d: Events error = %v, want none", i, err)
			}
		})
	}
	act()
	var ended atomic.Bool
	ended.Store(true)
	var whole []scheduling.Event
	if err := readOn(t.Context(), s, &ended, &whole); err != nil { // before the others end: an older one numbers nothing
		t.Error(err)
	}
	done.Store(true)
	all.Wait()
	for i := range seen {
		if !slices.Equal(cursors(seen[i]), cursors(whole)) {
			t.Errorf("reader %d saw %d events while others wrote, want the same %d as one who reads now", i, len(seen[i]), len(whole))
		}
	}
	wantEveryEvent(t, s, whole, ordered)
}

func cursors(events []scheduling.Event) (all []scheduling.Cursor) {
	for _, e := range events {
		all = append(all, e.Cursor)
	}
	return all
}

// wantEveryEvent fails if not each version of each booking has its two events.
func wantEveryEvent(t *testing.T, s scheduling.Store, all []scheduling.Event, ordered bool) {
	t.Helper()
	of := map[scheduling.BookingID][]string{}
	for _, e := range all {
		of[e.Booking] = append(of[e.Booking], fmt.Sprintf("%09d/%d", e.Version, e.Attempt))
	}
	total := 0
	for b, err := range s.List(t.Context(), scheduling.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for version := range b.Version {
			want = append(want, fmt.Sprintf("%09d/1", version+1), fmt.Sprintf("%09d/2", version+1))
		}
		got := of[b.ID]
		if !ordered {
			slices.Sort(got)
		}
		if !slices.Equal(got, want) {
			t.Errorf("booking %s has %d versions and the events %v, want two of each version, in their order", b.ID, b.Version, got)
		}
		total += len(got)
	}
	if total != len(all) || total < 10*sharedBookings {
		t.Errorf("there are %d events, %d of them of the bookings; want as many, and more than %d", len(all), total, 10*sharedBookings)
	}
}

// Processes that write and read are killed at drawn moments: no event is lost, none comes
// twice, and all readers see one order, a booking's events in that of its versions.
func TestEventsUnderKills(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, db := m.migrated(t)
		s := m.on(t, db)
		storeShared(t, s)
		readers := []scheduling.Store{s, m.on(t, m.connect(t, dsn))}
		followed(t, s, readers, true, func() { victims(t, m, dsn, []string{"new", "new", "new"}, 10/min(less, 3)) })
	})
}

// In a rolling upgrade programs of the version before and of this one write and read side
// by side, and are killed at drawn moments.
func TestOldAndNewProgramsSideBySide(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn := m.untouched(t)
		db := m.connect(t, dsn)
		if err := m.upTo(t, db, 6); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(`UPDATE proctorbook_store SET namespace = 'upgraded' WHERE id = 1`); err != nil {
			t.Fatal(err)
		}
		old := olderStore{m: m, db: db}
		beginOld(t, old)
		var before []scheduling.Event
		var done atomic.Bool
		done.Store(true)
		if err := readOn(t.Context(), old, &done, &before); err != nil {
			t.Fatal(err)
		}

		if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
			t.Fatal(err)
		}
		s := m.on(t, db)
		readers := []scheduling.Store{s, old, m.on(t, m.connect(t, dsn))}
		kills := 20 / min(less, 4)
		followed(t, s, readers, true, func() { victims(t, m, dsn, []string{"old", "new", "new", "old"}, kills) })
		if n := unnumbered(t, db); n != 0 {
			t.Errorf("%d events have no number before the upgrade is finished, want none: an older program could not read them", n)
		}

		// An old program that was forgotten may bring a booking's events out of their order.
		followed(t, s, readers, false, func() {
			if err := sqlstore.FinishUpgrade(t.Context(), db, m.dialect); err != nil {
				t.Errorf("FinishUpgrade error = %v, want none", err)
			}
			victims(t, m, dsn, []string{"new", "old", "new"}, kills/4)
		})
		var whole []scheduling.Event
		if err := readOn(t.Context(), s, &done, &whole); err != nil || len(whole) < len(before) || !slices.Equal(cursors(whole[:len(before)]), cursors(before)) {
			t.Errorf("the events from before the upgrade have other cursors now, error %v", err)
		}
	})
}

// upTo migrates to a version.
func (m medium) upTo(t *testing.T, db *sql.DB, version int64) error {
	t.Helper()
	_, err := m.tool(t, db).UpTo(t.Context(), version)
	return err
}
