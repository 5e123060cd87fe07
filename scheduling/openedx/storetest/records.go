package storetest

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

func is(err, want error) bool {
	if want == nil {
		return err == nil
	}
	return errors.Is(err, want)
}

// same compares records. Those that people would not see are not printed.
func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s = %#v, want %#v", what, got, want)
	}
}

func examComesBack(t *testing.T, a, b store) {
	want := exam("a")
	want.Due, want.UpdatedAt = monday.Add(time.Microsecond), monday.Add(time.Hour+time.Microsecond)
	for range 2 {
		want.Version++
		given := exam("a")
		given.Version = want.Version - 1
		same(t, "PutExam", a.putExam(given), want)
		got, err := b.Exam(t.Context(), want.ID)
		b.want(err, nil)
		same(t, "Exam", got, want)
		clear(given.Rules)
		clear(got.Rules)
	}
	got, err := b.Exam(t.Context(), want.ID)
	b.want(err, nil)
	same(t, "Exam, after what was given and got was changed", got, want)

	want.Rules, want.Due = nil, time.Time{}
	a.putExam(want)
	got, err = b.Exam(t.Context(), want.ID)
	b.want(err, nil)
	want.Version++
	same(t, "Exam without an end", got, want)
}

func examsInOrder(t *testing.T, a, b store) {
	var ids []backend.ExamID
	for i := range 5 {
		e := exam("a")
		e.Content = edx.MustUsageKey(content.String() + string(rune('a'+i)))
		e.ID = backend.NewExamID("a", course, e.Content)
		ids = append(ids, a.putExam(e).ID)
	}
	a.putExam(exam("b"))
	slices.Sort(ids)
	for from, want := range map[int][]backend.ExamID{0: ids[:3], 3: ids[3:], 5: nil} {
		var after backend.ExamID
		if from > 0 {
			after = ids[from-1]
		}
		all, err := b.Exams(t.Context(), "a", after, 3)
		b.want(err, nil)
		var got []backend.ExamID
		for _, e := range all {
			got = append(got, e.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("Exams from %d = %v, want %v", from, got, want)
		}
	}
}

func personComesBack(t *testing.T, a, b store) {
	want := person("a", '1')
	want.Version, want.TiedAt = 1, monday.Add(time.Microsecond)
	want.Retired, want.Erased = monday.Add(time.Hour+time.Microsecond), monday.Add(2*time.Hour+time.Microsecond)
	same(t, "PutPerson", a.putPerson(person("a", '1')), want)
	got, err := b.Person(t.Context(), "a", user('1'))
	b.want(err, nil)
	same(t, "Person", got, want)

	bare := openedx.Person{Platform: "a", User: user('1'), Version: 1}
	b.putPerson(bare)
	bare.Version++
	got, err = a.Person(t.Context(), "a", user('1'))
	a.want(err, nil)
	same(t, "Person without anything", got, bare)
}

func personsApart(t *testing.T, a, b store) {
	a.putPerson(person("a", '1'))
	other := person("b", '1')
	other.FullName = "Bob"
	b.putPerson(other)
	for platform, name := range map[backend.PlatformID]string{"a": "Ada Löve", "b": "Bob"} {
		got, err := a.Person(t.Context(), platform, user('1'))
		a.want(err, nil)
		if got.FullName != name || got.Platform != platform {
			t.Errorf("the learner of %s is the other one", platform)
		}
	}
}

func personNamed(t *testing.T, a, b store) {
	named := func(platform backend.PlatformID, name string, want error) {
		t.Helper()
		p, err := b.PersonNamed(t.Context(), platform, name)
		if !is(err, want) || err == nil && (p.Username != name || p.Platform != platform) {
			t.Errorf("PersonNamed(%s, %s) = %v, %v; want the one, or %v", platform, name, p, err, want)
		}
	}
	bob := person("b", '2')
	bob.Username = "bob"
	a.putPerson(person("a", '1'))
	a.putPerson(bob)
	named("a", "ada_l", nil)
	named("b", "bob", nil)
	for _, name := range []string{"Ada_l", "bob", "", "ada_l "} {
		named("a", name, scheduling.ErrNotFound)
	}
	a.putPerson(person("a", '2'))
	named("a", "ada_l", scheduling.ErrNotFound)
	nobody := openedx.Person{Platform: "a", User: user('3')}
	a.putPerson(nobody)
	named("a", "", scheduling.ErrNotFound)
}

func attemptComesBack(t *testing.T, a, b store) {
	given := attempt('1', 0)
	at := monday.Add(1999).In(time.FixedZone("", -7200))
	given.Registered, given.Started, given.Submitted, given.Removed, given.DueAt, given.Busy = at, at, at, at, at, at
	given.Sample, given.Extra, given.ReviewException, given.Errors, given.Tries = true, 15*time.Minute, "calculator", 3, 4
	given.Learner, given.Booking, given.Trouble = "north-4211", "pb-testtest-1", openedx.TroublePlatform
	given.Browsers = []openedx.Browser{{Hash: "first", Since: at}, {Hash: "second", Since: at}}
	given.Guesses = openedx.Guesses{Wrong: 2, Last: at}
	given.Ready = openedx.Callback{Sent: at, Done: at, Found: edx.AttemptReadyToStart}
	given.Review = openedx.Callback{Verdict: edx.VerdictPassed, Earlier: true, Sent: at, Done: at, Found: edx.AttemptVerified}
	want := given
	want.Browsers = slices.Clone(given.Browsers)
	for _, instant := range []*time.Time{
		&want.Browsers[0].Since, &want.Browsers[1].Since, &want.Guesses.Last,
		&want.Registered, &want.Started, &want.Submitted, &want.Removed, &want.DueAt, &want.Busy,
		&want.Ready.Sent, &want.Ready.Done, &want.Review.Sent, &want.Review.Done,
	} {
		*instant = monday.Add(time.Microsecond)
	}
	want.Version = 1
	same(t, "PutAttempt", a.putAttempt(given), want)
	got, err := b.Attempt(t.Context(), given.ID)
	b.want(err, nil)
	same(t, "Attempt", got, want)
	for i := range got.Browsers {
		got.Browsers[i].Hash = "other"
	}
	given.Browsers[0].Hash = "other"
	got, err = b.Attempt(t.Context(), given.ID)
	b.want(err, nil)
	same(t, "Attempt, after what was given and got was changed", got, want)

	bare := attempt('1', 0)
	bare.Version = 1
	b.putAttempt(bare)
	bare.Version = 2
	got, err = a.Attempt(t.Context(), given.ID)
	a.want(err, nil)
	same(t, "Attempt that is open again", got, bare)
}

func conflicts(t *testing.T, a, b store) {
	a.putExam(b.putExam(exam("a")))
	a.putPerson(b.putPerson(person("a", '1')))
	a.putAttempt(b.putAttempt(attempt('1', 0)))
	for _, version := range []int64{-1, 0, 1, 3} {
		e, p, x := exam("a"), person("a", '1'), attempt('1', 0)
		e.Version, p.Version, x.Version = version, version, version
		e.Name, p.FullName, x.Errors = "other", "other", 9
		_, err := a.PutExam(t.Context(), e)
		a.want(err, scheduling.ErrConflict)
		_, err = a.PutPerson(t.Context(), p)
		a.want(err, scheduling.ErrConflict)
		_, err = a.PutAttempt(t.Context(), x)
		a.want(err, scheduling.ErrConflict)
	}
	e, _ := b.Exam(t.Context(), exam("a").ID)
	p, _ := b.Person(t.Context(), "a", user('1'))
	x, _ := b.Attempt(t.Context(), attempt('1', 0).ID)
	if e.Version != 2 || p.Version != 2 || x.Version != 2 || e.Name == "other" || p.FullName == "other" || x.Errors == 9 {
		t.Errorf("after writes from other versions the store has versions %d, %d, %d, want 2 of each", e.Version, p.Version, x.Version)
	}
	for _, version := range []int64{-1, 1} {
		e, p, x := exam("b"), person("b", '1'), attempt('2', 0)
		e.Version, p.Version, x.Version = version, version, version
		_, err := a.PutExam(t.Context(), e)
		a.want(err, scheduling.ErrConflict)
		_, err = a.PutPerson(t.Context(), p)
		a.want(err, scheduling.ErrConflict)
		_, err = a.PutAttempt(t.Context(), x)
		a.want(err, scheduling.ErrConflict)
	}
	missing(t, a, b)
}

func missing(t *testing.T, a, _ store) {
	_, err := a.Exam(t.Context(), "exam-none")
	a.want(err, scheduling.ErrNotFound)
	_, err = a.Person(t.Context(), "b", user('1'))
	a.want(err, scheduling.ErrNotFound)
	_, err = a.Attempt(t.Context(), "attempt-none")
	a.want(err, scheduling.ErrNotFound)
	a.want(a.Erase(t.Context(), "b", user('1')), nil)
}

func oneOpen(t *testing.T, a, b store) {
	first := a.putAttempt(attempt('1', 0))
	_, err := b.PutAttempt(t.Context(), attempt('1', 1))
	b.want(err, openedx.ErrOpenAttempt)
	_, err = b.Attempt(t.Context(), attempt('1', 1).ID)
	b.want(err, scheduling.ErrNotFound)
	a.putAttempt(attempt('2', 0)) // another learner's
	other := attempt('1', 0)      // at another exam of the platform
	other.Exam = backend.NewExamID("a", course, edx.MustUsageKey(content.String()+"2"))
	other.ID = backend.NewAttemptID(other.Exam, other.User, 0)
	a.putAttempt(other)
	first.Tries++
	first = a.putAttempt(first) // stays open
	for i, end := range []func(x *openedx.Attempt){
		func(x *openedx.Attempt) { x.Started = monday },
		func(x *openedx.Attempt) { x.Submitted = monday },
		func(x *openedx.Attempt) { x.Removed = monday },
		func(x *openedx.Attempt) { x.Errors = 1 },
	} {
		ended := first
		end(&ended)
		a.putAttempt(ended)
		next := b.putAttempt(attempt('1', i+1))
		first.Version += 2
		again := first
		again.Version--
		_, err := a.PutAttempt(t.Context(), again) // open again, beside another one
		a.want(err, openedx.ErrOpenAttempt)
		first = next
	}
}

func openRace(t *testing.T, a, b store) {
	results := make([]error, 16)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			s := []store{a, b}[i%2]
			_, results[i] = s.PutAttempt(t.Context(), attempt('1', i%4))
		})
	}
	all.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
		} else if !errors.Is(err, scheduling.ErrConflict) && !errors.Is(err, openedx.ErrOpenAttempt) {
			t.Errorf("PutAttempt at the same time: %v", err)
		}
	}
	if ids := a.ids(openedx.AttemptQuery{Exam: exam("a").ID, User: user('1')}); won != 1 || len(ids) != 1 {
		t.Errorf("%d of 16 made %d attempts, want one each", won, len(ids))
	}
}

func chosen(t *testing.T, a, b store) {
	rows := []openedx.Attempt{attempt('1', 0), attempt('1', 1), attempt('2', 0), attempt('3', 0), attempt('4', 0)}
	rows[0].Removed, rows[0].Extra = monday, time.Minute
	rows[2].Learner, rows[2].Trouble = "north-2", openedx.TroubleUnknown
	rows[3].Platform, rows[3].Exam = "b", exam("b").ID
	rows[4].Learner, rows[4].DueAt = "north-2", monday
	for _, x := range rows {
		a.putAttempt(x)
	}
	for i, q := range []openedx.AttemptQuery{
		{}, {Platform: "a"}, {Platform: "c"}, {Exam: exam("a").ID}, {Platform: "a", User: user('1')}, {Learner: "north-2"}, {Unidentified: true},
		{Unidentified: true, Platform: "b"}, {Extended: true}, {Troubled: true}, {Learner: "north-2", DueBy: monday}, {After: rows[2].ID}, {After: rows[2].ID, Exam: exam("a").ID},
	} {
		var want []backend.AttemptID
		for _, x := range rows {
			if q.Matches(x) {
				want = append(want, x.ID)
			}
		}
		slices.Sort(want)
		if got := b.ids(q); !slices.Equal(got, want) {
			t.Errorf("query %d = %v, want %v", i, got, want)
		}
		q.Limit = 1
		if got := b.ids(q); !slices.Equal(got, want[:min(1, len(want))]) {
			t.Errorf("the first of query %d = %v, want that of %v", i, got, want)
		}
	}
	if none, err := b.Attempts(t.Context(), openedx.AttemptQuery{}); err != nil || len(none) != 0 {
		t.Errorf("Attempts with Limit 0 = %d, %v; want none", len(none), err)
	}
}

func dueFirst(t *testing.T, a, b store) {
	minutes := map[byte][2]int{'1': {30, 0}, '2': {10, 0}, '3': {20, 0}, '4': {10, 25}, '5': {5, 60}, '6': {40, 0}}
	var want []openedx.Attempt
	for c, m := range minutes {
		x := attempt(c, 0)
		x.DueAt = monday.Add(time.Duration(m[0]) * time.Minute)
		if m[1] > 0 {
			x.Busy = monday.Add(time.Duration(m[1]) * time.Minute)
		}
		if a.putAttempt(x); x.WorkAt().Before(monday.Add(31 * time.Minute)) {
			want = append(want, x)
		}
	}
	quiet := attempt('7', 0)
	quiet.Busy = monday // and nothing is due
	a.putAttempt(quiet)
	slices.SortFunc(want, func(x, y openedx.Attempt) int { return cmp.Compare(x.WorkAt().Unix(), y.WorkAt().Unix()) })
	got := b.ids(openedx.AttemptQuery{Platform: "a", DueBy: monday.Add(30 * time.Minute)})
	if len(got) != 4 || len(want) != 4 {
		t.Fatalf("%d are due, want 4", len(got))
	}
	for i := range want {
		if got[i] != want[i].ID {
			t.Errorf("due as number %d is %s, want %s", i, got[i], want[i].ID)
		}
	}
}

func erased(t *testing.T, a, b store) {
	for _, platform := range []backend.PlatformID{"a", "b"} {
		a.putPerson(person(platform, '1'))
	}
	x := attempt('1', 0)
	x.ReviewException, x.Learner = "calculator", "north-4211"
	y := attempt('2', 0)
	y.ReviewException = "calculator"
	z := attempt('1', 1) // has browsers alone
	z.Submitted, z.Browsers = monday, []openedx.Browser{{Hash: "first", Since: monday}}
	namesake := attemptOn("b", '1', 0)
	namesake.ReviewException = "calculator"
	for _, attempt := range []openedx.Attempt{x, y, z, namesake} {
		a.putAttempt(attempt)
	}
	for range 2 {
		b.want(b.Erase(t.Context(), "a", user('1')), nil)
	}
	gone, err := a.Person(t.Context(), "a", user('1'))
	a.want(err, nil)
	want := person("a", '1').Stored().WithoutWords()
	want.Version = 2
	same(t, "the erased person", gone, want)
	if p, err := a.Person(t.Context(), "b", user('1')); err != nil || p.FullName == "" || p.Version != 1 {
		t.Errorf("the learner of the other platform = version %d, %v; want as before", p.Version, err)
	}
	if x, err := a.Attempt(t.Context(), x.ID); err != nil || x.ReviewException != "" || x.Version != 2 || x.Learner == "" {
		t.Errorf("the erased learner's attempt = version %d, %v; want 2 without the exception", x.Version, err)
	}
	if z, err := a.Attempt(t.Context(), z.ID); err != nil || len(z.Browsers) != 0 || z.Version != 2 || z.Submitted.IsZero() {
		t.Errorf("the erased learner's other attempt = version %d, %v; want 2 without browsers", z.Version, err)
	}
	if y, err := a.Attempt(t.Context(), y.ID); err != nil || y.ReviewException == "" || y.Version != 1 {
		t.Errorf("another learner's attempt = version %d, %v; want as before", y.Version, err)
	}
	if n, err := a.Attempt(t.Context(), namesake.ID); err != nil || n.ReviewException == "" || n.Version != 1 {
		t.Errorf("the attempt of the other platform's learner = version %d, %v; want as before", n.Version, err)
	}
	_, err = a.PersonNamed(t.Context(), "a", "ada_l")
	a.want(err, scheduling.ErrNotFound)
}

func notBack(t *testing.T, a, b store) {
	p, x := a.putPerson(person("a", '1')), attempt('1', 0)
	x.ReviewException = "calculator"
	x = a.putAttempt(x)
	b.want(b.Erase(t.Context(), "a", user('1')), nil)
	_, err := a.PutPerson(t.Context(), p)
	a.want(err, scheduling.ErrConflict)
	_, err = a.PutAttempt(t.Context(), x)
	a.want(err, scheduling.ErrConflict)
}

func canceled(t *testing.T, a, b store) {
	e, p, x := a.putExam(exam("a")), a.putPerson(person("a", '1')), a.putAttempt(attempt('1', 0))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := a.PutExam(ctx, e)
	a.want(err, context.Canceled)
	_, err = a.PutPerson(ctx, p)
	a.want(err, context.Canceled)
	_, err = a.PutAttempt(ctx, x)
	a.want(err, context.Canceled)
	a.want(a.Erase(ctx, "a", user('1')), context.Canceled)
	_, err = a.Attempts(ctx, openedx.AttemptQuery{Limit: 1})
	a.want(err, context.Canceled)
	b.putExam(e)
	b.putPerson(p)
	b.putAttempt(x)
}
