package openedx

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
)

// Memory is a [Store] in this process, for tests and demonstrations: when the process
// ends, the platforms' attempts are gone. Make one with [NewMemory].
type Memory struct{ *shelf }

// shelf is what a Memory has. It is behind a pointer, so that a copy of a Memory, which
// nobody should make, is printed as the Memory is.
type shelf struct {
	mu       sync.Mutex
	exams    map[backend.ExamID]Exam
	persons  map[personKey]Person
	attempts map[backend.AttemptID]Attempt
}

// personKey is a learner of a platform: another may have the same id.
type personKey struct {
	platform backend.PlatformID
	user     backend.UserID
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	return &Memory{&shelf{
		exams: map[backend.ExamID]Exam{}, persons: map[personKey]Person{}, attempts: map[backend.AttemptID]Attempt{},
	}}
}

// Format prints no more than the type, for every verb.
func (m Memory) Format(f fmt.State, _ rune) { fmt.Fprint(f, "openedx.Memory") }

// enter locks the shelf, unless ctx has ended.
func (m *shelf) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	return nil
}

// look returns one record of a map.
func look[K comparable, V any](ctx context.Context, m *shelf, from func() map[K]V, key K) (V, error) {
	var none V
	if err := m.enter(ctx); err != nil {
		return none, err
	}
	defer m.mu.Unlock()
	if v, ok := from()[key]; ok {
		return v, nil
	}
	return none, scheduling.ErrNotFound
}

// Exam implements [Store].
func (m *Memory) Exam(ctx context.Context, id backend.ExamID) (Exam, error) {
	e, err := look(ctx, m.shelf, func() map[backend.ExamID]Exam { return m.exams }, id)
	e.Rules = maps.Clone(e.Rules)
	return e, err
}

// PutExam implements [Store].
func (m *Memory) PutExam(ctx context.Context, e Exam) (Exam, error) {
	if err := m.enter(ctx); err != nil {
		return Exam{}, err
	}
	defer m.mu.Unlock()
	if m.exams[e.ID].Version != e.Version {
		return Exam{}, scheduling.ErrConflict
	}
	e = e.Stored()
	e.Version++
	e.Rules = maps.Clone(e.Rules)
	m.exams[e.ID] = e
	e.Rules = maps.Clone(e.Rules)
	return e, nil
}

// Exams implements [Store].
func (m *Memory) Exams(ctx context.Context, platform backend.PlatformID, after backend.ExamID, limit int) ([]Exam, error) {
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var all []Exam
	for _, id := range slices.Sorted(maps.Keys(m.exams)) {
		if e := m.exams[id]; e.Platform == platform && id > after && len(all) < limit {
			e.Rules = maps.Clone(e.Rules)
			all = append(all, e)
		}
	}
	return all, nil
}

// Person implements [Store].
func (m *Memory) Person(ctx context.Context, platform backend.PlatformID, user backend.UserID) (Person, error) {
	return look(ctx, m.shelf, func() map[personKey]Person { return m.persons }, personKey{platform, user})
}

// PersonNamed implements [Store].
func (m *Memory) PersonNamed(ctx context.Context, platform backend.PlatformID, username string) (Person, error) {
	if err := m.enter(ctx); err != nil {
		return Person{}, err
	}
	defer m.mu.Unlock()
	var found []Person
	for _, p := range m.persons {
		if p.Platform == platform && p.Username == username && username != "" {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		return Person{}, scheduling.ErrNotFound
	}
	return found[0], nil
}

// PutPerson implements [Store].
func (m *Memory) PutPerson(ctx context.Context, p Person) (Person, error) {
	if err := m.enter(ctx); err != nil {
		return Person{}, err
	}
	defer m.mu.Unlock()
	key := personKey{p.Platform, p.User}
	if m.persons[key].Version != p.Version {
		return Person{}, scheduling.ErrConflict
	}
	p = p.Stored()
	p.Version++
	m.persons[key] = p
	return p, nil
}

// Attempt implements [Store].
func (m *Memory) Attempt(ctx context.Context, id backend.AttemptID) (Attempt, error) {
	a, err := look(ctx, m.shelf, func() map[backend.AttemptID]Attempt { return m.attempts }, id)
	a.Browsers = slices.Clone(a.Browsers)
	return a, err
}

// PutAttempt implements [Store].
func (m *Memory) PutAttempt(ctx context.Context, a Attempt) (Attempt, error) {
	if err := m.enter(ctx); err != nil {
		return Attempt{}, err
	}
	defer m.mu.Unlock()
	if m.attempts[a.ID].Version != a.Version {
		return Attempt{}, scheduling.ErrConflict
	}
	for _, other := range m.attempts {
		if a.Open() && other.Open() && other.ID != a.ID && other.Exam == a.Exam && other.User == a.User {
			return Attempt{}, ErrOpenAttempt
		}
	}
	a.Version++
	m.attempts[a.ID] = a.Stored()
	return a.Stored(), nil
}

// Attempts implements [Store].
func (m *Memory) Attempts(ctx context.Context, q AttemptQuery) ([]Attempt, error) {
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var all []Attempt
	for _, a := range m.attempts {
		if q.Matches(a) {
			a.Browsers = slices.Clone(a.Browsers)
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b Attempt) int {
		if !q.DueBy.IsZero() && !a.WorkAt().Equal(b.WorkAt()) {
			return a.WorkAt().Compare(b.WorkAt())
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return all[:min(len(all), q.Limit)], nil
}

// Erase implements [Store].
func (m *Memory) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	if err := m.enter(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	key := personKey{platform, user}
	if p, known := m.persons[key]; known && p != p.WithoutWords() {
		p = p.WithoutWords()
		p.Version++
		m.persons[key] = p
	}
	for id, a := range m.attempts {
		if rest, had := a.WithoutWords(); had && a.Platform == platform && a.User == user {
			rest.Version++
			m.attempts[id] = rest
		}
	}
	return nil
}
