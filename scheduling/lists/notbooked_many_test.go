package lists_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// crowd is a platform with a course of n learners beside ada_l, and a client of it with
// the pace that clients have by default. Some of its accounts are broken.
type crowd struct {
	*world
	broken   map[string]int // HTTP status of the answer about a learner, alone or among others
	accounts int            // calls for accounts, those that failed included
	zones    int            // calls for preferences
	pages    int            // calls for enrollments
}

func newCrowd(t *testing.T, n int) *crowd {
	t.Helper()
	c := &crowd{world: newWorld(t), broken: map[string]int{}}
	for i := range n {
		name := fmt.Sprintf("user%05d", i)
		c.platform.AddUser(edxtest.User{ID: int64(10_000 + i), Username: name, Name: "Ada Example", Email: name + "@example.org"})
		c.platform.Enroll(name, c.exam.Course.String(), "verified", true)
	}
	var err error
	c.class.Client, err = edx.NewClient(c.platform.URL, edx.WithClientCredentials(c.platform.ClientID, c.platform.ClientSecret),
		edx.WithTransport(breaks{c, proctorbooktest.InProcess(c.platform)}), edx.WithClock(c.clock), edx.WithRetries(1, time.Second, time.Second))
	c.did(err)
	return c
}

// breaks counts calls, and breaks those that are about a broken learner.
type breaks struct {
	c    *crowd
	next http.RoundTripper
}

func (b breaks) RoundTrip(r *http.Request) (*http.Response, error) {
	const accounts = "/api/user/v1/accounts"
	names, single := strings.CutPrefix(r.URL.Path, accounts+"/")
	switch {
	case r.URL.Path == accounts:
		names = r.URL.Query().Get("username")
	case strings.HasPrefix(r.URL.Path, "/api/user/v1/preferences/"):
		b.c.zones++
	case strings.HasPrefix(r.URL.Path, "/api/enrollment/v1/enrollments"):
		b.c.pages++
	}
	if !single && r.URL.Path != accounts {
		return b.next.RoundTrip(r)
	}
	b.c.accounts++
	for name := range strings.SplitSeq(names, ",") {
		if status := b.c.broken[name]; status != 0 {
			return &http.Response{StatusCode: status, Body: http.NoBody, Request: r}, nil
		}
	}
	return b.next.RoundTrip(r)
}

// list reads the whole list: whom it names, and the status of each account that failed.
func (c *crowd) list() (listed []string, failed map[string]int) {
	c.t.Helper()
	failed = map[string]int{}
	for r, err := range lists.NotBooked(c.t.Context(), c.store, c.class, c.exam) {
		if err == nil {
			listed = append(listed, r.Username)
			continue
		}
		_, about := errors.AsType[*lists.AccountError](err)
		e, ok := errors.AsType[*edx.Error](err)
		if !about || !ok {
			c.t.Fatalf("NotBooked: %v, want the error of an account", err)
		}
		failed[r.Username] = e.Status
	}
	return listed, failed
}

// A course of 1,002 learners takes a call for each 100 of them, twice: for who is
// enrolled, and for the accounts.
func TestNotBookedAsksForManyAtOnce(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 1001)
	began := c.clock.Now()
	listed, failed := c.list()
	if len(listed) != 1002 || len(failed) != 0 {
		t.Fatalf("%d are listed and %d failed, want 1002 and none", len(listed), len(failed))
	}
	if c.pages != 11 || c.accounts != 11 || c.zones != 0 {
		t.Errorf("%d calls for enrollments, %d for accounts, %d for zones; want 11, 11 and none", c.pages, c.accounts, c.zones)
	}
	if took := c.clock.Now().Sub(began); took > 15*time.Second {
		t.Errorf("it took %s at the default pace, want some 11 s", took)
	}
}

// One account that breaks the call about it hides nobody: its learner is named with its
// own error, whichever of the many it is, and it costs two calls for each halving.
func TestNotBookedWithBrokenAccounts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		broken map[string]int
		calls  int
	}{
		"a 500":             {map[string]int{"user00123": 500}, 11 + 2*7},
		"a 403":             {map[string]int{"user00500": 403}, 11 + 2*7},
		"three in a batch":  {map[string]int{"user00210": 500, "user00240": 403, "user00280": 500}, 11 + 3*2*7},
		"one in each of 11": {map[string]int{"user00001": 500, "user00101": 500, "user00201": 500, "user00301": 500, "user00401": 500, "user00501": 500, "user00601": 500, "user00701": 500, "user00801": 500, "user00901": 500, "user01000": 500}, 11 + 11*2*7},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			c := newCrowd(t, 1001)
			c.broken = tt.broken
			listed, failed := c.list()
			if len(listed) != 1002-len(tt.broken) || len(failed) != len(tt.broken) {
				t.Errorf("%d are listed and %d failed, want %d and %d", len(listed), len(failed), 1002-len(tt.broken), len(tt.broken))
			}
			for name, status := range tt.broken {
				if failed[name] != status || slices.Contains(listed, name) {
					t.Errorf("%s failed with %d, want %d, and is listed: %v", name, failed[name], status, slices.Contains(listed, name))
				}
			}
			if c.accounts > tt.calls {
				t.Errorf("%d calls for accounts, want %d at most", c.accounts, tt.calls)
			}
		})
	}
}

// A platform that is down is not asked for each learner of a course.
func TestNotBookedOfAPlatformThatIsDown(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 1001)
	for i := range 1001 {
		c.broken[fmt.Sprintf("user%05d", i)] = http.StatusBadGateway
	}
	c.broken["ada_l"] = http.StatusBadGateway
	listed, failed := c.list()
	if len(listed) != 0 || len(failed) != 10 || c.accounts > 30 {
		t.Errorf("%d are listed and %d failed, after %d calls; want none, ten, and 30 calls at most", len(listed), len(failed), c.accounts)
	}
}

// Who breaks off early has not asked for the rest of the course.
func TestNotBookedStopsWithItsLoop(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 1001)
	for _, err := range lists.NotBooked(t.Context(), c.store, c.class, c.exam) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if c.pages != 1 || c.accounts != 1 {
		t.Errorf("%d calls for enrollments, %d for accounts; want one of each", c.pages, c.accounts)
	}
}

// An end of the walk through the course hides nobody who was enrolled before it.
func TestNotBookedTellsWhomItKnewBeforeAnError(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 250)
	c.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "GET /api/enrollment/v1/enrollments", Nth: 3, Times: -1})
	listed, failures := 0, 0
	for _, err := range lists.NotBooked(t.Context(), c.store, c.class, c.exam) {
		if failures > 0 {
			t.Error("something comes after the error")
		}
		if err != nil {
			failures++
			continue
		}
		listed++
	}
	if listed != 200 || failures != 1 {
		t.Errorf("%d are listed before %d errors, want 200 before one", listed, failures)
	}
}

// A course of 10,000, of whom 500 have booked: what it costs, at the default pace.
func TestNotBookedOfTenThousand(t *testing.T) {
	t.Parallel()
	if testing.Short() || raceEnabled {
		t.Skip("takes seconds, and with the race detector many")
	}
	c := newCrowd(t, 9_999)
	for i := range 500 {
		name := fmt.Sprintf("user%05d", i)
		id := scheduling.LearnerID(fmt.Sprint(10_000 + i))
		_, err := c.store.PutLearner(t.Context(), scheduling.Learner{ID: id, Username: name})
		c.did(err)
		_, err = c.store.Create(t.Context(), scheduling.Booking{ID: scheduling.BookingID("pb-" + name), Learner: id, Exam: c.exam, State: scheduling.StateScheduled, Start: noon, Duration: time.Hour})
		c.did(err)
	}
	began := c.clock.Now()
	listed, failed := c.list()
	t.Logf("%d learners: %d calls for enrollments, %d for accounts, %s at the default pace", len(listed), c.pages, c.accounts, c.clock.Now().Sub(began).Round(time.Second))
	if len(listed) != 9_500 || len(failed) != 0 || c.pages != 100 || c.accounts != 95 {
		t.Errorf("%d are listed, %d failed; %d and %d calls; want 9500, none, 100 and 95", len(listed), len(failed), c.pages, c.accounts)
	}
}

// watched is a platform of somebody's own: it embeds OpenEdX, and has an Account of its
// own, which is not to be passed over.
type watched struct {
	platform.OpenEdX
	asked *int
}

func (p watched) Account(ctx context.Context, username string) (platform.Account, error) {
	*p.asked++
	return p.OpenEdX.Account(ctx, username)
}

func TestNotBookedThroughAPlatformOfOnesOwn(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 20)
	asked := 0
	if got := rows(t, lists.NotBooked(t.Context(), c.store, watched{c.class, &asked}, c.exam)); len(got) != 21 || asked != 21 {
		t.Errorf("%d are listed, and its own Account was asked for %d; want 21 and 21", len(got), asked)
	}
}

// halfBroken is a platform in which every sixth account is gone, and of the others none
// can be read.
type halfBroken struct {
	platform.OpenEdX
	asked *int
}

func (p halfBroken) Account(context.Context, string) (platform.Account, error) {
	if *p.asked++; *p.asked%6 == 0 {
		return platform.Account{}, &edx.Error{Reason: edx.ErrUserUnknown}
	}
	return platform.Account{}, &edx.Error{Status: http.StatusInternalServerError}
}

// That an account is gone is an answer: a platform that gives it is not down.
func TestNotBookedCountsFailuresInARow(t *testing.T) {
	t.Parallel()
	c, asked, failed := newCrowd(t, 29), 0, 0
	for _, err := range lists.NotBooked(t.Context(), c.store, halfBroken{c.class, &asked}, c.exam) {
		if err != nil {
			failed++
		}
	}
	if asked != 30 || failed != 25 {
		t.Errorf("%d accounts were asked for, and %d failed; want 30 and 25", asked, failed)
	}
}
