package proctorutest

import (
	"bytes"
	"maps"
	"strings"
)

// Accommodation is a help that the institution may grant to a learner.
type Accommodation struct {
	ID          int64
	Description string
}

// SetAccommodations replaces the institution's accommodations.
func (p *Server) SetAccommodations(all ...Accommodation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.accommodations = append([]Accommodation(nil), all...)
}

// AddLearner creates a learner, or updates the fields that are given, by their wire
// names ("first_name"). It panics without a student_id.
func (p *Server) AddLearner(fields map[string]string) {
	if fields["student_id"] == "" {
		panic("proctorutest: AddLearner needs a student_id")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	p.saveLearner(call{params: maps.Clone(fields)})
}

// AcceptTerms lets a learner accept the terms of service on the provider's site. It
// reports whether the learner is known.
func (p *Server) AcceptTerms(studentID string) bool {
	return p.withLearner(studentID, func(l *learner) { l.accepted = true })
}

// SetLearnerImage stores a learner's picture; nil removes it. It reports whether
// the learner is known.
func (p *Server) SetLearnerImage(studentID string, jpeg []byte) bool {
	return p.withLearner(studentID, func(l *learner) { l.image = bytes.Clone(jpeg) })
}

func (p *Server) withLearner(studentID string, write func(*learner)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	l := p.learners[studentID]
	if l != nil {
		write(l)
	}
	return l != nil
}

// SetEmailOwner makes an e-mail address that of an account at another institution.
func (p *Server) SetEmailOwner(email, school string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.emailOwners[strings.ToLower(email)] = school
}
