package backend

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/proctorbook/proctorbook/edx"
)

// Memory is a [Provider] in this process, for tests and demonstrations. It does
// what the interface asks for, and nothing else: it books nothing, and forgets all
// when the process ends.
type Memory struct {
	url func(AttemptRef) string
	*shelf
}

// shelf is what a Memory has.
type shelf struct {
	mu       sync.Mutex
	exams    map[ExamID]Exam
	attempts map[AttemptID]*MemoryAttempt
	counts   map[sitter]int // how many attempts there were
	open     map[sitter]AttemptID
	leaving  map[learnerKey]bool
}

// sitter is a learner at an exam.
type sitter struct {
	exam ExamID
	user UserID
}

// learnerKey is a learner of a platform: another may use the same id.
type learnerKey struct {
	platform PlatformID
	user     UserID
}

// MemoryAttempt is an attempt that a [Memory] has.
type MemoryAttempt struct {
	AttemptRef                     // its ids
	Registration Registration      // as it came last; without name and address once the learner is retired
	Status       edx.AttemptStatus // created, started or submitted
	Errors       int               // how often the platform reported one; with the first it has ended the attempt
	Removed      bool              // the platform has taken it away
}

// NewMemory returns an empty Memory. url makes the URL of a learner's set-up page
// anew at each view, by any goroutine; nil is none.
func NewMemory(url func(AttemptRef) string) *Memory {
	if url == nil {
		url = func(AttemptRef) string { return "" }
	}
	return &Memory{url, &shelf{
		exams: map[ExamID]Exam{}, attempts: map[AttemptID]*MemoryAttempt{}, counts: map[sitter]int{},
		open: map[sitter]AttemptID{}, leaving: map[learnerKey]bool{},
	}}
}

// Exams returns all exams, in the order of their ids.
func (m *Memory) Exams() (all []Exam) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, exam := range m.exams {
		all = append(all, exam)
	}
	slices.SortFunc(all, func(a, b Exam) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return all
}

// Attempts returns all attempts, in the order of their ids.
func (m *Memory) Attempts() (all []MemoryAttempt) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, attempt := range m.attempts {
		all = append(all, *attempt)
	}
	slices.SortFunc(all, func(a, b MemoryAttempt) int { return strings.Compare(string(a.Attempt), string(b.Attempt)) })
	return all
}

// SaveExam implements [Provider].
func (m *Memory) SaveExam(ctx context.Context, exam Exam) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.exams[exam.ID] = exam
	return nil
}

// Register implements [Provider].
func (m *Memory) Register(ctx context.Context, r Registration) (AttemptID, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch exam, known := m.exams[r.Exam]; {
	case !known || exam.Platform != r.Platform:
		return "", ErrNotFound
	case m.leaving[learnerKey{r.Platform, r.Learner.ID}]:
		return "", ErrRefused
	}
	at := sitter{r.Exam, r.Learner.ID}
	if id, unstarted := m.open[at]; unstarted {
		m.attempts[id].Registration = r
		return id, nil
	}
	id := NewAttemptID(r.Exam, r.Learner.ID, m.counts[at])
	m.counts[at]++
	m.open[at] = id
	m.attempts[id] = &MemoryAttempt{
		AttemptRef: AttemptRef{Platform: r.Platform, Exam: r.Exam, Attempt: id}, Registration: r, Status: edx.AttemptCreated,
	}
	return id, nil
}

// find returns the attempt that a platform means, also a removed one.
func (m *Memory) find(ctx context.Context, ref AttemptRef) (*MemoryAttempt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	attempt := m.attempts[ref.Attempt]
	if attempt == nil || attempt.AttemptRef != ref {
		return nil, ErrNotFound
	}
	return attempt, nil
}

// SetUp implements [Provider].
func (m *Memory) SetUp(ctx context.Context, ref AttemptRef) (SetUp, error) {
	found, err := m.setUp(ctx, ref)
	if err != nil {
		return SetUp{}, err
	}
	found.URL = m.url(ref) // without the lock: it may look in here
	return found, nil
}

func (m *Memory) setUp(ctx context.Context, ref AttemptRef) (SetUp, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	attempt, err := m.find(ctx, ref)
	switch {
	case err != nil:
		return SetUp{}, err
	case attempt.Removed:
		return SetUp{}, ErrNotFound
	}
	practice := attempt.Registration.Sample || m.exams[ref.Exam].Practice
	return SetUp{Status: attempt.Status, Practice: practice}, nil
}

// Report implements [Provider].
func (m *Memory) Report(ctx context.Context, ref AttemptRef, status edx.AttemptStatus) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	attempt, err := m.find(ctx, ref)
	switch {
	case err != nil:
		return err
	case attempt.Removed:
		return ErrNotFound
	case status == edx.AttemptError:
		attempt.Errors++
		m.close(attempt) // the platform has ended it
		return nil
	case attempt.Status == edx.AttemptSubmitted:
		return nil // it came late
	}
	attempt.Status = status
	m.close(attempt)
	return nil
}

// close makes the learner's next registration another attempt.
func (m *Memory) close(attempt *MemoryAttempt) {
	at := sitter{attempt.Exam, attempt.Registration.Learner.ID}
	if m.open[at] == attempt.Attempt {
		delete(m.open, at)
	}
	m.forget(attempt)
}

// forget drops what is personal of an attempt, once its learner has to be
// forgotten and it is not under way.
func (m *Memory) forget(attempt *MemoryAttempt) (gone bool) {
	underWay := attempt.Status == edx.AttemptStarted && attempt.Errors == 0 && !attempt.Removed
	if !m.leaving[learnerKey{attempt.Platform, attempt.Registration.Learner.ID}] || underWay {
		return !underWay
	}
	r := &attempt.Registration
	r.Learner.FullName, r.Learner.Email, r.ReviewException = "", "", ""
	return true
}

// Remove implements [Provider].
func (m *Memory) Remove(ctx context.Context, ref AttemptRef) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	attempt, err := m.find(ctx, ref)
	if err != nil {
		return err
	}
	attempt.Removed = true
	m.close(attempt)
	return nil
}

// Retire implements [Provider]. A learner who is in an exam right now is forgotten
// when it is over. Who is retired can't register any more.
func (m *Memory) Retire(ctx context.Context, platform PlatformID, user UserID) (gone bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.leaving[learnerKey{platform, user}] = true
	gone = true
	for _, attempt := range m.attempts {
		if attempt.Platform == platform && attempt.Registration.Learner.ID == user && !m.forget(attempt) {
			gone = false
		}
	}
	return gone, nil
}
