package storetest_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

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

// inner tells the test that it runs in a process that is meant to fail, and at which promise.
const inner = "STORETEST_RUN_DEFECTS"

// strangers are what two stores break that do not share their medium.
var strangers = []string{examBack, personBack, attemptBack, oneWins}

// TestRunSeesDefects runs the suite on broken stores in processes of their own, since it has
// to fail there, and looks for the promise that each one breaks. Of the other promises
// nothing is wanted, and they are not tried.
func TestRunSeesDefects(t *testing.T) {
	t.Parallel()
	if promise := os.Getenv(inner); promise != "" {
		runBroken(t, promise)
		return
	}
	names := map[string][]string{} // by promise
	for _, promise := range strangers {
		names[promise] = []string{"are strangers"}
	}
	for name, defect := range defects {
		names[defect.want] = append(names[defect.want], name)
	}
	for promise, names := range names {
		underlined := strings.ReplaceAll(promise, " ", "_")
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRunSeesDefects$/./^"+regexp.QuoteMeta(underlined))
		cmd.Env = append(os.Environ(), inner+"="+promise)
		output, err := cmd.CombinedOutput()
		if err == nil {
			t.Errorf("the suite passed on the stores %q", names)
		}
		for _, name := range names {
			if !strings.Contains(string(output), "--- FAIL: TestRunSeesDefects/"+strings.ReplaceAll(name, " ", "_")+"/"+underlined) {
				t.Errorf("a store that %s: the suite did not fail at %q:\n%s", name, promise, output)
			}
		}
	}
}

// runBroken runs the suite on the stores that break the promise.
func runBroken(t *testing.T, promise string) {
	for name, defect := range defects {
		if defect.want == promise {
			t.Run(name, func(t *testing.T) {
				storetest.Run(t, func(*testing.T) openedx.Store { return defect.broken(openedx.NewMemory()) })
			})
		}
	}
	if slices.Contains(strangers, promise) {
		t.Run("are strangers", func(t *testing.T) {
			storetest.RunShared(t, func(*testing.T) (a, b openedx.Store) { return openedx.NewMemory(), openedx.NewMemory() })
		})
	}
}
