package storetest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/openedx/storetest"
)

func TestRun(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) openedx.Store { return openedx.NewMemory() })
}

// Promises, as far as they tell one from another.
const (
	examBack     = "an exam comes back with every field"
	examList     = "Exams goes through the exams of one platform"
	personBack   = "a person comes back with every field"
	personsApart = "persons of two platforms"
	named        = "PersonNamed finds the one"
	attemptBack  = "an attempt comes back with every field"
	conflict     = "a Put from another Version"
	notThere     = "a record that is not there"
	oneOpen      = "of one learner at one exam"
	oneWins      = "of many replicas that make an attempt"
	chosen       = "Attempts chooses what the query says"
	dueFirst     = "Attempts with DueBy"
	erased       = "Erase takes what is personal"
	notBack      = "what was read before Erase"
	canceled     = "nothing is written in a context"
)

// defects are stores that break one promise each, and the start of the promise.
var defects = map[string]struct {
	broken func(openedx.Store) openedx.Store
	want   string
}{
	"forgets what an exam allows":       {putExam(func(e *openedx.Exam) { e.Rules = nil }), examBack},
	"keeps the zone of an exam's end":   {readExam(func(e *openedx.Exam) { e.Due = e.Due.In(elsewhere) }), examBack},
	"shares an exam's rules":            {func(s openedx.Store) openedx.Store { return &sharedRules{Store: s} }, examBack},
	"does not say an exam's version":    {func(s openedx.Store) openedx.Store { return givenVersion{s} }, examBack},
	"lists all platforms' exams":        {func(s openedx.Store) openedx.Store { return examsOf{s, "b"} }, examList},
	"lists exams backwards":             {func(s openedx.Store) openedx.Store { return backwards{s} }, examList},
	"begins the list of exams again":    {func(s openedx.Store) openedx.Store { return again{s} }, examList},
	"knows no limit of exams":           {func(s openedx.Store) openedx.Store { return noLimit{s} }, examList},
	"forgets who tied a person":         {putPerson(func(p *openedx.Person) { p.TiedBy = "" }), personBack},
	"forgets that a person is to go":    {putPerson(func(p *openedx.Person) { p.Retired = time.Time{} }), personBack},
	"keeps the zone of a retirement":    {readPerson(func(p *openedx.Person) { p.Retired = p.Retired.In(elsewhere) }), personBack},
	"keeps the nanoseconds of an erase": {func(s openedx.Store) openedx.Store { return &exact{Store: s} }, personBack},
	"has one person an id":              {func(s openedx.Store) openedx.Store { return onePlatform{s} }, personsApart},
	"reads names in any case":           {func(s openedx.Store) openedx.Store { return anyCase{s} }, named},
	"finds the first of two names":      {func(s openedx.Store) openedx.Store { return &firstNamed{Store: s, found: map[string]openedx.Person{}} }, named},
	"finds names of other platforms":    {func(s openedx.Store) openedx.Store { return anyPlatform{s} }, named},

	"forgets the browsers":             {putAttempt(func(a *openedx.Attempt) { a.Browsers = nil }), attemptBack},
	"forgets the wrong guesses":        {putAttempt(func(a *openedx.Attempt) { a.Guesses = openedx.Guesses{} }), attemptBack},
	"forgets that it sent a verdict":   {putAttempt(func(a *openedx.Attempt) { a.Review.Sent = time.Time{} }), attemptBack},
	"forgets an earlier verdict":       {putAttempt(func(a *openedx.Attempt) { a.Review.Earlier = false }), attemptBack},
	"keeps the zone of a start":        {readAttempt(func(a *openedx.Attempt) { a.Started = a.Started.In(elsewhere) }), attemptBack},
	"shares the browsers":              {func(s openedx.Store) openedx.Store { return &sharedBrowsers{Store: s} }, attemptBack},
	"takes any version of an exam":     {func(s openedx.Store) openedx.Store { return anyVersion{s, "exam"} }, conflict},
	"takes any version of a person":    {func(s openedx.Store) openedx.Store { return anyVersion{s, "person"} }, conflict},
	"takes any version of an attempt":  {func(s openedx.Store) openedx.Store { return anyVersion{s, "attempt"} }, conflict},
	"has nothing without an error":     {func(s openedx.Store) openedx.Store { return noError{s} }, notThere},
	"wants a learner to erase":         {func(s openedx.Store) openedx.Store { return strict{s} }, notThere},
	"lets two attempts be open":        {func(s openedx.Store) openedx.Store { return twoOpen{s} }, oneOpen},
	"lets one open again beside it":    {func(s openedx.Store) openedx.Store { return openAgain{s} }, oneOpen},
	"lets a learner sit one exam":      {func(s openedx.Store) openedx.Store { return oneExam{s} }, oneOpen},
	"looks, and then makes an attempt": {func(s openedx.Store) openedx.Store { return slow{twoOpen{s}} }, oneWins},
	"lists the attempts of all":        {query(func(q *openedx.AttemptQuery) { q.Platform, q.Exam = "", "" }), chosen},
	"lists whoever is identified":      {query(func(q *openedx.AttemptQuery) { q.Unidentified = false }), chosen},
	"sees no trouble":                  {query(func(q *openedx.AttemptQuery) { q.Troubled = false }), chosen},
	"sees no extra time":               {query(func(q *openedx.AttemptQuery) { q.Extended = false }), chosen},
	"begins the list again":            {query(func(q *openedx.AttemptQuery) { q.After = "" }), chosen},
	"lists one too many":               {query(func(q *openedx.AttemptQuery) { q.Limit++ }), chosen},
	"has no order":                     {sorted(func(a, b openedx.Attempt) int { return strings.Compare(string(b.ID), string(a.ID)) }), chosen},
	"has the order of ids when due":    {sorted(func(a, b openedx.Attempt) int { return strings.Compare(string(a.ID), string(b.ID)) }), dueFirst},
	"gives out what somebody works on": {readDue(func(a openedx.Attempt) bool { return a.DueAt.IsZero() }), dueFirst},
	"erases only the name":             {func(s openedx.Store) openedx.Store { return nameErased{s} }, erased},
	"erases who sat the exam":          {afterErase(func(a *openedx.Attempt) { a.Learner = "" }, false), erased},
	"erases of a namesake":             {afterErase(func(a *openedx.Attempt) { a.ReviewException = "" }, true), erased},
	"erases the person alone":          {func(s openedx.Store) openedx.Store { return personErased{s} }, erased},
	"erases in all versions":           {func(s openedx.Store) openedx.Store { return sameVersion{s, map[string]int64{}} }, notBack},
	"puts exams for who has left":      {deafTo("PutExam"), canceled},
	"puts persons for who has left":    {deafTo("PutPerson"), canceled},
	"puts attempts for who has left":   {deafTo("PutAttempt"), canceled},
	"erases for who has left":          {deafTo("Erase"), canceled},
}

// inner tells the test that it runs in the process that is meant to fail.
const inner = "STORETEST_RUN_DEFECTS"

// TestRunSeesDefects runs the suite on broken stores in a process of its own, since it has
// to fail there, and looks for the promise that each one breaks.
func TestRunSeesDefects(t *testing.T) {
	t.Parallel()
	if os.Getenv(inner) != "" {
		for name, defect := range defects {
			t.Run(name, func(t *testing.T) {
				storetest.Run(t, func(*testing.T) openedx.Store { return defect.broken(openedx.NewMemory()) })
			})
		}
		t.Run("are strangers", func(t *testing.T) {
			storetest.RunShared(t, func(*testing.T) (a, b openedx.Store) { return openedx.NewMemory(), openedx.NewMemory() })
		})
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRunSeesDefects$")
	cmd.Env = append(os.Environ(), inner+"=1")
	output, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatal("the suite passed on broken stores")
	}
	failed := func(store, promise string) bool {
		return strings.Contains(string(output), "--- FAIL: TestRunSeesDefects/"+strings.ReplaceAll(store+"/"+promise, " ", "_"))
	}
	for name, defect := range defects {
		if !failed(name, defect.want) {
			t.Errorf("a store that %s: the suite did not fail at %q", name, defect.want)
		}
	}
	for _, promise := range []string{examBack, personBack, attemptBack, oneWins} {
		if !failed("are strangers", promise) {
			t.Errorf("two stores that do not share their medium: RunShared did not fail at %q", promise)
		}
	}
	if t.Failed() {
		t.Logf("%s", output)
	}
}

var elsewhere = time.FixedZone("elsewhere", 3600)

// changed changes the records on their way in and out.
type changed struct {
	openedx.Store
	putE, getE func(*openedx.Exam)
	putP, getP func(*openedx.Person)
	putA, getA func(*openedx.Attempt)
	query      func(*openedx.AttemptQuery)
	list       func([]openedx.Attempt, openedx.AttemptQuery) []openedx.Attempt
}

// change is what the first of the functions makes of v, if there is one.
func change[T any](v T, by func(*T)) T {
	if by != nil {
		by(&v)
	}
	return v
}

func (s changed) PutExam(ctx context.Context, e openedx.Exam) (openedx.Exam, error) {
	return s.Store.PutExam(ctx, change(e, s.putE))
}

func (s changed) Exam(ctx context.Context, id backend.ExamID) (openedx.Exam, error) {
	e, err := s.Store.Exam(ctx, id)
	return change(e, s.getE), err
}

func (s changed) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	return s.Store.PutPerson(ctx, change(p, s.putP))
}

func (s changed) Person(ctx context.Context, platform backend.PlatformID, user backend.UserID) (openedx.Person, error) {
	p, err := s.Store.Person(ctx, platform, user)
	return change(p, s.getP), err
}

func (s changed) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	return s.Store.PutAttempt(ctx, change(a, s.putA))
}

func (s changed) Attempt(ctx context.Context, id backend.AttemptID) (openedx.Attempt, error) {
	a, err := s.Store.Attempt(ctx, id)
	return change(a, s.getA), err
}

func (s changed) Attempts(ctx context.Context, q openedx.AttemptQuery) ([]openedx.Attempt, error) {
	all, err := s.Store.Attempts(ctx, change(q, s.query))
	if s.list != nil {
		all = s.list(all, q)
	}
	return all, err
}

func putExam(by func(*openedx.Exam)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, putE: by} }
}

func readExam(by func(*openedx.Exam)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, getE: by} }
}

func putPerson(by func(*openedx.Person)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, putP: by} }
}

func readPerson(by func(*openedx.Person)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, getP: by} }
}

func putAttempt(by func(*openedx.Attempt)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, putA: by} }
}

func readAttempt(by func(*openedx.Attempt)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, getA: by} }
}

func query(by func(*openedx.AttemptQuery)) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return changed{Store: s, query: by} }
}

// sorted brings lists into another order.
func sorted(order func(a, b openedx.Attempt) int) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store {
		return changed{Store: s, list: func(all []openedx.Attempt, _ openedx.AttemptQuery) []openedx.Attempt {
			slices.SortFunc(all, order)
			return all
		}}
	}
}

// readDue takes all attempts for due that the func does not leave out.
func readDue(leaveOut func(openedx.Attempt) bool) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store {
		return changed{Store: s, query: func(q *openedx.AttemptQuery) {
			if !q.DueBy.IsZero() {
				q.DueBy = q.DueBy.AddDate(1, 0, 0)
			}
		}, list: func(all []openedx.Attempt, q openedx.AttemptQuery) []openedx.Attempt {
			return slices.DeleteFunc(all, func(a openedx.Attempt) bool {
				return leaveOut(a) || !q.DueBy.IsZero() && a.DueAt.After(q.DueBy)
			})
		}}
	}
}

// sharedRules hands out the same map each time.
type sharedRules struct {
	openedx.Store
	mu    sync.Mutex
	rules map[string]bool
}

func (s *sharedRules) Exam(ctx context.Context, id backend.ExamID) (openedx.Exam, error) {
	e, err := s.Store.Exam(ctx, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rules == nil {
		s.rules = e.Rules
	}
	if e.Rules != nil {
		e.Rules = s.rules
	}
	return e, err
}

// sharedBrowsers hands out the same slice each time.
type sharedBrowsers struct {
	openedx.Store
	mu       sync.Mutex
	browsers []openedx.Browser
}

func (s *sharedBrowsers) Attempt(ctx context.Context, id backend.AttemptID) (openedx.Attempt, error) {
	a, err := s.Store.Attempt(ctx, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.browsers == nil {
		s.browsers = a.Browsers
	}
	if a.Browsers != nil {
		a.Browsers = s.browsers
	}
	return a, err
}

// givenVersion returns the version that it was given.
type givenVersion struct{ openedx.Store }

func (s givenVersion) PutExam(ctx context.Context, e openedx.Exam) (openedx.Exam, error) {
	stored, err := s.Store.PutExam(ctx, e)
	stored.Version = e.Version
	return stored, err
}

// examsOf lists the exams of another platform as well.
type examsOf struct {
	openedx.Store
	other backend.PlatformID
}

func (s examsOf) Exams(ctx context.Context, platform backend.PlatformID, after backend.ExamID, limit int) ([]openedx.Exam, error) {
	all, err := s.Store.Exams(ctx, platform, after, limit)
	more, err2 := s.Store.Exams(ctx, s.other, after, limit)
	all = append(all, more...)
	slices.SortFunc(all, func(a, b openedx.Exam) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return all[:min(limit, len(all))], errors.Join(err, err2)
}

// backwards lists exams in the wrong order.
type backwards struct{ openedx.Store }

func (s backwards) Exams(ctx context.Context, platform backend.PlatformID, after backend.ExamID, limit int) ([]openedx.Exam, error) {
	all, err := s.Store.Exams(ctx, platform, after, limit)
	slices.Reverse(all)
	return all, err
}

// again lists exams from the first one on.
type again struct{ openedx.Store }

func (s again) Exams(ctx context.Context, platform backend.PlatformID, _ backend.ExamID, limit int) ([]openedx.Exam, error) {
	return s.Store.Exams(ctx, platform, "", limit)
}

// noLimit lists all exams.
type noLimit struct{ openedx.Store }

func (s noLimit) Exams(ctx context.Context, platform backend.PlatformID, after backend.ExamID, _ int) ([]openedx.Exam, error) {
	return s.Store.Exams(ctx, platform, after, 1000)
}

// exact returns an instant as it was put.
type exact struct {
	openedx.Store
	mu     sync.Mutex
	erased time.Time
}

func (s *exact) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erased = p.Erased.UTC()
	return s.Store.PutPerson(ctx, p)
}

func (s *exact) Person(ctx context.Context, platform backend.PlatformID, user backend.UserID) (openedx.Person, error) {
	p, err := s.Store.Person(ctx, platform, user)
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Erased = s.erased
	return p, err
}

// onePlatform tells persons apart by their ids alone.
type onePlatform struct{ openedx.Store }

func (s onePlatform) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	platform := p.Platform
	p.Platform = "a"
	old, _ := s.Store.Person(ctx, p.Platform, p.User)
	p.Version = old.Version
	p, err := s.Store.PutPerson(ctx, p)
	p.Platform = platform
	return p, err
}

func (s onePlatform) Person(ctx context.Context, platform backend.PlatformID, user backend.UserID) (openedx.Person, error) {
	p, err := s.Store.Person(ctx, "a", user)
	p.Platform = platform
	return p, err
}

// anyCase finds names in any case.
type anyCase struct{ openedx.Store }

func (s anyCase) PersonNamed(ctx context.Context, platform backend.PlatformID, name string) (openedx.Person, error) {
	return s.Store.PersonNamed(ctx, platform, strings.ToLower(name))
}

// firstNamed goes on finding whom it found once.
type firstNamed struct {
	openedx.Store
	mu    sync.Mutex
	found map[string]openedx.Person
}

func (s *firstNamed) PersonNamed(ctx context.Context, platform backend.PlatformID, name string) (openedx.Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.found[name]; ok && p.Platform == platform {
		return p, nil
	}
	p, err := s.Store.PersonNamed(ctx, platform, name)
	if err == nil {
		s.found[name] = p
	}
	return p, err
}

// anyPlatform finds names of platform b on all.
type anyPlatform struct{ openedx.Store }

func (s anyPlatform) PersonNamed(ctx context.Context, platform backend.PlatformID, name string) (openedx.Person, error) {
	p, err := s.Store.PersonNamed(ctx, platform, name)
	if errors.Is(err, scheduling.ErrNotFound) {
		return s.Store.PersonNamed(ctx, "b", name)
	}
	return p, err
}

// anyVersion takes any version of one kind of record.
type anyVersion struct {
	openedx.Store
	kind string
}

func (s anyVersion) PutExam(ctx context.Context, e openedx.Exam) (openedx.Exam, error) {
	if old, err := s.Exam(ctx, e.ID); s.kind == "exam" && err == nil {
		e.Version = old.Version
	}
	return s.Store.PutExam(ctx, e)
}

func (s anyVersion) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	if old, err := s.Person(ctx, p.Platform, p.User); s.kind == "person" && err == nil {
		p.Version = old.Version
	}
	return s.Store.PutPerson(ctx, p)
}

func (s anyVersion) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	if old, err := s.Attempt(ctx, a.ID); s.kind == "attempt" && err == nil {
		a.Version = old.Version
	}
	return s.Store.PutAttempt(ctx, a)
}

// noError returns an empty record where there is none.
type noError struct{ openedx.Store }

func (s noError) Attempt(ctx context.Context, id backend.AttemptID) (openedx.Attempt, error) {
	a, err := s.Store.Attempt(ctx, id)
	if errors.Is(err, scheduling.ErrNotFound) {
		err = nil
	}
	return a, err
}

// strict erases known learners alone.
type strict struct{ openedx.Store }

func (s strict) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	if _, err := s.Person(ctx, platform, user); err != nil {
		return err
	}
	return s.Store.Erase(ctx, platform, user)
}

// twoOpen stores an attempt beside one that is open.
type twoOpen struct{ openedx.Store }

func (s twoOpen) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	stored, err := s.Store.PutAttempt(ctx, a)
	if !errors.Is(err, openedx.ErrOpenAttempt) {
		return stored, err
	}
	others, err := s.Attempts(ctx, openedx.AttemptQuery{Exam: a.Exam, User: a.User, Limit: 100})
	for _, other := range others {
		if other.Open() && err == nil { // hide it for a moment
			other.Removed = time.Unix(1, 0)
			_, err = s.Store.PutAttempt(ctx, other)
		}
	}
	if err != nil {
		return stored, err
	}
	return s.Store.PutAttempt(ctx, a)
}

// openAgain looks for another open attempt only when one is made.
type openAgain struct{ openedx.Store }

func (s openAgain) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	if a.Version > 0 {
		return twoOpen(s).PutAttempt(ctx, a)
	}
	return s.Store.PutAttempt(ctx, a)
}

// oneExam lets a learner have one open attempt at all exams together.
type oneExam struct{ openedx.Store }

func (s oneExam) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	others, err := s.Attempts(ctx, openedx.AttemptQuery{Platform: a.Platform, User: a.User, Limit: 100})
	if err != nil {
		return a, err
	}
	for _, other := range others {
		if other.Open() && a.Open() && other.ID != a.ID {
			return openedx.Attempt{}, openedx.ErrOpenAttempt
		}
	}
	return s.Store.PutAttempt(ctx, a)
}

// slow looks for open attempts, and writes when that may have changed.
type slow struct{ twoOpen }

func (s slow) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	others, err := s.Attempts(ctx, openedx.AttemptQuery{Exam: a.Exam, User: a.User, Limit: 100})
	if err != nil {
		return a, err
	}
	for _, other := range others {
		if other.Open() && a.Open() && other.ID != a.ID {
			return openedx.Attempt{}, openedx.ErrOpenAttempt
		}
	}
	time.Sleep(10 * time.Millisecond)
	return s.twoOpen.PutAttempt(ctx, a)
}

// nameErased leaves all but the name.
type nameErased struct{ openedx.Store }

func (s nameErased) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	p, err := s.Person(ctx, platform, user)
	if err != nil {
		return nil
	}
	p.FullName = ""
	_, err = s.PutPerson(ctx, p)
	return err
}

// personErased leaves the attempts as they are.
type personErased struct{ openedx.Store }

func (s personErased) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	p, err := s.Person(ctx, platform, user)
	if err == nil && p != p.WithoutWords() {
		_, err = s.PutPerson(ctx, p.WithoutWords())
	}
	return err
}

// erases changes attempts after an Erase, which should not.
type erases struct {
	openedx.Store
	by       func(*openedx.Attempt)
	namesake bool // of all platforms' users with that id
}

func afterErase(by func(*openedx.Attempt), namesake bool) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return erases{s, by, namesake} }
}

func (s erases) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	if err := s.Store.Erase(ctx, platform, user); err != nil {
		return err
	}
	all, err := s.Attempts(ctx, openedx.AttemptQuery{Limit: 100})
	for _, a := range all {
		if err == nil && a.User == user && (a.Platform == platform) != s.namesake {
			_, err = s.PutAttempt(ctx, change(a, s.by))
		}
	}
	return err
}

// sameVersion gives a record that it erased the version that it had.
type sameVersion struct {
	openedx.Store
	more map[string]int64
}

func (s sameVersion) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	s.more[string(user)]++
	return s.Store.Erase(ctx, platform, user)
}

func (s sameVersion) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	p.Version += s.more[string(p.User)]
	return s.Store.PutPerson(ctx, p)
}

func (s sameVersion) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	a.Version += s.more[string(a.User)]
	return s.Store.PutAttempt(ctx, a)
}

// deaf goes on with one method when the caller has left.
type deaf struct {
	openedx.Store
	method string
}

func deafTo(method string) func(openedx.Store) openedx.Store {
	return func(s openedx.Store) openedx.Store { return deaf{s, method} }
}

func (s deaf) in(ctx context.Context, method string) context.Context {
	if method == s.method {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// left tells a caller who has left so, after all is done.
func left[T any](ctx context.Context, v T, err error) (T, error) {
	return v, errors.Join(err, ctx.Err())
}

func (s deaf) PutExam(ctx context.Context, e openedx.Exam) (openedx.Exam, error) {
	e, err := s.Store.PutExam(s.in(ctx, "PutExam"), e)
	return left(ctx, e, err)
}

func (s deaf) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	p, err := s.Store.PutPerson(s.in(ctx, "PutPerson"), p)
	return left(ctx, p, err)
}

func (s deaf) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	a, err := s.Store.PutAttempt(s.in(ctx, "PutAttempt"), a)
	return left(ctx, a, err)
}

func (s deaf) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	return errors.Join(s.Store.Erase(s.in(ctx, "Erase"), platform, user), ctx.Err())
}
