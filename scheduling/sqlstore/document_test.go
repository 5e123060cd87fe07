package sqlstore_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

func wantNewer(t *testing.T, what string, err error, members ...string) {
	t.Helper()
	e, ok := errors.AsType[*scheduling.NewerDocumentError](err)
	if !ok || !slices.Equal(e.Members, members) {
		t.Errorf("%s error = %v, want *NewerDocumentError that names %v", what, err, members)
	}
}

// rewritten returns a store and its only booking, whose document was changed, as a newer program would.
func rewritten(t *testing.T, m medium, change func(document string) string) (*sqlstore.Store, scheduling.Booking) {
	t.Helper()
	_, db := m.migrated(t)
	s := m.on(t, db)
	b := sample("pb-1", "ada")
	b.Wish = &scheduling.Wish{Op: scheduling.OpCancel, Requested: day(1)}
	b.Memory.Extras = []scheduling.Extra{{Number: "7", Since: day(1)}}
	if _, err := s.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	document := strings.TrimSpace(dumpText(t, db, `SELECT document FROM proctorbook_bookings`))
	newer := change(document)
	if newer == document {
		t.Fatalf("the test changes nothing in %s", document)
	}
	if _, err := db.Exec(sqlstore.Query(m.dialect, `UPDATE proctorbook_bookings SET format = 'newer', document = ?`), newer); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), "pb-1")
	if err != nil {
		t.Fatalf("Get of a newer document error = %v, want none: an older program must see the booking", err)
	}
	return s, got
}

// A member that only a newer program knows is no error for an older one that
// reads; one that would write is stopped, since it would lose it.
func TestNewerDocuments(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		for member, change := range map[string][2]string{
			"mood":                 {`"state":`, `"mood":"calm","state":`},
			"exam.room":            {`"name":`, `"room":"B12","name":`},
			"exam.policy.moves":    {`"policy":{`, `"policy":{"moves":3`},
			"wish.color":           {`"wish":{`, `"wish":{"color":"red",`},
			"intent.flags.maybe":   {`"intent":{`, `"intent":{"flags":{"maybe":true},`},
			"memory.extras.weight": {`"extras":[{`, `"extras":[{"weight":1,`},
		} {
			s, b := rewritten(t, m, func(document string) string { return strings.Replace(document, change[0], change[1], 1) })
			_, err := s.Update(t.Context(), b)
			if member == "intent.flags.maybe" {
				member = "intent.flags" // it has none else
			}
			wantNewer(t, "Update", err, member)
			if after, err := s.Get(t.Context(), b.ID); err != nil || after.Version != b.Version {
				t.Errorf("the booking has version %d, error %v after the refused Update; want %d", after.Version, err, b.Version)
			}
			if claimed, err := s.Claim(t.Context(), scheduling.ClaimQuery{Owner: "w", Now: day(2), Until: day(3), Limit: 1}); err != nil || len(claimed) != 1 {
				t.Errorf("Claim = %d bookings, error %v; want the booking: it loses nothing", len(claimed), err)
			}
		}
	})
}

// A document in which a newer program has used nothing new is like any other.
func TestNewerDocumentWithNothingNew(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		s, b := rewritten(t, m, func(document string) string { return strings.Replace(document, `"state":`, ` "state":`, 1) })
		stale := b
		stale.Version--
		if _, err := s.Update(t.Context(), stale); !errors.Is(err, scheduling.ErrConflict) {
			t.Errorf("Update from another version error = %v, want ErrConflict", err)
		}
		b, err := s.Update(t.Context(), b, sent(b))
		if err == nil {
			b, err = s.Update(t.Context(), b)
		}
		if err != nil || b.Version != 3 {
			t.Errorf("two Updates = version %d, error %v; want 3, none", b.Version, err)
		}
	})
}

// A document that is damaged is an error that names the booking, not what stands in it.
func TestUnreadableDocuments(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		s := m.on(t, db)
		b := sample("pb-1", "ada")
		b, err := s.Create(t.Context(), b, sent(b))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.PutLearner(t.Context(), scheduling.Learner{ID: "ada", Name: "NameW"}); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"bookings", "events", "learners"} {
			if _, err := db.Exec(sqlstore.Query(m.dialect, `UPDATE proctorbook_`+table+` SET document = ?`), `["NameW"]`); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.Exec(`UPDATE proctorbook_bookings SET format = 'newer'`); err != nil {
			t.Fatal(err)
		}
		_, updated := s.Update(t.Context(), b) // first: Claim raises the version
		for name, call := range map[string]func() error{
			"Get":    func() error { _, err := s.Get(t.Context(), "pb-1"); return err },
			"Update": func() error { return updated },
			"Claim": func() error {
				_, err := s.Claim(t.Context(), scheduling.ClaimQuery{Owner: "w", Now: day(2), Until: day(3), Limit: 1})
				return err
			},
			"Events":  func() error { _, err := s.Events(t.Context(), scheduling.EventQuery{Limit: 1}); return err },
			"Learner": func() error { _, err := s.Learner(t.Context(), "ada", 0); return err },
			"Erase":   func() error { return s.Erase(t.Context(), "ada") },
			"List": func() error {
				for _, err := range s.List(t.Context(), scheduling.Filter{}) {
					return err
				}
				return nil
			},
		} {
			if err := call(); err == nil || !strings.Contains(err.Error(), "can't be read") || strings.Contains(err.Error(), "NameW") {
				t.Errorf("%s of a damaged document error = %v, want one that says so and quotes nothing", name, err)
			}
		}
	})
}

// A document that is another record's, or nobody's, is not taken for the row's own:
// whoever worked with it would change the other one, or book for the other learner.
func TestForeignDocuments(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		for name, foreign := range map[string]func(document string) string{
			"null":            func(string) string { return `null` },
			"empty":           func(string) string { return `{}` },
			"of another one":  func(d string) string { return strings.NewReplacer(`"pb-1"`, `"pb-2"`, `"ada"`, `"bob"`).Replace(d) },
			"without its key": func(d string) string { return strings.NewReplacer(`"pb-1"`, `""`, `"ada"`, `""`).Replace(d) },
		} {
			_, db := m.migrated(t)
			s := m.on(t, db)
			b := sample("pb-1", "ada")
			b, err := s.Create(t.Context(), b, sent(b))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.PutLearner(t.Context(), scheduling.Learner{ID: "ada", Name: "NameW"}); err != nil {
				t.Fatal(err)
			}
			for _, table := range []string{"events", "learners", "bookings"} {
				document := foreign(strings.TrimSpace(dumpText(t, db, `SELECT document FROM proctorbook_`+table)))
				if _, err := db.Exec(sqlstore.Query(m.dialect, `UPDATE proctorbook_`+table+` SET document = ?`), document); err != nil {
					t.Fatal(err)
				}
				if table == "bookings" {
					break
				}
				if err := s.Erase(t.Context(), "ada"); table == "events" {
					wantUnreadableRow(t, name+": Erase", err)
				}
			}
			events, err := s.Events(t.Context(), scheduling.EventQuery{Limit: 1})
			if wantUnreadableRow(t, name+": Events", err); len(events) != 1 || events[0].Booking != "pb-1" {
				t.Errorf("%s: Events = %v, want one of pb-1", name, events)
			}
			_, err = s.Learner(t.Context(), "ada", 0)
			wantUnreadableRow(t, name+": Learner", err)
			_, err = s.Get(t.Context(), "pb-1")
			wantUnreadableRow(t, name+": Get", err)
			_, err = s.Active(t.Context(), "ada", b.Exam.Key())
			wantUnreadableRow(t, name+": Active", err)
			_, err = s.Claim(t.Context(), scheduling.ClaimQuery{Owner: "w", Now: day(2), Until: day(3), Limit: 1})
			wantUnreadableRow(t, name+": Claim", err)
		}
	})
}

func wantUnreadableRow(t *testing.T, what string, err error) {
	t.Helper()
	if e, ok := errors.AsType[*scheduling.UnreadableError](err); !ok || e.Learner != "ada" && e.Booking != "pb-1" {
		t.Errorf("%s error = %v, want an UnreadableError that names the row", what, err)
	}
}

// A document that an older version wrote is written again without a loss.
func TestOlderDocuments(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		s, b := rewritten(t, m, func(document string) string {
			var members, memory map[string]json.RawMessage
			if err := json.Unmarshal([]byte(document), &members); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(members["memory"], &memory); err != nil {
				t.Fatal(err)
			}
			delete(members, "memory")
			maps.Copy(members, memory)
			older, err := json.Marshal(members)
			if err != nil {
				t.Fatal(err)
			}
			return string(older)
		})
		if len(b.Memory.Extras) != 1 {
			t.Errorf("extras of the older document = %v, want one", b.Memory.Extras)
		}
		if _, err := s.Update(t.Context(), b); err != nil {
			t.Errorf("Update of an older document error = %v, want none", err)
		}
	})
}

// A value that this program does not know is one of a newer program's: the booking
// can't be read, stays as it is, and keeps its learner from a second one.
func TestNewerValues(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		for member, change := range map[string][2]string{
			`state "paused"`:                       {`"state":"pending"`, `"state":"paused"`},
			`intent.op "swap"`:                     {`"intent":{"op":"reserve"`, `"intent":{"op":"swap"`},
			`wish.op "swap"`:                       {`"wish":{"op":"cancel"`, `"wish":{"op":"swap"`},
			`exam.code_via "pigeon"`:               {`"policy":`, `"code_via":"pigeon","policy":`},
			`session.attendance.presence "asleep"`: {`"state":`, `"session":{"attendance":{"presence":"asleep"}},"state":`},
		} {
			_, db := m.migrated(t)
			s := m.on(t, db)
			b := sample("pb-1", "ada")
			b.Wish = &scheduling.Wish{Op: scheduling.OpCancel, Requested: day(1)}
			b, err := s.Create(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			document := strings.TrimSpace(dumpText(t, db, `SELECT document FROM proctorbook_bookings`))
			newer := strings.Replace(document, change[0], change[1], 1)
			if newer == document {
				t.Fatalf("%s: the test changes nothing in %s", member, document)
			}
			if _, err := db.Exec(sqlstore.Query(m.dialect, `UPDATE proctorbook_bookings SET document = ?, version = 2`), newer); err != nil {
				t.Fatal(err)
			}
			before := dumpText(t, db, `SELECT * FROM proctorbook_bookings`)

			_, err = s.Get(t.Context(), "pb-1")
			wantNewer(t, "Get", err, member)
			_, err = s.Active(t.Context(), b.Learner, b.Exam.Key())
			wantNewer(t, "Active", err, member)
			wantNewer(t, "Erase", s.Erase(t.Context(), "ada"), member)
			if _, err := s.Update(t.Context(), b); !errors.Is(err, scheduling.ErrConflict) {
				t.Errorf("%s: Update from an older version = %v, want ErrConflict", member, err)
			}
			if _, err := s.Create(t.Context(), sample("pb-2", "ada")); !errors.Is(err, scheduling.ErrAlreadyBooked) {
				t.Errorf("%s: Create of a second booking = %v, want ErrAlreadyBooked", member, err)
			}
			if after := dumpText(t, db, `SELECT * FROM proctorbook_bookings`); after != before {
				t.Errorf("%s: the row was changed\nwas %s\nis  %s", member, before, after)
			}
		}
	})
}
