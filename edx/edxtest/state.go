package edxtest

import (
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// AddUser adds a user, or replaces the one with that user name. An ID of 0 keeps
// the one that he had, or else becomes the next from 4001 on.
func (o *Server) AddUser(u User) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if u.ID == 0 {
		u.ID = o.users[u.Username].ID
	}
	if u.ID == 0 {
		u.ID = o.nextID()
	}
	o.users[u.Username] = u
	delete(o.patched, u.Username)
}

// User returns the user of that name as he is now.
func (o *Server) User(username string) (u User, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	u, ok = o.users[username]
	return u, ok
}

// RetireEmail makes the address that of an account which is gone.
func (o *Server) RetireEmail(email string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.retired[strings.ToLower(email)] = o.nextID()
}

// RequestRetirement notes that a user has asked for his account to be retired,
// without which nobody can end all his enrollments at once.
func (o *Server) RequestRetirement(username string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.leaving[username] = true
}

// AddCourse adds a course, or replaces the one with that key.
func (o *Server) AddCourse(c Course) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.courses[c.Key] = c
}

// Course returns the course with that key as it is now.
func (o *Server) Course(key string) (c Course, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c, ok = o.courses[key]
	return c, ok
}

// RemoveCourse deletes a course; its enrollments stay, as they do on the platform.
func (o *Server) RemoveCourse(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.courses, key)
}

// Enroll sets the enrollment of a user in a course; an inactive one is that of a
// learner who left. It asks for nobody's rights and for no date.
func (o *Server) Enroll(username, course, mode string, active bool) {
	o.AddEnrollment(Enrollment{Username: username, Course: course, Mode: mode, Active: active})
}

// AddEnrollment is like Enroll, with a time of creation.
func (o *Server) AddEnrollment(e Enrollment) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.enrolled.put(e, o.now())
}

// Enrollment returns the enrollment of a user in a course as it is now.
func (o *Server) Enrollment(username, course string) (e Enrollment, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	row := o.enrolled.get(username, course)
	if row == nil {
		return Enrollment{}, false
	}
	return row.Enrollment, true
}

// SetGrade sets what a learner has reached in a course.
func (o *Server) SetGrade(g Grade) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.grades[enrollmentKey(g.Username, g.Course)] = g
}

// AddCertificate adds a learner's certificate in a course, or replaces it.
func (o *Server) AddCertificate(c Certificate) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c.Created.IsZero() {
		c.Created = o.now()
	}
	o.certificates[enrollmentKey(c.Username, c.Course)] = c
}

// AddClient registers an OAuth client whose calls act as the given user, whose
// rights decide what it may read.
func (o *Server) AddClient(id, secret, username string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clients[id] = client{secret: secret, username: username}
}

// AddRestrictedClient registers an OAuth client that acts as the given user, and
// whose tokens reach only as far as the limits.
func (o *Server) AddRestrictedClient(id, secret, username string, limits ClientLimits) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clients[id] = client{secret: secret, username: username, limits: &limits}
}

// SetTokenLife sets how long new tokens are valid; the default is an hour.
func (o *Server) SetTokenLife(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tokenLife = d
}

// RevokeTokens makes every token issued so far invalid, before it expires.
func (o *Server) RevokeTokens() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.tokens)
}

// SetFaultPlan lets plan decide about each request for which no scripted fault is
// due; nil ends that.
func (o *Server) SetFaultPlan(plan proctorbooktest.FaultPlan) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults.SetPlan(plan)
}

// ClearFaults forgets all scripted faults and the plan.
func (o *Server) ClearFaults() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults.Clear()
}
