package proctorutest

import (
	"maps"
	"slices"
	"time"
)

var recordPlusFields = []string{
	"student_id", "first_name", "last_name", "email", "country", "phone1", "time_zone_id", "exam_id", "exam_url", "description", "duration",
}

// RecordPlusSession is a session that is recorded, without a proctor and without a slot.
type RecordPlusSession struct {
	UUID      string
	StudentID string
	ExamID    string
	Made      time.Time // UTC
	Fulfilled bool
}

// addRecordPlus makes a session that is recorded. A repeat makes another one.
func (p *Server) addRecordPlus(c call) reply {
	for _, name := range []string{"Address1", "Address2", "City", "State", "ZipCode"} { // this endpoint alone takes capitals
		if value, sent := c.params[name]; sent {
			c.params[lowerName[name]] = value
		}
	}
	if refused, ok := p.checkFields(c, recordPlusFields); !ok {
		return refused
	}
	if _, known := p.zone(c.params["time_zone_id"]); !known {
		return p.failure(c, textZone)
	}
	p.saveLearner(c)
	session := &RecordPlusSession{UUID: p.uuid(), StudentID: c.params["student_id"], ExamID: c.params["exam_id"], Made: p.now()}
	p.recordings = append(p.recordings, session)
	return p.recorded(c, object{{"reservation_uuid", session.UUID}, {"url", p.loginURL("04")}})
}

var lowerName = map[string]string{"Address1": "address1", "Address2": "address2", "City": "city", "State": "state", "ZipCode": "zipcode"}

// recorded answers outside the envelope, or as the variant says.
func (p *Server) recorded(c call, members object) reply {
	switch p.playing[VariantRecordPlusAnswer] {
	case "under-data":
		return p.success(c, members)
	case "uuid":
		members[0].Key = "uuid"
	}
	return p.bare(c, members)
}

// fulfillRecordPlus ends a recorded session. A second call changes nothing.
func (p *Server) fulfillRecordPlus(c call) reply {
	if refused, ok := p.checkFields(c, []string{"reservation_uuid"}); !ok {
		return refused
	}
	i := slices.IndexFunc(p.recordings, func(s *RecordPlusSession) bool { return s.UUID == c.params["reservation_uuid"] })
	if i < 0 {
		return p.failure(c, textNotFound)
	}
	p.recordings[i].Fulfilled = true
	return p.recorded(c, object{{"reservation_uuid", p.recordings[i].UUID}})
}

// RecordPlusSessions returns the recorded sessions in the order in which they were made.
func (p *Server) RecordPlusSessions() []RecordPlusSession {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	sessions := make([]RecordPlusSession, len(p.recordings))
	for i, s := range p.recordings {
		sessions[i] = *s
	}
	return sessions
}

// Registrations returns which exams addBlueBirdExam registered: exam ids by learner.
func (p *Server) Registrations() map[string][]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	exams := map[string][]string{}
	for r := range maps.Keys(p.registrations) {
		exams[r.student] = append(exams[r.student], r.exam)
	}
	for _, ids := range exams {
		slices.Sort(ids)
	}
	return exams
}
