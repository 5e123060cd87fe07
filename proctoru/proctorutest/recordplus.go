package proctorutest

import (
	"maps"
	"slices"
	"time"
)

var recordPlusFields = []string{
	"student_id", "first_name", "last_name", "email", "country", "phone1", "time_zone_id", "exam_id", "exam_url", "description", "duration",
}

// RecordPlusSession is a session that is recorded, without a proctor and a slot.
type RecordPlusSession struct {
	// UUID is the provider's id of the session.
	UUID string
	// StudentID is the institution's id of the learner.
	StudentID string
	// ExamID is the institution's id of the exam.
	ExamID string
	// Made is when the session was made, in UTC.
	Made time.Time
	// Fulfilled reports whether the institution has ended it.
	Fulfilled bool
}

// addRecordPlus makes a session that is recorded. A repeat makes another one.
func (s *Server) addRecordPlus(c call) reply {
	for _, name := range []string{"Address1", "Address2", "City", "State", "ZipCode"} { // this endpoint alone takes capitals
		if value, sent := c.params[name]; sent {
			c.params[lowerName[name]] = value
		}
	}
	if refused, ok := s.checkFields(c, recordPlusFields); !ok {
		return refused
	}
	if _, known := s.zone(c.params["time_zone_id"]); !known {
		return s.failure(c, textZone)
	}
	s.saveLearner(c)
	session := &RecordPlusSession{UUID: s.uuid(), StudentID: c.params["student_id"], ExamID: c.params["exam_id"], Made: s.now()}
	s.recordings = append(s.recordings, session)
	return s.recorded(c, object{{"reservation_uuid", session.UUID}, {"url", s.loginURL("04")}})
}

var lowerName = map[string]string{"Address1": "address1", "Address2": "address2", "City": "city", "State": "state", "ZipCode": "zipcode"}

// recorded answers outside the envelope, or as the variant says.
func (s *Server) recorded(c call, members object) reply {
	switch s.playing[VariantRecordPlusAnswer] {
	case "under-data":
		return s.success(c, members)
	case "uuid":
		members[0].Key = "uuid"
	}
	return s.bare(c, members)
}

// fulfillRecordPlus ends a recorded session. A second call changes nothing.
func (s *Server) fulfillRecordPlus(c call) reply {
	if refused, ok := s.checkFields(c, []string{"reservation_uuid"}); !ok {
		return refused
	}
	i := slices.IndexFunc(s.recordings, func(r *RecordPlusSession) bool { return r.UUID == c.params["reservation_uuid"] })
	if i < 0 {
		return s.failure(c, textNotFound)
	}
	s.recordings[i].Fulfilled = true
	return s.recorded(c, object{{"reservation_uuid", s.recordings[i].UUID}})
}

// RecordPlusSessions returns the recorded sessions in the order in which they were made.
func (s *Server) RecordPlusSessions() []RecordPlusSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	sessions := make([]RecordPlusSession, len(s.recordings))
	for i, recorded := range s.recordings {
		sessions[i] = *recorded
	}
	return sessions
}

// Registrations returns which exams addBlueBirdExam registered: exam ids by learner.
func (s *Server) Registrations() map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	exams := map[string][]string{}
	for r := range maps.Keys(s.registrations) {
		exams[r.student] = append(exams[r.student], r.exam)
	}
	for _, ids := range exams {
		slices.Sort(ids)
	}
	return exams
}
