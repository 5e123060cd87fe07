// The test of this file belongs to no single product file: one process, with one trouble
// of each kind, on every store.

package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
	"github.com/proctorbook/proctorbook/scheduling/storetest"
)

// spoilableStore is a store whose records a test can make unreadable.
type spoilableStore interface {
	scheduling.Store
	storetest.Spoiler
}

// town is both services, a store, and one process on them; trouble names who has which.
type town struct {
	*scheduling.Scheduler
	t       *testing.T
	clock   *proctorbooktest.Clock
	proctor *proctorutest.Server
	lms     *edxtest.Server
	store   spoilableStore
	exam    scheduling.Exam
	class   touchy
	panicAt *string // the learner at whose lists the provider's adapter panics
	ids     map[string]scheduling.BookingID
}

// touchy is a platform that does not give one account.
type touchy struct {
	platform.OpenEdX
	broken *string
}

func (p touchy) Account(ctx context.Context, username string) (platform.Account, error) {
	if username == *p.broken {
		return platform.Account{}, errors.New("the account is broken")
	}
	return p.OpenEdX.Account(ctx, username)
}

// explosive is a provider whose adapter panics at one learner's lists.
type explosive struct {
	provider.ProctorU
	at *string
}

func (p explosive) List(ctx context.Context, learner string) ([]provider.Listed, error) {
	if learner == *p.at {
		panic("no list of " + learner)
	}
	return p.ProctorU.List(ctx, learner)
}

func newTown(t *testing.T, store spoilableStore) *town {
	t.Helper()
	w := &town{t: t, clock: proctorbooktest.NewClock(day(5)), store: store, exam: sample("", "").Exam, panicAt: new(string), ids: map[string]scheduling.BookingID{}}
	w.proctor = proctorutest.NewUnstartedServer(proctorutest.WithClock(w.clock))
	w.lms = edxtest.NewUnstartedServer(edxtest.WithClock(w.clock))
	w.lms.AddCourse(edxtest.Course{Key: w.exam.Course.String(), Name: "Mathematics", Start: day(1), End: day(30)})
	client, err := edx.NewClient(proctorbooktest.InProcessURL, edx.WithClientCredentials(w.lms.ClientID, w.lms.ClientSecret),
		edx.WithTransport(proctorbooktest.InProcess(w.lms)), edx.WithClock(w.clock), edx.WithLimiter(freely{}))
	w.did(err)
	w.class = touchy{platform.OpenEdX{Client: client}, new(string)}
	w.restart("k1")
	return w
}

func (w *town) did(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// restart starts another process, with the unlock keys of these ids.
func (w *town) restart(keys ...string) {
	w.t.Helper()
	client, err := proctoru.NewClient(proctorbooktest.InProcessURL, w.proctor.Token, proctoru.WithTransport(proctorbooktest.InProcess(w.proctor)),
		proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{}))
	w.did(err)
	var all []scheduling.UnlockKey
	for _, id := range keys {
		all = append(all, scheduling.UnlockKey{ID: id, Secret: fmt.Appendf(nil, "%-32s", id)})
	}
	w.Scheduler, err = scheduling.New(explosive{provider.ProctorU{Client: client}, w.panicAt}, w.class, w.store, scheduling.WithClock(w.clock),
		scheduling.WithUnlockKeys(all...), scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}))
	w.did(err)
}

// enroll adds a learner who may book.
func (w *town) enroll(username string, id int64) scheduling.LearnerID {
	w.t.Helper()
	w.lms.AddUser(edxtest.User{ID: id, Username: username, Name: "Ada Example", Email: username + "@example.org", Country: "FR", TimeZone: "Europe/Paris"})
	w.lms.Enroll(username, w.exam.Course.String(), "verified", true)
	l, err := w.Learner(w.t.Context(), username)
	w.did(err)
	w.did(w.SaveProfile(w.t.Context(), l.ID, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"}))
	return l.ID
}

// book books for a new learner, who is named after what will happen to them.
func (w *town) book(username string, id int64, start time.Time) error {
	w.t.Helper()
	b, err := w.Book(w.t.Context(), w.exam, w.enroll(username, id), start)
	if pending, ok := errors.AsType[*scheduling.PendingError](err); ok {
		b.ID = pending.BookingID
	}
	w.ids[username] = b.ID
	return err
}

// troubled is a town with one booking that can't be read, one that needs a key that is
// lost, one at which the adapter panics, and one account that is broken.
func troubled(t *testing.T, store spoilableStore) (w *town, heal func()) {
	t.Helper()
	w = newTown(t, store)
	for i, name := range []string{"unreadable", "lost_key", "panics", "well"} {
		w.did(w.book(name, int64(4300+i), day(11).Add(time.Duration(9+i)*time.Hour)))
	}
	w.clock.Advance(time.Hour)
	w.restart("k2")
	if _, err := w.Reschedule(t.Context(), w.ids["lost_key"], day(12).Add(9*time.Hour)); !errors.Is(err, scheduling.ErrNoUnlockKey) {
		t.Fatalf("Reschedule = %v, want the lost key", err)
	}
	w.proctor.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})
	if err := w.book("lost_answer", 4310, day(11).Add(15*time.Hour)); err == nil {
		t.Fatal("Book = no error, want a lost answer")
	}
	w.enroll("broken_account", 4311)
	w.enroll("not_booked", 4312)
	for _, name := range []string{"unreadable", "panics", "well"} {
		w.did(w.Wake(t.Context(), string(w.ids[name])))
	}
	*w.panicAt, *w.class.broken = "4302", "broken_account"
	repair := store.SpoilBooking(w.ids["unreadable"])
	return w, func() {
		repair()
		*w.panicAt, *w.class.broken = "", ""
		w.restart("k2", "k1")
		w.clock.Advance(3 * time.Minute)
	}
}

// One process with one unreadable row, one lost key, one panicking booking and one broken
// account serves all the others; once each is mended, it serves those too.
func TestOneTroubleOfEachKind(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		w, heal := troubled(t, memstore.New())
		w.wantTheOthersServed()
		heal()
		w.wantAllServed()
	})
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		w, heal := troubled(t, spoilable{m.on(t, db), t, m, db})
		w.wantTheOthersServed()
		heal()
		w.wantAllServed()
	})
}

func (w *town) booking(name string) scheduling.Booking {
	w.t.Helper()
	b, err := w.Booking(w.t.Context(), w.ids[name])
	w.did(err)
	return b
}

func (w *town) wantTheOthersServed() {
	t := w.t
	t.Helper()
	for range 30 {
		w.clock.Advance(2*time.Minute + time.Second)
		_, err := w.Reconcile(t.Context())
		w.wantTroubles("Reconcile", err)
	}
	if b := w.booking("well"); b.SeenActive.Before(w.clock.Now().Add(-2 * time.Hour)) {
		t.Errorf("the booking without a trouble was last seen at %s, want after it was woken", b.SeenActive)
	}
	if b := w.booking("lost_answer"); b.State != scheduling.StateScheduled || b.Intent != nil {
		t.Errorf("the booking whose answer was lost is %s, want scheduled", b.State)
	}
	for name, reason := range map[string]scheduling.ReasonCode{"lost_key": scheduling.ReasonKeyMissing, "panics": scheduling.ReasonPanicked} {
		if a := w.booking(name).NeedsAttention; a == nil || a.Reason != reason {
			t.Errorf("%s: attention = %+v, want %s", name, a, reason)
		}
	}
	swept, err := w.Sweep(t.Context())
	w.wantTroubles("Sweep", err)
	if swept.Looked != 2 || swept.Failed != 2 || len(swept.Surplus)+len(swept.Unknown) != 0 {
		t.Errorf("swept = %+v, want two looked at, two that failed, and nothing found", swept)
	}
	if err := w.book("late", 4320, day(11).Add(16*time.Hour)); err != nil {
		t.Errorf("Book of another learner = %v, want none", err)
	}
	if _, err := w.Cancel(t.Context(), w.ids["late"], scheduling.Request{}); err != nil {
		t.Errorf("Cancel = %v, want none", err)
	}
	w.wantLists()
}

// wantTroubles wants err to name just the booking that can't be read and the one that panics.
func (w *town) wantTroubles(what string, err error) {
	w.t.Helper()
	bad, ok := errors.AsType[*scheduling.UnreadableError](err)
	if !ok || bad.Booking != w.ids["unreadable"] {
		w.t.Errorf("%s = %v, want the booking that can't be read", what, err)
	}
	if p, ok := errors.AsType[*scheduling.PanicError](err); ok && p.Booking != w.ids["panics"] || !ok && what == "Sweep" {
		w.t.Errorf("%s = %v, want the booking that panics", what, err)
	}
}

func (w *town) wantLists() {
	t := w.t
	t.Helper()
	var listed, unread int
	for r, err := range lists.Sessions(t.Context(), w.store, lists.SessionQuery{}) {
		switch {
		case err == nil:
			listed++
		case r.Booking.ID == w.ids["unreadable"]:
			unread++
		default:
			t.Errorf("Sessions: %v", err)
		}
	}
	if listed != 5 || unread != 1 {
		t.Errorf("Sessions has %d rows and %d that can't be read, want 5 and 1", listed, unread)
	}
	var missing, failed []string
	for r, err := range lists.NotBooked(t.Context(), w.store, w.class, w.exam) {
		if _, ok := errors.AsType[*lists.AccountError](err); ok {
			failed = append(failed, r.Username)
		} else if err == nil {
			missing = append(missing, r.Username)
		}
	}
	slices.Sort(missing)
	if !slices.Equal(missing, []string{"late", "not_booked"}) || !slices.Equal(failed, []string{"broken_account"}) {
		t.Errorf("NotBooked lists %v, and failed at %v", missing, failed)
	}
}

func (w *town) wantAllServed() {
	t := w.t
	t.Helper()
	for range 3 {
		if r, err := w.Reconcile(t.Context()); err != nil || r.Failed != 0 {
			t.Errorf("Reconcile after all is mended = %+v, %v; want no trouble", r, err)
		}
		w.clock.Advance(2 * time.Minute)
	}
	for name := range w.ids {
		want := scheduling.StateScheduled
		if name == "late" {
			want = scheduling.StateCanceled
		}
		if b := w.booking(name); b.State != want || b.Intent != nil || b.NeedsAttention != nil {
			t.Errorf("%s is %s with intent %+v, attention %+v; want %s, and nothing open", name, b.State, b.Intent, b.NeedsAttention, want)
		}
	}
	if b := w.booking("lost_key"); !b.Start.Equal(day(12).Add(9 * time.Hour)) {
		t.Errorf("the booking whose key was lost starts at %s, want moved", b.Start)
	}
}
