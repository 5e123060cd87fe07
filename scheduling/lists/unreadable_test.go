package lists_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// split reads a list to its end: the rows, and the bookings that can't be read.
func split[T any](t *testing.T, seq iter.Seq2[T, error]) (rows []T, bad []scheduling.BookingID) {
	t.Helper()
	for v, err := range seq {
		e, unreadable := errors.AsType[*scheduling.UnreadableError](err)
		switch {
		case unreadable:
			bad = append(bad, e.Booking)
		case err != nil:
			t.Fatal(err)
		default:
			rows = append(rows, v)
		}
	}
	return rows, bad
}

// Every list goes on behind a booking that can't be read, and names it.
func TestListsGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.booked(w.learner, nine)
	second := w.booked(w.enroll("bob", 4301), noon)
	third := w.booked(w.enroll("eve", 4302), day.AddDate(0, 0, 2))
	w.enroll("never", 4303)
	ids := []scheduling.BookingID{first, second, third}
	slices.Sort(ids)
	bad, others := ids[0], ids[1:]
	defer w.store.(*memstore.Store).SpoilBooking(bad)()

	wantBad := func(list string, got ...scheduling.BookingID) {
		t.Helper()
		if !slices.Equal(got, []scheduling.BookingID{bad}) {
			t.Errorf("%s named %v as unreadable, want %s", list, got, bad)
		}
	}
	for _, newestFirst := range []bool{false, true} {
		rows, unread := split(t, lists.Sessions(t.Context(), w.store, lists.SessionQuery{NewestFirst: newestFirst}))
		wantBad("Sessions", unread...)
		if len(rows) != len(others) {
			t.Errorf("Sessions has %d rows, want %d", len(rows), len(others))
		}
	}
	reminders, unread := split(t, lists.Reminders(t.Context(), w.store, w.clock.Now(), day.AddDate(0, 0, 3), time.Hour))
	wantBad("Reminders", unread...)
	if len(reminders) != 2 {
		t.Errorf("there are %d reminders, want two", len(reminders))
	}
	counts, err := lists.Counts(t.Context(), w.store, scheduling.Filter{})
	if e, ok := errors.AsType[*scheduling.UnreadableError](err); !ok || e.Booking != bad || len(counts) != 1 || counts[0].Bookings != 2 {
		t.Errorf("Counts = %+v, %v; want two bookings, and the one that can't be read", counts, err)
	}
	w.clock.Advance(time.Hour)
	_, unread = split(t, lists.Discrepancies(t.Context(), w.store, provider.ProctorU{Client: w.client}, w.thisWeek()))
	wantBad("Discrepancies", unread...)
	missing, unread := split(t, lists.NotBooked(t.Context(), w.store, w.class, w.exam))
	wantBad("NotBooked", unread...)
	if len(missing) != 1 || missing[0].Username != "never" {
		t.Errorf("NotBooked lists %d learners, want the one who never booked: whose booking can't be read may have", len(missing))
	}

	var file bytes.Buffer
	err = lists.WriteSessionsCSV(&file, lists.Sessions(t.Context(), w.store, lists.SessionQuery{}))
	if e, ok := errors.AsType[*scheduling.UnreadableError](err); !ok || e.Booking != bad || len(readCSV(t, file.String())) != 3 {
		t.Errorf("the file has %d lines, error %v; want a header and two rows, and the one that can't be read", len(readCSV(t, file.String())), err)
	}
}

// A learner's record that can't be read hides nobody from the reminders.
func TestNotBookedGoesOnAfterALearner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.booked(w.learner, nine)
	w.enroll("never", 4303)
	defer w.store.(*memstore.Store).SpoilLearner(w.learner)()
	missing, bad := split(t, lists.NotBooked(t.Context(), w.store, w.class, w.exam))
	if len(bad) != 1 || len(missing) != 1 || missing[0].Username != "never" {
		t.Errorf("NotBooked lists %d learners, and %d errors; want the one who never booked, and one", len(missing), len(bad))
	}
}

// moody is a platform that does not give the accounts of some learners.
type moody struct {
	platform.OpenEdX
	broken func(username string) error
}

func (p moody) Account(ctx context.Context, username string) (platform.Account, error) {
	if err := p.broken(username); err != nil {
		return platform.Account{}, err
	}
	return p.OpenEdX.Account(ctx, username)
}

// An account that the platform does not give hides nobody after it; ten in a row do:
// then the platform is down.
func TestNotBookedGoesOnAfterAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 12 {
		w.enroll(fmt.Sprint("user", i), int64(4310+i))
	}
	failure := errors.New("not today")
	for name, tt := range map[string]struct {
		broken         func(username string) error
		listed, failed int
	}{
		"one":            {func(u string) error { return map[string]error{"user5": failure}[u] }, 12, 1},
		"nine, and nine": {func(u string) error { return map[bool]error{true: failure}[u != "user9"] }, 1, 12},
		"all in the end": {func(string) error { return failure }, 0, 10},
	} {
		listed, failed, last := 0, 0, lists.NotBookedRow{}
		for r, err := range lists.NotBooked(t.Context(), w.store, moody{w.class, tt.broken}, w.exam) {
			if err == nil {
				listed++
				continue
			}
			failed++
			last = r
			if _, ok := errors.AsType[*lists.AccountError](err); !ok || !errors.Is(err, failure) || strings.Contains(err.Error(), "user") {
				t.Errorf("%s: error = %v, want an AccountError that names nobody", name, err)
			}
		}
		if listed != tt.listed || failed != tt.failed {
			t.Errorf("%s: %d are listed and %d failed, want %d and %d", name, listed, failed, tt.listed, tt.failed)
		}
		if name == "one" && (last.Username != "user5" || last.Mode != "verified") {
			t.Errorf("the row of the broken account has %q, mode %q; want user5, verified", last.Username, last.Mode)
		}
	}
}
