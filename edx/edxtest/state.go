package edxtest

import (
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// AddUser adds a user, or replaces the one with that user name. An ID of 0 keeps
// the one that the user had, or else becomes the next from 4002 on: 4001 is the staff user of the client.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.ID == 0 {
		u.ID = s.users[u.Username].ID
	}
	if u.ID == 0 {
		u.ID = s.nextID()
	}
	s.users[u.Username] = u
	delete(s.patched, u.Username)
}

// User returns the user of that name as it is now.
func (s *Server) User(username string) (u User, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok = s.users[username]
	return u, ok
}

// RetireEmail makes the address that of an account which is gone.
func (s *Server) RetireEmail(email string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retired[strings.ToLower(email)] = s.nextID()
}

// RequestRetirement notes that a user has asked for the account to be retired, without
// which nobody can end all its enrollments at once.
func (s *Server) RequestRetirement(username string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaving[username] = true
}

// AddCourse adds a course, or replaces the one with that key.
func (s *Server) AddCourse(c Course) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.courses[c.Key] = c
}

// Course returns the course with that key as it is now.
func (s *Server) Course(key string) (c Course, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok = s.courses[key]
	return c, ok
}

// RemoveCourse deletes a course; its enrollments stay, as they do on the platform.
func (s *Server) RemoveCourse(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.courses, key)
}

// Enroll sets the enrollment of a user in a course; an inactive one is that of a
// learner who left. It checks neither rights nor dates.
func (s *Server) Enroll(username, course, mode string, active bool) {
	s.AddEnrollment(Enrollment{Username: username, Course: course, Mode: mode, Active: active})
}

// AddEnrollment is like [Server.Enroll], with a time of creation.
func (s *Server) AddEnrollment(e Enrollment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enrolled.put(e, s.now())
}

// Enrollment returns the enrollment of a user in a course as it is now.
func (s *Server) Enrollment(username, course string) (e Enrollment, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.enrolled.get(username, course)
	if row == nil {
		return Enrollment{}, false
	}
	return row.Enrollment, true
}

// SetGrade sets what a learner has reached in a course.
func (s *Server) SetGrade(g Grade) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grades[enrollmentKey(g.Username, g.Course)] = g
}

// AddCertificate adds a learner's certificate in a course, or replaces it.
func (s *Server) AddCertificate(c Certificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Created.IsZero() {
		c.Created = s.now()
	}
	s.certificates[enrollmentKey(c.Username, c.Course)] = c
}

// AddClient registers an OAuth client whose calls act as the given user. The user's
// rights decide what it may read.
func (s *Server) AddClient(id, secret, username string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[id] = client{secret: secret, username: username}
}

// AddRestrictedClient registers an OAuth client that acts as the given user, and
// whose tokens reach only as far as the limits.
func (s *Server) AddRestrictedClient(id, secret, username string, limits ClientLimits) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[id] = client{secret: secret, username: username, limits: &limits}
}

// SetTokenLife sets how long new tokens are valid; the default is an hour.
func (s *Server) SetTokenLife(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokenLife = d
}

// RevokeTokens makes every token issued so far invalid, before it expires.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// SetFaultPlan lets plan decide about each request for which no scripted fault is
// due; nil ends that.
func (s *Server) SetFaultPlan(plan proctorbooktest.FaultPlan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.SetPlan(plan)
}

// ClearFaults forgets all scripted faults and the plan.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.Clear()
}
