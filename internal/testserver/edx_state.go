package testserver

import (
	"maps"
	"time"
)

// AddUser adds a user, or replaces the one with that user name. An ID of 0 keeps
// the one that he had, or else becomes the next from 4001 on.
func (o *OpenEdX) AddUser(u User) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if u.ID == 0 {
		u.ID = o.users[u.Username].ID
	}
	if u.ID == 0 {
		o.lastID++
		u.ID = o.lastID
	}
	o.users[u.Username] = u
}

// AddCourse adds a course, or replaces the one with that key.
func (o *OpenEdX) AddCourse(c Course) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.courses[c.Key] = c
}

// RemoveCourse deletes a course; its enrollments stay, as they do on the platform.
func (o *OpenEdX) RemoveCourse(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.courses, key)
}

// Enroll sets the enrollment of a user in a course; an inactive one is that of a
// learner who left.
func (o *OpenEdX) Enroll(username, course, mode string, active bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := enrollmentKey(username, course)
	created := o.now()
	if old, ok := o.enrollments[key]; ok {
		created = old.created
	}
	o.enrollments[key] = enrollment{mode: mode, active: active, created: created}
}

func enrollmentKey(username, course string) string { return username + "," + course }

// AddClient registers an OAuth client whose calls act as a global staff user of
// its own, named like the client.
func (o *OpenEdX) AddClient(id, secret string) {
	o.AddUser(User{Username: id, Staff: true, Name: "Service user"})
	o.AddClientFor(id, secret, id)
}

// AddClientFor registers an OAuth client whose calls act as the given user, whose
// rights decide what it may read.
func (o *OpenEdX) AddClientFor(id, secret, username string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clients[id] = client{secret: secret, username: username}
}

// SetTokenLife sets how long new tokens are valid; the default is an hour.
func (o *OpenEdX) SetTokenLife(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tokenLife = d
}

// RevokeTokens makes every token issued so far invalid, before it expires.
func (o *OpenEdX) RevokeTokens() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.tokens)
}

// Fault scripts a disturbance.
func (o *OpenEdX) Fault(f Fault) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults.add(f)
}

// SetFaultPlan lets plan decide about each request for which no scripted fault is
// due; nil ends that.
func (o *OpenEdX) SetFaultPlan(plan FaultPlan) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults.plan = plan
}

// ClearFaults forgets all scripted faults and the plan.
func (o *OpenEdX) ClearFaults() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults.script, o.faults.plan = nil, nil
}

// Counts returns what the fake has seen so far.
func (o *OpenEdX) Counts() EdXCounts {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.late.runDue(o.now())
	return EdXCounts{
		TokenRequests: o.requests["access_token"], TokensIssued: o.minted,
		Requests: maps.Clone(o.requests), Faults: maps.Clone(o.faults.played),
	}
}
