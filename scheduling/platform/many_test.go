package platform_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// register is a platform with everybody but "nobody"; asked is what it was asked for.
type register struct {
	platform.Platform
	asked  *[]string
	broken map[string]error // of a learner, alone or among others
}

func (r register) Account(_ context.Context, name string) (platform.Account, error) {
	*r.asked = append(*r.asked, name)
	if name == "nobody" {
		return platform.Account{}, edx.ErrNotFound
	}
	return platform.Account{ID: "1", Username: name}, r.broken[name]
}

// listed is a register that gives many at once.
type listed struct{ register }

func (l listed) names(names []string) ([]string, error) {
	*l.asked = append(*l.asked, fmt.Sprint(len(names)))
	for _, name := range names {
		if err := l.broken[name]; err != nil {
			return nil, err
		}
	}
	there := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "nobody" })
	slices.Reverse(there) // in any order
	return there, nil
}

func (l listed) Accounts(_ context.Context, names []string) (all []platform.Account, err error) {
	there, err := l.names(names)
	for _, name := range there {
		all = append(all, platform.Account{ID: "1", Username: name})
	}
	return all, err
}

// Whatever a platform can do, each learner has an answer of their own, in order.
func TestManyLearners(t *testing.T) {
	t.Parallel()
	failure, names := errors.New("not today"), strings.Fields("a b c d nobody f g h")
	for name, tt := range map[string]struct {
		lists  bool
		broken map[string]error
		asked  string
		failed string
	}{
		"one by one":               {false, nil, "a b c d nobody f g h", "nobody"},
		"one by one, one broken":   {false, map[string]error{"c": failure}, "a b c d nobody f g h", "c nobody"},
		"at once":                  {true, nil, "8", "nobody"},
		"at once, one broken":      {true, map[string]error{"c": failure}, "8 4 2 2 c d 4", "c nobody"},
		"at once, the client":      {true, map[string]error{"c": edx.ErrUnauthorized}, "8", strings.Join(names, " ")},
		"at once, too many calls":  {true, map[string]error{"c": edx.ErrThrottled}, "8", strings.Join(names, " ")},
		"at once, and it does not": {true, map[string]error{"c": edx.ErrOtherUser}, "8 a b c d nobody f g h", "c nobody"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			check := func(what string, asked, got, failed []string) {
				t.Helper()
				if strings.Join(asked, " ") != tt.asked || !slices.Equal(got, names) || strings.Join(failed, " ") != tt.failed {
					t.Errorf("%s: asked for %v, answered %v, failed %v; want %s, all, %s", what, asked, got, failed, tt.asked, tt.failed)
				}
			}
			var asked, got, failed []string
			var p platform.Platform = register{asked: &asked, broken: tt.broken}
			if tt.lists {
				p = listed{register{asked: &asked, broken: tt.broken}}
			}
			for a, err := range platform.Accounts(t.Context(), p, names) {
				if got = append(got, a.Username); err != nil {
					failed = append(failed, a.Username)
				}
				if a.Username == "nobody" && len(failed) < len(names)/2 && !errors.Is(err, edx.ErrNotFound) || (a.ID == "") != (err != nil) {
					t.Errorf("%s: id %q, %v", a.Username, a.ID, err)
				}
			}
			check("accounts", asked, got, failed)
		})
	}
}

// Nobody is asked any more for a loop that was left, or once its context has ended.
func TestManyLearnersNoMore(t *testing.T) {
	t.Parallel()
	var asked []string
	p := listed{register{asked: &asked, broken: map[string]error{"b": context.Canceled}}}
	for range platform.Accounts(t.Context(), p, []string{"b", "c", "d", "e"}) {
		break
	}
	if want := []string{"4", "2", "b"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %v, want %v", asked, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	asked = nil
	for _, err := range platform.Accounts(ctx, p, []string{"b", "c", "d", "e"}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v, want canceled", err)
		}
	}
	if want := []string{"4"}; !slices.Equal(asked, want) {
		t.Errorf("after the end: asked for %v, want %v", asked, want)
	}
}

// OpenEdX by itself is asked for a hundred at once; one that is embedded is asked by
// the methods of the type that embeds it.
func TestManyLearnersOfOpenEdX(t *testing.T) {
	t.Parallel()
	lms, server := newOpenEdX(t)
	names := []string{"ada_l", "ghost"}
	for i := range 148 {
		names = append(names, fmt.Sprint("user", i))
		server.AddUser(edxtest.User{ID: int64(5000 + i), Username: names[i+2], Email: names[i+2] + "@example.org"})
		server.Enroll(names[i+2], courseID, "audit", i%2 == 0)
	}
	type embedding struct{ platform.OpenEdX }
	for _, tt := range []struct {
		p     platform.Platform
		lists int
	}{{lms, 2}, {&lms, 2}, {embedding{lms}, 0}} {
		before := server.Counts().Requests
		accounts := 0
		for a, err := range platform.Accounts(t.Context(), tt.p, names) {
			if ghost := a.Username == "ghost"; ghost != errors.Is(err, edx.ErrNotFound) || !ghost && a.Email == "" {
				t.Errorf("account of %s: %v", a.Username, err)
			}
			accounts++
		}
		after := server.Counts().Requests
		calls := func(endpoint string) int { return after[endpoint] - before[endpoint] }
		if n := calls("GET /api/user/v1/accounts"); accounts != 150 || n != tt.lists {
			t.Errorf("%T: %d accounts by %d lists, want 150 by %d", tt.p, accounts, n, tt.lists)
		}
		lister, ok := platform.EnrollmentListerOf(tt.p)
		if ok != (tt.lists > 0) {
			t.Fatalf("%T lists enrollments: %v, want %v", tt.p, ok, !ok)
		}
		if !ok {
			continue
		}
		enrolled, err := lister.Enrollments(t.Context(), course, names[:platform.MostNames])
		if n := slices.Index(enrolled, platform.Enrollment{Username: "ada_l", Active: true, Mode: edx.Verified}); err != nil || len(enrolled) != 99 || n < 0 {
			t.Errorf("%T: %d enrollments, %v; want those of all but the ghost", tt.p, len(enrolled), err)
		}
	}
}

// A list is about those who were named: one that is not, or that can't be read, would
// make learners seem not to exist, or not to be enrolled.
func TestListsOfOpenEdX(t *testing.T) {
	t.Parallel()
	const accounts, enrollments = "/api/user/v1/accounts", "/api/enrollment/v1/enrollments"
	ada, problem := []string{"ada_l", "bob"}, new(edx.RowError)
	for name, tt := range map[string]struct {
		path, body string
		want       any // an error, or what errors.As looks for; nil for success
	}{
		"accounts":                   {accounts, `[{"username":"bob","id":2},{"username":"ada_l","id":1}]`, nil},
		"account of somebody else":   {accounts, `[{"username":"service","id":9}]`, edx.ErrOtherUser},
		"account without its id":     {accounts, `[{"username":"ada_l"}]`, platform.ErrNoAccountID},
		"account with an odd id":     {accounts, `[{"username":"ada_l","id":"x"}]`, problem},
		"account without a name":     {accounts, `[{"id":1}]`, problem},
		"enrollments":                {enrollments, `{"results":[{"user":"ada_l","mode":"audit","is_active":true,"course_id":"` + courseID + `"}]}`, nil},
		"enrollment of another":      {enrollments, `{"results":[{"user":"eve","mode":"audit","is_active":true,"course_id":"` + courseID + `"}]}`, edx.ErrOtherUser},
		"enrollment that is not one": {enrollments, `{"results":[{"user":"ada_l","mode":"audit","is_active":"maybe","course_id":"` + courseID + `"}]}`, problem},
	} {
		lms := withBodies(t, canned{tt.path: tt.body})
		n, err := 0, error(nil)
		if tt.path == accounts {
			var all []platform.Account
			all, err = lms.ListAccounts(t.Context(), ada)
			n = len(all)
		} else {
			var all []platform.Enrollment
			all, err = lms.ListEnrollments(t.Context(), course, ada)
			n = len(all)
		}
		ok := err == nil && n > 0
		switch want := tt.want.(type) {
		case *edx.RowError:
			_, ok = errors.AsType[*edx.RowError](err)
		case error:
			ok = errors.Is(err, want)
		}
		if !ok {
			t.Errorf("%s: %d rows, %v; want %v", name, n, err, tt.want)
		}
	}
	lms, _ := newOpenEdX(t)
	if all, err := lms.ListAccounts(t.Context(), []string{"nobody", "ghost"}); err != nil || len(all) != 0 {
		t.Errorf("of users whom nobody knows: %d accounts, %v; want none, nil", len(all), err)
	}
	if _, err := lms.ListEnrollments(t.Context(), edx.CourseKey{}, ada); err == nil {
		t.Error("ListEnrollments of no course = nil, want an error: it would be those of every course")
	}
	if _, err := lms.ListAccounts(t.Context(), make([]string, platform.MostNames+1)); !isInvalid(err) {
		t.Errorf("ListAccounts of 101 = %v, want a ValidationError", err)
	}
}

// pagedEnrollments answers one enrollment a page.
type pagedEnrollments []string

func (p pagedEnrollments) RoundTrip(r *http.Request) (*http.Response, error) {
	i, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	next := "null"
	if i+1 < len(p) {
		next = fmt.Sprintf(`"https://lms.example.org%s?cursor=%d"`, r.URL.Path, i+1)
	}
	return canned{r.URL.Path: fmt.Sprintf(`{"next":%s,"results":[{"user":%q,"mode":"audit","is_active":true,"course_id":"%s"}]}`, next, p[i], courseID)}.RoundTrip(r)
}

// A platform may give fewer rows a page than it was asked about: those of the later pages
// are enrolled, too.
func TestListEnrollmentsInPages(t *testing.T) {
	t.Parallel()
	names := []string{"ada_l", "bob", "eve"}
	lms := withBodies(t, pagedEnrollments(names))
	all, err := lms.ListEnrollments(t.Context(), course, names)
	var got []string
	for _, e := range all {
		got = append(got, e.Username)
	}
	if err != nil || !slices.Equal(got, names) {
		t.Errorf("ListEnrollments = %v, %v; want %v", got, err, names)
	}
}

func isInvalid(err error) bool {
	_, ok := errors.AsType[*proctorbook.ValidationError](err)
	return ok
}

// breaking answers 500 to calls that name the learner.
type breaking struct {
	name string
	next http.RoundTripper
}

func (b breaking) RoundTrip(r *http.Request) (*http.Response, error) {
	if slices.Contains(strings.Split(r.URL.Query().Get("username"), ","), b.name) {
		return &http.Response{StatusCode: http.StatusInternalServerError, Body: http.NoBody, Request: r}, nil
	}
	return b.next.RoundTrip(r)
}

// Of the learners to whom edx-exams grants time, one whose account breaks the platform
// has to wait; the others have their time.
func TestAllowancesOfEdxExamsWithABrokenAccount(t *testing.T) {
	t.Parallel()
	_, server := newOpenEdX(t)
	server.AddCourse(edxtest.Course{Key: courseID, Name: "Logic", ExamProvider: "proctor_tool"})
	server.AddUser(edxtest.User{ID: 4300, Username: "somebody"})
	grant(server, "45")
	host, _ := url.Parse(proctorbooktest.InProcessURL)
	for broken, waits := range map[string]string{"somebody": "somebody", "ada_l": "ada_l", "no one": ""} {
		lms := platform.OpenEdX{Client: newClient(t, server, server.ClientID, server.ClientSecret, edx.WithExamsURL("https://exams.example.org"), edx.WithRetries(1, time.Second, time.Second),
			edx.WithTransport(hosts{host.Host: breaking{broken, proctorbooktest.InProcess(server)}, "exams.example.org": proctorbooktest.InProcess(server.ExamsHandler())}),
			edx.WithClock(proctorbooktest.NewClock(time.Date(2027, 1, 7, 0, 0, 0, 0, time.UTC))))}
		grants, err := lms.ExtraTime(t.Context(), course, exam)
		if err != nil || len(grants) != 2 {
			t.Fatalf("with %q broken: ExtraTime = %v, %v; want two grants", broken, grants, err)
		}
		for _, g := range grants {
			if (g.Err != nil) != (waits != "" && g.Username == waits) || (g.AccountID == "") != (g.Err != nil) {
				t.Errorf("with %q broken: grant of %s has id %q, error %v", broken, g.Username, g.AccountID, g.Err)
			}
		}
	}
}
