package proctorutest

import "time"

// AddLearner creates a learner, or updates the fields that are given, by their wire
// names ("first_name"). It panics without a student_id.
func (s *Server) AddLearner(fields map[string]string) { s.fake.AddLearner(fields) }

// Learner returns the profile that the server holds, by wire name of the field
// ("first_name"), and whether it knows the learner.
func (s *Server) Learner(studentID string) (map[string]string, bool) {
	return s.fake.Learner(studentID)
}

// AcceptTerms lets a learner accept the terms of service on the provider's site. It
// reports whether the learner is known.
func (s *Server) AcceptTerms(studentID string) bool { return s.fake.AcceptTerms(studentID) }

// SetLearnerImage stores a learner's picture; nil removes it. It reports whether
// the learner is known.
func (s *Server) SetLearnerImage(studentID string, jpeg []byte) bool {
	return s.fake.SetLearnerImage(studentID, jpeg)
}

// SetEmailOwner makes an e-mail address that of an account at another institution.
func (s *Server) SetEmailOwner(email, school string) { s.fake.SetEmailOwner(email, school) }

// SetAccommodations replaces the institution's accommodations.
func (s *Server) SetAccommodations(all ...Accommodation) { s.fake.SetAccommodations(all...) }

// AddExam puts an exam on the institution's list, or replaces the one with that
// ID, and returns its number. Without a window it is open for ever, without a
// Duration it takes an hour. It panics without an ID.
func (s *Server) AddExam(e Exam) int64 { return s.fake.AddExam(e) }

// Exams returns the institution's exams by number.
func (s *Server) Exams() []Exam { return s.fake.Exams() }

// AddTerm adds an academic term, or renames it.
func (s *Server) AddTerm(id, name string) { s.fake.AddTerm(id, name) }

// AddDepartment adds a department, whose id is a number of nine digits, or renames it.
func (s *Server) AddDepartment(id int64, name string) { s.fake.AddDepartment(id, name) }

// AddReservation files a reservation as if it had been made some time ago, and
// returns its number. No rule is applied, so that what should not be can be: two
// sessions at once, a start in the past. Number, Active and Made are the server's
// own. It panics without an ID, a StudentID and a Duration of at least a minute.
func (s *Server) AddReservation(r Reservation) int64 { return s.fake.AddReservation(r) }

// Reservations returns all reservations ever made, canceled ones too, by number.
func (s *Server) Reservations() []Reservation { return s.fake.Reservations() }

// RecordPlusSessions returns the recorded sessions in the order in which they were made.
func (s *Server) RecordPlusSessions() []RecordPlusSession { return s.fake.RecordPlusSessions() }

// Registrations returns which exams addBlueBirdExam registered: exam ids by learner.
func (s *Server) Registrations() map[string][]string { return s.fake.Registrations() }

// SetSlots makes the server offer the starts that offered returns for a day, given
// as its midnight in UTC. Nil restores the default: every quarter hour but three.
func (s *Server) SetSlots(offered func(day time.Time) []time.Time) { s.fake.SetSlots(offered) }

// BlockSlot takes the slot away, as if others had booked it up.
func (s *Server) BlockSlot(start time.Time) { s.fake.BlockSlot(start) }

// FreeSlot gives a blocked slot back.
func (s *Server) FreeSlot(start time.Time) { s.fake.FreeSlot(start) }

// SetSlotCapacity makes the slot full when n active reservations start then. A
// negative n removes the limit.
func (s *Server) SetSlotCapacity(start time.Time, n int) { s.fake.SetSlotCapacity(start, n) }
