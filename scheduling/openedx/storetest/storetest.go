// Package storetest is the test suite that every [openedx.Store] must pass, and with it
// the store's specification. A store's own test is short:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) openedx.Store { return openEmptyStore(t) })
//	}
//
// Run it with -race as well.
package storetest

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// promise is one sentence of the contract, and the check of it.
type promise struct {
	text  string
	check func(t *testing.T, a, b store)
}

// Run checks every promise of the contract in a parallel subtest of its own, named after
// the promise. Each calls open for a store that is empty; open closes it with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) openedx.Store) {
	t.Helper()
	RunShared(t, func(t *testing.T) (a, b openedx.Store) {
		s := open(t)
		return s, s
	})
}

// RunShared checks the same of a store that is opened twice, as by two processes: what is
// done by the one is seen by the other.
func RunShared(t *testing.T, open func(t *testing.T) (a, b openedx.Store)) {
	t.Helper()
	for _, p := range suite {
		t.Run(p.text, func(t *testing.T) {
			t.Parallel()
			a, b := open(t)
			p.check(t, store{t, a}, store{t, b})
		})
	}
}

var suite = []promise{
	{"an exam comes back with every field, instants in UTC and cut to microseconds", examComesBack},
	{"Exams goes through the exams of one platform in the order of their ids", examsInOrder},
	{"a person comes back with every field", personComesBack},
	{"persons of two platforms with one id are two", personsApart},
	{"PersonNamed finds the one of the platform, to the letter, and none of several", personNamed},
	{"an attempt comes back with every field", attemptComesBack},
	{"a Put from another Version is ErrConflict, and stores nothing", conflicts},
	{"a record that is not there is ErrNotFound", missing},
	{"of one learner at one exam one attempt is open", oneOpen},
	{"of many replicas that make an attempt one wins", openRace},
	{"Attempts chooses what the query says, in the order of ids", chosen},
	{"Attempts with DueBy has the longest due first, and none that somebody works on", dueFirst},
	{"Erase takes what is personal, of one learner, and nothing else", erased},
	{"what was read before Erase can't be written back", notBack},
	{"nothing is written in a context that has ended", canceled},
}

// store is a store under test.
type store struct {
	t *testing.T
	openedx.Store
}

var (
	course  = edx.MustCourseKey("course-v1:ExampleX+CS101+2027")
	content = edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final")
	monday  = time.Date(2027, 1, 11, 9, 0, 0, 0, time.UTC)
)

// user is an obscured id that ends with c.
func user(c byte) backend.UserID {
	return backend.UserID("461807b0461807b0461807b0461807b0461807b" + string(c))
}

func exam(platform backend.PlatformID) openedx.Exam {
	return openedx.Exam{Exam: backend.Exam{
		Platform: platform, ID: backend.NewExamID(platform, course, content), LMSID: 7, Course: course, Content: content,
		Name: "Final & <more> é", TimeLimit: 90 * time.Minute, Due: monday.Add(1999).In(time.FixedZone("", 3600)), HideAfterDue: true, Proctored: true, Practice: true, Active: true,
		ReviewPolicy: "Closed book", Rules: map[string]bool{"allow_notes": true, "more": false}, Backend: "acme",
	}, UpdatedAt: monday.Add(time.Hour + 1999)}
}

func person(platform backend.PlatformID, c byte) openedx.Person {
	return openedx.Person{
		Platform: platform, User: user(c), FullName: "Ada Löve", Email: "ada@example.org", Username: "ada_l", Learner: "north-4211",
		TiedAt: monday.Add(1999), TiedBy: "grace", Retired: monday.Add(time.Hour + 1999).In(time.FixedZone("", 3600)), Erased: monday.Add(2*time.Hour + 1999),
	}
}

// attempt is the n-th of a learner at the exam of platform a.
func attempt(c byte, n int) openedx.Attempt { return attemptOn("a", c, n) }

func attemptOn(platform backend.PlatformID, c byte, n int) openedx.Attempt {
	id := exam(platform).ID
	return openedx.Attempt{ID: backend.NewAttemptID(id, user(c), n), Platform: platform, Exam: id, User: user(c), Number: n, Registered: monday}
}

// want ends the test unless the error is as it should be.
func (s store) want(err, want error) {
	s.t.Helper()
	if !is(err, want) {
		s.t.Fatalf("error = %v, want %v", err, want)
	}
}

func (s store) putExam(e openedx.Exam) openedx.Exam {
	s.t.Helper()
	e, err := s.PutExam(s.t.Context(), e)
	s.want(err, nil)
	return e
}

func (s store) putPerson(p openedx.Person) openedx.Person {
	s.t.Helper()
	p, err := s.PutPerson(s.t.Context(), p)
	s.want(err, nil)
	return p
}

func (s store) putAttempt(a openedx.Attempt) openedx.Attempt {
	s.t.Helper()
	a, err := s.PutAttempt(s.t.Context(), a)
	s.want(err, nil)
	return a
}

func (s store) ids(q openedx.AttemptQuery) (ids []backend.AttemptID) {
	s.t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	all, err := s.Attempts(s.t.Context(), q)
	s.want(err, nil)
	for _, a := range all {
		ids = append(ids, a.ID)
	}
	return ids
}
